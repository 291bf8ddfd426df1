"""Signatures against pymavlink, and the forgeries that its own check lets pass."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mavlink_forgery import FORGERS, KEY, NOW, OTHER, PEER, forged_through_a_link, forgeries, says, vehicle, verifier
from pymavlink.dialects.v20 import ardupilotmega as dialect

from rangeops.adapters.mavlink.encode import GCS_HEARTBEAT, Sender
from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.messages import Statustext
from rangeops.adapters.mavlink.signing import (
    EPOCH,
    NEW_STREAM_BEHIND,
    TICKS_A_SECOND,
    Floors,
    Signer,
    Timestamps,
    Verdict,
    Verifier,
    ticks_of,
)
from rangeops.domain.errors import Invalid


def test_what_the_oracle_signs_is_good():
    codec, judge = vehicle(), verifier()
    accepts = judge.judge(PEER)
    assert all(accepts(says(codec)) for _ in range(5))
    assert set(judge.counts.values()) == {0}


def test_what_we_sign_is_good_to_the_oracle():
    signer = Signer(KEY, 7, Timestamps(lambda: NOW))
    sender = Sender(250, trailer=signer.trailer)
    codec = dialect.MAVLink(None)
    codec.signing.secret_key = KEY
    codec.signing.timestamp = NOW
    for _ in range(3):
        (message,) = codec.parse_buffer(sender.pack(GCS_HEARTBEAT))
        assert message.get_signed()
        assert (message.get_link_id(), message.get_srcSystem()) == (7, 250)


def test_a_wrong_key_a_flipped_bit_and_an_unknown_vehicle_are_told_apart():
    judge = verifier()
    accepts = judge.judge(PEER)
    assert not accepts(says(vehicle(OTHER)))
    flipped = bytearray(says(vehicle()))
    flipped[-1] ^= 1
    assert not accepts(bytes(flipped))
    assert judge.counts[Verdict.WRONG_KEY] == 2
    another = Verifier({22: KEY}, unsigned_is_fine=True, now_ticks=lambda: NOW)
    assert not another.judge(PEER)(says(vehicle()))
    assert another.counts[Verdict.NO_KEY] == 1


def aged(judge: Verifier) -> None:
    """Both marks have gone by: what was newest before is the floor."""
    judge.floors.mark()
    judge.floors.mark()


def test_a_second_copy_is_refused_and_an_old_one_is_called_a_replay():
    codec, judge = vehicle(), verifier()
    accepts = judge.judge(PEER)
    first, second = says(codec), says(codec)
    assert accepts(first)
    assert not accepts(first)  # the network may deliver twice
    assert accepts(second)
    assert not accepts(first)
    assert (judge.counts[Verdict.REPEATED], judge.counts[Verdict.REPLAYED]) == (2, 0)
    aged(judge)
    assert not accepts(first)
    assert not accepts(second)
    assert (judge.counts[Verdict.REPEATED], judge.counts[Verdict.REPLAYED]) == (2, 2)


def test_what_was_heard_on_one_link_can_not_be_replayed_on_another():
    floors = Floors()
    radio = Verifier({21: KEY}, unsigned_is_fine=False, now_ticks=lambda: NOW, floors=floors)
    lte = Verifier({21: KEY}, unsigned_is_fine=False, now_ticks=lambda: NOW, floors=floors)
    codec = vehicle()
    captured = [says(codec) for _ in range(5)]
    by_radio = radio.judge(PEER)
    assert all(by_radio(frame) for frame in captured)
    aged(radio)
    by_lte = lte.judge(PEER)
    assert not any(by_lte(frame) for frame in captured)
    assert lte.counts[Verdict.REPLAYED] == 5
    assert by_lte(says(codec))
    aged(radio)
    late = says(codec)
    assert by_radio(says(codec))  # and the other way round, on a path that heard the stream before
    aged(radio)
    assert not by_lte(late)
    assert lte.counts[Verdict.REPLAYED] == 6


def test_the_slower_of_two_paths_is_no_replay():
    floors = Floors()
    judges = [Verifier({21: KEY}, unsigned_is_fine=False, now_ticks=lambda: NOW, floors=floors) for _ in range(2)]
    fast, slow = (judge.judge(PEER) for judge in judges)
    codec, late = vehicle(), []
    for number in range(200):
        frame = says(codec)
        late.append(frame)
        assert fast(frame)
        if number >= 40:
            assert slow(late[number - 40])  # it lags by less than one mark
        if number % 50 == 49:
            floors.mark()
    assert judges[1].counts[Verdict.REPLAYED] == 0


def test_a_forged_packet_moves_no_floor():
    judge = verifier()
    accepts = judge.judge(PEER)
    assert accepts(says(vehicle()))
    assert not accepts(says(vehicle(OTHER, timestamp=(1 << 48) - 10)))
    before = dict(judge.floors.kept())
    aged(judge)
    assert judge.floors.kept().keys() - before.keys() == {21 << 16 | 1 << 8 | 3}
    assert judge.floors.kept()[21 << 16 | 1 << 8 | 3] == NOW
    assert accepts(says(vehicle(timestamp=NOW + 5)))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.booleans()), max_size=120))
def test_no_frame_passes_twice_on_one_path_nor_on_any_once_it_is_old(steps):
    """Whatever is replayed, and wherever: each path takes rising timestamps, and none under the floor."""
    codec = vehicle()
    frames = [says(codec) for _ in range(41)]
    floors = Floors()
    paths = [
        Verifier({21: KEY}, unsigned_is_fine=False, now_ticks=lambda: NOW, floors=floors).judge(PEER) for _ in range(3)
    ]
    passed: list[list[int]] = [[], [], []]
    newest = newest_at_mark = floor = -1
    for path, number, mark in steps:
        if mark:
            floors.mark()
            floor, newest_at_mark = newest_at_mark, newest
        if paths[path](frames[number]):
            assert number > floor
            passed[path].append(number)
            newest = max(newest, number)
    assert all(theirs == sorted(set(theirs)) for theirs in passed)


def test_a_forged_timestamp_shuts_nobody_out():
    """Pymavlink 2.4.50 keeps it before it checks the hash, and refuses every later good frame."""
    judge = verifier()
    accepts = judge.judge(PEER)
    assert accepts(says(vehicle()))
    assert not accepts(says(vehicle(OTHER, timestamp=(1 << 48) - 10)))
    assert accepts(says(vehicle(timestamp=NOW + 5)))


def test_a_stream_not_heard_yet_may_lag_a_minute_and_no_more():
    assert verifier().judge(PEER)(says(vehicle(timestamp=NOW - NEW_STREAM_BEHIND + 1)))
    assert not verifier().judge(PEER)(says(vehicle(timestamp=NOW - NEW_STREAM_BEHIND)))


def test_each_link_id_has_its_own_timestamps():
    judge = verifier()
    accepts = judge.judge(PEER)
    assert accepts(says(vehicle(timestamp=NOW + 1000, link_id=1)))
    assert accepts(says(vehicle(timestamp=NOW, link_id=2)))


def test_without_a_signature_only_a_radios_own_passes_unless_the_link_is_a_cable():
    codec = dialect.MAVLink(None, srcSystem=51, srcComponent=68)
    radio = bytes(dialect.MAVLink_radio_status_message(1, 2, 3, 4, 5, 6, 7).pack(codec))
    plain = Sender(21, 1).pack(Statustext(6, b"hello", 0, 0))
    assert verifier().judge(PEER)(radio)
    assert not verifier().judge(PEER)(plain)
    assert verifier(unsigned_is_fine=True).judge(PEER)(plain)


def test_on_a_link_only_good_frames_become_packets():
    judge = verifier()
    link = Link("radio", datagrams=False, accept=judge.judge(PEER))
    good, forged = vehicle(), vehicle(OTHER)
    stream = (
        says(good, b"one")
        + says(forged, b"two")
        + Sender(21, 1).pack(Statustext(6, b"three", 0, 0))
        + says(good, b"four")
    )
    assert [message.text for _, _, message, _ in link.received(stream, PEER)] == [b"one", b"four"]
    assert link.rejected == 2
    assert link.lost == 0  # a forged number moves no sequence


def test_a_frame_behind_one_that_was_cut_in_its_signature_is_not_lost():
    judge = verifier()
    link = Link("radio", datagrams=False, accept=judge.judge(PEER))
    codec = vehicle()
    cut, whole = says(codec, b"cut"), says(codec, b"whole")
    for missing in range(1, 13):
        link.received(cut[:-missing], PEER)
    assert [message.text for _, _, message, _ in link.received(whole, PEER)] == [b"whole"]


def test_no_forgery_passes_and_none_shuts_a_stream_out():
    assert forgeries(20_000, 1) == 0


def test_forged_frames_with_right_crcs_stop_at_the_link_and_good_ones_between_them_pass():
    told = forged_through_a_link(12_000, 1)
    assert (told.forged, told.accepted, told.good, told.blocked) == (12_000, 0, 120, 0)


@pytest.mark.parametrize("forger", FORGERS)
def test_nothing_but_the_signature_stops_a_forgery(forger):
    """Where nobody checks signatures each of them is a packet: what stops them is the check and not a broken frame."""
    forged = forger(says(vehicle()), random.Random(1))
    assert len(Link("radio", datagrams=True).received(forged, PEER)) == 1
    judged = Link("radio", datagrams=True, accept=verifier().judge(PEER))
    assert len(judged.received(says(vehicle()), PEER)) == 1
    assert judged.received(forged, PEER) == []


def test_our_timestamps_grow_whatever_the_clock_does():
    clock = [100, 100, 50, 200]
    stamps = Timestamps(lambda: clock.pop(0), last=120)
    assert [stamps.next() for _ in range(4)] == [121, 122, 123, 200]


def test_ticks_count_ten_microseconds_since_2015():
    assert ticks_of(EPOCH) == 0
    assert ticks_of(EPOCH.replace(year=2016)) == 365 * 86_400 * TICKS_A_SECOND


def test_a_key_of_another_length_is_refused_in_one_sentence():
    with pytest.raises(Invalid, match="32 bytes"):
        Verifier({21: b"short"}, unsigned_is_fine=False, now_ticks=lambda: NOW)
    with pytest.raises(Invalid, match="32 bytes"):
        Signer(b"short", 1, Timestamps(lambda: NOW))
