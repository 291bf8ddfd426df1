"""A vehicle under command, whose telemetry a test sets, and the machine that commands it."""

from dataclasses import dataclass, field

from mavlink_world import instant

from rangeops.adapters.mavlink.abilities import CAN_COMMAND_INT, CAN_FENCE, CAN_TERMINATE
from rangeops.adapters.mavlink.commands import CommandMachine
from rangeops.adapters.mavlink.messages import AutopilotVersion, CommandAck, Statustext
from rangeops.adapters.mavlink.transactions import Send
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage, CommandTarget
from rangeops.domain.telemetry import (
    Autopilot,
    Estimator,
    Heartbeat,
    Landed,
    LandedState,
    PositionReport,
    Sysid,
    SystemHealth,
    SystemStatus,
    VehicleState,
)

K = CommandKind
COPTER, PLANE, ROVER = VehicleClass.COPTER, VehicleClass.PLANE, VehicleClass.ROVER
NAMES = {(COPTER, 3): "AUTO", (COPTER, 4): "GUIDED", (COPTER, 17): "BRAKE", (COPTER, 0): "STABILIZE"}
NAMES |= {(PLANE, 10): "AUTO", (PLANE, 12): "LOITER", (PLANE, 15): "GUIDED", (ROVER, 10): "AUTO", (ROVER, 4): "HOLD"}
ALL = CAN_COMMAND_INT | CAN_TERMINATE | CAN_FENCE
METRE = 1 / 111_195.0
UP = CommandTarget(height_above_home_m=20.0)
NORTH = CommandTarget(latitude_deg=52.0 + 100 * METRE, longitude_deg=6.0, altitude_amsl_m=60.0)
TARGETS = {K.TAKEOFF: UP, K.GOTO: NORTH}


def can(capabilities: int) -> AutopilotVersion:
    return AutopilotVersion(capabilities, 0, 0, 0, 0, 0, 0, 0, (0,) * 8, (0,) * 8, (0,) * 8, (0,) * 18)


@dataclass
class Commanded:
    """A machine and the vehicle that it commands, whose telemetry a test sets."""

    vehicle_class: VehicleClass = COPTER
    autopilot: Autopilot = Autopilot.ARDUPILOT
    mode: int = 4
    armed: bool = True
    status: SystemStatus = SystemStatus.ACTIVE
    north_m: float = 0.0
    height_m: float = 25.0
    speed_mps: float = 0.0
    landed: LandedState = LandedState.IN_AIR
    fence: bool = False
    flags: int = 0x33F
    identity: AutopilotVersion | None = field(default_factory=lambda: can(ALL))
    now_s: float = 100.0
    heard: bool = True
    outputs: list = field(default_factory=list)

    def __post_init__(self):
        self.machine = CommandMachine(250)

    @property
    def state(self) -> VehicleState:
        at_s = self.now_s if self.heard else 1.0
        name = NAMES.get((self.vehicle_class, self.mode), "")
        return VehicleState(
            Sysid(21),
            "udpin:127.0.0.1:14550",
            heartbeat=Heartbeat(at_s, self.autopilot, self.vehicle_class, self.mode, name, self.armed, self.status),
            position=PositionReport(
                at_s, int(at_s * 1000), 52.0 + self.north_m * METRE, 6.0, 35.0 + self.height_m, self.height_m,
                self.speed_mps, 0.0, 0.0, None,
            ),
            estimator=Estimator(at_s, self.flags),
            health=SystemHealth(
                at_s, prearm_ok=True, fence_present=True, fence_enabled=self.fence, fence_healthy=True
            ),
            landed=Landed(at_s, self.landed),
        )  # fmt: skip

    def order(
        self, kind: CommandKind, target: CommandTarget | None = None, *, second: str = "", by: str = "op1"
    ) -> CommandOrder:
        order = CommandOrder(
            CommandId(f"{kind.value}-{len(self.outputs)}"), Sysid(21), kind, by, "test", target, second
        )
        self.outputs += self.machine.begin(order, self.state, instant(self.now_s), self.identity)
        return order

    def ack(self, result: int = 0, *words: str) -> None:
        command = self.sent[-1].command
        for message in (
            *(Statustext(4, text.encode(), 0, 0) for text in words),
            CommandAck(command, result, 0, 0, 250, 190),
        ):
            self.outputs += self.machine.received(message, instant(self.now_s))

    def shows(self, **change: object) -> None:
        for name, value in change.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.now_s += 0.1
        self.outputs += self.machine.observed(self.state, instant(self.now_s))

    def wait(self, seconds: float, **a_second: float) -> None:
        """Telemetry five times a second; a_second: what grows so much a second."""
        for _ in range(round(seconds * 5)):
            self.now_s += 0.2
            for name, rate in a_second.items():
                setattr(self, name, getattr(self, name) + rate / 5)
            self.outputs += self.machine.observed(self.state, instant(self.now_s))
            self.outputs += self.machine.timed_out(self.state, instant(self.now_s))

    @property
    def sent(self) -> list:
        return [output.message for output in self.outputs if isinstance(output, Send)]

    def stages(self, order: CommandOrder) -> list[CommandStage]:
        return [each.stage for each in self.outputs if isinstance(each, CommandProgress) and each.order == order]

    @property
    def last(self) -> CommandProgress:
        return [each for each in self.outputs if isinstance(each, CommandProgress)][-1]
