"""The demo, ten times in a row: its chain closes every time, and nothing stays behind."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from proof import Proof

RUNS = 10
WITHIN_S = 120


def proofs(seed: int) -> Iterator[Proof]:
    failures, longest_s, closest_m = 0, 0.0, float("-inf")
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
            started = time.monotonic()
            finished = subprocess.run(
                [sys.executable, "-m", "rangeops", "--data", folder, "demo", "--headless", "--json"],
                check=False,
                capture_output=True,
                text=True,
                timeout=WITHIN_S * 2,
            )
            took_s = time.monotonic() - started
            longest_s = max(longest_s, took_s)
            if finished.returncode != 0 or took_s > WITHIN_S:
                failures += 1
                print(finished.stderr, file=sys.stderr)
            else:
                closest_m = max(closest_m, json.loads(finished.stdout)["max_excursion_m"])
    note = f"longest {longest_s:.0f} s, worst excursion {closest_m:.1f} m (negative: inside)"
    yield Proof("demo", RUNS, failures, seed, failures == 0, note)
