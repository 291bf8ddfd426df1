"""What slots need of the range's crews and equipment: asked for, refused, offered, moved along with a delay."""

from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, TWENTE, Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.resources import shortages
from rangeops.domain.slot_terms import Need, SlotTerms
from rangeops.domain.slots import HOLDS_AIRSPACE, SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import MoveRequest, ShiftRequest

RADAR = SlotTerms(needs=(Need("radar"),))
TWO_CREWS = SlotTerms(needs=(Need("crew", 2),))
CREW = SlotTerms(needs=(Need("crew"),))


@pytest.fixture
def desk():
    return Desk()


def ask(desk, number, volume="NORTH", start=0, **changed):
    return desk.book(sysid=Sysid(number), volume=volume, start_minutes=start, **changed)


def approved(desk, *args, **changed):
    return desk.move(ask(desk, *args, **changed), SlotEvent.APPROVE)


def test_the_shipped_range_lends_crews_a_radar_and_masts():
    assert {each.id: each.amount for each in TWENTE.resources} == {"crew": 2, "radar": 1, "mast": 2}


def test_what_is_out_is_refused_with_who_has_it_when_and_what_is_free_instead(desk):
    approved(desk, 7, "NORTH", terms=RADAR)
    late = ask(desk, 8, "SOUTH", start=10, terms=RADAR)
    assert late.state is SlotState.REQUESTED
    assert (
        "ground radar: 1 of 1 in use 24 Nov 12:10-12:30 UTC by slot S1 (ACME, 1); it needs 1."
        " SOUTH is free 24 Nov 12:30-13:00 UTC" in late.reason
    )
    with pytest.raises(Conflict, match="ground radar: 1 of 1"):
        desk.move(late, SlotEvent.APPROVE)
    assert "EAST" not in late.reason  # the radar is out there too


def test_as_many_as_there_are_may_be_used_at_once(desk):
    approved(desk, 7, "NORTH", terms=CREW)
    approved(desk, 8, "SOUTH", terms=CREW)
    with pytest.raises(Conflict, match=r"range crew: 2 of 2 .* by slot S1 \(ACME, 1\), slot S2 \(ACME, 1\)"):
        approved(desk, 9, "EAST", start=20, terms=CREW)
    assert approved(desk, 10, "EAST", start=20).state is SlotState.APPROVED


@pytest.mark.parametrize(
    ("needs", "says"),
    [
        ((Need("boat"),), r"no 'boat' to lend. Choose of crew \(range crew, 2\), radar \(ground radar, 1\)"),
        ((Need("crew", 3),), "needs 3 of range crew, of which the range has 2"),
        ((Need("crew", 0),), "needs 0 of range crew"),
        ((Need("crew", 1), Need("crew", 1)), "the same thing twice"),
    ],
)
def test_a_need_that_cannot_be_met_is_refused_when_it_is_asked_for(desk, needs, says):
    with pytest.raises(Invalid, match=says):
        ask(desk, 7, terms=SlotTerms(needs=needs))
    assert desk.record() == ()


def test_a_slot_is_not_moved_to_where_its_crew_is_out(desk):
    approved(desk, 7, "NORTH", terms=TWO_CREWS)
    other = approved(desk, 8, "SOUTH", start=60, terms=CREW)
    with pytest.raises(Conflict, match="range crew: 2 of 2"):
        desk.services.day.move(
            other.id, MoveRequest(NOON + timedelta(minutes=20), other.version, "wish"), desk.now, OPERATOR
        )


def test_who_waits_for_a_crew_is_offered_it_wherever_it_comes_from(desk):
    having = approved(desk, 7, "NORTH", terms=TWO_CREWS)
    waiting = desk.move(ask(desk, 8, "SOUTH", terms=CREW), SlotEvent.WAITLIST)
    desk.move(having, SlotEvent.CANCEL)
    assert desk.services.booking.get(waiting.id).state is SlotState.OFFERED


def test_a_delay_pushes_who_needs_the_same_elsewhere_on_the_range(desk):
    late = approved(desk, 7, "NORTH", start=60, terms=RADAR)
    behind = approved(desk, 8, "SOUTH", start=90, terms=RADAR)
    apart = approved(desk, 9, "EAST", start=90, terms=CREW)
    shift = desk.services.day.proposal(late.id, timedelta(minutes=20), desk.now)
    assert {move.slot for move in shift.moves} == {late.id, behind.id}
    moved = desk.services.day.accept(ShiftRequest(shift.moves, "late lorry"), desk.now, OPERATOR)
    assert moved[1].starts >= moved[0].ends
    assert desk.services.booking.get(apart.id) == apart


WISHES = st.tuples(
    st.sampled_from([volume.id for volume in TWENTE.volumes]),
    st.integers(1, 120),  # what has begun is never moved
    st.integers(10, 60),
    st.sampled_from((SlotTerms(), CREW, TWO_CREWS, RADAR)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WISHES, min_size=1, max_size=6), st.integers(1, 90))
def test_whatever_is_late_what_is_proposed_leaves_nobody_without_a_crew(wishes, delay):
    desk = Desk()
    for number, (volume, start, minutes, needs) in enumerate(wishes, start=1):
        try:
            approved(desk, number, volume, start=start, minutes=minutes, terms=needs)
        except Conflict:
            continue
    first = next(slot for slot in desk.services.booking.all() if slot.state in HOLDS_AIRSPACE)
    shift = desk.services.day.proposal(first.id, timedelta(minutes=delay), desk.now)
    assert not shift.unplaced
    desk.services.day.accept(ShiftRequest(shift.moves, "late"), desk.now, OPERATOR)
    held = [slot for slot in desk.services.booking.all() if slot.state in HOLDS_AIRSPACE]
    assert [each for slot in held for each in shortages(slot, held, TWENTE.resources)] == []
