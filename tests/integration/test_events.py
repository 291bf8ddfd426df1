"""Server-sent events: what the WebSocket tells, over plain HTTP, with no line lost to a broken connection."""

import asyncio
import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from desk import vehicle
from serving import running, settings_in, until

from rangeops.domain.users import Role, User
from rangeops.server import tail
from rangeops.server.events import HEARTBEAT_S
from rangeops.server.routes import events
from rangeops.services.changes import SERVER
from rangeops.services.identity import digest_of
from rangeops.wire.api import SlotRequest

PASSWORD = "correct horse battery"


class Stream:
    """One connection, read as a browser reads it. `seen` grows; `last_id` is what it would come back with."""

    def __init__(self, client, token="", last_id=None, kinds="", **headers):
        self.client, self.seen, self.comments, self.last_id = client, [], 0, last_id
        self.token = token or client.address().token
        self.kinds, self.headers = kinds, headers

    async def __aenter__(self):
        headers = {"Authorization": f"Bearer {self.token}", **self.headers}
        if self.last_id is not None:
            headers["Last-Event-ID"] = str(self.last_id)
        self._http = httpx.AsyncClient(base_url=self.client.address().url, trust_env=False, timeout=20)
        query = {"kinds": self.kinds} if self.kinds else {}
        self._context = self._http.stream("GET", "/api/v1/events", headers=headers, params=query)
        self.response = await self._context.__aenter__()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *error):
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
            await self._reading
        with contextlib.suppress(httpx.HTTPError):
            await self._context.__aexit__(None, None, None)
        await self._http.aclose()

    async def _read(self):
        event = {}
        async for line in self.response.aiter_lines():
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif "data" in event:
                self.last_id = event.get("id", self.last_id)
                self.seen.append((event["event"], json.loads(event["data"])))
                event = {}
            else:
                event = {}

    @property
    def ended(self):
        return self._reading.done()

    def of(self, kind):
        return [body for name, body in self.seen if name == kind]


def write(client, count, says="line"):
    with client.operations.services.changes.begin(client.operations.clock(), SERVER) as change:
        for number in range(count):
            change.record("test.line", "range", f"{says} {number}")


async def written(client, count, says="line"):
    await asyncio.to_thread(write, client, count, says)


async def test_it_begins_with_its_place_and_the_picture_and_tells_lines_and_changes(client, watch):
    async with Stream(client) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] == "no-store"
        await until(lambda: stream.of("picture"))
        kind, begun = stream.seen[0]
        assert (kind, begun["resumed"]) == ("start", False)
        starts = datetime.now(UTC)
        await client.book(
            SlotRequest("ACME", "NORTH", starts, starts + timedelta(minutes=30), 7, "D07", "survey-quad", "ch 2")
        )
        await until(lambda: {"noun": "slots"} in stream.of("changed"))
        (line,) = [line for line in stream.of("log") if "asks for slot" in line["text"]]
        assert line["seq"] > begun["seq"]
        assert int(stream.last_id) >= line["seq"]


async def test_a_broken_connection_loses_no_line_and_tells_none_twice(client):
    async with Stream(client, kinds="log") as stream:
        await until(lambda: stream.of("start"))
        await written(client, 3, "before")
        await until(lambda: len(stream.of("log")) == 3)
    await written(client, 700, "away")  # more than is read at once
    async with Stream(client, kinds="log", last_id=stream.last_id) as again:
        await written(client, 3, "after")
        await until(lambda: len(again.of("log")) >= 703)
    assert again.of("start")[0]["resumed"]
    texts = [line["text"] for line in [*stream.of("log"), *again.of("log")]]
    assert texts == [
        f"{when} {n}" for when, count in (("before", 3), ("away", 700), ("after", 3)) for n in range(count)
    ]


async def test_one_that_comes_back_is_told_that_everything_may_have_changed(client):
    await written(client, 1)
    async with Stream(client, kinds="changed", last_id=1) as stream:
        await until(lambda: len(stream.of("changed")) >= 9)
    assert {"noun": "slots"} in stream.of("changed")


@pytest.mark.parametrize(
    ("last_id", "reason"),
    [
        ("999999", "doesn't reach as far"),
        ("nonsense", "none of ours"),
        ("1", "more than 5 entries"),
        ("-1", "none of ours"),
    ],
)
async def test_a_place_that_cannot_be_taken_up_is_a_reset(client, monkeypatch, last_id, reason):
    monkeypatch.setattr("rangeops.server.events.MOST_BEHIND", 5)
    await written(client, 20)
    head = (await client.audit_head()).seq
    async with Stream(client, kinds="log", last_id=last_id) as stream:
        await until(lambda: stream.of("start"))
        assert reason in stream.of("reset")[0]["reason"].replace("10000", "5")
        assert stream.of("start")[0] == {"seq": head, "resumed": False}


