"""From a flight geography to the fence that an ArduPilot vehicle can hold.

Polygons go up as fence items, the ceiling as FENCE_ALT_MAX above home. The floor stays with the range's own watch:
an enabled minimum-altitude fence is breached by standing on the ground, and such a vehicle can't arm.
Where a volume has more vertices than the autopilot stores, its fence is simplified inwards and proved to lie inside.
Source: docs/mavlink.md, fence; ArduPilot AC_PolyFence_loader.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.geometry import Polygon

from rangeops.adapters.mavlink.parameters import Setting, float32
from rangeops.adapters.mavlink.transactions import FRAME_GLOBAL
from rangeops.adapters.mavlink.transfer import Item
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Refused
from rangeops.domain.geodesy import METRES_PER_DEGREE
from rangeops.domain.telemetry import HomePosition
from rangeops.domain.volumes import Ring, Volume

MOST_VERTICES: Final = 60  # ArduCopter's default storage holds 69
INCLUSION_VERTEX: Final = 5001  # MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
EXCLUSION_VERTEX: Final = 5002
ALT_MAX: Final = "FENCE_ALT_MAX"

TYPE_ALT_MAX: Final = 1
TYPE_POLYGON: Final = 4
ACTION_RTL: Final = 1  # copter: RTL or land; plane: RTL; rover: RTL or hold
MARGIN_M: Final = 2.0
LOWEST_CEILING_M: Final = 10.0  # FENCE_ALT_MAX takes 10 to 1000 m
HIGHEST_CEILING_M: Final = 1000.0

_DEG_E7: Final = 1e7
_TOLERANCES_M: Final = tuple(0.1 * 1.2**step for step in range(22))  # up to 4.6 m
MOST_GIVEN_UP_M: Final = 10.0  # between a corner of the volume and its simplified fence

Vertices = tuple[tuple[int, int], ...]  # (latitude, longitude) degE7, not closed


@dataclass(frozen=True, slots=True)
class CompiledFence:
    """What goes on board. home_amsl_m: what FENCE_ALT_MAX counts from; a later home moves the ceiling with it.

    given_up_m: the farthest that a corner of the volume lies from its fence; 0 where nothing was simplified.
    """

    items: tuple[Item, ...]
    settings: tuple[Setting, ...]
    home_amsl_m: float
    given_up_m: float

    @property
    def sha256(self) -> str:
        """Over the integers that are stored, and the parameters, in a form that anybody can write down again."""
        lines = [f"{item.command} {round(item.param1)} {item.x} {item.y}" for item in self.items]
        lines += [f"{setting.name} {float32(setting.value)!r}" for setting in self.settings]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def compile_fence(
    volume: Volume, home: HomePosition, *, rtl_altitude_m: float, vehicle_class: VehicleClass, callsign: str
) -> CompiledFence:
    """The fence of a flight geography for a vehicle at `home`. Raises Refused where it can't hold it."""
    outer, holes, given_up_m = _fitted(volume, callsign)
    home_point = shapely.Point(round(home.latitude_deg * _DEG_E7), round(home.longitude_deg * _DEG_E7))
    if not Polygon(outer, holes).contains(home_point):
        raise Refused(
            "home lies outside the flight geography, so the vehicle couldn't arm, nor return into it",
            where=callsign,
            do="Set the vehicle down inside its volume and load the fence again.",
        )
    ceiling_m = volume.ceiling_amsl_m - home.altitude_amsl_m
    has_ceiling = vehicle_class is not VehicleClass.ROVER
    if has_ceiling and not LOWEST_CEILING_M <= ceiling_m <= HIGHEST_CEILING_M:
        raise Refused(
            f"the ceiling is {ceiling_m:.0f} m above home; the autopilot takes "
            f"{LOWEST_CEILING_M:.0f} to {HIGHEST_CEILING_M:.0f} m",
            where=callsign,
            do="Book a volume with another ceiling, or check the vehicle's home altitude.",
        )
    if has_ceiling and rtl_altitude_m > ceiling_m - MARGIN_M:
        raise Refused(
            f"its RTL altitude of {rtl_altitude_m:.0f} m would breach its own ceiling, {ceiling_m:.0f} m above home",
            where=callsign,
            do=f"Give it an RTL altitude of at most {ceiling_m - MARGIN_M:.0f} m.",
        )
    items = (*_items(INCLUSION_VERTEX, outer), *(item for hole in holes for item in _items(EXCLUSION_VERTEX, hole)))
    settings = _settings(vehicle_class, ceiling_m, rtl_altitude_m)
    return CompiledFence(items=items, settings=settings, home_amsl_m=home.altitude_amsl_m, given_up_m=given_up_m)


def _settings(vehicle_class: VehicleClass, ceiling_m: float, rtl_altitude_m: float) -> tuple[Setting, ...]:
    """FENCE_TOTAL isn't set: ArduPilot counts it in its own way. FENCE_ENABLE comes last, when all the rest is on board (fence_load)."""
    rover = vehicle_class is VehicleClass.ROVER
    settings = [
        Setting("FENCE_TYPE", TYPE_POLYGON if rover else TYPE_POLYGON | TYPE_ALT_MAX),
        Setting("FENCE_ACTION", ACTION_RTL),
        Setting("FENCE_MARGIN", MARGIN_M),
    ]
    if not rover:
        # Down to the centimetre: rounding must not lift a ceiling.
        settings.append(Setting(ALT_MAX, math.floor(ceiling_m * 100) / 100))
    if vehicle_class is VehicleClass.COPTER:
        cm = float(round(rtl_altitude_m * 100))
        settings.append(Setting("RTL_ALT", cm, otherwise=(Setting("RTL_ALT_M", rtl_altitude_m),)))  # 4.7 has metres
    if vehicle_class is VehicleClass.PLANE:
        cm = float(round(rtl_altitude_m * 100))
        settings.append(Setting("RTL_ALTITUDE", rtl_altitude_m, otherwise=(Setting("ALT_HOLD_RTL", cm),)))  # up to 4.4
    return tuple(settings)


