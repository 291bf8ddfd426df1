"""A week's slots become a problem, a proposal, and, with a word, the timetable; nothing is half accepted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, TWENTE, UNBUFFERED, Desk, TomlAirframes

from rangeops.adapters.store.memory import MemoryStore
from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Forbidden, Invalid, Refused
from rangeops.domain.slot_terms import Emission, Need, SlotTerms
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.timetable import defects
from rangeops.domain.timetable_greedy import greedy_solution
from rangeops.services.airspace import AirspaceBook
from rangeops.services.timetable import SolveTask
from rangeops.wire.api import ClosureRequest
from rangeops.wire.timetable import AcceptRequest, TimetableRequest

TOMORROW = NOON + timedelta(days=1)
DAY = TimetableRequest(TOMORROW - timedelta(hours=12), TOMORROW + timedelta(hours=12))


@pytest.fixture(params=sorted(STORES))
def desk(request, empty_store):
    store = open_store(empty_store(request.param), AirspaceBook(TWENTE, TomlAirframes()))
    yield Desk(store)
    store.close()


def ask(desk, hours=0.0, *, sysid=7, **changed):
    return desk.book(start_minutes=24 * 60 + 60 * hours, sysid=Sysid(sysid), callsign=f"D{sysid:02}", **changed)


def solve(desk, request=DAY):
    asked = desk.services.timetable.ask(request, desk.now, OPERATOR)
    solution = desk.services.solve_timetable(asked.task)
    assert not list(defects(asked.problem.timetable, solution.placements))
    return desk.services.timetable.propose(asked, solution, desk.now)


def accept(desk, view):
    return desk.services.timetable.accept(AcceptRequest(view.sha256, "the week's plan"), desk.now, OPERATOR)


def slots(desk):
    return {slot.id: slot for slot in desk.services.booking.all()}


def test_rivals_for_one_hour_are_spread_and_approved(desk):
    for sysid in (7, 8, 9):
        ask(desk, sysid=sysid)
    view = solve(desk)
    assert [each.change for each in view.changes] == ["new", "new", "new"]
    assert view.gap == 0.0
    assert view.fewest_moves
    accept(desk, view)
    assert {slot.state for slot in slots(desk).values()} == {SlotState.APPROVED}
    assert len({slot.starts for slot in slots(desk).values()}) == 3


def test_a_proposal_changes_nothing(desk):
    ask(desk)
    before = slots(desk), desk.record()
    solve(desk)
    assert (slots(desk), desk.record()) == before


def test_what_is_approved_stays_for_whoever_wants_its_place(desk):
    first = desk.move(ask(desk), SlotEvent.APPROVE)
    ask(desk, sysid=8, terms=SlotTerms(priority=9))
    view = solve(desk)
    accept(desk, view)
    assert slots(desk)[first.id] == first
    assert view.kept == 1


def test_a_closure_moves_whom_it_meets_and_nobody_else(desk):
    hit = desk.move(ask(desk), SlotEvent.APPROVE)
    spared = desk.move(ask(desk, hours=1, sysid=8), SlotEvent.APPROVE)
    closed = ClosureRequest(
        kind="works", basis="house rule", title="mowing", volumes=("NORTH",), starts=hit.starts, ends=hit.ends
    )
    desk.services.closures.add(closed, desk.now, OPERATOR)
    view = solve(desk)
    assert [(each.slot, each.change) for each in view.changes] == [(hit.id, "moved")]
    accept(desk, view)
    assert slots(desk)[spared.id] == spared
    moved = slots(desk)[hit.id]
    assert moved.state is SlotState.APPROVED
    assert moved.starts >= hit.ends or moved.ends <= hit.starts


def test_two_that_must_change_places_do_so_in_one_transaction(desk):
    """Each holds what the other is to have: neither could go first."""
    one = desk.move(ask(desk, sysid=7), SlotEvent.APPROVE)
    two = desk.move(ask(desk, hours=1, sysid=8), SlotEvent.APPROVE)
    asked = desk.services.timetable.ask(DAY, desk.now, OPERATOR)
    before = {each.id: each.present for each in asked.problem.timetable.requests}
    solution = greedy_solution(asked.problem.timetable, "the test")
    swapped = {
        one.id: replace(before[one.id], start=before[two.id].start),
        two.id: replace(before[two.id], start=before[one.id].start),
    }
    view = desk.services.timetable.propose(asked, replace(solution, placements=swapped), desk.now)
    accept(desk, view)
    assert (slots(desk)[one.id].starts, slots(desk)[two.id].starts) == (two.starts, one.starts)


def test_what_has_no_place_says_what_is_in_its_way(desk):
    taken = desk.move(ask(desk), SlotEvent.APPROVE)
    late = ask(desk, sysid=8)
    view = solve(desk, replace(DAY, within_minutes=0))
    (change,) = view.changes
    assert (change.slot, change.change) == (late.id, "unplaced")
    assert f"nearest to free is NORTH 25 Nov 12:00-12:30 UTC: {taken.id} is there" in change.why


def test_what_is_briefed_is_not_moved_and_named_as_what_closes_the_place(desk):
    briefed = desk.move(ask(desk, plan=desk.submit().id), SlotEvent.APPROVE, SlotEvent.BRIEF)
    ask(desk, sysid=8)
    (change,) = solve(desk, replace(DAY, within_minutes=0)).changes
    assert change.change == "unplaced"
    assert f"slot {briefed.id} (ACME" in change.why


def test_one_channel_is_one_slots_at_a_time_wherever_they_fly(desk):
    channel = SlotTerms(emissions=(Emission("sik-433", 433.05, 434.79, 10.0, 10.0),))
    ask(desk, terms=channel)
    ask(desk, sysid=8, volume="WEST", terms=channel)
    view = solve(desk)
    accept(desk, view)
    one, two = slots(desk).values()
    assert one.held_until <= two.held_from or two.held_until <= one.held_from


def test_one_crew_is_one_slots_at_a_time_wherever_they_fly(desk):
    crews = SlotTerms(needs=(Need("crew", 2),))
    ask(desk, terms=crews)
    ask(desk, sysid=8, volume="WEST", terms=crews)
    view = solve(desk)
    accept(desk, view)
    one, two = sorted(slots(desk).values(), key=lambda slot: slot.starts)
    assert one.held_until <= two.held_from
    assert two.terms.needs == (Need("crew", 2),)


def test_as_many_crews_as_there_are_fly_at_once(desk):
    crew = SlotTerms(needs=(Need("crew"),))
    for sysid, volume in ((7, "NORTH"), (8, "SOUTH"), (9, "NORTH")):
        ask(desk, sysid=sysid, volume=volume, terms=crew)
    accept(desk, solve(desk))
    starts = [slot.starts for slot in slots(desk).values()]
    assert starts.count(starts[0]) == 2 or starts.count(starts[1]) == 2


def test_what_is_used_up_by_what_stays_is_named(desk):
    """One crew is briefed, one approved: the third slot's has to wait for either, and may not."""
    crew = SlotTerms(needs=(Need("crew"),))
    plan = desk.submit().id
    briefed = desk.move(ask(desk, terms=crew, plan=plan), SlotEvent.APPROVE, SlotEvent.BRIEF)
    approved = desk.move(ask(desk, sysid=8, volume="SOUTH", terms=crew), SlotEvent.APPROVE)
    late = ask(desk, hours=0.25, sysid=9, volume="EAST", terms=crew)
    assert f"range crew: 2 of 2 in use 25 Nov 12:15-12:30 UTC by slot {briefed.id} (ACME, 1)" in late.reason
    (change,) = solve(desk, replace(DAY, within_minutes=0)).changes
    assert (change.slot, change.change) == (late.id, "unplaced")
    assert change.why == "nearest to free is EAST 25 Nov 12:15-12:45 UTC: no range crew is left"
    view = solve(desk)
    accept(desk, view)
    assert slots(desk)[late.id].starts >= briefed.ends
    assert slots(desk)[approved.id] == approved


