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
from rangeops.sim.traits import Craft, FenceRules, Role, Sensors

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle


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
    yaw_aligns_in_flight=True,
)

CRAFTS: Final[Mapping[VehicleClass, Craft]] = {VehicleClass.COPTER: COPTER}


def craft_of(airframe: Airframe, *, where: str) -> Craft:
    """Raises Invalid for a class that can't be simulated."""
    craft = CRAFTS.get(airframe.vehicle_class)
    if craft is None:
        known = ", ".join(sorted(vehicle_class.value for vehicle_class in CRAFTS))
        raise Invalid(
            f"airframe {airframe.id!r} is a {airframe.vehicle_class.value}, which can't be simulated",
            where=where,
            do=f"Choose one of class {known}.",
        )
    return craft
