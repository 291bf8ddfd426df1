"""Second factors: set up, asked for at a sign-in, replaced by recovery codes, taken away by an admin.

A secret is in force once a code of it was given; a code is good once. Nothing here is asked of who sends a token: that is
something which one has already.
"""

from base64 import b32encode
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from rangeops.domain.errors import CodeWanted, Conflict, Damaged, Forbidden, Refused
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require, require_in_person
from rangeops.domain.second_factor import RECOVERY_CODES, RequiredOf, SecondFactor, must_have, plain_code
from rangeops.domain.sessions import Caller
from rangeops.domain.users import User
from rangeops.services.changes import RANGE, Change, Changes
from rangeops.services.identity import Identity, actor_of, end_sessions
from rangeops.services.one_time import LONGEST_TYPED, kept, new_code
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import SecretBox
from rangeops.services.throttle import Counted, Throttle, own_tries
from rangeops.wire.people import Enrolment, EnrolRequest, RecoveryCodes, SecondFactorView

CODE: Final = "code"
_WHERE: Final = "second factor"


class Codes(Protocol):
    """Codes by time, as RFC 6238 has them."""

    def new_secret(self) -> bytes: ...
    def step_of(self, secret: bytes, code: str, now_utc: datetime) -> int | None:
        """Which step's code it is, of those that count now; None for none of theirs."""

    def uri(self, secret: bytes, user: str) -> str:
        """otpauth://…, which an authenticator takes."""

    def picture(self, uri: str) -> str:
        """As a QR code, in SVG."""


