"""A range's past for the portal's tests: one flight that was recorded, its incident, and what a room showed of it.

Told into the data folder before a server starts on it, at NOON of desk's clock.
"""

import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from desk import NOON, OPERATOR, TWENTE, Desk, alarm, command
from mavlink_world import tlog_frames
from serving import InThisThread, running

from rangeops.adapters.store.opening import open_store
from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.events import (
    AlarmChanged,
    ArmedChanged,
    CommandMoved,
    StandingChanged,
    StatusTextHeard,
    TrackPoint,
    TrackRecorded,
)
from rangeops.domain.telemetry import Sysid
from rangeops.incident_replay import incident_film
from rangeops.server.films import Filming
from rangeops.settings import Settings
from rangeops.wire.screens import AlarmDrawn, ScreenReport, ScreenView

CAPTURE = Path(__file__).parents[1] / "data" / "captures" / "guided_breach_rtl.tlog"
INCIDENT = "INC-2026-0001"
SYSID = Sysid(21)  # of the capture
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{7*7}}'\""


@asynccontextmanager
async def told_range(told: Path, settings: Settings, password: str) -> AsyncIterator[Client]:
    """A server on a copy of what was told, with films made in this thread, and a client whose user has this password."""
    shutil.copytree(told, settings.data)
    async with running(settings) as client:
        client.operations.filming = Filming(InThisThread(), partial(incident_film, settings))
        await client.set_password(settings.operator, password)
        yield client


def moment(seconds: float):
    return NOON + timedelta(seconds=seconds)


def recording(folder: Path) -> None:
    """A real flight, as if it had begun at noon here."""
    folder.mkdir(parents=True)
    frames = list(tlog_frames(CAPTURE))
    first, noon_us = frames[0][0], int(NOON.timestamp() * 1e6)
    stamped = (struct.pack(">Q", noon_us + round((stamp - first) * 1e6)) + frame for stamp, frame in frames)
    (folder / f"{NOON:%Y%m%dT%H%M%SZ}-udpin_x.tlog").write_bytes(b"".join(stamped))


def track(start_s: int = 50, seconds: int = 40) -> TrackRecorded:
    """Eastwards through NORTH at 5 points a second, out of sight of trust for a while."""
    points = []
    for step in range(seconds * 5):
        latitude, longitude = TWENTE.frame.to_geodetic(150.0 + step * 0.8, 620.0)
        at = moment(start_s + step * 0.2)
        points.append(
            TrackPoint(at, latitude, longitude, 90.0 + step * 0.05, 4.0, "AUTO", not 60 < step < 80)  # trusted
        )
    return TrackRecorded(SYSID, tuple(points))


def tell(settings: Settings, *, text: str = "all well", company: str = "ACME") -> None:
    """INC-2026-0001 over the recording: an alarm, a hold that was seen, a return that nobody answered, a screen."""
    settings.data.mkdir(exist_ok=True)
    recording(settings.tlog_folder)
    desk = Desk(open_store(settings.database))
    desk.cleared(sysid=SYSID, company=company)
    raised = replace(alarm(sysid=SYSID), title=f"Leaves NORTH's east edge {text}".strip())
    desk.at(15)
    desk.tell(ArmedChanged(SYSID, armed=True))
    desk.at(70)
    desk.tell(AlarmChanged(raised), StandingChanged(SYSID, Standing.CONTINGENCY, -3.0), StatusTextHeard(SYSID, 4, text))
    for seconds, stage, kind, number in (
        (71, CommandStage.SENT, CommandKind.HOLD, 1),
        (72, CommandStage.SEEN, CommandKind.HOLD, 1),
        (76, CommandStage.NO_ACK, CommandKind.RTL, 2),
    ):
        desk.at(seconds)
        sent = moment(71 if number == 1 else 76)
        told = command(stage, kind, number=number, sysid=SYSID)
        desk.tell(CommandMoved(replace(told, sent_utc=sent, detail=text)))
    desk.at(90)
    desk.tell(AlarmChanged(replace(raised, state=AlarmState.NORMAL)), track())
    desk.at(91)
    desk.tell(ArmedChanged(SYSID, armed=False))
    views = (
        ScreenView(1, moment(20), "watch", 120, 36, vehicle=SYSID),
        ScreenView(2, moment(75), "alarms", 120, 36, chosen="row1"),
    )
    drawn = (AlarmDrawn(3, moment(70.4), raised.id, "unacknowledged", "banner", "watch"),)
    desk.at(92)
    desk.services.screens.take(ScreenReport("ops/1", moment(92), views=views, drawn=drawn), desk.now, OPERATOR)
    desk.store.close()
