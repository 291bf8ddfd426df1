"""Everything a person can do to the range: one registry behind keys, palette, command line and record."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmId
from rangeops.domain.commands import CommandKind, CommandProgress
from rangeops.domain.errors import Invalid
from rangeops.domain.slots import SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid

T = TypeVar("T")


class Guard(Enum):
    """What stands between a key and the deed."""

    ONE_KEY = "one key"
    TYPED_NUMBER = "the vehicle's number typed, then Enter"
    SECOND_PERSON = "a second person's login"


class Noun(Enum):
    """What an action is done to: the field of Target that must be filled."""

    VEHICLE = "vehicle"
    ALARM = "alarm"
    SLOT = "slot"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Target:
    """What an action is done to, chosen when the dialog opened: it never changes by itself.

    typed: what a person typed where the guard asks for the vehicle's number; compared by the server too.
    """

    sysid: Sysid | None = None
    alarm: AlarmId | None = None
    slot: SlotId | None = None
    slot_version: int | None = None
    incident: str | None = None
    reason: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server answered. command: for a vehicle's command, to be followed in the feed by its id."""

    text: str
    command: CommandProgress | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """key: as Textual names keys ("h", "W"); free on the screen where the noun is shown. asks_reason: of a person."""

    name: str  # "vehicle.hold"
    key: str
    title: str
    noun: Noun
    guard: Guard
    call: Callable[[Client, Target], Awaitable[Receipt]]
    asks_reason: bool = False


def _chosen(value: T | None, noun: Noun) -> T:
    if value is None:
        raise Invalid(f"no {noun.value} is chosen", where="this action", do=f"Choose a {noun.value} first.")
    return value


def _command(kind: CommandKind) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def call(client: Client, target: Target) -> Receipt:
        sysid = _chosen(target.sysid, Noun.VEHICLE)
        progress = await client.command(sysid, kind, reason=target.reason or "operator's decision", typed=target.typed)
        return Receipt(f"{kind.value} for vehicle {sysid} is with the watch", progress)

    return call


def _change(event: SlotEvent) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def call(client: Client, target: Target) -> Receipt:
        slot_id, version = _chosen(target.slot, Noun.SLOT), _chosen(target.slot_version, Noun.SLOT)
        slot = await client.change_slot(slot_id, event, version=version, reason=target.reason)
        return Receipt(f"slot {slot.id} is {slot.state.value}")

    return call


async def _acknowledge(client: Client, target: Target) -> Receipt:
    alarm = await client.acknowledge(_chosen(target.alarm, Noun.ALARM))
    return Receipt(f"{alarm.title} ({alarm.source}) is acknowledged")


async def _clear(client: Client, target: Target) -> Receipt:
    clearance = await client.clear(_chosen(target.slot, Noun.SLOT))
    return Receipt(f"slot {clearance.slot} is cleared to fly")


async def _withdraw(client: Client, target: Target) -> Receipt:
    clearance = await client.withdraw(_chosen(target.slot, Noun.SLOT))
    return Receipt(f"the clearance of slot {clearance.slot} is withdrawn")


async def _report(client: Client, target: Target) -> Receipt:
    report = await client.write_report(_chosen(target.incident, Noun.INCIDENT))
    return Receipt(f"report of {report.incident}: {report.path}")


_ONE, _TYPED = Guard.ONE_KEY, Guard.TYPED_NUMBER

ACTIONS: Final[tuple[Action, ...]] = (
    Action("vehicle.hold", "h", "Hold", Noun.VEHICLE, _ONE, _command(CommandKind.HOLD)),
    Action("vehicle.rtl", "r", "Return to launch", Noun.VEHICLE, _TYPED, _command(CommandKind.RTL)),
    Action("vehicle.land", "l", "LAND where it is", Noun.VEHICLE, _TYPED, _command(CommandKind.LAND)),
    Action("vehicle.load-fence", "F", "Load the slot's fence", Noun.VEHICLE, _ONE, _command(CommandKind.LOAD_FENCE)),
    Action("vehicle.restore", "V", "Put back what it had", Noun.VEHICLE, _ONE, _command(CommandKind.RESTORE)),
    Action("alarm.acknowledge", "a", "Acknowledge", Noun.ALARM, _ONE, _acknowledge),
    Action("slot.approve", "y", "Approve", Noun.SLOT, _ONE, _change(SlotEvent.APPROVE)),
    Action("slot.refuse", "x", "Refuse", Noun.SLOT, _ONE, _change(SlotEvent.REFUSE), asks_reason=True),
    Action("slot.waitlist", "w", "Waitlist", Noun.SLOT, _ONE, _change(SlotEvent.WAITLIST)),
    Action("slot.brief", "b", "Briefing done", Noun.SLOT, _ONE, _change(SlotEvent.BRIEF)),
    Action("slot.clear", "c", "Clear to fly", Noun.SLOT, _ONE, _clear),
    Action("slot.withdraw", "W", "Withdraw clearance", Noun.SLOT, _ONE, _withdraw),
    Action("slot.close", "C", "Close", Noun.SLOT, _ONE, _change(SlotEvent.CLOSE)),
    Action("slot.cancel", "X", "Cancel", Noun.SLOT, _ONE, _change(SlotEvent.CANCEL), asks_reason=True),
    Action("incident.report", "p", "Write report", Noun.INCIDENT, _ONE, _report),
)

ACTION: Final[Mapping[str, Action]] = {action.name: action for action in ACTIONS}
