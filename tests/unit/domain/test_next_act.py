"""What is told beforehand is what happens; a person holds it back once, for ten seconds, and only where he may."""

from dataclasses import replace

import pytest
from enforced import (
    ADVISE,
    AHEAD,
    AUTO,
    CONFIRM,
    D07,
    FAR_OUT,
    GONE,
    HOLD,
    LAND,
    LEAVING,
    OUT,
    POLICY,
    RTL,
    SAFE,
    UNKNOWN,
    Flight,
    at,
    held,
    state,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.commands import (
    NEEDS_POSITION,
    CommandId,
    CommandOrder,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.enforcement import Enforcer
from rangeops.domain.episodes import INHIBIT_S, LET_HIM_FLY, Step, steps
from rangeops.domain.errors import Refused
from rangeops.domain.ladder import HOLD_AGAIN_S, MOST_HOLDS, Judgement, airborne
from rangeops.domain.next_act import NextAct
from rangeops.domain.policy import Policy, Rung, RungPolicy

# What is told beforehand.


def test_nothing_is_told_of_a_vehicle_that_stays_inside_or_stands_on_the_ground():
    assert Flight().next is None
    assert Flight().looks(SAFE).next is None
    assert Flight().looks(FAR_OUT, for_s=0.4, airborne=False).next is None


def test_a_forecast_exit_is_told_with_the_seconds_that_are_left():
    coming = Flight().looks(AHEAD).next
    assert coming == NextAct(HOLD, 4.0, "forecast exit", Rung.FORECAST_EXIT, inhibitable=True)


def test_the_return_after_a_hold_counts_down_from_when_the_hold_was_seen():
    flight = held().looks(SAFE, for_s=2.0)
    coming = flight.next
    assert coming is not None
    assert (coming.command, round(coming.in_s, 3), coming.inhibitable) == (RTL, 3.0, True)
    flight.looks(SAFE, for_s=3.0)
    assert flight.kinds == [HOLD, RTL]


def test_while_a_command_is_on_its_way_nothing_else_is_told():
    assert Flight().looks(LEAVING, for_s=0.4).next is None


def test_a_way_home_that_is_not_clear_is_told_instead_of_a_return():
    for crosses, why in (((("Housing",)), "the way home crosses Housing"), (None, "the way home isn't known")):
        flight = held().looks(SAFE, for_s=6.0, way_home_crosses=lambda _state, crosses=crosses: crosses)
        assert flight.kinds == [HOLD]
        coming = flight.next
        assert coming is not None
        assert (coming.command, coming.why, coming.inhibitable) == (None, why, False)
        assert flight.episode.way_home in why
    flight.looks(SAFE)
    assert flight.kinds == [HOLD, RTL], "once it is clear, the policy goes on"
    assert not flight.episode.blocked


@pytest.mark.parametrize(
    ("exposure", "changes", "why"),
    [(UNKNOWN, {}, "where it is isn't known"), (SAFE, {"gnss_denied": True}, "GNSS is jammed here")],
)
def test_why_nothing_is_sent_is_told(exposure, changes, why):
    coming = held().looks(exposure, for_s=6.0, **changes).next
    assert coming is not None
    assert (coming.command, coming.why) == (None, why)


@pytest.mark.parametrize(
    ("policy", "exposure", "command"),
    [
        (replace(POLICY, forecast_exit=RungPolicy(CONFIRM, HOLD)), AHEAD._replace(time_to_act_s=5.9), HOLD),
        (replace(POLICY, outside_flight_geography=RungPolicy(CONFIRM, RTL)), OUT, RTL),
        (POLICY, GONE, LAND),
    ],
)
def test_what_is_left_to_people_is_offered_and_never_sent(policy, exposure, command):
    flight = Flight(policy).looks(exposure, for_s=10.0)
    coming = flight.next
    assert coming is not None
    assert (coming.command, coming.in_s, coming.offered, coming.inhibitable) == (command, 0.0, True, False)
    assert flight.kinds == []
    advised = replace(
        policy,
        forecast_exit=RungPolicy(ADVISE, HOLD),
        outside_flight_geography=RungPolicy(ADVISE, HOLD),
        outside_range=RungPolicy(ADVISE, LAND),
    )
    assert Flight(advised).looks(exposure, for_s=2.0).next is None, "an alarm only"


def test_an_offer_before_its_alarm_is_none():
    flight = Flight(replace(POLICY, forecast_exit=RungPolicy(CONFIRM, HOLD)))
    assert flight.looks(AHEAD, for_s=1.0).next is None


def test_what_comes_by_itself_is_told_before_what_is_offered():
    """Its word was taken back, which asks a person, and it heads out, which the range answers by itself."""
    flight = Flight().looks(AHEAD, for_s=0.4, withdrawn=True)
    coming = flight.next
    assert coming is not None
    assert (coming.command, coming.in_s, coming.offered, coming.inhibitable) == (HOLD, 4.0, False, True)
    offered = Flight().looks(SAFE, for_s=0.4, withdrawn=True).next
    assert offered is not None
    assert (offered.command, offered.offered) == (HOLD, True)


@given(st.floats(0.5, 20), st.integers(0, 60))
def test_what_is_told_happens_when_it_is_told(then_after_s, looks):
    """Nothing changes: the command that was told goes out at the first look at or after its second, and at no other."""
    policy = replace(POLICY, forecast_exit=RungPolicy(AUTO, HOLD, then=RTL, then_after_s=then_after_s))
    flight = Flight(policy).looks(LEAVING, for_s=0.4).reaches(CommandStage.SEEN)
    flight.looks(SAFE, for_s=0.2 * looks)
    coming, told_s = flight.next, flight.seconds
    if flight.kinds == [HOLD, RTL]:
        return
    assert coming is not None
    assert coming.command is RTL
    flight.looks(SAFE, for_s=25.0)
    sent_s = flight.sent[1][0]
    assert told_s + coming.in_s - 1e-6 <= sent_s <= told_s + coming.in_s + 0.2 + 1e-6


# Held back.


def test_held_back_it_is_sent_when_the_ten_seconds_are_over():
    flight = Flight().looks(AHEAD)
    flight.inhibit()
    flight.looks(LEAVING, for_s=9.8)
    assert flight.kinds == []
    coming, inhibit = flight.next, flight.enforcer.inhibit_now(at(flight.seconds))
    assert inhibit is not None
    assert coming is not None
    assert (inhibit.by, round(inhibit.left_s, 3), round(coming.in_s, 3)) == ("op1", 0.2, 0.2)
    flight.looks(LEAVING, for_s=0.4)
    assert flight.kinds == [HOLD]
    assert flight.enforcer.inhibit_now(at(flight.seconds)) is None


def test_it_cannot_be_held_back_again_for_the_same_rung():
    flight = Flight().looks(AHEAD)
    flight.inhibit()
    with pytest.raises(Refused, match="op1 holds it back already"):
        flight.inhibit("op2")
    flight.looks(AHEAD._replace(time_to_act_s=5.0), for_s=10.2)
    assert flight.enforcer.inhibit_now(at(flight.seconds)) is None
    with pytest.raises(Refused, match="once for this already"):
        flight.inhibit()
    flight.looks(LEAVING, for_s=0.4)
    assert flight.kinds == [HOLD]


@pytest.mark.parametrize("exposure", [FAR_OUT, GONE])
def test_outside_the_contingency_volume_nothing_is_held_back(exposure):
    flight = Flight().looks(exposure)
    with pytest.raises(Refused, match="outside its contingency volume"):
        flight.inhibit()
    assert flight.next is None or not flight.next.inhibitable


@pytest.mark.parametrize(
    ("flight", "why"),
    [
        (Flight().looks(SAFE), "nothing is about to be sent"),
        (Flight().looks(UNKNOWN), "isn't known"),
        (Flight(), "isn't known"),
        (Flight(replace(POLICY, forecast_exit=RungPolicy(CONFIRM, HOLD))).looks(LEAVING), "nothing is about"),
    ],
)
def test_where_nothing_comes_by_itself_nothing_is_held_back(flight, why):
    with pytest.raises(Refused, match=why):
        flight.inhibit()


def test_an_inhibit_ends_when_things_get_worse():
    """Given for a forecast, it doesn't hold back what answers the excursion, nor anything beyond the contingency volume."""
    for worse, told in ((OUT, [HOLD]), (FAR_OUT, [RTL])):
        flight = Flight().looks(AHEAD)
        flight.inhibit()
        flight.looks(LEAVING, for_s=1.0)
        assert flight.kinds == []
        flight.looks(worse, for_s=0.4)
        assert flight.kinds == told
        assert not flight.episode.inhibited


def test_each_rung_may_be_held_back_once():
    flight = Flight().looks(AHEAD)
    flight.inhibit()
    flight.looks(LEAVING, for_s=1.0).looks(OUT, for_s=0.4).reaches(CommandStage.SEEN)
    flight.inhibit("op2")
    flight.looks(OUT, for_s=9.8)
    assert flight.kinds == [HOLD]
    flight.looks(OUT, for_s=0.4)
    assert flight.kinds == [HOLD, RTL]
    assert [inhibit.by for inhibit in flight.episode.inhibits] == ["op1", "op2"]


def test_any_persons_command_ends_an_inhibit():
    flight = Flight().looks(AHEAD)
    flight.inhibit()
    person = CommandOrder(CommandId("C1"), D07, HOLD, "op2", "enough")
    flight.enforcer.progressed(CommandProgress(person, CommandStage.SENT), at(flight.seconds))
    assert not flight.episode.inhibited


def test_an_inhibit_does_not_outlive_the_watch_and_is_not_given_again():
    flight = Flight().looks(AHEAD)
    flight.inhibit()
    again = Flight(enforcer=Enforcer(D07, flight.enforcer.episode))
    again.looks(LEAVING)
    assert again.kinds == [], "nothing at the first look after a restart"
    with pytest.raises(Refused, match="once for this already"):
        again.inhibit()
    again.looks(LEAVING)
    assert again.kinds == [HOLD]


# A pilot who takes over, and the one decision after it.


def taken_over() -> Flight:
    flight = held()
    flight.mode = "LOITER"
    assert flight.enforcer.mode_changed(state("LOITER"), "BRAKE")
    return flight


@pytest.mark.parametrize("exposure", [SAFE, LEAVING, OUT, FAR_OUT, GONE])
def test_after_a_pilot_took_over_nothing_is_sent_wherever_it_flies(exposure):
    flight = taken_over().looks(exposure, for_s=20.0)
    assert flight.kinds == [HOLD]
    if exposure is not SAFE:
        assert flight.next == NextAct(None, 0.0, "pilot has control: decide", flight.episode.rung)


def test_a_pilot_who_takes_over_before_the_hold_was_seen_is_not_fought_either():
    """In BRAKE, still slowing down, and the pilot is quicker than the proof of obedience."""
    flight = Flight().looks(LEAVING, for_s=0.4).reaches(CommandStage.ACKED)
    assert flight.enforcer.mode_changed(state("LOITER"), "BRAKE")
    flight.reaches(CommandStage.NOT_OBEYED, "accepted, but it flies in LOITER")
    flight.looks(OUT, for_s=5.0)
    assert flight.kinds == [HOLD]


def test_a_mission_that_changes_modes_before_it_heard_the_hold_is_no_pilot():
    flight = Flight().looks(LEAVING, for_s=0.4).reaches(CommandStage.SENT)
    assert not flight.enforcer.mode_changed(state("GUIDED"), "AUTO")


def test_let_him_fly_is_decided_once_and_ends_automation():
    flight = taken_over()
    flight.enforcer.let_fly("op1")
    flight.looks(FAR_OUT, for_s=5.0)
    assert flight.kinds == [HOLD]
    assert (flight.episode.decision, flight.episode.decided_by) == (LET_HIM_FLY, "op1")
    with pytest.raises(Refused, match="op1 has decided: let him fly"):
        flight.enforcer.let_fly("op2")


def test_nobody_lets_fly_whom_no_pilot_took_over():
    with pytest.raises(Refused, match="no pilot took it over"):
        held().enforcer.let_fly("op1")


@pytest.mark.parametrize("kind", [HOLD, RTL])
def test_a_persons_command_is_the_decision_and_no_second_automation_follows(kind):
    flight = taken_over()
    person = CommandOrder(CommandId("C1"), D07, kind, "op1", "enough")
    flight.enforcer.progressed(CommandProgress(person, CommandStage.SENT), at(flight.seconds))
    flight.enforcer.progressed(CommandProgress(person, CommandStage.NOT_OBEYED), at(flight.seconds))
    flight.looks(FAR_OUT, for_s=5.0)
    assert flight.kinds == [HOLD]
    assert (flight.episode.decision, flight.episode.decided_by) == (kind.value, "op1")


def test_a_persons_command_that_a_later_one_overtook_takes_nothing_over():
    flight = Flight().looks(FAR_OUT, for_s=0.4)
    person = CommandOrder(CommandId("C1"), D07, HOLD, "op1", "wait")
    flight.enforcer.progressed(CommandProgress(person, CommandStage.SUPERSEDED), at(flight.seconds))
    assert (flight.episode.by, flight.episode.command) == ("policy", RTL)


# A hold that the vehicle refuses for want of a position.


def refused(exposure: Exposure) -> Flight:
    flight = Flight().looks(exposure, for_s=0.4)
    return flight.reaches(CommandStage.REFUSED, f"{NEEDS_POSITION} (Mode change to BRAKE failed: requires position)")


@pytest.mark.parametrize("exposure", [LEAVING, OUT])
def test_a_hold_refused_for_want_of_a_position_is_asked_again_and_nothing_else_inside_the_contingency_volume(exposure):
    flight = refused(exposure)
    assert flight.episode.lacks_position
    coming = flight.next
    assert coming is not None
    assert (coming.command, coming.in_s) == (HOLD, HOLD_AGAIN_S)
    for _ in range(6):
        flight.looks(exposure, for_s=4.0)
        flight.reaches(CommandStage.REFUSED, NEEDS_POSITION)
    assert flight.kinds == [HOLD] * MOST_HOLDS, "no RTL: it needs the same position; and no LAND here"


def test_outside_the_contingency_volume_it_is_landed_where_it_may():
    flight = refused(OUT).looks(FAR_OUT, for_s=0.4, no_landing=lambda _state: ("Runway 05/23",))
    assert flight.kinds == [HOLD]
    coming = flight.next
    assert coming is not None
    assert coming.why == "nothing is made to land on Runway 05/23"
    flight.looks(FAR_OUT, for_s=0.2)
    assert flight.kinds == [HOLD, LAND]


def test_a_later_acceptance_says_that_it_has_its_position_again():
    flight = refused(LEAVING).looks(LEAVING, for_s=3.2)
    flight.reaches(CommandStage.ACKED)
    assert not flight.episode.lacks_position


def test_a_hold_refused_for_another_reason_climbs_the_ladder():
    flight = Flight().looks(OUT, for_s=0.4).reaches(CommandStage.REFUSED, "the mode doesn't start")
    assert flight.looks(OUT).kinds == [HOLD, RTL]


# One odd report.


def test_one_odd_report_makes_things_no_worse():
    flight = held().looks(LEAVING, for_s=1.0).looks(FAR_OUT).looks(LEAVING, for_s=0.4)
    assert flight.kinds == [HOLD]
    assert flight.episode.rung is Rung.FORECAST_EXIT
    assert flight.looks(FAR_OUT, for_s=0.4).kinds == [HOLD, RTL]


# What moves is told.


def test_every_step_of_an_episode_is_told_once():
    flight, told, before = Flight(), [], None

    def moved() -> None:
        nonlocal before
        told.extend(step for step, _, _ in steps(before, flight.enforcer.episode))
        before = flight.enforcer.episode

    flight.looks(AHEAD)
    flight.inhibit()
    moved()
    for exposure, for_s in ((OUT, 0.4), (OUT, 0.4)):
        flight.looks(exposure, for_s=for_s)
        moved()
    flight.reaches(CommandStage.SEEN)
    flight.looks(SAFE, for_s=6.0, way_home_crosses=lambda _state: ("Housing",))
    moved()
    flight.looks(SAFE)
    moved()
    flight.enforcer.mode_changed(state("LOITER"), "RTL")
    flight.reaches(CommandStage.SEEN)
    assert flight.enforcer.mode_changed(state("LOITER"), "RTL") or flight.episode.pilot_has_control
    moved()
    flight.enforcer.let_fly("op1")
    moved()
    flight.mode = "LOITER"
    flight.looks(SAFE, for_s=31.0)
    moved()
    assert told == [
        Step.OPENED,
        Step.INHIBITED,
        Step.WORSE,
        Step.INHIBIT_ENDED,
        Step.WAY_BLOCKED,
        Step.WAY_CLEAR,
        Step.PILOT_TOOK_OVER,
        Step.DECIDED,
        Step.OVER,
    ]


# Whatever happens.


class Book:
    """A second account of what holds automation back, kept by hand beside the enforcer: no line of it is shared."""

    def __init__(self, policy: Policy) -> None:
        self.flight, self.policy, self.seconds = Flight(policy), policy, 0.0
        self.until_s, self.rung = -1.0, Rung.WITHDRAWN
        self.given: set[tuple[int, Rung]] = set()
        self.episodes, self.fresh, self.left_to_people = 0, True, False

    @property
    def enforcer(self) -> Enforcer:
        return self.flight.enforcer

    def inhibit(self) -> None:
        before = self.enforcer.next_act(self.policy, at(self.seconds))
        try:
            self.enforcer.inhibit("op1", "why", self.policy, at(self.seconds))
        except Refused:
            return
        assert before is not None
        assert before.inhibitable
        assert (self.episodes, before.rung) not in self.given
        self.given.add((self.episodes, before.rung))
        self.until_s, self.rung = self.seconds + INHIBIT_S, before.rung

    def person(self) -> None:
        order = CommandOrder(CommandId(f"C{self.seconds}"), D07, HOLD, "op1", "why")
        self.enforcer.progressed(CommandProgress(order, CommandStage.SENT), at(self.seconds))
        self.until_s = -1.0

    def pilot(self) -> None:
        if self.enforcer.mode_changed(state("LOITER"), "BRAKE"):
            self.left_to_people, self.until_s = True, -1.0

    def fly(self) -> None:
        episode = self.enforcer.episode
        if episode is not None and episode.pilot_has_control:
            self.enforcer.let_fly("op1")

    def restart(self) -> None:
        self.flight.enforcer = Enforcer(D07, self.enforcer.episode)
        self.fresh, self.until_s = True, -1.0

    def stage(self, stage: CommandStage, detail: str) -> None:
        if self.flight.sent:
            progress = CommandProgress(self.flight.sent[-1][1], stage, detail=detail)
            self.enforcer.progressed(progress, at(self.seconds))

    def look(self, exposure: Exposure, crosses: tuple[str, ...] | None) -> None:
        judgement = Judgement(state(), exposure, airborne(state()), lambda _state: crosses)
        orders = tuple(self.enforcer.judged(judgement, self.policy, at(self.seconds)))
        self.flight.sent += [(self.seconds, order) for order in orders]
        assert len(orders) <= 1
        for order in orders:
            self._may_be_sent(order, exposure, crosses)
        inhibit = self.enforcer.inhibit_now(at(self.seconds))
        assert inhibit is None or (inhibit.left_s <= INHIBIT_S and self.seconds < self.until_s)
        self.fresh = False
        if self.enforcer.episode is None:
            self.episodes, self.left_to_people = self.episodes + 1, False

    def _may_be_sent(self, order: CommandOrder, exposure: Exposure, crosses: tuple[str, ...] | None) -> None:
        assert not self.left_to_people
        assert exposure.standing is not Standing.UNKNOWN
        assert order.kind is not LAND or exposure.standing not in (Standing.INSIDE, Standing.CONTINGENCY)
        assert order.kind is not RTL or crosses == ()
        assert not self.fresh or exposure in (SAFE, AHEAD), "on a rung, nothing at the first look after a restart"
        assert self.seconds >= self.until_s or self.flight.episode.rung > self.rung, "it is held back"


EXPOSURES = st.sampled_from([SAFE, AHEAD, LEAVING, OUT, FAR_OUT, GONE, UNKNOWN])
DEEDS = st.sampled_from(["look", "look", "look", "inhibit", "person", "pilot", "fly", "stage", "restart"])
AUTOMATIONS = st.sampled_from([AUTO, AUTO, CONFIRM, ADVISE])


@st.composite
def policies(draw) -> Policy:
    commands = st.sampled_from([HOLD, RTL, LAND])
    rungs = [
        RungPolicy(draw(AUTOMATIONS), draw(commands), then=RTL, then_after_s=draw(st.floats(0, 8))) for _ in range(4)
    ]
    return replace(
        POLICY,
        forecast_exit=rungs[0],
        outside_flight_geography=rungs[1],
        leaving_contingency=rungs[2],
        outside_range=rungs[3],
    )


@settings(max_examples=200)
@given(
    policies(),
    st.lists(
        st.tuples(
            DEEDS,
            st.floats(0.05, 6),
            EXPOSURES,
            st.sampled_from(list(CommandStage)),
            st.sampled_from(["", NEEDS_POSITION]),
            st.sampled_from([(), ("Housing",), None]),
        ),
        max_size=50,
    ),
)
def test_whatever_happens_people_come_first(policy, deeds):
    """Nothing while inhibited, never for more than 10 s, once a rung; nothing after a pilot took over; no LAND inside the
    contingency volume; nothing on UNKNOWN; nothing at the first look after a restart.
    """
    book = Book(policy)
    for deed, pause, exposure, stage, detail, crosses in deeds:
        book.seconds += pause
        if deed == "stage":
            book.stage(stage, detail)
        elif deed != "look":
            getattr(book, deed)()
        book.look(exposure, crosses)
