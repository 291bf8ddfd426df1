"""Python, the programs that a checkout needs, folders that every program needs, and the clock."""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import rangeops
from rangeops.bootstrap.parts import clock as ours
from rangeops.doctor.finding import Finding, fine, wanting

OLDEST_PYTHON: Final = (3, 11)
_NTP_FLAGS: Final = (Path("/run/systemd/timesync/synchronized"), Path("/run/chrony"))
_TIMEX_BYTES: Final = 256  # struct timex has 208 on 64-bit Linux
_TIME_ERROR: Final = 5  # adjtimex's answer where nothing keeps the clock right
_SLACK: Final = timedelta(days=1)


def machine() -> Iterator[Finding]:
    yield python()
    yield tools()
    yield working_folder()
    yield temporary_folder()
    yield from clocks(ours().utc)


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    shown = ".".join(str(part) for part in version)
    ok = version[:2] >= OLDEST_PYTHON
    return Finding(f"Python {shown}", ok, "everything", "Install Python 3.11 or newer.", needed=True)


def tools(which: Callable[[str], str | None] = shutil.which) -> Finding:
    missing = [name for name in ("make", "git") if which(name) is None]
    return Finding(
        f"{' and '.join(missing)} not found" if missing else "make and git",
        not missing,
        "`make demo`, `make test` and newer versions, in a checkout",
        f"Install {' and '.join(missing)} (Debian: apt install {' '.join(missing)}).",
    )


def working_folder() -> Finding:
    try:
        Path.cwd()
    except OSError:
        return wanting(
            "this shell's folder is gone",
            "files and a data folder that are named from here",
            "Change to one that is there, as `cd`.",
        )
    return fine("this shell's folder", "files that are named from here")


def temporary_folder() -> Finding:
    for_what = "drills, restoring a backup, data folders with long names"
    try:
        folder = tempfile.gettempdir()
    except OSError:
        return wanting(
            "no temporary folder",
            for_what,
            "Make /tmp writable (mode 1777), or name another with TMPDIR.",
        )
    if os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return wanting(
            f"temporary folder {folder}: no programs may run there (noexec)",
            "pip where a package has to be built; rangeops runs nothing there",
            "Name another with TMPDIR while you install.",
        )
    return fine(f"temporary folder {folder}", for_what)


def clocks(now: datetime, *, synchronised: Callable[[], bool] | None = None) -> Iterator[Finding]:
    installed = datetime.fromtimestamp(Path(rangeops.__file__).stat().st_mtime, now.tzinfo)
    yield Finding(
        f"clock {now:%Y-%m-%d %H:%M} UTC",
        now > installed - _SLACK,
        "slots, papers, certificates, the record",
        f"It is earlier than {installed:%Y-%m-%d}, when this program was installed: set it, as `sudo timedatectl set-ntp true`.",
    )
    yield Finding(
        "clock synchronised",
        (synchronised or _kept_right)(),
        "times in the record that others can hold against theirs",
        "Run an NTP client (systemd-timesyncd or chrony).",
    )


def _kept_right() -> bool:
    """What the kernel says of its clock, whoever keeps it; where it may not be asked, whether an NTP client is there."""
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))  # zeros: only ask
    if state < 0:
        return any(flag.exists() for flag in _NTP_FLAGS)
    return bool(state != _TIME_ERROR)
