"""The slots screen: every key of its does what the footer says, and what the server refuses is read whole."""

import json
from dataclasses import replace
from datetime import date, timedelta

import day_specimens
import httpx
import pytest
import specimens

from rangeops.domain.slot_terms import Emission, SlotTerms
from rangeops.domain.slots import SlotState
from rangeops.tui.bindings import MOVES, SHOWN, Place
from rangeops.tui.screens.slot_dialogs import MoveDialog, SlotForm
from rangeops.wire.picture import Changed

SIZE = (120, 36)
CALM = specimens.picture()


async def on_the_slots(room, pilot, *keys):
    await room.opens(pilot, CALM)
    await room.presses(pilot, "2", *keys)


async def test_a_day_has_a_row_for_each_volume_with_shapes_and_names(room):
    room.server.closed, room.server.conflicts = (day_specimens.TRAFFIC,), (day_specimens.CONFLICT,)
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        shown = room.text("list")
        for part in ("06    07", "█S8▶ SAXION", "░S17? SAXION ✗S8", "▓S16✓✓ FIRE", "╌S18✗ ACME", "■ C1 crewed traffic"):
            assert part in shown
        assert "S17  CONFLICT S8 (11:29-11:41): slot S8" in shown


async def test_a_slot_in_set_up_and_on_the_waiting_list_look_different(room):
    room.server.slots = (
        specimens.slot(30, "ACME", "EAST", (60, 180), SlotState.WAITLISTED),
        specimens.slot(
            31, "ACME", "WEST", (60, 180), SlotState.APPROVED, terms=SlotTerms(set_up_minutes=30, clear_down_minutes=30)
        ),
    )
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        assert "┄S30… ACME┄" in room.text("list")
        assert "···▓S31✓ ACME▓" in room.text("list").replace("┃", "·")


async def test_days_are_turned_and_today_is_found_again(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        board = room.app.room.query_one("#list")
        assert "Tue 24 Nov today" in board.border_title
        await room.presses(pilot, "right")
        assert "Wed 25 Nov not today" in board.border_title
        assert "S8" not in room.text("list")
        assert room.app.shared.records.day_view.day == date(2026, 11, 25)
        await room.presses(pilot, "left", "left")
        assert "Mon 23 Nov" in board.border_title
        await room.presses(pilot, "T")
        assert "Tue 24 Nov today" in board.border_title
        assert "S8" in room.text("list")


async def test_at_midnight_the_new_day_is_read_by_itself(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        assert room.app.shared.records.day_view.day == date(2026, 11, 24)
        await room.passes(pilot, 14 * 3600, CALM)
        await room.settles(pilot)
        assert "Wed 25 Nov today" in room.app.room.query_one("#list").border_title
        assert room.app.shared.records.day_view.day == date(2026, 11, 25)


async def test_a_drawn_volume_has_its_own_row(room):
    room.server.slots = (specimens.slot(30, "ACME", "dam survey", (60, 90), SlotState.REQUESTED),)
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        assert "dam survey" in room.text("list")


async def test_a_move_is_sent_with_the_version_only_after_enter(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "j", "j", "m")
        assert isinstance(room.app.screen, MoveDialog)
        await room.presses(pilot, "enter")
        assert room.server.calls == [], "it is where it was"
        await room.presses(pilot, "right", "right", "right", "left")
        assert "11:29-12:14 local → 11:39-12:24  (+10 min)" in room.dialog()
        assert room.app.shared.records.shift.by == timedelta(minutes=10), "the bar is drawn there"
        assert room.server.calls == []
        await room.presses(pilot, "enter")
        method, path, body = room.server.calls[0]
        assert (method, path) == ("POST", "/slots/S17/move")
        assert body["version"] == 3
        assert body["starts"] == "2026-11-24T10:39:07Z"
        assert room.app.screen is room.app.room
        assert room.app.shared.records.shift is None


async def test_esc_leaves_a_slot_where_it_was(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "j", "j", "m", "left", "escape")
        assert room.app.screen is room.app.room
        assert room.server.calls == []
        assert room.app.shared.records.shift is None


async def test_a_refused_move_stays_open_and_says_what_is_free(room):
    room.server.refusal = {
        "kind": "conflict",
        "what": "slot S8 (SAXION, 09:12-10:12 UTC) has NORTH: 12 min in the same air",
        "where": "slot S17",
        "do": "NORTH is free 10:17-11:02 UTC or 11:30-12:15 UTC; at that time EAST and WEST are free.",
    }
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "j", "j", "m", "left", "enter")
        said = " ".join(room.dialog().split())
        assert "Not done." in said
        assert "at that time EAST and WEST are free." in said
        room.server.refusal = None
        await room.presses(pilot, "right", "right", "enter")
        assert room.server.calls[-1][2]["starts"] == "2026-11-24T10:34:07Z"


async def test_a_refused_approval_is_read_whole_under_the_slot(room):
    room.server.refusal = {"kind": "forbidden", "what": "x " * 90, "where": "slot S17", "do": "It takes an operator."}
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "j", "j", "y")
        assert "refused" in room.text("more")
        assert "It takes an operator." in " ".join(room.text("more").split())
        await room.presses(pilot, "j")
        assert "It takes an operator." not in room.text("more")


