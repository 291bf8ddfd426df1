"""What the watches' journals tell: each entry into the record once, with its effects on incidents and clearances.

(watch, seq) makes a second delivery without effect. An entry that comes under a number already used, with other
content, is a journal begun anew (its folder was lost): it is taken up as that watch's next epoch, and said so.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rangeops.domain.audit import Actor
from rangeops.domain.clearance import STOP_PATH, Clearance, StopProof
from rangeops.domain.commands import CommandProgress, CommandStage
from rangeops.domain.events import (
    AlarmChanged,
    ArmedChanged,
    CommandMoved,
    FenceReadBack,
    JournalEntry,
    OrdersTaken,
    VehicleRebooted,
    VehicleRestored,
    WatchStarted,
)
from rangeops.domain.incidents import Place
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.services.changes import RANGE, Change, Changes, slot_subject, vehicle
from rangeops.services.clearance import disarmed
from rangeops.services.incidents import IncidentDesk
from rangeops.services.orders import OrderDesk
from rangeops.services.ports.store import WatchPosition
from rangeops.services.reviews import ReviewDesk
from rangeops.services.words import KIND, sysid_of, words
from rangeops.wire.messages import encode


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One entry on its way in. place: None for what is about no vehicle."""

    entry: JournalEntry
    digest: str
    place: Place | None


