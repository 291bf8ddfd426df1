"""Mending a plan that was handed in, and comparing two: what `rangeops plan fix` does with a file, for the server's confined process."""

from collections.abc import Callable
from dataclasses import dataclass

from rangeops.domain.plan_fixing import fixed
from rangeops.domain.plans import FlightPlan
from rangeops.domain.ranges import RangeDefinition
from rangeops.services.plan_changes import change_lines, difference
from rangeops.services.plan_checking import PlanReader, checked, context_of
from rangeops.services.ports.plans import ComparedPlans, MendedPlan, PlanFile

PlanRewriter = Callable[[str, bytes, FlightPlan], tuple[bytes, tuple[str, ...]]]
"""From a file's name, its content and what it is to hold instead: the new content in the same format, and what that has no
place for; adapters.formats.plan_files.rewritten. Raises Invalid for a format that can't be written.
"""


@dataclass(frozen=True, slots=True)
class PlanMending:
    """The PlanMender of one range. Frozen and picklable, so that a process pool can have it."""

    definition: RangeDefinition
    read_plan: PlanReader
    rewrite: PlanRewriter

    def __call__(self, file: PlanFile) -> MendedPlan:
        """Judged is what stands in the new file: what its format rounds or drops must not undo a fix."""
        context = context_of(file, self.definition)
        plan = self.read_plan(file.file_name, file.content)
        mended, changes = fixed(plan, context)
        if not changes:
            return MendedPlan(file.content, (), (), checked(plan, context))
        content, lost = self.rewrite(file.file_name, file.content, mended)
        reread = self.read_plan(file.file_name, content)
        return MendedPlan(content, change_lines(changes), lost, checked(reread, context))


@dataclass(frozen=True, slots=True)
class PlanComparing:
    """The PlanComparer: a unified diff of home and items, one line each."""

    read_plan: PlanReader

    def __call__(self, files: ComparedPlans) -> str:
        before, after = (self.read_plan(name, content) for name, content in (files.before, files.after))
        return difference(before, after)
