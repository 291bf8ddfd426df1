"""A range's folder, geofences/<range-id>/: range.toml and the ED-318 files that it names."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rangeops.adapters.formats.ascii_grid import read_ascii_grid
from rangeops.adapters.formats.ed318 import read_zones
from rangeops.adapters.formats.reading import Reading
from rangeops.domain.daylight import Sun
from rangeops.domain.errors import Invalid, NotFound, Unavailable
from rangeops.domain.facts import Facts
from rangeops.domain.ranges import RangeDefinition, range_from, terrain_source
from rangeops.domain.terrain import GridGround
from rangeops.domain.text import safe_text
from rangeops.domain.zone_sets import with_zones
from rangeops.domain.zones import HeightDatum, Zone

_FILE: Final = "range.toml"


def load_range(folder: Path, sun_over: Callable[[float, float], Sun] | None = None) -> RangeDefinition:
    """The range of one folder. sun_over: latitude, longitude to that place's sun. Raises NotFound, Unavailable, Invalid."""
    table, where = _table(folder)
    definition = _site(folder, table, where)
    zones: list[Zone] = []
    for name in _zone_files(Facts(table, where)):
        zones += read_zones(_read(folder / name), Reading(f"{folder.name}/{name}", definition.frame))
    frame = definition.frame
    sun = None if sun_over is None else sun_over(frame.origin_latitude_deg, frame.origin_longitude_deg)
    return with_zones(replace(definition, sun=sun), zones, where=where)


def load_site(folder: Path) -> RangeDefinition:
    """The same without zones and sun: what zones are read against, before they are the range's. Raises likewise."""
    return _site(folder, *_table(folder))


def _table(folder: Path) -> tuple[Mapping[str, Any], str]:
    where = f"{folder.name}/{_FILE}"
    try:
        return tomllib.loads(_read(folder / _FILE).decode("utf-8")), where
    except UnicodeDecodeError as e:
        raise Invalid(f"byte {e.start} isn't UTF-8", where=where, do="Save it as UTF-8.") from e
    except tomllib.TOMLDecodeError as e:
        raise Invalid(f"it isn't TOML: {e}", where=where, do="Correct the file.") from e


def _site(folder: Path, table: Mapping[str, Any], where: str) -> RangeDefinition:
    definition = range_from(table, (), where=where, terrain=_terrain(folder, table, where))
    if definition.id != folder.name:
        raise Invalid(
            f"it describes {definition.id!r:.40}", where=where, do="Name the folder and the range's id alike."
        )
    return definition


def _terrain(folder: Path, table: Mapping[str, Any], where: str) -> GridGround | None:
    if (source := terrain_source(table, where=where)) is None:
        return None
    if source.file != Path(source.file).name:
        raise Invalid("the terrain grid must lie in the same folder", where=where, do="Name the file alone.")
    ground = read_ascii_grid(
        _read(folder / source.file), error_m=source.error_m, where=f"{folder.name}/{safe_text(source.file, limit=40)}"
    )
    if source.datum is HeightDatum.WGS84:
        offset = Facts(table, where).section("site").number("geoid_offset_m", at_least=-120, at_most=120)
        ground = replace(ground, heights_m=ground.heights_m - offset)
    return ground


def _zone_files(facts: Facts) -> list[str]:
    names = facts.table.get("zones", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name == Path(name).name for name in names):
        raise Invalid("zones must list file names of the same folder", where=facts.where, do="Correct the file.")
    return names


def _read(path: Path) -> bytes:
    where = f"{path.parent.name}/{path.name}"
    try:
        return path.read_bytes()
    except FileNotFoundError as e:
        raise NotFound("there is no such file", where=where, do="Put it there.") from e
    except OSError as e:
        raise Unavailable(f"it can't be read: {e.strerror}", where=where, do="Check who may read the file.") from e
