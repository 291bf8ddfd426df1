"""Between reading and writing: consent, and the disk. And what is due back when a slot is over."""

import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import mavlink_world
import pytest

from rangeops.adapters.mavlink.fence_load import WORD_S, BeforeRead
from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import CommandLong, MissionCount, ParamSet
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.domain.errors import Refused
from rangeops.domain.kept import OnBoard
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import Consent, ConsentKind
from rangeops.watch import memory as memory_module
from rangeops.watch.kept import Shelf, diff_of
from rangeops.watch.memory import Memory, read_kept
from rangeops.watch.vehicle import WatchedVehicle

STANDING = Consent(ConsentKind.STANDING, "ACME")
COPTER = Sysid(21)
FENCE_ENABLE_COMMAND = 207


class Waiting(mavlink_world.World):
    """A vehicle whose load waits for the test's word."""

    def __post_init__(self):
        super().__post_init__()
        self.reads = []

    def answer(self, told):
        if isinstance(told, BeforeRead):
            self.reads.append(told)

    def load(self, name="load") -> BeforeRead:
        fence = mavlink_world.fence_of(mavlink_world.square())
        order = mavlink_world.order_of(CommandKind.LOAD_FENCE, name=name)
        count = len(self.reads)
        self.up(self.fleet.order(order, self.now, fence))
        assert self.run(30, lambda: len(self.reads) > count)
        return self.reads[-1]

    @property
    def heard(self):
        return self.fleet.vehicles[COPTER]

    def wrote(self) -> bool:
        said = [decode_frame(data) for data in self.sent]
        switched = any(isinstance(m, CommandLong) and m.command == FENCE_ENABLE_COMMAND for m in said)
        return switched or any(isinstance(m, ParamSet | MissionCount) for m in said)

    def last(self) -> CommandProgress:
        return [told for told in self.told if isinstance(told, CommandProgress)][-1]


@pytest.fixture
def world():
    made = Waiting()
    assert made.run(40, lambda: (v := made.fleet.vehicles.get(COPTER)) is not None and v.state.home is not None)
    return made


@pytest.fixture
def memory(tmp_path):
    made = Memory(tmp_path)
    yield made
    made.close()


def flown_by(consent=STANDING, *, slot="S1", cleared=False, minutes=30) -> WatchedVehicle:
    vehicle = WatchedVehicle(COPTER, 0.0)
    ends = mavlink_world.EPOCH + timedelta(minutes=minutes)
    vehicle.order = SimpleNamespace(
        slot=slot, company="ACME", consent=consent, cleared=cleared, callsign="D21", ends=ends
    )
    return vehicle


def until_settled(shelf):
    waited = threading.Event()
    for _ in range(200):
        if settled := list(shelf.settled()):
            return settled
        waited.wait(0.01)
    raise AssertionError("the disk never answered")


def test_without_a_word_nothing_is_written_and_the_load_ends(world):
    world.load()
    assert not world.run(WORD_S - 1, world.wrote)
    world.run(2)
    assert world.last().stage is CommandStage.REFUSED
    assert "nothing was written" in world.last().detail
    assert world.last().refused_by_range
    assert not world.wrote()


def test_a_refusal_is_told_and_nothing_is_written(world):
    read = world.load()
    world.up(world.fleet.proceed(read.order, world.now, "no consent"))
    assert (world.last().stage, world.last().detail) == (CommandStage.REFUSED, "keeping what is on board: no consent")
    world.run(5)
    assert not world.wrote()


def test_one_orders_word_lets_no_other_order_write(world):
    first = world.load("first")
    second = world.load("second")
    world.up(world.fleet.proceed(first.order, world.now))
    world.run(2)
    assert not world.wrote()
    world.up(world.fleet.proceed(second.order, world.now))
    assert world.run(20, lambda: world.last().stage is CommandStage.SEEN)


def test_nothing_is_written_to_a_vehicle_that_was_armed_meanwhile(world):
    read = world.load()
    world.vehicle.arming.arm(force=True)
    world.run(3)
    assert world.last().stage is CommandStage.REFUSED
    assert "armed meanwhile" in world.last().detail
    assert not world.last().refused_by_range  # part of it may be on board
    world.up(world.fleet.proceed(read.order, world.now))
    assert not world.wrote()


def test_no_consent_and_a_word_for_another_diff_are_refused_and_nothing_is_kept(world, memory, tmp_path):
    read, shelf = world.load(), Shelf(memory)
    with pytest.raises(Refused, match="nobody has agreed"):
        shelf.keep(read, world.heard, flown_by(None), world.now)
    with pytest.raises(Refused, match="differs from what Jan agreed to"):
        shelf.keep(read, world.heard, flown_by(Consent(ConsentKind.WORD, "Jan", "00")), world.now)
    assert shelf.sysids() == set()
    assert read_kept(tmp_path) == ()


