"""Keeps watch and server running, each for its own faults.

The watch must be back on the air before a vehicle's own 5 s GCS failsafe acts, and loading its imports takes about a
second: so a second watch process stands by, loaded, holding no link and no order, until it is told to go. A watch that
has been silent for WATCH_SILENT_S is dead, whether it crashed, hangs or was stopped: it is killed first, so that two
never command one vehicle, and then the one standing by goes. That one beats too, or it would be found out when it is needed;
and so does the server, whose work can wait longer.
"""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final, TypeVar

import structlog

from rangeops.domain.errors import Conflict, Unavailable
from rangeops.lifeline import BEAT_VARIABLE, GO_VARIABLE, GOES_ON, STANDS_BY, Lifeline, LifelineHolder

WATCH_SILENT_S: Final = 1.0  # a beat comes five times a second
FIRST_BEAT_S: Final = 10.0  # from "go" to the first beat, on a slow disk
LOADED_S: Final = 60.0  # of a watch that is to stand by: from its start to its first beat, on a slow machine
STANDBY_SILENT_S: Final = 3.0  # it beats twice a second, and has nothing else to do
SERVER_SILENT_S: Final = 20.0  # a beat comes each second; a busy machine's server mustn't be taken for dead
SERVER_BEGINS_S: Final = 600.0  # from its start to its first beat: a database may have to be brought up
SERVER_BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
SERVER_STEADY_S: Final = 30.0  # ran this long: its next death starts the backoff anew
END_S: Final = 5.0  # SIGTERM to SIGKILL
START_AGAIN_S: Final = 1.0  # after this machine couldn't start one: no memory, no process, no file left
GO: Final = b"g"

_log = structlog.get_logger("supervisor")


class Beating:
    """A child that beats on a pipe, and is dead once it has been silent for too long, whatever it does."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        fds: Sequence[int],
        silent_s: float,
        until_s: float,
    ) -> None:
        """until_s: when the first beat must have come."""
        self.beat_fd, beat_write = os.pipe()
        os.set_blocking(self.beat_fd, False)
        try:
            self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                command,
                env={**environment, BEAT_VARIABLE: str(beat_write)},
                pass_fds=(beat_write, *fds),
                start_new_session=True,  # Ctrl+C is the supervisor's to act on
            )
        except OSError:
            os.close(self.beat_fd)
            raise
        finally:
            os.close(beat_write)
        self.beat = GOES_ON
        self.silent_s = silent_s
        self.deadline_s = until_s

    def read_beats(self, now_s: float) -> None:
        with contextlib.suppress(BlockingIOError):
            if self.beat in os.read(self.beat_fd, 4096):
                self.deadline_s = now_s + self.silent_s

    def dead(self, now_s: float) -> bool:
        """Ended, or silent for too long."""
        return self.process.poll() is not None or now_s > self.deadline_s

    def end(self, signal_number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal_number)

    def reap(self) -> None:
        self.process.wait()
        os.close(self.beat_fd)


AnyBeating = TypeVar("AnyBeating", bound=Beating)


class WatchProcess(Beating):
    """One watch, standing by or going. It reads one byte before it opens anything."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], lifeline_fd: int, now_s: float) -> None:
        go_read, self._go_write = os.pipe()
        environment = {**environment, GO_VARIABLE: str(go_read)}
        try:
            super().__init__(command, environment, (go_read, lifeline_fd), STANDBY_SILENT_S, now_s + LOADED_S)
        except OSError:
            os.close(self._go_write)
            raise
        finally:
            os.close(go_read)
        self.beat = STANDS_BY

    def go(self, now_s: float) -> None:
        with contextlib.suppress(BrokenPipeError):  # it died standing by; the next look replaces it
            os.write(self._go_write, GO)
        self.beat, self.silent_s, self.deadline_s = GOES_ON, WATCH_SILENT_S, now_s + FIRST_BEAT_S

    def reap(self) -> None:
        super().reap()
        os.close(self._go_write)


