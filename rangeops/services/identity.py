"""Users, their passwords and tokens. Secrets are kept as hashes, and appear in no record, log or answer but one."""

import hashlib
import secrets
from dataclasses import replace
from threading import Lock
from typing import Final, Protocol

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Forbidden, NotFound, Refused
from rangeops.domain.invitations import check_mail
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, may, require, require_in_person
from rangeops.domain.sessions import Origin
from rangeops.domain.text import safe_text
from rangeops.domain.users import Role, User, check_password, roles_from
from rangeops.services.changes import RANGE, SERVER, Change, Changes
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.throttle import Counted, Throttle, own_tries, tries_from
from rangeops.wire.people import UserChange, UserRequest, UserView

TOKEN_BYTES: Final = 32
_CONFIRM, _SIGN_IN = "confirm", "sign in"


class Passwords(Protocol):
    def hashed(self, password: str) -> str: ...
    def fits(self, password: str, password_hash: str) -> bool:
        """Whether it is the hash's password; False for no hash. Takes tens of milliseconds."""


class Identity:
    def __init__(self, changes: Changes, passwords: Passwords, throttle: Throttle) -> None:
        self._changes = changes
        self._passwords = passwords
        self._throttle = throttle
        self._one_at_a_time = Lock()  # each verification takes 19 MiB; a flood of them must not take the machine's

    # -- who calls ------------------------------------------------------------------------------------------------

    def caller(self, token: str) -> Actor | None:
        """Whom a token acts for; None for one that nobody has, or whose owner is disabled."""
        with self._changes.store.read() as work:
            user = work.users.with_token(digest_of(token))
        return None if user is None or user.disabled else actor_of(user)

    def enter_local(self, name: str, token: str, now: Now) -> None:
        """At the server's start: the data folder's own token acts for this user, who is made where there is none.

        Made with every role of the range: whoever can read the folder can change its database anyway.
        """
        with self._changes.begin(now, SERVER) as change:
            holder = change.work.users.with_token(digest_of(token))
            if holder is not None and holder.name == name:
                return
            if holder is not None:
                change.work.users.replace(replace(holder, token_sha256="", version=holder.version + 1))
            try:
                user = change.work.users.get(name)
            except NotFound:
                roles = frozenset([Role.OPERATOR, Role.SAFETY_OFFICER, Role.ADMIN])
                user = User(name, name, roles, token_sha256=digest_of(token))
                change.work.users.add(user)
            else:
                user = replace(user, token_sha256=digest_of(token), version=user.version + 1)
                change.work.users.replace(user)
            _record(change, "user.local", user, f"the local token acts for {name} ({user.title})")

    def admins(self) -> tuple[str, ...]:
        """Who can manage users and has a password, by name."""
        with self._changes.store.read() as work:
            users = work.users.all()
        return tuple(
            each.name for each in users if Role.ADMIN in each.roles and each.password_hash and not each.disabled
        )

    def enter_admin(self, name: str, password: str, now: Now) -> None:
        """At a range's first start, by whoever has its data folder: a user of this name is an admin with this password.

        Raises Invalid, Conflict for one that can't be: he is disabled or a company's member.
        """
        where = f"user {name[:40]!r}"
        check_password(password, where=where)
        password_hash = self._passwords.hashed(password)
        with self._changes.begin(now, SERVER) as change:
            before = user_named(change.work, name)
            if before is not None and (before.disabled or before.company):
                raise Conflict("this user can't be an admin", where=where, do="Choose another name.")
            user = before or User(name, name, frozenset([Role.ADMIN]))
            user = replace(user, roles=user.roles | {Role.ADMIN}, password_hash=password_hash, password_set_utc=now.utc)
            if before is None:
                change.work.users.add(user)
            else:
                change.work.users.replace(replace(user, version=before.version + 1))
                end_sessions(change.work, name)
            _record(change, "user.first", user, f"{name} ({user.title}) is the first admin")

    def confirm(self, name: str, password: str, now: Now) -> None:
        """The person re-enters his password for something that asks for it. Raises Forbidden, Refused."""
        where = f"user {name}"
        if (failures := self._try(own_tries(_CONFIRM, name), name, password, now)) is None:
            return
        with self._changes.store.read() as work:
            user = work.users.get(name)
        if not user.password_hash:
            raise Refused("this asks for a password, and none is set", where=where, do="Run `rangeops user password`.")
        with self._changes.begin(now, actor_of(user)) as change:
            _record(change, "user.refused", user, f"a password of {name} was wrong, {failures} in a row")
        raise Forbidden("the password is wrong", where=where, do="Type it again.")

    def signs_in(self, name: str, password: str, now: Now, origin: Origin, *, known: bool) -> User:
        """Who has this name and password. Raises Forbidden, which doesn't tell whether there is such a user; Refused.

        known: he has signed in at this browser before. Wrong passwords are counted apart from those of `confirm`: a stranger
        who guesses at a sign-in keeps nobody who is at work from confirming what he does.
        """
        failures = self._try(tries_from(_SIGN_IN, name, origin, known=known), name, password, now)
        with self._changes.store.read() as work:
            user = user_named(work, name)
        if failures is None and user is not None:
            return user
        if user is not None:
            with self._changes.begin(now, actor_of(user)) as change:
                _record(change, "user.refused", user, f"a sign-in as {name} was refused, {failures} in a row")
        raise Forbidden("the name or the password is wrong", where="sign in", do="Type them again.")

    def _try(self, counted: tuple[Counted, ...], name: str, password: str, now: Now) -> int | None:
        """None: it fits. Else how many wrong ones there were in a row. Raises Refused while the next one has to wait."""
        with self._one_at_a_time:
            self._throttle.check(counted, "passwords", f"user {name[:40]}", now)
            with self._changes.store.read() as work:
                user = user_named(work, name)
            fits = self._passwords.fits(password, "" if user is None else user.password_hash)
            if fits and user is not None and not user.disabled:
                self._throttle.passed(counted)
                return None
            return self._throttle.failed(counted, now)

    def hashed(self, password: str) -> str:
        return self._passwords.hashed(password)

    # -- users ----------------------------------------------------------------------------------------------------

    def all(self, actor: Actor) -> tuple[UserView, ...]:
        require(actor, Act.SEE_RANGE, where="users")
        with self._changes.store.read() as work:
            return tuple(view_of(user, mail=may(actor, Act.MANAGE_USERS)) for user in work.users.all())

    def add(self, request: UserRequest, now: Now, actor: Actor) -> UserView:
        name = request.name.strip()
        where = f"user {name[:40]!r}"
        require(actor, Act.MANAGE_USERS, where=where)
        user = User(
            name,
            safe_text(request.full_name.strip(), limit=80),
            roles_from(request.roles, where=where),
            request.company.strip(),
            mail=check_mail(request.mail, where=where),
        )
        self.confirm(actor.name, request.confirm, now)
        with self._changes.begin(now, actor) as change:
            change.work.users.add(user)
            _record(change, "user.add", user, f"user {name} ({user.title}) added by {actor.name}")
        return view_of(user, mail=True)

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
                mail=user.mail if wanted.mail is None else check_mail(wanted.mail, where=where),
                version=user.version + 1,
            )
            change.work.users.replace(changed)
            _keep_an_admin(change.work, where)
            if changed.disabled:
                end_sessions(change.work, name)
            elif changed.roles - user.roles:
                end_sessions(change.work, name, at_range=False)  # who may more, may have to sign in with more
            reason = safe_text(wanted.reason.strip())
            says = f"user {name} is {_state(changed)}, by {actor.name}{': ' if reason else ''}{reason}"
            _record(change, "user.change", changed, says)
        return view_of(changed, mail=True)

    def set_password(
        self, name: str, password: str, confirm: str, now: Now, actor: Actor, *, through: str = ""
    ) -> UserView:
        """One's own (the first without another's word), or as an admin anybody's. confirm: the caller's, as it is now.

        His sessions end, but for the one that this comes through, where it is his own.
        """
        where = f"user {name[:40]!r}"
        require_in_person(actor, where=where)
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
            end_sessions(change.work, name, but=through)
            _record(change, "user.password", changed, f"{actor.name} set a password for {name}")
        return view_of(changed)

    def new_token(self, name: str, confirm: str, now: Now, actor: Actor) -> str:
        """A token that acts for this user, in place of the one he had. Raises Refused for whoever is disabled."""
        where = f"user {name[:40]!r}"
        require_in_person(actor, where=where)
        require(actor, Act.MANAGE_USERS, where=where)
        self.confirm(actor.name, confirm, now)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._changes.begin(now, actor) as change:
            user = change.work.users.get(name)
            if user.disabled:
                raise Refused("the user is disabled", where=where, do="Enable him first.")
            changed = replace(user, token_sha256=digest_of(token), version=user.version + 1)
            change.work.users.replace(changed)
            _record(change, "user.token", changed, f"{actor.name} made a token for {name}")
        return token


def actor_of(user: User) -> Actor:
    return Actor(user.name, user.title, user.company)


def view_of(user: User, *, mail: bool = False) -> UserView:
    """mail: his address too, for who manages users."""
    roles = tuple(role.value for role in Role if role in user.roles)
    return UserView(
        user.name, user.full_name, roles, user.company, user.disabled,
        bool(user.password_hash), bool(user.token_sha256), user.version, user.mail if mail else "",
    )  # fmt: skip


def user_named(work: UnitOfWork, name: str) -> User | None:
    try:
        return work.users.get(name)
    except NotFound:
        return None


def digest_of(token: str) -> str:
    """A token has 256 random bits: one round of SHA-256 keeps it, and finds it."""
    return hashlib.sha256(token.encode()).hexdigest()


def end_sessions(work: UnitOfWork, name: str, *, but: str = "", at_range: bool = True) -> None:
    """but: hash of the token of one that stays. at_range: those of the range's own rooms, too."""
    for session in work.sessions.all():
        if session.user == name and session.token_sha256 != but and (at_range or not session.at_range):
            work.sessions.remove(session.token_sha256)


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
