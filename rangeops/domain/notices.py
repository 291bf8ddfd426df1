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
    """Somebody who is told by mail. role: why: "aerodrome", "flight information", "neighbour", "keeps checkpoints"."""

    name: str
    role: str
    address: str


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """fir, location: ICAO indicators; "" where none was given, and then there is no NOTAM to draft.

    keepers: who keeps checkpoints of the record where the range can't reach them. sender: in whose name a mail to them is
    drafted; "" where none was given.
    """

    fir: str = ""
    location: str = ""
    recipients: tuple[Recipient, ...] = ()
    keepers: tuple[Recipient, ...] = ()
    sender: str = ""


def notices_from(facts: Facts) -> NoticeRules:
    """The [notices] table. Raises Invalid."""
    facts.only("fir", "location", "recipient", "keeper", "sender")
    sender = facts.text("sender") if facts.has("sender") else ""
    if sender:
        require_address(sender, facts.where, key="sender")
    return NoticeRules(
        fir=_indicator(facts, "fir"),
        location=_indicator(facts, "location"),
        recipients=tuple(_recipient(each) for each in facts.sections("recipient")),
        keepers=tuple(_recipient(each) for each in facts.sections("keeper")),
        sender=sender,
    )


def require_address(text: str, where: str, *, key: str = "address") -> None:
    """Raises Invalid where it is no mail address."""
    if not _ADDRESS.fullmatch(text) or not text.isascii():
        raise Invalid(f"{key} is no mail address", where=where, do="Correct it.")


def _indicator(facts: Facts, key: str) -> str:
    text = facts.text(key)
    if not _INDICATOR.fullmatch(text):
        raise Invalid(f"{key} is no ICAO location indicator", where=facts.where, do='Write four capitals, as "EHAA".')
    return text


def _recipient(facts: Facts) -> Recipient:
    facts.only("name", "role", "address")
    address = facts.text("address")
    require_address(address, facts.where)
    return Recipient(facts.text("name"), facts.text("role"), address)
