"""What a worker process is given to do. OR-Tools is loaded here and no sooner: the server has no use for it."""

from importlib.util import find_spec

from rangeops.domain.timetable import Solution
from rangeops.domain.timetable_greedy import greedy_solution
from rangeops.services.timetable import SolveTask

WITHOUT = "first come, first served (the extra rangeops[timetable] isn't installed)"


def solve(task: SolveTask) -> Solution:
    """The best timetable within the task's deadline, or the greedy one where there is no solver."""
    if find_spec("ortools") is None:
        return greedy_solution(task.timetable, WITHOUT)
    from rangeops.adapters.solver.solving import TwoEngines

    return TwoEngines().solve(task.timetable, task.deadline_s)
