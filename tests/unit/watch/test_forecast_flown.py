"""Random flights in the simulator, through the whole watch: 20 that leave and 20 that stay; 500 of each by `make prove`."""

import random

import numpy as np
import pytest
from forecast_flights import enters_zone, fly
from forecast_proof import campaign, in_time
from forecast_range import batch_of
from zone_fields import SITE

from rangeops.domain.policy import Automation
from rangeops.domain.reach import pace_of, reach_of
from rangeops.domain.telemetry import PositionReport

pytestmark = pytest.mark.timeout(600)  # some 30 s of one core; the machine may be busy

SEED = 20261125
FLIGHTS = 20
ZONE_BESIDE, ZONE_ON_THE_TURN_HOME = (20261132, 15), (20261150, 1)


@pytest.fixture(scope="module")
def tally():
    return campaign(SEED, leaving=FLIGHTS, staying=FLIGHTS, flights=12)


def test_who_leaves_is_alarmed_before_the_time_that_a_stop_takes_and_three_seconds(tally):
    assert len(tally.leaving) >= FLIGHTS
    assert {each.kind for each in tally.leaving} >= {"targets", "mission", "by hand"}
    assert [each for each in tally.leaving if not in_time(each)] == []


def test_who_turns_to_the_edge_later_than_that_is_alarmed_all_the_same(tally):
    assert [each for each in tally.turned_late if not each.alarmed] == []


def test_where_the_range_acts_by_itself_nobody_who_obeys_leaves_his_contingency_volume(tally):
    assert tally.held >= FLIGHTS
    assert tally.escaped == []


def test_where_the_range_acts_by_itself_nobody_who_obeys_enters_a_prohibited_zone(tally):
    assert tally.entered == []


def test_a_plane_is_held_neither_so_late_nor_sent_home_so_early_that_it_circles_into_a_zone():
    """Flights that did: held for another edge 102 m beside the zone; held in time, and then turned home through it."""
    for seed, number in (ZONE_BESIDE, ZONE_ON_THE_TURN_HOME):
        batch = batch_of(seed, flights=number, leave=True)
        track = fly(batch, Automation.AUTO)[number - 1]
        assert any(kind == "hold" for _, kind in track.commands)
        assert any(kind == "rtl" for _, kind in track.commands)
        assert enters_zone(track, batch) < 0.0


def test_who_stays_ten_metres_inside_is_not_alarmed(tally):
    assert len(tally.staying) >= FLIGHTS
    assert [each for each in tally.staying if each.alarmed] == []


def test_a_vehicle_that_falls_silent_is_never_outside_the_circle_in_which_it_is_said_to_be():
    """At any moment of any flight, for all of the flight that follows: what is told of the last position holds the truth."""
    chance = random.Random(SEED)
    asked = 0
    for seed in (SEED, SEED + 2):
        batch = batch_of(seed, flights=6, leave=True)
        for track in fly(batch, Automation.ADVISE):
            truth, believed = np.array(track.places), np.array(track.believed)
            off_m = np.hypot(*(believed - truth)[:, :2].T)
            for at in chance.sample(range(20, len(truth) - 50), 40):
                if off_m[at] > 3.0:
                    continue  # farther off than a position that the estimator vouches for may be
                report = _report(track, at)
                pace = pace_of(batch.airframe, report, batch.most_wind_mps)
                for later in range(at + 5, len(truth), 7):
                    reach = reach_of(report, pace, track.times[later] - track.times[at])
                    asked += 1
                    middle = SITE.to_site(reach.latitude_deg, reach.longitude_deg)
                    assert np.hypot(*(truth[later][:2] - middle)) <= reach.radius_m
                    assert reach.lowest_amsl_m <= truth[later][2] <= reach.highest_amsl_m
    assert asked > 10_000


def _report(track, at):
    east, north, up = track.believed[at]
    v_east, v_north, v_up = track.velocities[at]
    return PositionReport(0.0, 0, *SITE.to_geodetic(east, north), up, up, v_north, v_east, -v_up, None)
