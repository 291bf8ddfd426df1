"""Who is on duty: one person a position, from when he takes it until he leaves it or another takes it over.

Duty says who answers for the range. It permits nothing and forbids nothing: whoever has the role may stop a vehicle, on
duty or not.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.users import Role, User

LONGEST_HANDOVER: Final = 128  # a hash of the hand-over page in hex, or its number


class Position(Enum):
    """Its value is the role that a person needs to hold it."""

    OPERATOR = Role.OPERATOR.value
    SAFETY_OFFICER = Role.SAFETY_OFFICER.value

    @property
    def role(self) -> Role:
        return Role(self.value)

    @property
    def title(self) -> str:
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Duty:
    """A position as it is held now; user "": by nobody. version counts its changes.

    taken_from: whom it was taken over from; "" where it was free. handover: of the hand-over page that was acknowledged.
    """

    position: Position
    user: str = ""
    since_utc: datetime | None = None
    taken_from: str = ""
    handover: str = ""
    version: int = 0


def position_of(text: str) -> Position:
    """Raises Invalid for what is no position."""
    try:
        return Position(text)
    except ValueError as error:
        known = " or ".join(position.value for position in Position)
        raise Invalid("it is no position", where=f"position {text[:40]!r}", do=f"Use {known}.") from error


def can_hold(user: User | None, position: Position) -> bool:
    """Whether a person still holds what he took: not once he is disabled, or has lost the role."""
    return user is not None and not user.disabled and position.role in user.roles
