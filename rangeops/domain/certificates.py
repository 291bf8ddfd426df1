"""What the bench found out about one aircraft, step by step, and the certificate that a booking refers to.

A certificate is texts and whole numbers, no floats: its canonical form is the same in every language.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Verdict(Enum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step's answer: what was found, where, and what to do about it ("" where nothing is)."""

    step: str
    title: str
    verdict: Verdict
    what: str
    where: str
    do: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """accepted: no step failed. uid2, firmware and table_sha256 say which aircraft, in which state, it is about.

    parameters: those that the range has rules for. table_sha256: of firmware and all that isn't volatile
    (parameters.table_sha256); "" where the table wasn't read. table_count: how many parameters it has.
    """

    id: str
    range_id: str
    airframe: str
    sysid: int
    uid2: str
    firmware: str
    firmware_sha: str
    parameters: tuple[Figure, ...]
    parameters_sha256: str
    accepted: bool
    steps: tuple[StepResult, ...]
    figures: tuple[Figure, ...]
    issued_utc: datetime
    valid_until_utc: datetime
    by: str
    table_sha256: str = ""
    table_count: int = 0


def parameters_sha256(parameters: Iterable[Figure]) -> str:
    """SHA-256 over one line `NAME value` each, sorted by name, joined by newlines."""
    lines = sorted(f"{parameter.name} {parameter.value}" for parameter in parameters)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
