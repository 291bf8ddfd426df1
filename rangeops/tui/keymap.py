"""A person's own keys: which differ from those that are shipped, read from a TOML file and checked whole.

What stands before a deed (a number typed, a second person) is no key and can't be written here. No Textual.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rangeops.domain.errors import Conflict, Invalid, Unavailable
from rangeops.tui.bindings import HIDDEN, MOVES, SHOWN, Move, Place, keyed, title_of

SAFETY: Final = frozenset(
    [
        "vehicle.hold",
        "vehicle.inhibit",
        "vehicle.take-up",
        "vehicle.rtl",
        "vehicle.land",
        "alarm.acknowledge",
        "alarm.go",
        "app.help",
    ]
)
"""What may be moved to another key, and never be left without one."""

_NAMED: Final[Mapping[str, str]] = {
    "comma": ",",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "exclamation_mark": "!",
    "full_stop": ".",
    "semicolon": ";",
    "minus": "-",
    "plus": "+",
    "equals_sign": "=",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "escape": "esc",
}
"""Keys that Textual names otherwise than people read them."""

_ALIASES: Final[Mapping[str, str]] = {shown: named for named, shown in _NAMED.items()}
_WORDS: Final = frozenset(
    ["enter", "space", "tab", "backspace", "delete", "insert", "home", "end", *_NAMED, *(f"f{n}" for n in range(1, 13))]
)
_FIXED: Final = frozenset(["escape", "ctrl+c", "tab"])  # what dialogs and terminals need
_SHIPPED: Final[Mapping[str, str]] = {
    **{action.name: action.key for action in SHOWN},
    **{move.name: move.keys for move in MOVES},
}


@dataclass(frozen=True, slots=True)
class Keymap:
    """own: by name, Textual's word for the key; only what differs from what is shipped. "": it has none."""

    own: Mapping[str, str] = field(default_factory=dict)

    def textual(self) -> dict[str, str]:
        """As App.set_keymap takes it. A key with others beside it (q and ctrl+c) keeps those."""
        return {name: ",".join([key or _NO_KEY, *_SHIPPED[name].split(",")[1:]]) for name, key in self.own.items()}

    def shown(self, name: str) -> str:
        """How the key of this name is written on the screen; "" where it has none."""
        if name in self.own:
            return _NAMED.get(self.own[name], self.own[name])
        move = _MOVE.get(name)
        return _NAMED.get(_SHIPPED[name], _SHIPPED[name]) if move is None else move.shown

    def translated(self, keys: str, place: Place) -> str:
        """Keys of a footer, written as they are shipped ("j k"), as this person has them."""
        if not self.own:
            return keys
        names = _names_by_shown(place)
        return " ".join(self.shown(names[key]) if key in names else key for key in keys.split(" "))


_NO_KEY: Final = "f24"  # Textual takes no empty key; no keyboard has this one
_MOVE: Final[Mapping[str, Move]] = {move.name: move for move in MOVES}


def _names_by_shown(place: Place) -> dict[str, str]:
    """What a shipped key means there."""
    here = (Place.EVERYWHERE, place)
    hidden = HIDDEN.get(place, frozenset())
    moves = {move.shown: move.name for move in MOVES if move.place in here and move.name not in hidden}
    return moves | {_NAMED.get(action.key, action.key): action.name for where in here for action in keyed(where)}


def read_keymap(path: Path) -> Keymap:
    """The person's own keys; none where there is no file. Raises Unavailable, Invalid, Conflict."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Keymap()
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"the keymap can't be read ({getattr(error, 'strerror', None) or 'it is no text'})",
            where=str(path),
            do="The shipped keys are used until it can.",
        ) from error
    return parse_keymap(text, where=str(path))


def parse_keymap(text: str, *, where: str) -> Keymap:
    """`[keys]` with a key for each name that differs. Raises Invalid, Conflict, each with one sentence."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(
            f"it is no TOML ({error})", where=where, do='Write `"vehicle.hold" = "h"` below [keys].'
        ) from error
    if strange := sorted(table.keys() - {"keys"}):
        raise Invalid(
            f"there is no table {strange[0]!r:.40}",
            where=where,
            do="Only [keys] is read: what stands before a deed can't be changed here.",
        )
    keys = table.get("keys", {})
    if not isinstance(keys, dict):
        raise Invalid("`keys` is no table", where=where, do="Write [keys], then a name and a key on each line.")
    own = {name: _key(name, key, where) for name, key in keys.items()}
    keymap = Keymap({name: key for name, key in own.items() if key != _SHIPPED[name].split(",")[0]})
    _refuse_conflicts(keymap, where)
    return keymap


def _key(name: str, key: object, where: str) -> str:
    """Textual's word for the key. Raises Invalid."""
    if name not in _SHIPPED:
        raise Invalid(f"there is no action {name!r:.40}", where=where, do="Press ? for the names.")
    if not isinstance(key, str):
        raise Invalid(f"the key of {name} is no text", where=where, do='Write it in quotes: "h".')
    if not key:
        if name in SAFETY or not _SHIPPED[name]:
            raise Invalid(f"{name} can't be without a key", where=where, do="Give it another key instead.")
        return ""
    named = _ALIASES.get(key, key)
    base = named.removeprefix("ctrl+")
    typed = len(base) == 1 and base.isprintable() and not base.isspace()
    if not typed and base not in _WORDS:
        raise Invalid(
            f"{key!r:.40} is no key",
            where=where,
            do="Write one character, a word such as enter, f5 or pgdn, or ctrl+ and a letter.",
        )
    if named in _FIXED:
        raise Invalid(f"{key} can't be given to {name}: dialogs and terminals need it", where=where, do="Use another.")
    return named


def _refuse_conflicts(keymap: Keymap, where: str) -> None:
    """A key means one thing in its place. Raises Conflict."""
    for place in Place:
        taken: dict[str, str] = {}
        for name, key in _keys_heard(keymap, place):
            if key in taken:
                raise Conflict(
                    f"{_NAMED.get(key, key)} would be both {title_of(taken[key])!r} ({taken[key]}) and {title_of(name)!r} ({name})",
                    where=where,
                    do="Give one of them another key.",
                )
            taken[key] = name


def _keys_heard(keymap: Keymap, place: Place) -> Iterator[tuple[str, str]]:
    """(name, key) of all that is heard on a screen of this place."""
    here = (Place.EVERYWHERE, place) if place is not Place.EVERYWHERE else (place,)
    names = [move.name for move in MOVES if move.place in here]
    names += [action.name for where in here for action in keyed(where)]
    hidden = HIDDEN.get(place, frozenset())
    for name in (each for each in names if each not in hidden):
        shipped = _SHIPPED[name].split(",")
        for key in [keymap.own.get(name, shipped[0]), *shipped[1:]]:
            if key:
                yield name, key
