"""What comes next is on the screen beforehand, and the keys that hold it back, take it up, decide, clear, call and judge."""

from dataclasses import replace

import pytest
import specimens
from specimens import coming

from rangeops.domain.commands import CommandKind
from rangeops.domain.next_act import InhibitNow
from rangeops.domain.policy import Rung
from rangeops.tui.panels.next_act import next_act_cell, next_act_line
from rangeops.tui.screens.call import CallDialog
from rangeops.tui.screens.dialogs import CommandDialog
from rangeops.tui.screens.inhibit import InhibitDialog
from rangeops.tui.screens.pilot import PilotDialog
from rangeops.tui.screens.sector import SectorDialog
from rangeops.tui.screens.verdicts import VerdictDialog

SIZE, SMALL = (120, 36), (80, 24)
RETURNS = coming(specimens.EAST, CommandKind.RTL, inhibitable=True)
OFFERED = coming(specimens.EAST, CommandKind.LAND, 0.0, why="outside range", rung=Rung.OUTSIDE_RANGE, offered=True)
BLOCKED = coming(specimens.EAST, None, 0.0, why="the way home crosses Housing")
INHIBITED = replace(RETURNS, inhibit=InhibitNow("op1", "turns", 6.4))


def morning(east, **changes):
    fleet = [specimens.NORTH, specimens.WEST, east, specimens.SOUTH]
    return specimens.picture(fleet, alarms=(specimens.FORECAST,), **changes)


def banner(room):
    return room.text("banner")


@pytest.mark.parametrize("size", [SIZE, SMALL])
async def test_the_banner_counts_down_what_comes_and_names_the_key(room, size):
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, morning(RETURNS))
        assert "RTL in 4 s · i inhibit" in banner(room)
        await room.passes(pilot, 0.8)
        assert "RTL in 3 s" in banner(room)
        await room.passes(pilot, 5.0)
        assert "RTL in" not in banner(room), "without a fresh picture no seconds are made up"


@pytest.mark.parametrize("size", [SIZE, SMALL])
@pytest.mark.parametrize(
    ("east", "says"),
    [
        (OFFERED, "! LAND D07"),
        (replace(specimens.EAST, pilot_has_control=True), "pilot has control · D decide"),
        (BLOCKED, "not sent: way home crosses Hous"),
        (INHIBITED, "held back 6 s by op1"),
        (coming(specimens.EAST, CommandKind.HOLD, 0.2, inhibitable=True), "HOLD now"),
        (coming(specimens.EAST, CommandKind.RTL, 4.0), "RTL in 4 s"),
    ],
)
async def test_what_comes_is_said_in_the_banner(room, size, east, says):
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, morning(east))
        assert says in banner(room)
        assert "i inhibit" not in banner(room) or (east.next_act is not None and east.next_act.inhibitable)


@pytest.mark.parametrize(
    ("east", "cell", "narrow"),
    [
        (RETURNS, "RTL 4s", "R4s"),
        (OFFERED, "! LAND", "!L"),
        (BLOCKED, "CALL", "CALL"),
        (INHIBITED, "held 6s", "i6s"),
        (specimens.EAST, "", ""),
    ],
)
def test_the_vehicles_row_says_it_in_a_cell(east, cell, narrow):
    from rangeops.tui.freshness import vehicle_now

    assert next_act_cell(vehicle_now(east, 0.0, None), 7) == cell
    assert next_act_cell(vehicle_now(east, 0.0, None), 4) == narrow
    assert next_act_cell(vehicle_now(east, 5.0, None), 7) == ""
    assert next_act_line(vehicle_now(east, 5.0, None)) == ()


async def test_i_holds_back_the_banners_vehicle_with_a_reason(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, morning(RETURNS))
        await room.passes(pilot, 0.8, morning(RETURNS))
        await room.presses(pilot, "j", "i")  # D03 is chosen; the banner's is meant
        assert isinstance(room.app.screen, InhibitDialog)
        assert "RTL in 4 s" in room.dialog()
        await room.presses(pilot, "enter")
        assert room.server.calls == [], "an empty reason holds nothing back"
        await room.presses(pilot, *"turns", "enter")
        assert room.server.calls == [("POST", "/vehicles/7/inhibit", {"reason": "turns"})]
        assert not isinstance(room.app.screen, InhibitDialog)


