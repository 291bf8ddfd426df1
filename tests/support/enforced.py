"""An Enforcer flown by hand: judged five times a second, its commands and their progress told in seconds."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.enforcement import Enforcer
from rangeops.domain.episodes import Episode
from rangeops.domain.ladder import Judgement, airborne
from rangeops.domain.next_act import NextAct
from rangeops.domain.now import Now
from rangeops.domain.policy import Automation, Policy, RungPolicy
from rangeops.domain.telemetry import Autopilot, Heartbeat, Sysid, SystemStatus, VehicleState

START = datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC)
D07 = Sysid(7)
HOLD, RTL, LAND = CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND
AUTO, CONFIRM, ADVISE = Automation.AUTO, Automation.CONFIRM, Automation.ADVISE
POLICY = Policy(
    forecast_exit=RungPolicy(AUTO, HOLD, then=RTL, then_after_s=5),
    outside_flight_geography=RungPolicy(AUTO, HOLD, then=RTL, then_after_s=5),
    leaving_contingency=RungPolicy(AUTO, RTL),
    outside_range=RungPolicy(CONFIRM, LAND),
    forecast_horizon_s=30,
    alarm_margin_s=6,
    reaction_margin_s=3,
)
SAFE = Exposure(Standing.INSIDE, 100.0)
AHEAD = Exposure(Standing.INSIDE, 60.0, 9.0, 7.0, "east edge")
LEAVING = Exposure(Standing.INSIDE, 30.0, 5.0, 2.5, "east edge")
OUT = Exposure(Standing.CONTINGENCY, -5.0, 0.0, 0.0, "east edge")
FAR_OUT = Exposure(Standing.BUFFER, -60.0, 0.0, 0.0, "east edge")
GONE = Exposure(Standing.OUTSIDE_RANGE, -900.0, 0.0, 0.0, "east edge")
UNKNOWN = Exposure(Standing.UNKNOWN)


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, START + timedelta(seconds=seconds))


def state(
    mode: str = "AUTO",
    *,
    armed: bool = True,
    status: SystemStatus = SystemStatus.ACTIVE,
    vehicle_class: VehicleClass = VehicleClass.COPTER,
) -> VehicleState:
    heartbeat = Heartbeat(1000.0, Autopilot.ARDUPILOT, vehicle_class, 3, mode, armed, status)
    return VehicleState(D07, "udpin:127.0.0.1:14550", heartbeat)


@dataclass
class Flight:
    """An Enforcer, what it sent and when, told in seconds."""

    policy: Policy = POLICY
    enforcer: Enforcer = field(default_factory=lambda: Enforcer(D07))
    sent: list[tuple[float, CommandOrder]] = field(default_factory=list)
    seconds: float = 0.0
    mode: str = "AUTO"

    def looks(self, exposure: Exposure, *, for_s: float = 0.2, **changes) -> "Flight":
        """Judged five times a second, all the time the same."""
        for _ in range(round(for_s / 0.2)):
            self.seconds = round(self.seconds + 0.2, 3)
            judgement = Judgement(state(self.mode), exposure, airborne(state(self.mode)), lambda _state: ())
            judgement = replace(judgement, **changes)
            orders = self.enforcer.judged(judgement, self.policy, at(self.seconds))
            self.sent += [(self.seconds, order) for order in orders]
        return self

    def reaches(self, stage: CommandStage, detail: str = "") -> "Flight":
        order = self.sent[-1][1]
        if stage is CommandStage.SEEN:
            self.mode = {HOLD: "BRAKE", RTL: "RTL", LAND: "LAND"}[order.kind]
        self.enforcer.progressed(CommandProgress(order, stage, at(self.seconds).utc, detail=detail), at(self.seconds))
        return self

    def person(
        self, kind: CommandKind, stage: CommandStage = CommandStage.SENT, *, number: str = "C1", by: str = "op1"
    ) -> "Flight":
        """A person's own command gets so far."""
        order = CommandOrder(CommandId(number), D07, kind, by, "enough")
        self.enforcer.progressed(CommandProgress(order, stage), at(self.seconds))
        return self

    def inhibit(self, by: str = "op1") -> None:
        self.enforcer.inhibit(by, "its pilot is turning", self.policy, at(self.seconds))

    @property
    def next(self) -> NextAct | None:
        return self.enforcer.next_act(self.policy, at(self.seconds))

    @property
    def kinds(self) -> list[CommandKind]:
        return [order.kind for _, order in self.sent]

    @property
    def episode(self) -> Episode:
        assert self.enforcer.episode is not None
        return self.enforcer.episode


def held() -> Flight:
    return Flight().looks(LEAVING, for_s=0.4).reaches(CommandStage.SEEN)
