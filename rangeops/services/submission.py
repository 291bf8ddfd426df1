"""Submission: a plan file comes in, its verdict is kept with it, each hand-in of one name is the next revision."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, TooLarge
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.text import safe_text
from rangeops.domain.volumes import VolumeId
from rangeops.services.changes import Change, Changes, slot_subject
from rangeops.services.discretion import must_see
from rangeops.services.ports.plans import CheckedPlan, PlanFile
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import Airframes
from rangeops.services.zone_version import zone_version
from rangeops.wire.api import PlanView

LARGEST_PLAN_BYTES: Final = 4 * 1024 * 1024
TAKES_A_PLAN: Final = frozenset([SlotState.REQUESTED, SlotState.WAITLISTED, SlotState.OFFERED, SlotState.APPROVED])


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A plan as a company hands it in. slot: that it is for, if that is booked already; needed for a drawn volume.

    changes: what the checker changed in the revision before, where it is that one mended.
    """

    content: bytes
    file_name: str
    name: str
    company: str
    volume: str
    airframe: str
    slot: str = ""
    changes: tuple[str, ...] = ()


class Submission:
    """Two steps, so that the check between them can run where it holds nobody up: `prepare`, check, `store`."""

    def __init__(self, changes: Changes, definition: RangeDefinition, airframes: Airframes) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes

    def all(self) -> tuple[PlanView, ...]:
        with self._changes.store.read() as work:
            return work.plans.all()

    def get(self, plan: str) -> PlanView:
        with self._changes.store.read() as work:
            return work.plans.get(plan)

    def prepare(self, request: PlanRequest, actor: Actor) -> PlanFile:
        """What is to be checked. Raises Invalid, NotFound, Forbidden: nobody has a plan checked that he may not hand in."""
        where = f"plan {safe_text(request.file_name, limit=60)}"
        for noun in ("file_name", "name", "company"):
            if not safe_text(getattr(request, noun).strip()):
                raise Invalid(f"{noun} is empty", where=where, do="Fill it in.")
        if not request.content:
            raise Invalid("the file is empty", where=where, do="Hand in the plan again.")
        if len(request.content) > LARGEST_PLAN_BYTES:
            raise TooLarge(
                f"the file is larger than {LARGEST_PLAN_BYTES // 1024 // 1024} MB",
                where=where,
                do="Hand in a smaller one.",
            )
        company = safe_text(request.company.strip(), limit=60)
        require(actor, Act.HAND_IN_PLAN, where=where, company=company)
        airframe, drawn, minutes = self._airframes.get(request.airframe), None, None
        if request.slot:
            with self._changes.store.read() as work:
                slot = _slot_for(work, request, actor)
            drawn, minutes = slot.drawn, (slot.starts, slot.ends)
        volume = VolumeId(request.volume) if drawn else self._definition.volume(request.volume).id
        return PlanFile(request.content, safe_text(request.file_name, limit=100), volume, airframe, minutes, drawn)

    def store(self, request: PlanRequest, checked: CheckedPlan, now: Now, actor: Actor) -> PlanView:
        name, company = safe_text(request.name.strip(), limit=80), safe_text(request.company.strip(), limit=60)
        require(actor, Act.HAND_IN_PLAN, where=f"plan {name}", company=company)
        with self._changes.begin(now, actor) as change:
            plan = PlanView(
                id=f"P{change.work.plans.count() + 1}",
                name=name,
                revision=change.work.plans.revisions(company, name) + 1,
                company=company,
                volume=request.volume,
                airframe=request.airframe,
                file_name=safe_text(request.file_name, limit=100),
                sha256=hashlib.sha256(request.content).hexdigest(),
                submitted_utc=now.utc,
                verdict=checked.verdict,
                checks=checked.checks,
                path=checked.path,
                zones_sha256=zone_version(self._definition).sha256,
                changes=tuple(safe_text(each, limit=200) for each in request.changes),
            )
            change.work.plans.add(plan, request.content)
            failed = [check.code for check in plan.checks if not check.passed]
            change.record(
                "plan.submit",
                f"plan:{plan.id}",
                f"{company} {name} rev {plan.revision} ({plan.id}): {plan.verdict}"
                + (f" ({', '.join(failed)})" if failed else ""),
                replace(plan, path=()),  # the file's own hash stands for what it holds
            )
            change.changed("plans")
            if request.slot:
                _give_to_slot(change, plan, _slot_for(change.work, request, actor))
        return plan


def _slot_for(work: UnitOfWork, request: PlanRequest, actor: Actor) -> Slot:
    """The slot that a plan is for. Raises NotFound; Conflict where it isn't this company's, or past its briefing."""
    slot = work.slots.get(SlotId(request.slot))
    must_see(actor, slot.company, "slot", request.slot)
    for noun, of_plan, of_slot in (
        ("company", request.company, slot.company),
        ("volume", request.volume, slot.volume),
        ("airframe", request.airframe, slot.airframe),
    ):
        if of_plan != of_slot:
            raise Conflict(f"its {noun} is {of_slot}, the plan's {of_plan}", where=f"slot {slot.id}", do="Correct one.")
    if slot.state not in TAKES_A_PLAN:
        raise Conflict(f"it is {slot.state.value}", where=f"slot {slot.id}", do="Hand plans in before the briefing.")
    return slot


def _give_to_slot(change: Change, plan: PlanView, slot: Slot) -> None:
    slot = replace(slot, plan=plan.id, version=slot.version + 1)
    change.work.slots.replace(slot)
    subject = slot_subject(slot.id)
    change.record(
        "slot.plan", subject, f"slot {slot.id} ({slot.company}) is flown by plan {plan.id}", slot, about=[subject]
    )
    change.changed("slots")
