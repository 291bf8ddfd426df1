"""The detail of a vehicle, the pre-flight board and the hand-over page: what is seen, and what is asked of the server."""

import re
from dataclasses import replace

import page_specimens
import pytest
import specimens
from hypothesis import given
from hypothesis import strategies as st

from rangeops.client.feed import Disconnected
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.tui.bindings import Place
from rangeops.tui.completion import completed
from rangeops.tui.history import GAP, KEPT_S, History, columns, sparkline
from rangeops.tui.ink import short
from rangeops.tui.screens.handover import fingerprint
from rangeops.tui.screens.words import FORMS, WordsDialog

CALM = specimens.picture()
BREACH = specimens.picture(
    alarms=[specimens.FORECAST, specimens.BATTERY],
    commands=[specimens.command(CommandKind.HOLD, specimens.EAST, CommandStage.ACKED, ack_after_s=0.31, by="policy")],
)
SIZES = [(120, 36), (80, 24)]
SIZE = (120, 36)


def asked(room):
    return [(method, path, body) for method, path, body in room.server.calls if not path.startswith("/screens")]


async def flown(room, pilot, last=BREACH, minutes=3):
    """Some minutes in which everything moves, with a gap in which nobody knew where anybody was."""
    await room.opens(pilot)
    for number in range(int(minutes * 12)):
        lost = number % 15 == 7
        fleet = [
            replace(view, latitude_deg=None, height_m=None, trusted=False)
            if lost
            else replace(view, height_m=view.height_m + number % 9 * 3, battery_percent=90 - number // 2)
            for view in specimens.MORNING_FLEET
        ]
        await room.passes(pilot, 5, specimens.picture(fleet))
    await room.passes(pilot, 0.2, last)


# The detail of a vehicle.


async def test_the_detail_is_of_the_chosen_vehicle_and_takes_its_commands(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "d")
        assert room.app.room.place is Place.DETAIL
        assert "D03 SAXION" in room.text("detail-facts")
        await room.presses(pilot, "j", "h")
        assert [path for _, path, _ in asked(room)] == ["/vehicles/5/commands"]
        await room.presses(pilot, "escape")
        assert room.app.room.place is Place.WATCH
        assert room.app.shared.selected == specimens.WEST.sysid, "the watch has the same one chosen"


async def test_without_pictures_nothing_in_the_detail_freezes(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await flown(room, pilot, CALM, minutes=1)
        await room.presses(pilot, "j", "d")
        assert "stands   inside" in room.text("detail-facts")
        await room.passes(pilot, 30, Disconnected("The server closed the feed."))
        facts, lately = room.text("detail-facts"), room.text("detail-lately")
        assert "stands   UNKNOWN" in facts
        assert "exit in  --" in facts
        assert "position 30.2 s" in facts
        assert "NOT TRUSTED" in facts
        for word in ("AGL", "Speed", "Battery", "Age"):
            assert re.search(rf"{word} +--", lately), lately


@pytest.mark.parametrize("callsign", ["[/]", "[/red]", "[link='x", "[b]D07"])
async def test_a_callsign_is_never_markup(room, callsign):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture([replace(specimens.NORTH, callsign=callsign)]))
        await room.presses(pilot, "j", "d")
        title = room.app.room.query_one("#detail-facts")._border_title  # what is drawn: the public one is markup again
        assert title.plain == short(callsign, 8)


async def test_a_drawn_volumes_name_is_never_markup_in_the_palette(room):
    room.server.slots = tuple(replace(slot, volume="[/] field") for slot in specimens.SLOTS)
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "ctrl+p", *"Slot S12", "enter")
        assert room.app.room.chosen == "S12"


