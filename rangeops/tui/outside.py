"""Everything that comes from the server passes here: a text in it may be a vehicle's or a stranger's."""

from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import lru_cache
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_type_hints

from rangeops.domain.text import safe_text

T = TypeVar("T")

_LONGEST_TEXT: Final = 2000  # a plan's explanation; lists cut to their columns anyway


_NO_TEXT: Final = (bool, int, float, datetime, Enum, NoneType)


def _may_hold_text(hint: Any) -> bool:
    """Ten pictures a second have mostly figures in them: those fields aren't looked at."""
    hint = getattr(hint, "__supertype__", hint)  # a NewType's
    if parts := [part for part in get_args(hint) if part is not Ellipsis]:
        return any(_may_hold_text(part) for part in parts)
    return not (isinstance(hint, type) and issubclass(hint, _NO_TEXT))


@lru_cache(maxsize=256)
def _field_names(of: type) -> tuple[str, ...]:
    hints = get_type_hints(of)
    return tuple(field.name for field in fields(of) if _may_hold_text(hints[field.name]))


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
