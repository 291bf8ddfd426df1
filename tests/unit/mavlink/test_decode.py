"""The decoder against its oracle: pymavlink."""

import math
import random
import struct

import pytest
from fastcrc.crc16 import mcrf4xx
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.decode import DEFINITION_OF, DEFINITIONS, decode_payload
from rangeops.adapters.mavlink.encode import Sender, encode_payload
from rangeops.adapters.mavlink.link import Link, decode_frame
from rangeops.adapters.mavlink.messages import NAMED, CommandLong, Heartbeat, Other
from rangeops.domain.errors import Refused


def framed(message_id: int, payload: bytes) -> bytes:
    body = struct.pack("<BBBBBBBH", len(payload), 0, 0, 7, 21, 1, message_id & 0xFF, message_id >> 8) + payload
    crc = mcrf4xx(body + bytes([dialect.mavlink_map[message_id].crc_extra]))
    return b"\xfd" + body + struct.pack("<H", crc)


def same(ours: object, theirs: object) -> bool:
    if isinstance(ours, tuple):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) and math.isnan(ours):
        return isinstance(theirs, float) and math.isnan(theirs)
    return type(ours) is type(theirs) and ours == theirs


def assert_equal_to_the_oracle(frame: bytes) -> None:
    theirs = dialect.MAVLink(None).decode(bytearray(frame))
    ours = decode_frame(frame)
    fields = DEFINITION_OF[type(ours)].fields
    assert sorted(fields) == sorted(theirs.fieldnames)
    for name, value in zip(fields, ours, strict=True):
        expected = getattr(theirs, f"_{name}_raw") if isinstance(value, bytes) else getattr(theirs, name)
        assert same(value, expected), (theirs.msgname, name)


def test_the_table_has_every_message_of_the_dialect():
    assert DEFINITIONS.keys() == dialect.mavlink_map.keys()


@pytest.mark.parametrize("message_id", sorted(DEFINITIONS))
def test_each_message_is_decoded_field_for_field_as_the_oracle_does(message_id):
    pseudo = random.Random(message_id)
    size = DEFINITIONS[message_id].size
    payloads = [bytes(size), b"\xff" * size, *(pseudo.randbytes(size) for _ in range(8))]
    payloads += [pseudo.randbytes(pseudo.randint(1, size)) for _ in range(4)]  # trimmed
    for payload in payloads:
        assert_equal_to_the_oracle(framed(message_id, payload))


@given(st.sampled_from(sorted(DEFINITIONS)), st.binary(min_size=1, max_size=255))
def test_any_payload_of_any_message_is_decoded_as_the_oracle_does(message_id, payload):
    assert_equal_to_the_oracle(framed(message_id, payload))


@given(st.sampled_from(sorted(DEFINITIONS)), st.binary(min_size=255, max_size=255))
def test_what_is_encoded_is_what_the_oracle_encodes(message_id, payload):
    theirs = dialect.MAVLink(None).decode(bytearray(framed(message_id, payload)))
    codec = dialect.MAVLink(None)
    theirs.pack(codec)
    assert encode_payload(decode_payload(message_id, payload)) == bytes(theirs.get_payload())


def test_every_packet_of_the_captures_is_decoded_as_the_oracle_does(captures):
    for frames in captures.values():
        for _, frame in frames:
            assert_equal_to_the_oracle(frame)


def test_mavlink_1_is_decoded_as_the_oracle_does():
    codec = dialect.MAVLink(None, srcSystem=9, srcComponent=1)
    frame = dialect.MAVLink_sys_status_message(1, 2, 3, 4, 5, -6, 7, 8, 9, 10, 11, 12, 13).pack(
        codec, force_mavlink1=True
    )
    assert frame[0] == 0xFE
    assert_equal_to_the_oracle(frame)


def test_only_what_the_range_works_with_is_decoded_as_it_comes(captures):
    link = Link("test", datagrams=True)
    seen: set[type] = set()
    for _, frame in captures["streams_at_rest"]:
        for _, _, message, raw in link.received(frame, ("", 0)):
            seen.add(type(message))
            if isinstance(message, Other):
                assert DEFINITIONS[message.message_id].message_type not in NAMED
                assert type(decode_frame(raw)) is DEFINITIONS[message.message_id].message_type
            else:
                assert type(message) in NAMED
    assert Other in seen
    assert Heartbeat in seen


def test_a_packet_of_ours_is_read_by_the_oracle():
    sender = Sender(250)
    packets = [sender.pack(Heartbeat(0, 6, 8, 0, 4, 3)), sender.pack(_mode_change(21))]
    codec = dialect.MAVLink(None)
    heartbeat, command = [codec.parse_buffer(packet)[0] for packet in packets]
    assert (heartbeat.get_srcSystem(), heartbeat.type, heartbeat.autopilot) == (250, 6, 8)
    assert (command.command, command.param2, command.target_system, command.get_seq()) == (176, 17.0, 21, 1)


def test_a_packet_to_everybody_cannot_be_built():
    targeted = [row for row in DEFINITIONS.values() if row.has_target]
    assert len(targeted) > 50
    for row in targeted:
        message = decode_payload(row.id, bytes(row.size))  # target_system 0 among the zeros
        with pytest.raises(Refused, match="system 0"):
            Sender(250).pack(message)


def _mode_change(target: int) -> CommandLong:
    return CommandLong(1.0, 17.0, 0.0, 0.0, 0.0, 0.0, 0.0, 176, target, 1, 0)
