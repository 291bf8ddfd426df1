"""The composition root: one builder a process, its imports inside it, so that no process loads another's libraries."""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rangeops import paths
from rangeops.domain.errors import Invalid, NotFound, Unavailable
from rangeops.domain.now import Now
from rangeops.domain.text import safe_text
from rangeops.lifeline import Lifeline
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.formats.temporary_zones import TemporaryZones
    from rangeops.adapters.formats.writing import Written as Written  # noqa: PLC0414  # cli has its name from here
    from rangeops.adapters.formats.zone_files import ZoneFile as ZoneFile  # noqa: PLC0414  # likewise
    from rangeops.adapters.hardware.desk import HardwareDesk as HardwareDesk  # noqa: PLC0414  # likewise
    from rangeops.adapters.hardware.profiles import Hardware
    from rangeops.adapters.mail import OneByOne
    from rangeops.domain.checkpoints import SignedCheckpoint
    from rangeops.domain.ranges import RangeDefinition
    from rangeops.server.bundles import Bundling
    from rangeops.server.films import Filming
    from rangeops.server.operations import Operations
    from rangeops.server.workers import ProcessWorkers
    from rangeops.services.account_parts import AccountParts
    from rangeops.services.changes import Changes
    from rangeops.services.invitations import Post
    from rangeops.services.ports import CheckedPlan, PlanFile, ReadWeather, Wire
    from rangeops.services.registry import OpenCertificate
    from rangeops.watch.loop import Loop
    from rangeops.wire.bundles import BundleMade, BundleOrder
    from rangeops.wire.recorded import Recorded

_LONGEST_BUNDLE_S = 600.0  # recordings may have gigabytes
_LONGEST_FILM_S = 120.0  # an hour of twenty vehicles is read in a third of that


def clock() -> Now:
    """The one place where the time comes from."""
    return Now(time.monotonic(), datetime.now(UTC))


# Processes of `rangeops serve`.


def run_watch(settings: Settings) -> None:
    """Load everything, stand by, and go when told."""
    from rangeops.watch.process import run

    _start_log(settings, "watch")
    run(lambda beat: build_watch(settings, beat), Lifeline.from_environment())


