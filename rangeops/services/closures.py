"""Closures made and lifted. What was approved is looked at again, and who must move is said; nothing is cancelled."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Final, TypeVar

from rangeops.domain.audit import Actor
from rangeops.domain.closures import (
    Basis,
    Closure,
    ClosureId,
    ClosureKind,
    check_closure,
    closed_air,
    closes,
    is_spared,
    must,
)
from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.now import Now, require_counted
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition, require_near
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId
from rangeops.domain.text import reason_given, safe_text
from rangeops.domain.volumes import VolumeId
from rangeops.services.alternatives import Alternatives
from rangeops.services.changes import RANGE, Change, Changes, slot_subject, span
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.watches import LivePicture
from rangeops.services.ports.world import Recurrences
from rangeops.services.room import Room
from rangeops.services.standby import Standby
from rangeops.wire.api import ClosureRequest, ClosureView, MustMove, Removal

E = TypeVar("E", bound=Enum)

LOOKED_AHEAD: Final = timedelta(days=31)  # as far as slots are booked
_SHOWN_AHEAD: Final = timedelta(days=366)
_MOST_SHOWN: Final = 10
_LONGEST: Final = timedelta(days=400)  # one time of a closure


class ClosureDesk:
    def __init__(
        self,
        changes: Changes,
        definition: RangeDefinition,
        recurrences: Recurrences,
        *,
        live: LivePicture,
        room: Room,
        alternatives: Alternatives,
        standby: Standby,
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._recurrences = recurrences
        self._live = live
        self._room = room
        self._alternatives = alternatives
        self._standby = standby

    def all(self, now: Now) -> tuple[ClosureView, ...]:
        """Those that stand, with whom each concerns from now on."""
        with self._changes.store.read() as work:
            return tuple(self._view(work, closure, now) for closure in work.closures.standing())

    def get(self, closure_id: ClosureId, now: Now) -> ClosureView:
        with self._changes.store.read() as work:
            return self._view(work, work.closures.get(closure_id), now)

    def add(self, request: ClosureRequest, now: Now, actor: Actor) -> ClosureView:
        """Close some of the range at once, and say whom it concerns. Raises Forbidden, Invalid, NotFound."""
        require(actor, Act.CLOSE_AIRSPACE, where="closure")
        with self._changes.begin(now, actor) as change:
            closure = _closure_of(request, change.work.closures.new_id(), now, actor)
            self._check(closure)
            change.work.closures.add(closure)
            view = self._view(change.work, closure, now)
            says = f"{closure.where()} closed by {actor.name}: {closure.title}, {span(closure.starts, closure.ends)}"
            if closure.rule:
                says += f" and again ({closure.rule})"
            if view.concerned:
                says += f"; concerned: {', '.join(f'{each.slot} {each.must}' for each in view.concerned)}"
            self._record(change, "closure.add", closure, says, [slot_subject(each.slot) for each in view.concerned])
        return view

    def remove(self, closure_id: ClosureId, removal: Removal, now: Now, actor: Actor) -> Closure:
        """Lift it; what is free again is offered to who waits. Raises Forbidden, Conflict, Invalid."""
        require(actor, Act.CLOSE_AIRSPACE, where=f"closure {closure_id:.40}")
        reason = reason_given(removal.reason, where=f"closure {closure_id:.40}")
        with self._changes.begin(now, actor) as change:
            closure = change.work.closures.get(closure_id)
            if closure.version != removal.version or closure.removed_utc is not None:
                what = "it was changed meanwhile" if closure.removed_utc is None else "it was lifted already"
                raise Conflict(what, where=f"closure {closure_id}", do="Look at it again and decide anew.")
            closure = replace(
                closure, version=closure.version + 1, removed_utc=now.utc, changed_utc=now.utc, reason=reason
            )
            change.work.closures.replace(closure)
            says = f"closure {closure.id} ({closure.title}) lifted by {actor.name}: {reason}"
            self._record(change, "closure.remove", closure, says, [])
            self._standby.freed(change, None)
        return closure

    def concerned(self, now: Now) -> tuple[MustMove, ...]:
        """Every approved slot that some closure stands against, once, with the first of them."""
        told: set[SlotId] = set()
        with self._changes.store.read() as work:
            return tuple(
                each for closure in work.closures.standing() for each in self._concerned(work, closure, told, now)
            )

    def _check(self, closure: Closure) -> None:
        if closure.ends - closure.starts > _LONGEST:
            raise Invalid(f"it is longer than {_LONGEST.days} days", where="closure", do="Change the range's zones.")
        for ring in () if closure.drawn is None else (closure.drawn.outer, *closure.drawn.holes):
            for latitude, longitude in ring:
                require_near(latitude, longitude, self._definition.frame, where="closure")
        check_closure(closure, self._definition)
        self._recurrences.check(closure.rule, closure.starts)

    def _view(self, work: UnitOfWork, closure: Closure, now: Now) -> ClosureView:
        times = self._recurrences.spans(closure, now.utc, now.utc + _SHOWN_AHEAD)[:_MOST_SHOWN]
        return ClosureView(closure, times, tuple(self._concerned(work, closure, set(), now)))

    def _concerned(self, work: UnitOfWork, closure: Closure, told: set[SlotId], now: Now) -> Iterator[MustMove]:
        """Slots to come that hold air, and what they must do, each with the first of the closure's times that it meets.

        told: those that aren't looked at again; whoever is found joins them.
        """
        if closure.removed_utc is not None:
            return
        spans = self._recurrences.spans(closure, now.utc, now.utc + LOOKED_AHEAD)
        for opens, ends in spans:
            closed = closed_air(closure, (opens, ends), self._definition)
            for slot in work.slots.holding(max(opens, now.utc), ends):
                if slot.id in told or is_spared(closure, slot):
                    continue
                air = self._room.book.bare(slot)
                if closure.is_emergency:
                    todo = must(closed, air, airborne=self._is_airborne(slot, now))
                    word = "" if todo is None else todo.value
                else:
                    word = "move" if closes(closed, air) else ""
                if word:
                    told.add(slot.id)
                    why = f"{closure.title} closes {closure.where()} {span(opens, ends)} ({closure.id})"
                    yield self._must_move(work, slot, word, why, now)

    def _must_move(self, work: UnitOfWork, slot: Slot, word: str, why: str, now: Now) -> MustMove:
        return MustMove(
            slot=slot.id,
            version=slot.version,
            company=slot.company,
            callsign=slot.callsign,
            sysid=slot.sysid,
            volume=slot.volume,
            starts=slot.starts,
            ends=slot.ends,
            must=word,
            why=why,
            call=slot.call,
            alternatives=tuple(self._alternatives.find(work, slot, now)) if word == "move" else (),
        )

    def _is_airborne(self, slot: Slot, now: Now) -> bool:
        """An active slot whose vehicle isn't heard may be in the air: unknown is never on the ground."""
        facts = self._live.facts(slot.sysid, now)
        return facts.armed if facts is not None else slot.starts <= now.utc and slot.state in HOLDS_AIRSPACE

    def _record(self, change: Change, action: str, closure: Closure, says: str, about: list[str]) -> None:
        change.record(action, f"closure:{closure.id}", says, closure, about=[RANGE, *about])
        change.changed("slots", "closures")


def _closure_of(request: ClosureRequest, closure_id: ClosureId, now: Now, actor: Actor) -> Closure:
    where = "closure"
    require_counted(where, request.starts, request.ends)
    return Closure(
        id=closure_id,
        version=1,
        kind=_chosen(ClosureKind, request.kind),
        basis=_chosen(Basis, request.basis),
        title=safe_text(request.title.strip(), limit=80),
        volumes=tuple(VolumeId(volume) for volume in request.volumes),
        drawn=request.drawn,
        starts=request.starts,
        ends=request.ends,
        rule=request.rule.strip(),
        spared=tuple(safe_text(slot, limit=20) for slot in request.spared),
        by=actor.name,
        changed_utc=now.utc,
        reason=safe_text(request.reason.strip()),
    )


def _chosen(choices: type[E], value: str) -> E:
    for member in choices:
        if member.value == value:
            return member
    names = ", ".join(str(member.value) for member in choices)
    raise Invalid(f"{value!r:.40} is unknown", where="closure", do=f"Use one of {names}.")
