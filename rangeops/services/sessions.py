"""Signing in and out: a session stands for a person at one screen. Its token is told once, and kept as a hash.

Sessions are in the store, so that a restart of the server signs nobody out: a room that lost its session with the server
could stop nothing until somebody had typed a password.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from rangeops.domain.api_tokens import PREFIX
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, NotFound, Unavailable
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, may, require, require_in_person, roles_of
from rangeops.domain.sessions import HERE, WORD_IS_FOR, Caller, Origin, Session, end_of, onlooker
from rangeops.domain.text import safe_text
from rangeops.domain.users import LONGEST_PASSWORD, Role, User
from rangeops.services.changes import RANGE, Change, Changes
from rangeops.services.devices import Devices
from rangeops.services.identity import TOKEN_BYTES, Identity, actor_of, digest_of, user_named
from rangeops.services.second_factors import CODE, SecondFactors
from rangeops.services.throttle import tries_from
from rangeops.services.tokens import Tokens
from rangeops.wire.duty import Enrolled, MeView, OpenRequest, OwnSession, SessionView, SignIn

LONGEST_ROOM: Final = 64
MOST_OF_ONE: Final = 20
"""Sessions of one person: with one more the oldest ends. He has that many screens at most, and a script that signs in
again and again fills no table."""
_log = structlog.get_logger(__name__)


class Sessions:
    def __init__(
        self, changes: Changes, identity: Identity, tokens: Tokens, second_factors: SecondFactors, devices: Devices
    ) -> None:
        self._changes = changes
        self._identity = identity
        self._tokens = tokens
        self._second_factors = second_factors
        self._devices = devices

    def caller(self, token: str, now: Now) -> Caller | None:
        """Whom a token acts for: a user's own, a session's or an API token; None for one that nobody has, or that has ended."""
        if token.startswith(PREFIX):
            return self._tokens.caller(token, now)
        actor = self._identity.caller(token)
        if actor is not None:
            return Caller(actor, at_range=may(actor, Act.SEE_RANGE))
        digest = digest_of(token)
        with self._changes.store.read() as work:
            session = work.sessions.get(digest)
            user = None if session is None else user_named(work, session.user)
        if session is None or user is None or user.disabled or session.over(now.utc):
            return None
        if session.browser:
            self._heard(session, now)
        return Caller(
            _acting(session, user), session.read_only, digest, at_range=session.at_range, enrolling=session.enrolling
        )

    def sign_in(self, request: SignIn, now: Now, origin: Origin = HERE) -> SessionView:
        """By name and password, and a code where a second factor is set up: always a session of a new token.

        The one that this screen had ends. Whoever must have a second factor and has none gets a session that can set one
        up and do nothing else; but at a room of the range's own, where nobody may be kept from stopping a vehicle.
        Raises Forbidden for a wrong one, CodeWanted, Refused while this name has to wait.
        """
        name, room = request.name.strip(), _room_of(request.room)
        known = self._devices.knows(origin.device, name, now)
        user = self._identity.signs_in(name, request.password[: LONGEST_PASSWORD + 1], now, origin, known=known)
        word = request.word and origin.at_range
        if not word and self._second_factors.in_force(user):
            self._second_factors.pass_by(user, request.code, now, tries_from(CODE, name, origin, known=known))
        lacking = self._second_factors.must_enrol(user)
        enrolling = lacking and not origin.at_range
        if request.read_only:
            _check_read_only(user, enrolling=enrolling)
        with self._changes.begin(now, actor_of(user)) as change:
            if origin.before:
                change.work.sessions.remove(digest_of(origin.before))
            read_only = " read-only" if request.read_only else ""
            says = f"{user.name} ({user.title}) signs in at {room}{read_only}{_for(word=word, lacking=lacking, at_range=origin.at_range)}"
            session = Session(
                "", user.name, room, request.read_only, now.utc, now.utc,
                end_of(origin, now.utc, read_only=request.read_only, word=word), origin.browser, origin.at_range,
                enrolling, word,
            )  # fmt: skip
            view = _begin(change, session, says)
        return (
            replace(view, device=self._devices.text_for(user.name, now)) if origin.browser and not enrolling else view
        )

    def knows(self, device: str, name: str, now: Now) -> bool:
        """Whether this very browser is one that he signed in at before."""
        return self._devices.knows(device, name.strip(), now)

    def enrol(self, code: str, now: Now, caller: Caller) -> Enrolled:
        """The second factor that is being set up is in force; a session that could do nothing else gives way to a whole one.

        Raises Conflict, Forbidden, Refused.
        """
        codes = self._second_factors.confirm(code, now, caller).codes
        if not caller.enrolling:
            return Enrolled(codes, None)
        with self._changes.begin(now, caller.actor) as change:
            before = change.work.sessions.get(caller.session)
            if before is None:
                return Enrolled(codes, None)
            change.work.sessions.remove(before.token_sha256)
            whole = replace(before, enrolling=False, started_utc=now.utc)
            view = _begin(change, whole, f"{before.user} signs in at {before.room}")
        device = self._devices.text_for(before.user, now) if before.browser else ""
        return Enrolled(codes, replace(view, device=device))

    def open(self, request: OpenRequest, now: Now, caller: Caller) -> SessionView:
        """A session of the caller's own, which may be read-only where his token isn't. Raises Forbidden.

        It lasts no longer than what it was opened through.
        """
        require_in_person(caller.actor, where="a session")
        require(caller.actor, Act.SEE_RANGE, where="a session")
        room = _room_of(request.room)
        with self._changes.begin(now, caller.actor) as change:
            through = change.work.sessions.get(caller.session) if caller.session else None
            ends_utc, browser = (None, False) if through is None else (through.ends_utc, through.browser)
            says = f"a {'read-only ' if request.read_only else ''}screen opens at {room} for {caller.actor.name}"
            session = Session(
                "", caller.actor.name, room, request.read_only, now.utc, now.utc, ends_utc, browser, caller.at_range
            )
            return _begin(change, session, says)

    def own(self, caller: Caller, now: Now) -> tuple[OwnSession, ...]:
        """Where he has signed in, the newest first. Raises Forbidden, as the next two, for a token with scopes."""
        require_in_person(caller.actor, where="sessions")
        with self._changes.store.read() as work:
            sessions = [each for each in work.sessions.all() if each.user == caller.actor.name]
        sessions.sort(key=lambda each: each.started_utc, reverse=True)
        return tuple(
            OwnSession(
                each.id, each.room, each.read_only, each.browser, each.started_utc, each.expires_utc,
                each.token_sha256 == caller.session,
            )
            for each in sessions if not each.over(now.utc)
        )  # fmt: skip

    def end(self, session: str, caller: Caller, now: Now) -> None:
        """One of his own, by its id. Raises NotFound for what is none of his, whoever else's it is."""
        if not self._end(lambda each: each.id == session, caller, now):
            raise NotFound("you have no such session", where=f"session {session:.20}", do="List those that you have.")

    def end_others(self, caller: Caller, now: Now) -> None:
        """All of his own but the one that this comes through."""
        self._end(lambda each: each.token_sha256 != caller.session, caller, now)

    def _end(self, wanted: Callable[[Session], bool], caller: Caller, now: Now) -> int:
        require_in_person(caller.actor, where="sessions")
        with self._changes.begin(now, caller.actor) as change:
            sessions = [each for each in change.work.sessions.all() if each.user == caller.actor.name and wanted(each)]
            for session in sessions:
                change.work.sessions.remove(session.token_sha256)
                _record(change, "user.sign-out", session, f"{session.user} ends his session at {session.room}")
        return len(sessions)

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
        if session is not None:
            self._keep(session, now)

    def _heard(self, session: Session, now: Now) -> None:
        """A page asks: that is how a browser's session is heard of. Where it can't be stored, the page comes all the same."""
        try:
            self._keep(session, now)
        except Unavailable as error:
            _log.warning("session not prolonged", user=session.user, reason=str(error))

    def _keep(self, session: Session, now: Now) -> None:
        if (longer := session.prolonged(now.utc)) is None:
            return
        with self._changes.store.write() as work:
            if work.sessions.get(session.token_sha256) is not None:
                work.sessions.put(longer)

    def me(self, caller: Caller) -> MeView:
        with self._changes.store.read() as work:
            user = work.users.get(caller.actor.name)
        held = roles_of(caller.actor)
        roles = tuple(role.value for role in Role if role in held)
        return MeView(
            user.name, user.full_name, roles, caller.actor.company, caller.read_only, bool(caller.session),
            bool(user.password_hash), None if caller.actor.scopes is None else tuple(sorted(caller.actor.scopes)),
            caller.enrolling,
        )  # fmt: skip


