"""Bench acceptance of a company's aircraft before its first slot: steps as data, over two ports.

Each step has a deadline and ends in a verdict that says what, where and what to do. One that fails doesn't stop the
others, but for the first: without a vehicle there is nothing to look at. What a step changes on the vehicle it puts back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.certificates import Certificate, Figure, StepResult, Verdict, parameters_sha256
from rangeops.domain.errors import RangeopsError, Refused
from rangeops.domain.hardware import AcceptanceLimits, IdBlock, IdUse
from rangeops.domain.kept import FenceItem
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Battery, GpsFix

MISSION_FENCE: Final = 1 << 14  # MAV_PROTOCOL_CAPABILITY
MISSION_INT: Final = 1 << 2
MAVLINK2: Final = 1 << 13
FLIGHT_TERMINATION: Final = 1 << 11
_NEEDED: Final = {MISSION_FENCE: "fence transfer", MISSION_INT: "whole-number items", MAVLINK2: "MAVLink 2"}
_OFFICIAL: Final = 255  # FIRMWARE_VERSION_TYPE


@dataclass(frozen=True, slots=True)
class Identity:
    """HEARTBEAT and AUTOPILOT_VERSION. version_type: FIRMWARE_VERSION_TYPE. firmware_sha: the build's git hash."""

    sysid: int
    autopilot: str
    vehicle_class: VehicleClass
    armed: bool
    uid2: str
    version: tuple[int, int, int]
    version_type: int
    firmware_sha: str
    capabilities: int


@dataclass(frozen=True, slots=True)
class ArmingAnswer:
    """What came of asking to arm: whether it refused, in its own words, and whether it is disarmed now."""

    refused: bool
    words: str
    disarmed: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """What a second library saw of the same vehicle."""

    library: str
    mode: str
    armable: bool
    parameters: Mapping[str, float]
    fence_items: int


class Bench(Protocol):
    """One vehicle on one link, disarmed. Everything raises RangeopsError when its time is up."""

    where: str

    def identify(self, within_s: float) -> Identity: ...
    def parameters(self, names: Sequence[Sequence[str]], within_s: float) -> Mapping[str, float]:
        """The first of each row of names that the vehicle has; what it has none of is left out."""

    def unhealthy_sensors(self, within_s: float) -> tuple[str, ...]:
        """Sensors that are present and enabled, and not well."""

    def battery(self, within_s: float) -> Battery: ...
    def gps(self, within_s: float) -> GpsFix: ...
    def position_trusted(self, within_s: float) -> bool: ...
    def mode(self, within_s: float) -> str: ...
    def fence(self, within_s: float) -> tuple[FenceItem, ...]: ...
    def put_fence(self, items: Sequence[FenceItem], within_s: float) -> None: ...
    def fence_here(self, within_s: float) -> tuple[FenceItem, ...]:
        """A polygon around the vehicle, so that nothing is breached while it is on board."""

    def ask_to_arm(self, within_s: float) -> ArmingAnswer:
        """Inside a switched-on fence that it isn't in; never forced; disarmed again if it did arm."""

    def close(self) -> None:
        """Let the port go, so that another program can have it."""


class SecondOpinion(Protocol):
    def look(self, sysid: int, names: Sequence[str], within_s: float) -> Sight: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What this acceptance is held against, and what it may do. allow_arming: the propellers are off."""

    range_id: str
    airframe: Airframe
    limits: AcceptanceLimits
    id_blocks: tuple[IdBlock, ...]
    gcs_sysid: int
    by: str
    allow_arming: bool = False


@dataclass(slots=True)
class Examination:
    """One acceptance under way: what its steps have found so far."""

    bench: Bench
    second: SecondOpinion | None
    terms: Terms
    identity: Identity | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    fence_items: int | None = None
    mode: str = ""
    figures: list[Figure] = field(default_factory=list)

    def note(self, name: str, value: object) -> None:
        self.figures.append(Figure(name, str(value)))

    def known(self) -> Identity:
        assert self.identity is not None  # the first step has found it, or there is no second
        return self.identity


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a step wasn't tried, and what would let it be."""

    what: str
    do: str


