"""The processes of a rehearsal: a range of its own (watch and server) and a simulator, in a data folder of their own."""

import socket
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

START_S: Final = 20.0
END_S: Final = 12.0  # the supervisor itself gives its children 5 s
_LOOK_S: Final = 0.05


class Processes:
    """Starts on entry, ends on exit, and ends with this process however that goes: each child holds our lifeline."""

    def __init__(self, settings: Settings, scenario: Path, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._scenario = scenario.resolve()
        self._environment = environment
        self.folder = settings.run_folder
        self.control = settings.socket("sim")
        self.truth = settings.data / "truth.jsonl"
        self.udp_port = free_udp_port()
        self._holder = LifelineHolder()
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._settings.log_folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(
                f"the data folder can't be made ({error.strerror})",
                where=str(self._settings.data),
                do="Give another with --data.",
            ) from error
        try:
            data = ["--data", str(self._settings.data)]
            self._start("range", [*data, "serve", "--port", "0", "--simulation"])
            sim = ["--control", str(self.control), "--truth", str(self.truth), "--udp-port", str(self.udp_port)]
            self._start("simulator", [*data, "sim", "run", str(self._scenario), *sim])
            self._await(self._settings.server_file.exists, "the server")
            self._await(self.control.exists, "the simulator")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _start(self, name: str, arguments: Sequence[str]) -> None:
        log = (self._settings.log_folder / f"{name}.log").open("ab")
        with log:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-m", "rangeops", *arguments],
                cwd=self.folder,  # the simulator makes its pty links here
                env={**self._environment, **self._holder.environment()},
                pass_fds=(self._holder.child_fd,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running.append((name, process))

    def _await(self, there: Callable[[], bool], what: str) -> None:
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
        return Unavailable(what, where="the demo", do=f"See the logs in {self._settings.log_folder}.")

    def _end(self) -> None:
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


def free_udp_port() -> int:
    """A port that nothing listens on just now: 14550 may be a ground station's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
