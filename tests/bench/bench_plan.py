"""The plan checker: 800 waypoints among 20 zones with every rule and fix, warm; and the command from nothing, offline."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))  # plans are drawn as the tests draw them

from bench_row import Row, cpu_s, row
from flights import TWENTE, context, mission, place, waypoint

from rangeops import paths
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_rules import check
from rangeops.domain.plans import FlightPlan
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction, Zone, ZoneArea

ROWS = ("plan_check_ms", "plan_check_cold_s")
LINES = 400
ZONES = 20
RUNS = 5
_WRONG = {100: (400, -600, 40.0), 300: (900, -400, 40.0), 500: (500, -560, 40.0), 600: (400, -400, 95.0)}


def survey(*, wrong: bool) -> FlightPlan:
    """800 waypoints to and fro. wrong: four of them are outside, too near to an edge, or too high."""
    places = [(u, -300 - 0.4 * n, 40.0) for n in range(LINES) for u in ((250, 700) if n % 2 == 0 else (700, 250))]
    for n, there in (_WRONG if wrong else {}).items():
        places[n] = there
    return mission(*(waypoint(u, v, altitude) for u, v, altitude in places))


def surroundings() -> PlanContext:
    """EAST, with twenty closed circles around it."""
    zones = tuple(
        Zone(
            f"Z{n}",
            "closed",
            Restriction.PROHIBITED,
            (
                ZoneArea(
                    Circle(*place(200 + 30 * (n % 10), -900 - 40 * (n // 10)), 12.0), None, Limit(150, HeightDatum.AMSL)
                ),
            ),
        )
        for n in range(ZONES)
    )
    return context(range=replace(TWENTE, zones=zones))


def rows() -> Iterator[Row]:
    where, plan, wrong = surroundings(), survey(wrong=False), survey(wrong=True)
    fixes = sum(finding.fix is not None for finding in check(wrong, where).findings)
    clean_ms, wrong_ms = (1e3 * cpu_s(lambda p=p: check(p, where), repeats=9) for p in (plan, wrong))
    note = f"CPU; {len(plan.items)} items, {ZONES} zones, {fixes} fixes tried; without defects {clean_ms:.1f} ms"
    yield row("plan_check_ms", wrong_ms, "ms", 50, note=note)
    wall_s, used_s = cold_s()
    note = f"wall, the least of {RUNS}, no server; {used_s:.2f} s of CPU each, which is what is left on an idle machine"
    yield row("plan_check_cold_s", wall_s, "s", 0.6, note=note)


def cold_s() -> tuple[float, float]:
    """`rangeops plan check` of a shipped plan, from starting the interpreter to its end: wall, and CPU in the mean."""
    file = paths.shipped("scenarios") / "plans" / "acme-0042-rev2.plan"
    command = [
        sys.executable,
        "-m",
        "rangeops",
        "plan",
        "check",
        str(file),
        "--volume",
        "EAST",
        "--airframe",
        "survey-quad",
    ]
    taken = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return min(taken), used_s / RUNS
