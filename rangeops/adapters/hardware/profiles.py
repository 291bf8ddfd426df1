"""Hardware profiles: folders of TOML files, a file's name being the id of what it describes."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from rangeops.domain.aircraft import Airframe, airframe_from
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.hardware import (
    AcceptanceLimits,
    IdBlock,
    LinkPreset,
    Radio,
    id_blocks_from,
    limits_from,
    link_from,
    radio_from,
)

Profile = TypeVar("Profile", bound=Airframe | Radio | LinkPreset)
Made = TypeVar("Made")
Made_co = TypeVar("Made_co", covariant=True)


class From(Protocol[Made_co]):
    def __call__(self, table: Mapping[str, Any], *, where: str) -> Made_co: ...


class ProfileFolder(Generic[Profile]):
    """One kind of profile. Read when asked, then kept."""

    def __init__(self, folder: Path, noun: str, make: From[Profile]) -> None:
        self._folder = folder
        self._noun = noun
        self._make = make
        self._read: dict[str, Profile] = {}

    def get(self, profile: str) -> Profile:
        """Raises NotFound, Invalid."""
        if not self.has(profile):
            raise NotFound(
                f"{self._noun} {profile!r:.40} isn't known",
                where=self._folder.name,
                do=f"Use one of {', '.join(self._known())}.",
            )
        if profile not in self._read:
            self._read[profile] = self._from(self._folder / f"{profile}.toml")
        return self._read[profile]

    def has(self, profile: str) -> bool:
        return profile in self._known()

    def all(self) -> tuple[Profile, ...]:
        return tuple(self.get(profile) for profile in self._known())

    def _known(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.toml"))

    def _from(self, path: Path) -> Profile:
        made = read_toml(path, self._make)
        if made.id != path.stem:
            raise Invalid(f"it describes {made.id!r:.40}", where=path.name, do="Name the file and the id alike.")
        return made


class AirframeFolder(ProfileFolder[Airframe]):
    """hardware/airframes, or a folder like it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "airframe", airframe_from)


class Hardware:
    """The hardware folder: airframes, radios, links, system ids, and what acceptance asks for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.airframes = AirframeFolder(folder / "airframes")
        self.radios = ProfileFolder[Radio](folder / "radios", "radio", radio_from)
        self.links = ProfileFolder[LinkPreset](folder / "links", "link", link_from)

    def id_blocks(self) -> tuple[IdBlock, ...]:
        return read_toml(self._folder / "sysids.toml", id_blocks_from)

    def limits(self) -> AcceptanceLimits:
        return read_toml(self._folder / "acceptance.toml", limits_from)

    def check(self) -> None:
        """Read everything. Raises Invalid for the first defect: a file, and links whose radio isn't there."""
        self.airframes.all()
        self.radios.all()
        self.id_blocks()
        self.limits()
        for link in self.links.all():
            if link.radio and not self.radios.has(link.radio):
                raise Invalid(
                    f"its radio {link.radio!r:.40} isn't known",
                    where=f"{link.id}.toml",
                    do="Name one of hardware/radios.",
                )


def read_toml(path: Path, make: From[Made]) -> Made:
    """Raises NotFound, Invalid."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"it isn't TOML ({error})", where=path.name, do="Correct the file.") from error
    except OSError as error:
        raise NotFound(
            f"it can't be read ({error.strerror})", where=str(path), do="Name a file that exists."
        ) from error
    return make(table, where=path.name)
