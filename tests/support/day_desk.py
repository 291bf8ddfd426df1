"""The server of a day and the people who call it: the real application, its real store, on the day's own time."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import httpx
from day_clock import DayClock
from day_evidence import Answered, holding
from desk import RADIO_TYPES, TomlAirframes, account_parts, plain_report
from seeds import LettersKept, no_certificate, register
from serving import UNHURRIED, InThisThread

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
from rangeops.adapters.formats.plan_files import read_plan, rewritten
from rangeops.adapters.hardware.profiles import Hardware
from rangeops.adapters.recurrence import Recurrence
from rangeops.adapters.reports.shelf import FolderShelf
from rangeops.adapters.solver.task import solve
from rangeops.adapters.store.opening import open_store
from rangeops.adapters.transports.unix_server import UnixWireServer
from rangeops.adapters.weather.reports import read_reports
from rangeops.bootstrap.parts import require_endpoint
from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.second_factor import RequiredOf
from rangeops.domain.slots import Slot
from rangeops.domain.users import Role, User
from rangeops.paths import shipped
from rangeops.server.app import create_app
from rangeops.server.feed import FeedHub
from rangeops.server.live import LiveRange
from rangeops.server.operations import Operations
from rangeops.services.airspace import AirspaceBook, secure
from rangeops.services.build import Services, build_services
from rangeops.services.changes import Notice
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.services.identity import digest_of
from rangeops.services.plan_checking import PlanChecking
from rangeops.services.plan_mending import PlanComparing, PlanMending
from rangeops.services.ports.store import Store
from rangeops.settings import Settings
from rangeops.wire.picture import RangePicture

COMPANIES: Final = ("ACME", "SAXN", "FIRE", "BETA")
OPERATOR, OFFICER = "operator", "officer"
_WRITES: Final = frozenset(["POST", "PUT", "PATCH", "DELETE"])
_BEHIND: Final = "/api/v1"

Spoil = Callable[[Store], Store]


@lru_cache(1)
def _recurrences(timezone: str) -> Recurrence:
    return Recurrence(timezone)


@dataclass
class Desk:
    """spoil: what is put in the store's place, where a test wants it broken."""

    settings: Settings
    clock: DayClock
    definition: RangeDefinition
    spoil: Spoil = lambda store: store
    answered: list[Answered] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    held: list[tuple[Slot, ...]] = field(default_factory=list)
    unserved: list[tuple[datetime, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._app: Any = None
        self._operations: Operations | None = None
        self._listens = False
        self._under_way: set[asyncio.Task[httpx.Response]] = set()
        self._down_since = self.clock().utc
        self._hardware = Hardware(shipped("hardware"))

    async def start(self) -> None:
        """From its data folder: whatever ran before is gone."""
        airframes = TomlAirframes()
        live = LiveRange(self.definition.id, self.clock(), simulation=True)
        store = self.spoil(open_store(self.settings.database, AirspaceBook(self.definition, airframes)))
        self._enter_people(store)
        services = self._services(store, airframes, live)
        services.zones.enter(self.clock())
        secure(services.changes, self.clock())
        self._operations = Operations(
            services=services,
            live=live,
            hub=FeedHub(),
            wire=UnixWireServer(self.settings.wire_socket),
            clock=self.clock,
            workers=InThisThread(),
            newest_checkpoint=lambda: FolderOfCheckpoints(self.settings.checkpoint_folder).newest(),
            keep_signing=self._signing(services),
        )
        self._app = create_app(self._operations, host="127.0.0.1", rates=UNHURRIED)
        await self._operations.start()
        self._listens = True
        self.unserved.append((self._down_since, self.clock().utc))

    async def stop(self) -> None:
        """As when it is ended: whoever waits for an answer gets none."""
        operations, self._operations, self._app = self._operations, None, None
        self._listens = False
        assert operations is not None
        for task in self._under_way:
            task.cancel()
        await operations.close()
        operations.services.store.close()
        self._down_since = self.clock().utc

    @property
    def serving(self) -> bool:
        """Not while it still begins: whoever ends what begins it then leaves a server that hears no watch."""
        return self._listens

    @property
    def store(self) -> Store:
        assert self._operations is not None
        return self._operations.services.store

    def picture(self) -> RangePicture | None:
        """What every screen shows; None where no server is."""
        return None if self._operations is None else self._operations.live.picture(self.clock())

    def hold(self) -> None:
        """Note who holds airspace now."""
        if self._operations is not None:
            self.held.append(holding(self.store))

    def client(self, name: str) -> Client:
        """Of a person of this name, with a token of his own."""
        return Client(lambda: Address("http://127.0.0.1", _token(name)), transport=_Calls(self))

    def _enter_people(self, store: Store) -> None:
        register(store, *COMPANIES)
        roles = {
            OPERATOR: (frozenset([Role.OPERATOR, Role.ADMIN]), ""),
            OFFICER: (frozenset([Role.OPERATOR, Role.SAFETY_OFFICER]), ""),
        } | {company: (frozenset([Role.COMPANY_MEMBER]), company) for company in COMPANIES}
        with store.write() as work:
            known = {user.name for user in work.users.all()}
            for name, (theirs, company) in roles.items():
                if name not in known:
                    work.users.add(User(name, name, theirs, company, token_sha256=digest_of(_token(name))))

    def _services(self, store: Store, airframes: TomlAirframes, live: LiveRange) -> Services:
        return build_services(
            store=store,
            definition=self.definition,
            airframes=airframes,
            live=live,
            check_plan=PlanChecking(self.definition, read_plan),
            mend_plan=PlanMending(self.definition, read_plan, rewritten),
            compare_plans=PlanComparing(read_plan),
            solve_timetable=solve,
            write_report=plain_report,
            print_report=lambda facts: facts.incident.id.encode(),
            print_range_report=lambda report, _form: repr(report).encode(),
            print_handover=lambda view: view.range_name.encode(),
            shelf=FolderShelf(self.settings.report_folder),
            seal_sheet=lambda sheet: sheet.slot.encode(),
            read_weather=read_reports,
            accounts=account_parts(LettersKept(), second_factor_of=RequiredOf.NOBODY),
            radio_types=RADIO_TYPES,
            radios=self._hardware.radios,
            recurrences=_recurrences(self.definition.timezone),
            open_certificate=no_certificate,
            require_endpoint=require_endpoint,
            announce=self._announce,
            gcs_sysid=self.settings.gcs_sysid,
            simulation=True,
        )

    def _announce(self, notice: Notice) -> None:
        if self._operations is not None:
            self._operations.announce(notice)

    def _signing(self, services: Services) -> Callable[[Now], str]:
        desk = CheckpointDesk(
            services.changes,
            self.settings.range,
            signer=RecordKeys(self.settings.record_keys_folder),
            shelf=FolderOfCheckpoints(self.settings.checkpoint_folder),
            clock_word=lambda: "virtual",
        )

        def sign(now: Now) -> str:
            desk.tick(now)
            return ""

        return sign

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """By the application itself; a server that isn't there, or that ends meanwhile, is a broken connection."""
        if self._app is None:
            raise httpx.ConnectError("nobody listens")
        asked = self.clock().utc
        task = asyncio.ensure_future(httpx.ASGITransport(self._app).handle_async_request(request))
        self._under_way.add(task)
        try:
            response = await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise  # it is whoever asks that has been ended
            raise httpx.ReadError("the server went") from None
        finally:
            self._under_way.discard(task)
        body = await response.aread()
        path = request.url.path.removeprefix(_BEHIND)
        if response.is_success and request.method in _WRITES:
            said = json.loads(body) if body and "json" in response.headers.get("content-type", "") else None
            self.answered.append(Answered(asked, self.clock().utc, request.method, path, said))
            self.hold()
        elif response.is_error:
            self.refused.append(f"{request.method} {path}: {response.status_code} {body[:200]!r}")
        return response


class _Calls(httpx.AsyncBaseTransport):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._desk.answer(request)


def _token(name: str) -> str:
    return f"{name}'s token of the days".replace(" ", "-")
