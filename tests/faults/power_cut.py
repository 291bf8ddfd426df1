"""What a power cut may leave of a folder: the writes and syncs of a real process, replayed up to any point.

The process runs under strace(1). The model is that of a disk with a volatile cache under a file system that journals its metadata
in order (ext4, XFS): what was synced is there; of each write that was not, all, nothing, or its first sectors of 512 bytes are,
whatever became of those before it; of names made, replaced and removed since their folder was synced, a beginning is.
"""

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from promised import NotHere

SECTOR: Final = 512
_CALLS: Final = "openat,close,write,pwrite64,lseek,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir"
_LINE: Final = re.compile(r"^(?P<pid>\d+) +(?P<rest>.*)$", re.DOTALL)
_CALL: Final = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)", re.DOTALL)
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FD: Final = re.compile(r"^(-?\d+|AT_FDCWD)(?:<([^>]*)>)?")
_LONGEST_S: Final = 120


@dataclass
class Inode:
    """durable: on the disk for sure. live: as the process sees it. pending: (offset, bytes), or (size, None) for a cut to size."""

    durable: bytes = b""
    live: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        _put(self.live, offset, data)
        self.pending.append((offset, data))

    def cut(self, size: int) -> None:
        _cut(self.live, size)
        self.pending.append((size, None))

    def sync(self) -> None:
        self.durable, self.pending = bytes(self.live), []

    def left(self, chance: random.Random) -> bytes:
        """What may be there after the power went."""
        content = bytearray(self.durable)
        for offset, data in self.pending:
            if data is None:
                if chance.random() < 0.5:
                    _cut(content, offset)
                continue
            fate = chance.random()
            if fate < 0.4:
                _put(content, offset, data)
            elif fate < 0.7:
                _put(content, offset, data[: SECTOR * chance.randrange(0, len(data) // SECTOR + 1)])
        return bytes(content)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if data:
        content.extend(b"\0" * (offset - len(content)))
        content[offset : offset + len(data)] = data


def _cut(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(b"\0" * (size - len(content)))


class Disk:
    """A folder as strace saw it change. said: what the process wrote to its standard output so far, in pieces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[bytes] = []
        self.names: dict[str, Inode] = {}
        for path in folder.rglob("*"):
            if path.is_file():
                inode = self.names[str(path)] = Inode(path.read_bytes())
                inode.live = bytearray(inode.durable)
        self.durable_names = dict(self.names)
        self.renamings: list[tuple[str, Inode | None]] = []  # since the last sync of a folder
        self._open: dict[int, tuple[Inode, int, bool]] = {}  # descriptor -> (inode, position, appending)

    def replay(self, trace: Path) -> Iterator[int]:
        """The number of each call that changed something, once it is done."""
        for number, (name, arguments, result) in enumerate(calls(trace)):
            if result >= 0 and self._done(name, arguments, result):
                yield number

    def left(self, where: Path, chance: random.Random) -> None:
        """Write what may be left into another folder."""
        names = dict(self.durable_names)
        for name, inode in self.renamings[: chance.randint(0, len(self.renamings))]:
            _name(names, name, inode)
        shutil.rmtree(where, ignore_errors=True)
        for name, inode in names.items():
            path = where / Path(name).relative_to(self.folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(inode.left(chance))
            path.chmod(0o600)

    def _rename(self, name: str, inode: Inode | None) -> None:
        _name(self.names, name, inode)
        self.renamings.append((name, inode))

    def _done(self, name: str, arguments: str, result: int) -> bool:
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        descriptor, path = _described(arguments)
        if name.startswith(("rename", "link", "unlink")):
            return self._named(name, *(text.decode() for text in texts))
        if name == "openat":
            return self._opened(texts[0].decode(), arguments, result)
        if name in ("fsync", "fdatasync") and path is not None and Path(path).is_dir():
            self.durable_names, self.renamings = dict(self.names), []
            return path.startswith(str(self.folder))
        if name == "write" and descriptor == 1:
            self.said.append(texts[0])
            return True
        return self._on_file(name, arguments, descriptor, texts, result)

    def _named(self, name: str, old: str, new: str = "") -> bool:
        if (inode := self.names.get(old)) is None:
            return False
        if new:
            self._rename(new, inode)
        if not name.startswith("link"):
            self._rename(old, None)
        return True

    def _opened(self, path: str, arguments: str, result: int) -> bool:
        path = os.path.abspath(path) if path.startswith("/") else path  # noqa: PTH100  # a name, not a file of today
        if not path.startswith(str(self.folder)) or "O_DIRECTORY" in arguments:
            return False
        changed = False
        inode = self.names.get(path)
        if inode is None:
            if "O_CREAT" not in arguments:
                return False
            inode, changed = Inode(), True
            self._rename(path, inode)
        elif "O_TRUNC" in arguments:
            inode.cut(0)
            changed = True
        self._open[result] = (inode, 0, "O_APPEND" in arguments)
        return changed

    def _on_file(self, name: str, arguments: str, descriptor: int, texts: list[bytes], result: int) -> bool:
        if descriptor not in self._open:
            return False
        inode, position, appending = self._open[descriptor]
        if name == "close":
            del self._open[descriptor]
            return False
        if name == "lseek":
            self._open[descriptor] = (inode, result, appending)
            return False
        if name in ("fsync", "fdatasync"):
            inode.sync()
        elif name == "ftruncate":
            inode.cut(int(arguments.rsplit(",", 1)[1]))
        elif name == "pwrite64":
            inode.write(int(arguments.rsplit(",", 1)[1]), texts[0][:result])
        elif name == "write":
            offset = len(inode.live) if appending else position
            inode.write(offset, texts[0][:result])
            self._open[descriptor] = (inode, offset + result, appending)
        return True


def _name(names: dict[str, Inode], name: str, inode: Inode | None) -> None:
    if inode is None:
        names.pop(name, None)
    else:
        names[name] = inode


def _described(arguments: str) -> tuple[int, str | None]:
    """The descriptor that a call begins with, and the path that it stands for."""
    found = _FD.match(arguments)
    if found is None or found[1] == "AT_FDCWD":
        return -1, None
    path = found[2]
    return int(found[1]), bytes.fromhex(path.replace("\\x", "")).decode() if path and path.startswith("\\x") else path


def calls(trace: Path) -> Iterator[tuple[str, str, int]]:
    """(name, arguments, result) of each finished call, in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in trace.read_text(encoding="ascii").splitlines():
        pid, rest = _LINE.match(line).group("pid", "rest")  # type: ignore[union-attr]  # every line of strace -f has one
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        if rest.startswith("<..."):
            rest = begun.pop(pid) + rest.partition("resumed>")[2]
        if (call := _CALL.match(rest)) is not None:
            yield call["name"], call["arguments"], int(call["result"])


def traced(program: Path, *arguments: str, trace: Path) -> None:
    """Run it under strace. Raises NotHere where there is none, or it may not."""
    if shutil.which("strace") is None:
        raise NotHere("strace is not installed")
    command = ["strace", "-f", "-y", "-xx", "-s", "16777216", "-o", str(trace), "-e", f"trace={_CALLS}"]
    done = subprocess.run(
        [*command, sys.executable, str(program), *arguments], capture_output=True, timeout=_LONGEST_S, check=False
    )
    if done.returncode and b"ptrace" in done.stderr:
        raise NotHere("strace may not trace here")
    assert done.returncode == 0, done.stderr.decode()[-800:]
