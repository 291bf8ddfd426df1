"""The door of a control room in a browser: who may come in, and what is served to nobody."""

import asyncio
import re
import sys

import pytest

pytest.importorskip("textual_serve", reason="the extra `web` isn't installed")

from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from rangeops.tui import web

ROOM_PROGRAM = """\
import os
os.write(1, b"__GANGLION__\\nD\\x00\\x00\\x00\\x05hello")
while (told := os.read(0, 4096)) and b"quit" not in told:
    pass
"""
ROOM = [sys.executable, "-c", ROOM_PROGRAM]
"""A room's process that says hello and stays until it is told that its socket has gone."""


@pytest.fixture
async def rooms(monkeypatch):
    """The processes of the rooms that were opened."""
    opened = []
    start = asyncio.create_subprocess_shell

    async def noted(*words, **how):
        opened.append(await start(*words, **how))
        return opened[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_shell", noted)
    return opened


@pytest.fixture
async def door(rooms):
    """A server, its client, and what it has printed; no room outlives it."""
    printed: list[str] = []
    server = web.RoomServer(ROOM, 0, printed.append)
    async with TestClient(TestServer(server.application(), host=web.HOST)) as client:
        server.port = client.port
        server.announce()
        yield server, client, printed
    for process in rooms:
        await asyncio.wait_for(process.wait(), 20)
        process._transport.close()
    await asyncio.sleep(0)


def address(printed):
    return re.search(r"http://127\.0\.0\.1:\d+(/enter/\S+)", printed[-1]).group(1)


async def enter(client, printed):
    """The room's own path."""
    answer = await client.get(address(printed), allow_redirects=False)
    assert answer.status == 303
    return answer.headers["Location"]


def own(client):
    return {"Origin": f"http://127.0.0.1:{client.port}"}


async def test_the_printed_address_is_good_once_and_the_next_is_printed(door):
    _, client, printed = door
    first = address(printed)
    room = await enter(client, printed)
    assert (await client.get(room)).status == 200
    assert (await client.get(first, allow_redirects=False)).status == 403
    assert address(printed) != first
    assert (await client.get(room)).status == 200, "the page can be loaded again by whoever has it"


@pytest.mark.parametrize("path", ["/", "/enter/x", "/room/x/", "/room/x/ws", "/static/", "/ws", "/download/x"])
async def test_whoever_has_no_key_gets_nothing(door, path):
    _, client, _ = door
    answer = await client.get(path, allow_redirects=False, headers=own(client))
    assert answer.status in (403, 404)


async def test_another_name_for_this_machine_is_refused(door):
    """A page elsewhere may point its own name at 127.0.0.1."""
    _, client, printed = door
    answer = await client.get(address(printed), headers={"Host": f"evil.example:{client.port}"}, allow_redirects=False)
    assert answer.status == 421
    assert (await client.get(await enter(client, printed))).status == 200, "and used up no key"


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1"])
async def test_a_socket_is_opened_by_its_own_page_alone(door, origin):
    _, client, printed = door
    room = await enter(client, printed)
    headers = {} if origin is None else {"Origin": origin}
    assert (await client.get(f"{room}ws", headers=headers)).status == 403


async def test_a_room_is_a_process_that_ends_with_its_socket(door):
    server, client, printed = door
    room = await enter(client, printed)
    async with client.ws_connect(f"{room}ws?width=120&height=36", headers=own(client)) as socket:
        message = await socket.receive(timeout=20)
        assert (message.type, message.data) == (WSMsgType.BINARY, b"hello")
        assert len(server._sockets) == 1
    async with client.ws_connect(f"{room}ws?width=x&height=99999", headers=own(client)) as socket:
        assert (await socket.receive(timeout=20)).data == b"hello", "a size that is none is none asked for"


async def test_there_is_an_end_to_how_many_rooms_are_open(door, monkeypatch):
    monkeypatch.setattr(web, "MOST_ROOMS", 1)
    _, client, printed = door
    room = await enter(client, printed)
    async with client.ws_connect(f"{room}ws", headers=own(client)):
        assert (await client.get(f"{room}ws", headers=own(client))).status == 503


async def test_the_page_asks_nobody_else_for_anything_and_can_be_framed_by_nobody(door):
    _, client, printed = door
    answer = await client.get(await enter(client, printed))
    page = await answer.text()
    assert not re.search(r"(?:https?:)?//(?!127\.0\.0\.1)[a-z]", page.replace("ws://127.0.0.1", "")), page
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_what_the_page_needs_is_served_from_here(door):
    _, client, printed = door
    page = await (await client.get(await enter(client, printed))).text()
    needed = re.findall(r'(?:src|href)="(/static/[^"]+)"|url\("(/static/[^"]+)"\)', page)
    assert len(needed) == 3
    for one, other in needed:
        assert (await client.get(one or other)).status == 200
