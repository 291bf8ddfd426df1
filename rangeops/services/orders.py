"""What the watch is to enforce, built from slots, range, links and clearances; a new version whenever it differs."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from rangeops.domain.airspace import Airspace
from rangeops.domain.clearance import CLEARABLE, Clearance
from rangeops.domain.errors import Conflict
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.jamming import LONGEST_GRACE_MINUTES, gnss_denied
from rangeops.domain.orders import KeepOut, Orders, VehicleOrder
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import OperationalVolumes, Volume, polygon_of
from rangeops.domain.writes import Consent, ConsentKind
from rangeops.domain.zones import UNLIMITED_M, Restriction
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import SERVER, Change
from rangeops.services.leases import LeaseDesk, one_is_on_its_way
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import Airframes
from rangeops.services.zone_version import zone_version
from rangeops.wire.messages import to_json

NEIGHBOURS_M: Final = 100.0  # contingency volumes nearer than this: their vehicles' ways home may cross
RTL_STEP_M: Final = 10.0
OVERRUN: Final = timedelta(minutes=30)  # slots farther apart than this fly one after the other
_UNDER_CEILING_M: Final = 5.0  # a return to launch must not climb into the fence's ceiling


class OrderDesk:
    """`refresh` within any change that may matter to a watch; `current` for a watch that connects."""

    def __init__(
        self, definition: RangeDefinition, airframes: Airframes, book: AirspaceBook, leases: LeaseDesk
    ) -> None:
        self._definition = definition
        self._airframes = airframes
        self._book = book
        self._leases = leases
        self.zones = zone_version(definition)
        self.node_of_link = {uri: node.name for node in definition.watches for uri in node.links}

    def volumes_of(self, slot: Slot) -> OperationalVolumes:
        return self._book.volumes(slot)

    def current(self, change: Change) -> Orders:
        """The orders in force, issued now where there are none yet."""
        self.refresh(change)
        orders = change.work.orders.latest()
        assert orders is not None  # refresh has issued the first
        return orders

    def refresh(self, change: Change) -> None:
        """Issue new orders if slots, clearances, links or the range say something else than the orders in force."""
        latest = change.work.orders.latest()
        orders = self._build(change, latest)
        if orders == latest:
            return
        self._issue(change, replace(orders, version=orders.version + 1))

    def overtake(self, change: Change, watch: str, version: int) -> Orders:
        """Issue orders above a version that a watch has and this database never knew: it was put back meanwhile.

        A watch obeys no orders below its own, so that without these nothing would reach it any more.
        """
        latest = change.work.orders.latest()
        if latest is not None and latest.version > version:
            return latest
        orders = replace(self._build(change, latest), version=version + 1)
        there = "none" if latest is None else latest.version
        self._issue(
            change, orders, f"; {watch} has orders {version}, the newest here were {there}: the database was put back"
        )
        return orders

    def _issue(self, change: Change, orders: Orders, why: str = "") -> None:
        change.work.orders.add(orders, change.now.utc)
        cleared = ", ".join(vehicle.callsign for vehicle in orders.vehicles if vehicle.cleared) or "none"
        change.record(
            "orders.issue",
            f"orders:{orders.version}",
            f"orders {orders.version}: {len(orders.vehicles)} vehicles, cleared: {cleared}{why}",
            {"version": orders.version, "sha256": hashlib.sha256(to_json(orders)).hexdigest()},
            actor=SERVER,
        )
        change.issued(orders)

    def taken(self, change: Change) -> None:
        """A watch has taken orders: a lease that waited for its word can go to the next."""
        if one_is_on_its_way(change.work.orders.latest()):
            self.refresh(change)

    def _build(self, change: Change, latest: Orders | None) -> Orders:
        definition = self._definition
        in_force = _in_force(change)
        clearances = self._give_rtl_altitudes(change, in_force)
        slots = _one_a_vehicle(in_force)
        jammers = self._jammers(change.work, slots)
        return Orders(
            version=0 if latest is None else latest.version,
            range_id=definition.id,
            origin_latitude_deg=definition.frame.origin_latitude_deg,
            origin_longitude_deg=definition.frame.origin_longitude_deg,
            elevation_amsl_m=definition.elevation_amsl_m,
            boundary=definition.boundary,
            policy=definition.policy,
            links=change.work.links.all(),
            vehicles=tuple(self._vehicle(slot, clearances[slot.id], jammers) for slot in slots),
            keep_out=keep_out(definition, change.now.utc, max((slot.ends for slot in slots), default=change.now.utc)),
            no_landing=no_landing(definition),
            leases=self._leases.leases(change, latest, slots),
            nodes=definition.watches,
            wind_mps=definition.wind_mps,
            geoid_offset_m=definition.geoid_offset_m,
        )

    def _jammers(self, work: UnitOfWork, slots: Sequence[Slot]) -> tuple[tuple[Slot, Airspace], ...]:
        """The slots that jam GNSS while any of these lasts."""
        if not slots:
            return ()
        grace = timedelta(minutes=LONGEST_GRACE_MINUTES)
        starts, ends = min(slot.held_from for slot in slots), max(slot.held_until for slot in slots)
        around = work.slots.holding(starts - grace, ends + grace)
        return tuple((slot, self._book.bare(slot)) for slot in around if slot.terms.jamming is not None)

    def _vehicle(self, slot: Slot, clearance: Clearance, jammers: Iterable[tuple[Slot, Airspace]]) -> VehicleOrder:
        assert clearance.rtl_altitude_m is not None  # given before
        return VehicleOrder(
            sysid=slot.sysid,
            callsign=slot.callsign,
            company=slot.company,
            slot=slot.id,
            starts=slot.starts,
            ends=slot.ends,
            airframe=self._airframes.get(slot.airframe),
            volumes=self.volumes_of(slot),
            cleared=clearance.cleared,
            fence_sha256=clearance.fence_sha256,
            rtl_altitude_m=clearance.rtl_altitude_m,
            contact=slot.call,
            consent=consent_of(slot, clearance),
            gnss_denied=gnss_denied(slot, self._book.bare(slot), jammers),
            withdrawn=clearance.withdrawn,
        )

    def _give_rtl_altitudes(self, change: Change, slots: Sequence[Slot]) -> dict[SlotId, Clearance]:
        """A slot gets its altitude when it is briefed, and keeps it in flight, whoever comes beside it.

        One that isn't cleared yet gets another where a neighbour that should have landed still has it; its fence must be
        loaded anew then.
        """
        given = change.work.clearances.of([slot.id for slot in slots])
        for slot in slots:
            clearance = given[slot.id]
            others = [
                (other, altitude_m)
                for other in slots
                if other is not slot
                and (altitude_m := given[other.id].rtl_altitude_m) is not None
                and _meet(slot, other, change.now.utc)
                and self._are_neighbours(slot, other)
            ]
            if clearance.rtl_altitude_m is None or _is_overrun(slot, clearance, others, change.now.utc):
                altitude_m = self._free_altitude(slot, {altitude_m for _, altitude_m in others})
                given[slot.id] = replace(clearance, rtl_altitude_m=altitude_m, fence_sha256=None)
                change.work.clearances.put(given[slot.id])
        return given

    def _free_altitude(self, slot: Slot, taken: set[float]) -> float:
        band = self._definition.rtl_altitudes
        ceiling_m = self.volumes_of(slot).flight_geography.ceiling_amsl_m - self._definition.elevation_amsl_m
        highest_m = min(band.highest_m, ceiling_m - _UNDER_CEILING_M)
        altitude_m = min(band.lowest_m, highest_m)
        while altitude_m <= highest_m:
            if all(abs(other - altitude_m) >= RTL_STEP_M for other in taken):
                return altitude_m
            altitude_m += RTL_STEP_M
        raise Conflict(
            "its neighbours use every return-to-launch altitude under its ceiling",
            where=f"slot {slot.id}",
            do="Brief it when a neighbour has closed, or choose a volume farther off.",
        )

    def _are_neighbours(self, one: Slot, other: Slot) -> bool:
        return _are_near(self.volumes_of(one).contingency, self.volumes_of(other).contingency, self._definition.frame)


@lru_cache(maxsize=1024)
def _are_near(one: Volume, other: Volume, frame: SiteFrame) -> bool:
    return float(polygon_of(one, frame).distance(polygon_of(other, frame))) < NEIGHBOURS_M


def _meet(one: Slot, other: Slot, now: datetime) -> bool:
    """May both vehicles be in the air at a time? A slot that is over and still active lasts on."""

    def until(slot: Slot) -> datetime:
        return (max(slot.held_until, now) if slot.state is SlotState.ACTIVE else slot.held_until) + OVERRUN

    return one.held_from < until(other) and other.held_from < until(one)


def _is_overrun(slot: Slot, clearance: Clearance, others: Iterable[tuple[Slot, float]], now: datetime) -> bool:
    """Somebody who should have landed has the altitude of a slot that isn't cleared yet."""
    own_m = clearance.rtl_altitude_m
    return (
        own_m is not None
        and slot.state is SlotState.BRIEFED
        and not clearance.cleared
        and any(
            other.state is SlotState.ACTIVE and other.held_until < now and abs(altitude_m - own_m) < RTL_STEP_M
            for other, altitude_m in others
        )
    )


