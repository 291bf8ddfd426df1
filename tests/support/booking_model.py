"""The booking against a naive reference: a list of slots, and rules that a person could hold against it by hand.

Hypothesis plays companies and operators. After each step no two slots that hold airspace may be in each other's way by the
reference's own rule, every slot must be what the reference says, and each answer must have been the one it expected.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

import pytest
from desk import NOON, OPERATOR, TWENTE, Desk, TomlAirframes
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rangeops.adapters.store.memory import MemoryStore
from rangeops.adapters.store.opening import open_store
from rangeops.domain.audit import first_fault
from rangeops.domain.errors import Conflict
from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import VolumeId, operational_volumes, polygon_of
from rangeops.services.airspace import AirspaceBook
from rangeops.wire.api import ClosureRequest, MoveRequest, Removal, SlotChange, SlotRequest

STEPS = 50
MINUTE = timedelta(minutes=1)
S, E = SlotState, SlotEvent
HOLDING = {S.OFFERED, S.APPROVED, S.BRIEFED, S.ACTIVE}
MOVES = {
    (S.REQUESTED, E.APPROVE): S.APPROVED,
    (S.REQUESTED, E.REFUSE): S.REFUSED,
    (S.REQUESTED, E.WAITLIST): S.WAITLISTED,
    (S.REQUESTED, E.CANCEL): S.CANCELLED,
    (S.WAITLISTED, E.APPROVE): S.APPROVED,
    (S.WAITLISTED, E.REFUSE): S.REFUSED,
    (S.WAITLISTED, E.CANCEL): S.CANCELLED,
    (S.OFFERED, E.TAKE): S.APPROVED,
    (S.OFFERED, E.DECLINE): S.WAITLISTED,
    (S.OFFERED, E.REFUSE): S.REFUSED,
    (S.OFFERED, E.CANCEL): S.CANCELLED,
    (S.APPROVED, E.CANCEL): S.CANCELLED,
    (S.APPROVED, E.MISS): S.NO_SHOW,
}
PLAYED = sorted({event for _, event in MOVES}, key=lambda event: event.value)
VOLUMES = [volume.id for volume in TWENTE.volumes]


def _near_volumes() -> set[frozenset[VolumeId]]:
    """Pairs that can't be flown at once, measured: contingency volumes nearer than the buffers, in plan view and height."""
    airframe, buffers = TomlAirframes().get("survey-quad"), TWENTE.booking.buffers
    flown = {
        volume.id: operational_volumes(volume.flight_geography, airframe, TWENTE.frame, TWENTE.assumptions).contingency
        for volume in TWENTE.volumes
    }
    near = {frozenset([each]) for each in flown}
    for one, other in combinations(flown, 2):
        a, b = flown[one], flown[other]
        apart_m = polygon_of(a, TWENTE.frame).distance(polygon_of(b, TWENTE.frame))
        height_m = max(a.floor_amsl_m - b.ceiling_amsl_m, b.floor_amsl_m - a.ceiling_amsl_m)
        if apart_m < buffers.lateral_m and height_m < buffers.vertical_m:
            near.add(frozenset([one, other]))
    return near


def _closing_volumes() -> dict[VolumeId, set[VolumeId]]:
    """For each volume, those whose flights would reach into it if it were closed: a contingency volume that meets it."""
    airframe = TomlAirframes().get("survey-quad")
    reached = {}
    for closed in TWENTE.volumes:
        there = polygon_of(closed.flight_geography, TWENTE.frame)
        reached[closed.id] = {
            flown.id
            for flown in TWENTE.volumes
            if polygon_of(
                operational_volumes(flown.flight_geography, airframe, TWENTE.frame, TWENTE.assumptions).contingency,
                TWENTE.frame,
            ).intersects(there)
        }
    return reached


NEAR = _near_volumes()
CLOSING = _closing_volumes()
GAP_MINUTES = TWENTE.booking.buffers.time.total_seconds() / 60


@dataclass
class Told:
    """A slot as the reference knows it. from_, until: minutes after noon in which it is held."""

    volume: str
    sysid: int
    from_: int
    until: int
    state: SlotState = S.REQUESTED
    version: int = 1

    def in_the_way_of(self, other: "Told") -> bool:
        in_time = self.from_ < other.until + GAP_MINUTES and other.from_ < self.until + GAP_MINUTES
        return in_time and (frozenset([self.volume, other.volume]) in NEAR or self.sysid == other.sysid)


@dataclass(frozen=True)
class Shut:
    """A closure as the reference knows it: minutes after noon."""

    volume: VolumeId
    from_: int
    until: int

    def concerns(self, told: Told) -> bool:
        return told.volume in CLOSING[self.volume] and self.from_ < told.until and told.from_ < self.until


@dataclass
class Outcome:
    operations: int = 0
    approved: int = 0
    refused: int = 0
    wrong: str = ""


