"""What an action is: done to what, behind which guard, asking what, and what comes back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TypeVar

from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmId
from rangeops.domain.commands import CommandProgress, CommandTarget
from rangeops.domain.errors import Invalid, Unavailable
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import SlotRequest
from rangeops.wire.bundles import BundleView
from rangeops.wire.enforcement import SectorCleared
from rangeops.wire.incident_review import ReviewedView

T = TypeVar("T")


class Guard(Enum):
    """What stands between a key and the deed."""

    ONE_KEY = "one key"
    TYPED_NUMBER = "the vehicle's number typed, then Enter"
    SECOND_PERSON = "the vehicle's number typed by two persons, each with a token of their own"


class Asks(Enum):
    """What a screen asks of a person before the deed, beside the guard."""

    NOTHING = "nothing"
    REASON = "the reason"
    TIME = "the new time"
    REQUEST = "what to ask for"
    PROPOSAL = "a look at every move"
    WORDS = "a few words, field by field"
    SIGNATURE = "the password again, below what is signed"
    TEXT = "a text of several lines"


class Noun(Enum):
    """What an action is done to: the field of Target that must be filled."""

    VEHICLE = "vehicle"
    ALARM = "alarm"
    SLOT = "slot"
    INCIDENT = "incident"
    DAY = "day"  # of the slots screen: nothing else needs to be chosen
    HANDOVER = "hand-over page"  # likewise
    RANGE = "range"  # likewise
    NEXT_ACT = "vehicle that something comes next for"  # by itself, or left to a person


@dataclass(frozen=True, slots=True)
class Target:
    """What an action is done to, chosen when the dialog opened: it never changes by itself.

    typed: what a person typed where the guard asks for the vehicle's number; compared by the server too.
    aim: where a command leads, for the actions that are aimed. starts: where a slot is moved. request: what is asked for.
    words: by field, for the actions that ask for WORDS. note: of the hand-over page, by its number. secret: a password, for
    those that ask for it; in no representation of this, so in no log.
    """

    sysid: Sysid | None = None
    alarm: AlarmId | None = None
    slot: SlotId | None = None
    slot_version: int | None = None
    incident: str | None = None
    reason: str = ""
    typed: str = ""
    aim: CommandTarget | None = None
    day: date | None = None
    volume: str = ""
    starts: datetime | None = None
    request: SlotRequest | None = None
    proposal: str | None = None  # hash of the timetable that was looked at
    words: Mapping[str, str] = field(default_factory=dict)
    note: int | None = None
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server answered. command: for a vehicle's command, to be followed in the feed by its id.

    cleared: a sector's commands, likewise by their act's. reviewed: an incident's review as it is now. bundle: what was
    written.
    """

    text: str
    command: CommandProgress | None = None
    cleared: SectorCleared | None = None
    reviewed: ReviewedView | None = None
    bundle: BundleView | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """key: as Textual names keys ("h", "W"); free on the screen where the noun is shown; "" for none.

    asks: a person, before it is done. aimed: it leads to a height or a place, which the screens can't ask for: for the CLI.
    """

    name: str  # "vehicle.hold"
    key: str
    title: str
    noun: Noun
    guard: Guard
    call: "Call"
    asks: Asks = Asks.NOTHING
    aimed: bool = False


Call = Callable[[Client, Target], Awaitable[Receipt]]


def chosen(value: T | None, noun: Noun) -> T:
    """Raises Invalid where nothing is."""
    if value is None:
        raise Invalid(f"no {noun.value} is chosen", where="this action", do=f"Choose a {noun.value} first.")
    return value


def write_here(name: str, content: bytes) -> Path:
    """Into the folder where the control room was started. Raises Unavailable."""
    path = Path(name).absolute()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Unavailable(
            f"it can't be written ({error.strerror})",
            where=str(path),
            do="Start the control room in a folder of your own, or have the command line write it.",
        ) from error
    return path
