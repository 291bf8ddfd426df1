"""What a company would rather have: recorded, read by the range, answered by what the range does, and moving nothing by itself."""

from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, Desk

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.slots import SlotEvent, SlotId
from rangeops.wire.api import MoveRequest

MIA, OTTO = Actor("mia", "company-member", "ACME"), Actor("otto", "company-member", "SAXN")
LATER = NOON + timedelta(hours=5)


@pytest.fixture
def desk():
    return Desk()


def wish(desk, slot, *, starts=LATER, reason="the train is late", actor=MIA, **changed):
    wanted = MoveRequest(starts, changed.pop("version", slot.version), reason, **changed)
    return desk.services.wishes.ask(slot.id, wanted, desk.now, actor)


def test_a_wish_is_told_and_moves_nothing(desk):
    slot = desk.book(start_minutes=60)
    asked = wish(desk, slot)
    assert (asked.starts, asked.ends, asked.volume, asked.answered) == (
        LATER,
        LATER + timedelta(minutes=30),
        "NORTH",
        False,
    )
    assert desk.services.booking.get(slot.id) == slot
    assert "ACME asks to have slot S1 in NORTH, 24 Nov 17:00-17:30 UTC: the train is late" in [
        line.text for line in desk.services.log(5)
    ]
    assert desk.services.wishes.open(OPERATOR) == (asked,)


def test_moving_the_slot_answers_it_and_a_newer_wish_takes_its_place(desk):
    slot = desk.book(start_minutes=60)
    wish(desk, slot, reason="first")
    wish(desk, slot, reason="second")
    newest, older = desk.services.wishes.of(slot.id, MIA)
    assert (newest.reason, newest.answered, older.answered) == ("second", False, True)
    moved = desk.services.day.move(slot.id, MoveRequest(LATER, slot.version, "as asked"), desk.now, OPERATOR)
    assert all(each.answered for each in desk.services.wishes.of(slot.id, MIA))
    assert desk.services.wishes.open(OPERATOR) == ()
    wish(desk, moved, starts=LATER + timedelta(hours=1))
    assert [each.answered for each in desk.services.wishes.of(slot.id, MIA)] == [False, True, True]


def test_another_company_neither_asks_nor_reads(desk):
    slot = desk.book(start_minutes=60)
    with pytest.raises(NotFound) as his:
        wish(desk, slot, actor=OTTO)
    with pytest.raises(NotFound) as none:
        desk.services.wishes.ask(SlotId("S99"), MoveRequest(LATER, 1, "x"), desk.now, OTTO)
    assert (his.value.what, his.value.do) == (none.value.what, none.value.do)
    with pytest.raises(NotFound):
        desk.services.wishes.of(slot.id, OTTO)
    wish(desk, slot)
    assert desk.services.wishes.open(OTTO) == ()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"version": 7}, Conflict),
        ({"reason": " "}, Invalid),
        ({"starts": NOON - timedelta(days=1)}, Invalid),
        ({"starts": NOON + timedelta(days=60)}, Invalid),
        ({"volume": "MOON"}, NotFound),
    ],
)
def test_what_nobody_could_do_isnt_asked_for(desk, changed, error):
    with pytest.raises(error):
        wish(desk, desk.book(start_minutes=60), **changed)


def test_what_is_over_is_moved_no_more(desk):
    slot = desk.move(desk.book(start_minutes=60), SlotEvent.REFUSE)
    with pytest.raises(Conflict):
        wish(desk, slot)
