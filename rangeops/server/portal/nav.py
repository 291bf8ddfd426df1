"""What stands in a page's head to go to: for whom, in which order. A new section is a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rangeops.domain.permissions_of_roles import Act
from rangeops.server.portal.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Entry:
    """title: English, translated where it is shown."""

    path: str
    title: str


def _company(visitor: Visitor) -> bool:
    return bool(visitor.company)


def _range(visitor: Visitor) -> bool:
    return visitor.may(Act.SEE_RANGE)


_ENTRIES: Final[tuple[tuple[Entry, Callable[[Visitor], bool]], ...]] = (
    (Entry("/incidents", "Incidents"), _range),
)


def entries(visitor: Visitor) -> tuple[Entry, ...]:
    return tuple(entry for entry, shown_to in _ENTRIES if visitor.caller is not None and shown_to(visitor))
