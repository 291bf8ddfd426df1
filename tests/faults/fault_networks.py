"""The server away, a node cut off from its broker or without its bridge, PostgreSQL gone: what is enforced, and what is there later."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import fault_proxy
from fault_proxy import CLEAR, FaultProxy, Weather
from flight_out import D07, Flight, flown, patient, untold
from morning import RUNAWAY, Morning, morning, played
from nats_server import NoNats, own_nats, unique_name
from postgres import NoPostgres, OwnServer
from promised import NotHere, Promised

from rangeops.bootstrap.parts import process_environment
from rangeops.domain.commands import CommandKind
from rangeops.domain.errors import RangeopsError
from rangeops.paths import shipped
from rangeops.rehearsal.processes import Processes
from rangeops.settings import Settings

AWAY_S = 60.0
TEN_MINUTES_S = 600.0
CAUGHT_UP_S = 60.0
POSTGRES_AWAY_S = 10.0
ANSWERS_S = 30.0
HELD_BACK_S = 8.0  # longer than a command is worth to a node: it is refused when it comes late


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("journal-*.bin"))


def server_gone() -> tuple[str, bool]:
    """The supervisor is kept from starting it again for a minute; the journal grows meanwhile."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        journal = range_.settings.watch_folder / "journal"
        before = size_of(journal)
        await asyncio.to_thread(range_.processes.strike, "server")
        struck_s = time.monotonic()
        await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
        await asyncio.sleep(max(0.0, struck_s + AWAY_S - time.monotonic()))
        grown = size_of(journal) - before
        range_.processes.relieve()
        came_s = time.monotonic()
        flight.wrong += await untold(range_)
        took_s = time.monotonic() - came_s
        flight.said.append(
            f"away {AWAY_S:.0f} s, all told {took_s:.0f} s after it could start; the journal grew by {grown / 1000:.0f} kB,"
            f" which makes {grown * TEN_MINUTES_S / AWAY_S / 1000:.0f} kB in 10 min"
        )
        if took_s > CAUGHT_UP_S:
            flight.wrong.append("that is too late")

    flight = flown(meddle)
    return flight.measured, not flight.wrong


