"""What a signal begins is carried through: an exception that got lost, or a clean-up that hangs, doesn't leave a process behind.

In processes of their own, for a signal's handler is the whole process's.
"""

import signal
import subprocess
import sys

import pytest

HEAD = """
import os, signal, sys, time
from rangeops.bootstrap.parts import unwinding
"""
LOST = """
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})  # its handler's exception ends here, and nobody hears of it

with unwinding(0.2):
    try:
        Last()
        print("went on", flush=True)
        time.sleep(30)
    finally:
        print("cleared away", flush=True)
"""
HANGS = """
with unwinding(0.2):
    try:
        try:
            os.kill(os.getpid(), signal.{name})
        finally:
            time.sleep(30)
    finally:
        print("cleared away", flush=True)
"""
THROUGH = """
with unwinding(0.2):
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
def test_without_a_signal_nothing_is_left_of_it(name):
    end = ended(THROUGH, name)
    assert (end.returncode, end.stdout) == (0, "nothing came\n"), end.stderr
