"""An incident's report as PDF/A: everything from the record to the bytes, of an episode with a long track and timeline."""

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_row import Row, cpu_s, row
from desk import D07, NOON, OPERATOR, TWENTE, Desk, TomlAirframes, alarm, command
from incident_story import story

from rangeops.adapters.reports.incident import incident_html
from rangeops.adapters.reports.incident_pdf import incident_pdf
from rangeops.adapters.store.opening import open_store
from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.events import AlarmChanged, CommandMoved, StatusTextHeard, TrackPoint, TrackRecorded
from rangeops.services.airspace import AirspaceBook
from rangeops.wire.reports import ReportForm

ROWS = ("incident_pdf_s",)
SECONDS = 600  # of track, at 5 points a second
EPISODES = 30
REPEATS = 5


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder:
        store = open_store(f"sqlite:///{folder}/range.db", AirspaceBook(TWENTE, TomlAirframes()))
        desk = Desk(store, write_report=incident_html, print_report=incident_pdf)
        incident = flown(desk)
        taken = sorted(written_s(desk, incident, ReportForm.PDF) for _ in range(REPEATS + 1))
        html = sorted(written_s(desk, incident, ReportForm.HTML) for _ in range(REPEATS))
        cpu = cpu_s(lambda: written_s(desk, incident, ReportForm.PDF))
        lines = len(desk.services.incidents.get(incident).timeline)
        store.close()
    note = (
        f"CPU of all its threads; by the wall {taken[0]:.2f} to {taken[-1]:.2f} s, the first included; {SECONDS * 5} points, "
        f"{lines} lines of timeline; as HTML {html[-1]:.2f} s"
    )
    yield row("incident_pdf_s", cpu, "s", 1, note=note)


def flown(desk: Desk) -> str:
    """An hour's worth of trouble in ten minutes."""
    story(desk)
    for episode in range(EPISODES):
        desk.at(71 + episode * SECONDS / EPISODES)
        desk.tell(
            AlarmChanged(alarm(number=100 + episode)),
            StatusTextHeard(D07, 4, f"EKF variance {episode}"),
            *(
                CommandMoved(replace(command(stage, CommandKind.HOLD, number=100 + episode), sent_utc=desk.now.utc))
                for stage in (CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN)
            ),
            AlarmChanged(alarm(state=AlarmState.NORMAL, number=100 + episode)),
        )
    points = []
    for step in range(SECONDS * 5):
        latitude, longitude = TWENTE.frame.to_geodetic(150.0 + step * 0.1, 620.0)
        moment = NOON + timedelta(seconds=60 + step * 0.2)
        points.append(TrackPoint(moment, latitude, longitude, 90.0 + step % 50 * 0.1, 4.0, "AUTO", trusted=True))
    desk.tell(TrackRecorded(D07, tuple(points)))
    return desk.services.incidents.all()[0].id


def written_s(desk: Desk, incident: str, form: ReportForm) -> float:
    started = time.perf_counter()
    desk.services.reporting.write(incident, desk.now, OPERATOR, form)
    return time.perf_counter() - started
