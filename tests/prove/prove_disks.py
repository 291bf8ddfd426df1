"""A vehicle heads for the edge while the disk is full, or takes nothing: stopped, alarmed, recorded afterwards, nothing lost."""

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path

from disk_story import told
from full_disk import Limited, small_disk
from proof import Proof

RUNS = 3


def proofs(seed: int) -> Iterable[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        full, limited = [], []
        for number in range(RUNS):
            data = Path(folder) / f"full-{number}"
            with small_disk(data) as disk:
                full.append(asyncio.run(told(data, disk)))
        yield proof("disk_full", seed, full)
        limited = [asyncio.run(told(Path(folder) / f"limited-{number}", Limited())) for number in range(RUNS)]
        yield proof("disk_takes_nothing", seed, limited)


def proof(name: str, seed: int, stories: list) -> Proof:
    wrong = [each for each in stories if each.wrong]
    note = f"{stories[0].disk}; stopped inside, alarmed by {', '.join(sorted(stories[0].alarmed))}"
    if wrong:
        note = f"{stories[0].disk}; {wrong[0].wrong[:3]}"
    return Proof(name, len(stories), len(wrong), seed, not wrong, note)
