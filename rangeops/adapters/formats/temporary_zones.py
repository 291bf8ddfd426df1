"""Temporary zones of a range: one ED-318 file in the data folder, that is replaced whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from rangeops.adapters.formats.ed318 import read_zones
from rangeops.adapters.formats.ed318_writer import write_zones
from rangeops.adapters.formats.reading import ZONES_LARGEST_BYTES, Reading
from rangeops.adapters.formats.writing import Writing
from rangeops.domain.errors import Conflict, NotFound, Unavailable
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.zone_sets import require_temporary
from rangeops.domain.zones import Zone
from rangeops.durable import write_durably

_TITLE: Final = "Temporary zones"


@dataclass(frozen=True, slots=True)
class TemporaryZones:
    """country, authority: whose zones they are where they don't say; ISO 3166 alpha-3, and a name."""

    path: Path
    frame: SiteFrame
    country: str
    authority: str

    def all(self) -> tuple[Zone, ...]:
        """In the order in which they were added; none where there is no file. Raises Invalid, Unavailable."""
        try:
            with self.path.open("rb") as file:
                content = file.read(ZONES_LARGEST_BYTES + 1)
        except FileNotFoundError:
            return ()
        except OSError as e:
            raise self._unavailable("read", e) from e
        zones = read_zones(content, Reading(self.path.name, self.frame))
        for zone in zones:
            require_temporary(zone, where=self.path.name)
        return zones

    def add(self, zones: Sequence[Zone], issued: datetime) -> None:
        """Raises Conflict for an identifier that is there; Invalid for a zone without start and end."""
        present = self.all()
        for zone in zones:
            require_temporary(zone, where=f"zone {zone.id}")
            if any(other.id == zone.id for other in present):
                raise Conflict(
                    "there is a temporary zone of that identifier",
                    where=f"zone {zone.id}",
                    do="Remove that one, or give this one another identifier.",
                )
        self._write((*present, *zones), issued)

    def remove(self, identifier: str, issued: datetime) -> Zone:
        """The zone that was removed. Raises NotFound."""
        present = self.all()
        for zone in present:
            if zone.id == identifier:
                self._write([other for other in present if other.id != identifier], issued)
                return zone
        known = ", ".join(zone.id for zone in present)
        raise NotFound(
            f"there is no temporary zone {identifier!r:.40}",
            where=self.path.name,
            do=f"Choose one of {known}." if known else "There is none at all.",
        )

    def _write(self, zones: Sequence[Zone], issued: datetime) -> None:
        """Raises Invalid for what couldn't be read again: the range wouldn't load with it."""
        writing = Writing(title=_TITLE, country=self.country, authority=self.authority, issued=issued)
        content = write_zones(zones, writing).content
        read_zones(content, Reading(self.path.name, self.frame))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self.path, content)
        except OSError as e:
            raise self._unavailable("written", e) from e

    def _unavailable(self, deed: str, error: OSError) -> Unavailable:
        return Unavailable(
            f"it can't be {deed} ({error.strerror})", where=str(self.path), do="Check who may use the data folder."
        )