async def test_the_dialog_of_an_inhibit_goes_on_counting_and_time_sends_nothing(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, morning(RETURNS))
        await room.passes(pilot, 0.8, morning(RETURNS))
        await room.presses(pilot, "i", *"turns")
        await room.passes(pilot, 3.0, morning(coming(specimens.EAST, CommandKind.RTL, 1.0, inhibitable=True)))
        assert "RTL in 1 s" in room.dialog()
        await room.passes(pilot, 2.0, morning(specimens.EAST))
        assert "nothing comes next by itself any more" in room.dialog()
        await room.presses(pilot, "escape")
        assert room.server.calls == []


@pytest.mark.parametrize("east", [specimens.EAST, BLOCKED, coming(specimens.EAST, CommandKind.RTL)])
async def test_where_nothing_may_be_held_back_i_says_so(room, east):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, morning(east))
        await room.passes(pilot, 0.8, morning(east))
        await room.presses(pilot, "i")
        assert not isinstance(room.app.screen, InhibitDialog)
        assert "Nothing is about to be sent" in room.line("status")


async def test_one_key_takes_up_the_very_command_that_is_offered(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, morning(OFFERED))
        await room.presses(pilot, "exclamation_mark")
        assert room.server.calls == [], "a key on its way before it could be read"
        await room.passes(pilot, 0.8, morning(OFFERED))
        await room.presses(pilot, "exclamation_mark")
        ((_, path, body),) = room.server.calls
        assert path == "/vehicles/7/commands"
        assert (body["kind"], body["offered"], body["typed"]) == ("land", True, "")


async def test_a_key_before_it_could_be_read_takes_up_no_other_vehicles_offer(room):
    """D03 is chosen and offers LAND; D07's LAND takes the banner just as `!` is pressed."""
    north = coming(specimens.NORTH, CommandKind.LAND, 0.0, why="outside range", rung=Rung.OUTSIDE_RANGE, offered=True)
    both = specimens.picture([north, specimens.WEST, OFFERED], alarms=[specimens.FORECAST])
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture([north, specimens.WEST, specimens.EAST]))
        await room.presses(pilot, "j")
        await room.passes(pilot, 5, both)
        assert "! LAND D07" in banner(room)
        await room.presses(pilot, "exclamation_mark")
        assert room.server.calls == []
        await room.passes(pilot, 0.8, both)
        await room.presses(pilot, "exclamation_mark")
        assert [path for _, path, _ in room.server.calls] == ["/vehicles/7/commands"]


@pytest.mark.parametrize(
    ("typed", "path", "body"),
    [
        ([*"hold"], "/vehicles/7/commands", {"kind": "hold", "typed": ""}),
        ([*"rtl", "space", "7"], "/vehicles/7/commands", {"kind": "rtl", "typed": "7"}),
        ([*"fly"], "/vehicles/7/let-fly", {}),
    ],
)
async def test_one_decision_after_a_pilot_took_over(room, typed, path, body):
    taken = replace(specimens.EAST, pilot_has_control=True, mode="LOITER")
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, morning(taken))
        await room.presses(pilot, "enter", "D")
        assert isinstance(room.app.screen, PilotDialog)
        assert "Its pilot took it over from the range" in room.dialog()
        await room.presses(pilot, *typed, "down", *"calm", "enter")
        ((_, called, sent),) = room.server.calls
        assert called == path
        assert sent["reason"] == "calm"
        assert body.items() <= sent.items()


