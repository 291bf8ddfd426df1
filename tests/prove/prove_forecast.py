"""The forecast against where 1,000 random flights really flew; writes the table of docs/safety/forecast-proof.md."""

import os
from collections.abc import Iterable
from pathlib import Path

from forecast_proof import Tally, campaign, page
from proof import Proof

FLIGHTS = 500
MOST_LATE, MOST_FALSE = 0.01, 0.02
PAGE = Path("docs/safety/forecast-proof.md")


def proofs(seed: int) -> Iterable[Proof]:
    tally = campaign(seed, leaving=FLIGHTS, staying=FLIGHTS, processes=os.cpu_count() or 1)
    PAGE.write_text(page(tally, seed), encoding="utf-8")
    yield alarmed(tally, seed)
    yield held(tally, seed)
    yield kept_out(tally, seed)
    yield calm(tally, seed)


def alarmed(tally: Tally, seed: int) -> Proof:
    late = [each.name for each in tally.late]
    note = f"alarmed at least the stopping time and 3 s before the edge; late: {late[:8]}"
    holds = len(late) <= MOST_LATE * len(tally.leaving) and len(tally.leaving) >= FLIGHTS
    return Proof("forecast_in_time", len(tally.leaving), len(late), seed, holds, note)


def held(tally: Tally, seed: int) -> Proof:
    out = [each.name for each in tally.escaped]
    note = f"policy auto: left its contingency volume: {out[:8]}"
    return Proof("forecast_held", tally.held, len(out), seed, not out and tally.held >= FLIGHTS, note)


def kept_out(tally: Tally, seed: int) -> Proof:
    entered = [each.name for each in tally.entered]
    note = f"policy auto: entered a prohibited zone: {entered[:8]}"
    return Proof("forecast_zones", len(tally.zoned), len(entered), seed, not entered and bool(tally.zoned), note)


def calm(tally: Tally, seed: int) -> Proof:
    false = [each.name for each in tally.false]
    note = f"stayed 10 m and more inside; alarmed: {false[:8]}"
    holds = len(false) <= MOST_FALSE * len(tally.staying) and len(tally.staying) >= FLIGHTS
    return Proof("forecast_calm", len(tally.staying), len(false), seed, holds, note)
