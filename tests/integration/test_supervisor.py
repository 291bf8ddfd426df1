"""The supervisor over processes that beat and die on cue: what must be back is back, and nothing stays behind."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rangeops import supervisor
from rangeops.domain.errors import Conflict
from rangeops.lifeline import Lifeline
from rangeops.supervisor import WATCH_SILENT_S, Supervisor

WATCH = """
import os, select, time
go, beat = int(os.environ["RANGEOPS_GO_FD"]), int(os.environ["RANGEOPS_BEAT_FD"])
os.write(beat, b"s")
open("stood_by", "a").write(f"{os.getpid()}\\n")
while not select.select([go], [], [], 0.1)[0]:
    os.write(beat, b"s")
if os.read(go, 1):
    open("went", "a").write(f"{os.getpid()}\\n")
    while True:
        os.write(beat, b".")
        time.sleep(0.1)
"""
SERVER = """
import os, time
open("run/server.json", "w").write("{}")
open("served", "a").write(f"{os.getpid()}\\n")
while True:
    os.write(int(os.environ["RANGEOPS_BEAT_FD"]), b".")
    time.sleep(0.1)
"""
LONG_S = 10.0


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LONG_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen in {LONG_S:.0f} s"
        time.sleep(0.01)


def lines(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


class Range:
    """A supervisor in a thread, over the two scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stopping = threading.Event()
        self.code: list[int] = []
        self.answered: list[bool] = []
        self.supervisor = Supervisor(
            watch=[sys.executable, "-c", WATCH],
            server=[sys.executable, "-c", SERVER],
            environment=os.environ,
            run_folder=folder / "run",
            monotonic=time.monotonic,
            lifeline=Lifeline(None),
            answers=lambda: self.answered.append((folder / "run/server.json").exists()),
        )
        self.thread = threading.Thread(target=lambda: self.code.append(self.supervisor.run(self.stopping.is_set)))

    @property
    def watches(self) -> list[int]:
        return lines(self.folder / "went")

    @property
    def servers(self) -> list[int]:
        return lines(self.folder / "served")

    def pids(self) -> list[int]:
        return [int(line.split()[1]) for line in (self.folder / "run/pids").read_text().splitlines()]


@pytest.fixture
def running(tmp_path, monkeypatch) -> Iterator[Range]:
    with a_range(tmp_path, monkeypatch) as started:
        yield started


@contextlib.contextmanager
def a_range(tmp_path, monkeypatch) -> Iterator[Range]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    started = Range(tmp_path)
    started.thread.start()
    try:
        until(lambda: bool(started.watches and started.servers), "start")
        yield started
    finally:
        started.stopping.set()
        started.thread.join()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV])
def test_a_watch_that_is_gone_or_silent_is_killed_and_the_one_standing_by_goes(running, number):
    first, server = running.watches[0], running.servers[0]
    until((running.folder / "run/pids").exists, "pids")
    struck = time.monotonic()
    os.kill(first, number)
    until(lambda: len(running.watches) == 2, "replacement")
    taken = time.monotonic() - struck
    assert taken < WATCH_SILENT_S + 1.0, f"the next watch went after {taken:.2f} s"
    assert not alive(first), "two watches must never command one vehicle"
    assert running.servers == [server], "the server is not restarted for the watch's fault"


def test_it_tells_once_that_the_server_answers_however_often_it_is_started_again(running):
    until(lambda: running.answered == [True], "word of it")
    os.kill(running.servers[0], signal.SIGKILL)
    until(lambda: len(running.servers) == 2, "the next server")
    assert running.answered == [True]


def test_a_watch_can_die_many_times(running):
    for count in range(2, 6):
        os.kill(running.watches[-1], signal.SIGKILL)
        until(lambda count=count: len(running.watches) == count, "replacement")
    assert len(set(running.watches)) == 5


def test_a_dead_server_is_started_again_and_the_watch_goes_on(running):
    watch = running.watches[0]
    os.kill(running.servers[0], signal.SIGKILL)
    until(lambda: len(running.servers) == 2, "server's restart")
    assert running.watches == [watch]


