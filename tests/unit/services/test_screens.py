"""What rooms showed: taken into the record, bounded, and read back by time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.alarms import AlarmId
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, Refused
from rangeops.domain.telemetry import Sysid
from rangeops.wire.screens import BETWEEN_S, KEYFRAME, MOST_IN_REPORT, SPAN, AlarmDrawn, ScreenReport, ScreenView

OBSERVER = Actor("olga", "observer")


@pytest.fixture
def desk():
    return Desk()


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def view(seq, seconds=0.0, **changed):
    shown = ScreenView(
        seq, at(seconds), "watch", 120, 36, vehicle=Sysid(7), latitude_deg=52.2751, longitude_deg=6.8891,
        m_per_dot=3.7, layers=("zones", "trails"), follows=Sysid(7),
    )  # fmt: skip
    return replace(shown, **changed)


def drawn(seq, seconds=0.0, number=1):
    return AlarmDrawn(seq, at(seconds), AlarmId(f"forecast-exit/D07/{number}"), "unacknowledged", "banner", "watch")


def report(*parts, room="ops/4711", sent=None, **changed):
    views = tuple(part for part in parts if isinstance(part, ScreenView))
    alarms = tuple(part for part in parts if isinstance(part, AlarmDrawn))
    return ScreenReport(room, at(sent if sent is not None else 60), views, alarms, **changed)


def told(desk, *reports, ahead_s=0.0):
    """Each when it was sent, by a room whose clock is ahead by so much."""
    for each in reports:
        desk.at((each.sent_utc - NOON).total_seconds() - ahead_s)
        desk.services.screens.take(each, desk.now, OBSERVER)


def parts(shown):
    return [part for entry in shown.entries for part in (*entry.report.views, *entry.report.drawn)]


def test_what_was_shown_comes_back_as_it_was_told(desk):
    sent = report(view(1), drawn(2, 0.31), view(3, 2.5, screen="alarms", chosen="x", filter="P1", sort="age"), sent=3)
    told(desk, sent)
    (entry,) = desk.services.screens.between(at(0), at(3)).entries
    assert entry.report == sent
    assert (entry.user, entry.received_utc, entry.clock_ahead_s) == ("olga", at(3), 0.0)


def test_the_log_keeps_its_lines_however_much_is_shown(desk):
    desk.services.commands.noted("range.note", "a line", desk.now, OPERATOR)
    told(desk, *(report(view(n, n), sent=n) for n in range(1, 400)))
    assert [line.text for line in desk.services.log(5)][-1] == "a line"
    assert "screen" not in str(desk.notices)


def test_a_window_begins_with_what_stood_there_before_it(desk):
    told(
        desk,
        report(view(1, 0), sent=1),
        report(view(2, 50), sent=51),
        report(view(1, 55), room="wall/1", sent=56),
        report(view(3, 100), drawn(4, 101), view(5, 102), sent=103),
    )
    shown = desk.services.screens.between(at(99), at(101.5))
    assert [(entry.report.room, [part.seq for part in parts_of(entry)]) for entry in shown.entries] == [
        ("ops/4711", [2]), ("wall/1", [1]), ("ops/4711", [3, 4]),
    ]  # fmt: skip


def parts_of(entry):
    return (*entry.report.views, *entry.report.drawn)


def test_a_report_that_came_twice_counts_once(desk):
    once = report(view(1, 0), drawn(2, 1), sent=2)
    told(desk, once, replace(once, sent_utc=at(9)))
    assert [part.seq for part in parts(desk.services.screens.between(at(0), at(10)))] == [1, 2]


def test_a_rooms_wrong_clock_is_told_and_set_right_when_it_is_read(desk):
    told(desk, report(view(1, 3600), drawn(2, 3601), sent=3602), ahead_s=3600)
    (entry,) = desk.services.screens.between(at(0), at(3)).entries
    assert entry.clock_ahead_s == 3600.0
    assert not desk.services.screens.between(at(3600), at(3700)).entries


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.5, KEYFRAME.total_seconds()), min_size=1, max_size=25),
    st.floats(0, 1), st.integers(1, 6),
)  # fmt: skip
def test_whatever_the_moment_each_rooms_view_at_it_is_known(gaps, share, together):
    """A room tells at least once a KEYFRAME; at any moment after its first view, what it showed then is found."""
    desk, now_s, views = Desk(), 0.0, []
    for number, gap in enumerate(gaps, 1):
        now_s += gap
        views.append(view(number, now_s))
    batch: list = []
    for each in views:
        span = each.utc - batch[0].utc if batch else timedelta(0)
        if batch and (len(batch) >= together or span > SPAN):
            told(desk, report(*batch, sent=(batch[-1].utc - NOON).total_seconds() + 0.5))
            batch = []
        batch.append(each)
    told(desk, report(*batch, sent=(batch[-1].utc - NOON).total_seconds() + 0.5))
    moment = views[0].utc + (views[-1].utc - views[0].utc) * share
    known = parts(desk.services.screens.between(moment, moment))
    expected = max(each.seq for each in views if each.utc <= moment)
    assert [part.seq for part in known][-1] == expected


@pytest.mark.parametrize(
    "wrong",
    [
        report(), report(view(1), room=" "), report(view(1), lost=-1),
        report(*(view(n) for n in range(MOST_IN_REPORT + 1))), report(view(1), view(2, 61), sent=61),
        report(view(1, 5), sent=1), report(view(1, utc=NOON.replace(tzinfo=None))),
        report(view(1, latitude_deg=float("nan"))), report(view(1, columns=10**9)), report(view(1, chosen="x" * 81)),
        report(view(1, filter="\x1b[2J")), report(view(1, layers=("a",) * 21)), report(view(1), room="a\nb"),
    ],
)  # fmt: skip
def test_what_no_room_of_ours_tells_is_refused_and_writes_nothing(desk, wrong):
    entries = len(desk.record())
    with pytest.raises(Invalid):
        desk.services.screens.take(wrong, desk.now, OBSERVER)
    assert len(desk.record()) == entries


def test_a_room_that_comes_too_often_waits_and_others_do_not(desk):
    told(desk, report(view(1), sent=60))
    with pytest.raises(Refused, match="too often"):
        desk.services.screens.take(report(view(2)), desk.now, OBSERVER)
    desk.services.screens.take(report(view(1), room="wall/1"), desk.now, OBSERVER)
    desk.services.screens.take(report(view(2), sent=60), desk.at(60 + BETWEEN_S), OBSERVER)


def test_a_companys_member_tells_nothing_and_a_day_is_the_most_that_is_read(desk):
    with pytest.raises(Forbidden):
        desk.services.screens.take(report(view(1)), desk.now, Actor("eve", "company-member", "ACME"))
    for starts, ends in ((at(1), at(0)), (at(0), at(86_401)), (NOON.replace(tzinfo=None), at(1))):
        with pytest.raises(Invalid):
            desk.services.screens.between(starts, ends)
