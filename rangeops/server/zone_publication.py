"""The range's UAS geographical zones as it publishes them: written once for as long as the server runs on them.

Regulation (EU) 2019/947, Article 15(3): their information is made publicly available in a common unique digital format;
so whoever can reach this server may read it, without a token. Changed zones start the server anew
(docs/decisions/0035-zones-change-by-a-new-server.md): nothing here is ever out of date.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from rangeops.adapters.formats.writing import Writing
from rangeops.adapters.formats.zone_files import write_zones
from rangeops.domain.ranges import RangeDefinition
from rangeops.server.kept import Kept
from rangeops.services.ports.store import ZoneRecord
from rangeops.services.zone_version import zone_version

MAX_AGE_S: Final = 60
MEDIA_TYPES: Final = {
    "ed318": "application/geo+json",  # ED-318 is GeoJSON (RFC 7946) with members of its own
    "ed269": "application/json",
}
_UNKNOWN_COUNTRY: Final = "ZZZ"  # ISO 3166-1 leaves it to users: no country's


class ZonePublication:
    """By format. `get` may wait for the disk."""

    def __init__(self, definition: RangeDefinition, entered: Callable[[], ZoneRecord]) -> None:
        """entered: the version in force, as it stands in the record."""
        self._definition = definition
        self._entered = entered
        self._kept: dict[str, Kept] = {}

    def get(self, form: str) -> Kept:
        """Raises Invalid for a zone that this format can't say."""
        if (kept := self._kept.get(form)) is None:
            kept = self._kept[form] = self._written(form)
        return kept

    def _written(self, form: str) -> Kept:
        definition, version = self._definition, zone_version(self._definition)
        record = self._entered()
        note = f" {definition.note}" if definition.synthetic else ""
        writing = Writing(
            title=f"{definition.name}, zones version {record.number} ({version.name})",
            country=next((each.details.country for each in definition.zones if each.details.country), _UNKNOWN_COUNTRY),
            authority=definition.name,
            issued=record.first_utc.replace(microsecond=0),
            shorten=True,
            description=f"Version {record.number} of the zones of {definition.id}: {version.name}.{note}",
        )
        content = write_zones(definition.zones, form, writing).content
        sha256 = hashlib.sha256(content).hexdigest()
        return Kept(content, MEDIA_TYPES[form], sha256, record.first_utc.replace(microsecond=0), MAX_AGE_S)
