"""Replay of an hour of 20 vehicles at 25 messages a second: the first map, the whole index, a jump.

pymavlink's own reader is the peer, over a tenth of the same file, both with every checksum compared.
"""

import random
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_row import Row, cpu_pair_s, cpu_s, row
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega
from terminal import Terminal

from rangeops.adapters.mavlink.recorded import RecordedFlights, Recording
from rangeops.adapters.mavlink.tlog_index import open_tlog

ROWS = ("replay_open_s", "replay_index_s", "replay_seek_ms", "replay_index_vs_pymavlink")
VEHICLES = 20
PACKETS = 1_800_000
TENTH = 180_000
START_US = 1_764_000_000_000_000
SEEKS = 50


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        hour, tenth = Path(folder) / "hour.tlog", Path(folder) / "tenth.tlog"
        written(hour, PACKETS)
        written(tenth, TENTH)
        note = f"{PACKETS / 1e6:g}e6 packets, {hour.stat().st_size / 1e6:.0f} MB"
        opened = statistics.median(first_map_s(hour, Path(folder)) for _ in range(3))
        yield row(
            "replay_open_s", opened, "s", 1.0, note=f"{note}; from the command to the first map on a terminal, wall"
        )
        yield row("replay_index_s", cpu_s(lambda: open_tlog(hour), repeats=3), "s", 3.0, note=f"{note}, CPU")
        yield row("replay_seek_ms", seek_ms(hour), "ms", 100, note="median of 50 jumps: all 20 vehicles as they were")
        ours, theirs = cpu_pair_s(lambda: open_tlog(tenth), lambda: read_by_pymavlink(tenth), repeats=3)
        yield row(
            "replay_index_vs_pymavlink",
            ours / theirs,
            "",
            0.12,
            peer=f"mavlogfile {theirs:.1f} s",
            note="a tenth of it",
        )


def first_map_s(path: Path, folder: Path) -> float:
    """From the command to the first picture on a terminal, by the wall's clock."""
    command = [sys.executable, "-m", "rangeops", "--data", str(folder / "data"), "replay", str(path)]
    started = time.perf_counter()
    with Terminal(command) as terminal:
        terminal.read_until("not live", within_s=60)
        return time.perf_counter() - started


def written(path: Path, packets: int) -> None:
    """Heartbeats at 1 Hz, positions and attitudes and the rest at 24 Hz together, as ArduPilot streams them."""
    chance = random.Random(1)
    streams = [list(packets_of(sysid, chance)) for sysid in range(1, VEHICLES + 1)]
    step_us = 3_600_000_000 // packets
    with path.open("wb") as file:
        for number in range(packets):
            stream = streams[number % VEHICLES]
            file.write(struct.pack(">Q", START_US + number * step_us) + stream[number // VEHICLES % len(stream)])


def packets_of(sysid: int, chance: random.Random) -> Iterator[bytes]:
    class Kept:
        def write(self, data: bytes) -> None:
            self.data = data

    kept = Kept()
    mav = ardupilotmega.MAVLink(kept, srcSystem=sysid, srcComponent=1)
    for step in range(200):
        place, angle = (522_758_328 + step * 10, 68_912_345 + sysid * 1000), chance.uniform(-3, 3)
        for send, count in (
            (partial(mav.heartbeat_send, 2, 3, 81, 4, 4), 1),
            (partial(mav.attitude_send, step, angle, 0.1, 1.5, 0, 0, 0.01), 10),
            (partial(mav.global_position_int_send, step, *place, 60_000, 30_000, 300, 100, 0, 900), 5),
            (partial(mav.vfr_hud_send, 12, 12, 90, 55, 30, 0.1), 5),
            (partial(mav.sys_status_send, 1, 1, 1, 500, 15_000, 900, 70, 0, 0, 0, 0, 0, 0), 2),
            (partial(mav.ekf_status_report_send, 831, 0.1, 0.1, 0.1, 0.1, 0.1), 2),
        ):
            for _ in range(count):
                send()
                yield kept.data


def seek_ms(path: Path) -> float:
    flights = RecordedFlights(Recording([open_tlog(path)]))
    recording, chance = flights.recording, random.Random(2)
    taken = []
    for _ in range(SEEKS):
        at_us = chance.randrange(recording.begins_us, recording.ends_us)
        started = time.process_time()
        for sysid in flights.sysids:
            flights.state_at(sysid, at_us)
        taken.append((time.process_time() - started) * 1e3)
    return statistics.median(taken)


def read_by_pymavlink(path: Path) -> None:
    log = mavutil.mavlink_connection(str(path), dialect="ardupilotmega")
    while log.recv_msg() is not None:
        pass
    log.close()
