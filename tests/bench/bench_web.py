"""What companies and screens wait for: a plan from its upload to its verdict, and the feed, to a hundred of them at once.

Server, watch and what flies are processes of their own; all hundred clients share this one, so their work is in the figure.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import httpx
from bench_row import Row, row
from fleet_range import FLEET, fleet_range
from websockets.asyncio.client import connect

from rangeops.client.calls import Address, address_of
from rangeops.paths import shipped

ROWS = ("plan_upload_to_verdict_ms", "feed_fanout_ms")
PLANS = 120
AT_ONCE = 4  # companies that hand in at the same time
FEEDS = 100  # half of them WebSockets, half event streams
LINES = 40
MARK = "bench-line-"
PLAN = shipped("scenarios") / "plans" / "acme-0042-rev2.plan"
WAYPOINTS = 400  # of every fourth plan


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder, fleet_range(Path(folder) / "data") as fleet:
        yield from asyncio.run(measured(address_of(fleet.settings)))


async def measured(address: Address) -> list[Row]:
    limits = httpx.Limits(max_connections=None)
    headers = {"Authorization": f"Bearer {address.token}"}
    async with httpx.AsyncClient(
        base_url=f"{address.url}/api/v1", headers=headers, trust_env=False, timeout=30, limits=limits
    ) as http:
        await ready(http)
        return [await uploads(http), await fan_out(http, address)]


async def ready(http: httpx.AsyncClient) -> None:
    """Every vehicle is heard, as it would be in the middle of a day."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        features = (await http.get("/positions.geojson")).json()["features"]
        if sum(each["geometry"] is not None for each in features) >= len(FLEET):
            return
        await asyncio.sleep(0.2)
    raise AssertionError("the vehicles aren't heard")


async def uploads(http: httpx.AsyncClient) -> Row:
    """Whole requests: body sent, read in a confined process, checked, durable with its entry in the record, answered."""
    small, large = PLAN.read_bytes(), survey(WAYPOINTS)
    queue = list(range(PLANS))
    took_ms: list[float] = []

    async def company(name: str) -> None:
        while queue:
            number = queue.pop()
            file, content = ("large.waypoints", large) if number % 4 == 0 else ("small.plan", small)
            query = {"file_name": file, "name": f"N{number}", "company": name, "volume": "EAST"}
            began_s = time.monotonic()
            answer = await http.post("/plans", params={**query, "airframe": "survey-quad"}, content=content)
            took_ms.append((time.monotonic() - began_s) * 1e3)
            assert answer.status_code == 201, answer.text

    await asyncio.gather(*(company(f"C{number}") for number in range(AT_ONCE)))
    p95 = statistics.quantiles(took_ms, n=20)[18]
    note = (
        f"p95 of {PLANS}, {AT_ONCE} at once, every fourth of {WAYPOINTS} waypoints, {len(FLEET)} vehicles flying; "
        f"median {statistics.median(took_ms):.0f}, longest {max(took_ms):.0f}"
    )
    return row("plan_upload_to_verdict_ms", p95, "ms", 500, note=note)


def survey(count: int) -> bytes:
    """To and fro in EAST, as a .waypoints file."""
    lines = ["QGC WPL 110", "0\t1\t0\t16\t0\t0\t0\t0\t52.2748\t6.8966\t35\t1"]
    for number in range(1, count + 1):
        place = (52.2748 + 0.000002 * number, 6.8966 + (0.001 if number % 2 else 0.0), 40)
        lines.append(f"{number}\t0\t3\t16\t0\t0\t0\t0\t{place[0]:.7f}\t{place[1]:.7f}\t{place[2]}\t1")
    return "\n".join([*lines, ""]).encode()


async def fan_out(http: httpx.AsyncClient, address: Address) -> Row:
    """From asking for a note to be written until its line has come: the transaction is in it. Pictures go on meanwhile."""
    took_ms: list[float] = []
    async with Followers(http, address) as followers:
        for number in range(LINES):
            mark, began_s = f"{MARK}{number:04}", time.monotonic()
            answer = await http.post("/handover/notes", json={"text": mark})
            assert answer.status_code == 201, answer.text
            took_ms += [(at_s - began_s) * 1e3 for at_s in await followers.all_heard(mark)]
            await asyncio.sleep(0.05)
    p99 = statistics.quantiles(took_ms, n=100)[98]
    note = (
        f"p99 of {len(took_ms)}: {LINES} lines to {FEEDS} clients, half WebSockets, half event streams, with pictures of "
        f"{len(FLEET)} vehicles; median {statistics.median(took_ms):.0f}, longest {max(took_ms):.0f}"
    )
    return row("feed_fanout_ms", p99, "ms", 250, note=note)


class Followers:
    """All clients as tasks, joined before the block begins and ended with it; when each mark came to each of them."""

    def __init__(
        self, http: httpx.AsyncClient, address: Address, count: int = FEEDS, *, sockets_only: bool = False
    ) -> None:
        self._http, self._address, self._count, self._sockets_only = http, address, count, sockets_only
        self._joined = asyncio.Semaphore(0)
        self._heard: dict[str, list[float]] = {}

    async def __aenter__(self) -> Self:
        kinds = (self._by_websocket, self._by_websocket if self._sockets_only else self._by_events)
        self._tasks = [asyncio.create_task(kinds[number % 2]()) for number in range(self._count)]
        for _ in range(self._count):
            await self._joined.acquire()
        await asyncio.sleep(1)
        return self

    async def __aexit__(self, *_error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def all_heard(self, mark: str) -> list[float]:
        while len(self._heard.get(mark, ())) < self._count:
            for task in self._tasks:
                assert not task.done(), task.exception()
            await asyncio.sleep(0.01)
        return self._heard[mark]

    async def _by_websocket(self) -> None:
        url = f"ws{self._address.url.removeprefix('http')}/api/v1/feed"
        headers = {"Authorization": f"Bearer {self._address.token}"}
        async with connect(url, additional_headers=headers, proxy=None, max_size=None) as socket:
            self._joined.release()
            async for text in socket:
                if text.startswith('{"kind":"log"'):
                    self._note(text)

    async def _by_events(self) -> None:
        async with self._http.stream("GET", "/events", timeout=None) as answer:
            self._joined.release()
            async for line in answer.aiter_lines():
                if line.startswith('data: {"seq"'):
                    self._note(line)

    def _note(self, text: str) -> None:
        if (at := text.find(MARK)) >= 0:
            self._heard.setdefault(text[at : at + len(MARK) + 4], []).append(time.monotonic())
