"""The machine that the figures are of, kept once beside them: what it is, and how fast it is today by two plain measures."""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES: Sequence[str] = (
    "rangeops", "pymavlink", "dronekit2", "numpy", "shapely", "sqlalchemy", "fastapi", "uvicorn", "textual", "msgspec", "ortools",
    "nats-py", "psycopg", "typst",
)  # fmt: skip
LOOPS = 200_000
SYNCS = 50
SYNCED_BYTES = 32 * 1024


@dataclass(frozen=True)
class Machine:
    """python_us: a thousand turns of a loop in plain Python, the least of nine. sync_ms: 32 kB written and synced where
    temporary files go, median. packages: those that the figures depend on, as they are installed.
    """

    cpu: str
    cores: int
    memory_gb: float
    system: str
    python: str
    disk: str
    python_us: float
    sync_ms: float
    load: float
    packages: Mapping[str, str]


def this_machine() -> Machine:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "") if Path("/etc/os-release").exists() else ""
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(memory / 2**30, 1),
        system=f"{platform.system()} {platform.release()} {platform.machine()}, {release}".rstrip(", "),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        disk=_file_system(tempfile.gettempdir()),
        python_us=round(_python_us(), 1),
        sync_ms=round(_sync_ms(), 2),
        load=round(os.getloadavg()[0], 1),
        packages={name: _version(name) for name in PACKAGES},
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _file_system(folder: str) -> str:
    """Of the longest mount point that the folder lies under."""
    mounts = (line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines())
    return max((point, kind) for point, kind in mounts if Path(folder).is_relative_to(point))[1]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _python_us() -> float:
    taken = []
    for _ in range(9):
        began_s, total = time.perf_counter(), 0
        for number in range(LOOPS):
            total += number & 7
        taken.append((time.perf_counter() - began_s) / LOOPS * 1e9)
    return min(taken)


def _sync_ms() -> float:
    taken = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(SYNCS):
            began_s = time.perf_counter()
            file.write(bytes(SYNCED_BYTES))
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began_s) * 1e3)
    return statistics.median(taken)
