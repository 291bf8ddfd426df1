"""What an order says, what an episode keeps of it, and what is forgotten when somebody else takes over."""

from dataclasses import replace

import pytest
from enforced import (
    AHEAD,
    D07,
    FAR_OUT,
    HOLD,
    LAND,
    LEAVING,
    OUT,
    POLICY,
    RTL,
    SAFE,
    START,
    UNKNOWN,
    Flight,
    at,
    held,
    state,
)

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import NEEDS_POSITION, CommandProgress, CommandStage
from rangeops.domain.enforcement import EPISODE_OVER_S, Enforcer
from rangeops.domain.episodes import INHIBIT_S, Inhibit
from rangeops.domain.errors import Refused
from rangeops.domain.ladder import HOLD_AGAIN_S, MOST_HOLDS, Judgement
from rangeops.domain.next_act import InhibitNow
from rangeops.domain.now import Now
from rangeops.domain.policy import Rung
from rangeops.domain.telemetry import SystemStatus


def blocked(*crosses: str) -> Flight:
    """It holds beyond its contingency volume: its way home crosses these, or isn't known."""
    return Flight().looks(FAR_OUT, for_s=0.4, way_home_crosses=lambda _state: crosses or None)


# What an order says.


def test_an_order_names_its_vehicle_and_why():
    (_, order), *_ = Flight().looks(LEAVING, for_s=0.4).sent
    assert (order.sysid, order.by, order.reason) == (D07, "policy", "forecast exit")
    (_, order), *_ = blocked("Housing", "Runway 05/23").sent
    assert (order.kind, order.reason) == (HOLD, "leaving contingency; the way home crosses Housing, Runway 05/23")


def test_no_two_orders_have_one_id_though_the_clock_stands_still_or_the_watch_starts_anew():
    flight = Flight()
    for seconds, exposure in ((0.0, LEAVING), (0.2, LEAVING), (0.4, FAR_OUT), (0.6, FAR_OUT)):
        judgement = Judgement(state(), exposure, airborne=True, way_home_crosses=lambda _state: ())
        orders = flight.enforcer.judged(judgement, POLICY, Now(1000.0 + seconds, START))
        flight.sent += [(seconds, order) for order in orders]
    assert flight.kinds == [HOLD, RTL]
    again = Flight(enforcer=Enforcer(D07, flight.episode)).looks(FAR_OUT, for_s=0.4)
    ids = [order.id for _, order in (*flight.sent, *again.sent)]
    assert len(set(ids)) == len(ids) == 3
    assert flight.episode.command_id == ids[1]


def test_an_episode_begins_at_the_look_that_confirms_it_or_when_a_person_holds_back_what_would_come():
    assert Flight().looks(LEAVING, for_s=1.0).episode.opened_utc == at(0.4).utc
    flight = Flight().looks(AHEAD, for_s=1.0)
    flight.inhibit()
    assert flight.episode.opened_utc == at(1.0).utc
    assert flight.episode.inhibits == (Inhibit(Rung.FORECAST_EXIT, HOLD, "op1", "its pilot is turning"),)
    assert flight.enforcer.inhibit_now(at(4.0)) == InhibitNow("op1", "its pilot is turning", INHIBIT_S - 3.0)


def test_a_refusal_says_which_vehicle_and_what_to_do():
    with pytest.raises(Refused) as refused:
        Flight().looks(SAFE).inhibit()
    assert str(refused.value) == (
        "vehicle 7: nothing is about to be sent by itself. Order hold, RTL or LAND, or call the pilot."
    )
    with pytest.raises(Refused) as refused:
        held().enforcer.let_fly("op1")
    assert str(refused.value) == "vehicle 7: no pilot took it over from the range. Nothing needs to be done."


@pytest.mark.parametrize("exposure", [SAFE, LEAVING, UNKNOWN], ids=["safe", "an odd report", "unknown"])
def test_an_inhibit_is_over_in_the_very_second_that_was_told(exposure):
    flight = Flight().looks(AHEAD)
    flight.inhibit()
    flight.looks(SAFE, for_s=INHIBIT_S - 0.2)
    assert flight.episode.inhibited
    judgement = Judgement(state(), exposure, airborne=True, way_home_crosses=lambda _state: ())
    flight.enforcer.judged(judgement, POLICY, Now(at(0.2).monotonic_s + INHIBIT_S, START))
    assert not flight.episode.inhibited


