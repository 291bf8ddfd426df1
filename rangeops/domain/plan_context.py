"""What a plan is held against: range, volume, airframe, minutes, and what others and the papers say."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum

from rangeops.domain.aircraft import Airframe
from rangeops.domain.plan_route import RouteBasis
from rangeops.domain.plans import PlanHome
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.volumes import BookableVolume, Volume


@dataclass(frozen=True, slots=True)
class OtherFlight:
    """Another slot's volume and minutes. name: as an operator calls it ("slot S7")."""

    name: str
    volume: Volume
    starts: datetime
    ends: datetime

    def shares(self, slot: tuple[datetime, datetime] | None) -> bool:
        """Any moment in common; without a slot any may be."""
        return slot is None or (self.starts < slot[1] and slot[0] < self.ends)


class PaperKind(Enum):
    AIRCRAFT = "aircraft"
    PILOT = "pilot"
    INSURANCE = "insurance"


@dataclass(frozen=True, slots=True)
class Paper:
    """One thing that must be current on the day. name: as people call it ("pilot J. Jansen's A2 certificate").

    valid_until: the last day on which it holds; None: it was never shown.
    """

    kind: PaperKind
    name: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a plan is held against.

    rtl_altitude_m: that the order will set, above home. slot: first and last minute, where one is booked.
    authorisations: ids of zones that this flight may enter. others: whose air it may not share. facts: papers that must
    be current. visibility_m: on the ground, for a flight that the pilot must see; None: no such flight.
    """

    range: RangeDefinition
    volume: BookableVolume
    airframe: Airframe
    rtl_altitude_m: float
    slot: tuple[datetime, datetime] | None = None
    authorisations: frozenset[str] = frozenset()
    others: tuple[OtherFlight, ...] = ()
    facts: tuple[Paper, ...] = ()
    visibility_m: float | None = None

    @property
    def basis(self) -> RouteBasis:
        airframe, frame, terrain = self.airframe, self.range.frame, self.range.terrain
        return RouteBasis(
            home_amsl_m=self.range.elevation_amsl_m,
            rtl_altitude_m=self.rtl_altitude_m,
            speed_mps=airframe.cruise_speed_mps,
            vehicle_class=airframe.vehicle_class,
            climb_mps=airframe.climb_speed_mps,
            loiter_radius_m=airframe.loiter_radius_m,
            rtl_radius_m=airframe.rtl_radius_m,
            ground=lambda latitude, longitude: terrain.ground_m(*frame.to_site(latitude, longitude)),
        )

    def basis_from(self, home: PlanHome | None) -> RouteBasis:
        """For a plan that starts there: its home's altitude is the ground's."""
        basis = self.basis
        ground = None if home is None or basis.ground is None else basis.ground(home.latitude_deg, home.longitude_deg)
        return basis if ground is None else replace(basis, home_amsl_m=ground)

    @property
    def path_margin_m(self) -> float:
        """How far inside its volume a planned path stays: what a vehicle strays from its path."""
        return self.range.assumptions.position_keeping_m
