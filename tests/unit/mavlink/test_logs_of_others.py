"""Logs as others write them: without times, by a clock that was wrong or set, of an old firmware, as text, or no log at all.

Each is a defect of a published log, made small here.
"""

import struct
from collections import Counter

import numpy as np
import pytest
from pymavlink import DFReader, mavutil
from pymavlink.dialects.v20 import ardupilotmega

from rangeops.adapters.mavlink.damage import Damage, damage_told
from rangeops.adapters.mavlink.dataflash import DataflashLog
from rangeops.adapters.mavlink.log_kinds import LogKind, kind_of
from rangeops.adapters.mavlink.recorded import RecordedFlights, Recording
from rangeops.adapters.mavlink.tlog_index import open_tlog
from rangeops.domain.errors import Damaged, Invalid, NotFound

START_US = 1_764_000_000_000_000
STEP_US = 100_000
CONSOLE = b"\n\nInit ArduCopter V4.7.0-dev\n\nFree RAM: 131072\n"


class Kept:
    def write(self, data):
        self.data = data


def packets(count=200, *, told_unix=True):
    """One vehicle's second of ten packets, again and again: v2, and every third of them v1."""
    kept = Kept()
    mav = ardupilotmega.MAVLink(kept, srcSystem=7, srcComponent=1)
    made = []
    for number in range(count):
        boot_ms, v1 = 60_000 + number * 100, number % 3 == 0
        if number % 10 == 0:
            mav.heartbeat_send(2, 3, 81, 4 if number < count // 2 else 6, 4, force_mavlink1=v1)
        elif number % 10 == 1 and told_unix:
            mav.system_time_send(START_US + number * STEP_US, boot_ms, force_mavlink1=v1)
        else:
            place = (522_758_328 + number, 68_912_345, 60_000, 30_000, 300, 100, 0, 900)
            mav.global_position_int_send(boot_ms, *place, force_mavlink1=v1)
        made.append(kept.data)
    return made


PACKETS = packets()


def stamped(made, stamps, order=">Q"):
    return b"".join(struct.pack(order, at_us) + packet for at_us, packet in zip(stamps, made, strict=True))


def stamps(start_us=START_US):
    return [start_us + number * STEP_US for number in range(len(PACKETS))]


def index_of(folder, data, name="a.tlog"):
    path = folder / name
    path.write_bytes(data)
    return open_tlog(path)


def theirs(path, *, raw=False):
    log = mavutil.mavlink_connection(str(path), dialect="ardupilotmega", notimestamps=raw)
    found = Counter()
    while (message := log.recv_msg()) is not None:
        found[message.get_type()] += 1
    log.close()
    del found["BAD_DATA"]
    return found


def ours(index):
    return Counter(ardupilotmega.mavlink_map[int(number)].msgname for number in index.message_id)


# Packets without times.


def test_packets_without_times_have_those_of_the_vehicle(tmp_path):
    index = index_of(tmp_path, CONSOLE + b"".join(PACKETS), "mav.tlog.raw")
    assert ours(index) == theirs(tmp_path / "mav.tlog.raw", raw=True)
    assert len(index) == len(PACKETS)
    assert index.at_us[2:].tolist() == stamps()[2:], "before its first word there is none of its clock"
    assert index.notes == ("it has no times of its own: those of vehicle 7's clock",)
    assert [(each.offset, each.size) for each in index.damage] == [(0, len(CONSOLE))]


def test_packets_of_a_vehicle_that_never_knew_the_time_count_from_1970(tmp_path):
    index = index_of(tmp_path, b"".join(packets(told_unix=False)), "mav.raw")
    assert index.at_us[-1] == pytest.approx((60_000 + 199 * 100) * 1000, abs=STEP_US)
    assert "count from 1970" in index.notes[0]


def test_a_vehicle_that_starts_again_goes_on_behind_its_last_word(tmp_path):
    index = index_of(tmp_path, b"".join([*packets(told_unix=False), *packets(told_unix=False)]), "mav.raw")
    assert bool((np.diff(index.at_us) >= 0).all())
    assert index.at_us[-1] - index.at_us[0] == pytest.approx(2 * 199 * STEP_US + 1_000_000, abs=3 * STEP_US)


def test_packets_that_tell_no_time_have_a_second_between_heartbeats(tmp_path):
    beats = [packet for packet in PACKETS if len(packet) in (17, 21)]
    index = index_of(tmp_path, b"".join(beats), "mav.raw")
    assert np.diff(index.at_us).tolist() == [1_000_000] * (len(beats) - 1)
    assert index.notes == ("it has no times: a second is put between two heartbeats",)


def test_a_damaged_recording_without_times_gives_the_rest(tmp_path):
    data = b"".join(PACKETS)
    index = index_of(tmp_path, data[:1000] + bytes(300) + data[1300:], "mav.raw")
    assert len(PACKETS) - 15 < len(index) < len(PACKETS)
    assert sum(each.size for each in index.damage) + int(index.length.sum()) == len(data)


# Times that are wrong.


def test_times_written_the_other_way_round_are_read(tmp_path):
    index = index_of(tmp_path, stamped(PACKETS, stamps(), "<Q"))
    assert index.at_us.tolist() == stamps()
    assert index.notes == ("its times are written little-endian",)


def test_packets_from_before_the_clock_was_set_stand_before_the_others(tmp_path):
    unset = [5_000_000 + number * STEP_US for number in range(50)]
    index = index_of(tmp_path, stamped(PACKETS, unset + stamps()[50:]))
    assert len(index) == len(PACKETS)
    assert index.damage == ()
    assert index.at_us[50:].tolist() == stamps()[50:]
    assert np.diff(index.at_us[:50]).tolist() == [STEP_US] * 49
    assert index.at_us[49] == stamps()[50] - 1
    assert "50 packets have another clock's time (1970-01-01 00:00)" in index.notes[0]


def test_a_single_time_that_is_none_is_damage(tmp_path):
    wrong = stamps()
    wrong[20] = 77
    index = index_of(tmp_path, stamped(PACKETS, wrong))
    assert len(index) == len(PACKETS) - 1
    assert [each.why for each in index.damage] == ["a packet whose time is none"]


@pytest.mark.parametrize("start_us", [START_US * 1000, -(2**62), 2**62])
def test_times_that_no_date_can_say_are_none(tmp_path, start_us):
    """Nanoseconds, as some write them: not one of its packets has a time."""
    index = index_of(tmp_path, stamped(PACKETS, [at_us & (2**64 - 1) for at_us in stamps(start_us)]))
    assert (len(index), len(index.damage)) == (0, len(PACKETS))
    with pytest.raises(NotFound, match="that has a time"):
        Recording([index])


def test_of_two_halves_that_lie_years_apart_both_are_there(tmp_path):
    twice = [*stamps()[:100], *(at_us + 20 * 31_556_952_000_000 for at_us in stamps()[100:])]
    assert len(index_of(tmp_path, stamped(PACKETS, twice))) == len(PACKETS)


def test_a_clock_that_was_set_back_is_told(tmp_path):
    back = stamps()[:120] + [at_us - 6_000_000 for at_us in stamps()[120:]]
    index = index_of(tmp_path, stamped(PACKETS, back))
    assert len(index) == len(PACKETS)
    assert index.notes[0].startswith("its clock went back 6 s at 2025-11-24 16:00:11Z")


def test_two_recordings_in_one_file_are_both_there(tmp_path):
    """The later one first: their times lie beside each other, and nothing is said."""
    later, earlier = stamped(PACKETS, stamps()), stamped(PACKETS, stamps(start_us=START_US - 7_200_000_000))
    index = index_of(tmp_path, later + earlier)
    assert len(index) == 2 * len(PACKETS)
    assert index.notes == ()
    assert index.damage == ()
    recording = Recording([index])
    assert bool((np.diff(recording.at_us) >= 0).all())
    assert RecordedFlights(recording).sysids == (7,)


# What is damaged, and how it is told.


def test_a_message_of_another_dialect_is_named(tmp_path):
    wrong = bytearray(PACKETS[4])
    wrong[-1] ^= 0x5A
    made = [*PACKETS[:4], bytes(wrong), *PACKETS[5:]]
    index = index_of(tmp_path, stamped(made, stamps()))
    assert len(index) == len(PACKETS) - 1
    assert [each.why for each in index.damage] == ["GLOBAL_POSITION_INT (33) with a checksum that isn't its own"]


def test_a_file_that_is_filled_up_with_zeros_is_read_as_far_as_it_goes(tmp_path):
    data = stamped(PACKETS, stamps())
    index = index_of(tmp_path, data + bytes(5000))
    assert len(index) == len(PACKETS)
    assert [(each.offset, each.size) for each in index.damage] == [(len(data), 5000)]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([], ""),
        ([Damage(0, 1, "a")], "1 byte in 1 place can't be read (a)"),
        ([Damage(0, 7, "a"), Damage(9, 2, "a")], "9 bytes in 2 places can't be read (a, 2 times)"),
        ([Damage(i, 1, w) for i, w in enumerate("aabcde")], "6 bytes in 6 places can't be read (a, 2 times; b; c; something else, 2 times)"),
    ],
)  # fmt: skip
def test_damage_is_told_in_one_line(found, told):
    assert damage_told(found) == told


