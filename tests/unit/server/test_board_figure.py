"""The day board's timetable as geometry: nobody lies on another, everything is on it, and now is where it is."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rangeops.domain.slots import Slot, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.server.portal.board_figure import LEFT, WIDTH, shown_slots, standing_of, timetable
from rangeops.wire.board import ClosedView, DayView
from rangeops.wire.clearance import ClearanceView

ZONE = ZoneInfo("Europe/Amsterdam")
MIDNIGHT = datetime(2026, 11, 24, tzinfo=ZONE).astimezone(ZoneInfo("UTC"))
VOLUMES = ("NORTH", "EAST")


def at(hours):
    return MIDNIGHT + timedelta(hours=hours)


def slot(number, starts, ends, **changed):
    made = Slot(
        f"S{number}", 1, "ACME", "NORTH", at(starts), at(ends), Sysid(7), "D07", "survey-quad", "ch 2", None,
        SlotState.APPROVED,
    )  # fmt: skip
    return replace(made, **changed)


def day(**changed):
    return replace(DayView(date(2026, 11, 24), at(0), at(24), at(8), at(17), (), ()), **changed)


def drawn(*slots, now=12, **changed):
    return timetable(day(**changed), slots, (), VOLUMES, at(now))


def test_an_empty_day_has_its_volumes_and_working_hours():
    figure = drawn()
    assert [row.name for row in figure.rows] == ["NORTH", "EAST"]
    assert [hour.at for hour in figure.hours] == [at(hour) for hour in range(7, 20)]
    assert figure.now_x == pytest.approx(LEFT + 5 / 12 * (WIDTH - LEFT))


def test_hours_reach_as_far_as_what_is_booked_and_never_beyond_the_day():
    figure = drawn(slot(1, -1, 5.5), slot(2, 20, 25))
    assert (figure.hours[0].at, figure.hours[-1].at) == (at(0), at(24))
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH + 6 for bar in figure.bars)


def test_now_outside_of_it_isnt_drawn():
    assert drawn(now=23).now_x is None


def test_two_that_ask_for_the_same_minutes_lie_below_each_other():
    figure = drawn(slot(1, 9, 11), slot(2, 10, 12), slot(3, 11, 12))
    places = {bar.title.split()[0]: bar.y for bar in figure.bars}
    assert places["S1"] == places["S3"] != places["S2"]
    (north, east) = figure.rows
    assert north.height > east.height


def test_a_drawn_volume_has_a_row_of_its_own():
    assert [row.name for row in drawn(slot(1, 9, 11, volume="ACME-BOX")).rows] == ["NORTH", "EAST", "ACME-BOX"]


def test_a_name_is_cut_to_its_bar_and_left_out_where_it_says_nothing():
    figure = drawn(slot(1, 9, 9.05), slot(2, 10, 11), slot(3, 12, 16, callsign="WINGTRA-LONG-NAME"))
    names = [bar.name for bar in figure.bars]
    assert names[0] == ""
    assert "D07" in names[1]
    assert names[2] == "? WINGTRA-LONG-NAME"


def test_night_and_closed_times_are_shaded():
    closed = ClosedView("C1", "crewed traffic", "closed", "notam", ("EAST",), at(9), at(10))
    figure = drawn(closed=(closed,))
    assert len(figure.night) == 2
    (band,) = figure.closed
    assert (band.title, band.y) == ("crewed traffic", figure.rows[1].y)


def test_without_a_sun_nothing_is_shaded():
    assert drawn(dawn=None, dusk=None).night == ()


@pytest.mark.parametrize(
    ("state", "clearance", "word"),
    [
        (SlotState.REQUESTED, None, "requested"),
        (SlotState.CLOSED, None, "flown"),
        (SlotState.NO_SHOW, None, "no-show"),
        (SlotState.APPROVED, {"missing": ("fence", "go")}, "lacks {count}"),
        (SlotState.BRIEFED, {}, "ready"),
        (SlotState.ACTIVE, {"cleared": True}, "CLEARED"),
        (SlotState.ACTIVE, {"withdrawn": True, "missing": ("go",)}, "WITHDRAWN"),
        (SlotState.APPROVED, None, "approved"),
    ],
)
def test_how_far_a_slot_is_stands_in_a_word_and_a_sign(state, clearance, word):
    view = None
    if clearance is not None:
        view = ClearanceView("S1", state, clearance.get("cleared", False), clearance.get("missing", ()),
                             withdrawn=clearance.get("withdrawn", False))  # fmt: skip
    standing = standing_of(slot(1, 9, 10, state=state), view)
    assert standing.word == word
    assert standing.sign
    assert standing.lacking == len(clearance.get("missing", ()) if clearance and word == "lacks {count}" else ())


def test_what_was_refused_or_cancelled_is_no_news_on_a_wall():
    states = {each.state for each in shown_slots(slot(1, 9, 10, state=state) for state in SlotState)}
    assert {SlotState.REFUSED, SlotState.CANCELLED} & states == set()
    assert SlotState.ACTIVE in states
