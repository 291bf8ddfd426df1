"""Which sockets a process holds open to others than this machine, as the kernel has it (Linux: /proc)."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TCP_LISTEN: Final = "0A"
_UDP_BOUND: Final = "07"


@dataclass(frozen=True, slots=True)
class Listener:
    protocol: str  # tcp or udp
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.protocol} {self.address}:{self.port}"


def open_beyond_loopback(pid: int, proc: Path = Path("/proc")) -> list[Listener]:
    """TCP ports that it listens on and UDP ports that anybody may send to, whose address isn't a loopback one."""
    own = set(_socket_inodes(proc / str(pid) / "fd"))
    found = [
        listener
        for table in ("tcp", "udp", "tcp6", "udp6")
        for listener, inode in _rows(proc / str(pid) / "net" / table, table[:3])
        if inode in own and not ipaddress.ip_address(listener.address).is_loopback
    ]
    return sorted(found, key=lambda listener: (listener.protocol, listener.port))


def _socket_inodes(folder: Path) -> Iterator[str]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return  # it has ended
    for entry in entries:
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # closed meanwhile
        if target.startswith("socket:["):
            yield target[len("socket:[") : -1]


def _rows(table: Path, protocol: str) -> Iterator[tuple[Listener, str]]:
    """(local end, inode) of each socket that waits for strangers. A connected UDP socket's state is 01."""
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except OSError:
        return  # no IPv6 here, or it has ended
    for line in lines:
        fields = line.split()
        host, _, port = fields[1].partition(":")
        if fields[3] == (_TCP_LISTEN if protocol == "tcp" else _UDP_BOUND):
            yield Listener(protocol, _address(host), int(port, 16)), fields[9]


def _address(text: str) -> str:
    """The kernel prints an address as 32-bit words in the machine's byte order. Source: proc(5)."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
