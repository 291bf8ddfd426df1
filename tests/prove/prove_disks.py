"""A vehicle heads for the edge while the disk is full, read-only or takes nothing: stopped, alarmed, nothing acknowledged lost.

What was seen meanwhile is recorded once it writes again; of a disk that must be mended first, what the watch could write nowhere is
lost with its process, and was acknowledged to nobody.
"""

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path

from disk_story import told
from full_disk import Limited, breaking_disk, small_disk
from proof import Proof

RUNS = 3


def proofs(seed: int) -> Iterable[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        for name, disk_for in (("disk_full", small_disk), ("disk_read_only", breaking_disk)):
            stories = []
            for number in range(RUNS):
                data = Path(folder) / f"{name}-{number}"
                with disk_for(data) as disk:
                    stories.append(asyncio.run(told(data, disk)))
            yield proof(name, seed, stories)
        limited = [asyncio.run(told(Path(folder) / f"limited-{number}", Limited())) for number in range(RUNS)]
        yield proof("disk_takes_nothing", seed, limited)


def proof(name: str, seed: int, stories: list) -> Proof:
    wrong = [each for each in stories if each.wrong]
    note = f"{stories[0].disk}; stopped inside, alarmed by {', '.join(sorted(stories[0].alarmed))}"
    if wrong:
        note = f"{stories[0].disk}; {wrong[0].wrong[:3]}"
    return Proof(name, len(stories), len(wrong), seed, not wrong, note)
