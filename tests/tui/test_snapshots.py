"""What is seen, at 120x36 and at 80x24."""

import math
from dataclasses import replace

import day_specimens
import pytest
import specimens
from test_drawing import HOSTILE

from rangeops.client.feed import Disconnected
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.wire.picture import LogLine

SIZES = [(120, 36), (80, 24)]
BREACH = specimens.picture(
    [
        specimens.NORTH,
        specimens.WEST,
        replace(specimens.EAST, margin_m=31.0, mode="BRAKE"),
        replace(
            specimens.SOUTH, position_age_s=6.2, heard_age_s=0.4, latitude_deg=None, longitude_deg=None, trusted=False
        ),
    ],
    alarms=(specimens.FORECAST, specimens.STALE, specimens.BATTERY),
    commands=(specimens.command(CommandKind.HOLD, specimens.EAST, CommandStage.ACKED, ack_after_s=0.31, by="policy"),),
)
CALM = specimens.picture()

pytestmark = pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])


def _earlier(view, back_s):
    """Where it was: straight on along its track."""
    east, north = specimens.FRAME.to_site(view.latitude_deg, view.longitude_deg)
    track, back_m = math.radians(view.track_deg), back_s * view.ground_speed_mps
    latitude, longitude = specimens.place(east - back_m * math.sin(track), north - back_m * math.cos(track))
    return replace(view, latitude_deg=latitude, longitude_deg=longitude)


async def flown(room, pilot, last):
    """Fifteen seconds of flight, so that there are trails, and then this."""
    await room.opens(pilot)
    for back_s in range(15, 0, -3):
        await room.passes(pilot, 3, specimens.picture([_earlier(view, back_s) for view in specimens.MORNING_FLEET]))
    await room.passes(pilot, 1, last)
    await room.passes(pilot, 0.8, last)


@pytest.fixture
def seen(room, snap_compare, size):
    """Compare with what is kept: after this picture, these keys and so much silence."""

    def compare(last, *keys, then=(), silent_s=0.0):
        async def play(pilot):
            await flown(room, pilot, last)
            await room.hears(pilot, *then)
            await room.presses(pilot, *keys)
            await room.passes(pilot, silent_s)

        return snap_compare(room.app, terminal_size=size, run_before=play)

    return compare


def test_a_normal_morning(seen):
    assert seen(CALM, "j")


def test_a_forecast_breach(seen):
    assert seen(BREACH, "enter")


def test_stale_and_lost_vehicles(seen):
    fleet = [replace(specimens.NORTH, position_age_s=1.4), replace(specimens.WEST, position_age_s=3.1, heard_age_s=3.0)]
    lost = replace(specimens.EAST, position_age_s=8.0, heard_age_s=8.0, latitude_deg=None, longitude_deg=None)
    assert seen(specimens.picture([*fleet, lost]), "j", "j", "j")


def test_enforcement_down(seen):
    assert seen(BREACH, "enter", then=(Disconnected("The server closed the feed."),), silent_s=6.0)


def test_a_watch_that_is_silent(seen):
    assert seen(specimens.picture(enforcement=False, watch_age_s=4.0))


def test_hostile_text_is_only_text(seen):
    fleet = [
        replace(specimens.MORNING_FLEET[n], callsign=HOSTILE[n], company=HOSTILE[n + 4], mode=HOSTILE[n + 8])
        for n in range(4)
    ]
    bad = replace(specimens.FORECAST, title=HOSTILE[5], action=HOSTILE[6], source=HOSTILE[0], value=HOSTILE[4])
    lines = [LogLine(20 + n, specimens.MORNING, "D07", text) for n, text in enumerate(HOSTILE)]
    assert seen(specimens.picture(fleet, alarms=[bad]), "j", then=lines)


def test_the_rtl_dialog(seen):
    assert seen(BREACH, "enter", "r", "7")


def test_the_land_dialog(seen):
    assert seen(BREACH, "enter", "l")


def test_the_reason_dialog(seen):
    assert seen(CALM, "2", "j", "x", *"no")


def test_slots(seen):
    assert seen(CALM, "2", "j", "j", "j", "j", "j")


def test_alarms(seen):
    assert seen(BREACH, "3", "j")


def test_plans(seen):
    assert seen(CALM, "4", "j")


def test_review(seen):
    assert seen(CALM, "5")


def test_the_command_line(seen):
    assert seen(CALM, "colon", *"hol")


def _busy_day(room):
    """Closures, a conflict, phases, a waiting list, and what lapses."""
    room.server.closed = (day_specimens.TRAFFIC,)
    room.server.conflicts = (day_specimens.CONFLICT,)
    room.server.slots = (*specimens.SLOTS, *day_specimens.AFTERNOON)
    room.server.expiries = (day_specimens.LAPSES,)
    room.server.proposal = day_specimens.PROPOSAL


def test_a_busy_day(seen, room):
    _busy_day(room)
    assert seen(CALM, "2", "j", "j")


def test_moving_a_slot(seen, room):
    _busy_day(room)
    assert seen(CALM, "2", "j", "j", "m", "right", "right")


def test_a_new_slot(seen, room):
    _busy_day(room)
    assert seen(CALM, "2", "j", "n")


def test_a_proposed_timetable(seen, room):
    _busy_day(room)
    assert seen(CALM, "2", "p")


def _with(east):
    """A forecast breach in which this comes next for D07."""
    return specimens.picture([specimens.NORTH, specimens.WEST, east, specimens.SOUTH], alarms=(specimens.FORECAST,))


def test_a_return_that_comes_by_itself_is_held_back(seen):
    assert seen(_with(specimens.coming(specimens.EAST, CommandKind.RTL, inhibitable=True)), "i", *"turns")


def test_what_is_left_to_people_is_one_key_away(seen):
    offered = specimens.coming(specimens.EAST, CommandKind.LAND, 0.0, offered=True)
    assert seen(_with(offered), "enter")


def test_a_way_home_that_is_not_clear(seen):
    blocked = specimens.coming(specimens.EAST, None, 0.0, why="the way home crosses Housing")
    assert seen(_with(blocked), "enter")


def test_a_pilot_has_control(seen):
    assert seen(_with(replace(specimens.EAST, pilot_has_control=True, mode="LOITER")), "enter", "D", *"fly")


def test_whom_clearing_a_sector_would_reach(seen):
    assert seen(CALM, "x", *"east")


def test_a_sector_cleared_in_part(seen):
    going_on = specimens.picture(commands=specimens.ACT_GOES_ON)
    assert seen(going_on, "x", *"east", "down", *"hold", "down", *"helicopter", "enter")


def test_a_call(seen):
    assert seen(CALM, "j", "c", *"hold")


def test_what_the_range_did_is_judged(seen):
    assert seen(CALM, "5", "J", *"right")
