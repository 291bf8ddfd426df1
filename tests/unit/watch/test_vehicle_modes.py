"""Whose doing a change of mode is: ours, or somebody else's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from desk import TWENTE

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind
from rangeops.domain.events import ModeChanged
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Autopilot, Heartbeat, Sysid, SystemStatus, VehicleState
from rangeops.watch.vehicle import COMMANDED_MODE_S, WatchedVehicle

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NUMBERS = {"AUTO": 3, "GUIDED": 4, "RTL": 6, "LAND": 9, "BRAKE": 17}
ARMED = True


class Flight:
    """A copter that nobody has cleared, and what its changes of mode are said to be."""

    def __init__(self) -> None:
        self.vehicle = WatchedVehicle(Sysid(7), 0.0)
        self.state = VehicleState(Sysid(7), "udpin:127.0.0.1:14550")
        self.at("AUTO", 1.0)

    def at(self, mode: str, at_s: float) -> list[tuple[str, bool]]:
        status = SystemStatus.ACTIVE
        heartbeat = Heartbeat(at_s, Autopilot.ARDUPILOT, VehicleClass.COPTER, NUMBERS[mode], mode, ARMED, status)
        self.state = replace(self.state, heartbeat=heartbeat)
        self.vehicle.judge(self.state, TWENTE.policy, Now(at_s, NOON))
        told = self.vehicle.told(self.state, Now(at_s, NOON))
        return [(event.mode, event.commanded) for event in told if isinstance(event, ModeChanged)]


@pytest.fixture
def flight():
    return Flight()


@pytest.mark.parametrize(
    ("kind", "mode"), [(CommandKind.HOLD, "BRAKE"), (CommandKind.RTL, "RTL"), (CommandKind.LAND, "LAND")]
)
def test_the_mode_that_a_command_leads_to_is_commanded(flight, kind, mode):
    flight.vehicle.commanded(kind, Now(2.0, NOON))
    assert flight.at(mode, 2.3) == [(mode, True)]


def test_a_pilot_who_flies_on_right_after_a_hold_is_not_called_commanded(flight):
    flight.vehicle.commanded(CommandKind.HOLD, Now(2.0, NOON))
    assert flight.at("BRAKE", 2.1) == [("BRAKE", True)]
    assert flight.at("GUIDED", 2.2) == [("GUIDED", False)]


def test_a_mode_long_after_the_command_is_somebody_elses(flight):
    flight.vehicle.commanded(CommandKind.HOLD, Now(2.0, NOON))
    assert flight.at("BRAKE", 2.0 + COMMANDED_MODE_S) == [("BRAKE", False)]


def test_a_mode_change_without_a_command_is_somebody_elses(flight):
    assert flight.at("GUIDED", 2.0) == [("GUIDED", False)]
