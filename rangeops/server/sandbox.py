"""What a process gives up before it reads what strangers sent: memory, time, files, network. Linux; docs/deployment.md.

Each layer stands by itself, and `confine` says which of them hold: limits of resources do everywhere, a network namespace
of its own and Landlock where the kernel lets an unprivileged process have them. Nothing here is undone again.
Sources: setrlimit(2), unshare(2), landlock(7), prctl(2).
"""

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

_CLONE_NEWUSER: Final = 0x1000_0000
_CLONE_NEWNET: Final = 0x4000_0000
_PR_SET_NO_NEW_PRIVS: Final = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16}  # by Landlock's version, how many rights over files it knows
_NET_SINCE, _SCOPE_SINCE = 4, 6
_NET_RIGHTS: Final = 0b11  # bind and connect, TCP
_SCOPES: Final = 0b11  # abstract Unix sockets, signals
_LIBRARIES: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_SPARE_FILES: Final = 8  # a library that is imported late is read from its file
_CPU_SLACK_S: Final = 1  # setrlimit counts whole seconds


class Layer(Enum):
    """What holds in a confined process, in the words of docs/deployment.md."""

    LIMITS = "limits"
    NO_NETWORK = "no network"
    NO_FILES = "no files"


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one confined process. memory_bytes: beyond what it has when it is confined; cpu_s: for each piece of work."""

    memory_bytes: int = 512 * 1024 * 1024
    cpu_s: int = 10


def confine(limits: Limits) -> frozenset[Layer]:
    """Give it all up, for good. To be called with one thread running, and with everything loaded that is needed."""
    libc = ctypes.CDLL(None, use_errno=True)
    held = {Layer.LIMITS}
    _lower(resource.RLIMIT_AS, _virtual_bytes() + limits.memory_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, _highest_file() + 1 + _SPARE_FILES)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        held.add(Layer.NO_NETWORK)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # without it, Landlock isn't for an unprivileged process
    if _landlock(libc):
        held.add(Layer.NO_FILES)
    return frozenset(held)


def forbid_processes() -> None:
    """And threads: the last thing, after the one that looks after the parent. Root outside a namespace isn't held to it."""
    _lower(resource.RLIMIT_NPROC, 0)


def renew_cpu(limits: Limits) -> None:
    """A new allowance of CPU, for the next piece of work: the kernel counts a process's whole life."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(used.ru_utime + used.ru_stime) + limits.cpu_s + _CPU_SLACK_S
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _lower(which: int, to: int) -> None:
    """Never above what this process was given."""
    _, most = resource.getrlimit(which)
    lowered = to if most == resource.RLIM_INFINITY else min(to, most)
    resource.setrlimit(which, (lowered, lowered))


def _virtual_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _highest_file() -> int:
    return max(int(each.name) for each in Path("/proc/self/fd").iterdir())


def _landlock(libc: ctypes.CDLL) -> bool:
    """From here on files can be read below what Python itself was loaded from, and nothing else can be opened at all."""
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    if version < 1:
        return False
    rights = (1 << max(count for since, count in _FILE_RIGHTS.items() if since <= version)) - 1
    network = _NET_RIGHTS if version >= _NET_SINCE else 0
    scopes = _SCOPES if version >= _SCOPE_SINCE else 0
    attributes = struct.pack("=QQQ", rights, network, scopes)[: 8 * (1 + bool(network) + bool(scopes))]
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    try:
        for folder in _loaded_from():
            _allow_reading(libc, rules, folder)
        return bool(libc.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def _allow_reading(libc: ctypes.CDLL, rules: int, folder: str) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", _READ_FILE | _READ_DIR, descriptor)
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


def _loaded_from() -> Iterator[str]:
    """Folders of modules and what they are linked with, and of time zones: a schedule in a file may name one that nobody has asked for yet."""
    import zoneinfo

    return _folders((str(Path(__file__).parents[1]), *sys.path, *zoneinfo.TZPATH, *_LIBRARIES))


def _folders(paths: Iterable[str]) -> Iterator[str]:
    """sys.path's "" is the working folder, where the range's data may lie: it isn't one of them."""
    return (path for path in dict.fromkeys(paths) if path and path != "/" and Path(path).is_dir())