@dataclass(frozen=True, slots=True)
class Step:
    """run: gives what was found; raises Refused where the vehicle falls short. A Skip where it wasn't tried."""

    id: str
    title: str
    deadline_s: float
    run: Callable[[Examination, float], str | Skip]


def accept(
    examination: Examination,
    clock: Callable[[], Now],
    told: Callable[[StepResult], None] = lambda _result: None,
) -> Certificate:
    """Go through all steps, telling each as it ends, and say what it came to."""
    results: list[StepResult] = []
    for step in STEPS:
        result = _run(step, examination, clock)
        results.append(result)
        told(result)
        if examination.identity is None:
            break
    return _certificate(examination, tuple(results), clock())


def _run(step: Step, examination: Examination, clock: Callable[[], Now]) -> StepResult:
    began_s = clock().monotonic_s
    where, do = examination.bench.where, ""
    try:
        found = step.run(examination, step.deadline_s)
    except RangeopsError as error:
        verdict, what, where, do = Verdict.FAILED, error.what, error.where, error.do
    else:
        if isinstance(found, Skip):
            verdict, what, do = Verdict.NOT_TRIED, found.what, found.do
        else:
            verdict, what = Verdict.PASSED, found
    return StepResult(step.id, step.title, verdict, what, where, do, round((clock().monotonic_s - began_s) * 1000))


def _certificate(examination: Examination, results: tuple[StepResult, ...], now: Now) -> Certificate:
    terms, identity = examination.terms, examination.identity
    parameters = tuple(Figure(name, repr(value)) for name, value in sorted(examination.parameters.items()))
    return Certificate(
        id=f"AC-{identity.sysid if identity else 0:03d}-{now.utc:%Y%m%dT%H%M%SZ}",
        range_id=terms.range_id,
        airframe=terms.airframe.id,
        sysid=identity.sysid if identity else 0,
        uid2=identity.uid2 if identity else "",
        firmware=_version(identity) if identity else "",
        firmware_sha=identity.firmware_sha if identity else "",
        parameters=parameters,
        parameters_sha256=parameters_sha256(parameters),
        accepted=not any(result.verdict is Verdict.FAILED for result in results),
        steps=results,
        figures=tuple(examination.figures),
        issued_utc=now.utc,
        valid_until_utc=now.utc + timedelta(days=terms.limits.valid_days),
        by=terms.by,
    )


# The steps.


def _identity(examination: Examination, within_s: float) -> str:
    terms, where = examination.terms, examination.bench.where
    found = examination.identity = examination.bench.identify(within_s)
    if found.armed:
        raise Refused("it is armed", where=where, do="Disarm it; nothing is tried on an armed vehicle.")
    if found.vehicle_class is not terms.airframe.vehicle_class:
        raise Refused(
            f"it says that it is a {found.vehicle_class.value}, the airframe is a {terms.airframe.vehicle_class.value}",
            where=where,
            do="Name the airframe that it is, or load the right firmware.",
        )
    block = next((block for block in terms.id_blocks if block.first <= found.sysid <= block.last), None)
    if block is None or block.use not in (IdUse.COMPANY, IdUse.RANGE):
        note = block.note if block else "The range hasn't given this number out."
        raise Refused(f"sysid {found.sysid} is no vehicle's of this range", where=where, do=note)
    examination.note("uid2", found.uid2 or "none")
    return f"{found.autopilot} {found.vehicle_class.value}, sysid {found.sysid}, uid2 {found.uid2 or 'none'}"


def _firmware(examination: Examination, _within_s: float) -> str:
    found, least = examination.known(), examination.terms.limits.firmware_at_least
    where = examination.bench.where
    if found.version < least:
        wanted = ".".join(map(str, least))
        raise Refused(f"firmware {_version(found)} is older than {wanted}", where=where, do=f"Load {wanted} or newer.")
    if found.version_type != _OFFICIAL:
        raise Refused(
            f"firmware {_version(found)} is no release", where=where, do="Load a released version, or ask for a waiver."
        )
    return f"{_version(found)}, build {found.firmware_sha or 'unknown'}"


