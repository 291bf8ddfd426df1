"""What must hold after any range day, by code that doesn't ask the product how it judged: I1 to I7 of docs/range-days.md.

`broken(evidence)` gives every way in which it doesn't. Geometry by shapely in pyproj's metres, frames by pymavlink, hashes and
signatures by hashlib and cryptography.
"""

import bisect
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final, NamedTuple

from day_evidence import FINAL, DayEvidence, Heard, TruePoint
from day_frames import i7_nothing_sent_that_nobody_ordered
from day_proofs import i5_evidence_verifies_and_is_complete, i6_no_acknowledged_data_lost
from day_spans import Broken, alarmed, spans_of
from shapely import Point, Polygon

from rangeops.domain.orders import VehicleOrder
from rangeops.domain.slots import Slot
from rangeops.domain.volumes import Volume

POSITION_ERROR_M: Final = 3.0  # SORA's S_GPS (docs/safety/volumes.md): deeper outside than this counts as outside …
HEIGHT_ERROR_M: Final = 4.0  # … and likewise in height
REPORT_S: Final = 0.2  # positions come five times a second (docs/mavlink.md, streams)
LOOK_S: Final = 0.25  # a vehicle that sends nothing is looked at so often, its conditions too (watch/loop.py)
LOST_REPORTS: Final = 2  # in a row that a link may lose without an alarm of its own
ALARM_S: Final = REPORT_S * (1 + LOST_REPORTS) + LOOK_S
"""The longest from leaving to the alarm where positions come: a report, two that are lost, one look."""
ARMED_S: Final = 1.0 * (1 + LOST_REPORTS) + LOOK_S
"""Likewise from taking off without the range's word: heartbeats come once a second."""
STALE_S: Final = 2.0  # positions older than this are none: telemetry-stale (docs/alarms.md)
LOST_S: Final = 5.0  # heartbeats: link-lost
TRUST_S: Final = 5.0 + 1.0  # an estimator's word counts so long, and its alarm waits a second
WATCH_BACK_S: Final = 1.0 + 0.5  # silent so long, and ENFORCEMENT DOWN stands

OUTSIDE: Final = frozenset(
    ["forecast-exit", "prohibited-zone", "above-ceiling", "outside-flight-geography", "outside-contingency-volume", "outside-range"]
)  # fmt: skip
UNSEEN: Final = frozenset(
    ["telemetry-stale", "link-lost", "position-untrusted", "reach-touches-edge", "vehicle-unjudged"]
)
NO_WORD: Final = frozenset(["armed-without-clearance", "flies-withdrawn", "slot-overrun"])
DOWN: Final = frozenset(["enforcement-down"])


def broken(day: DayEvidence) -> list[Broken]:
    """Everything that doesn't hold, by invariant and time; empty where all do."""
    return [each for invariant in INVARIANTS for each in invariant(day)]


# I1


class _Held(NamedTuple):
    slot: Slot
    footprint: Polygon
    floor_amsl_m: float
    ceiling_amsl_m: float


def i1_no_two_volumes_overlap(day: DayEvidence) -> Iterator[Broken]:
    """Of slots that held airspace at the same moment, contingency volumes are apart in plan view, in height or in time."""
    lateral_m, vertical_m, apart = day.separation
    seen: set[tuple[str, int, str, int]] = set()
    for slots in day.held:
        for one, other in combinations([_held(day, slot) for slot in slots], 2):
            pair = (one.slot.id, one.slot.version, other.slot.id, other.slot.version)
            if pair in seen:
                continue
            seen.add(pair)
            if (
                one.slot.held_from < other.slot.held_until + apart
                and other.slot.held_from < one.slot.held_until + apart
                and one.floor_amsl_m < other.ceiling_amsl_m + vertical_m
                and other.floor_amsl_m < one.ceiling_amsl_m + vertical_m
                and one.footprint.distance(other.footprint)
                < lateral_m - 0.02  # 1 cm is no overlap, drawn figures differ
            ):
                yield Broken("I1", one.slot.starts, f"{one.slot.id} and {other.slot.id} hold the same air")
            if one.slot.sysid == other.slot.sysid and (
                one.slot.held_from < other.slot.held_until and other.slot.held_from < one.slot.held_until
            ):
                yield Broken("I1", one.slot.starts, f"{one.slot.id} and {other.slot.id} have the same vehicle")


