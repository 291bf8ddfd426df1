"""What aviation counts in, and how an aircraft is named."""

import re
from typing import Final

FOOT_M: Final = 0.3048
KNOT_MPS: Final = 1852 / 3600
FPM_MPS: Final = FOOT_M / 60
_ICAO: Final = re.compile(r"~?[0-9a-fA-F]{6}")


def icao_of(text: str) -> str | None:
    """As in "icao:4b1234"; with ~ for an address that is none of ICAO's. None for anything else."""
    return f"icao:{text.lower()}" if _ICAO.fullmatch(text) else None
