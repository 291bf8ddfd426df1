"""What a vehicle did wrong is alarmed, however soon the next thing happens."""

from datetime import UTC, datetime

import pytest
from desk import TWENTE

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.alarms import Condition, SourceState
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.conditions import REBOOT_SHOWN_S, source_states, vehicle_assessments
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Autopilot, Heartbeat, Sysid, SystemStatus, VehicleState
from rangeops.watch.vehicle import DISOBEYED_SHOWN_S, FLEW_BEFORE_S, WatchedVehicle

D07 = Sysid(7)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> Now:
    return Now(seconds, NOON)


class Flight:
    def __init__(self) -> None:
        self.vehicle = WatchedVehicle(D07, 0.0)
        self.state = VehicleState(D07, "udpin:127.0.0.1:14550")

    def beats(self, at_s: float, *, armed: bool) -> None:
        status = SystemStatus.ACTIVE if armed else SystemStatus.STANDBY
        beat = Heartbeat(at_s, Autopilot.ARDUPILOT, VehicleClass.COPTER, 4, "GUIDED", armed, status)
        self.state = VehicleState(D07, "udpin:127.0.0.1:14550", beat)
        self.vehicle.judge(self.state, TWENTE.policy, at(at_s))

    def ends(self, kind: CommandKind, stage: CommandStage, at_s: float) -> None:
        order = CommandOrder(CommandId(kind.value), D07, kind, "policy", "test")
        self.vehicle.progressed(CommandProgress(order, stage, NOON), at(at_s))

    def facts(self, at_s: float):
        return self.vehicle.facts(self.state, TWENTE.policy, at(at_s), uplink_ok=True, clash="")

    def holds(self, at_s: float) -> set[Condition]:
        return {each.condition for each in vehicle_assessments(self.facts(at_s), at(at_s))}


@pytest.fixture
def flight():
    flown = Flight()
    flown.beats(10.0, armed=True)
    return flown


def test_a_hold_that_was_not_obeyed_is_alarmed_while_the_next_rung_is_under_way(flight):
    flight.ends(CommandKind.HOLD, CommandStage.NOT_OBEYED, 11.0)
    flight.ends(CommandKind.RTL, CommandStage.SENT, 11.0)  # in the very same turn
    assert Condition.COMMAND_NOT_OBEYED in flight.holds(11.1)
    flight.ends(CommandKind.RTL, CommandStage.SEEN, 11.3)
    assert Condition.COMMAND_NOT_OBEYED in flight.holds(11.4), "so soon that nobody has looked yet"
    assert Condition.COMMAND_NOT_OBEYED in flight.holds(11.0 + DISOBEYED_SHOWN_S)  # the look that ends it
    assert Condition.COMMAND_NOT_OBEYED not in flight.holds(11.1 + DISOBEYED_SHOWN_S)


def test_an_autopilot_that_restarts_in_the_air_is_not_on_the_ground_though_it_says_so(flight):
    flight.beats(11.5, armed=False)  # the first that it says after it
    flight.vehicle.rebooted(at(12.0))
    assert Condition.VEHICLE_REBOOTED in flight.holds(12.5)
    assert source_states(flight.facts(12.5), at(12.5)) == frozenset()
    later_s = 12.0 + REBOOT_SHOWN_S
    assert source_states(flight.facts(later_s), at(later_s)) == {SourceState.ON_GROUND}


def test_one_that_restarts_where_it_stands_is_on_the_ground(flight):
    stood_s = 10.0 + FLEW_BEFORE_S
    flight.beats(stood_s, armed=False)
    flight.vehicle.rebooted(at(stood_s))
    assert source_states(flight.facts(stood_s), at(stood_s)) == {SourceState.ON_GROUND}
