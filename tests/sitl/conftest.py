"""The vehicle that the captures were recorded from: ArduCopter 4.5.7's simulated quad with its default parameters."""

import pytest

from rangeops.domain.aircraft import Airframe, BrakeTest, VehicleClass
from rangeops.sim.scenario import Place, VehicleSpec


@pytest.fixture(scope="session")
def captured_airframe():
    return Airframe(
        id="captured-quad",
        name="The quad of the captures",
        vehicle_class=VehicleClass.COPTER,
        mtom_kg=3.0,
        characteristic_dimension_m=0.5,
        cruise_speed_mps=10.0,
        max_speed_mps=10.0,
        climb_speed_mps=2.5,
        descent_speed_mps=1.5,
        max_tilt_deg=30.0,
        deceleration_mps2=2.5,
        reaction_lag_s=0.8,
        brake_tests=(
            BrakeTest(5.1, 9.1),
            BrakeTest(7.8, 15.3),
            BrakeTest(8.2, 16.1),
            BrakeTest(9.6, 19.7),
            BrakeTest(10.0, 20.6),
        ),
        battery_capacity_mah=3300.0,
        battery_cells=3,
        hover_current_a=22.0,
        cruise_current_a=29.0,
        battery_reserve_percent=25.0,
    )


@pytest.fixture(scope="session")
def captured_spec(captured_airframe):
    return VehicleSpec(
        callsign="D21",
        sysid=21,
        airframe=captured_airframe,
        home=Place(52.275833, 6.889167),
        home_elevation_amsl_m=35.0,
        heading_deg=53.0,
        ready_after_s=42.0,
    )
