"""Random plans and their surroundings, with what the oracle needs to know of them."""

import math
import random
from dataclasses import dataclass, replace

import numpy as np
from flights import L_SHAPE, RETURN, TAKE_OFF, TWENTE, airframe, axes, context, item, place, plan, volume, waypoint
from plan_oracle import Air

from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_findings import Outcome
from rangeops.domain.plan_rules import check_within
from rangeops.domain.plan_surroundings import Surroundings, surroundings_of
from rangeops.domain.plans import Cmd, FlightPlan, WaypointNumber
from rangeops.domain.volumes import margins as volume_margins
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction, Zone, ZoneArea

RECTANGLE = volume((150, -580), (850, -580), (850, -230), (150, -230))
FRAMES = tuple(airframe(name) for name in ("survey-quad", "inspection-quad"))


@dataclass(frozen=True)
class Drawn:
    plan: FlightPlan
    context: PlanContext
    around: Surroundings
    air: Air


def surroundings(rng: random.Random) -> tuple[PlanContext, Surroundings, Air]:
    """A rectangle or an L, some zones, one of two copters, an RTL altitude."""
    flown_in, craft = rng.choice((RECTANGLE, L_SHAPE)), rng.choice(FRAMES)
    circles = tuple(
        (rng.uniform(200, 800), rng.uniform(-540, -270), rng.uniform(5, 25), rng.choice((60.0, 90.0, 150.0)))
        for _ in range(rng.choice((0, 0, 1, 2)))
    )
    zones = tuple(
        Zone(
            f"Z{n}",
            "closed",
            Restriction.PROHIBITED,
            (ZoneArea(Circle(*place(u, v), radius), None, Limit(top, HeightDatum.AMSL)),),
        )
        for n, (u, v, radius, top) in enumerate(circles)
    )
    definition = replace(TWENTE, zones=zones, landing_areas=(), no_landing=())
    where = context(range=definition, volume=flown_in, airframe=craft, rtl_altitude_m=rng.uniform(25, 70))
    geography, policy = flown_in.flight_geography, definition.policy
    figures = volume_margins(
        craft, definition.assumptions, flight_height_m=geography.ceiling_amsl_m - definition.assumptions.ground_amsl_m
    )
    air = Air(
        corners=np.array([axes(*corner) for corner in geography.outer]),
        contingency_m=figures.contingency_m,
        buffer_m=figures.contingency_m + figures.ground_risk_m,
        zones=circles,
        floor=geography.floor_amsl_m,
        ceiling=geography.ceiling_amsl_m,
        ground=definition.elevation_amsl_m,
        ground_error=definition.terrain.error_m,
        rtl_m=where.rtl_altitude_m,
        speed_limit=definition.assumptions.speed_limit_mps,
        wind=definition.wind_mps,
        margin_s=policy.reaction_margin_s,
        horizon_s=policy.forecast_horizon_s,
        link_m=craft.link_range_m or math.inf,
    )
    return where, surroundings_of(where), air


def random_plan(rng: random.Random) -> Drawn:
    """Two in three keep well inside, so that passing and refused plans are both common."""
    where, around, air = surroundings(rng)
    careful = rng.random() < 0.7
    u_span, v_span = ((250, 430), (-500, -310)) if careful else ((130, 870), (-600, -210))
    top = 65.0 if careful else 95.0

    def somewhere() -> tuple[float, float]:
        return rng.uniform(*u_span), rng.uniform(*v_span)

    items = [replace(TAKE_OFF, altitude_m=rng.uniform(15, 50))] if careful or rng.random() < 0.9 else []
    for _ in range(rng.randint(1, 5)):
        altitude = rng.uniform(15 if careful else 4, top)
        choice = rng.random()
        if choice < 0.1:
            items.append(item(Cmd.LOITER_TURNS, somewhere(), altitude, params=(1.0, None, rng.uniform(8, 40))))
        elif choice < 0.2:
            items.append(item(Cmd.LOITER_TIME, somewhere(), altitude, params=(rng.uniform(1, 20),)))
        elif choice < 0.3:
            items.append(item(Cmd.DO_CHANGE_SPEED, params=(1.0, rng.uniform(2, 8 if careful else 14))))
        elif choice < 0.4:
            items.append(waypoint(*somewhere(), altitude + 35.0, frame=0, params=(rng.choice((0.0, 5.0)),)))
        else:
            items.append(waypoint(*somewhere(), altitude))
    if rng.random() < 0.2:
        items.append(item(Cmd.DO_JUMP, params=(float(rng.randint(1, len(items))), float(rng.choice((1, 2, -1))))))
    if rng.random() < 0.04:
        items.append(item(rng.choice((207, 179, 208))))
    if rng.random() < 0.95:
        items.append(RETURN)
    home_amsl = rng.choice((None, 35.0, 35.0, 38.0)) if rng.random() < 0.95 else 78.6
    return Drawn(plan(items, somewhere(), home_amsl), where, around, air)