async def test_enter_goes_to_the_banners_vehicle_and_then_to_its_detail(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.presses(pilot, "enter")
        assert (room.app.room.place, room.app.shared.selected) == (Place.WATCH, specimens.EAST.sysid)
        await room.presses(pilot, "enter")
        assert room.app.room.place is Place.DETAIL


async def test_without_a_vehicle_there_is_no_detail_and_it_is_said(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "d")
        assert room.app.room.place is Place.WATCH
        assert "Choose a vehicle first" in room.line("status")


async def test_old_figures_are_not_figures(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "d")
        assert "40 m AGL" in room.text("detail-facts")
        assert "97 m AMSL" in room.text("detail-facts")
        await room.passes(pilot, 6)
        said = room.text("detail-facts")
        assert "-- AGL" in said
        assert "-- AMSL" in said
        assert "NOT KNOWN" in said


async def test_a_vehicle_that_has_gone_is_said_to_have_gone(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j", "d")
        await room.hears(pilot, specimens.picture([specimens.WEST]))
        assert "Vehicle 3 is not in the picture" in room.text("detail-facts")


async def test_commands_so_far_stay_when_the_picture_has_forgotten_them(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.presses(pilot, "enter", "d")
        await room.passes(pilot, 60, CALM)
        assert "HOLD by policy" in room.text("detail-lately")


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_the_detail_is_seen(room, snap_compare, size):
    async def play(pilot):
        await flown(room, pilot)
        await room.presses(pilot, "enter", "d")

    assert snap_compare(room.app, terminal_size=size, run_before=play)


# Its last minutes.


def test_what_was_not_known_is_a_gap_and_never_a_last_value():
    line, low, high = sparkline([1.0, None, 3.0])
    assert (line[1], low, high) == (GAP, 1.0, 3.0)
    assert sparkline([None, None]) == (GAP * 2, None, None)


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=200), st.integers(1, 120))
def test_a_line_has_a_character_a_column_and_keeps_the_order_of_values(values, width):
    points = [(float(number), value) for number, value in enumerate(values)]
    found = columns(points, float(len(values)), minutes=5, width=width)
    line, low, high = sparkline(found)
    assert len(line) == width
    for one, other, shape, second in zip(found, found[1:], line, line[1:], strict=False):
        assert (one is None) == (shape == GAP)
        if one is not None and other is not None and one <= other:
            assert shape <= second
    assert low is None or low <= high


def test_history_keeps_ten_minutes_and_no_more():
    history, clock = History(), specimens.NOW
    for second in range(900):
        clock = replace(specimens.NOW, monotonic_s=1000.0 + second)
        history.take(CALM, clock)
        history.take(CALM, clock)
    kept = history.of(specimens.NORTH.sysid, clock)
    assert len(kept) == KEPT_S + 1
    assert clock.monotonic_s - kept[0].at_s <= KEPT_S
    assert history.of(99, clock) == ()


# The pre-flight board.


@pytest.fixture
def on_the_board(room):
    """S16, which lacks its fence, the pilot's word and the safety officer's."""

    async def go(pilot):
        await room.opens(pilot, CALM)
        await room.presses(pilot, "6", *["j"] * 4)

    return go


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("F", ("POST", "/vehicles/11/commands")),
        ("o", ("POST", "/slots/S16/word")),
        ("v", ("POST", "/slots/S16/check-parameters")),
        ("z", ("POST", "/slots/S16/check-zones")),
        ("c", ("POST", "/slots/S16/clear")),
        ("W", ("POST", "/slots/S16/withdraw")),
        ("b", ("POST", "/slots/S16/change")),
    ],
)
async def test_a_key_supplies_what_the_chosen_slot_lacks(room, on_the_board, key, call):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_board(pilot)
        await room.presses(pilot, key)
        assert [(method, path) for method, path, _ in asked(room)] == [call]


async def test_the_poll_is_answered_for_the_role_that_lacks_and_a_no_go_has_a_reason(room, on_the_board):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_board(pilot)
        await room.presses(pilot, "g", *"Ada", "enter")
        assert asked(room)[-1] == ("POST", "/slots/S16/poll", {"role": "pilot", "go": True, "who": "Ada", "why": ""})
        await room.presses(pilot, "N", "enter")
        assert isinstance(room.app.screen, WordsDialog), "without a reason nothing is sent"
        assert len(asked(room)) == 1
        await room.presses(pilot, *"gusts", "enter")
        assert asked(room)[-1][2] == {"role": "pilot", "go": False, "who": "", "why": "gusts"}


async def test_the_board_names_the_keys_that_help_now(room, on_the_board):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_board(pilot)
        assert all(word in room.line("keys") for word in ("F load fence", "g go", "o word"))
        await room.presses(pilot, "k")
        assert "W withdraw" in room.line("keys")
        assert "g go" not in room.line("keys")


