"""What every flight mode is, whatever the vehicle."""

from typing import TYPE_CHECKING, ClassVar, Final

from rangeops.sim.dynamics import Steering

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

HEIGHT_CONTROL: Final = 0x2000  # MAV_SYS_STATUS_SENSOR_Z_ALTITUDE_CONTROL
POSITION_CONTROL: Final = 0x4000  # MAV_SYS_STATUS_SENSOR_XY_POSITION_CONTROL


class FlightMode:
    """One mode while it is flown; made anew at every change into it."""

    number: ClassVar[int]
    name: ClassVar[str]
    needs_position: ClassVar[bool] = True
    armable: ClassVar[bool] = False
    is_guided: ClassVar[bool] = True  # HEARTBEAT base_mode has MAV_MODE_FLAG_GUIDED_ENABLED
    is_autopilot: ClassVar[bool] = True
    has_manual_throttle: ClassVar[bool] = False
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

    def take_off(self, height_m: float) -> bool:  # noqa: ARG002 most modes have no take-off
        """User take-off to a height over home, where the mode has one."""
        return False

    def destination(self) -> tuple[float, float, float] | None:
        """Where it flies to, for NAV_CONTROLLER_OUTPUT."""
        return None