def _items(command: int, ring: Vertices) -> tuple[Item, ...]:
    """One item a vertex; each says how many its polygon has. The first isn't repeated at the end."""
    return tuple(Item(command=command, frame=FRAME_GLOBAL, x=x, y=y, param1=float(len(ring))) for x, y in ring)


def _fitted(volume: Volume, callsign: str) -> tuple[Vertices, tuple[Vertices, ...], float]:
    """The rings in the autopilot's integers, simplified inwards only if there are too many vertices."""
    outer, holes = _integers(volume.outer), tuple(_integers(hole) for hole in volume.holes)
    exact = Polygon(outer, holes) if all(len(ring) >= 3 for ring in (outer, *holes)) else None
    if exact is None or not exact.is_valid or exact.area == 0:
        reason = "a ring has less than three corners" if exact is None else shapely.is_valid_reason(exact)
        raise Refused(
            f"its flight geography is no simple area ({reason})", where=callsign, do="Correct the volume's outline."
        )
    if _count(outer, holes) <= MOST_VERTICES:
        return outer, holes, 0.0
    for tolerance_m in _TOLERANCES_M:
        fitted = _inwards(outer, holes, tolerance_m)
        if fitted is None or _count(*fitted) > MOST_VERTICES or not _lies_inside(fitted, exact):
            continue
        if (given_up_m := _given_up_m(fitted, outer, holes)) <= MOST_GIVEN_UP_M:
            return *fitted, given_up_m
    raise Refused(
        f"its flight geography has {_count(outer, holes)} vertices, the autopilot holds {MOST_VERTICES}, and no "
        f"outline within {MOST_GIVEN_UP_M:.0f} m inside of it has so few",
        where=callsign,
        do="Book a volume with a simpler outline.",
    )


def _integers(ring: Ring) -> Vertices:
    vertices = [(round(latitude * _DEG_E7), round(longitude * _DEG_E7)) for latitude, longitude in ring]
    # A vertex that is the next one again is dropped: a closed ring's last, or two that round to one.
    return tuple(vertex for vertex, after in zip(vertices, vertices[1:] + vertices[:1], strict=True) if vertex != after)


def _count(outer: Vertices, holes: Sequence[Vertices]) -> int:
    return len(outer) + sum(len(hole) for hole in holes)


def _inwards(
    outer: Vertices, holes: tuple[Vertices, ...], tolerance_m: float
) -> tuple[Vertices, tuple[Vertices, ...]] | None:
    """Shrunk by the tolerance and then simplified by no more than it; holes grow likewise. None: it fell apart."""
    stretch = _stretch(outer)
    tolerance = tolerance_m / METRES_PER_DEGREE * _DEG_E7

    def fitted(ring: Vertices, distance: float) -> Vertices | None:
        area = Polygon([(x, y * stretch) for x, y in ring]).buffer(distance, join_style="mitre", mitre_limit=2.0)
        area = area.simplify(tolerance * 0.99, preserve_topology=True)
        if not isinstance(area, Polygon) or area.is_empty or area.interiors:
            return None
        return tuple((round(x), round(y / stretch)) for x, y in list(area.exterior.coords)[:-1])

    shrunk = fitted(outer, -tolerance)
    grown = [fitted(hole, tolerance) for hole in holes]
    if shrunk is None or any(hole is None for hole in grown):
        return None
    return shrunk, tuple(hole for hole in grown if hole is not None)


def _given_up_m(fitted: tuple[Vertices, tuple[Vertices, ...]], outer: Vertices, holes: tuple[Vertices, ...]) -> float:
    """The farthest that a corner of the volume lies from the fence's edge."""
    stretch = _stretch(outer)

    def edge(rings: Sequence[Vertices]) -> shapely.MultiLineString:
        return shapely.MultiLineString([[(x, y * stretch) for x, y in (*ring, ring[0])] for ring in rings])

    corners = shapely.points([(x, y * stretch) for ring in (outer, *holes) for x, y in ring])
    distances = shapely.distance(corners, edge((fitted[0], *fitted[1])))
    return float(distances.max()) / _DEG_E7 * METRES_PER_DEGREE


def _stretch(ring: Vertices) -> float:
    """A degree of longitude in degrees of latitude, where the ring is."""
    return math.cos(math.radians(ring[0][0] / _DEG_E7))


def _lies_inside(fitted: tuple[Vertices, tuple[Vertices, ...]], exact: Polygon) -> bool:
    """Whether nothing of the fence, as the vehicle will hold it, lies outside the exact area: difference exactly 0."""
    outer, holes = fitted
    kept = Polygon(outer)
    excluded = shapely.union_all([Polygon(hole) for hole in holes])
    if not kept.is_valid or not all(Polygon(hole).is_valid for hole in holes):
        return False
    return bool(kept.difference(excluded).difference(exact).area == 0)
