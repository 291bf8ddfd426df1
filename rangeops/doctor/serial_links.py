"""Radios and autopilots on serial ports: rights to them, who else has them, and ModemManager."""

import contextlib
import grp
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from rangeops.adapters.hardware.ports import serial_ports, udev_ignores
from rangeops.background import own_processes
from rangeops.doctor.finding import Finding, wanting
from rangeops.doctor.holders import PROC, holders_of_device, runs
from rangeops.settings import Settings

RULES: Final = "60-rangeops-serial.rules"
RULE_FOLDERS: Final = tuple(Path(folder) for folder in ("/etc/udev/rules.d", "/usr/lib/udev/rules.d"))
_FOR_WHAT: Final = "links over USB and radio"


def serial_links(settings: Settings) -> Iterator[Finding]:
    from serial.tools.list_ports import comports  # pyserial is loaded where ports are looked for

    yield rights()
    yield from each_port(comports, own=own_processes(settings.run_folder))
    yield from modem_manager()


def rights() -> Finding:
    return Finding(
        "serial ports",
        os.geteuid() == 0 or _in_group("dialout") or _in_group("uucp"),
        _FOR_WHAT,
        "Run `sudo usermod -aG dialout $USER`, then log in again.",
    )


def each_port(
    list_ports: Callable[[], Iterable[Any]], *, own: frozenset[int] = frozenset(), proc: Path = PROC
) -> Iterator[Finding]:
    """Those that are plugged in now. own: the processes of this range."""
    for port in serial_ports(list_ports, ignored=udev_ignores, proc=proc):
        held = holders_of_device(port.device, proc=proc)
        others = [str(each) for each in held if each.pid not in own]
        seen = f"{port.device} held by {', '.join(others)}" if others else port.device
        hint = port.hint or ("Close that program, or use another port." if others else "")
        yield Finding(seen, not hint, f"a link {port.uri}" + (", which is there" if held and not others else ""), hint)


def modem_manager(*, proc: Path = PROC, rule_folders: Iterable[Path] = RULE_FOLDERS) -> Iterator[Finding]:
    """Only where it runs and nobody told it to keep off."""
    if runs("ModemManager", proc=proc) and not any((folder / RULES).exists() for folder in rule_folders):
        yield wanting(
            "ModemManager runs",
            f"{_FOR_WHAT}: it opens each that is plugged in, and talks to it",
            f"Install {RULES} (docs/hardware.md), or remove ModemManager.",
        )


def _in_group(name: str) -> bool:
    with contextlib.suppress(KeyError):
        return grp.getgrnam(name).gr_gid in os.getgroups()
    return False
