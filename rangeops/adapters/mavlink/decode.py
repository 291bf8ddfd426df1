"""One table of MAVLink messages, made at import from pymavlink's definitions, and the decoder that it drives.

pymavlink is the source of ids, fields, wire order, CRC_EXTRA and enums; nothing is decoded by it here.
"""

import struct
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.messages import NAMED, Message, Other

Read = Callable[[bytes, int], Message]  # of a whole payload, from an offset
Spread = Callable[[Message], tuple[Any, ...]]  # what `struct` packs


class Definition:
    """One message: how its payload is read and written.

    size: of the whole payload, extensions included. other: what stands for a message that rangeops doesn't work with
    (it isn't in messages.py) until somebody asks; None for one that is decoded as it comes.
    """

    __slots__ = (
        "crc_extra",
        "fields",
        "has_target",
        "id",
        "message_type",
        "name",
        "other",
        "pack",
        "read",
        "size",
        "spread",
    )

    def __init__(self, source: Any, message_type: type[Message], *, named: bool) -> None:
        unpacker: struct.Struct = source.unpacker
        self.id: int = source.id
        self.name: str = source.msgname
        self.fields: tuple[str, ...] = tuple(source.ordered_fieldnames)
        self.message_type = message_type
        self.other = None if named else Other(self.id)
        self.crc_extra = bytes([source.crc_extra])
        self.size = unpacker.size
        self.has_target = "target_system" in self.fields
        self.pack: Callable[..., bytes] = unpacker.pack
        self.read, self.spread = _shape(source, message_type, unpacker)


def _shape(source: Any, message_type: type[Message], unpacker: struct.Struct) -> tuple[Read, Spread]:
    """How a payload becomes the message, and the message what `struct` packs.

    tuple.__new__ instead of the class: no argument is parsed, and this runs for every message that is heard.
    """
    unpack, new = unpacker.unpack_from, cast("Callable[..., Message]", tuple.__new__)
    is_text = [source.fieldtypes[source.fieldnames.index(name)] == "char" for name in source.ordered_fieldnames]
    if not any(is_text) and all(length == 1 for length in source.lengths):
        return lambda payload, start: new(message_type, unpack(payload, start)), tuple
    gathered: list[str] = []
    scattered: list[str] = []
    at = 0
    for index, (text, length) in enumerate(zip(is_text, source.lengths, strict=True)):
        if text:
            gathered.append(f"v[{at}].rstrip(b'\\0')")
        else:
            gathered.append(f"v[{at}]" if length == 1 else f"v[{at}:{at + length}]")
        scattered.append(f"m[{index}]" if length == 1 else f"*m[{index}]")
        at += length
    # Compiled once, as namedtuple does it; only integers from pymavlink's own table stand in these texts.
    gather = eval(f"lambda v: ({', '.join(gathered)},)")  # noqa: S307
    spread = eval(f"lambda m: ({', '.join(scattered)},)")  # noqa: S307
    return lambda payload, start: new(message_type, gather(unpack(payload, start))), spread


def _class_name(message_name: str) -> str:
    return "".join(part.capitalize() for part in message_name.split("_"))


def _definitions() -> Mapping[int, Definition]:
    ours = {message_type.__name__: message_type for message_type in NAMED}
    table: dict[int, Definition] = {}
    for message_id, source in dialect.mavlink_map.items():
        name = _class_name(source.msgname)
        own = ours.pop(name, None)
        message_type = own or namedtuple(name, source.ordered_fieldnames)  # noqa: PYI024  # the fields are data
        if message_type._fields != tuple(source.ordered_fieldnames):  # type: ignore[attr-defined]  # a named tuple
            raise TypeError(f"messages.{name} has other fields than pymavlink's {source.msgname}")
        table[message_id] = Definition(source, message_type, named=own is not None)
    if ours:
        raise TypeError(f"messages.py names what the dialect doesn't know: {', '.join(ours)}")
    return table


DEFINITIONS: Final[Mapping[int, Definition]] = _definitions()
DEFINITION_OF: Final[Mapping[type, Definition]] = {row.message_type: row for row in DEFINITIONS.values()}


def decode_payload(message_id: int, payload: bytes) -> Message:
    """The message in a payload whose CRC was right. Trailing zeros may have been trimmed (MAVLink 2).

    Bytes beyond the fields we know are a newer sender's extensions, and are left alone.
    """
    row = DEFINITIONS[message_id]
    return row.read(payload.ljust(row.size, b"\0"), 0)
