"""BaseStation lines, as dump1090 and readsb give them on port 30003: bytes in, sightings out. No socket.

One line a message, 22 fields with commas between: MSG, its type, …, the ICAO address (4), …, callsign (10), altitude in
feet over 1013 hPa (11), ground speed in knots (12), track (13), latitude (14), longitude (15), climb in feet a minute
(16), …, on the ground (21). A field that a message doesn't tell is empty. Source: woodair.net/sbs, port 30003.
"""

import math
from typing import Final

from rangeops.adapters.traffic.units import FOOT_M, FPM_MPS, KNOT_MPS, icao_of
from rangeops.domain.errors import Damaged
from rangeops.domain.traffic import Sighting

LONGEST_LINE: Final = 1024
_FIELDS: Final = 22


class SbsLines:
    """Cuts a stream into lines and reads them. What is no line of this kind is counted in `refused`, and no more."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._rest = b""
        self.read = self.refused = 0

    def received(self, data: bytes) -> list[Sighting]:
        """Raises Damaged where no line ends for so long that it can't be this format."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise Damaged("this is no BaseStation stream", where=self._source, do="Use the receiver's port 30003.")
        told = []
        for line in lines:
            if not line.strip():
                continue
            if (sighting := sighting_of(line, self._source)) is None:
                self.refused += 1
            else:
                self.read += 1
                told.append(sighting)
        return told


def sighting_of(line: bytes, source: str) -> Sighting | None:
    """What one line tells of an aircraft; None where it is no such line."""
    fields = [field.strip() for field in line.decode("ascii", errors="replace").split(",")]
    if len(fields) < _FIELDS or fields[0] != "MSG" or len(line) > LONGEST_LINE:
        return None
    if (icao := icao_of(fields[4])) is None:
        return None
    altitude, speed, climb = _number(fields[11]), _number(fields[12]), _number(fields[16])
    ground = fields[21]
    return Sighting(
        id=icao,
        source=source,
        name=fields[10] or None,
        latitude_deg=_number(fields[14]),
        longitude_deg=_number(fields[15]),
        pressure_altitude_m=None if altitude is None else altitude * FOOT_M,
        ground_speed_mps=None if speed is None else speed * KNOT_MPS,
        track_deg=_number(fields[13]),
        climb_mps=None if climb is None else climb * FPM_MPS,
        on_ground=None if not ground else ground in ("-1", "1"),
    )


def _number(field: str) -> float | None:
    """None where there is none; so is what is no number, of which one field tells nothing and the others do."""
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