async def test_a_new_slot_is_asked_for_like_the_chosen_one(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "j", "n")
        assert isinstance(room.app.screen, SlotForm)
        await room.presses(pilot, "tab", *"13:15")
        await room.presses(pilot, "enter")
        method, path, body = room.server.calls[0]
        assert (method, path) == ("POST", "/slots")
        assert (body["volume"], body["company"], body["sysid"]) == ("NORTH", "SAXION", 3)
        assert body["starts"] == "2026-11-24T12:15:00Z"
        assert room.app.screen is room.app.room


async def test_what_can_not_be_read_in_the_form_is_said_and_not_sent(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "n", *"EAST")
        await room.presses(pilot, "enter")
        assert "Company is empty" in room.dialog()
        await room.presses(pilot, "escape")
        assert room.server.calls == []


async def test_a_volumes_calendar_is_written_here(room, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "j", "e")
        assert json.loads((tmp_path / "slots-NORTH.ics").read_bytes()) == "volume NORTH"
        assert "slots-NORTH.ics" in room.line("status")


async def test_the_detail_says_all_that_is_booked(room):
    terms = SlotTerms(
        pilots=("anna", "bo"),
        spare_pilot="cas",
        phones=("+31 6 1234",),
        emissions=(Emission("sik-868", 869.4, 869.65, 100),),
        set_up_minutes=10,
        time_out_minutes=15,
    )
    room.server.slots = (specimens.slot(30, "ACME", "EAST", (60, 90), SlotState.APPROVED, terms=terms),)
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "j")
        shown = room.text("more")
        for part in (
            "set-up 10 min, time-out 15 min",
            "anna, bo (spare cas)",
            "ch 1, +31 6 1234",
            "sik-868 869.4-869.65 MHz 100 mW",
            "✗ GCS failsafe not armed",
        ):
            assert part in shown


async def test_what_lapses_soon_stands_at_the_foot(room):
    room.server.expiries = (day_specimens.LAPSES, replace(day_specimens.LAPSES, id="INS-2"))
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        assert "within 7 d document INS-1: insurance" in room.text("expiries")
        assert "+1 more: rangeops register list --expiring" in room.text("expiries")


async def test_who_may_not_read_the_registers_is_warned_of_nothing(room):
    answers = room.server.__call__

    def forbidding(request):
        if request.url.path.endswith("/expiries"):
            problem = {"type": "", "title": "", "status": 403, "detail": "", "kind": "forbidden"}
            return httpx.Response(403, content=json.dumps(problem))
        return answers(request)

    room.app.client._http._transport = httpx.MockTransport(forbidding)
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        assert "S8" in room.text("list")
        assert room.app.shared.notice is None


async def test_a_closure_that_is_made_elsewhere_appears(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot)
        assert "C1" not in room.text("list")
        room.server.closed = (day_specimens.TRAFFIC,)
        await room.hears(pilot, Changed("closures"))
        assert "C1 crewed traffic" in room.text("list")


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_footer_offers_only_keys_that_are_bound(room, size):
    bound = {move.shown for move in MOVES} | {action.key for action in SHOWN} | {"j k", "← →", "1-5"}
    async with room.app.run_test(size=size) as pilot:
        await on_the_slots(room, pilot)
        for _ in specimens.SLOTS:
            await room.presses(pilot, "j")
            offered = room.app.room.keys()
            assert {key for key, _ in offered} <= bound
        assert room.app.room.place is Place.SLOTS


async def test_the_chosen_slot_stays_in_sight_on_a_full_day(room):
    room.server.slots = tuple(
        specimens.slot(n, "ACME", "NORTH", (n * 2, n * 2 + 90), SlotState.REQUESTED) for n in range(20, 50)
    )
    async with room.app.run_test(size=(80, 24)) as pilot:
        await on_the_slots(room, pilot, *["j"] * 25)
        assert "▸S44" in room.text("list")


async def test_a_proposed_timetable_is_read_and_accepted_as_a_whole(room):
    room.server.proposal = day_specimens.PROPOSAL
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "p")
        asked = room.server.calls[0]
        assert asked[:2] == ("POST", "/timetable")
        assert asked[2]["ends"] == "2026-11-24T23:00:00Z", "of the day that is shown"
        said = room.dialog()
        for part in ("+ new", "→ moved", "11:41-12:41 → 11:11-12:11", "S8 is there", "proved the best, fewest moves"):
            assert part in said
        assert len(room.server.calls) == 1, "nothing is accepted before Enter"
        await room.presses(pilot, "enter")
        assert room.server.calls[1][1:] == (
            "/timetable/accept",
            {"sha256": "ab" * 32, "reason": "accepted on the slots screen"},
        )
        assert room.app.screen is room.app.room


async def test_esc_accepts_nothing_of_a_proposal(room):
    room.server.proposal = day_specimens.PROPOSAL
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "p", "escape")
        assert room.app.screen is room.app.room
        assert [path for _, path, _ in room.server.calls] == ["/timetable"]


async def test_a_proposal_that_changes_nothing_can_not_be_accepted(room):
    room.server.proposal = replace(day_specimens.PROPOSAL, changes=(day_specimens.change("S18", "unplaced"),))
    async with room.app.run_test(size=SIZE) as pilot:
        await on_the_slots(room, pilot, "p", "enter")
        assert "There is nothing to accept." in room.dialog()
        assert [path for _, path, _ in room.server.calls] == ["/timetable"]