async def test_a_sector_is_seen_before_it_is_cleared_and_its_name_is_typed_whole(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "x")
        assert isinstance(room.app.screen, SectorDialog)
        assert "EAST · NORTH-WEST · WHOLE RANGE" in room.dialog()
        await room.presses(pilot, *"eas")
        assert "in this order" not in room.dialog()
        await room.presses(pilot, "t")
        assert "EAST: 3 in this order: D07 (1240 m), D03 (1630 m), D05" in room.dialog()
        await room.presses(pilot, "down", *"hold", "down", "enter")
        assert room.server.calls == [], "without a reason nothing is cleared"
        await room.presses(pilot, *"helicopter", "enter")
        ((_, path, body),) = room.server.calls
        assert path == "/sectors/east/clear"
        assert body == {"how": "hold", "reason": "helicopter", "typed": "east"}
        assert "A41 EAST by hold: 0 of 3 seen" in room.dialog()
        await room.hears(pilot, specimens.picture(commands=specimens.ACT_GOES_ON))
        assert "1 of 3 seen" in room.dialog()
        assert "✗ D05 call ch 1" in room.dialog()
        assert "waiting: D03" in room.dialog()
        assert "call 124.300  Amsterdam FIC, flight information" in room.dialog()
        await room.passes(pilot, 40, specimens.picture())
        assert "1 of 3 seen" in room.dialog(), "the feed forgets what is over, who calls pilots mustn't"
        assert "✗ D05 call ch 1" in room.dialog()
        await room.presses(pilot, "enter")
        assert len(room.server.calls) == 1, "once"
        await room.presses(pilot, "escape")
        assert not isinstance(room.app.screen, SectorDialog)


async def test_a_call_is_logged_about_the_chosen_vehicle(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "j", "j", "j", "c")
        assert isinstance(room.app.screen, CallDialog)
        assert "CLEAR SECTOR" in room.dialog()
        await room.presses(pilot, *"hold", "down", "down", "down", "down", *"drifts", "down", *"yes", "enter")
        ((_, path, body),) = room.server.calls
        assert path == "/calls"
        assert body == {
            "word": "hold", "about": "D07", "to": "pilot of D07", "via": "ch 3", "reason": "drifts", "answered": True
        }  # fmt: skip


async def test_what_the_range_did_is_judged_with_a_note(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "5", "J")
        assert isinstance(room.app.screen, VerdictDialog)
        assert "to judge 1" in room.dialog()
        await room.presses(pilot, "pagedown", "pageup", *"late", "down", *"over", "enter")
        assert room.server.calls == [("POST", "/reviews/7-1-2", {"verdict": "late", "note": "over"})]


async def test_the_return_dialog_shows_the_check_that_automation_makes(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "j", "j", "j", "r")
        assert isinstance(room.app.screen, CommandDialog)
        assert "Path home crosses: nothing.  Battery on arrival: 48 %." in room.dialog()
        room.server.way_home = replace(specimens.WAY_HOME, crosses=("Housing",), battery_on_arrival_percent=-3.0)
        await room.passes(pilot, 1.2, specimens.picture())
        assert "Path home crosses: Housing.  Battery on arrival: -3 %." in room.dialog()
        room.server.way_home = replace(specimens.WAY_HOME, crosses=None, battery_on_arrival_percent=None)
        await room.passes(pilot, 1.2, specimens.picture())
        assert "Path home crosses: not known.  Battery on arrival: --" in room.dialog()


async def test_the_landing_dialog_says_what_it_comes_down_on(room):
    room.server.way_home = replace(specimens.WAY_HOME, no_landing=("Runway 05/23",))
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "j", "j", "j", "l")
        assert "It comes down on Runway 05/23!" in room.dialog()
        assert "Battery once down: 55 %" in room.dialog()


async def test_a_dialog_that_is_open_at_the_end_is_drawn_no_more(room, monkeypatch):
    """A tick that comes while the app closes its screens found the dialog without its fields, and ended in a traceback."""
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, morning(specimens.EAST))
        await room.presses(pilot, "c")
        assert isinstance(room.app.screen, CallDialog | SectorDialog)
        prune, drawn = room.app._prune, []

        async def pruned(*nodes, parent=None):
            await prune(*nodes, parent=parent)
            drawn.append(room.app.draw())

        monkeypatch.setattr(room.app, "_prune", pruned)
    assert drawn
