"""The record: what an entry costs that is durable when its change returns, and a million of them verified."""

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

ENTRIES = 100_000  # of the 10^6 that the row is about: a tenth, times ten
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
EACH = 1_000  # entries between two checkpoints
BATCH = 10
CHANGES = 400
NOW = Now(1.0, datetime(2026, 11, 24, tzinfo=UTC))


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        batched = sorted(append_us(Path(folder) / "ten.db", BATCH))
        single = sorted(append_us(Path(folder) / "one.db", 1))
    note = f"p50 an entry, {BATCH} in a durable change; a single durable append: p50 {statistics.median(single):.0f}, p99 {single[-len(single) // 100]:.0f} us"
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


def append_us(path: Path, batch: int) -> list[float]:
    """Microseconds an entry, by the wall's clock, of each change."""
    store = open_store(f"sqlite:///{path}")
    changes, taken = Changes(store, lambda _notice: None), []
    for number in range(CHANGES):
        started = time.perf_counter()
        with changes.begin(NOW, SERVER) as change:
            for part in range(batch):
                change.record(
                    "watch.mode", "vehicle:7", f"vehicle 7 mode AUTO {number}", {"n": part}, about=["vehicle:7"]
                )
        taken.append((time.perf_counter() - started) / batch * 1e6)
    store.close()
    return taken


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
