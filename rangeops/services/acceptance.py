"""Bench acceptance of a company's aircraft before its first slot: steps as data, over two ports.

Each step has a deadline and ends in a verdict that says what, where and what to do. One that fails doesn't stop the
others, but for the first: without a vehicle there is nothing to look at. The steps themselves: acceptance_steps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.certificates import Certificate, Figure, StepResult, Verdict, parameters_sha256
from rangeops.domain.errors import RangeopsError
from rangeops.domain.hardware import AcceptanceLimits, IdBlock
from rangeops.domain.kept import FenceItem
from rangeops.domain.now import Now
from rangeops.domain.parameters import table_sha256
from rangeops.domain.telemetry import Battery, GpsFix


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

    @property
    def firmware(self) -> str:
        return ".".join(map(str, self.version))


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
    def table(self, within_s: float) -> Mapping[str, float]:
        """Every parameter."""

    def fence(self, within_s: float) -> tuple[FenceItem, ...]: ...
    def put_fence(self, items: Sequence[FenceItem], within_s: float) -> None:
        """What was on board before the first of these calls is kept on the disk until `put_back`."""

    def put_back(self, within_s: float) -> None:
        """What was on board before anything was written, read back equal. Raises Refused where it isn't."""

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
    table: Mapping[str, float] = field(default_factory=dict)
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
    steps: Sequence[Step],
    clock: Callable[[], Now],
    told: Callable[[StepResult], None] = lambda _result: None,
) -> Certificate:
    """Go through all steps, telling each as it ends, and say what it came to."""
    results: list[StepResult] = []
    for step in steps:
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
        firmware=identity.firmware if identity else "",
        firmware_sha=identity.firmware_sha if identity else "",
        parameters=parameters,
        parameters_sha256=parameters_sha256(parameters),
        table_sha256=table_sha256(f"{identity.firmware} {identity.firmware_sha}".strip(), examination.table)
        if identity and examination.table
        else "",
        table_count=len(examination.table),
        accepted=not any(result.verdict is Verdict.FAILED for result in results),
        steps=results,
        figures=tuple(examination.figures),
        issued_utc=now.utc,
        valid_until_utc=now.utc + timedelta(days=terms.limits.valid_days),
        by=terms.by,
    )
