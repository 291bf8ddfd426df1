"""Where the shipped data lies: package data in an installed wheel, the repository's root in a checkout."""

from pathlib import Path

from rangeops.domain.errors import Unavailable

_PACKAGE = Path(__file__).resolve().parent
_SOURCES = {
    "geofences": "geofences",
    "hardware": "hardware",
    "parameters": "sitl",
    "scenarios": "sitl/scenarios",
    "drills": "sitl/drills",
    "exercises": "sitl/exercises",
}


def shipped(kind: str) -> Path:
    """The folder of shipped data: kind is geofences, hardware, parameters, scenarios, drills or exercises. Raises Unavailable."""
    for folder in (_PACKAGE / "_data" / kind, _PACKAGE.parent / _SOURCES[kind]):
        if folder.is_dir():
            return folder
    raise Unavailable(
        f"the shipped {kind} folder is missing",
        where=str(_PACKAGE),
        do="Install rangeops again; this copy is incomplete.",
    )
