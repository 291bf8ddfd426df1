"""A day of every class, flown by ArduPilot's own binaries: five copters, a plane and a rover on the real processes.

Only where RANGEOPS_ARDUPILOT names them, since it takes minutes of real time (sitl/README.md). `make prove` plays it with our
simulator as well.
"""

import os

import pytest
from backends import why_not_real
from class_day_played import played

from rangeops.domain.aircraft import VehicleClass

CLASSES = (VehicleClass.COPTER, VehicleClass.PLANE, VehicleClass.ROVER)
WHY_NOT = next((why for each in CLASSES if (why := why_not_real(each))), "")

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(
        "RANGEOPS_ARDUPILOT" not in os.environ or bool(WHY_NOT),
        reason=WHY_NOT or "RANGEOPS_ARDUPILOT isn't set: minutes of real time are flown only when asked for",
    ),
]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    day = played(tmp_path_factory.mktemp("day"), ardupilot=True)
    print(f"{day.vehicles} vehicles, {day.took_s:.0f} s, load {day.load:.1f}")
    for what, figure in day.figures.items():
        print(f"{what}: {figure}")
    return day


def test_everybody_played_his_part_and_the_range_its_own(day):
    assert day.unfulfilled == []


def test_what_must_hold_after_any_day_holds(day):
    assert day.broken == []


def test_the_record_verifies(day):
    assert day.verified
