"""What every flight mode is, whatever the vehicle."""

from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from rangeops.sim.body import Steering

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

HEIGHT_CONTROL: Final = 0x2000  # MAV_SYS_STATUS_SENSOR_Z_ALTITUDE_CONTROL
POSITION_CONTROL: Final = 0x4000  # MAV_SYS_STATUS_SENSOR_XY_POSITION_CONTROL


class Maneuver(Protocol):
    """One piece of a flight: what a mode, or one command of a mission, is made of."""

    @property
    def taking_off(self) -> bool: ...
    @property
    def landing(self) -> bool: ...
    def steer(self) -> Steering: ...
    def finished(self) -> bool: ...


class FlightMode:
    """One mode while it is flown; made anew at every change into it."""

    number: ClassVar[int]
    name: ClassVar[str]
    needs_position: ClassVar[bool] = True
    armable: ClassVar[bool] = False
    is_guided: ClassVar[bool] = True  # HEARTBEAT base_mode has MAV_MODE_FLAG_GUIDED_ENABLED
    is_autopilot: ClassVar[bool] = True
    has_manual_throttle: ClassVar[bool] = False
    has_sticks: ClassVar[bool] = True  # MAV_MODE_FLAG_MANUAL_INPUT_ENABLED
    is_stabilized: ClassVar[bool] = True  # MAV_MODE_FLAG_STABILIZE_ENABLED
    disarms_when_landed: ClassVar[bool] = False
    control_bits: ClassVar[int] = HEIGHT_CONTROL | POSITION_CONTROL  # in SYS_STATUS

    def __init__(self, vehicle: "Vehicle") -> None:
        self.vehicle = vehicle

    def refuse(self) -> str | None:
        """Why the mode can't be entered now; asked before it is."""
        return None

    def enter(self) -> None: ...

    def leave(self) -> None: ...

    def landed(self) -> None:
        """It has come down, and disarms."""

    def steer(self) -> Steering:
        raise NotImplementedError

    @property
    def taking_off(self) -> bool:
        return False

    @property
    def landing(self) -> bool:
        return False

    def pause(self) -> bool:
        return False

    def resume(self) -> bool:
        return False

    def mission_changed(self) -> None:
        """A new current item was set from outside."""

    def fly_to(self, north_m: float, east_m: float, up_m: float) -> bool:  # noqa: ARG002 most modes take no target
        """Go to a target, where the mode takes one."""
        return False

    def take_target(self, north_m: float, east_m: float, up_m: float) -> None:
        """The same, asked by SET_POSITION_TARGET_*, which nobody answers."""
        self.fly_to(north_m, east_m, up_m)

    def change_height(self, up_m: float) -> None:
        """The height alone of what is flown, where the mode takes one."""

    def fly_velocity(self, north_mps: float, east_mps: float, climb_mps: float) -> None: ...

    def face(self, heading_rad: float) -> None:
        """Turn the nose there, where it isn't the way that says where it points."""

    def take_off(self, height_m: float) -> bool:  # noqa: ARG002 most modes have no take-off
        """User take-off to a height over home, where the mode has one."""
        return False

    @property
    def stands_by(self) -> bool:
        """HEARTBEAT's system_status is STANDBY."""
        return self.vehicle.land_complete and self.vehicle.navigation.initialised

    @property
    def fence_mitigation(self) -> int:
        """FENCE_MITIGATE: what is done lest the fence be reached."""
        return self.vehicle.craft.fence.mitigation

    @property
    def arming_problem(self) -> str | None:
        return None if self.armable else f"{self.name} mode not armable"

    def destination(self) -> tuple[float, float, float] | None:
        """Where it flies to, for NAV_CONTROLLER_OUTPUT."""
        return None
