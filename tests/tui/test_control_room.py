"""What keys do: asserted by which request was made, or that none was."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import specimens

from rangeops.client.feed import Connected, Disconnected
from rangeops.domain.alarms import AlarmId, AlarmState, Condition
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.telemetry import Sysid
from rangeops.tui.bindings import HIDDEN, MOVES, SHOWN, Place, keyed, keys_page, name_typed, title_of, typed_names
from rangeops.tui.ink import Ink
from rangeops.tui.keymap import Keymap
from rangeops.tui.screens.dialogs import CommandDialog, ReasonDialog
from rangeops.tui.screens.help import help_lines
from rangeops.wire.picture import Changed, LogLine

BREACH = specimens.picture(alarms=(specimens.FORECAST, specimens.STALE, specimens.BATTERY))
CALM = specimens.picture()
SIZE = (120, 36)


def commands(room):
    return [(path, body["kind"], body["typed"]) for _, path, body in room.server.calls]


async def test_hold_is_one_key_on_the_chosen_vehicle(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "j", "h")
        assert commands(room) == [("/vehicles/5/commands", "hold", "")]


async def test_with_nothing_chosen_hold_sends_nothing_and_says_so(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "h")
        assert room.server.calls == []
        assert "Choose a vehicle first" in room.line("status")


async def test_the_target_sticks_to_the_vehicle_when_rows_move(room):
    """D03 leaves the picture and D01 comes in above: h still holds D07."""
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "j", "j")
        assert room.app.shared.selected == specimens.EAST.sysid
        newcomer = replace(specimens.NORTH, sysid=Sysid(1), callsign="D01")
        await room.hears(pilot, specimens.picture([newcomer, specimens.WEST, specimens.EAST, specimens.SOUTH]))
        await room.presses(pilot, "h")
        assert commands(room) == [("/vehicles/7/commands", "hold", "")]


async def test_a_vehicle_that_has_gone_stays_the_target(room):
    """Nobody else becomes it: the server is asked for the one that was chosen."""
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j")
        await room.hears(pilot, specimens.picture([specimens.WEST]))
        assert room.app.shared.selected == specimens.NORTH.sysid
        assert "is not in the picture" in room.text("detail")
        await room.presses(pilot, "h")
        assert commands(room) == [("/vehicles/3/commands", "hold", "")]


@pytest.mark.parametrize(("key", "kind"), [("r", "rtl"), ("l", "land")])
async def test_rtl_and_land_need_the_number_typed_and_enter(room, key, kind):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", key)
        assert isinstance(room.app.screen, CommandDialog)
        await room.presses(pilot, "enter")
        assert room.server.calls == [], "Enter alone sends nothing"
        await room.presses(pilot, "4", "enter")
        assert room.server.calls == [], "another number sends nothing"
        assert "Not sent: that is not 3" in room.dialog()
        await room.presses(pilot, "3", "enter")
        assert commands(room) == [("/vehicles/3/commands", kind, "3")]
        await room.presses(pilot, "3", "enter")
        assert len(room.server.calls) == 1, "once"


@pytest.mark.parametrize("keys", [("escape",), ("3", "escape"), ("h", "escape"), ("r", "l", "q", "escape")])
async def test_esc_leaves_a_dialog_and_nothing_was_sent(room, keys):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "r", *keys)
        assert room.server.calls == []
        assert not isinstance(room.app.screen, CommandDialog)
        assert room.app.is_running


async def test_a_dialog_keeps_its_target_and_time_sends_nothing(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.presses(pilot, "j", "r", "3")
        for _ in range(5):
            await room.passes(pilot, 10, specimens.picture([specimens.EAST], alarms=[specimens.FORECAST]))
        assert room.server.calls == []
        await room.presses(pilot, "enter")
        assert commands(room) == [("/vehicles/3/commands", "rtl", "3")]


async def test_a_dialog_shows_sent_ack_and_seen_each_with_its_time(room):
    order = CommandOrder(CommandId("c1"), Sysid(3), CommandKind.RTL, "operator", "")
    sent = CommandProgress(order, CommandStage.SENT, sent_utc=specimens.MORNING, attempts=1)
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "r", "3", "enter")
        assert "queued" in room.dialog()
        await room.hears(pilot, specimens.picture(commands=[sent]))
        assert "sent 0.00 → waiting for ack" in room.dialog()
        acked = replace(sent, stage=CommandStage.ACKED, ack_after_s=0.31)
        await room.hears(pilot, specimens.picture(commands=[acked]))
        assert "sent 0.00 → ack 0.31 → waiting to see it" in room.dialog()
        seen = replace(acked, stage=CommandStage.SEEN, seen_after_s=0.84, detail="mode RTL")
        await room.hears(pilot, specimens.picture(commands=[seen]))
        assert "sent 0.00 → ack 0.31 → mode RTL seen 0.84 ✓" in room.dialog()


@pytest.mark.parametrize("stage", [CommandStage.SENT, CommandStage.NO_ACK])
async def test_where_no_ack_comes_it_says_no_ack_in_3_s(room, stage):
    """Also where the watch says nothing more of it: the screen counts by itself."""
    progress = specimens.command(CommandKind.HOLD, specimens.EAST, stage, sent_utc=specimens.MORNING)
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.passes(pilot, 3.2, specimens.picture(commands=[progress]))
        assert "NO ACK in 3 s" in room.line("status")


async def test_a_dialog_keeps_what_became_of_its_command(room):
    """The feed forgets a command half a minute after its end."""
    order = CommandOrder(CommandId("c1"), Sysid(3), CommandKind.RTL, "operator", "")
    ended = CommandProgress(
        order, CommandStage.NOT_OBEYED, sent_utc=specimens.MORNING, ack_after_s=0.31, detail="still AUTO"
    )
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "r", "3", "enter")
        await room.hears(pilot, specimens.picture(commands=[ended]))
        await room.passes(pilot, 40, CALM)
        assert "✗ NOT OBEYED still AUTO" in room.dialog()


async def test_a_refusal_stays_in_its_dialog_whole(room):
    room.server.refusal = {
        "kind": "refused",
        "what": "a refusal that is longer than a line of the dialog",
        "where": "vehicle 3",
        "do": "Ask op2.",
    }
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "r", "3", "enter")
        await room.passes(pilot, 1, CALM)
        assert "Ask op2." in room.dialog()


async def test_a_refused_command_hides_no_later_one(room):
    refused = replace(
        specimens.command(CommandKind.LOAD_FENCE, specimens.NORTH, CommandStage.REFUSED, sent_utc=None),
        detail="not sent: it is armed",
    )
    later = specimens.command(CommandKind.HOLD, specimens.EAST, CommandStage.NO_ACK)
    later = replace(later, order=replace(later.order, id=CommandId("later")))
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture(commands=[refused]))
        assert "LOAD FENCE D03" in room.line("status")
        await room.hears(pilot, specimens.picture(commands=[refused, later]))
        assert "HOLD D07" in room.line("status")
        assert "NO ACK" in room.line("status")


async def test_a_command_that_is_never_heard_of_again_is_no_ack(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "h")
        await room.passes(pilot, 3.2, CALM)
        assert "HOLD D03" in room.line("status")
        assert "NO ACK in 3 s" in room.line("status")


async def test_a_refusal_is_one_sentence_and_ends_nothing(room):
    room.server.refusal = {"kind": "conflict", "what": "D03 is held by another", "where": "vehicle 3", "do": "Ask op2."}
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "h")
        assert room.line("status").strip() == "vehicle 3: D03 is held by another. Ask op2."
        await room.presses(pilot, "r", "3", "enter")
        assert "Not done. vehicle 3: D03 is held by another. Ask op2." in " ".join(room.dialog().split())


async def test_a_acknowledges_the_banners_alarm_once_it_can_have_been_read(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.presses(pilot, "a")
        assert room.server.calls == [], "it came under the operator's finger"
        await room.passes(pilot, 0.8, BREACH)
        await room.presses(pilot, "a")
        assert [path for _, path, _ in room.server.calls] == [f"/alarms/{specimens.FORECAST.id}/ack"]


async def test_a_newcomer_in_the_banner_is_not_acknowledged_for_the_one_before(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture(alarms=[specimens.BATTERY]))
        await room.passes(pilot, 5, specimens.picture(alarms=[specimens.BATTERY]))
        await room.hears(pilot, specimens.picture(alarms=[specimens.FORECAST, specimens.BATTERY]))
        await room.presses(pilot, "a")
        assert room.server.calls == []


async def test_on_the_alarm_screen_a_is_for_the_chosen_row(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.passes(pilot, 2, BREACH)
        await room.presses(pilot, "3", "a")
        assert room.server.calls == [], "no row is chosen: the banner's alarm is not meant here"
        await room.presses(pilot, "j", "j", "j", "a")
        assert [path for _, path, _ in room.server.calls] == [f"/alarms/{specimens.BATTERY.id}/ack"]


async def test_the_screens_own_alarm_is_acknowledged_without_a_server(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.hears(pilot, Disconnected("The server closed the feed."))
        await room.passes(pilot, 1)
        await room.presses(pilot, "a")
        assert room.server.calls == []
        assert "acked" in room.line("banner")
        assert "ENFORCEMENT DOWN" in room.line("banner"), "acknowledged is not gone"


@pytest.mark.parametrize("key", ["s", "n", "O", "B", "u"])
async def test_only_a_acknowledges_the_screens_own_alarm(room, key):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.hears(pilot, Disconnected("The server closed the feed."))
        await room.passes(pilot, 1)
        await room.presses(pilot, "3", "j", key, "escape")
        assert "UNACK" in room.line("banner")


async def test_a_lost_server_is_on_every_screen_and_recovers_by_itself(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.hears(pilot, Disconnected("The server closed the feed."))
        await room.passes(pilot, 6)
        for key in "12345":
            await room.presses(pilot, key)
            assert "ENFORCEMENT DOWN" in room.line("banner")
            assert "NOT ENFORCING" in room.line("header")
            assert "S I M U L A T I O N" in room.line("simulation")
        await room.presses(pilot, "1")
        assert "LOST 6s" in room.text("vehicles")
        await room.hears(pilot, Connected("http://range.test"), CALM)
        assert "ENFORCEMENT DOWN" not in room.text("banner")
        assert "LOST" not in room.text("vehicles")


async def test_enter_chooses_the_banners_vehicle_and_then_h_holds_it(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.presses(pilot, "4")
        assert "enter choose D07" in room.line("banner", 1)
        await room.presses(pilot, "enter")
        assert "h hold D07" in room.line("banner", 1)
        await room.presses(pilot, "h")
        assert commands(room) == [("/vehicles/7/commands", "hold", "")]


async def test_enter_pressed_for_another_banner_chooses_no_newcomer(room):
    newcomer = replace(
        specimens.FORECAST, id=AlarmId("forecast-exit/D11/1"), source="D11", sysid=Sysid(11), time_to_exit_s=2
    )
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.passes(pilot, 5, specimens.picture(alarms=(newcomer, specimens.FORECAST)))
        assert "D11" in room.line("banner")
        await room.presses(pilot, "enter")
        assert room.app.shared.selected is None, "it came under the operator's finger"
        await room.passes(pilot, 0.8)
        await room.presses(pilot, "enter")
        assert room.app.shared.selected == 11


async def test_find_takes_callsign_number_or_company(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        for typed, sysid in (("d07", 7), ("11", 11), ("saxion", 3)):
            await room.presses(pilot, "slash", *typed, "enter")
            assert room.app.shared.selected == sysid
        await room.presses(pilot, "slash", *"d99", "enter")
        assert room.app.shared.selected == 3, "what isn't found changes nothing"
        assert "no vehicle is called 'd99'" in room.line("status")


async def test_the_command_line_runs_the_same_actions_with_the_same_guards(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "colon", *"hold", "space", *"d07", "enter")
        assert commands(room) == [("/vehicles/7/commands", "hold", "")]
        await room.presses(pilot, "colon", *"rtl", "space", *"7", "enter")
        assert isinstance(room.app.screen, CommandDialog)
        assert len(room.server.calls) == 1
        await room.presses(pilot, "escape", "colon", *"nonsense", "enter")
        assert "there is no command 'nonsense'" in room.line("status")


@pytest.mark.parametrize("word", ["arm", "continue", "fence-off", "terminate"])
async def test_what_sets_a_vehicle_in_motion_or_ends_its_flight_is_typed_after_the_colon(room, word):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "colon", *(key if key != "-" else "minus" for key in word), "space", "7", "enter")
        assert isinstance(room.app.screen, CommandDialog)
        said = " ".join(room.dialog().split())
        assert ("A second person must type it, too" in said) == (word == "terminate")
        await room.presses(pilot, "8", "enter")
        assert room.server.calls == []
        await room.presses(pilot, "7", "enter")
        assert commands(room) == [("/vehicles/7/commands", word, "7")]


async def test_what_needs_a_place_or_a_height_is_not_on_the_screens(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "colon", *"goto", "enter")
        assert "there is no command 'goto'" in room.line("status")


async def test_keys_typed_into_the_prompt_do_nothing_else(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "slash", *"harlq", "escape", "h")
        assert commands(room) == [("/vehicles/3/commands", "hold", "")]


async def test_a_slot_is_moved_on_with_the_version_that_was_looked_at(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "2", "j", "j")  # North S8, S17
        await room.presses(pilot, "y")
        method, path, body = room.server.calls[0]
        assert (method, path) == ("POST", "/slots/S17/change")
        assert (body["event"], body["version"]) == ("approve", 3)


async def test_a_refusal_of_a_slot_asks_for_its_reason(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "2", "j", "x")
        assert isinstance(room.app.screen, ReasonDialog)
        await room.presses(pilot, "enter")
        assert room.server.calls == [], "no reason, no refusal"
        await room.presses(pilot, *"too late", "enter")
        assert room.server.calls[0][2]["reason"] == "too late"


@pytest.mark.parametrize(("key", "path"), [("c", "/slots/S8/clear"), ("W", "/slots/S8/withdraw")])
async def test_clearance_is_given_and_withdrawn_on_the_chosen_slot(room, key, path):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "2", "j", key)
        assert [call[1] for call in room.server.calls] == [path]
        assert "fence not verified on the vehicle" in room.text("more"), "what is missing is on screen"


async def test_a_refused_plan_says_what_where_and_the_fix(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "4", "j")
        text = room.text("more")
        assert "GEO-03" in text
        assert "Waypoint 7 is 38 m outside" in text
        assert "waypoint 7 · 52.27726, 6.90370 · 38 m" in text
        assert "Move waypoint 7 at least 38 m west" in text


async def test_a_report_is_written_and_its_path_shown(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "5")
        assert "#412" in room.text("more"), "the timeline names its evidence"
        await room.presses(pilot, "p")
        assert [call[1] for call in room.server.calls] == ["/incidents/INC-2026-0007/report"]
        assert "reports/INC-2026-0007.html" in room.text("more")


async def test_what_changed_is_read_again(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "2")
        room.server.slots = (specimens.slot(40, "NEWCO", "EAST", (0, 10), specimens.SlotState.REQUESTED),)
        await room.hears(pilot, Changed("slots"))
        assert "NEWCO" in room.text("list")


async def test_the_log_shows_the_newest_last(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM, LogLine(9, specimens.MORNING, "D07", "the newest"))
        assert room.text("log").splitlines()[-1].endswith("the newest")


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_flood_never_hides_a_p1(room, size):
    """25 vehicles in alarm, two with a P1: both are among the rows that are seen."""
    fleet = [replace(specimens.NORTH, sysid=Sysid(n), callsign=f"D{n:02}") for n in range(1, 26)]
    flood = [
        specimens.alarm(
            Condition.LINK_LOST if view.sysid in (24, 25) else Condition.TELEMETRY_STALE, view, "6 s", "5 s", since_s=6
        )
        for view in fleet
    ]
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, specimens.picture(fleet, alarms=flood))
        table = room.text("vehicles")
        assert "D24" in table
        assert "D25" in table
        assert "■P1 2" in room.line("header")
        await room.presses(pilot, "3")
        assert [room.line("list", n)[1:3] for n in (1, 2)] == ["■1", "■1"]


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (60, 20)])
async def test_below_80x24_the_alarm_list_stands_alone(room, size):
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, BREACH)
        assert "Leaves" in room.text("alarms-alone")
        assert not room.app.screen.query_one("#body").display
        assert "S I M U L A T I O N" in room.line("simulation")


async def test_a_resized_terminal_goes_from_one_layout_to_the_other_and_back(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, BREACH)
        await pilot.resize_terminal(70, 20)
        await room.settles(pilot)
        assert "Leaves" in room.text("alarms-alone")
        await pilot.resize_terminal(120, 36)
        await room.settles(pilot)
        assert "D07" in room.text("vehicles")


async def test_only_the_mark_flashes(room):
    def spans(at_s):
        room.clock.pass_s(at_s)
        room.app.shared.board.take(BREACH, room.clock.now)
        room.app.draw()
        return [span for line in room.app.screen.query_one("#banner").lines for span in line]

    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        for before, after in pairwise([spans(0.0), spans(0.6), spans(0.6)]):
            changed = [(old, new) for old, new in zip(before, after, strict=True) if old.ink is not new.ink]
            assert [old.text for old, _ in changed] == ["■1"]


async def test_an_acknowledged_alarm_stands_still(room):
    acked = specimens.picture(alarms=[replace(specimens.FORECAST, state=AlarmState.ACKED, acked_by="op1")])
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, acked)
        seen = set()
        for _ in range(4):
            await room.passes(pilot, 0.6, acked)
            seen.add(room.app.screen.query_one("#banner").lines[0][1].ink)
        assert len(seen) == 1


async def test_zoom_pan_follow_and_the_whole_range(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        the_map = room.app.room.map
        whole = the_map.view
        await room.presses(pilot, "z", "right", "up")
        assert the_map.view.m_per_dot < whole.m_per_dot
        assert the_map.view.east_m > whole.east_m
        assert the_map.view.north_m > whole.north_m
        await room.presses(pilot, "j", "f")
        assert the_map.following == specimens.NORTH.sysid
        far = replace(specimens.NORTH, latitude_deg=52.2690, longitude_deg=6.8800)
        await room.passes(pilot, 1, specimens.picture([far]))
        x, y = the_map.view.dots(*(part[None] for part in specimens.FRAME.to_site_array(_at(far))[0]))
        assert 0 <= x[0] < the_map.view.columns * 2
        assert 0 <= y[0] < the_map.view.rows * 4
        await room.presses(pilot, "0")
        assert the_map.view == whole


def _at(view):
    import numpy as np

    return np.array([[view.latitude_deg, view.longitude_deg]])


def test_esc_waits_no_100_ms():
    """In a process of its own: here pytest's plugin has imported textual already."""
    program = "import rangeops.tui.app, textual.constants; print(textual.constants.ESCAPE_DELAY)"
    environment = {key: value for key, value in os.environ.items() if key != "ESCDELAY"}
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert float(said.stdout) <= 0.03


