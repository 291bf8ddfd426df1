"""Who calls: a bearer token or a browser's session on everything, and no page of another site even with one.

Host is checked against DNS rebinding (a page's own name made to point here), Origin against pages that open a
WebSocket across sites, and what a browser's cookie changes through the API carries its session's CSRF text. Only
/api/v1/health and signing in ask for no token. Whose token it is stands in the request's state; what he
may do, the services decide, and what a company's member may see, rangeops.server.sight. Through
a read-only session nobody changes anything, whoever he is. How much each may ask, rangeops.server.rate_limits says. Pages of the portal (whatever isn't under /api/) are let
through with whoever asks for them, or nobody: rangeops.server.portal.visitor turns nobody away to the sign-in.
"""

import asyncio
import ipaddress
import os
import secrets
import stat
from collections.abc import Callable, MutableMapping, Sequence
from http import HTTPStatus
from math import ceil
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from rangeops.domain.api_tokens import Scope as TokenScope
from rangeops.domain.errors import Forbidden, RangeopsError, Refused, TooLarge, Unavailable
from rangeops.domain.permissions_of_roles import in_scope, is_member
from rangeops.domain.sessions import Caller
from rangeops.server.credentials import CSRF_HEADER, credentials_of, is_calendar, is_csrf
from rangeops.server.problems import STATUS, answer, problem
from rangeops.server.rate_limits import Buckets, Rates, is_never_limited
from rangeops.services.ports.world import Clock

API: Final = "/api/"
SIGN_IN: Final = ("POST", "/api/v1/sessions")
HEALTH: Final = "/api/v1/health"
READY: Final = "/api/v1/ready"
ZONES: Final = ("/api/v1/zones/ed318", "/api/v1/zones/ed269")  # public by law: rangeops.server.zone_publication
OPEN: Final = frozenset([*((method, path) for method in ("GET", "HEAD") for path in (HEALTH, READY, *ZONES)), SIGN_IN])
FOR_STRANGERS: Final = frozenset(
    ("POST", f"/api/v1/{path}") for path in ("invitations/accept", "password-resets", "password-resets/use")
)
"""For whoever has a code and no account to sign in with, or wants one."""
READ_ONLY_WRITES: Final = frozenset([("DELETE", "/api/v1/sessions/mine"), ("POST", "/api/v1/screens")])
"""All that a read-only session may send: that it ends, and what its screen shows."""
ENROLLING: Final = frozenset(
    [
        *(("GET", "/api/v1/me"), ("GET", "/api/v1/second-factor"), ("POST", "/api/v1/second-factor")),
        *(("POST", "/api/v1/second-factor/confirm"), ("DELETE", "/api/v1/sessions/mine")),
    ]
)
"""All that somebody may ask who must set up a second factor first."""
LARGEST_BODY_BYTES: Final = 5 * 1024 * 1024
_TOKEN_BYTES: Final = 32
_SHORTEST_TOKEN: Final = 32
_POLICY_VIOLATION: Final = 1008  # WebSocket close code


def _limit_of(caller: Caller, asked: tuple[object, str], *, reads: bool) -> RangeopsError | None:
    """What keeps the caller from this whatever his roles are: no second factor yet, or a token that isn't for reading."""
    name, where = caller.actor.name, asked[1]
    if caller.enrolling and asked not in ENROLLING:
        return Forbidden(
            f"{name} may not do this without a second factor", where=where, do="Set one up (/api/v1/second-factor)."
        )
    if reads and not in_scope(caller.actor, TokenScope.READ):
        return Forbidden(f"this token of {name} may not read", where=where, do="Use one that is for 'read'.")
    return None


def read_or_make_token(path: Path) -> str:
    """The token in a file that only its owner can read; made at the first start.

    Raises Unavailable where others can read it: it must be taken for known, and be made anew.
    """
    try:
        return _make_token(path) if not path.exists() else _read_token(path)
    except OSError as error:
        raise Unavailable(
            f"the token can't be read or made ({error.strerror or error})",
            where=str(path),
            do="Make the data folder readable and writable for you.",
        ) from error


