"""JSON from outside, read strictly: what Python's reader lets through (NaN, 1e400, a key twice) is refused here.

A file of millions of values is refused by a count of its commas and braces, before anything is built of it.
"""

import json
import math
from typing import Any, Final

from rangeops.domain.errors import Invalid, TooLarge

DEEPEST: Final = 32
MOST_VALUES: Final = 400_000
MOST_OBJECTS: Final = 100_000
_LONGEST_INTEGER: Final = 18  # digits; more is no number of ours, and thousands of them stall the reader


class _Defect(ValueError):
    """What is wrong, as a clause: raised inside json.loads by its hooks."""


def read_json(content: bytes, *, where: str, largest_bytes: int) -> Any:
    """The value that a JSON text holds. Raises Invalid: one sentence for whatever is wrong with it."""
    if len(content) > largest_bytes:
        raise TooLarge(
            f"the file has {len(content) / 1e6:.1f} MB, more than {largest_bytes / 1e6:.0f} MB",
            where=where,
            do="Hand in a smaller one.",
        )
    if content.count(b",") >= MOST_VALUES or content.count(b"{") > MOST_OBJECTS:
        raise Invalid(
            f"it holds more than {MOST_VALUES:,} values or {MOST_OBJECTS:,} objects",
            where=where,
            do="Simplify or split it.",
        )
    try:
        return _loaded(content)
    except UnicodeDecodeError as e:
        raise _invalid(f"byte {e.start} isn't UTF-8", where) from e
    except json.JSONDecodeError as e:
        raise _invalid(f"it isn't JSON: line {e.lineno}, column {e.colno}", where) from e
    except _Defect as e:
        raise _invalid(str(e), where) from e


def _loaded(content: bytes) -> Any:
    try:
        value = json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_constant,
        )
    except RecursionError as e:
        raise _Defect(f"it is nested deeper than {DEEPEST} levels") from e
    if _is_deeper_than(value, DEEPEST):
        raise _Defect(f"it is nested deeper than {DEEPEST} levels")
    return value


def _invalid(what: str, where: str) -> Invalid:
    return Invalid(what, where=where, do="Save it again from the program that made it.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise _Defect(f"the key {key!r:.40} stands twice in one object")
        table[key] = value
    return table


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _LONGEST_INTEGER:
        raise _Defect("a number has too many digits")
    return int(digits)


def _real(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise _Defect(f"the number {text:.20} is out of range")
    return value


def _constant(text: str) -> float:
    raise _Defect(f"{text} isn't a number in JSON")


def _is_deeper_than(value: Any, deepest: int) -> bool:
    level = [value]
    for _ in range(deepest):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return any(isinstance(item, dict | list) for item in level)
