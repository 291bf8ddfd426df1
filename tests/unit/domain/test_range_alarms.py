"""The conditions of the range itself: wind, daylight, clock, and a vehicle's own GCS failsafe."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flights import airframe

from rangeops.adapters.clock_sync import clock_state
from rangeops.adapters.sun import SunOver
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.clock_state import MOST_ERROR_S, ClockState, assess_clock
from rangeops.domain.gcs_failsafe import STATION_LATER, names, not_armed
from rangeops.domain.range_conditions import InTheAir, daylight, observation, wind
from rangeops.domain.weather import ReportKind, WeatherReport, WeatherRules, WindSpan

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
RULES = WeatherRules(stations=("EHTW",))
QUAD = replace(airframe(), max_wind_mps=10.0, max_gust_mps=14.0)
HARDY = replace(QUAD, max_wind_mps=15.0, max_gust_mps=20.0)
TWENTE = SunOver(52.28, 6.88)


def metar(speed_mps, gust_mps=None, *, minutes_ago=10, station="EHTW"):
    issued = NOW - timedelta(minutes=minutes_ago)
    return WeatherReport(ReportKind.METAR, station, issued, (WindSpan(issued, issued, speed_mps, gust_mps),), "")


ALONE = (InTheAir("D07", QUAD),)


def blows(*reports, flying=ALONE):
    return wind(flying, reports, RULES, NOW)


@pytest.mark.parametrize(
    ("speed_mps", "gust_mps", "beyond"), [(9.0, None, -1.0), (11.0, None, 1.0), (9.0, 16.0, 2.0), (9.0, 14.0, 0.0)]
)
def test_wind_or_gusts_over_what_is_in_the_air_alarm(speed_mps, gust_mps, beyond):
    found = blows(metar(speed_mps, gust_mps))
    assert (found.present, found.beyond) == (beyond > 0, pytest.approx(beyond))


def test_those_that_must_come_back_are_named_and_the_worst_figure_is_shown():
    fleet = (InTheAir("D09", QUAD), InTheAir("D03", HARDY), InTheAir("D07", QUAD))
    found = blows(metar(12.0, 15.0), flying=fleet)
    assert (found.title, found.value, found.limit) == ("Wind over limit of D07, D09", "wind 12.0 m/s", "10 m/s")


@pytest.mark.parametrize(
    ("reports", "alarms", "value"),
    [
        ((metar(5.0),), False, "10 min old"),
        ((metar(5.0, minutes_ago=59),), False, "59 min old"),
        ((metar(5.0, minutes_ago=61),), True, "61 min old"),
        ((metar(5.0, station="EHRD"),), True, ""),
        ((), True, ""),
    ],
)
def test_who_flies_while_nothing_tells_the_wind_of_now_is_alarmed(reports, alarms, value):
    found = observation(ALONE, reports, RULES, NOW)
    assert (found.present, found.value, found.limit) == (alarms, value, "60 min")
    assert not observation((), reports, RULES, NOW).present, "nobody flies"
    assert not observation(ALONE, reports, WeatherRules(), NOW).present, "a range without a station asks for none"


def test_an_old_report_another_places_or_none_says_nothing_nor_does_an_airframe_without_limits():
    assert not blows().present
    assert not blows(metar(30.0, minutes_ago=90)).present
    assert not blows(metar(30.0, station="EHAM")).present
    assert not blows(metar(30.0), flying=()).present
    assert not blows(metar(30.0), flying=(InTheAir("D07", replace(QUAD, max_wind_mps=None)),)).present


def test_daylight_that_ends_within_half_an_hour_alarms_those_who_may_not_fly_by_night():
    dusk = datetime(2026, 11, 24, 16, 10, tzinfo=UTC)  # civil, at Twente, within minutes
    day, night = InTheAir("D07", QUAD), InTheAir("D08", QUAD, dark=True)
    assert not daylight([day], TWENTE, dusk - timedelta(hours=1)).present
    soon = daylight([day, night], TWENTE, dusk - timedelta(minutes=15))
    assert (soon.present, soon.title) == (True, "Daylight ends soon for D07")
    assert soon.value.endswith("min left")
    late = daylight([day], TWENTE, dusk + timedelta(hours=1))
    assert (late.present, late.value) == (True, "night")
    assert not daylight([night], TWENTE, dusk).present
    assert not daylight([], TWENTE, dusk).present
    assert not daylight([day], None, dusk).present


@pytest.mark.parametrize(
    ("state", "present", "value"),
    [
        (ClockState(synchronised=True, error_s=0.02), False, "0.0 s"),
        (ClockState(synchronised=True, error_s=MOST_ERROR_S + 1), True, "2.0 s"),
        (ClockState(synchronised=True, error_s=None), False, ""),
        (ClockState(synchronised=False, error_s=None), True, "follows no source"),
        (
            ClockState(synchronised=None, error_s=None, detail="adjtimex isn't there"),
            True,
            "not known: adjtimex isn't there",
        ),
    ],
)
def test_a_clock_that_follows_nothing_or_can_not_be_told_alarms(state, present, value):
    found = assess_clock(state, "watch")
    assert (found.present, found.value, found.source) == (present, value, "clock")
    assert assess_clock(state, "mast").source == "clock mast"


def test_this_machines_clock_can_be_read():
    found = clock_state()
    assert found.synchronised is not None or found.detail


def because(vehicle_class=VehicleClass.COPTER, **values):
    return not_armed(vehicle_class, values.get, 250)


@pytest.mark.parametrize("vehicle_class", [VehicleClass.COPTER, VehicleClass.ROVER])
def test_a_failsafe_that_is_on_and_listens_to_us_is_armed(vehicle_class):
    follows = {"FS_OPTIONS": 16.0, "FS_ACTION": 1.0}
    assert because(vehicle_class, FS_GCS_ENABLE=1.0, SYSID_MYGCS=250.0, **follows) == ""
    assert because(vehicle_class, FS_GCS_ENABLE=1.0, MAV_GCS_SYSID=250.0, **follows) == "", "as 4.7 calls it"
    assert because(vehicle_class, FS_GCS_ENABLE=0.0, SYSID_MYGCS=250.0) == "FS_GCS_ENABLE 0"
    assert because(vehicle_class, FS_GCS_ENABLE=1.0, SYSID_MYGCS=255.0) == "it listens to 255, the range is 250"


def test_each_class_has_ways_of_its_own_to_fly_on():
    assert because(VehicleClass.ROVER, FS_GCS_ENABLE=2.0, SYSID_MYGCS=250.0).endswith("goes on in AUTO")
    copter = {"SYSID_MYGCS": 250.0, "FS_OPTIONS": 16.0}
    assert because(VehicleClass.COPTER, FS_GCS_ENABLE=2.0, **copter) == "", "unknown values act as RTL"
    assert (
        because(VehicleClass.COPTER, FS_GCS_ENABLE=1.0, **copter | {"FS_OPTIONS": 18.0})
        == "FS_OPTIONS 18: goes on in AUTO"
    )
    rover = {"FS_GCS_ENABLE": 1.0, "SYSID_MYGCS": 250.0}
    assert because(VehicleClass.ROVER, **rover, FS_ACTION=0.0) == "FS_ACTION 0: goes on"
    plane = {"FS_GCS_ENABL": 1.0, "SYSID_MYGCS": 250.0}
    assert because(VehicleClass.PLANE, **plane, FS_LONG_ACTN=1.0) == ""
    assert because(VehicleClass.PLANE, **plane, FS_LONG_ACTN=0.0) == "FS_LONG_ACTN 0: goes on in AUTO"
    assert because(VehicleClass.PLANE, **plane | {"FS_GCS_ENABL": 3.0}) == "FS_GCS_ENABL 3: acts in AUTO alone"


def test_what_was_not_read_is_not_known():
    assert because() is None
    assert because(FS_GCS_ENABLE=1.0) is None
    assert because(SYSID_MYGCS=250.0) is None
    for vehicle_class in (VehicleClass.COPTER, VehicleClass.ROVER):
        assert because(vehicle_class, FS_GCS_ENABLE=1.0, SYSID_MYGCS=250.0) is None
    assert because(VehicleClass.PLANE, FS_GCS_ENABL=1.0, SYSID_MYGCS=250.0) is None
    assert STATION_LATER not in names(VehicleClass.PLANE), "only where the older name isn't known"
