"""A test range: its site, its boundary, what it lets, what is closed in it, and its policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shapely import Polygon

from rangeops.domain.booking_rules import KEYS as BOOKING_KEYS
from rangeops.domain.booking_rules import BookingRules, booking_rules_from
from rangeops.domain.clearance_rules import ClearanceRules, clearance_rules_from
from rangeops.domain.daylight import Sun
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.facts import Facts
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.notices import NoticeRules, notices_from
from rangeops.domain.policy import Policy, policy_from
from rangeops.domain.range_site import GroundStation, ground_station_from, hours_from, zone_from
from rangeops.domain.resources import Resource, resources_from
from rangeops.domain.schedules import DailyPeriod
from rangeops.domain.sectors import Contact, Sector, contacts_from, sectors_from
from rangeops.domain.terrain import FlatGround, Terrain
from rangeops.domain.volumes import Assumptions, BookableVolume, Ring, Volume, VolumeId, polygon_of
from rangeops.domain.watch_nodes import WatchNode, watch_nodes_from
from rangeops.domain.zones import HeightDatum, Heights, Zone

LARGEST_RANGE_M: Final = 30_000.0  # from the origin: kills swapped axes, null island and the antimeridian
_SMALLEST_AREA_M2: Final = 100.0
_KEYS: Final = (
    *("id", "name", "synthetic", "note", "timezone", "zones", "site", "boundary", "runway"),
    *("assumptions", "rtl_altitude", "policy", "volume", "clearance", "notices"),
    *("terrain", "landing_area", "no_landing", "ground_station", "hours", "watch", "resource"),
    *("sector", "contact"),
    *BOOKING_KEYS,
)


@dataclass(frozen=True, slots=True)
class AltitudeBand:
    """Return-to-launch heights above home that the range assigns; neighbouring orders get separated ones."""

    lowest_m: float
    highest_m: float


@dataclass(frozen=True, slots=True)
class NamedArea:
    """A piece of ground, by the name that operators read."""

    name: str
    ring: Ring


@dataclass(frozen=True, slots=True)
class TerrainSource:
    """Where a range's ground is told: a grid beside range.toml."""

    file: str
    datum: HeightDatum
    error_m: float


@dataclass(frozen=True, slots=True)
class RangeDefinition:
    """One folder of geofences/. synthetic: the boundary was invented, not surveyed; `note` says so to people.

    elevation_amsl_m: of the site, from which heights above home are counted. landing_areas: where a vehicle that must
    come down at once may land; no_landing: where none may be made to land.
    """

    id: str
    name: str
    synthetic: bool
    note: str
    timezone: str
    frame: SiteFrame
    elevation_amsl_m: float
    terrain: Terrain
    geoid_offset_m: float
    boundary: Volume
    runway: Ring  # two ends; empty without one
    policy: Policy
    assumptions: Assumptions
    wind_mps: float
    rtl_altitudes: AltitudeBand
    volumes: tuple[BookableVolume, ...]
    zones: tuple[Zone, ...]
    landing_areas: tuple[NamedArea, ...] = ()
    no_landing: tuple[NamedArea, ...] = ()
    ground_station: GroundStation | None = None  # None: links end at home, where the pilot stands
    hours: tuple[DailyPeriod, ...] = ()  # when it is open; empty: always
    sun: Sun | None = None  # None: zones that speak of daylight hold longer
    booking: BookingRules = field(default_factory=BookingRules)
    watches: tuple[WatchNode, ...] = ()  # those on machines of their own; empty: one watch does all
    clearance: ClearanceRules = field(default_factory=ClearanceRules)
    notices: NoticeRules = field(default_factory=NoticeRules)
    resources: tuple[Resource, ...] = ()  # crews and equipment that slots may need
    sectors: tuple[Sector, ...] = ()  # cleared at once; the whole range always is one, too
    contacts: tuple[Contact, ...] = ()  # whom to call when one is cleared

    def volume(self, volume_id: str) -> BookableVolume:
        """The bookable volume of that id. Raises NotFound."""
        for volume in self.volumes:
            if volume.id == volume_id:
                return volume
        raise NotFound(
            f"there is no volume {volume_id!r:.40}",
            where=f"range {self.id}",
            do=f"Choose one of {', '.join(volume.id for volume in self.volumes)}.",
        )

    @property
    def heights(self) -> Heights:
        return Heights(self.terrain, self.geoid_offset_m)


def terrain_source(table: Mapping[str, Any], *, where: str) -> TerrainSource | None:
    """The grid that a parsed range.toml names; None where its ground is flat. Raises Invalid."""
    facts = Facts(table, where)
    if not facts.has("terrain"):
        return None
    terrain = facts.section("terrain")
    terrain.only("grid", "datum", "error_m")
    datum = terrain.choice("datum", HeightDatum)
    if datum is HeightDatum.AGL:
        raise Invalid("the ground has no height above itself", where=terrain.where, do="Give datum AMSL or WGS84.")
    return TerrainSource(terrain.text("grid"), datum, terrain.number("error_m", at_least=0, at_most=50))


