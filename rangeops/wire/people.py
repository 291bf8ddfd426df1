"""What the HTTP API takes and gives of users and registers."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class UserView:
    """mail: told to who manages users; "" for others, and where there is none."""

    name: str
    full_name: str
    roles: tuple[str, ...]
    company: str
    disabled: bool
    has_password: bool
    has_token: bool
    version: int
    mail: str = ""


@dataclass(frozen=True, slots=True)
class UserRequest:
    """confirm: the password of whoever asks, re-entered."""

    name: str
    full_name: str
    roles: tuple[str, ...]
    company: str = ""
    confirm: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is None stays. version: of the user as the caller saw him. confirm: the caller's own password."""

    version: int
    full_name: str | None = None
    roles: tuple[str, ...] | None = None
    company: str | None = None
    disabled: bool | None = None
    reason: str = ""
    confirm: str = ""
    mail: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordRequest:
    """confirm: the caller's own password as it is now; "" where he sets his first."""

    password: str
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class TokenView:
    """A bearer token, given once: only its hash is kept."""

    user: str
    token: str


@dataclass(frozen=True, slots=True)
class ApiTokenRequest:
    """scopes: of api_tokens.Scope. days: how long it lasts. user: whose, where an admin makes it for another.

    confirm: the caller's own password.
    """

    name: str
    scopes: tuple[str, ...]
    days: int = 90
    user: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class ApiTokenView:
    """id: what it is called; nobody can act by it. last_used: the day, UTC."""

    id: str
    user: str
    name: str
    scopes: tuple[str, ...]
    made_utc: datetime
    expires_utc: datetime
    last_used: date | None


@dataclass(frozen=True, slots=True)
class MadeToken:
    """token: told this once; only its hash is kept."""

    token: str
    about: ApiTokenView


@dataclass(frozen=True, slots=True)
class SecondFactorView:
    """required: the range asks for one of somebody with his roles. recovery_left: codes that weren't used."""

    required: bool
    in_force: bool
    since_utc: datetime | None
    recovery_left: int


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """confirm: the caller's own password. code: of the second factor in force, or a recovery code, where there is one."""

    confirm: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator takes: uri as a link, qr_svg as a picture of it, secret (base32) to be typed. Told once."""

    uri: str
    secret: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class CodeRequest:
    code: str


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Each is good once in place of a code, for the day the device is gone. Told once: only hashes are kept."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvitationRequest:
    """mail: where the code is sent; "" to tell it oneself. confirm: the caller's own password."""

    full_name: str
    roles: tuple[str, ...]
    company: str = ""
    mail: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class InvitationView:
    """id: what it is called; nobody can accept it by that."""

    id: str
    full_name: str
    mail: str
    roles: tuple[str, ...]
    company: str
    by: str
    made_utc: datetime
    expires_utc: datetime


@dataclass(frozen=True, slots=True)
class MadeInvitation:
    """code: good once, told this once. mailed: it is on its way to the mail that was named, or in the outbox."""

    code: str
    about: InvitationView
    mailed: bool


@dataclass(frozen=True, slots=True)
class AcceptRequest:
    """name: as one will sign in."""

    code: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class MadeResetCode:
    """code: good once, told this once: to be given to the user by whoever knows him."""

    user: str
    code: str
    expires_utc: datetime


@dataclass(frozen=True, slots=True)
class ForgottenRequest:
    """name: as one signs in, or one's mail."""

    name: str


@dataclass(frozen=True, slots=True)
class ResetRequest:
    code: str
    password: str


@dataclass(frozen=True, slots=True)
class RegisterView:
    """One entry. fields: its texts by column, as its CSV has them."""

    kind: str
    id: str
    company: str
    version: int
    retired: bool
    valid_until: date | None
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """A new entry, or with `version` a changed one: then a field that isn't named stays as it is."""

    fields: dict[str, str]
    version: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Retirement:
    """retired: False brings it back."""

    version: int
    reason: str
    retired: bool = True


@dataclass(frozen=True, slots=True)
class ImportView:
    kind: str
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class ExpiryView:
    """stage: 30, 7 or 1 days, 0 for lapsed. says: the whole of it in words."""

    kind: str
    id: str
    company: str
    what: str
    until: date
    days_left: int
    stage: int
    says: str
