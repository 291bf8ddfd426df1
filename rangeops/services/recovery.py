"""A password that was forgotten: an admin makes a code and tells it, or one is sent to the user's own mail.

Whoever asks for a mail is answered the same, in the same time, whether there is such a user or not: all that depends on
it is done later, by another thread.
"""

from dataclasses import replace
from typing import Final

from rangeops.domain.errors import Refused
from rangeops.domain.invitations import RESET_LASTS, ResetCode
from rangeops.domain.letters import password_reset
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require, require_in_person
from rangeops.domain.sessions import HERE, Caller, Origin
from rangeops.domain.users import User, check_password
from rangeops.services.changes import RANGE, SERVER, Change, Changes
from rangeops.services.identity import Identity, actor_of, end_sessions, user_named, view_of
from rangeops.services.invitations import Mail
from rangeops.services.one_time import kept, new_code, worthless
from rangeops.services.throttle import Throttle, tries_by
from rangeops.wire.people import MadeResetCode, ResetRequest, UserView

_WHERE: Final = "a new password"
_ASKED, _USED = "reset asked", "reset used"
_LONGEST_NAME: Final = 254


class Recovery:
    def __init__(self, changes: Changes, identity: Identity, throttle: Throttle, mail: Mail) -> None:
        self._changes = changes
        self._identity = identity
        self._throttle = throttle
        self._mail = mail

    def make(self, name: str, confirm: str, now: Now, caller: Caller) -> MadeResetCode:
        """A code for this user, to be told to him. Raises Forbidden, NotFound, Refused."""
        where = f"user {name[:40]!r}"
        require_in_person(caller.actor, where=where)
        require(caller.actor, Act.MANAGE_USERS, where=where)
        self._identity.confirm(caller.actor.name, confirm, now)
        code = new_code()
        with self._changes.begin(now, caller.actor) as change:
            user = change.work.users.get(name)
            if user.disabled:
                raise Refused("the user is disabled", where=where, do="Enable him first.")
            made = _put(change, user, code, by=caller.actor.name)
            _record(change, user, f"{caller.actor.name} made a code by which {name} sets a new password")
        return MadeResetCode(name, code, made.expires_utc)

    def ask(self, name_or_mail: str, now: Now, origin: Origin = HERE) -> None:
        """A code to the mail of whoever has this name or this mail, if anybody does. Raises Refused for who asks too often."""
        counted = tries_by(_ASKED, origin)
        self._throttle.check(counted, "requests", _WHERE, now)
        self._throttle.failed(counted, now)
        wanted = name_or_mail.strip()[:_LONGEST_NAME]
        self._mail.later(lambda: self._send(wanted, now))

    def _send(self, wanted: str, now: Now) -> None:
        code = new_code()
        with self._changes.begin(now, SERVER) as change:
            users = [each for each in change.work.users.all() if each.mail and not each.disabled]
            found = [each for each in users if wanted == each.name or wanted.lower() == each.mail.lower()]
            if len(found) != 1:  # a mail that two share tells neither's name
                return
            (user,) = found
            if any(each.user == user.name and not each.over(now.utc) for each in change.work.reset_codes.all()):
                return  # one is on its way already: nobody's box is filled by asking again
            made = _put(change, user, code, by="")
            _record(change, user, f"a code by which {user.name} sets a new password was sent to his mail")
        self._mail.send(password_reset(self._mail.sender, user.mail, user.name, code, made.expires_utc))

    def use(self, request: ResetRequest, now: Now, origin: Origin = HERE) -> UserView:
        """The password is this one; the code is used up, and all his sessions end. Second factor and tokens stay.

        Raises Forbidden for a code that is worth nothing, Invalid, Refused.
        """
        check_password(request.password, where=_WHERE)
        counted = tries_by(_USED, origin)
        self._throttle.check(counted, "codes", _WHERE, now)
        password_hash = self._identity.hashed(request.password)
        with self._changes.begin(now, SERVER) as change:
            user = self._owner(change, request.code, now)
            if user is not None:
                changed = replace(user, password_hash=password_hash, password_set_utc=now.utc, version=user.version + 1)
                change.work.users.replace(changed)
                _forget(change, user.name)
                end_sessions(change.work, user.name)
                change.record(
                    "user.password",
                    f"user:{user.name}",
                    f"{user.name} set a new password with a code",
                    {"user": user.name},
                    about=[RANGE],
                    actor=actor_of(user),
                )
        if user is None:
            self._throttle.failed(counted, now)
            raise worthless(_WHERE)
        return view_of(changed)

    def _owner(self, change: Change, code: str, now: Now) -> User | None:
        found = change.work.reset_codes.get(kept(code))
        if found is None or found.over(now.utc):
            return None
        user = user_named(change.work, found.user)
        return None if user is None or user.disabled else user


def _put(change: Change, user: User, code: str, *, by: str) -> ResetCode:
    """In place of any that the user had. What is over goes."""
    for each in change.work.reset_codes.all():
        if each.user == user.name or each.over(change.now.utc):
            change.work.reset_codes.remove(each.code_sha256)
    made = ResetCode(kept(code), user.name, by, change.now.utc + RESET_LASTS)
    change.work.reset_codes.put(made)
    return made


def _forget(change: Change, user: str) -> None:
    for each in change.work.reset_codes.all():
        if each.user == user:
            change.work.reset_codes.remove(each.code_sha256)


def _record(change: Change, user: User, says: str) -> None:
    change.record("user.reset-code", f"user:{user.name}", says, {"user": user.name}, about=[RANGE])
