"""What visitors of the portal wait for, and that they keep no vehicle waiting: server, watch, fleet and visitors in processes of their own."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_command import Asked, NoCommand
from bench_row import Row, row
from fleet_range import FLEET, PROBE, fleet_range
from web_load import THINKS_S, make_accounts, visitors

from rangeops.client.calls import address_of

ROWS = ("portal_p95_ms", "watch_p99_under_web_load", "web_load_failures")
READERS = 50
READ_S = 40.0
BROWSING, HANDING_IN = 200, 20
TRIALS = 120
LOADED_S = 60.0


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder, fleet_range(Path(folder) / "data") as fleet:
        accounts = asyncio.run(make_accounts(fleet.settings, BROWSING))
        url = address_of(fleet.settings).url
        with visitors(url, accounts, browsing=READERS) as load:
            load.begin(READ_S)
            yield read(load.visits())
        yield from commanded(Asked(fleet.port, PROBE), url, accounts)


def read(visits) -> Row:
    p95 = statistics.quantiles(visits.took_ms, n=20)[18]
    note = (
        f"p95 of {len(visits.took_ms)} pages to {READERS} visitors who read {THINKS_S[0]:g} to {THINKS_S[1]:g} s, "
        f"{len(FLEET)} vehicles flying; median {statistics.median(visits.took_ms):.0f}, {visits.failures} failed"
    )
    return row("portal_p95_ms", p95, "ms", 100, note=note)


def commanded(asked: Asked, url: str, accounts: list[tuple[str, str]]) -> Iterator[Row]:
    """From the packet that breaches to the command, without visitors before and after, and with all of them between."""
    quiet = trials(asked, TRIALS // 2)
    with visitors(url, accounts, browsing=BROWSING, handing_in=HANDING_IN) as load:
        load.begin(LOADED_S)
        loaded = trials(asked, TRIALS, for_s=LOADED_S)
        visits = load.visits()
    quiet += trials(asked, TRIALS // 2)
    (alone_s, among_s) = (statistics.quantiles(each, n=100)[98] for each in (quiet, loaded))
    note = (
        f"p99 {among_s * 1e3:.1f} against {alone_s * 1e3:.1f} ms, {len(loaded)} and {len(quiet)} trials; {BROWSING} visitors read "
        f"{len(visits.took_ms)} pages, {HANDING_IN} handed in {visits.verdicts} plans, {len(FLEET)} vehicles flew"
    )
    yield row(
        "watch_p99_under_web_load", among_s / alone_s, "ratio", 2.0, peer="the same watch without visitors", note=note
    )
    answered = ", ".join(f"{count} x {status}" for status, count in sorted(visits.statuses.items()))
    yield row("web_load_failures", visits.failures, "answers", 0, note=answered)


def trials(asked: Asked, count: int, *, for_s: float = 300.0) -> list[float]:
    """Each delay. One without a command may be the trial's own (NoCommand); two in a hundred are not."""
    until_s, without = time.monotonic() + for_s, 0
    taken: list[float] = []
    while len(taken) < count and time.monotonic() < until_s:
        try:
            taken_s = asked.trial_s()
        except NoCommand:
            without += 1
            assert without * 50 <= count, "the watch sends no commands"
            continue
        if taken_s is not None:  # None: a tick had confirmed the breach before
            taken.append(taken_s)
    return taken