def _acting(session: Session, user: User) -> Actor:
    if session.enrolling:
        return Actor(user.name, "")
    if session.read_only:
        return onlooker(actor_of(user))
    return replace(actor_of(user), scopes=WORD_IS_FOR) if session.word else actor_of(user)


def _check_read_only(user: User, *, enrolling: bool) -> None:
    """Raises Forbidden."""
    if user.company:
        raise Forbidden(
            f"{user.name} is a company's member", where="a read-only session", do="Sign in without read-only."
        )
    if enrolling:
        raise Forbidden(
            f"{user.name} has no second factor yet", where="a read-only session", do="Sign in without read-only first."
        )


def _for(*, word: bool, lacking: bool, at_range: bool) -> str:
    if word:
        return " for one deed"
    if lacking:
        return ", at the range, without a second factor" if at_range else " to set up a second factor"
    return ""


def _begin(change: Change, session: Session, says: str) -> SessionView:
    """session: but for its token, and its end when nothing is heard of it."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = replace(session, token_sha256=digest_of(token)).begun()
    _tidy(change, session.user)
    change.work.sessions.put(session)
    _record(change, "user.sign-in", session, says)
    return SessionView(token, session.user, session.read_only, session.expires_utc, session.enrolling)


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
    body = {
        "user": session.user,
        "room": session.room,
        "read_only": session.read_only,
        "at_range": session.at_range,
        "id": session.id,
    }
    change.record(action, f"user:{session.user}", says, body, about=[RANGE])


def _room_of(text: str) -> str:
    return safe_text(text.strip(), limit=LONGEST_ROOM) or "a screen"
