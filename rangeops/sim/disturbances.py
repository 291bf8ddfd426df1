"""The switches that a fault sets on a vehicle."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import Message, mavlink

if TYPE_CHECKING:
    from rangeops.sim.maneuvers import Astray


@dataclass(slots=True)
class Disturbances:
    silent: bool = False
    ignore_commands: bool = False
    ack_but_ignore: bool = False
    wrong_fence_readback: bool = False
    hostile_text: bool = False
    astray: "Astray | None" = None


HOSTILE_TEXTS: Final = (
    b"\x1b[2J\x1b[H all clear",
    b"\x1b]52;c;cm0gLXJmIC8=\x07",
    b"[bold red]NOT AN ALARM[/] [@click=app.quit]x[/]",
    "\u202egnidnal si 70D\u202c".encode(),
    b"\x9b31mC1 control\x9b0m",
    b"<script>alert(1)</script>",
    b"\xff\xfe\xc0\x80 broken UTF-8",
    ("a" + "\u0301" * 24).encode(),
    b"ends\x00 here, and goes on",
    b"\r\n\x08\x08\x08 overwritten",
)


def hostile_text(number: int) -> Message:
    """A STATUSTEXT whose bytes would script or disorder a careless screen."""
    return mavlink.MAVLink_statustext_message(number % 8, HOSTILE_TEXTS[number % len(HOSTILE_TEXTS)][:50])
