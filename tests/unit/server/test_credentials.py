"""Where a request carries its token, and which cookie may be set where."""

import base64

import pytest
from starlette.responses import Response

from rangeops.server.credentials import (
    LOOPBACK_COOKIE,
    SECURE_COOKIE,
    Credentials,
    cookie_name,
    credentials_of,
    csrf_of,
    is_csrf,
    set_session,
)


def asked(*, scheme="http", client="127.0.0.1", path="/", method="GET", **headers):
    return {
        "type": "http",
        "path": path,
        "method": method,
        "scheme": scheme,
        "client": (client, 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }


def test_a_header_decides_and_a_cookie_counts_where_there_is_none():
    cookie = f"{LOOPBACK_COOKIE}=c"
    assert credentials_of(asked(authorization="Bearer h", cookie=cookie)) == Credentials("h")
    assert credentials_of(asked(authorization="Basic h", cookie=cookie)) == Credentials("")
    assert credentials_of(asked(cookie=cookie)) == Credentials("c", by_cookie=True)
    assert credentials_of(asked()) == Credentials("")


@pytest.mark.parametrize(
    ("scheme", "client", "name"),
    [
        ("https", "203.0.113.9", SECURE_COOKIE),
        ("https", "127.0.0.1", SECURE_COOKIE),
        ("http", "::1", LOOPBACK_COOKIE),
        ("http", "203.0.113.9", None),
        ("http", "no address", None),
    ],
)
def test_without_tls_a_session_stays_on_this_machine(scheme, client, name):
    scope = asked(scheme=scheme, client=client)
    response = Response()
    set_session(response, scope, "t")
    assert cookie_name(scope) == name
    cookie = response.headers.get("set-cookie", "")
    assert cookie.partition("=")[0] == (name or "")
    assert ("Secure" in cookie) == (name == SECURE_COOKIE)


def test_a_plain_cookie_counts_for_nothing_over_tls():
    """Whoever sits on another port of the host could have set it."""
    assert credentials_of(asked(scheme="https", cookie=f"{LOOPBACK_COOKIE}=c")) == Credentials("")


def test_a_sessions_mark_is_its_own():
    assert is_csrf(csrf_of("a"), "a")
    for given, token in ((csrf_of("a"), "b"), ("", "a"), (csrf_of(""), ""), ("ü", "a")):
        assert not is_csrf(given, token)


def basic(text):
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("path", "method", "header", "token"),
    [
        ("/api/v1/calendars/company/ACME.ics", "GET", basic("anna:t"), "t"),
        ("/api/v1/calendars/company/ACME.ics", "HEAD", basic(":t:u"), "t:u"),
        ("/api/v1/calendars/company/ACME.ics", "POST", basic("anna:t"), ""),
        ("/api/v1/slots", "GET", basic("anna:t"), ""),
        ("/api/v1/calendars/company/ACME.ics", "GET", "Basic %%%", ""),
        ("/api/v1/calendars/company/ACME.ics", "GET", "Basic /w==", ""),
        ("/api/v1/calendars/company/ACME.ics", "GET", "Basic", ""),
    ],
)
def test_a_calendar_program_sends_the_token_as_a_password(path, method, header, token):
    assert credentials_of(asked(path=path, method=method, authorization=header)) == Credentials(token)
