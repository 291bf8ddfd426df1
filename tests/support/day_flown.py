"""One range day from its script to its evidence: `fly_day(seed, day, folder)`."""

import asyncio
import contextlib
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from day_air import Air, MakeWatch
from day_clock import DayClock, run
from day_desk import Desk, Spoil
from day_evidence import DayEvidence
from day_invariants import broken
from day_people import People
from day_script import Outage, Script, scenario_of, script_of
from day_spans import Broken
from desk import TomlAirframes

from rangeops import paths
from rangeops.adapters.checkpoints import RecordKeys
from rangeops.adapters.formats.range_folder import load_range
from rangeops.adapters.store.opening import open_store
from rangeops.domain.errors import RangeopsError
from rangeops.settings import Settings
from rangeops.watch.loop import Loop

SETTLES_S: Final = 70.0  # a stop is sent and looked after for 60 s
BOUND_S: Final = 5.0
LONGEST_S: Final = 3600.0
HELD_EVERY_S: Final = 10.0
TWENTE: Final = paths.shipped("geofences") / "twente"


@dataclass
class FlownDay:
    script: Script
    story: list[str]
    refused: list[str]
    broken: list[Broken]
    entries: list[tuple[str, str, str]]  # of the record: action, target, payload
    flights: int
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.broken


def fly_day(
    seed: int,
    day: int,
    *,
    make_watch: MakeWatch = Loop,
    spoil: Spoil = lambda store: store,
    meddle: Callable[[People], None] = lambda _: None,
    script: Script | None = None,
) -> FlownDay:
    """The day, and everything that doesn't hold of it. The last four are for tests that break something on purpose."""
    with _folder() as folder, _log_to(folder / "log"):
        flown = _Day(script or script_of(seed, day), folder, make_watch, spoil, meddle)
        try:
            run(flown.clock, flown.air.step, flown.play())
        finally:
            flown.air.close()
        return flown.judged()


@contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """Watch and server say a lot on a bad day, to nobody here."""
    before = structlog.get_config()
    with path.open("w", encoding="utf-8") as file:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=file))
        try:
            yield
        finally:
            structlog.configure(**before)


@contextmanager
def _folder() -> Iterator[Path]:
    """In memory where that can be had: a day's disk is written to a thousand times, and its time stands still meanwhile."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="day-", dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


async def _ended(tasks: list["asyncio.Task[None]"]) -> None:
    """Cancelled until they are: one that is cancelled within a request that this very process answers may outlive it, and its
    day went on for ever.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=1.0)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


