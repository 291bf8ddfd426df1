"""The one table of formats: by what a file is known, and who reads and writes it. Each loads its own module when used."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from rangeops.adapters.formats.reading import Reading
from rangeops.adapters.formats.writing import PlanWriter, Writing, Written, ZoneWriter
from rangeops.domain.errors import Invalid
from rangeops.domain.plans import FlightPlan
from rangeops.domain.zones import Zone

ZoneReader = Callable[[bytes, Reading], tuple[Zone, ...]]
PlanReader = Callable[[bytes, Reading], FlightPlan]


@dataclass(frozen=True, slots=True)
class Format:
    """name: what --as and --format call it. content: patterns that its files hold, all of them; none: the name says.

    What a format can't do is None.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    content: tuple[re.Pattern[bytes], ...]
    zones_from: ZoneReader | None = None
    plan_from: PlanReader | None = None
    zones_to: ZoneWriter | None = None
    plan_to: PlanWriter | None = None


def _ed318_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.ed318 import read_zones

    return read_zones(content, reading)


def _zones_ed318(zones: Sequence[Zone], writing: Writing) -> Written:
    from rangeops.adapters.formats.ed318_writer import write_zones

    return write_zones(zones, writing)


def _ed269_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.ed269 import read_zones

    return read_zones(content, reading)


def _zones_ed269(zones: Sequence[Zone], writing: Writing) -> Written:
    from rangeops.adapters.formats.ed269_writer import write_zones

    return write_zones(zones, writing)


def _geojson_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.geojson import read_zones

    return read_zones(content, reading)


def _geojson_plan(content: bytes, reading: Reading) -> FlightPlan:
    from rangeops.adapters.formats.geojson import read_plan

    return read_plan(content, reading)


def _zones_geojson(zones: Sequence[Zone], writing: Writing) -> Written:
    from rangeops.adapters.formats.geojson import write_zones

    return write_zones(zones, writing)


def _plan_geojson(plan: FlightPlan) -> Written:
    from rangeops.adapters.formats.geojson import write_plan

    return write_plan(plan)


def _kml_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.kml import read_zones

    return read_zones(content, reading)


def _kml_plan(content: bytes, reading: Reading) -> FlightPlan:
    from rangeops.adapters.formats.kml import read_plan

    return read_plan(content, reading)


def _zones_kml(zones: Sequence[Zone], writing: Writing) -> Written:
    from rangeops.adapters.formats.kml import write_zones

    return write_zones(zones, writing)


def _plan_kml(plan: FlightPlan) -> Written:
    from rangeops.adapters.formats.kml import write_plan

    return write_plan(plan)


def _kmz_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.kml import read_kmz_zones

    return read_kmz_zones(content, reading)


def _kmz_plan(content: bytes, reading: Reading) -> FlightPlan:
    from rangeops.adapters.formats.kml import read_kmz_plan

    return read_kmz_plan(content, reading)


def _qgc_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.qgc_plan import read_zones

    return read_zones(content, reading)


def _qgc_plan(content: bytes, reading: Reading) -> FlightPlan:
    from rangeops.adapters.formats.qgc_plan import read_plan

    return read_plan(content, reading)


def _zones_qgc(zones: Sequence[Zone], writing: Writing) -> Written:
    from rangeops.adapters.formats.qgc_writer import write_zones

    return write_zones(zones, writing)


def _plan_qgc(plan: FlightPlan) -> Written:
    from rangeops.adapters.formats.qgc_writer import write_plan

    return write_plan(plan)


def _waypoints_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.waypoints import read_zones

    return read_zones(content, reading)


def _waypoints_plan(content: bytes, reading: Reading) -> FlightPlan:
    from rangeops.adapters.formats.waypoints import read_plan

    return read_plan(content, reading)


def _zones_waypoints(zones: Sequence[Zone], writing: Writing) -> Written:
    from rangeops.adapters.formats.waypoints import write_zones

    return write_zones(zones, writing)


def _plan_waypoints(plan: FlightPlan) -> Written:
    from rangeops.adapters.formats.waypoints import write_plan

    return write_plan(plan)


def _poly_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.mission_planner import read_poly

    return read_poly(content, reading)


def _fen_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.mission_planner import read_fen

    return read_fen(content, reading)


def _gpx_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.gpx import read_zones

    return read_zones(content, reading)


def _gpx_plan(content: bytes, reading: Reading) -> FlightPlan:
    from rangeops.adapters.formats.gpx import read_plan

    return read_plan(content, reading)


def _csv_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    from rangeops.adapters.formats.csv_table import read_zones

    return read_zones(content, reading)


