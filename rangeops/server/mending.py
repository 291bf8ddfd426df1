"""A plan mended and handed in again as its next revision: one piece of work, in the queue of plans."""

from pathlib import PurePath

from rangeops.domain.errors import RangeopsError, Refused
from rangeops.domain.text import safe_text
from rangeops.server.operations import Operations
from rangeops.server.work import PLAN, Outcome, Work
from rangeops.services.plan_files import mended_name
from rangeops.services.ports import MendedPlan
from rangeops.services.submission import PlanRequest


def mend_plan(ops: Operations, request: PlanRequest) -> Work:
    """In the name of `ops.user`; the outcome's value is the new PlanView. request: the plan as it was handed in.

    The work ends in Refused where no fix is known. Raises QueueFull.
    """
    shown = safe_text(PurePath(request.file_name).name, limit=60) or "plan"

    async def run(work: Work) -> Outcome:
        submission = ops.services.submission
        work.now("is looked at", 0.0)
        file = await ops.run(submission.prepare, request, ops.user)
        work.now("is mended and checked", 0.1)
        where = f"plan {shown}"
        mended = await ops.confined(ops.services.mend_plan, file, MendedPlan, where=where)
        if not mended.changes:
            raise Refused(
                "nothing of it can be fixed mechanically", where=where, do="Change it in your planner by what is said."
            )
        again = PlanRequest(
            mended.content,
            mended_name(request.file_name),
            request.name,
            request.company,
            request.volume,
            request.airframe,
            request.slot,
            (*mended.changes, *(f"the format has no place for {each}" for each in mended.lost)),
        )
        work.now("is kept", 0.9, may_stop=False)
        plan = await ops.run(submission.store, again, mended.checked, ops.clock(), ops.user)
        return Outcome(plan, f"/api/v1/plans/{plan.id}")

    async def as_he_may_read_it(work: Work) -> Outcome:
        """As for one that is handed in: a refusal is read by whoever follows this work."""
        try:
            return await run(work)
        except RangeopsError as error:
            raise await ops.run(ops.services.sight.error, error, ops.user) from error

    return ops.work.ask(
        PLAN,
        f"plan {shown}, mended",
        as_he_may_read_it,
        actor=ops.user,
        company=safe_text(request.company.strip(), limit=60),
        weight_bytes=len(request.content),
    )