class _Day:
    def __init__(
        self, script: Script, folder: Path, make_watch: MakeWatch, spoil: Spoil, meddle: Callable[[People], None]
    ) -> None:
        self.script = script
        self.settings = Settings(data=folder / "data", port=0, simulation=True, second_factor="nobody")
        self.settings.run_folder.mkdir(parents=True)
        self.clock = DayClock(script.begins)
        self.definition = load_range(TWENTE)
        self.air = Air(self.settings, self.clock, make_watch)
        self.desk = Desk(self.settings, self.clock, self.definition, spoil)
        self._meddle = meddle
        airframes = {airframe.id: airframe for airframe in TomlAirframes().all()}
        self.air.populate(scenario_of(script, folder, airframes))
        self._error: BaseException | None = None
        self._playing: asyncio.Task[None] | None = None
        self.timelines: dict[str, tuple[int, ...]] = {}

    async def play(self) -> None:
        await self.desk.start()
        self.air.start_watch()
        self.people = People(self.script, self.desk, self.air)
        self._meddle(self.people)
        await self.people.insist(lambda: self.people.operator.add_link(self.air.link))
        for spec in self.script.traffic:
            self.air.fleet.add_traffic(spec, self.clock())
        beside = [
            asyncio.create_task(each)
            for each in (
                self.people.look_at_commands(),
                self.people.watch_over(),
                self.people.tell_the_weather(),
                self._note_held(),
                *(self._outage(outage) for outage in self.script.outages),
            )
        ]
        for task in beside:
            task.add_done_callback(self._failed)
        self._playing = asyncio.current_task()
        try:
            async with asyncio.timeout(LONGEST_S):
                await asyncio.gather(*(self.people.play(booking) for booking in self.script.bookings))
        except asyncio.CancelledError:
            if self._error is None:
                raise
            raise self._error from None
        await self._put_right(beside)

    def _failed(self, task: "asyncio.Task[None]") -> None:
        """What goes wrong beside the bookings ends the day at once."""
        if not task.cancelled() and (error := task.exception()) is not None and self._playing is not None:
            self._error = error
            self._playing.cancel()

    async def _note_held(self) -> None:
        while True:
            self.desk.hold()
            await asyncio.sleep(HELD_EVERY_S)

    async def _outage(self, outage: Outage) -> None:
        """Watch, server or both are gone for a while, and begin again from their folders."""
        await self.people.until_s(outage.at_s)
        if (outage.watch and not self.air.watching) or (outage.server and not self.desk.serving):
            return  # it is gone already
        self.people.note(f"{'watch ' * outage.watch}{'server ' * outage.server}gone for {outage.for_s:.1f} s")
        if outage.watch:
            self.air.stop_watch(killed=outage.killed)
        if outage.server:
            await self.desk.stop()
        try:
            await asyncio.sleep(outage.for_s)
        finally:
            if outage.watch:
                self.air.start_watch()
            if outage.server:
                await self.desk.start()

    async def _put_right(self, beside: list[asyncio.Task[None]]) -> None:
        """Everything runs, what is under way comes to its end, and the last recordings are bound by a watch begun anew."""
        self._playing = None
        await self.people.seen(lambda: self.desk.serving and self.air.watching, LONGEST_S, "it doesn't come back")
        await _ended(beside)
        await asyncio.sleep(SETTLES_S)
        self.air.stop_watch(killed=False)
        self.air.start_watch()
        await asyncio.sleep(BOUND_S)
        for incident in await self.people.operator.incidents():
            with contextlib.suppress(RangeopsError):  # none that isn't read is complete: it is missed below
                view = await self.people.operator.incident(incident.id)
                self.timelines[incident.id] = tuple(each.evidence for each in view.timeline)
        self.desk.hold()
        self.air.keep_journal()
        self.air.close()
        await self.desk.stop()

    def judged(self) -> FlownDay:
        store = open_store(self.settings.database, None)
        try:
            evidence = self._evidence(store)
            return FlownDay(
                self.script,
                self.people.told,
                self.desk.refused,
                broken(evidence),
                [(entry.action, entry.target, entry.payload) for entry in evidence.entries],
                flights=sum(any(point.airborne for point in track) for track in self.air.truth.values()),
                figures={
                    "entries": len(evidence.entries),
                    "alarms": len(evidence.alarms),
                    "frames": len(self.air.frames),
                    "answered": len(self.desk.answered),
                    "incidents": len(self.timelines),
                    "minutes": round(self.clock.at_s / 60),
                },
            )
        finally:
            store.close()

    def _evidence(self, store: object) -> DayEvidence:
        separation = tomllib.loads((TWENTE / "range.toml").read_text(encoding="utf-8"))["separation"]
        limit_mps = self.definition.assumptions.speed_limit_mps
        return DayEvidence(
            store=store,
            tlogs=self.settings.tlog_folder,
            truth=self.air.truth,
            separation=(separation["lateral_m"], separation["vertical_m"], timedelta(minutes=separation["minutes"])),
            speeds_mps={each.id: min(each.max_speed_mps, limit_mps) for each in TomlAirframes().all()},
            volumes={volume.id: volume.flight_geography for volume in self.definition.volumes},
            origin_deg=(self.definition.frame.origin_latitude_deg, self.definition.frame.origin_longitude_deg),
            ground_amsl_m=self.definition.elevation_amsl_m,
            checkpoints=(self.settings.checkpoint_folder / "signed.txt").read_text(encoding="utf-8"),
            keys=[RecordKeys(self.settings.record_keys_folder).public_key()],
            held=self.desk.held,
            answered=self.desk.answered,
            journalled=list(self.air.journalled.values()),
            timelines=self.timelines,
            frames=self.air.frames,
            blind=self.air.blind[1:-1],  # before the first watch, and between the last two, nobody flies
            unserved=self.desk.unserved[1:],
            bad_air=self.air.bad_air,
        )