# How far it got.


def test_a_late_word_of_an_earlier_order_changes_nothing_of_the_one_in_force():
    flight = held().looks(FAR_OUT, for_s=0.4)
    earlier = flight.sent[0][1]
    for stage in (CommandStage.SEEN, CommandStage.NOT_OBEYED, CommandStage.REFUSED):
        flight.enforcer.progressed(CommandProgress(earlier, stage), at(flight.seconds))
        assert (flight.episode.command, flight.episode.stage) == (RTL, CommandStage.QUEUED)
    assert flight.looks(FAR_OUT, for_s=1.0).kinds == [HOLD, RTL]


def test_the_look_after_a_hold_counts_from_when_it_was_first_seen_and_not_from_its_ack():
    flight = Flight().looks(LEAVING, for_s=0.4).reaches(CommandStage.ACKED).looks(SAFE, for_s=2.0)
    flight.reaches(CommandStage.SEEN).looks(SAFE, for_s=2.0)
    flight.reaches(CommandStage.SEEN).looks(SAFE, for_s=2.8)
    assert flight.kinds == [HOLD]
    assert flight.looks(SAFE).kinds == [HOLD, RTL], "five seconds after the first time"


def test_a_hold_that_it_did_by_itself_counts_from_when_it_would_have_been_told():
    flight = Flight(mode="BRAKE").looks(LEAVING, for_s=0.4).looks(SAFE, for_s=4.8)
    assert flight.kinds == []
    assert flight.looks(SAFE).kinds == [RTL]


def test_a_refused_hold_is_asked_again_so_long_after_its_first_refusal():
    flight = Flight().looks(OUT, for_s=0.4).reaches(CommandStage.SENT).looks(OUT, for_s=2.0)
    flight.reaches(CommandStage.REFUSED, NEEDS_POSITION).looks(OUT, for_s=1.0)
    flight.reaches(CommandStage.REFUSED, NEEDS_POSITION).looks(OUT, for_s=HOLD_AGAIN_S - 1.2)
    assert flight.kinds == [HOLD]
    assert flight.looks(OUT).kinds == [HOLD, HOLD]


def test_a_position_that_it_lacked_it_lacks_until_it_accepts_something():
    flight = Flight().looks(OUT, for_s=0.4).reaches(CommandStage.REFUSED, NEEDS_POSITION).looks(OUT, for_s=3.2)
    assert flight.reaches(CommandStage.SENT).episode.lacks_position
    assert flight.reaches(CommandStage.NO_ACK).episode.lacks_position
    assert not flight.reaches(CommandStage.SEEN).episode.lacks_position


def test_a_new_episode_has_all_its_holds_again():
    flight = Flight()
    for _ in range(2):
        flight.looks(OUT, for_s=0.4)
        for _ in range(MOST_HOLDS + 2):
            flight.reaches(CommandStage.REFUSED, NEEDS_POSITION).looks(OUT, for_s=4.0)
        landed = Judgement(state(armed=False), OUT, airborne=False, way_home_crosses=lambda _state: ())
        flight.enforcer.judged(landed, POLICY, at(flight.seconds))
        assert flight.enforcer.episode is None
    assert flight.kinds == [HOLD] * 2 * MOST_HOLDS


# A way home that is not clear.


def test_a_way_home_that_is_not_known_is_blocked_until_somebody_looked_again():
    flight = blocked()
    assert flight.kinds == [HOLD]
    assert (flight.episode.blocked, flight.episode.crossed) == (True, ())
    flight = blocked("Housing").reaches(CommandStage.SEEN)
    assert (flight.episode.blocked, flight.episode.crossed) == (True, ("Housing",))
    flight.looks(FAR_OUT, for_s=1.0, gnss_denied=True).looks(UNKNOWN, for_s=1.0)
    assert flight.episode.crossed == ("Housing",), "nobody looked"
    assert flight.looks(FAR_OUT, for_s=0.4).kinds == [HOLD, RTL]
    assert not flight.episode.blocked


