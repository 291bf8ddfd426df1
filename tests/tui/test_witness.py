"""What a room keeps of what it showed: as it changes, bounded, until the record has it."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
import specimens
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarms import AlarmId
from rangeops.domain.now import Now
from rangeops.tui.witness import MOST_DRAWN, MOST_VIEWS, VIEW_EVERY_S, Shown, Witness, view_of
from rangeops.wire.screens import KEYFRAME, MOST_IN_REPORT, SPAN

A, B = AlarmId("forecast-exit/D07/1"), AlarmId("telemetry-stale/D11/2")


def at(seconds):
    return Now(specimens.NOW.monotonic_s + seconds, specimens.NOW.utc + timedelta(seconds=seconds))


def view(**changed):
    given = {"screen": "watch", "size": (120, 36), "connected": True, "vehicle": None, "dialog": "", "language": "en"}
    shown = Shown(**{key: changed.pop(key) for key in list(changed) if key in Shown.__dataclass_fields__})
    return view_of(shown, theme="dark", **{**given, **changed})


def told(witness, now):
    """Everything that waits, in reports that are each taken."""
    reports = []
    while (report := witness.report(now)) is not None:
        witness.taken(report)
        reports.append(report)
    return reports


def test_a_view_is_told_when_it_changes_and_again_after_a_keyframe():
    witness = Witness("ops")
    for tenth in range(1300):
        witness.saw(view(), at(tenth / 10))
    assert [each.utc for report in told(witness, at(130)) for each in report.views] == [
        at(0).utc, at(60).utc, at(120).utc,
    ]  # fmt: skip
    witness.saw(view(m_per_dot=5.0), at(131))
    (report,) = told(witness, at(132))
    assert [each.m_per_dot for each in report.views] == [5.0]


def test_no_two_views_come_closer_than_allowed_and_the_last_one_counts():
    witness = Witness("ops")
    for tenth in range(101):
        witness.saw(view(m_per_dot=float(tenth)), at(tenth / 10))
    for tenth in range(101, 110):
        witness.saw(view(m_per_dot=100.0), at(tenth / 10))
    views = [each for report in told(witness, at(20)) for each in report.views]
    gaps = [(later.utc - earlier.utc).total_seconds() for earlier, later in pairwise(views)]
    assert min(gaps) >= VIEW_EVERY_S
    assert views[-1].m_per_dot == 100.0


def test_an_alarm_is_told_once_for_each_state_and_again_when_it_comes_back():
    witness = Witness("ops")

    def paints(seen, seconds):
        if fresh := witness.fresh(seen):
            witness.painted(fresh, "watch", at(seconds).utc)

    paints({A: ("unacknowledged", "banner")}, 0)
    paints({A: ("unacknowledged", "below the banner"), B: ("unacknowledged", "banner")}, 1)
    paints({A: ("acknowledged", "below the banner"), B: ("unacknowledged", "banner")}, 2)
    paints({B: ("unacknowledged", "banner")}, 3)
    paints({A: ("acknowledged", "banner"), B: ("unacknowledged", "below the banner")}, 4)
    drawn = [each for report in told(witness, at(5)) for each in report.drawn]
    assert [(each.alarm, each.state, (each.utc - at(0).utc).total_seconds()) for each in drawn] == [
        (A, "unacknowledged", 0), (B, "unacknowledged", 1), (A, "acknowledged", 2), (A, "acknowledged", 4),
    ]  # fmt: skip


def test_what_was_asked_for_twice_before_it_was_painted_is_told_once():
    witness = Witness("ops")
    first, second = (witness.fresh({A: ("unacknowledged", "banner")}) for _ in range(2))
    witness.painted(first, "watch", at(0).utc)
    witness.painted(second, "watch", at(0.2).utc)
    assert [each.utc for report in told(witness, at(1)) for each in report.drawn] == [at(0).utc]


def test_a_report_stays_until_it_is_taken():
    witness = Witness("ops")
    witness.saw(view(), at(0))
    assert witness.report(at(1)).views == witness.report(at(9)).views
    witness.taken(witness.report(at(9)))
    assert witness.report(at(10)) is None


def test_without_a_server_it_keeps_so_much_and_tells_how_much_it_could_not():
    witness = Witness("ops")
    for number in range(MOST_VIEWS + 70):
        witness.saw(view(m_per_dot=float(number)), at(number))
    for number in range(MOST_DRAWN + 5):
        witness.painted({AlarmId(f"a/{number}"): ("unacknowledged", "list")}, "alarms", at(3000).utc)
    assert witness.waiting == MOST_VIEWS + MOST_DRAWN
    reports = told(witness, at(4000))
    assert reports[0].lost == 75
    assert sum(report.lost for report in reports) == 75
    assert sum(len(report.views) for report in reports) == MOST_VIEWS
    assert reports[0].views[0].m_per_dot == 70.0  # the oldest went


def test_what_the_server_never_takes_is_counted_as_lost():
    witness = Witness("ops")
    witness.saw(view(), at(0))
    witness.refused(witness.report(at(1)))
    assert witness.report(at(1)) is None
    witness.saw(view(m_per_dot=1.0), at(2))
    assert witness.report(at(3)).lost == 1


@given(st.lists(st.tuples(st.floats(0.0, 200.0), st.booleans()), min_size=1, max_size=400))
def test_every_report_is_one_that_the_server_takes_and_all_comes_in_order(steps):
    """The rules of services.screens: so many parts, so long a span, none later than it was sent."""
    witness, now_s = Witness("ops"), 0.0
    for number, (gap_s, is_view) in enumerate(steps):
        now_s += gap_s
        if is_view:
            witness.saw(view(m_per_dot=float(number)), at(now_s))
        else:
            witness.painted({AlarmId(f"a/{number}"): ("unacknowledged", "banner")}, "watch", at(now_s).utc)
    numbers = []
    for report in told(witness, at(now_s)):
        parts = (*report.views, *report.drawn)
        times = [part.utc for part in parts]
        assert 1 <= len(parts) <= MOST_IN_REPORT
        assert max(times) - min(times) <= SPAN
        assert max(times) <= report.sent_utc
        numbers += sorted(part.seq for part in parts)
    assert numbers == sorted(numbers)
    assert witness.waiting == 0


def test_a_clock_that_is_set_back_makes_no_report_that_is_refused():
    witness = Witness("ops")
    witness.saw(view(), at(0))
    back = replace(at(1), utc=at(-3600).utc)
    report = witness.report(back)
    assert report.sent_utc == at(0).utc


@pytest.mark.parametrize("text", ["x" * 500, "\x1b[31mred", "a\nb", "ünï"])
def test_a_text_from_outside_is_plain_before_it_is_told(text):
    assert len(view(chosen=text).chosen) <= 80
    assert view(chosen=text).chosen.isprintable()


def test_a_keyframe_is_far_longer_than_a_report_waits():
    assert KEYFRAME >= SPAN > timedelta(seconds=10)
