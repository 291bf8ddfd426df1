"""Where a request carries the token of whoever sends it: a header of a program's, or a cookie of a browser's session.

A browser sends its cookie with whatever page makes it ask. So what changes anything by a cookie carries, beside an Origin
that is ours (guard), a second text that only our own pages know: `csrf_of` the session's token.
"""

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from rangeops.server.secure import is_secure

SECURE_COOKIE: Final = "__Host-rangeops"
"""The browser itself holds it to this host, to `/` and to TLS (RFC 6265bis §4.1.3.2)."""

LOOPBACK_COOKIE: Final = "rangeops-session"
"""Without TLS, and so on this machine alone: a browser takes no __Host- cookie from plain HTTP."""

CALENDARS: Final = "/api/v1/calendars/"
CSRF_HEADER: Final = "x-csrf-token"
_CSRF_LABEL: Final = b"rangeops csrf 1"


@dataclass(frozen=True, slots=True)
class Credentials:
    """token: "" where none was sent. by_cookie: a browser sent it by itself."""

    token: str
    by_cookie: bool = False


def credentials_of(scope: Scope) -> Credentials:
    """An Authorization header decides; a cookie counts where there is none.

    Calendar programs know no Bearer: for a calendar, and for reading alone, the password of Basic is the token (RFC 7617).
    """
    headers = Headers(scope=scope)
    if (authorization := headers.get("authorization")) is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "basic" and is_calendar(scope):
            return Credentials(_password_of(token))
        return Credentials(token.strip() if scheme.lower() == "bearer" else "")
    if (name := cookie_name(scope)) is None:
        return Credentials("")
    token = cookie_parser(headers.get("cookie", "")).get(name, "")
    return Credentials(token, by_cookie=bool(token))


def is_calendar(scope: Scope) -> bool:
    """Whether it asks for a calendar: who isn't known there is asked for a name and a password."""
    return str(scope.get("path", "")).startswith(CALENDARS) and scope.get("method") in ("GET", "HEAD")


def cookie_name(scope: Scope) -> str | None:
    """None: neither TLS nor this machine itself; a session must not cross a network in clear."""
    if is_secure(scope):
        return SECURE_COOKIE
    return LOOPBACK_COOKIE if _is_loopback(scope) else None


def set_session(response: Response, scope: Scope, token: str) -> None:
    """The session's cookie, until the browser ends. Nothing is set where none may be: ask `cookie_name` first."""
    if (name := cookie_name(scope)) is not None:
        response.set_cookie(name, token, path="/", secure=is_secure(scope), httponly=True, samesite="lax")


def forget_session(response: Response, scope: Scope) -> None:
    if (name := cookie_name(scope)) is not None:
        response.delete_cookie(name, path="/", secure=is_secure(scope), httponly=True, samesite="lax")


def csrf_of(token: str) -> str:
    """What forms of this session carry. It says nothing of the token, and no other session has the same."""
    return hmac.new(token.encode(), _CSRF_LABEL, hashlib.sha256).hexdigest()


def is_csrf(given: str, token: str) -> bool:
    return bool(token) and hmac.compare_digest(given.encode(), csrf_of(token).encode())


def _password_of(encoded: str) -> str:
    """Of "name:password" in base64; the name may be anything. "" where it is nothing of the kind."""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _is_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
