"""What today's rules, or others, say of a recorded flight: the composition root that gives recordings to the real watch."""

import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rangeops.bootstrap.ranges import load_range
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.facts import Facts
from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.policy import Automation, Policy, policy_from
from rangeops.domain.recordings import recordings_between
from rangeops.domain.telemetry import Sysid
from rangeops.offline import Held, against
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.mavlink.recorded import RecordedFlights
    from rangeops.domain.plan_context import PlanContext
    from rangeops.rehearsal.recheck import Compared, Raised

_RUNGS: Final = ("forecast_exit", "outside_flight_geography", "leaving_contingency", "outside_range", "withdrawn")
_FIRST_PORT: Final = 20_000  # below those that the system gives away by itself
_PORTS: Final = 10_000
NOT_RECHECKED: Final = (
    "Not rechecked, since recorded telemetry can't tell: uplink, commands and whether they were obeyed, fence loading, who held"
    " control, aircraft of other feeds, and what this machine and its links did. reaction_margin_s decides when the range acts,"
    " and here it only advises."
)


@dataclass(frozen=True, slots=True)
class Rechecked:
    """before: as recorded, where an incident's record says; else under today's rules. after: under today's, or other, rules."""

    before: str
    after: str
    alarms: "tuple[Compared, ...]"
    not_rechecked: str = NOT_RECHECKED


@dataclass(frozen=True, slots=True)
class _Flight:
    """What is put before the watch. orders: from when on which, without their links and policy."""

    flights: "RecordedFlights"
    orders: tuple[tuple[datetime, Orders], ...]
    begins: datetime
    ends: datetime


def recheck_files(
    settings: Settings, files: Sequence[Path], *, volume: str, airframe: str, what_if: Sequence[str]
) -> Rechecked:
    """Every vehicle in it is held against this volume. Raises NotFound, Invalid, Damaged."""
    flights = _flights(files)
    context = against(settings, Held(volume=volume, airframe=airframe)).context
    begins, ends = (flights.recording.utc(x) for x in (flights.recording.begins_us, flights.recording.ends_us))
    orders = _orders(context, flights, begins, ends)
    return _compared(settings, _Flight(flights, ((begins, orders),), begins, ends), what_if, None)


def recheck_incident(settings: Settings, incident_id: str, *, what_if: Sequence[str]) -> Rechecked:
    """Under the orders that were in force, and the policy of today's range. Raises NotFound, Unavailable, Damaged, Invalid."""
    from rangeops.adapters.store.record_reading import reading_store
    from rangeops.services.recorded_incidents import recorded_incident

    with reading_store(settings.database) as work:
        incident = recorded_incident(work, incident_id)
    begins, ends = incident.minutes
    return recheck_stretch(
        settings, begins, ends, what_if=what_if, where=f"incident {incident_id}", besides=(incident.sysid,)
    )


def recheck_stretch(
    settings: Settings,
    begins: datetime,
    ends: datetime,
    *,
    what_if: Sequence[str],
    where: str = "the record",
    besides: Sequence[Sysid] = (),
) -> Rechecked:
    """Everybody who flew then, under the orders that were in force, and the policy of today's range.

    where: what an error is about. besides: who concerns it though no order names him. Raises NotFound, Unavailable,
    Damaged, Invalid.
    """
    from rangeops.adapters.store.record_reading import reading_store
    from rangeops.rehearsal.recheck import raised_in
    from rangeops.services.changes import vehicle
    from rangeops.services.incidents import event_of

    with reading_store(settings.database) as work:
        orders = tuple(_taken(settings, work, begins, ends))
        sysids = sorted({order.sysid for _, each in orders for order in each.vehicles} | set(besides))
        evidence = work.record.evidence([vehicle(sysid) for sysid in sysids], begins, ends)
    if not orders:
        raise NotFound(
            "the record has no orders that were in force then",
            where=where,
            do="Recheck the recordings themselves, with --volume and --airframe.",
        )
    flown = raised_in(
        (each.happened, event.alarm) for each in evidence if (event := _alarm(event_of(each))) is not None
    )
    files = list(recordings_between(settings.tlog_folder.glob("*.tlog"), begins, ends))
    if not files:
        raise NotFound(
            "no recording of its minutes is left", where=str(settings.tlog_folder), do="Put them back there."
        )
    flights = _flights(files)
    ends = min(ends, flights.recording.utc(flights.recording.ends_us))  # of what lasts, nothing is known beyond
    return _compared(settings, _Flight(flights, orders, begins, ends), what_if, flown)


