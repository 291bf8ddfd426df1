"""What whoever asks is shown: the one place that says what of a range is whose to see.

The range's people see everything. A company's member sees what is his company's, whole; of the others that something is
taken; and of the range what everybody must know. What isn't his is NotFound, word for word as what doesn't exist: no
number can be tried out. The API and the portal both ask here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, cast

from rangeops.domain.absences import absent
from rangeops.domain.audit import Actor
from rangeops.domain.closures import ClosureId
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.now import Now, can_be_counted
from rangeops.domain.permissions_of_roles import Act, is_member, may, sees
from rangeops.domain.slots import Slot, SlotId
from rangeops.services import discretion
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import Changes
from rangeops.services.closures import ClosureDesk
from rangeops.services.day_board import DayBoard
from rangeops.services.incidents import IncidentDesk
from rangeops.services.paging import Asked, Page, after, page
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.reporting import Reporting
from rangeops.wire.api import ClosureView, IncidentView, PlanView
from rangeops.wire.board import DayView
from rangeops.wire.free_busy import BusyView
from rangeops.wire.picture import RangePicture
from rangeops.wire.reports import Audience, ReportForm

TAKEN: Final = "taken"
CLOSED: Final = "closed"
LONGEST_BUSY: Final = timedelta(days=31)  # as far ahead as slots are booked


@dataclass(frozen=True, slots=True)
class Sight:
    """Every method that names one thing raises NotFound for what isn't there, and for what isn't the actor's to see."""

    changes: Changes
    book: AirspaceBook
    board: DayBoard
    closure_desk: ClosureDesk
    incident_desk: IncidentDesk
    reporting: Reporting

    # -- what is a company's ----------------------------------------------------------------------------------------

    def slots(self, actor: Actor) -> tuple[Slot, ...]:
        """By start. A member's are his company's."""
        with self.changes.store.read() as work:
            return tuple(_slots_for(work, work.slots.page(None, company=_only(actor)), actor))

    def slots_page(self, asked: Asked, actor: Actor) -> Page[Slot]:
        """Likewise, a page of them. Raises Invalid for a cursor that isn't this list's."""
        begin = cast("tuple[datetime, int] | None", after(asked, "slots", datetime, int))
        with self.changes.store.read() as work:
            found = work.slots.page(asked.limit + 1, after=begin, company=_only(actor))
            shown = page(found, asked, "slots", lambda slot: (slot.starts, int(slot.id[1:])))
            return replace(shown, items=tuple(_slots_for(work, shown.items, actor)))

    def slot(self, slot: SlotId, actor: Actor) -> Slot:
        with self.changes.store.read() as work:
            found = work.slots.get(slot)
            if not sees(actor, found.company):
                raise absent("slot", slot)
            return next(_slots_for(work, [found], actor))

    def plans(self, actor: Actor) -> tuple[PlanView, ...]:
        """Newest first. A member's are his company's."""
        with self.changes.store.read() as work:
            return work.plans.page(None, company=_only(actor))

    def plans_page(self, asked: Asked, actor: Actor) -> Page[PlanView]:
        """Likewise, a page of them. Raises Invalid for a cursor that isn't this list's."""
        begin = cast("tuple[int] | None", after(asked, "plans", int))
        with self.changes.store.read() as work:
            found = work.plans.page(asked.limit + 1, before=begin and begin[0], company=_only(actor))
        return page(found, asked, "plans", lambda plan: (int(plan.id[1:]),))

    def plan(self, plan: str, actor: Actor) -> PlanView:
        with self.changes.store.read() as work:
            found = work.plans.get(plan)
        if not sees(actor, found.company):
            raise absent("plan", plan)
        return found

    def incidents(self, actor: Actor) -> tuple[IncidentView, ...]:
        """Newest first, without timelines. A member's are those of his company that were released to it."""
        if may(actor, Act.SEE_RANGE):
            return self.incident_desk.all()
        return tuple(
            self.reporting.company_view(view.id)
            for view in self.incident_desk.all()
            if sees(actor, view.company) and self.reporting.released(view.id)
        )

    def incident(self, incident: str, now: Now, actor: Actor) -> IncidentView:
        """With its timeline; a company's as its report has it, without persons and without anything of others."""
        if may(actor, Act.SEE_RANGE):
            return self.incident_desk.get(incident)
        self.require_released(incident, actor)
        return self.reporting.facts(incident, now, Audience.COMPANY).incident

    def report(
        self,
        incident: str,
        actor: Actor,
        form: ReportForm = ReportForm.HTML,
        audience: Audience = Audience.RANGE,
    ) -> bytes:
        """As it was last written. A company's is the newest that was released to it, whichever audience is asked for.

        Raises NotFound, Damaged.
        """
        if may(actor, Act.SEE_RANGE):
            return self.reporting.read(incident, form, audience)
        self.require_released(incident, actor)
        return self.reporting.read_released(incident, form)

    def require_released(self, incident: str, actor: Actor) -> None:
        """Raises NotFound for an incident that isn't the actor's to see."""
        with self.changes.store.read() as work:
            company = work.incidents.get(incident).company
        if may(actor, Act.SEE_RANGE):
            return
        if not sees(actor, company) or not self.reporting.released(incident):
            raise absent("incident", incident)

    # -- what everybody must know -----------------------------------------------------------------------------------

    def busy(self, starts: datetime, ends: datetime, actor: Actor) -> tuple[BusyView, ...]:
        """When which of the range's volumes can't be had, by start: that they are taken, never by whom. Raises Invalid."""
        if not can_be_counted(starts, ends) or not timedelta(0) < ends - starts <= LONGEST_BUSY:
            raise Invalid(
                f"it isn't a time of up to {LONGEST_BUSY.days} days",
                where="free and busy",
                do="Give starts and ends as 2026-11-24T10:00:00Z.",
            )
        with self.changes.store.read() as work:
            found = [self._taken(slot, actor) for slot in work.slots.holding(starts, ends)]
            closed = [
                BusyView(each.volumes, each.starts, each.ends, CLOSED) for each in self.board.closed(work, starts, ends)
            ]
        both = (each for each in (*found, *closed) if each.volumes or each.own)
        return tuple(sorted(both, key=lambda each: (each.starts, each.ends, each.volumes)))

    def closures(self, now: Now, actor: Actor) -> tuple[ClosureView, ...]:
        """Those that stand. A member isn't told who closed, nor which others are concerned."""
        views = self.closure_desk.all(now)
        if not is_member(actor):
            return views
        hide = self._hider(actor)
        return tuple(discretion.of_closure(view, actor, hide) for view in views)

    def closure(self, closure: ClosureId, now: Now, actor: Actor) -> ClosureView:
        view = self.closure_desk.get(closure, now)
        return discretion.of_closure(view, actor, self._hider(actor)) if is_member(actor) else view

    def day(self, day: date, actor: Actor) -> DayView:
        """A member is told of his own slots' conflicts alone, and not with whom they are."""
        view = self.board.view(day)
        if not is_member(actor):
            return view
        own = frozenset(slot.id for slot in self.slots(actor))
        return discretion.of_day(view, own, self._hider(actor))

    def picture(self, picture: RangePicture, actor: Actor) -> RangePicture:
        """The range as it is now; for a member his company's vehicles and what stands of them."""
        return picture if may(actor, Act.SEE_RANGE) else discretion.of_picture(picture, actor)

    # -- what is said -----------------------------------------------------------------------------------------------

    def error(self, error: RangeopsError, actor: Actor) -> RangeopsError:
        """The same refusal, without another company's name in it."""
        if not is_member(actor):
            return error
        hide = self._hider(actor)
        return type(error)(hide(error.what), where=error.where, do=hide(error.do))

    def for_member(self, slot: Slot, actor: Actor) -> Slot:
        """A slot that a deed gave back, as its company may read it."""
        with self.changes.store.read() as work:
            return next(_slots_for(work, [slot], actor))

    def _hider(self, actor: Actor) -> Callable[[str], str]:
        with self.changes.store.read() as work:
            return discretion.hider(work, actor)

    def _taken(self, slot: Slot, actor: Actor) -> BusyView:
        own = slot.id if actor.company and slot.company == actor.company else ""
        return BusyView(self.book.volumes_taken(slot), slot.held_from, slot.held_until, TAKEN, own)


def _only(actor: Actor) -> str | None:
    """The company whose things he sees; None for who sees everybody's. Nobody sees those of a company without a name."""
    return None if may(actor, Act.SEE_RANGE) else actor.company


def _slots_for(work: UnitOfWork, slots: Iterable[Slot], actor: Actor) -> Iterator[Slot]:
    if not is_member(actor):
        return iter(slots)
    hide = discretion.hider(work, actor)
    return (discretion.of_slot(slot, hide) for slot in slots)