def _held(day: DayEvidence, slot: Slot) -> _Held:
    """Flight geography and contingency volume by the formulas of docs/safety/volumes.md with default deceleration."""
    geography = slot.drawn or day.volumes[slot.volume]
    speed_mps = day.speeds_mps[slot.airframe]
    outward_m = 3.0 + 3.0 + 1.0 + speed_mps + speed_mps**2 / (2 * 9.81)  # 45 degrees of pitch: the least there is
    rise_m = 4.0 + math.sqrt(0.5) * speed_mps + 0.3 * speed_mps**2 / 9.81  # a plane's, the least there is
    return _Held(
        slot,
        day.footprint(geography).buffer(outward_m),
        geography.floor_amsl_m - rise_m,
        geography.ceiling_amsl_m + rise_m,
    )


# I2


def i2_nobody_flies_without_clearance_unalarmed(day: DayEvidence) -> Iterator[Broken]:
    for sysid, track in day.truth.items():
        orders = _OrdersOf(day, sysid)
        for since, until in spans_of(track, lambda point, o=orders: point.airborne and not o.may_fly(point.utc)):  # type: ignore[misc]
            if until - since <= timedelta(seconds=ARMED_S) or _excused(day, sysid, since, until, orders):
                continue
            wanted = NO_WORD if orders.at(since) is None else NO_WORD | UNSEEN
            if not alarmed(day, sysid, wanted, since, until, within_s=_late_s(day, sysid, since, ARMED_S)):
                yield Broken("I2", since, f"sysid {sysid} flies without clearance for {until - since}, unalarmed")


# I3


def i3_every_excursion_is_alarmed(day: DayEvidence) -> Iterator[Broken]:
    """Alarmed before or at it, where the range could know; where it couldn't, that is what is alarmed."""
    for sysid, track in day.truth.items():
        orders, heard = _OrdersOf(day, sysid), day.heard.get(sysid, ())
        areas = _Areas(day)
        for since, until in spans_of(track, lambda point, o=orders, a=areas: _outside(point, o, a)):  # type: ignore[misc]
            if until - since <= timedelta(seconds=ALARM_S) or _excused(day, sysid, since, until, orders):
                continue
            if alarmed(day, sysid, OUTSIDE, since, until, within_s=_late_s(day, sysid, since, ALARM_S)):
                continue
            told = _first_told_outside(heard, since, until, orders, areas)
            if told is not None and alarmed(
                day, sysid, OUTSIDE, told, until, within_s=_late_s(day, sysid, told, ALARM_S)
            ):
                continue
            if told is None and alarmed(day, sysid, UNSEEN, since, until, within_s=TRUST_S + ALARM_S):
                continue
            if told is None and until - since <= timedelta(seconds=TRUST_S + ALARM_S):
                continue  # over before it could be known that nothing is known
            says = "never told so" if told is None else f"told it {(told - since).total_seconds():.1f} s after"
            yield Broken("I3", since, f"sysid {sysid} is outside for {until - since}, unalarmed; it {says}")


class _Areas:
    """Footprints, made once for each volume."""

    def __init__(self, day: DayEvidence) -> None:
        self._day = day
        self._made: dict[Volume, Polygon] = {}

    def beyond(self, volume: Volume, place: tuple[float, float, float]) -> bool:
        """More than the error outside: beside it, over its ceiling or under its floor."""
        latitude_deg, longitude_deg, altitude_amsl_m = place
        if (
            altitude_amsl_m > volume.ceiling_amsl_m + HEIGHT_ERROR_M
            or altitude_amsl_m < volume.floor_amsl_m - HEIGHT_ERROR_M
        ):
            return True
        if volume not in self._made:
            self._made[volume] = self._day.footprint(volume).buffer(POSITION_ERROR_M)
        return not self._made[volume].contains(Point(self._day.metres(latitude_deg, longitude_deg)))


def _outside(point: TruePoint, orders: "_OrdersOf", areas: _Areas) -> bool:
    order = orders.at(point.utc)
    if order is None or not point.airborne:
        return False
    return areas.beyond(
        order.volumes.flight_geography, (point.latitude_deg, point.longitude_deg, point.altitude_amsl_m)
    )


def _first_told_outside(
    heard: Sequence[Heard], since: datetime, until: datetime, orders: "_OrdersOf", areas: _Areas
) -> datetime | None:
    """When the vehicle first said itself that it is outside."""
    for each in heard:
        if not since <= each.utc <= until or each.place is None:
            continue
        order = orders.at(each.utc)
        if order is not None and areas.beyond(order.volumes.flight_geography, each.place):
            return each.utc
    return None


