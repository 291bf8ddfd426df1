"""A command, from the order to the moment it is seen obeyed."""

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rangeops.adapters.mavlink.commands import (
    IGNORED,
    NEXT,
    NO_ACK_S,
    OLD_ACK_S,
    OPEN,
    RESEND_S,
    CommandMachine,
    Event,
)
from rangeops.adapters.mavlink.deeds import GIVE_UP_S, MODE_WITHIN_S, SLOWER_WITHIN_S
from rangeops.adapters.mavlink.messages import AutopilotVersion, CommandAck, CommandLong, Statustext
from rangeops.adapters.mavlink.transactions import WORDS_S, Send
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import FINAL_STAGES, CommandKind, CommandProgress, CommandStage, CommandTarget
from rangeops.domain.telemetry import (
    Autopilot,
    Estimator,
    Heartbeat,
    PositionReport,
    Sysid,
    SystemStatus,
    VehicleState,
)

HOLD, RTL, LAND = CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND
GOOD, LOST = 0x33F, 0x25


def state_at(
    now_s: float,
    *,
    mode: int = 4,
    speed_mps: float = 10.0,
    vehicle_class: VehicleClass = VehicleClass.COPTER,
    autopilot: Autopilot = Autopilot.ARDUPILOT,
    flags: int = GOOD,
    heartbeat_s: float | None = None,
) -> VehicleState:
    heard_s = now_s if heartbeat_s is None else heartbeat_s
    return VehicleState(
        Sysid(21),
        "udpin:127.0.0.1:14550",
        heartbeat=Heartbeat(heard_s, autopilot, vehicle_class, mode, "", armed=True, system_status=SystemStatus.ACTIVE),
        position=PositionReport(now_s, int(now_s * 1000), 52.0, 6.0, 60.0, 25.0, speed_mps, 0.0, 0.0, None),
        estimator=Estimator(now_s, flags),
    )


def ack(result: int, *, command: int = 176, target: int = 250) -> CommandAck:
    return CommandAck(command, result, 0, 0, target, 190)


def sent(outputs) -> list[CommandLong]:
    return [output.message for output in outputs if isinstance(output, Send)]


def stages(outputs) -> list[CommandStage]:
    return [output.stage for output in outputs if isinstance(output, CommandProgress)]


class Run:
    """A machine with a vehicle whose state a test sets, and time that a test moves."""

    def __init__(self, order, at, kind=HOLD, **state):
        self.at, self.order = at, order
        self.state = state
        self.machine = CommandMachine(250)
        self.now_s = 100.0
        self.outputs = self.machine.begin(order(kind), self.seen(), self.now)

    @property
    def now(self):
        return self.at(self.now_s)

    def seen(self, **change) -> VehicleState:
        self.state.update(change)
        return state_at(self.now_s, **self.state)

    def hear(self, message):
        self.outputs += self.machine.received(message, self.now)

    def show(self, **change):
        self.outputs += self.machine.observed(self.seen(**change), self.now)

    def wait(self, seconds: float, *, telemetry: bool = True):
        """Time passes in steps; telemetry goes on showing what it shows."""
        end_s = self.now_s + seconds
        while self.now_s < end_s - 1e-9:
            self.now_s += 0.1
            if telemetry:
                self.show()
            state = self.seen() if telemetry else state_at(self.now_s, **{**self.state, "heartbeat_s": 99.0})
            self.outputs += self.machine.timed_out(state, self.now)

    @property
    def stages(self):
        return stages(self.outputs)

    @property
    def last(self) -> CommandProgress:
        return [output for output in self.outputs if isinstance(output, CommandProgress)][-1]


@pytest.fixture
def run(order, at):
    return lambda kind=HOLD, **state: Run(order, at, kind, **state)


def test_every_stage_and_event_is_decided():
    assert NEXT.keys() ^ IGNORED == set(product(CommandStage, Event))
    assert not NEXT.keys() & IGNORED


def test_a_final_stage_is_left_only_from_no_ack():
    """Silence isn't disobedience: when the link is back, the command goes on."""
    assert {stage for stage, _ in NEXT} & FINAL_STAGES == {CommandStage.NO_ACK}
    assert {stage for stage, _ in NEXT} == OPEN


