"""What makes a vehicle a copter, a plane or a rover: its modes, its numbers, its parameters, its rules.

The classes themselves stand in craft.py; a new one is one more entry there, with flight modes of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from rangeops.domain.aircraft import Airframe
from rangeops.sim.body import Body
from rangeops.sim.parameters import Parameters

if TYPE_CHECKING:
    from rangeops.sim.failsafes import Failsafes
    from rangeops.sim.modes import FlightMode
    from rangeops.sim.vehicle import Vehicle


class Role(Enum):
    """What a failsafe, a fence or a command asks for, whatever the mode's number is."""

    START = auto()
    AUTO = auto()
    GUIDED = auto()
    LOITER = auto()
    RTL = auto()
    SMART_RTL = auto()
    LAND = auto()
    BRAKE = auto()
    HOLD = auto()
    CIRCLE = auto()
    GLIDE = auto()
    AIRBORNE = auto()  # what a scenario's vehicle flies that begins in the air


@dataclass(frozen=True, slots=True)
class Sensors:
    """MAV_SYS_STATUS_SENSOR bits in SYS_STATUS, without those that the vehicle's state sets."""

    present: int
    enabled: int
    healthy: int


@dataclass(frozen=True, slots=True)
class FenceRules:
    ladders: Mapping[int, tuple[Role, ...]]  # FENCE_ACTION: modes in the order in which they are tried
    give_up: Role | None  # further out than 100 m
    says_breach: bool
    holds_targets: bool  # GUIDED drops a target outside
    disarms_on_ground: bool
    mitigation: int  # FENCE_MITIGATE
    storage_bytes: int  # of the default board's fence areas
    capacity: int  # items


@dataclass(frozen=True, slots=True)
class Craft:
    mav_type: int
    vtol_state: int
    firmware: str
    frame: str
    parameters: str  # the file of its parameter set
    tune: Callable[[Airframe], Mapping[str, float]]
    modes: Mapping[int, "type[FlightMode]"]
    roles: Mapping[Role, int]
    missing_modes: Mapping[int, str]  # modes that it knows and can't fly: what it says
    body: Callable[[Airframe, float], Body]  # from the heading in radians
    sensors: Sensors
    fence: FenceRules
    failsafes: "type[Failsafes]"
    cruise_mps: Callable[[Parameters], float]
    return_mps: Callable[[Parameters], float]  # 0: as in cruise
    change_speed: "Callable[[Vehicle, int, float], float | None]"  # the speed taken; None: refused
    landed_state: "Callable[[Vehicle], int]"
    arm_text: str
    disarm_text: str
    boot_texts: tuple[tuple[float, str], ...] = ()  # beside those of every class: seconds after power-up, text
    drives: bool = False  # it moves on the ground
    pauses: bool = False  # it knows MAV_CMD_DO_PAUSE_CONTINUE
    yaws: bool = False  # it knows MAV_CMD_CONDITION_YAW
    takes_off: bool = True  # it knows MAV_CMD_NAV_TAKEOFF, whether or not it can
    terminates: bool = False  # MAV_CMD_DO_FLIGHTTERMINATION works without the advanced failsafe
    capabilities: int = 0  # of AUTOPILOT_VERSION
    needs_position_to_change_mode: bool = True
    home_has_altitude: bool = True
    yaw_aligns_in_flight: bool = False
    has_a_cruder_filter: bool = False  # whose position it sends when the filter has none: AHRS: DCM active
