"""Everything that comes from the server passes here: a text in it may be a vehicle's or a stranger's."""

from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeVar

from rangeops.domain.text import safe_text

T = TypeVar("T")

_LONGEST_TEXT: Final = 2000  # a plan's explanation; lists cut to their columns anyway


@lru_cache(maxsize=256)
def _field_names(of: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(of))


def cleaned(value: T) -> T:
    """The same value with every text in it safe to show. What is safe already comes back as it is, not copied."""
    result: Any = _cleaned(value)
    return result  # type: ignore[no-any-return]  # the same type as went in


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return value if value.isascii() and value.isprintable() else safe_text(value, limit=_LONGEST_TEXT)
        case None | bool() | int() | float() | datetime() | Enum():
            return value
        case tuple():
            items = tuple(_cleaned(item) for item in value)
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        case _ if is_dataclass(value) and not isinstance(value, type):
            changes = {}
            for name in _field_names(type(value)):
                old = getattr(value, name)
                if (new := _cleaned(old)) is not old:
                    changes[name] = new
            return replace(value, **changes) if changes else value
        case _:
            return value
