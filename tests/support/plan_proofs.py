"""The checker against the oracle, and the fixes against both: one plan each, for tests and for full counts."""

import random
from dataclasses import dataclass

import numpy as np
from flights import axes, place
from plan_oracle import Air, Flight, inside, margins, room
from plan_random import Drawn, astray, good_plan, random_plan, spoil

from rangeops.domain.plan_findings import Code, Outcome
from rangeops.domain.plan_fixes import MoveWaypoint, apply_fixes
from rangeops.domain.plan_fixing import fixed_within
from rangeops.domain.plan_rules import check_within

UNSURE_M = 0.3  # what half a metre between samples may hide
UNSURE_AS = 100.0
_OF_PLACE = {"GEO-01", "GEO-02", "GEO-04", "GEO-06"}  # a misplaced waypoint is told once, by the first of these
PATH_MARGIN_M = 3.0


@dataclass(frozen=True)
class Agreement:
    """agrees None: too near to a limit for the oracle to tell."""

    passed: bool
    agrees: bool | None
    differs: frozenset[str]


def compared(seed: int) -> Agreement:
    """The verdict on one random plan, and which rules speak."""
    drawn = random_plan(random.Random(seed))
    told = margins(drawn.plan, drawn.air, drawn.context.airframe)
    verdict = check_within(drawn.plan, drawn.around)
    found = {answer.code.value for answer in verdict.answers if answer.findings}
    due = {code for code, margin in told.items() if margin < 0}
    unsure = {code for code, margin in told.items() if abs(margin) < (UNSURE_AS if code == "ENE-01" else UNSURE_M)}
    differs = (found ^ due) - unsure
    if found & due & {"GEO-01", "GEO-02"}:
        differs -= _OF_PLACE
    passed = verdict.outcome is Outcome.PASSED
    if unsure and not (due - unsure):
        return Agreement(passed, None, frozenset())
    return Agreement(passed, passed == (not due) and not differs, frozenset(differs))


@dataclass(frozen=True)
class Mended:
    passes: bool
    moved_m: float
    left: tuple[str, ...]


def mended(seed: int) -> Mended:
    """One plan with one to four defects, after every fix."""
    rng = random.Random(seed)
    drawn = good_plan(rng)
    spoilt = spoil(drawn.plan, rng, rng.randint(1, 4))
    plan, changes = fixed_within(spoilt, drawn.around)
    verdict = check_within(plan, drawn.around)
    moved = sum(change.fix.distance_m for change in changes if isinstance(change.fix, MoveWaypoint))
    return Mended(verdict.outcome is Outcome.PASSED, moved, tuple(f.code.value for f in verdict.findings))


@dataclass(frozen=True)
class Moved:
    """distance_m None: the defect called for no move, or none was found. nearer_m: where the oracle knows a nearer place."""

    distance_m: float | None
    nearer_m: float | None
    works: bool


def least_move(seed: int, *, directions: int = 72) -> Moved:
    """One waypoint astray: is the proposed move within 1 m of the smallest that the oracle finds?"""
    rng = random.Random(seed)
    drawn = good_plan(rng)
    spoilt = astray(drawn.plan, rng)
    findings = [f for f in check_within(spoilt, drawn.around).findings if f.code in (Code.GEO_01, Code.GEO_06)]
    fixes = [f.fix for f in findings if isinstance(f.fix, MoveWaypoint)]
    if len(fixes) != 1:
        return Moved(None, None, works=not findings)
    (fix,) = fixes
    works = _content(apply_fixes(spoilt, [fix]), drawn) > -UNSURE_M
    return Moved(fix.distance_m, _nearer(spoilt, fix, drawn, directions), works)


def _nearer(spoilt, fix: MoveWaypoint, drawn: Drawn, directions: int) -> float | None:
    item = spoilt.item(fix.number)
    u, v = axes(item.latitude_deg, item.longitude_deg)
    turns = np.linspace(0, 2 * np.pi, directions, endpoint=False)
    for radius in (fix.distance_m - 1.0, fix.distance_m - 4.0, 0.7 * fix.distance_m, 0.4 * fix.distance_m):
        for turn in turns if radius > 0 else ():
            latitude, longitude = place(u + radius * np.cos(turn), v + radius * np.sin(turn))
            there = MoveWaypoint(fix.number, latitude, longitude, radius, 0.0)
            if _content(apply_fixes(spoilt, [there]), drawn) > 0:
                return float(radius)
    return None


def _content(plan, drawn: Drawn) -> float:
    """The oracle's margin for where the plan's legs are and head."""
    air: Air = drawn.air
    flown = Flight(plan, air, drawn.context.airframe).fly()
    least = min(float(inside(piece.places, air.corners).min()) for piece in flown.pieces) - PATH_MARGIN_M
    return least if least <= 0 else min(least, *(room(piece, air, drawn.context.airframe) for piece in flown.pieces))
