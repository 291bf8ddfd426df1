"""Timetables: five kept weeks of 200 requests for eight volumes, each solved in ten seconds, against first come, first served."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench_row import Row, row

from rangeops.adapters.formats.timetable_file import read_timetable
from rangeops.adapters.solver.solving import TwoEngines
from rangeops.domain.timetable import Timetable, defects, standing
from rangeops.domain.timetable_greedy import placed_greedily

FOLDER: Final = Path(__file__).parents[1] / "data" / "timetables"
DEADLINE_S: Final = 10.0


def weeks() -> dict[str, Timetable]:
    return {file.stem: read_timetable(file.read_bytes(), name=file.name) for file in sorted(FOLDER.glob("week-*.json"))}


def rows() -> Iterator[Row]:
    gaps, ratios, walls, used = [], [], [], []
    for name, week in weeks().items():
        cpu = time.process_time()
        solution = TwoEngines().solve(week, DEADLINE_S)
        used.append(time.process_time() - cpu)
        assert not list(defects(week, solution.placements)), name
        gaps.append(1.0 if solution.gap is None else solution.gap)
        walls.append(solution.seconds)
        ratios.append(solution.standing.worth / standing(week, placed_greedily(week)).worth)
    took = ", ".join(f"{wall:.1f}" for wall in walls)
    note = f"worst of {len(gaps)} weeks; proved {gaps.count(0.0)}; wall {took} s, CPU at most {max(used):.1f} s"
    yield row("timetable_gap", max(gaps), "", 0.001, note=note)
    yield row("timetable_s", max(walls), "s", DEADLINE_S, note="the slowest of them, wall")
    note = f"worst of {len(ratios)}: " + ", ".join(f"{ratio:.3f}" for ratio in ratios)
    yield row("timetable_vs_greedy", min(ratios), "x", 1.0, peer="first come, first served", note=note, at_least=True)
