"""What is left of a day of every class, as `day_invariants` wants it: from the data folder, the truth file and the player's notes."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from class_day import ROVER, Noted
from day_evidence import DayEvidence, TruePoint
from desk import TomlAirframes

from rangeops.adapters.store.opening import open_store
from rangeops.auditing import own_keys
from rangeops.bootstrap.ranges import load_range
from rangeops.paths import shipped
from rangeops.services.airspace import AirspaceBook
from rangeops.settings import Settings

OFF_GROUND_M: Final = 0.7  # ArduPilot's ground itself is some centimetres off
MOVES_MPS: Final = 0.3


@contextmanager
def evidence_of(settings: Settings, noted: Noted, truth: Path) -> Iterator[DayEvidence]:
    """After everything has ended. truth: the simulator's file."""
    definition, airframes = load_range(settings), TomlAirframes()
    store = open_store(settings.database, AirspaceBook(definition, airframes))
    limit = definition.assumptions.speed_limit_mps
    kept = {slot.airframe for slots in noted.held for slot in slots}
    separation = tomllib.loads((shipped("geofences") / definition.id / "range.toml").read_text("utf-8"))["separation"]
    try:
        day = DayEvidence(
            store=store,
            tlogs=settings.tlog_folder,
            truth=track_of(truth),
            separation=(separation["lateral_m"], separation["vertical_m"], timedelta(minutes=separation["minutes"])),
            speeds_mps={each: min(airframes.get(each).max_speed_mps, limit) for each in kept},
            volumes={volume.id: volume.flight_geography for volume in definition.volumes},
            origin_deg=(definition.frame.origin_latitude_deg, definition.frame.origin_longitude_deg),
            ground_amsl_m=definition.elevation_amsl_m,
            checkpoints=(settings.checkpoint_folder / "signed.txt").read_text(),
            keys=own_keys(settings),
            held=noted.held,
            answered=noted.answered,
            journalled=tuple(noted.journalled.values()),
            timelines=noted.timelines,
            frames=noted.frames,
            unserved=noted.unserved,
            bad_air=noted.bad_air,
        )
        day.blind = _blind(day, noted)
        yield day
    finally:
        store.close()


def track_of(truth: Path) -> dict[int, list[TruePoint]]:
    """A rover is under way when it moves; whatever else flies, flies off the ground."""
    tracks: dict[int, list[TruePoint]] = {}
    grounds: dict[int, float] = {}
    for each in true_lines(truth):
        sysid, altitude_m = each["sysid"], each["altitude_amsl_m"]
        ground_m = grounds.setdefault(sysid, altitude_m)
        under_way = _mps(each) > MOVES_MPS if sysid == ROVER else altitude_m > ground_m + OFF_GROUND_M
        point = TruePoint(
            datetime.fromisoformat(each["utc"]), each["lat"], each["lon"], altitude_m, each["armed"],
            each["armed"] and under_way,
        )  # fmt: skip
        tracks.setdefault(sysid, []).append(point)
    return tracks


def true_lines(truth: Path) -> Iterator[dict[str, Any]]:
    """What the simulator wrote, whole lines alone: it may have ended within one."""
    with truth.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.endswith("\n"))


def _mps(each: dict[str, Any]) -> float:
    return float((each["vn"] ** 2 + each["ve"] ** 2) ** 0.5)


def _blind(day: DayEvidence, noted: Noted) -> Sequence[tuple[datetime, datetime]]:
    """From a watch's end, as whoever ended it knows, to the next one's start, as that one told."""
    starts = [when for when, _, _ in day.events("WatchStarted")]
    far = day.end + timedelta(days=1)
    return [(down, next((when for when in starts if when > down), far)) for down in noted.watch_killed]
