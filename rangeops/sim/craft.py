"""The classes of vehicle: ArduCopter, ArduPlane and Rover 4.5.7 as recorded (docs/simulator.md)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.errors import Invalid
from rangeops.sim.channel import mavlink
from rangeops.sim.copter import COPTER_MODES
from rangeops.sim.copter_auto import Auto
from rangeops.sim.dynamics import Multirotor, limits_of
from rangeops.sim.failsafes import Failsafes
from rangeops.sim.plane import PLANE_MODES, QUADPLANE_MODES
from rangeops.sim.plane_failsafes import PlaneFailsafes
from rangeops.sim.rover import ROVER_MODES
from rangeops.sim.rover_failsafes import LADDERS, RoverFailsafes
from rangeops.sim.traits import Craft, FenceRules, Role, Sensors
from rangeops.sim.wheels import Wheels
from rangeops.sim.wings import FixedWing

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_LOITER_RADIUS_M: Final = 100.0
_SLOWEST_SHARE: Final = 0.65  # of the cruise speed: the least that a builder lets a plane fly at
_AIRSPEED: Final = 0  # SPEED_TYPE


def _tuned_copter(airframe: Airframe) -> Mapping[str, float]:
    """What a builder sets for an airframe."""
    return {
        "WPNAV_SPEED": airframe.cruise_speed_mps * 100,
        "WPNAV_SPEED_UP": airframe.climb_speed_mps * 100,
        "WPNAV_SPEED_DN": airframe.descent_speed_mps * 100,
        "PILOT_SPEED_UP": airframe.climb_speed_mps * 100,
        "WPNAV_ACCEL": airframe.deceleration_mps2 * 100,
        "ANGLE_MAX": airframe.max_tilt_deg * 100,
        **_tuned_battery(airframe),
    }


def _tuned_battery(airframe: Airframe) -> Mapping[str, float]:
    return {"BATT_CAPACITY": airframe.battery_capacity_mah, "BATT_LOW_VOLT": 3.5 * airframe.battery_cells}


def _any_speed(vehicle: "Vehicle", _kind: int, speed_mps: float) -> float | None:
    return min(speed_mps, vehicle.spec.airframe.max_speed_mps)


def _copter_landed_state(vehicle: "Vehicle") -> int:
    if vehicle.land_complete:
        return int(mavlink.MAV_LANDED_STATE_ON_GROUND)
    if vehicle.mode.landing:
        return int(mavlink.MAV_LANDED_STATE_LANDING)
    return int(mavlink.MAV_LANDED_STATE_TAKEOFF if vehicle.mode.taking_off else mavlink.MAV_LANDED_STATE_IN_AIR)


COPTER: Final = Craft(
    mav_type=mavlink.MAV_TYPE_QUADROTOR,
    vtol_state=mavlink.MAV_VTOL_STATE_MC,
    firmware="ArduCopter V4.5.7",
    frame="QUAD/PLUS",
    parameters="copter-4.5.7",
    tune=_tuned_copter,
    modes={mode.number: mode for mode in (*COPTER_MODES, Auto)},
    roles={
        Role.START: 0,
        Role.AUTO: 3,
        Role.GUIDED: 4,
        Role.LOITER: 5,
        Role.RTL: 6,
        Role.SMART_RTL: 21,
        Role.LAND: 9,
        Role.BRAKE: 17,
        Role.AIRBORNE: 17,
    },
    missing_modes={},
    body=lambda airframe, heading_rad: Multirotor(limits_of(airframe), heading_rad),
    sensors=Sensors(present=0x5361FC0F, enabled=0x52419C0F, healthy=0x47419C0F),
    fence=FenceRules(
        ladders={
            1: (Role.RTL, Role.LAND),
            2: (Role.LAND,),
            3: (Role.SMART_RTL, Role.RTL, Role.LAND),
            4: (Role.BRAKE, Role.LAND),
            5: (Role.SMART_RTL, Role.LAND),
        },
        give_up=Role.LAND,
        says_breach=True,
        holds_targets=True,
        disarms_on_ground=True,
        mitigation=mavlink.FENCE_MITIGATE_NONE,
        storage_bytes=560,
        capacity=70,
    ),
    failsafes=Failsafes,
    cruise_mps=lambda parameters: parameters["WPNAV_SPEED"] / 100,
    return_mps=lambda parameters: parameters["RTL_SPEED"] / 100,
    change_speed=_any_speed,
    landed_state=_copter_landed_state,
    arm_text="Arming motors",
    disarm_text="Disarming motors",
    boot_texts=((2.48, "RC7: SaveWaypoint LOW"),),
    pauses=True,
    yaws=True,
    terminates=True,
    capabilities=0xFBEF,
    yaw_aligns_in_flight=True,
)


def _tuned_plane(airframe: Airframe) -> Mapping[str, float]:
    cruise = airframe.cruise_speed_mps
    return {
        "AIRSPEED_CRUISE": cruise,
        "AIRSPEED_MIN": cruise * _SLOWEST_SHARE,
        "AIRSPEED_MAX": airframe.max_speed_mps,
        "ROLL_LIMIT_DEG": airframe.max_tilt_deg,
        "TECS_CLMB_MAX": airframe.climb_speed_mps,
        "TECS_SINK_MAX": airframe.descent_speed_mps,
        "WP_LOITER_RAD": _LOITER_RADIUS_M,
        **_tuned_battery(airframe),
    }


def _air_speed(vehicle: "Vehicle", kind: int, speed_mps: float) -> float | None:
    """Only an airspeed, and only between AIRSPEED_MIN and AIRSPEED_MAX."""
    parameters = vehicle.parameters
    if kind != _AIRSPEED or not parameters["AIRSPEED_MIN"] <= speed_mps <= parameters["AIRSPEED_MAX"]:
        return None
    vehicle.text(mavlink.MAV_SEVERITY_INFO, f"Set airspeed {int(speed_mps)} m/s")
    return speed_mps


def _plane_landed_state(vehicle: "Vehicle") -> int:
    landed = vehicle.land_complete
    return int(mavlink.MAV_LANDED_STATE_ON_GROUND if landed else mavlink.MAV_LANDED_STATE_IN_AIR)


PLANE: Final = Craft(
    mav_type=mavlink.MAV_TYPE_FIXED_WING,
    vtol_state=mavlink.MAV_VTOL_STATE_UNDEFINED,
    firmware="ArduPlane V4.5.7",
    frame="PLANE",
    parameters="plane-4.5.7",
    tune=_tuned_plane,
    modes={mode.number: mode for mode in PLANE_MODES},
    roles={
        Role.START: 0,
        Role.AUTO: 10,
        Role.GUIDED: 15,
        Role.LOITER: 12,
        Role.RTL: 11,
        Role.CIRCLE: 1,
        Role.GLIDE: 5,
        Role.AIRBORNE: 12,
    },
    missing_modes=dict.fromkeys(QUADPLANE_MODES, "Q_ENABLE 0"),
    body=FixedWing,
    sensors=Sensors(present=0x1361FC1F, enabled=0x12419C1F, healthy=0x03019C1F),
    fence=FenceRules(
        ladders={1: (Role.RTL,), 6: (Role.GUIDED,), 7: (Role.GUIDED,)},
        give_up=None,
        says_breach=True,
        holds_targets=False,
        disarms_on_ground=False,
        mitigation=mavlink.FENCE_MITIGATE_UNKNOWN,
        storage_bytes=672,
        capacity=84,
    ),
    failsafes=PlaneFailsafes,
    cruise_mps=lambda parameters: parameters["AIRSPEED_CRUISE"],
    return_mps=lambda _parameters: 0.0,
    change_speed=_air_speed,
    landed_state=_plane_landed_state,
    arm_text="Throttle armed",
    disarm_text="Throttle disarmed",
    capabilities=0xF36F,
    needs_position_to_change_mode=False,
)


def _tuned_rover(airframe: Airframe) -> Mapping[str, float]:
    return {
        "CRUISE_SPEED": airframe.cruise_speed_mps,
        "WP_SPEED": airframe.cruise_speed_mps,
        **_tuned_battery(airframe),
    }


ROVER: Final = Craft(
    mav_type=mavlink.MAV_TYPE_GROUND_ROVER,
    vtol_state=mavlink.MAV_VTOL_STATE_UNDEFINED,
    firmware="ArduRover V4.5.7",
    frame="ROVER",
    parameters="rover-4.5.7",
    tune=_tuned_rover,
    modes={mode.number: mode for mode in ROVER_MODES},
    roles={
        Role.START: 0,
        Role.AUTO: 10,
        Role.GUIDED: 15,
        Role.LOITER: 5,
        Role.RTL: 11,
        Role.SMART_RTL: 12,
        Role.HOLD: 4,
    },
    missing_modes={},
    body=Wheels,
    sensors=Sensors(present=0x1320DC0F, enabled=0x1200800F, healthy=0x0300810F),
    fence=FenceRules(
        ladders=LADDERS,
        give_up=Role.HOLD,
        says_breach=False,
        holds_targets=False,
        disarms_on_ground=False,
        mitigation=mavlink.FENCE_MITIGATE_NONE,
        storage_bytes=672,
        capacity=84,
    ),
    failsafes=RoverFailsafes,
    cruise_mps=lambda parameters: parameters["WP_SPEED"],
    return_mps=lambda parameters: parameters["RTL_SPEED"],
    change_speed=_any_speed,
    landed_state=lambda _vehicle: int(mavlink.MAV_LANDED_STATE_UNDEFINED),
    arm_text="Throttle armed",
    disarm_text="Throttle disarmed",
    drives=True,
    takes_off=False,
    capabilities=0xF1EF,
    home_has_altitude=False,
    has_a_cruder_filter=True,
)

CRAFTS: Final[Mapping[VehicleClass, Craft]] = {
    VehicleClass.COPTER: COPTER,
    VehicleClass.PLANE: PLANE,
    VehicleClass.ROVER: ROVER,
}


def craft_of(airframe: Airframe, *, where: str) -> Craft:
    """Raises Invalid for a class that can't be simulated."""
    craft = CRAFTS.get(airframe.vehicle_class)
    if craft is None:
        known = ", ".join(sorted(vehicle_class.value for vehicle_class in CRAFTS))
        raise Invalid(
            f"airframe {airframe.id!r} is is of class {airframe.vehicle_class.value}, which can't be simulated",
            where=where,
            do=f"Choose one of class {known}.",
        )
    return craft
