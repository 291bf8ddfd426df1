"""Closures, booking keys, and what a day does to several slots at once, the same in every store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, TWENTE, Desk, TomlAirframes

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.closures import Basis, Closure, ClosureId, ClosureKind
from rangeops.domain.errors import Conflict, NotFound
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Volume, VolumeId
from rangeops.services.airspace import AirspaceBook
from rangeops.services.ports.store import RequestKey
from rangeops.wire.api import ShiftRequest


@pytest.fixture(params=sorted(STORES))
def store(request, empty_store):
    opened = open_store(empty_store(request.param), AirspaceBook(TWENTE, TomlAirframes()))
    yield opened
    opened.close()


CLOSURE = Closure(
    ClosureId("C1"), 1, ClosureKind.NATURE, Basis.LAW, "meadow birds ✈", (VolumeId("NORTH"),),
    Volume(((52.1, 6.8), (52.2, 6.8), (52.2, 6.9)), 0.0, 100.0), NOON, NOON + timedelta(hours=1, microseconds=1),
    "FREQ=DAILY", ("S1",), "op1", NOON,
)  # fmt: skip


def test_a_closure_comes_back_as_it_was_given_and_changes_once_a_version(store):
    with store.write() as work:
        assert work.closures.new_id() == "C1"
        work.closures.add(CLOSURE)
        assert work.closures.new_id() == "C2"
    lifted = replace(CLOSURE, version=2, removed_utc=NOON)
    with store.read() as work:
        assert work.closures.get(ClosureId("C1")) == CLOSURE
        assert work.closures.standing() == (CLOSURE,)
    with store.write() as work:
        work.closures.replace(lifted)
    with pytest.raises(Conflict, match="version 2"), store.write() as work:
        work.closures.replace(lifted)
    with store.read() as work:
        assert (work.closures.all(), work.closures.standing()) == ((lifted,), ())


@pytest.mark.parametrize("absent", ["C9", "S1", "", "C1;--"])
def test_what_is_not_there_is_not_found(store, absent):
    with pytest.raises(NotFound), store.read() as work:
        work.closures.get(ClosureId(absent))


def key(user, word, *, minutes=60, **changed):
    return RequestKey(user, word, "ab" * 32, NOON + timedelta(minutes=minutes), **changed)


def test_a_key_is_its_users_own_and_gets_its_answer_later(store):
    noted, answered = key("op1", "k1"), key("op1", "k1", status=201, media_type="application/json", body=b"\x00{}")
    with store.write() as work:
        work.request_keys.put(noted)
    with store.read() as work:
        assert work.request_keys.get("op1", "k1") == noted
        assert work.request_keys.get("op2", "k1") is None
        assert work.request_keys.get("op1", "k2") is None
    with store.write() as work:
        work.request_keys.put(answered)
    with store.read() as work:
        assert work.request_keys.get("op1", "k1") == answered
    for _ in range(2):
        with store.write() as work:
            work.request_keys.remove("op1", "k1")
    with store.read() as work:
        assert work.request_keys.get("op1", "k1") is None


def test_keys_are_forgotten_when_they_have_expired_and_when_one_has_too_many(store):
    with store.write() as work:
        work.request_keys.put(key("op2", "old", minutes=-1))
        work.request_keys.put(key("op2", "young"))
        for number in range(5):
            work.request_keys.put(key("op1", f"k{number}", minutes=10 + number))
        work.request_keys.forget(NOON, 3, "op1")
    with store.read() as work:
        assert work.request_keys.get("op2", "old") is None
        assert work.request_keys.get("op2", "young") is not None
        left = [number for number in range(5) if work.request_keys.get("op1", f"k{number}") is not None]
    assert left == [2, 3, 4]


def test_a_days_shift_is_accepted_in_one_change_though_each_moves_into_the_place_of_the_one_before(store):
    desk = Desk(store)
    late, *after = (
        desk.move(desk.book(start_minutes=60 + 35 * number, sysid=Sysid(number + 1)), SlotEvent.APPROVE)
        for number in range(4)
    )
    shift = desk.services.day.proposal(late.id, timedelta(minutes=20), desk.now)
    moved = desk.services.day.accept(ShiftRequest(shift.moves, "late lorry"), desk.now, OPERATOR)
    assert [(slot.id, slot.starts) for slot in moved] == [
        (slot.id, slot.starts + timedelta(minutes=20)) for slot in (late, *after)
    ]
    assert desk.services.booking.get(after[-1].id) == moved[-1]


def test_a_freed_time_is_offered_and_held_within_the_same_change(store):
    desk = Desk(store)
    slot = desk.move(desk.book(), SlotEvent.APPROVE)
    waiting = desk.move(desk.book(sysid=Sysid(8)), SlotEvent.WAITLIST)
    desk.move(slot, SlotEvent.CANCEL)
    offered = desk.services.booking.get(waiting.id)
    assert offered.state is SlotState.OFFERED
    with pytest.raises(Conflict):
        desk.move(desk.book(sysid=Sysid(9)), SlotEvent.APPROVE)
    assert desk.move(offered, SlotEvent.TAKE).state is SlotState.APPROVED
