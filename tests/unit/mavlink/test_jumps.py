"""A position that can't have been flown to isn't believed before the filter has spoken again."""

from datetime import UTC, datetime

import pytest

from rangeops.adapters.mavlink.messages import EkfStatusReport, GlobalPositionInt
from rangeops.adapters.mavlink.track import Tracker
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

GOOD, GPS_GONE = 0x33F, 0x27  # EKF_STATUS_REPORT.flags, both as a Rover 4.5.7 sent them
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Heard:
    def __init__(self) -> None:
        self.tracker = Tracker(Sysid(3), "udpin:127.0.0.1:14550")

    def position(self, at_s: float, latitude_deg: float, altitude_m: float, *, arrived_s: float | None = None) -> bool:
        """Whether it is believed."""
        arrived_s = at_s if arrived_s is None else arrived_s
        place = (round(latitude_deg * 1e7), 68884866, round(altitude_m * 1e3), round(altitude_m * 1e3))
        self.tracker.take(GlobalPositionInt(round(at_s * 1e3), *place, 0, 0, 0, 22661), arrived_s)
        return self.believed(arrived_s)

    def estimator(self, at_s: float, flags: int = GOOD) -> bool:
        self.tracker.take(EkfStatusReport(0.1, 0.019, 0.1, 0.1, 0.0, flags, 0.0), at_s)
        return self.believed(at_s)

    def believed(self, at_s: float) -> bool:
        return self.tracker.state.trusted_position(Now(at_s, NOON)) is not None


@pytest.fixture
def heard():
    flown = Heard()
    flown.estimator(9.5)
    assert flown.position(9.8, 52.2753227, 35.01)
    return flown


def test_what_a_rover_sends_when_its_filter_fails_is_not_believed_for_a_moment(heard):
    """Recorded: 35 m down at once, 29 ms before EKF_STATUS_REPORT said that there is no position."""
    assert not heard.position(10.022, 52.275306, -0.11)
    assert not heard.estimator(10.051, GPS_GONE)
    assert not heard.position(10.205, 52.2752993, -0.04)


def test_a_jump_is_believed_once_the_filter_has_said_that_it_is_well(heard):
    assert not heard.position(10.0, 52.2800, 35.0)
    assert not heard.position(10.2, 52.2800, 35.0)
    assert heard.estimator(10.5)
    assert heard.position(10.6, 52.2800, 35.0)


def test_a_single_report_that_jumps_is_not_believed_though_the_filter_speaks_meanwhile(heard):
    assert not heard.position(10.0, 52.2800, 35.0)
    assert not heard.estimator(10.1)
    assert not heard.position(10.2, 52.2753227, 35.0)  # back: a jump as well
    assert not heard.position(10.4, 52.2753227, 35.0)
    assert heard.estimator(10.6)


def test_a_report_of_the_filter_that_came_with_the_jump_does_not_vouch_for_it(heard):
    assert not heard.position(10.0, 52.2800, 35.0)
    assert not heard.estimator(10.0)


def test_reports_that_come_bunched_are_no_jump(heard):
    """A link that hung lets go of two seconds at 30 m/s within a millisecond."""
    for tenth in range(1, 21):
        assert heard.position(9.8 + tenth / 10, 52.2753227 + tenth * 3 / 111_195, 35.0, arrived_s=11.8)


def test_a_second_without_reports_at_speed_is_no_jump(heard):
    assert heard.position(10.8, 52.2753227 + 40 / 111_195, 25.0)


def test_an_older_report_and_a_restart_are_no_jumps(heard):
    assert heard.position(9.6, 52.2800, 35.0, arrived_s=9.9)
    heard.tracker.forget()
    heard.position(0.5, 52.0, 0.0, arrived_s=10.0)
    assert heard.estimator(10.1)