class JournalIntake:
    def __init__(
        self, changes: Changes, desk: OrderDesk, incidents: IncidentDesk, reviews: ReviewDesk, *, per_take_off: bool
    ) -> None:
        self._reviews = reviews
        self._per_take_off = per_take_off
        self._changes = changes
        self._desk = desk
        self._incidents = incidents
        self._places: tuple[int, dict[Sysid, Place]] = (0, {})  # of the orders version last looked at

    def taken(self, watch: str) -> int:
        """The last entry of this watch that is in the record."""
        with self._changes.store.read() as work:
            return work.journal.position(watch).seq

    def take(self, entries: Sequence[JournalEntry], now: Now) -> int:
        """Store entries of one watch, in order, in one transaction; the seq up to which it may forget."""
        watch = entries[0].watch
        with self._changes.begin(now, Actor(watch, "watch")) as change:
            position = change.work.journal.position(watch)
            for entry in entries:
                position = self._take_one(change, position, entry)
            change.work.journal.move(position)
            if any(isinstance(entry.event, OrdersTaken) for entry in entries):
                self._desk.taken(change)
        return position.seq

    def _take_one(self, change: Change, position: WatchPosition, entry: JournalEntry) -> WatchPosition:
        digest = hashlib.sha256(encode(entry)).hexdigest()
        if entry.seq <= position.seq:
            # Of earlier epochs too: whoever delivers an old entry once more begins no journal anew.
            if any(
                change.work.journal.digest(entry.watch, epoch, entry.seq) == digest
                for epoch in range(position.epoch, 0, -1)
            ):
                return position
            position = self._begin_anew(change, position, entry)
        if entry.seq > position.seq + 1:
            self._note_gap(change, position, entry)
        event = entry.event
        if isinstance(event, OrdersTaken):
            position = replace(position, orders_version=event.version)
        elif isinstance(event, WatchStarted):
            position = replace(position, orders_version=event.orders_version)
        place = self._place(change, position.orders_version, sysid_of(event))
        self._record(change, position, _Delivery(entry, digest, place))
        self._act(change, position, entry, place)
        return replace(position, seq=entry.seq)

    def _record(self, change: Change, position: WatchPosition, delivery: _Delivery) -> None:
        entry, place = delivery.entry, delivery.place
        about = [] if isinstance(entry.event, OrdersTaken) else [RANGE]
        source, target = entry.watch, f"watch:{entry.watch}"
        if place is not None:
            about, source, target = [vehicle(place.sysid)], place.callsign, vehicle(place.sysid)
            if place.slot:
                about.append(slot_subject(place.slot))
        change.record(
            f"watch.{KIND[type(entry.event)]}",
            target,
            words(entry.event),
            {
                "watch": entry.watch,
                "epoch": position.epoch,
                "seq": entry.seq,
                "monotonic_s": entry.monotonic_s,
                "event": type(entry.event).__name__,
                "of": entry.event,
            },
            about=about,
            happened=entry.utc,
            source=source,
        )
        change.work.journal.note(entry.watch, position.epoch, entry.seq, delivery.digest)

    def _act(self, change: Change, position: WatchPosition, entry: JournalEntry, place: Place | None) -> None:
        event = entry.event
        match event:
            case AlarmChanged(alarm):
                change.work.alarms.put(alarm)
            case FenceReadBack(_, equal, _, sha256, detail):
                if equal and self._was_ordered_otherwise(change, position.orders_version, place):
                    equal, detail = False, "it was read back under earlier orders"
                self._fence(change, place, sha256 if equal else None, detail or "read back equal")
            case VehicleRestored():
                self._fence(change, place, None, "what the vehicle had was put back")
            case VehicleRebooted():
                self._fence(change, place, None, "the autopilot has restarted since")
            case ArmedChanged(_, armed):
                self._armed(change, place, entry.utc, armed=armed)
            case CommandMoved(progress):
                _stop_path(change, place, progress, entry.utc)
                if place is not None:
                    self._reviews.consider(change, progress, place, entry.utc)
        if place is not None:
            self._incidents.consider(change, event, entry.utc, place)

    def _fence(self, change: Change, place: Place | None, sha256: str | None, detail: str) -> None:
        """What is on board counts for the slot that was ordered when it was read, and for no other."""
        if place is None or not place.slot:
            return
        clearance: Clearance = change.work.clearances.get(SlotId(place.slot))
        if (clearance.fence_sha256, clearance.fence_detail) == (sha256, detail):
            return
        change.work.clearances.put(replace(clearance, fence_sha256=sha256, fence_detail=detail))
        change.changed("slots")
        self._desk.refresh(change)

    def _was_ordered_otherwise(self, change: Change, orders_version: int, place: Place | None) -> bool:
        """Another fence or return altitude is in force by now than the watch had when it told this, late."""
        newest = change.work.orders.latest()
        if place is None or newest is None or newest.version == orders_version:
            return False
        then = change.work.orders.get(orders_version)
        now_ordered = newest.vehicle(place.sysid)
        then_ordered = None if then is None else then.vehicle(place.sysid)
        return now_ordered is None or then_ordered is None or now_ordered.on_board != then_ordered.on_board

    def _armed(self, change: Change, place: Place | None, when: datetime, *, armed: bool) -> None:
        """From arming to disarming is the one flight that a clearance is for."""
        if place is None or not place.slot:
            return
        clearance = change.work.clearances.get(SlotId(place.slot))
        if armed and clearance.cleared:
            change.work.clearances.put(replace(clearance, armed_utc=when))
        elif not armed:
            slot = change.work.slots.get(SlotId(place.slot))
            disarmed(change, self._desk, slot, when, per_take_off=self._per_take_off)

    def _place(self, change: Change, orders_version: int, sysid: Sysid | None) -> Place | None:
        """Whose event it is, by the orders that the watch had taken when it happened."""
        if sysid is None:
            return None
        if self._places[0] != orders_version:
            orders = change.work.orders.get(orders_version)
            places = {
                order.sysid: Place(order.sysid, order.callsign, order.company, order.slot)
                for order in (orders.vehicles if orders else ())
            }
            self._places = (orders_version, places)
        return self._places[1].get(sysid, Place(sysid, f"sysid {sysid}"))

    def _begin_anew(self, change: Change, position: WatchPosition, entry: JournalEntry) -> WatchPosition:
        change.record(
            "watch.journal-anew",
            f"watch:{entry.watch}",
            f"the journal of {entry.watch} began anew at entry {entry.seq}: what it had not yet delivered is lost",
            about=[RANGE],
        )
        return replace(position, epoch=position.epoch + 1, seq=entry.seq - 1)

    def _note_gap(self, change: Change, position: WatchPosition, entry: JournalEntry) -> None:
        change.record(
            "watch.journal-gap",
            f"watch:{entry.watch}",
            f"entries {position.seq + 1} to {entry.seq - 1} of the journal of {entry.watch} are missing",
            about=[RANGE],
        )


def _stop_path(change: Change, place: Place | None, progress: CommandProgress, when: datetime) -> None:
    """A hold or a return was seen: the stop path of this company's vehicle is proved for the day."""
    kind = progress.order.kind
    if place is not None and place.company and kind in STOP_PATH and progress.stage is CommandStage.SEEN:
        change.work.stop_proofs.put(StopProof(place.sysid, place.company, kind, when, progress.order.id))
        change.changed("slots")
