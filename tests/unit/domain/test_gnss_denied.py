"""Within reach of GNSS jamming nothing is sent by itself; as soon as it is over, the ladder is what it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.enforcement import Enforcer
from rangeops.domain.ladder import Judgement
from rangeops.domain.now import Now
from rangeops.domain.policy import Automation, Policy, RungPolicy
from rangeops.domain.telemetry import Autopilot, Heartbeat, Sysid, SystemStatus, VehicleState

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SYSID = Sysid(7)
AUTO = Automation.AUTO
POLICY = Policy(
    forecast_exit=RungPolicy(AUTO, CommandKind.HOLD, then=CommandKind.RTL, then_after_s=5),
    outside_flight_geography=RungPolicy(AUTO, CommandKind.HOLD, then=CommandKind.RTL, then_after_s=5),
    leaving_contingency=RungPolicy(AUTO, CommandKind.RTL),
    outside_range=RungPolicy(AUTO, CommandKind.LAND),
    forecast_horizon_s=30,
    alarm_margin_s=6,
    reaction_margin_s=3,
    withdrawn=RungPolicy(AUTO, CommandKind.HOLD),
)
EXPOSURES = [
    Exposure(Standing.INSIDE, 30.0, 5.0, 2.5, "east edge"),
    Exposure(Standing.CONTINGENCY, -5.0, 0.0, 0.0, "east edge"),
    Exposure(Standing.BUFFER, -60.0, 0.0, 0.0, "east edge"),
    Exposure(Standing.OUTSIDE_RANGE, -300.0, 0.0, 0.0, "east edge"),
]


def look(enforcer, seconds, exposure, *, denied, withdrawn=False, mode="AUTO"):
    heartbeat = Heartbeat(1000.0, Autopilot.ARDUPILOT, VehicleClass.COPTER, 3, mode, True, SystemStatus.ACTIVE)  # noqa: FBT003
    state = VehicleState(SYSID, "udpin:127.0.0.1:14550", heartbeat)
    judgement = Judgement(state, exposure, True, lambda _: (), gnss_denied=denied, withdrawn=withdrawn)  # noqa: FBT003
    return list(enforcer.judged(judgement, POLICY, Now(1000.0 + seconds, START + timedelta(seconds=seconds))))


@pytest.mark.parametrize("exposure", EXPOSURES)
def test_no_rung_sends_anything_while_gnss_is_denied(exposure):
    enforcer = Enforcer(SYSID)
    assert not any(look(enforcer, n, exposure, denied=True) for n in range(60))


@pytest.mark.parametrize("exposure", EXPOSURES)
def test_the_same_rung_sends_when_it_is_not(exposure):
    enforcer = Enforcer(SYSID)
    assert any(look(enforcer, n, exposure, denied=False) for n in range(3))


def test_nobody_is_held_by_itself_whose_clearance_was_withdrawn_there():
    enforcer = Enforcer(SYSID)
    safe = Exposure(Standing.INSIDE, 100.0)
    assert not any(look(enforcer, n, safe, denied=True, withdrawn=True) for n in range(10))


def test_what_is_still_outside_when_the_jamming_ends_is_told_then():
    enforcer = Enforcer(SYSID)
    for n in range(5):
        look(enforcer, n, EXPOSURES[1], denied=True)
    assert [order.kind for order in look(enforcer, 5, EXPOSURES[1], denied=False)] == [CommandKind.HOLD]


def test_a_hold_that_was_not_obeyed_is_not_followed_by_more_once_gnss_is_denied():
    enforcer = Enforcer(SYSID)
    (order,) = [sent for n in range(3) for sent in look(enforcer, n, EXPOSURES[1], denied=False)]
    enforcer.progressed(CommandProgress(order, CommandStage.NOT_OBEYED), Now(1004.0, START))
    assert not any(look(enforcer, n, EXPOSURES[1], denied=True) for n in range(5, 20))


def test_a_persons_command_is_his_own():
    enforcer = Enforcer(SYSID)
    for n in range(3):
        look(enforcer, n, EXPOSURES[1], denied=True)
    order = CommandOrder(CommandId("op1-1"), SYSID, CommandKind.LAND, "op1", "jammed")
    enforcer.progressed(CommandProgress(order, CommandStage.SEEN), Now(1003.0, START))
    assert enforcer.episode is not None
    assert enforcer.episode.by == "op1"


def test_orders_know_when_gnss_is_denied(one_order):
    order = replace(one_order, gnss_denied=((START, START + timedelta(minutes=10)),))
    assert order.is_gnss_denied(START)
    assert order.is_gnss_denied(START + timedelta(minutes=10))
    assert not order.is_gnss_denied(START - timedelta(seconds=1))
    assert not one_order.is_gnss_denied(START)


@pytest.fixture
def one_order():
    from desk import Desk

    desk = Desk()
    desk.briefed()
    return desk.orders[-1].vehicles[0]
