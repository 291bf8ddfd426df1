"""A control room on a fake server: the real client on httpx's mock transport, a feed that a test writes, a set clock."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import specimens
from rangeops.client.api import Address, Client
from rangeops.client.feed import Connected, FeedItem
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.tui.app import ControlRoom
from rangeops.wire.api import IncidentView, PlanView, RangeView, ReportView
from rangeops.wire.messages import to_json
from rangeops.wire.picture import LogLine


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

    def __init__(self) -> None:
        self._items: asyncio.Queue[FeedItem] = asyncio.Queue()

    def put(self, *items: FeedItem) -> None:
        for item in items:
            self._items.put_nowait(item)

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        while True:
            yield await self._items.get()


@dataclass
class FakeServer:
    """Answers as rangeops.server does; `calls` has what was changed: (method, path, body)."""

    range_view: RangeView = specimens.RANGE
    slots: tuple[Any, ...] = specimens.SLOTS
    plans: tuple[PlanView, ...] = specimens.PLANS
    incidents: tuple[IncidentView, ...] = (specimens.INCIDENT,)
    log: tuple[LogLine, ...] = specimens.LOG
    refusal: dict[str, str] | None = None
    calls: list[tuple[str, str, Any]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        if request.method != "GET":
            body = json.loads(request.content) if request.content else None
            self.calls.append((request.method, path, body))
            if self.refusal is not None:
                return httpx.Response(409, content=json.dumps({"type": "", "title": "", "status": 409, "detail": "", **self.refusal}))
        return httpx.Response(200, content=to_json(self._answer(request.method, path, request)))

    def _answer(self, method: str, path: str, request: httpx.Request) -> Any:
        parts = path.strip("/").split("/")
        match method, parts:
            case "GET", ["range"]:
                return self.range_view
            case "GET", ["slots"]:
                return self.slots
            case "GET", ["slots", slot, "clearance"]:
                return replace(specimens.CLEARANCE, slot=slot)
            case "GET", ["plans"]:
                return self.plans
            case "GET", ["incidents"]:
                return tuple(replace(incident, timeline=()) for incident in self.incidents)
            case "GET", ["incidents", incident]:
                return next(one for one in self.incidents if one.id == incident)
            case "GET", ["log"]:
                return self.log
            case "POST", ["vehicles", sysid, "commands" | "command"]:
                kind = CommandKind(json.loads(request.content)["kind"])
                order = CommandOrder(CommandId("c1"), Sysid(int(sysid)), kind, "operator", "")
                return CommandProgress(order, CommandStage.QUEUED)
            case "POST", ["alarms", *_]:
                return specimens.FORECAST
            case "POST", ["slots", slot, "change"]:
                return next(one for one in self.slots if one.id == slot)
            case "POST", ["slots", slot, "clear" | "withdraw"]:
                return replace(specimens.CLEARANCE, slot=slot, cleared=True, missing=())
            case "POST", ["incidents", incident, "report"]:
                return ReportView(incident, f"reports/{incident}.html", "ab" * 32)
        raise AssertionError(f"the control room asked for {method} {path}")


@dataclass
class Room:
    """All that a test of the control room holds."""

    clock: SetClock = field(default_factory=SetClock)
    feed: FedFeed = field(default_factory=FedFeed)
    server: FakeServer = field(default_factory=FakeServer)

    def __post_init__(self) -> None:
        client = Client(lambda: Address("http://range.test", "t"), transport=httpx.MockTransport(self.server))
        self.app = ControlRoom(client, self.feed, clock=self.clock)

    def told(self, *items: FeedItem) -> "Room":
        self.feed.put(Connected("http://range.test"), *items)
        return self
