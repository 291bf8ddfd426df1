"""How long a withdrawn clearance takes to the watch: from the request in the services, through its durable commit and its
entry in the record, to the enforcement loop holding its vehicle to it. Over the Unix socket, and over a NATS server.

The loop is the real one, in a process of its own; its clock is the server's, for both are on this machine.
"""

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from bench_row import Row, row, unmeasured

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from desk import NOON, OPERATOR, TWENTE, Desk, TomlAirframes
from nats_server import NoNats, remove_streams, some_nats, unique_name
from serving import InThisThread, until

from rangeops.adapters.store.opening import open_store
from rangeops.adapters.transports.nats_bridge import NatsBridge
from rangeops.adapters.transports.nats_line import Subjects
from rangeops.adapters.transports.nats_server import NatsWireServer
from rangeops.adapters.transports.unix_server import UnixWireServer
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot
from rangeops.domain.telemetry import Sysid
from rangeops.server.feed import FeedHub
from rangeops.server.live import LiveRange
from rangeops.server.operations import Operations
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import SERVER
from rangeops.wire.seal import Seal, new_key, node_key

ROWS = ("order_to_watch_ms", "order_to_watch_nats_ms")
ROUNDS = 300
NATS_LIMIT_MS = 200
WITHIN_S = 60.0  # a loop's process is up by then
NAME = "watch"
VOLUMES = ("NORTH", "EAST", "WEST", "SOUTH")  # a slot in each


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        socket = Path(folder) / "wire.sock"
        yield asyncio.run(measured("order_to_watch_ms", 20, Path(folder), socket, UnixWireServer(socket)))
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder, ExitStack() as stack:
        try:
            address = stack.enter_context(some_nats(Path(folder) / "nats"))
        except NoNats as reason:
            yield unmeasured("order_to_watch_nats_ms", "ms", NATS_LIMIT_MS, reason)
            return
        yield asyncio.run(over_nats(Path(folder), address))


async def over_nats(folder: Path, address: str) -> Row:
    name, key = unique_name(), new_key()
    subjects = Subjects.of(f"{address}/{name}", "")
    socket = folder / "wire.sock"
    bridge = NatsBridge(subjects, Seal(node_key(key, NAME)), NAME, socket)
    await bridge.start()
    try:
        wire = NatsWireServer(subjects, key, own="")
        return await measured("order_to_watch_nats_ms", NATS_LIMIT_MS, folder, socket, wire)
    finally:
        await bridge.close()
        await remove_streams(address, name)


def clock() -> Now:
    """Noon of the range's day, going on: in the night nobody gets a slot."""
    return Now(time.monotonic(), NOON + timedelta(seconds=time.monotonic() - STARTED_S))


STARTED_S = time.monotonic()


@asynccontextmanager
async def range_of(folder: Path, wire: object) -> AsyncIterator[tuple[Desk, Sequence[Slot]]]:
    """Four slots that are briefed, and the server's side of the wire at work."""
    desk = Desk(
        open_store(f"sqlite:///{folder / 'rangeops.db'}", AirspaceBook(TWENTE, TomlAirframes())),
        announce=lambda notice: operations.announce(notice),  # noqa: PLW0108  # made below
    )
    operations = Operations(
        services=desk.services, live=LiveRange(TWENTE.id, clock(), simulation=True), hub=FeedHub(), wire=wire,
        clock=clock, workers=InThisThread(), own_watch=NAME,
    )  # fmt: skip
    slots = [
        desk.briefed(volume=volume, sysid=Sysid(number), callsign=f"D{number:02}", minutes=60)
        for number, volume in enumerate(VOLUMES, start=1)
    ]
    with closing(desk.store):
        await operations.start()
        try:
            yield desk, slots
        finally:
            await operations.close()


async def measured(name: str, limit: float, folder: Path, socket: Path, wire) -> Row:
    async with range_of(folder, wire) as (desk, slots):
        with watching(folder, socket) as watch:
            took_s = [await one(desk, watch, slots[turn % len(slots)].id) for turn in range(ROUNDS)]
    p99_s = statistics.quantiles(took_s, n=100)[98]
    note = f"p99 of {ROUNDS}; median {statistics.median(took_s) * 1e3:.1f}, longest {max(took_s) * 1e3:.1f}"
    return row(name, p99_s * 1e3, "ms", limit, note=note)


async def one(desk: Desk, watch: Connection, slot) -> float:
    """Seconds from the withdrawal's request to the loop having taken the orders that say it."""
    await asyncio.to_thread(clear, desk, slot)
    await taken(watch, await asyncio.to_thread(version, desk))
    await asyncio.sleep(0.01)
    began_s = time.monotonic()
    await asyncio.to_thread(desk.services.clearance.withdraw, slot, clock(), OPERATOR)
    return await taken(watch, await asyncio.to_thread(version, desk)) - began_s


def clear(desk: Desk, slot) -> None:
    with desk.services.changes.begin(clock(), SERVER) as change:
        clearance = change.work.clearances.get(slot)
        change.work.clearances.put(replace(clearance, cleared=True, withdrawn=False))
        desk.services.desk.refresh(change)


def version(desk: Desk) -> int:
    with desk.store.read() as work:
        return work.orders.latest().version


async def taken(watch: Connection, wanted: int) -> float:
    """When the loop had taken these orders, by the clock of both."""
    while True:
        await until(watch.poll, within_s=WITHIN_S)
        got, at_s = watch.recv()
        if got >= wanted:
            return at_s


class watching:  # noqa: N801  # used as a with statement's word
    """The loop, in a process of its own; tells each version that it takes, and when."""

    def __init__(self, folder: Path, socket: Path, name: str = NAME) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_watch, args=(theirs, folder, socket, name), daemon=True)

    def __enter__(self) -> Connection:
        self._process.start()
        return self._connection

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.join()


def _watch(connection: Connection, folder: Path, socket: Path, name: str) -> None:
    from rangeops.adapters.mavlink.fleet import Fleet
    from rangeops.adapters.transports.unix import UnixWire
    from rangeops.watch.journal import Journal
    from rangeops.watch.loop import Loop
    from rangeops.watch.memory import Memory
    from rangeops.watch.recorder import Recorder

    class Telling(Loop):
        def _apply(self, orders, now) -> None:
            super()._apply(orders, now)
            connection.send((orders.version, time.monotonic()))

    loop = Telling(
        name=name, fleet=Fleet(250), wire=UnixWire(socket, name), journal=Journal(folder / "journal", name),
        recorder=Recorder(folder / "tlogs"), memory=Memory(folder / "watch"),
        clock=lambda: Now(time.monotonic(), NOON), beat=lambda: None,
    )  # fmt: skip
    with suppress(KeyboardInterrupt):
        loop.run(lambda: os.getppid() == 1)
