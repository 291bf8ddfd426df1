"""What takes a while and is asked for by people: each as one piece of work, for the API's routes and the portal's pages.

Everything raises QueueFull at once where too much waits already; what else goes wrong is the work's own outcome.
"""

from collections.abc import Awaitable, Callable
from pathlib import PurePath
from typing import Final

from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.domain.text import safe_text
from rangeops.domain.timetable import Solution
from rangeops.domain.timetable_greedy import greedy_solution
from rangeops.server.operations import Operations
from rangeops.server.work import PLAN, REPORT, TIMETABLE, Outcome, Work
from rangeops.services.ports.plans import CheckedPlan
from rangeops.services.submission import PlanRequest
from rangeops.services.timetable import SolveTask
from rangeops.wire.reports import Audience, ReportForm
from rangeops.wire.timetable import TimetableRequest

_API: Final = "/api/v1"


def hand_in_plan(ops: Operations, request: PlanRequest) -> Work:
    """In the name of `ops.user`; the outcome's value is a PlanView. A file that waits for its turn can be withdrawn."""
    shown = shown_name(request)

    async def run(work: Work) -> Outcome:
        submission = ops.services.submission
        work.now("is looked at", 0.0)
        file = await ops.run(submission.prepare, request, ops.user)
        work.now("is checked", 0.1)
        checked = await ops.confined(ops.services.check_plan, file, CheckedPlan, where=f"plan {shown}")
        work.now("is kept", 0.9, may_stop=False)
        plan = await ops.run(submission.store, request, checked, ops.clock(), ops.user)
        return Outcome(plan, f"{_API}/plans/{plan.id}")

    return in_plan_queue(ops, request, f"plan {shown}", run)


def shown_name(request: PlanRequest) -> str:
    """The file's, without a folder, as a screen can show it."""
    return safe_text(PurePath(request.file_name).name, limit=60) or "plan"


def in_plan_queue(ops: Operations, request: PlanRequest, title: str, run: Callable[[Work], Awaitable[Outcome]]) -> Work:
    """Work on a company's plan, in its turn. Raises QueueFull."""

    async def as_he_may_read_it(work: Work) -> Outcome:
        """A refusal may name who has what is asked for, and is read later by whoever follows this work."""
        try:
            return await run(work)
        except RangeopsError as error:
            raise await ops.run(ops.services.sight.error, error, ops.user) from error

    return ops.work.ask(
        PLAN,
        title,
        as_he_may_read_it,
        actor=ops.user,
        company=safe_text(request.company.strip(), limit=60),
        weight_bytes=len(request.content),
    )


def solve_timetable(ops: Operations, request: TimetableRequest) -> Work:
    """The outcome's value is a ProposalView; the newest proposal is the one that can be accepted."""

    async def run(work: Work) -> Outcome:
        work.now("is set up")
        asked = await ops.run(ops.services.timetable.ask, request, ops.clock(), ops.user)
        now_s = ops.clock().monotonic_s
        work.now(f"is solved, for at most {request.deadline_s:g} s", until_s=(now_s, now_s + request.deadline_s + 1))
        solution = await _solved(ops, asked.task)
        work.now("is kept", 0.9, may_stop=False)
        proposal = await ops.run(ops.services.timetable.propose, asked, solution, ops.clock())
        return Outcome(proposal, f"{_API}/timetable")

    return ops.work.ask(TIMETABLE, "a timetable", run, actor=ops.user)


async def _solved(ops: Operations, task: SolveTask) -> Solution:
    """First come, first served where the solver's process died or hung."""
    try:
        return await ops.compute(ops.services.solve_timetable, task)
    except Unavailable as error:
        return await ops.run(greedy_solution, task.timetable, f"first come, first served ({error.what})")


def write_report(ops: Operations, incident: str, form: ReportForm, audience: Audience) -> Work:
    """The outcome's value is a ReportView."""

    async def run(work: Work) -> Outcome:
        work.now("is written", may_stop=False)
        view = await ops.run(ops.services.reporting.write, incident, ops.clock(), ops.user, form, audience)
        link = f"{_API}/incidents/{view.incident}/report?form={form.value}&audience={audience.value}"
        return Outcome(view, link)

    return ops.work.ask(REPORT, f"the report of {safe_text(incident, limit=40)}", run, actor=ops.user)
