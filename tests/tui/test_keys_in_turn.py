"""Keys that come together, as a fast hand or a slow line sends them: each meets what the one before it has opened."""

from contextlib import asynccontextmanager

import specimens
from textual import events

from rangeops.domain.telemetry import Sysid
from rangeops.tui.screens.dialogs import CommandDialog

SIZE = (120, 36)
CALM = specimens.picture()
NAMES = {"/": "slash", ":": "colon", " ": "space", "\r": "enter", "\x1b": "escape"}


async def types(room, pilot, keys):
    """All of them before the first is worked on."""
    for key in keys:
        room.app.post_message(events.Key(NAMES.get(key, key), key if key.isprintable() else None))
    for _ in keys:
        await room.settles(pilot)


@asynccontextmanager
async def first_vehicle_chosen(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "j")
        yield pilot


def sent(room):
    return [(path, body["kind"]) for _, path, body in room.server.calls]


async def test_a_command_line_typed_at_once_reaches_the_prompt_and_not_the_keys(room):
    async with first_vehicle_chosen(room) as pilot:
        await types(room, pilot, ":hold D07\r")
        assert sent(room) == [("/vehicles/7/commands", "hold")]


async def test_a_search_typed_at_once_finds_the_vehicle_and_sends_nothing(room):
    async with first_vehicle_chosen(room) as pilot:
        await types(room, pilot, "/d11\r")
        assert room.app.shared.selected == Sysid(11)
        assert sent(room) == []


async def test_a_typed_number_reaches_the_dialog_that_asks_for_it(room):
    async with first_vehicle_chosen(room) as pilot:
        await types(room, pilot, "r3\r")
        assert sent(room) == [("/vehicles/3/commands", "rtl")]


async def test_a_key_after_esc_is_the_screens_again(room):
    async with first_vehicle_chosen(room) as pilot:
        await types(room, pilot, "r\x1bj")
        assert not isinstance(room.app.screen, CommandDialog)
        assert room.app.shared.selected == specimens.WEST.sysid


async def test_keys_in_a_row_are_all_heard(room):
    async with first_vehicle_chosen(room) as pilot:
        await types(room, pilot, "jjkjj")
        assert room.app.shared.selected == specimens.SOUTH.sysid
