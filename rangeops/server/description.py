"""The API's own description (OpenAPI 3.1), with what FastAPI can't know: problems, who may call, headers, files."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from rangeops.server.credentials import CSRF_HEADER, LOOPBACK_COOKIE
from rangeops.server.guard import FOR_STRANGERS, OPEN
from rangeops.server.once import REPLAYED
from rangeops.server.problems import MEDIA_TYPE
from rangeops.server.rate_limits import is_never_limited
from rangeops.wire.api import Problem

_ABOUT: Final = """Operations of a drone test range: plans, slots, clearances, live enforcement, incidents.

Every error is a problem (RFC 9457). Lists that grow have `limit`, `cursor` and a `Link` header. What has a version has an
`ETag`. Whatever creates something takes an `Idempotency-Key`. See docs/api.md."""

_EVERYWHERE: Final = (400, 413, 429, 500, 503)
_ASKED_BY_SOMEBODY: Final = (401, 403, 404)
_CHANGES: Final = (409, 422)
_FILES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("get", "/slots/{slot}/sheet"): ("application/json",),
    ("get", "/calendars/company/{company}.ics"): ("text/calendar",),
    ("get", "/calendars/volume/{volume}.ics"): ("text/calendar",),
    ("get", "/registers/{kind}/csv"): ("text/csv",),
    ("get", "/incidents/{incident}/report"): ("text/html", "application/pdf"),
    ("get", "/reports/day/{day}/page"): ("text/html", "application/pdf"),
    ("get", "/reports/month/{month}/page"): ("text/html", "application/pdf"),
    ("get", "/handover.pdf"): ("application/pdf",),
    ("post", "/incidents/{incident}/bundle"): ("application/zip",),
}
"""What answers with a file."""

_BODIES: Final[dict[tuple[str, str], str]] = {
    ("post", "/plans"): "application/octet-stream",
    ("post", "/registers/{kind}/csv"): "text/csv",
    ("post", "/registers/acceptance/certificate"): "application/octet-stream",
}
"""What takes a file as its body."""

_TEXT: Final = {"schema": {"type": "string"}}
_LIMITS: Final = {
    "RateLimit": {"description": "how much more may be asked, and when all of it is there again", **_TEXT},
    "RateLimit-Policy": {
        "description": "how much may be asked at once, and in how many seconds it comes back",
        **_TEXT,
    },
}
_HEADERS: Final = {
    "cursor": ("Link", 'rel="next": the page that follows; none on the last'),
    "if-none-match": ("ETag", "of what was read, for If-None-Match and If-Match"),
    "if-match": ("ETag", "of what it has become"),
    "idempotency-key": (REPLAYED, "true: it is the answer that this key had before"),
}
"""By a parameter that asks for it."""


def describe(app: FastAPI, prefix: str) -> dict[str, Any]:
    """Made once; what routes there are doesn't change while the server runs."""
    if app.openapi_schema is None:
        told = get_openapi(
            title=app.title,
            version=app.version,
            summary="The HTTP API of a rangeops server",
            description=_ABOUT,
            routes=app.routes,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        components = told.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = TypeAdapter(Problem).json_schema()
        components["responses"] = {_name(status): _problem(status) for status in sorted(_statuses())}
        components["securitySchemes"] = _schemes()
        told["security"] = [{"token": []}, {"session": [], "mark": []}]
        told["servers"] = [{"url": "/"}]
        for method, path, operation in _operations(told):
            _complete(
                operation, method, path.removeprefix(prefix), is_open=(method.upper(), path) in OPEN | FOR_STRANGERS
            )
            _limited(operation, method, path)
        app.openapi_schema = told
    return app.openapi_schema


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _complete(operation: dict[str, Any], method: str, path: str, *, is_open: bool) -> None:
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's own: what isn't valid is a problem of 400 here
    asks = {each["name"].lower() for each in operation.get("parameters", []) if each["in"] in ("header", "query")}
    if (media := _BODIES.get((method, path))) is not None:
        binary = {"type": "string", "contentMediaType": media}
        operation["requestBody"] = {"required": True, "content": {media: {"schema": binary}}}
    good = next(code for code in responses if code.startswith("2"))
    if types := _FILES.get((method, path)):
        responses[good]["content"] = {media: {} for media in types}
    if "if-none-match" in asks:
        responses["304"] = {"description": "It is what the caller has."}
    for parameter, (header, says) in _HEADERS.items():
        if parameter in asks:
            responses[good].setdefault("headers", {})[header] = {"description": says, **_TEXT}
    for status in (*_EVERYWHERE, *_kinds(method, asks, is_open=is_open)):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{_name(status)}"})
    if is_open:
        operation["security"] = []


def _kinds(method: str, asks: set[str], *, is_open: bool) -> Iterator[int]:
    yield from () if is_open and method == "get" else _ASKED_BY_SOMEBODY
    yield from _CHANGES  # a read may be refused by a rule too, and meet what has moved on
    if "if-match" in asks:
        yield from (412, 428)


def _limited(operation: dict[str, Any], method: str, path: str) -> None:
    """What is never limited says nothing of limits."""
    if is_never_limited(method.upper(), path.replace("{", "").replace("}", "")):
        operation["responses"].pop("429", None)
        return
    for code, response in operation["responses"].items():
        if code.startswith("2"):
            response.setdefault("headers", {}).update(_LIMITS)


def _statuses() -> set[int]:
    return {*_EVERYWHERE, *_ASKED_BY_SOMEBODY, *_CHANGES, 412, 428}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")


def _problem(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"description": "how to say who asks", **_TEXT}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers |= {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}, **_LIMITS}
    return told | ({"headers": headers} if headers else {})


def _schemes() -> dict[str, Any]:
    return {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "a user's token, an API token of his, or a session's",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": LOOPBACK_COOKIE,
            "description": "a browser's session; `__Host-rangeops` over TLS",
        },
        "mark": {
            "type": "apiKey",
            "in": "header",
            "name": CSRF_HEADER,
            "description": "of the page, beside a session's cookie, for what changes something",
        },
    }
