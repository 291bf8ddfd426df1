"""One small tree of errors. Each says where, what, and what to do; `kind` picks exit code and HTTP status."""

from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What went wrong, coarse enough for one table in cli (exit code) and one in server (status)."""

    INVALID = "invalid"  # the input is not what it must be
    REFUSED = "refused"  # understood, and a rule says no
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"  # somebody or something else has it, or it moved on meanwhile
    FORBIDDEN = "forbidden"
    CODE_WANTED = "code-wanted"  # the password fits, and a second factor's code is asked for beside it
    UNAVAILABLE = "unavailable"  # a port, a folder, a process can't be reached now
    DAMAGED = "damaged"  # stored data isn't what was written


class RangeopsError(Exception):
    """Base of everything this package raises on purpose.

    what: one clause, no full stop. where: file, port, vehicle, slot. do: one sentence, with its full stop.
    """

    kind: ClassVar[Kind] = Kind.INVALID

    def __init__(self, what: str, *, where: str, do: str) -> None:
        super().__init__(f"{where}: {what}. {do}")
        self.what = what
        self.where = where
        self.do = do

    @property
    def beside_where(self) -> str:
        """What and what to do, for a place where `where` stands beside it."""
        return f"{self.what}. {self.do}"


class Invalid(RangeopsError):
    kind = Kind.INVALID


class TooLarge(Invalid):
    """A file that is too large to be looked into."""


class Refused(RangeopsError):
    kind = Kind.REFUSED


class NotFound(RangeopsError):
    kind = Kind.NOT_FOUND


class Conflict(RangeopsError):
    kind = Kind.CONFLICT


class Forbidden(RangeopsError):
    kind = Kind.FORBIDDEN


class CodeWanted(RangeopsError):
    kind = Kind.CODE_WANTED


class Unavailable(RangeopsError):
    kind = Kind.UNAVAILABLE


class PerhapsDone(Unavailable):
    """It was lost while it was done: whether it was, nobody can say before it is back."""


class Damaged(RangeopsError):
    kind = Kind.DAMAGED
