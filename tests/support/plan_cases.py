"""For each rule of the plan checker a plan on which it speaks, and the nearest neighbour on which it is silent."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from flights import (
    L_SHAPE,
    LAP,
    RETURN,
    SURVEY,
    TAKE_OFF,
    TWENTE,
    airframe,
    context,
    item,
    mission,
    place,
    plan,
    volume,
    waypoint,
)

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_context import OtherFlight, Paper, PaperKind, PlanContext
from rangeops.domain.plan_findings import Code, Outcome, Reason
from rangeops.domain.plan_parts import FenceArea, PlanFence
from rangeops.domain.plans import Cmd, FlightPlan
from rangeops.domain.range_site import GroundStation
from rangeops.domain.ranges import NamedArea
from rangeops.domain.schedules import DailyPeriod
from rangeops.domain.terrain import GridGround
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction, Zone, ZoneArea

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SLOT = (NOON, NOON + timedelta(minutes=30))
SHORT = (NOON, NOON + timedelta(minutes=2))
LATE = (NOON + timedelta(hours=3, minutes=20), NOON + timedelta(hours=4))  # dusk is at about 16:10
IN_EAST = context()
ALL_DAYS = frozenset(range(7))


@dataclass(frozen=True)
class Case:
    """fires: the plan and context on which `code` speaks, and why; silent: the neighbour on which it doesn't."""

    code: Code
    reason: Reason
    fires: FlightPlan
    silent: FlightPlan
    fires_in: PlanContext = IN_EAST
    silent_in: PlanContext = IN_EAST
    has_fix: bool = True
    outcome: Outcome = Outcome.REFUSED


def zone(u, v, radius, *, upper=150.0, restriction=Restriction.PROHIBITED, **changes) -> Zone:
    area = ZoneArea(Circle(*place(u, v), radius), None, Limit(upper, HeightDatum.AMSL))
    return Zone("CLOSED", "a closed place", restriction, (area,), **changes)


def with_range(**changes) -> PlanContext:
    return context(range=replace(TWENTE, **changes))


def with_zone(*zones: Zone, **changes) -> PlanContext:
    return context(range=replace(TWENTE, zones=zones), **changes)


def lap_with(number: int, **changes) -> FlightPlan:
    lap = [waypoint(u, v) for u, v in LAP]
    lap[number - 2] = replace(lap[number - 2], **changes)
    return mission(*lap)


def moved(number: int, u: float, v: float) -> FlightPlan:
    latitude, longitude = place(u, v)
    return lap_with(number, latitude_deg=latitude, longitude_deg=longitude)


def repeated(times: float) -> FlightPlan:
    return plan((TAKE_OFF, *(waypoint(u, v) for u, v in LAP), item(Cmd.DO_JUMP, params=(2.0, times)), RETURN))


def area(u: float, v: float, half_m: float, name: str = "a place") -> NamedArea:
    corners = ((u - half_m, v - half_m), (u + half_m, v - half_m), (u + half_m, v + half_m), (u - half_m, v + half_m))
    return NamedArea(name, tuple(place(*corner) for corner in corners))


