"""One incident as the watch tells it: an alarm, a hold that is seen, a return that nobody answers, and the track."""

from dataclasses import replace
from datetime import timedelta

from desk import D07, NOON, TWENTE, alarm, command

from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.events import AlarmChanged, CommandMoved, StatusTextHeard, TrackPoint, TrackRecorded

HOSTILE = "[/b]<script>alert(1)</script>\u202e\x1b[31m\"'{{7*7}}&<img src=x onerror=y>"


def track(start=50, seconds=40, *, trusted=lambda _: True):
    """Eastwards through NORTH, at 5 points a second."""
    east, north = 150.0, 620.0
    points = []
    for step in range(seconds * 5):
        latitude, longitude = TWENTE.frame.to_geodetic(east + step * 0.8, north)
        moment = NOON + timedelta(seconds=start + step * 0.2)
        points.append(TrackPoint(moment, latitude, longitude, 90.0 + step * 0.05, 4.0, "AUTO", trusted(step)))
    return TrackRecorded(D07, tuple(points))


def story(desk, *, text="all well"):
    desk.cleared()
    desk.at(60)
    desk.tell(AlarmChanged(replace(alarm(), title=text)), StatusTextHeard(D07, 4, text))
    for seconds, stage, kind, number in (
        (61, CommandStage.SENT, CommandKind.HOLD, 1),
        (62, CommandStage.SEEN, CommandKind.HOLD, 1),
        (66, CommandStage.NO_ACK, CommandKind.RTL, 2),
    ):
        desk.at(seconds)
        sent = NOON + timedelta(seconds=61 if number == 1 else 66)
        desk.tell(CommandMoved(replace(command(stage, kind, number=number), sent_utc=sent, detail=text)))
    desk.at(70)
    desk.tell(AlarmChanged(alarm(state=AlarmState.NORMAL)), track())
