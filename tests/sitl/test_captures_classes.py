"""The simulated plane and rover against what a real ArduPlane and a real Rover said (docs/simulator.md)."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from replay import STATES, Replay, acks, assert_in_time, texts, transfers, unasked_parameters

from rangeops.sim.channel import mavlink
from rangeops.sim.lockstep import Lockstep
from rangeops.sim.scenario import load_airframe

STREAMS_HZ = {  # asked for before the captures begin
    "GLOBAL_POSITION_INT": 5,
    "ATTITUDE": 4,
    "VFR_HUD": 4,
    "SYS_STATUS": 2,
    "GPS_RAW_INT": 2,
    "EXTENDED_SYS_STATE": 2,
    "NAV_CONTROLLER_OUTPUT": 2,
    "FENCE_STATUS": 2,
    "EKF_STATUS_REPORT": 1,
}
RTL = 11
SQUARE_EAST_M = 600  # the edge of the plane's fence that it crosses
METRES_PER_DEGREE = 111318.845


@pytest.fixture(scope="module")
def spec(captured_spec):
    def of(airframe, **changes):
        return replace(captured_spec, airframe=load_airframe(airframe, where="test"), **changes)

    return of


def listening(spec):
    lockstep = Lockstep(spec, heartbeats=False)
    if spec.airborne_m is None:
        lockstep.run(spec.ready_after_s + 1)
    for name, hertz in STREAMS_HZ.items():
        message_id = getattr(mavlink, f"MAVLINK_MSG_ID_{name}")
        assert lockstep.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, message_id, 1e6 / hertz) == 0
    return lockstep


def heads(lockstep, degrees):
    """Run until the plane that circles home flies on that heading, as the real one did when the file begins."""
    motion = lockstep.vehicle
    assert lockstep.wait(
        lambda: abs(math.remainder(motion.motion.heading_rad - math.radians(degrees), math.tau)) < 0.02, 60
    )


@pytest.fixture(scope="module")
def replays(spec):
    plane = listening(spec("survey-plane", callsign="P31", sysid=31, airborne_m=100.0))
    plane.mode(RTL)
    plane.run(60)
    heads(plane, 250)
    loiter = Replay(plane, "plane_guided_loiter_rtl", ends_disarmed=False)
    heads(plane, 144)
    breach = Replay(plane, "plane_fence_breach", ends_disarmed=False)
    rover = listening(spec("utility-rover", callsign="R41", sysid=41, ready_after_s=10.0))
    return {
        "plane_guided_loiter_rtl": loiter,
        "plane_fence_breach": breach,
        "rover_guided_hold_rtl": Replay(rover, "rover_guided_hold_rtl", ends_disarmed=False),
    }


NAMES = ["plane_guided_loiter_rtl", "plane_fence_breach", "rover_guided_hold_rtl"]


@pytest.mark.parametrize("name", NAMES)
def test_commands_transfers_texts_and_parameters_are_answered_as_the_real_one_answered(replays, name):
    for extract in (acks, transfers, texts, unasked_parameters):
        ours, real = replays[name].both(extract)
        assert ours == real
    assert acks(replays[name].real)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", NAMES)
def test_the_states_change_in_the_same_order_and_in_about_the_same_time(replays, name, state):
    replay = replays[name]
    begins = [h for h in replay.ours if h.at_s >= 0]
    assert_in_time(STATES[state](begins), STATES[state](replay.real), replay.asked)


@pytest.mark.parametrize("name", NAMES)
def test_the_heartbeat_is_of_the_same_class_and_the_streams_have_the_same_rates(replays, name):
    ours, real = replays[name].both(lambda heard: {h.message.type for h in heard if h.type == "HEARTBEAT"})
    assert ours == real
    counts, theirs = replays[name].both(lambda heard: Counter(h.type for h in heard))
    for kind in ("GLOBAL_POSITION_INT", "VFR_HUD", "SYS_STATUS", "HEARTBEAT", "EKF_STATUS_REPORT"):
        assert counts[kind] == pytest.approx(theirs[kind], rel=0.06, abs=3)


def test_texts_and_arrivals_come_in_about_the_same_time(replays):
    def arrival(heard):
        return next(h.at_s for h in heard if h.type == "MISSION_ITEM_REACHED")

    ours, real = replays["plane_guided_loiter_rtl"].both(arrival)
    assert real / 2 < ours < real * 2

    def home_again(heard):
        return next(h.at_s for h in heard if h.type == "STATUSTEXT" and h.message.text == "Reached destination")

    ours, real = replays["rover_guided_hold_rtl"].both(home_again)
    asked = replays["rover_guided_hold_rtl"].asked[-1]
    assert ours - asked == pytest.approx(real - asked, rel=0.2)


def track(heard, centre=(52.275833, 6.889167)):
    """[(at, north, east, height, ground speed)] of the positions."""
    out = []
    for h in heard:
        if h.type == "GLOBAL_POSITION_INT" and h.at_s >= 0:
            m = h.message
            north = (m.lat / 1e7 - centre[0]) * METRES_PER_DEGREE
            east = (m.lon / 1e7 - centre[1]) * METRES_PER_DEGREE * math.cos(math.radians(centre[0]))
            out.append((h.at_s, north, east, m.relative_alt / 1000, math.hypot(m.vx, m.vy) / 100))
    return out


def test_a_plane_circles_home_as_wide_and_as_high_and_as_fast_as_the_real_one(replays):
    ours, real = ([row for row in rows if row[0] > 124] for rows in replays["plane_guided_loiter_rtl"].both(track))
    for pick in (lambda r: math.hypot(r[1], r[2]), lambda r: r[3], lambda r: r[4]):
        assert sum(map(pick, ours)) / len(ours) == pytest.approx(sum(map(pick, real)) / len(real), rel=0.05)


def test_a_plane_s_loiter_is_a_circle_around_where_it_was_put_into_it(replays):
    for rows in replays["plane_guided_loiter_rtl"].both(track):
        begins = next(row for row in rows if row[0] >= 35.2)
        radii = [math.dist(row[1:3], begins[1:3]) for row in rows if 60 < row[0] < 84]
        assert min(radii) > 85
        assert max(radii) < 115


def test_a_plane_s_breach_overshoots_and_turns_back_as_the_real_one_s(replays):
    (past_ours, back_ours), (past_real, back_real) = replays["plane_fence_breach"].both(_overshoot)
    assert past_ours == pytest.approx(past_real, rel=0.3)
    assert back_ours == pytest.approx(back_real, rel=0.3)


def _overshoot(heard):
    """(metres beyond the edge, seconds beyond it)."""
    beyond = [(at, east) for at, _, east, _, _ in track(heard) if east > SQUARE_EAST_M]
    return max(east for _, east in beyond) - SQUARE_EAST_M, beyond[-1][0] - beyond[0][0]


def test_a_rover_on_hold_rolls_on_as_far_as_the_real_one(replays):
    def rolled(heard):
        rows = [row for row in track(heard) if 15.2 < row[0] < 20.3]
        return math.dist(rows[0][1:3], rows[-1][1:3]), rows[-1][4]

    (ours_m, ours_mps), (real_m, real_mps) = replays["rover_guided_hold_rtl"].both(rolled)
    assert ours_m == pytest.approx(real_m, abs=1.25)  # one telemetry period at 5 m/s, give or take
    assert ours_m > 7.5
    assert ours_mps == pytest.approx(real_mps, abs=0.2)


def test_the_air_speed_of_a_plane_is_told(replays):
    def air_speeds(heard):
        return [h.message.airspeed for h in heard if h.type == "VFR_HUD" and h.at_s > 124]

    ours, real = replays["plane_guided_loiter_rtl"].both(air_speeds)
    assert sum(ours) / len(ours) == pytest.approx(sum(real) / len(real), rel=0.05)
