"""Work that takes a while: its place is told, who prefers so isn't kept waiting, who goes away takes it back."""

import asyncio
import threading
from datetime import UTC, datetime

import httpx
import pytest
from desk import check_plan
from serving import InThisThread, running, settings_in, until

from rangeops.domain.errors import Invalid
from rangeops.domain.users import Role, User
from rangeops.server.fair_queue import FairQueue
from rangeops.server.work import Lane
from rangeops.wire.work import WorkState

ASYNC = {"Prefer": "respond-async"}
KEY = {"Idempotency-Key": "one"}
PASSWORD = "correct horse battery"


class Held(InThisThread):
    """Readers that read one file at a time, and only when the test lets them."""

    readers = 1

    def __init__(self):
        self.may_read = threading.Semaphore(0)
        self.read = []

    async def confined(self, function, argument, answer, *, where):
        await asyncio.to_thread(self.may_read.acquire)
        self.read.append(argument.file_name)
        return await super().confined(check_plan, argument, answer, where=where)

    def let(self, count=1):
        for _ in range(count):
            self.may_read.release()


@pytest.fixture
async def held(tmp_path):
    workers = Held()
    async with running(settings_in(tmp_path), workers) as client:
        try:
            yield client, workers
        finally:
            workers.let(100)


@pytest.fixture
async def http(held):
    client, _ = held
    async with httpx.AsyncClient(base_url=client.address().url, trust_env=False, timeout=20) as http:
        http.headers["Authorization"] = f"Bearer {client.address().token}"
        yield http


def hand_in(http, name="a.plan", content=b"inside", company="ACME", **headers):
    query = {"file_name": name, "name": name, "company": company, "volume": "NORTH", "airframe": "survey-quad"}
    return http.post("/api/v1/plans", params=query, content=content, headers=headers)


async def follow(http, answer, *, until_state="done"):
    """The work that an answer names, once it is so far."""
    async with asyncio.timeout(10):
        while (view := (await http.get(answer.headers["location"])).json())["state"] != until_state:  # noqa: ASYNC110  # HTTP
            await asyncio.sleep(0.01)
    return view


async def test_who_waits_gets_the_verdict_itself(held, http):
    _, workers = held
    workers.let()
    answer = await hand_in(http)
    assert (answer.status_code, answer.json()["verdict"]) == (201, "passed")


async def test_who_prefers_so_gets_a_place_to_look_and_the_result_there(held, http):
    _, workers = held
    first = await hand_in(http, "a.plan", **ASYNC)
    assert (first.status_code, first.headers["preference-applied"]) == (202, "respond-async")
    second = await hand_in(http, "b.plan", **ASYNC)
    third = await hand_in(http, "c.plan", **ASYNC)
    assert [answer.json()["position"] for answer in (second, third)] == [1, 2]
    assert (await follow(http, first, until_state="running"))["doing"] in ("begins", "is looked at", "is checked")
    workers.let(3)
    view = await follow(http, third)
    assert (view["progress"], view["position"]) == (1.0, None)
    plan = (await http.get(view["result"])).json()
    assert (plan["file_name"], plan["verdict"]) == ("c.plan", "passed")
    assert [each["says"] for each in (await http.get("/api/v1/work")).json()] == [
        "plan c.plan",
        "plan b.plan",
        "plan a.plan",
    ]


async def test_a_wait_that_is_long_enough_is_answered_as_if_it_weren_t_one(held, http):
    _, workers = held
    workers.let()
    answer = await hand_in(http, Prefer="respond-async, wait=10")
    assert answer.status_code == 201


async def test_what_is_wrong_with_a_file_is_told_where_it_is_followed(held, http):
    _, workers = held
    workers.let()
    view = await follow(http, await hand_in(http, content=b"", **ASYNC), until_state="failed")
    assert (view["problem"]["status"], view["problem"]["what"]) == (400, "the file is empty")
    assert view["result"] == ""


