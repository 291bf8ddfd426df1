"""What recordings tell: held against what is known of our own captures, and the live tracker over the same packets."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import GlobalPositionInt, Heartbeat
from rangeops.adapters.mavlink.recorded import RecordedFlights, Recording
from rangeops.adapters.mavlink.tlog_index import open_tlog
from rangeops.adapters.mavlink.track import Tracker
from rangeops.domain.errors import NotFound

CAPTURES = Path(__file__).parents[2] / "data" / "captures"
BREACH = Recording([open_tlog(CAPTURES / "guided_breach_rtl.tlog")])
BREACHED = RecordedFlights(BREACH)
SYSID = 21


def told(flights=BREACHED):
    return [(each.kind, each.text) for each in flights.moments()]


def test_the_pilot_s_ground_station_is_no_vehicle():
    assert BREACHED.sysids == (SYSID,)
    assert 250 in BREACH.sysid


def test_a_flight_s_moments():
    moments = told()
    assert ("command", "NAV_TAKEOFF from 250") in moments
    assert ("ack", "NAV_TAKEOFF: accepted") in moments
    order = [
        ("armed", "GUIDED"),
        ("mode", "GUIDED to RTL"),
        ("breach", "fence breached"),
        ("breach", "inside its fence again"),
        ("disarmed", "RTL"),
    ]
    assert [each for each in moments if each in order] == order
    assert ("text", "Disarming motors") in moments


def test_times_are_those_of_the_recording():
    breach = next(each for each in BREACHED.moments() if each.kind == "breach")
    assert BREACH.utc(breach.at_us).isoformat() == "2026-11-24T07:06:20.791482+00:00"
    assert BREACH.now(breach.at_us).monotonic_s == pytest.approx(37.805, abs=0.001)


@settings(max_examples=60)
@given(st.floats(0, 1))
def test_the_state_at_any_time_is_what_the_live_tracker_had_then(part):
    at_us = BREACH.begins_us + int(part * (BREACH.ends_us - BREACH.begins_us))
    live = Tracker(SYSID, "recording")
    for row in range(len(BREACH)):
        if BREACH.at_us[row] <= at_us and BREACH.sysid[row] == SYSID:
            live.take(decode_frame(BREACH.frame(row)), BREACH.now(int(BREACH.at_us[row])).monotonic_s)
    assert BREACHED.state_at(SYSID, at_us) == live.state


def test_the_track_is_every_position():
    track = BREACHED.track(SYSID)
    reports = [message for _, message in BREACH.messages(SYSID, GlobalPositionInt) if message.lat or message.lon]
    assert len(track.at_us) == len(reports)
    assert np.allclose(track.latitude_deg, [each.lat * 1e-7 for each in reports])
    assert np.allclose(track.longitude_deg, [each.lon * 1e-7 for each in reports])
    assert np.allclose(track.altitude_amsl_m, [each.alt * 1e-3 for each in reports])


def test_several_files_are_one_recording_in_the_order_of_time():
    files = [CAPTURES / name for name in ("plane_fence_breach.tlog", "guided_breach_rtl.tlog")]
    both = Recording([open_tlog(file) for file in files])
    assert len(both) == sum(len(open_tlog(file)) for file in files)
    assert (np.diff(both.at_us) >= 0).all()
    flights = RecordedFlights(both)
    assert SYSID in flights.sysids
    assert set(told()) <= set(told(flights))
    assert len(both.rows(SYSID, Heartbeat)) >= len(BREACH.rows(SYSID, Heartbeat))


def test_a_file_without_a_packet_is_told(tmp_path):
    (tmp_path / "a.tlog").write_bytes(b"nothing at all, and no packet")
    with pytest.raises(NotFound, match="no MAVLink packet"):
        Recording([open_tlog(tmp_path / "a.tlog")])
