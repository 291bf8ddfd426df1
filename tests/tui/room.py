"""A control room on a fake server: the real client on httpx's mock transport, a feed that a test writes, a set clock."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import httpx
import page_specimens
import specimens
from textual.geometry import Size
from textual.pilot import Pilot

from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.client.feed import Connected, FeedItem
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.incident_review import Clocks, Review
from rangeops.domain.incidents import IncidentState
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.tui.app import ControlRoom
from rangeops.tui.preferences import Desktop
from rangeops.tui.widgets.lines import Lines
from rangeops.wire.api import IncidentView, PlanView, RangeView, ReportView
from rangeops.wire.board import DayView
from rangeops.wire.bundles import BUNDLE_HEADER, BundleView
from rangeops.wire.duty import DutyView, MeView
from rangeops.wire.incident_review import ReviewedView
from rangeops.wire.messages import to_json
from rangeops.wire.picture import LogLine
from rangeops.wire.recorded import Recorded


class SetClock:
    """Stands still until a test moves it."""

    def __init__(self, now: Now = specimens.NOW) -> None:
        self.now = now

    def __call__(self) -> Now:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now = Now(self.now.monotonic_s + seconds, self.now.utc + timedelta(seconds=seconds))


class FedFeed:
    """What a test puts in comes out."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        self._items: asyncio.Queue[tuple[FeedItem, float]] = asyncio.Queue()
        self._asked = False

    def put(self, *items: FeedItem, after_s: float = 0.0) -> None:
        """after_s: so much time goes by until the first, and no drawing comes between."""
        for item in items:
            self._items.put_nowait((item, after_s))
            after_s = 0.0

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        while True:
            self._asked = True
            item, after_s = await self._items.get()
            self._asked = False
            self._clock.pass_s(after_s)
            yield item

    @property
    def drained(self) -> bool:
        """Everything that was put in has been taken and worked on."""
        return self._asked and self._items.empty()