# Logs on board.

OLD_FORMATS = {  # of 2014: type: (name, layout, columns)
    128: ("FMT", "BBnNZ", "Type,Length,Name,Format,Columns"),
    1: ("ATT", "Icc", "TimeMS,Roll,Pitch"),
    2: ("GPS", "BIHLLeI", "Status,TimeMS,Week,Lat,Lng,Alt,T"),
    3: ("MODE", "Mh", "Mode,ThrCrs"),
    4: ("MSG", "Z", "Message"),
    5: ("EV", "B", "Id"),
}
OLD_CODES = {"B": "B", "n": "4s", "N": "16s", "Z": "64s", "I": "I", "c": "h", "H": "H", "L": "i", "e": "i", "M": "B", "h": "h"}  # fmt: skip


def old(kind, *values):
    layout = "<" + "".join(OLD_CODES[each] for each in OLD_FORMATS[kind][1])
    made = (each.encode() if isinstance(each, str) else each for each in values)
    return struct.pack("<BBB", 0xA3, 0x95, kind) + struct.pack(layout, *made)


def old_log():
    pieces = []
    for kind, (name, layout, columns) in OLD_FORMATS.items():
        size = struct.calcsize("<" + "".join(OLD_CODES[each] for each in layout)) + 3
        pieces.append(old(128, kind, size, name, layout, columns))
    pieces += [old(4, "ArduCopter V3.1.3 (92cdd2a3)"), old(3, 0, 514)]
    for step in range(30):
        pieces.append(old(1, 60_000 + step * 100, step, 0))
        pieces.append(old(2, 3, 3_880_600 + step * 100, 1815, 301_557_346, -979_575_471, 29_788, 60_010 + step * 100))
        pieces += [old(5, 10)] if step == 10 else [old(3, 3, 514), old(3, 3, 514)] if step == 20 else []
    return b"".join(pieces)


