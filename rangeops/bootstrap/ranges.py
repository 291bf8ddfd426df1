"""The range that is set, from the data folder or as shipped, with its temporary zones."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rangeops import paths
from rangeops.domain.errors import NotFound
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.formats.temporary_zones import TemporaryZones
    from rangeops.domain.ranges import RangeDefinition


def zones_moved(settings: Settings, definition: "RangeDefinition") -> Callable[[], bool]:
    """Whether the temporary zones are others than the server was built with. A file that can't be read moves nothing:
    the server goes on with what it has, and says so once.
    """
    import structlog

    from rangeops.domain.errors import RangeopsError

    file = settings.temporary_zones_folder / f"{definition.id}.json"

    def stamp() -> tuple[int, int] | None:
        try:
            found = file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    seen: object = ...  # the first look is a real one: it may have changed while the server was built

    def moved() -> bool:
        nonlocal seen
        if (now := stamp()) == seen:
            return False
        seen = now
        try:
            return load_range(settings).zones != definition.zones
        except RangeopsError as error:
            structlog.get_logger("server").error("temporary zones not taken", reason=str(error))
            return False

    return moved


def load_range(settings: Settings) -> "RangeDefinition":
    """The range that is set, the data folder's own or a shipped one, with its temporary zones. Raises NotFound, Invalid."""
    from rangeops.domain.zone_sets import with_zones

    definition = range_folder(_folder_of_range(settings))
    return with_zones(definition, temporary_zones(settings, definition).all(), where="temporary zones")


def load_site(settings: Settings) -> "RangeDefinition":
    """The range that is set without its zones, which may still be another's or broken. Raises NotFound, Invalid."""
    from rangeops.adapters.formats.range_folder import load_site as load

    return load(_folder_of_range(settings))


def range_folder(folder: Path) -> "RangeDefinition":
    """The range of one folder, under its own sun. Raises NotFound, Unavailable, Invalid."""
    from rangeops.adapters.formats.range_folder import load_range as load
    from rangeops.adapters.sun import SunOver

    return load(folder, SunOver)


def _folder_of_range(settings: Settings) -> Path:
    places = settings.data / "geofences", paths.shipped("geofences")
    ranges = {each.name: each for place in reversed(places) for each in _folders_in(place)}
    if settings.range not in ranges:
        raise NotFound(
            f"there is no range {settings.range!r:.40}",
            where=" and ".join(map(str, places)),
            do=f"Choose one of {', '.join(sorted(ranges))}, or make its folder.",
        )
    return ranges[settings.range]


def _folders_in(place: Path) -> list[Path]:
    """None where there is no such folder. Raises PermissionError: were it passed over, as glob does, a shipped range would
    stand in for the data folder's own of that name.
    """
    try:
        return [each for each in place.iterdir() if each.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def temporary_zones(settings: Settings, definition: "RangeDefinition", *, country: str = "") -> "TemporaryZones":
    """country: for zones that name none; without it, that of the range's own zones."""
    from rangeops.adapters.formats.temporary_zones import TemporaryZones

    usual = next((zone.details.country for zone in definition.zones if zone.details.country), "")
    path = settings.temporary_zones_folder / f"{definition.id}.json"
    return TemporaryZones(path, definition.frame, country or usual, definition.name)
