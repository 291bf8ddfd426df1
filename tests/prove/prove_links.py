"""Twenty vehicles at 25 messages a second for ten minutes, over four links of the real watch process."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from link_proof import talk
from proof import Proof

VEHICLES, SECONDS = 20, 600


def proofs(seed: int) -> Iterator[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        counted = talk(Path(folder), vehicles=VEHICLES, seconds=SECONDS)
    failures = abs(counted.sent - counted.recorded) + counted.gaps
    note = (
        f"{counted.recorded} of {counted.sent} messages of {VEHICLES} vehicles in {counted.tlogs} tlogs, "
        f"{counted.gaps} gaps in their sequence numbers"
    )
    yield Proof("links", counted.sent, failures, seed, failures == 0, note)
