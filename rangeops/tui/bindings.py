"""Which key does what, where: the client's actions and those that only move the screen. Keys, palette, `:` and help.

docs/keys.md is printed from these tables (`python -m rangeops.tui.bindings`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from textual.binding import Binding

from rangeops.client.action import Action, Asks, Guard, Noun
from rangeops.client.actions import ACTIONS
from rangeops.tui.language import tr, tr_later


class Place(Enum):
    """Where a key is heard."""

    EVERYWHERE = "every screen"
    WATCH = "1 Watch"
    DETAIL = "the detail of a vehicle"
    SLOTS = "2 Slots"
    ALARMS = "3 Alarms"
    PLANS = "4 Plans"
    REVIEW = "5 Review"
    REPLAY = "the replay of an incident"
    BOARD = "6 Pre-flight board"
    HANDOVER = "7 Hand-over"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Move:
    """Something that only this screen does: the range notices nothing of it. keys: Textual's names, all alike."""

    name: str  # "map.zoom-in"
    keys: str
    shown: str
    title: str
    place: Place = Place.EVERYWHERE


HIDDEN: Final[Mapping[Place, frozenset[str]]] = {Place.REPLAY: frozenset(["screen.settings"])}
"""What is heard everywhere but there: a key of the place's own is in its stead, as in every replay."""

SHOWN: Final = tuple(action for action in ACTIONS if not action.aimed)
"""What the screens offer: they can't ask for a height or a place."""

PLACE_OF: Final[Mapping[Noun, Place]] = {
    Noun.VEHICLE: Place.WATCH,
    Noun.ALARM: Place.EVERYWHERE,
    Noun.SLOT: Place.SLOTS,
    Noun.INCIDENT: Place.REVIEW,
    Noun.DAY: Place.SLOTS,
    Noun.HANDOVER: Place.HANDOVER,
    Noun.RANGE: Place.WATCH,
    Noun.NEXT_ACT: Place.EVERYWHERE,
}

_ON_THE_BOARD: Final = (
    "vehicle.load-fence",
    "slot.brief",
    "slot.heard",
    "slot.go",
    "slot.no-go",
    "slot.word",
    "slot.check-parameters",
    "slot.check-zones",
    "slot.clear",
    "slot.withdraw",
)
_PRINTED: Final = {"exclamation_mark": "!"}
_ALARMS_ALONE: Final = frozenset(["alarm.unshelve", "alarm.note", "alarm.out-of-service", "alarm.back-in-service"])
_BOARD_ALONE: Final = frozenset(
    ["slot.heard", "slot.go", "slot.no-go", "slot.word", "slot.check-parameters", "slot.check-zones"]
)


def places_of(action: Action) -> tuple[Place, ...]:
    """Where its key is heard. The detail of a vehicle takes what the watch takes; the board, what a clearance needs."""
    if action.name in _BOARD_ALONE:
        return (Place.BOARD,)
    if action.name in _ALARMS_ALONE:
        return (Place.ALARMS,)
    if action.name == "review.judge":
        return (Place.REVIEW,)
    places = [PLACE_OF[action.noun]]
    if action.noun in (Noun.VEHICLE, Noun.RANGE):
        places.append(Place.DETAIL)
    if action.name in _ON_THE_BOARD:
        places.append(Place.BOARD)
    return tuple(places)


