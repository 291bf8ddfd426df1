"""That one entry is in the record, and that a checkpoint continues an earlier one: proofs for who hasn't the record."""

from collections.abc import Sequence
from dataclasses import dataclass

from rangeops.domain.audit import AuditEntry, fault_after
from rangeops.domain.checkpoints import SignedCheckpoint, Verifies
from rangeops.domain.merkle import consistency_path, inclusion_path, is_consistent, root_by_inclusion


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """path: sibling hashes from the entry up to the checkpoint's root."""

    entry: AuditEntry
    path: tuple[bytes, ...]
    signed: SignedCheckpoint


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """path: as RFC 6962's PROOF of the older checkpoint's size in the newer's tree."""

    older: SignedCheckpoint
    newer: SignedCheckpoint
    path: tuple[bytes, ...]


def include(entry: AuditEntry, leaves: Sequence[bytes], signed: SignedCheckpoint) -> InclusionProof:
    """leaves: the hashes of the first `signed.checkpoint.size` entries. Raises Invalid where the entry is beyond them."""
    return InclusionProof(entry, inclusion_path(entry.seq - 1, leaves[: signed.checkpoint.size]), signed)


def continues(older: SignedCheckpoint, newer: SignedCheckpoint, leaves: Sequence[bytes]) -> ConsistencyProof:
    """Raises Invalid where the older is of more entries."""
    return ConsistencyProof(older, newer, consistency_path(older.checkpoint.size, leaves[: newer.checkpoint.size]))


def why_not_included(proof: InclusionProof, keys: Sequence[bytes], verifies: Verifies) -> str:
    """What is wrong with the proof; "" where the entry is in a record that one of these keys signed."""
    entry, point = proof.entry, proof.signed.checkpoint
    if (fault := fault_after(entry.seq - 1, entry.prev_hash, entry)) is not None:
        return fault.why
    if root_by_inclusion(entry.seq - 1, point.size, bytes.fromhex(entry.entry_hash), proof.path) != point.root:
        return f"entry {entry.seq} isn't among the {point.size} entries that were signed"
    return _why_not_signed(proof.signed, keys, verifies)


def why_not_continued(proof: ConsistencyProof, keys: Sequence[bytes], verifies: Verifies) -> str:
    """What is wrong with the proof; "" where the newer checkpoint's record begins with the older's, unchanged."""
    older, newer = proof.older.checkpoint, proof.newer.checkpoint
    if older.origin != newer.origin:
        return "the two checkpoints are of two records"
    if not is_consistent(older.size, older.root, newer.size, newer.root, proof.path):
        return f"the record of {newer.size} entries doesn't begin with the {older.size} that were signed"
    return _why_not_signed(proof.older, keys, verifies) or _why_not_signed(proof.newer, keys, verifies)


def _why_not_signed(signed: SignedCheckpoint, keys: Sequence[bytes], verifies: Verifies) -> str:
    if any(signed.is_by(key, verifies) for key in keys):
        return ""
    return f"the checkpoint of {signed.checkpoint.size} entries isn't signed by a key that is known"
