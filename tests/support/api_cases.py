"""The API asked at random, by its own description (schemathesis): a server in a thread, and what its answers must be.

Nothing is random twice: the same seed asks the same.
"""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import requests
import schemathesis
import uvicorn
from api_world import OWN, SECRET, one_of_everything
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from permission_table import ROLES
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving import InThisThread, build, clock, settings_in

from rangeops.lifeline import Lifeline
from rangeops.server import process

# The first hours of the one and the last of the other are out of UTC's years.
EAST, WEST = (timezone(timedelta(hours=hours)) for hours in (23, -23))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NOT_ASKED = {
    "/api/v1/events": "it doesn't end: tests of the feed read it",
    "/api/v1/ready": "503 is its word for a range without a watch: tests of readiness have it",
    "/api/v1/sessions/mine": "deleting it ends the token that asks",
}
WAITS_FOR_A_WATCH = 503
MOMENTS = st.one_of(
    st.datetimes(timezones=st.timezones()),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis' signature
    st.datetimes(),  # without a zone, as RFC 3339 doesn't have it and people write it
    st.sampled_from([datetime.min.replace(tzinfo=EAST), datetime.max.replace(tzinfo=WEST)]),
).map(datetime.isoformat)
schemathesis.openapi.format("date-time", MOMENTS)
MEMBER = "company-member"
ANOTHERS = "SAXN"  # of `one_of_everything`; no text that is asked at random is likely to be just that


@dataclass
class Outcome:
    """asked: requests by operation. statuses: answers by their status. wrong: what doesn't fit, with how to ask it again."""

    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Address, token and description of a server with one of everything, in a thread of its own. No watch is there."""
    options = settings_in(folder)
    app, operations = build(options, InThisThread())
    one_of_everything(operations.services, clock, ROLES)
    listening = process.take_port("127.0.0.1", 0)
    server = uvicorn.Server(process.make_server(app).config)  # ours takes signals, which a thread can't
    thread = threading.Thread(
        target=lambda: asyncio.run(process.serve(server, listening, options, Lifeline(None))), daemon=True
    )
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive(), "the server ended as it began"
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield url, options.token_file.read_text().strip(), app.openapi()
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
        operations.services.store.close()


def asked(folder: Path, examples: int, number: int, *, only: str = "", by: str = "") -> Outcome:
    """Every operation, so often. number: the seed. only: of paths that hold this. by: a role; "" for one with all of them."""
    outcome = Outcome()
    with served(folder) as (url, local, described), requests.Session() as http:
        http.trust_env = False
        token = _token_of(by, (http, url, local)) if by else local
        schema = schemathesis.openapi.from_dict(described)
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path not in NOT_ASKED and only in operation.path:
                _ask(operation, outcome, (http, url, token, by == MEMBER), examples, number)
    return outcome


def _token_of(role: str, to) -> str:
    """Of the user whom `one_of_everything` made for it."""
    http, url, token = to
    bearer = {"Authorization": f"Bearer {token}"}
    own = http.put(f"{url}/api/v1/users/op1/password", json={"password": SECRET}, headers=bearer)
    made = http.post(f"{url}/api/v1/users/{role}/token", json={"confirm": SECRET}, headers=bearer)
    assert (own.status_code, made.status_code) == (200, 201), made.text
    return made.json()["token"]


def _ask(operation, outcome: Outcome, to, examples: int, number: int) -> None:
    http, url, token, token_of_a_member = to
    label = f"{operation.method.upper()} {operation.path}"

    @seed(number)
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=False, print_blob=False,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case):
        outcome.asked[label] += 1
        if outcome.asked[label] % 2 and case.path_parameters:  # every other time about what is there
            case.path_parameters.update({name: OWN[name] for name in case.path_parameters if name in OWN})
        response = case.call(
            base_url=url, session=http, headers={"Authorization": f"Bearer {token}"}, timeout=30, allow_redirects=False
        )
        outcome.statuses[response.status_code] += 1
        if response.status_code == WAITS_FOR_A_WATCH and "database" not in response.json().get("what", "database"):
            return  # it says so, in one sentence: no watch, nothing that prints
        case.validate_response(response, checks=CHECKS)
        if token_of_a_member:
            assert ANOTHERS not in response.text, "another company is named"

    try:
        ask()
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  # whatever a check raises: the others are asked, too
        outcome.wrong.append(f"{label}: {type(error).__name__} {error}"[:3000])
