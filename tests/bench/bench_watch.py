"""What a message costs the watch: from the socket to VehicleState, containment and recorder, in the real loop."""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench_row import Row, row
from fleet_traffic import packets, start_pump

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from desk import TWENTE, TomlAirframes

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import operational_volumes
from rangeops.rehearsal.processes import free_udp_port
from rangeops.watch.journal import Journal
from rangeops.watch.loop import Loop
from rangeops.watch.memory import Memory
from rangeops.watch.recorder import Recorder

ROWS = ("ingest_us", "ingest_paced_us")
VEHICLES = range(1, 51)
BACKLOG = 100_000
BATCH = 100  # well inside a socket's buffer
PACED_S = 10


def clock() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))


def make_loop(folder: Path, port: int, sysids: range = VEHICLES, beat: Callable[[], None] = lambda: None) -> Loop:
    """The real loop with an order for every vehicle, all in EAST."""
    airframe = TomlAirframes().get("survey-quad")
    volumes = operational_volumes(TWENTE.volume("EAST").flight_geography, airframe, TWENTE.frame, TWENTE.assumptions)
    now = datetime.now(UTC)
    vehicles = tuple(
        VehicleOrder(
            Sysid(sysid), f"D{sysid:02}", "ACME", SlotId(f"S{sysid}"), now, now + timedelta(hours=1), airframe, volumes,
            cleared=True, fence_sha256="00", rtl_altitude_m=30, contact="",
        )
        for sysid in sysids
    )  # fmt: skip
    memory = Memory(folder / "watch")
    memory.keep_orders(
        Orders(
            1, "twente", TWENTE.frame.origin_latitude_deg, TWENTE.frame.origin_longitude_deg, 35.0, TWENTE.boundary,
            TWENTE.policy, (f"udpin:127.0.0.1:{port}",), vehicles,
        )
    )  # fmt: skip
    loop = Loop(
        name="bench",
        fleet=Fleet(250),
        wire=UnixWire(folder / "nobody.sock"),
        journal=Journal(folder / "journal", "bench"),
        recorder=Recorder(folder / "tlogs"),
        memory=memory,
        clock=clock,
        beat=beat,
    )
    loop.begin()
    gc.collect()
    gc.freeze()  # as watch/process.py does
    return loop


def places(sysids: range) -> dict[int, tuple[float, float]]:
    """Ten by five in EAST, 63 and 58 m apart: nearer to each other all would be alarmed, as in no range that works."""
    corner, along, _, across = TWENTE.volume("EAST").flight_geography.outer

    def of(sysid: int) -> tuple[float, float]:
        row, column = divmod((sysid - 1) % 50, 10)
        u, v = (column + 1) / 11, (row + 1) / 6
        latitude, longitude = (
            at + (end - at) * u + (side - at) * v for at, end, side in zip(corner, along, across, strict=True)
        )
        return latitude, longitude

    return {sysid: of(sysid) for sysid in sysids}


def taken(loop: Loop) -> int:
    return sum(link.packets for link in loop.link_counters())


def rows() -> Iterator[Row]:
    each_second = 25 * len(VEHICLES)
    traffic = [packet for _, packet in packets(VEHICLES, BACKLOG // each_second, places(VEHICLES))]
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        yield backlog(Path(folder), traffic)
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        yield paced(Path(folder), traffic[: PACED_S * each_second])


def backlog(folder: Path, traffic: list[bytes]) -> Row:
    port = free_udp_port()
    loop = make_loop(folder, port)
    batches = [traffic[at : at + BATCH] for at in range(0, len(traffic), BATCH)]
    process, tokens = start_pump(port, batches)
    got, cpu_s = 0, 0.0
    for batch in batches:
        tokens.release()
        time.sleep(0.002)  # let the batch arrive: what is measured is draining it
        got += len(batch)
        started = time.process_time()
        while taken(loop) < got:
            loop.turn()
        cpu_s += time.process_time() - started
    process.join()
    loop.close()
    return row("ingest_us", cpu_s / got * 1e6, "us", 8, note=f"{got} datagrams of {len(VEHICLES)} vehicles")


def paced(folder: Path, traffic: list[bytes]) -> Row:
    port = free_udp_port()
    loop = make_loop(folder, port)
    interval_s = PACED_S / len(traffic)  # one datagram at a time, evenly: a burst would be cheaper
    batches = [[packet] for packet in traffic]
    process, _ = start_pump(port, batches, interval_s=interval_s)
    started, until = time.process_time(), time.monotonic() + PACED_S + 3
    while time.monotonic() < until and taken(loop) < len(traffic):
        for _ in range(10):  # counting costs too
            loop.turn()
    cpu_s = time.process_time() - started
    got = taken(loop)
    process.join()
    loop.close()
    note = f"{got} of {len(traffic)} datagrams at {25 * len(VEHICLES)} a second"
    return row("ingest_paced_us", cpu_s / max(got, 1) * 1e6, "us", 20, note=note)
