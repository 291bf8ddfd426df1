"""Invitations: somebody is to become a user, chooses his name and his password himself, and nobody else ever knows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.invitations import INVITATION_LASTS, Invitation, check_mail
from rangeops.domain.letters import Letter, Sender, invitation
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, may, require, require_in_person
from rangeops.domain.registers import RegisterKind
from rangeops.domain.sessions import HERE, Caller, Origin
from rangeops.domain.text import safe_text
from rangeops.domain.users import Role, User, check_password, roles_from
from rangeops.services.changes import RANGE, Change, Changes
from rangeops.services.identity import Identity, actor_of, user_named, view_of
from rangeops.services.one_time import kept, new_code, worthless
from rangeops.services.throttle import Throttle, tries_by
from rangeops.wire.people import (
    AcceptRequest,
    InvitationRequest,
    InvitationView,
    MadeInvitation,
    UserView,
)

_WHERE: Final = "an invitation"
_TRIES: Final = "invitation"
_MEMBER: Final = frozenset([Role.COMPANY_MEMBER])


class Post(Protocol):
    def send(self, letter: Letter) -> None:
        """On its way, or kept where a person finds it. May take as long as another machine does."""


Later = Callable[[Callable[[], None]], None]
"""Has a deed done soon, one after another, by nobody whom somebody waits for."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is needed to write to somebody."""

    post: Post
    later: Later
    sender: Sender

    def send(self, letter: Letter) -> None:
        self.later(lambda: self.post.send(letter))


class Invitations:
    def __init__(self, changes: Changes, identity: Identity, throttle: Throttle, mail: Mail) -> None:
        self._changes = changes
        self._identity = identity
        self._throttle = throttle
        self._mail = mail

    def make(self, request: InvitationRequest, now: Now, caller: Caller) -> MadeInvitation:
        """Told once, and sent to the mail that is named. Raises Invalid, Forbidden, NotFound for a company, Refused."""
        require_in_person(caller.actor, where=_WHERE)
        code = new_code()
        made = Invitation(
            kept(code),
            safe_text(request.full_name.strip(), limit=80),
            check_mail(request.mail, where=_WHERE),
            roles_from(request.roles, where=_WHERE),
            request.company.strip(),
            caller.actor.name,
            now.utc,
            now.utc + INVITATION_LASTS,
        )
        require(caller.actor, _act_of(made), where=_WHERE)
        if not made.full_name:
            raise Invalid("nobody is named", where=_WHERE, do="Say whom it is for.")
        User("invited", made.full_name, made.roles, made.company)  # what can't be a user can't be invited
        self._identity.confirm(caller.actor.name, request.confirm, now)
        with self._changes.begin(now, caller.actor) as change:
            if made.company:
                change.work.registers.get(RegisterKind.COMPANY, made.company)
            _tidy(change)
            change.work.invitations.put(made)
            _record(change, made, f"{caller.actor.name} invites somebody as {_title(made)}")
        if made.mail:
            self._mail.send(invitation(self._mail.sender, made.mail, made.full_name, code, made.expires_utc))
        return MadeInvitation(code, _view(made), bool(made.mail))

    def all(self, now: Now, caller: Caller) -> tuple[InvitationView, ...]:
        """Those that can still be accepted, of a kind that the caller may make; the newest first."""
        require_in_person(caller.actor, where=_WHERE)
        require(caller.actor, Act.INVITE_MEMBER, where=_WHERE)
        with self._changes.store.read() as work:
            found = [each for each in work.invitations.all() if not each.over(now.utc)]
        found.sort(key=lambda each: each.made_utc, reverse=True)
        return tuple(_view(each) for each in found if may(caller.actor, _act_of(each)))

    def withdraw(self, id: str, now: Now, caller: Caller) -> None:  # noqa: A002  # an id's own name
        """Raises Forbidden, NotFound."""
        require_in_person(caller.actor, where=_WHERE)
        require(caller.actor, Act.INVITE_MEMBER, where=_WHERE)
        with self._changes.begin(now, caller.actor) as change:
            found = next((each for each in change.work.invitations.all() if each.id == id), None)
            if found is None or not may(caller.actor, _act_of(found)):
                raise NotFound("there is no such invitation", where=f"invitation {id:.20}", do="List them.")
            change.work.invitations.remove(found.code_sha256)
            _record(change, found, f"{caller.actor.name} withdraws an invitation as {_title(found)}")

    # -- whoever was invited --------------------------------------------------------------------------------------

    def look(self, code: str, now: Now, origin: Origin = HERE) -> InvitationView:
        """What a code is for, to be shown to who has it. Raises Forbidden for one that is worth nothing, Refused."""
        counted = tries_by(_TRIES, origin)
        self._throttle.check(counted, "codes", _WHERE, now)
        with self._changes.store.read() as work:
            found = work.invitations.get(kept(code))
        if found is None or found.over(now.utc):
            self._throttle.failed(counted, now)
            raise worthless(_WHERE)
        return _view(found)

    def accept(self, request: AcceptRequest, now: Now, origin: Origin = HERE) -> UserView:
        """A user of this name and password, with what the invitation gives. The code is used up.

        A name that is taken is said to be; five of them use up the code, so that nobody learns many names by it.
        Raises Forbidden for a code that is worth nothing, Conflict for a name that is taken, Invalid, Refused.
        """
        name = request.name.strip()
        check_password(request.password, where=_WHERE)
        found = self.look(request.code, now, origin)
        user = User(name, found.full_name, roles_from(found.roles, where=_WHERE), found.company)
        password_hash = self._identity.hashed(request.password)
        with self._changes.begin(now, actor_of(user)) as change:
            stored = change.work.invitations.get(kept(request.code))
            if stored is None or stored.over(now.utc):
                raise worthless(_WHERE)
            taken = user_named(change.work, name) is not None
            if taken:
                change.work.invitations.put(stored.tried())
            else:
                user = _named(user, stored, password_hash, now)
                change.work.users.add(user)
                change.work.invitations.remove(stored.code_sha256)
                _record(change, stored, f"{name} ({user.title}) is a user now, invited by {stored.by}", user=name)
        if taken:
            raise Conflict("this name is taken", where=f"user {name}", do="Choose another.")
        return view_of(user, mail=True)


def _named(user: User, stored: Invitation, password_hash: str, now: Now) -> User:
    return User(
        user.name,
        user.full_name,
        user.roles,
        user.company,
        password_hash=password_hash,
        password_set_utc=now.utc,
        mail=stored.mail,
    )


def _act_of(made: Invitation) -> Act:
    """A company's member is the operators' business too; everybody else is an admin's alone."""
    return Act.INVITE_MEMBER if made.roles == _MEMBER else Act.MANAGE_USERS


def _tidy(change: Change) -> None:
    for each in change.work.invitations.all():
        if each.over(change.now.utc):
            change.work.invitations.remove(each.code_sha256)


def _title(made: Invitation) -> str:
    title = ", ".join(role.value for role in Role if role in made.roles)
    return f"{title}{f' of {made.company}' if made.company else ''}"


def _view(made: Invitation) -> InvitationView:
    roles = tuple(role.value for role in Role if role in made.roles)
    return InvitationView(
        made.id, made.full_name, made.mail, roles, made.company, made.by, made.made_utc, made.expires_utc
    )  # fmt: skip


def _record(change: Change, made: Invitation, says: str, *, user: str = "") -> None:
    """Neither whom it is for nor his mail: the record can't be erased."""
    body = {"id": made.id, "roles": _title(made), "user": user, "expires": made.expires_utc}
    change.record("user.invitation", f"invitation:{made.id}", says, body, about=[RANGE])
