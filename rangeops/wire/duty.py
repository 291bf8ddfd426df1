"""What the HTTP API takes and gives of sessions and of who is on duty."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """room: what the screen calls itself. read_only: nothing can be changed through this session."""

    name: str
    password: str
    room: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A session for whoever asks with his own token: a room that must not be able to do more than look."""

    room: str = ""
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class SessionView:
    """The bearer token is told once: only its hash is kept. expires_utc: unless it is used before."""

    token: str
    user: str
    read_only: bool
    expires_utc: datetime


@dataclass(frozen=True, slots=True)
class MeView:
    """Who a token acts as. roles: what he may do through it, which is an observer's where it is read-only.

    signed_in: by name and password, or through a session that his token opened; False for a token of a file.
    """

    user: str
    full_name: str
    roles: tuple[str, ...]
    company: str
    read_only: bool
    signed_in: bool
    has_password: bool


@dataclass(frozen=True, slots=True)
class DutyView:
    """A position and who holds it; user "": nobody. version: to be given back when it is taken or left."""

    position: str
    title: str
    user: str
    full_name: str
    since_utc: datetime | None
    taken_from: str
    handover: str
    version: int


@dataclass(frozen=True, slots=True)
class DutyRequest:
    """version: of the position as the caller saw it. handover: the hand-over page that he read and acknowledges.

    note: what else is to be in the record.
    """

    version: int
    handover: str = ""
    note: str = ""
