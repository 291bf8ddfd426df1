"""aircraft.json, as readsb, dump1090-fa and tar1090 write it once a second: its bytes in, sightings out. No file, no socket.

Heights in feet (alt_baro over 1013 hPa, or "ground"; alt_geom over WGS84), speeds in knots, climbs in feet a minute,
seen_pos: how old the position was at `now`. Source: readsb, README-json.md.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rangeops.adapters.traffic.units import FOOT_M, FPM_MPS, KNOT_MPS, icao_of
from rangeops.domain.errors import Damaged
from rangeops.domain.traffic import MOST_CONTACTS, ContactKind, Sighting

MOST_BYTES: Final = 1024 * 1024  # 2,000 aircraft and more
OVERTAKEN_S: Final = 5.0  # an older picture that a slower answer brings; one from farther back: its clock was set
_UAV: Final = "B6"  # emitter category; C… is what drives on the ground, or stands there
_GROUND: Final = "ground"
_NACP_M: Final[Mapping[int, float]] = {
    4: 1852.0, 5: 926.0, 6: 555.6, 7: 185.2, 8: 92.6, 9: 30.0, 10: 10.0, 11: 3.0,
}  # fmt: skip
_GVA_M: Final[Mapping[int, float]] = {1: 150.0, 2: 45.0}


class AircraftJson:
    """Reads one picture after the other; one that isn't newer than the last tells nothing."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._newest = -math.inf
        self.read = 0

    def received(self, content: bytes) -> list[Sighting] | None:
        """The aircraft of a picture; None where it is the one that was read before. Raises Damaged."""
        if len(content) > MOST_BYTES:
            raise self._damaged(f"it is longer than {MOST_BYTES // 1024} KiB")
        try:
            picture = msgspec.json.decode(content)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as e:
            raise self._damaged("it is no JSON") from e
        rows = picture.get("aircraft") if isinstance(picture, dict) else None
        if not isinstance(rows, list):
            raise self._damaged('it has no list "aircraft"')
        made = _number(picture, "now")
        if made is not None:
            if made == self._newest or 0.0 < self._newest - made < OVERTAKEN_S:
                return None
            self._newest = made
        told = [
            sighting
            for row in rows[:MOST_CONTACTS]
            if isinstance(row, dict) and (sighting := sighting_of(row, self._source)) is not None
        ]
        self.read += len(told)
        return told

    def _damaged(self, what: str) -> Damaged:
        return Damaged(f"this is no aircraft.json: {what}", where=self._source, do="Name readsb's own file or address.")


def sighting_of(row: Mapping[str, Any], source: str) -> Sighting | None:
    """What one aircraft's entry tells; None where it has no address."""
    if (icao := icao_of(str(row.get("hex", "")))) is None:
        return None
    category, flight = str(row.get("category", "")), row.get("flight")
    on_ground = row.get("alt_baro") == _GROUND
    climb = _number(row, "geom_rate") if "baro_rate" not in row else _number(row, "baro_rate")
    surface = category.startswith("C")
    return Sighting(
        id=icao,
        source=source,
        kind=ContactKind.DRONE if category == _UAV else ContactKind.CREWED,
        name=flight.strip() or None if isinstance(flight, str) else None,
        latitude_deg=_number(row, "lat"),
        longitude_deg=_number(row, "lon"),
        pressure_altitude_m=_scaled(row, "alt_baro", FOOT_M),
        ellipsoid_altitude_m=_scaled(row, "alt_geom", FOOT_M),
        ground_speed_mps=_scaled(row, "gs", KNOT_MPS),
        track_deg=_number(row, "track"),
        climb_mps=None if climb is None else climb * FPM_MPS,
        on_ground=on_ground or surface,
        error_m=_NACP_M.get(int(_number(row, "nac_p") or -1)),
        error_up_m=_GVA_M.get(int(_number(row, "gva") or -1)),
        position_age_s=_number(row, "seen_pos") or 0.0,
    )


def _number(row: Mapping[str, Any], key: str) -> float | None:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _scaled(row: Mapping[str, Any], key: str, factor: float) -> float | None:
    value = _number(row, key)
    return None if value is None else value * factor