class SecondFactors:
    def __init__(
        self,
        changes: Changes,
        identity: Identity,
        throttle: Throttle,
        *,
        codes: Codes,
        box: SecretBox,
        required: RequiredOf,
    ) -> None:
        self._changes = changes
        self._identity = identity
        self._throttle = throttle
        self._codes = codes
        self._box = box
        self._required = required

    # -- at a sign-in ---------------------------------------------------------------------------------------------

    def in_force(self, user: User) -> bool:
        with self._changes.store.read() as work:
            return _of(work, user.name).in_force

    def must_enrol(self, user: User) -> bool:
        return must_have(user, self._required) and not self.in_force(user)

    def pass_by(self, user: User, typed: str, now: Now, counted: tuple[Counted, ...]) -> None:
        """By the code that he typed, or a recovery code. Raises CodeWanted for none, Forbidden, Refused."""
        where = f"user {user.name}"
        if not typed.strip():
            raise CodeWanted("the code of the second factor is asked for", where=where, do="Type the six digits.")
        self._throttle.check(counted, "codes", where, now)
        with self._changes.begin(now, actor_of(user)) as change:
            passed = self._use(change, user, typed[:LONGEST_TYPED], now)
            if not passed:
                failures = self._throttle.failed(counted, now)
                _record(change, "user.refused", user, f"a code of {user.name} was refused, {failures} in a row")
        if not passed:
            raise Forbidden(
                "the code is wrong, or was used already",
                where=where,
                do="Type the next one, or one of the recovery codes.",
            )
        self._throttle.passed(counted)

    def _use(self, change: Change, user: User, typed: str, now: Now) -> bool:
        factor, code = _of(change.work, user.name), plain_code(typed)
        if not factor.in_force:
            return False
        step = self._codes.step_of(self._secret(factor.sealed, user.name), code, now.utc)
        used = factor.after_recovery(kept(code)) if step is None else factor.after_code(step)
        if used is None:
            return False
        change.work.second_factors.put(used)
        if step is None:
            says = f"a recovery code of {user.name} was used; {len(used.recovery)} are left"
            _record(change, "user.second-factor", user, says)
        return True

    # -- one's own ------------------------------------------------------------------------------------------------

    def view(self, caller: Caller) -> SecondFactorView:
        require_in_person(caller.actor, where=_WHERE)
        with self._changes.store.read() as work:
            user, factor = work.users.get(caller.actor.name), _of(work, caller.actor.name)
        required = must_have(user, self._required)
        return SecondFactorView(required, factor.in_force, factor.since_utc, len(factor.recovery))

    def begin(self, request: EnrolRequest, now: Now, caller: Caller) -> Enrolment:
        """A new secret, shown once. It counts when `confirm` has had a code of it; until then the old one does.

        Whoever has just signed in for this and has none is asked for nothing more. Raises Forbidden, CodeWanted, Refused.
        """
        user = self._himself(request, now, caller)
        secret = self._codes.new_secret()
        with self._changes.begin(now, actor_of(user)) as change:
            sealed = self._box.sealed(secret.hex(), _about(user.name))
            change.work.second_factors.put(replace(_of(change.work, user.name), pending=sealed))
        uri = self._codes.uri(secret, user.name)
        return Enrolment(uri, b32encode(secret).decode().rstrip("="), self._codes.picture(uri))

    def confirm(self, code: str, now: Now, caller: Caller) -> RecoveryCodes:
        """The pending secret is in force from now on, and old recovery codes are worth nothing.

        Raises Conflict where nothing is pending, Forbidden for a wrong code, Refused.
        """
        require_in_person(caller.actor, where=_WHERE)
        counted = own_tries(CODE, caller.actor.name)
        self._throttle.check(counted, "codes", _WHERE, now)
        codes = _recovery_codes()
        with self._changes.begin(now, caller.actor) as change:
            user, factor = change.work.users.get(caller.actor.name), _of(change.work, caller.actor.name)
            if not factor.pending:
                raise Conflict("nothing is being set up", where=_WHERE, do="Begin it first.")
            secret = self._secret(factor.pending, user.name)
            step = self._codes.step_of(secret, plain_code(code[:LONGEST_TYPED]), now.utc)
            if step is not None:
                made = SecondFactor(user.name, factor.pending, now.utc, step, tuple(map(kept, codes)))
                change.work.second_factors.put(made)
                _record(change, "user.second-factor", user, f"{user.name} set up a second factor")
        if step is None:
            self._throttle.failed(counted, now)
            raise Forbidden(
                "the code is wrong", where=_WHERE, do="See that the device's clock is right; type the next."
            )
        self._throttle.passed(counted)
        return RecoveryCodes(codes)

    def renew_recovery(self, request: EnrolRequest, now: Now, caller: Caller) -> RecoveryCodes:
        """Ten new ones; those that were left are worth nothing. Raises Forbidden, CodeWanted, Conflict."""
        user, codes = self._himself(request, now, caller), _recovery_codes()
        with self._changes.begin(now, actor_of(user)) as change:
            factor = _of(change.work, user.name)
            if not factor.in_force:
                raise Conflict("no second factor is set up", where=_WHERE, do="Set one up first.")
            change.work.second_factors.put(replace(factor, recovery=tuple(map(kept, codes))))
            _record(change, "user.second-factor", user, f"{user.name} made new recovery codes")
        return RecoveryCodes(codes)

    def remove(self, request: EnrolRequest, now: Now, caller: Caller) -> None:
        """One's own. Where the range asks for one, the next sign-in sets one up again. Raises Forbidden, CodeWanted."""
        user = self._himself(request, now, caller)
        with self._changes.begin(now, actor_of(user)) as change:
            change.work.second_factors.remove(user.name)
            _record(change, "user.second-factor", user, f"{user.name} removed his second factor")

    def remove_from(self, name: str, confirm: str, now: Now, caller: Caller) -> None:
        """As an admin, from somebody whose device and recovery codes are gone; his sessions end. Raises Forbidden."""
        where = f"user {name[:40]!r}"
        require_in_person(caller.actor, where=where)
        require(caller.actor, Act.MANAGE_USERS, where=where)
        if name == caller.actor.name:
            raise Refused("one's own is removed with a code of it", where=where, do="Have another admin do it.")
        self._identity.confirm(caller.actor.name, confirm, now)
        with self._changes.begin(now, caller.actor) as change:
            user = change.work.users.get(name)
            change.work.second_factors.remove(name)
            end_sessions(change.work, name)
            _record(change, "user.second-factor", user, f"{caller.actor.name} removed the second factor of {name}")

    def _himself(self, request: EnrolRequest, now: Now, caller: Caller) -> User:
        """Password again, and a code where one is in force: a session that was left open changes nothing here."""
        require_in_person(caller.actor, where=_WHERE)
        with self._changes.store.read() as work:
            user = work.users.get(caller.actor.name)
        if not caller.enrolling:
            self._identity.confirm(user.name, request.confirm, now)
        if self.in_force(user):
            self.pass_by(user, request.code, now, own_tries(CODE, user.name))
        return user

    def _secret(self, sealed: str, user: str) -> bytes:
        if (opened := self._box.opened(sealed, _about(user))) is None:
            raise Damaged(
                "the second factor can't be read: it was sealed with another key",
                where=f"user {user}",
                do="Put secrets.key of the data folder back, or have an admin remove the second factor.",
            )
        return bytes.fromhex(opened)


def _of(work: UnitOfWork, user: str) -> SecondFactor:
    return work.second_factors.get(user) or SecondFactor(user)


def _about(user: str) -> str:
    """So that no sealed secret is another user's when its row is moved."""
    return f"second factor of {user}"


def _recovery_codes() -> tuple[str, ...]:
    return tuple(new_code() for _ in range(RECOVERY_CODES))


def _record(change: Change, action: str, user: User, says: str) -> None:
    change.record(action, f"user:{user.name}", says, {"user": user.name}, about=[RANGE])
