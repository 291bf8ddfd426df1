"""Pipes between parent and child, named in the child's environment.

The lifeline: when the parent is gone, however it went, the child sees it and ends.
"""

import os
import select
from typing import Final

VARIABLE: Final = "RANGEOPS_LIFELINE_FD"
GO_VARIABLE: Final = "RANGEOPS_GO_FD"  # a watch stands by until it can read a byte there
BEAT_VARIABLE: Final = "RANGEOPS_BEAT_FD"  # where it writes one, as long as its loop turns


class Lifeline:
    """The child's end. fd None: the process was started by a person and has no parent to follow."""

    def __init__(self, fd: int | None) -> None:
        self.fd = fd

    @classmethod
    def from_environment(cls) -> "Lifeline":
        """What the parent passed on; taken out of the environment, since it isn't our children's."""
        value = os.environ.pop(VARIABLE, "")
        return cls(int(value) if value.isdigit() else None)

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