def test_a_watch_that_hangs_standing_by_is_replaced_before_it_is_needed(running):
    until((running.folder / "run/pids").exists, "pids")
    frozen = running.pids()[1]
    until(lambda: frozen in lines(running.folder / "stood_by"), "its first beat")
    os.kill(frozen, signal.SIGSTOP)
    until(lambda: running.pids()[1] != frozen, "another standing by")
    assert not alive(frozen)
    os.kill(running.watches[0], signal.SIGKILL)
    until(lambda: len(running.watches) == 2, "replacement")
    assert frozen not in running.watches


def test_a_server_that_hangs_is_killed_and_started_again_and_the_watch_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "SERVER_SILENT_S", 0.8)
    with a_range(tmp_path, monkeypatch) as started:
        watch, server = started.watches[0], started.servers[0]
        os.kill(server, signal.SIGSTOP)
        until(lambda: len(started.servers) == 2, "server's restart")
        assert not alive(server)
        assert started.watches == [watch]


def test_a_machine_that_can_start_nothing_more_keeps_the_watch_that_enforces(running, monkeypatch):
    """No process, no memory or no descriptor left: the supervisor ended with it, and took the watch along."""
    until((running.folder / "run/pids").exists, "pids")
    watch, standby = running.watches[0], running.pids()[1]
    tried = []

    class NoProcess(subprocess.Popen):
        def __init__(self, *words, **how):
            tried.append(words)
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as patch:
        patch.setattr(supervisor.subprocess, "Popen", NoProcess)
        patch.setattr(supervisor, "START_AGAIN_S", 0.1)
        os.kill(standby, signal.SIGKILL)
        os.kill(running.servers[0], signal.SIGKILL)
        until(lambda: len(tried) > 4, "several tries")
        assert running.watches == [watch]
        assert alive(watch)
        assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors, "each try gives back what it opened"
    until(lambda: len(running.servers) == 2, "server's restart")
    until(lambda: running.pids()[1] != standby, "another standing by")
    os.kill(watch, signal.SIGKILL)
    until(lambda: len(running.watches) == 2, "replacement")


def test_a_watch_that_dies_while_nothing_can_be_started_is_replaced_and_later_made_up_for(running, monkeypatch):
    until((running.folder / "run/pids").exists, "pids")
    standby = running.pids()[1]
    until(lambda: standby in lines(running.folder / "stood_by"), "its first beat")
    with monkeypatch.context() as patch:
        patch.setattr(
            supervisor.subprocess, "Popen", lambda *_words, **_how: (_ for _ in ()).throw(OSError(12, "no memory"))
        )
        os.kill(running.watches[0], signal.SIGKILL)
        until(lambda: running.watches[1:] == [standby], "the one that stood by goes")
    until(lambda: running.pids()[1] not in running.watches, "another standing by")


def test_a_full_disk_under_the_processes_numbers_ends_nobody(running, monkeypatch):
    until((running.folder / "run/pids").exists, "pids")
    watch = running.watches[0]

    def full(*_words, **_how):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        os.kill(running.servers[0], signal.SIGKILL)
        until(lambda: len(running.servers) == 2, "server's restart")
    assert alive(watch)
    assert running.thread.is_alive()


def test_a_beat_that_nobody_reads_keeps_no_child_waiting():
    """The supervisor hangs for hours: the pipe is full, and the watch goes on."""
    reading, writing = os.pipe()
    lifeline = Lifeline(None, writing)
    for _ in range(100_000):
        lifeline.beat()
    os.close(reading)
    lifeline.beat()
    os.close(writing)


def test_stopping_leaves_no_process_behind(running):
    until((running.folder / "run/pids").exists, "pids")
    pids = running.pids()
    running.stopping.set()
    running.thread.join(LONG_S)
    assert running.code == [0]
    assert not [pid for pid in pids if alive(pid)]


def test_a_second_supervisor_on_the_same_folder_is_refused(running):
    second = Range(running.folder)
    with pytest.raises(Conflict, match="already runs on this data folder"):
        second.supervisor.run(lambda: True)


def test_a_server_that_cannot_start_ends_it_with_its_own_exit_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    supervisor = Supervisor(
        watch=[sys.executable, "-c", WATCH],
        server=[sys.executable, "-c", "raise SystemExit(7)"],
        environment=os.environ,
        run_folder=tmp_path / "run",
        monotonic=time.monotonic,
        lifeline=Lifeline(None),
    )
    assert supervisor.run(lambda: False) == 7
