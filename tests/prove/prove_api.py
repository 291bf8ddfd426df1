"""The API: every operation asked at random by its own description, with five seeds, two of them as a company's member, who
reads no other company's name.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from api_cases import MEMBER, asked
from proof import Proof

SEEDS = 5
EXAMPLES = 100
AS_A_MEMBER = (3, 4)


def proofs(seed: int) -> Iterator[Proof]:
    requests, wrong = 0, []
    for number in range(SEEDS):
        with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
            outcome = asked(Path(folder), EXAMPLES, seed + number, by=MEMBER if number in AS_A_MEMBER else "")
        requests += sum(outcome.asked.values())
        wrong += [f"seed {seed + number}: {each}" for each in outcome.wrong]
    note = f"requests to {len(outcome.asked)} operations; {' | '.join(each[:300] for each in wrong[:3])}"
    yield Proof("api_as_described", requests, len(wrong), seed, holds=not wrong, note=note)