class BookingMachine(RuleBasedStateMachine):
    """Subclasses say on which store (`opened`)."""

    outcome = Outcome()

    def opened(self):
        raise NotImplementedError

    @initialize()
    def begin(self):
        self.desk = Desk(self.opened())
        with self.desk.store.read() as work:
            self.before = work.record.head()
        self.minutes = 0
        self.told: dict[str, Told] = {}
        self.shut: dict[str, Shut] = {}

    @rule(
        volume=st.sampled_from(VOLUMES),
        company=st.sampled_from(["ACME", "SAXN"]),
        sysid=st.integers(1, 4),
        minutes=st.tuples(*map(st.sampled_from, ([0, 5, 10, 30, 60, 120], [10, 20, 60], [0, 5], [0, 10]))),
    )
    def ask(self, volume, company, sysid, minutes):
        """minutes: from now, of flight, of set-up, of clear-down."""
        after, lasts, set_up, clear_down = minutes
        starts = after + self.minutes
        request = SlotRequest(
            company, volume, NOON + timedelta(minutes=starts), NOON + timedelta(minutes=starts + lasts), Sysid(sysid),
            f"D{sysid}", "survey-quad", "ch 2", terms=SlotTerms(set_up_minutes=set_up, clear_down_minutes=clear_down),
        )  # fmt: skip
        slot = self.desk.services.booking.request(request, self.desk.now, OPERATOR)
        told = Told(volume, sysid, starts - set_up, starts + lasts + clear_down)
        assert slot.id not in self.told, "an id was used twice"
        assert bool(slot.reason) == self._is_taken(told), f"{told} was told {slot.reason!r}"
        self.told[slot.id] = told
        self._count()

    @precondition(lambda self: self.open())
    @rule(data=st.data())
    def move(self, data):
        slot_id = data.draw(st.sampled_from(self.open()))
        told = self.told[slot_id]
        self._play(slot_id, data.draw(st.sampled_from([event for state, event in MOVES if state is told.state])))

    @precondition(lambda self: self.told)
    @rule(data=st.data(), event=st.sampled_from(PLAYED))
    def move_anything(self, data, event):
        self._play(data.draw(st.sampled_from(sorted(self.told))), event)

    def open(self):
        """Those of which something can still become."""
        return sorted(slot_id for slot_id, told in self.told.items() if any(state is told.state for state, _ in MOVES))

    def _play(self, slot_id, event):
        told = self.told[slot_id]
        state = MOVES.get((told.state, event))
        taken = state in HOLDING and told.state not in HOLDING and self._is_taken(told)
        refusal = self._refusal(slot_id, event, told.version)
        over = event is E.TAKE and refusal is not None and "run out" in str(refusal)
        expected = state is None or taken or over
        assert (refusal is not None) == expected, f"{slot_id} {told}: {event}: expected {state}, {taken=}: {refusal}"
        if refusal is None:
            told.state, told.version = state, told.version + 1
            slot = self.desk.services.booking.get(slot_id)
            assert (slot.state, slot.version) == (told.state, told.version)
            self.outcome.approved += state is S.APPROVED
            self._see_offers()

    def _refusal(self, slot_id, event, version):
        self._count()
        change = SlotChange(event.value, version, "because")
        try:
            self.desk.services.booking.change(slot_id, change, self.desk.now, OPERATOR)
        except Conflict as error:
            self.outcome.refused += 1
            return error
        return None

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def decide_on_what_was_seen_before_it_changed(self, data):
        slot_id = data.draw(st.sampled_from(sorted(self.told)))
        self._count()
        change = SlotChange("cancel", self.told[slot_id].version - 1, "because")
        with pytest.raises(Conflict, match="changed meanwhile"):
            self.desk.services.booking.change(slot_id, change, self.desk.now, OPERATOR)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), after=st.sampled_from([0, 5, 30, 60, 120]))
    def move_in_time(self, data, after):
        """Another time is refused where it is taken, and leaves everything as it was."""
        slot_id = data.draw(st.sampled_from(sorted(self.told)))
        told, slot = self.told[slot_id], self.desk.services.booking.get(slot_id)
        set_up, flight = told.from_ - int((slot.starts - NOON) / MINUTE), (slot.ends - slot.starts) / MINUTE
        starts = self.minutes + after
        there = Told(told.volume, told.sysid, starts + set_up, int(starts + flight) + told.until - _end(slot))
        movable = told.state in (S.REQUESTED, S.WAITLISTED, S.APPROVED)
        taken = told.state in HOLDING and self._is_taken(there, but=told)
        self._count()
        wanted = MoveRequest(NOON + starts * MINUTE, told.version, "because")
        try:
            self.desk.services.day.move(slot_id, wanted, self.desk.now, OPERATOR)
            refusal = None
        except Conflict as error:
            refusal = error
        assert (refusal is not None) == (not movable or taken), f"{slot_id} {told} to {there}: {refusal}"
        if refusal is not None:
            self.outcome.refused += 1
            return
        told.from_, told.until, told.version = there.from_, there.until, told.version + 1
        self._see_offers()

    @rule(volume=st.sampled_from(VOLUMES), after=st.sampled_from([0, 10, 60]), lasts=st.sampled_from([10, 60]))
    def close(self, volume, after, lasts):
        """Whom it concerns is told, and nothing of theirs is changed."""
        shut = Shut(volume, self.minutes + after, self.minutes + after + lasts)
        times = (NOON + shut.from_ * MINUTE, NOON + shut.until * MINUTE)
        request = ClosureRequest("works", "mowing", *times, volumes=(volume,))
        view = self.desk.services.closures.add(request, self.desk.now, OPERATOR)
        self._count()
        expected = {
            slot_id
            for slot_id, told in self.told.items()
            if told.state in HOLDING and shut.concerns(told) and told.until > self.minutes
        }
        assert {each.slot for each in view.concerned} == expected
        self.shut[view.closure.id] = shut

    @precondition(lambda self: self.shut)
    @rule(data=st.data())
    def lift(self, data):
        closure = data.draw(st.sampled_from(sorted(self.shut)))
        self.desk.services.closures.remove(closure, Removal(1, "done"), self.desk.now, OPERATOR)
        del self.shut[closure]
        self._count()
        self._see_offers()

    @rule(minutes=st.sampled_from([1, 15, 45]))
    def wait(self, minutes):
        self.minutes += minutes
        self.desk.at(60.0 * self.minutes)
        self._count()

    @invariant()
    def no_two_that_hold_are_in_each_others_way(self):
        holding = [told for told in getattr(self, "told", {}).values() if told.state in HOLDING]
        assert not any(one.in_the_way_of(other) for one, other in combinations(holding, 2))

    def teardown(self):
        if not hasattr(self, "told"):
            return
        stored = {slot.id: slot for slot in self.desk.services.booking.all()}
        entries = self.desk.record()
        new = entries if self.before is None else entries[self.before.seq :]
        for slot_id, told in self.told.items():
            assert (stored[slot_id].state, stored[slot_id].version) == (told.state, told.version)
        assert first_fault(new, self.before) is None
        assert sum(entry.action.startswith("slot.") for entry in new) == sum(
            told.version for told in self.told.values()
        )

    def _is_taken(self, wanted: Told, *, but: Told | None = None) -> bool:
        others = (told for told in self.told.values() if told is not wanted and told is not but)
        return any(told.state in HOLDING and told.in_the_way_of(wanted) for told in others) or any(
            shut.concerns(wanted) for shut in self.shut.values()
        )

    def _see_offers(self):
        """A freed time may be offered to who waits, which the range decides; that nothing overlaps is checked above."""
        for slot_id, told in self.told.items():
            if told.state is S.WAITLISTED:
                slot = self.desk.services.booking.get(slot_id)
                if slot.state is S.OFFERED:
                    assert not self._is_taken(told), f"{slot_id} was offered what another holds"
                    told.state, told.version = S.OFFERED, told.version + 1
                    assert slot.version == told.version

    def _count(self):
        self.outcome.operations += 1