def no_landing(definition: RangeDefinition) -> tuple[KeepOut, ...]:
    """The range's no-LAND areas, at every height."""
    return tuple(KeepOut(area.name, Volume(area.ring, -UNLIMITED_M, UNLIMITED_M)) for area in definition.no_landing)


def keep_out(definition: RangeDefinition, starts: datetime, ends: datetime) -> tuple[KeepOut, ...]:
    """The prohibited zones that hold at any time while the ordered slots last, and when."""
    ends = max(starts, ends)
    return tuple(
        KeepOut(zone.name or zone.id, area.volume(definition.frame, definition.heights), spans)
        for zone in definition.zones
        if zone.restriction is Restriction.PROHIBITED
        and (spans := zone.spans(starts, ends, definition.sun)) is not None
        for area in zone.areas
    )


def consent_of(slot: Slot, clearance: Clearance) -> Consent | None:
    """What stands: a word to one diff is the newer, and the narrower; None where nobody agreed."""
    if clearance.agreed_sha256:
        return Consent(ConsentKind.WORD, clearance.agreed_by, clearance.agreed_sha256)
    return Consent(ConsentKind.STANDING, slot.consent) if slot.consent else None


def ordered_slots(change: Change) -> tuple[Slot, ...]:
    """The slots that a watch enforces: one a vehicle, the active one first, else the next that was briefed."""
    return _one_a_vehicle(_in_force(change))


def _one_a_vehicle(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    chosen: dict[Sysid, Slot] = {}
    for slot in slots:
        present = chosen.get(slot.sysid)
        if present is None or (slot.state is SlotState.ACTIVE and present.state is not SlotState.ACTIVE):
            chosen[slot.sysid] = slot
    return tuple(chosen[sysid] for sysid in sorted(chosen))


def _in_force(change: Change) -> list[Slot]:
    """An active slot stays until it is closed, also past its end: its vehicle may still fly."""
    slots = change.work.slots.in_state(CLEARABLE)
    return [slot for slot in slots if slot.state is SlotState.ACTIVE or slot.ends > change.now.utc]
