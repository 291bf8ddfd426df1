"""The serial ports of this machine, by the names that stay, and what keeps a person from using them."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class SerialPortFound:
    """uri: for `rangeops link add`, at the usual rate of a radio. hint: one sentence; "" where nothing is wrong."""

    device: str
    by_id: str
    description: str
    usable: bool
    hint: str
    uri: str


def serial_ports(
    list_ports: Callable[[], Iterable[Any]],
    *,
    dev: Path = Path("/dev"),
    proc: Path = Path("/proc"),
    ignored: Callable[[str], bool] = lambda _device: False,
) -> tuple[SerialPortFound, ...]:
    """list_ports: pyserial's comports. ignored: whether udev tells ModemManager to leave a device alone."""
    names = _names_by_device(dev / "serial" / "by-id")
    meddling = _runs(proc, "ModemManager")
    found = []
    for port in sorted(list_ports(), key=lambda port: str(port.device)):
        device = str(port.device)
        by_id = names.get(os.path.realpath(device), "")
        usable = os.access(device, os.R_OK | os.W_OK)
        hint = "" if usable else _permission_hint(device)
        if usable and meddling and not ignored(device):
            hint = "ModemManager runs and may talk to it: install hardware/udev/60-rangeops-serial.rules."
        description = str(port.description or "")
        found.append(SerialPortFound(device, by_id, description, usable, hint, f"serial:{by_id or device}:57600"))
    return tuple(found)


def udev_ignores(device: str, *, data: Path = Path("/run/udev/data")) -> bool:
    """What the udev rules file sets, as udev keeps it: one file a device, named by its numbers."""
    try:
        number = Path(device).stat().st_rdev
        text = (data / f"c{os.major(number)}:{os.minor(number)}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "E:ID_MM_DEVICE_IGNORE=1" in text


def _names_by_device(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {os.path.realpath(link): str(link) for link in sorted(folder.iterdir())}


def _permission_hint(device: str) -> str:
    try:
        group = Path(device).group()
    except (OSError, KeyError):
        return "It can't be opened: it has gone, or its group isn't known."
    if group == "root":  # nobody is told to join that
        return (
            f"You may not open it: `sudo chgrp dialout {device} && sudo chmod 660 {device}`, or install the udev rules."
        )
    return f"You may not open it: `sudo usermod -aG {group} $USER`, then log in again."


def _runs(proc: Path, name: str) -> bool:
    for comm in proc.glob("[0-9]*/comm"):
        try:
            if comm.read_text(encoding="utf-8", errors="replace").strip() == name:
                return True
        except OSError:
            continue  # it has ended meanwhile
    return False