async def test_companies_take_turns(held, http):
    _, workers = held
    for name in ("a1", "a2", "a3"):
        await hand_in(http, name, **ASYNC)
    last = [await hand_in(http, name, company=company, **ASYNC) for name, company in (("b1", "SAXN"), ("a4", "ACME"))]
    assert [answer.json()["position"] for answer in last] == [2, 4]
    workers.let(5)
    await follow(http, last[1])
    assert workers.read == ["a1", "a2", "b1", "a3", "a4"]


async def test_a_full_queue_says_when_to_come_again(held, http):
    client, _ = held
    client.operations.work.lanes["plan"] = Lane(FairQueue("plans", 1, most_of_one=2))
    for name in ("a1", "a2", "a3"):
        assert (await hand_in(http, name, **ASYNC)).status_code == 202
    full = await hand_in(http, "a4", **ASYNC)
    assert full.status_code == 503
    assert int(full.headers["retry-after"]) >= 1
    assert "2 wait already of the same company" in full.json()["what"]
    assert (await hand_in(http, "b1", company="SAXN", **ASYNC)).status_code == 202


async def test_what_waits_can_be_taken_back_and_what_has_ended_can_not(held, http):
    _, workers = held
    first, second = [await hand_in(http, name, **ASYNC) for name in ("a.plan", "b.plan")]
    cancelled = await http.delete(second.headers["location"])
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    workers.let(2)
    await follow(http, first)
    assert workers.read == ["a.plan"]
    assert (await http.delete(first.headers["location"])).status_code == 409


async def test_what_runs_is_let_go_before_it_changes_anything(held, http):
    client, workers = held
    answer = await hand_in(http, **ASYNC)
    await until(lambda: any(work.doing == "is checked" for work in client.operations.work))
    assert (await http.delete(answer.headers["location"])).json()["state"] == "cancelled"
    workers.let()
    assert (await http.get("/api/v1/plans")).json() == []


async def test_who_hangs_up_takes_back_what_he_waits_for(held, http):
    client, workers = held
    await hand_in(http, "first.plan", **ASYNC)
    asked = asyncio.create_task(hand_in(http, "gone.plan"))
    await until(lambda: len(list(client.operations.work)) == 2)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await until(lambda: [work.state.value for work in client.operations.work][1] == "cancelled")
    workers.let(2)
    await until(lambda: workers.read == ["first.plan"])


async def test_who_hangs_up_while_it_is_kept_finds_it_under_his_key(held, http, monkeypatch):
    client, workers = held
    submission, may_keep = client.operations.services.submission, threading.Event()
    keep = submission.store
    monkeypatch.setattr(submission, "store", lambda *given: may_keep.wait(60) and keep(*given))
    workers.let(2)
    asked = asyncio.create_task(hand_in(http, **KEY))
    await until(lambda: any(work.doing == "is kept" for work in client.operations.work))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    may_keep.set()
    await until(lambda: [work.state.value for work in client.operations.work] == ["done"])
    again = await hand_in(http, **KEY)
    assert (again.status_code, again.json()["id"], again.headers["idempotency-replayed"]) == (201, "P1", "true")
    assert len((await http.get("/api/v1/plans")).json()) == 1


async def test_what_waited_for_its_turn_is_noted_under_its_own_key_with_what_it_changes(held, http, monkeypatch):
    """Whoever's end lets it begin: if the server dies before it answers, it is known to have been carried out."""
    client, workers = held
    first = asyncio.create_task(hand_in(http, "a.plan", **{"Idempotency-Key": "first"}))
    await until(lambda: len(list(client.operations.work)) == 1)
    second = asyncio.create_task(hand_in(http, "b.plan", **KEY))
    await until(lambda: len(list(client.operations.work)) == 2)
    monkeypatch.setattr(client.operations.services.once, "answered", lambda *_: None)
    workers.let(3)
    await asyncio.gather(first, second)
    lost = await hand_in(http, "b.plan", **KEY)
    assert (lost.status_code, "its answer was lost" in lost.json()["what"]) == (409, True)
    assert len((await http.get("/api/v1/plans")).json()) == 2