async def test_q_leaves_and_stops_nothing(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await pilot.press("q")
        await pilot.pause()
        assert not room.app.is_running
    assert room.server.calls == []


def test_docs_keys_is_what_the_tables_print():
    assert (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8") == keys_page()


@pytest.mark.parametrize("place", Place)
def test_a_key_means_one_thing_in_its_place(place):
    heard = [
        each for each in MOVES if each.place in (place, Place.EVERYWHERE) and each.name not in HIDDEN.get(place, ())
    ]
    here = [key for move in heard for key in move.keys.split(",")]
    here += [action.key for where in {place, Place.EVERYWHERE} for action in keyed(where)]
    assert len(here) == len(set(here))


def test_every_action_has_a_key_a_title_and_a_typed_name():
    for name in [*(action.name for action in SHOWN), *(move.name for move in MOVES)]:
        assert title_of(name)
        assert name_typed(name) == name
    assert all(name_typed(word) is not None for word in typed_names())


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_help_has_every_key_and_leaves_simulation_in_sight(room, size):
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "question_mark")
        said = room.dialog()
        assert all(f"  {Keymap().shown(action.name) or ':'} " in said and action.name[:19] in said for action in SHOWN)
        assert room.app.screen.query_one("#help").region.y >= 3, "header, SIMULATION and banner stay in sight"
        await room.presses(pilot, "j", "escape")
        assert room.app.screen is room.app.room


async def test_the_palette_offers_the_same_actions(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        offered = {command.help for command in room.app.get_system_commands(room.app.screen)}
        assert {action.name for action in SHOWN} <= offered
        await room.presses(pilot, "j", "ctrl+p")
        await pilot.press(*"Hold")
        await pilot.pause(0.5)
        await pilot.press("down", "enter")
        await room.settles(pilot)
        assert commands(room) == [("/vehicles/3/commands", "hold", "")]


def test_no_words_of_the_help_run_into_the_name_beside_them():
    rows = [line for line in help_lines() if len(line) == 3 and line[0].ink is Ink.KEY]
    assert len(rows) > 40
    assert all(what.text.endswith(" ") for _, what, _ in rows)
