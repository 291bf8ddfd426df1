"""Whom a range tells of its flights, and how: the [notices] table of a range.toml."""

import re
from dataclasses import dataclass
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts

_INDICATOR: Final = re.compile(r"[A-Z]{4}")  # ICAO Doc 7910
_ADDRESS: Final = re.compile(r"[^@\s,<>]+@[^@\s,<>]+\.[^@\s,<>]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told of every slot by mail. role: why: "aerodrome", "flight information", "neighbour"."""

    name: str
    role: str
    address: str


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """fir, location: ICAO indicators; "" where none was given, and then there is no NOTAM to draft."""

    fir: str = ""
    location: str = ""
    recipients: tuple[Recipient, ...] = ()


def notices_from(facts: Facts) -> NoticeRules:
    """The [notices] table. Raises Invalid."""
    facts.only("fir", "location", "recipient")
    return NoticeRules(
        fir=_indicator(facts, "fir"),
        location=_indicator(facts, "location"),
        recipients=tuple(_recipient(each) for each in facts.sections("recipient")),
    )


def _indicator(facts: Facts, key: str) -> str:
    text = facts.text(key)
    if not _INDICATOR.fullmatch(text):
        raise Invalid(f"{key} is no ICAO location indicator", where=facts.where, do='Write four capitals, as "EHAA".')
    return text


def _recipient(facts: Facts) -> Recipient:
    facts.only("name", "role", "address")
    address = facts.text("address")
    if not _ADDRESS.fullmatch(address):
        raise Invalid("address is no mail address", where=facts.where, do="Correct it.")
    return Recipient(facts.text("name"), facts.text("role"), address)