@dataclass
class FakeServer:
    """Answers as rangeops.server does; `calls` has what was changed: (method, path, body)."""

    range_view: RangeView = specimens.RANGE
    slots: tuple[Any, ...] = specimens.SLOTS
    plans: tuple[PlanView, ...] = specimens.PLANS
    incidents: tuple[IncidentView, ...] = (specimens.INCIDENT,)
    log: tuple[LogLine, ...] = specimens.LOG
    refusal: dict[str, str] | None = None
    closed: tuple[Any, ...] = ()
    conflicts: tuple[Any, ...] = ()
    expiries: tuple[Any, ...] = ()
    alarm_history: tuple[Any, ...] = ()
    preflight: tuple[Any, ...] = page_specimens.PREFLIGHT
    handover: Any = page_specimens.PAGE
    proposal: Any = None
    way_home: Any = specimens.WAY_HOME
    sector: Any = specimens.SECTOR
    sector_cleared: Any = specimens.SECTOR_CLEARED
    call: Any = specimens.CALL
    reviews: Any = specimens.REVIEWS
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    queries: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # of every call: its path and parameters
    found: tuple[IncidentView, ...] = ()  # what a search of incidents gives
    reviewed: ReviewedView | None = None  # any incident's review, as it is asked for
    signed: ReviewedView | None = None  # and once it is signed
    reports: list[dict[str, Any]] = field(default_factory=list)  # what the room showed, as it told
    me: MeView = specimens.ME
    duty: tuple[DutyView, ...] = specimens.DUTY

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        if path == "/screens":
            self.reports.append(json.loads(request.content))
            return httpx.Response(204)
        if request.method != "GET":
            body = json.loads(request.content) if request.content else None
            self.calls.append((request.method, path, body))
            if self.refusal is not None:
                return httpx.Response(
                    409, content=json.dumps({"type": "", "title": "", "status": 409, "detail": "", **self.refusal})
                )
        if path.endswith("/bundle"):
            return self._bundle(path.split("/")[2])
        return httpx.Response(200, content=to_json(self._answer(request.method, path, request)))

    def _bundle(self, incident: str) -> httpx.Response:
        content = b"PK evidence"
        sha256 = hashlib.sha256(content).hexdigest()
        view = BundleView(incident, sha256, len(content), 214, 2, 1, ("no packets of link B",))
        return httpx.Response(201, content=content, headers={BUNDLE_HEADER: to_json(view).decode()})

    def _answer(self, method: str, path: str, request: httpx.Request) -> Any:
        for pattern, answer in self._ANSWERS.items():
            if (match := re.fullmatch(pattern, f"{method} {path}")) is not None:
                self.queries.append((path, dict(request.url.params)))
                return answer(self, *match.groups(), *([json.loads(request.content)] if "commands" in path else []))
        raise AssertionError(f"the control room asked for {method} {path}")

    def _ordered(self, sysid: str, body: dict[str, str]) -> CommandProgress:
        order = CommandOrder(CommandId("c1"), Sysid(int(sysid)), CommandKind(body["kind"]), "operator", "")
        return CommandProgress(order, CommandStage.QUEUED)

    def _incidents(self) -> tuple[IncidentView, ...]:
        shown = self.found if self.queries[-1][1].keys() - {"limit"} else self.incidents
        return tuple(replace(incident, timeline=()) for incident in shown)

    def _day(self, day: str) -> DayView:
        return replace(specimens.day(date.fromisoformat(day)), closed=self.closed, conflicts=self.conflicts)

    _ANSWERS: ClassVar[dict[str, Callable[..., Any]]] = {
        "GET /me": lambda server: server.me,
        "GET /duty": lambda server: server.duty,
        "GET /range": lambda server: server.range_view,
        "GET /slots": lambda server: server.slots,
        "GET /slots/(.+)/clearance": lambda _, slot: replace(specimens.CLEARANCE, slot=slot),
        "GET /days/(.+)/clearances": lambda server, day: server.preflight,
        "GET /days/(.+)": _day,
        "GET /handover": lambda server: server.handover,
        "GET /registers/expiries": lambda server: server.expiries,
        "GET /calendars/(volume)/(.+).ics": lambda _, kind, name: f"{kind} {name}",
        "POST /slots/(.+)/move": lambda server, slot: next(one for one in server.slots if one.id == slot),
        "POST /timetable": lambda server: server.proposal,
        "POST /timetable/accept": lambda server: server.slots[:1],
        "POST /slots": lambda server: server.slots[0],
        "GET /plans": lambda server: server.plans,
        "GET /incidents": _incidents,
        "GET /incidents/(.+)/review": lambda server, id_: server.reviewed or reviewed(id_, IncidentState.OPEN),
        "PATCH /incidents/(.+)/review": lambda server, id_: (
            server.reviewed or reviewed(id_, IncidentState.UNDER_REVIEW)
        ),
        "POST /incidents/(.+)/signature": lambda server, id_: server.signed or reviewed(id_, IncidentState.SIGNED),
        "GET /incidents/(.+)": lambda server, id_: next(one for one in server.incidents if one.id == id_),
        "GET /log": lambda server: server.log,
        "POST /vehicles/(.+)/commands": _ordered,
        "POST /vehicles/(?:.+)/(?:inhibit|let-fly)": lambda _: None,
        "GET /vehicles/(.+)/way-home": lambda server, _: server.way_home,
        "GET /sectors/(.+)": lambda server, _: server.sector,
        "POST /sectors/(?:.+)/clear": lambda server: server.sector_cleared,
        "POST /calls": lambda server: server.call,
        "GET /reviews": lambda server: server.reviews,
        "POST /reviews/(.+)": lambda server, id_: next(one for one in server.reviews.items if one.id == id_),
        "GET /alarms/history": lambda server: server.alarm_history,
        "POST /alarms/.+/(?:ack|deeds)": lambda _: specimens.FORECAST,
        "POST /slots/(.+)/change": lambda server, slot: next(one for one in server.slots if one.id == slot),
        "POST /slots/(.+)/(?:clear|withdraw)": lambda _, slot: replace(
            specimens.CLEARANCE, slot=slot, cleared=True, missing=()
        ),
        "POST /slots/(.+)/(?:poll|word|check-parameters|check-zones)": lambda _, slot: replace(
            specimens.CLEARANCE, slot=slot
        ),
        "POST /slots/(.+)/notices": lambda server, slot: next(one for one in server.slots if one.id == slot),
        "GET /handover.pdf": lambda _: "PDF",
        "POST /handover/notes": lambda _: page_specimens.PAGE.notes[0],
        "POST /handover/notes/.+/done": lambda _: page_specimens.PAGE.notes[0],
        "POST /duty/.+": lambda _: page_specimens.PAGE.on_duty[0],
        "POST /incidents/(.+)/review": lambda _, id_: reviewed(id_, IncidentState.UNDER_REVIEW),
        "POST /incidents/(.+)/revision": lambda _, id_: reviewed(id_, IncidentState.OPEN),
        "POST /incidents/(.+)/report": lambda _, id_: ReportView(id_, f"reports/{id_}.html", "ab" * 32),
    }


