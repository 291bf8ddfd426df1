"""What a signal begins is carried through: an exception that got lost, or a clean-up that hangs, doesn't leave a process behind.

In processes of their own, for a signal's handler is the whole process's.
"""

import signal
import subprocess
import sys

import pytest

HEAD = """
import asyncio, os, signal, sys, time
from rangeops.bootstrap.unwinding import Unwinding
"""
LOST = """
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})  # its handler's exception ends here, and nobody hears of it

with Unwinding(0.2):
    try:
        Last()
        print("went on", flush=True)
        time.sleep(30)
    finally:
        print("cleared away", flush=True)
"""
HANGS = """
with Unwinding(0.2):
    try:
        try:
            os.kill(os.getpid(), signal.{name})
        finally:
            time.sleep(30)
    finally:
        print("cleared away", flush=True)
"""
LOOP = """
async def waits(name):
    try:
        await asyncio.sleep(30)
    finally:
        print(name, "cleared away", flush=True)

async def work():
    os.kill(os.getpid(), signal.{name})
    async with asyncio.TaskGroup() as group:
        for name in ("one", "two"):
            group.create_task(waits(name))

with Unwinding(5.0) as unwinding:
    try:
        unwinding.run(work())
    finally:
        print("all", "cleared away", flush=True)
"""
DEAF = """
async def work():
    os.kill(os.getpid(), signal.{name})
    while True:
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            print("not now", flush=True)

with Unwinding(0.2) as unwinding:
    try:
        unwinding.run(work())
    finally:
        print("cleared away", flush=True)
"""
THROUGH = """
with Unwinding(0.2):
    print("nothing came", flush=True)
assert signal.getsignal(signal.{name}) == signal.SIG_DFL
time.sleep(0.5)
"""


def ended(script, name):
    return subprocess.run(
        [sys.executable, "-c", HEAD + script.format(name=name)], check=False, capture_output=True, text=True, timeout=20
    )


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(("script", "says"), [(LOST, "went on\ncleared away\n"), (HANGS, "cleared away\n")])
def test_a_signal_ends_it_whatever_becomes_of_its_first_exception(script, says, name):
    end = ended(script, name)
    assert (end.returncode, end.stdout) == (128 + getattr(signal, name), says), end.stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_in_an_event_loop_what_is_awaited_is_cancelled_and_nothing_is_printed(name):
    end = ended(LOOP, name)
    assert (end.returncode, end.stderr) == (128 + getattr(signal, name), "")
    lines = end.stdout.splitlines()
    assert (sorted(lines), lines[-1]) == (
        ["all cleared away", "one cleared away", "two cleared away"],
        "all cleared away",
    )


def test_what_swallows_its_cancellation_is_ended_all_the_same():
    end = ended(DEAF, "SIGHUP")
    assert end.returncode == 129
    assert end.stdout.startswith("not now\n")
    assert end.stdout.endswith("cleared away\n")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_without_a_signal_nothing_is_left_of_it(name):
    end = ended(THROUGH, name)
    assert (end.returncode, end.stdout) == (0, "nothing came\n"), end.stderr
