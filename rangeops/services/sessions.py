"""Signing in and out: a session stands for a person at one screen. Its token is told once, and kept as a hash.

Sessions are in the store, so that a restart of the server signs nobody out: a room that lost its session with the server
could stop nothing until somebody had typed a password.
"""

import hashlib
import secrets
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, NotFound
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require, roles_of
from rangeops.domain.sessions import IDLE, Caller, Session, onlooker
from rangeops.domain.text import safe_text
from rangeops.domain.users import LONGEST_PASSWORD, Role, User
from rangeops.services.changes import RANGE, Change, Changes
from rangeops.services.identity import TOKEN_BYTES, Identity, actor_of
from rangeops.services.ports import UnitOfWork
from rangeops.wire.duty import MeView, OpenRequest, SessionView, SignIn

LONGEST_ROOM: Final = 64
MOST_OF_ONE: Final = 20
"""Sessions of one person: with one more the oldest ends. He has that many screens at most, and a script that signs in
again and again fills no table."""


class Sessions:
    def __init__(self, changes: Changes, identity: Identity) -> None:
        self._changes = changes
        self._identity = identity

    def caller(self, token: str, now: Now) -> Caller | None:
        """Whom a token acts for: a user's own, or a session's; None for one that nobody has, or that has ended."""
        actor = self._identity.caller(token)
        if actor is not None:
            return Caller(actor)
        digest = digest_of(token)
        with self._changes.store.read() as work:
            session = work.sessions.get(digest)
            user = None if session is None else _user(work, session.user)
        if session is None or user is None or user.disabled or session.over(now.utc):
            return None
        acting = onlooker(actor_of(user)) if session.read_only else actor_of(user)
        return Caller(acting, session.read_only, digest)

    def sign_in(self, request: SignIn, now: Now) -> SessionView:
        """By name and password. Raises Forbidden for a wrong one, Refused while this name has to wait."""
        name, room = request.name.strip(), _room_of(request.room)
        user = self._identity.signs_in(name, request.password[: LONGEST_PASSWORD + 1], now)
        with self._changes.begin(now, actor_of(user)) as change:
            says = f"{user.name} ({user.title}) signs in at {room}{' read-only' if request.read_only else ''}"
            return _begin(change, user, room, read_only=request.read_only, says=says)

    def open(self, request: OpenRequest, now: Now, actor: Actor) -> SessionView:
        """A session of the caller's own, which may be read-only where his token isn't. Raises Forbidden."""
        require(actor, Act.SEE_RANGE, where="a session")
        room = _room_of(request.room)
        with self._changes.begin(now, actor) as change:
            user = change.work.users.get(actor.name)
            says = f"a {'read-only ' if request.read_only else ''}screen opens at {room} for {user.name}"
            return _begin(change, user, room, read_only=request.read_only, says=says)

    def sign_out(self, caller: Caller, now: Now) -> None:
        """The session ends; a user's own token has none to end. Raises Invalid."""
        if not caller.session:
            raise Invalid(
                "nobody signed in with it: it is a user's own token",
                where="sign out",
                do="End a token with `rangeops user token`, or disable the user.",
            )
        with self._changes.begin(now, caller.actor) as change:
            session = change.work.sessions.get(caller.session)
            if session is not None:
                change.work.sessions.remove(session.token_sha256)
                _record(change, "user.sign-out", session, f"{session.user} signs out at {session.room}")

    def prolong(self, caller: Caller, now: Now) -> None:
        """Its screen is still there."""
        if not caller.session:
            return
        with self._changes.store.read() as work:
            session = work.sessions.get(caller.session)
        if session is None or (longer := session.prolonged(now.utc)) is None:
            return
        with self._changes.begin(now, caller.actor) as change:
            if change.work.sessions.get(caller.session) is not None:
                change.work.sessions.put(longer)

    def me(self, caller: Caller) -> MeView:
        with self._changes.store.read() as work:
            user = work.users.get(caller.actor.name)
        held = roles_of(caller.actor)
        roles = tuple(role.value for role in Role if role in held)
        return MeView(
            user.name, user.full_name, roles, caller.actor.company, caller.read_only, bool(caller.session),
            bool(user.password_hash),
        )  # fmt: skip


def digest_of(token: str) -> str:
    """A token has 256 random bits: one round of SHA-256 keeps it, and finds it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _begin(change: Change, user: User, room: str, *, read_only: bool, says: str) -> SessionView:
    if user.company:
        raise Forbidden(
            f"{user.name} is a company's member", where="a session", do="Use the range's API with your own token."
        )
    now_utc, token = change.now.utc, secrets.token_urlsafe(TOKEN_BYTES)
    session = Session(digest_of(token), user.name, room, read_only, now_utc, now_utc + IDLE)
    _tidy(change, user.name)
    change.work.sessions.put(session)
    _record(change, "user.sign-in", session, says)
    return SessionView(token, user.name, read_only, session.expires_utc)


def _tidy(change: Change, user: str) -> None:
    """What is over goes; of this user's no more stay than leave room for one."""
    sessions = change.work.sessions.all()
    over = [session for session in sessions if session.over(change.now.utc)]
    own = sorted(
        (each for each in sessions if each.user == user and each not in over), key=lambda each: each.expires_utc
    )
    for session in (*over, *own[: max(0, len(own) + 1 - MOST_OF_ONE)]):
        change.work.sessions.remove(session.token_sha256)


def _record(change: Change, action: str, session: Session, says: str) -> None:
    """The session is named by a part of its token's hash, by which nobody can act."""
    body = {"user": session.user, "room": session.room, "read_only": session.read_only, "id": session.token_sha256[:12]}
    change.record(action, f"user:{session.user}", says, body, about=[RANGE])


def _room_of(text: str) -> str:
    return safe_text(text.strip(), limit=LONGEST_ROOM) or "a screen"


def _user(work: UnitOfWork, name: str) -> User | None:
    try:
        return work.users.get(name)
    except NotFound:
        return None
