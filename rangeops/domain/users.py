"""Who may sign in, and as what. What a role may do stands in permissions_of_roles."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.errors import Invalid

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256  # argon2 hashes any length; a megabyte is an attack
_NAME: Final = re.compile(r"[^\W_](?:[\w .'-]{0,38}[\w.])?")  # a file, a line of a log and a URL can carry it


class Role(Enum):
    OPERATOR = "operator"
    SAFETY_OFFICER = "range-safety-officer"
    OBSERVER = "observer"
    COMPANY_MEMBER = "company-member"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """A person with a name of his own. company: whose member he is; "" for the range's people.

    password_hash: argon2id in PHC form, "" where none was set: then nothing that asks for it can be done.
    token_sha256: of the token that acts for him; "" where he has none. mail: where a forgotten password is helped; "" for none.
    """

    name: str
    full_name: str
    roles: frozenset[Role]
    company: str = ""
    disabled: bool = False
    password_hash: str = ""
    password_set_utc: datetime | None = None
    token_sha256: str = ""
    version: int = 1
    mail: str = ""

    def __post_init__(self) -> None:
        """Raises Invalid for a name that no file and no line of a log could carry, and for a member of nothing."""
        where = f"user {self.name[:40]!r}"
        if not is_name(self.name):
            raise Invalid(
                "it is no user's name",
                where=where,
                do="Begin with a letter or digit; up to 40 letters, digits, dots, dashes and spaces.",
            )
        if not self.roles:
            raise Invalid("the user has no role", where=where, do=f"Give one of {role_names()}.")
        if (Role.COMPANY_MEMBER in self.roles) != bool(self.company):
            raise Invalid(
                "a company member has a company, and nobody else has",
                where=where,
                do="Name the company, or give another role.",
            )
        if not self.company.isprintable():
            raise Invalid("it is no company's id", where=where, do="Use the one that the register has.")
        if self.company and len(self.roles) > 1:
            raise Invalid(
                "a company's member can't also be one of the range's people",
                where=where,
                do="Make a second user for that.",
            )

    @property
    def title(self) -> str:
        """His roles as the record has them: "operator, range-safety-officer"."""
        return ", ".join(role.value for role in Role if role in self.roles)


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def role_names() -> str:
    return ", ".join(role.value for role in Role)


def roles_from(texts: Iterable[str], *, where: str) -> frozenset[Role]:
    """Raises Invalid for what is no role."""
    known = {role.value: role for role in Role}
    for text in texts:
        if text not in known:
            raise Invalid(f"{text!r:.40} is no role", where=where, do=f"Use one of {role_names()}.")
    return frozenset(known[text] for text in texts)


def check_password(password: str, *, where: str) -> None:
    """Raises Invalid for what is too short to be guarded by any hash."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters",
            where=where,
            do="Take a sentence of several words.",
        )
    if any("\ud800" <= character <= "\udfff" for character in password):  # half of a pair: JSON can say it, text can't
        raise Invalid("a password is text", where=where, do="Take a sentence of several words.")