MOVES: Final[tuple[Move, ...]] = (
    Move("screen.watch", "1", "1", "Watch"),
    Move("screen.slots", "2", "2", "Slots"),
    Move("screen.alarms", "3", "3", "Alarms"),
    Move("screen.plans", "4", "4", "Plans"),
    Move("screen.review", "5", "5", "Review: incidents and reports"),
    Move("screen.board", "6", "6", "Pre-flight board"),
    Move("screen.handover", "7", "7", "Hand-over page"),
    Move("screen.settings", "comma", ",", "Settings"),
    Move("list.down", "j", "j", "Next row"),
    Move("list.up", "k", "k", "Row before"),
    Move("detail.down", "pagedown", "pgdn", "On in the detail of the chosen row"),
    Move("detail.up", "pageup", "pgup", "Back in it"),
    Move("alarm.go", "enter", "enter", "Go to the banner's vehicle, or to its detail"),
    Move("screen.detail", "d", "d", "Detail of the chosen vehicle", Place.WATCH),
    Move("detail.leave", "escape,d", "esc", "Back to the watch", Place.DETAIL),
    Move("map.zoom-in", "z", "z", "Zoom in", Place.WATCH),
    Move("map.zoom-out", "Z", "Z", "Zoom out", Place.WATCH),
    Move("map.whole", "0", "0", "The whole range", Place.WATCH),
    Move("map.follow", "f", "f", "Follow the chosen vehicle, or stop", Place.WATCH),
    Move("map.layers", "m", "m", "Map layers: what it shows, what it leaves out", Place.WATCH),
    Move("map.left", "left", "←", "Pan west", Place.WATCH),
    Move("map.right", "right", "→", "Pan east", Place.WATCH),
    Move("map.up", "up", "↑", "Pan north", Place.WATCH),
    Move("map.down", "down", "↓", "Pan south", Place.WATCH),
    Move("day.before", "left", "←", "The day before", Place.SLOTS),
    Move("day.after", "right", "→", "The day after", Place.SLOTS),
    Move("day.today", "T", "T", "Today", Place.SLOTS),
    Move("setting.next", "right,space", "→", "Change the chosen setting", Place.SETTINGS),
    Move("setting.before", "left", "←", "Change it back", Place.SETTINGS),
    Move("alarms.turn", "tab", "tab", "Next list: active, removed, history", Place.ALARMS),
    Move("incident.replay", "R", "R", "Replay the incident", Place.REVIEW),
    Move("incident.all", "escape", "esc", "All incidents again, found or not", Place.REVIEW),
    Move("replay.leave", "escape", "esc", "Back to the review", Place.REPLAY),
    Move("replay.play", "space", "space", "Play, or stand still", Place.REPLAY),
    Move("replay.back", "left", "←", "A second back; pgup: half a minute", Place.REPLAY),
    Move("replay.on", "right", "→", "A second on; pgdn: half a minute", Place.REPLAY),
    Move("replay.event-before", "comma", ",", "To what happened before", Place.REPLAY),
    Move("replay.event-after", "full_stop", ".", "To what happened next", Place.REPLAY),
    Move("replay.faster", "plus,equals_sign", "+", "Faster", Place.REPLAY),
    Move("replay.slower", "minus", "-", "Slower", Place.REPLAY),
    Move("replay.range-begins", "left_square_bracket", "[", "A range begins here", Place.REPLAY),
    Move("replay.range-ends", "right_square_bracket", "]", "It ends here, and is played round and round", Place.REPLAY),
    Move("replay.marker", "m", "m", "A marker here, or none", Place.REPLAY),
    Move("replay.to-marker", "apostrophe", "'", "To the next marker", Place.REPLAY),
    Move("replay.begin", "home", "home", "To the beginning", Place.REPLAY),
    Move("replay.end", "end", "end", "To the end", Place.REPLAY),
    Move("replay.zoom-in", "z", "z", "Zoom in", Place.REPLAY),
    Move("replay.zoom-out", "Z", "Z", "Zoom out", Place.REPLAY),
    Move("replay.whole", "0", "0", "The whole range", Place.REPLAY),
    Move("replay.follow", "f", "f", "Follow the chosen vehicle, or stop", Place.REPLAY),
    Move("prompt.find", "slash", "/", "Find a vehicle; on Review, incidents"),
    Move("prompt.command", "colon", ":", "Command line"),
    Move("app.help", "question_mark", "?", "Keys"),
    Move("app.palette", "ctrl+p", "ctrl+p", "Command palette"),
    Move("person.sign-in", "U", "U", "Sign in at this screen"),
    Move("person.sign-out", "ctrl+o", "ctrl+o", "Sign out: back to this screen's own token"),
    Move("app.quit", "q,ctrl+c", "q", "Leave the control room; nothing else stops"),
)


def bindings_for(place: Place) -> list[Binding]:
    """Textual's bindings of one place; all lead to the app's `run`, by name."""
    moves = [
        Binding(
            move.keys,
            f"app.run('{move.name}')",
            move.title,
            id=move.name,
            priority=move.name == "app.quit" and "," in move.keys,
        )
        for move in MOVES
        if move.place is place
    ]
    return moves + [
        Binding(action.key, f"app.run('{action.name}')", action.title, id=action.name) for action in keyed(place)
    ]


