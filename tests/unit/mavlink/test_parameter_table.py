"""The whole table with its gaps, the cache and what makes it forget, both codings, and the encoder's list."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mavlink_world import World, instant

import rangeops
from rangeops.adapters.mavlink.encode import Sender
from rangeops.adapters.mavlink.inquiry import Answered
from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import GlobalPositionInt, ParamRequestRead, ParamSet, ParamValue
from rangeops.adapters.mavlink.parameter_table import (
    FRUITLESS,
    GAPS_AT_ONCE,
    LISTS,
    MOST_PARAMETERS,
    QUIET_S,
    ParameterCache,
    ReadTable,
)
from rangeops.adapters.mavlink.parameters import Coding, ReadParameter, SetParameter, Setting, coding_of, float32
from rangeops.adapters.mavlink.transactions import Done, Failed, Progress, Send
from rangeops.adapters.mavlink.vehicle import SILENT_S
from rangeops.domain.errors import Refused
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import WRITABLE


def told(index, count=50, value=1.0):
    return ParamValue(value, count, index, f"P{index}".encode(), 9)


@given(st.integers(0, 2**32), st.floats(0.0, 0.6))
def test_under_loss_the_table_is_whole_or_a_stated_failure(seed, loss):
    chance = random.Random(seed)
    read, now_s = ReadTable(Sysid(21)), 0.0
    outputs = read.begin(instant(0))
    while read.deadline_s is not None:
        asked = [output.message for output in outputs if isinstance(output, Send)]
        indexes = [i for m in asked for i in ([m.param_index] if isinstance(m, ParamRequestRead) else range(50))]
        outputs = []
        for index in indexes:
            if chance.random() >= loss:
                outputs += read.received(told(index, value=float(index)), instant(now_s))
        now_s += QUIET_S
        outputs += read.timed_out(instant(now_s))
    if any(isinstance(output, Done) for output in outputs):
        assert read.table == {f"P{index}": float(index) for index in range(50)}
    else:
        assert any(isinstance(output, Failed) and output.reason for output in outputs)


def test_gaps_are_asked_for_by_index_a_few_at_a_time(at):
    read = ReadTable(Sysid(21))
    read.begin(at(0))
    assert read.received(told(3, count=200), at(0.1)) == [Progress(1, 200)]
    requests = [output.message for output in read.timed_out(at(0.1 + QUIET_S))]
    assert [request.param_index for request in requests] == [i for i in range(GAPS_AT_ONCE + 1) if i != 3]
    assert all(request.param_id == b"" for request in requests)


@pytest.mark.parametrize("message", [told(65535), told(0, count=MOST_PARAMETERS + 1), told(50, count=50)])
def test_what_is_no_row_of_a_table_is_none(at, message):
    read = ReadTable(Sysid(21))
    read.begin(at(0))
    assert read.received(message, at(0.1)) == []
    assert read.table == {}


def test_a_vehicle_that_lists_nothing_and_one_that_stops_are_given_up(at):
    silent, now_s = ReadTable(Sysid(21)), 0.0
    outputs = silent.begin(at(now_s))
    while silent.deadline_s is not None:
        now_s += QUIET_S
        outputs += silent.timed_out(at(now_s))
    assert len(outputs) == LISTS + 1
    assert outputs[-1] == Failed("it doesn't list its parameters", silent=True)
    stops = ReadTable(Sysid(21))
    stops.begin(at(0))
    stops.received(told(0), at(0))
    rounds, now_s = 0, 0.0
    while stops.deadline_s is not None:
        now_s += QUIET_S
        outputs, rounds = stops.timed_out(at(now_s)), rounds + 1
    assert rounds <= FRUITLESS + 2
    assert outputs == [Failed("49 of 50 parameters never came", silent=True)]


def test_a_table_that_grows_meanwhile_is_read_anew(at):
    read = ReadTable(Sysid(21))
    read.begin(at(0))
    read.received(told(0, count=2), at(0))
    read.received(told(1, count=3), at(0))
    read.received(told(0, count=3), at(0))
    assert read.received(told(2, count=3), at(0)) == [Done()]


def test_the_cache_tells_how_old_a_value_is_and_takes_each_new_one(at):
    cache = ParameterCache()
    cache.heard(told(1, value=2.0), at(10))
    known = cache.get("P1", at(14))
    assert (known.value, known.age_s) == (2.0, 4.0)
    cache.heard(told(1, value=3.0), at(20))
    assert cache.get("P1", at(20)).value == 3.0
    cache.heard(told(1, value=float("nan")), at(21))
    assert cache.get("P1", at(21)) is None


def test_a_stranger_can_not_fill_the_memory(at):
    cache = ParameterCache()
    for index in range(MOST_PARAMETERS + 100):
        cache.heard(told(index), at(0))
    assert len(cache.of([f"P{i}" for i in range(MOST_PARAMETERS + 100)], at(0))) == MOST_PARAMETERS


@given(
    st.sampled_from([(1, 0, 255), (2, -128, 127), (3, 0, 65535), (4, -32768, 32767), (6, -4_000_000, 2**31 - 1)]),
    st.data(),
)
def test_bytewise_whole_numbers_come_through_as_they_are(kind, data):
    param_type, lowest, highest = kind
    value = data.draw(st.integers(lowest, highest))
    carried = Coding.BYTEWISE.carried(value, param_type)
    assert Coding.BYTEWISE.meant(ParamValue(carried, 1, 0, b"X", param_type)) == value


def test_capabilities_say_the_coding_and_a_float_is_a_float_in_both():
    assert coding_of(64495) is Coding.C_CAST  # ArduCopter 4.5.7's own
    assert coding_of(64495 | 16) is Coding.BYTEWISE
    for coding in Coding:
        assert coding.meant(ParamValue(1.5, 1, 0, b"X", 9)) == coding.carried(1.5, 9) == 1.5


def test_a_bytewise_vehicle_is_read_and_set_in_its_own_coding(at):
    carried = Coding.BYTEWISE.carried
    setting = SetParameter(Sysid(21), Setting("FENCE_TYPE", 5), coding=Coding.BYTEWISE)
    setting.begin(at(0))
    (write,) = setting.received(ParamValue(carried(7, 6), 1, 0, b"FENCE_TYPE", 6), at(0.1))
    assert write.message.param_value == carried(5, 6)
    assert setting.received(ParamValue(carried(5, 6), 1, 0, b"FENCE_TYPE", 6), at(0.2)) == [Done()]
    assert setting.before == 7
    read = ReadParameter(Sysid(21), "FENCE_TYPE", coding=Coding.BYTEWISE)
    read.begin(at(0))
    read.received(ParamValue(carried(-1, 6), 1, 0, b"FENCE_TYPE", 6), at(0.1))
    assert read.value == -1


# The one list: whoever makes a packet of ours goes through it.


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", min_size=1, max_size=16))
def test_the_encoder_makes_no_param_set_of_what_isnt_on_the_list(name):
    message = ParamSet(1.0, 21, 1, name.encode(), 9)
    if name in WRITABLE:
        assert decode_frame(Sender(250).pack(message)) == message
        return
    with pytest.raises(Refused, match="no parameter that the range writes"):
        Sender(250).pack(message)


@pytest.mark.parametrize("name", sorted(WRITABLE))
def test_what_is_on_the_list_passes(name):
    message = ParamSet(1.0, 21, 1, name.encode(), 9)
    assert decode_frame(Sender(250).pack(message)) == message


def test_no_other_place_makes_packets():
    """Sender.pack alone begins a frame: nothing in the package can send a PARAM_SET past the list."""
    package = Path(rangeops.__file__).parent
    framing = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] != "sim" and "V2_MARKER,)" in path.read_text(encoding="utf-8")
    }
    assert framing == {"adapters/mavlink/encode.py"}
    makers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] != "sim"
        and any(
            word in path.read_text(encoding="utf-8") for word in ("param_set_encode", "param_set_send", "ParamSet(")
        )
    }
    assert makers == {"adapters/mavlink/messages.py", "adapters/mavlink/parameters.py"}


# On a simulated ArduCopter.


@pytest.fixture
def world():
    made = World()
    assert made.run(40, lambda: (v := made.fleet.vehicles.get(21)) is not None and v.identity is not None)
    return made


def ask(world, *names, limit_s=60.0) -> Answered:
    world.told.clear()
    world.up(world.fleet.read_parameters(Sysid(21), "Q1", names, world.now))
    found = [each for each in world.told if isinstance(each, Answered)]
    if not found:
        assert world.run(limit_s, lambda: any(isinstance(each, Answered) for each in world.told))
        found = [each for each in world.told if isinstance(each, Answered)]
    (answer,) = found
    return answer


@pytest.mark.parametrize("loss", [0.0, 0.2])
def test_the_whole_table_is_read_under_loss(world, loss):
    world.loss = loss
    answer = ask(world, limit_s=300)
    parameters = world.vehicle.parameters
    assert answer.failure == ""
    assert answer.table == {name: float32(parameters[name]) for name in parameters}


def requests(world):
    return [m for data in world.sent if isinstance(m := decode_frame(data), ParamRequestRead)]


def test_a_second_question_is_answered_from_the_cache_until_something_happens(world):
    assert ask(world, "WPNAV_SPEED", "NO_SUCH").missing == ("NO_SUCH",)
    cached = world.fleet.vehicles[Sysid(21)].aboard.parameters
    world.sent.clear()
    ask(world, "WPNAV_SPEED")
    assert requests(world) == []
    stranger = (255, 190, ParamSet(300.0, 21, 1, b"WPNAV_SPEED", 9), 0)
    world.up(world.fleet.received(world.uri, world.peer, stranger, world.now))
    assert cached.get("WPNAV_SPEED", world.now) is None
    ask(world, "WPNAV_SPEED")
    assert requests(world)
    spoken = (21, 1, ParamValue(321.0, 1390, 65535, b"WPNAV_SPEED", 9), 0)
    world.up(world.fleet.received(world.uri, world.peer, spoken, world.now))
    assert cached.get("WPNAV_SPEED", world.now).value == 321.0


def test_a_restart_empties_the_cache(world):
    ask(world, "WPNAV_SPEED")
    heard = world.fleet.vehicles[Sysid(21)]
    assert heard.aboard.parameters.get("WPNAV_SPEED", world.now) is not None
    assert world.run(10, lambda: heard.state.position is not None and heard.state.position.time_boot_ms > 2000)
    again = GlobalPositionInt(100, 522758330, 68891670, 35000, 0, 0, 0, 0, 0)
    world.up(world.fleet.received(world.uri, world.peer, (21, 1, again, 0), world.now))
    assert heard.aboard.parameters.get("WPNAV_SPEED", world.now) is None


def test_one_question_at_a_time(world):
    world.up(world.fleet.read_parameters(Sysid(21), "Q1", (), world.now))
    (answer,) = world.fleet.read_parameters(Sysid(21), "Q2", (), world.now)
    assert answer == Answered(Sysid(21), "Q2", failure="it is being read or written just now")


def test_a_vehicle_that_is_silent_is_said_not_to_be_heard(world):
    """Not that it doesn't know the names: it was never asked."""
    world.loss = 1.0
    world.run(SILENT_S + 2.0, lambda: False)
    assert ask(world, "FENCE_TYPE") == Answered(Sysid(21), "Q1", failure="it isn't heard")
