"""The data folder: whether it can be used, how much room its disk has, and which release its database is of."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rangeops.bootstrap.parts import why_unusable
from rangeops.doctor.finding import Finding, fine, wanting
from rangeops.domain.errors import RangeopsError
from rangeops.settings import Settings

LEAST_FREE_MB: Final = 1000  # some weeks of a range with 20 vehicles: recordings are most of it
NONE_FREE_MB: Final = 16  # too little to begin with
NETWORKED: Final = frozenset(["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs", "fuse.glusterfs"])


def data_folder(settings: Settings) -> Iterator[Finding]:
    nearest = settings.data
    while not os.path.exists(nearest) and nearest != nearest.parent:  # noqa: PTH110  # false where none may look, too
        nearest = nearest.parent
    why, do = why_unusable(nearest)
    shown = f"data folder {settings.data}"
    yield Finding(f"{shown}: {why}" if why else shown, not why, "everything", do, needed=True)
    if why:
        return
    yield room(nearest)
    yield from networked(nearest)
    if settings.database_url or (settings.data / "rangeops.db").exists():
        yield database(settings)


def may_look_into(settings: Settings) -> bool:
    """Whether what it holds can be found, or that it holds nothing: another user's can't."""
    try:
        (settings.data / "any").stat()
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def room(folder: Path) -> Finding:
    disk = os.statvfs(folder)
    free_mb = disk.f_bavail * disk.f_frsize // 1_000_000
    full = free_mb < NONE_FREE_MB or (disk.f_files > 0 and disk.f_favail == 0)
    return Finding(
        f"disk {free_mb} MB free" + ("" if disk.f_files == 0 or disk.f_favail else ", and no file can be made"),
        not full and free_mb >= LEAST_FREE_MB,
        "recordings and the record: a full disk ends both, and is alarmed",
        f"Make room where {folder} lies, or give a folder on another disk with --data.",
        needed=full,
    )


def networked(folder: Path, mounts: Path = Path("/proc/mounts")) -> Iterator[Finding]:
    """Only where it lies on one: SQLite's locks don't hold there."""
    if (kind := _file_system(folder, mounts)) in NETWORKED:
        yield wanting(
            f"the data folder is on a network file system ({kind})",
            "a database that two programs can't damage: SQLite's locks don't hold there",
            "Give a folder on a local disk with --data, or use PostgreSQL (docs/store.md).",
        )


def database(settings: Settings) -> Finding:
    """Nothing is changed in it."""
    from rangeops.adapters.store.opening import schema_of  # no database is loaded where none is

    for_what = "everything that is booked, cleared and recorded"
    try:
        found, newest = schema_of(settings.database)
    except RangeopsError as error:
        return wanting(f"database: {error.what}", for_what, error.do, needed=True)
    if found == newest:
        return fine(f"database, schema {found}", for_what)
    return wanting(
        f"database, schema {found or 'none yet'}; this release's is {newest}",
        for_what,
        "Make a backup (`rangeops store backup`); the server brings it up when it starts.",
    )


def _file_system(folder: Path, mounts: Path) -> str:
    """Of the mount that holds it: the one with the longest name."""
    held, kind = "", ""
    here = f"{folder.resolve()}/"
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, place, found, *_ = line.split()
        place = place.replace("\\040", " ")
        if here.startswith(f"{place.rstrip('/')}/") and len(place) >= len(held):
            held, kind = place, found
    return kind
