"""Who calls: a bearer token or a browser's session on everything, and no page of another site even with one.

Host is checked against DNS rebinding (a page's own name made to point here), Origin against pages that open a
WebSocket across sites, and what a browser's cookie changes through the API carries its session's CSRF text. Only
/api/v1/health and signing in ask for no token. Whose token it is stands in the request's state; what he
may do, the services decide. A company's member reads nothing of the API but what is asked in his company's name, and through
a read-only session nobody changes anything, whoever he is. Pages of the portal (whatever isn't under /api/) are let
through with whoever asks for them, or nobody: rangeops.server.portal.visitor turns nobody away to the sign-in.
"""

import asyncio
import ipaddress
import os
import secrets
import stat
from collections.abc import Callable, MutableMapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from rangeops.domain.errors import Forbidden, Invalid, RangeopsError, Unavailable
from rangeops.domain.permissions_of_roles import Act, may
from rangeops.domain.sessions import Caller
from rangeops.server.credentials import CSRF_HEADER, credentials_of, is_csrf
from rangeops.server.problems import STATUS, answer, problem

API: Final = "/api/"
SIGN_IN: Final = ("POST", "/api/v1/sessions")
OPEN: Final = frozenset([("GET", "/api/v1/health"), ("HEAD", "/api/v1/health"), SIGN_IN])
READ_ONLY_WRITES: Final = frozenset([("DELETE", "/api/v1/sessions/mine"), ("POST", "/api/v1/screens")])
"""All that a read-only session may send: that it ends, and what its screen shows."""
COMPANY_READS: Final = (
    "/api/v1/status",
    "/api/v1/range",
    "/api/v1/registers",
    "/api/v1/me",
)  # what else there is, is the range's own
LARGEST_BODY_BYTES: Final = 5 * 1024 * 1024
_TOKEN_BYTES: Final = 32
_SHORTEST_TOKEN: Final = 32
_POLICY_VIOLATION: Final = 1008  # WebSocket close code


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


Identify = Callable[[str], Caller | None]
"""Whom a token acts for; None for nobody."""


class Guard:
    """ASGI middleware. identify may wait for the disk. host: what the server is bound to."""

    def __init__(self, app: ASGIApp, *, identify: Identify, host: str) -> None:
        self._app = app
        self._identify = identify
        self._host = host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and not str(scope.get("path", "")).startswith(API):
            refusal = await self._visiting(scope)
        elif refusal is None and (scope.get("method"), scope.get("path")) not in OPEN:
            refusal = await self._unidentified(scope, headers)
        if refusal is None and scope["type"] == "http":
            await self._limited(scope, headers, receive, send)
        elif refusal is None:
            await self._app(scope, receive, send)
        else:
            error, status = refusal
            await self._refuse(scope, receive, send, error, status)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[RangeopsError, HTTPStatus] | None:
        where = str(scope.get("path", ""))
        if not self._is_ours(headers.get("host", "")):
            return Forbidden("this host name is not served", where=where, do="Use the address."), HTTPStatus.FORBIDDEN
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return Forbidden("another site's page asks", where=where, do="Use rangeops itself."), HTTPStatus.FORBIDDEN
        return None

    async def _unidentified(self, scope: Scope, headers: Headers) -> tuple[RangeopsError, HTTPStatus] | None:
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
        if reads and not where.startswith(COMPANY_READS) and not may(caller.actor, Act.SEE_RANGE):
            name = caller.actor.name
            return Forbidden(f"{name} may not read this", where=where, do="Ask the range."), HTTPStatus.FORBIDDEN
        if caller.read_only and not reads and asked not in READ_ONLY_WRITES:
            return (
                Forbidden("this screen is read-only", where=where, do="Sign in at another one."),
                HTTPStatus.FORBIDDEN,
            )
        scope.setdefault("state", {})["caller"] = caller
        return None

    async def _visiting(self, scope: Scope) -> tuple[RangeopsError, HTTPStatus] | None:
        """Whoever asks for a page, None for nobody, in the request's state."""
        sent = credentials_of(scope)
        try:
            caller = await asyncio.to_thread(self._identify, sent.token) if sent.token else None
        except RangeopsError as error:
            return error, STATUS[error.kind]
        scope.setdefault("state", {})["caller"] = caller
        return None

    def _is_ours(self, host: str) -> bool:
        """An address can't be rebound, a name can: of names only our own are served."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in ("localhost", self._host):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _limited(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        length = headers.get("content-length", "0")
        too_large = Invalid(
            f"the body is larger than {LARGEST_BODY_BYTES // 1024 // 1024} MB",
            where=str(scope.get("path", "")),
            do="Send less.",
        )
        if not length.isdigit() or int(length) > LARGEST_BODY_BYTES:
            await self._refuse(scope, receive, send, too_large, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
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
            response.headers["WWW-Authenticate"] = "Bearer"
        await response(scope, receive, send)