def test_slots_that_touch_go_on_touching_where_the_range_keeps_no_gap():
    desk = Desk(MemoryStore(AirspaceBook(UNBUFFERED, TomlAirframes())), definition=UNBUFFERED)
    desk.move(ask(desk), SlotEvent.APPROVE)
    desk.move(ask(desk, hours=0.5, sysid=8), SlotEvent.APPROVE)
    view = solve(desk)
    assert (view.kept, view.changes) == (2, ())


def test_a_proposal_is_refused_when_a_slot_moved_meanwhile(desk):
    ask(desk)
    other = ask(desk, hours=2, sysid=8)
    view = solve(desk)
    desk.move(other, SlotEvent.WAITLIST)
    with pytest.raises(Conflict, match="changed meanwhile"):
        accept(desk, view)
    assert {slot.state for slot in slots(desk).values()} == {SlotState.REQUESTED, SlotState.WAITLISTED}


def test_a_proposal_is_refused_as_a_whole_when_air_was_closed_meanwhile(desk):
    ask(desk, sysid=8, volume="WEST")
    slot = ask(desk)
    view = solve(desk)
    closed = ClosureRequest(
        kind="event", basis="house rule", title="visitors", volumes=("NORTH",), starts=slot.starts, ends=slot.ends
    )
    desk.services.closures.add(closed, desk.now, OPERATOR)
    with pytest.raises(Conflict, match="visitors"):
        accept(desk, view)
    assert {slot.state for slot in slots(desk).values()} == {SlotState.REQUESTED}


