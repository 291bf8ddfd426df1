"""Who has signed in where: a session stands for one person at one screen, by a token of its own."""

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.api_tokens import Scope
from rangeops.domain.audit import Actor
from rangeops.domain.users import Role

IDLE: Final = timedelta(hours=12)
"""A session that nothing was heard of for so long has ended. An open room is heard once a minute: its session never
ends by itself, for a room that signs itself out could not stop a vehicle."""

BROWSER_IDLE: Final = timedelta(hours=4)
AWAY_LASTS: Final = timedelta(hours=12)
"""A session from elsewhere than a room of the range's ends so long after it began, whatever is heard of it: it lies on
machines that the range doesn't know. Nobody stops a vehicle from there."""

WALL_LASTS: Final = timedelta(days=30)
"""A read-only one, for a screen on a wall that nobody signs in at each morning."""

PROLONGED_AFTER: Final = timedelta(minutes=10)  # so that an open room costs a write every ten minutes, not every minute


WORD_LASTS: Final = timedelta(minutes=2)
"""Of a session for one deed: a second person's word at a room."""

WORD_IS_FOR: Final = frozenset([Scope.READ.value, Scope.COMMAND.value])
DEVICE_LASTS: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody signs in; what isn't known is "".

    address: of the client. before: token of the session that this screen had, which ends with it. browser: a page, and no
    control room. device: what the browser was given when somebody signed in there before; of a room, what it is told
    from others by. at_range: a room of the range's own, which has shown a token that it was given.
    """

    address: str = ""
    before: str = ""
    browser: bool = False
    device: str = ""
    at_range: bool = False

    @property
    def network(self) -> str:
        """What one household or one attacker has of addresses: one of IPv4, a /64 of IPv6. "" where none is known."""
        try:
            found = ipaddress.ip_address(self.address)
        except ValueError:
            return ""
        if found.version == 6 and found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


HERE: Final = Origin()
"""From nowhere that is known: a stranger's."""


@dataclass(frozen=True, slots=True)
class Session:
    """token_sha256: of its bearer token, which nobody but the screen has. room: what the screen calls itself.

    read_only: whoever it is, he sees as an observer does and can change nothing. expires_utc: unless it is heard of
    before. ends_utc: in any case; None for a control room's, which ends by no clock. at_range: begun by a token that the
    range gave. enrolling: all it may do is to set up a second factor. word: for one deed alone.
    """

    token_sha256: str
    user: str
    room: str
    read_only: bool
    started_utc: datetime
    expires_utc: datetime
    ends_utc: datetime | None = None
    browser: bool = False
    at_range: bool = False
    enrolling: bool = False
    word: bool = False

    @property
    def id(self) -> str:
        """What it is called: a part of its token's hash, by which nobody can act."""
        return self.token_sha256[:12]

    def over(self, now_utc: datetime) -> bool:
        return now_utc >= self.expires_utc

    def prolonged(self, now_utc: datetime) -> "Session | None":
        """None: it needn't be, yet."""
        later = self._expiry(now_utc)
        return replace(self, expires_utc=later) if later - self.expires_utc >= PROLONGED_AFTER else None

    def begun(self) -> "Session":
        """With the end that it has when nothing is heard of it."""
        return replace(self, expires_utc=self._expiry(self.started_utc))

    def _expiry(self, now_utc: datetime) -> datetime:
        idle = BROWSER_IDLE if self.browser and not self.read_only else IDLE
        return now_utc + idle if self.ends_utc is None else min(now_utc + idle, self.ends_utc)


def end_of(origin: Origin, now_utc: datetime, *, read_only: bool, word: bool) -> datetime | None:
    """When a session from there ends, whatever is heard of it; None: never by the clock."""
    if word:
        return now_utc + WORD_LASTS
    if origin.at_range:
        return None
    return now_utc + (WALL_LASTS if read_only else AWAY_LASTS)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and through what. session: hash of its token; "" where a user's own token was sent, or an API token.

    token: id of the API token, which is for what `actor.scopes` says; "" for none. at_range: by a token that the range
    gave for a room, or a session that began by one. enrolling: he may set up his second factor, and nothing else.
    """

    actor: Actor
    read_only: bool = False
    session: str = ""
    token: str = ""
    at_range: bool = False
    enrolling: bool = False


def onlooker(actor: Actor) -> Actor:
    """The same person with an observer's rights alone: his own may be more."""
    return Actor(actor.name, Role.OBSERVER.value)