def build_watch(settings: Settings, beat: Callable[[], None]) -> "Loop":
    from rangeops.adapters.clock_sync import clock_state
    from rangeops.adapters.mavlink.fleet import Fleet
    from rangeops.adapters.transports.unix import UnixWire
    from rangeops.watch.journal import Journal
    from rangeops.watch.loop import Loop
    from rangeops.watch.memory import Memory
    from rangeops.watch.recorder import Recorder

    return Loop(
        name=settings.watch_name,
        fleet=Fleet(settings.gcs_sysid),
        wire=UnixWire(settings.wire_socket, settings.watch_name),
        journal=Journal(settings.watch_folder / "journal", settings.watch_name),
        recorder=Recorder(settings.tlog_folder),
        memory=Memory(settings.watch_folder),
        clock=clock,
        beat=beat,
        clock_state=clock_state,
    )


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

    _start_log(settings, "server")
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

    check_plan = _plan_checker(settings)
    workers = _workers(check_plan, definition, hardware)
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
        read_weather=_weather_reader(workers),
        accounts=_account_parts(settings, definition.name, letters),
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
        _bundling(write_bundle) as bundling,
        _filming(make_film) as filming,
    ):
        operations = Operations(
            services=services,
            live=live,
            hub=FeedHub(),
            wire=_server_wire(settings),
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
    serve(app, settings, lifeline, _zones_moved(settings, definition))


def _workers(
    check_plan: "Callable[..., CheckedPlan]", definition: "RangeDefinition", hardware: "Hardware"
) -> "ProcessWorkers":
    """Two of a kind: a timetable takes ten seconds, and a file that is read may hang."""
    from rangeops.server.worker_process import Warm
    from rangeops.server.workers import start_workers

    sample = _sample_plan(definition, hardware)
    return start_workers(2, [Warm(check_plan, sample), Warm(_read_sample_weather, clock().utc)])


def _weather_reader(workers: "ProcessWorkers") -> "ReadWeather":
    from rangeops.adapters.weather.reports import read_reports
    from rangeops.domain.weather import WeatherReport

    def read(text: str, received: datetime) -> tuple[WeatherReport, ...]:
        reading = partial(read_reports, received=received)
        return workers.confined_from_thread(reading, text, tuple[WeatherReport, ...], where="weather report")

    return read


def _certificate_opener(settings: Settings, workers: "ProcessWorkers") -> "OpenCertificate":
    from rangeops.adapters.hardware import seal
    from rangeops.domain.certificates import Certificate

    def open_it(content: bytes, now: Now) -> Certificate:
        opening = partial(seal.in_force, ours=_range_public_key(settings), now=now)
        return workers.confined_from_thread(opening, content, Certificate, where="certificate")

    return open_it


@contextmanager
def _bundling(write: "Callable[[BundleOrder], BundleMade] | None") -> "Iterator[Bundling | None]":
    """write: reads the data folder for an incident's evidence, in a process that waits for no plan and no timetable."""
    from rangeops.server.bundles import Bundling
    from rangeops.server.workers import ProcessWorkers

    if write is None:
        yield None
        return
    with ProcessWorkers(longest_s=_LONGEST_BUNDLE_S) as bundler:
        yield Bundling(bundler, write)


@contextmanager
def _filming(make: Callable[[str], bytes] | None) -> "Iterator[Filming | None]":
    """make: an incident's replay for browsers, in a process that waits for no bundle."""
    from rangeops.server.films import Filming
    from rangeops.server.workers import ProcessWorkers

    if make is None:
        yield None
        return
    with ProcessWorkers(longest_s=_LONGEST_FILM_S) as maker:
        yield Filming(maker, make)


def _account_parts(settings: Settings, range_name: str, letters: "OneByOne") -> "AccountParts":
    from rangeops.adapters.one_time_codes import TimedCodes
    from rangeops.adapters.passwords import Argon2Passwords
    from rangeops.adapters.secret_box import KeyedBox, secret_key
    from rangeops.domain.second_factor import RequiredOf
    from rangeops.services.account_parts import AccountParts

    return AccountParts(
        passwords=Argon2Passwords(),
        codes=TimedCodes(f"rangeops {range_name}"),
        box=KeyedBox(secret_key(settings.secret_key_file)),
        second_factor_of=RequiredOf(settings.second_factor),
        post=_post(settings),
        later=letters,
        public_url=settings.public_url,
    )


def _post(settings: Settings) -> "Post":
    """The mail server that is set, or the outbox alone. Raises Invalid, Unavailable."""
    import socket

    from rangeops.adapters.mail import Outbox, SmtpPost, relay_of
    from rangeops.domain.invitations import check_mail

    where = "setting mail_from (RANGEOPS_MAIL_FROM)"
    written_by = check_mail(settings.mail_from, where=where) or f"rangeops@{socket.gethostname() or 'localhost'}"
    outbox = Outbox(settings.outbox_folder, written_by, clock)
    if not settings.smtp:
        return outbox
    password = ""
    if settings.smtp_password:
        try:
            password = Path(settings.smtp_password).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise Unavailable(
                "the mail server's password can't be read", where=settings.smtp_password, do="Name its file."
            ) from error
    return SmtpPost(relay_of(settings.smtp, password), outbox)


def _record_signing(settings: Settings, changes: "Changes") -> Callable[[Now], str]:
    """Signs what is due; what it gives back is what of it fell short."""
    from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
    from rangeops.adapters.clock_sync import clock_state
    from rangeops.domain.clock_state import clock_word
    from rangeops.services.checkpoints import CheckpointDesk

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


def _server_wire(settings: Settings) -> "Wire":
    """To the watch beside us by a Unix socket; where RANGEOPS_WIRE names a broker, to watch nodes as well."""
    from rangeops.adapters.transports.unix_server import UnixWireServer

    near = UnixWireServer(settings.wire_socket)
    if not settings.wire:
        return near
    require_nats()
    from rangeops.adapters.transports.nats_line import Subjects
    from rangeops.adapters.transports.nats_server import NatsWireServer
    from rangeops.adapters.transports.wires import Wires
    from rangeops.adapters.wire_keys import server_key

    subjects = Subjects.of(settings.wire, settings.range)
    return Wires(near, NatsWireServer(subjects, server_key(settings.wire_key_file), settings.watch_name))


def require_nats() -> None:
    """Raises Unavailable where the optional library is missing."""
    from importlib.util import find_spec

    if find_spec("nats") is None:
        raise Unavailable(
            "it needs nats-py, which isn't installed",
            where="setting wire (RANGEOPS_WIRE)",
            do="Run `pip install 'rangeops[nats]'`.",
        )


def run_supervisor(settings: Settings, answers: Callable[[], None] | None = None) -> int:
    """Until Ctrl+C, SIGTERM, or the end of whoever started us; the exit code. answers: called once the server does."""
    from rangeops.supervisor import Supervisor

    _start_log(settings, "supervisor")
    prepare_data_folder(settings)
    load_range(settings)  # what is wrong with it is said before anything starts
    return Supervisor(
        watch=process_command("watch"),
        server=process_command("server"),
        environment=process_environment(settings),
        run_folder=settings.run_folder,
        monotonic=time.monotonic,
        lifeline=Lifeline.from_environment(),
        answers=answers,
    ).run(signalled())


def _zones_moved(settings: Settings, definition: "RangeDefinition") -> Callable[[], bool]:
    """Whether the temporary zones are others than the server was built with. A file that can't be read moves nothing:
    the server goes on with what it has, and says so once.
    """
    import structlog

    from rangeops.domain.errors import RangeopsError

    file = settings.temporary_zones_folder / f"{definition.id}.json"

    def stamp() -> tuple[int, int] | None:
        try:
            found = file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    seen: object = ...  # the first look is a real one: it may have changed while the server was built

    def moved() -> bool:
        nonlocal seen
        if (now := stamp()) == seen:
            return False
        seen = now
        try:
            return load_range(settings).zones != definition.zones
        except RangeopsError as error:
            structlog.get_logger("server").error("temporary zones not taken", reason=str(error))
            return False

    return moved


# People's commands.


def run_control_room(
    settings: Settings, *, read_only: bool = False, replays: "Callable[[str], Recorded] | None" = None
) -> None:
    """The control room on the server of this data folder; starts one first where none runs, and ends it after.

    read_only: a screen that can send nothing, whoever's token it has. replays: opens an incident by its id.
    """
    import secrets
    import socket

    gc.disable()  # as in __main__: a tenth of a start would go into it
    from rangeops.client.api import Client
    from rangeops.client.feed import feed
    from rangeops.tui.app import ControlRoom
    from rangeops.tui.preferences import Desktop

    gc.freeze()
    gc.enable()
    with _a_server(settings):
        client = Client.from_settings(settings)
        room_name = f"{safe_text(socket.gethostname(), limit=40)}-{secrets.token_hex(3)}"
        desktop = Desktop.read(settings.config_folder, os.environ)
        ControlRoom(
            client,
            feed(client),
            clock=clock,
            desktop=desktop,
            room_name=room_name,
            read_only=read_only,
            replays=replays,
        ).run()


def serve_control_room(settings: Settings, *, port: int, read_only: bool, say: Callable[[str], None]) -> None:
    """Control rooms in a browser on this machine, until Ctrl+C; a server of our own where none runs.

    Raises Unavailable where the optional library is missing or the port is taken.
    """
    from importlib.util import find_spec

    if find_spec("textual_serve") is None:
        raise Unavailable(
            "it needs textual-serve, which isn't installed",
            where="control --web",
            do="Run `pip install 'rangeops[web]'`.",
        )
    from rangeops.tui.web import serve_rooms

    with _a_server(settings):
        os.environ.update(settings.environment())
        serve_rooms([*process_command("room"), *(["--read-only"] if read_only else [])], port, say)


def run_simulator(
    scenario: Path, *, control: Path | None, truth: Path | None, udp_port: int | None, ardupilot: bool = False
) -> None:
    from rangeops.sim.ardupilot import ArdupilotFleet
    from rangeops.sim.scenario import load_scenario
    from rangeops.sim.simulator import Simulator

    lifeline = Lifeline.from_environment()
    loaded = load_scenario(find_scenario(scenario))
    if udp_port is not None:
        loaded = loaded.with_udp_port(udp_port)
    if not ardupilot:
        simulator: Simulator | ArdupilotFleet = Simulator(loaded, control=control, truth=truth)
    elif control is None and truth is None:
        simulator = ArdupilotFleet(loaded, paths.shipped("parameters"))
    else:
        raise Invalid(
            "ArduPilot has no control channel and tells no truth",
            where="--backend ardupilot",
            do="Leave out --control and --truth.",
        )
    for endpoint in simulator.endpoints():
        sys.stderr.write(f"{endpoint}\n")
    if isinstance(simulator, ArdupilotFleet):
        for callsign, listener in simulator.exposed():
            sys.stderr.write(f"{callsign} ATTENTION: {listener} is open beyond this machine (sitl/README.md)\n")
    told = signalled()
    simulator.run(lambda: told() or lifeline.cut())


def hardware_folder(settings: Settings) -> Path:
    """The data folder's own, whole, where there is one; else what is shipped. Raises Unavailable."""
    own = settings.data / "hardware"
    return own if own.is_dir() else paths.shipped("hardware")


def hardware_desk(settings: Settings) -> "HardwareDesk":
    """What can be done with hardware without a server."""
    from rangeops.adapters.hardware.desk import HardwareDesk
    from rangeops.watch.memory import read_kept

    return HardwareDesk(
        hardware_folder(settings),
        settings.data,
        range_id=settings.range,
        gcs_sysid=settings.gcs_sysid,
        operator=settings.operator,
        kept=lambda: read_kept(settings.watch_folder),
        clock=clock,
    )


def sign_vehicle(settings: Settings, uri: str, sysid: int) -> Path:
    """Make a signing key and give it to one vehicle on a cable; where it is kept. Raises Invalid, Refused, Unavailable."""
    import secrets

    from rangeops.adapters.mavlink.key_setup import set_up_key
    from rangeops.adapters.mavlink.keys import KeyFile
    from rangeops.adapters.mavlink.signing import KEY_BYTES
    from rangeops.domain.telemetry import Sysid

    prepare_data_folder(settings)
    keys = KeyFile(settings.signing_key_file)
    key = secrets.token_bytes(KEY_BYTES)
    set_up_key(uri, Sysid(sysid), key, keys=keys, gcs_sysid=settings.gcs_sysid, clock=clock)
    return keys.path


# Parts that several of them need.


def load_range(settings: Settings) -> "RangeDefinition":
    """The range that is set, the data folder's own or a shipped one, with its temporary zones. Raises NotFound, Invalid."""
    from rangeops.domain.zone_sets import with_zones

    definition = range_folder(_folder_of_range(settings))
    return with_zones(definition, temporary_zones(settings, definition).all(), where="temporary zones")


def load_site(settings: Settings) -> "RangeDefinition":
    """The range that is set without its zones, which may still be another's or broken. Raises NotFound, Invalid."""
    from rangeops.adapters.formats.range_folder import load_site as load

    return load(_folder_of_range(settings))


def range_folder(folder: Path) -> "RangeDefinition":
    """The range of one folder, under its own sun. Raises NotFound, Unavailable, Invalid."""
    from rangeops.adapters.formats.range_folder import load_range as load
    from rangeops.adapters.sun import SunOver

    return load(folder, SunOver)


def _folder_of_range(settings: Settings) -> Path:
    places = settings.data / "geofences", paths.shipped("geofences")
    ranges = {each.name: each for place in reversed(places) for each in place.glob("*/")}
    if settings.range not in ranges:
        raise NotFound(
            f"there is no range {settings.range!r:.40}",
            where=" and ".join(map(str, places)),
            do=f"Choose one of {', '.join(sorted(ranges))}, or make its folder.",
        )
    return ranges[settings.range]


def temporary_zones(settings: Settings, definition: "RangeDefinition", *, country: str = "") -> "TemporaryZones":
    """country: for zones that name none; without it, that of the range's own zones."""
    from rangeops.adapters.formats.temporary_zones import TemporaryZones

    usual = next((zone.details.country for zone in definition.zones if zone.details.country), "")
    path = settings.temporary_zones_folder / f"{definition.id}.json"
    return TemporaryZones(path, definition.frame, country or usual, definition.name)


def require_endpoint(uri: str) -> None:
    """Raises Invalid with what is wrong in the URI of a link or a traffic feed."""
    from rangeops.adapters.mavlink.endpoints import parse_uri
    from rangeops.adapters.traffic.feeds import feed_of, is_feed

    if is_feed(uri):
        feed_of(uri)
    else:
        parse_uri(uri)


def prepare_data_folder(settings: Settings) -> None:
    """Make it, for its owner alone. Raises Unavailable where it can't be used."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.run_folder.mkdir(exist_ok=True, mode=0o700)
        readable = os.access(settings.data, os.R_OK | os.W_OK | os.X_OK)
    except OSError as error:
        raise _unusable(settings, error.strerror or str(error)) from error
    if not readable:
        raise _unusable(settings, "Permission denied")


def find_scenario(scenario: Path) -> Path:
    """A path, or the bare name of a shipped scenario. Raises NotFound."""
    if scenario.exists():
        return scenario
    folder = paths.shipped("scenarios")
    shipped = folder / f"{scenario.name.removesuffix('.toml')}.toml"
    if scenario.parent == Path() and shipped.exists():
        return shipped
    known = ", ".join(sorted(path.stem for path in folder.glob("*.toml")))
    raise NotFound("there is no such scenario", where=str(scenario), do=f"Name a file, or one of {known}.")


def _unusable(settings: Settings, why: str) -> Unavailable:
    return Unavailable(
        f"the data folder can't be used ({why})",
        where=str(settings.data),
        do="Make it readable and writable for you, or give another with --data.",
    )


def _sample_plan(definition: "RangeDefinition", hardware: "Hardware") -> "PlanFile":
    """A short flight in the first volume: what a process that reads plans checks before its first one, to have it all loaded."""
    from rangeops.services.ports import PlanFile

    volume = definition.volumes[0]
    corners = volume.flight_geography.outer
    latitude, longitude = (sum(values) / len(corners) for values in zip(*corners, strict=True))
    places = [(0, 16, 0.0), (1, 22, 10.0), (2, 16, 20.0), (3, 20, 0.0)]
    lines = [
        f"{number}\t{int(number == 0)}\t{0 if number == 0 else 3}\t{command}\t0\t0\t0\t0\t{latitude:.7f}\t{longitude:.7f}\t{height}\t1"
        for number, command, height in places
    ]
    content = "\n".join(["QGC WPL 110", *lines, ""]).encode()
    return PlanFile(content, "sample.waypoints", volume.id, hardware.airframes.all()[0])


def _read_sample_weather(received: datetime) -> None:
    """Has the weather reader loaded, too."""
    from rangeops.adapters.weather.reports import read_reports

    read_reports(f"METAR ZZZZ {received:%d%H%M}Z 00000KT CAVOK", received)


def _plan_checker(settings: Settings) -> "Callable[..., CheckedPlan]":
    from rangeops.adapters.formats.plan_files import read_plan
    from rangeops.services.plan_checking import PlanChecking

    return PlanChecking(load_range(settings), read_plan)


@contextmanager
def _a_server(settings: Settings) -> Iterator[None]:
    """A server that runs: the one that is there, or one of our own for as long as the screen is open."""
    from rangeops.background import Background

    prepare_data_folder(settings)
    if settings.server_file.exists():
        yield
        return
    with Background(settings, process_environment(settings)) as background:
        background.start("range", ["serve"])
        background.wait_for(settings.server_file.exists, "the server")
        yield


def process_command(name: str) -> list[str]:
    return [sys.executable, "-m", "rangeops", "process", name]


def process_environment(settings: Settings) -> dict[str, str]:
    """Ours, with the settings as a child process reads them."""
    return {**os.environ, **settings.environment()}


def signalled() -> Callable[[], bool]:
    """True once SIGINT or SIGTERM came."""
    asked: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return lambda: bool(asked)


def _start_log(settings: Settings, process: str) -> None:
    """One line an event, for the service manager's journal, a collector or a log file. Raises Unavailable."""
    from rangeops.adapters.logs import LogForm, start_logging

    try:
        start_logging(LogForm(settings.log), settings.log_folder, process)
    except OSError as error:
        raise Unavailable(
            f"the log can't be written ({error.strerror or error})",
            where=str(settings.log_folder),
            do="Make it writable for you, or set RANGEOPS_LOG=json.",
        ) from error
