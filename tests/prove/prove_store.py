"""The store: 1,000 rounds of 16 processes for one hour, 1,000 kills of a server and of a watch as they write, and
100,000 booking operations against a reference, on each database.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from booking_model import compared
from postgres import NoPostgres, databases, store_url
from proof import Proof
from store_rounds import run

ROUNDS = 1_000
OPERATIONS = 100_000
WITHIN_S = 3600.0


def proofs(seed: int) -> Iterator[Proof]:
    for database in databases():
        for what, runs in (("race", "16 processes for one hour"), ("kill", "kill -9 of a server as it writes")):
            yield in_rounds(what, runs, database, seed)
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        outcome = run("journal", f"{folder}/journal", ROUNDS, seed, timeout_s=WITHIN_S)
    yield proof_of("journal_kills", outcome, seed, "kill -9 of a watch as it writes")
    for backend, operations in (("memory", OPERATIONS), ("sqlite", OPERATIONS // 10), ("postgresql", OPERATIONS // 10)):
        yield against_reference(backend, operations, seed)


def in_rounds(what: str, runs: str, database: str, seed: int) -> Proof:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder, ExitStack() as stack:
        try:
            url = stack.enter_context(store_url(database, Path(folder)))
        except NoPostgres as reason:
            return Proof(f"store_{what}_{database}", 0, 0, seed, holds=False, note=f"not run: {reason}")
        outcome = run(what, url, ROUNDS, seed, timeout_s=WITHIN_S)
    return proof_of(f"store_{what}_{database}", outcome, seed, runs)


def proof_of(name: str, outcome, seed: int, what: str) -> Proof:
    note = f"{what}; {outcome.changes} changes acknowledged, {outcome.took_s:.0f} s {'; '.join(outcome.wrong[:3])}"
    return Proof(name, outcome.rounds, len(outcome.wrong), seed, not outcome.wrong and outcome.rounds == ROUNDS, note)


def against_reference(backend: str, operations: int, seed: int) -> Proof:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder, ExitStack() as stack:
        try:
            url = stack.enter_context(store_url(backend, Path(folder)))
        except NoPostgres as reason:
            return Proof(f"booking_model_{backend}", 0, 0, seed, holds=False, note=f"not run: {reason}")
        outcome = compared(url, operations, seed)
    note = f"{outcome.approved} approvals, {outcome.refused} refusals {outcome.wrong}"
    return Proof(
        f"booking_model_{backend}", outcome.operations, int(bool(outcome.wrong)), seed, not outcome.wrong, note
    )
