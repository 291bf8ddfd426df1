"""The machine's clock jumps by an hour, or follows no source any more, under a range whose vehicle is on its way out."""

import asyncio
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flight_out import D07, Flight, alarmed, flown
from morning import Morning
from promised import Promised

from rangeops.domain.alarms import Condition

SKEWED = Path(__file__).parent / "skewed_clock.py"
PYTHON = """#!/bin/sh
test "$1 $2" = "-m rangeops" && shift 2 && exec {python} {skewed} "$@"
exec {python} "$@"
"""
HOUR_S = 3600
ALARMED_S = 90.0
SIGNED_S = 75.0  # a checkpoint comes each minute


@contextmanager
def wrong_clock() -> Iterator[Path]:
    """The file that says how wrong the clock of every process that is started meanwhile is."""
    with tempfile.TemporaryDirectory(prefix="rangeops-clock-") as folder, pytest.MonkeyPatch.context() as patched:
        file, python = Path(folder) / "clock", Path(folder) / "python"
        set_clock(file, 0)
        python.write_text(PYTHON.format(python=shlex.quote(sys.executable), skewed=shlex.quote(str(SKEWED))))
        python.chmod(0o700)
        patched.setattr(sys, "executable", str(python))
        patched.setenv("RANGEOPS_TEST_PYTHON", str(python))
        patched.setenv("RANGEOPS_TEST_CLOCK", str(file))
        yield file


def set_clock(file: Path, ahead_s: float, word: str = "synchronised") -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{ahead_s} {word}", encoding="ascii")
    fresh.replace(file)


def jumps(by_s: int) -> tuple[str, bool]:
    """While it is on its way out, and back once it is on its way home."""
    with wrong_clock() as file:

        async def meddle(range_: Morning, flight: Flight) -> None:
            before = range_.pid("watch"), range_.pid("server")
            set_clock(file, by_s)
            await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
            await asyncio.sleep(2)
            set_clock(file, 0)
            await asyncio.sleep(2)
            if (range_.pid("watch"), range_.pid("server")) != before:
                flight.wrong.append("a process was replaced")

        flight = flown(meddle)
    return flight.measured, not flight.wrong


def jump() -> tuple[str, bool]:
    """Both ways, a flight each."""
    ahead, back = jumps(HOUR_S), jumps(-HOUR_S)
    return f"an hour ahead: {ahead[0]}. An hour back: {back[0]}", ahead[1] and back[1]


def ntp_lost() -> tuple[str, bool]:
    with wrong_clock() as file:

        async def meddle(range_: Morning, flight: Flight) -> None:
            set_clock(file, 0, "free")
            began_s, took_s = (
                time.monotonic(),
                await alarmed(range_.client, Condition.CLOCK_NOT_SYNCHRONISED, ALARMED_S),
            )
            flight.said.append("not alarmed" if took_s is None else f"alarmed after {took_s:.0f} s")
            if took_s is None:
                flight.wrong.append("no alarm")
            words = []
            while time.monotonic() - began_s < ALARMED_S + SIGNED_S and "not synchronised" not in words:
                words = signed_words(range_.settings.data)
                await asyncio.sleep(1)
            flight.said.append(f"checkpoints say {sorted(set(words))}")
            if "not synchronised" not in words:
                flight.wrong.append("no checkpoint says so")

        flight = flown(meddle)
    return flight.measured, not flight.wrong


def signed_words(data: Path) -> list[str]:
    """What each checkpoint says of the clock."""
    signed = data / "checkpoints" / "signed.txt"
    text = signed.read_text(encoding="utf-8") if signed.exists() else ""
    return [line.partition("clock ")[2] for line in text.splitlines() if line.startswith("clock ")]


FAULTS = (
    Promised(
        id="clock-jump",
        promise="A clock of this machine that jumps by an hour, either way, delays no enforcement and breaks no chain: no deadline"
        " of the watch goes by it.",
        how="the wall clock that watch and server read is put an hour ahead, in another flight an hour back, on the leg out, and back"
        " again on the way home (wrapped in the processes: the machine's own clock is left alone)",
        limit="no gap over 2 s in the heartbeat; 0 m outside; 0 entries lost; the chain holds",
        attempt=jump,
    ),
    Promised(
        id="ntp-lost",
        promise="A clock that follows no source any more is alarmed within 90 s, and checkpoints signed from then on say so.",
        how="what the kernel says of the clock is answered with 'follows nothing' to watch and server (wrapped likewise)",
        limit="alarm within 90 s; a checkpoint says 'not synchronised'; 0 m outside",
        attempt=ntp_lost,
    ),
)