def _make_token(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_token(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    return token


def _read_token(path: Path) -> str:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Unavailable(
            f"others can read the token (mode {mode:04o})", where=str(path), do="Remove that file; a new one is made."
        )
    token = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(token) < _SHORTEST_TOKEN or not token.isascii():
        raise Unavailable("it holds no token", where=str(path), do="Remove that file; a new one is made.")
    return token


_Refusal: TypeAlias = tuple[RangeopsError, HTTPStatus]

Identify = Callable[[str], Caller | None]
"""Whom a token acts for; None for nobody."""


class Guard:
    """ASGI middleware. identify may wait for the disk. hosts: names that it is called by, beside addresses.

    clock: its monotonic half alone.
    """

    def __init__(
        self, app: ASGIApp, *, identify: Identify, hosts: Sequence[str], clock: Clock, rates: Rates | None = None
    ) -> None:
        self._app = app
        self._identify = identify
        self._hosts = frozenset(["localhost", *(host.lower() for host in hosts if host)])
        self._clock = clock
        self._rates = rates or Rates()
        self._buckets = Buckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and not str(scope.get("path", "")).startswith(API):
            refusal = await self._visiting(scope)
        elif refusal is None:
            refusal, told = await self._api(scope, headers)
            send = _with_headers(send, told)
        if refusal is None and scope["type"] == "http":
            await self._limited(scope, headers, receive, send)
        elif refusal is None:
            await self._app(scope, receive, send)
        else:
            error, status = refusal
            await self._refuse(scope, receive, send, error, status)

    def _refusal(self, scope: Scope, headers: Headers) -> _Refusal | None:
        where = str(scope.get("path", ""))
        if not self._is_ours(headers.get("host", "")):
            return Forbidden("this host name is not served", where=where, do="Use the address."), HTTPStatus.FORBIDDEN
        origin = headers.get("origin")
        if origin is not None and _netloc(origin) != headers.get("host"):
            return Forbidden("another site's page asks", where=where, do="Use rangeops itself."), HTTPStatus.FORBIDDEN
        return None

    async def _api(self, scope: Scope, headers: Headers) -> tuple[_Refusal | None, dict[str, str]]:
        """Why this isn't answered, or None; and what is told of how much more may be asked.

        Whoever sends no token that anybody has is counted by his address, a session's or a token's owner by his name.
        """
        method, path = str(scope.get("method", "GET")), str(scope.get("path", ""))
        if method in ("GET", "HEAD") and path in (HEALTH, READY):
            return None, {}
        unknown = None if (method, path) in OPEN | FOR_STRANGERS else await self._unidentified(scope, headers)
        caller: Caller | None = scope.get("state", {}).get("caller")
        if caller is not None and not is_member(caller.actor) and is_never_limited(method, path):
            return unknown, {}
        if caller is None:
            name, rate = f"address {_address(scope)}", self._rates.stranger
        else:
            rate = self._rates.member if is_member(caller.actor) else self._rates.staff
            name = f"user {caller.actor.name}"
        told = self._buckets.take(name, rate, self._clock().monotonic_s)
        if told.wait_s > 0:
            slow = Refused(
                "that is more than one caller may ask at once", where=path, do=f"Ask again in {ceil(told.wait_s)} s."
            )
            return (slow, HTTPStatus.TOO_MANY_REQUESTS), told.headers()
        return unknown, told.headers()

    async def _unidentified(self, scope: Scope, headers: Headers) -> _Refusal | None:
        """Why nobody may have this answered, or None with whoever asks in the request's state."""
        where, sent = str(scope.get("path", "")), credentials_of(scope)
        try:
            caller = await asyncio.to_thread(self._identify, sent.token) if sent.token else None
        except RangeopsError as error:
            return error, STATUS[error.kind]
        if caller is None:
            return (
                Forbidden("the token is missing or wrong", where=where, do="Send the one in the data folder."),
                HTTPStatus.UNAUTHORIZED,
            )
        asked = (scope.get("method"), where)
        reads = scope["type"] == "websocket" or scope.get("method") in ("GET", "HEAD")
        if sent.by_cookie and not reads and not is_csrf(headers.get(CSRF_HEADER, ""), sent.token):
            return (
                Forbidden("the page's own mark is missing", where=where, do="Load the page again."),
                HTTPStatus.FORBIDDEN,
            )
        if (limit := _limit_of(caller, asked, reads=reads)) is not None:
            return limit, HTTPStatus.FORBIDDEN
        if caller.read_only and not reads and asked not in READ_ONLY_WRITES:
            return (
                Forbidden("this screen is read-only", where=where, do="Sign in at another one."),
                HTTPStatus.FORBIDDEN,
            )
        scope.setdefault("state", {})["caller"] = caller
        return None

    async def _visiting(self, scope: Scope) -> _Refusal | None:
        """Whoever asks for a page, None for nobody, in the request's state."""
        sent = credentials_of(scope)
        try:
            caller = await asyncio.to_thread(self._identify, sent.token) if sent.token else None
        except RangeopsError as error:
            return error, STATUS[error.kind]
        if caller is not None and caller.token:  # pages ask for roles, and know nothing of what a token is for
            where = str(scope.get("path", ""))
            return Forbidden("an API token opens no page", where=where, do="Use the API."), HTTPStatus.FORBIDDEN
        scope.setdefault("state", {})["caller"] = caller
        return None

    def _is_ours(self, host: str) -> bool:
        """An address can't be rebound, a name can: of names only our own are served."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _limited(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        length = headers.get("content-length", "0")
        too_large = TooLarge(
            f"the body is larger than {LARGEST_BODY_BYTES // 1024 // 1024} MB",
            where=str(scope.get("path", "")),
            do="Send less.",
        )
        if not length.isdigit() or int(length) > LARGEST_BODY_BYTES:
            if str(scope.get("path", "")).startswith(API):
                await self._refuse(scope, receive, send, too_large, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            else:
                await self._app(scope, _unread(too_large), send)  # a person is told by a page
            return
        seen = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > LARGEST_BODY_BYTES:
                raise too_large
            return message

        await self._app(scope, counted, send)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, error: RangeopsError, status: HTTPStatus
    ) -> None:
        if scope["type"] == "websocket":
            await receive()  # websocket.connect
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": error.what})
            return
        response = answer(problem(error, status))
        if status is HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="rangeops"' if is_calendar(scope) else "Bearer"
        await response(scope, receive, send)


def _with_headers(send: Send, told: dict[str, str]) -> Send:
    """What is sent, with these headers in its beginning."""
    if not told:
        return send

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(told)
        await send(message)

    return sending


def _netloc(origin: str) -> str:
    """Host and port; "" for what is no origin, which is nobody's."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _address(scope: Scope) -> str:
    """Of IPv6 the network that one subscriber has (a /64): he may choose his address in it himself."""
    host = str((scope.get("client") or ("", 0))[0])
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))


def _unread(error: RangeopsError) -> Receive:
    """A body that whoever wants it is refused."""

    async def receive() -> MutableMapping[str, Any]:
        raise error

    return receive
