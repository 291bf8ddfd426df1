"""From where a request comes, for whoever wants to sign in with it."""

from typing import Final

from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import Response

from rangeops.domain.sessions import DEVICE_LASTS, Origin
from rangeops.server.credentials import credentials_of
from rangeops.server.operations import Operations
from rangeops.server.secure import is_secure
from rangeops.services.identity import digest_of

_SECURE_DEVICE: Final = "__Host-rangeops-device"
_LOOPBACK_DEVICE: Final = "rangeops-device"


def page_origin(request: HTTPConnection) -> Origin:
    """Of a page's form: a browser's session, by its own cookies."""
    sent = credentials_of(request.scope)
    device = cookie_parser(request.headers.get("cookie", "")).get(_device_cookie(request), "")
    return Origin(address_of(request), sent.token if sent.by_cookie else "", browser=True, device=device)


async def room_origin(request: HTTPConnection, operations: Operations) -> Origin:
    """Of a program's call: at the range where it shows a token that the range gave to a room."""
    sent = credentials_of(request.scope)
    shown = None
    if sent.token and not sent.by_cookie:
        shown = await operations.run(operations.services.sessions.caller, sent.token, operations.clock())
    if shown is None or not shown.at_range:
        return open_origin(request)
    return Origin(address_of(request), device=digest_of(sent.token), at_range=True)


def open_origin(request: HTTPConnection) -> Origin:
    """Of whoever has nothing to show."""
    return Origin(address_of(request))


def keep_device(response: Response, request: HTTPConnection, device: str) -> None:
    """In the browser, beyond its session: strangers' guesses keep nobody waiting who signed in here before."""
    if device:
        age_s, secure = int(DEVICE_LASTS.total_seconds()), is_secure(request.scope)
        response.set_cookie(
            _device_cookie(request), device, max_age=age_s, path="/", secure=secure, httponly=True, samesite="lax"
        )


def address_of(request: HTTPConnection) -> str:
    """Of the client, as the server itself knows it."""
    return "" if request.client is None else request.client.host


def _device_cookie(request: HTTPConnection) -> str:
    return _SECURE_DEVICE if is_secure(request.scope) else _LOOPBACK_DEVICE
