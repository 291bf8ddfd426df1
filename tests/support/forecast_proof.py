"""Random flights counted: of those that leave, how many were alarmed in time and held; of those that stay, how many were not."""

import multiprocessing
import os
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from forecast_flights import LEAD_S, Verdict, enters_zone, fly, leaves_contingency, verdict_of
from forecast_range import batch_of

from rangeops.domain.policy import Automation

LEAVING_STAYS = 1_000_000  # between the seeds of those that leave and of those that stay


@dataclass
class Judged:
    """One flight. name: "seed/number", by which it is flown again. beyond_m: how far outside its contingency volume it came
    where the range acted by itself, deep_m: how far into the zone; negative: how far off it stayed.
    """

    name: str
    craft: str
    kind: str
    speed_mps: float
    leaves: bool
    foreseeable: bool
    stays: bool
    margin_m: float
    lead_s: float | None
    need_s: float
    alarmed: bool
    beyond_m: float | None = None
    deep_m: float | None = None


@dataclass
class Tally:
    """Every flight that was flown."""

    flights: list[Judged] = field(default_factory=list)

    @property
    def leaving(self) -> list[Judged]:
        """They left, and nothing that they did was new when there still was the time that an alarm must have."""
        return [each for each in self.flights if each.leaves and each.foreseeable]

    @property
    def turned_late(self) -> list[Judged]:
        return [each for each in self.flights if each.leaves and not each.foreseeable]

    @property
    def staying(self) -> list[Judged]:
        return [each for each in self.flights if each.stays]

    @property
    def late(self) -> list[Judged]:
        return [each for each in self.leaving if not in_time(each)]

    @property
    def false(self) -> list[Judged]:
        return [each for each in self.staying if each.alarmed]

    @property
    def escaped(self) -> list[Judged]:
        """Of all that would leave, however late they turned: those that left their contingency volume all the same."""
        return [each for each in self.flights if each.leaves and each.beyond_m is not None and each.beyond_m > 0.0]

    @property
    def zoned(self) -> list[Judged]:
        """They flew where a prohibited zone is, and the range acted by itself. Who turned to an edge too late is left out."""
        return [each for each in self.flights if each.deep_m is not None and (each.foreseeable or not each.leaves)]

    @property
    def entered(self) -> list[Judged]:
        """Of those, who was in the zone all the same: also who wouldn't have been, had nobody held him."""
        return [each for each in self.zoned if each.deep_m is not None and each.deep_m > 0.0]

    @property
    def held(self) -> int:
        return sum(each.leaves and each.beyond_m is not None for each in self.flights)


def in_time(judged: Judged) -> bool:
    return judged.lead_s is not None and judged.lead_s >= judged.need_s


def campaign(seed: int, *, leaving: int, staying: int, flights: int = 20, processes: int = 1) -> Tally:
    """Batches of random flights until so many have really left, foreseeably, and so many have stayed."""
    tally = Tally()
    for leave, wanted, first in ((True, leaving, seed), (False, staying, seed + LEAVING_STAYS)):
        of = partial(_flown, flights=flights, leave=leave)
        for judged in _each(of, first, processes):
            tally.flights += judged
            if len(tally.leaving if leave else tally.staying) >= wanted:
                break
    return tally


