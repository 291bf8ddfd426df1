"""Register entries as texts by column, as people type them, CSV files hold them and the store keeps them.

Dates are 2026-11-24, truths yes or no, numbers have a decimal point; an empty text is "not given".
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, get_args, get_type_hints

from rangeops.domain.audit import decimal_text
from rangeops.domain.errors import Invalid
from rangeops.domain.registers import BODIES, Body, Entry, RegisterKind
from rangeops.domain.text import safe_text

LONGEST_ID: Final = 60
LONGEST_TEXT: Final = 200
_TRUTHS: Final = {"yes": True, "no": False}


def columns(kind: RegisterKind) -> tuple[str, ...]:
    return tuple(each.name for each in fields(BODIES[kind]))


def required(kind: RegisterKind) -> tuple[str, ...]:
    return tuple(each.name for each in fields(BODIES[kind]) if each.default is MISSING)


def texts_of(body: Body) -> dict[str, str]:
    return {each.name: _text_of(getattr(body, each.name)) for each in fields(body)}


def summary(entry: Entry) -> str:
    """One line of what was given, without the id."""
    return ", ".join(f"{name} {text}" for name, text in texts_of(entry.body).items() if text and name != "id")


def body_from(kind: RegisterKind, texts: Mapping[str, str], *, where: str) -> Body:
    """The entry that these texts say. Raises Invalid, naming column and value, for whatever isn't what it must be."""
    if unknown := sorted(set(texts) - set(columns(kind))):
        raise Invalid(
            f"a {kind.value} has no {', '.join(unknown)}",
            where=where,
            do=f"Its columns are {', '.join(columns(kind))}.",
        )
    given = {name: _clean(text, name, where) for name, text in texts.items()}
    given = {name: text for name, text in given.items() if text}
    if absent := [name for name in required(kind) if name not in given]:
        raise Invalid(f"{', '.join(absent)} not given", where=where, do="Fill it in.")
    readers = _readers(kind)
    values: dict[str, Any] = {}
    for name, text in given.items():
        try:
            values[name] = readers[name](text)
        except ValueError as error:
            raise Invalid(f"{name} is {text!r:.60}, which is {error}", where=where, do="Correct it.") from error
    return BODIES[kind](**values)


def kind_of(text: str, *, where: str) -> RegisterKind:
    try:
        return RegisterKind(text)
    except ValueError as error:
        raise Invalid(
            f"{safe_text(text, limit=40)!r} is no register",
            where=where,
            do=f"Use one of {', '.join(kind.value for kind in RegisterKind)}.",
        ) from error


def _clean(text: str, name: str, where: str) -> str:
    text = text.strip()
    longest = LONGEST_ID if name in ("id", "company", "subject") else LONGEST_TEXT
    if len(text) > longest:
        raise Invalid(f"{name} is longer than {longest} characters", where=where, do="Shorten it.")
    if (shown := safe_text(text, limit=longest)) != text:
        raise Invalid(f"{name} holds what can't be shown: {shown!r:.60}", where=where, do="Type it anew.")
    return text


def _text_of(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case float():
            return decimal_text(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


@cache
def _readers(kind: RegisterKind) -> dict[str, Callable[[str], Any]]:
    return {name: _reader(hint) for name, hint in get_type_hints(BODIES[kind]).items()}


def _reader(hint: Any) -> Callable[[str], Any]:
    if isinstance(hint, UnionType):
        hint = next(each for each in get_args(hint) if each is not type(None))
    if issubclass(hint, Enum):
        return lambda text: _member(hint, text)
    readers: dict[type, Callable[[str], Any]] = {bool: _truth, date: _date, float: _mass, int: _sysid, str: str}
    return readers[hint]


def _member(choices: type[Enum], text: str) -> Enum:
    for member in choices:
        if str(member.value).lower() == text.lower():
            return member
    raise ValueError(f"none of {', '.join(str(member.value) for member in choices)}")


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError("neither yes nor no")
    return _TRUTHS[text.lower()]


def _date(text: str) -> date:
    try:
        if len(text) != len("2026-11-24"):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("no date as 2026-11-24") from error


def _mass(text: str) -> float:
    """The registers' only decimal: a mass in kg."""
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError("no number") from error
    if not (math.isfinite(number) and 0 < number <= 10_000):
        raise ValueError("no mass in kg above 0")
    return number


def _sysid(text: str) -> int:
    """The registers' only whole number: a MAVLink system id."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 255):
        raise ValueError("no sysid from 1 to 255")
    return int(text)