class Supervisor:
    """`run` returns when asked to stop, when its own parent is gone, or when the server can't start at all."""

    def __init__(
        self,
        *,
        watch: Sequence[str],
        server: Sequence[str],
        environment: Mapping[str, str],
        run_folder: Path,
        monotonic: Callable[[], float],
        lifeline: Lifeline,
        ready: str = "server.json",
        answers: Callable[[], None] | None = None,
        begins_s: float = SERVER_BEGINS_S,
    ) -> None:
        """server: what serves the watch, which is a bridge on a watch node. ready: the file it writes once it does.
        begins_s: how long that may take.

        answers: called once, when that file is there for the first time.
        """
        self._watch_command = watch
        self._server_command = server
        self._environment = environment
        self._run_folder = run_folder
        self._server_file = run_folder / ready
        self._monotonic = monotonic
        self._lifeline = lifeline
        self._answers = answers
        self._begins_s = begins_s
        self._holder = LifelineHolder()
        self._server_deaths = 0
        self._start_again_s = float("-inf")

    def run(self, stop: Callable[[], bool]) -> int:
        """The exit code to end with. Raises Conflict where the data folder is in use, Unavailable where it can't be."""
        with self._only_one():
            self._server_file.unlink(missing_ok=True)  # of a run that didn't end in order
            self._going = self._new_watch()
            self._standby = self._new_watch()
            self._server = self._new_server()
            try:
                return self._supervise(stop)
            finally:
                self._end_all()

    def _supervise(self, stop: Callable[[], bool]) -> int:
        self._going.go(self._monotonic())
        self._note_pids()
        while not (stop() or self._lifeline.cut()):
            select.select([self._going.beat_fd], [], [], 0.1)
            now_s = self._monotonic()
            for each in (self._going, self._standby, self._server):
                each.read_beats(now_s)
            if self._going.dead(now_s):
                self._replace_watch(now_s)
            elif self._standby.dead(now_s) and now_s >= self._start_again_s:
                _log.error("the watch that stands by is gone", silent=self._standby.process.poll() is None)
                self._replace_standby(now_s)
            if self._answers is not None and self._server_file.exists():
                self._answers()
                self._answers = None
            if self._server.dead(now_s) and self._server.process.poll() is None:
                _log.error("server is silent")
                self._server.end(signal.SIGKILL)
                self._server.process.wait()
            code = self._server.process.poll()
            if code is not None and (fatal := self._server_ended(code, now_s)) is not None:
                return fatal
        return 0

    def _replace_watch(self, now_s: float) -> None:
        silent = self._going.process.poll() is None
        _log.error("watch is gone", silent=silent, code=self._going.process.returncode)
        self._going.end(signal.SIGKILL)
        self._going.process.wait()  # two watches must never command one vehicle
        self._going, self._standby = self._standby, self._going
        self._going.go(now_s)
        self._replace_standby(now_s)

    def _replace_standby(self, now_s: float) -> None:
        """The one that is gone stays in its place until another could be started."""
        self._standby.end(signal.SIGKILL)
        if (watch := self._started(self._new_watch, now_s)) is not None:
            self._standby.reap()
            self._standby = watch
            self._note_pids()

    def _started(self, start: Callable[[], AnyBeating], now_s: float) -> AnyBeating | None:
        """None where this machine can't now: whoever enforces goes on, and it is tried again in a while."""
        try:
            return start()
        except OSError as error:
            _log.error("can't be started", error=str(error))
            self._start_again_s = now_s + START_AGAIN_S
            return None

    def _server_ended(self, code: int, now_s: float) -> int | None:
        """Start it again after a while; None to go on. A server that never listened has said why: end with its code."""
        never_listened = self._server_deaths == 0 and now_s - self._server_started_s < SERVER_STEADY_S
        if never_listened and code > 0 and not self._server_file.exists():
            return code
        if now_s - self._server_started_s > SERVER_STEADY_S:
            self._server_deaths = 0
        wait_s = SERVER_BACKOFF_S[min(self._server_deaths, len(SERVER_BACKOFF_S) - 1)]
        if now_s - self._server_started_s < wait_s or now_s < self._start_again_s:
            return None
        _log.error("server is gone", code=code, deaths=self._server_deaths + 1)
        if (server := self._started(self._new_server, now_s)) is not None:
            self._server_deaths += 1
            self._server.reap()
            self._server = server
            self._note_pids()
        return None

    def _new_watch(self) -> WatchProcess:
        environment = {**self._environment, **self._holder.environment()}
        return WatchProcess(self._watch_command, environment, self._holder.child_fd, self._monotonic())

    def _new_server(self) -> Beating:
        """Its silence counts from its first beat, which it has more time for."""
        now_s = self._monotonic()
        environment = {**self._environment, **self._holder.environment()}
        server = Beating(
            self._server_command, environment, (self._holder.child_fd,), SERVER_SILENT_S, now_s + self._begins_s
        )
        self._server_started_s = now_s
        return server

    def _note_pids(self) -> None:
        """For `rangeops doctor` and for tests that kill one of them. Nothing hangs on it: a full disk ends nobody."""
        text = (
            f"watch {self._going.process.pid}\nstandby {self._standby.process.pid}\nserver {self._server.process.pid}\n"
        )
        partial = self._run_folder / "pids.new"
        try:
            partial.write_text(text, encoding="ascii")
            partial.replace(self._run_folder / "pids")
        except OSError as error:
            _log.error("the processes' numbers can't be written", error=str(error))

    def _end_all(self) -> None:
        self._going.end(signal.SIGTERM)
        self._standby.end(signal.SIGTERM)
        self._server.end(signal.SIGTERM)
        children = (self._going, self._standby, self._server)
        for each in children:
            try:
                each.process.wait(END_S)
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait()
        for each in children:
            each.reap()
        self._holder.close()
        (self._run_folder / "pids").unlink(missing_ok=True)

    @contextlib.contextmanager
    def _only_one(self) -> Iterator[None]:
        lock = _open_lock(self._run_folder)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict(
                    "rangeops already runs on this data folder",
                    where=str(self._run_folder.parent),
                    do="Use it with `rangeops`, stop it, or give another folder with --data.",
                ) from error
            yield
        finally:
            lock.close()


def runs(run_folder: Path) -> bool:
    """Whether a supervisor has this data folder, also while its server starts."""
    try:
        require_idle(run_folder, do="")
    except Conflict:
        return True
    return False


def require_idle(run_folder: Path, *, do: str) -> None:
    """Raises Conflict while a supervisor has this data folder. do: what else can be done."""
    if not (run_folder / "lock").exists():
        return
    with _open_lock(run_folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("a range runs on this data folder", where=str(run_folder.parent), do=do) from error


def _open_lock(run_folder: Path) -> IO[bytes]:
    try:
        run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (run_folder / "lock").open("ab")
    except OSError as error:
        raise Unavailable(
            f"the data folder can't be used ({error.strerror})",
            where=str(run_folder.parent),
            do="Make it readable and writable for you, or give another folder with --data.",
        ) from error
