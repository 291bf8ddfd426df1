"""The record, 10^4 to 10^7 entries: appending to it, verifying all of it, its newest lines, and an incident's evidence out of it.

One record grows through all points: made as changes make entries (domain.audit.append), written by the store's own statements
in large changes, with a subject for each entry by which it is found. The peer is the same bytes copied and synced.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_evidence import KEY, NOW
from curve import Curve, Figure, Stopped

from rangeops.adapters.checkpoints import verifies
from rangeops.adapters.store.opening import open_store
from rangeops.adapters.store.record_reading import reading_record
from rangeops.domain.audit import Actor, AuditEntry, append
from rangeops.domain.checkpoints import Checkpoint, SignedCheckpoint, origin_of, sign
from rangeops.domain.evidence import verify
from rangeops.domain.merkle import Frontier
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.ports.store import Store

CURVE = Curve(
    id="record",
    title="The record",
    x="entries",
    xs=(10_000, 100_000, 1_000_000, 10_000_000),
    figures=(
        Figure("append_us", "us", "an entry, ten in a durable change", 1_000.0),
        Figure("evidence_ms", "ms", "half an hour of one vehicle", 100.0),
        Figure("log_ms", "ms", "the newest 200 lines", 50.0),
        Figure("verify_s", "s", "all of it verified", 60.0, per_x=True),
        Figure("copy_s", "s", "the database file copied and synced"),
    ),
    peer="the database file copied and synced",
    beyond=(
        "Appending and reading stay what they are. Verifying grows in proportion: from a million entries on let a witness go on from "
        "the newest checkpoint that it verified itself, and close the record at the turn of a year into a bundle."
    ),
    budget_s=360.0,
)
EACH_SECOND = 5  # entries of a busy day
VEHICLES = 25
AT_ONCE = 20_000
CHECKPOINT_EACH = 10_000
CHANGES = 100
BATCH = 10
READS = 20
SPARE_BYTES_AN_ENTRY = 1_500  # of disk, the copy too
ACTOR = Actor("watch", "watch")


@dataclass
class Grown:
    """The record as it stands, and what signs it."""

    store: Store
    frontier: Frontier
    points: list[SignedCheckpoint]
    head: AuditEntry | None = None
    origin: str = ""

    def grow(self, count: int) -> None:
        while self.size < count:
            with self.store.write() as work:
                for number in range(self.size, min(self.size + AT_ONCE, count)):
                    happened = moment(number)
                    sysid = number % VEHICLES
                    payload = {
                        "about": [f"vehicle:{sysid}"],
                        "says": f"vehicle {sysid} mode AUTO",
                        "source": "watch",
                        "happened": happened,
                        "body": {"n": number},
                    }
                    entry = append(
                        self.head, now=Now(number / EACH_SECOND, happened), actor=ACTOR, action="watch.mode",
                        target=f"vehicle:{sysid}", payload=payload,
                    )  # fmt: skip
                    work.record.add(entry)
                    work.record.point(entry.seq, [f"vehicle:{sysid}"], happened)
                    self.took(entry)

    @property
    def size(self) -> int:
        return 0 if self.head is None else self.head.seq

    def took(self, entry: AuditEntry) -> None:
        self.head = entry
        self.origin = self.origin or origin_of("twente", entry.entry_hash)
        self.frontier.add(bytes.fromhex(entry.entry_hash))
        if entry.seq % CHECKPOINT_EACH == 0:
            before = self.points[-1].sha256() if self.points else "0" * 64
            point = Checkpoint(
                self.origin,
                self.frontier.size,
                self.frontier.root(),
                entry.entry_hash,
                entry.utc,
                "synchronised",
                before,
            )
            self.points.append(sign(point, KEY.public_key().public_bytes_raw(), KEY.sign))


def moment(number: int) -> datetime:
    return NOW.utc + timedelta(seconds=number / EACH_SECOND)


def points() -> Iterator[tuple[float, dict[str, float]]]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        file = Path(folder) / "range.db"
        with closing(open_store(f"sqlite:///{file}")) as store:
            grown = Grown(store, Frontier(), [])
            for count in map(int, CURVE.xs):
                needed = (count - grown.size) * SPARE_BYTES_AN_ENTRY
                if shutil.disk_usage(folder).free < needed:
                    raise Stopped(f"{needed / 1e9:.0f} GB of disk are needed for {count:g} entries")
                grown.grow(count)
                yield count, measured(grown, file)


def measured(grown: Grown, file: Path) -> dict[str, float]:
    at, store = moment(grown.size), grown.store

    def evidence() -> None:
        middle = moment(grown.size // 2)
        with store.read() as work:
            assert work.record.evidence(["vehicle:7"], middle, middle + timedelta(minutes=30))

    def newest() -> None:
        with store.read() as work:
            assert len(work.record.newest(200)) == 200

    values = {"evidence_ms": each_ms(evidence), "log_ms": each_ms(newest)}
    began_s = time.perf_counter()
    copied(file, file.with_suffix(".copy"))
    values["copy_s"] = time.perf_counter() - began_s
    began_s = time.perf_counter()
    verified(grown, f"sqlite:///{file}")
    values["verify_s"] = time.perf_counter() - began_s
    return {"append_us": append_us(grown, at)} | values


def copied(file: Path, to: Path) -> None:
    with file.open("rb") as read, to.open("wb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
        written.flush()
        os.fsync(written.fileno())
    to.unlink()


def verified(grown: Grown, url: str) -> None:
    public = KEY.public_key().public_bytes_raw()
    with reading_record(url) as entries:
        found = verify(entries, grown.points, range_id="twente", trusted=[public], verifies=verifies)
    assert found.holds
    assert found.signed_to == grown.size // CHECKPOINT_EACH * CHECKPOINT_EACH


def append_us(grown: Grown, at: datetime) -> float:
    """By the wall, median; as `audit_append_us`."""
    changes, taken = Changes(grown.store, lambda _notice: None), []
    for number in range(CHANGES):
        began_s = time.perf_counter()
        with changes.begin(Now(1.0, at), SERVER) as change:
            entries = [
                change.record(
                    "watch.mode", "vehicle:7", f"vehicle 7 mode AUTO {number}", {"n": part}, about=["vehicle:7"]
                )
                for part in range(BATCH)
            ]
        taken.append((time.perf_counter() - began_s) / BATCH * 1e6)
        for entry in entries:
            grown.took(entry)
    return statistics.median(taken)


def each_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(READS):
        began_s = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began_s) * 1e3)
    return statistics.median(taken)
