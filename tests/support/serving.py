"""A whole server in a test's own event loop, and a watch at the other end of its socket."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from desk import (
    RADIO_TYPES,
    TWENTE,
    TomlAirframes,
    account_parts,
    check_plan,
    compare_plans,
    mend_plan,
    plain_report,
    snapshot,
)
from seeds import LettersKept, register

from rangeops.adapters.formats.plan_files import read_plan, rewritten
from rangeops.adapters.hardware.profiles import Hardware
from rangeops.adapters.hardware.seal import in_force
from rangeops.adapters.recurrence import Recurrence
from rangeops.adapters.reports.range_page import range_page
from rangeops.adapters.reports.shelf import FolderShelf
from rangeops.adapters.sealing import signing_key
from rangeops.adapters.slot_file import write_slot_sheet
from rangeops.adapters.solver.task import solve
from rangeops.adapters.store.opening import open_store
from rangeops.adapters.transports.unix import UnixWire
from rangeops.adapters.transports.unix_server import UnixWireServer
from rangeops.adapters.weather.reports import read_reports
from rangeops.bootstrap.parts import require_endpoint
from rangeops.client.api import Client
from rangeops.domain.events import Event, JournalEntry
from rangeops.domain.now import Now
from rangeops.domain.second_factor import RequiredOf
from rangeops.lifeline import Lifeline
from rangeops.paths import shipped
from rangeops.server import process
from rangeops.server.app import create_app
from rangeops.server.feed import FeedHub
from rangeops.server.guard import read_or_make_token
from rangeops.server.live import LiveRange
from rangeops.server.operations import Operations
from rangeops.server.rate_limits import Rate, Rates
from rangeops.server.workers import start_workers
from rangeops.services.airspace import AirspaceBook
from rangeops.services.build import build_services
from rangeops.services.changes import Notice
from rangeops.services.plan_checking import PlanChecking
from rangeops.services.plan_mending import PlanComparing, PlanMending
from rangeops.settings import Settings
from rangeops.wire.messages import JournalTaken, Message
from rangeops.wire.picture import VehicleView

UNHURRIED = Rates(*[Rate(1e6, 1_000_000)] * 3)
"""Tests ask faster than any person, and than most programs."""


def clock() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))


def settings_in(folder: Path, **changed) -> Settings:
    usual = {"port": 0, "simulation": True, "operator": "op1", "second_factor": "nobody"}  # what tests are about else
    return Settings(data=folder, **(usual | changed))


PLAIN_PLANS = {"check_plan": check_plan, "mend_plan": mend_plan, "compare_plans": compare_plans}
REAL_PLANS = {
    "check_plan": PlanChecking(TWENTE, read_plan),
    "mend_plan": PlanMending(TWENTE, read_plan, rewritten),
    "compare_plans": PlanComparing(read_plan),
}


def build(settings: Settings, workers, *, write_report=plain_report, rates=UNHURRIED, plans=PLAIN_PLANS):
    """What a composition root does: everything made, nothing started."""
    announcing = []

    def announce(notice: Notice) -> None:
        announcing[0](notice)

    live = LiveRange(TWENTE.id, clock(), simulation=settings.simulation)
    store = open_store(settings.database, AirspaceBook(TWENTE, TomlAirframes()))
    register(store)
    services = build_services(
        store=store,
        definition=TWENTE,
        airframes=TomlAirframes(),
        live=live,
        **plans,
        solve_timetable=solve,
        write_report=write_report,
        print_report=lambda facts: facts.incident.id.encode(),
        print_range_report=range_page,
        print_handover=lambda view: view.range_name.encode(),
        shelf=FolderShelf(settings.report_folder),
        seal_sheet=lambda sheet: write_slot_sheet(sheet, signing_key(settings.range_key_file)),
        read_weather=read_reports,
        accounts=account_parts(LettersKept(), second_factor_of=RequiredOf(settings.second_factor)),
        radio_types=RADIO_TYPES,
        radios=Hardware(shipped("hardware")).radios,
        recurrences=Recurrence(TWENTE.timezone),
        open_certificate=lambda content, now: in_force(
            content, signing_key(settings.range_key_file).public_key().public_bytes_raw(), now
        ),
        require_endpoint=require_endpoint,
        announce=announce,
        gcs_sysid=settings.gcs_sysid,
        simulation=settings.simulation,
    )
    operations = Operations(
        services=services,
        live=live,
        hub=FeedHub(),
        wire=UnixWireServer(settings.wire_socket),
        clock=clock,
        workers=workers,
    )
    announcing.append(operations.announce)
    services.identity.enter_local(settings.operator, read_or_make_token(settings.token_file), clock())
    names = {"host": settings.host, "public_host": settings.public_host}
    return create_app(operations, **names, logs=settings.log != "text", rates=rates), operations


class InThisThread:
    """For the test's plan check: no process is worth starting for it."""

    pools = ()
    readers = 2

    async def start(self):
        pass

    async def compute(self, function, argument):
        return function(argument)

    async def confined(self, function, argument, answer, *, where):
        """What comes back crosses over as it does from a process."""
        return msgspec.msgpack.decode(msgspec.msgpack.encode(function(argument)), type=answer)


