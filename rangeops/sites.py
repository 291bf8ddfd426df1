"""What people do with zones and no server: read and write files, ask which hold where, how two sets differ, which are temporary."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rangeops.bootstrap.parts import clock, prepare_data_folder
from rangeops.bootstrap.ranges import load_range, load_site, range_folder, temporary_zones
from rangeops.domain.errors import Invalid
from rangeops.files import read_file
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.formats.writing import Written as Written  # noqa: PLC0414  # cli has its name from here
    from rangeops.adapters.formats.zone_files import ZoneFile as ZoneFile  # noqa: PLC0414  # likewise
    from rangeops.domain.ranges import RangeDefinition
    from rangeops.domain.zone_sets import ZoneChange
    from rangeops.domain.zones import Limit, Restriction, Zone
    from rangeops.domain.zones_at import ZoneHere

_HOW: str = "Write LAT,LON,HEIGHT,TIME: 52.2758,6.8892,80AMSL,2026-11-24T12:00Z; or `now` for the time."


@dataclass(frozen=True, slots=True)
class Asked:
    """A place, a height with its datum, a time."""

    latitude_deg: float
    longitude_deg: float
    height: "Limit"
    utc: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """volumes: names of the bookable ones that hold the place. in_range: None where the height can't be told."""

    asked: Asked
    ground_amsl_m: float | None
    altitude_amsl_m: float | None
    in_range: bool | None
    volumes: tuple[str, ...]
    zones: "tuple[ZoneHere, ...]"
    synthetic: bool


def read_zone_file(
    settings: Settings,
    file: Path,
    *,
    as_format: str | None = None,
    anywhere: bool = False,
    marks: "tuple[Restriction, Limit | None, Limit | None] | None" = None,
) -> "ZoneFile":
    """The zones of a file near the range, or anywhere. Raises NotFound, Invalid.

    marks: what a shape without words becomes, its lower and its upper limit.
    """
    from rangeops.adapters.formats.reading import Marking
    from rangeops.adapters.formats.zone_files import read_zones

    return read_zones(
        file.name,
        read_file(file),
        frame=None if anywhere else load_site(settings).frame,
        as_format=as_format,
        marking=Marking(*marks) if marks is not None else None,
    )


def write_zones(
    zones: "Sequence[Zone]", format_name: str, *, title: str, country: str, authority: str, shorten: bool = False
) -> "Written":
    """title, country and authority: where a zone doesn't name its own. shorten: too long identifiers. Raises Invalid."""
    from rangeops.adapters.formats.writing import Writing
    from rangeops.adapters.formats.zone_files import write_zones as write

    issued = clock().utc.replace(microsecond=0)
    writing = Writing(title=title, country=country, authority=authority, issued=issued, shorten=shorten)
    return write(zones, format_name, writing)


def asked_from(text: str) -> Asked:
    """From "52.2758,6.8892,80AMSL,2026-11-24T12:00Z". Raises Invalid."""
    import math

    from rangeops.domain.zones import HeightDatum, Limit

    words = [word.strip() for word in text.split(",")]
    if len(words) != 4:
        raise _unread(f"{text!r:.80} hasn't four parts")
    datum = next((each for each in HeightDatum if words[2].upper().endswith(each.value)), None)
    if datum is None:
        raise _unread(f"height {words[2]!r:.20} has no datum (AGL, AMSL or WGS84)")
    try:
        latitude, longitude = float(words[0]), float(words[1])
        height = float(words[2][: -len(datum.value)])
        utc = clock().utc if words[3] == "now" else datetime.fromisoformat(words[3])
    except ValueError as error:
        raise _unread(f"{text!r:.80} can't be read ({error})") from error
    if not all(map(math.isfinite, (latitude, longitude, height))) or abs(latitude) > 90 or abs(longitude) > 180:
        raise _unread(f"{text!r:.80} is no place on earth")
    if utc.tzinfo is None:
        raise _unread(f"time {words[3]!r:.40} has no zone")
    return Asked(latitude, longitude, Limit(height, datum), utc.astimezone(UTC))