def _capabilities(examination: Examination, _within_s: float) -> str:
    found = examination.known()
    lacking = [name for bit, name in _NEEDED.items() if not found.capabilities & bit]
    examination.note("capabilities", f"{found.capabilities:#x}")
    if lacking:
        raise Refused(
            f"it can't do {', '.join(lacking)}", where=examination.bench.where, do="Load a firmware that can."
        )
    can_terminate = "can" if found.capabilities & FLIGHT_TERMINATION else "can't"
    return f"{', '.join(_NEEDED.values())}; it {can_terminate} be terminated from the ground"


def _parameters(examination: Examination, within_s: float) -> str:
    terms = examination.terms
    rules = terms.limits.rules_for(examination.known().vehicle_class)
    values = examination.parameters = examination.bench.parameters([rule.names for rule in rules], within_s)
    wrong: list[str] = []
    remedies: list[str] = []
    for rule in rules:
        name = next((name for name in rule.names if name in values), None)
        if name is None:
            if not rule.may_lack:
                wrong.append(f"it has no {' or '.join(rule.names)}")
                remedies.append(rule.why)
        elif not rule.holds(values[name], terms.gcs_sysid):
            wrong.append(f"{name} is {values[name]:g}, not {rule.wanted(terms.gcs_sysid)}")
            remedies.append(f"{name}: {rule.why} {rule.do}")
    if wrong:
        raise Refused("; ".join(wrong), where=examination.bench.where, do=" ".join(remedies))
    return f"{len(values)} safety parameters are as the range wants them"


def _sensors(examination: Examination, within_s: float) -> str:
    if bad := examination.bench.unhealthy_sensors(within_s):
        raise Refused(
            f"not well: {', '.join(bad)}", where=examination.bench.where, do="Find out why before it flies anywhere."
        )
    return "every sensor that is present and enabled is well"


def _battery(examination: Examination, within_s: float) -> str:
    airframe, limits, where = examination.terms.airframe, examination.terms.limits, examination.bench.where
    battery = examination.bench.battery(within_s)
    if battery.voltage_v is None:
        raise Refused("it doesn't measure its battery's voltage", where=where, do="Set BATT_MONITOR, and calibrate it.")
    per_cell = battery.voltage_v / airframe.battery_cells
    examination.note("battery_v", f"{battery.voltage_v:.2f}")
    if per_cell < limits.cell_volts_at_least:
        raise Refused(
            f"{battery.voltage_v:.1f} V is {per_cell:.2f} V a cell of {airframe.battery_cells}, "
            f"under {limits.cell_volts_at_least:g} V",
            where=where,
            do="Charge it, or name the airframe with the right number of cells.",
        )
    if battery.remaining_percent is None or battery.remaining_percent < limits.battery_percent_at_least:
        shown = "unknown" if battery.remaining_percent is None else f"{battery.remaining_percent} %"
        raise Refused(
            f"what remains is {shown}, less than {limits.battery_percent_at_least} %",
            where=where,
            do="Charge it; set BATT_CAPACITY.",
        )
    return f"{battery.voltage_v:.1f} V, {per_cell:.2f} V a cell, {battery.remaining_percent} %"


def _gps(examination: Examination, within_s: float) -> str:
    limits, where = examination.terms.limits, examination.bench.where
    trusted = examination.bench.position_trusted(within_s)
    fix = examination.bench.gps(within_s)
    examination.note("satellites", fix.satellites)
    if fix.fix_type < 3 or (fix.satellites or 0) < limits.satellites_at_least:
        raise Refused(
            f"fix {fix.fix_type} with {fix.satellites} satellites; {limits.satellites_at_least} are wanted",
            where=where,
            do="Give it a view of the sky and some minutes.",
        )
    if fix.hdop is None or fix.hdop > limits.hdop_at_most:
        raise Refused(f"HDOP is {fix.hdop}, over {limits.hdop_at_most:g}", where=where, do="Give it a view of the sky.")
    if not trusted:
        raise Refused(
            "its own estimator doesn't vouch for the position",
            where=where,
            do="Wait for it to settle; calibrate the compass.",
        )
    return f"{fix.satellites} satellites, HDOP {fix.hdop:g}, the estimator vouches for the position"


