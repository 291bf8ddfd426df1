"""The files behind plans: given back as they were handed in, compared with the revision before, and handed in again mended."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from rangeops.domain.absences import absent
from rangeops.domain.audit import Actor
from rangeops.domain.permissions_of_roles import sees
from rangeops.domain.slots import Slot
from rangeops.services.changes import Changes
from rangeops.services.ports.plans import ComparedPlans
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.submission import TAKES_A_PLAN, PlanRequest
from rangeops.wire.api import PlanView

_MENDED: Final = ".fixed"
_MOST: Final = 1000  # of a company's newest plans, and of its slots


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A plan as its page shows it. revisions: all of its name, the newest first. slots: that are flown by it."""

    plan: PlanView
    revisions: tuple[PlanView, ...]
    slots: tuple[Slot, ...]

    @property
    def before(self) -> PlanView | None:
        """The revision that this one came after."""
        older = (each for each in self.revisions if each.revision < self.plan.revision)
        return next(older, None)

    @property
    def is_newest(self) -> bool:
        return self.revisions[0].id == self.plan.id


class PlanFiles:
    """Raises NotFound for a plan that isn't there, and for one that isn't the actor's to see."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def sheet(self, plan_id: str, actor: Actor) -> PlanSheet:
        with self._changes.store.read() as work:
            plan = _seen(work, plan_id, actor)
            own = work.plans.page(_MOST, company=plan.company)
            slots = work.slots.page(_MOST, company=plan.company)
        named = sorted((each for each in own if each.name == plan.name), key=lambda each: -each.revision)
        return PlanSheet(plan, tuple(named) or (plan,), tuple(slot for slot in slots if slot.plan == plan.id))

    def content(self, plan_id: str, actor: Actor) -> tuple[PlanView, bytes]:
        """The file itself."""
        with self._changes.store.read() as work:
            return _seen(work, plan_id, actor), work.plans.content(plan_id)

    def compared(self, before: str, after: str, actor: Actor) -> ComparedPlans:
        with self._changes.store.read() as work:
            one, other = ((_seen(work, each, actor).file_name, work.plans.content(each)) for each in (before, after))
        return ComparedPlans(one, other)

    def request_of(self, plan_id: str, actor: Actor) -> PlanRequest:
        """To hand it in once more, for the slot that is flown by it and may still change its plan, if there is one."""
        with self._changes.store.read() as work:
            plan = _seen(work, plan_id, actor)
            content = work.plans.content(plan_id)
            slot = next((slot.id for slot in work.slots.in_state(TAKES_A_PLAN) if slot.plan == plan_id), "")
        return PlanRequest(content, plan.file_name, plan.name, plan.company, plan.volume, plan.airframe, slot)


def mended_name(file_name: str) -> str:
    """survey.plan → survey.fixed.plan, as `rangeops plan fix` names it; once mended, it stays so."""
    path = PurePath(file_name)
    return file_name if path.stem.endswith(_MENDED) else f"{path.stem}{_MENDED}{path.suffix}"


def _seen(work: UnitOfWork, plan_id: str, actor: Actor) -> PlanView:
    plan = work.plans.get(plan_id)
    if not sees(actor, plan.company):
        raise absent("plan", plan_id)
    return plan
