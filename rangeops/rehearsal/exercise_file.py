"""Exercises as data: a TOML file each in sitl/exercises, which puts drills in a row (docs/drills.md describes the keys)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rangeops import paths
from rangeops.domain.drills import Demands
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.exercises import Check, Role
from rangeops.domain.facts import Facts
from rangeops.rehearsal.drill_file import (
    CastDrill,
    CastPhase,
    Drill,
    cast,
    find_drill,
    flowing,
    load_drill,
    scenario_of,
)

SHORTEST_REST_S: Final = 15.0  # at any pace: so long people, and vehicles, need to end one thing
_LONGEST_REST_S: Final = 3600.0
FASTEST: Final = 60.0


@dataclass(frozen=True, slots=True)
class PhaseOf:
    """One emergency of the file. drawn: what isn't left to the seed. flying: who must be in the air when it begins."""

    drill: Drill
    objective: str
    rest_s: float
    flying: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exercise:
    name: str
    title: str
    situation: str
    scenario: Path
    objectives: tuple[str, ...]
    roles: tuple[Role, ...]
    phases: tuple[PhaseOf, ...]
    checks: tuple[Check, ...]

    def lasts_s(self, pace: float) -> float:
        """From when all fly, at most, waiting for who must be in the air apart."""
        return sum(rest(each.rest_s, pace) + each.drill.lasts_s for each in self.phases)


def rest(rest_s: float, pace: float) -> float:
    return max(rest_s / pace, min(rest_s, SHORTEST_REST_S))


def load_exercise(name: str) -> Exercise:
    """A path, or the bare name of a shipped one. Raises NotFound, Invalid."""
    path = Path(name) if "/" in name or name.endswith(".toml") else paths.shipped("exercises") / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(
            f"there is no exercise {name!r:.40}", where="exercise", do="Name a file, or `yearly`."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"this is not TOML ({error})", where=str(path), do="Correct the file.") from error
    facts = Facts(table, path.name)
    facts.only("title", "situation", "scenario", "objectives", "role", "phase", "check")
    objectives = facts.texts("objectives")
    exercise = Exercise(
        name=path.stem,
        title=facts.text("title"),
        situation=flowing(facts.text("situation")),
        scenario=scenario_of(facts.text("scenario", "drill-range"), path.parent),
        objectives=objectives,
        roles=tuple(_role(each) for each in facts.sections("role")),
        phases=tuple(_phase(each, objectives) for each in facts.sections("phase")),
        checks=tuple(_check(each) for each in facts.sections("check")),
    )
    if not exercise.phases or not exercise.roles:
        raise Invalid("nothing happens, or nobody has a role", where=path.name, do="Add [[phase]] and [[role]].")
    return exercise


def cast_exercise(exercise: Exercise, seed: int, pace: float, flying: Sequence[str]) -> CastDrill:
    """As one drill whose phases follow each other. Raises Invalid."""
    if not 1 <= pace <= FASTEST:
        raise Invalid(f"a pace of {pace:g}", where="--pace", do=f"Give 1 to {FASTEST:g}.")
    phases = []
    for number, each in enumerate(exercise.phases):
        given = cast(each.drill, seed + number, flying)
        phases.append(
            CastPhase(
                title=each.drill.title,
                objective=each.objective,
                rest_s=rest(each.rest_s, pace),
                flying=each.flying,
                given=given,
            )
        )
    whole = Drill(
        name=exercise.name,
        title=exercise.title,
        situation=exercise.situation,
        instructor="",
        scenario=exercise.scenario,
        automation=None,
        quiet_s=(0, 0),
        lasts_s=exercise.lasts_s(pace),
        draws={},
        table={},
        where=exercise.name,
    )
    expected = tuple(demand for phase in phases for demand in phase.given.demands.expectations)
    return CastDrill(
        drill=whole,
        seed=seed,
        quiet_s=0.0,
        drawn={},
        happenings=(),
        demands=Demands(expected),
        instructor="",
        phases=tuple(phases),
    )


def _role(facts: Facts) -> Role:
    facts.only("name", "does")
    return Role(facts.text("name"), facts.text("does"))


def _check(facts: Facts) -> Check:
    facts.only("id", "text", "source")
    return Check(facts.text("id"), facts.text("text"), facts.text("source"))


def _phase(facts: Facts, objectives: Sequence[str]) -> PhaseOf:
    facts.only("drill", "objective", "rest_s", "flying", "draw")
    drill = load_drill(find_drill(facts.text("drill")))
    if drill.automation is not None:
        raise Invalid(
            f"{drill.name} changes the range's policy, which an exercise can't",
            where=facts.where,
            do="Play it by itself.",
        )
    fixed = facts.section("draw").table if facts.has("draw") else {}
    return PhaseOf(
        drill=replace(drill, draws=_fixed(drill.draws, fixed, facts.where)),
        objective=objectives[facts.integer("objective", at_least=1, at_most=len(objectives)) - 1],
        rest_s=facts.number("rest_s", at_least=0, at_most=_LONGEST_REST_S),
        flying=facts.texts("flying"),
    )


def _fixed(
    draws: Mapping[tuple[str, ...], tuple[tuple[Any, ...], ...]], fixed: Mapping[str, Any], where: str
) -> Mapping[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """What the seed decides, with these decided already."""
    found = dict(draws)
    for key, value in fixed.items():
        names = tuple(name.strip() for name in key.split(","))
        values = tuple(value) if len(names) > 1 and isinstance(value, list) else (value,)
        if names not in found or len(values) != len(names):
            known = ", ".join(", ".join(each) for each in draws)
            raise Invalid(f"the drill draws no {key!r:.40} so", where=where, do=f"It draws {known}.")
        found[names] = (values,)
    return found
