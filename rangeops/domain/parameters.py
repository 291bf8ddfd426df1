"""A vehicle's whole parameter set as one hash: what was accepted on the bench must be what flies today."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from re import compile as pattern
from typing import Final

from rangeops.domain.writes import WRITABLE

VOLATILE: Final = (
    "STAT_*",  # boots, flight time, run time
    "*_TOTAL",  # MIS_, FENCE_, RALLY_: they count what is on board
    "BARO*_GND_PRESS",  # measured at every start
    "GND_ABS_PRESS",
    "GND_ALT_OFFSET",
    "GND_TEMP",
    "INS_GYR*OFFS_*",  # measured at every start
    "INS_GYR*_CALTEMP",
    "ARSPD*_OFFSET",  # measured at every start
    "COMPASS_DEC",  # computed from where it is
    "COMPASS_OFS*",  # learned in flight where COMPASS_LEARN says so
    "MOT_THST_HOVER",  # learned in flight
    "Q_M_THST_HOVER",
    *(f"SR{number}_*" for number in range(10)),  # stream rates: a ground station's REQUEST_DATA_STREAM is stored there
)
"""What ArduPilot itself changes while it runs; no part of the hash. Nor is what the range writes (writes.WRITABLE)."""

_VOLATILE: Final = pattern("|".join(name.replace("*", "[A-Z0-9_]*") for name in VOLATILE))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value as the vehicle told it. age_s: since then."""

    name: str
    value: float
    age_s: float


def counts(name: str) -> bool:
    """Whether a parameter is part of the hash."""
    return name not in WRITABLE and _VOLATILE.fullmatch(name) is None


def table_sha256(firmware: str, table: Mapping[str, float]) -> str:
    """SHA-256 over `firmware VERSION` and one line `NAME value` each, sorted by name, joined by newlines.

    value: the float32 of the wire, as Python's repr writes it as a float64. firmware: version and build.
    """
    lines = [f"{name} {value!r}" for name, value in sorted(table.items()) if counts(name)]
    return hashlib.sha256("\n".join([f"firmware {firmware}", *lines]).encode()).hexdigest()