@asynccontextmanager
async def running(settings: Settings, workers=None, **parts) -> AsyncIterator[Client]:
    """The server, listening, and a client of it. parts: of `build`."""
    certificates = process.certificates_of(settings, clock().utc)
    listening = process.take_port(settings.host, settings.port)
    app, operations = build(settings, workers or InThisThread(), **parts)
    server = process.make_server(app, proxies=settings.proxies, certificates=certificates)
    serving = asyncio.create_task(process.serve(server, listening, settings, Lifeline(None), certificates=certificates))
    try:
        await until(lambda: settings.server_file.exists() or serving.done())
        if serving.done():
            serving.result()
        async with Client.from_settings(settings) as client:
            client.operations = operations
            yield client
    finally:
        server.should_exit = True
        await serving
        listening.close()
        operations.services.store.close()


class FakeWatch:
    """A watch that flies nothing: it sends the snapshots and events that a test gives it, over the real wire."""

    def __init__(self, settings: Settings, *, seq: int = 0) -> None:
        self.wire = UnixWire(settings.wire_socket, "watch")
        self.vehicles: tuple[VehicleView, ...] = ()
        self.alarms = self.commands = ()
        self.journal: list[JournalEntry] = []
        self.seq, self.taken = seq, 0
        self.heard: list[Message] = []
        self.silent = False
        self.orders_version = 1

    def happen(self, *events: Event) -> None:
        for event in events:
            self.seq += 1
            now = clock()
            self.journal.append(JournalEntry("watch", self.seq, now.monotonic_s, now.utc, event))

    def of(self, kind: type) -> list:
        return [message for message in self.heard if isinstance(message, kind)]

    @asynccontextmanager
    async def at_work(self):
        task = asyncio.create_task(self._work())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.wire.close()

    async def _work(self) -> None:
        connections = offered = 0
        while True:
            self.wire.tend(clock())
            if self.wire.connections != connections:
                connections, offered = self.wire.connections, 0
            for message in self.wire.receive():
                self.heard.append(message)
                if isinstance(message, JournalTaken):
                    gone = [entry for entry in self.journal if entry.seq <= message.seq]
                    self.journal = self.journal[len(gone) :]
                    offered = max(0, offered - len(gone))
                    self.taken = message.seq
            if not self.silent:
                shown = snapshot(
                    *self.vehicles, alarms=self.alarms, commands=self.commands, version=self.orders_version
                )
                self.wire.send(shown)
            while self.wire.connected and offered < len(self.journal) and self.wire.send(self.journal[offered]):
                offered += 1
            await asyncio.sleep(0.02)


async def until(condition: Callable[[], object], *, within_s: float = 10.0):
    """Wait for a condition; what it came to."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.01)
    return found


def main() -> None:
    """A server of its own process, on the data folder that is named: for tests that kill it."""
    import sys

    settings = settings_in(Path(sys.argv[1]))
    lifeline = Lifeline.from_environment()
    with start_workers() as workers:
        app, operations = build(settings, workers)
        process.run_server(app, settings, lifeline)
        operations.services.store.close()


if __name__ == "__main__":
    main()
