"""Figures of a month, against cases that were worked out by hand."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.range_statistics import Flight, Happened, Share, flights_of, lost_within, per, statistics
from rangeops.domain.slot_terms import ClockStop, StopReason

STARTS = datetime(2026, 11, 1, tzinfo=UTC)
ENDS = STARTS + timedelta(days=30)


def at(hours):
    return STARTS + timedelta(hours=hours)


def flight(began, ended, company="ACME", zone="NORTH", sysid=7):
    return Flight(sysid, at(began), at(ended), "S1", company, zone)


def test_a_flight_is_from_arming_to_disarming():
    armings = [(7, at(1), True), (8, at(2), True), (7, at(2.5), False), (8, at(3), False)]
    found = flights_of(armings, [], STARTS, ENDS)
    assert [(each.sysid, each.hours) for each in found] == [(7, 1.5), (8, 1.0)]


def test_what_is_told_twice_or_of_nobody_makes_no_flight():
    armings = [(7, at(1), True), (7, at(2), True), (7, at(3), False), (7, at(4), False), (9, at(5), False)]
    assert [each.hours for each in flights_of(armings, [], STARTS, ENDS)] == [2.0]


def test_who_was_armed_before_or_is_still_armed_flew_within_the_period_alone():
    armings = [(7, at(-3), True), (7, at(2), False), (8, at(719), True), (9, at(-2), True), (9, at(-1), False)]
    found = flights_of([*armings, (9, at(721), True)], [], STARTS, ENDS)
    assert [(each.sysid, each.began, each.ended) for each in found] == [(7, STARTS, at(2)), (8, at(719), ENDS)]


def test_the_figures_of_a_month_by_hand():
    """ACME: 20 h in 2 flights, 1 incident; BETA: 5 h, 2 incidents; and one incident in no slot."""
    flights = [flight(0, 12), flight(20, 28, zone="WEST"), flight(30, 35, "BETA", "WEST", 8)]
    incidents = [
        Happened("I1", "ACME", "NORTH", "incident"),
        Happened("I2", "BETA", "WEST", "incident"),
        Happened("I3", "BETA", "WEST", "serious incident"),
        Happened("I4", "", "", "not classified"),
    ]
    lost = {StopReason.WEATHER: 12.0}
    found = statistics(flights, incidents, [1, 2, 2, 3, 3], {"right": 3, "late": 1}, lost)
    assert (found.flights, found.hours, found.incidents) == (3, 25.0, 4)
    assert found.incidents_per_100_h == 16.0
    assert found.alarms_per_hour == 0.2
    assert found.by_company == (
        Share("", 0, 0.0, 1, None),
        Share("ACME", 2, 20.0, 1, 5.0),
        Share("BETA", 1, 5.0, 2, 40.0),
    )
    assert found.by_zone == (
        Share("", 0, 0.0, 1, None),
        Share("NORTH", 1, 12.0, 1, pytest.approx(100 / 12)),
        Share("WEST", 2, 13.0, 2, pytest.approx(200 / 13)),
    )
    assert found.by_class == (("incident", 2), ("not classified", 1), ("serious incident", 1))
    assert found.alarms == ((1, 1), (2, 2), (3, 2))
    assert found.verdicts == {"right": 3, "late": 1}
    assert found.lost_minutes == lost


def test_where_nothing_was_flown_there_is_no_rate():
    assert per(0, 0.0) is None
    found = statistics([], [Happened("I1", "ACME", "NORTH", "incident")], [1], {}, {})
    assert (found.incidents_per_100_h, found.alarms_per_hour) == (None, None)


def test_lost_minutes_are_those_within_the_period():
    stops = (
        ClockStop(StopReason.WEATHER, at(-0.5), at(0.5)),  # 30 of its 60 minutes
        ClockStop(StopReason.TRAFFIC, at(1), at(1.25)),
        ClockStop(StopReason.RANGE, at(-3), at(-2)),  # before
        ClockStop(StopReason.CLIENT, at(719.9)),  # it still stands: until the end, 6 minutes
    )
    lost = lost_within([SimpleNamespace(stops=stops)], STARTS, ENDS)
    assert {reason: round(minutes, 6) for reason, minutes in lost.items()} == {
        StopReason.WEATHER: 30.0,
        StopReason.TRAFFIC: 15.0,
        StopReason.RANGE: 0.0,
        StopReason.CLIENT: 6.0,
    }


def test_who_was_lost_and_not_heard_again_does_not_fly_on():
    armings = [(7, at(1), True), (8, at(1), True), (8, at(30), False), (9, at(1), True), (9, at(3), False)]
    lost = [(7, at(2)), (8, at(4)), (9, at(2.9)), (9, at(2.95))]
    found = flights_of(armings, lost, STARTS, ENDS)
    assert [(each.sysid, each.hours) for each in found] == [(7, 1.0), (8, 3.0), (9, 2.0)]


EVENT = st.tuples(st.integers(1, 3), st.floats(-50, 800), st.sampled_from([True, False, None]))


@given(st.lists(EVENT))
def test_one_vehicles_flights_never_overlap_and_stay_within_the_period(told):
    armings = [(sysid, at(hours), on) for sysid, hours, on in told if on is not None]
    lost = [(sysid, at(hours)) for sysid, hours, on in told if on is None]
    found = flights_of(armings, lost, STARTS, ENDS)
    for sysid in (1, 2, 3):
        own = [each for each in found if each.sysid == sysid]
        moments = [moment for each in own for moment in (each.began, each.ended)]
        assert moments == sorted(moments)
        assert all(STARTS <= moment <= ENDS for moment in moments)
