"""A change of rules, tried against every flight that is stored: the composition root over the record and its recordings."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rangeops.domain.errors import Invalid, NotFound, RangeopsError
from rangeops.domain.range_statistics import Flight, flights_of
from rangeops.domain.stored_flights import Stretch, stretches
from rangeops.rechecking import NOT_RECHECKED, changed_policy, recheck_files, recheck_stretch
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.domain.audit import AuditEntry
    from rangeops.domain.events import Event
    from rangeops.rehearsal.rule_trial import FlightTrial, Flown

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_LOGS: Final = (".tlog", ".raw")


@dataclass(frozen=True, slots=True)
class TrialOf:
    """A rule change over all flights. before, after: which rules. flights: in the order in which they were flown."""

    before: str
    after: str
    flights: "tuple[FlightTrial, ...]"
    not_rechecked: str = NOT_RECHECKED


@dataclass(frozen=True, slots=True)
class Asked:
    """What is tried. what_if: figures in place of today's; none: what was alarmed then against today's rules.

    told: how many of how many stretches are done. workers: processes at once.
    """

    what_if: tuple[str, ...]
    told: Callable[[int, int], None]
    workers: int = max(os.cpu_count() or 1, 1)


@dataclass(frozen=True, slots=True)
class _Job:
    """One stretch, for a process of its own. files: somebody's own, with volume and airframe; none: by the record."""

    settings: Settings
    what_if: tuple[str, ...]
    flown: "tuple[Flown, ...]"
    stretch: Stretch | None = None
    file: Path | None = None
    volume: str = ""
    airframe: str = ""


def try_stored(settings: Settings, asked: Asked, since: datetime | None, until: datetime | None) -> TrialOf:
    """Every flight of the record that began in [since, until). Raises NotFound where there is none, Invalid, Unavailable."""
    from rangeops.bootstrap.ranges import load_range

    changed_policy(load_range(settings).policy, asked.what_if)  # what is refused is refused before an hour's work
    flights, commanded = _flights(settings, since or _EVER, until)
    if not flights:
        raise NotFound("the record has no flight of these days", where=str(settings.data), do="Give other days.")
    callsigns = _callsigns(settings)
    jobs = [
        _Job(
            settings,
            asked.what_if,
            tuple(_flown(flight, callsigns, commanded.get(int(flight.sysid), ())) for flight in stretch.flights),
            stretch=stretch,
        )
        for stretch in stretches(flights)
    ]
    return _all(jobs, asked, "today" if asked.what_if else "as flown")


def try_folder(settings: Settings, folder: Path, asked: Asked, *, volume: str, airframe: str) -> TrialOf:
    """Every tlog in it, each by itself, held against this volume. Raises NotFound, Invalid."""
    from rangeops.bootstrap.ranges import load_range

    changed_policy(load_range(settings).policy, asked.what_if)
    if not asked.what_if:
        raise Invalid("it was held against no rules then", where="--recheck", do="Give --what-if for a folder.")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _LOGS and path.is_file())
    if not files:
        raise NotFound("there is no tlog in it", where=str(folder), do="Name a folder with tlogs.")
    jobs = [_Job(settings, asked.what_if, (), file=file, volume=volume, airframe=airframe) for file in files]
    return _all(jobs, asked, "today")


