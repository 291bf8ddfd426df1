"""One table of MAVLink messages, made at import from pymavlink's definitions, and the decoder that it drives.

pymavlink is the source of ids, fields, wire order, CRC_EXTRA and enums; nothing is decoded by it here.
"""

import struct
from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.messages import NAMED, Message

Make = Callable[[tuple[Any, ...]], Message]
Spread = Callable[[Message], tuple[Any, ...]]


class Definition:
    """One message: how its payload is read and written.

    size: of the whole payload, extensions included. make/spread: between the flat values that `struct` knows and the
    message, in which an array is one field.
    """

    __slots__ = (
        "crc_extra",
        "fields",
        "has_target",
        "id",
        "make",
        "message_type",
        "name",
        "size",
        "spread",
        "struct",
        "unpack",
    )

    def __init__(self, source: Any, message_type: type[Message]) -> None:
        self.id: int = source.id
        self.name: str = source.msgname
        self.fields: tuple[str, ...] = tuple(source.ordered_fieldnames)
        self.message_type = message_type
        self.crc_extra = bytes([source.crc_extra])
        self.struct: struct.Struct = source.unpacker
        self.unpack = self.struct.unpack_from
        self.size = self.struct.size
        self.has_target = "target_system" in self.fields
        self.make, self.spread = _shape(source, message_type)


def _shape(source: Any, message_type: type[Message]) -> tuple[Make | None, Spread]:
    """How flat values become the message, and back.

    Where arrays or texts must be gathered, a function is compiled once, as namedtuple itself does: this runs for every
    message that is heard. tuple.__new__ instead of the class: no argument is parsed.
    """
    build: Make = partial(tuple.__new__, message_type)
    is_text = [source.fieldtypes[source.fieldnames.index(name)] == "char" for name in source.ordered_fieldnames]
    if not any(is_text) and all(length == 1 for length in source.lengths):
        return None, tuple
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
    # Only integers from pymavlink's own table stand in these texts.
    make = eval(f"lambda v: build(({', '.join(gathered)},))", {"build": build})  # noqa: S307
    spread = eval(f"lambda m: ({', '.join(scattered)},)")  # noqa: S307
    return make, spread


def _class_name(message_name: str) -> str:
    return "".join(part.capitalize() for part in message_name.split("_"))


def _definitions() -> Mapping[int, Definition]:
    named = {message_type.__name__: message_type for message_type in NAMED}
    table: dict[int, Definition] = {}
    for message_id, source in dialect.mavlink_map.items():
        name = _class_name(source.msgname)
        message_type = named.pop(name, None) or namedtuple(name, source.ordered_fieldnames)  # noqa: PYI024  # the fields are data
        if message_type._fields != tuple(source.ordered_fieldnames):  # type: ignore[attr-defined]  # a named tuple
            raise TypeError(f"messages.{name} has other fields than pymavlink's {source.msgname}")
        table[message_id] = Definition(source, message_type)
    if named:
        raise TypeError(f"messages.py names what the dialect doesn't know: {', '.join(named)}")
    return table


DEFINITIONS: Final[Mapping[int, Definition]] = _definitions()
DEFINITION_OF: Final[Mapping[type, Definition]] = {row.message_type: row for row in DEFINITIONS.values()}


def decode_payload(message_id: int, payload: bytes) -> Message:
    """The message in a payload whose CRC was right. Trailing zeros may have been trimmed (MAVLink 2).

    Bytes beyond the fields we know are a newer sender's extensions, and are left alone. link.py does the same inline.
    """
    row = DEFINITIONS[message_id]
    flat = row.unpack(payload.ljust(row.size, b"\0"))
    return row.make(flat) if row.make else tuple.__new__(row.message_type, flat)
