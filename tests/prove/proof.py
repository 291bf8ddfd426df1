"""One line of build/proof.json."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    id: str
    runs: int
    failures: int
    seed: int
    holds: bool
    note: str = ""
