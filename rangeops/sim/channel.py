"""One MAVLink channel's codec: bytes in, messages out, and back.

Built on pymavlink, one codec object a channel, so that nothing of pymavlink's module state is shared. Both versions are
heard; which one is spoken doesn't follow the other side, as an ArduPilot's port doesn't: many a ground station begins in
MAVLink 1, and goes over to MAVLink 2 when it first hears it.
"""

from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

__all__ = ["Channel", "Message", "mavlink"]

_LARGEST_FRAME: Final = 280
_LARGEST_MAVLINK_1_ID: Final = 255

Message = Any  # pymavlink's MAVLink_message; its stubs are none, its fields are made at run time


class Channel:
    """Encodes and decodes for one system on one link; sequence numbers count per channel."""

    def __init__(self, sysid: int, compid: int = 1, *, speaks_mavlink_1: bool = False) -> None:
        self._codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=compid)
        self._codec.robust_parsing = True
        self.speaks_mavlink_1 = speaks_mavlink_1

    def encode(self, message: Message) -> bytes:
        """The frame to send; empty where MAVLink 1 can't carry the message."""
        if self.speaks_mavlink_1:
            return self._encode_mavlink_1(message)
        data: bytes = message.pack(self._codec)
        self._codec.seq = (self._codec.seq + 1) % 256
        return data

    def decode(self, data: bytes) -> list[Message]:
        """The whole messages that `data` completes. What isn't MAVLink, or unknown, is dropped."""
        codec = self._codec
        messages = [m for m in codec.parse_buffer(data) or () if m.get_msgId() >= 0 and m.get_type() in _KNOWN_TYPES]
        if codec.buf_index:
            # pymavlink keeps what it has read until a read ends on a frame boundary; under load none does.
            codec.buf = codec.buf[codec.buf_index :]
            codec.buf_index = 0
        if len(codec.buf) > _LARGEST_FRAME:
            codec.buf = bytearray()
        return messages

    def _encode_mavlink_1(self, message: Message) -> bytes:
        """MAVLink 1 knows neither ids above 255 nor extension fields: the v10 dialect says which fields those are."""
        # Imported where MAVLink 1 is spoken: the dialect costs 0.2 s and 20 MB.
        from pymavlink.dialects.v10 import ardupilotmega as mavlink_1

        message_id = message.get_msgId()
        plain = mavlink_1.mavlink_map.get(message_id)
        if message_id > _LARGEST_MAVLINK_1_ID or plain is None:
            return b""
        # pymavlink keeps a text's bytes beside it, and builds a message from those only.
        fields = (getattr(message, f"_{name}_raw", None) or getattr(message, name) for name in plain.fieldnames)
        data: bytes = plain(*fields).pack(self._codec, force_mavlink1=True)
        self._codec.seq = (self._codec.seq + 1) % 256
        return data


_KNOWN_TYPES: Final = frozenset(message_class.msgname for message_class in mavlink.mavlink_map.values())
