"""Timetables: what is asked of a solver, the proposal that comes of it, and its acceptance, all of it or nothing."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, Refused
from rangeops.domain.now import Now, require_counted
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotEvent, SlotId, SlotState, next_state
from rangeops.domain.text import reason_given
from rangeops.domain.timetable import Solution, Timetable, standing
from rangeops.domain.timetable_greedy import placed_greedily
from rangeops.domain.timetable_reading import Change as To
from rangeops.domain.timetable_reading import Difference, blocked, differences
from rangeops.domain.volumes import VolumeId
from rangeops.services.asking import over_its_quota, times_fault
from rangeops.services.booking import check_version
from rangeops.services.changes import RANGE, Change, Changes, record_slot, span
from rangeops.services.orders import OrderDesk
from rangeops.services.registry import require_papers
from rangeops.services.room import Room
from rangeops.services.timetable_problem import Problem, ProblemReader, Span
from rangeops.services.timetable_words import why_not
from rangeops.wire.messages import to_json
from rangeops.wire.timetable import AcceptRequest, ProposalView, ProposedChange, TimetableRequest

LONGEST: Final = timedelta(days=14)
LONGEST_DEADLINE_S: Final = 20.0
_WHERE: Final = "timetable"
_MINUTES_OF_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class SolveTask:
    """What costs CPU time, for another process."""

    timetable: Timetable
    deadline_s: float


Solve = Callable[[SolveTask], Solution]


@dataclass(frozen=True, slots=True)
class Asked:
    """A problem as it was read, and what is to be solved."""

    problem: Problem
    request: TimetableRequest

    @property
    def task(self) -> SolveTask:
        return SolveTask(self.problem.timetable, self.request.deadline_s)


@dataclass(frozen=True, slots=True)
class _Proposal:
    view: ProposalView
    versions: Mapping[SlotId, int]  # of every slot that was looked at


class TimetableDesk:
    """The newest proposal is kept until the server ends, or it is accepted: then it must be made anew."""

    def __init__(self, changes: Changes, definition: RangeDefinition, desk: OrderDesk, room: Room) -> None:
        self._changes = changes
        self._definition = definition
        self._desk = desk
        self._room = room
        self._reader = ProblemReader(definition, room)
        self._lock = Lock()
        self._latest: _Proposal | None = None

    def ask(self, request: TimetableRequest, now: Now, actor: Actor) -> Asked:
        """The slots of those days as a problem. Changes nothing. Raises Invalid."""
        require(actor, Act.DECIDE_SLOT, where=_WHERE)
        _check(request)
        every, within = timedelta(minutes=request.every_minutes), timedelta(minutes=request.within_minutes)
        with self._changes.store.read() as work:
            problem = self._reader.read(work, Span(request.starts, request.ends, within, every), now)
        return Asked(problem, request)

    def propose(self, asked: Asked, solution: Solution, now: Now) -> ProposalView:
        problem, timetable = asked.problem, asked.problem.timetable
        changes = tuple(_changes(problem, solution))
        greedy = standing(timetable, placed_greedily(timetable))
        view = ProposalView(
            sha256=hashlib.sha256(to_json(changes)).hexdigest(),
            made_utc=now.utc,
            starts=asked.request.starts,
            ends=asked.request.ends,
            by=solution.by,
            seconds=round(solution.seconds, 3),
            worth=solution.standing.worth,
            bound=solution.bound,
            gap=solution.gap,
            fewest_moves=solution.fewest_moves,
            greedy_worth=greedy.worth,
            kept=solution.standing.unmoved,
            changes=changes,
        )
        with self._lock:
            self._latest = _Proposal(view, {slot.id: slot.version for slot in problem.slots})
        return view

    def latest(self) -> ProposalView:
        """Raises Conflict where there is none."""
        return self._proposal().view

    def accept(self, wanted: AcceptRequest, now: Now, actor: Actor) -> tuple[Slot, ...]:
        """The proposal carried out, in one transaction. Raises Conflict where anything that it is about has moved."""
        require(actor, Act.DECIDE_SLOT, where=_WHERE)
        reason = reason_given(wanted.reason, where=_WHERE)
        proposal = self._proposal()
        if proposal.view.sha256 != wanted.sha256:
            raise Conflict("there is a newer proposal", where=_WHERE, do="Look at it, and accept that.")
        if dropped := [each.slot for each in proposal.view.changes if each.change == To.DROPPED.value]:
            raise Refused(
                f"it has no place for {', '.join(dropped)}, which the range has approved",
                where=_WHERE,
                do="Give it another time, or cancel it with its company's word; then solve again.",
            )
        placed = [each for each in proposal.view.changes if each.change in (To.NEW.value, To.MOVED.value)]
        with self._changes.begin(now, actor) as change:
            for slot_id, version in proposal.versions.items():
                check_version(change.work.slots.get(slot_id), version)
            for each in placed:
                self._let_go(change, SlotId(each.slot))
            changed = [self._hold(change, each, reason, now) for each in placed]
            says = f"timetable {proposal.view.sha256[:8]} accepted by {actor.name}: {len(changed)} slots: {reason}"
            change.record("timetable.accept", RANGE, says, proposal.view, about=[RANGE])
            self._desk.refresh(change)
        with self._lock:
            if self._latest is proposal:
                self._latest = None
        return tuple(sorted(changed, key=lambda slot: (slot.starts, slot.id)))

    def _proposal(self) -> _Proposal:
        with self._lock:
            if self._latest is None:
                raise Conflict("there is no proposal", where=_WHERE, do="Have one made: `rangeops timetable solve`.")
            return self._latest

    def _let_go(self, change: Change, slot_id: SlotId) -> None:
        """All that move leave first: two of them may change places. Within the transaction alone."""
        slot = change.work.slots.get(slot_id)
        if slot.state in HOLDS_AIRSPACE:
            change.work.slots.replace(replace(slot, state=SlotState.WAITLISTED, version=slot.version + 1))

    def _hold(self, change: Change, wanted: ProposedChange, reason: str, now: Now) -> Slot:
        where = f"slot {wanted.slot}"
        assert wanted.new_starts is not None and wanted.new_ends is not None  # noqa: PT018  # it is placed
        slot = change.work.slots.get(SlotId(wanted.slot))
        state = next_state(slot, SlotEvent.APPROVE)
        moved = replace(slot, starts=wanted.new_starts, ends=wanted.new_ends, state=state, version=slot.version + 1)
        moved = replace(moved, reason=reason, zones_sha256=self._desk.zones.sha256, offer=None)
        if moved.held_from <= now.utc:
            raise Conflict("its proposed time has come", where=where, do="Solve again.")
        if wanted.change == To.NEW.value:
            require_papers(change.work, moved, self._definition, where=where)
        obstacle = self._room.first(change.work, moved)
        why = obstacle.why if obstacle is not None else times_fault(self._definition, moved)
        if wanted.change == To.NEW.value:
            why = why or over_its_quota(change.work, moved, self._definition)
        if why:
            raise Conflict(why, where=where, do="Something changed meanwhile: solve again.")
        change.work.slots.replace(moved)
        deed = "approved" if wanted.change == To.NEW.value else "moved"
        says = f"slot {moved.id} ({moved.company}, {moved.callsign}) {deed} for {span(moved.starts, moved.ends)}"
        record_slot(change, f"slot.{deed}", moved, f"{says} by {change.actor.name}: {reason}", moved)
        return moved


def _changes(problem: Problem, solution: Solution) -> Iterator[ProposedChange]:
    slots = {slot.id: slot for slot in problem.slots}
    names = {VolumeId(slot.id): str(slot.volume) for slot in problem.slots}
    unplaced = blocked(problem.timetable, solution.placements)
    why = {each.request.id: why_not(problem.timetable, each, names) for each in unplaced}
    for each in differences(problem.timetable, solution.placements):
        if each.change is not To.KEPT:
            yield _change(problem, slots[SlotId(each.request.id)], each, why.get(each.request.id, ""))
    for slot, reason in problem.left_out:
        yield _of(slot, "left out", reason)


def _change(problem: Problem, slot: Slot, difference: Difference, why: str) -> ProposedChange:
    if difference.after is None:
        return _of(slot, difference.change.value, why)
    moved = problem.moved(slot, difference.after)
    return replace(_of(slot, difference.change.value), new_starts=moved.starts, new_ends=moved.ends)


def _of(slot: Slot, change: str, why: str = "") -> ProposedChange:
    return ProposedChange(
        slot.id, slot.version, slot.company, slot.callsign, slot.volume, change, slot.starts, slot.ends, why=why
    )


def _check(request: TimetableRequest) -> None:
    require_counted(_WHERE, request.starts, request.ends)
    if not timedelta(0) < request.ends - request.starts <= LONGEST:
        raise Invalid(f"it must span up to {LONGEST.days} days", where=_WHERE, do="Give a day or a week.")
    if not 0 <= request.within_minutes <= _MINUTES_OF_A_DAY // 2:
        raise Invalid("within isn't 0 to 12 hours", where=_WHERE, do="120 minutes is usual.")
    if not 5 <= request.every_minutes <= 120:
        raise Invalid("flights must begin every 5 to 120 minutes", where=_WHERE, do="30 is usual.")
    if not 0 < request.deadline_s <= LONGEST_DEADLINE_S:
        raise Invalid(f"the deadline isn't up to {LONGEST_DEADLINE_S:g} s", where=_WHERE, do="10 is usual.")
