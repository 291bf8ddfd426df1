"""Around everything else: each request gets an id, is counted, and is logged by its route, never by what was in it.

A path may hold a token (a calendar's, an invitation's), a query a word of somebody's: neither is logged; the route's own
template is.
"""

import re
import secrets
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from rangeops.server.metrics import Metrics
from rangeops.services.ports.world import Clock

HEADER: Final = "X-Request-ID"
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")  # what a proxy may have given it; anything else isn't taken over
_API: Final = "/api/v1"
_NO_ROUTE: Final = "none"
_HUNG_UP: Final = 499  # nobody was left to be answered
_FAILED: Final = 500
_SWITCHED: Final = 101
_log = structlog.get_logger("request")


class Observing:
    """ASGI middleware, the outermost. logs: whether each request is a line of the log."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, clock: Clock, logs: bool) -> None:
        self._app, self._metrics, self._clock, self._logs = app, metrics, clock, logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = _Request(request_id(Headers(scope=scope)), self._clock().monotonic_s)
        scope.setdefault("state", {})["request_id"] = request.id

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                request.begun(int(message["status"]), self._clock().monotonic_s)
                MutableHeaders(scope=message)[HEADER] = request.id
            elif message["type"] == "websocket.accept":
                request.begun(_SWITCHED, self._clock().monotonic_s)
            elif message["type"] == "websocket.close" and request.status is None:
                request.begun(403, self._clock().monotonic_s)  # uvicorn's answer to a handshake that is turned down
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request.id):
            try:
                await self._app(scope, receive, sending)
            except Exception:
                request.status = request.status or _FAILED
                raise
            finally:
                self._note(scope, request)

    def _note(self, scope: Scope, request: "_Request") -> None:
        method = str(scope.get("method", "WEBSOCKET"))
        route = route_of(scope)
        status = request.status or _HUNG_UP
        self._metrics.answered(method, route, status, request.answer_s)
        if self._logs:
            caller = scope.get("state", {}).get("caller")
            _log.info(
                "request",
                method=method,
                route=route,
                status=status,
                duration_ms=round((self._clock().monotonic_s - request.began_s) * 1e3, 1),
                caller=caller.actor.name if caller is not None else None,
            )


class _Request:
    def __init__(self, identity: str, began_s: float) -> None:
        self.id, self.began_s = identity, began_s
        self.status: int | None = None
        self.answer_s: float | None = None

    def begun(self, status: int, at_s: float) -> None:
        self.status, self.answer_s = status, at_s - self.began_s


def request_id(headers: Headers) -> str:
    """As it was given, if that is an id and nothing else; a new one otherwise."""
    given = headers.get(HEADER, "")
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)


def route_of(scope: Scope) -> str:
    """The template that answered: "/api/v1/slots/{slot}". One word for all paths that nothing answers."""
    path = getattr(scope.get("route"), "path", None)
    if not path:
        return _NO_ROUTE
    is_bare = str(scope.get("path", "")).startswith(_API) and not str(path).startswith(_API)
    return f"{_API}{path}" if is_bare else str(path)  # newer FastAPIs leave out the prefix a router was included with
