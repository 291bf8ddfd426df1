"""Operators' commands and acknowledgements: recorded first, sent after."""

from rangeops.domain.alarms import Alarm
from rangeops.domain.audit import Actor
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder
from rangeops.domain.errors import Invalid
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.services.changes import RANGE, Change, Changes, slot_subject, vehicle
from rangeops.wire.api import CommandRequest

TYPED = frozenset([CommandKind.RTL, CommandKind.LAND])  # a person retypes the vehicle's number


class CommandDesk:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def order(self, sysid: int, request: CommandRequest, now: Now, actor: Actor) -> CommandOrder:
        """The command to send, now that it is in the record. Raises Invalid."""
        where = f"command to sysid {sysid}"
        if not 1 <= sysid <= 255:
            raise Invalid("it would address every vehicle or none", where=where, do="Choose one vehicle, 1 to 255.")
        kind = _kind_of(request.kind, where)
        if kind in TYPED and request.typed.strip() != str(sysid):
            raise Invalid(
                "the vehicle's number was not typed with it", where=where, do=f"Type {sysid} to confirm {kind.value}."
            )
        reason = safe_text(request.reason.strip())
        if not reason:
            raise Invalid("a reason is missing", where=where, do="Say why, in a few words.")
        with self._changes.begin(now, actor) as change:
            head = change.work.record.head()
            number = 1 if head is None else head.seq + 1  # the entry that records it: unique for good
            order = CommandOrder(CommandId(f"C{number}"), Sysid(sysid), kind, actor.name, reason)
            callsign, about = _whose(change, order.sysid)
            says = f"{actor.name} orders {kind.value} for {callsign}: {reason}"
            change.record("command.order", vehicle(sysid), says, order, about=about)
        return order

    def acknowledged(self, alarm: Alarm, now: Now, actor: Actor) -> None:
        """Record that somebody acknowledged an alarm."""
        with self._changes.begin(now, actor) as change:
            about = [RANGE] if alarm.sysid is None else _whose(change, alarm.sysid)[1]
            says = f"{actor.name} acknowledges {alarm.source}: {alarm.title}"
            change.record("alarm.acknowledge", f"alarm:{alarm.id}", says, {"alarm": alarm.id}, about=about)

    def noted(self, action: str, says: str, now: Now, actor: Actor, *, alarm: Alarm | None = None) -> None:
        """Record something about the range as a whole."""
        with self._changes.begin(now, actor) as change:
            if alarm is not None:
                change.work.alarms.put(alarm)
            change.record(action, "range", says, alarm, about=[RANGE])


def _whose(change: Change, sysid: Sysid) -> tuple[str, list[str]]:
    orders = change.work.orders.latest()
    for order in orders.vehicles if orders else ():
        if order.sysid == sysid:
            return order.callsign, [vehicle(sysid), slot_subject(order.slot)]
    return f"sysid {sysid}", [vehicle(sysid)]


def _kind_of(value: str, where: str) -> CommandKind:
    try:
        return CommandKind(value)
    except ValueError as error:
        raise Invalid(
            f"{safe_text(value, limit=40)!r} is no command",
            where=where,
            do=f"Use one of {', '.join(kind.value for kind in CommandKind)}.",
        ) from error
