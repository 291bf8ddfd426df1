"""A parameter is set when the vehicle itself says so; and one command until its answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.mavlink.messages import CommandAck, ParamRequestRead, ParamSet, ParamValue, Statustext
from rangeops.adapters.mavlink.parameters import ANSWER_S, ATTEMPTS, SetParameter, Setting, float32
from rangeops.adapters.mavlink.transactions import ATTEMPTS as CALL_ATTEMPTS
from rangeops.adapters.mavlink.transactions import IN_PROGRESS_S, RESEND_S, WORDS_S, Call, Done, Failed, Send
from rangeops.domain.telemetry import Sysid

ALT_MAX = Setting("FENCE_ALT_MAX", 59.99)


def value(number: float, name: bytes = b"FENCE_ALT_MAX") -> ParamValue:
    return ParamValue(number, 1390, 65535, name, 9)


def messages(outputs) -> list:
    return [output.message for output in outputs if isinstance(output, Send)]


def test_it_is_read_before_it_is_written_and_read_again(at):
    setting = SetParameter(Sysid(21), ALT_MAX)
    (read,) = messages(setting.begin(at(0)))
    assert read == ParamRequestRead(-1, 21, 1, b"FENCE_ALT_MAX")
    (write,) = messages(setting.received(value(100.0), at(0.1)))
    assert write == ParamSet(59.99, 21, 1, b"FENCE_ALT_MAX", 9)
    assert setting.received(value(float32(59.99)), at(0.2)) == [Done()]
    assert setting.before == 100.0
    assert setting.deadline_s is None


def test_what_is_so_already_is_not_written(at):
    setting = SetParameter(Sysid(21), ALT_MAX)
    setting.begin(at(0))
    assert setting.received(value(float32(59.99)), at(0.1)) == [Done()]


def test_checking_never_writes(at):
    setting = SetParameter(Sysid(21), ALT_MAX, write=False)
    setting.begin(at(0))
    assert setting.received(value(100.0), at(0.1)) == [Failed("FENCE_ALT_MAX is 100 instead of 59.99")]


def test_a_value_that_stays_is_stated(at):
    setting = SetParameter(Sysid(21), ALT_MAX)
    outputs = setting.begin(at(0))
    now_s = 0.0
    while setting.deadline_s is not None:
        outputs += setting.received(value(100.0), at(now_s))
        now_s += ANSWER_S
        outputs += setting.timed_out(at(now_s))
    assert outputs[-1] == Failed("FENCE_ALT_MAX is 100 instead of 59.99")
    assert sum(isinstance(message, ParamSet) for message in messages(outputs)) >= 3
    assert len(messages(outputs)) == ATTEMPTS


def test_another_name_is_tried_where_the_first_is_not_answered(at):
    setting = SetParameter(Sysid(21), Setting("RTL_ALT", 3000.0, otherwise=(Setting("RTL_ALT_M", 30.0),)))
    outputs = setting.begin(at(0))
    now_s = 0.0
    while setting.setting.name == "RTL_ALT":
        now_s += ANSWER_S
        outputs += setting.timed_out(at(now_s))
    assert setting.received(value(30.0, b"RTL_ALT_M"), at(now_s)) == [Done()]


def test_a_parameter_that_is_never_answered_is_stated(at):
    setting = SetParameter(Sysid(21), ALT_MAX)
    outputs = setting.begin(at(0))
    for attempt in range(1, ATTEMPTS + 1):
        outputs += setting.timed_out(at(attempt * ANSWER_S + 0.01 * attempt))
    assert isinstance(outputs[-1], Failed)
    assert outputs[-1].silent


@pytest.mark.parametrize("message", [value(1.0, b"FENCE_TYPE"), value(float("nan"))])
def test_what_says_nothing_about_it_changes_nothing(at, message):
    setting = SetParameter(Sysid(21), ALT_MAX)
    setting.begin(at(0))
    assert setting.received(message, at(0.1)) == []
    assert setting.before is None


@given(st.lists(st.sampled_from(["lost", "read", "late", "both"]), min_size=1, max_size=40))
def test_done_is_never_said_of_a_vehicle_that_holds_something_else(at, fates):
    held, now_s, delayed = 100.0, 0.0, []
    setting = SetParameter(Sysid(21), ALT_MAX)
    outputs = setting.begin(at(0))
    queue = messages(outputs)
    for fate in fates:
        for message in queue:
            if fate == "lost":
                continue
            if isinstance(message, ParamSet):
                held = float32(message.param_value)
            delayed.append(value(held))
        queue = []
        if fate != "late":
            for answer in delayed:
                queue += messages(got := setting.received(answer, at(now_s)))
                outputs += got
            delayed = []
        now_s += ANSWER_S
        outputs += (got := setting.timed_out(at(now_s)))
        queue += messages(got)
    if any(isinstance(output, Done) for output in outputs):
        assert held == float32(59.99)


# One command until its answer.


def answer(result: int, command: int = 207, target: int = 250) -> CommandAck:
    return CommandAck(command, result, 0, 0, target, 190)


def test_a_call_is_repeated_until_it_is_accepted(at):
    call = Call(Sysid(21), 250, 207, [1.0])
    (first,) = messages(call.begin(at(0)))
    (second,) = messages(call.timed_out(at(RESEND_S)))
    assert (first.confirmation, second.confirmation, second.param1) == (0, 1, 1.0)
    assert call.received(answer(0), at(0.6)) == [Done()]
    assert call.timed_out(at(60)) == []


def test_a_call_that_is_refused_is_told_with_the_words_beside_it(at):
    call = Call(Sysid(21), 250, 207, [1.0])
    call.begin(at(0))
    assert call.received(answer(4), at(0.1)) == []
    call.received(Statustext(4, b"Fence not present", 0, 0), at(0.12))
    assert call.timed_out(at(0.1 + WORDS_S)) == [Failed("failed (Fence not present)")]


def test_a_call_in_progress_waits_longer(at):
    call = Call(Sysid(21), 250, 207)
    call.begin(at(0))
    assert call.received(answer(5), at(0.1)) == []
    assert call.deadline_s == pytest.approx(0.1 + IN_PROGRESS_S)


def test_a_call_to_the_deaf_ends_in_silence(at):
    call = Call(Sysid(21), 250, 207)
    outputs = call.begin(at(0))
    for attempt in range(1, CALL_ATTEMPTS + 1):
        outputs += call.timed_out(at(attempt * RESEND_S + 0.01 * attempt))
    assert outputs[-1] == Failed("no answer to command 207 in 6 attempts", silent=True)
    assert call.received(answer(0), at(100)) == []


@pytest.mark.parametrize("message", [answer(0, command=176), answer(0, target=255)])
def test_an_answer_to_something_else_does_not_end_a_call(at, message):
    call = Call(Sysid(21), 250, 207)
    call.begin(at(0))
    assert call.received(message, at(0.1)) == []
    assert call.deadline_s is not None


def test_an_answer_without_a_target_counts(at):
    """MAVLink 1 has no room for it."""
    call = Call(Sysid(21), 250, 207)
    call.begin(at(0))
    assert call.received(answer(0, target=0), at(0.1)) == [Done()]
