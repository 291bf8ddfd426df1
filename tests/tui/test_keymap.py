"""A person's own keys: moved as he likes, refused whole where a key would mean two things; guards are no keys."""

import pytest
import specimens
from hypothesis import given
from hypothesis import strategies as st
from room import Room

from rangeops.domain.errors import Conflict, Invalid
from rangeops.tui.bindings import MOVES, SHOWN, Place
from rangeops.tui.keymap import SAFETY, Keymap, _keys_heard, parse_keymap, read_keymap
from rangeops.tui.preferences import KEYMAP_FILE, Desktop
from rangeops.tui.screens.dialogs import CommandDialog

CALM = specimens.picture()
SIZE = (120, 36)


def keymap(text: str) -> Keymap:
    return parse_keymap(f"[keys]\n{text}", where="keymap.toml")


def test_without_a_file_the_shipped_keys_hold(tmp_path):
    assert read_keymap(tmp_path / KEYMAP_FILE) == Keymap()


def test_what_is_as_shipped_is_nothing_of_ones_own():
    assert keymap('"vehicle.hold" = "h"\n"screen.settings" = ","') == Keymap()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("keys = 1", "no table"),
        ("[keys]\nh", "no TOML"),
        ('[guards]\n"vehicle.rtl" = "one key"', "what stands before a deed can't be changed"),
        ('[keys]\n"vehicle.explode" = "e"', "no action 'vehicle.explode'"),
        ('[keys]\n"vehicle.hold" = 7', "no text"),
        ('[keys]\n"vehicle.hold" = "hh"', "no key"),
        ('[keys]\n"vehicle.hold" = "\\u0007"', "no key"),
        ('[keys]\n"vehicle.hold" = "esc"', "dialogs and terminals need it"),
        ('[keys]\n"vehicle.hold" = ""', "can't be without a key"),
    ],
)
def test_what_is_wrong_is_one_sentence_that_names_the_file(text, says):
    with pytest.raises(Invalid, match=says) as raised:
        parse_keymap(text, where="keymap.toml")
    assert str(raised.value).startswith("keymap.toml: ")


def test_a_key_that_would_mean_two_things_is_refused_and_both_are_named():
    with pytest.raises(Conflict, match=r"'Hold' \(vehicle.hold\).*'Find|'Find.*vehicle.hold|f would be both"):
        keymap('"vehicle.hold" = "f"')


def test_a_key_that_is_free_in_its_place_may_mean_something_else_elsewhere():
    assert keymap('"vehicle.hold" = "w"').own == {"vehicle.hold": "w"}, "w waits a slot, on another screen"


def test_two_keys_may_change_places():
    assert keymap('"vehicle.hold" = "f"\n"map.follow" = "h"').own == {"vehicle.hold": "f", "map.follow": "h"}


@given(st.dictionaries(st.sampled_from([m.name for m in MOVES] + [a.name for a in SHOWN]), st.sampled_from("abcdHXe9")))
def test_whatever_is_taken_has_one_meaning_a_key_and_no_safety_key_is_lost(own):
    try:
        taken = keymap("\n".join(f'"{name}" = "{key}"' for name, key in own.items()))
    except (Conflict, Invalid):
        return
    for place in Place:
        keys = [key for _, key in _keys_heard(taken, place)]
        assert len(keys) == len(set(keys))
    assert all(taken.own.get(name, "x") for name in SAFETY)


@pytest.fixture
def own(tmp_path):
    """A control room whose person holds with e, and returns with t."""
    (tmp_path / KEYMAP_FILE).write_text('[keys]\n"vehicle.hold" = "e"\n"vehicle.rtl" = "t"\n"list.down" = "f5"\n')
    return Room(desktop=Desktop.read(tmp_path))


async def test_a_moved_key_does_it_and_the_old_one_does_nothing(own):
    async with own.app.run_test(size=SIZE) as pilot:
        await own.opens(pilot, CALM)
        await own.presses(pilot, "f5", "h")
        assert own.server.calls == []
        await own.presses(pilot, "e")
        assert [path for _, path, _ in own.server.calls if "commands" in path] == ["/vehicles/3/commands"]


async def test_the_guard_stays_with_the_deed_whatever_its_key(own):
    async with own.app.run_test(size=SIZE) as pilot:
        await own.opens(pilot, CALM)
        await own.presses(pilot, "f5", "t")
        assert isinstance(own.app.screen, CommandDialog)
        await own.presses(pilot, "enter")
        assert not [path for _, path, _ in own.server.calls if "commands" in path]


async def test_footer_and_help_show_the_keys_as_they_are(own):
    async with own.app.run_test(size=SIZE) as pilot:
        await own.opens(pilot, CALM)
        assert "e hold" in own.line("keys")
        assert "f5 k choose" in own.line("keys")
        await own.presses(pilot, "question_mark")
        assert "  e       Hold" in own.dialog()


async def test_a_broken_file_keeps_nobody_from_the_screens(tmp_path):
    (tmp_path / KEYMAP_FILE).write_text('[keys]\n"vehicle.hold" = "f"\n')
    room = Room(desktop=Desktop.read(tmp_path))
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        assert "f would be both" in room.line("status")
        await room.presses(pilot, "j", "h")
        assert [path for _, path, _ in room.server.calls if "commands" in path] == ["/vehicles/3/commands"]