def ring(*corners: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return tuple(place(*corner) for corner in corners)


def grid(height_at=lambda _east, _north: 35.0, *, unknown: tuple[float, float] | None = None) -> GridGround:
    """Nodes every 25 m over 1.3 km each way; without a height within 60 m of `unknown` (u, v)."""
    axis = np.arange(-1300.0, 1301.0, 25.0)
    east, north = np.meshgrid(axis, axis)
    heights = np.vectorize(height_at)(east, north).astype(np.float64)
    if unknown is not None:
        middle = TWENTE.frame.to_site(*place(*unknown))
        heights[np.hypot(east - middle[0], north - middle[1]) < 60] = np.nan
    return GridGround(-1300.0, -1300.0, 25.0, heights, 1.0)


def hill(u: float, v: float, top_m: float, width_m: float):
    """A cone on the flat ground of 35 m, or under it."""
    east, north = TWENTE.frame.to_site(*place(u, v))
    return lambda x, y: 35.0 + top_m * max(0.0, 1 - np.hypot(x - east, y - north) / width_m)


# A plane needs more room than Twente lets: the same ground, wider.
WIDE = volume((-2600, -2600), (2600, -2600), (2600, 2600), (-2600, 2600), ceiling=150)
WIDE_RANGE = replace(
    TWENTE,
    boundary=replace(
        volume((-4500, -4500), (4500, -4500), (4500, 4500), (-4500, 4500)).flight_geography,
        floor_amsl_m=-500,
        ceiling_amsl_m=400,
    ),
    assumptions=replace(TWENTE.assumptions, speed_limit_mps=30.0),
    wind_mps=4.0,
    zones=(),
    landing_areas=(),
    no_landing=(),
)
PLANE = airframe("survey-plane")
PLANE_AIR = context(range=WIDE_RANGE, volume=WIDE, airframe=PLANE, rtl_altitude_m=60.0)
CLIMB_OUT = item(Cmd.TAKEOFF, (300, 0), 40.0)
ROVER = airframe("utility-rover")
ROVER_AIR = context(airframe=ROVER)


def circuit(*waypoints, climb_out=CLIMB_OUT, home=(0.0, 0.0), ends=None) -> FlightPlan:
    """A plane's flight: out, a big square, and down at home."""
    middle = waypoints or tuple(waypoint(u, v, 60) for u, v in ((900, 0), (900, 900), (-900, 900), (-900, 0)))
    return plan((climb_out, *middle, ends or item(Cmd.LAND, home, 0.0)), home=home)


def drive(*waypoints) -> FlightPlan:
    return plan((*(waypoints or tuple(waypoint(u, v) for u, v in LAP)), RETURN))


FENCE = TWENTE.volume("EAST").flight_geography.outer


def fenced(outline) -> FlightPlan:
    return replace(mission(), extras=("geofence",), fence=PlanFence((FenceArea(outline, is_inclusion=True),)))


CANNOT = {"has_fix": False, "outcome": Outcome.CANNOT_CHECK}
NO_FIX = {"has_fix": False}
HIGH = {
    "volume": volume((150, -580), (850, -580), (850, -230), (150, -230), ceiling=180),
    "range": replace(TWENTE, boundary=replace(TWENTE.boundary, ceiling_amsl_m=300)),
}
FLOORED = context(volume=volume((150, -580), (850, -580), (850, -230), (150, -230), floor=50))
OTHER = volume((450, -460), (550, -460), (550, -440), (450, -440)).flight_geography


def beside(slot_hours: int) -> PlanContext:
    starts = NOON + timedelta(hours=slot_hours)
    return context(slot=SLOT, others=(OtherFlight("slot S7", OTHER, starts, starts + timedelta(minutes=20)),))


def with_paper(until: date | None) -> PlanContext:
    return context(slot=SLOT, facts=(Paper(PaperKind.PILOT, "the pilot's certificate", until),))


MISSION_CASES = [
    Case(
        Code.FMT_01,
        Reason.TERRAIN_FRAME,
        lap_with(3, frame=10),
        lap_with(3, frame=10),
        fires_in=with_range(terrain=grid(unknown=LAP[1])),
        **CANNOT,
    ),
    Case(
        Code.FMT_01,
        Reason.GROUND_UNKNOWN,
        mission(),
        mission(),
        fires_in=with_range(terrain=grid(unknown=(500, -450))),
        silent_in=with_range(terrain=grid(unknown=(900, -900))),
        **CANNOT,
    ),
    Case(Code.FMT_01, Reason.UNKNOWN_FRAME, lap_with(3, frame=1), lap_with(3, frame=3), **CANNOT),
    Case(Code.FMT_01, Reason.UNEXPANDABLE, replace(mission(), unexpandable=("survey",)), mission(), **CANNOT),
    Case(Code.FMT_01, Reason.NO_HOME, replace(mission(), home=None), mission(), **CANNOT),
    Case(
        Code.FMT_01,
        Reason.NO_COURSE,
        circuit(climb_out=item(Cmd.TAKEOFF, None, 40.0)),
        circuit(),
        fires_in=PLANE_AIR,
        silent_in=PLANE_AIR,
        **CANNOT,
    ),
    Case(
        Code.FMT_01,
        Reason.VEHICLE_CLASS,
        mission(),
        mission(),
        fires_in=context(airframe=replace(SURVEY, vehicle_class=VehicleClass.UNKNOWN)),
        **CANNOT,
    ),
    Case(Code.FMT_02, Reason.CARRIES_EXTRAS, replace(mission(), extras=("rally points",)), mission()),
    Case(Code.FMT_02, Reason.FENCE_DIFFERS, fenced(ring((150, -590), (850, -580), (850, -230))), fenced(FENCE)),
    Case(
        Code.FMT_02,
        Reason.FENCE_DIFFERS,
        fenced(Circle(*place(500, -400), 300.0)),
        fenced(Circle(*place(500, -400), 150.0)),
    ),
    Case(Code.FMT_03, Reason.FAR_AWAY, moved(3, 31_000, 0), moved(3, 29_000, 0), **NO_FIX),
    Case(
        Code.FMT_03,
        Reason.FAR_AWAY,
        lap_with(3, latitude_deg=6.9, longitude_deg=52.3),
        lap_with(3, latitude_deg=0.0, longitude_deg=0.0),
        **NO_FIX,
    ),
    Case(Code.CMD_01, Reason.UNKNOWN_COMMAND, mission(waypoint(400, -400), item(207, params=(0.0,))), mission()),
    Case(Code.CMD_01, Reason.UNKNOWN_COMMAND, mission(waypoint(400, -400), item(179)), mission()),
    Case(
        Code.CMD_01,
        Reason.UNKNOWN_COMMAND,
        circuit(waypoint(900, 0, 60), item(Cmd.SPLINE_WAYPOINT, (900, 900), 60), waypoint(-900, 0, 60)),
        mission(waypoint(400, -400), item(Cmd.SPLINE_WAYPOINT, (450, -400), 40)),
        fires_in=PLANE_AIR,
    ),
    Case(
        Code.CMD_01,
        Reason.UNKNOWN_COMMAND,
        circuit(item(Cmd.DO_CHANGE_SPEED, params=(1.0, 15.0)), waypoint(900, 0, 60), waypoint(900, 900, 60)),
        circuit(item(Cmd.DO_CHANGE_SPEED, params=(0.0, 15.0)), waypoint(900, 0, 60), waypoint(900, 900, 60)),
        fires_in=PLANE_AIR,
        silent_in=PLANE_AIR,
    ),
    Case(Code.CMD_02, Reason.JUMP_ENDLESS, repeated(-1), repeated(1)),
    Case(
        Code.CMD_02,
        Reason.JUMP_NO_TARGET,
        mission(waypoint(400, -400), item(Cmd.DO_JUMP, params=(77.0, 1.0))),
        mission(waypoint(400, -400), item(Cmd.DO_JUMP, params=(2.0, 1.0))),
    ),
    Case(Code.CMD_02, Reason.MISSION_TOO_LONG, repeated(49_000), repeated(1), **NO_FIX),
    Case(
        Code.CMD_02,
        Reason.NEVER_ENDS,
        mission(item(Cmd.LOITER_UNLIM, (400, -400), 40)),
        mission(item(Cmd.LOITER_TIME, (400, -400), 40, params=(20.0,))),
        **NO_FIX,
    ),
    Case(Code.CMD_03, Reason.NO_TAKE_OFF, plan((waypoint(400, -400), RETURN)), drive(), silent_in=ROVER_AIR, **NO_FIX),
    Case(Code.CMD_03, Reason.NO_LANDING, plan((TAKE_OFF, waypoint(400, -400))), mission(waypoint(400, -400))),
    Case(
        Code.CMD_03,
        Reason.NO_LANDING,
        circuit(ends=RETURN),
        circuit(),
        fires_in=PLANE_AIR,
        silent_in=PLANE_AIR,
        **NO_FIX,
    ),
    Case(
        Code.SPD_01,
        Reason.TOO_FAST,
        mission(item(Cmd.DO_CHANGE_SPEED, params=(1.0, 12.5)), waypoint(400, -400)),
        mission(item(Cmd.DO_CHANGE_SPEED, params=(1.0, 12.0)), waypoint(400, -400)),
    ),
    Case(
        Code.SPD_01,
        Reason.TOO_FAST,
        mission(item(Cmd.DO_CHANGE_SPEED, params=(2.0, 5.0)), waypoint(400, -400)),
        mission(item(Cmd.DO_CHANGE_SPEED, params=(2.0, 2.5)), waypoint(400, -400)),
    ),
    Case(
        Code.SPD_01,
        Reason.CRUISES_TOO_FAST,
        mission(),
        mission(item(Cmd.DO_CHANGE_SPEED, params=(1.0, 6.0)), waypoint(400, -400)),
        fires_in=context(airframe=replace(SURVEY, cruise_speed_mps=12.5)),
        silent_in=context(airframe=replace(SURVEY, cruise_speed_mps=12.5)),
        **NO_FIX,
    ),
    Case(Code.ENE_01, Reason.ENERGY, repeated(30), repeated(10)),
]

L_AIR = context(volume=L_SHAPE)
PLACE_CASES = [
    Case(Code.GEO_01, Reason.OUTSIDE, moved(3, 400, -581), moved(3, 400, -576.9)),
    Case(Code.GEO_01, Reason.TOO_CLOSE, moved(3, 400, -577.5), moved(3, 400, -576.9)),
    Case(
        Code.GEO_01,
        Reason.LEG_LEAVES,
        mission(waypoint(300, -300), waypoint(700, -500), waypoint(400, -500), home=(300, -500)),
        mission(waypoint(300, -300), waypoint(300, -500), waypoint(700, -500), home=(300, -500)),
        fires_in=L_AIR,
        silent_in=L_AIR,
    ),
    Case(
        Code.GEO_01,
        Reason.CIRCLE_LEAVES,
        mission(item(Cmd.LOITER_TURNS, (400, -500), 40, params=(1.0, None, 78.0))),
        mission(item(Cmd.LOITER_TURNS, (400, -500), 40, params=(1.0, None, 76.5))),
    ),
    Case(
        Code.GEO_01,
        Reason.SPLINE_LEAVES,
        mission(waypoint(300, -300), item(Cmd.SPLINE_WAYPOINT, (260, -480), 40), waypoint(800, -500)),
        mission(waypoint(300, -300), item(Cmd.SPLINE_WAYPOINT, (260, -480), 40), waypoint(400, -500)),
        **NO_FIX,
    ),
    Case(
        Code.GEO_01,
        Reason.CORNER_LEAVES,
        circuit(waypoint(900, 0, 60), waypoint(2560, 300, 60), waypoint(-900, 600, 60)),
        circuit(waypoint(900, 0, 60), waypoint(2400, 300, 60), waypoint(-900, 600, 60)),
        fires_in=PLANE_AIR,
        silent_in=PLANE_AIR,
    ),
    Case(Code.GEO_02, Reason.OUTSIDE, mission(home=(500, -585)), mission(home=(500, -576.9))),
    Case(
        Code.GEO_03,
        Reason.ENTERS_ZONE,
        mission(),
        mission(),
        fires_in=with_zone(zone(400, -400, 10)),
        silent_in=with_zone(zone(380, -400, 19)),
    ),
    Case(
        Code.GEO_03,
        Reason.ENTERS_ZONE,
        mission(),
        mission(),
        fires_in=with_zone(zone(500, -450, 10, restriction=Restriction.REQ_AUTHORIZATION)),
        silent_in=with_zone(
            zone(500, -450, 10, restriction=Restriction.REQ_AUTHORIZATION), authorisations=frozenset(["CLOSED"])
        ),
    ),
    Case(
        Code.GEO_04,
        Reason.RETURN_ENTERS_ZONE,
        mission(waypoint(300, -300), waypoint(700, -300)),
        mission(waypoint(300, -300), waypoint(700, -300)),
        fires_in=with_zone(zone(450, -345, 5)),
        silent_in=with_zone(zone(450, -275, 5)),
    ),
    Case(
        Code.GEO_04,
        Reason.RETURN_ENTERS_ZONE,
        mission(waypoint(300, -300), waypoint(700, -300)),
        mission(waypoint(300, -300), waypoint(700, -300)),
        fires_in=with_zone(zone(450, -345, 5, upper=76)),
        silent_in=with_zone(zone(450, -345, 5, upper=74)),  # the RTL altitude is 75 m AMSL: it flies over
    ),
    Case(
        Code.GEO_04,
        Reason.RETURN_LEAVES,
        mission(waypoint(300, -560), waypoint(830, -560), waypoint(830, -430), home=(300, -240)),
        mission(waypoint(300, -560), waypoint(600, -560), waypoint(600, -520), home=(300, -240)),
        fires_in=L_AIR,
        silent_in=L_AIR,
    ),
    Case(
        Code.GEO_04,
        Reason.RETURN_TOO_HIGH,
        mission(),
        mission(),
        fires_in=context(rtl_altitude_m=87.5),
        silent_in=context(rtl_altitude_m=86.5),
        **NO_FIX,
    ),
    Case(
        Code.GEO_04,
        Reason.RETURN_TOO_LOW,
        mission(),
        mission(),
        fires_in=with_range(terrain=grid(hill(500, -460, 60, 50))),
        silent_in=with_range(terrain=grid(hill(500, -460, 20, 50))),
        **NO_FIX,
    ),
    Case(
        Code.GEO_05,
        Reason.VOLUME_TOUCHES_ZONE,
        mission(),
        mission(),
        fires_in=with_zone(zone(500, -700, 40)),
        silent_in=with_zone(zone(500, -750, 20)),
        **NO_FIX,
    ),
    Case(
        Code.GEO_05,
        Reason.VOLUME_LEAVES_RANGE,
        mission(),
        mission(),
        fires_in=context(volume=volume((150, -690), (850, -690), (850, -230), (150, -230))),
        **NO_FIX,
    ),
    # 8 m/s: 19.2 m to stop and 3.5 s before that, 47.2 m, and the path's margin: 50.2 m to the edge
    Case(Code.GEO_06, Reason.NO_ROOM, moved(3, 400, -530.2), moved(3, 400, -529.5)),
    Case(
        Code.GEO_06,
        Reason.NO_ROOM,
        mission(item(Cmd.LOITER_TURNS, (400, -502), 40, params=(1.0, None, 60.0))),
        mission(item(Cmd.LOITER_TURNS, (400, -500), 40, params=(1.0, None, 60.0))),
    ),
    Case(
        Code.GEO_06,
        Reason.NO_ROOM,
        mission(waypoint(400, -350), item(Cmd.SPLINE_WAYPOINT, (400, -535), 40), waypoint(600, -500)),
        mission(waypoint(400, -350), item(Cmd.SPLINE_WAYPOINT, (400, -470), 40), waypoint(600, -460)),
        **NO_FIX,
    ),
    Case(
        Code.GEO_07,
        Reason.RTL_CIRCLE_LEAVES,
        circuit(home=(-2510, 0), climb_out=item(Cmd.TAKEOFF, (-2200, 0), 40)),
        circuit(home=(-2490, 0), climb_out=item(Cmd.TAKEOFF, (-2200, 0), 40)),
        fires_in=PLANE_AIR,
        silent_in=PLANE_AIR,
    ),
    Case(
        Code.GEO_07,
        Reason.HOLD_LEAVES,
        circuit(waypoint(900, 0, 60), waypoint(1800, 0, 60), waypoint(-900, 0, 60)),
        circuit(waypoint(900, 0, 60), waypoint(1700, 0, 60), waypoint(-900, 0, 60)),
        fires_in=replace(PLANE_AIR, airframe=replace(PLANE, loiter_radius_m=1000)),
        silent_in=replace(PLANE_AIR, airframe=replace(PLANE, loiter_radius_m=1000)),
    ),
    Case(
        Code.GEO_08,
        Reason.LANDING_FORBIDDEN,
        mission(),
        mission(),
        fires_in=with_range(no_landing=(area(500, -395, 3),)),
        silent_in=with_range(no_landing=(area(500, -385, 3),)),
    ),
    Case(
        Code.GEO_08,
        Reason.OVER_NO_LANDING,
        mission(),
        mission(),
        fires_in=with_range(no_landing=(area(500, -455, 6),)),
        silent_in=with_range(no_landing=(area(500, -460, 6),)),
    ),
    Case(
        Code.GEO_08,
        Reason.LANDING_UNSAFE,
        mission(),
        mission(),
        fires_in=with_range(landing_areas=(area(-500, 400, 50),)),
        silent_in=with_range(landing_areas=()),
        **NO_FIX,
    ),
    Case(
        Code.GEO_08,
        Reason.LANDING_FAR,
        mission(),
        mission(),
        fires_in=context(airframe=replace(SURVEY, battery_reserve_percent=0.5)),
        silent_in=context(airframe=replace(SURVEY, battery_reserve_percent=5)),
        **NO_FIX,
    ),
    Case(
        Code.GEO_09,
        Reason.ENTERS_OTHER_SLOT,
        mission(),
        mission(),
        fires_in=beside(0),
        silent_in=beside(1),
    ),
]

ALTITUDE_CASES = [
    Case(Code.ALT_01, Reason.ABOVE_CEILING, lap_with(3, altitude_m=88.0), lap_with(3, altitude_m=87.0)),
    Case(
        Code.ALT_01,
        Reason.ABOVE_CEILING,
        lap_with(3, altitude_m=123.0, frame=0),
        lap_with(3, altitude_m=122.0, frame=0),
    ),
    Case(
        Code.ALT_02,
        Reason.ABOVE_120_M,
        lap_with(3, altitude_m=119.0),
        lap_with(3, altitude_m=117.5),
        fires_in=context(**HIGH),
        silent_in=context(**HIGH),
    ),
    Case(
        Code.ALT_02,
        Reason.ABOVE_120_M,
        lap_with(3, altitude_m=80.0),
        lap_with(3, altitude_m=50.0),
        fires_in=with_range(terrain=grid(hill(400, -450, -60, 60))),
        silent_in=with_range(terrain=grid(hill(400, -450, -30, 60))),
    ),
    Case(Code.ALT_03, Reason.TOO_LOW, lap_with(3, altitude_m=6.5), lap_with(3, altitude_m=7.5)),
    Case(Code.ALT_03, Reason.TOO_LOW, lap_with(3, altitude_m=41.0, frame=0), lap_with(3, altitude_m=43.0, frame=0)),
    Case(
        Code.ALT_03,
        Reason.TOO_LOW,
        mission(),
        lap_with(3, altitude_m=40.0, frame=10),
        fires_in=with_range(terrain=grid(hill(500, -475, 52, 40))),
        silent_in=with_range(terrain=grid(hill(500, -475, 10, 40))),
    ),
    Case(Code.ALT_04, Reason.HOME_ALTITUDE, mission(home_amsl=0.0), mission(home_amsl=38.0)),
    Case(Code.ALT_04, Reason.HOME_ALTITUDE, mission(home_amsl=78.6), mission(home_amsl=None)),
    # up at 2.5 m/s, coming to rest with 1 m/s²: 10.1 m, and the margin of 3 m
    Case(
        Code.ALT_05,
        Reason.NO_ROOM_ABOVE,
        plan((item(Cmd.TAKEOFF, None, 77.5), waypoint(400, -400, 76.0), RETURN)),
        plan((item(Cmd.TAKEOFF, None, 76.7), waypoint(400, -400, 76.0), RETURN)),
    ),
    Case(
        Code.ALT_05,
        Reason.NO_ROOM_BELOW,
        mission(waypoint(400, -400, 40), waypoint(402, -400, 20)),
        mission(waypoint(400, -400, 40), waypoint(402, -400, 25)),
        fires_in=FLOORED,
        silent_in=FLOORED,
    ),
]

SERVICE_CASES = [
    Case(
        Code.LINK_01,
        Reason.LINK_UNKNOWN,
        mission(),
        mission(),
        fires_in=context(airframe=replace(SURVEY, link_range_m=None)),
        **CANNOT,
    ),
    Case(
        Code.LINK_01,
        Reason.OUT_OF_RANGE,
        mission(),
        mission(),
        fires_in=with_range(ground_station=GroundStation(*place(-2500, -400), 5.0)),
        silent_in=with_range(ground_station=GroundStation(*place(-2300, -400), 5.0)),
        **NO_FIX,
    ),
    Case(
        Code.LINK_02,
        Reason.HIDDEN,
        mission(),
        mission(),
        fires_in=with_range(terrain=grid(hill(0, -400, 60, 60)), ground_station=GroundStation(*place(-200, -400), 3.0)),
        silent_in=with_range(terrain=grid(hill(0, -400, 9, 60)), ground_station=GroundStation(*place(-200, -400), 9.0)),
        **NO_FIX,
    ),
    Case(
        Code.LINK_02,
        Reason.OUT_OF_SIGHT,
        mission(waypoint(700, -400)),
        mission(waypoint(650, -400)),
        fires_in=context(visibility_m=600.0),
        silent_in=context(visibility_m=600.0),
        **NO_FIX,
    ),
    Case(
        Code.TIME_01,
        Reason.SLOT_TOO_SHORT,
        mission(),
        mission(),
        fires_in=context(slot=SHORT),
        silent_in=context(slot=SLOT),
        **NO_FIX,
    ),
    Case(
        Code.TIME_02,
        Reason.DARK,
        mission(),
        mission(),
        fires_in=context(slot=(LATE[0], LATE[1] + timedelta(minutes=30))),
        silent_in=context(slot=LATE),
    ),
    Case(
        Code.TIME_02,
        Reason.DAYLIGHT_UNKNOWN,
        mission(),
        mission(),
        fires_in=replace(with_range(sun=None), slot=SLOT),
        silent_in=with_range(sun=None),
        **CANNOT,
    ),
    Case(
        Code.TIME_03,
        Reason.RANGE_SHUT,
        mission(),
        mission(),
        fires_in=replace(with_range(hours=(DailyPeriod(ALL_DAYS, time(8), time(12, 20)),)), slot=SLOT),
        silent_in=replace(with_range(hours=(DailyPeriod(ALL_DAYS, time(8), time(12, 30)),)), slot=SLOT),
    ),
    Case(
        Code.REG_01,
        Reason.EXPIRED,
        mission(),
        mission(),
        fires_in=with_paper(date(2026, 11, 23)),
        silent_in=with_paper(date(2026, 11, 24)),
        **NO_FIX,
    ),
    Case(
        Code.REG_01,
        Reason.NEVER_SHOWN,
        mission(),
        mission(),
        fires_in=with_paper(None),
        silent_in=with_paper(date(2027, 1, 1)),
        **NO_FIX,
    ),
]

CASES = [*MISSION_CASES, *PLACE_CASES, *ALTITUDE_CASES, *SERVICE_CASES]


def case_id(case: Case) -> str:
    return f"{case.code.value} {case.reason.value}"
