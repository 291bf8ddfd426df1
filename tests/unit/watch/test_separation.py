"""What the watch says of those in the air: near each other, near others, and where nobody knows."""

import math
from dataclasses import replace

import pytest
from alarm_deeds import ack
from desk import TWENTE, Desk
from heard_aircraft import LOST, ROVER, adsb, at, hear, hear_vehicle

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.mavlink.messages import OpenDroneIdBasicId, OpenDroneIdLocation
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.conditions import vehicle_assessments
from rangeops.domain.separation import Verdict
from rangeops.watch.annunciator import Annunciator
from rangeops.watch.leases import Leases
from rangeops.watch.memory import Memory
from rangeops.watch.roster import Roster
from rangeops.watch.separation import SeparationWatch

FRAME = TWENTE.frame
STEP_S = 0.2


class Air:
    """A fleet, the range's orders, and the alarms that come of them."""

    def __init__(self, folder, **changed):
        desk = Desk()
        desk.briefed()
        memory = Memory(folder)
        self.fleet, self.roster = Fleet(250), Roster({}, at(0))
        self.roster.take(replace(desk.orders[-1], **changed), ())
        self.alarms = Annunciator(memory)
        self.watch = SeparationWatch(self.fleet, self.roster, Leases("watch", memory, at(0)))

    def vehicle(self, sysid, now_s, place=(0.0, 0.0), velocity=(0.0, 0.0), **how):
        hear_vehicle(self.fleet, sysid, at(now_s), place, velocity, **how)

    def judged(self, now_s):
        """Every vehicle judged against its volume as the loop does, then all of them against each other."""
        now = at(now_s)
        for sysid, heard in self.fleet.vehicles.items():
            list(self.roster.vehicle(sysid).judge(heard.state, self.roster.policy, now))
        self.watch.assess(self.alarms, now)
        return self.raised

    @property
    def raised(self):
        return {(alarm.source, alarm.condition): alarm for alarm in self.alarms.standing}

    def verdict(self, sysid):
        encounter = self.watch.encounter_of(sysid)
        return None if encounter is None else encounter.verdict


@pytest.fixture
def air(tmp_path):
    return Air(tmp_path)


def test_two_that_fly_at_each_other_are_alarmed_on_both_with_the_time_that_is_left(air):
    for step in range(4):
        now_s = step * STEP_S
        air.vehicle(8, now_s, (-300 + 10 * now_s, 0), (10, 0))
        air.vehicle(9, now_s, (300 - 10 * now_s, 0), (-10, 0))
        air.judged(now_s)
    for source, other in (("#8", "#9"), ("#9", "#8")):
        alarm = air.raised[source, Condition.DRONES_CONVERGE]
        assert other in alarm.value
        assert alarm.limit == "50/15 m"
    encounter = air.watch.encounter_of(8)
    assert encounter.verdict is Verdict.CONVERGING
    assert encounter.time_to_loss_s == pytest.approx((600 - 12 - 56) / 20, abs=0.1)  # D and both errors
    assert encounter.time_to_cpa_s == pytest.approx((600 - 12) / 20, abs=0.1)


def test_one_odd_report_raises_nothing(air):
    air.vehicle(8, 0.0, (-300, 0), (10, 0))
    air.vehicle(9, 0.0, (300, 0), (-10, 0))
    assert not air.judged(0.0)
    air.vehicle(9, 0.2, (300, 0), (0, 0))
    air.vehicle(8, 0.2, (-300, 0), (0, 0))
    for step in range(1, 8):
        assert not air.judged(step * STEP_S)


def test_separation_lost_latches_and_says_no_convergence_beside_it(air):
    air.vehicle(8, 0.0)
    air.vehicle(9, 0.0, (30, 0))
    raised = air.judged(0.0)
    assert raised.keys() == {("#8", Condition.SEPARATION_LOST), ("#9", Condition.SEPARATION_LOST)}
    alarm = raised["#8", Condition.SEPARATION_LOST]
    air.alarms.do(ack(alarm), at(0.1))
    for step in range(1, 20):
        air.vehicle(8, step * STEP_S)
        air.vehicle(9, step * STEP_S, (500, 0))
        air.judged(step * STEP_S)
    assert air.raised["#8", Condition.SEPARATION_LOST].state is AlarmState.LATCHED


def test_height_is_separation(air):
    air.vehicle(8, 0.0)
    air.vehicle(9, 0.0, (30, 0), altitude=125.0)
    assert not air.judged(0.0)
    assert air.verdict(8) is None


