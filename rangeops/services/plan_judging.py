"""One plan file judged, with all that a report of it needs: what it was held against, its route, its findings in words."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_findings import Code, Finding, Outcome, Verdict
from rangeops.domain.plan_fixing import Change, fixed
from rangeops.domain.plan_route import Route, route_of
from rangeops.domain.plan_rules import check
from rangeops.domain.plans import FlightPlan
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.terrain import FlatGround
from rangeops.domain.volumes import BookableVolume, Volume, VolumeId
from rangeops.services.plan_text import checks_of
from rangeops.services.zone_version import ZoneVersion, zone_version
from rangeops.wire.api import PlanCheck

ANYWHERE: Final = frozenset([Code.FMT_01, Code.FMT_02, Code.FMT_03, Code.CMD_01, Code.CMD_02, Code.CMD_03, Code.SPD_01])
"""What can be judged of a plan without knowing where it is to be flown: its format, its commands, its speeds."""

_HALF_SIDE_M: Final = 20_000.0  # of the square about home for "anywhere"; its corners are in a frame's reach
_DEPTH_M: Final = 100_000.0


@dataclass(frozen=True, slots=True)
class JudgedPlan:
    """file: as it was named. findings[n] is told by checks[n]; the other checks are rules without a finding.

    anywhere: held against no range; then only the rules of ANYWHERE were asked. slot: whose sheet it was held against.
    """

    file: str
    sha256: str
    plan: FlightPlan
    context: PlanContext
    verdict: Verdict
    checks: tuple[PlanCheck, ...]
    route: Route
    zones: ZoneVersion
    anywhere: bool = False
    slot: str = ""

    @property
    def findings(self) -> tuple[tuple[Finding, PlanCheck], ...]:
        return tuple(zip(self.verdict.findings, self.checks, strict=False))

    @property
    def passed(self) -> bool:
        return self.verdict.outcome is Outcome.PASSED

    @property
    def is_located(self) -> bool:
        """Whether its route can be drawn on the range's map."""
        return bool(self.route.legs) and not any(finding.code is Code.FMT_03 for finding in self.verdict.findings)


def judged(
    file: str, content: bytes, plan: FlightPlan, context: PlanContext, *, anywhere: bool = False, slot: str = ""
) -> JudgedPlan:
    """Raises Invalid, as `check` does."""
    if anywhere:
        context = _about_home(plan, context)
    verdict = check(plan, context)
    if anywhere:
        verdict = Verdict(tuple(answer for answer in verdict.answers if answer.code in ANYWHERE))
    return JudgedPlan(
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        plan=plan,
        context=context,
        verdict=verdict,
        checks=checks_of(verdict, context.volume.id),
        route=route_of(plan, context.basis_from(plan.home)),
        zones=zone_version(context.range),
        anywhere=anywhere,
        slot=slot,
    )


def mended(before: JudgedPlan) -> tuple[FlightPlan, tuple[Change, ...]]:
    """The plan with every fix that helps; it may still be refused."""
    return fixed(before.plan, before.context)


def _about_home(plan: FlightPlan, context: PlanContext) -> PlanContext:
    """The same airframe over an open square about the plan's home, on flat ground at its altitude."""
    place = plan.home or next((item for item in plan.items if item.has_place), None)
    if place is None:
        return context
    latitude, longitude = place.latitude_deg or 0.0, place.longitude_deg or 0.0
    ground_m = (plan.home.altitude_amsl_m if plan.home is not None else None) or 0.0
    definition = _open_square(context.range, latitude, longitude, ground_m)
    return replace(context, range=definition, volume=definition.volumes[0])


def _open_square(usual: RangeDefinition, latitude_deg: float, longitude_deg: float, ground_m: float) -> RangeDefinition:
    """A range without zones or neighbours; speeds and margins are the usual range's."""
    frame = SiteFrame(latitude_deg, longitude_deg)
    half = _HALF_SIDE_M
    ring = tuple(
        frame.to_geodetic(east, north) for east, north in ((-half, -half), (half, -half), (half, half), (-half, half))
    )
    space = Volume(ring, ground_m - _DEPTH_M, ground_m + _DEPTH_M)
    return replace(
        usual,
        id="anywhere",
        name="Anywhere",
        synthetic=False,
        note="",
        frame=frame,
        elevation_amsl_m=ground_m,
        terrain=FlatGround(ground_m, 0.0),
        boundary=space,
        runway=(),
        volumes=(BookableVolume(VolumeId("ANYWHERE"), "Anywhere", space),),
        zones=(),
        landing_areas=(),
        no_landing=(),
        assumptions=replace(usual.assumptions, ground_amsl_m=ground_m),
    )
