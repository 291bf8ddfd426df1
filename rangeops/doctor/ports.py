"""Ports that rangeops listens on: free, or who has them; what the kernel grants them, and what keeps others out."""

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rangeops.background import own_processes
from rangeops.doctor.finding import Finding, fine, wanting
from rangeops.doctor.holders import PROC, Holder, holders, runs
from rangeops.settings import Settings

MAVLINK_PORT: Final = 14550
UDP_BUFFER_BYTES: Final = 4 * 1024 * 1024  # what a link asks for
UFW: Final = Path("/etc/ufw/ufw.conf")


def ports(settings: Settings) -> Iterator[Finding]:
    yield server_port(settings)
    yield link_port(settings)
    yield receive_buffer()
    yield from firewall()


def server_port(settings: Settings) -> Finding:
    """Free, or this data folder's own server has it."""
    here = f"TCP port {settings.port} on {settings.host}"
    if not (fault := _fault_of(socket.SOCK_STREAM, settings.host, settings.port)):
        return fine(here, "the server")
    held = holders("tcp", settings.port)
    if _ours(held, settings):
        return fine(here, "the server, which runs there")
    return wanting(
        f"{here}: {_said(held, fault)}", "the server", "Stop what listens there, or choose another with RANGEOPS_PORT."
    )


def link_port(settings: Settings, port: int = MAVLINK_PORT) -> Finding:
    """Where vehicles and simulators send to, unless told otherwise."""
    here, for_what = f"UDP port {port}", f"a link udpin:127.0.0.1:{port}"
    if not (fault := _fault_of(socket.SOCK_DGRAM, "127.0.0.1", port)):
        return fine(here, for_what)
    held = holders("udp", port)
    if _ours(held, settings):
        return fine(here, f"{for_what}, which is there")
    return wanting(
        f"{here}: {_said(held, fault)}", for_what, "End that ground station, or use another port on both sides."
    )


def receive_buffer() -> Finding:
    """What the kernel grants a UDP socket: Linux says twice of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER_BYTES)
        granted_bytes = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    return Finding(
        f"UDP buffer {granted_bytes // 1024} KiB",
        granted_bytes >= UDP_BUFFER_BYTES,
        "many vehicles on one UDP port through a pause of a second",
        f"Run `sudo sysctl net.core.rmem_max={UDP_BUFFER_BYTES}`.",
    )


def firewall(*, ufw: Path = UFW, proc: Path = PROC) -> Iterator[Finding]:
    """Only where one is on: what it lets in can't be read without its own rights."""
    words = {}
    with contextlib.suppress(OSError):
        if re.search(r"(?m)^ENABLED=yes", ufw.read_text(encoding="utf-8")):
            words["ufw"] = f"sudo ufw allow {MAVLINK_PORT}/udp"
    if runs("firewalld", proc=proc):
        words["firewalld"] = f"sudo firewall-cmd --add-port={MAVLINK_PORT}/udp"
    for name, command in words.items():
        yield wanting(
            f"firewall {name} is on",
            "vehicles and browsers on other machines; this one's own pass",
            f"Let in what is to come, as `{command}`.",
        )


def _ours(held: tuple[Holder, ...], settings: Settings) -> bool:
    own = own_processes(settings.run_folder)
    return any(each.pid in own for each in held)


def _said(held: tuple[Holder, ...], fault: str) -> str:
    """By whom, where this user may know it."""
    return f"held by {', '.join(map(str, held))}" if held else fault


def _fault_of(kind: socket.SocketKind, host: str, port: int) -> str:
    """Why a server can't listen there; "" where it can."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(
                    socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
                )  # as a server does: what just ended isn't there
            probe.bind(address)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""