def test_whoever_takes_over_starts_with_a_clear_slate():
    flight = blocked("Housing").reaches(CommandStage.SEEN)
    assert flight.enforcer.mode_changed(state("LOITER"), "BRAKE")
    assert (flight.episode.blocked, flight.episode.crossed) == (False, ())
    flight = blocked("Housing").person(HOLD)
    assert (flight.episode.blocked, flight.episode.crossed) == (False, ())
    flight = held().looks(AHEAD)
    flight.inhibit()
    assert flight.enforcer.mode_changed(state("LOITER"), "BRAKE")
    assert flight.enforcer.inhibit_now(at(flight.seconds)) is None


# People.


def test_a_persons_command_is_in_force_like_the_ranges_own_and_no_decision_where_no_pilot_was():
    flight = held().person(RTL, number="C9", by="op2")
    assert (flight.episode.command, flight.episode.command_id, flight.episode.by) == (RTL, "C9", "op2")
    assert (flight.episode.decision, flight.episode.left_to_people) == ("", False)
    flight.person(RTL, CommandStage.SEEN, number="C9", by="op2")
    assert flight.episode.stage is CommandStage.SEEN
    assert flight.enforcer.mode_changed(state("LOITER"), "RTL"), "a pilot took it over from a person, too"


def test_on_a_worse_rung_the_policy_overrules_a_person_and_goes_on_by_itself():
    flight = Flight().looks(OUT, for_s=0.4).person(HOLD).looks(FAR_OUT, for_s=0.4)
    assert flight.kinds == [HOLD, RTL]
    assert flight.episode.by == "policy"
    assert flight.reaches(CommandStage.NOT_OBEYED).looks(FAR_OUT).kinds == [HOLD, RTL, LAND]


@pytest.mark.parametrize(
    "failsafe",
    [state("ALT_HOLD", armed=False), replace(state("ALT_HOLD"), heartbeat=None)],
    ids=["disarmed", "unheard"],
)
def test_what_does_not_fly_was_taken_over_by_nobody(failsafe):
    assert not held().enforcer.mode_changed(failsafe, "BRAKE")


def test_a_critical_failsafe_is_no_pilot_whatever_its_mode():
    critical = replace(
        state("ALT_HOLD"), heartbeat=replace(state("ALT_HOLD").heartbeat, system_status=SystemStatus.CRITICAL)
    )
    assert not held().enforcer.mode_changed(critical, "BRAKE")


def test_a_planes_hold_is_loiter_and_a_pilot_may_take_it_from_there():
    flight = Flight().looks(LEAVING, for_s=0.4).reaches(CommandStage.ACKED)
    assert flight.enforcer.mode_changed(state("FBWA", vehicle_class=VehicleClass.PLANE), "LOITER")
    flight = Flight().looks(LEAVING, for_s=0.4).reaches(CommandStage.ACKED)
    assert not flight.enforcer.mode_changed(state("LOITER", vehicle_class=VehicleClass.PLANE), "AUTO")


# A restart.


def test_after_a_restart_it_is_looked_at_anew_once():
    again = Flight(enforcer=Enforcer(D07, Flight().looks(LEAVING, for_s=0.4).episode))
    again.looks(UNKNOWN).looks(LEAVING, for_s=5.0)
    assert again.kinds == [HOLD]


def test_a_restart_forgets_an_order_that_is_not_obeyed_and_nothing_else():
    before = Flight().looks(AHEAD)
    before.inhibit()
    before.looks(LEAVING, for_s=10.4).person(HOLD, number="C9")
    again = Flight(enforcer=Enforcer(D07, before.episode)).looks(LEAVING)
    assert again.episode == replace(before.episode, command=None, command_id=None, stage=None, by="policy")
    assert again.looks(LEAVING).kinds == [HOLD], "a person's word that nobody obeys holds the policy up no longer"


def test_an_episode_of_which_nothing_is_left_ends_after_its_quiet_and_no_sooner():
    again = Flight(enforcer=Enforcer(D07, Flight().looks(LEAVING, for_s=0.4).episode))
    again.looks(SAFE, for_s=EPISODE_OVER_S)
    assert again.episode.command is None
    assert again.looks(SAFE).enforcer.episode is None
