"""A replay as a browser plays it: a recording's pictures at even steps, thinned to what is shown, and what changed when.

Every figure is that of `Recorded.picture` at that very moment: what was too old then is None, as it was on the screens.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarms import Alarm
from rangeops.domain.commands import POLICY, CommandProgress
from rangeops.domain.telemetry import Sysid
from rangeops.wire.picture import RangePicture, VehicleView
from rangeops.wire.recorded import Mark, Recorded

FINEST_S: Final = 0.2  # as often as screens are shown the range
MOST_ROWS: Final = 12_000  # of vehicles times moments: seven seconds' work, a megabyte
MOST_MARKS: Final = 3000
_LOOKS: Final = 24  # at who flies at all, to know how many rows a moment has
_PLACES: Final = 7  # of a degree: a centimetre


@dataclass(frozen=True, slots=True)
class FilmVehicle:
    """One vehicle, a value a moment; None where nobody knew. modes, standings: indices into the film's words.

    latitude_deg … margin_m: as in VehicleView. age_s: of its position.
    """

    sysid: Sysid
    callsign: str
    company: str
    slot: str
    modes: tuple[int | None, ...]
    standings: tuple[int | None, ...]
    armed: tuple[bool | None, ...]
    latitude_deg: tuple[float | None, ...]
    longitude_deg: tuple[float | None, ...]
    altitude_amsl_m: tuple[float | None, ...]
    height_m: tuple[float | None, ...]
    ground_speed_mps: tuple[float | None, ...]
    track_deg: tuple[float | None, ...]
    battery_percent: tuple[int | None, ...]
    age_s: tuple[float | None, ...]
    margin_m: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What stood from `at_s` on, until the next scene. at_s: since the film began. seen: what operators' screens showed."""

    at_s: float
    alarms: tuple[str, ...]
    commands: tuple[str, ...]
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilmMark:
    """at_s: since the film began. Otherwise as `recorded.Mark`."""

    at_s: float
    kind: str
    text: str
    sysid: Sysid | None
    priority: int | None
    entry: int | None


@dataclass(frozen=True, slots=True)
class Film:
    """step_s: from one moment to the next; the first is at `begins`. damage: what of the recording can't be read.

    marks_left_out: of the packets', where there are more than a page can show.
    """

    title: str
    damage: str
    begins: datetime
    ends: datetime
    step_s: float
    moments: int
    words: tuple[str, ...]
    vehicles: tuple[FilmVehicle, ...]
    scenes: tuple[Scene, ...]
    marks: tuple[FilmMark, ...]
    marks_left_out: int


def film_of(recorded: Recorded, *, most_rows: int = MOST_ROWS) -> Film:
    """The whole recording, no finer than it can be shown, and never more than so many rows."""
    length_s = max((recorded.ends - recorded.begins).total_seconds(), 0.0)
    looks = (recorded.begins + timedelta(seconds=length_s * share / _LOOKS) for share in range(_LOOKS + 1))
    flying = len({view.sysid for at in looks for view in recorded.picture(at).vehicles})
    step_s = max(FINEST_S, math.ceil(length_s * max(flying, 1) / most_rows * 1000) / 1000)
    moments = int(length_s / step_s) + 1
    times = [recorded.begins + timedelta(seconds=step_s * number) for number in range(moments)]
    pictures = [recorded.picture(at) for at in times]
    words: dict[str, int] = {}
    vehicles_shown = tuple(_vehicles(pictures, words))
    marks, left_out = _shown_marks(recorded.marks)
    return Film(
        title=recorded.title,
        damage=recorded.damage,
        begins=recorded.begins,
        ends=recorded.ends,
        step_s=step_s,
        moments=moments,
        words=tuple(words),
        vehicles=vehicles_shown,
        scenes=tuple(_scenes(recorded, pictures, times)),
        marks=tuple(_mark(each, recorded.begins) for each in marks),
        marks_left_out=left_out,
    )


def _vehicles(pictures: list[RangePicture], words: dict[str, int]) -> Iterator[FilmVehicle]:
    views = [{view.sysid: view for view in picture.vehicles} for picture in pictures]
    for sysid in sorted({sysid for of_moment in views for sysid in of_moment}):
        column = [of_moment.get(sysid) for of_moment in views]
        latest = next(view for view in reversed(column) if view is not None)

        def each(value: Callable[[VehicleView], float | None], digits: int) -> tuple[float | None, ...]:
            numbers = (None if view is None else value(view) for view in column)  # noqa: B023  # used at once
            return tuple(None if number is None else round(number, digits) for number in numbers)

        yield FilmVehicle(
            sysid=sysid,
            callsign=latest.callsign,
            company=latest.company,
            slot=latest.slot,
            modes=tuple(None if view is None else _word(view.mode, words) for view in column),
            standings=tuple(None if view is None else _word(view.standing.value, words) for view in column),
            armed=tuple(None if view is None else view.armed for view in column),
            latitude_deg=each(lambda view: view.latitude_deg, _PLACES),
            longitude_deg=each(lambda view: view.longitude_deg, _PLACES),
            altitude_amsl_m=each(lambda view: view.altitude_amsl_m, 1),
            height_m=each(lambda view: view.height_m, 1),
            ground_speed_mps=each(lambda view: view.ground_speed_mps, 1),
            track_deg=each(lambda view: view.track_deg, 0),
            battery_percent=tuple(None if view is None else view.battery_percent for view in column),
            age_s=each(lambda view: view.position_age_s, 1),
            margin_m=each(lambda view: view.margin_m, 1),
        )


def _scenes(recorded: Recorded, pictures: list[RangePicture], times: list[datetime]) -> Iterator[Scene]:
    """One a change, so that minutes in which nothing changed cost nothing."""
    before: tuple[tuple[str, ...], ...] | None = None
    for picture, at in zip(pictures, times, strict=True):
        seen = tuple(part for part in recorded.seen(at).split("; ") if part)
        now = tuple(map(_alarm_words, picture.alarms)), tuple(map(_command_words, picture.commands)), seen
        if now != before:
            yield Scene(round((at - recorded.begins).total_seconds(), 3), *now)
        before = now


def _alarm_words(alarm: Alarm) -> str:
    limit = f" (limit {alarm.limit})" if alarm.limit else ""
    return f"P{alarm.priority.value} {alarm.source}: {alarm.title}, {alarm.value}{limit}, {alarm.state.value}"


def _command_words(progress: CommandProgress) -> str:
    by = "range policy" if progress.order.by == POLICY else progress.order.by
    return f"{progress.order.kind.value} for sysid {progress.order.sysid} by {by}: {progress.stage.value}"


def _shown_marks(marks: tuple[Mark, ...]) -> tuple[tuple[Mark, ...], int]:
    """What the record proves always; of packets' the first, where there are too many."""
    if len(marks) <= MOST_MARKS:
        return marks, 0
    room = max(MOST_MARKS - sum(mark.entry is not None for mark in marks), 0)
    kept = []
    for mark in marks:
        if mark.entry is not None or room > 0:
            room -= mark.entry is None
            kept.append(mark)
    return tuple(kept), len(marks) - len(kept)


def _mark(mark: Mark, begins: datetime) -> FilmMark:
    at_s = round((mark.utc - begins).total_seconds(), 3)
    return FilmMark(at_s, mark.kind, mark.text, mark.sysid, mark.priority, mark.entry)


def _word(word: str, words: dict[str, int]) -> int:
    return words.setdefault(word, len(words))
