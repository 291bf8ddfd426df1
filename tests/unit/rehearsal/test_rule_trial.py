"""A change of rules over all stored flights: what it comes to for each, and that one that can't be read stops no other."""

import json
import struct
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from desk import NOON, Desk, alarm
from hypothesis import given
from hypothesis import strategies as st
from mavlink_world import tlog_frames
from typer.testing import CliRunner

from rangeops.adapters.store.opening import open_store
from rangeops.cli import app
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.events import AlarmChanged, ArmedChanged, VehicleLost
from rangeops.domain.range_statistics import Flight
from rangeops.domain.stored_flights import BESIDE, stretches
from rangeops.domain.telemetry import Sysid
from rangeops.rechecking_stored import Asked, try_folder, try_stored
from rangeops.rehearsal.recheck import Compared, Raised
from rangeops.rehearsal.rule_trial import Flown, tried
from rangeops.settings import Settings

CAPTURE = Path(__file__).parents[2] / "data" / "captures" / "guided_breach_rtl.tlog"
SYSID = Sysid(21)
FLOWN = Flown(7, "S1", "D07", NOON, NOON + timedelta(seconds=300))
EXIT, OUTSIDE, LOST = Condition.FORECAST_EXIT, Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Condition.SEPARATION_LOST


def raised(condition, at_s, over_s=None, source="D07"):
    over = None if over_s is None else NOON + timedelta(seconds=over_s)
    return Raised(condition, source, 1, condition.value, NOON + timedelta(seconds=at_s), over)


# -- what it comes to


def test_what_comes_earlier_later_anew_and_no_more_is_counted():
    pairs = [
        Compared(raised(EXIT, 20, 22), raised(EXIT, 18.5, 22)),
        Compared(raised(OUTSIDE, 30), raised(OUTSIDE, 30)),
        Compared(raised(EXIT, 60), raised(EXIT, 62)),
        Compared(raised(LOST, 70), None),
        Compared(None, raised(EXIT, 200, 201)),
        Compared(None, raised(EXIT, 100, source="D09")),
    ]
    found = tried(FLOWN, pairs)
    assert (found.before, found.after) == (4, 4), "D09's is another flight's"
    assert (found.earlier, found.earlier_s, found.later, found.later_s) == (1, 1.5, 1, 2.0)
    assert (found.gone, found.new, found.for_nothing) == (1, 1, 1)
    assert found.changed


@pytest.mark.parametrize(
    ("after", "commanded", "for_nothing"),
    [
        ([raised(EXIT, 10, 12)], (), 1),
        ([raised(EXIT, 10, 12), raised(OUTSIDE, 40)], (), 0),
        ([raised(EXIT, 10, 12), raised(OUTSIDE, 90)], (), 1),  # that long after is no foresight
        ([raised(EXIT, 10), raised(Condition.FENCE_BREACH_ON_BOARD, 40)], (), 0),
        ([raised(EXIT, 10, 12), raised(LOST, 40)], (), 1),  # not what it foresaw
        ([raised(EXIT, 10, 12)], (15,), 0),  # the range acted: nobody knows what would have come
        ([raised(EXIT, 10, 12)], (5,), 1),
        ([raised(Condition.DRONES_CONVERGE, 10, source="D07 D09"), raised(LOST, 20, source="D07 D09")], (), 0),
        ([raised(Condition.TELEMETRY_STALE, 10)], (), 0),  # it foresees nothing
    ],
)
def test_a_new_alarm_was_for_nothing_where_what_it_foresaw_never_came(after, commanded, for_nothing):
    flown = replace(FLOWN, commanded=tuple(NOON + timedelta(seconds=at_s) for at_s in commanded))
    assert tried(flown, [Compared(None, each) for each in after]).for_nothing == for_nothing


def test_the_same_alarms_are_no_change():
    same = raised(EXIT, 20, 22)
    assert not tried(FLOWN, [Compared(same, same)]).changed


times = st.integers(0, 2000).map(lambda at_s: NOON + timedelta(seconds=at_s))
flights = st.lists(st.tuples(times, st.integers(0, 300), st.integers(1, 4)), max_size=12).map(
    lambda made: [Flight(Sysid(s), at, at + timedelta(seconds=lasts)) for at, lasts, s in made]
)


@given(flights)
def test_every_flight_is_in_one_stretch_and_no_two_stretches_meet(flown):
    found = stretches(flown)
    assert sorted((f.began, f.sysid) for each in found for f in each.flights) == sorted(
        (f.began, f.sysid) for f in flown
    )
    for before, after in pairwise(found):
        assert before.ends < after.begins
    for each in found:
        assert each.begins == min(f.began for f in each.flights) - BESIDE
        assert each.ends == max(f.ended for f in each.flights) + BESIDE


