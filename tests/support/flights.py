"""Plans drawn in the runway axes of the Twente range: u along 053° true from the reference point, v to its left."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import replace

from rangeops import paths
from rangeops.adapters.formats.range_folder import load_range
from rangeops.adapters.sun import SunOver
from rangeops.domain.aircraft import Airframe, airframe_from
from rangeops.domain.clearance_rules import ClearanceRules
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plans import Cmd, FlightPlan, PlanHome, PlanItem, WaypointNumber
from rangeops.domain.volumes import BookableVolume, Volume, VolumeId

SHIPPED_TWENTE = load_range(paths.shipped("geofences") / "twente", SunOver)
TWENTE = replace(SHIPPED_TWENTE, clearance=ClearanceRules())  # asks for daylight, which the shipped one waives
SIN, COS = math.sin(math.radians(53)), math.cos(math.radians(53))
NOTHING = (None, None, None, None)
HOME = (500.0, -400.0)
LAP = ((400.0, -350.0), (400.0, -450.0), (600.0, -450.0), (600.0, -350.0))


def airframe(name: str = "survey-quad") -> Airframe:
    file = paths.shipped("hardware") / "airframes" / f"{name}.toml"
    return airframe_from(tomllib.loads(file.read_text()), where=name)


SURVEY = airframe()


def place(u: float, v: float) -> tuple[float, float]:
    return TWENTE.frame.to_geodetic(u * SIN - v * COS, u * COS + v * SIN)


def axes(latitude: float, longitude: float) -> tuple[float, float]:
    east, north = TWENTE.frame.to_site(latitude, longitude)
    return east * SIN + north * COS, -east * COS + north * SIN


def item(command: int, uv: tuple[float, float] | None = None, altitude: float | None = None, **changes) -> PlanItem:
    latitude, longitude = place(*uv) if uv else (None, None)
    params = (*changes.pop("params", ()), None, None, None, None)[:4]
    return PlanItem(
        WaypointNumber(0), command, changes.pop("frame", 3), params, latitude, longitude, altitude, **changes
    )


def waypoint(u: float, v: float, altitude: float = 40.0, **changes) -> PlanItem:
    return item(Cmd.WAYPOINT, (u, v), altitude, **changes)


TAKE_OFF = item(Cmd.TAKEOFF, None, 30.0)
RETURN = item(Cmd.RETURN_TO_LAUNCH)


def plan(items: Sequence[PlanItem], home: tuple[float, float] = HOME, home_amsl: float | None = 35.0) -> FlightPlan:
    """Items numbered from 1, as given."""
    return FlightPlan(
        "test.plan",
        PlanHome(*place(*home), home_amsl),
        tuple(replace(it, number=WaypointNumber(n)) for n, it in enumerate(items, start=1)),
    )


def mission(*waypoints: PlanItem, **changes) -> FlightPlan:
    """Take-off, the waypoints (the lap where none are given), return."""
    middle = waypoints or tuple(waypoint(u, v) for u, v in LAP)
    return plan((TAKE_OFF, *middle, RETURN), **changes)


def context(**changes) -> PlanContext:
    basis = PlanContext(TWENTE, TWENTE.volume("EAST"), SURVEY, rtl_altitude_m=40.0)
    return replace(basis, **changes)


def volume(*corners: tuple[float, float], floor: float = 30.0, ceiling: float = 125.0) -> BookableVolume:
    ring = tuple(place(*corner) for corner in corners)
    return BookableVolume(VolumeId("TEST"), "Test", Volume(ring, floor, ceiling))


L_SHAPE = volume((150, -580), (850, -580), (850, -420), (450, -420), (450, -230), (150, -230))
"""EAST without its quarter towards the runway's far end."""
