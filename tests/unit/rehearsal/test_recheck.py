"""Recorded flights before the real watch again: which alarms today's rules raise, and which others would."""

import json
import struct
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, TWENTE, Desk, alarm
from mavlink_world import tlog_frames
from typer.testing import CliRunner

from rangeops import offline, rechecking
from rangeops.adapters.store.opening import open_store
from rangeops.cli import app
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.events import AlarmChanged
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import BookableVolume, Volume, VolumeId
from rangeops.rechecking import changed_policy, recheck_files, recheck_incident
from rangeops.rehearsal.recheck import RECHECKED, compare, raised_in
from rangeops.settings import Settings

CAPTURE = Path(__file__).parents[2] / "data" / "captures" / "guided_breach_rtl.tlog"
SYSID = Sysid(21)
HALF_M = 100.0
INCIDENT = "INC-2026-0001"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """The range with a volume where the recorded vehicle flew: it crosses its east edge at 10 m/s, and comes back."""
    corners = ((-HALF_M, -HALF_M), (HALF_M, -HALF_M), (HALF_M, HALF_M), (-HALF_M, HALF_M))
    ring = tuple(tuple(map(float, TWENTE.frame.to_geodetic(*corner))) for corner in corners)
    volume = BookableVolume(VolumeId("HERE"), "Here", Volume(ring, 30.0, 125.0))
    flown = replace(TWENTE, volumes=(*TWENTE.volumes, volume))
    for module in (offline, rechecking):
        monkeypatch.setattr(module, "load_range", lambda _: flown)
    return Settings(data=tmp_path / "data", port=0)


def recheck(settings, *what_if):
    found = recheck_files(settings, [CAPTURE], volume="HERE", airframe="survey-quad", what_if=what_if)
    return {pair.either.condition: pair for pair in found.alarms}


def test_todays_rules_over_a_recorded_flight(settings):
    found = recheck(settings)
    left, forecast = found[Condition.OUTSIDE_FLIGHT_GEOGRAPHY].after, found[Condition.FORECAST_EXIT].after
    assert forecast.raised_utc < left.raised_utc, "it was foreseen"
    assert left.over_utc is not None, "it came back"
    assert found[Condition.FENCE_BREACH_ON_BOARD].after.source == "V21"
    assert set(found) <= RECHECKED


def test_the_same_again_is_the_same(settings):
    assert recheck(settings) == recheck(settings)


def test_another_figure_makes_another_alarm(settings):
    before = recheck(settings)
    found = recheck(settings, "forecast.position_error_m=30")
    forecast = found[Condition.FORECAST_EXIT]
    assert forecast.before == before[Condition.FORECAST_EXIT].after
    assert forecast.later_s < 0, "who counts with more error is alarmed earlier"
    assert found[Condition.FENCE_BREACH_ON_BOARD].later_s == 0, "it has nothing to do with that figure"


@pytest.mark.parametrize(
    ("what_if", "told"),
    [
        ("alarm_margin=8", "no figure 'alarm_margin'"),
        ("forecast_exit.automation=3", "no figure"),
        ("separation.drones=3", "no figure"),
        ("alarm_margin_s=soon", "'soon' is no number"),
        ("alarm_margin_s", "'' is no number"),
        ("alarm_margin_s=-1", "between"),
        ("alarm_margin_s=nan", "finite"),
        ("separation.drones.lateral_m=0", "between"),
    ],
)
def test_a_figure_that_no_policy_has_is_refused(what_if, told):
    with pytest.raises(Invalid, match=told):
        changed_policy(TWENTE.policy, [what_if])


def test_a_policy_without_changes_is_itself():
    assert changed_policy(TWENTE.policy, []) == TWENTE.policy
    changed = changed_policy(TWENTE.policy, ["separation.drones.lateral_m=80", "alarm_margin_s=8"])
    assert (changed.separation.drones.lateral_m, changed.alarm_margin_s) == (80.0, 8.0)


def told(condition, state, seconds):
    return NOON + timedelta(seconds=seconds), replace(alarm(condition, state), condition=condition)