# -- over a data folder


@pytest.fixture
def settings(tmp_path):
    """Two flights in the record: the recording of the first is there, that of the second isn't one."""
    settings = Settings(data=tmp_path / "data", port=0)
    settings.data.mkdir()
    settings.tlog_folder.mkdir()
    frames = list(tlog_frames(CAPTURE))
    noon_us = int(NOON.timestamp() * 1e6)
    stamped = (struct.pack(">Q", noon_us + round((stamp - frames[0][0]) * 1e6)) + frame for stamp, frame in frames)
    (settings.tlog_folder / f"{NOON:%Y%m%dT%H%M%SZ}-udpin_x.tlog").write_bytes(b"".join(stamped))
    later = NOON + timedelta(hours=3)
    (settings.tlog_folder / f"{later:%Y%m%dT%H%M%SZ}-udpin_x.tlog").write_bytes(bytes(4000))
    desk = Desk(open_store(settings.database))
    desk.cleared(sysid=SYSID)
    desk.at(20)
    desk.tell(ArmedChanged(SYSID, armed=True))
    desk.at(70)
    desk.tell(AlarmChanged(replace(alarm(Condition.OUTSIDE_CONTINGENCY), sysid=SYSID)))
    desk.at(90)
    desk.tell(AlarmChanged(replace(alarm(Condition.OUTSIDE_CONTINGENCY, AlarmState.NORMAL), sysid=SYSID)))
    desk.tell(ArmedChanged(SYSID, armed=False))
    desk.at(3 * 3600 + 10)
    desk.tell(ArmedChanged(SYSID, armed=True))
    desk.at(3 * 3600 + 60)
    desk.tell(ArmedChanged(SYSID, armed=False))
    desk.tell(VehicleLost(SYSID, 5.0))
    desk.store.close()
    return settings


def test_every_stored_flight_is_tried_and_a_damaged_one_stops_no_other(settings):
    words = ["--data", str(settings.data), "replay", "--stored", "--what-if", "forecast.position_error_m=30"]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    assert "2 of 2 done" in done.stderr
    found = json.loads(done.stdout)
    assert (found["before"], found["after"]) == ("today", "forecast.position_error_m=30")
    first, second = found["flights"]
    assert (first["callsign"], first["slot"][:1], first["failure"]) == ("D07", "S", "")
    assert first["before"] > 0
    assert first["after"] > 0
    assert "no MAVLink packet" in second["failure"]


def test_as_flown_against_today_is_told_as_a_table(settings):
    until = f"{NOON + timedelta(hours=1):%Y-%m-%dT%H:%M}Z"
    words = ["--data", str(settings.data), "replay", "--stored", "--recheck", "--until", until]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "AS FLOWN  TODAY" in done.stdout
    assert "1 flight, 0.0 h: 1 alarm as flown, " in done.stdout
    assert "not rechecked: " not in done.stderr


def test_what_cannot_be_tried_is_said_before_the_work_begins(settings, tmp_path):
    def never(*_):
        raise AssertionError("the work began")

    with pytest.raises(Invalid, match="no figure"):
        try_stored(settings, Asked(("alarm_margin=3",), never), None, None)
    with pytest.raises(NotFound, match="no flight of these days"):
        try_stored(settings, Asked(("alarm_margin_s=3",), never), NOON + timedelta(days=1), None)
    with pytest.raises(NotFound, match="no tlog in it"):
        try_folder(
            settings, tmp_path / "data" / "run", Asked(("alarm_margin_s=3",), never), volume="EAST", airframe="x"
        )
    for words in (
        ["replay"],
        ["replay", "--stored"],
        ["replay", str(CAPTURE), "--stored", "--recheck"],
        ["replay", str(tmp_path)],
    ):
        done = CliRunner().invoke(app, ["--data", str(settings.data), *words])
        assert done.exit_code == 2, words


def test_a_folder_of_recordings_is_tried_each_by_itself(settings, tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "a.tlog").write_bytes(CAPTURE.read_bytes()[:40_000])  # its first seconds
    (folder / "b.tlog").write_bytes(b"nothing of the kind" * 20)
    asked = Asked(("alarm_margin_s=9",), lambda _done, _of: None, workers=2)
    found = try_folder(settings, folder, asked, volume="EAST", airframe="survey-quad")
    assert sorted((each.slot, bool(each.failure)) for each in found.flights) == [("a.tlog", False), ("b.tlog", True)]
