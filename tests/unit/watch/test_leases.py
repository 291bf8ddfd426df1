"""A watch's own look at its leases: whose vehicle it is now, how long the server's word lasts, what came too late."""

from dataclasses import replace

import pytest
from desk import D07, NOON, Desk

from rangeops.domain.commands import CommandId, CommandKind, CommandOrder
from rangeops.domain.leases import NOBODY, Lease
from rangeops.domain.now import Now
from rangeops.watch.leases import Leases
from rangeops.watch.memory import Memory

HOLD = CommandOrder(CommandId("C1"), D07, CommandKind.HOLD, "op1", "test")


def at(seconds):
    return Now(seconds, NOON)


@pytest.fixture
def memory(tmp_path):
    memory = Memory(tmp_path)
    yield memory
    memory.close()


VERSION = 5


def orders(*leases, watch="mast"):
    desk = Desk()
    desk.briefed()
    return replace(desk.orders[-1], version=VERSION, leases=leases, watch=watch)


@pytest.fixture
def leases(memory):
    leases = Leases("mast", memory, at(100.0))
    leases.take(orders(Lease(D07, "mast", 3, 60.0)))
    return leases


def test_without_the_server_s_word_a_lease_that_ends_is_none(leases):
    assert leases.why_not(D07, at(100.0))


def test_the_word_counts_from_when_it_was_asked_for(leases):
    leases.word(110.0, VERSION, at(150.0))
    assert leases.why_not(D07, at(170.0)) == ""
    assert leases.why_not(D07, at(170.1)).startswith("the server hasn't been heard")
    leases.word(105.0, VERSION, at(171.0))
    assert leases.why_not(D07, at(171.0)), "an older one that comes later takes nothing back and gives nothing"


def test_a_word_from_the_future_is_of_another_start_of_the_machine(leases):
    leases.word(5000.0, VERSION, at(120.0))
    assert leases.why_not(D07, at(120.0))


def test_a_word_that_knows_of_newer_orders_prolongs_nothing(leases):
    leases.word(110.0, VERSION + 1, at(110.1))
    assert leases.why_not(D07, at(110.1)), "another watch may have got the lease while this one wasn't heard"


def test_a_watch_that_restarts_goes_on_under_its_word(tmp_path, monkeypatch):
    before = Memory(tmp_path)
    leases = Leases("mast", before, at(100.0))
    leases.take(orders(Lease(D07, "mast", 3, 60.0)))
    leases.word(110.0, VERSION, at(110.1))
    before.close()
    again = Memory(tmp_path)
    restarted = Leases("mast", again, at(130.0))
    restarted.take(orders(Lease(D07, "mast", 3, 60.0)))
    assert restarted.why_not(D07, at(130.0)) == ""
    monkeypatch.setattr("rangeops.watch.memory._boot", lambda: "another")
    assert again.word_s() is None, "the machine was started anew: its clock began again"
    again.close()


def test_orders_for_another_watch_are_not_ours(leases):
    assert leases.concern(orders(watch=""))
    assert not leases.concern(orders(watch="north"))


def test_what_is_let_go_is_told_once(leases):
    leaving = orders(Lease(D07, NOBODY, 4, 60.0, previous="mast"))
    assert leases.take(leaving) == [D07]
    assert leases.looks_after(D07), "until somebody has it"
    assert leases.why_not(D07, at(100.0))
    assert leases.take(orders(Lease(D07, "north", 5, 60.0))) == []
    assert not leases.looks_after(D07)


def test_a_command_that_waited_is_not_carried_out(leases):
    leases.word(100.0, VERSION, at(100.0))
    assert leases.refusal(replace(HOLD, not_after_s=105.0), at(105.0)) == ""
    assert leases.refusal(replace(HOLD, not_after_s=105.0), at(125.0)) == "it came 20 s too late"


def test_a_command_under_another_lease_is_not_carried_out(leases):
    leases.word(100.0, VERSION, at(100.0))
    assert leases.refusal(replace(HOLD, lease=3), at(101.0)) == ""
    assert leases.refusal(replace(HOLD, lease=2), at(101.0)) == "it was given under another lease"
    leases.take(orders())
    assert leases.refusal(replace(HOLD, lease=3), at(101.0)) == "it was given under another lease"


def test_a_vehicle_without_a_lease_obeys_whoever_is_told(leases):
    leases.take(orders())
    assert leases.refusal(HOLD, at(1e6)) == ""
    assert leases.looks_after(D07)
