"""The processes of a rehearsal: a range of its own (watch and server) and a simulator, in a data folder of their own."""

import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from rangeops.background import Background
from rangeops.settings import Settings


class Processes:
    """ardupilot: its own binaries fly the scenario, in the simulator's place."""

    def __init__(
        self, settings: Settings, scenario: Path, environment: Mapping[str, str], *, ardupilot: bool = False
    ) -> None:
        self.settings = settings
        self.scenario = scenario.resolve()
        self.folder = settings.run_folder  # where the simulator makes its serial ports
        self.control = settings.socket("sim")
        self.truth = settings.data / "truth.jsonl"
        self.udp_port = free_udp_port()
        self._backend = ["--backend", "ardupilot"] if ardupilot else []
        self._background = Background(settings, environment)
        self._struck = False

    def __enter__(self) -> Self:
        self._background.__enter__()
        try:
            self._background.start("range", ["serve"])
            where = ["--control", str(self.control), "--truth", str(self.truth), "--udp-port", str(self.udp_port)]
            self._background.start("simulator", ["sim", "run", str(self.scenario), *where, *self._backend])
            self._background.wait_for(self.settings.server_file.exists, "the server")
            self._background.wait_for(self.control.exists, "the simulator")
        except BaseException:
            self._background.__exit__(None, None, None)
            raise
        return self

    def strike(self, name: str) -> None:
        """Kill the watch or the server, and keep the supervisor from starting it again until `relieve`."""
        os.kill(self._background.pid("range"), signal.SIGSTOP)
        self._struck = True
        pids = dict(line.split() for line in (self.folder / "pids").read_text(encoding="ascii").splitlines())
        os.kill(int(pids[name]), signal.SIGKILL)

    def relieve(self) -> None:
        """Let the supervisor find out, and do what it is there for."""
        if self._struck:
            self._struck = False
            os.kill(self._background.pid("range"), signal.SIGCONT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.relieve()  # who is stopped doesn't hear that it is to end
        self._background.__exit__(kind, error, trace)


def free_udp_port() -> int:
    """A port that nothing listens on just now: 14550 may be a ground station's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
