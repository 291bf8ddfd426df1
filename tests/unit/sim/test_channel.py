"""The codec of one channel: both protocol versions, and bytes that are no MAVLink."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.sim.channel import Channel, mavlink

HEARTBEAT = mavlink.MAVLink_heartbeat_message(2, 3, 81, 0, 3, 3)


def test_what_one_side_encodes_the_other_decodes():
    one, other = Channel(7), Channel(250, 190)
    (message,) = other.decode(one.encode(HEARTBEAT))
    assert (message.get_type(), message.get_srcSystem(), message.custom_mode) == ("HEARTBEAT", 7, 0)


def test_sequence_numbers_count_up_and_around():
    one, other = Channel(7), Channel(250)
    seen = [other.decode(one.encode(HEARTBEAT))[0].get_seq() for _ in range(258)]
    assert seen == [i % 256 for i in range(258)]


def test_a_frame_cut_anywhere_arrives_whole():
    frame = Channel(7).encode(HEARTBEAT)
    for cut in range(1, len(frame)):
        other = Channel(250)
        assert other.decode(frame[:cut]) == []
        assert len(other.decode(frame[cut:])) == 1


def v1_heartbeat():
    ground = Channel(250, 190)
    ground.speaks_mavlink_1 = True
    return ground.encode(mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3))


def test_a_ground_that_begins_in_mavlink_1_hears_mavlink_2_and_so_goes_over_to_it():
    vehicle = Channel(7)
    (heard,) = vehicle.decode(v1_heartbeat())
    assert heard.get_type() == "HEARTBEAT"
    assert vehicle.encode(HEARTBEAT)[0] == 0xFD


def test_mavlink_1_carries_no_extensions_and_no_id_above_255():
    vehicle = Channel(7, speaks_mavlink_1=True)
    text = vehicle.encode(mavlink.MAVLink_statustext_message(4, b"No such mode 99", 1, 2))
    assert text[1] == 51  # severity and 50 characters, without id and chunk_seq
    assert vehicle.encode(mavlink.MAVLink_wind_message(0.0, 1.0, 0.0))[5] == 168
    assert vehicle.encode(mavlink.MAVLink_hygrometer_sensor_message(1, 2, 3)) == b""


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_decoder_or_fill_its_memory(data):
    channel = Channel(7)
    for start in range(0, len(data), 37):
        channel.decode(data[start : start + 37])
    assert len(channel._codec.buf) <= 280
    assert channel.decode(b"\0" * 600 + Channel(250).encode(HEARTBEAT) * 12)


@pytest.mark.parametrize("message_id", [0x00FFFE, 77777])
def test_an_unknown_message_is_dropped(message_id):
    frame = bytearray(Channel(250).encode(HEARTBEAT))
    frame[7:10] = message_id.to_bytes(3, "little")
    assert Channel(7).decode(bytes(frame)) == []