def _all(jobs: Sequence[_Job], asked: Asked, before: str) -> TrialOf:
    found: list[FlightTrial] = []
    asked.told(0, len(jobs))
    with ProcessPoolExecutor(min(asked.workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        for done, future in enumerate(as_completed([pool.submit(_tried, job) for job in jobs]), start=1):
            found += future.result()
            asked.told(done, len(jobs))
    found.sort(key=lambda each: (each.began, each.sysid, each.slot))
    return TrialOf(before, " ".join(asked.what_if) or "today", tuple(found))


def _tried(job: _Job) -> "tuple[FlightTrial, ...]":
    """In a process of its own. What can't be rechecked says so, and stops no other."""
    from rangeops.rehearsal.rule_trial import tried

    try:
        if job.file is not None:
            return _file_tried(job, job.file)
        assert job.stretch is not None  # a job has one or the other
        stretch = job.stretch
        found = recheck_stretch(job.settings, stretch.begins, stretch.ends, what_if=job.what_if)
    except RangeopsError as error:
        failed = job.flown or (_of_file(job.file),)
        return tuple(each.failed(str(error)) for each in failed)
    return tuple(tried(each, found.alarms) for each in job.flown)


def _file_tried(job: _Job, file: Path) -> "tuple[FlightTrial, ...]":
    from rangeops.rehearsal.rule_trial import tried
    from rangeops.replaying import of_tlogs

    tlog = of_tlogs(job.settings, [file])
    found = recheck_files(job.settings, [file], volume=job.volume, airframe=job.airframe, what_if=job.what_if)
    whole = replace(_of_file(file), began=tlog.begins, ended=tlog.ends)
    return tuple(
        tried(replace(whole, sysid=int(sysid), callsign=f"V{sysid}"), found.alarms) for sysid in tlog.flights.sysids
    )


def _of_file(file: Path | None) -> "Flown":
    from rangeops.rehearsal.rule_trial import Flown

    return Flown(0, "" if file is None else file.name, "", _EVER, _EVER)


def _flown(flight: Flight, callsigns: dict[str, str], commanded: Sequence[datetime]) -> "Flown":
    from rangeops.rehearsal.rule_trial import Flown

    return Flown(
        sysid=int(flight.sysid),
        slot=flight.slot,
        callsign=callsigns.get(flight.slot, f"V{flight.sysid}"),
        began=flight.began,
        ended=flight.ended,
        commanded=tuple(when for when in commanded if flight.began <= when <= flight.ended),
    )


def _flights(
    settings: Settings, since: datetime, until: datetime | None
) -> tuple[tuple[Flight, ...], dict[int, list[datetime]]]:
    """From arming to disarming, in the slot that was held then; and when each vehicle was commanded."""
    from rangeops.adapters.store.record_reading import reading_record, reading_store
    from rangeops.domain.events import ArmedChanged, CommandMoved, VehicleLost
    from rangeops.services.range_reports import in_its_slot

    armings, lost, last = [], [], since
    commanded: dict[int, list[datetime]] = {}
    with reading_record(settings.database) as record:
        for event, when in _events(record):
            last = max(last, when)
            if isinstance(event, ArmedChanged):
                armings.append((event.sysid, when, event.armed))
            elif isinstance(event, VehicleLost):
                lost.append((event.sysid, when))
            elif isinstance(event, CommandMoved):
                commanded.setdefault(int(event.progress.order.sysid), []).append(when)
    ends = until or last.replace(microsecond=0) + _SECOND
    with reading_store(settings.database) as work:
        slots = work.slots.all()
    flights = (each for each in flights_of(armings, lost, _EVER, ends) if each.began >= since)
    return tuple(in_its_slot(flight, slots) for flight in flights), commanded


def _events(record: "Iterator[AuditEntry]") -> "Iterator[tuple[Event | None, datetime]]":
    """Of the watch's entries about arming, loss and commands the event; of all, when it happened."""
    from rangeops.domain.events import ArmedChanged, CommandMoved, VehicleLost
    from rangeops.services.incidents import event_of
    from rangeops.services.ports.store import Evidence
    from rangeops.services.words import KIND

    wanted = {f"watch.{KIND[event]}" for event in (ArmedChanged, VehicleLost, CommandMoved)}
    for entry in record:
        if entry.action.startswith("watch."):
            when = datetime.fromisoformat(json.loads(entry.payload)["happened"])
            yield event_of(Evidence(entry, when)) if entry.action in wanted else None, when


def _callsigns(settings: Settings) -> dict[str, str]:
    """By slot."""
    from rangeops.adapters.store.record_reading import reading_store

    with reading_store(settings.database) as work:
        return {slot.id: slot.callsign for slot in work.slots.all()}
