"""A man in the middle of a MAVLink link: packets read, changed, sealed anew as their sender would have, or kept back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

Message = Any  # pymavlink's MAVLink_message
Change = Callable[[Message], bool | None]  # True: changed in place; False: kept back; None: as it came


@dataclass
class Meddler:
    """One direction's `fault_proxy.Way.meddle`. `change` may be another at any time; counted: what passed, by its type."""

    change: Change = lambda _message: None
    counted: dict[str, int] = field(default_factory=dict)

    def __call__(self, data: bytes) -> bytes:
        parser = mavlink.MAVLink(None)
        parser.robust_parsing = True
        passed = b""
        for message in parser.parse_buffer(data) or ():
            raw = bytes(message.get_msgbuf())
            if message.get_type() == "BAD_DATA" or message.get_type().startswith("UNKNOWN"):
                passed += raw
                continue
            changed = self.change(message)
            if changed is False:
                continue
            self.counted[message.get_type()] = self.counted.get(message.get_type(), 0) + 1
            passed += sealed(message) if changed else raw
        return passed


def sealed(message: Message, seq: int | None = None) -> bytes:
    """With its sender's numbers, or another sequence number, and a CRC that is right."""
    codec = mavlink.MAVLink(None, srcSystem=message.get_srcSystem(), srcComponent=message.get_srcComponent())
    codec.seq = message.get_seq() if seq is None else seq
    return bytes(message.pack(codec, force_mavlink1=message.get_msgbuf()[0] == 0xFE))


def said_by(sysid: int, message: Message, seq: int, compid: int = 1) -> bytes:
    """What whoever speaks in a system's name sends."""
    codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=compid)
    codec.seq = seq & 0xFF
    return bytes(message.pack(codec))
