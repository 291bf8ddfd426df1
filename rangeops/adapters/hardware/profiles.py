"""The airframes of a folder of TOML files."""

import tomllib
from pathlib import Path

from rangeops.domain.aircraft import Airframe, airframe_from
from rangeops.domain.errors import Invalid, NotFound


class AirframeFolder:
    """hardware/airframes, or a folder like it; a file's name is its airframe's id. Read when asked, then kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Airframe] = {}

    def get(self, airframe: str) -> Airframe:
        """Raises NotFound, Invalid."""
        if airframe not in self._known():
            raise NotFound(
                f"airframe {airframe!r:.40} isn't known",
                where=self._folder.name,
                do=f"Use one of {', '.join(self._known())}.",
            )
        if airframe not in self._read:
            self._read[airframe] = _airframe(self._folder / f"{airframe}.toml")
        return self._read[airframe]

    def all(self) -> tuple[Airframe, ...]:
        return tuple(self.get(airframe) for airframe in self._known())

    def _known(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.toml"))


def _airframe(path: Path) -> Airframe:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"it isn't TOML ({error})", where=path.name, do="Correct the file.") from error
    airframe = airframe_from(table, where=path.name)
    if airframe.id != path.stem:
        raise Invalid(f"it describes {airframe.id!r:.40}", where=path.name, do="Name the file and the id alike.")
    return airframe
