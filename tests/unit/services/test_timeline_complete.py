"""Every cause, alarm, acknowledgement and command of an incident is on its timeline, at its time within 50 ms."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Desk
from incident_truth import Happened, made_up, missing

from rangeops.adapters.mavlink.recorded import RecordedFlights, Recording
from rangeops.adapters.mavlink.tlog_index import open_tlog
from rangeops.domain.now import Now
from rangeops.rechecking import recheck_files
from rangeops.rehearsal.recheck import Recheck
from rangeops.settings import Settings

CAPTURES = Path(__file__).parents[2] / "data" / "captures"


@pytest.mark.parametrize("seed", range(20))
def test_what_happened_is_on_the_timeline(seed):
    made = made_up(seed)
    assert made.incidents == 1, "one event is one incident"
    assert len(made.truth) >= 8
    assert made.missing == []
    assert made.foreign == [], "a neighbour's lines are not its"


def test_a_line_that_is_late_or_lacking_would_be_found():
    made = made_up(1)
    late = [replace(each, utc=each.utc + timedelta(milliseconds=51)) for each in made.timeline]
    assert missing(late, made.truth) == list(made.truth)
    assert missing(made.timeline[:-2], made.truth) != []


@pytest.mark.parametrize("name", ["guided_breach_rtl", "mission_and_auto_flight"])
def test_what_packets_said_is_on_the_timeline(name, tmp_path, monkeypatch):
    """Of a real autopilot, through the real watch, to the record: changes of mode, arming and its texts."""
    told = []
    run = Recheck.run

    def keep(recheck):
        found = run(recheck)
        told.extend(recheck.entries)
        return found

    monkeypatch.setattr(Recheck, "run", keep)
    file = CAPTURES / f"{name}.tlog"
    recheck_files(Settings(data=tmp_path, port=0), [file], volume="EAST", airframe="survey-quad", what_if=())
    desk = Desk()
    desk.now = Now(9000.0, told[-1].utc)
    desk.services.intake.take(told, desk.now)
    incidents = desk.services.incidents.all()
    timeline = [item for each in incidents for item in desk.services.incidents.get(each.id).timeline]
    flights = RecordedFlights(Recording([open_tlog(file)]))
    begins = min(item.utc for item in timeline)
    says = {
        "mode": "mode {last}",
        "armed": "armed",
        "disarmed": "disarmed",
        "text": "says: {text}",
        "breach": "Reports a fence breach",
    }
    truth = [
        Happened(
            flights.recording.utc(each.at_us), says[each.kind].format(text=each.text, last=each.text.split(" to ")[-1])
        )
        for each in flights.moments()
        if each.kind in says and each.text != "inside its fence again" and (each.kind != "mode" or " to " in each.text)
    ]
    truth = [each for each in truth if each.utc >= begins]
    assert len(truth) >= 4
    assert missing(timeline, truth) == []
