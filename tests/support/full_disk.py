"""A disk that takes nothing more, under processes that run: a tmpfs that is filled, or a limit on what they may write.

The limit (RLIMIT_FSIZE at 0, set from outside) needs no rights: every write to a file fails then, log files too, whatever room
there is. It is what a full and a read-only disk have in common.
"""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

SIZE_MB: Final = 48
_MOVED: Final = ("rangeops.db", "watch", "tlogs", "checkpoints", "record-keys")  # of a data folder, onto the small disk


class Disk(Protocol):
    """name: for what is said of a run. alarms: whose "Recording fails" must stand while it takes nothing."""

    name: str
    alarms: frozenset[str]

    def refuse(self, pids: list[int]) -> None:
        """Take nothing more of these processes."""

    def take_again(self, pids: list[int]) -> None: ...


class Limited:
    name = "no file may grow"
    alarms = frozenset(["recorder", "server"])

    def refuse(self, pids: list[int]) -> None:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def take_again(self, pids: list[int]) -> None:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class SmallDisk:
    name = f"a tmpfs of {SIZE_MB} MB, filled"
    alarms = frozenset(["recorder"])  # a watch that can write nothing gives the server nothing to store

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def refuse(self, pids: list[int]) -> None:
        del pids  # whoever writes there
        if self._filler.exists():
            return
        with self._filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while file.write(b"\0" * size) == size:
                        pass
                except OSError:
                    continue  # not so much any more

    def take_again(self, pids: list[int]) -> None:
        del pids
        self._filler.unlink()


@contextmanager
def small_disk(data: Path) -> Iterator[Disk]:
    """The part of a data folder that is evidence on a tmpfs; where none can be mounted, a limit on its processes."""
    place = data.with_name(f"{data.name}-disk")
    place.mkdir()
    mounted = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "none", str(place))
    if not mounted:
        yield Limited()
        return
    try:
        data.mkdir(exist_ok=True)
        for name in _MOVED:
            if "." not in name:
                (place / name).mkdir(mode=0o700)
            (data / name).symlink_to(place / name)
        yield SmallDisk(place)
    finally:
        _run("umount", "--lazy", str(place))


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
