"""The yearly exercise: each emergency judged over its own minutes, a list, findings with owner and day, two signatures."""

from datetime import UTC, date, datetime, timedelta

import pytest

from rangeops.domain.drills import AlarmShown, Deed, Demands, Expectation, Finding, Score, Seen, Verdict, judged
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.exercises import (
    YEAR,
    Check,
    ExerciseResult,
    PhasePlayed,
    Role,
    answered,
    found_in,
    is_due,
    missing_for_signing,
    named,
    signed_by,
    window,
    with_action,
    with_done,
)

BEGAN = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LATER = date(2026, 12, 24)
RSO = "range safety officer"
MISSED = Finding("pilot", "Call the pilot of D03", Verdict.MISSED, critical=True, due_s=30.0, teach="Call.")
GOOD = Finding(
    "see", "Acknowledge it", Verdict.IN_TIME, critical=True, due_s=15.0, done_s=4.0, reaction_s=2.0, who="ann"
)


LIST = (Check("poll", "Poll answered", "SFTE"),)


def result(*findings, checks=LIST, persons=("ann", "bob")):
    score = Score(50, passed=MISSED not in findings, sound=True, findings=findings)
    phase = PhasePlayed("lost-link", "Lost link", "Called within 30 s", 20.0, 90.0, score, "It fell silent.")
    return ExerciseResult(
        id="20261124T110000Z-yearly-ann",
        exercise="yearly",
        title="Yearly emergency exercise",
        objectives=("Called within 30 s", "Every call has its object"),
        seed=1,
        pace=1.0,
        manner="",
        began_utc=BEGAN,
        ended_s=100.0,
        roles=(Role("operator", "acts", persons[0]), Role(RSO, "decides", persons[1])),
        phases=(phase,),
        alarms=(AlarmShown("a", "link-lost", "D03", 1, "Not heard", 22.0, 22.4, drawn=True, acked_s=24.0, acked_by="ann"),),
        deeds=(Deed(24.0, "ann", "alarm.acknowledge", frozenset({"d03"}), "acknowledges <b>D03</b>"),),
        checks=checks,
    )  # fmt: skip


def test_an_emergency_is_judged_over_its_own_minutes():
    """The same alarm and call an hour before count for nothing."""
    call = Expectation("pilot", "Call", ("call.*",), ("D03",), within_s=30, cause=("link-lost",), critical=True)

    def alarm(at_s):
        return AlarmShown(f"a{at_s}", "link-lost", "D03", 1, "Not heard", at_s, at_s + 0.5, acked_s=at_s + 9)

    def deed(at_s):
        return Deed(at_s, "ann", "call.hold", frozenset({"d03"}), "calls")

    seen = Seen(2000.0, (alarm(10.0), alarm(1010.0)), (deed(20.0), deed(1035.0)), {})
    first, second = window(seen, 0, 100), window(seen, 1000, 1100)
    assert (first.until_s, second.until_s) == (100, 100)
    assert [each.raised_s for each in second.alarms] == [10.0]
    assert (second.alarms[0].shown_s, second.alarms[0].acked_s) == (10.5, 19.0)
    (in_time,) = judged(Demands((call,)), first).findings
    (as_well,) = judged(Demands((call,)), second).findings
    assert (in_time.reaction_s, as_well.reaction_s) == (10.0, 25.0)
    assert (in_time.verdict, as_well.verdict) == (Verdict.IN_TIME, Verdict.IN_TIME)
    assert judged(Demands((call,)), window(seen, 1100, 1200)).findings[0].verdict is Verdict.NOT_ASKED


def test_what_was_missed_is_found():
    assert [finding.id for _, finding in found_in(result(GOOD, MISSED))] == ["pilot"]
    assert found_in(result(GOOD)) == ()


def test_a_point_is_answered_and_a_fault_needs_a_remark():
    done = answered(result(GOOD), "poll", met=True, remark="", by="fay")
    assert (done.checks[0].met, done.checks[0].by) == (True, "fay")
    again = answered(done, "poll", met=False, remark="nobody\nanswered", by="fay")
    assert again.checks[0].met is False
    assert "\n" not in again.checks[0].remark
    with pytest.raises(Invalid, match="reason is missing"):
        answered(done, "poll", met=False, remark=" ", by="fay")
    with pytest.raises(NotFound, match="no such point"):
        answered(done, "pol", met=True, remark="", by="fay")


def test_a_finding_has_an_owner_and_a_day_to_come():
    with_one = with_action(result(GOOD), "Second channel", owner="bob", due=LATER, by="fay", today=TODAY)
    (action,) = with_one.actions
    assert (action.id, action.owner, action.overdue(LATER), action.overdue(LATER + timedelta(days=1))) == (
        "F1",
        "bob",
        False,
        True,
    )
    for text, owner, due in (("", "bob", LATER), ("x", " ", LATER), ("x", "bob", TODAY - timedelta(days=1))):
        with pytest.raises(Invalid):
            with_action(result(GOOD), text, owner=owner, due=due, by="fay", today=TODAY)
    done = with_done(with_one, "F1", LATER)
    assert not done.actions[0].overdue(LATER + timedelta(days=9))
    with pytest.raises(Conflict, match="it was done"):
        with_done(done, "F1", LATER)
    with pytest.raises(NotFound):
        with_done(done, "F2", LATER)


def test_it_is_signed_once_it_is_complete_by_two_people():
    ready = answered(result(GOOD), "poll", met=True, remark="", by="fay")
    once = signed_by(ready, "operator", "ann", BEGAN)
    assert not once.signed_whole
    for role, person, why in (
        ("operator", "bob", "ann has signed as operator"),
        (RSO, "ann", "somebody else"),
        ("observer", "fay", "doesn't sign"),
    ):
        with pytest.raises((Conflict, Invalid), match=why):
            signed_by(once, role, person, BEGAN)
    whole = signed_by(once, RSO, "bob", BEGAN)
    assert whole.signed_whole
    for change in (
        lambda: answered(whole, "poll", met=True, remark="", by="fay"),
        lambda: with_action(whole, "x", owner="bob", due=LATER, by="fay", today=TODAY),
    ):
        with pytest.raises(Conflict, match="it is signed"):
            change()


@pytest.mark.parametrize(
    ("made", "lacks"),
    [
        (result(GOOD), "points poll of the list aren't answered"),
        (result(GOOD, checks=(), persons=("ann", "")), f"nobody is named for {RSO}"),
        (result(MISSED, checks=()), "no action has an owner"),
        (result(GOOD, checks=(Check("poll", "Poll", "SFTE", met=False, remark="no"),)), "no action has an owner"),
    ],
)
def test_what_is_incomplete_is_not_signed(made, lacks):
    assert lacks in "; ".join(missing_for_signing(made))
    with pytest.raises(Conflict, match="Complete it first"):
        signed_by(made, RSO, "bob", BEGAN)
    assert missing_for_signing(result(GOOD, checks=())) == ()


def test_roles_have_people():
    roles = (Role("operator", "acts"), Role("observer", "looks"))
    assert [each.person for each in named(roles, {"observer": "fay"})] == ["", "fay"]
    assert [each.person for each in named(named(roles, {"observer": "fay"}), {"operator": "ann"})] == ["ann", "fay"]
    with pytest.raises(Invalid, match="no role 'cook'"):
        named(roles, {"cook": "x"})


def test_it_is_due_a_year_after_the_last():
    assert is_due(None, BEGAN)
    assert not is_due(BEGAN, BEGAN + YEAR)
    assert is_due(BEGAN, BEGAN + YEAR + timedelta(seconds=1))
