"""An alarm of a real watch, done to by the command line as people type it: acknowledged, shelved, noted, counted."""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager

import pytest
from serving import until
from shell import rangeops

from rangeops.cli.exits import EXIT_CODE
from rangeops.domain.alarms import AlarmState
from rangeops.domain.errors import Kind

pytestmark = pytest.mark.processes

NOBODY_THERE = "tcp:127.0.0.1:9"  # the discard port: what connects to it alone is told at once that nobody listens


@asynccontextmanager
async def real_watch(settings):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rangeops", "process", "watch",
        env={**os.environ, **settings.environment()}, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def standing(client, source=NOBODY_THERE):
    alarms = client.operations.live.picture(client.operations.clock()).alarms
    return next((alarm for alarm in alarms if alarm.source == source), None)


async def alarms(settings, *words):
    """As a person does who is told that no watch is running: again. On a busy machine it may be silent for a second."""
    for _ in range(20):
        answer = await rangeops(settings, "alarms", *words)
        if answer[0] != EXIT_CODE[Kind.UNAVAILABLE]:
            return answer
    return answer


def is_in(client, state):
    return lambda: (alarm := standing(client)) is not None and alarm.state is state


async def test_a_person_shelves_notes_and_acknowledges_an_alarm_and_a_restarted_watch_knows(settings, client):
    await client.add_link(NOBODY_THERE)
    async with real_watch(settings):
        await until(is_in(client, AlarmState.UNACKED), within_s=30)
        assert (await alarms(settings, "note", NOBODY_THERE, "cable is being changed"))[0] == 0
        said = await alarms(settings, "shelve", NOBODY_THERE, "-r", "cable", "-m", "5")
        assert (said[0], said[2]) == (0, f"{NOBODY_THERE}: Link down: shelved for 5 min\n")
        await until(is_in(client, AlarmState.SHELVED), within_s=30)
        refused = await alarms(settings, "ack", NOBODY_THERE)
        assert (refused[0], "it is shelved" in refused[2]) == (3, True)
        too_long = await alarms(settings, "shelve", NOBODY_THERE, "-r", "x", "-m", "61")
        assert too_long[0] == 3
    async with real_watch(settings):
        await until(lambda: client.operations.live.enforcing(client.operations.clock()), within_s=30)
        await until(is_in(client, AlarmState.SHELVED), within_s=30)
        assert (await alarms(settings, "unshelve", NOBODY_THERE))[0] == 0
        await until(is_in(client, AlarmState.UNACKED), within_s=60)  # an endpoint is tried again ever more seldom
        assert (await alarms(settings, "ack", NOBODY_THERE))[0] == 0
        acked = await until(lambda: is_in(client, AlarmState.ACKED)() and standing(client), within_s=30)
        assert (acked.acked_by, acked.notes[0].text, acked.removal.reason) == ("op1", "cable is being changed", "cable")

        async def counted():
            return json.loads((await alarms(settings, "stats", "--json"))[1])

        figures = await counted()
        assert figures["announced"] >= 1
        assert figures["shelved"] == 1
        lines = [line.text for line in await client.log()]
        assert any("shelves" in line and "for 5 min: cable" in line for line in lines)
        assert any("shelved by op1 until" in line for line in lines)