def test_records_without_a_time_have_that_of_the_last_one_that_had(tmp_path):
    path = tmp_path / "1.bin"
    path.write_bytes(old_log())
    log = DataflashLog(path)
    began_s = 315_964_800 + 1815 * 604_800 + 3880.6 - 18 - 60.01  # of its clock, by its GPS
    assert log.utc_known
    told = [(each.kind, each.text, round(each.at_us / 1e6 - began_s, 2)) for each in log.moments()]
    assert told == [
        ("text", "ArduCopter V3.1.3 (92cdd2a3)", 60.0),
        ("mode", "STABILIZE", 60.0),
        ("armed", "STABILIZE", 61.01),
        ("mode", "STABILIZE to AUTO", 62.01),
    ]
    assert len(log.track().at_us) == 30
    assert log.track().at_us[-1] / 1e6 - began_s == pytest.approx(60.01 + 2.9)


TEXT_LOG = """9

ArduCopter V3.1 (5c6503e2)
Free RAM: 1331
FMT, 128, 89, FMT, BBnNZ, Type,Length,Name,Format
FMT, 129, 23, PARM, Nf, Name,Value
FMT, 130, 45, GPS, BIHBcLLeeEefI, Status,TimeMS,Week,NSats,HDop,Lat,Lng,RelAlt,Alt,Spd,GCrs,VZ,T
FMT, 3, 6, MODE, Mh, Mode,ThrCrs
FMT, 4, 67, MSG, Z, Message
FMT, 13, 4, EV, B, Id
PARM, SYSID_THISMAV, 9.000000
MSG, ArduCopter V3.1 (5c6503e2), a comma in it
MODE, STABILIZE, 352
GPS, 3, 109206800, 1774, 9, 2.42, -39.4950300, 176.7483511, 0.05, 46.82, 0.03, 202.77, 0.080000, 66937
EV, 10
GPS, 3, 109207800, 1774, 9, 2.42, -39.4950301, 176.7483511, 0.05, 46.85, 0.03, 202.77, 0.080000, 67937
MODE, AUTO, 352
EV, 11
"""


