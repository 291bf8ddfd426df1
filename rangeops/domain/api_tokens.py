"""Tokens by which another system acts for a user: named, for some purposes, for a time."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from rangeops.domain.errors import Invalid

PREFIX: Final = "rangeops_"
"""Every such token begins with it: whoever searches what he publishes for secrets finds one."""

LONGEST_DAYS: Final = 366
USUAL_DAYS: Final = 90
LONGEST_NAME: Final = 40
MOST_OF_ONE: Final = 20
"""Tokens of one person that are in force."""


class Scope(Enum):
    """What a token is for. Which deeds belong to which stands in permissions_of_roles.SCOPE_OF."""

    READ = "read"
    PLANS = "plans"
    SLOTS = "slots"
    RANGE = "range"
    COMMAND = "command"
    INCIDENTS = "incidents"
    REGISTERS = "registers"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """token_sha256: of the token itself, which is told once. last_used: the day, UTC; None: never yet."""

    token_sha256: str
    user: str
    name: str
    scopes: frozenset[Scope]
    made_utc: datetime
    expires_utc: datetime
    last_used: date | None = None

    @property
    def id(self) -> str:
        """What it is called: a part of its hash, by which nobody can act."""
        return self.token_sha256[:12]

    def over(self, now_utc: datetime) -> bool:
        return now_utc >= self.expires_utc

    def used(self, now_utc: datetime) -> "ApiToken | None":
        """With today as the day of its last use; None where that is written down already."""
        today = now_utc.date()
        return None if self.last_used == today else replace(self, last_used=today)


def expiry(days: int, now_utc: datetime, *, where: str) -> datetime:
    """Raises Invalid: a token without an end is forgotten, and found by another."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            f"a token lasts 1 to {LONGEST_DAYS} days", where=where, do="Make another before the old one ends."
        )
    return now_utc + timedelta(days=days)


def scopes_from(texts: tuple[str, ...], *, where: str) -> frozenset[Scope]:
    """Raises Invalid for what is no scope, and for none at all."""
    known = {scope.value: scope for scope in Scope}
    for text in texts:
        if text not in known:
            raise Invalid(f"{text!r:.40} is no scope", where=where, do=f"Use some of {', '.join(known)}.")
    if not texts:
        raise Invalid("a token is for something", where=where, do=f"Give some of {', '.join(known)}.")
    return frozenset(known[text] for text in texts)
