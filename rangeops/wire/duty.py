"""What the HTTP API takes and gives of sessions and of who is on duty."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """room: what the screen calls itself. read_only: nothing can be changed through this session.

    code: of the second factor, or a recovery code; the answer is of kind code-wanted where one must be sent. word: for one
    deed at a room of the range's own, a second person's: no code is asked for, and the session ends after two minutes.
    """

    name: str
    password: str
    room: str = ""
    read_only: bool = False
    code: str = ""
    word: bool = False


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A session for whoever asks with his own token: a room that must not be able to do more than look."""

    room: str = ""
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class SessionView:
    """The bearer token is told once: only its hash is kept. expires_utc: unless it is used before.

    enrolling: it may set up a second factor (/second-factor), and nothing else. device: for the browser to keep, and to send
    when its person signs in again.
    """

    token: str
    user: str
    read_only: bool
    expires_utc: datetime
    enrolling: bool = False
    device: str = ""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """codes: recovery codes, told once. session: in place of the one that could do nothing but this; else None."""

    codes: tuple[str, ...]
    session: SessionView | None


@dataclass(frozen=True, slots=True)
class OwnSession:
    """Where one has signed in. browser: it ends by the clock. this: it is the one through which this was asked."""

    id: str
    room: str
    read_only: bool
    browser: bool
    started_utc: datetime
    expires_utc: datetime
    this: bool


@dataclass(frozen=True, slots=True)
class MeView:
    """Who a token acts as. roles: what he may do through it, which is an observer's where it is read-only.

    signed_in: by name and password, or through a session that his token opened; False for a token of a file.
    scopes: what the API token is for; None where it is none. enrolling: all he may do is to set up a second factor.
    """

    user: str
    full_name: str
    roles: tuple[str, ...]
    company: str
    read_only: bool
    signed_in: bool
    has_password: bool
    scopes: tuple[str, ...] | None = None
    enrolling: bool = False


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
