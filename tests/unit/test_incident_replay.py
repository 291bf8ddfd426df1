"""An incident replayed out of the record and the range's own recordings: who flew where, what stood, and what was seen."""

import json
import struct
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, OPERATOR, Desk, alarm, command
from mavlink_world import tlog_frames
from typer.testing import CliRunner

from rangeops.adapters.store.opening import open_store
from rangeops.cli import app
from rangeops.cli.control import replayed
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.errors import NotFound, Unavailable
from rangeops.domain.events import AlarmChanged, CommandMoved, StandingChanged
from rangeops.domain.telemetry import Sysid
from rangeops.incident_replay import open_incident
from rangeops.settings import Settings
from rangeops.wire.screens import AlarmDrawn, ScreenReport, ScreenView

CAPTURE = Path(__file__).parents[1] / "data" / "captures" / "guided_breach_rtl.tlog"
INCIDENT = "INC-2026-0001"
SYSID = Sysid(21)  # of the capture


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def recording(folder):
    """A flight of ours, as if it had begun at noon."""
    folder.mkdir()
    frames = list(tlog_frames(CAPTURE))
    first = frames[0][0]
    noon_us = int(NOON.timestamp() * 1e6)
    stamped = (struct.pack(">Q", noon_us + round((stamp - first) * 1e6)) + frame for stamp, frame in frames)
    (folder / f"{NOON:%Y%m%dT%H%M%SZ}-udpin_x.tlog").write_bytes(b"".join(stamped))


@pytest.fixture
def settings(tmp_path):
    settings = Settings(data=tmp_path / "data", port=0)
    settings.data.mkdir()
    recording(settings.tlog_folder)
    desk = Desk(open_store(settings.database))
    desk.book(sysid=SYSID)
    raised = alarm(sysid=SYSID)
    desk.at(70)
    desk.tell(AlarmChanged(raised), StandingChanged(SYSID, Standing.CONTINGENCY, -3.0))
    desk.at(71)
    desk.tell(CommandMoved(command(sysid=SYSID)))
    desk.at(72)
    desk.tell(CommandMoved(command(CommandStage.SEEN, sysid=SYSID)))
    desk.at(90)
    desk.tell(AlarmChanged(alarm(sysid=SYSID, state=AlarmState.NORMAL)))
    ahead = timedelta(seconds=5)  # the room's clock is
    desk.at(92)
    views = (ScreenView(1, at(20) + ahead, "watch", 120, 36, vehicle=SYSID),)
    views += (ScreenView(2, at(75) + ahead, "alarms", 120, 36, chosen="row1"),)
    drawn = (AlarmDrawn(3, at(70.4) + ahead, raised.id, "unacknowledged", "banner", "watch"),)
    for parts in ({"views": views[:1]}, {"views": views[1:], "drawn": drawn}):
        desk.services.screens.take(
            ScreenReport("ops/1", at(desk.now.monotonic_s - 1000) + ahead, **parts), desk.now, OPERATOR
        )
        desk.at(95)
    desk.store.close()
    return settings


def mark(recorded, kind, text):
    return next(each for each in recorded.marks if each.kind == kind and text in each.text)


def test_the_map_shows_who_flew_in_which_slot(settings):
    recorded = open_incident(settings, INCIDENT)
    assert (recorded.begins, recorded.ends) == (at(10), at(120))
    (vehicle,) = recorded.picture(at(40)).vehicles
    assert (vehicle.sysid, vehicle.callsign, vehicle.company, vehicle.slot) == (SYSID, "D07", "ACME", "S1")
    assert vehicle.armed
    assert vehicle.latitude_deg is not None
    assert vehicle.standing is Standing.UNKNOWN, "nothing was told of it yet"
    (later,) = recorded.picture(at(71)).vehicles
    assert (later.standing, later.margin_m) == (Standing.CONTINGENCY, -3.0)
    assert [slot.id for slot in recorded.slots] == ["S1"]
    assert len(recorded.trail(SYSID, at(40), 10.0)) > 5