async def test_the_board_is_read_again_while_it_is_shown(room, on_the_board):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_board(pilot)
        room.server.preflight = (replace(page_specimens.PREFLIGHT[0], slot="S16"),)
        room.app.read_shown()
        await room.settles(pilot)
        assert "cleared to fly" in room.text("list")


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_the_board_is_seen(room, snap_compare, on_the_board, size):
    assert snap_compare(room.app, terminal_size=size, run_before=on_the_board)


# The hand-over page.


async def test_a_note_is_left_and_done(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "7", "n", *"ask ch 4", "enter")
        assert asked(room) == [("POST", "/handover/notes", {"text": "ask ch 4"})]
        await room.presses(pilot, "x")
        assert "no note is chosen" in room.line("status")
        while room.app.room.query_one("#page").chosen != "note 811":
            await room.presses(pilot, "j")
        await room.presses(pilot, "x")
        assert asked(room)[-1][:2] == ("POST", "/handover/notes/811/done")


async def test_whoever_takes_over_sends_which_page_he_read(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "7", "t", "enter")
        ((_, path, body),) = asked(room)
        assert path == "/duty/operator"
        assert body == {"version": 7, "handover": fingerprint(room.app.shared.records.handover), "note": ""}


async def test_the_page_is_written_as_pdf_where_the_room_was_started(room, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "7", "p")
        (written,) = tmp_path.glob("handover-20261124T0941Z.pdf")
        assert str(written) in room.line("status")


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_the_hand_over_page_is_seen(room, snap_compare, size):
    async def play(pilot):
        await room.opens(pilot, CALM)
        await room.presses(pilot, "7", "j")

    assert snap_compare(room.app, terminal_size=size, run_before=play)


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_settings_are_seen(room, snap_compare, size):
    async def play(pilot):
        await room.opens(pilot, CALM)
        await room.presses(pilot, "comma", "j")

    assert snap_compare(room.app, terminal_size=size, run_before=play)


# What can be typed and found.


def test_what_is_half_typed_is_completed_in_its_own_letters():
    assert completed("HO", ["hold", "home"], lambda _: ()) == "HOld"
    assert completed("hold d0", [], lambda word: ["D03", "D07"] if word == "hold" else ()) == "hold d03"
    assert completed("hold", ["hold"], lambda _: ()) is None
    assert completed("", ["hold"], lambda _: ()) is None
    assert completed("hold D03 now", [], lambda _: ["D03 now then"]) is None


async def test_tab_completes_a_command_and_what_it_is_for(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "colon", *"vehicle.ho", "tab", "space", *"D0", "tab", "enter")
        assert [(path, body["kind"]) for _, path, body in asked(room)] == [("/vehicles/3/commands", "hold")]


@pytest.mark.parametrize(
    ("typed", "place", "chosen"),
    [("Vehicle D07", Place.WATCH, 7), ("Alarm D07", Place.ALARMS, 7), ("Slot S16", Place.SLOTS, "S16")],
)
async def test_the_palette_finds_what_is_there(room, typed, place, chosen):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        await room.presses(pilot, "ctrl+p")
        await pilot.press(*typed)
        await pilot.pause(0.5)
        await pilot.press("down", "enter")
        await room.settles(pilot)
        assert room.app.room.place is place
        found = room.app.shared.selected if place is Place.WATCH else room.app.room.chosen
        assert found == (specimens.FORECAST.id if place is Place.ALARMS else chosen)


async def test_a_name_from_outside_is_only_text_in_the_palette(room):
    hostile = replace(specimens.EAST, callsign="[@click=app.quit]D[/]")
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture([hostile]))
        await room.presses(pilot, "ctrl+p")
        await pilot.press(*"Vehicle [@click")
        await pilot.pause(0.5)
        await pilot.press("down", "enter")
        await room.settles(pilot)
        assert room.app.is_running
        assert room.app.shared.selected == hostile.sysid


def test_every_action_that_asks_for_words_has_a_form():
    from rangeops.client.action import Asks
    from rangeops.client.actions import ACTIONS

    assert set(FORMS) <= {action.name for action in ACTIONS if action.asks is Asks.WORDS}
