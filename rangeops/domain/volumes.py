"""Volumes in the words of SORA: flight geography, contingency volume, ground-risk buffer.

Sizes follow SORA 2.5 Annex A by the method that LBA and FOCA publish (FOCA "Guidance for the Geographical Zones",
LBA "Leitfaden zur Definition des Flight Geography, Contingency Volume"): docs/safety/volumes.md has the formulas.
"""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final, NewType

import numpy as np
from shapely import Polygon

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.stopping import stopping_distance_m

VolumeId = NewType("VolumeId", str)

Ring = tuple[tuple[float, float], ...]  # (latitude_deg, longitude_deg), not closed, at least three

GRAVITY_MPS2: Final = 9.81  # as the published test vectors count
_STEEPEST_PITCH_DEG: Final = 45.0
_FIXED_WING_BANK_DEG: Final = 30.0
_ARC_STEPS: Final = 8  # segments of a quarter circle around a corner
_WIDEST_STEP_RAD: Final = 1.5 * math.pi / 2 / _ARC_STEPS  # GEOS rounds their number, so one may span half a step more


@dataclass(frozen=True, slots=True)
class Volume:
    """A prism: an outer ring, holes, and an altitude band. Altitudes AMSL (EGM96, as MAVLink's `alt`)."""

    outer: Ring
    floor_amsl_m: float
    ceiling_amsl_m: float
    holes: tuple[Ring, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationalVolumes:
    """What one slot is granted, and what surrounds it: each contains the one before."""

    flight_geography: Volume
    contingency: Volume
    ground_risk_buffer: Volume


@dataclass(frozen=True, slots=True)
class BookableVolume:
    """A flight geography that the range lets by the slot."""

    id: VolumeId
    name: str
    flight_geography: Volume


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a range counts with beside the airframe's own figures. Defaults: the method's.

    ground_amsl_m: the lowest ground under the volumes; heights are counted from it.
    speed_limit_mps: nobody may fly faster here, so no volume is sized for more than that.
    """

    ground_amsl_m: float
    speed_limit_mps: float
    gnss_error_m: float = 3.0
    position_keeping_m: float = 3.0
    map_error_m: float = 1.0
    height_error_m: float = 4.0  # 4 m: GNSS; 1 m: barometer
    reaction_time_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Margins:
    """The figures of one airframe over one flight geography, named as SORA names them. Metres."""

    speed_mps: float
    reaction_m: float  # S_RZ
    manoeuvre_m: float  # S_CM
    contingency_m: float  # S_CV
    height_reaction_m: float  # H_RZ
    height_manoeuvre_m: float  # H_CM
    contingency_height_m: float  # H_CV, above ground
    ground_risk_m: float  # S_GRB, beyond the contingency volume


class BufferMethod(Enum):
    """How the ground-risk buffer is sized."""

    ONE_TO_ONE = "1:1"
    BALLISTIC = "ballistic"
    PARACHUTE = "parachute"
    GLIDE = "glide"


def margins(
    airframe: Airframe,
    assumptions: Assumptions,
    *,
    flight_height_m: float,
    method: BufferMethod | None = None,
    wind_mps: float = 0.0,
) -> Margins:
    """The distances around a flight geography whose ceiling is `flight_height_m` above ground.

    method None: the smaller of 1:1 and ballistic for what falls, 1:1 for what glides. wind_mps drifts a parachute.
    Raises Invalid for a method that the airframe hasn't the figures for.
    """
    speed = min(airframe.max_speed_mps, assumptions.speed_limit_mps)
    reaction = speed * assumptions.reaction_time_s
    manoeuvre = max(_manoeuvre_m(airframe, speed, method), stopping_distance_m(airframe, speed))
    height_reaction = reaction * math.sqrt(0.5)  # a 45° climb for the reaction time
    if airframe.vehicle_class is VehicleClass.PLANE:
        height_manoeuvre = 0.3 * speed**2 / GRAVITY_MPS2
    else:
        height_manoeuvre = speed**2 / (2 * GRAVITY_MPS2)
    contingency_height = flight_height_m + assumptions.height_error_m + height_reaction + height_manoeuvre
    return Margins(
        speed_mps=speed,
        reaction_m=reaction,
        manoeuvre_m=manoeuvre,
        contingency_m=assumptions.gnss_error_m
        + assumptions.position_keeping_m
        + assumptions.map_error_m
        + reaction
        + manoeuvre,
        height_reaction_m=height_reaction,
        height_manoeuvre_m=height_manoeuvre,
        contingency_height_m=contingency_height,
        ground_risk_m=_ground_risk_m(airframe, speed, contingency_height, method, wind_mps),
    )


def operational_volumes(
    flight_geography: Volume, airframe: Airframe, frame: SiteFrame, assumptions: Assumptions
) -> OperationalVolumes:
    """The three volumes for one airframe. Each contains the one before exactly. Raises Invalid."""
    figures = margins(
        airframe, assumptions, flight_height_m=flight_geography.ceiling_amsl_m - assumptions.ground_amsl_m
    )
    rise = figures.contingency_height_m + assumptions.ground_amsl_m - flight_geography.ceiling_amsl_m
    contingency = _grown(flight_geography, figures.contingency_m, rise, frame)
    return OperationalVolumes(
        flight_geography=flight_geography,
        contingency=contingency,
        ground_risk_buffer=_grown(contingency, figures.ground_risk_m, 0.0, frame),
    )


def ballistic_m(airframe: Airframe, speed_mps: float, contingency_height_m: float) -> float:
    """Where it falls when its motors stop at the top of the contingency volume, at full speed."""
    return speed_mps * math.sqrt(2 * contingency_height_m / GRAVITY_MPS2) + airframe.characteristic_dimension_m / 2


def one_to_one_m(airframe: Airframe, contingency_height_m: float) -> float:
    return contingency_height_m + airframe.characteristic_dimension_m / 2


def parachute_m(airframe: Airframe, speed_mps: float, contingency_height_m: float, wind_mps: float) -> float:
    """V₀·t while it opens, then down with the wind. Raises Invalid without a parachute."""
    if airframe.parachute is None:
        raise _lacks(airframe, "parachute", "[parachute] opening_s and sink_mps")
    chute = airframe.parachute
    return speed_mps * chute.opening_s + wind_mps * contingency_height_m / chute.sink_mps


def glide_m(airframe: Airframe, contingency_height_m: float) -> float:
    """A power-off glide from the top of the contingency volume. Raises Invalid without a glide ratio."""
    if airframe.glide_ratio is None:
        raise _lacks(airframe, "glide ratio", "[limits] glide_ratio")
    return airframe.glide_ratio * contingency_height_m


def _lacks(airframe: Airframe, what: str, key: str) -> Invalid:
    return Invalid(
        f"its {what} isn't known", where=f"airframe {airframe.id}", do=f"Give {key}, or choose another method."
    )


def polygon_of(volume: Volume, frame: SiteFrame) -> Polygon:
    """The volume's plan view in site metres. Raises Invalid where it isn't a polygon."""
    polygon = Polygon(_site_ring(volume.outer, frame), [_site_ring(hole, frame) for hole in volume.holes])
    if not polygon.is_valid or polygon.is_empty or polygon.area <= 0:
        raise Invalid("the ring crosses or touches itself", where="volume", do="Draw it as a simple polygon.")
    return polygon


def volume_of(polygon: Polygon, floor_amsl_m: float, ceiling_amsl_m: float, frame: SiteFrame) -> Volume:
    return Volume(
        outer=_geodetic_ring(polygon.exterior.coords, frame),
        floor_amsl_m=floor_amsl_m,
        ceiling_amsl_m=ceiling_amsl_m,
        holes=tuple(_geodetic_ring(hole.coords, frame) for hole in polygon.interiors),
    )


def _manoeuvre_m(airframe: Airframe, speed_mps: float, method: BufferMethod | None) -> float:
    if method is BufferMethod.PARACHUTE and airframe.parachute is not None:
        return speed_mps * airframe.parachute.opening_s
    if airframe.vehicle_class is VehicleClass.PLANE:
        return speed_mps**2 / (GRAVITY_MPS2 * math.tan(math.radians(_FIXED_WING_BANK_DEG)))
    pitch = math.radians(min(airframe.max_tilt_deg, _STEEPEST_PITCH_DEG))
    return speed_mps**2 / (2 * GRAVITY_MPS2 * math.tan(pitch)) if pitch > 0 else 0.0


def _ground_risk_m(
    airframe: Airframe, speed_mps: float, contingency_height_m: float, method: BufferMethod | None, wind_mps: float
) -> float:
    simple = one_to_one_m(airframe, contingency_height_m)
    match method:
        case BufferMethod.ONE_TO_ONE:
            return simple
        case BufferMethod.BALLISTIC:
            return ballistic_m(airframe, speed_mps, contingency_height_m)
        case BufferMethod.PARACHUTE:
            return parachute_m(airframe, speed_mps, contingency_height_m, wind_mps)
        case BufferMethod.GLIDE:
            return glide_m(airframe, contingency_height_m)
    if airframe.vehicle_class is VehicleClass.PLANE:
        return simple
    return min(simple, ballistic_m(airframe, speed_mps, contingency_height_m))


def _grown(volume: Volume, outward_m: float, upward_m: float, frame: SiteFrame) -> Volume:
    """Grown outwards (holes shrink), and by the same height up and down.

    The arcs around corners are drawn around the true circle, not in it, so that no direction is short.
    """
    polygon = polygon_of(volume, frame)
    drawn_m = outward_m / math.cos(_WIDEST_STEP_RAD / 2)
    grown = polygon.buffer(drawn_m, quad_segs=_ARC_STEPS)
    if not isinstance(grown, Polygon) or not grown.contains(polygon):
        raise Invalid("the volume can't be grown into one piece", where="volume", do="Draw it as a simple polygon.")
    return volume_of(grown, volume.floor_amsl_m - upward_m, volume.ceiling_amsl_m + upward_m, frame)


def _site_ring(ring: Ring, frame: SiteFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    points = frame.to_site_array(np.asarray(ring, dtype=np.float64))
    return points.reshape(-1, 2)


def _geodetic_ring(coordinates: object, frame: SiteFrame) -> Ring:
    points = frame.to_geodetic_array(np.asarray(coordinates, dtype=np.float64)[:-1, :2])
    return tuple((float(latitude), float(longitude)) for latitude, longitude in points)
