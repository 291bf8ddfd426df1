"""A person's own settings of the control room, kept in his configuration folder. No Textual.

control-room.toml and keymap.toml belong to whoever sits there, not to the range: nothing in them changes what a key may do.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from rangeops.domain.errors import Invalid, RangeopsError, Unavailable
from rangeops.files import write_whole
from rangeops.tui import palette
from rangeops.tui.keymap import Keymap, read_keymap
from rangeops.tui.language import LANGUAGES, SOURCE, by_environment

CLOCKS: Final = ("local", "utc")
SETTINGS_FILE: Final = "control-room.toml"
KEYMAP_FILE: Final = "keymap.toml"


@dataclass(frozen=True, slots=True)
class Preferences:
    """times: of slots, plans and incidents; the header has both clocks. bell_p1 and so on: it rings for new alarms of these."""

    theme: str = palette.DEFAULT
    times: str = "local"
    bell_p1: bool = False
    bell_p2: bool = False
    bell_p3: bool = False
    language: str = SOURCE


_SHIPPED: Final = Preferences()

CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "theme": tuple(palette.THEMES),
    "times": CLOCKS,
    "bell_p1": (False, True),
    "bell_p2": (False, True),
    "bell_p3": (False, True),
    "language": tuple(LANGUAGES),
}


def turned(preferences: Preferences, name: str, step: int) -> Preferences:
    """With the next of this setting's values, or the one before."""
    choices = CHOICES[name]
    at = (choices.index(getattr(preferences, name)) + step) % len(choices)
    return replace(preferences, **{name: choices[at]})


@dataclass(slots=True)
class Desktop:
    """What one person's configuration folder says. folder None: nothing is kept, as in a drill's tests.

    faults: what is wrong in the files, one sentence each: what is shipped holds in their place.
    """

    folder: Path | None
    preferences: Preferences = field(default_factory=Preferences)
    keymap: Keymap = field(default_factory=Keymap)
    faults: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path | None, environment: Mapping[str, str] | None = None) -> "Desktop":
        """environment: whose locale decides the language of somebody who hasn't chosen one."""
        shipped = Preferences(language=by_environment(environment or {}))
        desktop = cls(folder, shipped)
        if folder is not None:
            faults: list[str] = []
            desktop.preferences = _or_else(shipped, lambda: read_preferences(folder / SETTINGS_FILE, shipped), faults)
            desktop.keymap = _or_else(Keymap(), lambda: read_keymap(folder / KEYMAP_FILE), faults)
            desktop.faults = tuple(faults)
        return desktop

    def set(self, preferences: Preferences) -> None:
        """Take them, and keep them for the next time. Raises Unavailable where they can't be kept; they hold all the same."""
        self.preferences = preferences
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(
                f"the settings can't be kept ({error.strerror})",
                where=str(self.folder),
                do="They hold until you leave the control room.",
            ) from error
        write_whole(self.folder / SETTINGS_FILE, written(preferences).encode())


def _or_else(default: Any, read: Callable[[], Any], faults: list[str]) -> Any:
    """A file that is wrong must not keep anybody from his screens."""
    try:
        return read()
    except RangeopsError as error:
        faults.append(str(error))
        return default


def read_preferences(path: Path, shipped: Preferences = _SHIPPED) -> Preferences:
    """With those that are shipped for whatever the file doesn't say. Raises Unavailable, Invalid."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return shipped
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"it is no TOML ({error})", where=str(path), do="Change it on the settings screen.") from error
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"the settings can't be read ({getattr(error, 'strerror', None) or 'it is no text'})",
            where=str(path),
            do="The shipped ones hold until they can.",
        ) from error
    names = {each.name for each in fields(Preferences)}
    for name, value in table.items():
        if name not in names:
            raise Invalid(f"there is no setting {name!r:.40}", where=str(path), do=f"Use {', '.join(sorted(names))}.")
        if value not in CHOICES[name] or isinstance(value, bool) != isinstance(CHOICES[name][0], bool):
            choices = ", ".join(_toml(choice) for choice in CHOICES[name])
            raise Invalid(f"{name} can't be {value!r:.40}", where=str(path), do=f"Use one of {choices}.")
    return replace(shipped, **table)


def written(preferences: Preferences) -> str:
    """The file, whole."""
    lines = [f"{each.name} = {_toml(getattr(preferences, each.name))}" for each in fields(preferences)]
    return "# Settings of rangeops' control room; written by its settings screen.\n" + "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