def _alarm(event: Any) -> Any:
    from rangeops.domain.events import AlarmChanged

    return event if isinstance(event, AlarmChanged) else None


def _taken(settings: Settings, work: Any, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, Orders]]:
    """The orders in force when it began, and those taken until it ended, each from when on."""
    import json

    from rangeops.adapters.store.record_reading import reading_record

    versions: list[tuple[datetime, int]] = []
    with reading_record(settings.database) as record:
        for entry in record:
            if entry.action == "watch.orders":
                payload = json.loads(entry.payload)
                versions.append((datetime.fromisoformat(payload["happened"]), int(payload["body"]["of"]["version"])))
    versions.sort()
    before = [each for each in versions if each[0] <= begins][-1:]
    for when, version in (*before, *(each for each in versions if begins < each[0] <= ends)):
        if (orders := work.orders.get(version)) is not None:
            yield max(when, begins), orders


def _flights(files: Sequence[Path]) -> "RecordedFlights":
    from rangeops.adapters.mavlink.log_kinds import LogKind, kind_of
    from rangeops.adapters.mavlink.recorded import RecordedFlights, Recording
    from rangeops.adapters.mavlink.tlog_index import open_tlog

    if any(kind_of(file) is not LogKind.TLOG for file in files):
        raise Invalid("a log on board holds no packets", where=str(files[0]), do="Recheck a tlog.")
    flights = RecordedFlights(Recording([open_tlog(file) for file in files]))
    if not flights.sysids:
        raise NotFound("no vehicle speaks in it", where=str(files[0]), do="Name a tlog of a flight.")
    return flights


def _compared(
    settings: Settings, flight: _Flight, what_if: Sequence[str], flown: "tuple[Raised, ...] | None"
) -> Rechecked:
    from rangeops.rehearsal.recheck import compare

    today = load_range(settings).policy
    other = changed_policy(today, what_if)
    if what_if:
        alarms = compare(_run(flight, today), _run(flight, other))
        return Rechecked("today", " ".join(what_if), alarms)
    found = _run(flight, today)
    return Rechecked(
        "as flown" if flown is not None else "", "today", compare(found if flown is None else flown, found)
    )


def changed_policy(policy: Policy, what_if: Sequence[str]) -> Policy:
    """With figures in place of its own: alarm_margin_s=8, separation.drones.lateral_m=80. Raises Invalid."""
    table = _table(policy)
    for text in what_if:
        path, _, value = text.partition("=")
        *parents, key = path.strip().split(".")
        inner = table
        for parent in parents:
            below = inner.get(parent)
            inner = below if isinstance(below, dict) else {}
        if isinstance(inner.get(key), bool) or not isinstance(inner.get(key), int | float):
            raise Invalid(
                f"the policy has no figure {path!r:.60}",
                where="--what-if",
                do="Use alarm_margin_s, reaction_margin_s, forecast_horizon_s, or one of forecast.… and separation.…",
            )
        try:
            inner[key] = float(value)
        except ValueError as error:
            raise Invalid(
                f"{value!r:.40} is no number", where=f"--what-if {path:.60}", do="Write KEY=NUMBER."
            ) from error
    return policy_from(Facts(table, "--what-if"))


def _table(policy: Policy) -> dict[str, Any]:
    """As a range.toml has it."""
    table = asdict(policy)
    for rung in _RUNGS:
        table[rung] = {
            key: value.value if hasattr(value, "value") else value
            for key, value in table[rung].items()
            if value is not None
        }
    return table


