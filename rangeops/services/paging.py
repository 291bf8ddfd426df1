"""Long lists, a page at a time. A page begins behind an item that was given, not at a number: what comes in between moves
nothing, so nothing is told twice and nothing left out.

A cursor says which item that was, by what the list is sorted by. It is opaque to callers: they give back what they got.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeAlias, TypeVar

from rangeops.domain.errors import Invalid

T = TypeVar("T")

USUAL: Final = 200
MOST: Final = 1000
LONGEST_CURSOR: Final = 600

Part: TypeAlias = str | int | datetime
Key: TypeAlias = tuple[Part, ...]
"""What a list is sorted by, of one of its items: no two have the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of a list, and from where on. cursor: of the page before; "" for its beginning."""

    limit: int = USUAL
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """cursor: of the page that follows; "" where none does."""

    items: tuple[T, ...]
    cursor: str = ""


def after(asked: Asked, of: str, *kinds: type[Part]) -> Key | None:
    """The key that the cursor stands for; None at the beginning. Raises Invalid for a cursor that isn't this list's.

    of: the list's name. kinds: the types of its key.
    """
    if not asked.cursor:
        return None
    try:
        name, *parts = json.loads(base64.urlsafe_b64decode(asked.cursor.encode("ascii")))
        if name != of or len(parts) != len(kinds):
            raise _strange(of)
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise _strange(of) from error


def page(found: Sequence[T], asked: Asked, of: str, key: Callable[[T], Key]) -> Page[T]:
    """The page that begins what was found behind the cursor; found: one more than fits, or more, where others follow."""
    items = tuple(found[: asked.limit])
    return Page(items, _cursor(of, key(items[-1])) if len(found) > asked.limit else "")


def cut(
    items: Iterable[T],
    asked: Asked,
    of: str,
    key: Callable[[T], Key],
    kinds: tuple[type[Part], ...],
    *,
    newest_first: bool = False,
) -> Page[T]:
    """The page of a list that is there as a whole: short ones, and those that are put together from the record."""
    begin = after(asked, of, *kinds)
    found = sorted(items, key=key, reverse=newest_first)
    if begin is not None:
        found = [item for item in found if (key(item) < begin if newest_first else key(item) > begin)]
    return page(found, asked, of, key)


def _cursor(of: str, key: Key) -> str:
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in key]
    text = json.dumps([of, *parts], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii")


def _part(value: object, kind: type[Part]) -> Part:
    if kind is datetime:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError("another type")
    return value


def _strange(of: str) -> Invalid:
    return Invalid(
        "that is no cursor of this list", where=f"list of {of}", do="Take the one of its Link header, or none."
    )
