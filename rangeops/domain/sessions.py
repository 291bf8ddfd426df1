"""Who has signed in where: a session stands for one person at one screen, by a token of its own."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.users import Role

IDLE: Final = timedelta(hours=12)
"""A session that nothing was heard of for so long has ended. An open room is heard once a minute: its session never
ends by itself, for a room that signs itself out could not stop a vehicle."""

PROLONGED_AFTER: Final = timedelta(minutes=10)  # so that an open room costs a write every ten minutes, not every minute


@dataclass(frozen=True, slots=True)
class Session:
    """token_sha256: of its bearer token, which nobody but the screen has. room: what the screen calls itself.

    read_only: whoever it is, he sees as an observer does and can change nothing.
    """

    token_sha256: str
    user: str
    room: str
    read_only: bool
    started_utc: datetime
    expires_utc: datetime

    def over(self, now_utc: datetime) -> bool:
        return now_utc >= self.expires_utc

    def prolonged(self, now_utc: datetime) -> "Session | None":
        """None: it needn't be, yet."""
        if self.expires_utc - now_utc > IDLE - PROLONGED_AFTER:
            return None
        return replace(self, expires_utc=now_utc + IDLE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and through what. session: hash of its token; "" where a user's own token was sent."""

    actor: Actor
    read_only: bool = False
    session: str = ""


def onlooker(actor: Actor) -> Actor:
    """The same person with an observer's rights alone: his own may be more."""
    return Actor(actor.name, Role.OBSERVER.value)
