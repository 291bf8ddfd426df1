"""Every key that a footer shows does what its tables say, on every screen; and something is seen of it."""

from dataclasses import replace

import pytest
import specimens
from room import Room

from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.tui.bindings import MOVES, SHOWN, Place
from rangeops.tui.keymap import _names_by_shown
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.map import RangeMap

SCREENS = {
    "watch": ("1", "j"),
    "detail": ("1", "j", "d"),
    "slots": ("2", "j"),
    "alarms": ("3", "j"),
    "plans": ("4", "j"),
    "review": ("5",),
    "board": ("6", "j", "j", "j", "j"),
    "board, cleared": ("6", "j"),
    "handover": ("7", "j", "j"),
    "settings": ("comma",),
}
"""How each is come to, with something chosen on it."""

FROM_THE_OTHER_SIDE = {"list.down": "k", "list.up": "j"}
"""From the last row nothing goes further."""

LAST = "app.quit"
MAY_SHOW_NOTHING = {"detail.down", "detail.up", "alarm.go"}
"""A page that fits has no next one; the banner's vehicle may be chosen already."""

BREACH = specimens.picture(
    alarms=[specimens.FORECAST, specimens.STALE, specimens.BATTERY],
    commands=[specimens.command(CommandKind.HOLD, specimens.EAST, CommandStage.ACKED, ack_after_s=0.31)],
)
PRESSED = {move.name: move.keys.split(",")[0] for move in MOVES} | {action.name: action.key for action in SHOWN}


def footer(room: Room) -> list[str]:
    """The keys as they are shown, in their order."""
    shown = room.line("keys")
    keys = [key for key, _ in room.app.room.keys()]  # noqa: SIM118  # a screen's, no dictionary's
    keys += [key for key in ("?", ":", "q") if key not in keys]
    return [key for pair in keys if f" {pair} " in shown for key in pair.split(" ")]


def seen(room: Room) -> tuple[object, ...]:
    """Everything that a person could notice."""
    app = room.app
    lines = tuple(widget.lines for widget in app.screen.query(Lines) if widget.id != "header")
    maps = tuple((the_map.view, the_map.following) for the_map in app.screen.query(RangeMap))
    return (
        type(app.screen),
        lines,
        maps,
        app.shared.selected,
        len(room.server.calls),
        app.screen.has_class("-prompting"),
    )


async def go(room: Room, pilot, way: tuple[str, ...]) -> None:
    """From wherever a key has led, back to the screen, with the same row chosen."""
    while isinstance(room.app.screen, Dialog) or room.app.screen is not room.app.room:
        await room.presses(pilot, "escape")
    if room.app.room.has_class("-prompting"):
        await room.presses(pilot, "escape")
    await room.presses(pilot, way[0])
    if room.app.room.place is Place.WATCH:
        await room.presses(pilot, *(way[1:] if room.app.shared.selected is None else way[2:]))
    elif getattr(room.app.room, "chosen", None) is None:
        await room.presses(pilot, *way[1:])


LARGE, SMALL = (240, 70), (80, 24)


@pytest.mark.parametrize(
    ("screen", "size"), [*((screen, LARGE) for screen in SCREENS), *((screen, SMALL) for screen in ("watch", "detail"))]
)
async def test_every_key_in_the_footer_does_what_it_says(room, screen, size, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # a calendar, a page and a report are written where one is
    ran: list[str] = []
    really = room.app.run_named
    monkeypatch.setattr(room.app, "run_named", lambda name, target: (ran.append(name), really(name, target)))
    async with room.app.run_test(size=size) as pilot:
        room.server.incidents = (specimens.INCIDENT, replace(specimens.INCIDENT, id="INC-2026-0006"))
        await room.opens(pilot, BREACH)
        await room.passes(pilot, 1, BREACH)
        await go(room, pilot, SCREENS[screen])
        place, keys = room.app.room.place, footer(room)
        assert keys, room.line("keys")
        means = _names_by_shown(place)
        assert set(keys) <= set(means), f"{set(keys) - set(means)} mean nothing on {place.value}"
        for key in sorted(keys, key=lambda key: means[key] == LAST):
            await go(room, pilot, SCREENS[screen])
            await room.passes(pilot, 1, BREACH)
            if means[key] in FROM_THE_OTHER_SIDE:
                await room.presses(pilot, FROM_THE_OTHER_SIDE[means[key]])
            before = seen(room)
            ran.clear()
            await room.presses(pilot, PRESSED[means[key]])
            assert ran == [means[key]], f"{key} on {place.value} ran {ran}"
            if means[key] == LAST:
                assert not room.app.is_running
            elif means[key] not in MAY_SHOW_NOTHING:
                assert seen(room) != before, f"{key} ({means[key]}) on {place.value} shows nothing"


async def test_the_digits_lead_to_the_screens(room):
    places = [Place.WATCH, Place.SLOTS, Place.ALARMS, Place.PLANS, Place.REVIEW, Place.BOARD, Place.HANDOVER]
    async with room.app.run_test(size=(80, 24)) as pilot:
        await room.opens(pilot, BREACH)
        for number, place in enumerate(places, start=1):
            await room.presses(pilot, str(number))
            assert room.app.room.place is place
            assert "1-7 screens" in room.line("keys")
