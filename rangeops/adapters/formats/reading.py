"""How one file from outside is read: what every reader is told, and what it tells beside its result."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from rangeops.domain.errors import Invalid, TooLarge
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plans import AltitudeDatum
from rangeops.domain.text import safe_text
from rangeops.domain.zones import Limit, Restriction

ZONES_LARGEST_BYTES: Final = 10_000_000
PLAN_LARGEST_BYTES: Final = 2_000_000
MOST_ITEMS: Final = 5_000  # of a mission
MOST_ZONES: Final = 10_000
GOES: Final = frozenset([*range(16, 23), 82])  # commands whose last three parameters are a place
SAVE_AGAIN: Final = "Save it again from the program that made it."
_MOST_NOTES: Final = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Marking:
    """What a shape without words becomes: closed at every height, unless whoever imports it says less."""

    restriction: Restriction = Restriction.PROHIBITED
    lower: Limit | None = None
    upper: Limit | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """where: the place in the file, for an error's sentence; safe to show.

    frame: the site that everything must lie near; None: anywhere on earth. altitude_datum: what altitudes count from
    where the format leaves it open; None: such a file is refused. notes: what was taken and ought to be known.
    broken: why zones were left out, a sentence each; None: the first broken one refuses the file.
    """

    where: str
    frame: SiteFrame | None = None
    altitude_datum: AltitudeDatum | None = None
    marking: Marking = Marking()
    notes: list[str] = field(default_factory=list)
    broken: list[str] | None = None

    def at(self, place: str) -> "Reading":
        """The same at a place of the file: its notes are this one's."""
        return replace(self, where=f"{self.where} {safe_text(place, limit=60)}")

    def note(self, text: str) -> None:
        """Each once, and not without end."""
        note = f"{self.where}: {text}"
        if len(self.notes) <= _MOST_NOTES and note not in self.notes:
            self.notes.append(note if len(self.notes) < _MOST_NOTES else "there is more to say, and it isn't said")

    def whole(self, build: Callable[[], T]) -> T | None:
        """What build gives; None for a broken one that may be left out. Raises Invalid where it may not."""
        try:
            return build()
        except Invalid as e:
            if self.broken is None:
                raise
            self.broken.append(str(e))
            return None

    def refused(self, what: str, do: str = SAVE_AGAIN) -> Invalid:
        return Invalid(what, where=self.where, do=do)

    def require_few(self, zones: object) -> None:
        """Raises Invalid for a list of more zones than any country has."""
        if isinstance(zones, list) and len(zones) > MOST_ZONES:
            raise self.refused(f"it holds more than {MOST_ZONES} zones", "Split it.")

    def require_size(self, content: bytes, largest_bytes: int) -> None:
        """Raises TooLarge."""
        if len(content) > largest_bytes:
            raise TooLarge(
                f"the file has {len(content) / 1e6:.1f} MB, more than {largest_bytes / 1e6:.0f} MB",
                where=self.where,
                do="Hand in a smaller one.",
            )