def _fence(examination: Examination, within_s: float) -> str:
    """A fence goes up and comes back equal; then the one that was there before, likewise."""
    bench = examination.bench
    share_s = within_s / 5
    before = bench.fence(share_s)
    examination.fence_items = len(before)
    ours = bench.fence_here(share_s)
    try:
        bench.put_fence(ours, share_s)
        read = bench.fence(share_s)
    finally:
        bench.put_fence(before, share_s)
    if bench.fence(share_s) != before:
        raise Refused(
            f"the fence of {len(before)} items that was on board did NOT come back",
            where=bench.where,
            do="Load the vehicle's own fence again before it flies.",
        )
    if read != ours:
        raise Refused(
            "a fence reads back otherwise than it was sent", where=bench.where, do="Update the firmware; try it again."
        )
    return f"{len(ours)} items up and back equal; the {len(before)} that were on board are there again, read back"


def _arming(examination: Examination, within_s: float) -> str | Skip:
    if not examination.terms.allow_arming:
        return Skip(
            "arming was not asked for, so its refusal was not seen",
            "Take the propellers off and give --allow-arming.",
        )
    answer = examination.bench.ask_to_arm(within_s)
    where = examination.bench.where
    if not answer.disarmed:
        raise Refused("it is ARMED", where=where, do="Keep clear. Disarm it by radio control or cut its battery.")
    if not answer.refused:
        raise Refused(
            "it armed outside its own fence (and was disarmed again)",
            where=where,
            do="Set FENCE_TYPE and ARMING_CHECK so that the fence is checked before arming.",
        )
    return f"outside its fence it refused to arm: {answer.words}"


def _second(examination: Examination, within_s: float) -> str | Skip:
    if examination.second is None:
        return Skip("no second library is installed", "Install rangeops[acceptance].")
    examination.mode = examination.bench.mode(within_s / 4)
    examination.bench.close()
    sysid = examination.known().sysid
    sight = examination.second.look(sysid, tuple(examination.parameters), within_s * 3 / 4)
    wrong = [
        f"{name} is {sight.parameters.get(name)} instead of {value:g}"
        for name, value in examination.parameters.items()
        if sight.parameters.get(name) != value
    ]
    if sight.mode != examination.mode:
        wrong.append(f"the mode is {sight.mode} instead of {examination.mode}")
    if examination.fence_items is not None and sight.fence_items != examination.fence_items:
        wrong.append(f"{sight.fence_items} fence items instead of {examination.fence_items}")
    if wrong:
        raise Refused(
            f"{sight.library} sees another vehicle: {'; '.join(wrong)}",
            where=examination.bench.where,
            do="Make sure that one vehicle alone is on this link, and try again.",
        )
    armable = "armable" if sight.armable else "not armable"
    return (
        f"{sight.library} sees the same: mode {sight.mode}, {armable}, {len(sight.parameters)} parameters, "
        f"{sight.fence_items} fence items"
    )


STEPS: Final = (
    Step("identity", "Who it is", 20.0, _identity),
    Step("firmware", "Firmware", 1.0, _firmware),
    Step("capabilities", "What it can do", 1.0, _capabilities),
    Step("parameters", "Failsafe and fence parameters", 60.0, _parameters),
    Step("sensors", "Sensors", 10.0, _sensors),
    Step("battery", "Battery", 10.0, _battery),
    Step("gps", "Position", 60.0, _gps),
    Step("fence", "A fence up, back, and the old one again", 60.0, _fence),
    Step("arming", "Refusal to arm outside its fence", 30.0, _arming),
    Step("second", "A second library sees the same vehicle", 60.0, _second),
)


def _version(identity: Identity) -> str:
    return ".".join(map(str, identity.version))
