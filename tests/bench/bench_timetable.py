"""Timetables: five kept weeks of 200 requests for eight volumes, each solved in ten seconds, against first come, first served."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench_row import Row, row

from rangeops.adapters.formats.timetable_file import read_timetable
from rangeops.adapters.solver.solving import TwoEngines
from rangeops.domain.timetable import Closure, Timetable, defects, standing
from rangeops.domain.timetable_greedy import placed_greedily
from rangeops.domain.timetable_reading import Change, differences
from rangeops.domain.volumes import VolumeId

ROWS = ("timetable_gap", "timetable_s", "timetable_replan_s", "timetable_vs_greedy")
FOLDER: Final = Path(__file__).parents[1] / "data" / "timetables"
DEADLINE_S: Final = 10.0
CLOSED: Final = VolumeId("north")  # the volume that is asked for most
A_DAY: Final = 4 * 24  # steps


def weeks() -> dict[str, Timetable]:
    return {file.stem: read_timetable(file.read_bytes(), name=file.name) for file in sorted(FOLDER.glob("week-*.json"))}


def replanned() -> Row:
    """A volume closed all Wednesday in a week that is approved as it was solved: who must move, and in what time."""
    said, walls = [], []
    for name, week in weeks().items():
        placed = TwoEngines().solve(week, DEADLINE_S).placements
        requests = tuple(
            replace(each, present=placed[each.id], is_approved=True) if each.id in placed else each
            for each in week.requests
        )
        wednesday = Closure(CLOSED, 2 * A_DAY, 3 * A_DAY, "closed on Wednesday")
        hit = [
            each.id
            for each in requests
            if each.present is not None
            and each.present.volume == CLOSED
            and 2 * A_DAY <= each.present.start < 3 * A_DAY
        ]
        after = replace(week, requests=requests, closures=(*week.closures, wednesday))
        solution = TwoEngines().solve(after, DEADLINE_S)
        assert not list(defects(after, solution.placements)), name
        changes = Counter(each.change for each in differences(after, solution.placements))
        proved = "" if solution.fewest_moves else " (not proved)"
        said.append(
            f"{changes[Change.MOVED]} moved, {changes[Change.DROPPED]} without a place of {len(hit)} hit{proved}"
        )
        walls.append(solution.seconds)
    return row("timetable_replan_s", max(walls), "s", DEADLINE_S, note="; ".join(said))


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
    yield replanned()
    note = f"worst of {len(ratios)}: " + ", ".join(f"{ratio:.3f}" for ratio in ratios)
    yield row("timetable_vs_greedy", min(ratios), "x", 1.0, peer="first come, first served", note=note, at_least=True)
