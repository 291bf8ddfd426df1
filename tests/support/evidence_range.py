"""A range's data folder with evidence in it: a flight that was held, its incident and review, recordings, signed checkpoints."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from desk import NOON, TWENTE, Desk, TomlAirframes, alarm, command

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
from rangeops.adapters.mavlink.encode import Sender
from rangeops.adapters.mavlink.messages import Statustext
from rangeops.adapters.store.opening import open_store
from rangeops.domain.alarms import AlarmState
from rangeops.domain.audit import Actor
from rangeops.domain.commands import CommandStage
from rangeops.domain.events import AlarmChanged, CommandMoved
from rangeops.domain.now import Now
from rangeops.services.airspace import AirspaceBook
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.settings import Settings
from rangeops.watch.recorder import Recorder
from rangeops.wire.incident_review import ReviewChange

URIS = ("udpin:127.0.0.1:14550", "udpin:127.0.0.1:14551")
RITA = Actor("rita", "range-safety-officer")


def sign(settings: Settings, desk: Desk, seconds: float) -> None:
    CheckpointDesk(
        desk.services.changes,
        settings.range,
        signer=RecordKeys(settings.record_keys_folder),
        shelf=FolderOfCheckpoints(settings.checkpoint_folder),
        clock_word=lambda: "synchronised",
    ).sign_now(desk.at(seconds))


def evidence_range(data: Path, *, midway: Callable[[Settings], None] | None = None, callsign: str = "D07") -> Settings:
    """midway: called once with the folder as it is at rest after the first of its three checkpoints."""
    settings = Settings(data=data, port=0)
    data.mkdir(parents=True)
    recorder = Recorder(settings.tlog_folder)
    recorder.begin()
    sender = Sender(7, 1)
    for second in range(-60, 120):
        for uri in URIS:
            at = Now(1000.0 + second, NOON + timedelta(seconds=second))
            recorder.record(uri, sender.pack(Statustext(6, f"{uri[-1]} {second}".encode(), 0, 0)), at)
    desk = desk_on(settings)
    desk.services.identity.enter_local("operator", "t" * 40, desk.now)
    desk.cleared(callsign=callsign)
    sign(settings, desk, 30)
    desk.store.close()
    if midway is not None:
        midway(settings)
    desk = desk_on(settings)
    desk.seq = 100
    desk.at(60)
    desk.tell(AlarmChanged(alarm()), CommandMoved(command()))
    desk.at(62)
    desk.tell(CommandMoved(command(CommandStage.SEEN)), AlarmChanged(alarm(state=AlarmState.NORMAL)))
    sign(settings, desk, 90)
    desk.at(3600)
    desk.tell(*recorder.close())
    incident = desk.services.incidents.all()[0].id
    desk.services.incident_reviews.take_up(incident, desk.now, RITA)
    desk.services.incident_reviews.change(incident, ReviewChange(headline="D07 left NORTH"), desk.now, RITA)
    sign(settings, desk, 3700)
    desk.store.close()
    return settings


def desk_on(settings: Settings) -> Desk:
    return Desk(open_store(settings.database, AirspaceBook(TWENTE, TomlAirframes())))


def copied(data: Path, target: Path) -> Settings:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(data, target)
    return Settings(data=target, port=0)
