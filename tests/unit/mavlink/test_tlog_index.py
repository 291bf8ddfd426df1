"""The index over a tlog: equal to what pymavlink reads, and after any damage every packet that was left whole."""

import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega, common

from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import Heartbeat
from rangeops.adapters.mavlink.tlog_index import damaged_bytes, frames_between, open_tlog
from rangeops.domain.errors import NotFound

CAPTURES = sorted((Path(__file__).parents[2] / "data" / "captures").glob("*.tlog"))
START_US = 1_764_000_000_000_000


class Kept:
    def write(self, data):
        self.data = data


def frames(count):
    """Packets of three vehicles, v1, v2 and signed, short and long."""
    senders = []
    for sysid in (1, 7, 250):
        kept = Kept()
        mav = ardupilotmega.MAVLink(kept, srcSystem=sysid, srcComponent=1)
        senders.append((kept, mav))
    senders[2][1].signing.secret_key = b"k" * 32
    senders[2][1].signing.link_id = 1
    senders[2][1].signing.timestamp = 1
    senders[2][1].signing.sign_outgoing = True
    made = []
    for number in range(count):
        kept, mav = senders[number % 3]
        one = number % 4
        if one == 0:
            mav.heartbeat_send(2, 3, 81, number % 200, 4, force_mavlink1=sender_is_v1(number))
        elif one == 1:
            mav.statustext_send(6, b"fence \xfd\xfe breach", force_mavlink1=sender_is_v1(number))
        elif one == 2:
            mav.attitude_send(number, 0.5, -0.25, 3.0, 0, 0, 0, force_mavlink1=sender_is_v1(number))
        else:
            mav.param_value_send(b"FENCE_ALT_MAX", 120.0, 9, 1200, number, force_mavlink1=sender_is_v1(number))
        made.append(kept.data)
    return made


def sender_is_v1(number):
    return number % 3 == 1


FRAMES = frames(60)


def records(packets=FRAMES):
    return [struct.pack(">Q", START_US + 1000 * number) + packet for number, packet in enumerate(packets)]


def index_of(folder, data):
    path = folder / "a.tlog"
    path.write_bytes(data)
    return open_tlog(path)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_real_recording_has_what_pymavlink_reads(capture):
    theirs = Counter()
    log = mavutil.mavlink_connection(str(capture), dialect="ardupilotmega")
    while (message := log.recv_msg()) is not None:
        if message.get_type() != "BAD_DATA":
            theirs[message.get_srcSystem(), message.get_srcComponent(), message.get_msgId()] += 1
    log.close()
    index = open_tlog(capture)
    ours = Counter(zip(index.sysid.tolist(), index.compid.tolist(), index.message_id.tolist(), strict=True))
    assert ours == theirs
    assert index.checked.all()


def test_each_row_is_its_packet(tmp_path):
    index = index_of(tmp_path, b"".join(records()))
    assert [index.frame(row) for row in range(len(index))] == FRAMES
    assert index.at_us.tolist() == [START_US + 1000 * number for number in range(len(FRAMES))]
    assert not index.damage
    beat = index.rows_of(1, 0)
    assert isinstance(decode_frame(index.frame(int(beat[0]))), Heartbeat)
    assert list(frames_between(index, START_US + 5000, START_US + 8000)) == [5, 6, 7]


def test_an_empty_file_and_one_that_holds_no_packet_are_indexes_of_none(tmp_path):
    assert len(index_of(tmp_path, b"")) == 0
    index = index_of(tmp_path, b"not a recording at all" * 40)
    assert len(index) == 0
    assert damaged_bytes(index) == 22 * 40


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(NotFound, match="can't be read"):
        open_tlog(tmp_path / "none.tlog")


def test_a_message_that_the_dialect_does_not_know_is_kept_and_told_apart(tmp_path):
    kept = Kept()
    mav = common.MAVLink(kept, srcSystem=1, srcComponent=1)
    mav.heartbeat_send(2, 3, 81, 4, 4)
    unknown = bytearray(kept.data)
    unknown[7:10] = (54_321).to_bytes(3, "little")
    index = index_of(tmp_path, b"".join(records([FRAMES[0], bytes(unknown), FRAMES[2]])))
    assert index.checked.tolist() == [True, False, True]
    assert index.message_id.tolist()[1] == 54_321


def test_a_stamp_that_is_no_time_is_damage(tmp_path):
    data = records()
    data[10] = struct.pack(">Q", 7) + FRAMES[10]
    index = index_of(tmp_path, b"".join(data))
    assert len(index) == len(FRAMES) - 1
    assert [each.why for each in index.damage] == ["a packet whose time is none"]


DAMAGES = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, 1_000_000), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(0, 1_000_000), st.integers(1, 60)),
    st.tuples(st.just("put"), st.integers(0, 1_000_000), st.binary(min_size=1, max_size=80)),
    st.tuples(st.just("zero"), st.integers(0, 1_000_000), st.integers(1, 200)),
)


def damaged(damages, cut_off):
    """The recording after all that, and for each byte of it which record it is of; None for one that was put there."""
    data = bytearray(b"".join(records()))
    owner = [number for number, record in enumerate(records()) for _ in record]
    for kind, place, what in damages:
        at = place % len(data) if data else 0
        new = {
            "flip": bytes([data[at] ^ what]) if kind == "flip" and data else b"",
            "cut": b"",
            "put": what,
            "zero": b"",
        }[kind]
        gone = {"flip": 1, "put": 0}.get(kind, what)
        if kind == "zero":
            new = bytes(len(data[at : at + what]))
        data[at : at + gone], owner[at : at + gone] = new, [None] * len(new)
    end = len(data) - cut_off
    return bytes(data[: max(end, 0)]), owner[: max(end, 0)]


def whole(owner):
    """Where records begin of which every byte is left, in its place."""
    sizes = [len(record) for record in records()]
    at = 0
    while at < len(owner):
        number = owner[at]
        if number is not None and owner[at : at + sizes[number]] == [number] * sizes[number]:
            yield at
            at += sizes[number]
        else:
            at += 1


@settings(max_examples=150)
@given(st.lists(DAMAGES, max_size=6), st.integers(0, 400))
@example(
    [("cut", 0, 1), ("cut", 0, 1), ("cut", 201, 7)], 0
)  # a cut packet leads to a byte within the next, as by chance
def test_every_packet_that_was_left_whole_is_found_and_nothing_else(tmp_path_factory, damages, cut_off):
    data, owner = damaged(damages, cut_off)
    index = index_of(tmp_path_factory.mktemp("damaged"), data)
    found = {int(offset) for offset in index.offset}
    assert [at for at in whole(owner) if at + 8 not in found] == []
    for row in np.flatnonzero(index.checked).tolist():
        decode_frame(index.frame(row))
    told = sum(index.length.tolist()) + 8 * len(index) + damaged_bytes(index)
    assert told == len(data), "each byte is a packet's, its stamp's, or told as damage"