async def test_a_result_is_forgotten_after_a_while_and_the_work_with_it(held, http, monkeypatch):
    client, workers = held
    workers.let()
    answer = await hand_in(http, **ASYNC)
    await follow(http, answer)
    desk = client.operations.work
    later = desk._clock()
    monkeypatch.setattr(
        desk, "_clock", lambda: type(later)(later.monotonic_s, later.utc.replace(year=later.utc.year + 1))
    )
    assert (await http.get(answer.headers["location"])).status_code == 404
    assert len((await http.get("/api/v1/plans")).json()) == 1


async def test_work_is_ones_own_a_companys_or_the_ranges(held, http):
    client, workers = held
    with client.operations.services.store.write() as work:
        for name, company in (("acme", "ACME"), ("acme2", "ACME"), ("saxn", "SAXN")):
            work.users.add(
                User(name, name, frozenset([Role.COMPANY_MEMBER]), company=company, password_hash=f"plain:{PASSWORD}")
            )
    tokens = {}
    for name in ("acme", "acme2", "saxn"):
        opened = await http.post("/api/v1/sessions", json={"name": name, "password": PASSWORD, "room": "x"})
        tokens[name] = {"Authorization": f"Bearer {opened.json()['token']}"}
    answer = await hand_in(http, **ASYNC, **tokens["acme"])
    place = answer.headers["location"]
    for name, status in (("acme", 200), ("acme2", 200), ("saxn", 404)):
        assert (await http.get(place, headers=tokens[name])).status_code == status
    assert (await http.get(place)).status_code == 200, "the range's"
    assert (await http.delete(place, headers=tokens["saxn"])).status_code == 404
    assert (await http.get("/api/v1/work", headers=tokens["acme2"])).json() == []
    workers.let()


async def test_a_refusal_to_read_costs_nobody_else_anything(held, http, monkeypatch):
    _, workers = held

    async def broken(function, argument, answer, *, where):
        raise Invalid("it is no plan", where=where, do="Hand in another.")

    monkeypatch.setattr(workers, "confined", broken)
    answer = await hand_in(http, "x.plan")
    assert (answer.status_code, answer.json()["where"]) == (400, "plan x.plan")
    monkeypatch.undo()
    workers.let()
    assert (await hand_in(http)).status_code == 201


async def test_a_report_is_work_too(held, http):
    asked = {"title": "a drone on the road", "happened_utc": datetime.now(UTC).isoformat()}
    opened = await http.post("/api/v1/incidents", json=asked)
    assert opened.status_code == 201, opened.text
    incident = opened.json()["review"]["incident"]
    answer = await http.post(f"/api/v1/incidents/{incident}/report", headers=ASYNC)
    assert answer.status_code == 202
    view = await follow(http, answer)
    assert (await http.get(view["result"])).headers["content-type"].startswith("text/html")


async def test_a_file_that_is_too_large_is_said_to_be(held, http):
    for megabytes in (4.5, 6):
        answer = await hand_in(http, content=b"x" * int(megabytes * 1024 * 1024))
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_client_follows_it_typed(held):
    client, workers = held
    asked = {"company": "ACME", "volume": "NORTH", "airframe": "survey-quad"}
    first, second = [await client.hand_in_plan(b"inside", file_name=name, name=name, **asked) for name in ("a", "b")]
    assert ((await client.work(second.id)).position, (await client.cancel_work(second.id)).state) == (
        1,
        WorkState.CANCELLED,
    )
    workers.let()
    await until(lambda: workers.read == ["a"])
    while (view := await client.work(first.id)).state is not WorkState.DONE:  # noqa: ASYNC110  # over HTTP
        await asyncio.sleep(0.01)
    assert (await client.plan(view.result.rpartition("/")[2])).verdict == "passed"
    assert [each.id for each in await client.works()] == [second.id, first.id]
