"""Two engines of OR-Tools for one programme: CP-SAT, and HiGHS' branch and cut.

Which is the faster differs from week to week (docs/decisions/0050-two-engines-for-a-week.md).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

from rangeops.adapters.solver.model import Programme
from rangeops.domain.timetable import Placements

_ROUNDING: Final = 1e-6  # of a bound, as a share of it: that much a floating-point proof may be off


@dataclass(frozen=True, slots=True)
class Found:
    """placements: None where nothing was found in time. bound: no choice gains more; None where nothing was proved."""

    placements: Placements | None
    gain: int
    bound: int | None

    @property
    def is_best(self) -> bool:
        return self.placements is not None and self.bound is not None and self.gain >= self.bound


Engine = Callable[[Programme, Placements, float], Found]
"""Programme, where to begin, and for how many seconds at most."""


def cp_sat(programme: Programme, begin: Placements, limit_s: float) -> Found:
    model = cp_model.CpModel()
    choices = [model.new_bool_var("") for _ in programme.choices]
    for row in programme.at_most_one:
        model.add_at_most_one(choices[number] for number in row)
    for amounts, capacity in programme.at_most:
        model.add(sum(amount * choices[number] for number, amount in amounts) <= capacity)
    for row, least in programme.at_least:
        model.add(sum(choices[number] for number in row) >= least)
    terms = [gain * choice for gain, choice in zip(programme.gains, choices, strict=True)]
    for row, gains in programme.shares:
        shares = [model.new_bool_var("") for _ in gains]
        model.add(sum(shares) <= sum(choices[number] for number in row))
        terms += [gain * share for gain, share in zip(gains, shares, strict=True)]
    model.maximize(sum(terms))
    for choice, is_chosen in zip(choices, programme.chosen_in(begin), strict=True):
        model.add_hint(choice, is_chosen)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = 2
    solver.parameters.linearization_level = 2
    solver.parameters.random_seed = 1
    status = solver.solve(model)
    bound = math.floor(solver.best_objective_bound + 0.5)  # whole, and proved in whole numbers
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(None, 0, bound if status == cp_model.UNKNOWN else None)
    placements = programme.placements(lambda number: solver.boolean_value(choices[number]))
    return Found(placements, round(solver.objective_value), bound)


def branch_and_cut(programme: Programme, begin: Placements, limit_s: float) -> Found:
    model = mathopt.Model()
    choices = [model.add_binary_variable() for _ in programme.choices]
    for row in programme.at_most_one:
        model.add_linear_constraint(mathopt.fast_sum(choices[number] for number in row) <= 1)
    for amounts, capacity in programme.at_most:
        model.add_linear_constraint(
            mathopt.fast_sum(amount * choices[number] for number, amount in amounts) <= capacity
        )
    for row, least in programme.at_least:
        model.add_linear_constraint(mathopt.fast_sum(choices[number] for number in row) >= least)
    terms = [gain * choice for gain, choice in zip(programme.gains, choices, strict=True)]
    for row, gains in programme.shares:
        shares = [model.add_variable(lb=0, ub=1) for _ in gains]
        used = mathopt.fast_sum(choices[number] for number in row)
        model.add_linear_constraint(mathopt.fast_sum(shares) <= used)
        terms += [gain * share for gain, share in zip(gains, shares, strict=True)]
    model.maximize(mathopt.fast_sum(terms))
    hint = mathopt.SolutionHint(variable_values=dict(zip(choices, map(float, programme.chosen_in(begin)), strict=True)))
    result = mathopt.solve(
        model,
        mathopt.SolverType.HIGHS,
        params=mathopt.SolveParameters(time_limit=timedelta(seconds=limit_s), relative_gap_tolerance=0.0),
        model_params=mathopt.ModelSolveParameters(solution_hints=[hint]),
    )
    dual = result.termination.objective_bounds.dual_bound
    bound = math.floor(dual + max(0.5, abs(dual) * _ROUNDING)) if math.isfinite(dual) else None
    if not result.has_primal_feasible_solution():
        return Found(None, 0, bound)
    values = result.variable_values(choices)
    return Found(programme.placements(lambda number: values[number] > 0.5), round(result.objective_value()), bound)