def _each(of, first: int, processes: int) -> Iterator[list[Judged]]:
    seeds = range(first, first + LEAVING_STAYS)
    if processes == 1:
        yield from map(of, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(processes, os.nice, (10,)) as pool:
        yield from pool.imap(of, seeds)


def _flown(seed: int, *, flights: int, leave: bool) -> list[Judged]:
    batch = batch_of(seed, flights=flights, leave=leave)
    verdicts = [verdict_of(track, batch) for track in fly(batch, Automation.ADVISE)]
    judged = [
        _judged(f"{seed}/{number}", batch.airframe.id, verdict, wants_out=leave)
        for number, verdict in enumerate(verdicts, 1)
    ]
    if leave:
        again = batch_of(seed, flights=flights, leave=leave)
        for each, track in zip(judged, fly(again, Automation.AUTO), strict=True):
            each.beyond_m, each.deep_m = leaves_contingency(track, batch), enters_zone(track, batch)
    return judged


def _judged(name: str, craft: str, verdict: Verdict, *, wants_out: bool) -> Judged:
    """One who is on his way out when the time is over hasn't stayed inside."""
    return Judged(
        name,
        craft,
        verdict.track.kind,
        verdict.speed_mps or verdict.track.speed_mps,
        verdict.exit_s is not None,
        verdict.could_be_foreseen,
        verdict.stays and not wants_out,
        verdict.margin_m,
        verdict.lead_s,
        verdict.need_s,
        verdict.alarmed,
    )


PAGE = """# What the forecast is worth

Written by `python -m tests.prove --only forecast`; seed {seed}. Random flights in the simulator, through the whole watch in
virtual time: two kinds of copter at 4 to 15 m/s, a plane at 16 to 25 m/s through the air, wind up to each one's limit with gusts,
up to 1.5 m of GPS wander, volumes of 4 to 9 corners, in a third of them a prohibited zone. Each flight is told by its
kind: GUIDED *targets*, an AUTO *mission*, *by hand* (velocities or sticks, straight), in an even *turn* by hand.
What is measured, and what isn't counted, stands in [forecast.md](forecast.md#how-good-it-is).

{table}

- **Alarmed in time**: {in_time} of {leaving} that left ({in_time_percent:.1f} %; at least 99 % wanted), the stopping time and {lead:.0f} s before
  the edge or earlier. The median came {median:.1f} s before.
- **Held**, where the policy is auto: {held} of {would} stayed in their contingency volume; the one that came nearest to its edge was
  {nearest:.0f} m inside.
- **Kept out**, likewise: {zones}
- **False**: {false} of {staying} that stayed 10 m and more inside ({false_percent:.1f} %; at most 2 % wanted).
- {late_turns} more turned to the edge later than any forecast can tell: {late_alarmed} of them were alarmed before it all the same, and
  they are among those held.
"""


def page(tally: Tally, seed: int) -> str:
    """docs/safety/forecast-proof.md."""
    leaving, staying, late_turns = tally.leaving, tally.staying, tally.turned_late
    would = [each for each in tally.flights if each.leaves and each.beyond_m is not None]
    in_time_count = len(leaving) - len(tally.late)
    return PAGE.format(
        seed=seed,
        table=table(tally),
        in_time=in_time_count,
        leaving=len(leaving),
        in_time_percent=100 * in_time_count / max(len(leaving), 1),
        lead=LEAD_S,
        median=median_lead_s(leaving),
        held=len(would) - len(tally.escaped),
        would=len(would),
        nearest=-max(each.beyond_m or 0.0 for each in would),
        zones=kept_out(tally),
        false=len(tally.false),
        staying=len(staying),
        false_percent=100 * len(tally.false) / max(len(staying), 1),
        late_turns=len(late_turns),
        late_alarmed=sum(each.alarmed for each in late_turns),
    )


def kept_out(tally: Tally) -> str:
    """Who entered a prohibited zone although the range acts by itself, in words."""
    zoned, deep = tally.zoned, [each.deep_m or 0.0 for each in tally.entered]
    late = [each for each in tally.turned_late if each.deep_m is not None]
    entered = sum((each.deep_m or 0.0) > 0.0 for each in late)
    by = f" (by {max(deep):.1f} m at most)" if deep else ""
    return (
        f"of {len(zoned)} flown where a prohibited zone is, {len(deep)} entered it{by}, on the way out or by the hold and the "
        f"way home; not counted are {len(late)} that turned to an edge too late, of whom {entered} did."
    )


def table(tally: Tally) -> str:
    """A row a craft and kind of flight."""
    lines = [
        "| flights | leave | alarmed in time | least time to spare | stay 10 m inside | alarmed |",
        "|---|---|---|---|---|---|",
    ]
    for craft, kind in sorted({(each.craft, each.kind) for each in tally.flights}):
        lines.append(_row(f"{craft}, {kind}", tally, lambda each, c=craft, k=kind: (each.craft, each.kind) == (c, k)))
    lines.append(_row("**all**", tally, lambda _each: True))
    return "\n".join(lines)


def _row(name: str, tally: Tally, of) -> str:
    leaving = [each for each in tally.leaving if of(each)]
    staying = [each for each in tally.staying if of(each)]
    spare = min((each.lead_s - each.need_s for each in leaving if each.lead_s is not None), default=None)
    return (
        f"| {name} | {len(leaving)} | {sum(map(in_time, leaving))} | {'-' if spare is None else f'{spare:.1f} s'} "
        f"| {len(staying)} | {sum(each.alarmed for each in staying)} |"
    )


def median_lead_s(flights: Iterable[Judged]) -> float:
    return statistics.median(each.lead_s or 0.0 for each in flights)
