"""Everything a person can do to the range: one registry behind keys, palette, command line and record."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from rangeops.client import alarm_deeds, duty_deeds, incident_deeds, slot_deeds, steering
from rangeops.client.action import Action, Asks, Call, Guard, Noun, Receipt, Target, chosen
from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmId, DeedKind
from rangeops.domain.commands import CommandKind
from rangeops.domain.errors import Invalid
from rangeops.domain.slots import SlotEvent
from rangeops.domain.telemetry import Sysid


def _steer(
    call: Callable[[Client, Sysid | None, steering.Words], Awaitable[steering.Said]],
) -> Call:
    async def do(client: Client, target: Target) -> Receipt:
        return Receipt(*await call(client, target.sysid, target.words))

    return do


def _command(kind: CommandKind) -> Call:
    async def call(client: Client, target: Target) -> Receipt:
        sysid = chosen(target.sysid, Noun.VEHICLE)
        reason = target.reason or "operator's decision"
        progress = await client.command(sysid, kind, reason=reason, typed=target.typed, target=target.aim)
        return Receipt(progress.detail or f"{kind.value} for vehicle {sysid} is with the watch", progress)

    return call


def _on_alarm(
    call: Callable[[Client, AlarmId, Mapping[str, str]], Awaitable[str]],
) -> Call:
    async def do(client: Client, target: Target) -> Receipt:
        return Receipt(await call(client, chosen(target.alarm, Noun.ALARM), target.words))

    return do


async def _acknowledge(client: Client, target: Target) -> Receipt:
    alarm = await client.acknowledge(chosen(target.alarm, Noun.ALARM))
    return Receipt(f"{alarm.title} ({alarm.source}) is acknowledged")


def _reviewing(call: incident_deeds.Deed) -> Call:
    async def do(client: Client, target: Target) -> Receipt:
        words = {**target.words, "reason": target.reason}
        said = await call(client, chosen(target.incident, Noun.INCIDENT), words)
        return Receipt(said.text, reviewed=said.reviewed, bundle=said.bundle)

    return do


async def _sign(client: Client, target: Target) -> Receipt:
    """The hash is of the revision that the dialog showed."""
    incident = chosen(target.incident, Noun.INCIDENT)
    sha256 = target.words.get("sha256", "")
    if not target.secret or not sha256:
        raise Invalid("it was not shown, or no password was typed", where=f"incident {incident}", do="Press its key.")
    said = await incident_deeds.sign(client, incident, secret=target.secret, sha256=sha256)
    return Receipt(said.text, reviewed=said.reviewed)


async def _report(client: Client, target: Target) -> Receipt:
    report = await client.write_report(chosen(target.incident, Noun.INCIDENT))
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
    Action("slot.approve", "y", "Approve", Noun.SLOT, _ONE, slot_deeds.change(SlotEvent.APPROVE)),
    Action("slot.refuse", "x", "Refuse", Noun.SLOT, _ONE, slot_deeds.change(SlotEvent.REFUSE), asks=Asks.REASON),
    Action("slot.waitlist", "w", "Waitlist", Noun.SLOT, _ONE, slot_deeds.change(SlotEvent.WAITLIST)),
    Action("slot.move", "m", "Move", Noun.SLOT, _ONE, slot_deeds.move, asks=Asks.TIME),
    Action("slot.book", "n", "New", Noun.DAY, _ONE, slot_deeds.book, asks=Asks.REQUEST),
    Action(
        "timetable.propose", "p", "Propose a timetable", Noun.DAY, _ONE, slot_deeds.accept_timetable, asks=Asks.PROPOSAL
    ),
    Action("slot.calendar", "e", "Write the volume's .ics", Noun.SLOT, _ONE, slot_deeds.write_calendar),
    Action("slot.brief", "b", "Briefing done", Noun.SLOT, _ONE, slot_deeds.change(SlotEvent.BRIEF)),
    Action("slot.heard", "B", "Briefing heard", Noun.SLOT, _ONE, slot_deeds.briefing_heard, asks=Asks.WORDS),
    Action("slot.go", "g", "Poll: go", Noun.SLOT, _ONE, slot_deeds.vote(go=True), asks=Asks.WORDS),
    Action("slot.no-go", "N", "Poll: NO-GO", Noun.SLOT, _ONE, slot_deeds.vote(go=False), asks=Asks.WORDS),
    Action("slot.word", "o", "Safety officer's word", Noun.SLOT, _ONE, slot_deeds.safety_word),
    Action("slot.check-parameters", "v", "Read its parameters", Noun.SLOT, _ONE, slot_deeds.check_parameters),
    Action("slot.check-zones", "z", "Check under today's zones", Noun.SLOT, _ONE, slot_deeds.check_zones),
    Action("slot.clear", "c", "Clear to fly", Noun.SLOT, _ONE, slot_deeds.clear),
    Action("slot.withdraw", "W", "Withdraw clearance", Noun.SLOT, _ONE, slot_deeds.withdraw),
    Action("slot.close", "C", "Close", Noun.SLOT, _ONE, slot_deeds.change(SlotEvent.CLOSE)),
    Action("slot.cancel", "X", "Cancel", Noun.SLOT, _ONE, slot_deeds.change(SlotEvent.CANCEL), asks=Asks.REASON),
    Action("handover.note", "n", "Leave a note", Noun.HANDOVER, _ONE, duty_deeds.leave_note, asks=Asks.WORDS),
    Action("handover.done", "x", "Note is done", Noun.HANDOVER, _ONE, duty_deeds.finish_note),
    Action("duty.take", "t", "Take over", Noun.HANDOVER, _ONE, duty_deeds.take, asks=Asks.WORDS),
    Action("duty.leave", "L", "Go off duty", Noun.HANDOVER, _ONE, duty_deeds.leave),
    Action("handover.print", "p", "Write the page as PDF", Noun.HANDOVER, _ONE, duty_deeds.write_handover),
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