class Node:
    """A watch node beside a range, with a broker between; the way between node and broker can be cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: Settings
        self.proxy: FaultProxy

    def pid(self, name: str) -> int:
        lines = (self.settings.run_folder / "pids").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    @asynccontextmanager
    async def range(self, data: Path) -> AsyncIterator[Morning]:
        """The vehicle is the node's: its link is opened there, and its volume commanded from there."""
        try:
            broker = own_nats(self.folder / "nats")
            nats = broker.__enter__()
        except NoNats as reason:
            raise NotHere(str(reason)) from reason
        try:
            with fault_proxy.tcp(("127.0.0.1", nats.port)) as (self.proxy, (_, port)):
                name = unique_name()
                centre = Settings(data=data, port=0, simulation=True, wire=f"{nats.address}/{name}")
                self.settings = Settings(
                    data=self.folder / "mast",
                    wire=f"nats://127.0.0.1:{port}/{name}",
                    watch_name="mast",
                    simulation=True,
                )
                async with self._between(centre) as range_:
                    yield range_
        finally:
            broker.__exit__(None, None, None)

    @asynccontextmanager
    async def _between(self, centre: Settings) -> AsyncIterator[Morning]:
        processes = Processes(centre, RUNAWAY, process_environment(centre))
        site = centre.data / "geofences" / "twente"
        shutil.copytree(shipped("geofences") / "twente", site)
        with (site / "range.toml").open("a", encoding="utf-8") as toml:
            link = f"udpin:127.0.0.1:{processes.udp_port}"
            toml.write(f'\n[[watch]]\nname = "mast"\nlinks = ["{link}"]\nvolumes = ["EAST"]\n')
        self.settings.data.mkdir()
        self.settings.wire_key_file.write_text(output(centre, "node", "key", "mast"))
        self.settings.wire_key_file.chmod(0o600)
        with (self.folder / "node.log").open("wb") as log:
            node = subprocess.Popen(  # noqa: ASYNC220  # a fork is quick
                [sys.executable, "-m", "rangeops", "node", "run", "mast"],
                env={**os.environ, **self.settings.environment()}, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            async with played(processes, links=()) as range_:
                yield range_
        finally:
            node.terminate()
            node.wait(20)


def output(settings: Settings, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "rangeops", *words], env={**os.environ, **settings.environment()},
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip


def nats_partition() -> tuple[str, bool]:
    """Cut on the leg out; somebody orders a hold meanwhile, once the vehicle is on its way home: it must not come late."""
    with tempfile.TemporaryDirectory(prefix="rangeops-node-") as folder:
        node = Node(Path(folder))

        async def meddle(range_: Morning, flight: Flight) -> None:
            node.proxy.up.weather = node.proxy.down.weather = Weather(partition=True)
            await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
            try:
                progress = await range_.client.command(D07, CommandKind.HOLD, reason="through a line that is cut")
                flight.said.append(f"a hold ordered meanwhile: {progress.stage.value} {progress.detail}".strip())
            except RangeopsError as error:
                flight.said.append(f"a hold ordered meanwhile: {error.what}")
            await asyncio.sleep(HELD_BACK_S)
            node.proxy.up.weather = node.proxy.down.weather = CLEAR
            came_s = time.monotonic()
            flight.wrong += await untold(range_)
            flight.said.append(f"all told {time.monotonic() - came_s:.0f} s after the line was back")

        flight = flown(meddle, ranges=node.range)
    return flight.measured, not flight.wrong


def bridge_struck() -> tuple[str, bool]:
    """Killed on the leg out, the next one stopped."""
    with tempfile.TemporaryDirectory(prefix="rangeops-node-") as folder:
        node = Node(Path(folder))

        async def meddle(range_: Morning, flight: Flight) -> None:
            watch, bridge, ready = node.pid("watch"), node.pid("server"), node.settings.run_folder / "bridge"
            ready.unlink()
            os.kill(bridge, signal.SIGKILL)
            while not ready.exists():  # noqa: ASYNC110  # the next bridge's
                await asyncio.sleep(0.05)
            await asyncio.sleep(2)
            os.kill(node.pid("server"), signal.SIGSTOP)
            came_s = time.monotonic()
            flight.wrong += await untold(range_)
            flight.said.append(f"all told {time.monotonic() - came_s:.0f} s after the second strike")
            if node.pid("watch") != watch:
                flight.wrong.append("the node's watch was replaced for its bridge's fault")

        flight = flown(meddle, ranges=node.range)
    return flight.measured, not flight.wrong


def postgres_restarted() -> tuple[str, bool]:
    """Ended as by a power cut on the leg out, and started again some seconds later."""
    try:
        server = OwnServer()
    except NoPostgres as reason:
        raise NotHere(str(reason)) from reason

    async def meddle(range_: Morning, flight: Flight) -> None:
        await asyncio.to_thread(server.stop)
        try:
            await range_.client.slots()
            flight.wrong.append("the server answered without its database")
        except RangeopsError as error:
            flight.said.append(f"meanwhile it says: {error.what}")
        await asyncio.sleep(POSTGRES_AWAY_S)
        await asyncio.to_thread(server.start)
        came_s = time.monotonic()
        await patient(range_.client.slots)
        answers_s = time.monotonic() - came_s
        flight.said.append(f"answered {answers_s:.1f} s after its return")
        if answers_s > ANSWERS_S:
            flight.wrong.append("that is too late")

    try:
        flight = flown(meddle, ranges=lambda data: morning(data, database_url=server.url))
    finally:
        server.remove()
    return flight.measured, not flight.wrong


FAULTS = (
    Promised(
        id="server-gone",
        promise="While the server is away the range enforces as before, and when it is back everything that happened is recorded, in"
        " order and once, within 60 s: nothing is lost however long it was away, up to the room on the watch's disk.",
        how="the server killed on the leg out and kept away for 60 s, not for 10 min: what 10 min add is room, told from how the"
        " journal grew",
        limit="0 m outside; 0 entries lost, 0 twice; all told within 60 s of its start",
        attempt=server_gone,
    ),
    Promised(
        id="nats-partition",
        promise="A watch node that is cut off from its broker goes on enforcing; once the line is back everything arrives in order and"
        " once, and a command that was given meanwhile is told as not sent, and isn't carried out late.",
        how="the vehicle on a node's link; the TCP way from node to broker drops everything from the leg out until it is on its way home",
        limit="no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost, 0 twice; 0 commands carried out late",
        attempt=nats_partition,
    ),
    Promised(
        id="node-struck",
        promise="A watch node whose bridge is killed or hangs goes on enforcing by itself, and tells everything once the bridge is back.",
        how="the vehicle on a node's link; SIGKILL of its bridge on the leg out, SIGSTOP of the next one",
        limit="no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost, 0 twice; the same watch",
        attempt=bridge_struck,
    ),
    Promised(
        id="postgres-restart",
        promise="When PostgreSQL is away, the watch goes on, people are told in a sentence, and the server is back by itself within"
        " 30 s of its return: nothing acknowledged is lost, and nothing is half there.",
        how="a PostgreSQL of the trial's own ended on the leg out as by a power cut, and started again 10 s later",
        limit="no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost; answers within 30 s",
        attempt=postgres_restarted,
    ),
)
