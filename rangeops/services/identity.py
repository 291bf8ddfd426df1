"""Users, their passwords and tokens. Secrets are kept as hashes, and appear in no record, log or answer but one."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Protocol

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Forbidden, NotFound, Refused
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.text import safe_text
from rangeops.domain.users import Role, User, check_password, roles_from
from rangeops.services.changes import RANGE, SERVER, Change, Changes
from rangeops.services.ports import UnitOfWork
from rangeops.wire.people import UserChange, UserRequest, UserView

TOKEN_BYTES: Final = 32
FREE_TRIES: Final = 5  # wrong passwords in a row before anybody has to wait
FIRST_WAIT_S: Final = 30.0  # doubled with each further one
LONGEST_WAIT_S: Final = 900.0
_MOST_COUNTED: Final = 1000  # names that wrong passwords are counted for: strangers invent names
_CONFIRM, _SIGN_IN = "confirm", "sign in"


class Passwords(Protocol):
    def hashed(self, password: str) -> str: ...
    def fits(self, password: str, password_hash: str) -> bool:
        """Whether it is the hash's password; False for no hash. Takes tens of milliseconds."""


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last_s: float

    def wait_s(self, now: Now) -> float:
        """How long the next try has to wait; <= 0: not at all."""
        if self.count < FREE_TRIES:
            return 0.0
        penalty_s = min(FIRST_WAIT_S * 2.0 ** min(self.count - FREE_TRIES, 10), LONGEST_WAIT_S)
        return self.last_s + penalty_s - now.monotonic_s


