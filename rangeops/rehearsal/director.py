"""Plays a morning's people against a running range.

Over the public API it does what companies and operators do, by voice radio it tells the pilots. What the range itself
must do (forecast, hold, return, incident) nobody here does.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self, TypeVar

from rangeops.client.api import Client
from rangeops.client.feed import FeedItem
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.domain.errors import RangeopsError, Refused, Unavailable
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot, SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.rehearsal.outcome import IncidentSeen, Outcome, Tally, max_excursion_m
from rangeops.rehearsal.papers import papers_of
from rangeops.rehearsal.radio import Radio
from rangeops.rehearsal.script import Booking, Script
from rangeops.wire.api import SlotRequest
from rangeops.wire.picture import RangePicture, VehicleView

READY_S: Final = 60.0  # server up, vehicles heard and trusted
FENCE_S: Final = 20.0  # one fence up and read back
STORY_S: Final = 90.0  # from the last clearance to hold and RTL seen
INCIDENT_S: Final = 20.0  # from hold and RTL seen to the incident in the server's books
LOOK_S: Final = 0.2
LANDED_LOOK_S: Final = 5.0
_LOOK: Final = "Look at the logs in the data folder."
T = TypeVar("T")


class Director:
    """`play` returns what the morning came to; `narrate` is told, in one line each, what happens meanwhile."""

    def __init__(
        self,
        *,
        client: Client,
        feed: AsyncIterator[FeedItem],
        radio: Radio,
        script: Script,
        links: Sequence[str],
        truth: Path,
        clock: Callable[[], Now],
        narrate: Callable[[str], None],
    ) -> None:
        self._client = client
        self._feed = feed
        self._radio = radio
        self._script = script
        self._links = links
        self._truth = truth
        self._clock = clock
        self._narrate = narrate
        now = clock()
        callsigns = {int(booking.sysid): booking.callsign for booking in script.bookings}
        self._tally = Tally(now.monotonic_s, now.utc.timestamp(), callsigns)
        self._picture: RangePicture | None = None
        self._slots: dict[Sysid, SlotId] = {}
        self._plans_checked = self._plans_refused = self._fences_verified = 0

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._following.cancel()

    async def play(self) -> Outcome:
        """Raises Unavailable where the range doesn't get ready in time; a broken chain is the caller's to judge."""
        await self.open_day()
        await self._await_story()
        return await self._outcome(len(self._slots))

    async def open_day(self) -> dict[Sysid, SlotId]:
        """Until everybody is cleared and told so; the slots by vehicle. Raises Unavailable."""
        await self._until(lambda: self._picture is not None, READY_S, "the server's first picture")
        for uri in self._links:
            await self._client.add_link(uri)
        await self._register()
        await self._weather()
        slots = [(booking, await self._book(booking)) for booking in self._script.bookings]
        self._slots = {booking.sysid: slot.id for booking, slot in slots}
        await asyncio.gather(*(self._make_ready(booking, slot) for booking, slot in slots))
        return self._slots

    async def keep_flying(self) -> None:
        """After the story: whoever has landed and disarmed inside his slot is cleared and sent up again, for ever."""
        while True:
            await asyncio.sleep(LANDED_LOOK_S)
            for booking in self._script.bookings:
                vehicle, slot = self._vehicle(booking.sysid), self._slots[booking.sysid]
                if vehicle is None or vehicle.armed or not vehicle.trusted or not vehicle.slot:
                    continue
                view = await self._client.clearance(slot)
                if view.flights and not view.cleared and not view.withdrawn:  # what an operator took back stays so
                    await self._clear_again(booking, slot)

    async def _follow(self) -> None:
        async for item in self._feed:
            if isinstance(item, RangePicture):
                self._picture = item
                self._tally.add(item)

    async def _register(self) -> None:
        """What the companies would have handed in weeks ago. A folder that is used again has it already."""
        known = {(entry.kind, entry.id) for entry in await self._client.registers()}
        for company, papers in papers_of(self._script, self._clock().utc.date()).items():
            for kind, fields in papers:
                if (kind.value, fields["id"]) not in known:
                    await self._client.register(kind.value, fields, reason="rehearsal")
            self._narrate(f"{company} is in the register: insurance, authorisation, aircraft and pilots")

    async def _book(self, booking: Booking) -> Slot:
        plan_id = await self._submit(booking)
        now = self._clock().utc
        slot = await self._client.book(_request(booking, plan_id, now))
        slot = await self._client.change_slot(slot.id, SlotEvent.APPROVE, version=slot.version)
        slot = await self._client.change_slot(slot.id, SlotEvent.BRIEF, version=slot.version)
        self._narrate(f"{booking.company} has slot {slot.id} in {booking.volume} for {booking.callsign}")
        await self._client.acknowledge_notice(slot.id, "briefing", who=f"pilot of {booking.callsign}")
        self._narrate(f"{booking.callsign}: its pilot has read the briefing")
        return slot

    async def _weather(self) -> None:
        """An operator types what the station says: the simulator's own wind."""
        metar = self._script.weather.metar(self._clock().utc)
        await self._client.hand_in_weather(metar)
        self._narrate(f"an operator hands in {metar}")

    async def _submit(self, booking: Booking) -> str:
        """Hand in revision after revision until one passes, as a company does that reads the refusal."""
        for path in booking.plans:
            plan = await self._client.submit_plan(
                path.read_bytes(),
                file_name=path.name,
                name=booking.plan_name,
                company=booking.company,
                volume=booking.volume,
                airframe=booking.airframe,
            )
            self._plans_checked += 1
            if plan.verdict == "passed":
                self._narrate(f"{booking.company} {plan.name} rev {plan.revision}: passed")
                return plan.id
            self._plans_refused += 1
            for check in plan.checks:
                if not check.passed:
                    self._narrate(
                        f"{booking.company} {plan.name} rev {plan.revision}: {plan.verdict}: {check.code} {check.what} {check.fix}"
                    )
        raise Refused(
            f"no revision of {booking.plan_name} passes", where=booking.company, do="Correct the scenario's plans."
        )

    async def _make_ready(self, booking: Booking, slot: Slot) -> None:
        """Fence up and read back, clearance, and the word to the pilot."""
        await self._until(lambda: self._trusted(booking.sysid), READY_S, f"{booking.callsign}'s trusted position")
        await self._prove_stop_path(booking)
        await self._agree(booking, slot)
        progress = await self._client.command(booking.sysid, CommandKind.LOAD_FENCE, reason=f"slot {slot.id}")
        await self._seen(progress, f"{booking.callsign}'s fence read back")
        self._fences_verified += 1
        self._narrate(f"{booking.callsign}: fence on board, read back equal, active")
        await self._clear(booking, slot)

    async def _prove_stop_path(self, booking: Booking) -> None:
        """Hold and home by command, each seen on the ground before the day's first flight."""
        for kind in (CommandKind.HOLD, CommandKind.RTL):
            reason = "the stop path is proved on the ground"
            progress = await self._client.command(booking.sysid, kind, reason=reason, typed=str(int(booking.sysid)))
            await self._seen(progress, f"{booking.callsign}'s {kind.value} on the ground")
        self._narrate(f"{booking.callsign}: hold and return to launch were commanded on the ground, and seen")

    async def _seen(self, progress: CommandProgress, what: str) -> None:
        command = progress.order.id
        await self._until(
            lambda: (moved := self._tally.commands.get(command)) is not None and moved.stage is CommandStage.SEEN,
            FENCE_S,
            what,
        )

    async def _say_go(self, booking: Booking, slot: SlotId) -> None:
        """The poll, role by role, and the safety officer's word; for each take-off."""
        await self._client.poll(slot, "pilot", go=True, who=f"pilot of {booking.callsign}")
        await self._client.poll(slot, "operator", go=True)
        await self._client.safety_word(slot)
        self._narrate(f"{booking.callsign}: pilot and operator say go, and the range safety officer gives his word")

    async def _clear_again(self, booking: Booking, slot: SlotId) -> None:
        """A new take-off, a new clearance. What lacks now, as a slot that has ended, is told and left."""
        try:
            await self._say_go(booking, slot)
            await self._client.clear(slot)
        except RangeopsError as error:
            self._narrate(f"{booking.callsign} stays on the ground: {error.what}")
            return
        await self._radio.cleared(booking.sysid, booking.plans[-1])
        self._narrate(f"{booking.callsign} is cleared to fly again")

    async def _agree(self, booking: Booking, slot: Slot) -> None:
        """The operator reads to the pilot what is to be written to his vehicle, and he says yes."""
        writes = await self._client.writes(slot.id)
        who = f"pilot of {booking.callsign}, {booking.contact}"
        await self._client.agree(slot.id, who=who, sha256=writes.sha256)
        self._narrate(f"{booking.callsign}: its pilot agrees to {len(writes.differences)} changes to his vehicle")

    async def _clear(self, booking: Booking, slot: Slot) -> None:
        """The server hears of the read-back a moment after the screen does: ask until nothing is missing."""
        await self._say_go(booking, slot.id)
        view = await self._asked(lambda: self._client.clearance(slot.id), lambda view: not view.missing, FENCE_S)
        if view.missing:
            raise Unavailable(
                f"clearance lacks: {', '.join(view.missing)}", where=slot.id, do="Look at the range's log."
            )
        await self._client.clear(slot.id)
        await self._radio.cleared(booking.sysid, booking.flies)
        self._narrate(f"{booking.callsign} is cleared to fly")

    async def _await_story(self) -> None:
        """Until some vehicle was held and sent home, and its incident is open; a story that doesn't happen is told by the outcome."""

        def told() -> bool:
            return any(
                self._tally.stopped(booking.sysid, CommandKind.HOLD)
                and self._tally.stopped(booking.sysid, CommandKind.RTL)
                for booking in self._script.bookings
            )

        try:
            await self._until(told, STORY_S, "a vehicle held and sent home")
        except Unavailable as error:
            self._narrate(str(error))
            return
        # What the screen shows a server that has just begun may still have to enter in its books.
        await self._asked(self._client.incidents, bool, INCIDENT_S)

    async def _outcome(self, slots: int) -> Outcome:
        incidents = await self._client.incidents()
        report = ""
        if incidents:
            report = (await self._client.write_report(incidents[0].id)).path
            self._narrate(f"{incidents[0].id}: {incidents[0].title}; report {report}")
        headed_out = next((item.sysid for item in incidents), None)
        excursion = await self._excursion(headed_out) if headed_out is not None else None
        return Outcome(
            vehicles=len(self._picture.vehicles) if self._picture else 0,
            slots=slots,
            plans_checked=self._plans_checked,
            plans_refused=self._plans_refused,
            fences_verified=self._fences_verified,
            alarms=tuple(self._tally.alarms.values()),
            commands=self._tally.commands_seen(),
            max_excursion_m=excursion,
            incidents=tuple(IncidentSeen(item.id, item.title, item.callsign) for item in incidents),
            report=report,
            audit_head=(await self._client.audit_head()).hash,
        )

    async def _excursion(self, sysid: Sysid) -> float | None:
        view = await self._client.range_view()
        booking = next((booking for booking in self._script.bookings if booking.sysid == sysid), None)
        volume = next((volume for volume in view.volumes if booking and volume.id == booking.volume), None)
        return None if volume is None else max_excursion_m(self._truth, sysid, volume, view)

    def _vehicle(self, sysid: Sysid) -> VehicleView | None:
        vehicles = self._picture.vehicles if self._picture else ()
        return next((vehicle for vehicle in vehicles if vehicle.sysid == sysid), None)

    def _trusted(self, sysid: Sysid) -> bool:
        vehicle = self._vehicle(sysid)
        return vehicle is not None and vehicle.trusted

    async def _asked(self, ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], within_s: float) -> T:
        """The API has no event for it: the first answer that holds, or the last there was time for."""
        deadline_s = self._clock().monotonic_s + within_s
        while not holds(answer := await ask()) and self._clock().monotonic_s < deadline_s:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
        return answer

    async def _until(self, holds: Callable[[], bool], within_s: float, what: str) -> None:
        deadline_s = self._clock().monotonic_s + within_s
        while not holds():
            if self._clock().monotonic_s > deadline_s:
                raise Unavailable(f"{what} did not come within {within_s:.0f} s", where="the rehearsal", do=_LOOK)
            await asyncio.sleep(LOOK_S)


def _request(booking: Booking, plan_id: str, now: datetime) -> SlotRequest:
    starts = now.replace(microsecond=0)
    return SlotRequest(
        company=booking.company,
        volume=booking.volume,
        starts=starts,
        ends=starts + timedelta(minutes=booking.minutes),
        sysid=booking.sysid,
        callsign=booking.callsign,
        airframe=booking.airframe,
        contact=booking.contact,
        plan=plan_id,
    )
