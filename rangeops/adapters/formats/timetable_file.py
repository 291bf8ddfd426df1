"""A timetable's requests as a JSON file: for trying a week without a server, and for instances that are kept.

docs/timetable.md has the format. Times are aware; the file's step and origin make them steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from rangeops.domain.errors import Invalid
from rangeops.domain.slot_terms import HIGHEST_PRIORITY, LOWEST_PRIORITY
from rangeops.domain.timetable import Closure, Placement, Request, Timetable
from rangeops.domain.volumes import VolumeId

LARGEST_BYTES: Final = 10 * 1024 * 1024
MOST_REQUESTS: Final = 2_000
LONGEST: Final = timedelta(days=31)


class _Window(msgspec.Struct, forbid_unknown_fields=True):
    earliest: datetime
    latest: datetime


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    volume: str
    start: datetime


class _Request(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    company: str
    asked: datetime
    volumes: list[str]
    minutes: int
    windows: list[_Window]
    priority: int = LOWEST_PRIORITY
    preferred: datetime | None = None
    needs: dict[str, int] = {}
    present: _Place | None = None
    approved: bool = False
    fixed: bool = False


class _Closure(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    volume: str
    start: datetime
    end: datetime
    why: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    origin: datetime
    step_minutes: int
    days: int
    requests: list[_Request]
    starts_every_minutes: int = 0
    excludes: list[tuple[str, str]] = []
    capacities: dict[str, int] = {}
    closures: list[_Closure] = []


@dataclass(frozen=True, slots=True)
class _Steps:
    """Times as steps, checked. A time between two steps belongs to the later one."""

    origin: datetime
    step: timedelta
    where: str

    def of(self, time: datetime) -> int:
        if time.tzinfo is None:
            raise Invalid("a time has no zone", where=self.where, do="Write times as 2026-11-30T08:00:00Z.")
        return -((self.origin - time) // self.step)

    def until(self, time: datetime) -> int:
        """The step after the last that has ended by `time`."""
        return self.of(time) - (0 if (time - self.origin) % self.step == timedelta(0) else 1)


def read_timetable(content: bytes, *, name: str) -> Timetable:
    """Raises Invalid."""
    if len(content) > LARGEST_BYTES:
        raise Invalid(f"it is larger than {LARGEST_BYTES >> 20} MiB", where=name, do="Hand in one week at a time.")
    try:
        file = msgspec.json.decode(content, type=_File, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(
            f"it isn't a timetable: {error}", where=name, do="See docs/timetable.md for the format."
        ) from error
    _check(file, name)
    steps = _Steps(file.origin, timedelta(minutes=file.step_minutes), name)
    return Timetable(
        origin=file.origin,
        step=steps.step,
        steps=timedelta(days=file.days) // steps.step,
        requests=tuple(_request(each, steps) for each in file.requests),
        starts_every=max(1, file.starts_every_minutes // file.step_minutes),
        excludes=frozenset(frozenset((VolumeId(one), VolumeId(other))) for one, other in file.excludes),
        capacities=file.capacities,
        closures=tuple(
            Closure(VolumeId(each.volume), steps.until(each.start), steps.of(each.end), each.why)
            for each in file.closures
        ),
    )


def write_timetable(timetable: Timetable) -> bytes:
    """What `read_timetable` reads back equal, but for gaps and what is taken otherwise: a file has neither."""

    def place(placement: Placement | None) -> _Place | None:
        return None if placement is None else _Place(placement.volume, timetable.at(placement.start))

    file = _File(
        origin=timetable.origin,
        step_minutes=timetable.step // timedelta(minutes=1),
        days=-(-timetable.steps * timetable.step // timedelta(days=1)),
        requests=[
            _Request(
                id=each.id,
                company=each.company,
                asked=each.asked,
                volumes=list(each.volumes),
                minutes=each.steps * timetable.step // timedelta(minutes=1),
                windows=[_Window(timetable.at(first), timetable.at(end)) for first, end in each.windows],
                priority=each.priority,
                preferred=None if each.preferred is None else timetable.at(each.preferred),
                needs=dict(each.needs),
                present=place(each.present),
                approved=each.is_approved,
                fixed=each.is_fixed,
            )
            for each in timetable.requests
        ],
        starts_every_minutes=timetable.starts_every * timetable.step // timedelta(minutes=1),
        excludes=sorted(tuple(sorted(pair)) for pair in timetable.excludes),  # type: ignore[misc]  # pairs have two
        capacities=dict(timetable.capacities or {}),
        closures=[_Closure(x.volume, timetable.at(x.start), timetable.at(x.end), x.why) for x in timetable.closures],
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def _check(file: _File, name: str) -> None:
    if not 1 <= file.step_minutes <= 60 or 60 % file.step_minutes:
        raise Invalid("step_minutes must part an hour evenly", where=name, do="Use 5 or 15.")
    if file.starts_every_minutes < 0 or file.starts_every_minutes % file.step_minutes:
        raise Invalid("starts_every_minutes is no whole number of steps", where=name, do="Use 15 or 30.")
    if not 1 <= file.days <= LONGEST.days:
        raise Invalid(f"days must be 1 to {LONGEST.days}", where=name, do="Hand in a week at a time.")
    if file.origin.tzinfo is None:
        raise Invalid("origin has no zone", where=name, do="Write it as 2026-11-30T00:00:00Z.")
    if len(file.requests) > MOST_REQUESTS:
        raise Invalid(f"it has over {MOST_REQUESTS} requests", where=name, do="Hand in a week at a time.")
    if min(file.capacities.values(), default=0) < 0:
        raise Invalid("a capacity is negative", where=name, do="Correct the file.")
    seen: set[str] = set()
    for each in file.requests:
        where = f"{name}, request {each.id[:40]!r}"
        if each.id in seen:
            raise Invalid("two requests have its id", where=where, do="Give each an id of its own.")
        seen.add(each.id)
        _check_request(each, file, where)


def _check_request(each: _Request, file: _File, where: str) -> None:
    if not each.volumes or len(set(each.volumes)) < len(each.volumes):
        raise Invalid("it must name its volumes, each once", where=where, do="Correct the file.")
    if not 1 <= each.minutes <= file.days * 24 * 60:
        raise Invalid("its minutes must be at least 1 and fit the days", where=where, do="Correct the file.")
    if not LOWEST_PRIORITY <= each.priority <= HIGHEST_PRIORITY:
        raise Invalid(f"priority goes from {LOWEST_PRIORITY} to {HIGHEST_PRIORITY}", where=where, do="Correct it.")
    if min(each.needs.values(), default=1) < 1:
        raise Invalid("it needs less than one of something", where=where, do="Leave out what it doesn't need.")
    if (each.approved or each.fixed) and each.present is None:
        raise Invalid("it is held and has no place", where=where, do="Give its present volume and start.")


def _request(each: _Request, steps: _Steps) -> Request:
    return Request(
        id=each.id,
        company=each.company,
        asked=each.asked,
        volumes=tuple(map(VolumeId, each.volumes)),
        steps=-(-timedelta(minutes=each.minutes) // steps.step),
        windows=tuple((steps.of(window.earliest), steps.until(window.latest)) for window in each.windows),
        priority=each.priority,
        preferred=None if each.preferred is None else steps.of(each.preferred),
        needs=_needs(each.needs),
        present=None
        if each.present is None
        else Placement(VolumeId(each.present.volume), steps.of(each.present.start)),
        is_approved=each.approved,
        is_fixed=each.fixed,
    )


def _needs(needs: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(needs.items()))
