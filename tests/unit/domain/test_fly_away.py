"""Fly-away: who was told to stop or to come back, and moves away; and all that looks like it and isn't."""

from dataclasses import replace

import pytest
from desk import NOON

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.fly_away import FlyAway, Look
from rangeops.domain.now import Now
from rangeops.domain.stopping import stopping_distance_m
from rangeops.domain.telemetry import (
    Autopilot,
    EkfFlag,
    Estimator,
    Heartbeat,
    HomePosition,
    PositionReport,
    Sysid,
    SystemStatus,
    VehicleState,
)

D07 = Sysid(7)
GOOD = (
    EkfFlag.ATTITUDE
    | EkfFlag.VELOCITY_HORIZONTAL
    | EkfFlag.VELOCITY_VERTICAL
    | EkfFlag.POSITION_HORIZONTAL_ABSOLUTE
    | EkfFlag.POSITION_VERTICAL_ABSOLUTE
)
STEP_S = 0.2
INSIDE = Exposure(Standing.INSIDE)


def told(kind, stage=CommandStage.SEEN, number=1):
    return CommandProgress(CommandOrder(CommandId(f"C{number}"), D07, kind, "op1", "test"), stage)


def state(at_s, east_m, east_mps, mode, *, trusted=True, vehicle_class=VehicleClass.COPTER):
    """Where metres stand for degrees: `to_site` below is of such a site."""
    return VehicleState(
        D07,
        "udpin:127.0.0.1:14550",
        heartbeat=Heartbeat(
            at_s, Autopilot.ARDUPILOT, vehicle_class, 17, mode, armed=True, system_status=SystemStatus.ACTIVE
        ),
        position=PositionReport(at_s, 0, 0.0, east_m, 100.0, 60.0, 0.0, east_mps, 0.0, None),
        estimator=replace(Estimator(at_s, int(GOOD)) if trusted else Estimator(at_s, 0)),
        home=HomePosition(at_s, 0.0, 0.0, 40.0),
    )


def flown(places, *, kind=CommandKind.HOLD, mode="BRAKE", stage=CommandStage.SEEN, exposure=INSIDE, **how):
    """What was said along the way, a step each; places: east metres."""
    judge, said = FlyAway(), []
    pilot = how.pop("pilot", False)
    before = places[0]
    for number, east_m in enumerate(places):
        at_s = 1000.0 + number * STEP_S
        seen = state(at_s, east_m, (east_m - before) / STEP_S, mode, **how)
        margin = exposure if not callable(exposure) else exposure(number)
        look = Look(
            seen,
            told(kind, stage),
            margin,
            None,
            lambda north, east: (east, north),
            airborne=True,
            pilot_has_control=pilot,
        )
        said.append(judge.judge(look, Now(at_s, NOON)))
        before = east_m
    return said


def away(speed_mps, seconds):
    return [speed_mps * STEP_S * step for step in range(int(seconds / STEP_S))]


def test_who_holds_and_goes_on_is_one_once_it_is_past_its_stopping_distance():
    said = flown(away(10.0, 10.0))
    first = next(number for number, why in enumerate(said) if why)
    assert first * STEP_S * 10.0 == pytest.approx(15.0 + stopping_distance_m(None, 0.0), abs=3.0)
    assert said[-1] == "98 m from where it was told, 10 m/s outward"


def test_who_stops_within_its_distance_is_none():
    stopping = [20.0 * (1 - 0.9**step) for step in range(60)]
    judge_from_speed = flown([*away(10.0, 0.4), *[4.0 + each for each in stopping]])
    assert not any(judge_from_speed[:4])
    assert not any(flown([0.0] * 100))


def test_who_drifts_slowly_is_none():
    assert not any(flown(away(0.5, 120.0)))


def test_who_returns_is_none_and_who_flies_from_home_is_one():
    home_bound = [200.0 - step for step in range(190)]
    assert not any(flown(home_bound, kind=CommandKind.RTL, mode="RTL"))
    outward = [200.0 + step for step in range(100)]
    assert "from home" in flown(outward, kind=CommandKind.RTL, mode="RTL")[-1]


@pytest.mark.parametrize("mode", ["SMART_RTL", "AUTO_RTL"])
def test_who_comes_home_by_the_way_it_came_may_fly_from_it_at_first(mode):
    assert not any(flown([200.0 + step for step in range(100)], kind=CommandKind.RTL, mode=mode))


def test_a_plane_circles_where_it_holds():
    circle = [120.0 * (1 - abs((step % 200) - 100) / 100) for step in range(400)]
    assert not any(flown(circle, mode="LOITER", vehicle_class=VehicleClass.PLANE))
    assert flown(away(18.0, 30.0), mode="LOITER", vehicle_class=VehicleClass.PLANE)[-1]


def test_a_pilot_who_has_taken_over_is_none_nor_is_another_mode():
    assert not any(flown(away(10.0, 20.0), pilot=True))
    assert not any(flown(away(10.0, 20.0), mode="LOITER"))


def test_a_jump_when_trust_returns_is_none():
    judge = FlyAway()

    def look(at_s, east_m, *, trusted):
        seen = state(at_s, east_m, 0.0, "BRAKE", trusted=trusted)
        exposure = Exposure(Standing.INSIDE if trusted else Standing.UNKNOWN)
        given = Look(
            seen, told(CommandKind.HOLD), exposure, None, lambda n, e: (e, n), airborne=True, pilot_has_control=False
        )
        return judge.judge(given, Now(at_s, NOON))

    assert not look(1000.0, 0.0, trusted=True)
    assert not look(1001.0, 500.0, trusted=False)
    assert not look(1002.0, 500.0, trusted=True)


@pytest.mark.parametrize("stage", [CommandStage.NO_ACK, CommandStage.NOT_OBEYED, CommandStage.ACKED])
def test_who_never_gets_into_the_mode_is_one_while_it_gets_ever_farther_out(stage):
    def farther(number):
        return Exposure(Standing.BUFFER, margin_m=-2.0 * number)

    said = flown([0.0] * 60, mode="AUTO", stage=stage, exposure=farther)
    first = next(number for number, why in enumerate(said) if why)
    assert first * STEP_S >= 5.0
    assert not any(flown([0.0] * 60, mode="AUTO", stage=stage, exposure=Exposure(Standing.BUFFER, margin_m=-50.0)))
    inside = [Exposure(Standing.INSIDE, margin_m=90.0)]
    assert not any(flown([0.0] * 60, mode="AUTO", stage=stage, exposure=inside[0]))
