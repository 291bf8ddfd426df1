"""A control room on a fake server: the real client on httpx's mock transport, a feed that a test writes, a set clock."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

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
                return httpx.Response(
                    409, content=json.dumps({"type": "", "title": "", "status": 409, "detail": "", **self.refusal})
                )
        return httpx.Response(200, content=to_json(self._answer(request.method, path, request)))

    def _answer(self, method: str, path: str, request: httpx.Request) -> Any:
        for pattern, answer in self._ANSWERS.items():
            if (match := re.fullmatch(pattern, f"{method} {path}")) is not None:
                return answer(self, *match.groups(), *([json.loads(request.content)] if "commands" in path else []))
        raise AssertionError(f"the control room asked for {method} {path}")

    def _ordered(self, sysid: str, body: dict[str, str]) -> CommandProgress:
        order = CommandOrder(CommandId("c1"), Sysid(int(sysid)), CommandKind(body["kind"]), "operator", "")
        return CommandProgress(order, CommandStage.QUEUED)

    _ANSWERS: ClassVar[dict[str, Callable[..., Any]]] = {
        "GET /range": lambda server: server.range_view,
        "GET /slots": lambda server: server.slots,
        "GET /slots/(.+)/clearance": lambda _, slot: replace(specimens.CLEARANCE, slot=slot),
        "GET /plans": lambda server: server.plans,
        "GET /incidents": lambda server: tuple(replace(incident, timeline=()) for incident in server.incidents),
        "GET /incidents/(.+)": lambda server, id_: next(one for one in server.incidents if one.id == id_),
        "GET /log": lambda server: server.log,
        "POST /vehicles/(.+)/commands": _ordered,
        "POST /alarms/.+/ack": lambda _: specimens.FORECAST,
        "POST /slots/(.+)/change": lambda server, slot: next(one for one in server.slots if one.id == slot),
        "POST /slots/(.+)/(?:clear|withdraw)": lambda _, slot: replace(
            specimens.CLEARANCE, slot=slot, cleared=True, missing=()
        ),
        "POST /incidents/(.+)/report": lambda _, id_: ReportView(id_, f"reports/{id_}.html", "ab" * 32),
    }


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
