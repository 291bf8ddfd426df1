"""What of a recording can't be read: where, how much, why, and how that is told in one line."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_REASONS: Final = 3  # told by themselves; the others are counted together


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of the file that hold nothing that can be believed. offset: from the file's beginning."""

    offset: int
    size: int
    why: str


def damage_told(damage: Iterable[Damage]) -> str:
    """As "57 bytes in 3 places can't be read (2 times …; once …)"; "" where there is none."""
    found = tuple(damage)
    if not found:
        return ""
    reasons = Counter(each.why for each in found).most_common()
    told = [f"{why}{_times(count)}" for why, count in reasons[:_REASONS]]
    if others := sum(count for _, count in reasons[_REASONS:]):
        told.append(f"something else{_times(others)}")
    size = sum(each.size for each in found)
    return f"{_many(size, 'byte')} in {_many(len(found), 'place')} can't be read ({'; '.join(told)})"


def _times(count: int) -> str:
    return "" if count == 1 else f", {count} times"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
