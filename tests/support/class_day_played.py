"""A day of every class from its first process to its verdict, for a test and for `make prove`."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

from class_day import class_day
from class_day_evidence import evidence_of
from class_day_story import Story
from day_invariants import broken

from rangeops.auditing import verify


@dataclass(frozen=True)
class Played:
    """unfulfilled: what of the story didn't happen. broken: invariants of docs/range-days.md. verified: the record holds."""

    took_s: float
    vehicles: int
    load: float
    unfulfilled: list[str]
    broken: list[str]
    verified: bool
    figures: dict[str, str]


def played(folder: Path, *, ardupilot: bool) -> Played:
    """Some four minutes of real time, with ArduPilot's own binaries five. Raises AssertionError where it gets stuck."""
    began_s = time.monotonic()

    async def play():
        async with class_day(folder, ardupilot=ardupilot) as day:
            await day.play()
            return day.settings, day.noted, day.processes.truth

    settings, noted, truth = asyncio.run(play())
    took_s = time.monotonic() - began_s
    with evidence_of(settings, noted, truth) as evidence:
        story = Story(evidence, noted, truth)
        unfulfilled, wrong = story.unfulfilled(), [str(each) for each in broken(evidence)]
        vehicles = len(evidence.truth)
    findings = verify(settings, keys=[], kept=[]).findings
    return Played(took_s, vehicles, os.getloadavg()[1], unfulfilled, wrong, findings.holds, story.figures)