def _end(slot) -> int:
    return int((slot.ends - NOON) / MINUTE)


def machine_on(open_one, outcome: Outcome) -> type[BookingMachine]:
    """open_one: an opened store without slots; called for each example."""

    class OnThisStore(BookingMachine):
        def opened(self):
            return open_one()

    OnThisStore.outcome = outcome
    return OnThisStore


def compared(url: str, operations: int, random_seed: int) -> Outcome:
    """Play until so many operations were compared, each example with its own slots, or something is wrong."""
    outcome, rounds = Outcome(), 0
    store = open_store(url, AirspaceBook(TWENTE, TomlAirframes()))
    machine = machine_on(lambda: emptied(store), outcome)
    while outcome.operations < operations and not outcome.wrong:
        rounds += 1
        play = settings(
            max_examples=min(500, 1 + (operations - outcome.operations) // (STEPS // 2)),
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # to shrink what was found takes minutes: do it by hand, with the seed
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(seed(random_seed + rounds)(machine), settings=play)
        except AssertionError as error:
            outcome.wrong = f"{error} {getattr(error, '__notes__', '')}"[:2000]
    store.close()
    return outcome


def emptied(store):
    """Without slots; in memory another one. The record of a database goes on: it can't be emptied."""
    if isinstance(store, MemoryStore):
        return MemoryStore(AirspaceBook(TWENTE, TomlAirframes()))
    with store.engine.begin() as connection:
        indexed = ("airspace_piece",) if store.engine.dialect.name == "postgresql" else ()
        for table in (*indexed, "airspace", "clearance", "slot", "closure"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return store