def test_who_agreed_to_which_diff_is_kept_and_in_the_journals_event(world, memory):
    read, shelf = world.load(), Shelf(memory)
    sha256 = diff_of(read, world.heard, "S1").sha256
    event = shelf.keep(read, world.heard, flown_by(Consent(ConsentKind.WORD, "Jan", sha256)), world.now)
    assert (event.kept.agreed, event.kept.diff_sha256) == ("Jan, by word", sha256)


def test_a_parameter_that_was_changed_after_the_word_ends_the_load(world, memory):
    first = world.load("first")
    word = Consent(ConsentKind.WORD, "Jan", diff_of(first, world.heard, "S1").sha256)
    world.vehicle.parameters.put("FENCE_MARGIN", 7)
    with pytest.raises(Refused, match="differs"):
        Shelf(memory).keep(world.load("second"), world.heard, flown_by(word), world.now)


def test_the_word_comes_only_once_the_disk_has_it_and_nobody_waits_for_that(world, memory, tmp_path, monkeypatch):
    written, may_write = memory_module.write_durably, threading.Event()

    def slow(path, data):
        assert may_write.wait(10)
        written(path, data)

    monkeypatch.setattr(memory_module, "write_durably", slow)
    read, shelf = world.load(), Shelf(memory)
    shelf.keep(read, world.heard, flown_by(), world.now)  # doesn't wait
    assert list(shelf.settled()) == []
    assert read_kept(tmp_path) == ()
    may_write.set()
    assert until_settled(shelf) == [(read.order, "")]
    (kept,) = read_kept(tmp_path)
    assert kept.before == read.before


def test_a_full_disk_is_a_refusal(world, memory, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(memory_module, "write_durably", full)
    read, shelf = world.load(), Shelf(memory)
    shelf.keep(read, world.heard, flown_by(), world.now)
    ((order, refusal),) = until_settled(shelf)
    assert "No space left on device" in refusal
    world.up(world.fleet.proceed(order, world.now, refusal))
    world.run(3)
    assert not world.wrote()


@pytest.mark.parametrize(
    ("vehicle", "due"),
    [
        (flown_by(), False),
        (flown_by(minutes=0), True),  # its time is over
        (flown_by(slot="S2"), True),
        (WatchedVehicle(COPTER, 0.0), True),  # closed, and no other slot
    ],
)
def test_what_is_due_back(world, memory, vehicle, due):
    shelf = Shelf(memory)
    assert shelf.due(vehicle, world.now) is None
    shelf.keep(world.load(), world.heard, flown_by(), world.now)
    assert (shelf.due(vehicle, world.now) is not None) is due


def test_a_vehicle_that_flies_its_next_slot_in_that_slots_fence_owes_nothing_yet(world, memory):
    shelf, later = Shelf(memory), flown_by(slot="S2")
    first = shelf.keep(world.load("first"), world.heard, flown_by(), world.now).kept
    assert shelf.due(later, world.now) is not None
    kept = shelf.keep(world.load("second"), world.heard, later, world.now).kept
    assert (kept.slot, kept.last_slot, kept.before) == ("S1", "S2", first.before)
    assert shelf.due(later, world.now) is None
    assert shelf.due(WatchedVehicle(COPTER, 0.0), world.now) == kept


def test_it_is_given_back_by_itself_only_to_a_disarmed_vehicle_without_a_slot(world, memory):
    shelf, closed = Shelf(memory), WatchedVehicle(COPTER, 0.0)
    assert shelf.to_give_back(world.heard, closed, world.now) is None  # nothing is kept
    read = world.load()
    shelf.keep(read, world.heard, flown_by(), world.now)
    assert shelf.to_give_back(world.heard, closed, world.now) is None  # a load is under way
    world.up(world.fleet.proceed(read.order, world.now))
    assert world.run(20, lambda: world.last().stage is CommandStage.SEEN)
    assert shelf.to_give_back(None, closed, world.now) is None  # not heard
    assert shelf.to_give_back(world.heard, flown_by(slot="S2"), world.now) is None  # ordered anew
    order = shelf.to_give_back(world.heard, closed, world.now)
    assert (order.kind, order.sysid, order.by) == (CommandKind.RESTORE, COPTER, "policy")
    world.vehicle.arming.arm(force=True)
    assert world.run(5, lambda: world.heard.state.armed)
    assert shelf.to_give_back(world.heard, closed, world.now) is None


def test_a_file_that_was_tampered_with_writes_nothing_but_what_is_on_the_list(world, memory):
    shelf = Shelf(memory)
    read = world.load()
    shelf.keep(replace(read, before=OnBoard((), (("ARMING_CHECK", 0.0),))), world.heard, flown_by(), world.now)
    with pytest.raises(Refused, match="ARMING_CHECK is no parameter that the range writes"):
        shelf.to_restore(world.heard, WatchedVehicle(COPTER, 0.0))
