"""The server as a process: killed, told to end, started where it can't start. Nothing acknowledged is lost, nothing stays."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk import D07, alarm, command, vehicle
from server_processes import SERVER, pid_of, server_process
from serving import FakeWatch, until

from rangeops.adapters.store.opening import open_store
from rangeops.client.api import Client
from rangeops.client.feed import SILENT_S, Disconnected, feed
from rangeops.domain.alarms import AlarmState
from rangeops.domain.audit import first_fault
from rangeops.domain.commands import CommandStage
from rangeops.domain.errors import Unavailable
from rangeops.domain.events import AlarmChanged, ArmedChanged, CommandMoved
from rangeops.lifeline import VARIABLE, LifelineHolder
from rangeops.server.process import KEEP_ALIVE_S, take_port
from rangeops.wire.picture import RangePicture

pytestmark = pytest.mark.processes


def children_of(pid):
    """Of whichever thread of it started them."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in tasks for child in children.read_text().split()]


def alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def record_of(settings):
    store = open_store(settings.database)
    with store.read() as work:
        entries = work.record.following(0, 100_000)
    store.close()
    return entries


async def test_killed_in_the_middle_it_comes_back_with_everything_that_was_taken(settings):
    watch = FakeWatch(settings)
    watch.vehicles = (vehicle(7),)
    async with watch.at_work():
        async with server_process(settings) as process:
            watch.happen(AlarmChanged(alarm()), CommandMoved(command()))
            await until(lambda: watch.taken == 2)
            for number in range(200):
                watch.happen(ArmedChanged(D07, armed=number % 2 == 0))
            await until(lambda: watch.taken > 2)
            process.kill()
            process.wait()
        taken = watch.taken
        assert max(json.loads(e.payload)["body"]["seq"] for e in record_of(settings) if e.role == "watch") >= taken
        watch.happen(CommandMoved(command(CommandStage.SEEN)), AlarmChanged(alarm(state=AlarmState.NORMAL)))
        async with server_process(settings), Client.from_settings(settings) as client:
            await until(lambda: watch.taken == watch.seq, within_s=20)
            (incident,) = await client.incidents()
            assert incident.ended_utc is not None
            assert "by hold" in incident.title
    entries = record_of(settings)
    assert first_fault(entries) is None
    told = [json.loads(entry.payload)["body"]["seq"] for entry in entries if entry.role == "watch"]
    assert told == list(range(1, watch.seq + 1)), "each once, in order, none missing"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_end_it_ends_cleanly_and_leaves_no_address(settings, number):
    async with server_process(settings) as process:
        async with Client.from_settings(settings) as client:
            await client.status()
        process.send_signal(number)
        _, errors = await asyncio.to_thread(process.communicate, timeout=20)
        assert process.returncode == 0, errors.decode()
        assert b"Traceback" not in errors
    assert not settings.server_file.exists()
    assert not settings.wire_socket.exists()


async def test_its_workers_end_with_it_even_when_it_is_killed(settings):
    async with server_process(settings) as process:
        async with Client.from_settings(settings) as client:
            await client.submit_plan(
                b"inside", file_name="a", name="a", company="a", volume="NORTH", airframe="survey-quad"
            )
        workers = children_of(process.pid)
        assert workers
        process.kill()
        process.wait()
        await until(lambda: not any(alive(worker) for worker in workers))


async def test_it_ends_with_its_parent(settings):
    holder = LifelineHolder()
    environment = {**os.environ, VARIABLE: str(holder.child_fd)}
    async with server_process(settings, env=environment, pass_fds=[holder.child_fd]) as process:
        holder.close()
        await asyncio.to_thread(process.wait, timeout=20)
        assert process.returncode == 0


async def test_a_second_server_on_the_same_folder_is_refused_in_one_sentence(settings):
    async with server_process(settings) as process:
        second = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, str(SERVER), str(settings.data)],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert second.returncode != 0
        assert b"another server runs on this data folder" in second.stderr
        assert process.poll() is None
        assert pid_of(settings) == process.pid
        async with Client.from_settings(settings) as client:
            await client.status()


def test_a_busy_port_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{port}: it can't be listened on"):
            take_port("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_one_sentence():
    with pytest.raises(Unavailable):
        take_port("203.0.113.7", 0)
    with pytest.raises(Unavailable):
        take_port("no such host.invalid", 0)


async def test_a_stale_address_of_a_killed_server_is_said_to_be_unreachable(settings):
    async with server_process(settings) as process:
        process.kill()
        process.wait()
    async with Client.from_settings(settings) as client:
        with pytest.raises(Unavailable, match="can't be reached"):
            await client.status()


async def test_a_frozen_server_counts_as_gone_and_a_thawed_one_as_back(settings):
    seen = []

    async def follow(client):
        async for item in feed(client):
            seen.append(item)  # noqa: PERF401  # what is seen so far is looked at meanwhile

    async with server_process(settings) as process, Client.from_settings(settings) as client:
        following = asyncio.create_task(follow(client))
        await until(lambda: any(isinstance(item, RangePicture) for item in seen))
        process.send_signal(signal.SIGSTOP)
        await until(lambda: isinstance(seen[-1], Disconnected), within_s=SILENT_S + 3)
        assert "silent" in seen[-1].reason
        process.send_signal(signal.SIGCONT)
        await until(lambda: isinstance(seen[-1], RangePicture))
        following.cancel()


async def test_an_idle_connection_is_kept_as_long_as_a_proxy_keeps_it(settings):
    """Uvicorn's own 5 s are also httpx's: one in a thousand requests met the closing. Caddy keeps one for 120 s."""
    assert KEEP_ALIVE_S > 120

    def asked_twice(url):
        connection = http.client.HTTPConnection(*url.removeprefix("http://").split(":"), timeout=30)
        with contextlib.closing(connection):
            for idle_s in (0, 6):
                time.sleep(idle_s)
                connection.request("GET", "/api/v1/ready")
                answer = connection.getresponse()
                answer.read()
                yield answer.status, connection.sock

    async with server_process(settings):
        url = json.loads(settings.server_file.read_text())["url"]
        (first, socket_), (second, same) = await asyncio.to_thread(lambda: list(asked_twice(url)))
    assert first == second
    assert same is socket_
