"""Our own processes behind a screen or a rehearsal: started, waited for, ended, and never left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rangeops.domain.errors import Unavailable
from rangeops.lifeline import LifelineHolder
from rangeops.settings import Settings

START_S: Final = 60.0  # with cold disks, on a small or a busy machine
END_S: Final = 12.0  # a supervisor itself gives its children 5 s
_LOOK_S: Final = 0.05


class Background:
    """`rangeops …` processes of one data folder; each holds our lifeline, so that it ends however we go."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment
        self._holder = LifelineHolder()
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        try:
            for folder in (self._settings.data, self._settings.run_folder, self._settings.log_folder):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(
                f"the data folder can't be made ({error.strerror})",
                where=str(self._settings.data),
                do="Give another with --data.",
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
        for _, process in self._running:
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._holder.close()

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Run `rangeops ARGUMENTS`, its output to logs/NAME.log, its working folder the run folder."""
        with (self._settings.log_folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-m", "rangeops", *arguments],
                cwd=self._settings.run_folder,
                env={**self._environment, **self._holder.environment()},
                pass_fds=(self._holder.child_fd,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running.append((name, process))

    def pid(self, name: str) -> int:
        return next(process.pid for running, process in self._running if running == name)

    def wait_for(self, there: Callable[[], bool], what: str) -> None:
        """Until `there`. Raises Unavailable, with the last words of a process that ended, or after START_S."""
        deadline_s = time.monotonic() + START_S
        while not there():
            for name, process in self._running:
                if process.poll() is not None:
                    raise self._unavailable(f"the {name} ended: {self._last_words(name)}")
            if time.monotonic() > deadline_s:
                raise self._unavailable(f"{what} did not start within {START_S:.0f} s")
            time.sleep(_LOOK_S)

    def _last_words(self, name: str) -> str:
        lines = (self._settings.log_folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("rangeops: ") if lines else "it said nothing"

    def _unavailable(self, what: str) -> Unavailable:
        return Unavailable(what.removesuffix("."), where="starting", do=f"See the logs in {self._settings.log_folder}.")


def own_processes(run_folder: Path) -> frozenset[int]:
    """Of the range that runs on this data folder, as its supervisor notes them. A power cut leaves numbers behind, of nobody."""
    try:
        lines = (run_folder / "pids").read_text(encoding="ascii").splitlines()
        return frozenset(int(line.split()[1]) for line in lines)
    except (OSError, ValueError, IndexError):
        return frozenset()  # none runs, or none that has noted its own


def lives(pid: int) -> bool:
    """Whether a process of this machine has that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True
