"""A plan flown at home: the composition root that puts the real watch and a simulated vehicle into one process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rangeops.domain.errors import Invalid
from rangeops.offline import Against, plan_of, read_bytes

if TYPE_CHECKING:
    from rangeops.domain.orders import Orders
    from rangeops.domain.plan_context import PlanContext
    from rangeops.domain.plans import PlanHome
    from rangeops.rehearsal.solo import FlownPlan, SoloFlight
    from rangeops.sim.scenario import Scenario

_GCS_SYSID: Final = 250
_SYSID: Final = 1
_CALLSIGN: Final = "PLAN"
_LONGEST_S: Final = 4 * 3600.0


def fly(
    file: Path,
    basis: Against,
    *,
    wind_mps: float,
    wind_from_deg: float,
    speedup: float | None,
    told: Callable[[Any], None],
) -> "FlownPlan":
    """The plan in our simulator under the range's own watch and policy, in a temporary folder. Raises RangeopsError."""
    import tempfile

    from rangeops.adapters.formats.plan_files import write_plan

    plan = plan_of(file, read_bytes(file), basis)
    if plan.home is None:
        raise Invalid("it has no planned home", where=file.name, do="Set the planned home.")
    with tempfile.TemporaryDirectory(prefix="rangeops-") as name:
        folder = Path(name)
        flown = folder / "flown.plan"
        flown.write_bytes(write_plan(plan, "plan").content)
        _log_to(folder / "watch.log")
        scenario = _scenario(flown, plan.home, basis.context, wind_mps=wind_mps, wind_from_deg=wind_from_deg)
        return _solo(folder, scenario, basis.context, speedup=speedup, told=told).fly()


def _solo(
    folder: Path, scenario: "Scenario", context: "PlanContext", *, speedup: float | None, told: Callable[[Any], None]
) -> "SoloFlight":
    from rangeops.adapters.mavlink.fleet import Fleet
    from rangeops.adapters.transports.unix import UnixWire
    from rangeops.rehearsal.processes import free_udp_port
    from rangeops.rehearsal.server_end import ServerEnd
    from rangeops.rehearsal.solo import SoloFlight, VirtualClock
    from rangeops.sim.fleet import Fleet as SimulatedFleet
    from rangeops.watch.journal import Journal
    from rangeops.watch.loop import Loop
    from rangeops.watch.memory import Memory
    from rangeops.watch.recorder import Recorder

    clock = VirtualClock(context.slot[0] if context.slot is not None else datetime.now(UTC))
    port = free_udp_port()
    server = ServerEnd(folder / "wire.sock")
    watch = Loop(
        name="rehearsal",
        fleet=Fleet(_GCS_SYSID),
        wire=UnixWire(folder / "wire.sock", "rehearsal"),
        journal=Journal(folder / "journal", "rehearsal"),
        recorder=Recorder(folder / "tlogs"),
        memory=Memory(folder / "memory"),
        clock=clock,
        beat=lambda: None,
        pause=lambda _: None,
    )
    return SoloFlight(
        watch=watch,
        server=server,
        fleet=SimulatedFleet(scenario, clock()),
        watch_address=("127.0.0.1", port),
        orders=_orders(context, f"udpin:127.0.0.1:{port}", clock().utc),
        clock=clock,
        speedup=speedup,
        longest_s=_LONGEST_S,
        told=told,
    )


def _scenario(
    flown: Path, home: "PlanHome", context: "PlanContext", *, wind_mps: float, wind_from_deg: float
) -> "Scenario":
    """One vehicle on the plan's home, and a pilot who loads the plan, arms and starts it once he is told."""
    from rangeops.domain.gcs_failsafe import armed_for
    from rangeops.sim.scenario import Do, PilotStep, Place, Scenario, VehicleSpec, When, Wind

    ground_m = context.basis_from(home).home_amsl_m
    spec = VehicleSpec(
        callsign=_CALLSIGN,
        sysid=_SYSID,
        airframe=context.airframe,
        home=Place(home.latitude_deg, home.longitude_deg),
        home_elevation_amsl_m=ground_m,
        links=("udpout:127.0.0.1:14550",),  # its bytes are carried by the rehearsal, not by a port of the simulator
        ready_after_s=5.0,
        parameters=armed_for(context.airframe.vehicle_class, _GCS_SYSID),
        pilot=(
            PilotStep(When.CLEARED, do=Do.UPLOAD_MISSION, plan=flown),
            PilotStep(do=Do.ARM),
            PilotStep(do=Do.MODE, mode="AUTO"),
        ),
    )
    return Scenario(flown.stem, (spec,), wind=Wind(wind_mps, wind_from_deg), gps_noise_m=0.3)


def _orders(context: "PlanContext", link: str, now: datetime) -> "Orders":
    """What the server would order for this slot. The consent is the pilot's own: he rehearses at home."""
    from rangeops.domain.orders import Orders, VehicleOrder
    from rangeops.domain.slots import SlotId
    from rangeops.domain.telemetry import Sysid
    from rangeops.domain.volumes import operational_volumes
    from rangeops.domain.writes import Consent, ConsentKind
    from rangeops.services.orders import keep_out, no_landing

    definition = context.range
    starts, ends = context.slot or (now, now + timedelta(seconds=_LONGEST_S))
    geography = context.volume.flight_geography
    order = VehicleOrder(
        sysid=Sysid(_SYSID),
        callsign=_CALLSIGN,
        company="",
        slot=SlotId("S0"),
        starts=starts,
        ends=ends,
        airframe=context.airframe,
        volumes=operational_volumes(geography, context.airframe, definition.frame, definition.assumptions),
        cleared=False,
        fence_sha256=None,
        rtl_altitude_m=context.rtl_altitude_m,
        contact="",
        consent=Consent(ConsentKind.STANDING, "the pilot who rehearses"),
    )
    return Orders(
        version=1,
        range_id=definition.id,
        origin_latitude_deg=definition.frame.origin_latitude_deg,
        origin_longitude_deg=definition.frame.origin_longitude_deg,
        elevation_amsl_m=definition.elevation_amsl_m,
        boundary=definition.boundary,
        policy=definition.policy,
        links=(link,),
        vehicles=(order,),
        keep_out=keep_out(definition, starts, ends),
        no_landing=no_landing(definition),
    )


def _log_to(path: Path) -> None:
    """The watch's own log is for nobody here; standard output is for the answer."""
    import structlog

    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=path.open("w", encoding="utf-8")))
