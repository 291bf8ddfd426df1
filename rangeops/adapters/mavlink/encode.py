"""Outgoing MAVLink 2 packets."""

from collections.abc import Callable
from typing import Final

from fastcrc.crc16 import mcrf4xx

from rangeops.adapters.mavlink.decode import DEFINITION_OF
from rangeops.adapters.mavlink.link import CRC_BYTES, SIGNED_FLAG, V2_MARKER
from rangeops.adapters.mavlink.messages import Heartbeat, Message, ParamSet
from rangeops.domain.errors import Refused
from rangeops.domain.writes import check_writable

_GCS: Final = 6  # MAV_TYPE
_NO_AUTOPILOT: Final = 8  # MAV_AUTOPILOT_INVALID
_ACTIVE: Final = 4  # MAV_STATE
GCS_HEARTBEAT: Final = Heartbeat(
    custom_mode=0, type=_GCS, autopilot=_NO_AUTOPILOT, base_mode=0, system_status=_ACTIVE, mavlink_version=3
)
Trailer = Callable[[bytes], bytes]  # a frame's signature
GCS_COMPID: Final = 190  # MAV_COMP_ID_MISSIONPLANNER, which is what ground stations use


def encode_payload(message: Message) -> bytes:
    """The payload as MAVLink 2 sends it: trailing zeros trimmed, one byte kept."""
    row = DEFINITION_OF[type(message)]
    payload = row.pack(*row.spread(message))
    return payload.rstrip(b"\0") or payload[:1]


class Sender:
    """Packs messages for one link: our identity and that link's sequence number.

    trailer: makes a frame's signature (signing.Signer) where `pack` isn't given another; None sends unsigned.
    """

    def __init__(self, sysid: int, compid: int = GCS_COMPID, trailer: Trailer | None = None) -> None:
        self.sysid = sysid
        self.compid = compid
        self._trailer = trailer
        self._seq = 0

    def pack(self, message: Message, trailer: Trailer | None = None) -> bytes:
        """The packet.

        Raises Refused for a message to system 0, which would command every vehicle that hears it, and for a PARAM_SET
        of what isn't on the range's list. No other code makes a packet of ours, so nothing passes by it.
        """
        row = DEFINITION_OF[type(message)]
        if row.has_target and not message.target_system:  # type: ignore[attr-defined]  # has_target says it is there
            raise Refused(
                f"{row.name} addressed to system 0, which is every vehicle",
                where="MAVLink encoder",
                do="Address one vehicle by its sysid, 1 to 255.",
            )
        if isinstance(message, ParamSet):
            check_writable(message.param_id.rstrip(b"\0").decode("ascii", errors="replace"))
        payload = encode_payload(message)
        trailer = trailer or self._trailer
        flags = 0 if trailer is None else SIGNED_FLAG
        header = (len(payload), flags, 0, self._seq, self.sysid, self.compid, *row.id.to_bytes(3, "little"))
        self._seq = (self._seq + 1) & 0xFF
        body = bytes(header) + payload
        frame = bytes((V2_MARKER,)) + body + mcrf4xx(body + row.crc_extra).to_bytes(CRC_BYTES, "little")
        return frame if trailer is None else frame + trailer(frame)
