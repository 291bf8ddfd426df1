"""Operators' commands and acknowledgements: recorded first, sent after."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rangeops.domain.alarms import Alarm
from rangeops.domain.audit import Actor
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandTarget
from rangeops.domain.errors import Conflict, Invalid, Refused
from rangeops.domain.now import Now
from rangeops.domain.permission import forbidden, grant_of
from rangeops.domain.permissions_of_roles import Act, may, require
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import reason_given, safe_text
from rangeops.services.changes import RANGE, Change, Changes, slot_subject, vehicle
from rangeops.wire.api import CommandRequest

_K = CommandKind
TYPED: Final = frozenset(
    [_K.RTL, _K.LAND, _K.TERMINATE, _K.ARM, _K.TAKEOFF, _K.GOTO, _K.CONTINUE, _K.FENCE_OFF]
)  # a person retypes the vehicle's number
SECOND_WITHIN_S: Final = 30.0  # of the first person's word; later it must be asked anew


@dataclass(frozen=True, slots=True)
class _Asked:
    """by_officer: the first word is a range safety officer's already."""

    order: CommandOrder
    at_s: float
    by_officer: bool


class CommandDesk:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._asked: dict[Sysid, _Asked] = {}  # of what needs two persons; a restart forgets it, which is safe

    def order(self, sysid: int, request: CommandRequest, now: Now, actor: Actor) -> CommandOrder:
        """The command to send, now that it is in the record. Raises Forbidden, Invalid, Refused, Conflict.

        A TERMINATE without `second` is only asked for, and isn't to be sent: another person, a range safety officer, has
        SECOND_WITHIN_S to confirm.
        """
        where = f"command to sysid {sysid}"
        require(actor, Act.COMMAND, where=where)
        if not 1 <= sysid <= 255:
            raise Invalid("it would address every vehicle or none", where=where, do="Choose one vehicle, 1 to 255.")
        kind = _kind_of(request.kind, where)
        if kind in TYPED and request.typed.strip() != str(sysid):
            raise Invalid(
                "the vehicle's number was not typed with it", where=where, do=f"Type {sysid} to confirm {kind.value}."
            )
        reason = reason_given(request.reason, where=where)
        with self._changes.begin(now, actor) as change:
            head = change.work.record.head()
            number = 1 if head is None else head.seq + 1  # the entry that records it: unique for good
            order = CommandOrder(CommandId(f"C{number}"), Sysid(sysid), kind, actor.name, reason, request.target)
            _refuse_forbidden(change, order, where)
            if kind is CommandKind.TERMINATE:
                return self._two_persons(change, order, where)
            callsign, about = _whose(change, order.sysid)
            says = f"{actor.name} orders {kind.value}{_aim(order.target)} for {callsign}: {reason}"
            change.record("command.order", vehicle(sysid), says, order, about=about)
        return order

    def _two_persons(self, change: Change, order: CommandOrder, where: str) -> CommandOrder:
        """The first word waits, a second person's within its time completes it; one of the two is a range safety officer."""
        callsign, about = _whose(change, order.sysid)
        first = self._asked.get(order.sysid)
        if first is None or change.now.monotonic_s - first.at_s > SECOND_WITHIN_S:
            self._asked[order.sysid] = _Asked(order, change.now.monotonic_s, may(change.actor, Act.CONFIRM_TERMINATE))
            says = (
                f"{order.by} asks to {order.kind.value} {callsign}: {order.reason}; "
                f"not sent, a second person has {SECOND_WITHIN_S:g} s to confirm it"
            )
            change.record("command.ask", vehicle(order.sysid), says, order, about=about)
            return order
        if first.order.by == order.by:
            raise Conflict(
                f"{order.by} has asked for it already, and one person can't complete it",
                where=where,
                do="Have a second person confirm it with a token of his own (rangeops user token).",
            )
        if not first.by_officer:
            require(change.actor, Act.CONFIRM_TERMINATE, where=where)
        del self._asked[order.sysid]
        confirmed = replace(order, by=first.order.by, second=order.by, reason=first.order.reason)
        says = f"{confirmed.by} and {confirmed.second} order {order.kind.value} for {callsign}: {confirmed.reason}"
        change.record("command.order", vehicle(order.sysid), says, confirmed, about=about)
        return confirmed

    def noted(
        self,
        action: str,
        says: str,
        now: Now,
        actor: Actor,
        *,
        alarm: Alarm | None = None,
        happened: datetime | None = None,
    ) -> None:
        """Record something about the range as a whole. happened: when, if not now."""
        with self._changes.begin(now, actor) as change:
            if alarm is not None:
                change.work.alarms.put(alarm)
            change.record(action, "range", says, alarm, about=[RANGE], happened=happened)


def _refuse_forbidden(change: Change, order: CommandOrder, where: str) -> None:
    """What the books alone forbid; what the vehicle does now, the watch looks at. Raises Refused."""
    orders = change.work.orders.latest()
    grant = None if orders is None else grant_of(orders, orders.vehicle(order.sysid))
    if why := forbidden(order, grant, change.now):
        raise Refused(f"{order.kind.value}: {why}", where=where, do="Clear its slot, or order something else.")


def _aim(target: CommandTarget | None) -> str:
    if target is None:
        return ""
    if target.height_above_home_m is not None:
        return f" to {target.height_above_home_m:g} m above home"
    return f" to {target.latitude_deg:.6f}, {target.longitude_deg:.6f} at {target.altitude_amsl_m:g} m AMSL"


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
