"""Which ends of a command are the vehicle's disobedience, and which are the range's own no."""

import pytest
from desk import NOON, TWENTE

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.alarms import Condition
from rangeops.domain.commands import (
    NOT_SENT,
    NOTHING_WRITTEN,
    CommandId,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.conditions import VehicleFacts, containment_assessments, vehicle_assessments
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.leaving import Limit
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Autopilot, Heartbeat, Sysid, SystemStatus, VehicleState

D07 = Sysid(7)


@pytest.mark.parametrize(
    ("kind", "stage", "detail", "alarmed"),
    [
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, f"{NOT_SENT}it has no slot", False),
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, f"keeping: nobody has agreed{NOTHING_WRITTEN}", False),
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, "upload: no space", True),
        (CommandKind.LOAD_FENCE, CommandStage.REFUSED, "upload: it was armed; nothing more was written", True),
        (CommandKind.LOAD_FENCE, CommandStage.NOT_OBEYED, "item 0 differs", True),
        (CommandKind.HOLD, CommandStage.REFUSED, f"{NOT_SENT}its class isn't known", True),
    ],
)
def test_a_load_that_the_range_refused_is_no_disobedience(kind, stage, detail, alarmed):
    last = CommandProgress(CommandOrder(CommandId("C1"), D07, kind, "op1", "test"), stage, detail=detail)
    told = conditions_of(VehicleState(D07, "udpin:127.0.0.1:14550"), last)
    assert (Condition.COMMAND_NOT_OBEYED in told) is alarmed


@pytest.mark.parametrize("status", SystemStatus)
@pytest.mark.parametrize("armed", [True, False])
def test_its_own_failsafe_is_told_while_it_is_armed(status, armed):
    beat = Heartbeat(1000.0, Autopilot.ARDUPILOT, VehicleClass.COPTER, 6, "RTL", armed, status)
    told = conditions_of(VehicleState(D07, "udpin:127.0.0.1:14550", beat))
    assert (Condition.FAILSAFE_ON_BOARD in told) is (
        armed and status in (SystemStatus.CRITICAL, SystemStatus.EMERGENCY)
    )


def conditions_of(state, last=None):
    facts = VehicleFacts(
        state=state,
        source="D07",
        order=None,
        exposure=Exposure(Standing.UNKNOWN),
        policy=TWENTE.policy,
        watched_since_s=1000.0,
        uplink_ok=True,
        fence_verified=False,
        last_command=last,
        pilot_has_control=False,
        rebooted_at_s=None,
        clash="",
        unjudged="",
    )
    return {assessment.condition for assessment in vehicle_assessments(facts, Now(1000.0, NOON))}


def flying(exposure):
    beat = Heartbeat(1000.0, Autopilot.ARDUPILOT, VehicleClass.COPTER, 4, "GUIDED", True, SystemStatus.ACTIVE)  # noqa: FBT003
    state = VehicleState(D07, "udpin:127.0.0.1:14550", beat)
    told = containment_assessments("D07", state, exposure, TWENTE.policy)
    return {each.condition: each for each in told if each.present}


def inside(limit, edge, *, act_s=2.0, spare_s=2.0, standing=Standing.INSIDE):
    return Exposure(standing, 30.0, act_s + 3, act_s, edge, 20.0, limit, spare_s)


@pytest.mark.parametrize(
    ("exposure", "condition", "title"),
    [
        (inside(Limit.SIDE, "north edge"), Condition.FORECAST_EXIT, "Leaves its volume by the north edge"),
        (inside(Limit.FLOOR, "floor"), Condition.FORECAST_EXIT, "Leaves its volume by the floor"),
        (inside(Limit.CEILING, "ceiling"), Condition.ABOVE_CEILING, "Climbs through its ceiling"),
        (inside(Limit.ZONE, "edge of Housing"), Condition.PROHIBITED_ZONE, "Enters Housing"),
        (
            inside(Limit.SIDE, "east edge", standing=Standing.UNASSIGNED),
            Condition.FORECAST_EXIT,
            "Leaves the range by the east edge",
        ),
    ],
)
def test_what_is_ahead_has_one_alarm_that_names_it(exposure, condition, title):
    told = flying(exposure)
    assert {each: told[each].title for each in told} == {condition: title}


@pytest.mark.parametrize(
    ("act_s", "spare_s", "alarms"),
    [(5.9, 60.0, True), (6.1, 60.0, False), (6.1, 4.9, True), (6.1, 5.1, False), (None, None, False)],
)
def test_the_forecast_alarms_when_the_way_or_the_time_that_a_stop_takes_runs_short(act_s, spare_s, alarms):
    """Twente: 6 s before the last moment by the way, 5 s before it by the time."""
    exposure = Exposure(Standing.INSIDE, 30.0, 20.0, act_s, "north edge", 20.0, Limit.SIDE, spare_s)
    assert (Condition.FORECAST_EXIT in flying(exposure)) is alarms


def test_in_a_zone_of_its_own_volume_it_is_in_the_zone_and_not_out_of_its_volume():
    exposure = Exposure(
        Standing.BUFFER, -5.0, 0.0, 0.0, "edge of Housing", 20.0, Limit.ZONE, 0.0, "Housing", Standing.INSIDE
    )
    told = flying(exposure)
    assert told.keys() == {Condition.PROHIBITED_ZONE}
    assert told[Condition.PROHIBITED_ZONE].title == "Inside Housing"


def test_above_its_ceiling_it_is_out_of_its_volume_as_well():
    exposure = Exposure(
        Standing.CONTINGENCY, -3.0, 0.0, 0.0, "ceiling", 20.0, Limit.CEILING, 0.0, "", Standing.CONTINGENCY
    )
    told = flying(exposure)
    assert told.keys() == {Condition.ABOVE_CEILING, Condition.OUTSIDE_FLIGHT_GEOGRAPHY}
    assert told[Condition.ABOVE_CEILING].value == "3 m beyond the ceiling"
