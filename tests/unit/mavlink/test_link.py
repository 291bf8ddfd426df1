"""Framing: no intact frame is lost, nothing else gets through, and memory is bounded."""

import os
import time
from itertools import pairwise

import pytest
from fastcrc.crc16 import mcrf4xx
from hypothesis import given, settings
from hypothesis import strategies as st
from mavlink_noise import PEER, frame_of, kinds, memory_held_after, survive
from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.link import Link, Sequence

SPOILED = kinds(40, sysid=99)


@st.composite
def streams(draw):
    """Intact frames among garbage, truncated frames and frames with one flipped bit; and where the stream is cut."""
    pieces: list[bytes] = []
    intact: list[bytes] = []
    for frame in kinds(draw(st.integers(1, 12))):
        for _ in range(draw(st.integers(0, 2))):
            spoiled = draw(st.sampled_from(SPOILED))
            match draw(st.integers(0, 3)):
                case 0:
                    pieces.append(draw(st.binary(max_size=40)))
                case 1:
                    pieces.append(spoiled[: draw(st.integers(1, len(spoiled) - 1))])
                case 2:
                    flipped = bytearray(spoiled)
                    flipped[draw(st.integers(1, len(spoiled) - 14 if len(spoiled) > 20 else 1))] ^= 1 << draw(
                        st.integers(0, 7)
                    )
                    pieces.append(bytes(flipped))
                case 3:
                    pieces.append(b"\xfd\xfe" * draw(st.integers(1, 20)))
        pieces.append(frame)
        intact.append(frame)
    data = b"".join(pieces)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=12)))
    return intact, [data[a:b] for a, b in pairwise([0, *cuts, len(data)])]


@settings(max_examples=300)
@given(streams())
def test_no_garbage_or_truncation_costs_an_intact_frame(stream):
    intact, chunks = stream
    link = Link("test", datagrams=False)
    found = [frame for chunk in chunks for *_, frame in link.received(chunk, PEER)]
    found += [frame for *_, frame in link.flush(PEER)]
    assert [frame for frame in found if frame in intact] == intact


@settings(max_examples=300)
@given(streams())
def test_what_is_found_does_not_depend_on_where_the_stream_was_cut(stream):
    _, chunks = stream
    cut, whole = Link("cut", datagrams=False), Link("whole", datagrams=False)
    in_pieces = [frame for chunk in chunks for *_, frame in cut.received(chunk, PEER)]
    in_pieces += [frame for *_, frame in cut.flush(PEER)]
    at_once = [frame for *_, frame in [*whole.received(b"".join(chunks), PEER), *whole.flush(PEER)]]
    assert in_pieces == at_once


def test_a_frame_in_two_datagrams_arrives_whole():
    link = Link("udp", datagrams=True)
    frame = frame_of(0, size=50)
    assert link.received(frame[:15], PEER) == []
    assert [raw for *_, raw in link.received(frame[15:], PEER)] == [frame]


def test_a_whole_datagram_never_waits_for_an_unfinished_one():
    link = Link("udp", datagrams=True)
    first, second = frame_of(0, size=50), frame_of(1)
    assert link.received(first[:15], PEER) == []
    assert [raw for *_, raw in link.received(second, PEER)] == [second]


def test_pieces_of_two_peers_are_kept_apart():
    link = Link("udp", datagrams=True)
    one, two = frame_of(0, sysid=1, size=50), frame_of(0, sysid=2, size=50)
    other = ("127.0.0.1", 5001)
    assert link.received(one[:20], PEER) + link.received(two[:20], other) == []
    assert [raw for *_, raw in link.received(two[20:], other)] == [two]
    assert [raw for *_, raw in link.received(one[20:], PEER)] == [one]


def test_an_unknown_id_is_never_a_packet():
    """Without a CRC_EXTRA nothing of it can be checked, so nothing of it may count as life."""
    unknown = next(i for i in range(1, 1 << 16) if i not in dialect.mavlink_map)
    body = bytes([9, 0, 0, 0, 21, 1, unknown & 0xFF, unknown >> 8, 0]) + bytes(range(9))
    link = Link("test", datagrams=True)
    for extra in range(256):
        frame = b"\xfd" + body + mcrf4xx(body + bytes([extra])).to_bytes(2, "little")
        assert link.received(frame, PEER) == []
    assert link.packets == 0
    assert link.unknown >= 256


def test_an_unknown_incompatibility_flag_is_never_a_packet():
    body = bytearray(frame_of(0)[1:-2])
    body[1] = 0x02
    frame = b"\xfd" + bytes(body) + mcrf4xx(bytes(body) + bytes([83])).to_bytes(2, "little")
    link = Link("test", datagrams=True)
    assert link.received(frame, PEER) == []
    assert link.unknown >= 1


