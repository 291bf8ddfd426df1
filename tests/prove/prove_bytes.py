"""Framing against 10^8 random and mutated bytes; signing against 10^6 forged frames."""

from collections.abc import Iterable

from mavlink_forgery import forged_through_a_link
from mavlink_noise import survive
from proof import Proof

MEGABYTES = 100
FORGERIES = 1_000_000


def proofs(seed: int) -> Iterable[Proof]:
    missed = sum(survive(1_000_000, seed + part) for part in range(MEGABYTES))
    note = "no exception, bounded memory, every intact frame found; a run is 10^6 bytes"
    yield Proof("random_bytes", MEGABYTES, missed, seed, missed == 0, note)
    told = forged_through_a_link(FORGERIES, seed)
    note = f"{told.accepted} accepted, {told.blocked} of {told.good} good frames between them shut out"
    failures = told.accepted + told.blocked
    yield Proof("forged_signed_frames", told.forged, failures, seed, failures == 0 and told.forged == FORGERIES, note)
