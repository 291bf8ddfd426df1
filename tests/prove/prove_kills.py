"""kill -9 at 1,000 points while the record is appended to and signed: the chain verifies, nothing acknowledged is lost."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from append_kills import kill_rounds
from proof import Proof

KILLS = 1000


def proofs(seed: int) -> Iterable[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        judged = kill_rounds(Path(folder), seed, KILLS)
    note = (
        f"{judged.acknowledged} acknowledged, none may be lost; {judged.unsaid} kills between commit and word,"
        f" {judged.torn} within a checkpoint; wrong: {'; '.join(judged.wrong[:3]) or 'none'}"
    )
    failures = len(judged.wrong)
    # A proof whose kills all came between two changes would prove nothing.
    holds = not failures and judged.kills == KILLS and judged.unsaid >= KILLS // 100
    yield Proof("killed_appends", KILLS, failures, seed, holds, note)
