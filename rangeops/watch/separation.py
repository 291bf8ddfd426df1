"""Everybody in the air against everybody: our vehicles with each other and with what the traffic feeds tell.

Asked with the other conditions, five times a second: a position is put into the site's metres once, when it is new.
Whoever is in the air without a position that can be trusted is UNKNOWN, and so is whoever may be near him.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import structlog

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.alarms import Assessment, Condition
from rangeops.domain.conditions import SEPARATION
from rangeops.domain.events import AlarmChanged
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.ladder import airborne
from rangeops.domain.now import Now
from rangeops.domain.reach import HEIGHT_ERROR_M, POSITION_ERROR_M
from rangeops.domain.separation import (
    SEVERITY,
    AllPairs,
    Encounter,
    Mover,
    Movers,
    Shadow,
    Verdict,
    encounters_with,
    may_be_near,
)
from rangeops.domain.separation_rules import Cylinder, SeparationRules
from rangeops.domain.telemetry import PositionReport, Sysid
from rangeops.domain.traffic import CONTACT_STALE_S, Contact, ContactKind, height_of
from rangeops.watch.annunciator import Annunciator
from rangeops.watch.leases import Leases
from rangeops.watch.roster import Roster
from rangeops.wire.picture import EncounterView, TrafficView

FAR_M: Final = 30_000.0  # traffic farther from the site than this is nobody's concern yet
_ECHO_M: Final = 15.0  # a Remote ID that flies where one of ours flies, as fast, is that one's own …
_ECHO_MPS: Final = 2.0  # … within this
_NOBODY: Final = frozenset[tuple[str, str]]()

_CONDITIONS: Final = {
    Verdict.LOST: Condition.SEPARATION_LOST,
    Verdict.CONVERGING: Condition.DRONES_CONVERGE,
    Verdict.UNKNOWN: Condition.SEPARATION_UNKNOWN,
}

_log = structlog.get_logger("watch")


@dataclass(frozen=True, slots=True)
class _Flying:
    """One of ours in the air whose position can be trusted."""

    sysid: Sysid
    name: str
    mover: Mover


class _Ours(NamedTuple):
    """All of those, and the same as arrays."""

    flying: list[_Flying]
    movers: Movers

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.flying]


class _Placed(NamedTuple):
    contact: Contact
    east_m: float
    north_m: float

    @property
    def away_m(self) -> float:
        return math.hypot(self.east_m, self.north_m)


class SeparationWatch:
    """`assess` judges; `encounter_of` and `traffic` are what it then knows, for the screens."""

    def __init__(self, fleet: Fleet, roster: Roster, leases: Leases) -> None:
        self._fleet = fleet
        self._roster = roster
        self._leases = leases
        self._pairs = AllPairs()
        self._places: dict[Sysid, tuple[PositionReport, float, float]] = {}
        self._around: list[_Placed] = []
        self._held: frozenset[tuple[str, str]] = _NOBODY  # by name: places among movers change
        self._worst: dict[Sysid, EncounterView] = {}

    def encounter_of(self, sysid: Sysid) -> EncounterView | None:
        """Its worst encounter; None: nobody is near."""
        return self._worst.get(sysid)

    def assess(self, alarms: Annunciator, now: Now) -> list[AlarmChanged]:
        """Judge everybody, and say it to the alarms of each. What that raises makes everybody UNKNOWN, and no other harm."""
        frame, policy = self._roster.frame, self._roster.policy
        if frame is None or policy is None:
            return []
        sysids = self._roster.sysids(self._fleet.vehicles)
        try:
            found = self._judged(sysids, frame, policy.separation, now)
        except Exception:  # noqa: BLE001  # the loop goes on, and nobody is called clear
            _log.exception("separation can't be judged")
            found = {sysid: [_unknown("can't be judged", "all")] for sysid in sysids}
        self._worst = {sysid: max(views, key=_urgency) for sysid, views in found.items()}
        return [
            changed
            for sysid in sysids
            for source in (self._roster.vehicle(sysid).callsign,)
            for changed in alarms.assess_source(
                source, SEPARATION, self._present(sysid, source, found.get(sysid, ()), policy.separation), now
            )
        ]

    def traffic(self, now: Now) -> tuple[TrafficView, ...]:
        """What the screens show of others; only what is near, the nearest first."""
        policy = self._roster.policy
        if policy is None:
            return ()
        return tuple(self._view(each.contact, policy.separation, now) for each in self._around)

    # Judging.

    def _judged(
        self, sysids: Sequence[Sysid], frame: SiteFrame, rules: SeparationRules, now: Now
    ) -> dict[Sysid, list[EncounterView]]:
        self._around = self._near(frame, now)
        in_air = [sysid for sysid in sysids if self._is_in_air(sysid)]
        seen = [each for sysid in in_air if (each := self._seen(sysid, frame, now)) is not None]
        ours = _Ours(seen, Movers([each.mover for each in seen]))
        trusted = {each.sysid for each in seen}
        unseen = [sysid for sysid in in_air if sysid not in trusted]
        found = {sysid: [_unknown("its position can't be trusted")] for sysid in unseen}
        held: set[tuple[str, str]] = set()
        for each, view in (
            *self._among_us(ours, rules.drones),
            *self._with_traffic(ours, rules, now),
            *self._with_our_unseen(ours, unseen, frame, rules, now),
        ):
            found.setdefault(each.sysid, []).append(view)
            if view.verdict is Verdict.LOST:
                held.add((each.name, view.name))
        self._held = frozenset(held)
        return found

    def _is_in_air(self, sysid: Sysid) -> bool:
        """Whom others can meet in the air: nobody on the ground, and no rover."""
        heard = self._fleet.vehicles.get(sysid)
        return heard is not None and airborne(heard.state) and heard.state.vehicle_class is not VehicleClass.ROVER

    def _seen(self, sysid: Sysid, frame: SiteFrame, now: Now) -> _Flying | None:
        state, vehicle = self._fleet.vehicles[sysid].state, self._roster.vehicle(sysid)
        position = None if vehicle.unjudged else state.trusted_position(now)
        mover = None if position is None else self._mover(sysid, position, frame, now)
        return None if mover is None else _Flying(sysid, vehicle.callsign, mover)

    def _among_us(self, ours: _Ours, rule: Cylinder) -> Iterator[tuple[_Flying, EncounterView]]:
        held = self._held_among(ours.names, ours.names)
        for pair in self._pairs.encounters(ours.movers, rule, held):
            one, other = ours.flying[pair.first], ours.flying[pair.second]
            yield one, _encounter(pair, other.name, ContactKind.DRONE)
            yield other, _encounter(pair, one.name, ContactKind.DRONE)

    def _with_our_unseen(
        self, ours: _Ours, unseen: Sequence[Sysid], frame: SiteFrame, rules: SeparationRules, now: Now
    ) -> Iterator[tuple[_Flying, EncounterView]]:
        """Whoever may be near one of ours of which nobody knows where it is by now, and what crewed comes near its circle."""
        for sysid in unseen:
            vehicle = self._roster.vehicle(sysid)
            if (reach := vehicle.reach(self._fleet.vehicles[sysid].state, now)) is None:
                continue
            east_m, north_m = frame.to_site(reach.latitude_deg, reach.longitude_deg)
            shadow = Shadow(east_m, north_m, reach.radius_m, reach.lowest_amsl_m, reach.highest_amsl_m)
            for place in may_be_near(ours.movers, shadow, rules.drones):
                yield ours.flying[place], _unknown(f"{vehicle.callsign} unseen {reach.age_s:.0f} s", vehicle.callsign)
            anywhere = _Flying(sysid, vehicle.callsign, _somewhere_in(shadow))
            circle = _Ours([anywhere], Movers([anywhere.mover]))
            for each, view in self._with_traffic(circle, rules, now):
                if view.kind == ContactKind.CREWED.value:
                    yield each, _unknown(f"{view.name} near its circle", view.name, ContactKind.CREWED)

    def _mover(self, sysid: Sysid, position: PositionReport, frame: SiteFrame, now: Now) -> Mover | None:
        place = self._places.get(sysid)
        if place is None or place[0] is not position:
            place = (position, *frame.to_site(position.latitude_deg, position.longitude_deg))
            self._places[sysid] = place
        mover = Mover(
            east_m=place[1],
            north_m=place[2],
            altitude_amsl_m=position.altitude_amsl_m,
            east_mps=position.velocity_east_mps,
            north_mps=position.velocity_north_mps,
            up_mps=-position.velocity_down_mps,
            age_s=now.monotonic_s - position.at_s,
            error_m=POSITION_ERROR_M,
            error_up_m=HEIGHT_ERROR_M,
        )
        return mover if mover.is_finite else None

    def _with_traffic(self, ours: _Ours, rules: SeparationRules, now: Now) -> Iterator[tuple[_Flying, EncounterView]]:
        if not ours.flying:
            return
        for kind, rule in ((ContactKind.CREWED, rules.crewed), (ContactKind.DRONE, rules.drones)):
            near = [each for each in self._around if each.contact.kind is kind and not each.contact.on_ground]
            fresh = [each for each in near if each.contact.age_s(now) <= CONTACT_STALE_S]
            yield from self._with_seen(ours, fresh, rule, rules.qnh_unknown_m, now)
            for each in near:
                if each.contact.age_s(now) > CONTACT_STALE_S:
                    yield from _with_unseen(ours, each, rule, now)

    def _with_seen(
        self, ours: _Ours, placed: Sequence[_Placed], rule: Cylinder, qnh_unknown_m: float, now: Now
    ) -> Iterator[tuple[_Flying, EncounterView]]:
        movers = [self._contact_mover(each, qnh_unknown_m, now) for each in placed]
        held = self._held_among(ours.names, [each.contact.name for each in placed])
        for pair in encounters_with(ours.movers, Movers(movers), rule, held):
            flying, contact = ours.flying[pair.first], placed[pair.second].contact
            if contact.kind is ContactKind.DRONE and _is_echo(flying.mover, movers[pair.second]):
                continue
            yield flying, _encounter(pair, contact.name, contact.kind)

    def _near(self, frame: SiteFrame, now: Now) -> list[_Placed]:
        """The contacts within FAR_M, the nearest first."""
        placed = [
            _Placed(contact, *frame.to_site(contact.latitude_deg, contact.longitude_deg))
            for contact in self._fleet.traffic.contacts(now)
            if abs(contact.latitude_deg - frame.origin_latitude_deg) < 1.0
        ]
        return sorted(
            (each for each in placed if each.away_m <= FAR_M), key=lambda each: (each.away_m, each.contact.id)
        )

    def _contact_mover(self, placed: _Placed, qnh_unknown_m: float, now: Now) -> Mover:
        contact = placed.contact
        height = height_of(contact, geoid_offset_m=self._roster.geoid_offset_m, qnh_unknown_m=qnh_unknown_m)
        velocity, age_s = contact.velocity_mps, contact.age_s(now)
        east_mps, north_mps, up_mps = velocity or (0.0, 0.0, 0.0)
        return Mover(
            east_m=placed.east_m,
            north_m=placed.north_m,
            altitude_amsl_m=height.altitude_amsl_m,
            east_mps=east_mps,
            north_mps=north_mps,
            up_mps=up_mps,
            age_s=age_s,
            error_m=contact.error_m + (0.0 if velocity else contact.fastest_mps * age_s),
            error_up_m=height.error_m,
        )

    def _held_among(self, ours: Sequence[str], others: Sequence[str]) -> frozenset[tuple[int, int]]:
        if not self._held:
            return frozenset()
        first, second = ({name: place for place, name in enumerate(names)} for names in (ours, others))
        return frozenset((first[one], second[other]) for one, other in self._held if one in first and other in second)

    # Telling.

    def _present(
        self, sysid: Sysid, source: str, views: Sequence[EncounterView], rules: SeparationRules
    ) -> list[Assessment]:
        """One assessment a condition, with its worst encounter; none where another watch alarms this vehicle."""
        if not views or not self._leases.looks_after(sysid):
            return []
        present: dict[Condition, Assessment] = {}
        for view in sorted(views, key=_urgency, reverse=True):
            if not view.name:
                continue  # that its own position can't be trusted has an alarm of its own
            condition = _condition_of(view)
            rule = rules.crewed if view.kind == ContactKind.CREWED.value else rules.drones
            if condition not in present:
                present[condition] = Assessment(
                    condition,
                    source,
                    present=True,
                    sysid=sysid,
                    value=view.detail,
                    limit=f"{rule.lateral_m:.0f}/{rule.vertical_m:.0f} m",
                )
        if Condition.SEPARATION_LOST in present:
            present.pop(Condition.DRONES_CONVERGE, None)
        return list(present.values())

    def _view(self, contact: Contact, rules: SeparationRules, now: Now) -> TrafficView:
        height = height_of(contact, geoid_offset_m=self._roster.geoid_offset_m, qnh_unknown_m=rules.qnh_unknown_m)
        age_s = contact.age_s(now)
        known = contact.ellipsoid_altitude_m is not None or contact.pressure_altitude_m is not None
        return TrafficView(
            id=contact.id,
            name=contact.name,
            kind=contact.kind.value,
            source=contact.source,
            latitude_deg=contact.latitude_deg,
            longitude_deg=contact.longitude_deg,
            altitude_amsl_m=height.altitude_amsl_m if known else None,
            altitude_error_m=height.error_m if known else None,
            ground_speed_mps=contact.ground_speed_mps,
            track_deg=contact.track_deg,
            climb_mps=contact.climb_mps,
            on_ground=contact.on_ground,
            age_s=age_s,
            stale=age_s > CONTACT_STALE_S,
        )


def _encounter(pair: Encounter, name: str, kind: ContactKind) -> EncounterView:
    now_text = f"{name} {pair.lateral_m:.0f} m, {pair.vertical_m:.0f} m in height"
    soon = f" in {pair.time_to_loss_s:.0f} s" if pair.time_to_loss_s >= 0.5 else ""
    nearest = f"{name}: {pair.cpa_lateral_m:.0f} m apart in {pair.time_to_cpa_s:.0f} s"
    return EncounterView(
        name=name,
        kind=kind.value,
        verdict=pair.verdict,
        detail=now_text if pair.verdict is Verdict.LOST or not soon else nearest,
        lateral_m=pair.lateral_m,
        vertical_m=pair.vertical_m,
        time_to_loss_s=pair.time_to_loss_s,
        time_to_cpa_s=pair.time_to_cpa_s,
        cpa_lateral_m=pair.cpa_lateral_m,
        cpa_vertical_m=pair.cpa_vertical_m,
    )


def _unknown(detail: str, name: str = "", kind: ContactKind = ContactKind.DRONE) -> EncounterView:
    return EncounterView(name=name, kind=kind.value, verdict=Verdict.UNKNOWN, detail=detail)


def _urgency(view: EncounterView) -> tuple[int, float]:
    """The largest is the worst."""
    return SEVERITY[view.verdict], -(view.time_to_loss_s if view.time_to_loss_s is not None else math.inf)


def _condition_of(view: EncounterView) -> Condition:
    if view.kind == ContactKind.CREWED.value:
        return Condition.CREWED_NEAR  # also where it was only heard of a while ago
    return _CONDITIONS[view.verdict]


def _somewhere_in(shadow: Shadow) -> Mover:
    """One that stands in the middle and may be off it by the whole circle."""
    return Mover(
        east_m=shadow.east_m,
        north_m=shadow.north_m,
        altitude_amsl_m=(shadow.lowest_amsl_m + shadow.highest_amsl_m) / 2,
        east_mps=0.0,
        north_mps=0.0,
        up_mps=0.0,
        age_s=0.0,
        error_m=shadow.radius_m,
        error_up_m=(shadow.highest_amsl_m - shadow.lowest_amsl_m) / 2,
    )


def _is_echo(ours: Mover, heard: Mover) -> bool:
    """One of our own that tells of itself by Remote ID, heard back: there, and as fast."""
    apart_m = math.hypot(
        ours.east_m + ours.east_mps * ours.age_s - heard.east_m - heard.east_mps * heard.age_s,
        ours.north_m + ours.north_mps * ours.age_s - heard.north_m - heard.north_mps * heard.age_s,
    )
    faster_mps = math.hypot(ours.east_mps - heard.east_mps, ours.north_mps - heard.north_mps)
    return apart_m <= _ECHO_M and faster_mps <= _ECHO_MPS


def _with_unseen(ours: _Ours, placed: _Placed, rule: Cylinder, now: Now) -> Iterator[tuple[_Flying, EncounterView]]:
    """Whoever may be near an aircraft that was last heard of a while ago, at any height."""
    contact, age_s = placed.contact, placed.contact.age_s(now)
    radius_m = contact.error_m + contact.fastest_mps * age_s
    shadow = Shadow(placed.east_m, placed.north_m, radius_m, -math.inf, math.inf)
    for place in may_be_near(ours.movers, shadow, rule):
        yield ours.flying[place], _unknown(f"{contact.name} unseen {age_s:.0f} s", contact.name, contact.kind)
