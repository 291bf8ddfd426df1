"""The simulator against what a real ArduCopter said: the ground side of each capture is replayed into it, at the captured
times, and what it answers is compared in kind. Tolerated differences stand in docs/simulator.md.
"""

from collections import Counter

import pytest
from replay import STATES, Replay, acks, assert_in_time, texts, transfers, unasked_parameters

from rangeops.sim.lockstep import Heard, Lockstep

SESSION = {  # one session: seconds after power-up at which each file begins
    "connect_and_params": 0.10,
    "streams_at_rest": 7.317,
    "fence_accepted": 42.549,
    "fence_refusals": 47.719,
    "mission_and_auto_flight": 60.089,
    "guided_breach_rtl": 181.036,
    "brake_hold_then_land": 282.037,
    "gcs_failsafe": 333.04,
}
AFTERWARDS = "arming_refused"  # a flight that wasn't recorded lies between it and the others


@pytest.fixture(scope="module")
def session(captured_spec):
    lockstep = Lockstep(captured_spec, heartbeats=False)
    replays = {name: Replay(lockstep, name, starts_s) for name, starts_s in SESSION.items()}
    # Between the last file of the session and this one the vehicle was put into GUIDED and flown to where home now is.
    lockstep.heartbeats = True
    lockstep.run_until(430)
    lockstep.mode(4)
    lockstep.run_until(457)
    lockstep.heartbeats = False
    replays[AFTERWARDS] = Replay(lockstep, AFTERWARDS, 457.568)
    return replays


ALL = [*SESSION, AFTERWARDS]


@pytest.mark.parametrize("state", STATES)
def test_the_states_change_in_the_same_order_and_in_about_the_same_time(session, state):
    """Within a factor of 2 of the time since the ground last asked for something, give or take a telemetry period."""
    for names in (list(SESSION), [AFTERWARDS]):
        ours, real, asked = [], [], []
        for name in names:
            starts_s = session[name].starts_s
            ours += [Heard(starts_s + h.at_s, h.message) for h in session[name].ours if h.at_s >= 0]
            real += [Heard(starts_s + h.at_s, h.message) for h in session[name].real]
            asked += [starts_s + at for at in session[name].asked]
        assert_in_time(STATES[state](ours), STATES[state](real), asked)


def test_parameters_are_told_as_the_real_one_told_them(session):
    ours = [h for name in SESSION for h in session[name].ours]
    real = [h for name in SESSION for h in session[name].real]
    assert unasked_parameters(ours) == unasked_parameters(real)


def test_the_parameter_set_is_the_real_one(session):
    def listed(heard):
        return {
            h.message.param_index: h.message for h in heard if h.type == "PARAM_VALUE" and h.message.param_index < 2000
        }

    ours, real = session["connect_and_params"].both(listed)
    assert len(ours) == len(real) == 1390
    for index, theirs in real.items():
        assert (ours[index].param_id, ours[index].param_type, ours[index].param_count) == (
            theirs.param_id, theirs.param_type, theirs.param_count,
        )  # fmt: skip
        assert ours[index].param_value == theirs.param_value


@pytest.mark.parametrize("name", ["streams_at_rest", "mission_and_auto_flight", "guided_breach_rtl"])
def test_the_streams_have_the_rates_that_were_asked_for(session, name):
    def counts(heard):
        return Counter(h.type for h in heard if h.at_s <= session[name].real[-1].at_s)

    ours, real = session[name].both(counts)
    for kind in ("GLOBAL_POSITION_INT", "ATTITUDE", "SYS_STATUS", "GPS_RAW_INT", "HEARTBEAT", "EKF_STATUS_REPORT"):
        assert ours[kind] == pytest.approx(real[kind], rel=0.05, abs=2)


@pytest.mark.parametrize("name", ALL)
def test_every_command_is_answered_as_the_real_one_answered_it(session, name):
    ours, real = session[name].both(acks)
    assert ours == real


@pytest.mark.parametrize("name", ALL)
def test_every_transfer_goes_as_it_went(session, name):
    ours, real = session[name].both(transfers)
    assert ours == real


def test_the_texts_are_the_same_in_the_same_order(session):
    """Over the whole session: a text may come just before or just after a file's end."""
    ours = [h for name in SESSION for h in session[name].ours]
    real = [h for name in SESSION for h in session[name].real]
    assert texts(ours) == texts(real)
    assert texts(session[AFTERWARDS].ours) == texts(session[AFTERWARDS].real)
