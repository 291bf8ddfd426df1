"""How many vehicles one core holds: four real loops, pinned to one core, 249 vehicles each at 50 messages a second.

A link has 255 sysids, so a thousand vehicles are four watches. Everything is really sent, by processes on the other
cores; the figure is the vehicles divided by the share of that core which the four loops used, and it is 0 when the
sequence numbers show a single lost packet.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench_row import Row, row
from bench_watch import places
from fleet_traffic import packets, start_pump
from watch_process import watch_process

from rangeops.rehearsal.processes import free_udp_port

ROWS = ("vehicles_per_core",)
SYSIDS = range(1, 250)  # 250 is the range's own
WATCHES = 4
HZ = 50
SECONDS = 8
INTERVAL_S = 0.002


def rows() -> Iterator[Row]:
    cores = sorted(os.sched_getaffinity(0))
    held, senders = cores[-1], set(cores[:-1]) or set(cores)
    traffic = [packet for _, packet in packets(SYSIDS, SECONDS * HZ // 25, places(SYSIDS))]
    size = round(len(SYSIDS) * HZ * INTERVAL_S)
    batches = [traffic[at : at + size] for at in range(0, len(traffic), size)]
    with ExitStack() as stack:
        ports = [free_udp_port() for _ in range(WATCHES)]
        watches = [
            stack.enter_context(
                watch_process(
                    Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rangeops-bench-"))),
                    port,
                    SYSIDS,
                    core=held,
                )
            )
            for port in ports
        ]
        os.sched_setaffinity(0, senders)  # inherited by the pumps
        before = [watch.counts() for watch in watches]
        pumps = [start_pump(port, batches, interval_s=INTERVAL_S)[0] for port in ports]
        for pump in pumps:
            pump.join()
        time.sleep(0.5)
        after = [watch.counts() for watch in watches]
        os.sched_setaffinity(0, set(cores))
    sent = WATCHES * len(traffic)
    got = sum(counts.packets for counts in after)
    lost = sent - got
    cpu_s = sum(late.cpu_s - early.cpu_s for early, late in zip(before, after, strict=True))
    elapsed_s = max(late.at_s - early.at_s for early, late in zip(before, after, strict=True))
    vehicles = WATCHES * len(SYSIDS)
    took_s = max(elapsed_s - 0.5, SECONDS)
    value = vehicles / (cpu_s / took_s) if not lost else 0.0
    note = (
        f"{vehicles} vehicles sent {sent / took_s:.0f} msg/s for {took_s:.1f} s to {WATCHES} loops on one core: "
        f"{cpu_s / took_s:.2f} of it used, {lost} lost"
    )
    yield row("vehicles_per_core", value, "vehicles", 1000, note=note, at_least=True)
