"""A process on a pseudo-terminal: what a person's terminal would be sent, and how soon."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_ASKED_SYNCHRONISED = b"\x1b[?2026$p"  # "can you draw a frame at once?"
_ANSWER_SYNCHRONISED = b"\x1b[?2026;2$y"
_FRAME_ENDS = b"\x1b[?2026l"
_WHOLE_READ = 1 << 16


@dataclass(frozen=True)
class Watched:
    """What came in a time. frames: drawings that were sent as one."""

    bytes_: int
    frames: int
    wall_s: float
    cpu_s: float


class Terminal:
    """Answers as an up-to-date terminal does: it can draw frame by frame."""

    def __init__(self, command: Sequence[str], columns: int = 120, rows: int = 36, **environment: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "ESCDELAY")}
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            # Its size by name too: what a test runner has of its own would be believed before the terminal's.
            env={
                **kept,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "COLUMNS": str(columns),
                "LINES": str(rows),
                **environment,
            },
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, within_s: float) -> bytes:
        """What is there, or comes in time; nothing where nothing does."""
        if not select.select([self._master], [], [], within_s)[0]:
            return b""
        came = os.read(self._master, _WHOLE_READ)
        if _ASKED_SYNCHRONISED in came:
            os.write(self._master, _ANSWER_SYNCHRONISED)
        return came

    def read_until(self, *wanted: str, within_s: float = 20.0) -> bytes:
        """What came up to and with the first of `wanted`. Fails where none comes."""
        came, until = b"", time.monotonic() + within_s
        while (left := until - time.monotonic()) > 0:
            try:
                came += self.read(left)
            except OSError as error:
                raise AssertionError(f"it ended with {self.process.wait()}: {came[-2000:]!r}") from error
            if any(each.encode() in came for each in wanted):
                return came
        raise AssertionError(f"{wanted!r} did not come in {within_s} s: {came[-500:]!r}")

    def watch(self, seconds: float) -> Watched:
        """Read what comes for so long."""
        cpu_s, began_s = self.cpu_s(), time.monotonic()
        bytes_ = frames = 0
        tail = b""
        while (left := began_s + seconds - time.monotonic()) > 0:
            came = self.read(left)
            bytes_ += len(came)
            frames += (tail + came).count(_FRAME_ENDS)
            tail = (tail + came)[-len(_FRAME_ENDS) + 1 :]
        return Watched(bytes_, frames, time.monotonic() - began_s, self.cpu_s() - cpu_s)

    def cpu_s(self) -> float:
        """User and system time of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def press(self, keys: bytes) -> float:
        """When they were pressed."""
        at_s = time.monotonic()
        os.write(self._master, keys)
        return at_s

    def hang_up(self) -> None:
        """The terminal goes, the process doesn't hear of it but by reading and writing there."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self._master >= 0:
            os.close(self._master)