@pytest.mark.parametrize("how", [{"armed": False}, {"kind": ROVER}])
def test_who_is_not_in_the_air_meets_nobody(air, how):
    air.vehicle(8, 0.0)
    air.vehicle(9, 0.0, (30, 0), **how)
    assert not air.judged(0.0)
    assert air.verdict(9) is None


def test_who_can_not_be_trusted_is_unknown_and_so_is_whom_he_may_meet(air):
    air.vehicle(8, 0.0)
    air.vehicle(9, 0.0, (300, 0))
    air.judged(0.0)
    assert air.verdict(8) is air.verdict(9) is None
    for step in range(1, 50):  # 45 m/s at most, the wind with it: after some 5 s it may be near
        now_s = step * STEP_S
        air.vehicle(8, now_s)
        air.vehicle(9, now_s, (300, 0), flags=LOST)
        air.judged(now_s)
        assert air.verdict(9) is Verdict.UNKNOWN, "never clear"
    assert air.verdict(8) is Verdict.UNKNOWN
    alarm = air.raised["#8", Condition.SEPARATION_UNKNOWN]
    assert alarm.value.startswith("#9 unseen")
    assert not any(source == "#9" for source, _ in air.raised), "its own lost position has an alarm of its own"


def test_a_helicopter_inbound_is_alarmed_long_before_it_is_there(air):
    hear(air.fleet, 8, adsb(FRAME, (0, 4000), speed=60, track=180), at(0.0))
    air.vehicle(8, 0.0)
    raised = air.judged(0.0)
    alarm = raised["#8", Condition.CREWED_NEAR]
    assert "LIFELN1" in alarm.value
    encounter = air.watch.encounter_of(8)
    assert encounter.kind == "crewed"
    assert 40 < encounter.time_to_loss_s < 70


def test_a_crewed_aircraft_near_the_circle_of_one_that_is_lost_stays_alarmed(air):
    hear(air.fleet, 8, adsb(FRAME, (0, 4000), speed=60, track=180), at(0.0))
    air.vehicle(8, 0.0)
    air.judged(0.0)
    for step in range(1, 75):
        now_s = step * STEP_S
        if step % 5 == 0:
            hear(air.fleet, 9, adsb(FRAME, (0, 4000 - 60 * now_s), speed=60, track=180), at(now_s))
        air.vehicle(8, now_s, flags=LOST)
        air.judged(now_s)
    alarm = air.raised["#8", Condition.CREWED_NEAR]
    assert (alarm.state, alarm.value) == (AlarmState.UNACKED, "LIFELN1 near its circle")
    assert air.verdict(8) is Verdict.UNKNOWN


def test_one_that_passes_far_off_is_only_shown(air):
    hear(air.fleet, 8, adsb(FRAME, (3000, 4000), speed=60, track=180), at(0.0))
    air.vehicle(8, 0.0)
    assert not air.judged(0.0)
    (shown,) = air.watch.traffic(at(0.0))
    assert (shown.name, shown.kind) == ("LIFELN1", "crewed")
    assert shown.altitude_error_m == pytest.approx(338)


@pytest.mark.parametrize(("altitude", "alarmed"), [(450, True), (600, False)])
def test_a_pressure_altitude_keeps_apart_only_where_no_weather_could_bring_them_together(air, altitude, alarmed):
    air.vehicle(8, 0.0)
    hear(air.fleet, 8, adsb(FRAME, (0, 300), altitude=altitude), at(0.0))
    assert (("#8", Condition.CREWED_NEAR) in air.judged(0.0)) is alarmed


def test_an_aircraft_that_goes_unheard_may_be_anywhere_near_and_is_forgotten_in_the_end(air):
    hear(air.fleet, 8, adsb(FRAME, (0, 1500), speed=50), at(0.0))
    air.vehicle(8, 0.0)
    assert not air.judged(0.0), "it flies away"
    air.vehicle(8, 16.0)
    assert air.judged(16.0)["#8", Condition.CREWED_NEAR].value == "LIFELN1 unseen 16 s"
    assert air.verdict(8) is Verdict.UNKNOWN
    air.vehicle(8, 61.0)
    air.judged(61.0)
    assert air.verdict(8) is None
    assert not air.watch.traffic(at(61.0))


def remote_id(place, *, speed=0.0, track=0.0, mac=b"\x0a\x0b\x0c", altitude=128.6):
    latitude, longitude = FRAME.to_geodetic(*place)
    return OpenDroneIdLocation(
        round(latitude * 1e7), round(longitude * 1e7), -1000.0, altitude, 50.0, 0.0, round(track * 100), round(speed * 100),
        0, 0, 0, tuple(mac.ljust(20, b"\0")), 2, 0, 10, 4, 0, 3, 0,
    )  # fmt: skip