def _csv_plan(content: bytes, reading: Reading) -> FlightPlan:
    from rangeops.adapters.formats.csv_table import read_plan

    return read_plan(content, reading)


def _zones_csv(zones: Sequence[Zone], writing: Writing) -> Written:
    from rangeops.adapters.formats.csv_table import write_zones

    return write_zones(zones, writing)


_START: Final = rb"\A(?:\xef\xbb\xbf)?"
_XML: Final = _START + rb"\s{0,1000}<"
_SHAPES: Final = (
    rb"FeatureCollection|Feature|Polygon|MultiPolygon|LineString|MultiLineString|Point|MultiPoint|GeometryCollection"
)


def _holds(*patterns: bytes) -> tuple[re.Pattern[bytes], ...]:
    """Each is searched by itself: one that begins with plain bytes is found in megabytes at memory's speed."""
    return tuple(re.compile(pattern, re.DOTALL) for pattern in patterns)


def _json(*patterns: bytes) -> tuple[re.Pattern[bytes], ...]:
    return _holds(_START + rb"\s{0,1000}[{\[]", *patterns)


# Looked through in this order: what is narrower stands before what would take it too.
FORMATS: Final = (
    Format(
        "waypoints",
        "QGC WPL 110",
        (".waypoints",),
        _holds(_START + rb"QGC WPL"),
        _waypoints_zones,
        _waypoints_plan,
        _zones_waypoints,
        _plan_waypoints,
    ),
    Format(
        "plan",
        "QGroundControl plan",
        (".plan",),
        _json(rb'"fileType"\s*:\s*"Plan"'),
        _qgc_zones,
        _qgc_plan,
        _zones_qgc,
        _plan_qgc,
    ),
    Format(
        "ed269",
        "ED-269",
        (),
        _json(rb'"(?:UASZoneList|horizontalProjection)"\s*:'),
        _ed269_zones,
        zones_to=_zones_ed269,
    ),
    Format(
        "ed318",
        "ED-318",
        (),
        _json(rb'"FeatureCollection"', rb'"(?:zoneAuthority|limitedApplicability|variant)"\s*:'),
        _ed318_zones,
        zones_to=_zones_ed318,
    ),
    Format(
        "geojson",
        "GeoJSON",
        (".geojson",),
        _json(rb'"type"\s*:\s*"(?:' + _SHAPES + rb')"'),
        _geojson_zones,
        _geojson_plan,
        _zones_geojson,
        _plan_geojson,
    ),
    Format("kmz", "KMZ", (".kmz",), _holds(rb"\APK\x03\x04"), _kmz_zones, _kmz_plan),
    Format(
        "gpx",
        "GPX",
        (".gpx",),
        _holds(_XML + rb".{0,4000}?<(?:\w+:)?gpx[\s>]"),
        _gpx_zones,
        _gpx_plan,
    ),
    Format(
        "kml",
        "KML",
        (".kml",),
        _holds(_XML + rb".{0,4000}?<(?:\w+:)?kml[\s>]"),
        _kml_zones,
        _kml_plan,
        _zones_kml,
        _plan_kml,
    ),
    Format("poly", "Mission Planner polygon", (".poly",), (), _poly_zones),
    Format("fen", "Mission Planner fence", (".fen",), (), _fen_zones),
    Format("csv", "CSV", (".csv",), (), _csv_zones, _csv_plan, _zones_csv),
)


def named(name: str, formats: Sequence[Format] = FORMATS) -> Format:
    """The format of that name. Raises Invalid with those that there are."""
    for each in formats:
        if each.name == name:
            return each
    raise Invalid(
        f"{name!r:.40} is no format",
        where="the format's name",
        do=f"Choose one of {', '.join(each.name for each in formats)}.",
    )


def recognised(file_name: str, content: bytes, where: str) -> Format:
    """By its content where that says so, by its name otherwise. Raises Invalid where neither does."""
    suffix = PurePath(file_name).suffix.lower()
    by_suffix = next((each for each in FORMATS if suffix in each.suffixes), None)
    if by_suffix is None or by_suffix.content:
        for each in FORMATS:
            if each.content and all(pattern.search(content) for pattern in each.content):
                return each
    if by_suffix is not None:
        return by_suffix
    if suffix == ".txt":
        raise Invalid(
            "a .txt may be a polygon or a fence, and nothing in it says which",
            where=where,
            do="Say so with --as poly or --as fen.",
        )
    raise Invalid(
        "its content is of no format that is known",
        where=where,
        do=f"Say which it is with --as: {', '.join(each.name for each in FORMATS)}.",
    )
