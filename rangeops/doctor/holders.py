"""Who holds a port or a device, as far as /proc tells: root sees everybody's, a user only his own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_LISTENS: Final = "0A"  # a TCP socket's state in /proc/net/tcp
_UNCONNECTED: Final = "07"  # a UDP socket's


@dataclass(frozen=True, slots=True)
class Holder:
    name: str
    pid: int

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def holders(kind: str, port: int, *, proc: Path = PROC) -> tuple[Holder, ...]:
    """Processes that listen on a port of any address. kind: tcp or udp. Empty where /proc doesn't tell."""
    wanted = _LISTENS if kind == "tcp" else _UNCONNECTED
    links = set()
    for table in (proc / "net" / kind, proc / "net" / f"{kind}6"):
        for local, state, inode in _sockets(table):
            if state == wanted and int(local.rpartition(":")[2], 16) == port:
                links.add(f"socket:[{inode}]")
    return _with_open(links, proc) if links else ()


def holders_of_device(device: str, *, proc: Path = PROC) -> tuple[Holder, ...]:
    """Processes that have a device open."""
    return _with_open({os.path.realpath(device)}, proc)


def runs(name: str, *, proc: Path = PROC) -> bool:
    """Whether a process of this name runs."""
    return any(_name(folder) == name for folder in proc.glob("[0-9]*"))


def _sockets(table: Path) -> Iterator[tuple[str, str, str]]:
    """Local address, state and inode of each, in hexadecimal but the inode."""
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return  # a kernel without IPv6
    for line in lines:
        words = line.split()
        yield words[1], words[3], words[9]


def _with_open(links: set[str], proc: Path) -> tuple[Holder, ...]:
    """Who has one of these open."""
    found = []
    for folder in sorted(proc.glob("[0-9]*"), key=lambda each: int(each.name)):
        try:
            opened = {str(each.readlink()) for each in (folder / "fd").iterdir()}
        except OSError:
            continue  # another user's, or it has ended meanwhile
        if links & opened:
            found.append(Holder(_name(folder), int(folder.name)))
    return tuple(found)


def _name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""  # it has ended meanwhile
