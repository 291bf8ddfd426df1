"""The server's process: the services with all that they are given, and the record's keys."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rangeops.bootstrap.accounts import account_parts
from rangeops.bootstrap.hardware import hardware_folder
from rangeops.bootstrap.parts import clock, prepare_data_folder, require_endpoint, start_log
from rangeops.bootstrap.ranges import load_range, zones_moved
from rangeops.bootstrap.wires import server_wire
from rangeops.bootstrap.workers import bundler, film_maker, plan_checker, start_readers, weather_reader
from rangeops.domain.now import Now
from rangeops.lifeline import Lifeline
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.domain.checkpoints import SignedCheckpoint
    from rangeops.domain.ranges import RangeDefinition
    from rangeops.server.operations import Operations
    from rangeops.server.workers import ProcessWorkers
    from rangeops.services.changes import Changes
    from rangeops.services.registry import OpenCertificate
    from rangeops.wire.bundles import BundleMade, BundleOrder


def run_server(
    settings: Settings,
    write_bundle: "Callable[[BundleOrder], BundleMade] | None" = None,
    make_film: Callable[[str], bytes] | None = None,
) -> None:
    from rangeops.adapters.formats.plan_files import read_plan, rewritten
    from rangeops.adapters.hardware.profiles import Hardware
    from rangeops.adapters.mail import OneByOne
    from rangeops.adapters.recurrence import Recurrence
    from rangeops.adapters.reports.handover import handover_pdf
    from rangeops.adapters.reports.incident import incident_html
    from rangeops.adapters.reports.incident_pdf import incident_pdf
    from rangeops.adapters.reports.range_page import range_page
    from rangeops.adapters.reports.shelf import FolderShelf
    from rangeops.adapters.sealing import signing_key
    from rangeops.adapters.slot_file import write_slot_sheet
    from rangeops.adapters.solver.task import solve
    from rangeops.adapters.store.opening import open_store
    from rangeops.server.feed import FeedHub
    from rangeops.server.guard import read_or_make_token
    from rangeops.server.live import LiveRange
    from rangeops.server.operations import Operations
    from rangeops.services.airspace import AirspaceBook, secure
    from rangeops.services.build import build_services
    from rangeops.services.changes import Notice
    from rangeops.services.plan_mending import PlanComparing, PlanMending

    start_log(settings, "server")
    lifeline = Lifeline.from_environment()
    prepare_data_folder(settings)
    definition = load_range(settings)
    watches = (settings.watch_name, *(node.name for node in definition.watches))
    live = LiveRange(definition.id, clock(), simulation=settings.simulation, watches=watches, drill=settings.drill)
    hardware = Hardware(hardware_folder(settings))
    token = read_or_make_token(settings.token_file)
    store = open_store(settings.database, AirspaceBook(definition, hardware.airframes))
    letters = OneByOne()
    operations: Operations | None = None

    def announce(notice: Notice) -> None:
        if operations is not None:
            operations.announce(notice)

    check_plan = plan_checker(settings)
    workers = start_readers(check_plan, definition, hardware)
    services = build_services(
        store=store,
        definition=definition,
        airframes=hardware.airframes,
        live=live,
        check_plan=check_plan,
        mend_plan=PlanMending(definition, read_plan, rewritten),
        compare_plans=PlanComparing(read_plan),
        solve_timetable=solve,
        write_report=incident_html,
        print_report=incident_pdf,
        print_range_report=range_page,
        print_handover=handover_pdf,
        shelf=FolderShelf(settings.report_folder),
        seal_sheet=lambda sheet: write_slot_sheet(sheet, signing_key(settings.range_key_file)),
        read_weather=weather_reader(workers),
        accounts=account_parts(settings, definition.name, letters),
        radio_types=[radio.id for radio in hardware.radios.all()],
        radios=hardware.radios,
        recurrences=Recurrence(definition.timezone),
        open_certificate=_certificate_opener(settings, workers),
        require_endpoint=require_endpoint,
        announce=announce,
        gcs_sysid=settings.gcs_sysid,
        simulation=settings.simulation,
        own_watch=settings.watch_name,
        newest_checkpoint=lambda: _newest_checkpoint(settings),
    )
    services.identity.enter_local(settings.operator, token, clock())
    services.zones.enter(clock())
    secure(services.changes, clock())
    with (
        workers,
        bundler(write_bundle) as bundling,
        film_maker(make_film) as filming,
    ):
        operations = Operations(
            services=services,
            live=live,
            hub=FeedHub(),
            wire=server_wire(settings),
            own_watch=settings.watch_name,
            clock=clock,
            workers=workers,
            newest_checkpoint=lambda: _newest_checkpoint(settings),
            keep_signing=_record_signing(settings, services.changes),
            bundling=bundling,
            filming=filming,
        )
        try:
            _serve(operations, settings, lifeline, definition)
        finally:
            letters.close()
            store.close()


def _serve(operations: "Operations", settings: Settings, lifeline: Lifeline, definition: "RangeDefinition") -> None:
    from rangeops.server.app import create_app
    from rangeops.server.process import run_server as serve

    app = create_app(
        operations,
        host=settings.host,
        public_host=settings.public_host,
        logs=settings.log != "text",
        tiles=settings.tiles,
    )
    serve(app, settings, lifeline, zones_moved(settings, definition))


def _certificate_opener(settings: Settings, workers: "ProcessWorkers") -> "OpenCertificate":
    from rangeops.adapters.hardware import seal
    from rangeops.domain.certificates import Certificate

    def open_it(content: bytes, now: Now) -> Certificate:
        opening = partial(seal.in_force, ours=_range_public_key(settings), now=now)
        return workers.confined_from_thread(opening, content, Certificate, where="certificate")

    return open_it


def _record_signing(settings: Settings, changes: "Changes") -> Callable[[Now], str]:
    """Signs what is due; what it gives back is what of it fell short."""
    from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
    from rangeops.adapters.clock_sync import clock_state
    from rangeops.domain.clock_state import clock_word
    from rangeops.services.baseline import record_baseline
    from rangeops.services.checkpoints import CheckpointDesk

    record_baseline(changes, clock())
    shelf = FolderOfCheckpoints(settings.checkpoint_folder, settings.checkpoints_elsewhere)
    desk = CheckpointDesk(
        changes,
        settings.range,
        signer=RecordKeys(settings.record_keys_folder),
        shelf=shelf,
        clock_word=lambda: clock_word(clock_state()),
    )

    def keep_signing(now: Now) -> str:
        desk.tick(now)
        return "; ".join(f"{folder}: {why}" for folder, why in shelf.missed.items())

    return keep_signing


def _newest_checkpoint(settings: Settings) -> "SignedCheckpoint | None":
    from rangeops.adapters.checkpoints import FolderOfCheckpoints

    return FolderOfCheckpoints(settings.checkpoint_folder).newest()


def _range_public_key(settings: Settings) -> bytes:
    from rangeops.adapters.sealing import signing_key

    return signing_key(settings.range_key_file).public_key().public_bytes_raw()
