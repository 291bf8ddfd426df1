"""What the control room costs, and how late it is: watch, server and screen as processes of their own, on a real
pseudo-terminal, while 25 vehicles report ten times a second. CPU time is the control room's own process's.
"""

import asyncio
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from bench_row import Row, row
from fleet_range import AUTO, HZ, PROBE, TWENTE, Airside, FleetRange, Motion, fleet_range, stand_of

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from terminal import Terminal

from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.domain.alarms import CATALOGUE, Alarm, AlarmState, Condition
from rangeops.wire.picture import RangePicture

ROWS = (
    "help_cpu_s",
    "first_paint_s",
    "tui_core_share",
    "tui_bytes_s",
    "tui_key_p95_ms",
    "alarm_to_drawn_p99_ms",
    "tui_core_share_large",
    "tui_bytes_s_large",
)
SIZES = ((120, 36), (240, 70))
WATCHED_S = 20.0
SETTLED_S = 4.0  # start-up isn't what is measured; and the alarms of vehicles just heard have gone
FRAMES_S = 5.0
PAINTS = 5
KEY_ROUNDS = 40
ALARMS = 50
WITHIN_S = 10.0
BARE_ROOM = [sys.executable, str(Path(__file__).parent / "bare_room.py")]

KEYS: Sequence[tuple[bytes, str]] = (
    (b"j", "▸"),  # another row is chosen
    (b"k", "▸"),
    (b"/", "allsign, number"),  # the prompt opens
    (b"\x1b", "No commands"),  # and goes: the status row is there again
    (b"2", "SLOTS"),
    (b"1", "WATCH"),
)


def rows() -> Iterator[Row]:
    yield help_row()
    with (
        tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder,
        fleet_range(Path(folder)) as fleet,
        Operator(fleet) as operator,
    ):
        yield first_paint(fleet)
        with room(fleet, *SIZES[0]) as screen:
            yield from cost("tui_core_share", 0.06, screen, "tui_bytes_s")
            yield keys(screen)
            yield alarms(fleet, operator, screen)
        with room(fleet, *SIZES[1]) as screen:
            yield from cost("tui_core_share_large", 0.10, screen, "tui_bytes_s_large")


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def control_room(fleet: FleetRange) -> list[str]:
    return [sys.executable, "-m", "rangeops", "--data", str(fleet.settings.data)]


@contextmanager
def room(fleet: FleetRange, columns: int, rows_: int) -> Iterator[Terminal]:
    with Terminal(control_room(fleet), columns, rows_) as screen:
        screen.read_until("ENFORCING")
        screen.watch(SETTLED_S)
        yield screen


def help_row() -> Row:
    """User and system time of `rangeops --help`, the least of five."""
    taken = []
    for _ in range(PAINTS):
        before = _children_cpu_s()
        subprocess.run([sys.executable, "-m", "rangeops", "--help"], check=True, stdout=subprocess.DEVNULL)
        taken.append(_children_cpu_s() - before)
    return row("help_cpu_s", min(taken), "s", 0.3, note=load())


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_paint(fleet: FleetRange) -> Row:
    """From starting the interpreter to the header that says ENFORCING: the range is on the screen. The least of five,
    in turns with a Textual app of one line.
    """
    ours, bare, cpu_s = [], [], []
    for _ in range(PAINTS):
        with Terminal(control_room(fleet)) as screen:
            screen.read_until("ENFORCING")
            ours.append(time.monotonic() - screen.started_s)
            cpu_s.append(screen.cpu_s())
        with Terminal(BARE_ROOM) as screen:
            screen.read_until("painted")
            bare.append(time.monotonic() - screen.started_s)
    note = f"CPU {min(cpu_s):.2f} s; a bare Textual app {min(bare):.2f} s; {load()}"
    return row("first_paint_s", min(ours), "s", 0.6, peer="a Textual app of one line", note=note)


def cost(name: str, limit: float, screen: Terminal, bytes_name: str) -> Iterator[Row]:
    """As it would be with five frames a second, where a busy machine gave the server time for fewer."""
    seen = screen.watch(WATCHED_S)
    frames_s = seen.frames / seen.wall_s
    scale = max(1.0, FRAMES_S / frames_s)
    note = f"{frames_s:.1f} frames a second, {load()}"
    yield row(name, scale * seen.cpu_s / seen.wall_s, "core", limit, note=note)
    yield row(bytes_name, scale * seen.bytes_ / seen.wall_s, "B/s", 60_000, note=note)


def keys(screen: Terminal) -> Row:
    """From the key to the bytes that show what it did, in turns with a Textual app that only counts keys."""
    ours, bare = [], []
    with Terminal(BARE_ROOM) as floor:
        floor.read_until("painted")
        _key_s(screen, b"j", "▸")  # the first row: from it j and k go on and back
        for turn in range(KEY_ROUNDS):
            for key, shown in KEYS:
                ours.append(_key_s(screen, key, shown))
                screen.watch(0.05)
            bare.append(_key_s(floor, b"j", f"{turn + 1} times"))
    note = (
        f"median {statistics.median(ours) * 1e3:.0f}, of {len(ours)}; bare {_percentile(bare, 95) * 1e3:.0f}; {load()}"
    )
    return row("tui_key_p95_ms", _percentile(ours, 95) * 1e3, "ms", 50, peer="a Textual app of one line", note=note)