def _run(flight: _Flight, policy: Policy) -> "tuple[Raised, ...]":
    from rangeops.adapters.mavlink.fleet import Fleet
    from rangeops.adapters.transports.unix import UnixWire
    from rangeops.rehearsal.recheck import LEAD, Recheck
    from rangeops.rehearsal.server_end import ServerEnd
    from rangeops.rehearsal.solo import VirtualClock
    from rangeops.watch.journal import Journal
    from rangeops.watch.loop import Loop
    from rangeops.watch.memory import Memory
    from rangeops.watch.recorder import Recorder

    with tempfile.TemporaryDirectory(prefix="rangeops-") as name:
        folder, port = Path(name), _own_port()
        clock = VirtualClock(flight.begins - LEAD)
        server = ServerEnd(folder / "wire.sock")
        watch = Loop(
            name="recheck",
            fleet=Fleet(250),
            wire=UnixWire(folder / "wire.sock", "recheck"),
            journal=Journal(folder / "journal", "recheck"),
            recorder=Recorder(folder / "tlogs"),
            memory=Memory(folder / "memory"),
            clock=clock,
            beat=lambda: None,
            pause=lambda _: None,
        )
        first = flight.begins - LEAD
        recheck = Recheck(
            watch=watch,
            server=server,
            clock=clock,
            watch_address=("127.0.0.1", port),
            frames=_frames(flight),
            orders=[
                (first if number == 0 else when, _advising(orders, policy, f"udpin:127.0.0.1:{port}", number + 1))
                for number, (when, orders) in enumerate(flight.orders)
            ],
            ends=flight.ends,
        )
        with _quiet(folder / "watch.log"):
            return recheck.run()


def _advising(orders: Orders, policy: Policy, link: str, version: int) -> Orders:
    """As they were, under this policy, by which the watch sends nothing; nobody's consent is asked for what isn't written."""
    advises = {rung: replace(getattr(policy, rung), automation=Automation.ADVISE) for rung in _RUNGS}
    vehicles = tuple(replace(vehicle, consent=None) for vehicle in orders.vehicles)
    return replace(
        orders, version=version, policy=replace(policy, **advises), links=(link,), vehicles=vehicles, watch="", leases=(),
        nodes=(),
    )  # fmt: skip


def _frames(flight: _Flight) -> Iterator[tuple[datetime, bytes]]:
    """What vehicles said in these minutes; ground stations' own words would be echoes."""
    recording, sysids = flight.flights.recording, {int(sysid) for sysid in flight.flights.sysids}
    for row in range(len(recording)):
        utc = recording.utc(int(recording.at_us[row]))
        if flight.begins <= utc <= flight.ends and int(recording.sysid[row]) in sysids:
            yield utc, recording.frame(row)


def _orders(context: "PlanContext", flights: "RecordedFlights", begins: datetime, ends: datetime) -> Orders:
    from rangeops.domain.slots import SlotId
    from rangeops.domain.volumes import operational_volumes
    from rangeops.services.orders import keep_out, no_landing

    definition = context.range
    volumes = operational_volumes(
        context.volume.flight_geography, context.airframe, definition.frame, definition.assumptions
    )
    vehicles = tuple(
        VehicleOrder(
            sysid=sysid, callsign=f"V{sysid}", company="", slot=SlotId(f"S{number}"), starts=begins - timedelta(hours=1),
            ends=ends + timedelta(hours=1), airframe=context.airframe, volumes=volumes, cleared=True, fence_sha256=None,
            rtl_altitude_m=context.rtl_altitude_m, contact="",
        )
        for number, sysid in enumerate(flights.sysids, start=1)
    )  # fmt: skip
    return Orders(
        version=1, range_id=definition.id, origin_latitude_deg=definition.frame.origin_latitude_deg,
        origin_longitude_deg=definition.frame.origin_longitude_deg, elevation_amsl_m=definition.elevation_amsl_m,
        boundary=definition.boundary, policy=definition.policy, links=(), vehicles=vehicles,
        keep_out=keep_out(definition, begins, ends), no_landing=no_landing(definition), wind_mps=definition.wind_mps,
        geoid_offset_m=definition.geoid_offset_m,
    )  # fmt: skip


def _own_port() -> int:
    """Another one in each process: of two that look for a free one at once both may find the same."""
    from rangeops.rehearsal.processes import free_udp_port

    port = _FIRST_PORT + os.getpid() % _PORTS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free_udp_port()
    return port


@contextmanager
def _quiet(path: Path) -> Iterator[None]:
    """The watch's own log is for nobody here; standard output is for the answer."""
    import structlog

    before = structlog.get_config()
    with path.open("w", encoding="utf-8") as file:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=file))
        try:
            yield
        finally:
            structlog.configure(**before)
