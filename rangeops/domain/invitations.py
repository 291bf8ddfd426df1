"""Codes that are good once: to become a user, and to set a password that was forgotten."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.users import Role

INVITATION_LASTS: Final = timedelta(days=7)
RESET_LASTS: Final = timedelta(hours=1)
TRIES: Final = 5
"""Of an invitation: names that are taken already. Whoever holds a code could else learn who is a user."""

LONGEST_MAIL: Final = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
_MAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Invitation:
    """code_sha256: of the code, which is told once. mail: "" where it is given by hand. by: who invites."""

    code_sha256: str
    full_name: str
    mail: str
    roles: frozenset[Role]
    company: str
    by: str
    made_utc: datetime
    expires_utc: datetime
    tries: int = 0

    @property
    def id(self) -> str:
        """What it is called: a part of its hash, by which nobody can act."""
        return self.code_sha256[:12]

    def over(self, now_utc: datetime) -> bool:
        return now_utc >= self.expires_utc or self.tries >= TRIES

    def tried(self) -> "Invitation":
        return replace(self, tries=self.tries + 1)


@dataclass(frozen=True, slots=True)
class ResetCode:
    """by: the admin who made it; "" where it went to the user's own mail."""

    code_sha256: str
    user: str
    by: str
    expires_utc: datetime

    def over(self, now_utc: datetime) -> bool:
        return now_utc >= self.expires_utc


def check_mail(address: str, *, where: str) -> str:
    """One plain address, "" for none: no name, no list, nothing that ends a header. Raises Invalid."""
    address = address.strip()
    if address and (len(address) > LONGEST_MAIL or _MAIL.fullmatch(address) is None):
        raise Invalid(f"{address[:60]!r} is no mail address", where=where, do="Write it as name@example.org.")
    return address
