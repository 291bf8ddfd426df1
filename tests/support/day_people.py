"""The people of a day, over the API: companies ask, operators and the safety officer decide, pilots do as they are told, or don't."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

from day_air import Air
from day_desk import OFFICER, OPERATOR, Desk
from day_script import Booking, Comes, Flies, Script, content_of

from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmState, Condition, DeedKind, Priority
from rangeops.domain.commands import FINAL_STAGES, CommandKind, CommandProgress, CommandStage, CommandTarget
from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.domain.slot_terms import Permit, SlotTerms
from rangeops.domain.slots import Slot, SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.sim.pilot_tasks import ChangeMode
from rangeops.wire.api import MoveRequest, SlotRequest
from rangeops.wire.picture import RangePicture, VehicleView

LOOK_S: Final = 0.5
READY_S: Final = 45.0  # a vehicle that was switched on is heard and trusted
SEEN_S: Final = 30.0  # one command, one fence
BEFORE_S: Final = 100.0  # a slot's start its vehicle is made ready
AIRBORNE_S: Final = 40.0  # from the pilot's word to take-off
LANDS_S: Final = 420.0
RESTORED_S: Final = 30.0  # a vehicle stays switched on so long after its slot, to get back what it had
PATIENCE_S: Final = 60.0  # people ask again so long while the server is away
T = TypeVar("T")


class GivenUp(Exception):
    """Somebody has to do without."""


@dataclass
class People:
    script: Script
    desk: Desk
    air: Air
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"people {self.script.seed}/{self.script.day}")
        self.operator, self.officer = self.desk.client(OPERATOR), self.desk.client(OFFICER)
        self.members = {booking.company: self.desk.client(booking.company) for booking in self.script.bookings}
        self.commands: dict[str, CommandStage] = {}

    def note(self, words: str) -> None:
        self.told.append(f"{self.desk.clock().utc:%H:%M:%S} {words}")

    async def until_s(self, at_s: float) -> None:
        """Until so long after the day's beginning."""
        await asyncio.sleep(max(0.0, at_s - self.desk.clock.at_s))

    async def insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Again while the server or its watch is away. Raises RangeopsError for a no."""
        end_s = self.desk.clock.at_s + PATIENCE_S
        while True:
            try:
                return await call()
            except Unavailable:
                if self.desk.clock.at_s > end_s:
                    raise
                await asyncio.sleep(2.0)

    async def seen(self, holds: Callable[[], bool], within_s: float, what: str) -> None:
        """Raises GivenUp where it doesn't come."""
        end_s = self.desk.clock.at_s + within_s
        while not holds():
            if self.desk.clock.at_s > end_s:
                raise GivenUp(what)
            await asyncio.sleep(LOOK_S)

    def view(self, sysid: int) -> VehicleView | None:
        picture = self.desk.picture()
        return None if picture is None else next((each for each in picture.vehicles if each.sysid == sysid), None)

    # One booking, from the plan to the debriefing.

    async def play(self, booking: Booking) -> None:
        try:
            await self._play(booking)
        except (RangeopsError, GivenUp) as error:
            self.note(f"{booking.callsign}: {error}")
        finally:
            await self._go_home(booking)

    async def _play(self, booking: Booking) -> None:
        await self.until_s(booking.asks_s)
        client = self.members[booking.company] if booking.by_company else self.operator
        plan = await self._hand_in(client, booking)
        slot = await self.insist(lambda: client.book(self._request(booking, plan), key=f"{booking.callsign} books"))
        slot = await self._decided(booking, slot)
        if booking.comes is Comes.CANCELS:
            await self.until_s(booking.starts_s - 100)
            await self._changed(slot, SlotEvent.CANCEL)
            return
        slot = await self._changed(slot, SlotEvent.BRIEF)
        if self.chance.random() < 0.95:
            await self.insist(
                lambda: self.operator.acknowledge_notice(slot.id, "briefing", who=f"pilot of {booking.callsign}")
            )
        await self.until_s(booking.starts_s - BEFORE_S)
        if booking.comes is Comes.NO_SHOW:
            await self.until_s(booking.starts_s + 60)
            await self._changed(slot, SlotEvent.MISS)
            return
        await self._fly(booking, slot)

    async def _hand_in(self, client: Client, booking: Booking) -> str | None:
        plan = None
        for number, revision in enumerate(booking.revisions):
            content = content_of(revision)
            view = await self.insist(
                lambda content=content, number=number: client.submit_plan(  # type: ignore[misc]
                    content, file_name=f"{booking.callsign}.plan", name=f"{booking.callsign} lap", company=booking.company,
                    volume=booking.volume, airframe=booking.airframe, key=f"{booking.callsign} plan {number}",
                )
            )  # fmt: skip
            plan = view.id
            self.note(f"{booking.callsign}: plan {view.id} {view.verdict}")
            await asyncio.sleep(self.chance.uniform(1, 4))
        return plan

    def _request(self, booking: Booking, plan: str | None) -> SlotRequest:
        starts = (self.script.begins + timedelta(seconds=booking.starts_s)).replace(microsecond=0)
        return SlotRequest(
            company=booking.company,
            volume=booking.volume if booking.drawn is None else f"{booking.callsign}'s own",
            starts=starts,
            ends=starts + timedelta(minutes=booking.minutes),
            sysid=Sysid(booking.sysid),
            callsign=booking.callsign,
            airframe=booking.airframe,
            contact="channel 2",
            plan=plan if booking.drawn is None else None,
            drawn=booking.drawn,
            terms=SlotTerms(permits=(Permit("aerodrome", "TWR 12"),)) if booking.drawn else SlotTerms(),
        )

    async def _decided(self, booking: Booking, slot: Slot) -> Slot:
        """Approved; or waitlisted until something is offered, or moved to what is free instead. Raises GivenUp."""
        await asyncio.sleep(self.chance.uniform(2, 15))
        if booking.drawn is not None:
            await self.insist(
                lambda: self.operator.submit_plan(
                    content_of(booking.revisions[-1]), file_name="own.plan", name=f"{booking.callsign} own",
                    company=booking.company, volume=slot.volume, airframe=booking.airframe, slot=slot.id,
                )
            )  # fmt: skip
            slot = await self.insist(lambda: self.operator.slot(slot.id))
        try:
            slot = await self._changed(slot, SlotEvent.APPROVE)
        except RangeopsError as error:
            self.note(f"{booking.callsign}: not approved: {error.what}")
            slot = await self._instead(booking, slot)
        if booking.comes is Comes.MOVES:
            later = MoveRequest(slot.starts + timedelta(seconds=60), slot.version, "the company is late")
            slot = await self.insist(lambda: self.operator.move_slot(slot.id, later))
        return slot

    async def _instead(self, booking: Booking, slot: Slot) -> Slot:
        if self.chance.random() < 0.5:
            slot = await self._changed(slot, SlotEvent.WAITLIST)
            await self.seen(lambda: self._state(slot) is SlotState.OFFERED, 240, "nothing was offered to who waits")
            slot = await self.insist(lambda: self.operator.slot(slot.id))
            return await self._changed(slot, SlotEvent.TAKE)
        alternatives = await self.insist(lambda: self.operator.alternatives(slot.id))
        found = next((each for each in alternatives if each.kind == "time"), None)
        if found is None or found.starts > self.script.begins + timedelta(seconds=self.script.ends_s):
            await self._changed(slot, SlotEvent.REFUSE, reason="no room")
            raise GivenUp("there is no room")
        wanted = MoveRequest(found.starts, slot.version, "to what is free", ends=found.ends)
        slot = await self.insist(lambda: self.operator.move_slot(slot.id, wanted))
        return await self._changed(slot, SlotEvent.APPROVE)

    def _state(self, slot: Slot) -> SlotState | None:
        if not self.desk.serving:
            return None
        with self.desk.store.read() as work:
            return work.slots.get(slot.id).state

    async def _changed(self, slot: Slot, event: SlotEvent, reason: str = "as it is") -> Slot:
        async def change() -> Slot:
            present = await self.operator.slot(slot.id)
            return await self.operator.change_slot(slot.id, event, version=present.version, reason=reason)

        return await self.insist(change)

    # One flight.

    async def _fly(self, booking: Booking, slot: Slot) -> None:
        await self.until_s((slot.starts - self.script.begins).total_seconds() - BEFORE_S)
        self._switch_on(booking)
        member = self.air.member(booking.sysid)
        for strike in booking.strikes:
            if strike.at_s < 0:
                self._struck(booking, strike)
        uncleared = booking.flies is Flies.UNCLEARED
        try:
            await self._make_ready(booking, slot)
        except (RangeopsError, GivenUp) as error:
            self.note(f"{booking.callsign} isn't cleared: {error}")
            if not uncleared:
                raise
        assert member.pilot is not None
        if uncleared:
            self.note(f"{booking.callsign}: its pilot flies without the range's word")
        self.air.fleet.say(booking.sysid, "cleared", None)
        await self.seen(lambda: self.air.airborne(booking.sysid), AIRBORNE_S, "it didn't take off")
        flight = [asyncio.create_task(each) for each in self._in_flight(booking, slot)]
        try:
            await self.seen(lambda: not self.air.armed(booking.sysid), LANDS_S, "it doesn't land")
        finally:
            for task in flight:
                task.cancel()
            await asyncio.gather(*flight, return_exceptions=True)
        await asyncio.sleep(self.chance.uniform(1, 10))
        await self._changed(slot, SlotEvent.CLOSE)
        await self.insist(
            lambda: self.operator.acknowledge_notice(slot.id, "debrief", who=f"pilot of {booking.callsign}")
        )

    async def _make_ready(self, booking: Booking, slot: Slot) -> None:
        sysid = Sysid(booking.sysid)
        await self.seen(lambda: (view := self.view(sysid)) is not None and view.trusted, READY_S, "it isn't trusted")
        for kind in (CommandKind.HOLD, CommandKind.RTL):
            await self._obeyed(sysid, kind, "the stop path is proved")
        if booking.flies is Flies.UNCLEARED and self.chance.random() < 0.5:
            raise GivenUp("nobody asks for it")
        writes = await self.insist(lambda: self.operator.writes(slot.id))
        await self.insist(lambda: self.operator.agree(slot.id, who="its pilot", sha256=writes.sha256))
        await self._obeyed(sysid, CommandKind.LOAD_FENCE, f"slot {slot.id}")
        await self.until_s((slot.starts - self.script.begins).total_seconds())
        if booking.flies is Flies.UNCLEARED:
            return
        await self.insist(lambda: self.operator.poll(slot.id, "pilot", go=True, who="its pilot"))
        await self.insist(lambda: self.operator.poll(slot.id, "operator", go=True))
        await self.insist(lambda: self.officer.safety_word(slot.id))
        for _ in range(10):
            view = await self.insist(lambda: self.officer.clearance(slot.id))
            if not view.missing:
                break
            await asyncio.sleep(2.0)
        await self.insist(lambda: self.officer.clear(slot.id))
        self.note(f"{booking.callsign} is cleared")

    async def _obeyed(self, sysid: Sysid, kind: CommandKind, reason: str) -> None:
        progress = await self.insist(lambda: self.operator.command(sysid, kind, reason=reason, typed=str(int(sysid))))
        await self.seen(lambda: self._stage(progress) in FINAL_STAGES, SEEN_S, f"{kind.value} is answered by nothing")
        if self._stage(progress) is not CommandStage.SEEN:
            raise GivenUp(f"{kind.value}: {self._stage(progress)}")

    def _stage(self, progress: CommandProgress) -> CommandStage | None:
        return self.commands.get(progress.order.id)

    async def look_at_commands(self) -> None:
        """As a screen does: the picture shows each command for a while."""
        while True:
            picture = self.desk.picture()
            for each in picture.commands if picture else ():
                self.commands[each.order.id] = each.stage
            await asyncio.sleep(LOOK_S / 2)

    def _in_flight(self, booking: Booking, slot: Slot) -> list[Any]:
        deeds: list[Any] = [self._strike(booking, strike) for strike in booking.strikes if strike.at_s >= 0]
        match booking.flies:
            case Flies.WITHDRAWN:
                deeds.append(self._withdraw(booking, slot))
            case Flies.COMMANDED:
                deeds.append(self._command(booking))
            case Flies.TAKEN_OVER:
                deeds.append(self._take_over(booking))
        return deeds

    async def _strike(self, booking: Booking, strike: Any) -> None:
        await asyncio.sleep(strike.at_s)
        self._struck(booking, strike)

    def _struck(self, booking: Booking, strike: Any) -> None:
        self.note(f"{booking.callsign}: {strike.fault} {strike.value or ''} for {strike.for_s} s")
        self.air.strike(booking.sysid, strike.fault, strike.value, strike.for_s)

    async def _withdraw(self, booking: Booking, slot: Slot) -> None:
        await asyncio.sleep(booking.act_s)
        await self.attempt(lambda: self.operator.withdraw(slot.id), f"{booking.callsign}: withdraw")

    async def _command(self, booking: Booking) -> None:
        await asyncio.sleep(booking.act_s)
        for word in booking.commands:
            kind = CommandKind(word)
            target = None
            if kind is CommandKind.GOTO:
                target = CommandTarget(
                    latitude_deg=booking.home[0], longitude_deg=booking.home[1], altitude_amsl_m=70.0
                )
            await self.attempt(
                lambda kind=kind, target=target: self.operator.command(  # type: ignore[misc]
                    Sysid(booking.sysid), kind, reason="an operator's own", typed=str(booking.sysid), target=target
                ),
                f"{booking.callsign}: {word}",
            )
            await asyncio.sleep(self.chance.uniform(0.3, 15))

    async def _take_over(self, booking: Booking) -> None:
        """He flies on with his plan once the range has stopped him."""
        member = self.air.member(booking.sysid)
        await self.seen(lambda: member.vehicle.mode.name in ("BRAKE", "RTL"), LANDS_S, "the range doesn't stop it")
        await asyncio.sleep(self.chance.uniform(1, 6))
        assert member.pilot is not None
        self.note(f"{booking.callsign}: its pilot takes it over")
        member.pilot._task = ChangeMode("AUTO")

    async def attempt(self, call: Callable[[], Awaitable[Any]], what: str) -> None:
        """Once; a no is told, and that is all."""
        try:
            await call()
        except RangeopsError as error:
            self.note(f"{what}: {error.what}")
        else:
            self.note(f"{what}: done")

    def _switch_on(self, booking: Booking) -> None:
        self.note(f"{booking.callsign} is switched on")
        self.air.switch_on(booking.sysid)

    async def _go_home(self, booking: Booking) -> None:
        """Down it comes, whatever keeps it up; it stays switched on until it has back what it had."""
        if booking.sysid not in self.air.on:
            return
        end_s = self.desk.clock.at_s + LANDS_S
        while self.air.armed(booking.sysid) and self.desk.clock.at_s < end_s:
            self.air.mend(booking.sysid)
            self.air.fleet.say(booking.sysid, "land", None)
            await asyncio.sleep(20.0)
        await asyncio.sleep(RESTORED_S)
        self.note(f"{booking.callsign} is switched off")
        self.air.switch_off(booking.sysid)

    # The control room.

    async def watch_over(self) -> None:
        """Operators look at their screen each second or two, and act on some of what they see."""
        chance, eager = random.Random(f"room {self.script.seed}/{self.script.day}"), self.script.eager
        while True:
            await asyncio.sleep(chance.uniform(0.8, 2.5))
            picture = self.desk.picture()
            if picture is not None:
                await self._act_on(picture, chance, eager)

    async def _act_on(self, picture: RangePicture, chance: random.Random, eager: float) -> None:
        for alarm in picture.alarms:
            asks = alarm.state in (AlarmState.UNACKED, AlarmState.RETURNED, AlarmState.LATCHED)
            if chance.random() > (eager * 0.4 if asks else 0.003):
                continue
            if alarm.priority is not Priority.P1 and chance.random() < 0.15:
                await self.attempt(
                    lambda alarm=alarm: self.operator.alarm_deed(  # type: ignore[misc]
                        alarm.id, DeedKind.SHELVE, reason="known", minutes=5
                    ),
                    f"shelve {alarm.id}",
                )
            else:
                await self.attempt(lambda alarm=alarm: self.operator.acknowledge(alarm.id), f"ack {alarm.id}")  # type: ignore[misc]
            if alarm.condition is Condition.CREWED_NEAR and chance.random() < eager:
                await self.attempt(
                    lambda: self.operator.clear_sector(
                        "WHOLE RANGE", how=chance.choice(("hold", "rtl")), reason="helicopter", typed="WHOLE RANGE"
                    ),
                    "clear the whole range",
                )
        for view in picture.vehicles:
            if view.armed and chance.random() < eager:
                await self._steer(view, chance)

    async def _steer(self, view: VehicleView, chance: random.Random) -> None:
        sysid, act = view.sysid, view.next_act
        if view.pilot_has_control:
            await self.attempt(lambda: self.operator.let_fly(sysid, reason="he knows"), f"let {view.callsign} fly")
        elif act is not None and act.offered and act.command is not None:
            wanted = act.command
            await self.attempt(
                lambda: self.operator.take_up(sysid, wanted, reason="as offered"), f"take up {wanted.value}"
            )
        elif act is not None and act.inhibitable and chance.random() < 0.3:
            await self.attempt(lambda: self.operator.inhibit(sysid, reason="he turns"), f"inhibit {view.callsign}")
        elif not view.cleared and view.airborne and chance.random() < 0.5:
            kind = chance.choice((CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND))
            await self.attempt(
                lambda: self.operator.command(sysid, kind, reason="it isn't cleared", typed=str(int(sysid))),
                f"{kind.value} for {view.callsign}",
            )

    async def tell_the_weather(self) -> None:
        for at_s, report in self.script.weather:
            await self.until_s(at_s)
            await self.attempt(lambda report=report: self.operator.hand_in_weather(report), report)  # type: ignore[misc]