@pytest.mark.parametrize(
    ("vehicle_class", "autopilot", "kind", "parameters"),
    [
        (VehicleClass.COPTER, Autopilot.ARDUPILOT, HOLD, (1, 17, 0)),
        (VehicleClass.COPTER, Autopilot.ARDUPILOT, RTL, (1, 6, 0)),
        (VehicleClass.COPTER, Autopilot.ARDUPILOT, LAND, (1, 9, 0)),
        (VehicleClass.PLANE, Autopilot.ARDUPILOT, HOLD, (1, 12, 0)),
        (VehicleClass.PLANE, Autopilot.ARDUPILOT, RTL, (1, 11, 0)),
        (VehicleClass.ROVER, Autopilot.ARDUPILOT, HOLD, (1, 4, 0)),
        (VehicleClass.ROVER, Autopilot.ARDUPILOT, RTL, (1, 11, 0)),
        (VehicleClass.COPTER, Autopilot.PX4, HOLD, (1, 4, 3)),
        (VehicleClass.COPTER, Autopilot.PX4, LAND, (1, 4, 6)),
    ],
)
def test_each_vehicle_is_told_in_its_own_numbers(run, vehicle_class, autopilot, kind, parameters):
    (message,) = sent(run(kind, vehicle_class=vehicle_class, autopilot=autopilot).outputs)
    assert (message.command, message.target_system, message.target_component) == (176, 21, 1)
    assert (message.param1, message.param2, message.param3) == parameters


@pytest.mark.parametrize(
    ("vehicle_class", "autopilot", "kind"),
    [
        (VehicleClass.PLANE, Autopilot.ARDUPILOT, LAND),
        (VehicleClass.ROVER, Autopilot.ARDUPILOT, LAND),
        (VehicleClass.UNKNOWN, Autopilot.ARDUPILOT, HOLD),
        (VehicleClass.COPTER, Autopilot.OTHER, HOLD),
    ],
)
def test_what_a_vehicle_cannot_do_is_said_and_not_sent(run, vehicle_class, autopilot, kind):
    done = run(kind, vehicle_class=vehicle_class, autopilot=autopilot)
    assert sent(done.outputs) == []
    assert done.stages == [CommandStage.REFUSED]
    assert "not sent" in done.last.detail
    assert done.machine.deadline_s is None


def test_hold_is_seen_when_mode_and_movement_show_it(run):
    done = run(HOLD)
    done.hear(ack(0))
    assert done.stages == [CommandStage.SENT, CommandStage.ACKED]
    done.now_s += 1
    done.show(mode=17)
    assert done.last.stage is CommandStage.ACKED  # in the mode, but as fast as before
    done.now_s += 1
    done.show(speed_mps=7.0)
    assert done.last.stage is CommandStage.SEEN
    assert done.last.seen_after_s == pytest.approx(2.0)
    assert done.machine.deadline_s is None


def test_a_slow_vehicle_is_seen_holding_at_once(run):
    done = run(HOLD, speed_mps=0.4)
    done.now_s += 0.5
    done.show(mode=17)
    assert done.last.stage is CommandStage.SEEN


def test_a_planes_hold_is_a_circle_and_never_slows(run):
    done = run(HOLD, vehicle_class=VehicleClass.PLANE, speed_mps=22.0)
    done.now_s += 0.5
    done.show(mode=12)
    assert done.last.stage is CommandStage.SEEN


@pytest.mark.parametrize(("kind", "mode"), [(RTL, 6), (LAND, 9)])
def test_rtl_and_land_are_seen_by_their_mode(run, kind, mode):
    done = run(kind)
    done.hear(ack(0))
    done.now_s += 0.5
    done.show(mode=mode)
    assert done.stages == [CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN]


def test_a_heartbeat_from_before_the_order_shows_nothing(run):
    done = run(RTL, heartbeat_s=99.5)
    done.now_s += 0.2
    done.show(mode=6, heartbeat_s=99.9)
    assert done.stages == [CommandStage.SENT]


def test_a_lost_ack_does_not_matter_when_the_vehicle_is_seen_doing_it(run):
    done = run(LAND)
    done.wait(1.0)
    done.show(mode=9)
    assert done.stages[-1] is CommandStage.SEEN
    assert done.last.ack_after_s is None


def test_hold_without_trusted_position_is_neither_seen_nor_disobeyed(run):
    done = run(HOLD, flags=LOST, speed_mps=0.0)
    done.hear(ack(0))
    done.now_s += 1
    done.show(mode=17)
    done.wait(30)
    assert done.stages == [CommandStage.SENT, CommandStage.ACKED]
    done.wait(GIVE_UP_S)
    assert done.last.stage is CommandStage.NO_ACK
    assert "no trusted telemetry" in done.last.detail
    assert done.machine.deadline_s is None


def test_a_position_that_has_just_come_good_is_looked_at_before_the_hold_is_judged(run):
    """A vehicle at rest was told "in BRAKE, but still at 0.0 m/s" when its estimator settled between two positions."""
    done = run(HOLD, flags=LOST, speed_mps=0.0)
    done.hear(ack(0))
    done.now_s += 1
    done.show(mode=17)
    done.wait(SLOWER_WITHIN_S + 1)
    done.now_s += RESEND_S + 0.1
    done.outputs += done.machine.timed_out(done.seen(flags=GOOD), done.now)
    assert done.stages == [CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN]


