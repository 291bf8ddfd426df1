"""The board against a second model of ISA-18.2 that is written as a table by hand: whatever happens, they agree."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from alarm_model import MINUTE_S, Kind, Model
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rangeops.domain.alarms import (
    AlarmBoard,
    AlarmDeed,
    AlarmState,
    Assessment,
    Condition,
    DeedKind,
    SourceState,
)
from rangeops.domain.now import Now

KINDS = (
    Kind("outside-range", 1, 0.0, 2.0, latching=True),
    Kind("link-lost", 1, 0.0, 2.0),
    Kind("telemetry-stale", 2, 0.0, 2.0, shelf_s=900.0, suppressed_by="link-lost"),
    Kind("uplink-lost", 2, 1.0, 2.0, shelf_s=900.0, suppressed_by="link-lost", silent_on_ground=True),
    Kind("vehicle-rebooted", 3, 0.0, 2.0, shelf_s=3600.0, silent_on_ground=True),
    Kind("link-down", 3, 1.0, 2.0, shelf_s=3600.0),
)
NAMES = st.sampled_from([kind.name for kind in KINDS])
COVERED = frozenset(Condition(kind.name) for kind in KINDS)
LETTER = {
    AlarmState.UNACKED: "U",
    AlarmState.ACKED: "A",
    AlarmState.RETURNED: "R",
    AlarmState.LATCHED: "L",
    AlarmState.SHELVED: "S",
    AlarmState.SUPPRESSED: "D",
    AlarmState.OUT_OF_SERVICE: "O",
}
DEEDS = {
    "ack": DeedKind.ACKNOWLEDGE,
    "reset": DeedKind.RESET,
    "shelve": DeedKind.SHELVE,
    "unshelve": DeedKind.UNSHELVE,
    "out": DeedKind.TAKE_OUT,
    "back": DeedKind.PUT_BACK,
}
TENTH_S = 3 / 32  # exact in binary and in microseconds: two clocks of floats would round apart
INSTANT_S = 1 / 64
START = datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC)


class TwoBoards(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.board, self.model = AlarmBoard(), Model(KINDS)
        self.seconds, self.holding, self.numbers, self.seen = 0.0, set(), {}, set()
        self.new = {}  # by condition, when a new alarm began to ask for attention; a restart begins anew

    @property
    def now(self):
        return Now(1000.0 + self.seconds, START + timedelta(seconds=self.seconds))

    def look(self):
        present = [Assessment(Condition(kind.name), "D07", present=True) for kind in KINDS if kind.name in self.holding]
        states = frozenset([SourceState.ON_GROUND]) if self.model.on_ground else frozenset()
        for alarm in self.board.assess_source("D07", COVERED, present, self.now, states):
            if alarm.state is AlarmState.UNACKED and alarm.id not in self.seen:
                self.seen.add(alarm.id)
                self.new.setdefault(alarm.condition, []).append(self.seconds)
        self.model.look(self.holding, self.seconds)

    @rule(pause_s=st.sampled_from([TENTH_S, 0.5, 1.0, 2.5, 20.0, 61.0, 1000.0]))
    def time_passes(self, pause_s):
        self.seconds += pause_s
        self.board.tick(self.now)
        self.model.tick(self.seconds)
        self.look()

    @rule(name=NAMES)
    def a_condition_turns(self, name):
        self.holding ^= {name}
        self.look()

    @rule(name=NAMES, times=st.integers(2, 60))
    def an_input_chatters_at_ten_hertz(self, name, times):
        for _ in range(times):
            self.seconds += TENTH_S
            self.holding ^= {name}
            self.look()

    @rule()
    def it_is_armed_or_disarmed(self):
        self.model.on_ground = not self.model.on_ground
        self.look()

    @rule(name=NAMES, what=st.sampled_from(sorted(DEEDS)), minutes=st.sampled_from([0.0, 1.0, 15.0, 16.0, 60.0, 61.0]))
    def somebody_does_something(self, name, what, minutes):
        for_s = minutes * 60.0 if what == "shelve" else 0.0
        alarm = next((alarm.id for alarm in self.board.standing if alarm.condition.value == name), "")
        self.seconds += INSTANT_S  # two deeds at one instant don't happen; an id is of its instant
        deed = AlarmDeed(DEEDS[what], alarm, Condition(name), "D07", "op1", "a reason", for_s)
        self.board.do(deed, self.now)
        self.model.done(name, what, self.seconds, for_s)
        self.look()

    @rule()
    def the_watch_restarts(self):
        """What stands, is shelved or out of service is taken up again; what was lately over is not known any more."""
        again = AlarmBoard()
        again.restore(self.board.standing)
        self.board = again
        for row in self.model.rows.values():
            row.since_s, row.announced_s = None, float("-inf")
        self.new.clear()
        self.look()

    @invariant()
    def they_agree(self):
        theirs = {alarm.condition.value: LETTER[alarm.state] for alarm in self.board.standing}
        assert theirs == {name: row.state for name, row in self.model.rows.items() if row.state != "N"}
        for alarm in self.board.standing:
            row = self.model.rows[alarm.condition.value]
            assert alarm.present == row.holds
            assert self.numbers.setdefault(row.occurrence, alarm.id) == alarm.id, "the same occurrence has one id"
        assert len(set(self.numbers.values())) == len(self.numbers), "and another has another"

    @invariant()
    def a_p1_that_stands_is_on_the_board_and_asks(self):
        for kind in KINDS[:2]:
            if self.model.rows[kind.name].holds:
                assert self.model.rows[kind.name].state in "UA"

    @invariant()
    def new_alarms_of_a_condition_are_a_minute_apart(self):
        for times in self.new.values():
            assert all(later - earlier >= MINUTE_S for earlier, later in pairwise(times))


TestTwoBoards = TwoBoards.TestCase
TestTwoBoards.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