def range_from(
    table: Mapping[str, Any], zones: tuple[Zone, ...], *, where: str, terrain: Terrain | None = None
) -> RangeDefinition:
    """The range that a parsed range.toml describes, with its zones. terrain: AMSL; None: flat. Raises Invalid."""
    facts = Facts(table, where)
    facts.only(*_KEYS)
    site = facts.section("site")
    site.only(
        "origin_latitude_deg",
        "origin_longitude_deg",
        "elevation_amsl_m",
        "terrain_error_m",
        "geoid_offset_m",
    )
    frame = SiteFrame(
        site.number("origin_latitude_deg", at_least=-89, at_most=89),
        site.number("origin_longitude_deg", at_least=-180, at_most=180),
    )
    elevation = site.number("elevation_amsl_m", at_least=-450, at_most=9000)
    if terrain is None:
        terrain = FlatGround(elevation, site.number("terrain_error_m", at_least=0, at_most=50))
    elif site.has("terrain_error_m"):
        raise Invalid("the ground's error stands in [terrain]", where=site.where, do="Leave out terrain_error_m here.")
    boundary = _prism(facts.section("boundary"), frame)
    lowest = terrain.lowest_m(polygon_of(boundary, frame))
    if lowest is None:
        raise Invalid("the terrain grid doesn't cover the boundary", where=where, do="Export a larger one.")
    return _consistent(
        RangeDefinition(
            id=facts.text("id"),
            name=facts.text("name"),
            synthetic=facts.flag("synthetic"),
            note=facts.text("note"),
            timezone=zone_from(facts).key,
            frame=frame,
            elevation_amsl_m=elevation,
            terrain=terrain,
            geoid_offset_m=site.number("geoid_offset_m", at_least=-120, at_most=120),
            boundary=boundary,
            runway=_runway(facts, frame),
            policy=policy_from(facts.section("policy")),
            assumptions=_assumptions(facts.section("assumptions"), lowest),
            wind_mps=facts.section("assumptions").number("wind_mps", at_least=0, at_most=40),
            rtl_altitudes=_band(facts.section("rtl_altitude")),
            volumes=tuple(_bookable(volume, frame) for volume in facts.sections("volume")),
            zones=zones,
            landing_areas=_areas(facts.sections("landing_area"), frame),
            no_landing=_areas(facts.sections("no_landing"), frame),
            ground_station=ground_station_from(facts.section("ground_station"))
            if facts.has("ground_station")
            else None,
            hours=hours_from(facts.sections("hours"), zone_from(facts)),
            booking=booking_rules_from(facts),
            watches=watch_nodes_from(
                facts.sections("watch"), [volume.text("id") for volume in facts.sections("volume")]
            ),
            clearance=clearance_rules_from(facts),
            notices=notices_from(facts.section("notices")) if facts.has("notices") else NoticeRules(),
            resources=resources_from(facts.sections("resource")),
            sectors=_sectors(facts.sections("sector"), frame),
            contacts=contacts_from(facts.sections("contact")),
        ),
        where,
    )


def read_ring(facts: Facts, key: str, frame: SiteFrame, *, at_least: int = 3) -> Ring:
    """A list of [latitude, longitude] pairs near the site. Raises Invalid."""
    pairs = facts.table.get(key)
    if not isinstance(pairs, list) or len(pairs) < at_least:
        raise Invalid(f"{key} must list at least {at_least} points", where=facts.where, do="Correct the file.")
    ring = []
    for number, pair in enumerate(pairs, start=1):
        if not isinstance(pair, list) or len(pair) != 2:
            raise Invalid(
                f"point {number} of {key} isn't a pair [latitude, longitude]", where=facts.where, do="Correct the file."
            )
        point = Facts({"latitude": pair[0], "longitude": pair[1]}, f"{facts.where} {key} point {number}")
        latitude = point.number("latitude", at_least=-90, at_most=90)
        longitude = point.number("longitude", at_least=-180, at_most=180)
        require_near(latitude, longitude, frame, where=point.where)
        ring.append((latitude, longitude))
    return tuple(ring)


def is_near(latitude_deg: float, longitude_deg: float, frame: SiteFrame) -> bool:
    """Within LARGEST_RANGE_M of the origin: farther off the plane of the frame means nothing."""
    near_deg = LARGEST_RANGE_M / 50_000
    if abs(latitude_deg - frame.origin_latitude_deg) > near_deg or abs(longitude_deg - frame.origin_longitude_deg) > 90:
        return False
    east, north = frame.to_site(latitude_deg, longitude_deg)
    return east**2 + north**2 <= LARGEST_RANGE_M**2


def require_near(latitude_deg: float, longitude_deg: float, frame: SiteFrame, *, where: str) -> None:
    """Raises Invalid for a point too far from the site to belong to it."""
    if not is_near(latitude_deg, longitude_deg, frame):
        raise Invalid(
            f"{latitude_deg:.5f},{longitude_deg:.5f} is over {LARGEST_RANGE_M / 1000:.0f} km from the range's origin",
            where=where,
            do="Check that latitude comes first where the format says so, and that the file is for this range.",
        )


