"""Everything a person can do to the range: one registry behind keys, palette, command line and record."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from rangeops.client import alarm_deeds, incident_deeds, steering
from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmId, DeedKind
from rangeops.domain.commands import CommandKind, CommandProgress, CommandTarget
from rangeops.domain.duty import position_of
from rangeops.domain.errors import Invalid, Unavailable
from rangeops.domain.slots import SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import MoveRequest, SlotRequest
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
    call: Callable[[Client, Target], Awaitable[Receipt]]
    asks: Asks = Asks.NOTHING
    aimed: bool = False


def _steer(
    call: Callable[[Client, Sysid | None, steering.Words], Awaitable[steering.Said]],
) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def do(client: Client, target: Target) -> Receipt:
        return Receipt(*await call(client, target.sysid, target.words))

    return do


def _chosen(value: T | None, noun: Noun) -> T:
    if value is None:
        raise Invalid(f"no {noun.value} is chosen", where="this action", do=f"Choose a {noun.value} first.")
    return value


def _command(kind: CommandKind) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def call(client: Client, target: Target) -> Receipt:
        sysid = _chosen(target.sysid, Noun.VEHICLE)
        reason = target.reason or "operator's decision"
        progress = await client.command(sysid, kind, reason=reason, typed=target.typed, target=target.aim)
        return Receipt(progress.detail or f"{kind.value} for vehicle {sysid} is with the watch", progress)

    return call


def _change(event: SlotEvent) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def call(client: Client, target: Target) -> Receipt:
        slot_id, version = _chosen(target.slot, Noun.SLOT), _chosen(target.slot_version, Noun.SLOT)
        slot = await client.change_slot(slot_id, event, version=version, reason=target.reason)
        return Receipt(f"slot {slot.id} is {slot.state.value}")

    return call


def _on_alarm(
    call: Callable[[Client, AlarmId, Mapping[str, str]], Awaitable[str]],
) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def do(client: Client, target: Target) -> Receipt:
        return Receipt(await call(client, _chosen(target.alarm, Noun.ALARM), target.words))

    return do


async def _acknowledge(client: Client, target: Target) -> Receipt:
    alarm = await client.acknowledge(_chosen(target.alarm, Noun.ALARM))
    return Receipt(f"{alarm.title} ({alarm.source}) is acknowledged")


async def _move(client: Client, target: Target) -> Receipt:
    slot_id, version = _chosen(target.slot, Noun.SLOT), _chosen(target.slot_version, Noun.SLOT)
    starts = _chosen(target.starts, Noun.SLOT)
    slot = await client.move_slot(slot_id, MoveRequest(starts, version, target.reason or "moved on the slots screen"))
    return Receipt(f"slot {slot.id} is {slot.state.value} at {slot.starts:%H:%M}-{slot.ends:%H:%M} UTC")


async def _book(client: Client, target: Target) -> Receipt:
    slot = await client.book(_chosen(target.request, Noun.DAY))
    return Receipt(
        f"slot {slot.id} is {slot.state.value}: {slot.reason}"
        if slot.reason
        else f"slot {slot.id} is {slot.state.value}"
    )


async def _accept(client: Client, target: Target) -> Receipt:
    proposal = _chosen(target.proposal, Noun.DAY)
    slots = await client.accept_timetable(proposal, reason=target.reason or "accepted on the slots screen")
    return Receipt(f"timetable accepted: {len(slots)} slot{'s' if len(slots) != 1 else ''} changed")


async def _calendar(client: Client, target: Target) -> Receipt:
    """Into the folder where the control room was started."""
    if not target.volume:
        raise Invalid("no slot is chosen", where="calendar", do="Choose one of the volume that you want.")
    content = await client.calendar("volume", target.volume)
    path = await asyncio.to_thread(_write_here, f"slots-{_file_name(target.volume)}.ics", content)
    return Receipt(f"{path}: the slots of {target.volume}")


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "_", text)


def _write_here(name: str, content: bytes) -> Path:
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


async def _clear(client: Client, target: Target) -> Receipt:
    clearance = await client.clear(_chosen(target.slot, Noun.SLOT))
    return Receipt(f"slot {clearance.slot} is cleared to fly")


async def _withdraw(client: Client, target: Target) -> Receipt:
    clearance = await client.withdraw(_chosen(target.slot, Noun.SLOT))
    return Receipt(f"the clearance of slot {clearance.slot} is withdrawn")


async def _heard(client: Client, target: Target) -> Receipt:
    who = target.words.get("who", "")
    slot = await client.acknowledge_notice(_chosen(target.slot, Noun.SLOT), "briefing", who=who)
    return Receipt(f"{who} has heard the briefing of slot {slot.id}")


def _vote(*, go: bool) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def call(client: Client, target: Target) -> Receipt:
        words = target.words
        role, who, why = words.get("role", ""), words.get("who", ""), words.get("why", "")
        clearance = await client.poll(_chosen(target.slot, Noun.SLOT), role, go=go, who=who, why=why)
        return Receipt(f"{role} says {'go' if go else 'NO-GO'} for slot {clearance.slot}")

    return call


async def _word(client: Client, target: Target) -> Receipt:
    clearance = await client.safety_word(_chosen(target.slot, Noun.SLOT))
    return Receipt(f"the range safety officer's word is given for slot {clearance.slot}")


async def _check_parameters(client: Client, target: Target) -> Receipt:
    clearance = await client.check_parameters(_chosen(target.slot, Noun.SLOT))
    return Receipt(f"slot {clearance.slot}: firmware and parameters are read")


async def _check_zones(client: Client, target: Target) -> Receipt:
    clearance = await client.check_zones(_chosen(target.slot, Noun.SLOT))
    return Receipt(f"slot {clearance.slot} is checked under today's zones: nothing of them touches it")


async def _note(client: Client, target: Target) -> Receipt:
    text = target.words.get("note", "")
    if not text:
        raise Invalid("its text is missing", where="note", do="Type it.")
    note = await client.add_note(text)
    return Receipt(f"note {note.number} stands on the hand-over page")


async def _note_done(client: Client, target: Target) -> Receipt:
    if target.note is None:
        raise Invalid("no note is chosen", where="the hand-over page", do="Go to the note's line with j and k first.")
    note = await client.finish_note(target.note)
    return Receipt(f"note {note.number} is done")


async def _take_duty(client: Client, target: Target) -> Receipt:
    """With the page that was read: its hash goes into the record."""
    words = target.words
    if "handover" not in words:
        raise Invalid("the hand-over page was not read yet", where="taking over", do="Wait until it stands there.")
    position = position_of(words.get("position", ""))
    taken = await client.take_duty(
        position,
        version=int(words[f"version {position.value}"]),
        handover=words["handover"],
        note=words.get("note", ""),
    )
    return Receipt(f"{taken.user} is on duty as {taken.title}")


async def _leave_duty(client: Client, _: Target) -> Receipt:
    """From every position that he holds."""
    me = await client.me()
    held = [view for view in await client.duty() if view.user == me.user]
    if not held:
        raise Invalid(f"{me.user} isn't on duty", where="duty", do="Nothing needs to be done.")
    for view in held:
        await client.leave_duty(position_of(view.position), version=view.version)
    return Receipt(f"{me.user} is off duty; nobody is {' and '.join(view.title for view in held)} now")


async def _print(client: Client, _: Target) -> Receipt:
    """Into the folder where the control room was started."""
    page = await client.handover()
    content = await client.handover_pdf()
    path = await asyncio.to_thread(_write_here, f"handover-{page.written_utc:%Y%m%dT%H%MZ}.pdf", content)
    return Receipt(f"{path}: the hand-over page")


def _reviewing(call: incident_deeds.Deed) -> Callable[[Client, Target], Awaitable[Receipt]]:
    async def do(client: Client, target: Target) -> Receipt:
        words = {**target.words, "reason": target.reason}
        said = await call(client, _chosen(target.incident, Noun.INCIDENT), words)
        return Receipt(said.text, reviewed=said.reviewed, bundle=said.bundle)

    return do


async def _sign(client: Client, target: Target) -> Receipt:
    """The hash is of the revision that the dialog showed."""
    incident = _chosen(target.incident, Noun.INCIDENT)
    sha256 = target.words.get("sha256", "")
    if not target.secret or not sha256:
        raise Invalid("it was not shown, or no password was typed", where=f"incident {incident}", do="Press its key.")
    said = await incident_deeds.sign(client, incident, secret=target.secret, sha256=sha256)
    return Receipt(said.text, reviewed=said.reviewed)


async def _report(client: Client, target: Target) -> Receipt:
    report = await client.write_report(_chosen(target.incident, Noun.INCIDENT))
    return Receipt(f"report of {report.incident}: {report.path}")


_ONE, _TYPED, _SECOND = Guard.ONE_KEY, Guard.TYPED_NUMBER, Guard.SECOND_PERSON

ACTIONS: Final[tuple[Action, ...]] = (
    Action("vehicle.hold", "h", "Hold", Noun.VEHICLE, _ONE, _command(CommandKind.HOLD)),
    Action("vehicle.rtl", "r", "Return to launch", Noun.VEHICLE, _TYPED, _command(CommandKind.RTL)),
    Action("vehicle.land", "l", "LAND where it is", Noun.VEHICLE, _TYPED, _command(CommandKind.LAND)),
    Action("vehicle.inhibit", "i", "Inhibit automation", Noun.NEXT_ACT, _ONE, _steer(steering.inhibit), Asks.WORDS),
    Action("vehicle.take-up", "exclamation_mark", "Do what is offered", Noun.NEXT_ACT, _ONE, _steer(steering.take_up)),
    Action("vehicle.decide", "D", "Decide after takeover", Noun.VEHICLE, _ONE, _steer(steering.decide), Asks.WORDS),
    Action("sector.clear", "x", "Clear a sector", Noun.RANGE, _ONE, _steer(steering.clear_sector), Asks.WORDS),
    Action("call.log", "c", "Log a call", Noun.RANGE, _ONE, _steer(steering.call), Asks.WORDS),
    Action("review.judge", "J", "Judge automation", Noun.RANGE, _ONE, _steer(steering.judge), Asks.WORDS),
    Action("vehicle.pause", "", "Pause its mission", Noun.VEHICLE, _ONE, _command(CommandKind.PAUSE)),
    Action("vehicle.continue", "", "Go on with its mission", Noun.VEHICLE, _TYPED, _command(CommandKind.CONTINUE)),
    Action("vehicle.arm", "", "Arm", Noun.VEHICLE, _TYPED, _command(CommandKind.ARM)),
    Action("vehicle.disarm", "", "Disarm, on the ground", Noun.VEHICLE, _ONE, _command(CommandKind.DISARM)),
    Action("vehicle.takeoff", "", "Take off", Noun.VEHICLE, _TYPED, _command(CommandKind.TAKEOFF), aimed=True),
    Action("vehicle.goto", "", "Go to a place", Noun.VEHICLE, _TYPED, _command(CommandKind.GOTO), aimed=True),
    Action("vehicle.fence-on", "", "Fence on board on", Noun.VEHICLE, _ONE, _command(CommandKind.FENCE_ON)),
    Action("vehicle.fence-off", "", "Fence on board off", Noun.VEHICLE, _TYPED, _command(CommandKind.FENCE_OFF)),
    Action("vehicle.terminate", "", "TERMINATE", Noun.VEHICLE, _SECOND, _command(CommandKind.TERMINATE)),
    Action("vehicle.load-fence", "F", "Load the slot's fence", Noun.VEHICLE, _ONE, _command(CommandKind.LOAD_FENCE)),
    Action("vehicle.restore", "V", "Put back what it had", Noun.VEHICLE, _ONE, _command(CommandKind.RESTORE)),
    Action("alarm.acknowledge", "a", "Acknowledge", Noun.ALARM, _ONE, _acknowledge),
    Action("alarm.shelve", "s", "Shelve", Noun.ALARM, _ONE, _on_alarm(alarm_deeds.shelve), asks=Asks.WORDS),
    Action("alarm.unshelve", "u", "Unshelve", Noun.ALARM, _ONE, _on_alarm(alarm_deeds.deed(DeedKind.UNSHELVE))),
    Action("alarm.note", "n", "Note", Noun.ALARM, _ONE, _on_alarm(alarm_deeds.deed(DeedKind.NOTE)), asks=Asks.WORDS),
    Action(
        "alarm.out-of-service",
        "O",
        "Take out of service",
        Noun.ALARM,
        _ONE,
        _on_alarm(alarm_deeds.deed(DeedKind.TAKE_OUT)),
        asks=Asks.WORDS,
    ),
    Action(
        "alarm.back-in-service",
        "B",
        "Put back in service",
        Noun.ALARM,
        _ONE,
        _on_alarm(alarm_deeds.deed(DeedKind.PUT_BACK)),
    ),
    Action("slot.approve", "y", "Approve", Noun.SLOT, _ONE, _change(SlotEvent.APPROVE)),
    Action("slot.refuse", "x", "Refuse", Noun.SLOT, _ONE, _change(SlotEvent.REFUSE), asks=Asks.REASON),
    Action("slot.waitlist", "w", "Waitlist", Noun.SLOT, _ONE, _change(SlotEvent.WAITLIST)),
    Action("slot.move", "m", "Move", Noun.SLOT, _ONE, _move, asks=Asks.TIME),
    Action("slot.book", "n", "New", Noun.DAY, _ONE, _book, asks=Asks.REQUEST),
    Action("timetable.propose", "p", "Propose a timetable", Noun.DAY, _ONE, _accept, asks=Asks.PROPOSAL),
    Action("slot.calendar", "e", "Write the volume's .ics", Noun.SLOT, _ONE, _calendar),
    Action("slot.brief", "b", "Briefing done", Noun.SLOT, _ONE, _change(SlotEvent.BRIEF)),
    Action("slot.heard", "B", "Briefing heard", Noun.SLOT, _ONE, _heard, asks=Asks.WORDS),
    Action("slot.go", "g", "Poll: go", Noun.SLOT, _ONE, _vote(go=True), asks=Asks.WORDS),
    Action("slot.no-go", "N", "Poll: NO-GO", Noun.SLOT, _ONE, _vote(go=False), asks=Asks.WORDS),
    Action("slot.word", "o", "Safety officer's word", Noun.SLOT, _ONE, _word),
    Action("slot.check-parameters", "v", "Read its parameters", Noun.SLOT, _ONE, _check_parameters),
    Action("slot.check-zones", "z", "Check under today's zones", Noun.SLOT, _ONE, _check_zones),
    Action("slot.clear", "c", "Clear to fly", Noun.SLOT, _ONE, _clear),
    Action("slot.withdraw", "W", "Withdraw clearance", Noun.SLOT, _ONE, _withdraw),
    Action("slot.close", "C", "Close", Noun.SLOT, _ONE, _change(SlotEvent.CLOSE)),
    Action("slot.cancel", "X", "Cancel", Noun.SLOT, _ONE, _change(SlotEvent.CANCEL), asks=Asks.REASON),
    Action("handover.note", "n", "Leave a note", Noun.HANDOVER, _ONE, _note, asks=Asks.WORDS),
    Action("handover.done", "x", "Note is done", Noun.HANDOVER, _ONE, _note_done),
    Action("duty.take", "t", "Take over", Noun.HANDOVER, _ONE, _take_duty, asks=Asks.WORDS),
    Action("duty.leave", "L", "Go off duty", Noun.HANDOVER, _ONE, _leave_duty),
    Action("handover.print", "p", "Write the page as PDF", Noun.HANDOVER, _ONE, _print),
    Action("incident.report", "p", "Write report", Noun.INCIDENT, _ONE, _report),
    Action("incident.take-up", "t", "Take up the review", Noun.INCIDENT, _ONE, _reviewing(incident_deeds.take_up)),
    Action(
        "incident.classify",
        "c",
        "Classify",
        Noun.INCIDENT,
        _ONE,
        _reviewing(incident_deeds.classify),
        asks=Asks.WORDS,
    ),
    Action(
        "incident.narrate",
        "n",
        "Write the narrative",
        Noun.INCIDENT,
        _ONE,
        _reviewing(incident_deeds.classify),
        asks=Asks.TEXT,
    ),
    Action(
        "incident.clocks",
        "C",
        "Clocks of 376/2014",
        Noun.INCIDENT,
        _ONE,
        _reviewing(incident_deeds.tell),
        asks=Asks.WORDS,
    ),
    Action("incident.sign", "S", "Sign the review", Noun.INCIDENT, _ONE, _sign, asks=Asks.SIGNATURE),
    Action(
        "incident.export",
        "e",
        "Export the evidence",
        Noun.INCIDENT,
        _ONE,
        _reviewing(incident_deeds.export),
        asks=Asks.WORDS,
    ),
    Action(
        "incident.reopen",
        "O",
        "Reopen what is signed",
        Noun.INCIDENT,
        _ONE,
        _reviewing(incident_deeds.reopen),
        asks=Asks.REASON,
    ),
)

ACTION: Final[Mapping[str, Action]] = {action.name: action for action in ACTIONS}
