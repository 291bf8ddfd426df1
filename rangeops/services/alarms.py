"""What persons do to alarms, recorded; what alarms there were; and the range's own conditions: weather and daylight."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from rangeops.domain.alarm_deeds import refusal
from rangeops.domain.alarm_figures import STANDING_H, AlarmFigures, figures
from rangeops.domain.alarms import Alarm, AlarmDeed, AlarmId, AlarmState, Assessment, Condition, DeedKind
from rangeops.domain.audit import Actor
from rangeops.domain.clearance_rules import Item
from rangeops.domain.errors import Conflict, Invalid, NotFound, Refused
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.range_conditions import InTheAir, daylight, observation, wind
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import SlotId
from rangeops.domain.text import reason_given, safe_text
from rangeops.services.changes import RANGE, Change, Changes, slot_subject, vehicle
from rangeops.services.paging import Asked, Page, after, page
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import Airframes
from rangeops.wire.alarms import AlarmDeedRequest, OutOfServiceRequest

SERVERS_OWN: Final = frozenset(
    [
        Condition.ENFORCEMENT_DOWN,
        Condition.RECORD_NOT_SIGNED,
        Condition.EVIDENCE_SIGNATURES_MISSING,
        Condition.WIND_OVER_LIMIT,
        Condition.OBSERVATION_TOO_OLD,
        Condition.DAYLIGHT_ENDING,
    ]
)
"""Conditions that the server raises, not a watch; and RECORDER_FAILING of the source "server"."""

_HISTORY: Final = "alarms"  # the list that its cursors are of
LOOKS_BACK: Final = timedelta(days=31)  # how long before the time that is asked for an alarm may have begun to stand
_REPORTS_LAST: Final = timedelta(hours=6)  # of observations; older ones say nothing of now in any case
_ACT: Final = {
    DeedKind.ACKNOWLEDGE: Act.ACKNOWLEDGE_ALARM,
    DeedKind.RESET: Act.ACKNOWLEDGE_ALARM,
    DeedKind.SHELVE: Act.SHELVE_ALARM,
    DeedKind.UNSHELVE: Act.SHELVE_ALARM,
    DeedKind.TAKE_OUT: Act.TAKE_ALARM_OUT,
    DeedKind.PUT_BACK: Act.TAKE_ALARM_OUT,
    DeedKind.NOTE: Act.NOTE_ALARM,
}
_SAYS: Final = {
    DeedKind.ACKNOWLEDGE: "acknowledges",
    DeedKind.RESET: "resets",
    DeedKind.SHELVE: "shelves",
    DeedKind.UNSHELVE: "unshelves",
    DeedKind.TAKE_OUT: "takes out of service",
    DeedKind.PUT_BACK: "puts back in service",
    DeedKind.NOTE: "notes on",
}


def is_servers(condition: Condition, source: str) -> bool:
    return condition in SERVERS_OWN or (condition is Condition.RECORDER_FAILING and source == "server")


class AlarmDesk:
    def __init__(self, changes: Changes, definition: RangeDefinition, airframes: Airframes) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes

    def deed(self, alarm: Alarm, request: AlarmDeedRequest, now: Now, actor: Actor) -> AlarmDeed:
        """The deed to carry out, now that it is in the record. Raises Forbidden, Invalid, Conflict, Refused.

        Acknowledging one that is latched resets it.
        """
        where = f"alarm {alarm.id:.80}"
        kind = _kind_of(request.kind, where)
        if kind is DeedKind.ACKNOWLEDGE and alarm.state is AlarmState.LATCHED:
            kind = DeedKind.RESET
        require(actor, _ACT[kind], where=where)
        asks = kind in (DeedKind.SHELVE, DeedKind.TAKE_OUT, DeedKind.NOTE)
        reason = reason_given(request.reason, where=where) if asks else safe_text(request.reason.strip())
        deed = AlarmDeed(kind, alarm.id, alarm.condition, alarm.source, actor.name, reason, request.minutes * 60.0)
        _require_possible(deed, alarm, where)
        with self._changes.begin(now, actor) as change:
            self._record(change, deed, alarm)
        return deed

    def out_of_service(self, request: OutOfServiceRequest, now: Now, actor: Actor) -> AlarmDeed:
        """Likewise for a condition that doesn't stand at this source."""
        source = safe_text(request.source.strip(), limit=80)
        where = f"alarm {safe_text(request.condition, limit=40)} of {source or 'nothing'}"
        require(actor, Act.TAKE_ALARM_OUT, where=where)
        if not source:
            raise Invalid("a source is missing", where=where, do='Name a callsign, a link\'s URI, or "range".')
        condition = _condition_of(request.condition, where)
        reason = reason_given(request.reason, where=where)
        deed = AlarmDeed(DeedKind.TAKE_OUT, AlarmId(""), condition, source, actor.name, reason)
        if why := refusal(deed, AlarmState.NORMAL):
            raise Refused(why, where=where, do="Remove its cause.")
        with self._changes.begin(now, actor) as change:
            self._record(change, deed, None)
        return deed

    def history(self, since: datetime, until: datetime) -> tuple[Alarm, ...]:
        """Alarms that were raised in this time, newest first, as they were last known."""
        with self._changes.store.read() as work:
            return work.alarms.raised(since, until)

    def history_page(self, since: datetime, until: datetime, asked: Asked) -> Page[Alarm]:
        """Likewise, a page of them. Raises Invalid for a cursor that isn't this list's."""
        moment = after(asked, _HISTORY, datetime, str)
        with self._changes.store.read() as work:
            found = work.alarms.page(since, until, asked.limit + 1, before=cast("tuple[datetime, str] | None", moment))
        return page(found, asked, _HISTORY, lambda alarm: (alarm.raised_utc, alarm.id))

    def figures(
        self,
        since: datetime,
        until: datetime,
        standing: Iterable[Alarm],
        *,
        standing_h: float = STANDING_H,
    ) -> AlarmFigures:
        """The figures of EEMUA 191. standing: what watches and server have on their boards now. Raises Invalid."""
        where = "alarm figures"
        if not since < until:
            raise Invalid("the time asked for is empty", where=where, do="Let it begin before it ends.")
        if until - since > LOOKS_BACK:
            raise Invalid("more than 31 days are asked for", where=where, do="Ask for fewer.")
        if not standing_h > 0:
            raise Invalid("nothing stands for so short a time", where=where, do="Give hours over 0.")
        now = {alarm.id: alarm for alarm in standing}
        with self._changes.store.read() as work:
            known = {alarm.id: alarm for alarm in work.alarms.raised(since - LOOKS_BACK, until)}
        return figures({**known, **now}.values(), since, until, on_boards=now.keys(), standing_h=standing_h)

    def unfinished(self, now: Now) -> tuple[Alarm, ...]:
        """The server's own alarms that had not ended when it did."""
        with self._changes.store.read() as work:
            known = work.alarms.raised(now.utc - LOOKS_BACK, now.utc)
        return tuple(
            alarm
            for alarm in known
            if is_servers(alarm.condition, alarm.source) and alarm.state is not AlarmState.NORMAL
        )

    def range_conditions(self, armed: Sequence[tuple[str, str]], now: Now) -> tuple[Assessment, ...]:
        """Wind and daylight, of those that are armed: callsign and slot. Who waives the weather wants no observation."""
        with self._changes.store.read() as work:
            flying = [found for each in armed if (found := self._in_the_air(work, *each)) is not None]
            reports = work.weather.since(now.utc - _REPORTS_LAST)
        clearance = self._definition.clearance
        rules, wanted = clearance.weather, not clearance.why_waived(Item.WEATHER)
        return (
            wind(flying, reports, rules, now.utc),
            observation(flying if wanted else (), reports, rules, now.utc),
            daylight(flying, self._definition.sun, now.utc),
        )

    def _in_the_air(self, work: UnitOfWork, callsign: str, slot_id: str) -> InTheAir | None:
        try:
            slot = work.slots.get(SlotId(slot_id))
            airframe = self._airframes.get(slot.airframe)
        except NotFound:
            return None  # it has no slot: that is an alarm of its own
        dark = bool(slot.terms.dark_permission) or not self._definition.booking.daylight_only
        return InTheAir(callsign, airframe, dark=dark)

    def _record(self, change: Change, deed: AlarmDeed, alarm: Alarm | None) -> None:
        about = [RANGE]
        if alarm is not None and alarm.sysid is not None:
            orders = change.work.orders.latest()
            slots = [order.slot for order in (orders.vehicles if orders else ()) if order.sysid == alarm.sysid]
            about = [vehicle(alarm.sysid), *map(slot_subject, slots)]
        title = deed.condition.value if alarm is None else alarm.title
        lasts = f" for {deed.for_s / 60:g} min" if deed.kind is DeedKind.SHELVE else ""
        why = f": {deed.reason}" if deed.reason else ""
        says = f"{deed.by} {_SAYS[deed.kind]} {deed.source}: {title}{lasts}{why}"
        target = f"alarm:{deed.alarm or f'{deed.condition.value}/{deed.source}'}"
        change.record(f"alarm.{deed.kind.value}", target, says, deed, about=about)


def _require_possible(deed: AlarmDeed, alarm: Alarm, where: str) -> None:
    """Raises Conflict where somebody was quicker, Refused where it is never done."""
    if deed.kind is DeedKind.ACKNOWLEDGE and alarm.state is AlarmState.ACKED:
        raise Conflict(f"{alarm.acked_by} has acknowledged it", where=where, do="Nothing needs to be done.")
    if why := refusal(deed, alarm.state):
        raise Refused(why, where=where, do="Look at the alarm as it is now.")


def _kind_of(value: str, where: str) -> DeedKind:
    try:
        return DeedKind(value)
    except ValueError as error:
        kinds = ", ".join(kind.value for kind in DeedKind)
        raise Invalid(
            f"{safe_text(value, limit=40)!r} is nothing that is done to an alarm",
            where=where,
            do=f"Use one of {kinds}.",
        ) from error


def _condition_of(value: str, where: str) -> Condition:
    try:
        return Condition(value)
    except ValueError as error:
        raise Invalid("there is no such condition", where=where, do="See docs/alarms.md for their ids.") from error