def test_an_approved_flight_without_a_place_is_never_dropped_by_accepting(desk):
    slot = desk.move(ask(desk), SlotEvent.APPROVE)
    closed = ClosureRequest(
        kind="event", basis="house rule", title="visitors", volumes=(), starts=DAY.starts, ends=DAY.ends
    )
    desk.services.closures.add(closed, desk.now, OPERATOR)
    view = solve(desk)
    assert [(each.slot, each.change) for each in view.changes] == [(slot.id, "dropped")]
    assert "visitors" in view.changes[0].why
    with pytest.raises(Refused, match=slot.id):
        accept(desk, view)


def test_an_older_proposal_and_none_are_refused(desk):
    ask(desk)
    view = solve(desk)
    with pytest.raises(Conflict, match="newer proposal"):
        accept(desk, replace(view, sha256="0" * 64))
    accept(desk, view)
    with pytest.raises(Conflict, match="no proposal"):
        accept(desk, view)


def test_only_who_decides_on_slots_may_propose_and_accept(desk):
    visitor = Actor("eve", "observer")
    with pytest.raises(Forbidden):
        desk.services.timetable.ask(DAY, desk.now, visitor)
    with pytest.raises(Forbidden):
        desk.services.timetable.accept(AcceptRequest("0", "because"), desk.now, visitor)


@pytest.mark.parametrize(
    "changed",
    [
        {"ends": DAY.starts},
        {"ends": DAY.starts + timedelta(days=15)},
        {"starts": DAY.starts.replace(tzinfo=None)},
        {"within_minutes": -1},
        {"within_minutes": 721},
        {"every_minutes": 1},
        {"deadline_s": 21.0},
        {"deadline_s": 0.0},
    ],
)
def test_what_cannot_be_solved_is_refused(desk, changed):
    with pytest.raises(Invalid):
        desk.services.timetable.ask(replace(DAY, **changed), desk.now, OPERATOR)


def test_without_the_extra_the_greedy_timetable_is_given_and_said(desk, monkeypatch):
    from rangeops.adapters.solver import task

    monkeypatch.setattr(task, "find_spec", lambda name: None)
    ask(desk)
    view = desk.services.timetable.ask(DAY, desk.now, OPERATOR)
    solution = task.solve(SolveTask(view.problem.timetable, 1.0))
    assert "isn't installed" in solution.by
    assert solution.bound is None
    assert len(solution.placements) == 1
