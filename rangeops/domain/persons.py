"""Persons in an incident, kept apart from the record: the record holds a commitment, which tells nothing of them.

A commitment is SHA-256 over a random salt and the person's details. With salt and details anybody can see that they are
what was recorded; without them, once they are erased (GDPR Art 17), the hash is of nothing that can be guessed, and the
record still verifies.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.audit import canonical

SALT_BYTES: Final = 32
KEPT_FOR: Final = timedelta(
    days=5 * 365
)  # 376/2014's reports are of use as long as trends are; a range may set another


@dataclass(frozen=True, slots=True)
class Details:
    """Who somebody in an incident is. role: pilot, witness, injured, reporter."""

    role: str
    name: str
    contact: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in an incident. details, salt (hex): None and "" once they are erased. commitment: in the record."""

    id: str
    incident: str
    details: Details | None
    salt: str
    commitment: str
    erased_utc: datetime | None = None


def commit(incident: str, details: Details, salt: bytes) -> str:
    """The hash that stands in the record. Raises ValueError for a salt that could be guessed."""
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt of {len(salt)} bytes can be guessed")
    return hashlib.sha256(salt + canonical({"incident": incident, "of": details})).hexdigest()


def is_as_recorded(person: Person) -> bool:
    """Are these the details that the record has a commitment to; False for one that was erased: nobody can tell any more."""
    if person.details is None:
        return False
    return commit(person.incident, person.details, bytes.fromhex(person.salt)) == person.commitment


def erase(person: Person, now_utc: datetime) -> Person:
    """Without anything that names or describes the person. The commitment stays."""
    return replace(person, details=None, salt="", erased_utc=now_utc)


def is_due(person: Person, closed_utc: datetime | None, now_utc: datetime, kept_for: timedelta = KEPT_FOR) -> bool:
    """Is it time to erase: the incident was closed so long ago."""
    return person.erased_utc is None and closed_utc is not None and now_utc - closed_utc > kept_for