def shown_key(key: str) -> str:
    """As it is printed on the keyboard; what has no key is typed after `:`."""
    return _PRINTED.get(key, key) or ":"


def keyed(place: Place) -> list[Action]:
    """The actions that have a key there."""
    return [action for action in SHOWN if action.key and place in places_of(action)]


_TITLES: Final[Mapping[str, str]] = {
    **{action.name: action.title for action in SHOWN},
    **{move.name: move.title for move in MOVES},
}


def title_of(name: str) -> str:
    return _TITLES[name]


def typed_names() -> list[str]:
    """What `:` takes: the whole names, and their last word where that means one thing."""
    last = Counter(name.rpartition(".")[2] for name in _TITLES)
    return sorted([*_TITLES, *(word for word, times in last.items() if times == 1)])


def name_typed(word: str) -> str | None:
    """The name that a typed word means; None: no such, or more than one."""
    if word in _TITLES:
        return word
    found = [name for name in _TITLES if name.rpartition(".")[2] == word]
    return found[0] if len(found) == 1 else None


_ASKS: Final[Mapping[Guard, str]] = {
    Guard.ONE_KEY: "",
    Guard.TYPED_NUMBER: tr_later(": type its number, Enter"),
    Guard.SECOND_PERSON: tr_later(": two persons type its number"),
}
_ASKED: Final[Mapping[Asks, str]] = {
    Asks.REASON: tr_later(": type the reason, Enter"),
    Asks.TIME: tr_later(": ← → by 5 minutes, Enter"),
    Asks.REQUEST: tr_later(": fill in the form, Enter"),
    Asks.PROPOSAL: tr_later(": read the moves, Enter"),
    Asks.WORDS: tr_later(": fill in the form, Enter"),
    Asks.SIGNATURE: tr_later(": read it, your password, Enter"),
    Asks.TEXT: tr_later(": write it, ctrl+s"),
}


def _guard(action: Action) -> str:
    asked = _ASKED.get(action.asks, _ASKS[action.guard])
    return tr(asked) if asked else ""


def help_rows(place: Place) -> Iterable[tuple[str, str, str]]:
    """(key, what it does, its name for `:` and the palette). What has no key is typed after `:`."""
    for action in SHOWN:
        if place in places_of(action):
            yield shown_key(action.key), f"{tr(action.title)}{_guard(action)}", action.name
    for move in MOVES:
        if move.place is place:
            yield move.shown, tr(move.title), move.name


_LEGEND: Final = """\
## Marks

| mark | meaning | colour on #1b1d1f | contrast |
| --- | --- | --- | --- |
| `■1` | P1, act now | #ff6b61 | 6.1 |
| `▲2` | P2, act soon | #ffc233 | 10.5 |
| `●3` | P3, know of it | #5ec8f2 | 8.9 |
| text | | #c9cdd1 | 10.6 |
| dim text | older than 1 s, or of lesser weight | #868d94 | 5.0 |

A mark that nobody has acknowledged flashes; text never does. Shape and digit say what colour says: `NO_COLOR=1` works.
A vehicle older than 1 s is dim, older than 2 s STALE, older than 5 s LOST; figures too old to be believed are `--`.
On the map ▲ is a vehicle where it is, △ where it was; the dotted line ahead of it is where it will be in 30 s.
"""


def marks() -> str:
    """What shapes and colours say, for docs/keys.md and the card to print."""
    return _LEGEND


def keys_page() -> str:
    """docs/keys.md."""
    parts = ["# Keys of the control room\n\nPrinted by `python -m rangeops.tui.bindings`; don't edit by hand.\n"]
    for place in Place:
        rows = "\n".join(f"| `{key}` | {what} | `{name}` |" for key, what, name in help_rows(place))
        if rows:
            parts.append(
                f"## {place.value[0].upper()}{place.value[1:]}\n\n| key | what it does | name |\n| --- | --- | --- |\n{rows}\n"
            )
    return "\n".join([*parts, marks()])


if __name__ == "__main__":
    print(keys_page(), end="")  # noqa: T201  # what it is for
