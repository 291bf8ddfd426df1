"""What it costs that control rooms tell the record what they showed: to the room, to the record, and to who reads it."""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_row import Row, cpu_s, row
from desk import NOON, Desk, TomlAirframes
from desk import TWENTE as RANGE

from rangeops.adapters.store.opening import open_store
from rangeops.domain.alarms import AlarmId
from rangeops.domain.audit import Actor
from rangeops.domain.now import Now
from rangeops.services.airspace import AirspaceBook
from rangeops.tui.witness import REPORT_EVERY_S, Shown, Witness, view_of
from rangeops.wire.screens import ScreenReport

ROWS = ("screen_witness_us", "screen_report_ms", "screen_replay_ms", "log_behind_screens_ms")
ALARMS = 25
DRAWINGS = 2_000
HOUR_S = 3_600
SEEN = {
    AlarmId(f"telemetry-stale/D{number:02}/20261124T094103.000000Z"): ("acknowledged", "list")
    for number in range(ALARMS)
}
ROOMS = ("ops-4711", "wall-4712")
OBSERVER = Actor("olga", "observer")


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, NOON + timedelta(seconds=seconds))


def look(witness: Witness, seconds: float, zoom: float) -> None:
    """What the room does at each drawing."""
    now = at(seconds)
    if witness.looks(now):
        shown = Shown(latitude_deg=52.2751, longitude_deg=6.8891, m_per_dot=zoom, layers=("zones", "trails"))
        view = view_of(
            shown, screen="watch", size=(120, 36), connected=True, vehicle=None, dialog="", language="en", theme="dark"
        )
        witness.saw(view, now)
    if fresh := witness.fresh(SEEN):
        witness.painted(fresh, "watch", now.utc)


def drawings() -> None:
    witness = Witness("ops-4711")
    for number in range(DRAWINGS):
        look(witness, number * 0.2, number % 7)


def reports(room: str) -> list[ScreenReport]:
    """An hour of a hand that never leaves the map."""
    witness, made = Witness(room), []
    for tenth in range(0, HOUR_S * 10, 2):
        look(witness, tenth / 10, tenth % 7)
        if tenth % int(REPORT_EVERY_S * 10) == 0 and (report := witness.report(at(tenth / 10))) is not None:
            witness.taken(report)
            made.append(report)
    return made


def rows() -> Iterator[Row]:
    note = f"CPU of the room, {DRAWINGS} drawings with {ALARMS} alarms on the screen, the map moved at each"
    yield row("screen_witness_us", cpu_s(drawings) / DRAWINGS * 1e6, "us", 50.0, note=note)
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'rangeops.db'}"
        desk = Desk(open_store(url, AirspaceBook(RANGE, TomlAirframes())))
        took_ms = []
        for told in zip(*(reports(room) for room in ROOMS), strict=True):
            for report in told:
                now = at((report.sent_utc - NOON).total_seconds())
                started = time.perf_counter()
                desk.services.screens.take(report, now, OBSERVER)
                took_ms.append((time.perf_counter() - started) * 1e3)
        size_bytes = sum(len(entry.payload) for entry in desk.record()) / len(took_ms)
        note = (
            f"wall, median of {len(took_ms)}, durable, {size_bytes:.0f} bytes each; of a hand that never leaves the map"
        )
        yield row("screen_report_ms", statistics.median(took_ms), "ms", 10.0, note=note)
        started = time.perf_counter()
        shown = desk.services.screens.between(NOON + timedelta(minutes=50), NOON + timedelta(minutes=60))
        note = f"ten minutes of two such rooms, {len(shown.entries)} entries"
        yield row("screen_replay_ms", (time.perf_counter() - started) * 1e3, "ms", 500.0, note=note)
        started = time.perf_counter()
        desk.services.log(200)
        note = f"the newest 200 lines of the log behind {len(took_ms)} entries that have no words"
        yield row("log_behind_screens_ms", (time.perf_counter() - started) * 1e3, "ms", 100.0, note=note)
        desk.store.close()
