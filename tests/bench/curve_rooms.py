"""Control rooms, 1 to 20: how late a line is on the last of them, and what each costs the server.

Server, watch and 25 vehicles are processes of their own, as in bench_web; a room is what follows the feed: a WebSocket with
the pictures and the log. The peer is the request that writes the line, answered, whoever hears of it.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import httpx
from bench_web import MARK, Followers, ready
from curve import Curve, Figure
from fleet_range import FleetRange, fleet_range

from rangeops.client.calls import address_of

CURVE = Curve(
    id="rooms",
    title="Control rooms",
    x="control rooms",
    xs=(1, 2, 5, 10, 20),
    figures=(
        Figure("line_ms", "ms", "a line on every screen, p95", 250.0),
        Figure("server_core", "core", "CPU of the server", 0.5),
        Figure("answer_ms", "ms", "the request that writes it answered, p95"),
    ),
    peer="the same request's answer",
    beyond=(
        "Each picture is encoded once and sent to all, so a room costs its socket. Beyond the reach put those who only look at the portal's board, "
        "which is drawn once for all, or give them a second server on a replica of the database."
    ),
    budget_s=120.0,
)
LINES = 30
WATCHED_S = 8.0


def points() -> Iterator[tuple[float, dict[str, float]]]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder, fleet_range(Path(folder) / "data") as fleet:
        asyncio.run(waited_for(fleet))
        for rooms in map(int, CURVE.xs):
            yield rooms, asyncio.run(measured(fleet, rooms))


def calls(fleet: FleetRange) -> httpx.AsyncClient:
    address = address_of(fleet.settings)
    headers = {"Authorization": f"Bearer {address.token}"}
    return httpx.AsyncClient(base_url=f"{address.url}/api/v1", headers=headers, trust_env=False, timeout=30)


async def waited_for(fleet: FleetRange) -> None:
    async with calls(fleet) as http:
        await ready(http)


async def measured(fleet: FleetRange, rooms: int) -> dict[str, float]:
    address, server = address_of(fleet.settings), server_of(fleet)
    came_ms, answered_ms = [], []
    async with calls(fleet) as http, Followers(http, address, rooms, sockets_only=True) as followers:
        began_s, used_s = time.monotonic(), cpu_s(server)
        await asyncio.sleep(WATCHED_S)
        core = (cpu_s(server) - used_s) / (time.monotonic() - began_s)
        for number in range(LINES):
            mark, began_s = f"{MARK}{rooms * 100 + number:04}", time.monotonic()
            answer = await http.post("/handover/notes", json={"text": mark})
            answered_ms.append((time.monotonic() - began_s) * 1e3)
            assert answer.status_code == 201, answer.text
            came_ms.append((max(await followers.all_heard(mark)) - began_s) * 1e3)
    return {
        "line_ms": statistics.quantiles(came_ms, n=20)[18],
        "server_core": core,
        "answer_ms": statistics.quantiles(answered_ms, n=20)[18],
    }


def server_of(fleet: FleetRange) -> int:
    """The process that listens on the server's port: the only one of this range's that works for its data as `server`."""
    data = os.fsencode(str(fleet.settings.data))
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            environment = (entry / "environ").read_bytes() if b"server" in words else b""
        except OSError:  # ended meanwhile, or another user's
            continue
        if any(data in word for word in words) or data in environment:
            return int(entry.name)
    raise AssertionError("no server process of this range")


def cpu_s(process: int) -> float:
    """User and system time, all threads."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
