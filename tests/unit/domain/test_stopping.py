"""Stopping distances against everything that was measured on a real ArduCopter (docs/safety/stopping.md)."""

import math
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega

from rangeops import paths
from rangeops.adapters.formats.range_folder import load_range
from rangeops.domain.aircraft import Airframe, BrakeTest, airframe_from
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.stopping import REPORT_AGE_S, Room, landing_distance_m, stopping_distance_m

CAPTURES = Path(__file__).parents[2] / "data" / "captures"
BRAKE = [(5.1, 9.1), (7.8, 15.3), (8.2, 16.1), (9.6, 19.7), (9.9, 20.3), (10.0, 20.6)]
RTL = [(7.7, 15.4), (8.9, 17.2), (10.0, 20.9)]
LAND = [(7.8, 23.5), (10.0, 24.4)]


def airframes() -> list[Airframe]:
    folder = paths.shipped("hardware") / "airframes"
    return [airframe_from(tomllib.loads(Path(f).read_text()), where=f.name) for f in sorted(folder.glob("*.toml"))]


SURVEY = next(a for a in airframes() if a.id == "survey-quad")
POLICY = load_range(paths.shipped("geofences") / "twente").policy
COPTERS = [a for a in airframes() if a.vehicle_class.value == "copter"]


@pytest.mark.parametrize("airframe", [*COPTERS, None], ids=lambda a: "unknown" if a is None else a.id)
@pytest.mark.parametrize(("speed", "measured"), BRAKE + RTL)
def test_a_hold_or_rtl_is_never_counted_shorter_than_measured(airframe, speed, measured):
    assert stopping_distance_m(airframe, speed) >= measured


@pytest.mark.parametrize("airframe", [*COPTERS, None], ids=lambda a: "unknown" if a is None else a.id)
@pytest.mark.parametrize(("speed", "measured"), LAND)
def test_a_landing_is_never_counted_shorter_than_measured(airframe, speed, measured):
    assert landing_distance_m(airframe, speed) >= measured


@pytest.mark.parametrize("airframe", airframes(), ids=lambda a: a.id)
def test_no_shipped_airframe_is_counted_shorter_than_its_own_brake_tests(airframe):
    for test in airframe.brake_tests:
        assert stopping_distance_m(airframe, test.speed_mps) >= test.distance_m


@given(st.sampled_from([*COPTERS, None]), st.floats(0, 30), st.floats(0, 30))
def test_faster_never_stops_shorter(airframe, one, other):
    slow, fast = sorted((one, other))
    assert stopping_distance_m(airframe, slow) <= stopping_distance_m(airframe, fast) + 1e-9


@pytest.mark.parametrize(("speed", "expected"), [(0, 0), (5, 50), (10, 100), (15, 150), (20, 200), (40, 800)])
def test_between_brake_tests_the_line_counts_and_beyond_them_the_square(speed, expected):
    poor = replace(COPTERS[0], brake_tests=(BrakeTest(20, 200), BrakeTest(10, 100)))
    assert stopping_distance_m(poor, speed) == pytest.approx(expected)


def test_standing_still_needs_no_room():
    assert stopping_distance_m(None, 0.0) == 0.0


def recorded(name: str) -> Iterator[Any]:
    """The messages of a tlog: 8 bytes of big-endian Unix microseconds before each MAVLink 2 packet."""
    data, mav, at = (CAPTURES / f"{name}.tlog").read_bytes(), ardupilotmega.MAVLink(None), 0
    while at < len(data):
        size = 12 + data[at + 9]
        yield mav.decode(bytearray(data[at + 8 : at + 8 + size]))
        at += 8 + size


def stop_in(name: str, told: Callable[[Any], bool]) -> tuple[float, float]:
    """Speed when the vehicle was told, and how far it then went along its track until it no longer went that way.

    Counted from the last report before the command, so never too short.
    """
    frame = SiteFrame(52.275833, 6.889167)
    before: tuple[float, ...] = ()
    is_told, farthest = False, 0.0
    for message in recorded(name):
        is_told = is_told or told(message)
        if message.get_type() != "GLOBAL_POSITION_INT":
            continue
        here = (*frame.to_site(message.lat / 1e7, message.lon / 1e7), message.vy / 100, message.vx / 100)
        if not is_told:
            before = here
            continue
        speed = math.hypot(before[2], before[3])
        ahead = (before[2] / speed, before[3] / speed)
        farthest = max(farthest, (here[0] - before[0]) * ahead[0] + (here[1] - before[1]) * ahead[1])
        if here[2] * ahead[0] + here[3] * ahead[1] < 0.1:
            return speed, farthest
    raise AssertionError("the recording never shows the vehicle at rest")


def mode_asked(number: int) -> Callable[[Any], bool]:
    return lambda m: m.get_type() == "COMMAND_LONG" and m.command == 176 and m.param2 == number


def breached(message: Any) -> bool:
    return message.get_type() == "STATUSTEXT" and message.text == "Fence Breached"


@pytest.mark.parametrize("airframe", [*COPTERS, None], ids=lambda a: "unknown" if a is None else a.id)
@pytest.mark.parametrize(
    ("capture", "told", "about_mps", "about_m"),
    [
        ("brake_hold_then_land", mode_asked(17), 9.6, 19.7),
        ("guided_breach_rtl", breached, 10.0, 21.0),
    ],
    ids=["BRAKE", "RTL"],
)
def test_a_real_copter_stopped_within_what_is_counted(airframe, capture, told, about_mps, about_m):
    speed, distance = stop_in(capture, told)
    assert (speed, distance) == (pytest.approx(about_mps, abs=0.5), pytest.approx(about_m, abs=2.5))
    assert stopping_distance_m(airframe, speed) >= distance


ROOM = Room(SURVEY, POLICY, 2.5)


def test_a_vehicle_that_passes_needs_its_stop_and_the_policys_time():
    assert ROOM.beyond_m(8.0, stops=False) == pytest.approx(8**2 / 5 + 0.8 * 8 + (3 + REPORT_AGE_S) * 8)
    assert ROOM.beyond_m(0.0, stops=False) == 0.0


@given(st.floats(0.5, 12), st.floats(0.5, 12))
def test_more_speed_never_needs_less_room(one, other):
    slower, faster = sorted((one, other))
    for stops in (True, False):
        assert ROOM.beyond_m(slower, stops=stops) <= ROOM.beyond_m(faster, stops=stops) + 0.05


@given(st.floats(0.5, 12))
def test_one_that_stops_there_needs_less_and_is_right_at_every_speed_on_the_way(speed):
    needed = ROOM.beyond_m(speed, stops=True)
    assert needed <= ROOM.beyond_m(speed, stops=False)
    for n in range(1, 201):
        slower = speed * n / 200
        assert ROOM.beyond_m(slower, stops=False) - slower**2 / 5 <= needed + 0.05


def test_nothing_is_asked_beyond_what_the_forecast_looks_at():
    near = Room(SURVEY, replace(POLICY, forecast_horizon_s=2.0), 2.5)
    assert near.beyond_m(8.0, stops=False) == pytest.approx((2 + REPORT_AGE_S) * 8)