def test_alarms_and_commands_stand_in_the_picture_as_they_stood(settings):
    recorded = open_incident(settings, INCIDENT)
    assert recorded.picture(at(69.9)).alarms == ()
    (alarm_then,) = recorded.picture(at(70)).alarms
    assert alarm_then.title == "Leaves NORTH's east edge"
    assert recorded.picture(at(90)).alarms == ()
    stages = [[each.stage for each in recorded.picture(at(s)).commands] for s in (70.5, 71, 72, 101, 103)]
    assert stages == [[], [CommandStage.SENT], [CommandStage.SEEN], [CommandStage.SEEN], []]


def test_marks_name_their_entries_and_their_priority(settings):
    recorded = open_incident(settings, INCIDENT)
    times = [each.utc for each in recorded.marks]
    assert times == sorted(times)
    raised = mark(recorded, "alarm", "alarm P1 Leaves NORTH")
    assert (raised.utc, raised.priority) == (at(70), 1)
    proved = [each.entry for each in recorded.marks if each.kind in ("alarm", "command", "incident") and each.entry]
    assert len(proved) == len(set(proved)) >= 5
    assert mark(recorded, "breach", "fence breached").entry is None, "a packet's"


def test_what_the_screens_showed_is_told_by_the_servers_clock(settings):
    recorded = open_incident(settings, INCIDENT)
    assert recorded.seen(at(19)) == ""
    assert recorded.seen(at(30)) == "op1 saw watch, vehicle 21"
    assert recorded.seen(at(70.2)) == "op1 saw watch, vehicle 21, 1 alarm not drawn"
    assert "P1 Leaves NORTH's east edge in banner" in recorded.seen(at(71))
    assert recorded.seen(at(95)) == "op1 saw alarms, row row1"
    assert mark(recorded, "shown", "op1").utc == at(70.4)


def test_without_a_recording_everything_else_is_there(settings):
    for path in settings.tlog_folder.iterdir():
        path.unlink()
    recorded = open_incident(settings, INCIDENT)
    assert "without tracks" in recorded.damage
    picture = recorded.picture(at(71))
    assert picture.vehicles == ()
    assert len(picture.alarms) == 1
    assert recorded.trail(SYSID, at(71), 10) == ()
    assert mark(recorded, "alarm", "Leaves NORTH").entry


def test_the_command_lists_it(settings):
    run = CliRunner()
    done = run.invoke(app, ["--data", str(settings.data), "replay", INCIDENT, "--list"])
    assert done.exit_code == 0, done.output
    assert "alarm P1 Leaves NORTH's east edge" in done.output
    done = run.invoke(app, ["--data", str(settings.data), "replay", INCIDENT, "--json"])
    assert json.loads(done.stdout)["title"].startswith(INCIDENT)


def test_no_such_incident(settings):
    with pytest.raises(NotFound):
        open_incident(settings, "INC-2026-0099")


def test_an_incident_that_lasts_ends_where_its_recording_does(settings):
    desk = Desk(open_store(settings.database))
    desk.seq = 5
    desk.at(95)
    desk.tell(AlarmChanged(alarm(Condition.OUTSIDE_CONTINGENCY, sysid=SYSID)))
    desk.store.close()
    recorded = open_incident(settings, INCIDENT)
    assert at(95) < recorded.ends < at(110), "the recording is of 101 s"
    assert len(recorded.picture(recorded.ends).alarms) == 1


def test_a_room_whose_data_is_elsewhere_says_where_to_replay(tmp_path, settings):
    assert replayed(settings, INCIDENT).title.startswith(INCIDENT)
    with pytest.raises(Unavailable, match="`rangeops replay INC-2026-0001` on the machine"):
        replayed(Settings(data=tmp_path / "elsewhere"), INCIDENT)