def good_plan(rng: random.Random) -> Drawn:
    """One that passes: in a rectangle without zones."""
    while True:
        drawn = random_plan(rng)
        if drawn.air.zones or len(drawn.air.corners) > 4:
            continue
        if check_within(drawn.plan, drawn.around).outcome is Outcome.PASSED:
            return drawn


def spoil(a_plan: FlightPlan, rng: random.Random, faults: int) -> FlightPlan:
    """With that many different defects, each of which a file's owner could mend by one edit."""
    for fault in rng.sample(sorted(FAULTS), faults):
        a_plan = FAULTS[fault](a_plan, rng)
    return a_plan


def astray(a_plan: FlightPlan, rng: random.Random) -> FlightPlan:
    """One waypoint outside, or so near to an edge that the forecast would hold the flight."""
    which = [it.number for it in a_plan.items if it.command == Cmd.WAYPOINT]
    if not which:
        return a_plan
    number = rng.choice(which)
    u, v = rng.choice((rng.uniform(60, 160), rng.uniform(840, 950))), rng.uniform(-560, -250)
    if rng.random() < 0.5:
        u, v = rng.uniform(170, 830), rng.uniform(-680, -560)
    latitude, longitude = place(u, v)
    return _changed(a_plan, number, latitude_deg=latitude, longitude_deg=longitude)


def _changed(a_plan: FlightPlan, number: int, **changes) -> FlightPlan:
    return replace(a_plan, items=tuple(replace(it, **changes) if it.number == number else it for it in a_plan.items))


def _at_height(a_plan: FlightPlan, rng: random.Random, height: float) -> FlightPlan:
    which = [it for it in a_plan.items if it.command == Cmd.WAYPOINT]
    if not which:
        return a_plan
    it = rng.choice(which)
    return _changed(a_plan, it.number, altitude_m=height + (35.0 if it.frame == 0 else 0.0))


def _with_item(a_plan: FlightPlan, at: int, new) -> FlightPlan:
    """Inserted before the item of that index; without jumps in the plan nothing else moves."""
    items = [*a_plan.items[:at], new, *a_plan.items[at:]]
    numbered = []
    for n, it in enumerate(items, start=1):
        params = it.params
        if it.command == Cmd.DO_JUMP and it is not new and (params[0] or 0) > at:
            params = (params[0] + 1.0, *params[1:])
        numbered.append(replace(it, number=WaypointNumber(n), params=params))
    return replace(a_plan, items=tuple(numbered))


FAULTS = {
    "astray": astray,
    "high": lambda a_plan, rng: _at_height(a_plan, rng, rng.uniform(88, 150)),
    "low": lambda a_plan, rng: _at_height(a_plan, rng, rng.uniform(0.5, 6)),
    "fast": lambda a_plan, rng: _with_item(a_plan, 1, item(Cmd.DO_CHANGE_SPEED, params=(1.0, rng.uniform(12.5, 20)))),
    "command": lambda a_plan, rng: _with_item(a_plan, rng.randrange(1, len(a_plan.items)), item(207, params=(0.0,))),
    "endless": lambda a_plan, _: _with_item(a_plan, len(a_plan.items) - 1, item(Cmd.DO_JUMP, params=(2.0, -1.0))),
    "in the air": lambda a_plan, _: replace(a_plan, items=a_plan.items[:-1]),
    "fence": lambda a_plan, _: replace(a_plan, extras=("geofence",)),
    "home's altitude": lambda a_plan, _: replace(a_plan, home=replace(a_plan.home, altitude_amsl_m=78.6)),
}
