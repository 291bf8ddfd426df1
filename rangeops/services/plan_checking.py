"""Checking one plan file: the same for the server's process pool and for a company's own machine without a server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.aircraft import Airframe
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_findings import Code
from rangeops.domain.plan_route import LegKind, Route, route_of
from rangeops.domain.plan_rules import check
from rangeops.domain.plans import FlightPlan
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.volumes import BookableVolume
from rangeops.services.plan_text import checks_of
from rangeops.services.ports.plans import CheckedPlan, PlanFile
from rangeops.wire.api import PlanPoint

PlanReader = Callable[[str, bytes], FlightPlan]
"""From a file's name and content; adapters.formats.plan_files.read_plan. Raises Invalid."""


@dataclass(frozen=True, slots=True)
class PlanChecking:
    """The PlanChecker of one range. Frozen and picklable, so that a process pool can have it."""

    definition: RangeDefinition
    read_plan: PlanReader

    def __call__(self, file: PlanFile) -> CheckedPlan:
        plan = self.read_plan(file.file_name, file.content)
        return checked(plan, context_of(file, self.definition))


def context_of(file: PlanFile, definition: RangeDefinition) -> PlanContext:
    """What a file is held against. With the highest return altitude that the range assigns, so that any of them fits."""
    volume = (
        definition.volume(file.volume) if file.drawn is None else BookableVolume(file.volume, file.volume, file.drawn)
    )
    highest = definition.rtl_altitudes.highest_m
    return PlanContext(definition, volume, file.airframe, rtl_altitude_m=highest, slot=file.minutes)


def check_plan(
    plan: FlightPlan,
    *,
    volume: BookableVolume,
    airframe: Airframe,
    range_definition: RangeDefinition,
    rtl_altitude_m: float | None = None,
    slot: tuple[datetime, datetime] | None = None,
) -> CheckedPlan:
    """rtl_altitude_m: that the order will set; None: the highest that the range assigns, so that any of them fits."""
    highest = range_definition.rtl_altitudes.highest_m
    context = PlanContext(
        range=range_definition,
        volume=volume,
        airframe=airframe,
        rtl_altitude_m=highest if rtl_altitude_m is None else rtl_altitude_m,
        slot=slot,
    )
    return checked(plan, context)


def checked(plan: FlightPlan, context: PlanContext) -> CheckedPlan:
    """Raises Invalid, as `check` does."""
    verdict = check(plan, context)
    is_elsewhere = any(finding.code is Code.FMT_03 for finding in verdict.findings)
    path = () if is_elsewhere else path_of(route_of(plan, context.basis_from(plan.home)))
    return CheckedPlan(verdict.outcome.value, checks_of(verdict, context.volume.id), path)


def path_of(route: Route) -> tuple[PlanPoint, ...]:
    """The route as a line on a map: home, then where each leg leads, each leg once."""
    points: list[PlanPoint] = []
    drawn = set()
    for leg, _ in route.legs:
        if (path := (leg.kind, leg.origin, leg.target, leg.end)) in drawn:
            continue  # the same path, flown another time with another leg to follow
        drawn.add(path)
        start = leg.start
        if not points:
            points.append(PlanPoint(0, start.latitude_deg, start.longitude_deg, start.altitude_amsl_m))
        elif (start.latitude_deg, start.longitude_deg) != (points[-1].latitude_deg, points[-1].longitude_deg):
            # After a jump the last leg led back: along it again to where this one begins.
            points.append(PlanPoint(leg.origin, start.latitude_deg, start.longitude_deg, start.altitude_amsl_m))
        if leg.kind is not LegKind.HOLD:
            end = leg.end
            points.append(PlanPoint(leg.target, end.latitude_deg, end.longitude_deg, end.altitude_amsl_m))
    return tuple(points)