def test_a_log_as_text_tells_what_a_binary_one_does(tmp_path):
    path = tmp_path / "1.log"
    path.write_text(TEXT_LOG)
    assert kind_of(path) is LogKind.TEXT
    log = DataflashLog(path, LogKind.TEXT)
    assert (log.sysid, log.utc_known, log.damage) == (9, True, ())
    assert [(each.kind, each.text) for each in log.moments()] == [
        ("text", "ArduCopter V3.1 (5c6503e2), a comma in it"),
        ("mode", "STABILIZE"),
        ("armed", "STABILIZE"),
        ("mode", "STABILIZE to AUTO"),
        ("disarmed", "AUTO"),
    ]
    assert log.track().latitude_deg.tolist() == [-39.4950300, -39.4950301]
    reader = DFReader.DFReader_text(str(path))
    found = Counter()
    while (message := reader.recv_msg()) is not None:
        found[message.get_type()] += 1
    reader.filehandle.close()
    assert dict(log.counts) == dict(found)


def test_a_line_that_is_cut_is_damage(tmp_path):
    path = tmp_path / "1.log"
    path.write_text(TEXT_LOG + "GPS, 3, 1092\nEV, x\n")
    log = DataflashLog(path, LogKind.TEXT)
    assert [each.size for each in log.damage] == [13, 6]
    assert log.counts["GPS"] == 2


def test_a_log_whose_beginning_is_missing_is_told_so(tmp_path):
    path = tmp_path / "1.bin"
    path.write_bytes(old_log()[89 * len(OLD_FORMATS) + 1 :])
    with pytest.raises(Damaged, match="its beginning is missing"):
        DataflashLog(path)


# What can't be replayed.


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"ULog\x01\x12\x35\x01" + bytes(40), "ULog, which PX4 writes"),
        (b"\x1f\x8b\x08\x00", r"packed \(gzip\)"),
        (b"PK\x03\x04\x14\x00", r"packed \(zip\)"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git hasn't fetched"),
        (b'<?xml version="1.0"?><kml/>', "in XML"),
        (b"", "empty"),
        ((bytes(8) + b"\x55\x03\x01\x01\x01\x00abcCC") * 4, "MAVLink 0.9"),
    ],
)
def test_what_is_known_and_cannot_be_replayed_is_said_in_one_sentence(tmp_path, data, what):
    path = tmp_path / "flight.tlog"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=what):
        kind_of(path)


def test_what_stands_in_a_file_counts_and_not_its_name(tmp_path):
    for name, data, kind in (
        ("flight.bin", stamped(PACKETS, stamps()), LogKind.TLOG),
        ("flight.tlog", old_log(), LogKind.DATAFLASH),
        ("flight.txt", TEXT_LOG.encode(), LogKind.TEXT),
        ("torn.log", TEXT_LOG.replace("MODE, AUTO", "MODE\0\0\0").encode(), LogKind.TEXT),
        ("flight", stamped(PACKETS, stamps()), LogKind.TLOG),
    ):
        (tmp_path / name).write_bytes(data)
        assert kind_of(tmp_path / name) is kind
    with pytest.raises(NotFound):
        kind_of(tmp_path / "none")