def _key_s(screen: Terminal, key: bytes, shown: str) -> float:
    pressed_s = screen.press(key)
    screen.read_until(shown, within_s=WITHIN_S)
    return time.monotonic() - pressed_s


def _percentile(taken: Sequence[float], percent: int) -> float:
    return statistics.quantiles(taken, n=100)[percent - 1]


class Operator:
    """Somebody else at the range: sees its pictures, and acknowledges, so that one trial's alarm is gone by the next."""

    def __init__(self, fleet: FleetRange) -> None:
        self._settings = fleet.settings
        self._loop = asyncio.new_event_loop()
        self.picture: RangePicture | None = None

    def __enter__(self) -> Self:
        self._client = Client.from_settings(self._settings)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._wait(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)

    async def _start(self) -> None:
        self._following = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for item in feed(self._client):
            if isinstance(item, RangePicture):
                self.picture = item

    def alarms_of(self, sysid: int) -> list[Alarm]:
        return [alarm for alarm in (self.picture.alarms if self.picture else ()) if alarm.sysid == sysid]

    def acknowledge(self, alarm: Alarm) -> None:
        self._wait(self._client.acknowledge(alarm.id))

    def _wait(self, call: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(call, self._loop).result(WITHIN_S)


def alarms(fleet: FleetRange, operator: Operator, screen: Terminal) -> Row:
    """A position outside its flight geography, from the datagram to the alarm's title on the terminal."""
    probe = Probe(fleet.port)
    taken = []
    for _ in range(ALARMS):
        probe.calm(operator, screen)
        taken.append(probe.leaves(screen))
    note = f"p99 of {len(taken)}; median {statistics.median(taken) * 1e3:.0f}; {load()}"
    return row("alarm_to_drawn_p99_ms", _percentile(taken, 99) * 1e3, "ms", 150, note=note)


def edge_of_east(inside_m: float) -> tuple[float, float]:
    """Beside the middle of the easternmost edge of EAST: east and north, so far inside it."""
    ring = [TWENTE.frame.to_site(*corner) for corner in TWENTE.volume("EAST").flight_geography.outer]
    middle = [sum(part) / len(ring) for part in zip(*ring, strict=True)]
    ends = zip(ring, (*ring[1:], ring[0]), strict=True)
    edge = max(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in ends)
    away_m = math.dist(edge, middle)
    east, north = (at + (to - at) * inside_m / away_m for at, to in zip(edge, middle, strict=True))
    return east, north


def _is_new(alarm: Alarm) -> bool:
    """It would stand in the way of the next trial's."""
    return alarm.condition is Condition.OUTSIDE_FLIGHT_GEOGRAPHY or alarm.state is not AlarmState.ACKED


class Probe:
    """The vehicle that leaves."""

    def __init__(self, port: int) -> None:
        self._air = Airside(port, PROBE)
        self._reports = self._air.vehicles[PROBE]
        height_amsl_m = stand_of(PROBE)[2]
        self._inside = Motion(*edge_of_east(12.0), height_amsl_m, 0.0, 0.0)
        self._outside = Motion(*edge_of_east(-8.0), height_amsl_m, 0.0, 0.0)
        # In the banner its title begins a span, or follows its name; in the log's line it does neither.
        title = CATALOGUE[Condition.OUTSIDE_FLIGHT_GEOGRAPHY].title
        self._banner = (f"m{title}", f"D{PROBE} {title}")

    def _report(self, motion: Motion, *, armed: bool) -> None:
        self._air.answer()
        _, *rest = self._reports.slowly()
        self._air.send(self._reports.heartbeat(armed=armed), *rest)
        self._air.send(self._reports.position(time.monotonic(), motion))

    def calm(self, operator: Operator, screen: Terminal) -> None:
        """Landed until nothing new of it stands, then in the air and inside for a second."""
        until_s = time.monotonic() + 60.0
        self._for_s(0.5, screen, armed=False)
        while standing := [alarm for alarm in operator.alarms_of(PROBE) if _is_new(alarm)]:
            assert time.monotonic() < until_s, f"still there: {standing}"
            for alarm in standing:
                if alarm.state is not AlarmState.ACKED:
                    operator.acknowledge(alarm)
            self._for_s(0.5, screen, armed=False)
        self._reports.mode = AUTO
        self._for_s(1.0, screen, armed=True)

    def _for_s(self, seconds: float, screen: Terminal, *, armed: bool) -> None:
        for _ in range(round(seconds * HZ)):
            self._report(self._inside, armed=armed)
            screen.watch(1 / HZ)

    def leaves(self, screen: Terminal) -> float:
        """The second report there: the first is too far from the one before to be believed until the filter has spoken."""
        self._air.send(self._reports.position(time.monotonic(), self._outside))
        screen.watch(1 / HZ)
        sent_s = time.monotonic()
        self._air.send(*self._reports.slowly(), self._reports.position(sent_s, self._outside))
        screen.read_until(*self._banner, within_s=WITHIN_S)
        return time.monotonic() - sent_s