def _prism(facts: Facts, frame: SiteFrame) -> Volume:
    floor = facts.number("floor_amsl_m", at_least=-500, at_most=9000)
    ceiling = facts.number("ceiling_amsl_m", at_least=-500, at_most=20_000)
    if ceiling <= floor:
        raise Invalid("ceiling_amsl_m must be above floor_amsl_m", where=facts.where, do="Correct the file.")
    volume = Volume(read_ring(facts, "ring", frame), floor, ceiling)
    _plan_view(volume.outer, frame, facts.where)
    return volume


def _plan_view(ring: Ring, frame: SiteFrame, where: str) -> Polygon:
    try:
        polygon = polygon_of(Volume(ring, 0.0, 1.0), frame)
    except Invalid as e:
        raise Invalid(e.what, where=f"{where} ring", do=e.do) from e
    if polygon.area < _SMALLEST_AREA_M2:
        raise Invalid("the ring holds less than 100 m²", where=where, do="Correct its points.")
    return polygon


def _bookable(facts: Facts, frame: SiteFrame) -> BookableVolume:
    facts.only("id", "name", "ring", "floor_amsl_m", "ceiling_amsl_m")
    return BookableVolume(VolumeId(facts.text("id")), facts.text("name"), _prism(facts, frame))


def _areas(tables: tuple[Facts, ...], frame: SiteFrame) -> tuple[NamedArea, ...]:
    areas = []
    for facts in tables:
        facts.only("name", "ring")
        areas.append(NamedArea(facts.text("name"), read_ring(facts, "ring", frame)))
        _plan_view(areas[-1].ring, frame, facts.where)
    return tuple(areas)


def _sectors(tables: tuple[Facts, ...], frame: SiteFrame) -> tuple[Sector, ...]:
    rings = [read_ring(facts, "ring", frame) for facts in tables]
    for facts, ring in zip(tables, rings, strict=True):
        _plan_view(ring, frame, facts.where)
    return sectors_from(tables, rings)


def _runway(facts: Facts, frame: SiteFrame) -> Ring:
    if not facts.has("runway"):
        return ()
    runway = facts.section("runway")
    runway.only("name", "ends")
    ends = read_ring(runway, "ends", frame, at_least=2)
    if len(ends) != 2:
        raise Invalid("a runway has two ends", where=runway.where, do="Correct the file.")
    return ends


def _assumptions(facts: Facts, ground_amsl_m: float) -> Assumptions:
    facts.only(
        "wind_mps",
        "speed_limit_mps",
        "gnss_error_m",
        "position_keeping_m",
        "map_error_m",
        "height_error_m",
        "reaction_time_s",
    )
    return Assumptions(
        ground_amsl_m=ground_amsl_m,
        speed_limit_mps=facts.number("speed_limit_mps", at_least=1, at_most=120),
        gnss_error_m=facts.number("gnss_error_m", 3, at_least=0.5, at_most=50),
        position_keeping_m=facts.number("position_keeping_m", 3, at_least=0.5, at_most=50),
        map_error_m=facts.number("map_error_m", 1, at_least=0, at_most=50),
        height_error_m=facts.number("height_error_m", 4, at_least=1, at_most=50),
        reaction_time_s=facts.number("reaction_time_s", 1, at_least=0.1, at_most=30),
    )


def _band(facts: Facts) -> AltitudeBand:
    facts.only("lowest_m", "highest_m")
    lowest = facts.number("lowest_m", at_least=5, at_most=1000)
    return AltitudeBand(lowest, facts.number("highest_m", at_least=lowest, at_most=1000))


def _consistent(definition: RangeDefinition, where: str) -> RangeDefinition:
    """The volumes lie in the boundary, share no air, and have ids of their own."""
    boundary = polygon_of(definition.boundary, definition.frame)
    seen: dict[str, Any] = {}
    for volume in definition.volumes:
        geography = volume.flight_geography
        polygon = polygon_of(geography, definition.frame)
        if volume.id in seen:
            raise Invalid(f"two volumes are called {volume.id}", where=where, do="Give each an id of its own.")
        if (
            not boundary.covers(polygon)
            or geography.ceiling_amsl_m > definition.boundary.ceiling_amsl_m
            or geography.floor_amsl_m < definition.boundary.floor_amsl_m
        ):
            raise Invalid(f"volume {volume.id} isn't inside the boundary", where=where, do="Move one of the two.")
        for other, other_polygon in seen.items():
            if polygon.intersects(other_polygon):
                raise Invalid(f"volumes {other} and {volume.id} overlap", where=where, do="Draw them apart.")
        seen[volume.id] = polygon
    forbidden = [(area.name, _plan_view(area.ring, definition.frame, where)) for area in definition.no_landing]
    for area in definition.landing_areas:
        polygon = _plan_view(area.ring, definition.frame, where)
        if not boundary.covers(polygon):
            raise Invalid(f"landing area {area.name} isn't inside the boundary", where=where, do="Move one of the two.")
        for name, other_polygon in forbidden:
            if polygon.intersects(other_polygon):
                raise Invalid(
                    f"landing area {area.name} meets {name}, where nothing may land", where=where, do="Draw them apart."
                )
    return definition
