"""A plan mended and handed in again as its next revision: one piece of work, in the queue of plans."""

from rangeops.domain.errors import Refused
from rangeops.server.operations import Operations
from rangeops.server.submitting import in_plan_queue, shown_name
from rangeops.server.work import Outcome, Work
from rangeops.services.plan_files import mended_name
from rangeops.services.ports.plans import MendedPlan
from rangeops.services.submission import PlanRequest


def mend_plan(ops: Operations, request: PlanRequest) -> Work:
    """In the name of `ops.user`; the outcome's value is the new PlanView. request: the plan as it was handed in.

    The work ends in Refused where no fix is known. Raises QueueFull.
    """
    shown = shown_name(request)

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

    return in_plan_queue(ops, request, f"plan {shown}, mended", run)
