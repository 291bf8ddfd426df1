"""What a drill is worth: deeds against demands, by the seconds since the emergency began."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.drills import (
    LATE_S,
    AlarmShown,
    Ban,
    Deed,
    Demands,
    Expectation,
    Question,
    Seen,
    Verdict,
    judged,
    left_to_do,
    undecided,
)

LOST = AlarmShown("a1", "link-lost", "D07", 1, "Vehicle not heard", raised_s=5.0, shown_s=5.2)
SEE = Expectation(
    "see", "Acknowledge", ("alarm.acknowledge",), ("D07",), 15, ("link-lost",), critical=True, teach="look"
)
CALL = Expectation("call", "Call", ("call.*",), ("D07",), 30, teach="call")
STOP = Ban("stop", "Terminate nobody", ("command.terminate",), (), teach="no")
KNOWN = Question("known", "Who enforces?", ("nobody", "the watch"), 1, teach="the watch")


def deed(at_s, kind, *about):
    return Deed(at_s, "op1", kind, frozenset(each.lower() for each in about), f"{kind} {about}")


def seen(*deeds, alarms=(LOST,), until_s=100.0, answers=None):
    return Seen(until_s, tuple(alarms), tuple(deeds), answers or {})


def verdicts(demands, what):
    return {finding.id: finding.verdict for finding in judged(demands, what).findings}


@pytest.mark.parametrize(
    ("at_s", "verdict"), [(20.0, Verdict.IN_TIME), (20.1, Verdict.LATE), (6.0, Verdict.IN_TIME), (None, Verdict.MISSED)]
)
def test_the_clock_of_a_deed_begins_with_its_alarm(at_s, verdict):
    deeds = [] if at_s is None else [deed(at_s, "alarm.acknowledge", "D07")]
    score = judged(Demands((SEE,)), seen(*deeds))
    assert score.findings[0].verdict is verdict
    assert score.findings[0].due_s == 20.0
    assert score.passed is (verdict is Verdict.IN_TIME)


def test_an_alarm_that_never_came_is_nobodys_fault_and_makes_the_drill_unsound():
    score = judged(Demands((SEE, CALL)), seen(deed(3, "call.hold", "D07"), alarms=()))
    assert score.findings[0].verdict is Verdict.NOT_ASKED
    assert (score.sound, score.passed, score.percent) == (False, False, 100)


def test_anothers_alarm_begins_no_clock_unless_anybodys_does():
    other = replace(LOST, source="D03")
    assert verdicts(Demands((SEE,)), seen(alarms=[other])) == {"see": Verdict.NOT_ASKED}
    anywhere = replace(SEE, cause_anywhere=True)
    assert verdicts(Demands((anywhere,)), seen(alarms=[other])) == {"see": Verdict.MISSED}


def test_a_deed_about_another_vehicle_is_none():
    assert verdicts(Demands((CALL,)), seen(deed(3, "call.hold", "D03"))) == {"call": Verdict.MISSED}


def test_each_is_done_when_it_is_done_to_the_last():
    both = replace(CALL, on=("D07", "D14"), each=True)
    first = seen(deed(3, "call.hold", "d07"))
    assert verdicts(Demands((both,)), first) == {"call": Verdict.MISSED}
    assert left_to_do(both, first) == ("D14",)
    (finding,) = judged(Demands((both,)), seen(deed(3, "call.hold", "d07"), deed(31, "call.land", "d14"))).findings
    assert (finding.verdict, finding.done_s) == (Verdict.LATE, 31)


def test_what_is_banned_fails_the_drill_whatever_else_was_done():
    demands = Demands((CALL,), (STOP,))
    score = judged(demands, seen(deed(2, "call.hold", "D07"), deed(9, "command.terminate", "D14")))
    assert verdicts(demands, seen(deed(9, "command.terminate", "D14")))["stop"] is Verdict.BROKEN
    assert not score.passed
    assert score.findings[1].who == "op1"


def test_who_does_nothing_earns_nothing():
    score = judged(Demands((SEE, CALL), (STOP,), (KNOWN,)), seen())
    assert (score.percent, score.passed) == (0, False)


@pytest.mark.parametrize(
    ("answers", "verdict"), [({"known": 1}, Verdict.RIGHT), ({"known": 0}, Verdict.WRONG), ({}, Verdict.WRONG)]
)
def test_a_question_without_an_answer_is_wrong(answers, verdict):
    assert verdicts(Demands((CALL,), questions=(KNOWN,)), seen(answers=answers))["known"] is verdict


def test_late_is_worth_half():
    assert judged(Demands((CALL,)), seen(deed(31, "call.hold", "D07"))).percent == 50


def test_a_lesson_is_told_only_where_something_is_to_be_learnt():
    (done,) = judged(Demands((CALL,)), seen(deed(1, "call.hold", "D07"))).findings
    (missed,) = judged(Demands((CALL,)), seen()).findings
    assert (done.teach, missed.teach) == ("", "call")


def test_a_drill_waits_for_what_may_still_be_done():
    demands = Demands((SEE, CALL))
    assert undecided(demands, seen(alarms=(), until_s=99)) == (SEE,), "its alarm may still come; the call is too late"
    assert undecided(demands, seen(until_s=10)) == (SEE, CALL)
    assert undecided(demands, seen(deed(6, "alarm.acknowledge", "D07"), until_s=30 + LATE_S + 1)) == ()


def test_reaction_counts_from_being_shown():
    acked = replace(LOST, acked_s=9.2)
    assert acked.reaction_s == pytest.approx(4.0)
    assert LOST.reaction_s is None
    assert replace(acked, shown_s=None).reaction_s == pytest.approx(4.2)


_deeds = st.lists(
    st.builds(
        deed,
        st.floats(0, 100),
        st.sampled_from(["alarm.acknowledge", "call.hold", "command.hold", "command.terminate"]),
        st.sampled_from(["D07", "D03"]),
    ),
    max_size=6,
)


@given(_deeds, st.floats(0, 100))
def test_doing_everything_sooner_never_costs_anything(deeds, sooner_s):
    demands = Demands((SEE, CALL), (STOP,))
    early = [replace(each, at_s=max(0.0, each.at_s - sooner_s)) for each in deeds]
    was, now = judged(demands, seen(*deeds)), judged(demands, seen(*early))
    assert now.percent >= was.percent
    assert now.passed or not was.passed


@given(_deeds)
def test_a_score_is_a_share(deeds):
    score = judged(Demands((SEE, CALL), (STOP,), (KNOWN,)), seen(*deeds))
    assert 0 <= score.percent <= 100
    assert not (score.passed and score.percent == 0)