class Identity:
    def __init__(self, changes: Changes, passwords: Passwords) -> None:
        self._changes = changes
        self._passwords = passwords
        self._one_at_a_time = Lock()  # each verification takes 19 MiB; a flood of them must not take the machine's
        self._failures: dict[
            tuple[str, str], _Failures
        ] = {}  # a restart forgets them, and takes longer than their waits save

    # -- who calls ------------------------------------------------------------------------------------------------

    def caller(self, token: str) -> Actor | None:
        """Whom a token acts for; None for one that nobody has, or whose owner is disabled."""
        with self._changes.store.read() as work:
            user = work.users.with_token(_digest(token))
        return None if user is None or user.disabled else actor_of(user)

    def enter_local(self, name: str, token: str, now: Now) -> None:
        """At the server's start: the data folder's own token acts for this user, who is made where there is none.

        Made with every role of the range: whoever can read the folder can change its database anyway.
        """
        with self._changes.begin(now, SERVER) as change:
            holder = change.work.users.with_token(_digest(token))
            if holder is not None and holder.name == name:
                return
            if holder is not None:
                change.work.users.replace(replace(holder, token_sha256="", version=holder.version + 1))
            try:
                user = change.work.users.get(name)
            except NotFound:
                roles = frozenset([Role.OPERATOR, Role.SAFETY_OFFICER, Role.ADMIN])
                user = User(name, name, roles, token_sha256=_digest(token))
                change.work.users.add(user)
            else:
                user = replace(user, token_sha256=_digest(token), version=user.version + 1)
                change.work.users.replace(user)
            _record(change, "user.local", user, f"the local token acts for {name} ({user.title})")

    def confirm(self, name: str, password: str, now: Now) -> None:
        """The person re-enters his password for something that asks for it. Raises Forbidden, Refused."""
        where = f"user {name}"
        if (failures := self._try(_CONFIRM, name, password, now)) is None:
            return
        with self._changes.store.read() as work:
            user = work.users.get(name)
        if not user.password_hash:
            raise Refused("this asks for a password, and none is set", where=where, do="Run `rangeops user password`.")
        with self._changes.begin(now, actor_of(user)) as change:
            _record(change, "user.refused", user, f"a password of {name} was wrong, {failures} in a row")
        raise Forbidden("the password is wrong", where=where, do="Type it again.")

    def signs_in(self, name: str, password: str, now: Now) -> User:
        """Who has this name and password. Raises Forbidden, which doesn't tell whether there is such a user; Refused.

        Its wrong passwords are counted apart: a stranger who guesses at a sign-in keeps nobody who is at work from
        confirming what he does.
        """
        failures = self._try(_SIGN_IN, name, password, now)
        with self._changes.store.read() as work:
            user = _found(work, name)
        if failures is None and user is not None:
            return user
        if user is not None:
            with self._changes.begin(now, actor_of(user)) as change:
                _record(change, "user.refused", user, f"a sign-in as {name} was refused, {failures} in a row")
        raise Forbidden("the name or the password is wrong", where="sign in", do="Type them again.")

    def _try(self, what_for: str, name: str, password: str, now: Now) -> int | None:
        """None: it fits. Else how many wrong ones there were in a row. Raises Refused while the next one has to wait."""
        counted = (what_for, name[:64])
        with self._one_at_a_time:
            failures = self._failures.get(counted, _Failures(0, 0.0))
            if (wait_s := failures.wait_s(now)) > 0:
                raise Refused(
                    f"{failures.count} wrong passwords in a row",
                    where=f"user {name[:40]}",
                    do=f"Try again in {wait_s:.0f} s.",
                )
            with self._changes.store.read() as work:
                user = _found(work, name)
            fits = self._passwords.fits(password, "" if user is None else user.password_hash)
            if fits and user is not None and not user.disabled:
                self._failures.pop(counted, None)
                return None
            self._failures.pop(counted, None)  # so that the newest is the last
            self._failures[counted] = _Failures(failures.count + 1, now.monotonic_s)
            if len(self._failures) > _MOST_COUNTED:
                del self._failures[next(iter(self._failures))]
            return failures.count + 1

    # -- users ----------------------------------------------------------------------------------------------------

    def all(self, actor: Actor) -> tuple[UserView, ...]:
        require(actor, Act.SEE_RANGE, where="users")
        with self._changes.store.read() as work:
            return tuple(view_of(user) for user in work.users.all())

    def add(self, request: UserRequest, now: Now, actor: Actor) -> UserView:
        name = request.name.strip()
        where = f"user {name[:40]!r}"
        require(actor, Act.MANAGE_USERS, where=where)
        user = User(
            name,
            safe_text(request.full_name.strip(), limit=80),
            roles_from(request.roles, where=where),
            request.company.strip(),
        )
        self.confirm(actor.name, request.confirm, now)
        with self._changes.begin(now, actor) as change:
            change.work.users.add(user)
            _record(change, "user.add", user, f"user {name} ({user.title}) added by {actor.name}")
        return view_of(user)

    def change(self, name: str, wanted: UserChange, now: Now, actor: Actor) -> UserView:
        """Roles, company, name, disabled. Raises Conflict where it would leave nobody who may manage users."""
        where = f"user {name[:40]!r}"
        require(actor, Act.MANAGE_USERS, where=where)
        self.confirm(actor.name, wanted.confirm, now)
        with self._changes.begin(now, actor) as change:
            user = change.work.users.get(name)
            if user.version != wanted.version:
                raise Conflict(
                    f"it was changed meanwhile (version {user.version}, you saw {wanted.version})",
                    where=where,
                    do="Look at it again and decide anew.",
                )
            changed = replace(
                user,
                full_name=user.full_name if wanted.full_name is None else safe_text(wanted.full_name, limit=80),
                roles=user.roles if wanted.roles is None else roles_from(wanted.roles, where=where),
                company=user.company if wanted.company is None else wanted.company.strip(),
                disabled=user.disabled if wanted.disabled is None else wanted.disabled,
                version=user.version + 1,
            )
            change.work.users.replace(changed)
            _keep_an_admin(change.work, where)
            reason = safe_text(wanted.reason.strip())
            says = f"user {name} is {_state(changed)}, by {actor.name}{': ' if reason else ''}{reason}"
            _record(change, "user.change", changed, says)
        return view_of(changed)

    def set_password(self, name: str, password: str, confirm: str, now: Now, actor: Actor) -> UserView:
        """One's own (the first without another's word), or as an admin anybody's. confirm: the caller's, as it is now."""
        where = f"user {name[:40]!r}"
        check_password(password, where=where)
        with self._changes.store.read() as work:
            user = work.users.get(name)
        if name != actor.name:
            require(actor, Act.MANAGE_USERS, where=where)
        if name != actor.name or user.password_hash:
            self.confirm(actor.name, confirm, now)
        password_hash = self._passwords.hashed(password)
        with self._changes.begin(now, actor) as change:
            user = change.work.users.get(name)
            changed = replace(user, password_hash=password_hash, password_set_utc=now.utc, version=user.version + 1)
            change.work.users.replace(changed)
            _record(change, "user.password", changed, f"{actor.name} set a password for {name}")
        return view_of(changed)

    def new_token(self, name: str, confirm: str, now: Now, actor: Actor) -> str:
        """A token that acts for this user, in place of the one he had. Raises Refused for whoever is disabled."""
        where = f"user {name[:40]!r}"
        require(actor, Act.MANAGE_USERS, where=where)
        self.confirm(actor.name, confirm, now)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._changes.begin(now, actor) as change:
            user = change.work.users.get(name)
            if user.disabled:
                raise Refused("the user is disabled", where=where, do="Enable him first.")
            changed = replace(user, token_sha256=_digest(token), version=user.version + 1)
            change.work.users.replace(changed)
            _record(change, "user.token", changed, f"{actor.name} made a token for {name}")
        return token


def actor_of(user: User) -> Actor:
    return Actor(user.name, user.title, user.company)


def view_of(user: User) -> UserView:
    roles = tuple(role.value for role in Role if role in user.roles)
    return UserView(
        user.name, user.full_name, roles, user.company, user.disabled,
        bool(user.password_hash), bool(user.token_sha256), user.version,
    )  # fmt: skip


def _found(work: UnitOfWork, name: str) -> User | None:
    try:
        return work.users.get(name)
    except NotFound:
        return None


def _digest(token: str) -> str:
    """A token has 256 random bits: one round of SHA-256 keeps it, and finds it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _keep_an_admin(work: UnitOfWork, where: str) -> None:
    if not any(Role.ADMIN in user.roles and not user.disabled for user in work.users.all()):
        raise Conflict("nobody could manage users any more", where=where, do="Give another user the role admin first.")


def _state(user: User) -> str:
    of = f" of {user.company}" if user.company else ""
    return f"{'disabled' if user.disabled else 'enabled'}, {user.title}{of}"


def _record(change: Change, action: str, user: User, says: str) -> None:
    """What he may do now; neither his full name nor anything that he keeps secret."""
    body = {"user": user.name, "roles": user.title, "company": user.company, "disabled": user.disabled}
    change.record(action, f"user:{user.name}", says, body, about=[RANGE])
