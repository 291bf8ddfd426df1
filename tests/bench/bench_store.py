"""The store: one request held against 10,000 approved slots, exactly and through the store; durable bookings a second."""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_row import Row, row, unmeasured
from desk import NOON, TWENTE, Desk, TomlAirframes
from postgres import NoPostgres, databases, store_url

from rangeops.adapters.recurrence import Recurrence
from rangeops.adapters.store.opening import open_store
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import BookableVolume, Volume, VolumeId
from rangeops.services.airspace import AirspaceBook
from rangeops.services.room import Room

ROWS = ("slot_conflict_ms", "bookings_s", "slot_conflict_ms_postgresql", "bookings_s_postgresql")
APPROVED = 10_000
VOLUMES = 8
SLOT = timedelta(minutes=30)
GAP = timedelta(minutes=20)  # more than the range's buffer
REQUESTS = 300
BOOKINGS = 600


def drawn(lane: int) -> Volume:
    """One of eight strips that lie apart, with a corner cut off and a hole: more than a box."""
    latitude, longitude = TWENTE.frame.origin_latitude_deg + 0.006 * lane, TWENTE.frame.origin_longitude_deg
    outer = ((0, 0), (0.002, 0), (0.002, 0.018), (0.001, 0.02), (0, 0.02))
    hole = ((0.0005, 0.005), (0.0015, 0.005), (0.0015, 0.008))
    outer, hole = (tuple((latitude + a, longitude + b) for a, b in ring) for ring in (outer, hole))
    return Volume(outer, 50.0, 120.0, (hole,))


STRIPS = tuple(BookableVolume(VolumeId(f"STRIP{lane}"), "a strip", drawn(lane)) for lane in range(VOLUMES))
RANGE = replace(TWENTE, volumes=STRIPS)


def slot(number: int, turn: int, lane: int, **changed: object) -> Slot:
    starts = NOON + turn * (SLOT + GAP)
    made = Slot(
        SlotId(f"S{number}"), 1, "ACME", STRIPS[lane].id, starts, starts + SLOT, Sysid(1 + lane), f"D{lane:02}",
        "survey-quad", "ch 2", None, SlotState.APPROVED,
    )  # fmt: skip
    return replace(made, **changed)


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder, ExitStack() as stack:
        for database in reversed(databases()):
            suffix = "" if database == "sqlite" else f"_{database}"
            conflict_limit_ms = 2.0 if suffix else 0.5
            try:
                conflicts, bookings = (
                    stack.enter_context(store_url(database, Path(folder) / str(n))) for n in range(2)
                )
            except NoPostgres as reason:
                yield unmeasured(f"slot_conflict_ms{suffix}", "ms", conflict_limit_ms, reason)
                yield unmeasured(f"bookings_s{suffix}", "1/s", 200, reason, at_least=True)
                continue
            found_ms, room_ms, found = conflict_ms(conflicts)
            note = f"wall, median of {REQUESTS}, {found} of them meet one; with every other reason a booking has {room_ms:.2f} ms"
            yield row(f"slot_conflict_ms{suffix}", found_ms, "ms", conflict_limit_ms, note=note)
            note = f"{BOOKINGS} requests, each with its entry in the record, durable; the registers are asked"
            yield row(f"bookings_s{suffix}", bookings_s(bookings), "1/s", 200, note=note, at_least=True)


def conflict_ms(url: str) -> tuple[float, float, int]:
    """Of asking for those who hold what a request needs; of asking for every obstacle; how many found one."""
    book = AirspaceBook(RANGE, TomlAirframes())
    store, room = open_store(url, book), Room(RANGE, book, Recurrence(TWENTE.timezone))
    with store.write() as work:
        for number in range(APPROVED):
            work.slots.add(slot(number + 1, number // VOLUMES, number % VOLUMES))
    near, whole, found = [], [], 0
    for number in range(REQUESTS):
        turn, lane = (number * 7919) % (APPROVED // VOLUMES), number % VOLUMES
        asked = slot(APPROVED + 1, turn, lane, sysid=Sysid(99))
        if number % 2:  # every other one fits between two others
            between = asked.ends + timedelta(minutes=8)
            asked = replace(asked, starts=between, ends=between + timedelta(minutes=4))
        started = time.perf_counter()
        with store.read() as work:
            holders = work.slots.holding_near(book(asked))
        near.append(time.perf_counter() - started)
        started = time.perf_counter()
        with store.read() as work:
            room.first(work, asked)
        whole.append(time.perf_counter() - started)
        found += bool(holders)
    store.close()
    return 1e3 * statistics.median(near), 1e3 * statistics.median(whole), found


def bookings_s(url: str) -> float:
    desk = Desk(open_store(url, AirspaceBook(TWENTE, TomlAirframes())))
    started = time.perf_counter()
    for number in range(BOOKINGS):
        desk.book(start_minutes=60 * number, sysid=Sysid(1 + number % 200))
    taken = time.perf_counter() - started
    desk.store.close()
    return BOOKINGS / taken
