"""A day of every class on the real processes: supervisor, watch, standby and server; the vehicles are ours or ArduPilot's own.

Companies hand in and book, pilots fly (sitl/scenarios/ardupilot-day.toml), and meanwhile a link is cut, the watch and the server
are killed and a clearance is withdrawn. Each vehicle's link passes a proxy that keeps what reached it. Nothing is judged here.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import fault_proxy
import httpx
from day_air import _entries
from day_evidence import HOLDING, Answered, Frame

from rangeops.bootstrap.parts import clock, process_environment
from rangeops.client.api import Client
from rangeops.client.calls import address_of
from rangeops.client.feed import feed
from rangeops.domain.commands import FINAL_STAGES, CommandKind, CommandProgress, CommandStage
from rangeops.domain.errors import Conflict, RangeopsError, Unavailable
from rangeops.domain.events import JournalEntry
from rangeops.domain.incident_review import OccurrenceClass
from rangeops.domain.slots import Slot, SlotEvent, SlotId
from rangeops.paths import shipped
from rangeops.rehearsal.director import Director
from rangeops.rehearsal.processes import Processes
from rangeops.rehearsal.radio import Radio
from rangeops.rehearsal.script import load_script
from rangeops.settings import Settings
from rangeops.wire.api import SlotRequest
from rangeops.wire.incident_review import ReviewChange

SCENARIO: Final = "ardupilot-day.toml"
RANGE: Final = "twente-wide"
RUNAWAY, TAKEN_OVER, CUT_OFF, WITHDRAWN, PLANE, ROVER, NOBODYS = 7, 3, 11, 14, 21, 31, 19
FLYING: Final = (RUNAWAY, TAKEN_OVER, CUT_OFF, WITHDRAWN, PLANE, ROVER)
CUT_S: Final = 14.0
LOOK_S: Final = 0.1
READY_S: Final = 240.0  # from the start to the last clearance: ArduPilot's EKF takes 20 to 40 s of its own time
LANDED_S: Final = 420.0
SOON_S: Final = 60.0
SERVER_BACK_S: Final = 180.0  # a machine at ten times its load was seen to take 41 s
UP_M: Final = 10.0
SECRET: Final = "a day of every class, recorded"
_WRITES: Final = frozenset(["POST", "PUT", "PATCH", "DELETE"])
_BEHIND: Final = "/api/v1"


@dataclass
class Noted:
    """What whoever played the day knows of it, and nothing of what the product made of it."""

    frames: list[Frame] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    held: list[tuple[Slot, ...]] = field(default_factory=list)
    journalled: dict[tuple[str, int], JournalEntry] = field(default_factory=dict)
    bad_air: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    watch_killed: list[datetime] = field(default_factory=list)
    unserved: list[tuple[datetime, datetime]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    commands: dict[str, CommandProgress] = field(default_factory=dict)
    timelines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)  # id: sysid
    bundle: Path | None = None
    report: Path | None = None
    signed: str = ""
    told: list[str] = field(default_factory=list)


@dataclass
class Day:
    processes: Processes
    client: Client
    director: Director
    radio: Radio
    proxies: dict[int, fault_proxy.FaultProxy]
    noted: Noted
    slots: dict[int, SlotId] = field(default_factory=dict)
    link_back: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settings(self) -> Settings:
        return self.processes.settings

    async def play(self) -> None:
        """From the first plan to the signed incident. Raises AssertionError where somebody doesn't get to his part."""
        watching = [asyncio.create_task(each) for each in (self._keep_journals(), self._note_commands())]
        try:
            await self._open()
            deeds = (
                self._cut_the_link(),
                self._fly_without_clearance(),
                self._kill_and_withdraw(),
                *(self._until_down(each) for each in FLYING if each != ROVER),
                self._park_the_rover(),
            )
            await asyncio.gather(*deeds)
            await self._hear_no_more_news()
            await self._debrief()
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    # Before the flights.

    async def _open(self) -> None:
        """The director's companies; and one beside them that hands in what is no plan, and books what is taken."""
        opening = asyncio.create_task(self.director.open_day())
        booked = await self._until(self._all_booked, SOON_S, "every slot booked")
        slot = next(each for each in booked if each.sysid == RUNAWAY)
        company, volume = slot.company, slot.volume
        await self._refused(
            "no plan",
            lambda: self.client.submit_plan(
                b"\x00\xff{not a plan", file_name="x.plan", name="X-1", company=company, volume=volume,
                airframe=slot.airframe,
            ),
        )  # fmt: skip
        asked = SlotRequest(
            company, volume, slot.starts, slot.ends, slot.sysid, slot.callsign, slot.airframe, "channel 9"
        )
        await self._refused("taken air", lambda: self._approved(asked))
        self.slots = {int(sysid): slot for sysid, slot in (await opening).items()}
        await self._note_held()

    async def _approved(self, asked: SlotRequest) -> Slot:
        slot = await self.client.book(asked)
        return await self.client.change_slot(slot.id, SlotEvent.APPROVE, version=slot.version)

    async def _all_booked(self) -> tuple[Slot, ...]:
        slots = await self.client.slots()
        self.noted.held.append(tuple(slot for slot in slots if slot.state.value in HOLDING))
        return slots if len(self.noted.held[-1]) == len(FLYING) else ()

    async def _refused(self, what: str, ask: Callable[[], Awaitable[Any]]) -> None:
        try:
            answer = await ask()
        except RangeopsError as error:
            self.noted.refused[what] = str(error)
        else:
            self.noted.refused[what] = f"it was taken: {answer!r:.200}"

    # While they fly.

    async def _cut_the_link(self) -> None:
        """Both ways, for longer than the vehicle's own failsafe waits."""
        await self._truly(CUT_OFF, lambda each: each["armed"] and each["mode"] == "AUTO" and _up_m(each) > UP_M)
        proxy, since = self.proxies[CUT_OFF], datetime.now(UTC)
        for way in (proxy.up, proxy.down):
            way.weather = fault_proxy.Weather(partition=True)
        await asyncio.sleep(CUT_S)
        for way in (proxy.up, proxy.down):
            way.weather = fault_proxy.CLEAR
        self.noted.bad_air.setdefault(CUT_OFF, []).append((since, datetime.now(UTC)))
        self.link_back.set()

    async def _fly_without_clearance(self) -> None:
        await self.radio.ask({"say": "cleared", "vehicle": NOBODYS})
        await self._truly(NOBODYS, lambda each: each["armed"] and _up_m(each) > UP_M)
        await self._until_down(NOBODYS)

    async def _kill_and_withdraw(self) -> None:
        """All in one vehicle's flight: the watch, then the server, then its clearance."""
        await self._truly(WITHDRAWN, lambda each: each["armed"] and _up_m(each) > UP_M)
        await self.link_back.wait()  # one fault at a time: what a new watch never heard is no link that fell silent
        self.noted.watch_killed.append(datetime.now(UTC))
        self._kill("watch")
        await asyncio.sleep(8)  # a standby has taken over long since, and a vehicle's own failsafe would have acted
        since = datetime.now(UTC)
        self._kill("server")
        await self._until(self._serves, SERVER_BACK_S, "the server again")
        self.noted.unserved.append((since, datetime.now(UTC)))
        await self._served(lambda: self.client.withdraw(self.slots[WITHDRAWN]))
        for kind in (CommandKind.HOLD, CommandKind.RTL):
            await self._command(WITHDRAWN, kind, "his clearance is withdrawn")

    async def _park_the_rover(self) -> None:
        """Held by the range before the edge, it is told to come home, and disarmed where it stands."""
        home = await self._truly(ROVER, lambda _: True)
        await self._truly(ROVER, lambda each: each["armed"] and each["mode"] == "HOLD", LANDED_S)
        await asyncio.sleep(8)  # longer than the policy waits before it would send it home itself
        await self._command(ROVER, CommandKind.RTL, "its pilot is to come home")
        await self._truly(ROVER, lambda each: _apart_m(each, home) < 5 and _speed_mps(each) < 0.2, LANDED_S)
        await self._command(ROVER, CommandKind.DISARM, "parked")

    async def _until_down(self, sysid: int) -> None:
        await self._truly(sysid, lambda each: each["armed"], READY_S)
        await self._truly(sysid, lambda each: not each["armed"], LANDED_S)

    # Afterwards.

    async def _hear_no_more_news(self) -> None:
        """Until the journals are empty: all that the watches told is in the record."""
        head = ""
        for _ in range(600):
            now = (await self._served(self.client.audit_head)).hash
            if now == head:
                return
            head = now
            await asyncio.sleep(3)
        raise AssertionError("the record never comes to rest")

    async def _debrief(self) -> None:
        """Each incident's timeline; and of the runaway's the review, the report and its evidence, signed and exported."""
        await self.client.set_password(self.settings.operator, SECRET)
        for each in await self.client.incidents():
            view = await self.client.incident(each.id)
            self.noted.incidents[each.id] = int(each.sysid)
            self.noted.timelines[each.id] = tuple(item.evidence for item in view.timeline)
        first = next(one for one, sysid in self.noted.incidents.items() if sysid == RUNAWAY)
        await self.client.take_up_incident(first)
        change = ReviewChange(
            occurrence_class=OccurrenceClass.INCIDENT.value,
            category="airspace",
            mandatory=False,
            headline="D07 was held before the edge of EAST",
            narrative="Its pilot flew the revision that had been refused.",
        )
        reviewed = await self.client.change_incident_review(first, change)
        signed = await self.client.sign_incident(first, password=SECRET, sha256=reviewed.sha256)
        self.noted.signed = signed.review.state.value
        self.noted.report = Path((await self.client.write_report(first)).path)
        self.noted.bundle = self.settings.data / "incident.zip"

        async def exported() -> bool:
            with contextlib.suppress(Conflict):  # the newest entries are signed within a minute
                await self.client.export_incident(first, self.noted.bundle)
                return True
            return False

        await self._until(exported, 2 * SOON_S, "the incident's evidence, signed")
        await self._note_held()

    # What all of it needs.

    async def _command(self, sysid: int, kind: CommandKind, reason: str) -> None:
        progress = await self._served(lambda: self.client.command(sysid, kind, reason=reason, typed=str(sysid)))
        order = progress.order.id

        async def over() -> CommandProgress | None:
            last = self.noted.commands.get(order)
            return last if last is not None and last.stage in FINAL_STAGES else None

        last = await self._until(over, SOON_S, f"the end of {kind.value} for {sysid}")
        assert last.stage is CommandStage.SEEN, last

    async def _truly(
        self, sysid: int, holds: Callable[[dict[str, Any]], object], within_s: float = SOON_S
    ) -> dict[str, Any]:
        """Until the truth of one vehicle is so."""
        last: dict[str, Any] = {}

        async def found() -> dict[str, Any] | None:
            nonlocal last
            last = next((each for each in (await self.radio.status())["vehicles"] if each["sysid"] == sysid), last)
            return last if last and holds(last) else None

        return await self._until(found, within_s, f"what {sysid} was to do", lambda: f"; it was last {last}")

    async def _until(
        self, ask: Callable[[], Awaitable[Any]], within_s: float, what: str, last: Callable[[], str] = lambda: ""
    ) -> Any:
        """What it gives once that is something; an unreachable server is asked again."""
        deadline_s = clock().monotonic_s + within_s
        while True:
            with contextlib.suppress(Unavailable):
                if found := await ask():
                    return found
            assert clock().monotonic_s < deadline_s, f"{what} didn't come within {within_s:.0f} s{last()}"
            await asyncio.sleep(LOOK_S)

    async def _served(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """A call that a server which has just come back may not hear."""
        return await self._until(ask, SOON_S, "the server's answer")

    async def _serves(self) -> bool:
        return bool(await self.client.status())

    def _kill(self, name: str) -> None:
        lines = (self.settings.run_folder / "pids").read_text().splitlines()
        pid = next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    async def _note_held(self) -> None:
        self.noted.held.append(tuple(slot for slot in await self.client.slots() if slot.state.value in HOLDING))

    async def _note_commands(self) -> None:
        async for item in feed(self.client):
            for progress in getattr(item, "commands", ()):
                self.noted.commands[progress.order.id] = progress

    async def _keep_journals(self) -> None:
        """What ever stood in a watch's journal: the server takes it away as it stores it."""
        while True:
            for path in sorted((self.settings.watch_folder / "journal").glob("journal-*.bin")):
                with contextlib.suppress(OSError):
                    for entry in _entries(path):
                        self.noted.journalled[path.name, entry.seq] = entry
            await asyncio.sleep(0.5)


@asynccontextmanager
async def class_day(folder: Path, *, ardupilot: bool) -> AsyncIterator[Day]:
    """Everything started and nothing played; ended with the block."""
    settings = Settings(data=folder / "data", port=0, simulation=True, range=RANGE, second_factor="nobody")
    noted = Noted()
    scenario = folder / SCENARIO
    (folder / "plans").symlink_to(shipped("scenarios") / "plans")
    processes = Processes(settings, scenario, process_environment(settings), ardupilot=ardupilot)
    with ExitStack() as stack:
        proxies: dict[int, fault_proxy.FaultProxy] = {}
        text = (shipped("scenarios") / SCENARIO).read_text(encoding="utf-8")
        people, *vehicles = text.split("[[vehicle]]\n")
        for number, vehicle in enumerate(vehicles):
            sysid = next(int(line.split("=")[1]) for line in vehicle.splitlines() if line.startswith("sysid"))
            proxy, (_, port) = stack.enter_context(fault_proxy.udp(("127.0.0.1", processes.udp_port), seed=sysid))
            proxies[sysid] = _tapped(proxy, sysid, noted)
            vehicles[number] = vehicle.replace("udpout:127.0.0.1:14550", f"udpout:127.0.0.1:{port}")
        scenario.write_text("[[vehicle]]\n".join([people, *vehicles]), encoding="utf-8")
        with processes:
            script = load_script(scenario)
            client = Client(lambda: address_of(settings), transport=_Noting(noted))
            async with client:
                director = Director(
                    client=client,
                    feed=feed(client),
                    radio=Radio(processes.control),
                    script=script,
                    links=script.links_at(folder=processes.folder, udp_port=processes.udp_port),
                    truth=processes.truth,
                    clock=clock,
                    narrate=noted.told.append,
                )
                async with director:
                    yield Day(processes, client, director, Radio(processes.control), proxies, noted)


def _tapped(proxy: fault_proxy.FaultProxy, sysid: int, noted: Noted) -> fault_proxy.FaultProxy:
    """What goes up to this vehicle is kept, as far as its link lets it through."""

    def keep(data: bytes) -> bytes:
        if not proxy.up.weather.partition:
            noted.frames.append(Frame(datetime.now(UTC), sysid, data))
        return data

    proxy.up.meddle = keep
    return proxy


class _Noting(httpx.AsyncHTTPTransport):
    """Keeps what the server said yes to."""

    def __init__(self, noted: Noted) -> None:
        super().__init__(trust_env=False)
        self._noted = noted

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = datetime.now(UTC)
        response = await super().handle_async_request(request)
        if request.method in _WRITES and response.is_success and not request.url.path.endswith("/bundle"):
            await response.aread()
            said = None
            with contextlib.suppress(ValueError):
                said = json.loads(response.content)
            path = request.url.path.removeprefix(_BEHIND)
            self._noted.answered.append(Answered(asked, datetime.now(UTC), request.method, path, said))
        return response


def _up_m(each: dict[str, Any]) -> float:
    return each["altitude_amsl_m"] - 35.0


def _speed_mps(each: dict[str, Any]) -> float:
    return float((each["vn"] ** 2 + each["ve"] ** 2) ** 0.5)


def _apart_m(one: dict[str, Any], other: dict[str, Any]) -> float:
    return float((((one["lat"] - other["lat"]) * 111_195) ** 2 + ((one["lon"] - other["lon"]) * 68_000) ** 2) ** 0.5)
