"""What whoever operates the server sees of it: ready or not and why, its figures, its log; and nobody's secret in any of them."""

import asyncio
import json
import re

import httpx
import pytest
import structlog
from desk import alarm
from serving import running, settings_in, until

from rangeops.domain.errors import Unavailable
from rangeops.domain.users import Role, User
from rangeops.server.observing import HEADER

SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


@pytest.fixture
async def raw(client):
    async with httpx.AsyncClient(base_url=f"{client.address().url}/api/v1", trust_env=False) as raw:
        yield raw


def bearer(client):
    return {"Authorization": f"Bearer {client.address().token}"}


def figures(text):
    return {(name, labels or ""): float(value) for name, labels, value in SERIES.findall(text)}


# Ready.


async def test_a_server_is_ready_once_its_watch_is_heard_and_says_which_part_is_not(client, raw, watch):
    assert (await raw.get("/ready")).json() == {"ready": True, "store": "ok", "watch": "ok", "record": "ok"}
    watch.silent = True
    answer = await eventually(raw, lambda answer: answer.status_code == 503)
    assert answer.json() == {"ready": False, "store": "ok", "watch": "a watch isn't heard", "record": "ok"}


async def eventually(raw, condition):
    """What is told is kept for a second."""
    while not condition(answer := await raw.get("/ready")):  # noqa: ASYNC110  # another server's state
        await asyncio.sleep(0.05)
    return answer


async def test_a_store_that_fails_makes_it_unready_and_names_nothing_of_it(client, raw, watch, monkeypatch):
    def gone():
        raise Unavailable("postgresql://me:secret@db is gone", where="db", do="Start it.")

    monkeypatch.setattr(client.operations.services.store, "write", gone)
    answer = await raw.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "store": "it can't be reached",
        "watch": "ok",
        "record": "it can't be written",
    }
    assert (await raw.get("/health")).json() == {"alive": True}


# Figures.


async def test_figures_tell_of_requests_range_and_record_without_a_name(client, raw, watch):
    watch.alarms = (alarm(),)
    await until(lambda: client.operations.live.alarm(alarm().id))
    await client.slots()
    await raw.get("/slots/S99?company=ACME", headers=bearer(client))
    await raw.get("/nonsense/really", headers=bearer(client))
    answer = await raw.get("/metrics", headers=bearer(client))
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = figures(answer.text)
    requests = {labels: value for (name, labels), value in told.items() if name == "rangeops_http_requests_total"}
    assert requests['method="GET",route="/api/v1/slots",status="200"'] == 1
    assert requests['method="GET",route="/api/v1/slots/{slot}",status="404"'] == 1
    assert requests['method="GET",route="none",status="404"'] == 1
    assert told["rangeops_vehicles", 'state="known"'] == 1
    assert told["rangeops_alarms", f'priority="{int(alarm().priority.value)}",state="unacknowledged"'] == 1
    assert told["rangeops_enforcing", ""] == 1
    assert told["rangeops_watch_silence_seconds", 'watch="watch"'] < 1
    assert told["rangeops_record_head", ""] == (await client.audit_head()).seq
    assert told["rangeops_work_waiting", 'lane="plan"'] == 0
    for secret in (client.address().token, "op1", "ACME", "D07", "S99"):
        assert secret not in answer.text


async def test_figures_are_the_ranges_own(client, raw):
    assert (await raw.get("/metrics")).status_code == 401


# The log.


@pytest.fixture
async def logged(tmp_path):
    """A server whose requests are lines of the log, and those lines."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        async with running(settings_in(tmp_path, log="json")) as client:
            yield client, lines


async def test_a_request_is_a_line_with_its_id_caller_route_status_and_time(logged):
    client, lines = logged
    async with httpx.AsyncClient(base_url=client.address().url, trust_env=False) as raw:
        answer = await raw.get("/api/v1/slots/S1", headers={**bearer(client), HEADER: "proxy-17.abc"})
    assert answer.headers[HEADER] == "proxy-17.abc"
    (line,) = [line for line in lines if line["event"] == "request" and line["route"] == "/api/v1/slots/{slot}"]
    assert (line["method"], line["status"], line["caller"], line["request_id"]) == ("GET", 404, "op1", "proxy-17.abc")
    assert line["duration_ms"] >= 0


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "short", 'id"\\njection', "<script>123"])
async def test_an_id_that_is_none_is_not_taken_over(logged, given):
    client, _ = logged
    async with httpx.AsyncClient(base_url=client.address().url, trust_env=False) as raw:
        answer = await raw.get("/api/v1/health", headers={HEADER: given})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers[HEADER])


async def test_no_secret_is_ever_in_the_log(logged):
    client, lines = logged
    secrets = ["hunter2-hunter2", "tok-en-tok-en-tok-en", "path-secret", "query-secret", "cookie-secret"]
    with client.operations.services.store.write() as work:
        work.users.add(User("jan", "Jan", frozenset([Role.OBSERVER]), password_hash="plain:right"))
    async with httpx.AsyncClient(base_url=client.address().url, trust_env=False) as raw:
        await raw.post("/api/v1/sessions", json={"name": "jan", "password": secrets[0], "room": "r"})
        await raw.get("/api/v1/slots", headers={"Authorization": f"Bearer {secrets[1]}"})
        await raw.get(f"/api/v1/invitations/{secrets[2]}", headers=bearer(client))
        await raw.get("/api/v1/slots", params={"token": secrets[3]}, headers=bearer(client))
        await raw.get("/", headers={"Cookie": f"rangeops-session={secrets[4]}"})
    assert len([line for line in lines if line["event"] == "request"]) >= 5
    everything = json.dumps(lines, default=str)
    for secret in [*secrets, client.address().token]:
        assert secret not in everything