def tell(settings: Settings, asked: Asked) -> Told:
    """What holds there and then. Raises Invalid for a place that isn't near the range."""
    from shapely import Point

    from rangeops.domain.ranges import require_near
    from rangeops.domain.volumes import polygon_of
    from rangeops.domain.zones_at import ZonesAt

    site = load_range(settings)
    require_near(asked.latitude_deg, asked.longitude_deg, site.frame, where="the place")
    east, north = site.frame.to_site(asked.latitude_deg, asked.longitude_deg)
    altitude = asked.height.at_m(site.heights, east, north)
    prisms = [("", site.boundary), *((volume.id, volume.flight_geography) for volume in site.volumes)]
    over = [(name, prism) for name, prism in prisms if polygon_of(prism, site.frame).covers(Point(east, north))]
    inside = [
        name for name, prism in over if altitude is not None and prism.floor_amsl_m <= altitude <= prism.ceiling_amsl_m
    ]
    is_over = any(name == "" for name, _ in over)
    return Told(
        asked=asked,
        ground_amsl_m=site.terrain.ground_m(east, north),
        altitude_amsl_m=altitude,
        in_range=None if is_over and altitude is None else "" in inside,
        volumes=tuple(name for name in inside if name),
        zones=ZonesAt(site.zones, site.frame, site.heights, site.sun).at(
            asked.latitude_deg, asked.longitude_deg, asked.height, asked.utc
        ),
        synthetic=site.synthetic,
    )


def differences(settings: Settings, old: Path, new: Path) -> "tuple[ZoneChange, ...]":
    """What makes the zones of one file, or one range's folder, to those of another. Raises NotFound, Invalid."""
    from rangeops.domain.zone_sets import zone_changes

    before, after = _zones_of(settings, old), _zones_of(settings, new)
    return zone_changes(before, after, load_range(settings).frame)


def add_temporary(
    settings: Settings, file: Path, starts: datetime | None, ends: datetime | None, *, country: str = ""
) -> "tuple[Zone, ...]":
    """Add a file's zones. starts, ends: for zones that say none themselves. Raises Invalid, Conflict, NotFound."""
    from rangeops.domain.schedules import Applicability
    from rangeops.domain.zone_sets import with_zones

    if (starts is None) is not (ends is None) or (starts is not None and ends is not None and ends <= starts):
        raise Invalid("a temporary zone has a start and, after it, an end", where="--from, --to", do="Give both.")
    limited = (Applicability(starts, ends),) if starts is not None else ()
    zones = tuple(
        zone if zone.applicability else replace(zone, applicability=limited) for zone in _all_zones(settings, file)
    )
    site = load_range(settings)
    with_zones(site, zones, where=file.name)
    prepare_data_folder(settings)
    temporary_zones(settings, site, country=country).add(zones, clock().utc.replace(microsecond=0))
    return zones


def remove_temporary(settings: Settings, identifier: str) -> "Zone":
    """Raises NotFound."""
    site = load_range(settings)
    return temporary_zones(settings, site).remove(identifier, clock().utc.replace(microsecond=0))


def list_temporary(settings: Settings) -> "tuple[tuple[Zone, str], ...]":
    """Each with where in time it stands: "to come", "in its dates" or "over"."""
    from rangeops.domain.zone_sets import ends_of

    now = clock().utc
    zones = temporary_zones(settings, load_range(settings)).all()

    def state(zone: "Zone") -> str:
        starts, ends = ends_of(zone)
        return "to come" if now < starts else "over" if now > ends else "in its dates"

    return tuple((zone, state(zone)) for zone in zones)


def site_of(settings: Settings) -> "tuple[RangeDefinition, str]":
    """The range with all its zones, and what their version is called."""
    from rangeops.services.zone_version import zone_version

    site = load_range(settings)
    return site, zone_version(site).name


def _zones_of(settings: Settings, path: Path) -> "Sequence[Zone]":
    return range_folder(path).zones if path.is_dir() else _all_zones(settings, path)


def _all_zones(settings: Settings, file: Path) -> "Sequence[Zone]":
    """Raises Invalid where one of the file's zones is broken."""
    read = read_zone_file(settings, file)
    if read.broken:
        raise Invalid(f"{len(read.broken)} broken: {read.broken[0]}", where=file.name, do="Correct them.")
    return read.zones


def _unread(what: str) -> Invalid:
    return Invalid(what, where="the place", do=_HOW)
