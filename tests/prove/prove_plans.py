"""The plan checker: 2,000 verdicts against a dense-sampling oracle, 2,000 spoilt plans mended, and the least moves."""

import statistics
from collections.abc import Iterable

from plan_proofs import compared, least_move, mended
from proof import Proof

PLANS = 2_000
MOVES = 60
MENDED_SHARE = 0.9


def proofs(seed: int) -> Iterable[Proof]:
    answers = [compared(seed + n) for n in range(PLANS)]
    wrong = sum(answer.agrees is False for answer in answers)
    unsure = sum(answer.agrees is None for answer in answers)
    passed = sum(answer.passed for answer in answers)
    note = f"{passed} passed, {unsure} too near to a limit to tell; each rule that speaks is the oracle's too"
    yield Proof("plan_verdicts", PLANS, wrong, seed, wrong == 0, note)
    repaired = [mended(seed + n) for n in range(PLANS)]
    failed = sum(not answer.passes for answer in repaired)
    moved = sorted(answer.moved_m for answer in repaired if answer.moved_m > 0)
    note = f"1 to 4 defects each; moved by {statistics.median(moved):.1f} m in the median, {moved[-1]:.0f} m at most"
    yield Proof("plans_mended", PLANS, failed, seed, failed <= (1 - MENDED_SHARE) * PLANS, note)
    moves = [answer for answer in (least_move(seed + n) for n in range(MOVES)) if answer.distance_m is not None]
    longer = sum(answer.nearer_m is not None or not answer.works for answer in moves)
    note = "one waypoint astray: nothing works that is more than 1 m nearer, in 72 directions"
    yield Proof("least_moves", len(moves), longer, seed, longer == 0, note)
