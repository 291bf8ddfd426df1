"""The client as other systems use it: pages followed, calls repeated where that does no harm, keys, and typed errors."""

import json
from uuid import UUID

import httpx
import pytest

from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.client.retries import NEVER, USUAL, Retry
from rangeops.domain.commands import CommandKind
from rangeops.domain.errors import Conflict, Damaged, Refused, Unavailable
from rangeops.domain.telemetry import Sysid
from rangeops.wire.handover import NoteView
from rangeops.wire.people import UserView

USER = {"full_name": "", "roles": ["observer"], "company": "", "disabled": False, "has_password": False, "has_token": False, "version": 1}  # fmt: skip


class Server:
    """Answers with what it was given, in turn; an exception is a connection that broke."""

    def __init__(self, *answers):
        self.answers, self.asked, self.waited = list(answers), [], []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def pause(self, seconds):
        self.waited.append(seconds)

    def client(self, retry=USUAL):
        transport = httpx.MockTransport(self)
        return Client(lambda: Address("http://range.test", "t"), transport=transport, retry=retry, pause=self.pause)


def users(*names, following=""):
    headers = {"Link": f'</api/v1/users?limit=1000&cursor={following}>; rel="next"'} if following else {}
    return httpx.Response(200, json=[{**USER, "name": name} for name in names], headers=headers)


def problem(status, kind, **headers):
    told = {
        "type": "x",
        "title": "x",
        "status": status,
        "detail": "x",
        "kind": kind,
        "what": "no",
        "where": "w",
        "do": "d.",
    }
    return httpx.Response(status, json=told, headers={name.replace("_", "-"): value for name, value in headers.items()})


GONE = httpx.ConnectError("gone")
NOTE = {"number": 1, "text": "fog", "by": "op1", "utc": "2026-11-24T12:00:00Z"}


async def test_a_list_is_read_to_its_end():
    server = Server(users("a", "b", following="X%3D"), users("c"))
    assert [user.name for user in await server.client().users()] == ["a", "b", "c"]
    assert [request.url.params.get("cursor") for request in server.asked] == [None, "X="]
    assert {request.url.params["limit"] for request in server.asked} == {"1000"}


async def test_an_iterator_asks_for_a_page_when_it_is_needed():
    server = Server(users("a", following="X"), users("b"))
    seen = server.client()._each("/users", UserView)
    assert (await anext(seen)).name == "a"
    assert len(server.asked) == 1
    assert [user.name async for user in seen] == ["b"]


async def test_what_only_reads_is_asked_again_with_longer_and_longer_waits():
    server = Server(GONE, httpx.ReadTimeout("slow"), GONE, users("a"))
    assert len(await server.client().users()) == 1
    assert server.waited == [0.2, 0.4, 0.8]
    server = Server(*[GONE] * 5)
    with pytest.raises(Unavailable, match="can't be reached"):
        await server.client().users()
    assert len(server.asked) == 5


async def test_it_comes_back_when_the_server_says_so():
    server = Server(problem(429, "refused", Retry_After="3"), problem(503, "unavailable", Retry_After="1"), users("a"))
    await server.client().users()
    assert server.waited == [3.0, 1.0]
    server = Server(problem(429, "refused", Retry_After="3600"))
    with pytest.raises(Refused):  # an hour is the caller's to wait, or not
        await server.client().users()
    server = Server(problem(503, "unavailable"))
    with pytest.raises(Unavailable):  # no watch, nothing that prints: that is an answer
        await server.client().users()


async def test_what_creates_something_is_asked_again_under_one_key():
    server = Server(GONE, httpx.Response(201, json={**NOTE, "done_by": "", "done_utc": None}))
    assert isinstance(await server.client().add_note("fog"), NoteView)
    first, second = (request.headers["Idempotency-Key"] for request in server.asked)
    assert first == second == str(UUID(first))
    assert [json.loads(request.content)["text"] for request in server.asked] == ["fog", "fog"]


@pytest.mark.parametrize("failure", [GONE, problem(429, "refused", Retry_After="0"), problem(503, "unavailable", Retry_After="0")])  # fmt: skip
async def test_a_command_is_never_sent_twice_by_itself(failure):
    server = Server(failure)
    with pytest.raises((Unavailable, Refused)):
        await server.client().command(Sysid(7), CommandKind.HOLD, reason="drifts")
    assert len(server.asked) == 1
    assert "Idempotency-Key" not in server.asked[0].headers


async def test_a_control_rooms_client_repeats_nothing_and_makes_no_keys():
    server = Server(GONE)
    with pytest.raises(Unavailable):
        await server.client(NEVER).users()
    server = Server(httpx.Response(201, json={**NOTE, "done_by": "", "done_utc": None}))
    await server.client(NEVER).add_note("fog")
    assert "Idempotency-Key" not in server.asked[0].headers
    assert server.waited == []


async def test_a_refusal_is_not_asked_again():
    server = Server(problem(409, "conflict"))
    with pytest.raises(Conflict, match="no"):
        await server.client().users()
    assert len(server.asked) == 1


async def test_an_answer_of_another_version_is_damaged():
    with pytest.raises(Damaged, match="same version"):
        await Server(httpx.Response(200, json=[{"name": 5}])).client().users()


def test_waits_are_bounded():
    assert list(Retry(5, 1.0, 3.0).waits_s()) == [1.0, 2.0, 3.0, 3.0]
    assert list(NEVER.waits_s()) == []


async def test_a_client_at_an_address_needs_no_data_folder():
    async with Client.at("https://range.example/", "rangeops_x") as client:
        assert (client.address().url, client.address().token) == ("https://range.example", "rangeops_x")
