"""What an operator sees first when it matters: one picture a situation, at 120x36 and at 80x24."""

import math
from dataclasses import replace

import pytest
import specimens
from test_snapshots import CALM, SIZES, seen

from rangeops.client.feed import Connected, Disconnected
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.next_act import NextAct
from rangeops.domain.policy import Rung
from rangeops.domain.separation import Verdict
from rangeops.wire.picture import EncounterView

__all__ = ["seen"]  # the fixture

pytestmark = pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])

OVER = replace(specimens.FORECAST, state=AlarmState.RETURNED)


def _meets(view, other, figures):
    met = EncounterView(
        other.callsign, "drone", Verdict.CONVERGING, f"{other.callsign}: {figures}", time_to_loss_s=21.0
    )
    return replace(view, encounter=met)


def test_two_drones_that_converge(seen):
    figures = "12 m apart in 28 s"
    north, east = _meets(specimens.NORTH, specimens.EAST, figures), _meets(specimens.EAST, specimens.NORTH, figures)
    alarms = [
        specimens.alarm(Condition.DRONES_CONVERGE, one, f"{other.callsign}: {figures}", "50/15 m", since_s=3)
        for one, other in ((north, east), (east, north))
    ]
    assert seen(specimens.picture([north, specimens.WEST, east, specimens.SOUTH], alarms), "enter")


def test_a_position_that_cannot_be_trusted(seen):
    """It lands by itself; what is over of another doesn't hide it, and no figure of its place is shown as known."""
    lost = replace(
        specimens.NORTH,
        trusted=False,
        standing=Standing.UNKNOWN,
        mode="LAND",
        margin_m=None,
        satellites=3,
        intent="Contingent",
    )
    alarm = specimens.alarm(Condition.POSITION_UNTRUSTED, lost, "", "", since_s=5)
    fleet = [lost, specimens.WEST, replace(specimens.EAST, mode="RTL", time_to_exit_s=None), specimens.SOUTH]
    assert seen(specimens.picture(fleet, [OVER, alarm]), "enter")


def test_a_pilot_who_has_taken_over(seen):
    waits = NextAct(None, 0.0, "pilot has control: decide", Rung.FORECAST_EXIT)
    taken = replace(specimens.EAST, mode="GUIDED", time_to_exit_s=None, pilot_has_control=True, next_act=waits)
    alarm = specimens.alarm(Condition.PILOT_HAS_CONTROL, taken, "", "", since_s=4)
    told = specimens.command(CommandKind.RTL, taken, CommandStage.SEEN, ack_after_s=0.01, seen_after_s=0.9, by="policy")
    fleet = [specimens.NORTH, specimens.WEST, taken, specimens.SOUTH]
    assert seen(specimens.picture(fleet, [OVER, alarm], [told]), "enter")


def test_an_outage_that_is_over(seen):
    down = specimens.alarm(Condition.ENFORCEMENT_DOWN, specimens.EAST, "silent 3 s", "1 s", since_s=9)
    down = replace(down, source="watch", sysid=None, state=AlarmState.RETURNED)
    assert seen(specimens.picture(alarms=[down]))


def test_a_server_that_is_back(seen):
    gone = Disconnected("The server closed the feed.")
    assert seen(CALM, "j", then=(gone, Connected("http://range.test"), CALM))


def _fleet(count):
    """Rows of five, each on a course of its own."""
    return [
        specimens.vehicle(
            number,
            f"D{number:02}",
            ("ACME", "SAXION", "FIRE")[number % 3],
            -700 + 300 * (number % 5),
            -500 + 230 * (number // 5),
            slot=f"S{number + 5}",
            track_deg=math.fmod(37.0 * number, 360),
            battery_percent=40 + 2 * number,
        )
        for number in range(1, count + 1)
    ]


def test_twenty_five_vehicles_and_one_that_leaves(seen):
    fleet = _fleet(25)
    leaves = replace(fleet[16], time_to_exit_s=9.0, margin_m=80.0)
    fleet[16] = leaves
    alarm = specimens.alarm(Condition.FORECAST_EXIT, leaves, "4 s to act", "6 s", since_s=2, time_to_exit_s=9.0)
    assert seen(specimens.picture(fleet, [alarm]), "enter")
