"""The second factor of a sign-in: codes by time (RFC 6238), and recovery codes for the day the telephone is gone.

Who must have one is the range's policy. Codes are looked at by an adapter; here is what is kept and what it means.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.users import Role, User

STEP_S: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20  # as long as SHA-1's own output: RFC 4226 §4, R6
STEPS_EITHER_WAY: Final = 1  # a clock that is off by up to half a minute, and a code that was typed slowly
RECOVERY_CODES: Final = 10
NEVER: Final = -1

_COMMANDING: Final = frozenset([Role.OPERATOR, Role.SAFETY_OFFICER, Role.ADMIN])


class RequiredOf(Enum):
    """Whose sign-in asks for a second factor even where he has none yet. Whoever has one is always asked."""

    COMMANDING = "commanding"
    EVERYBODY = "everybody"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """sealed: the secret in force, encrypted; "" for none. since_utc: when a first code showed that it was taken over.

    last_step: of the newest code that was accepted, so that none is accepted twice. recovery: hashes of those that are
    left. pending: a secret that was shown and not confirmed yet; the one in force counts until then.
    """

    user: str
    sealed: str = ""
    since_utc: datetime | None = None
    last_step: int = NEVER
    recovery: tuple[str, ...] = ()
    pending: str = ""

    @property
    def in_force(self) -> bool:
        return bool(self.sealed)

    def after_code(self, step: int) -> "SecondFactor | None":
        """With this code used; None for one that was used before, or an older one."""
        return replace(self, last_step=step) if step > self.last_step else None

    def after_recovery(self, sha256: str) -> "SecondFactor | None":
        """Without this recovery code; None where it is none that is left."""
        if sha256 not in self.recovery:
            return None
        return replace(self, recovery=tuple(each for each in self.recovery if each != sha256))


def must_have(user: User, required: RequiredOf) -> bool:
    if required is RequiredOf.COMMANDING:
        return bool(user.roles & _COMMANDING)
    return required is RequiredOf.EVERYBODY


def plain_code(typed: str) -> str:
    """Without the spaces and dashes in which people read codes to themselves."""
    return "".join(character for character in typed.lower() if character.isalnum())