# I4


def i4_every_commands_outcome_is_known(day: DayEvidence) -> Iterator[Broken]:
    last: dict[str, tuple[datetime, str]] = {}
    for when, _, of in day.events("CommandMoved"):
        progress = of["progress"]
        last[progress["order"]["id"]] = (when, progress["stage"])
    unsent = {payload["says"] for entry, payload in day.payloads if entry.action == "command.unsent"}
    for command, when in ordered_by_people(day):
        if command not in last and not any(f"({command})" in says for says in unsent):
            yield Broken("I4", when, f"nobody knows what became of {command}")
    for command, (when, stage) in last.items():
        if stage not in FINAL:
            yield Broken("I4", when, f"{command} ended as {stage}")


def ordered_by_people(day: DayEvidence) -> Iterator[tuple[str, datetime]]:
    """Every command that somebody ordered, and when that was recorded."""
    for entry, payload in day.payloads:
        body = payload["body"]
        if entry.action == "command.order":
            yield body["id"], entry.utc
        elif entry.action == "sector.clear":
            yield from ((order["id"], entry.utc) for order in body["orders"])


# What was in force, and what couldn't be known.


@dataclass
class _OrdersOf:
    """One vehicle's order in force on the watch, over the day: of several the one that begins first."""

    day: DayEvidence
    sysid: int

    def __post_init__(self) -> None:
        self._since = [when for when, _ in self.day.orders]
        self._orders = [
            min(
                (each for each in orders.vehicles if each.sysid == self.sysid),
                key=lambda each: each.starts,
                default=None,
            )
            for _, orders in self.day.orders
        ]

    def at(self, utc: datetime) -> VehicleOrder | None:
        index = bisect.bisect_right(self._since, utc) - 1
        return self._orders[index] if index >= 0 else None

    def may_fly(self, utc: datetime) -> bool:
        order = self.at(utc)
        return order is not None and order.cleared and order.starts <= utc <= order.ends


def _excused(day: DayEvidence, sysid: int, since: datetime, until: datetime, orders: _OrdersOf) -> bool:
    """No watch ran for all that matters of it, or the range was told nothing of this vehicle, and doesn't know it.

    That no watch runs is alarmed itself, where a server is there to say so.
    """
    for down, back in day.blind:
        if since >= down - timedelta(seconds=ALARM_S) and until <= back + timedelta(seconds=LOST_S):
            return True
    never_heard = not any(since - timedelta(seconds=LOST_S) <= each.utc <= until for each in day.heard.get(sysid, ()))
    return never_heard and orders.at(since) is None


def _late_s(day: DayEvidence, sysid: int, since: datetime, usual_s: float) -> float:
    """Longer where a watch that was down has to come back first, or where the vehicle's air is bad."""
    late_s = usual_s
    for down, back in day.blind:
        if down - timedelta(seconds=usual_s) <= since <= back + timedelta(seconds=LOST_S):
            late_s = max(late_s, (back - since).total_seconds() + LOST_S + usual_s)
    if any(
        begins <= since + timedelta(seconds=usual_s) and since <= ends for begins, ends in day.bad_air.get(sysid, ())
    ):
        late_s = max(late_s, TRUST_S + usual_s)
    return late_s


def blind_is_alarmed(day: DayEvidence) -> Iterator[Broken]:
    """I2 and I3 excuse what happens while no watch runs: then that stands as an alarm, where a server is there to say so."""
    for down, back in day.blind:
        served = not any(begins <= back and down <= ends for begins, ends in day.unserved)
        if not served or back - down <= timedelta(seconds=WATCH_BACK_S):
            continue
        if not any(
            each.condition in DOWN and each.since <= down + timedelta(seconds=WATCH_BACK_S) and each.until >= down
            for each in day.alarms
        ):
            yield Broken("I2", down, f"no watch ran for {back - down}, and nothing said so")


Invariant = Callable[[DayEvidence], Iterable[Broken]]
INVARIANTS: Final[Sequence[Invariant]] = (
    i1_no_two_volumes_overlap,
    i2_nobody_flies_without_clearance_unalarmed,
    blind_is_alarmed,
    i3_every_excursion_is_alarmed,
    i4_every_commands_outcome_is_known,
    i5_evidence_verifies_and_is_complete,
    i6_no_acknowledged_data_lost,
    i7_nothing_sent_that_nobody_ordered,
)