def test_a_packet_that_is_not_accepted_counts_for_nothing():
    link = Link("test", datagrams=True, accept=lambda frame: bool(frame[2] & 1))
    assert link.received(frame_of(0), PEER) == []
    assert len(link.received(frame_of(1, signed=True), PEER)) == 1
    assert (link.packets, link.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("order", "lost", "late", "duplicates"),
    [
        ([0, 1, 2, 3], 0, 0, 0),
        ([0, 1, 4, 5], 2, 0, 0),
        ([254, 255, 0, 1], 0, 0, 0),
        ([250, 3], 8, 0, 0),
        ([0, 1, 1, 2], 0, 0, 1),
        ([0, 2, 1, 3], 0, 1, 0),
        ([0, 2, 1, 1, 2, 3], 0, 1, 2),
        ([10, 0, 1, 2, 3, 4], 0, 2, 0),  # the sender began anew: two are taken for late ones
    ],
)
def test_sequence_numbers_are_counted(order, lost, late, duplicates):
    link = Link("test", datagrams=True)
    for seq in order:
        link.received(frame_of(seq), PEER)
    (sequence,) = link.sequences()
    assert (sequence.lost, sequence.late, sequence.duplicates) == (lost, late, duplicates)
    assert link.packets == len(order) - duplicates
    assert (link.lost, link.duplicates) == (lost, duplicates)


def test_the_same_content_256_packets_later_is_no_duplicate():
    sequence = Sequence(0)
    for number in range(600):
        seq = number & 0xFF
        if seq == sequence.next & 0xFF:
            sequence.next += 1
            sequence.crcs[seq] = 77
        else:
            pytest.fail("an expected number was not expected")
    assert sequence.packets == 600
    assert not sequence.is_new(599 & 0xFF, 77, may_repeat=True)


def test_a_new_connection_begins_with_whatever_number_it_has():
    link = Link("tcp", datagrams=False)
    link.received(frame_of(7) + frame_of(8)[:9], PEER)
    link.reopened()
    assert [frame for *_, frame in link.received(frame_of(90) + frame_of(91), PEER)] == [frame_of(90), frame_of(91)]
    assert (link.packets, link.lost) == (3, 0)


def test_a_sender_that_restarts_on_a_stream_loses_nothing():
    link = Link("serial", datagrams=False)
    frames = [frame_of(0), frame_of(0), frame_of(1)]
    assert [frame for piece in frames for *_, frame in link.received(piece, PEER)] == frames


def test_a_million_hostile_bytes_are_survived():
    seed = int(os.environ.get("RANGEOPS_TEST_SEED", "20260501"))
    print(f"seed {seed}")
    assert survive(1_000_000, seed) == 0


def test_noise_leaves_little_behind():
    assert memory_held_after(200_000, 1) < 1_000_000


def test_many_forged_sources_and_peers_take_bounded_memory():
    link = Link("udp", datagrams=True)
    frame = frame_of(0, size=50)
    for port in range(2000):
        link.received(frame[:20], ("127.0.0.1", port))
    assert len(link._unfinished) <= 256
    codec = dialect.MAVLink(None)
    for source in range(3000):
        codec.srcSystem, codec.srcComponent = source & 0xFF, source >> 8
        link.received(bytes(dialect.MAVLink_heartbeat_message(2, 3, 0, 0, 3, 3).pack(codec)), PEER)
    assert len([*link.sequences()]) <= 1024
    assert link.packets == 3000


def test_two_channels_of_one_vehicle_that_end_at_one_port_are_counted_each_on_its_own():
    """Each channel numbers its packets by itself: together their numbers would be nothing but gaps."""
    link = Link("udp", datagrams=True)
    radio, lte = PEER, ("192.0.2.7", 5000)
    for number in range(100):
        if number % 10 != 9:
            assert len(link.received(frame_of(number), radio)) == 1
        assert len(link.received(frame_of(number + 130 & 0xFF), lte)) == 1
    assert link.counts(radio, 21, 1) == (90, 9)  # the tenth loss will show by the next number
    assert link.counts(lte, 21, 1) == (100, 0)
    assert (link.packets, link.lost, link.duplicates) == (190, 9, 0)


def test_whoever_forges_peers_by_the_thousand_takes_nobodys_counts_away():
    link = Link("udp", datagrams=True, accept=lambda frame: frame == frame_of(0))
    assert len(link.received(frame_of(0), PEER)) == 1
    for port in range(5000):
        assert link.received(frame_of(1), ("192.0.2.1", port)) == []
    assert link.counts(PEER, 21, 1) == (1, 0)
    assert len(link._paths) <= 2048


def test_hostile_bytes_cost_time_in_proportion_to_their_number():
    """A marker in every byte, each announcing the longest frame, is the worst there is."""
    link = Link("noise", datagrams=False)
    worst = b"\xfe\xff\x00\x01\x01\x00" * 4000
    started = time.process_time()
    for begin in range(0, len(worst), 1000):
        link.received(worst[begin : begin + 1000], PEER)
    assert time.process_time() - started < 1.0