@dataclass
class Room:
    """All that a test of the control room holds."""

    clock: SetClock = field(default_factory=SetClock)
    feed: FedFeed = field(init=False)
    server: FakeServer = field(default_factory=FakeServer)
    desktop: Desktop | None = None
    replays: Callable[[str], Recorded] | None = None

    def __post_init__(self) -> None:
        self.feed = FedFeed(self.clock)
        client = Client(lambda: Address("http://range.test", "t"), transport=httpx.MockTransport(self.server))
        self.app = ControlRoom(client, self.feed, clock=self.clock, desktop=self.desktop, replays=self.replays)

    async def hears(self, pilot: Pilot[None], *items: FeedItem) -> None:
        """The feed tells; the app has taken it, read what it must and drawn."""
        self.feed.put(*items)
        await self.settles(pilot)

    async def opens(self, pilot: Pilot[None], *items: FeedItem) -> None:
        """The server is found, and tells."""
        await self.hears(pilot, Connected("http://range.test"), *items)

    async def settles(self, pilot: Pilot[None]) -> None:
        """Wait for what is under way: deliveries, requests, drawings."""
        while True:
            await pilot.pause()
            if self.feed.drained and all(worker.group == "feed" or worker.is_finished for worker in self.app.workers):
                break
        drawn_at: list[Size] | None = None
        while drawn_at != (sizes := [lines.size for lines in self.app.screen.query(Lines)]):
            drawn_at = sizes
            self.app.draw()  # what is in a panel may make another smaller: the room draws again with its next frame
            await pilot.pause()

    async def presses(self, pilot: Pilot[None], *keys: str) -> None:
        for key in keys:
            await pilot.press(key)
            await self.settles(pilot)

    async def passes(self, pilot: Pilot[None], seconds: float, *items: FeedItem) -> None:
        """Time goes by, and then this is told."""
        if not items:
            self.clock.pass_s(seconds)
        self.feed.put(*items, after_s=seconds)
        await self.settles(pilot)

    def line(self, widget: str, number: int = 0) -> str:
        """What stands in one line of a widget of the screen that is shown."""
        room = self.app.room
        assert room is not None
        lines = room.query_one(f"#{widget}", Lines).lines
        return "".join(span.text for span in lines[number]) if number < len(lines) else ""

    def text(self, widget: str) -> str:
        room = self.app.room
        assert room is not None
        return "\n".join(self.line(widget, n) for n in range(len(room.query_one(f"#{widget}", Lines).lines)))

    def dialog(self) -> str:
        """Everything a dialog says."""
        lines = (line for widget in self.app.screen.query(Lines) for line in widget.lines)
        return "\n".join("".join(span.text for span in line) for line in lines)


def reviewed(incident: str, state: IncidentState) -> ReviewedView:
    review = Review(incident, 2, state, Clocks(specimens.INCIDENT.opened_utc), reviewer="rita")
    return ReviewedView(review, "ab" * 32, (), (), 1, (), ())
