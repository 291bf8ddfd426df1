"""A disk that is full, read-only or slow, under a range whose vehicle is on its way out."""

import asyncio
import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from disk_story import told
from flight_out import D07, Flight, flown
from full_disk import Disk, Limited, breaking_disk, small_disk
from morning import Morning
from promised import NotHere, Promised

FREEZE, THAW = 0xC0045877, 0xC0045878  # FIFREEZE, FITHAW of linux/fs.h
HANGS_S = 1.5  # a write waits so long at the most, as on a disk that reads a bad sector again and again …
WORKS_S = 0.1  # … and has so long to be done


def taking_nothing(disk_for: Callable[[Path], object]) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory(prefix="rangeops-fault-") as folder:
        data = Path(folder) / "data"
        with disk_for(data) as disk:  # type: ignore[attr-defined]  # full_disk's context managers
            story = asyncio.run(told(data, disk))
    sentence = f"{story.disk}: held, sent home and alarmed by {', '.join(sorted(story.alarmed)) or 'nobody'}; {'; '.join(story.wrong[:3]) or 'nothing missing'}"
    return sentence, not story.wrong


@contextmanager
def hanging(place: Path) -> Iterator[Callable[[], float]]:
    """The file system frozen and let go in turns, so that each write to it waits; what it gives: for how long in all."""
    over, frozen_s = threading.Event(), [0.0]
    handle = os.open(place, os.O_RDONLY)

    def in_turns() -> None:
        while not over.wait(WORKS_S):
            began_s = time.monotonic()
            fcntl.ioctl(handle, FREEZE, 0)
            try:
                over.wait(HANGS_S)
            finally:
                fcntl.ioctl(handle, THAW, 0)
            frozen_s[0] += time.monotonic() - began_s

    thread = threading.Thread(target=in_turns, name="hanging disk")
    thread.start()
    try:
        yield lambda: frozen_s[0]
    finally:
        over.set()
        thread.join()
        os.close(handle)


def slow() -> tuple[str, bool]:
    with tempfile.TemporaryDirectory(prefix="rangeops-fault-") as folder:
        data = Path(folder) / "data"
        with breaking_disk(data) as disk:
            if isinstance(disk, Limited):
                raise NotHere("no file system can be mounted and frozen here")

            async def meddle(range_: Morning, flight: Flight) -> None:
                before = [range_.pid(name) for name in ("watch", "server")]
                with hanging(place_of(data, disk)) as frozen_s:
                    await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
                    await asyncio.sleep(5)
                    flight.said.append(f"frozen {frozen_s():.0f} s in all, {HANGS_S:g} s at a time")
                if [range_.pid(name) for name in ("watch", "server")] != before:
                    flight.wrong.append("a process was replaced")

            flight = flown(meddle, data=data)
    return flight.measured, not flight.wrong


def place_of(data: Path, disk: Disk) -> Path:
    """Where that disk is mounted: the data folder's evidence lies there."""
    assert disk.name
    return (data / "watch").resolve().parent


FAULTS = (
    Promised(
        id="disk-full",
        promise="A full disk stops no enforcement and loses nothing that was acknowledged: it is alarmed, and what was seen"
        " meanwhile is recorded when there is room.",
        how="the data folder's evidence on a tmpfs that is filled while the vehicle is on its way out, and emptied once it is home",
        limit="stopped inside; alarmed; 0 entries lost",
        attempt=lambda: taking_nothing(small_disk),
    ),
    Promised(
        id="disk-read-only",
        promise="A disk that turns read-only stops no enforcement and loses nothing that was acknowledged.",
        how="the data folder's evidence on an ext4 that is told of an error and remounts itself read-only",
        limit="stopped inside; alarmed; 0 acknowledged entries lost",
        attempt=lambda: taking_nothing(breaking_disk),
    ),
    Promised(
        id="disk-slow",
        promise="A disk on which each write waits for up to 1.5 s delays no enforcement of the orders in force: vehicles hear the range without a gap, and"
        " one on its way out is stopped inside its volume.",
        how="the data folder's evidence on an ext4 that is frozen (FIFREEZE) for 1.5 s of each 1.6 s, from the leg out until it is home",
        limit="no gap over 2 s in the heartbeat; 0 m outside; no process replaced; 0 entries lost",
        attempt=slow,
    ),
)