def test_alarms_are_compared_by_turn():
    exit_, stale = Condition.FORECAST_EXIT, Condition.TELEMETRY_STALE
    up, over = AlarmState.UNACKED, AlarmState.NORMAL
    before = raised_in(iter([told(exit_, up, 1), told(exit_, over, 3), told(stale, up, 5)]))
    after = raised_in(iter([told(exit_, up, 2), told(exit_, over, 3), told(exit_, up, 9)]))
    assert [(x.either.condition, x.later_s, x.before is None, x.after is None) for x in compare(before, after)] == [
        (exit_, 1.0, False, False),
        (stale, None, False, True),
        (exit_, None, True, False),
    ]
    assert raised_in(iter([told(Condition.UPLINK_LOST, up, 1)])) == (), "a recording can't tell"


def test_an_acknowledged_alarm_is_one_alarm():
    exit_ = Condition.FORECAST_EXIT
    states = [AlarmState.UNACKED, AlarmState.ACKED, AlarmState.NORMAL]
    (one,) = raised_in(iter([told(exit_, state, at) for at, state in enumerate(states)]))
    assert (one.raised_utc, one.over_utc) == (NOON, NOON + timedelta(seconds=2))


def test_the_command_prints_it(settings):
    words = ["replay", str(CAPTURE), "--recheck", "--volume", "HERE", "--airframe", "survey-quad"]
    done = CliRunner().invoke(app, ["--data", str(settings.data), *words])
    assert done.exit_code == 0, done.output
    assert "Reports a fence breach" in done.output
    assert "Not rechecked" in done.output
    done = CliRunner().invoke(app, ["--data", str(settings.data), *words, "--what-if", "alarm_margin_s=20"])
    assert "TODAY" in done.output
    assert "ALARM_MARGIN_S=20" in done.output
    assert "same" in done.output
    done = CliRunner().invoke(app, ["--data", str(settings.data), *words, "--json"])
    assert json.loads(done.stdout)["after"] == "today"


def test_a_file_alone_is_not_enough(settings, tmp_path):
    done = CliRunner().invoke(app, ["--data", str(settings.data), "replay", str(CAPTURE), "--recheck"])
    assert done.exit_code != 0
    assert "Give --volume and --airframe" in str(done.exception or done.output)
    (tmp_path / "1.bin").write_bytes(b"\xa3\x95\x80" + bytes(86))
    with pytest.raises(Invalid, match="no packets"):
        recheck_files(settings, [tmp_path / "1.bin"], volume="HERE", airframe="survey-quad", what_if=())


# -- an incident's


@pytest.fixture
def incident(settings):
    settings.data.mkdir()
    settings.tlog_folder.mkdir()
    frames = list(tlog_frames(CAPTURE))
    noon_us = int(NOON.timestamp() * 1e6)
    stamped = (struct.pack(">Q", noon_us + round((stamp - frames[0][0]) * 1e6)) + frame for stamp, frame in frames)
    (settings.tlog_folder / f"{NOON:%Y%m%dT%H%M%SZ}-udpin_x.tlog").write_bytes(b"".join(stamped))
    desk = Desk(open_store(settings.database))
    desk.cleared(sysid=SYSID)
    desk.at(70)
    desk.tell(AlarmChanged(replace(alarm(Condition.OUTSIDE_CONTINGENCY), sysid=SYSID)))
    desk.at(90)
    desk.tell(AlarmChanged(replace(alarm(Condition.OUTSIDE_CONTINGENCY, AlarmState.NORMAL), sysid=SYSID)))
    desk.store.close()
    return settings


def test_an_incident_is_held_against_its_own_orders_and_what_was_alarmed_then(incident):
    found = recheck_incident(incident, INCIDENT, what_if=())
    assert (found.before, found.after) == ("as flown", "today")
    pairs = {pair.either.condition: pair for pair in found.alarms}
    outside = pairs[Condition.OUTSIDE_CONTINGENCY]
    assert outside.before.raised_utc == NOON + timedelta(seconds=70)
    assert outside.later_s < -50, "it flew outside its volume from the beginning"
    assert outside.after.source == "D07", "by the orders of the record"
    assert pairs[Condition.FENCE_BREACH_ON_BOARD].before is None


def test_an_incident_whose_recordings_are_gone(incident):
    for path in incident.tlog_folder.iterdir():
        path.unlink()
    with pytest.raises(NotFound, match="no recording"):
        recheck_incident(incident, INCIDENT, what_if=())
