"""A disk that takes nothing more, under processes that run: a tmpfs that is filled, an ext4 that turns read-only, or a limit
on what they may write.

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

    def take_again(self, pids: list[int]) -> bool:
        """False: it can't while they run; `mend` does, once they have ended."""

    def mend(self) -> None: ...


class Limited:
    name = "no file may grow"
    alarms = frozenset(["recorder", "server"])

    def refuse(self, pids: list[int]) -> None:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def take_again(self, pids: list[int]) -> bool:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return True

    def mend(self) -> None:
        """Nothing is broken."""


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

    def take_again(self, pids: list[int]) -> bool:
        del pids
        self._filler.unlink()
        return True

    def mend(self) -> None:
        """Nothing is broken."""


class BrokenDisk:
    """An ext4 with errors=remount-ro, told of an error: what a dying disk looks like. It is mounted anew to write again."""

    name = f"an ext4 of {SIZE_MB} MB, turned read-only"
    alarms = frozenset(["recorder"])

    def __init__(self, image: Path, place: Path, device: str) -> None:
        self._image = image
        self._place = place
        self._trigger = Path("/sys/fs/ext4") / device / "trigger_fs_error"

    def refuse(self, pids: list[int]) -> None:
        del pids
        self._trigger.write_text("1")

    def take_again(self, pids: list[int]) -> bool:
        del pids
        return False

    def mend(self) -> None:
        assert _run("umount", str(self._place)), "somebody has a file on it open still"
        _run("fsck.ext4", "-p", str(self._image))  # its exit code tells what it mended
        assert _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self._place))


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
        _move(data, place)
        yield SmallDisk(place)
    finally:
        _run("umount", "--lazy", str(place))


@contextmanager
def breaking_disk(data: Path) -> Iterator[Disk]:
    """Likewise on an ext4 in a file, which turns read-only; where none can be mounted, a limit on its processes."""
    place, image = data.with_name(f"{data.name}-disk"), data.with_name(f"{data.name}.img")
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE_MB << 20)
    made = os.geteuid() == 0 and _run("mkfs.ext4", "-q", str(image))
    if not made or not _run("mount", "-o", "loop,errors=remount-ro", str(image), str(place)):
        yield Limited()
        return
    try:
        device = place.stat().st_dev
        name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
        _move(data, place)
        yield BrokenDisk(image, place, name)
    finally:
        _run("umount", "--lazy", str(place))


def _move(data: Path, place: Path) -> None:
    data.mkdir(exist_ok=True)
    for name in _MOVED:
        if "." not in name:
            (place / name).mkdir(mode=0o700)
        (data / name).symlink_to(place / name)


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
