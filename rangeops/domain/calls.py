"""Calls by voice: fixed words that carry their object, and the log of who called whom, why, and whether he answered.

Words collide between communities (a bare STOP, "terminate", "knock it off"): so there are these and no others, each
with the callsign or the sector it is about. KILL is flight termination and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.text import reason_given, safe_text

_MOST: Final = 80


class CallWord(Enum):
    """What is said. The object follows it: a callsign, or a sector's name."""

    HOLD = "HOLD"
    RETURN = "RETURN"  # to launch
    LAND = "LAND"
    RESUME = "RESUME"  # a vehicle that was held
    REPORT = "REPORT"  # position and intention
    TAKE_OVER = "TAKE OVER"  # fly it by hand
    KILL = "KILL"  # flight termination
    FLY_AWAY = "FLY AWAY"  # to whom it may concern: it doesn't obey
    CLEAR_SECTOR = "CLEAR SECTOR"
    SECTOR_CLEAR = "SECTOR CLEAR"  # everybody there is seen held, or down
    RESUME_SECTOR = "RESUME SECTOR"


OF_A_SECTOR: Final = frozenset([CallWord.CLEAR_SECTOR, CallWord.SECTOR_CLEAR, CallWord.RESUME_SECTOR])


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was made. about: callsign or sector; to: who was called; via: channel or number.

    answered: None: not known.
    """

    word: CallWord
    about: str
    to: str
    via: str
    reason: str
    by: str
    at_utc: datetime
    answered: bool | None

    @property
    def words(self) -> str:
        """As it is said on the radio."""
        return f"{self.word.value} {self.about}"


def word_from(text: str) -> CallWord:
    """Raises Invalid, naming the words that there are."""
    spoken = " ".join(text.replace("-", " ").upper().split())
    for word in CallWord:
        if word.value == spoken:
            return word
    raise Invalid(
        f"{safe_text(text, limit=30)!r} is no call word",
        where="call",
        do=f"Use one of {', '.join(word.value for word in CallWord)}, with its object.",
    )


def named(text: str, what: str) -> str:
    """A name that a call carries. Raises Invalid where it is missing."""
    name = safe_text(text.strip(), limit=_MOST)
    if not name:
        raise Invalid(f"{what} is missing", where="call", do="A call carries its object, and says who was called.")
    return name


def call_reason(text: str) -> str:
    return reason_given(text, where="call")
