"""`rangeops doctor`: what is missing for what, and what to do about it."""

import contextlib
import grp
import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from rangeops.cli.exits import ANSWER_IS_NO
from rangeops.cli.options import Json, settings_of
from rangeops.cli.output import print_json, print_table
from rangeops.domain.errors import RangeopsError
from rangeops.settings import Settings

SMALLEST_TERMINAL: Final = (80, 24)
UDP_BUFFER_BYTES: Final = 4 * 1024 * 1024  # what a link asks for
_NTP_FLAG: Final = Path("/run/systemd/timesync/synchronized")
_CHRONY: Final = Path("/run/chrony")
_EXTRAS: Final = (  # name, a module of it, what it is for
    ("timetable", "ortools", "the best timetable; without it, first come, first served"),
    ("postgres", "psycopg", "a PostgreSQL server in place of a file"),
    ("nats", "nats", "watch nodes on other machines"),
    ("acceptance", "dronekit", "a second library's look at a vehicle on the bench"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """needed: without it rangeops doesn't run; otherwise `for_what` is what doesn't work."""

    check: str
    ok: bool
    for_what: str
    do: str
    needed: bool = False


def doctor(context: typer.Context, *, json: Json = False) -> None:
    """Look at this machine: what is missing, for what, and what to do. Exit 1 if rangeops can't run."""
    findings = tuple(_findings(settings_of(context)))
    if json:
        print_json(findings)
    else:
        print_table(
            ("", "CHECK", "FOR", "DO"),
            (("✓" if x.ok else "✗" if x.needed else "·", x.check, x.for_what, "" if x.ok else x.do) for x in findings),
        )
    if any(found.needed and not found.ok for found in findings):
        raise typer.Exit(ANSWER_IS_NO)


def _findings(settings: Settings) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(
        f"Python {version}", sys.version_info >= (3, 11), "everything", "Install Python 3.11 or newer.", needed=True
    )
    yield _data_folder(settings)
    yield _range(settings)
    yield _port(settings)
    yield Finding(
        "UDP port 14550",
        _ok(lambda: _bind(socket.SOCK_DGRAM, "127.0.0.1", 14550)),
        "a link udpin:127.0.0.1:14550",
        "Another ground station has it: use another port on both sides.",
    )
    yield _receive_buffer()
    yield Finding(
        "UTF-8 text",
        (sys.stdout.encoding or "").lower().replace("-", "") == "utf8",
        "the map and the markers on screen",
        "Set LANG=C.UTF-8.",
    )
    columns, rows = shutil.get_terminal_size()
    yield Finding(
        f"terminal {columns}x{rows}",
        columns >= SMALLEST_TERMINAL[0] and rows >= SMALLEST_TERMINAL[1],
        "the control room (below 80x24 it shows the alarm list alone)",
        "Enlarge the window; 120x36 is comfortable.",
    )
    yield Finding(
        "serial ports",
        os.geteuid() == 0 or _in_group("dialout") or _in_group("uucp"),
        "links over USB and radio",
        "Run `sudo usermod -aG dialout $USER`, then log in again.",
    )
    yield Finding(
        "clock synchronised",
        _NTP_FLAG.exists() or _CHRONY.exists(),
        "times in the record that others can hold against theirs",
        "Run an NTP client (systemd-timesyncd or chrony).",
    )
    yield Finding(
        "arducopter",
        bool(shutil.which("arducopter") or os.environ.get("RANGEOPS_ARDUPILOT")),
        "real ArduPilot in the simulator's place",
        "See sitl/README.md.",
    )
    yield _exercise(settings)
    for extra, module, for_what in _EXTRAS:
        yield Finding(
            f"extra {extra}",
            importlib.util.find_spec(module) is not None,
            for_what,
            f"pip install 'rangeops[{extra}]', if you want it.",
        )


def _range(settings: Settings) -> Finding:
    from rangeops.bootstrap.ranges import load_range  # --help loads no geometry

    try:
        load_range(settings)
    except RangeopsError as error:
        return Finding(f"range {settings.range}", False, "everything", str(error), needed=True)  # noqa: FBT003  # ok
    return Finding(f"range {settings.range}", True, "everything", "", needed=True)  # noqa: FBT003  # ok


def _exercise(settings: Settings) -> Finding:
    """The yearly one: held, signed, and not more than a year ago."""
    from rangeops.domain.exercises import is_due
    from rangeops.exercise import last_held, now  # likewise

    for_what = "people who have met an emergency before it comes"
    do = "Hold one (`rangeops --data ~/training drill exercise play`), sign it, and hand it in here."
    try:
        last = last_held(settings)
    except RangeopsError as error:
        return Finding("yearly exercise", False, for_what, str(error))  # noqa: FBT003  # ok
    held = "never held" if last is None else f"held {last:%Y-%m-%d}"
    return Finding(f"yearly exercise, {held}", not is_due(last, now()), for_what, do)


def _port(settings: Settings) -> Finding:
    """Free, or this data folder's own server has it."""
    free = _ok(lambda: _bind(socket.SOCK_STREAM, settings.host, settings.port))
    ours = settings.server_file.exists() and f':{settings.port}"' in settings.server_file.read_text(encoding="utf-8")
    return Finding(
        f"TCP port {settings.port} on {settings.host}",
        free or ours,
        "the server" if free or not ours else "the server, which runs there",
        "Stop what listens there, or choose another with RANGEOPS_PORT.",
    )


def _receive_buffer() -> Finding:
    """What the kernel grants a UDP socket: Linux says twice of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER_BYTES)
        granted_bytes = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    return Finding(
        f"UDP buffer {granted_bytes // 1024} KiB",
        granted_bytes >= UDP_BUFFER_BYTES,
        "many vehicles on one UDP port through a pause of a second",
        f"sysctl net.core.rmem_max={UDP_BUFFER_BYTES}",
    )


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return Finding(
        f"data folder {settings.data}",
        folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK),
        "everything",
        "Make it readable and writable for you, or give another with --data.",
        needed=True,
    )


def _bind(kind: socket.SocketKind, host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, port))


def _ok(attempt: Callable[[], None]) -> bool:
    with contextlib.suppress(OSError):
        attempt()
        return True
    return False


def _in_group(name: str) -> bool:
    with contextlib.suppress(KeyError):
        return grp.getgrnam(name).gr_gid in os.getgroups()
    return False
