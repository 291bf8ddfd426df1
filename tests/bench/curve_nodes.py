"""Watch nodes, 1 to 8 over NATS: how late a withdrawn clearance reaches the last of them, and what a node costs the server.

Each node is the real loop in a process of its own behind the real bridge; the server's side is the real one. The peer is one
watch on the Unix socket, in the same run.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_wire import NAME, clear, clock, range_of, taken, version, watching
from curve import Curve, Figure, Stopped
from desk import OPERATOR, Desk
from nats_server import NoNats, remove_streams, some_nats, unique_name

from rangeops.adapters.transports.nats_bridge import NatsBridge
from rangeops.adapters.transports.nats_line import Subjects
from rangeops.adapters.transports.nats_server import NatsWireServer
from rangeops.adapters.transports.unix_server import UnixWireServer
from rangeops.domain.slots import Slot
from rangeops.wire.seal import Seal, new_key, node_key

CURVE = Curve(
    id="nodes",
    title="Watch nodes",
    x="watch nodes",
    xs=(1, 2, 4, 8),
    figures=(
        Figure("last_ms", "ms", "a withdrawn clearance at the last node, p95", 200.0),
        Figure("first_ms", "ms", "at the first of them, p95"),
        Figure("server_ms", "ms", "CPU of server and bridges for one", 100.0),
        Figure("socket_ms", "ms", "one watch on the Unix socket, p95"),
    ),
    peer="one watch on the Unix socket",
    beyond=(
        "Every node gets every version of the orders. Beyond the reach give a node its own vehicles' orders only, and a NATS server of its own "
        "(a leaf node) where its link is thin."
    ),
    budget_s=120.0,
)
ROUNDS = 40


def points() -> Iterator[tuple[float, dict[str, float]]]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder, ExitStack() as stack:
        try:
            address = stack.enter_context(some_nats(Path(folder) / "nats"))
        except NoNats as reason:
            raise Stopped(str(reason)) from reason
        (Path(folder) / "socket").mkdir()
        socket_ms = asyncio.run(by_socket(Path(folder) / "socket"))["last_ms"]
        for nodes in map(int, CURVE.xs):
            own = Path(folder) / str(nodes)
            yield nodes, asyncio.run(over_nats(own, address, nodes)) | {"socket_ms": socket_ms}


async def by_socket(folder: Path) -> dict[str, float]:
    socket = folder / "wire.sock"
    return await measured(folder, UnixWireServer(socket), {NAME: socket})


async def over_nats(folder: Path, address: str, nodes: int) -> dict[str, float]:
    name, key = unique_name(), new_key()
    subjects = Subjects.of(f"{address}/{name}", "")
    sockets: dict[str, Path] = {}
    async with AsyncExitStack() as stack:
        stack.push_async_callback(remove_streams, address, name)
        for number in range(nodes):
            node = f"node{number}"
            (folder / node).mkdir(parents=True)
            sockets[node] = folder / node / "wire.sock"
            bridge = NatsBridge(subjects, Seal(node_key(key, node)), node, sockets[node])
            await bridge.start()
            stack.push_async_callback(bridge.close)
        return await measured(folder, NatsWireServer(subjects, key, own=""), sockets)


async def measured(folder: Path, wire: object, sockets: dict[str, Path]) -> dict[str, float]:
    first_s, last_s = [], []
    async with range_of(folder, wire) as (desk, slots):
        with ExitStack() as stack:
            watches = [stack.enter_context(watching(socket.parent, socket, name)) for name, socket in sockets.items()]
            used_s = time.process_time()
            for turn in range(ROUNDS):
                came_s = await one(desk, watches, slots[turn % len(slots)])
                first_s.append(min(came_s))
                last_s.append(max(came_s))
            used_s = time.process_time() - used_s
    return {
        "last_ms": statistics.quantiles(last_s, n=20)[18] * 1e3,
        "first_ms": statistics.quantiles(first_s, n=20)[18] * 1e3,
        "server_ms": used_s / ROUNDS * 1e3,
    }


async def one(desk: Desk, watches: Sequence[Connection], slot: Slot) -> list[float]:
    """Seconds from the withdrawal's request to each loop having taken the orders that say it."""
    await asyncio.to_thread(clear, desk, slot.id)
    await all_at(watches, await asyncio.to_thread(version, desk))
    await asyncio.sleep(0.01)
    began_s = time.monotonic()
    await asyncio.to_thread(desk.services.clearance.withdraw, slot.id, clock(), OPERATOR)
    wanted = await asyncio.to_thread(version, desk)
    return [at_s - began_s for at_s in await all_at(watches, wanted)]


async def all_at(watches: Sequence[Connection], wanted: int) -> list[float]:
    return [await taken(watch, wanted) for watch in watches]