def test_silence_is_repeated_with_a_rising_confirmation_and_then_said(run):
    done = run(HOLD)
    done.wait(NO_ACK_S - 0.2)
    assert done.stages == [CommandStage.SENT]
    done.wait(0.3)
    assert done.last.stage is CommandStage.NO_ACK
    done.wait(3.0)  # and it goes on
    confirmations = [message.confirmation for message in sent(done.outputs)]
    assert confirmations == list(range(len(confirmations)))
    assert len(confirmations) == pytest.approx(6.0 / RESEND_S, abs=2)


def test_silence_ends_some_day(run):
    done = run(HOLD)
    done.wait(GIVE_UP_S + 1)
    count = len(sent(done.outputs))
    done.wait(20)
    assert len(sent(done.outputs)) == count
    assert done.stages == [CommandStage.SENT, CommandStage.NO_ACK]


def test_after_silence_a_late_ack_and_obedience_count(run):
    done = run(HOLD)
    done.wait(NO_ACK_S + 1)
    done.hear(ack(0))
    done.now_s += 1
    done.show(mode=17, speed_mps=0.0)
    assert done.stages == [CommandStage.SENT, CommandStage.NO_ACK, CommandStage.ACKED, CommandStage.SEEN]


def test_an_ack_without_obedience_is_said_in_its_time(run):
    done = run(HOLD)
    done.hear(ack(0))
    done.wait(MODE_WITHIN_S - 0.2)
    assert done.last.stage is CommandStage.ACKED
    done.wait(0.4)
    assert done.last.stage is CommandStage.NOT_OBEYED
    assert "mode 4" in done.last.detail
    assert len(sent(done.outputs)) == 1  # acked: not repeated


def test_the_mode_without_slowing_is_disobedience(run):
    done = run(HOLD)
    done.hear(ack(0))
    done.now_s += 1
    done.show(mode=17)
    done.wait(SLOWER_WITHIN_S + 0.3)
    assert done.last.stage is CommandStage.NOT_OBEYED
    assert "10.0 m/s" in done.last.detail


def test_without_telemetry_nobody_is_disobedient(run):
    done = run(HOLD)
    done.hear(ack(0))
    done.wait(MODE_WITHIN_S * 4, telemetry=False)
    assert done.stages == [CommandStage.SENT, CommandStage.ACKED]


def test_without_an_ack_another_mode_is_silence_not_disobedience(run):
    done = run(HOLD)
    done.wait(20)  # its heartbeats keep coming: only our way to it is dead
    assert CommandStage.NOT_OBEYED not in done.stages
    assert done.last.stage is CommandStage.NO_ACK


def test_a_pilot_who_changes_the_mode_is_not_fought(run):
    done = run(HOLD)
    done.wait(0.5)
    done.show(mode=17)  # seen in the mode, the ack was lost
    before = len(sent(done.outputs))
    done.show(mode=5)
    done.wait(10)
    assert len(sent(done.outputs)) == before
    assert done.last.stage is CommandStage.NOT_OBEYED


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (b"Mode change to BRAKE failed: requires position", "needs a position"),
        (b"No such mode 17", "no such mode"),
        (b"Arm: BRAKE mode not armable", "not armable"),
        (b"Q_ENABLE 0", "quadplane"),
        (b"Something else", "failed (Something else)"),
    ],
)
def test_a_refusal_is_told_with_its_reason(run, text, meaning):
    """The words follow the answer within a cycle, as in captures/brake_hold_then_land."""
    done = run(HOLD)
    done.hear(ack(4))
    assert done.stages == [CommandStage.SENT]
    done.now_s += 0.02
    done.hear(Statustext(4, text, 0, 0))
    done.wait(WORDS_S + 0.1)
    assert done.last.stage is CommandStage.REFUSED
    assert meaning in done.last.detail
    assert text.decode() in done.last.detail
    assert len(sent(done.outputs)) == 1


def test_a_refusal_without_words_is_told_by_its_result(run):
    done = run(HOLD)
    done.hear(Statustext(6, b"Something long before", 0, 0))
    done.now_s += 2
    done.hear(ack(77))
    done.wait(WORDS_S + 0.1)
    assert done.last.detail == "result 77"


def test_in_progress_keeps_from_repeating(run):
    done = run(HOLD)
    done.hear(ack(5))
    done.wait(2.0)
    assert len(sent(done.outputs)) == 1
    assert done.stages == [CommandStage.SENT]


@pytest.mark.parametrize("message", [ack(0, command=511), ack(0, target=251), ack(4, target=255)])
def test_the_answer_to_something_else_is_none(run, message):
    done = run(HOLD)
    done.hear(message)
    assert done.stages == [CommandStage.SENT]


