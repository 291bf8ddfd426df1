"""Zones from files and to files, in every format that can hold one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from rangeops.adapters.formats.reading import Marking, Reading
from rangeops.adapters.formats.table import FORMATS, named, recognised
from rangeops.adapters.formats.writing import Writing, Written
from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.text import safe_text
from rangeops.domain.zones import Zone

READABLE: Final = tuple(each for each in FORMATS if each.zones_from is not None)
WRITABLE: Final = tuple(each for each in FORMATS if each.zones_to is not None)


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """format: a title of the table. notes: what was taken and ought to be known. broken: why zones were left out."""

    format: str
    zones: tuple[Zone, ...]
    notes: tuple[str, ...]
    broken: tuple[str, ...] = ()


def read_zones(
    name: str,
    content: bytes,
    *,
    frame: SiteFrame | None,
    as_format: str | None = None,
    marking: Marking | None = None,
) -> ZoneFile:
    """The zones that a file holds. Raises Invalid: one sentence for whatever is wrong with it.

    frame None: a file from anywhere is judged by its form alone. marking: what a shape without words becomes. Broken
    zones are left out and told.
    """
    shown = safe_text(PurePath(name).name, limit=80) or "zones"
    chosen = named(as_format, READABLE) if as_format is not None else recognised(name, content, shown)
    if chosen.zones_from is None:
        raise Invalid(f"{chosen.title} holds no zones", where=shown, do="Hand in ED-318, GeoJSON or KML.")
    broken: list[str] = []
    reading = Reading(shown, frame, marking=marking or Marking(), broken=broken)
    zones = chosen.zones_from(content, reading)
    return ZoneFile(chosen.title, zones, tuple(reading.notes), tuple(broken))


def write_zones(zones: Sequence[Zone], format_name: str, writing: Writing) -> Written:
    """Raises Invalid for a zone that the format can't say."""
    writer = named(format_name, WRITABLE).zones_to
    assert writer is not None  # WRITABLE has no other
    return writer(zones, writing)
