"""A pilot's view of his own flight: what the watch says of his vehicle, held against what his slot grants.

Where the vehicle is, is said only while it is known: trusted telemetry, a position young enough, a watch that is alive.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from rangeops.domain.alarms import STANDS, Alarm
from rangeops.domain.audit import Actor
from rangeops.domain.clearance import Clearance
from rangeops.domain.commands import ON_THE_GROUND, POLICY, CommandProgress
from rangeops.domain.containment import Standing
from rangeops.domain.duty import Position
from rangeops.domain.events import CommandMoved
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import is_member
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.region import region_of
from rangeops.domain.registers import RegisterKind, Staff
from rangeops.domain.slots import Slot, SlotState
from rangeops.domain.text import safe_text
from rangeops.domain.volumes import Volume, polygon_of
from rangeops.services import discretion
from rangeops.services.changes import Changes, slot_subject
from rangeops.services.clearance import ClearanceDesk
from rangeops.services.incidents import event_of
from rangeops.services.orders import OrderDesk
from rangeops.services.ports.world import Airframes
from rangeops.services.words import KIND
from rangeops.wire.clearance import ClearanceItem
from rangeops.wire.picture import RangePicture, VehicleView
from rangeops.wire.pilot import CallView, DoneView, Go, PilotAlarm, PilotView, Place

OLDEST_POSITION_S: Final = 3.0  # by then a copter at the range's speed limit is somewhere else
_TOLD_FOR: Final = timedelta(hours=2)
_COMMAND: Final = f"watch.{KIND[CommandMoved]}"
_OVER: Final = frozenset([SlotState.CLOSED, SlotState.CANCELLED, SlotState.REFUSED, SlotState.NO_SHOW])
_BRIEFED: Final = frozenset([SlotState.APPROVED, SlotState.BRIEFED, SlotState.ACTIVE])
_PHONE: Final = re.compile(r"\+?[\d\s()./-]{5,20}")
_FEWEST_DIGITS: Final = 8  # 123.450 is a frequency, and 112 is dialled without us
_MOST_DONE: Final = 5


class PilotDesk:
    def __init__(
        self,
        changes: Changes,
        definition: RangeDefinition,
        airframes: Airframes,
        desk: OrderDesk,
        clearance: ClearanceDesk,
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._desk = desk
        self._clearance = clearance

    def view(self, slot: Slot, picture: RangePicture, now: Now, actor: Actor) -> PilotView:
        """slot, picture: as the actor may see them (services.sight)."""
        seen = next(
            (each for each in picture.vehicles if each.sysid == slot.sysid and each.slot in ("", slot.id)), None
        )
        with self._changes.store.read() as work:
            clearance = work.clearances.get(slot.id)
        airframe = self._airframes.get(slot.airframe)
        is_live = picture.enforcement and seen is not None and seen.heard_age_s is not None
        alive = seen if is_live else None
        return PilotView(
            slot=slot.id,
            callsign=slot.callsign,
            volume=slot.volume,
            starts=slot.starts,
            ends=slot.ends,
            utc=now.utc,
            begins_s=(slot.starts - now.utc).total_seconds(),
            left_s=(slot.ends - now.utc).total_seconds(),
            clock_stands=slot.clock_stands,
            go=_go(slot, clearance, now),
            lacking=self._lacking(slot, clearance, now),
            enforcement=is_live,
            heard_age_s=alive.heard_age_s if alive else None,
            armed=bool(alive and alive.armed),
            mode=alive.mode if alive else "",
            standing=alive.standing if alive else Standing.UNKNOWN,
            place=None if alive is None else self._place(slot, alive),
            height_m=alive.height_m if alive else None,
            ground_speed_mps=alive.ground_speed_mps if alive else None,
            battery_percent=alive.battery_percent if alive else None,
            time_to_exit_s=alive.time_to_exit_s if alive else None,
            next_act=alive.next_act if alive else None,
            inhibit=alive.inhibit if alive else None,
            pilot_has_control=bool(alive and alive.pilot_has_control),
            alarms=tuple(map(_alarm, (each for each in picture.alarms if _concerns(each, slot)))),
            done=self._done(slot, picture, now, actor),
            wind=picture.sky.wind if picture.sky else "",
            max_wind_mps=airframe.max_wind_mps,
            max_gust_mps=airframe.max_gust_mps,
            calls=tuple(self._calls()),
        )

    def _place(self, slot: Slot, seen: VehicleView) -> Place | None:
        known = seen.latitude_deg is not None and seen.longitude_deg is not None
        if not known or not seen.trusted or seen.position_age_s is None or seen.position_age_s > OLDEST_POSITION_S:
            return None
        geography: Volume = self._desk.volumes_of(slot).flight_geography
        frame = self._definition.frame
        east_m, north_m = frame.to_site(seen.latitude_deg or 0.0, seen.longitude_deg or 0.0)
        edge_m, edge = region_of(polygon_of(geography, frame), often=False).margin(east_m, north_m)
        altitude_m = seen.altitude_amsl_m
        return Place(
            age_s=seen.position_age_s,
            edge_m=edge_m,
            edge=edge,
            ceiling_m=None if altitude_m is None else geography.ceiling_amsl_m - altitude_m,
            floor_m=None if altitude_m is None else altitude_m - geography.floor_amsl_m,
        )

    def _lacking(self, slot: Slot, clearance: Clearance, now: Now) -> tuple[ClearanceItem, ...]:
        """Gone through only while it matters: he asks every second, and most of the time he flies."""
        if clearance.cleared or slot.state not in _BRIEFED:
            return ()
        items = self._clearance.view(slot.id, now).items
        return tuple(each for each in items if each.state not in ("ok", "waived") and each.who)

    def _done(self, slot: Slot, picture: RangePicture, now: Now, actor: Actor) -> tuple[DoneView, ...]:
        """What was sent to its vehicle of late, the newest first: out of the record, and how far the last ones are now."""
        since = max(slot.held_from, now.utc - _TOLD_FOR)
        under_way = [each for each in picture.commands if each.order.sysid == slot.sysid]
        with self._changes.store.read() as work:
            told = work.record.about([slot_subject(slot.id)], since, now.utc)
            events = [event_of(each) for each in told if each.entry.action == _COMMAND]
            told_of = bool(events or under_way)
            hide = discretion.hider(work, actor) if told_of and is_member(actor) else str
        moved = [event.progress for event in events if isinstance(event, CommandMoved)]
        latest = {each.order.id: each for each in (*moved, *under_way) if each.order.kind not in ON_THE_GROUND}
        newest = list(latest.values())[: -_MOST_DONE - 1 : -1]
        return tuple(_deed(each, hide) for each in newest)

    def _calls(self) -> Iterator[CallView]:
        """Who is on duty, by his phone in the register of staff; then whom the range's file names."""
        with self._changes.store.read() as work:
            duties = [duty for position in Position if (duty := work.duties.get(position)) is not None and duty.user]
            staff = (
                [entry.body for entry in work.registers.all(RegisterKind.STAFF) if not entry.retired] if duties else []
            )
        phones = {body.user: body.phone for body in staff if isinstance(body, Staff) and body.user and body.phone}
        for duty in duties:
            if (call := phones.get(duty.user, "")) != "":
                yield CallView(duty.position.title, call, phone_of(call))
        for contact in self._definition.contacts:
            yield CallView(f"{contact.name}, {contact.role}", contact.call, phone_of(contact.call))