def test_a_more_urgent_order_overtakes_at_once(run):
    done = run(HOLD)
    done.now_s += 0.3
    done.outputs += done.machine.begin(done.order(LAND), done.seen(), done.now)
    assert done.stages == [CommandStage.SENT, CommandStage.SUPERSEDED, CommandStage.SENT]
    assert sent(done.outputs)[-1].param2 == 9


def test_the_answer_to_the_overtaken_order_is_not_taken_for_the_new_ones(run):
    """Both are command 176, and an answer doesn't say which."""
    done = run(HOLD)
    done.now_s += 0.3
    done.outputs += done.machine.begin(done.order(LAND), done.seen(), done.now)
    done.now_s += 0.2
    done.hear(ack(0))  # HOLD's
    assert done.stages[-1] is CommandStage.SENT
    done.wait(OLD_ACK_S)
    assert len(sent(done.outputs)) >= 3  # so LAND is still repeated
    done.hear(ack(0))
    assert done.stages[-1] is CommandStage.ACKED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the fixtures are functions
@given(st.lists(st.sampled_from(["ack", "refusal", "mode", "slow", "wait", "land", "rtl"]), max_size=30))
def test_whatever_happens_nothing_is_claimed_that_was_not_seen(order, at, events):
    done = Run(order, at)
    orders = {"land": LAND, "rtl": RTL}
    for number, event in enumerate(events):
        match event:
            case "ack":
                done.hear(ack(0))
            case "refusal":
                done.hear(ack(4))
            case "mode":
                done.show(mode=done.machine.commanded_mode or 5)
            case "slow":
                done.show(speed_mps=0.2)
            case "wait":
                done.wait(1.3)
            case _:
                wanted = replace(order(orders[event]), id=f"{event}-{number}")
                done.outputs += done.machine.begin(wanted, done.seen(), done.now)
    by_order: dict[str, list[CommandProgress]] = {}
    for output in done.outputs:
        if isinstance(output, CommandProgress):
            by_order.setdefault(output.order.id, []).append(output)
    for told in by_order.values():
        moves = list(pairwise([progress.stage for progress in told]))
        assert all(now in set(NEXT.values()) and before in OPEN for before, now in moves)
        assert sum(progress.stage in FINAL_STAGES - {CommandStage.NO_ACK} for progress in told) <= 1
    seen = [
        output for output in done.outputs if isinstance(output, CommandProgress) and output.stage is CommandStage.SEEN
    ]
    assert "mode" in events or not seen


def test_the_named_times_leave_room_for_what_was_measured():
    """BRAKE from 10 m/s took 4.8 s to rest; heartbeats come once a second; the range promises seen within 3 s."""
    assert SLOWER_WITHIN_S > 4.8
    assert MODE_WITHIN_S >= 3.0
    assert RESEND_S < NO_ACK_S


def test_the_answer_to_a_hold_that_has_ended_is_not_the_returns(run, order):
    """It was repeated meanwhile, and went out on each route: each has an answer of its own."""
    it = run()
    it.wait(0.8)
    it.hear(ack(0))
    it.wait(0.2)
    it.show(mode=17, speed_mps=3.0)
    assert it.last.stage is CommandStage.SEEN
    it.outputs = it.machine.begin(order(RTL), it.seen(), it.now)
    it.wait(0.3)
    it.hear(ack(0))
    it.wait(6.0)
    assert len(sent(it.outputs)) > 5
    assert CommandStage.NOT_OBEYED not in it.stages


def test_the_refusal_of_a_hold_that_has_ended_is_not_the_landings(run, order):
    it = run()
    it.wait(0.6)
    it.hear(ack(4))
    it.wait(WORDS_S + 0.1)
    it.outputs = it.machine.begin(order(LAND), it.seen(), it.now)
    it.wait(0.1)
    it.hear(ack(4))
    it.wait(3.0)
    assert CommandStage.REFUSED not in it.stages


def test_a_goto_that_was_lost_is_not_seen_by_the_way_to_another_place(order, at):
    """It is in GUIDED already, on its way to an older target that lies in the same direction."""
    machine = CommandMachine(250)
    place = CommandTarget(latitude_deg=52.01, longitude_deg=6.0, altitude_amsl_m=60.0)
    moving = replace(order(CommandKind.GOTO), target=place)
    outputs = machine.begin(
        moving, state_at(100.0), at(100.0), AutopilotVersion(0xFBEF, 0, 0, 0, 0, 0, 0, 0, (), (), (), ())
    )
    for n in range(1, 12):
        state = state_at(100 + n * 0.2)
        assert state.position is not None
        state = replace(state, position=replace(state.position, latitude_deg=52.0 + n * 2 / 111_320))
        outputs += machine.observed(state, at(100 + n * 0.2)) + machine.timed_out(state, at(100 + n * 0.2))
    assert stages(outputs) == [CommandStage.SENT]
    assert len(sent(outputs)) > 3
