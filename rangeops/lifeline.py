"""Pipes between parent and child, named in the child's environment.

The lifeline: when the parent is gone, however it went, the child sees it and ends. The beat: as long as the child's loop turns,
the parent hears of it.
"""

import contextlib
import os
import select
from typing import Final

VARIABLE: Final = "RANGEOPS_LIFELINE_FD"
GO_VARIABLE: Final = "RANGEOPS_GO_FD"  # a watch stands by until it can read a byte there
BEAT_VARIABLE: Final = "RANGEOPS_BEAT_FD"  # where a child writes a beat, as long as its loop turns
GOES_ON: Final = b"."
STANDS_BY: Final = b"s"


class Lifeline:
    """The child's end. fd None: the process was started by a person and has no parent to follow; beat_fd None: nor to tell."""

    def __init__(self, fd: int | None, beat_fd: int | None = None) -> None:
        self.fd = fd
        self._beat_fd = beat_fd
        if beat_fd is not None:
            os.set_blocking(beat_fd, False)

    @classmethod
    def from_environment(cls) -> "Lifeline":
        """What the parent passed on; taken out of the environment, since it isn't our children's."""
        fd, beat_fd = (os.environ.pop(name, "") for name in (VARIABLE, BEAT_VARIABLE))
        return cls(int(fd) if fd.isdigit() else None, int(beat_fd) if beat_fd.isdigit() else None)

    def beat(self, beat: bytes = GOES_ON) -> None:
        """Tell the parent that we go on, or stand by. Never blocks: a parent that hangs reads nothing, and the pipe is full some day."""
        if self._beat_fd is not None:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(self._beat_fd, beat)

    def cut(self) -> bool:
        """Has the parent gone? Never blocks."""
        if self.fd is None:
            return False
        readable, _, _ = select.select([self.fd], [], [], 0)
        return bool(readable) and os.read(self.fd, 1) == b""


class LifelineHolder:
    """The parent's end: give `child_fd` to children (pass_fds and VARIABLE), keep the object for as long as they live."""

    def __init__(self) -> None:
        self.child_fd, self._held = os.pipe()

    def environment(self) -> dict[str, str]:
        return {VARIABLE: str(self.child_fd)}

    def close(self) -> None:
        os.close(self.child_fd)
        os.close(self._held)
