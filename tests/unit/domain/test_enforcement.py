"""The ladder: where a vehicle is picks the rung, and nothing climbs it that shouldn't."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.conditions import containment_assessments
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.enforcement import EPISODE_OVER_S, Enforcer
from rangeops.domain.ladder import Judgement, airborne, rung_of
from rangeops.domain.now import Now
from rangeops.domain.policy import Automation, Policy, Rung, RungPolicy
from rangeops.domain.telemetry import Autopilot, Heartbeat, Sysid, SystemStatus, VehicleState

START = datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC)
D07 = Sysid(7)
HOLD, RTL, LAND = CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND
POLICY = Policy(
    forecast_exit=RungPolicy(Automation.AUTO, HOLD, then=RTL, then_after_s=5),
    outside_flight_geography=RungPolicy(Automation.AUTO, HOLD, then=RTL, then_after_s=5),
    leaving_contingency=RungPolicy(Automation.AUTO, RTL),
    outside_range=RungPolicy(Automation.CONFIRM, LAND),
    forecast_horizon_s=30,
    alarm_margin_s=6,
    reaction_margin_s=3,
)
SAFE = Exposure(Standing.INSIDE, 100.0)
LEAVING = Exposure(Standing.INSIDE, 30.0, 5.0, 2.5, "east edge")
OUT = Exposure(Standing.CONTINGENCY, -5.0, 0.0, 0.0, "east edge")
FAR_OUT = Exposure(Standing.BUFFER, -60.0, 0.0, 0.0, "east edge")
UNKNOWN = Exposure(Standing.UNKNOWN)


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, START + timedelta(seconds=seconds))


def state(mode: str = "AUTO", *, armed: bool = True, status: SystemStatus = SystemStatus.ACTIVE) -> VehicleState:
    heartbeat = Heartbeat(1000.0, Autopilot.ARDUPILOT, VehicleClass.COPTER, 3, mode, armed, status)
    return VehicleState(D07, "udpin:127.0.0.1:14550", heartbeat)


class Flight:
    """An Enforcer and what it sent, told in seconds."""

    def __init__(self, policy: Policy = POLICY, enforcer: Enforcer | None = None) -> None:
        self.policy = policy
        self.enforcer = enforcer or Enforcer(D07)
        self.sent: list[CommandOrder] = []

    def look(
        self,
        seconds: float,
        exposure: Exposure,
        mode: str = "AUTO",
        crosses: tuple[str, ...] | None = (),
        no_landing: tuple[str, ...] = (),
    ) -> None:
        flying = airborne(state(mode))
        judgement = Judgement(state(mode), exposure, flying, lambda _state: crosses, lambda _state: no_landing)
        self.sent += self.enforcer.judged(judgement, self.policy, at(seconds))

    def reaches(self, seconds: float, stage: CommandStage) -> None:
        self.enforcer.progressed(CommandProgress(self.sent[-1], stage, at(seconds).utc), at(seconds))

    @property
    def kinds(self) -> list[CommandKind]:
        return [order.kind for order in self.sent]


def held() -> Flight:
    """A vehicle that was about to leave and was seen to hold at 2 s."""
    flight = Flight()
    flight.look(0.0, LEAVING)
    flight.look(0.2, LEAVING)
    flight.reaches(2.0, CommandStage.SEEN)
    return flight


def test_a_forecast_with_time_left_sends_nothing():
    flight = Flight()
    for step in range(10):
        flight.look(step / 5, LEAVING._replace(time_to_act_s=3.5))
    assert flight.kinds == []
    assert flight.enforcer.episode is None


def test_one_odd_report_sends_nothing_and_two_hold():
    flight = Flight()
    flight.look(0.0, LEAVING)
    flight.look(0.2, SAFE)
    flight.look(0.4, LEAVING)
    assert flight.kinds == []
    flight.look(0.6, LEAVING)
    assert flight.kinds == [HOLD]
    assert flight.sent[0].by == "policy"


def test_a_command_is_told_once_however_often_it_is_judged():
    flight = held()
    for step in range(20):
        flight.look(2.0 + step / 10, LEAVING, mode="BRAKE")
    assert flight.kinds == [HOLD]


def test_after_the_hold_was_seen_and_looked_at_the_vehicle_is_sent_home():
    flight = held()
    flight.look(6.9, SAFE, mode="BRAKE")
    assert flight.kinds == [HOLD]
    flight.look(7.0, SAFE, mode="BRAKE")
    assert flight.kinds == [HOLD, RTL]


def test_a_persons_command_ends_the_procedure():
    flight = held()
    person = CommandOrder(CommandId("op-1"), D07, HOLD, "op1", "wait for the helicopter")
    flight.enforcer.progressed(CommandProgress(person, CommandStage.SEEN), at(3))
    flight.look(20, SAFE, mode="BRAKE")
    assert flight.kinds == [HOLD]


def test_a_blocked_way_home_holds_and_stays_held():
    flight = Flight()
    flight.look(0.0, LEAVING, crosses=("runway",))
    flight.look(0.2, LEAVING, crosses=("runway",))
    flight.reaches(2.0, CommandStage.SEEN)
    flight.look(8.0, SAFE, mode="BRAKE", crosses=("runway",))
    assert flight.kinds == [HOLD]
    assert flight.enforcer.episode is not None
    assert flight.enforcer.episode.blocked
    flight.look(9.0, SAFE, mode="BRAKE", crosses=None)
    assert flight.kinds == [HOLD], "a way home that isn't known is not a clear one"


def test_silence_climbs_no_rung():
    flight = Flight()
    flight.look(0.0, LEAVING)
    flight.look(0.2, LEAVING)
    flight.reaches(3.2, CommandStage.NO_ACK)
    for step in range(50):
        flight.look(4 + step, LEAVING)
    assert flight.kinds == [HOLD], "the machine resends; a dead uplink must not walk the ladder"


def test_acked_and_not_obeyed_climbs_one_rung():
    flight = Flight()
    flight.look(0.0, OUT)
    flight.look(0.2, OUT)
    flight.reaches(4.0, CommandStage.NOT_OBEYED)
    flight.look(4.2, OUT)
    assert flight.kinds == [HOLD, RTL]


def test_land_is_never_automatic_inside_the_contingency_volume():
    flight = Flight()
    flight.look(0.0, OUT)
    flight.look(0.2, OUT)
    for stage in (CommandStage.NOT_OBEYED, CommandStage.REFUSED):
        flight.reaches(4.0, stage)
        flight.look(4.2, OUT)
        flight.look(4.4, OUT)
    assert flight.kinds == [HOLD, RTL]


def test_land_is_never_automatic_over_a_no_landing_area_and_is_sent_beside_it():
    flight = Flight()
    flight.look(0.0, FAR_OUT)
    flight.look(0.2, FAR_OUT)
    flight.reaches(4.0, CommandStage.NOT_OBEYED)
    for seconds in (4.2, 4.4, 9.0):
        flight.look(seconds, FAR_OUT, no_landing=("Runway 05/23",))
        assert flight.kinds == [RTL]
    flight.look(9.2, FAR_OUT)
    assert flight.kinds == [RTL, LAND]


def test_getting_worse_takes_the_worse_rungs_command():
    flight = held()
    flight.look(3.0, FAR_OUT, mode="BRAKE")
    flight.look(3.2, FAR_OUT, mode="BRAKE")
    assert flight.kinds == [HOLD, RTL]


def test_a_lesser_command_never_follows_a_greater_one():
    flight = Flight()
    flight.look(0.0, FAR_OUT)
    flight.look(0.2, FAR_OUT)
    flight.reaches(1.0, CommandStage.SEEN)
    for step in range(20):
        flight.look(2 + step, OUT, mode="RTL")
        flight.look(2.5 + step, LEAVING, mode="RTL")
    assert flight.kinds == [RTL]


def test_a_vehicle_whose_own_fence_was_quicker_is_not_told_twice():
    flight = Flight()
    flight.look(0.0, FAR_OUT, mode="RTL")
    flight.look(0.2, FAR_OUT, mode="RTL")
    assert flight.kinds == []
    assert flight.enforcer.episode is not None
    assert flight.enforcer.episode.stage is CommandStage.SEEN


def test_a_pilot_who_takes_over_is_not_fought():
    flight = held()
    assert flight.enforcer.mode_changed(state("LOITER"), "BRAKE")
    flight.look(8.0, FAR_OUT, mode="LOITER")
    flight.look(8.2, FAR_OUT, mode="LOITER")
    assert flight.kinds == [HOLD]


@pytest.mark.parametrize(("mode", "status"), [("RTL", SystemStatus.ACTIVE), ("LAND", SystemStatus.CRITICAL)])
def test_a_failsafe_is_no_pilot(mode, status):
    flight = held()
    assert not flight.enforcer.mode_changed(state(mode, status=status), "BRAKE")


def test_an_operator_may_decide_after_a_pilot_took_over():
    flight = held()
    flight.enforcer.mode_changed(state("LOITER"), "BRAKE")
    person = CommandOrder(CommandId("op-1"), D07, RTL, "op1", "enough")
    flight.enforcer.progressed(CommandProgress(person, CommandStage.SENT), at(9))
    assert flight.enforcer.episode is not None
    assert not flight.enforcer.episode.pilot_has_control


def test_nothing_is_sent_to_a_vehicle_that_does_not_fly():
    flight = Flight()
    for step in range(5):
        judgement = Judgement(state(armed=False), FAR_OUT, airborne(state(armed=False)), lambda _state: ())
        flight.sent += flight.enforcer.judged(judgement, POLICY, at(step))
    assert flight.kinds == []


@pytest.mark.parametrize("automation", [Automation.ADVISE, Automation.CONFIRM])
def test_a_rung_that_is_left_to_people_sends_nothing(automation):
    flight = Flight(replace(POLICY, forecast_exit=RungPolicy(automation, HOLD, then=RTL, then_after_s=1)))
    for step in range(20):
        flight.look(step, LEAVING)
    assert flight.kinds == []
    assert flight.enforcer.episode is not None, "it is an episode all the same: people will want to see it"


def test_an_episode_without_command_ends_when_it_has_been_quiet():
    flight = Flight(replace(POLICY, forecast_exit=RungPolicy(Automation.ADVISE, HOLD)))
    flight.look(0.0, LEAVING)
    flight.look(0.2, LEAVING)
    flight.look(1.0, SAFE)
    flight.look(1.0 + EPISODE_OVER_S, SAFE)
    assert flight.enforcer.episode is None


def test_a_held_vehicle_stays_in_its_episode_until_it_is_on_the_ground():
    flight = held()
    flight.look(7.0, SAFE, mode="BRAKE")
    flight.reaches(8.0, CommandStage.SEEN)
    flight.look(200.0, SAFE, mode="RTL")
    assert flight.enforcer.episode is not None
    landed = Judgement(state("RTL", armed=False), SAFE, airborne=False, way_home_crosses=lambda _state: None)
    flight.enforcer.judged(landed, POLICY, at(220))
    assert flight.enforcer.episode is None


def test_a_restart_does_not_repeat_what_was_seen_obeyed_and_finishes_the_procedure():
    flight = held()
    again = Flight(enforcer=Enforcer(D07, flight.enforcer.episode))
    again.look(3.0, SAFE, mode="BRAKE")
    assert again.kinds == []
    again.look(8.1, SAFE, mode="BRAKE")
    assert again.kinds == [RTL]


def test_a_restart_takes_an_unfinished_command_as_seen_when_the_vehicle_does_it():
    flight = Flight()
    flight.look(0.0, LEAVING)
    flight.look(0.2, LEAVING)
    again = Flight(enforcer=Enforcer(D07, flight.enforcer.episode))
    again.look(2.0, SAFE, mode="BRAKE")
    assert again.kinds == []
    assert again.enforcer.episode is not None
    assert again.enforcer.episode.stage is CommandStage.SEEN


def test_a_restart_judges_again_what_was_never_obeyed():
    flight = Flight()
    flight.look(0.0, LEAVING)
    flight.look(0.2, LEAVING)
    again = Flight(enforcer=Enforcer(D07, flight.enforcer.episode))
    again.look(1.0, UNKNOWN)
    assert again.kinds == []
    again.look(1.2, LEAVING)
    again.look(1.4, LEAVING)
    assert again.kinds == [HOLD]


EXPOSURES = st.sampled_from([SAFE, LEAVING, OUT, FAR_OUT, UNKNOWN, Exposure(Standing.OUTSIDE_RANGE, -900.0)])
STAGES = st.sampled_from(list(CommandStage))
STEPS = st.lists(
    st.tuples(
        st.floats(0.05, 8),
        EXPOSURES,
        st.sampled_from(["AUTO", "BRAKE", "RTL", "LOITER", "LAND"]),
        st.none() | STAGES,
        st.sampled_from([(), ("runway",), None]),
        st.booleans(),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens_the_invariants_hold(steps):
    """Nothing on an UNKNOWN position, no LAND inside, no RTL on a blocked way, nothing after a pilot took over."""
    flight, seconds, pilot = Flight(), 0.0, False
    for pause, exposure, mode, stage, crosses, changes_mode in steps:
        seconds += pause
        before = len(flight.sent)
        if stage is not None and flight.sent:
            flight.reaches(seconds, stage)
        if changes_mode:
            flight.enforcer.mode_changed(state(mode), "BRAKE")
        pilot = flight.enforcer.episode is not None and flight.enforcer.episode.pilot_has_control
        flight.look(seconds, exposure, mode=mode, crosses=crosses)
        new = flight.sent[before:]
        assert len(new) <= 1
        for order in new:
            assert exposure.standing is not Standing.UNKNOWN
            assert not pilot
            assert order.kind is not LAND or exposure.standing not in (Standing.INSIDE, Standing.CONTINGENCY)
            assert order.kind is not RTL or crosses == ()


def test_rungs_are_picked_by_where_the_vehicle_is():
    assert [rung_of(exposure, POLICY) for exposure in (SAFE, LEAVING, OUT, FAR_OUT, UNKNOWN)] == [
        None,
        Rung.FORECAST_EXIT,
        Rung.OUTSIDE_FLIGHT_GEOGRAPHY,
        Rung.LEAVING_CONTINGENCY,
        None,
    ]


def test_a_stop_that_was_not_answered_for_a_minute_is_told_anew():
    """Whoever sends it gives up then (NO_ACK): the same command again, and no higher one, until it is answered."""
    flight = Flight()
    for step in range(11):
        flight.look(step / 5, OUT)
    flight.reaches(60.2, CommandStage.NO_ACK)
    flight.look(60.0, OUT)
    assert flight.kinds == [HOLD]
    flight.look(60.4, OUT)
    assert flight.kinds == [HOLD, HOLD]
    flight.look(61.0, OUT)
    assert flight.kinds == [HOLD, HOLD], "it is being sent"
    assert len({order.id for order in flight.sent}) == 2


def test_a_persons_command_that_was_not_answered_is_told_anew_by_nobody_else():
    flight = held()
    person = CommandOrder(CommandId("op-1"), D07, RTL, "op1", "smoke")
    flight.enforcer.progressed(CommandProgress(person, CommandStage.NO_ACK), at(70))
    for step in range(10):
        flight.look(70 + step / 5, OUT, mode="AUTO")
    assert flight.kinds == [HOLD]


def test_an_armed_rover_is_under_way_whatever_it_says():
    """Its HOLD says STANDBY: it stands outside all the same, and is sent home after its hold."""
    standing = state("HOLD", status=SystemStatus.STANDBY)
    assert not airborne(standing)
    assert standing.heartbeat is not None
    rover = replace(standing, heartbeat=replace(standing.heartbeat, vehicle_class=VehicleClass.ROVER))
    assert airborne(rover)
    assert containment_assessments("R1", rover, OUT, POLICY)


@pytest.mark.parametrize(
    ("mode", "by_a_pilot"), [("LOITER", True), ("STABILIZE", True), ("RTL", False), ("LAND", False)]
)
def test_a_pilot_who_takes_over_after_a_failsafe_is_a_pilot(mode, by_a_pilot):
    """CRITICAL stays to the landing, also where the battery was only warned of; a failsafe has few modes to lead to."""
    flight = held()
    taken = state(mode, status=SystemStatus.CRITICAL)
    assert flight.enforcer.mode_changed(taken, "BRAKE") is by_a_pilot
    for step in range(60):
        judgement = Judgement(taken, OUT, airborne(taken), lambda _state: ())
        flight.sent += flight.enforcer.judged(judgement, POLICY, at(3 + step / 5))
    assert not by_a_pilot or flight.kinds == [HOLD], "he is not fought"


def test_a_restart_waits_for_the_heartbeat_before_it_looks_at_what_was_told():
    """A position and the estimator come before the first HEARTBEAT does, without which nobody is doing anything."""
    flight = held()
    person = CommandOrder(CommandId("op-1"), D07, LAND, "op1", "smoke")
    flight.enforcer.progressed(CommandProgress(person, CommandStage.ACKED), at(4))
    again = Flight(enforcer=Enforcer(D07, flight.enforcer.episode))
    unheard = VehicleState(D07, "udpin:127.0.0.1:14550")
    judgement = Judgement(unheard, OUT, airborne(unheard), lambda _state: ())
    again.sent += again.enforcer.judged(judgement, POLICY, at(5.5))
    for step in range(10):
        again.look(6.0 + step / 5, OUT, mode="LAND")
    assert again.kinds == []


def test_a_pilot_who_took_over_while_the_watch_was_away_is_not_fought():
    again = Flight(enforcer=Enforcer(D07, held().enforcer.episode))
    for step in range(60):
        again.look(4.0 + step / 5, OUT, mode="LOITER")
    assert again.kinds == []
    assert again.enforcer.episode is not None
    assert again.enforcer.episode.pilot_has_control
