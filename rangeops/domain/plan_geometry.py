"""A plan's route as arrays of plane geometry: what the rules ask their questions of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plan_pieces import Pieces, Spans, pieces_of
from rangeops.domain.plan_route import Leg, LegKind, Point3, Route, route_of
from rangeops.domain.plan_surroundings import Geometries, Surroundings
from rangeops.domain.plans import FlightPlan, WaypointNumber
from rangeops.domain.ranges import is_near

_SPLINE_FACTOR: Final = 4.0  # SplineCurve scales its tangents down to this many times the distance, both together
_TURN_STEPS: Final = 16  # pieces in which a turn of half a circle is drawn, around the true arc

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """A plan's route in site metres.

    far: the waypoints, home 0, that are too far off to be this range's; then there are no legs to judge.
    starts, ends: (n, 2) east, north; units: directions, 0 for a leg that goes nowhere; altitudes: (n, 2) AMSL of start
    and end; lows, highs: (n,) of the whole leg; lengths: (n,); numbers: (n, 2) origin, target.
    paths: lines; circles where a leg holds on one; for a spline the hull of its control points, which it can't leave.
    swings: where corners are overshot by what can't turn on the spot, and of which legs. pieces: with the ground under.
    """

    plan: FlightPlan
    route: Route
    far: tuple[WaypointNumber, ...]
    legs: tuple[Leg, ...]
    times: tuple[int, ...]
    starts: Numbers
    ends: Numbers
    units: Numbers
    altitudes: Numbers
    lows: Numbers
    highs: Numbers
    lengths: Numbers
    numbers: NDArray[np.int64]
    paths: Geometries
    swings: Geometries
    swing_legs: NDArray[np.int64]
    pieces: Pieces

    @property
    def home(self) -> tuple[float, float]:
        return float(self.starts[0, 0]), float(self.starts[0, 1])

    @property
    def home_amsl_m(self) -> float:
        return float(self.altitudes[0, 0])


def planned(plan: FlightPlan, around: Surroundings) -> PlannedRoute:
    route = route_of(plan, around.context.basis_from(plan.home))
    far = _far_off(plan, around.frame)
    legs = () if far else tuple(leg for leg, _ in route.legs)
    points, altitudes = _in_site([point for leg in legs for point in (leg.start, leg.end)], around.frame)
    points, altitudes = points.reshape(-1, 2, 2), altitudes.reshape(-1, 2)
    along = points[:, 1] - points[:, 0]
    lengths = np.hypot(along[:, 0], along[:, 1])
    paths = shapely.linestrings(points)
    for n, leg in enumerate(legs):
        if leg.radius_m > 0:
            paths[n] = shapely.Point(points[n, 1]).buffer(leg.radius_m)
        elif leg.left_m > 0 and lengths[n] > 0:
            circle = shapely.Point(points[n, 0]).buffer(leg.left_m)
            paths[n] = shapely.convex_hull(shapely.union(circle, shapely.Point(points[n, 1])))
    still = (lengths == 0) & np.array([leg.radius_m == 0 for leg in legs], dtype=bool)
    paths[still] = shapely.points(points[still, 1])  # straight up or down
    lows, highs = altitudes.min(axis=1), altitudes.max(axis=1)
    if splines := [n for n, leg in enumerate(legs) if leg.spline]:
        controls = _controls([legs[n] for n in splines], points[splines], altitudes[splines], around.frame)
        paths[splines] = shapely.convex_hull(shapely.multipoints(controls[..., :2]))
        lows[splines], highs[splines] = controls[..., 2].min(axis=1), controls[..., 2].max(axis=1)
        lengths[splines] = np.linalg.norm(np.diff(controls[..., :2], axis=1), axis=2).sum(axis=1)
    _follow_terrain(legs, points, lows, highs, around)
    swings, swing_legs = _swings(legs, points, around)
    return PlannedRoute(
        plan=plan,
        route=route,
        far=far,
        legs=legs,
        times=() if far else tuple(times for _, times in route.legs),
        starts=points[:, 0],
        ends=points[:, 1],
        units=_unit(along),
        altitudes=altitudes,
        lows=lows,
        highs=highs,
        lengths=lengths,
        numbers=np.array([(leg.origin, leg.target) for leg in legs], dtype=np.int64).reshape(-1, 2),
        paths=paths,
        swings=swings,
        swing_legs=swing_legs,
        pieces=pieces_of(Spans(legs, points, altitudes, lows, highs, paths), around.context.range.terrain),
    )


def altitudes_in(route: PlannedRoute, n: int, piece: shapely.Geometry, polygon: Polygon) -> tuple[float, float] | None:
    """The lowest and highest altitude of leg n within a polygon; None where its piece doesn't get there.

    A straight leg slopes evenly between its ends; of any other, and of a corner, the leg's own extremes are given.
    """
    inside = shapely.intersection(piece, polygon)
    if inside.is_empty:
        return None
    leg = route.legs[n]
    if leg.spline or leg.over_terrain or piece.geom_type != "LineString" or piece.length == 0.0:
        return float(route.lows[n]), float(route.highs[n])
    start, end = route.altitudes[n]
    shares = shapely.line_locate_point(piece, shapely.points(shapely.get_coordinates(inside))) / piece.length
    altitudes = start + shares * (end - start)
    return float(altitudes.min()), float(altitudes.max())


def turned(units: Numbers, angles: Numbers, sides: Numbers, radii: Numbers) -> Numbers:
    """(k, n, 2): offsets of a turn after each of the (k, n) angles, from the directions `units` to the given sides."""
    left = np.column_stack([-units[:, 1], units[:, 0]]) * sides[:, None]
    return radii[:, None] * (np.sin(angles)[..., None] * units + (1 - np.cos(angles))[..., None] * left)


def _in_site(points: Sequence[Point3], frame: SiteFrame) -> tuple[Numbers, Numbers]:
    """(n, 2) east, north, and (n,) altitudes."""
    places = np.array(points, dtype=np.float64).reshape(-1, 3)
    return frame.to_site_array(places[:, :2]), places[:, 2]


def _far_off(plan: FlightPlan, frame: SiteFrame) -> tuple[WaypointNumber, ...]:
    places = [] if plan.home is None else [(WaypointNumber(0), plan.home.latitude_deg, plan.home.longitude_deg)]
    places += [
        (item.number, item.latitude_deg or 0.0, item.longitude_deg or 0.0) for item in plan.items if item.has_place
    ]
    return tuple(number for number, latitude, longitude in places if not is_near(latitude, longitude, frame))


def _controls(legs: Sequence[Leg], points: Numbers, altitudes: Numbers, frame: SiteFrame) -> Numbers:
    """(n, 4, 3): ArduCopter's SplineCurve is a cubic Hermite curve, so a Bézier curve, which stays in the hull of these.

    Its tangents are those of AC_WPNav: along a straight leg before or after, and past a spline's own ends.
    """
    three = np.concatenate([points, altitudes[..., None]], axis=2)
    start, end = three[:, 0], three[:, 1]
    before = _neighbours([leg.came_from or leg.start for leg in legs], frame)
    after = _neighbours([leg.leads_to or leg.end for leg in legs], frame)
    by_spline = np.array([leg.came_by_spline for leg in legs])[:, None]
    to_spline = np.array([leg.leads_by_spline for leg in legs])[:, None]
    leaving = np.where(by_spline, end - before, start - before)
    arriving = np.where(to_spline, after - start, after - end)
    both = np.linalg.norm(leaving, axis=1) + np.linalg.norm(arriving, axis=1)
    most = _SPLINE_FACTOR * np.linalg.norm(end - start, axis=1)
    scale = np.where(both > most, most / np.where(both > 0, both, 1.0), 1.0)[:, None]
    return np.stack([start, start + scale * leaving / 3, end - scale * arriving / 3, end], axis=1)


def _neighbours(points: Sequence[Point3], frame: SiteFrame) -> Numbers:
    places, altitudes = _in_site(points, frame)
    return np.column_stack([places, altitudes])


def _follow_terrain(legs: Sequence[Leg], points: Numbers, lows: Numbers, highs: Numbers, around: Surroundings) -> None:
    """A leg over terrain rises and sinks with the ground between its ends: by no more than the ground does."""
    which = [n for n, leg in enumerate(legs) if leg.over_terrain]
    if not which:
        return
    terrain, starts, ends = around.context.range.terrain, points[which, 0], points[which, 1]
    at_ends = np.stack([terrain.grounds_m(starts), terrain.grounds_m(ends)])
    highs[which] += np.maximum(0.0, terrain.highest_along_m(starts, ends) - at_ends.min(axis=0))
    lows[which] -= np.maximum(0.0, at_ends.max(axis=0) - terrain.lowest_along_m(starts, ends))


def _swings(legs: Sequence[Leg], points: Numbers, around: Surroundings) -> tuple[Geometries, NDArray[np.int64]]:
    """What a plane or rover sweeps beyond a corner: it turns only when it is there, in its tightest circle.

    The arc of the turn, and back to the next leg: a plane's radius is that of its speed with the range's wind behind it.
    """
    kinds = (LegKind.FLY, LegKind.TAKEOFF)
    which = [
        n
        for n, leg in enumerate(legs)
        if leg.leads_to and not leg.spline and leg.kind in kinds and leg.leads_to[:2] != leg.end[:2]
    ]
    if not which:
        return np.array([], dtype=object), np.array([], dtype=np.int64)
    airframe = around.context.airframe
    wind = around.context.range.wind_mps if airframe.vehicle_class is VehicleClass.PLANE else 0.0
    radii = np.array([airframe.turn_radius_m(legs[n].speed_mps + wind) for n in which])
    corners = points[which, 1]
    arriving = _unit(corners - points[which, 0])
    leaving = _unit(_in_site([legs[n].leads_to or legs[n].end for n in which], around.frame)[0] - corners)
    cross = arriving[:, 0] * leaving[:, 1] - arriving[:, 1] * leaving[:, 0]
    angle = np.abs(np.arctan2(cross, (arriving * leaving).sum(axis=1)))
    sides = np.where(cross >= 0, 1.0, -1.0)
    shares = np.linspace(0.0, 1.0, _TURN_STEPS + 1)[:, None]
    drawn = radii / np.cos(angle / _TURN_STEPS / 2)
    arcs = turned(arriving, shares * angle, sides, drawn)
    back = ((arcs[-1] * leaving).sum(axis=1) + radii)[:, None] * leaving
    swept = np.concatenate([np.zeros((1, len(which), 2)), arcs, back[None]]) + corners
    return shapely.convex_hull(shapely.multipoints(swept.transpose(1, 0, 2))), np.array(which, dtype=np.int64)


def _unit(vectors: Numbers) -> Numbers:
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0)[:, None])
