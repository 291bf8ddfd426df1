"""Vehicles, 1 to 2,000 at 25 messages a second each, on one core: what they cost the watch, and how late a command is among them.

A link has 255 sysids, so that more vehicles are more watches, all pinned to one core; everything is really sent, by processes on
the other cores. Where a watch has more than fifty they share places, so that alarms of separation stand as well: dearer than a
range that works. One vehicle more breaches, as in bench_command. The peer is a loop that only echoes, asked in turns.
"""

import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import cache
from itertools import pairwise
from pathlib import Path

from bench_command import WITHIN_S, Asked, NoCommand, echo_for_ever, echoed_s
from bench_watch import places
from curve import Curve, Figure
from fleet_traffic import packets, start_pump
from watch_process import watch_process

from rangeops.rehearsal.processes import free_udp_port

CURVE = Curve(
    id="vehicles",
    title="Vehicles",
    x="vehicles",
    xs=(1, 10, 50, 100, 250, 500, 1_000, 2_000),
    figures=(
        Figure("core", "core", "of one core", 0.8, per_x=True),
        Figure("message_us", "us", "a message"),
        Figure("command_ms", "ms", "from the breach to the command, median", 20.0),
        Figure("echo_ms", "ms", "a loop that only echoes, median"),
        Figure("lost", "packets", "lost of what was sent"),
    ),
    peer="a selectors loop that echoes",
    beyond=(
        "A watch is one loop on one core, and a link has 255 sysids: a range beyond the reach starts another watch, on another core or as a watch node "
        "on a machine of its own."
    ),
    budget_s=150.0,
)
MOST = 240  # vehicles of one watch; the one that breaches, besides
HZ = 25
SECONDS = 9
BATCHES_S = 0.01  # what comes in that time is sent together, as a radio does
ASKED = 249  # 250 is the ground station
SYSIDS = range(1, ASKED + 1)


def points() -> Iterator[tuple[float, dict[str, float]]]:
    for vehicles in map(int, CURVE.xs):
        yield vehicles, measured(vehicles)


def measured(vehicles: int) -> dict[str, float]:
    cores = sorted(os.sched_getaffinity(0))
    held, senders = cores[-1], set(cores[:-1]) or set(cores)
    watches = -(-vehicles // MOST)
    shares = [range(1, 1 + vehicles // watches + (number < vehicles % watches)) for number in range(watches)]
    with ExitStack() as stack:
        ports = [free_udp_port() for _ in shares]
        running = [stack.enter_context(watch_process(folder_of(stack), port, SYSIDS, core=held)) for port in ports]
        os.sched_setaffinity(0, senders)  # inherited by the pumps
        stack.callback(os.sched_setaffinity, 0, set(cores))
        echo_port = free_udp_port()
        echo = multiprocessing.get_context("fork").Process(target=echo_for_ever, args=(echo_port,), daemon=True)
        echo.start()
        stack.callback(echo.kill)
        for port, share in zip(ports, shares, strict=True):
            stack.callback(start_pump(port, batches(len(share)), interval_s=BATCHES_S)[0].kill)
        time.sleep(0.5)
        before, began_s = [watch.counts() for watch in running], time.monotonic()
        commands_s, echoes_s = trials(ports[0], echo_port, until_s=began_s + SECONDS - 2)
        time.sleep(max(0.0, began_s + SECONDS - 2 - time.monotonic()))
        after = [watch.counts() for watch in running]
    cpu_s = sum(late.cpu_s - early.cpu_s for early, late in zip(before, after, strict=True))
    got = sum(late.packets - early.packets for early, late in zip(before, after, strict=True))
    took_s = max(late.at_s - early.at_s for early, late in zip(before, after, strict=True))
    values = {
        "core": cpu_s / took_s,
        "message_us": cpu_s / got * 1e6,
        "lost": sum(late.lost - early.lost for early, late in zip(before, after, strict=True)),
    }
    if commands_s and echoes_s:
        values |= {"command_ms": statistics.median(commands_s) * 1e3, "echo_ms": statistics.median(echoes_s) * 1e3}
    return values


def folder_of(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rangeops-bench-")))


@cache
def batches(vehicles: int) -> list[list[bytes]]:
    """What so many send in SECONDS, cut into what comes together."""
    sysids = range(1, vehicles + 1)
    traffic = [packet for _, packet in packets(sysids, SECONDS, places(sysids))]
    count = round(SECONDS / BATCHES_S)
    ends = [len(traffic) * number // count for number in range(count + 1)]
    return [traffic[begin:end] for begin, end in pairwise(ends)]


def trials(port: int, echo_port: int, *, until_s: float) -> tuple[list[float], list[float]]:
    """Delays of the command and of the echo, in turns. A breach that a tick confirmed, or without a command, doesn't count."""
    asked, asker = Asked(port, ASKED), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.connect(("127.0.0.1", echo_port))
    asker.settimeout(WITHIN_S)
    ours, echoes = [], []
    while time.monotonic() < until_s:
        with suppress(NoCommand):
            if (taken_s := asked.trial_s()) is not None:
                ours.append(taken_s)
        with suppress(TimeoutError):
            echoes.append(echoed_s(asker, len(ours)))
    return ours, echoes
