"""What stands in a page's head to go to: for whom, in which order. A new section is a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rangeops.domain.permissions_of_roles import Act, is_member
from rangeops.server.portal.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Entry:
    """title: English, translated where it is shown."""

    path: str
    title: str


def _company(visitor: Visitor) -> bool:
    return is_member(visitor.actor)


def _range(visitor: Visitor) -> bool:
    return visitor.may(Act.SEE_RANGE)


def _inviting(visitor: Visitor) -> bool:
    return visitor.may(Act.INVITE_MEMBER)


_ENTRIES: Final[tuple[tuple[Entry, Callable[[Visitor], bool]], ...]] = (
    (Entry("/company", "Overview"), _company),
    (Entry("/company/plans", "Plans"), _company),
    (Entry("/company/slots", "Slots"), _company),
    (Entry("/company/flights", "Flights"), _company),
    (Entry("/company/documents", "Documents"), _company),
    (Entry("/range", "Range"), _range),
    (Entry("/live", "Live"), _range),
    (Entry("/board", "Day board"), _range),
    (Entry("/incidents", "Incidents"), _range),
    (Entry("/reports", "Statistics"), _range),
    (Entry("/registers", "Registers"), _range),
    (Entry("/people", "People"), _inviting),
)


def current(shown: tuple[Entry, ...], path: str) -> str:
    """The path of the entry that a page belongs to: the longest that its own begins with; "" for none."""
    above = (entry.path for entry in shown if path == entry.path or path.startswith(f"{entry.path}/"))
    return max(above, key=len, default="")


def entries(visitor: Visitor) -> tuple[Entry, ...]:
    return tuple(entry for entry, shown_to in _ENTRIES if visitor.caller is not None and shown_to(visitor))
