"""DataFlash logs: one that is written here, byte by byte as AP_Logger does, whole and damaged."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink import DFReader

from rangeops.adapters.mavlink.dataflash import DataflashLog
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Damaged, NotFound
from rangeops.domain.now import of_unix_us

FORMATS = {  # type: (name, format of AP_Logger, columns)
    128: ("FMT", "BBnNZ", "Type,Length,Name,Format,Columns"),
    129: ("PARM", "QNf", "TimeUS,Name,Value"),
    130: ("MSG", "QZ", "TimeUS,Message"),
    131: ("MODE", "QMBB", "TimeUS,Mode,ModeNum,Rsn"),
    132: ("GPS", "QBIHLLe", "TimeUS,Status,GMS,GWk,Lat,Lng,Alt"),
    133: ("EV", "QB", "TimeUS,Id"),
    134: ("ERR", "QBB", "TimeUS,Subsys,ECode"),
    135: ("CMD", "QHHH", "TimeUS,CTot,CNum,CId"),
    136: ("POS", "QLLe", "TimeUS,Lat,Lng,Alt"),
}
CODES = {
    "B": "B",
    "n": "4s",
    "N": "16s",
    "Z": "64s",
    "Q": "Q",
    "f": "f",
    "M": "B",
    "I": "I",
    "H": "H",
    "L": "i",
    "e": "i",
}


def packed(kind, *values):
    layout = "<" + "".join(CODES[each] for each in FORMATS[kind][1])
    made = (each.encode() if isinstance(each, str) else each for each in values)
    return struct.pack("<BBB", 0xA3, 0x95, kind) + struct.pack(layout, *made)


def log_bytes():
    pieces = []
    for kind, (name, layout, columns) in FORMATS.items():
        size = struct.calcsize("<" + "".join(CODES[each] for each in layout)) + 3
        pieces.append(packed(128, kind, size, name, layout, columns))
    pieces += [
        packed(129, 100_000, "SYSID_THISMAV", 7.0),
        packed(130, 200_000, "ArduCopter V4.5.7 (2a3dc4b7)"),
        packed(132, 300_000, 3, 270_000_000, 2394, 522_758_328, 68_912_345, 3513),
        packed(131, 400_000, 4, 4, 1),
        packed(133, 500_000, 10),
        packed(135, 600_000, 5, 1, 22),
    ]
    pieces += [packed(136, 700_000 + 100_000 * step, 522_758_328 + step, 68_912_345, 5000) for step in range(20)]
    pieces += [
        packed(134, 2_800_000, 9, 2),
        packed(131, 2_900_000, 6, 6, 10),
        packed(130, 3_000_000, "Fence \x1b[31mbreached"),
        packed(133, 3_100_000, 11),
        packed(134, 3_200_000, 9, 0),
    ]
    return b"".join(pieces)


LOG = log_bytes()


def written(folder, data=LOG):
    path = Path(folder) / "00000001.BIN"
    path.write_bytes(data)
    return path


def test_a_log_tells_who_where_and_what(tmp_path):
    log = DataflashLog(written(tmp_path))
    assert (log.sysid, log.vehicle_class, log.firmware) == (7, VehicleClass.COPTER, "ArduCopter V4.5.7 (2a3dc4b7)")
    told = [(each.kind, each.text) for each in log.moments()]
    assert told == [
        ("text", "ArduCopter V4.5.7 (2a3dc4b7)"),
        ("mode", "GUIDED"),
        ("armed", "GUIDED"),
        ("mission", "item 1: NAV_TAKEOFF"),
        ("breach", "fence breach"),
        ("mode", "GUIDED to RTL"),
        ("text", told[6][1]),
        ("disarmed", "RTL"),
        ("breach", "fence breach: resolved"),
    ]
    assert "\x1b" not in told[6][1]
    track = log.track()
    assert len(track.at_us) == 20
    assert track.latitude_deg[0] == pytest.approx(52.2758328)
    assert track.altitude_amsl_m[0] == pytest.approx(50.0)
    assert log.counts["POS"] == 20


def test_times_are_utc_by_its_gps(tmp_path):
    log = DataflashLog(written(tmp_path))
    week_s = 2394 * 7 * 86400 + 315_964_800 - 18  # of GPS time's week, less its leap seconds
    assert log.begins_us / 1e6 == pytest.approx(week_s + 270_000 + 0.4, abs=0.2)


@pytest.mark.parametrize("bit", range(48, 64))
def test_a_bit_of_a_time_leaves_the_rest_to_be_told(tmp_path, bit):
    """No checksum covers a record, and the highest bits of its time are beyond any date."""
    at = LOG.index(packed(131, 2_900_000, 6, 6, 10)) + 3 + bit // 8
    log = DataflashLog(written(tmp_path, LOG[:at] + bytes([LOG[at] ^ 1 << bit % 8]) + LOG[at + 1 :]))
    assert {of_unix_us(each.at_us).year for each in log.moments()} == {2025}
    assert "disarmed" in {each.kind for each in log.moments()}


def test_what_is_no_log_or_cannot_be_read_is_told(tmp_path):
    with pytest.raises(NotFound):
        DataflashLog(tmp_path / "none.bin")
    for data in (b"", b"\xa3\x95", b"nothing of the kind\n" * 30, bytes(4000)):
        with pytest.raises(Damaged):
            DataflashLog(written(tmp_path, data))


def theirs(path):
    """What pymavlink counts; it can't close its file by itself."""
    log = DFReader.DFReader_binary(str(path))
    counts = {log.id_to_name.get(kind, "FMT"): count for kind, count in enumerate(log.counts) if count}
    log.data_map.close()
    log.filehandle.close()
    return counts


def test_counts_are_pymavlink_s(tmp_path):
    path = written(tmp_path)
    assert DataflashLog(path).counts == theirs(path)


def test_a_last_page_that_is_filled_up_is_no_damage(tmp_path):
    assert DataflashLog(written(tmp_path, LOG + b"\xff" * 200)).damage == ()


@settings(max_examples=200)
@given(st.integers(0, len(LOG) - 1), st.integers(0, 120), st.binary(max_size=60))
def test_a_damaged_log_gives_what_is_left_and_says_what_is_not(tmp_path_factory, at, gone, put):
    data = LOG[:at] + put + LOG[at + gone :]
    log = DataflashLog(written(tmp_path_factory.mktemp("bin"), data))
    first_positions = LOG.index(b"\xa3\x95\x88")
    if at > first_positions + 200 and len(put) < 60:
        before = list(DataflashLog(written(tmp_path_factory.mktemp("bin"), LOG[:at])).moments())
        assert list(log.moments())[: len(before)] == before, "what came before is there whatever came after"
    sizes = {
        name: struct.calcsize("<" + "".join(CODES[each] for each in layout)) + 3 for name, layout, _ in FORMATS.values()
    }
    if set(log.counts) <= set(sizes):
        told = sum(sizes[name] * count for name, count in log.counts.items()) + sum(each.size for each in log.damage)
        assert told <= len(data)
