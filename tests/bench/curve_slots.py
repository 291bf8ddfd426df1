"""Slots, 100 to 100,000 approved ones: what a request is held against, what booking one takes, and the day that is shown.

They are written by the store itself, as bookings would have been: eight volumes, each full from the first day on, so that
more slots are more days. The peer is the same question to the same store's slots, gone through one by one.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_store import GAP, RANGE, SLOT, VOLUMES, slot
from curve import Curve, Figure
from desk import Desk, TomlAirframes

from rangeops.adapters.recurrence import Recurrence
from rangeops.adapters.store.opening import open_store
from rangeops.domain.airspace import meet
from rangeops.domain.slots import Slot
from rangeops.domain.telemetry import Sysid
from rangeops.services.airspace import AirspaceBook
from rangeops.services.ports.store import Store
from rangeops.services.room import Room

CURVE = Curve(
    id="slots",
    title="Slots",
    x="approved slots",
    xs=(100, 1_000, 10_000, 30_000, 100_000),
    figures=(
        Figure("conflict_ms", "ms", "who holds what a request needs", 5.0),
        Figure("booked_ms", "ms", "a request that meets another, told what is free, durable", 250.0),
        Figure("page_ms", "ms", "a page of fifty slots", 50.0),
        Figure("scan_ms", "ms", "conflicts by going through all slots"),
    ),
    peer="every slot read and compared",
    beyond=(
        "A request is held against its own hours by an index, so what was booked before costs nothing; where it grows, slots of past years go to an "
        "archive of their own."
    ),
    budget_s=150.0,
)
REQUESTS = 60
BOOKINGS = 20
PAGE = 50
SCANS = 3
AT_ONCE = 2_000
EACH_MINUTES = (SLOT + GAP).total_seconds() / 60
IN_A_DAY = 12  # of one volume; all of them are taken


def points() -> Iterator[tuple[float, dict[str, float]]]:
    book = AirspaceBook(RANGE, TomlAirframes())
    room = Room(RANGE, book, Recurrence(RANGE.timezone))
    with (
        tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder,
        closing(open_store(f"sqlite:///{folder}/range.db", book)) as store,
    ):
        desk, there = Desk(store, definition=RANGE), 0
        for count in map(int, CURVE.xs):
            for first in range(there, count, AT_ONCE):
                approve(store, range(first, min(first + AT_ONCE, count)))
            there = count
            yield count, measured(store, desk, room, book, count)


def approve(store: Store, numbers: range) -> None:
    with store.write() as work:
        free = int(work.slots.new_id().removeprefix("S"))
        for number in numbers:
            work.slots.add(slot(free + number - numbers.start, number // VOLUMES, number % VOLUMES))


def measured(store: Store, desk: Desk, room: Room, book: AirspaceBook, count: int) -> dict[str, float]:
    def conflicts(number: int) -> None:
        with store.read() as work:
            room.first(work, asked(number, count))

    def scan(number: int) -> None:
        wanted = book(asked(number, count))
        with store.read() as work:
            assert any(meet(wanted, book(each)) for each in work.slots.all())

    def book_one(number: int) -> None:
        desk.book(volume="STRIP0", sysid=Sysid(99), start_minutes=EACH_MINUTES * (number % IN_A_DAY) + 10)

    def page(_: int) -> None:
        with store.read() as work:
            assert len(work.slots.page(PAGE)) == PAGE

    return {
        "conflict_ms": each_ms(conflicts, REQUESTS),
        "booked_ms": each_ms(book_one, BOOKINGS),
        "page_ms": each_ms(page, REQUESTS),
        "scan_ms": each_ms(scan, SCANS),
    }


def asked(number: int, count: int) -> Slot:
    """One that meets another, anywhere among them."""
    return slot(10 * count, (number * 7919) % (count // VOLUMES), number % VOLUMES, sysid=Sysid(99))


def each_ms(work: Callable[[int], object], times: int) -> float:
    """By the wall, median."""
    taken = []
    for number in range(times):
        began_s = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - began_s) * 1e3)
    return statistics.median(taken)