async def test_many_streams_read_the_record_once(client, monkeypatch):
    streams = [Stream(client, kinds="log") for _ in range(12)]
    async with contextlib.AsyncExitStack() as stack:
        for stream in streams:
            await stack.enter_async_context(stream)
            await until(lambda stream=stream: stream.of("start"))
        looks = []
        whole = client.operations.events.tail._following

        async def counted(seq, limit):
            looks.append(seq)
            return await whole(seq, limit)

        client.operations.events.tail._following = counted
        await written(client, 5)
        await until(lambda: all(len(stream.of("log")) == 5 for stream in streams))
        assert len(looks) < len(streams)
    await until(lambda: len(client.operations.events) == 0)


async def test_who_is_far_behind_reads_for_himself_and_gets_all_of_it(client, monkeypatch):
    monkeypatch.setattr(tail, "_KEPT", 10)
    client.operations.events.tail._lines = type(client.operations.events.tail._lines)(maxlen=10)
    async with Stream(client, kinds="log") as here:
        await until(lambda: here.of("start"))
        place = here.last_id
        await written(client, 50)
        await until(lambda: len(here.of("log")) == 50)
        async with Stream(client, kinds="log", last_id=place) as late:
            await until(lambda: len(late.of("log")) == 50)
        assert late.of("log") == here.of("log")


async def test_a_quiet_stream_is_kept_alive_by_comments(client, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)
    assert HEARTBEAT_S < 30, "a proxy hangs up after that"
    async with Stream(client, kinds="log") as stream:
        await until(lambda: stream.comments >= 3)
        assert stream.of("log") == []


async def test_it_ends_with_its_session(client, monkeypatch):
    monkeypatch.setattr(events, "LOOKED_AT_S", 0.05)
    with client.operations.services.store.write() as work:
        work.users.add(User("jan", "Jan", frozenset([Role.OBSERVER]), password_hash=f"plain:{PASSWORD}"))
    async with httpx.AsyncClient(base_url=f"{client.address().url}/api/v1", trust_env=False) as http:
        opened = await http.post("/sessions", json={"name": "jan", "password": PASSWORD, "room": "here"})
        token = opened.json()["token"]
        async with Stream(client, token=token) as stream:
            await until(lambda: stream.of("picture"))
            await http.delete("/sessions/mine", headers={"Authorization": f"Bearer {token}"})
            await until(lambda: stream.ended)


async def test_a_companys_member_sees_his_own_and_no_log(client, watch):
    watch.vehicles = (replace(vehicle(7), company="ACME"), replace(vehicle(8), company="OTHER", callsign="X08"))
    with client.operations.services.store.write() as work:
        work.users.add(
            User("cm", "C", frozenset([Role.COMPANY_MEMBER]), company="ACME", password_hash=f"plain:{PASSWORD}")
        )
    async with httpx.AsyncClient(base_url=f"{client.address().url}/api/v1", trust_env=False) as http:
        opened = await http.post("/sessions", json={"name": "cm", "password": PASSWORD, "room": "here"})
        token = opened.json()["token"]
        async with Stream(client, token=token) as stream:
            await written(client, 3)
            await until(lambda: any(len(picture["vehicles"]) == 1 for picture in stream.of("picture")))
            seen = [each for picture in stream.of("picture") for each in picture["vehicles"]]
            assert {each["company"] for each in seen} == {"ACME"}
            assert stream.of("log") == []
        places = await http.get("/positions.geojson", headers={"Authorization": f"Bearer {token}"})
        assert [each["properties"]["company"] for each in places.json()["features"]] == ["ACME"]


async def test_who_is_another_companys_by_now_is_shown_nothing_more_of_the_first(client, watch, monkeypatch):
    monkeypatch.setattr(events, "LOOKED_AT_S", 0.05)
    watch.vehicles = (replace(vehicle(7), company="ACME"),)
    member = User("cm", "C", frozenset([Role.COMPANY_MEMBER]), company="ACME", token_sha256=digest_of("his own"))
    with client.operations.services.store.write() as work:
        work.users.add(member)
    async with Stream(client, token="his own") as stream:
        await until(lambda: any(picture["vehicles"] for picture in stream.of("picture")))
        with client.operations.services.store.write() as work:
            work.users.replace(replace(member, company="SAXN", version=2))
        await until(lambda: stream.ended)
    async with Stream(client, token="his own") as stream:
        await until(lambda: stream.of("picture"))
        assert not any(picture["vehicles"] for picture in stream.of("picture"))


async def test_a_kind_that_is_none_is_said_so(client):
    async with Stream(client, kinds="log,everything") as stream:
        assert stream.response.status_code == 400


async def test_it_ends_in_order_with_the_server_and_holds_up_nobody(tmp_path):
    async with contextlib.AsyncExitStack() as streams:
        async with running(settings_in(tmp_path)) as client:
            stream = await streams.enter_async_context(Stream(client))
            await until(lambda: stream.of("picture"))
        await until(lambda: stream.ended)
        assert stream._reading.exception() is None, "a whole answer, not a broken one"