def phone_of(call: str) -> str:
    """The number of a text that is one, as a tel: address has it (RFC 3966); "" for a frequency or a channel."""
    text = call.strip()
    if not _PHONE.fullmatch(text) or sum(map(str.isdigit, text)) < _FEWEST_DIGITS:
        return ""  # 123.450 is a frequency
    return re.sub(r"[^\d+]", "", text)


def _go(slot: Slot, clearance: Clearance, now: Now) -> Go:
    if slot.state in _OVER or slot.ends <= now.utc:
        return Go.OVER
    if clearance.withdrawn:
        return Go.WITHDRAWN
    return Go.GO if clearance.cleared else Go.NO_GO


def _concerns(alarm: Alarm, slot: Slot) -> bool:
    return alarm.sysid == slot.sysid and alarm.state in STANDS


def _alarm(alarm: Alarm) -> PilotAlarm:
    return PilotAlarm(
        priority=alarm.priority.value,
        title=alarm.title,
        value=alarm.value,
        limit=alarm.limit,
        action=alarm.action,
        acknowledged=alarm.acked_by is not None,
        raised_utc=alarm.raised_utc,
    )


def _deed(progress: CommandProgress, hide: Callable[[str], str]) -> DoneView:
    order = progress.order
    return DoneView(
        kind=order.kind.value,
        by_itself=order.by == POLICY,
        why=safe_text(hide(order.reason)),
        stage=progress.stage.value,
        sent_utc=progress.sent_utc,
        detail=safe_text(hide(progress.detail)),
    )
