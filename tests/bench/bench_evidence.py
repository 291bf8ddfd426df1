"""The record: what an entry costs that is durable when its change returns, and a million of them verified."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_row import Row, cpu_s, row
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rangeops.adapters.checkpoints import verifies
from rangeops.adapters.store.opening import open_store
from rangeops.domain.audit import Actor, AuditEntry, append
from rangeops.domain.checkpoints import Checkpoint, SignedCheckpoint, origin_of, sign
from rangeops.domain.evidence import verify
from rangeops.domain.merkle import Frontier
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes

ROWS = ("audit_append_us", "audit_verify_s")
ENTRIES = 100_000  # of the 10^6 that the row is about: a tenth, times ten
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
EACH = 1_000  # entries between two checkpoints
BATCH = 10
PAGES_BYTES = 32 * 1024  # of the write-ahead log, for ten entries
CHANGES = 400
NOW = Now(1.0, datetime(2026, 11, 24, tzinfo=UTC))


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        synced = [sync_us(Path(folder) / "before")]
        batched, cpu = append_us(Path(folder) / "ten.db", BATCH)
        single, _ = append_us(Path(folder) / "one.db", 1)
        synced.append(sync_us(Path(folder) / "after"))
    note = (
        f"p50 an entry, {BATCH} in a durable change, {statistics.median(cpu):.0f} us of it CPU; a single durable append: "
        f"p50 {statistics.median(single):.0f}, p99 {single[-len(single) // 100]:.0f} us; {PAGES_BYTES // 1024} kB written and "
        f"synced by themselves: {synced[0]:.0f} us before, {synced[1]:.0f} after"
    )
    yield row("audit_append_us", statistics.median(batched), "us", 50, note=note)
    entries, points = record()
    taken = cpu_s(lambda: verified(entries, points), repeats=1) * 10
    yield row(
        "audit_verify_s",
        taken,
        "s",
        10,
        note=f"10^6 entries, as ten times {ENTRIES:g}; chain, Merkle roots, signatures",
    )


def append_us(path: Path, batch: int) -> tuple[list[float], list[float]]:
    """Microseconds an entry, of each change, sorted: by the wall's clock, and of CPU."""
    store = open_store(f"sqlite:///{path}")
    changes, taken, cpu = Changes(store, lambda _notice: None), [], []
    for number in range(CHANGES):
        started, worked = time.perf_counter(), time.thread_time()
        with changes.begin(NOW, SERVER) as change:
            for part in range(batch):
                change.record(
                    "watch.mode", "vehicle:7", f"vehicle 7 mode AUTO {number}", {"n": part}, about=["vehicle:7"]
                )
        taken.append((time.perf_counter() - started) / batch * 1e6)
        cpu.append((time.thread_time() - worked) / batch * 1e6)
    store.close()
    return sorted(taken), sorted(cpu)


def sync_us(path: Path) -> float:
    """What this disk takes for what such a change writes, p50: no durable change can take less."""
    taken = []
    with path.open("ab", buffering=0) as file:
        for _ in range(CHANGES // 4):
            started = time.perf_counter()
            file.write(b"x" * PAGES_BYTES)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - started) * 1e6)
    return statistics.median(taken)


def record() -> tuple[list[AuditEntry], list[SignedCheckpoint]]:
    now, actor, frontier = NOW, Actor("op1", "operator"), Frontier()
    entries: list[AuditEntry] = []
    points: list[SignedCheckpoint] = []
    for number in range(ENTRIES):
        body = {
            "says": f"vehicle {number % 25} mode AUTO",
            "source": "watch",
            "happened": now.utc,
            "body": {"n": number},
        }
        entries.append(
            append(
                entries[-1] if entries else None, now=now, actor=actor, action="watch.mode", target="x", payload=body
            )
        )
        frontier.add(bytes.fromhex(entries[-1].entry_hash))
        if entries[-1].seq % EACH == 0:
            head = entries[-1].entry_hash
            point = Checkpoint(
                origin_of("twente", entries[0].entry_hash), frontier.size, frontier.root(), head, now.utc, "synchronised",
                points[-1].sha256() if points else "0" * 64,
            )  # fmt: skip
            points.append(sign(point, KEY.public_key().public_bytes_raw(), KEY.sign))
    return entries, points


def verified(entries: list[AuditEntry], points: list[SignedCheckpoint]) -> None:
    public = KEY.public_key().public_bytes_raw()
    found = verify(entries, points, range_id="twente", trusted=[public], verifies=verifies)
    assert found.holds
    assert found.signed_to == ENTRIES
