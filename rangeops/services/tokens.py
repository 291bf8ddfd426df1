"""API tokens: by them another system acts for a user, for what they are for and for as long as they last.

What they are for is asked in permissions_of_roles.may, where his roles are asked too: so it holds whichever way a request
came in, and a token never has more than its owner.
"""

import secrets
from dataclasses import replace
from typing import Final

import structlog

from rangeops.domain.api_tokens import (
    LONGEST_NAME,
    MOST_OF_ONE,
    PREFIX,
    ApiToken,
    Scope,
    expiry,
    scopes_from,
)
from rangeops.domain.errors import Forbidden, Invalid, NotFound, Refused, Unavailable
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, may, require, require_in_person, scopes_of
from rangeops.domain.sessions import Caller
from rangeops.domain.text import safe_text
from rangeops.domain.users import User
from rangeops.services.changes import RANGE, Change, Changes
from rangeops.services.identity import TOKEN_BYTES, Identity, actor_of, digest_of, user_named
from rangeops.services.ports.store import UnitOfWork
from rangeops.wire.people import ApiTokenRequest, ApiTokenView, MadeToken

_WHERE: Final = "an API token"
_log = structlog.get_logger(__name__)


class Tokens:
    def __init__(self, changes: Changes, identity: Identity) -> None:
        self._changes = changes
        self._identity = identity

    def caller(self, token: str, now: Now) -> Caller | None:
        """Whom it acts for; None for one that nobody has, that has ended, or whose owner is disabled."""
        with self._changes.store.read() as work:
            found = work.tokens.get(digest_of(token))
            user = None if found is None else user_named(work, found.user)
        if found is None or user is None or user.disabled or found.over(now.utc):
            return None
        self._note_use(found, now)
        scopes = frozenset(scope.value for scope in found.scopes)
        return Caller(replace(actor_of(user), scopes=scopes), token=found.id)

    def make(self, request: ApiTokenRequest, now: Now, caller: Caller) -> MadeToken:
        """One's own, or as an admin anybody's. Raises Invalid, Forbidden, NotFound, Refused."""
        owner = request.user.strip() or caller.actor.name
        require_in_person(caller.actor, where=_WHERE)
        if owner != caller.actor.name:
            require(caller.actor, Act.MANAGE_USERS, where=_WHERE)
        name = safe_text(request.name.strip(), limit=LONGEST_NAME)
        if not name:
            raise Invalid("a token has a name", where=_WHERE, do="Call it after what it is for.")
        scopes, expires_utc = scopes_from(request.scopes, where=_WHERE), expiry(request.days, now.utc, where=_WHERE)
        self._identity.confirm(caller.actor.name, request.confirm, now)
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        made = ApiToken(digest_of(token), owner, name, scopes, now.utc, expires_utc)
        with self._changes.begin(now, caller.actor) as change:
            _check_owner(change.work, made, now)
            change.work.tokens.put(made)
            says = f"{caller.actor.name} made the API token {name!r} for {owner}: {_listed(scopes)}, until {expires_utc:%Y-%m-%d}"
            _record(change, "user.api-token", made, says)
        return MadeToken(token, _view(made))

    def all(self, now: Now, caller: Caller, *, everybodys: bool = False) -> tuple[ApiTokenView, ...]:
        """Those in force: one's own, or as an admin everybody's."""
        require_in_person(caller.actor, where=_WHERE)
        if everybodys:
            require(caller.actor, Act.MANAGE_USERS, where=_WHERE)
        with self._changes.store.read() as work:
            found = [each for each in work.tokens.all() if everybodys or each.user == caller.actor.name]
        found.sort(key=lambda each: (each.user, each.name, each.made_utc))
        return tuple(_view(each) for each in found if not each.over(now.utc))

    def revoke(self, token: str, now: Now, caller: Caller) -> None:
        """By its id; worth nothing from now on. Raises NotFound for what is none of his, whoever else's it is."""
        require_in_person(caller.actor, where=_WHERE)
        with self._changes.begin(now, caller.actor) as change:
            found = next((each for each in change.work.tokens.all() if each.id == token), None)
            if found is None or not (found.user == caller.actor.name or may(caller.actor, Act.MANAGE_USERS)):
                raise NotFound("you have no such token", where=f"token {token:.20}", do="List those that you have.")
            change.work.tokens.remove(found.token_sha256)
            _record(
                change,
                "user.api-token",
                found,
                f"{caller.actor.name} ends the API token {found.name!r} of {found.user}",
            )

    def _note_use(self, token: ApiToken, now: Now) -> None:
        """Once a day. Where it can't be stored the request goes on: it may be one that stops a vehicle."""
        if (used := token.used(now.utc)) is None:
            return
        try:
            with self._changes.store.write() as work:
                if work.tokens.get(token.token_sha256) is not None:
                    work.tokens.put(used)
        except Unavailable as error:
            _log.warning("use of a token not noted", user=token.user, reason=str(error))


def _check_owner(work: UnitOfWork, token: ApiToken, now: Now) -> None:
    """Raises NotFound, Refused, Forbidden. What is over goes."""
    user: User = work.users.get(token.user)
    where = f"user {user.name}"
    if user.disabled:
        raise Refused("the user is disabled", where=where, do="Enable him first.")
    if beyond := token.scopes - scopes_of(user.roles):
        raise Forbidden(
            f"{user.name} ({user.title}) may do nothing that is for {_listed(beyond)}",
            where=where,
            do=f"Use some of {_listed(scopes_of(user.roles))}.",
        )
    for each in work.tokens.all():
        if each.over(now.utc):
            work.tokens.remove(each.token_sha256)
    if sum(each.user == user.name for each in work.tokens.all()) >= MOST_OF_ONE:
        raise Refused(f"{user.name} has {MOST_OF_ONE} tokens", where=where, do="End one that is not used any more.")


def _listed(scopes: frozenset[Scope]) -> str:
    return ", ".join(scope.value for scope in Scope if scope in scopes)


def _view(token: ApiToken) -> ApiTokenView:
    scopes = tuple(scope.value for scope in Scope if scope in token.scopes)
    return ApiTokenView(
        token.id, token.user, token.name, scopes, token.made_utc, token.expires_utc, token.last_used
    )  # fmt: skip


def _record(change: Change, action: str, token: ApiToken, says: str) -> None:
    body = {"user": token.user, "id": token.id, "scopes": _listed(token.scopes), "expires": token.expires_utc}
    change.record(action, f"user:{token.user}", says, body, about=[RANGE])