def test_an_unknown_drone_is_held_apart_as_ours_are_by_its_own_name(air):
    name = tuple(b"1581F4ABCDEF".ljust(20, b"\0"))
    hear(air.fleet, 8, OpenDroneIdBasicId(0, 0, tuple(b"\x0a\x0b\x0c".ljust(20, b"\0")), 1, 2, name), at(0.0))
    hear(air.fleet, 8, remote_id((35, 0), speed=8.0), at(0.0))
    air.vehicle(8, 0.0)
    alarm = air.judged(0.0)["#8", Condition.SEPARATION_LOST]
    assert alarm.value.startswith("1581F4ABCDEF")


def test_a_drone_that_hears_its_own_remote_id_isnt_near_itself(air):
    hear(air.fleet, 8, remote_id((3, 0)), at(0.0))
    air.vehicle(8, 0.0)
    air.vehicle(9, 0.0, (700, 0))
    assert not air.judged(0.0)
    hear(air.fleet, 8, remote_id((0, 0), mac=b""), at(0.1))
    assert len(air.watch.traffic(at(0.1))) == 1, "what goes to its own transmitter is no contact"


def test_what_judging_raises_makes_everybody_unknown_and_stops_nothing(air, monkeypatch):
    air.vehicle(8, 0.0)
    monkeypatch.setattr(air.watch, "_judged", lambda *_: 1 / 0)
    raised = air.judged(0.0)
    assert air.verdict(8) is Verdict.UNKNOWN
    assert raised["#8", Condition.SEPARATION_UNKNOWN].value == "can't be judged"


def test_the_ranges_own_figures_count(tmp_path):
    policy = TWENTE.policy
    rules = replace(policy.separation, drones=replace(policy.separation.drones, lateral_m=200.0))
    air = Air(tmp_path, policy=replace(policy, separation=rules))
    air.vehicle(8, 0.0)
    air.vehicle(9, 0.0, (150, 0))
    assert air.judged(0.0)["#8", Condition.SEPARATION_LOST].limit == "200/15 m"


def test_a_position_that_is_no_number_is_nobodys_clear(air):
    air.vehicle(8, 0.0)
    air.vehicle(9, 0.0, (30, 0))
    heard = air.fleet.vehicles[9]
    heard._track.position = replace(heard.state.position, altitude_amsl_m=math.nan)
    heard._track._state = None
    air.judged(0.0)
    assert air.verdict(9) is Verdict.UNKNOWN


def test_the_circle_of_one_that_is_lost_touches_an_edge_before_and_apart_from_its_fixed_times(air):
    """400 m from the range's edge, no slot: 45 m/s at most, so after some 9 s; LATE alone says nothing of an edge."""
    ring = [FRAME.to_site(*point) for point in TWENTE.boundary.outer]
    (x0, y0), (x1, y1) = ring[0], ring[1]
    length = math.hypot(x1 - x0, y1 - y0)
    inwards = (-(y1 - y0) / length, (x1 - x0) / length)
    middle = (x0 + x1) / 2 + 400 * inwards[0], (y0 + y1) / 2 + 400 * inwards[1]
    if math.hypot(*middle) > math.hypot((x0 + x1) / 2, (y0 + y1) / 2):
        middle = (x0 + x1) / 2 - 400 * inwards[0], (y0 + y1) / 2 - 400 * inwards[1]
    air.vehicle(8, 0.0, middle)
    air.judged(0.0)
    told = {}
    for step in range(1, 60):
        now = at(step * STEP_S)
        air.vehicle(8, step * STEP_S, middle, flags=LOST)
        air.judged(step * STEP_S)
        vehicle, state = air.roster.vehicle(8), air.fleet.vehicles[8].state
        facts = vehicle.facts(state, air.roster.policy, now, uplink_ok=True, clash="")
        for each in vehicle_assessments(facts, now):
            told.setdefault(each.condition, step * STEP_S)
    pace = 30.0 + air.roster._orders.wind_mps
    assert told[Condition.REACH_TOUCHES_EDGE] == pytest.approx((400 - 3) / pace, abs=STEP_S)
    assert Condition.POSITION_UNTRUSTED in told
    vehicle, state = air.roster.vehicle(8), air.fleet.vehicles[8].state
    assert vehicle.reach(state, at(7100)) is not None
    assert vehicle.reach(state, at(7300)) is None, "it has come down long ago"
    air.vehicle(8, 12.0, middle)
    air.judged(12.0)
    assert air.roster.vehicle(8).reach(air.fleet.vehicles[8].state, at(12.0)) is None, "trusted again"
