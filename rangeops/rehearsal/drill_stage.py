"""Plays one drill on a rehearsal's processes: the quiet, the emergency, its end; and watches what is done about it.

The range knows of no drill: what happens is put on the simulated vehicles, on the air or on our own processes, and what
people do is read from the record that the range keeps anyway.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rangeops.client.api import Client
from rangeops.client.feed import FeedItem
from rangeops.domain.audit import AuditEntry
from rangeops.domain.drills import Seen, undecided
from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.domain.exercises import window
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.rehearsal.director import Director
from rangeops.rehearsal.drill_file import CastDrill, Event, Happening
from rangeops.rehearsal.drill_operators import Operator, Room
from rangeops.rehearsal.drill_record import DrillRecord
from rangeops.rehearsal.processes import Processes
from rangeops.rehearsal.radio import Radio
from rangeops.rehearsal.script import Script
from rangeops.wire.picture import RangePicture

AIRBORNE_S: Final = 60.0  # from the last clearance until all fly
AIRBORNE_M: Final = 15.0
STEP_S: Final = 0.2
READ_S: Final = 0.5  # how often the record is read
MOST_READS: Final = 4  # in a row: a record that grows all the time must not stop the drill
SETTLE_S: Final = 2.0  # after the last deed, so that it is in the record
FLIES_AGAIN_S: Final = 180.0  # from a landing with an empty battery into the air again
PILOT_S: Final = 4.0  # from a call to the pilot's hand on the stick
_PILOTS_WORDS: Final[Mapping[str, str]] = {
    "call.hold": "hold",
    "call.return": "rtl",
    "call.land": "land",
    "call.take-over": "hold",
}
_EARTH_M_PER_DEG: Final = 111_320.0
_ICAO: Final = "484B2F"


@dataclass(frozen=True, slots=True)
class Played:
    """began: the emergency; None: it was ended before that. seen: as far as `seen.until_s`.

    phases: of an exercise, from when to when each emergency lasted, in seconds since the first rest began.
    """

    began: datetime | None
    seen: Seen
    phases: tuple[tuple[float, float], ...] = ()


class Stage:
    """read_record: the entries that follow a number. phone: somebody calls the control room: (who, what he says).

    operator: None where a person sits at the screen.
    """

    def __init__(
        self,
        *,
        cast: CastDrill,
        script: Script,
        processes: Processes,
        director: Director,
        client: Client,
        feed: AsyncIterator[FeedItem],
        read_record: Callable[[int], Sequence[AuditEntry]],
        phone: Callable[[str, str], None],
        narrate: Callable[[str], None],
        clock: Callable[[], Now],
        operator: Operator | None,
    ) -> None:
        self._cast, self._script, self._processes = cast, script, processes
        self._director, self._client, self._feed = director, client, feed
        self._radio = Radio(processes.control)
        self._read_record, self._phone, self._narrate, self._clock = read_record, phone, narrate, clock
        self._operator = operator
        self._sysids = {booking.callsign: booking.sysid for booking in script.bookings}
        self._slots: dict[str, SlotId] = {}
        self._picture: RangePicture | None = None
        self._delivered: dict[str, datetime] = {}
        self._record: DrillRecord | None = None
        self._read_to = 0
        self._read_at_s = float("-inf")
        self._obeyed = 0  # deeds that the pilots have listened to
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening: asyncio.Task[None] | None = None

    def leave(self) -> None:
        """From any thread: whoever sits there has left. What has begun is judged; what hasn't is let go at once."""
        self._stopping = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        if self._record is None and self._opening is not None:
            self._opening.cancel()

    async def play(self) -> Played:
        """Raises Unavailable where the range doesn't get ready."""
        self._loop = asyncio.get_running_loop()
        following = asyncio.create_task(self._follow())
        self._opening = asyncio.create_task(self._open())
        try:
            await self._opening
            return await self._emergency()
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            return Played(None, Seen(0.0, (), (), {}))
        finally:
            self._processes.relieve()
            for task in (self._opening, following):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _open(self) -> None:
        """Until all fly, and the quiet after it."""
        slots = await self._director.open_day()
        self._slots = {callsign: slots[sysid] for callsign, sysid in self._sysids.items() if sysid in slots}
        await self._until(self._all_fly, AIRBORNE_S, "every vehicle in the air")
        self._narrate("all vehicles fly")
        await asyncio.sleep(self._cast.quiet_s)

    async def _emergency(self) -> Played:
        began = self._clock()
        outside = {name.lower() for each in self._cast.demands.expectations for name in each.on} - {
            callsign.lower() for callsign in self._sysids
        }
        self._record = DrillRecord(
            began.utc,
            {int(sysid): callsign for callsign, sysid in self._sysids.items()},
            {slot: callsign for callsign, slot in self._slots.items()},
            frozenset(outside),
        )
        if self._cast.phases:
            return await self._ended(began, await self._exercise(began))
        self._narrate("the emergency begins")
        await self._emergency_of(self._cast, began, 0.0)
        return await self._ended(began, ())

    async def _exercise(self, began: Now) -> tuple[tuple[float, float], ...]:
        """One emergency after another, each after its rest, and once they fly who must."""
        played: list[tuple[float, float]] = []
        for phase in self._cast.phases:
            self._narrate(f"nothing for {phase.rest_s:.0f} s")
            await self._rest(phase.rest_s)
            await self._until_they_fly(phase.flying)
            if self._stopping:
                break
            self._narrate(f"it begins: {phase.title}")
            begins_s = self._clock().monotonic_s - began.monotonic_s
            if not await self._emergency_of(phase.given, began, begins_s):
                break  # it wasn't over: nobody is judged by half of it
            await asyncio.sleep(SETTLE_S)  # a phase's last deeds are its own
            played.append((round(begins_s, 2), round(self._clock().monotonic_s - began.monotonic_s, 2)))
        return tuple(played)

    async def _rest(self, seconds: float) -> None:
        ends_s = self._clock().monotonic_s + seconds
        while self._clock().monotonic_s < ends_s and not self._stopping:
            await self._read()
            await asyncio.sleep(STEP_S)

    async def _until_they_fly(self, callsigns: Sequence[str]) -> None:
        """A vehicle that changes its battery is waited for; one that doesn't fly again keeps nobody waiting for ever."""
        wanted = {self._sysids[callsign] for callsign in callsigns}
        ends_s = self._clock().monotonic_s + FLIES_AGAIN_S
        while not self._flying() >= wanted and self._clock().monotonic_s < ends_s and not self._stopping:
            await self._read()
            await asyncio.sleep(STEP_S)

    async def _emergency_of(self, given: CastDrill, began: Now, begins_s: float) -> bool:
        """Whether it was played to its end. begins_s: of it, since the record's first; what is judged counts from there."""
        happenings, back_s = list(given.happenings), float("inf")  # when what was stopped may come back
        while True:
            at_s = self._clock().monotonic_s - began.monotonic_s - begins_s
            while happenings and happenings[0].after_s <= at_s:
                back_s = min(back_s, at_s + await self._happen(happenings.pop(0)))
            if at_s >= back_s:
                back_s = float("inf")
                self._processes.relieve()
            await self._read()
            seen = self._seen(at_s) if begins_s == 0 else window(self._seen(at_s + begins_s), begins_s, math.inf)
            if self._operator is not None and self._picture is not None:
                room = Room(self._picture, self._sysids, self._slots, self._clock())
                await self._operator.act(given.demands, seen, room)
            if self._over(given, seen, nothing_left=not happenings and math.isinf(back_s)):
                return not self._stopping
            await asyncio.sleep(STEP_S)

    def _over(self, given: CastDrill, seen: Seen, *, nothing_left: bool) -> bool:
        """When it has lasted; when the person has left; unattended, as soon as nothing more can change."""
        if self._stopping or seen.until_s >= given.drill.lasts_s:
            return True
        return self._operator is not None and nothing_left and not undecided(given.demands, seen)

    async def _ended(self, began: Now, phases: tuple[tuple[float, float], ...]) -> Played:
        self._processes.relieve()
        await asyncio.sleep(SETTLE_S)
        self._read_at_s = float("-inf")
        await self._read()
        return Played(began.utc, self._seen(self._clock().monotonic_s - began.monotonic_s), phases)

    # What happens.

    async def _happen(self, happening: Happening) -> float:
        """Let it happen; for how long one of our processes stays away, else infinity."""
        facts = happening.facts
        self._narrate(f"it happens: {happening.event.value} {', '.join(f'{k} {v}' for k, v in facts.items())}")
        match happening.event:
            case Event.FAULT:
                await self._radio.ask(self._fault(facts))
            case Event.TRAFFIC:
                await self._radio.ask({"traffic": await self._traffic(facts)})
            case Event.PHONE:
                self._phone(str(facts["caller"]), str(facts["says"]))
            case Event.STOP:
                self._processes.strike(str(facts["process"]))
                return float(facts["for_s"])
        return float("inf")

    def _fault(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        value = facts.get("value")
        if isinstance(value, Mapping) and "towards" in value:
            value = {**value, "towards": int(self._sysids[value["towards"]])}
        asked = {"fault": facts["fault"], "vehicle": int(self._sysids[facts["vehicle"]])}
        return {**asked, **({"value": value} if value is not None else {}), "for_s": facts.get("for_s")}

    async def _traffic(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """An aircraft that comes over a vehicle as it flies now, heard by the receivers of all."""
        sysid = int(self._sysids[facts["over"]])
        vehicles = (await self._radio.status())["vehicles"]
        over = next(vehicle for vehicle in vehicles if vehicle["sysid"] == sysid)
        track, from_m = math.radians(facts["track_deg"]), float(facts["from_m"])
        latitude = over["lat"] - from_m * math.cos(track) / _EARTH_M_PER_DEG
        longitude = over["lon"] - from_m * math.sin(track) / (_EARTH_M_PER_DEG * math.cos(math.radians(over["lat"])))
        return {
            "callsign": facts["callsign"],
            "icao": _ICAO,
            "start": [latitude, longitude],
            **{key: facts[key] for key in ("track_deg", "speed_mps", "altitude_amsl_m", "for_s")},
            "heard_by": [int(each) for each in self._sysids.values()],
        }

    # What is seen of it.

    async def _follow(self) -> None:
        async for item in self._feed:
            if isinstance(item, RangePicture):
                self._picture = item
                now = self._clock().utc
                for alarm in item.alarms:
                    self._delivered.setdefault(alarm.id, now)

    async def _read(self) -> None:
        """What the record has gained. It is a file: a server that is dead doesn't keep it from being read."""
        now_s = self._clock().monotonic_s
        if self._record is None or now_s - self._read_at_s < READ_S:
            return
        self._read_at_s = now_s
        for _ in range(MOST_READS):
            entries = await asyncio.to_thread(self._read_record, self._read_to)
            if not entries:
                break
            self._read_to = entries[-1].seq
            self._record.take(entries)
        for alarm_id, when in self._delivered.items():
            self._record.delivered(alarm_id, when)
        await self._pilots_listen(self._record)

    async def _pilots_listen(self, record: DrillRecord) -> None:
        """A pilot who is called does what he is told, a moment later."""
        at_s = (self._clock().utc - record.began).total_seconds()
        while self._obeyed < len(record.deeds) and record.deeds[self._obeyed].at_s + PILOT_S <= at_s:
            deed = record.deeds[self._obeyed]
            self._obeyed += 1
            word = _PILOTS_WORDS.get(deed.kind)
            for callsign, sysid in self._sysids.items():
                if word is not None and callsign.lower() in deed.about:
                    with contextlib.suppress(RangeopsError):  # a vehicle without a pilot in this scenario
                        await self._radio.ask({"say": word, "vehicle": int(sysid)})

    def _seen(self, until_s: float) -> Seen:
        record = self._record
        if record is None:
            return Seen(until_s, (), (), {})
        return Seen(until_s, record.alarms, tuple(record.deeds), {})

    def _flying(self) -> set[Sysid]:
        return {
            view.sysid
            for view in (self._picture.vehicles if self._picture else ())
            if view.armed and view.trusted and (view.height_m or 0.0) >= AIRBORNE_M
        }

    def _all_fly(self) -> bool:
        return self._flying() >= set(self._sysids.values())

    async def _until(self, holds: Callable[[], bool], within_s: float, what: str) -> None:
        deadline_s = self._clock().monotonic_s + within_s
        while not holds():
            if self._clock().monotonic_s > deadline_s:
                raise Unavailable(
                    f"{what}: not within {within_s:.0f} s", where="the drill", do="Look at the logs in its folder."
                )
            await asyncio.sleep(STEP_S)
