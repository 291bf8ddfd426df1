"""Is this record what was written? Its chain, its checkpoints and its keys, held against each other; no store, no clock.

What is found, and which entry is the first bad one: an entry edited, dropped, moved or put in between (chain); a record
written anew without the key (checkpoints); a tail cut off, or a database rolled back, behind a checkpoint that was kept
(checkpoints kept elsewhere); a key put in the place of another (keys follow each other by signatures).

What can't be found: a tail that no checkpoint covers yet being cut off or written anew; and whatever somebody does who has
the key, back to the newest checkpoint that was kept where he couldn't reach it. So checkpoints leave the machine.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rangeops.domain.audit import GENESIS_HASH, AuditEntry, ChainFault, fault_after
from rangeops.domain.checkpoints import SignedCheckpoint, Verifies, origin_of
from rangeops.domain.errors import Damaged
from rangeops.domain.merkle import Frontier

_WAITED_S: Final = (
    0.1  # an entry's two clocks were read at once: where both are behind by as much, its change waited for its turn
)
KEY_BEGUN: Final = "record.key"  # the action of an entry that names the key of the checkpoints from there on
CHECKPOINT_SIGNED: Final = "record.checkpoint"  # of one that names the checkpoint that was signed last
PARTED: Final = "record.parted"  # of one by which a person set checkpoints apart; it names the newest of them


class SignaturesMissing(Damaged):
    """Record, checkpoints and key don't fit each other: something that was signed is gone, and nothing more is signed."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            where="the record's checkpoints",
            do="Run `rangeops audit verify`; put back what is gone, or set the checkpoints apart: `rangeops audit part`.",
        )


@dataclass(frozen=True, slots=True)
class KeyBegun:
    """The body of a KEY_BEGUN entry. key: the new public key, hex. signature: over the 32 bytes of it, hex, by the key
    before it; "" for a record's first key, and where the one before was lost: then whoever verifies must know the new one.
    """

    key: str
    signature: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something isn't what was recorded.

    seq: the first entry that can't be relied on; all before it can. None for what is gone beside the entries.
    """

    seq: int | None
    why: str


@dataclass(slots=True)
class Findings:
    """What verifying came to. It holds only where there is no fault.

    signed_to: entries that signed checkpoints of known keys cover; those after it are chained, but could be cut off or
    written anew unnoticed. remarks: nothing wrong, and worth knowing.
    """

    entries: int = 0
    head: str = GENESIS_HASH
    first_utc: datetime | None = None
    last_utc: datetime | None = None
    checkpoints: int = 0
    signed_to: int = 0
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults

    @property
    def first_bad(self) -> int | None:
        """The first entry that can't be relied on; None if only something beside the entries is gone."""
        return min((fault.seq for fault in self.faults if fault.seq is not None), default=None)


def verify(
    entries: Iterable[AuditEntry],
    checkpoints: Iterable[SignedCheckpoint],
    *,
    range_id: str,
    trusted: Iterable[bytes],
    verifies: Verifies,
    kept: Iterable[SignedCheckpoint] = (),
    signed_meanwhile: Callable[[], Iterable[SignedCheckpoint]] = tuple,
    parted_files: int | None = None,
) -> Findings:
    """Read the whole record once. trusted: public keys (32 bytes each) that are known from elsewhere.

    checkpoints: the record's own, in their order. kept: those that were kept elsewhere, in any order. signed_meanwhile: called
    when all entries are read, for the checkpoints of a server that signs meanwhile: an entry may name one of them.
    parted_files: how many files of checkpoints that were set apart are there; None: it isn't known.
    """
    work = _Verification(range_id, frozenset(trusted), verifies)
    found = work.of(entries, [*checkpoints], [*kept], signed_meanwhile)
    if parted_files is not None and parted_files < work.parted_files:
        why = f"of {work.parted_files} files of checkpoints that were set apart, {parted_files} are there"
        found.faults.append(Fault(None, why))
    return found


class _Verification:
    def __init__(self, range_id: str, trusted: frozenset[bytes], verifies: Verifies) -> None:
        self._range_id = range_id
        self._keys = dict.fromkeys(trusted, 0)  # by key, after which entry it signs no more; 0: it may yet
        self._current: bytes | None = None  # whose the record says that its checkpoints are, known or not
        self._unknown: list[Fault] = []  # of a time before any known key, unless a checkpoint by one covers it
        self._verifies = verifies
        self._origin = ""
        self._findings = Findings()
        self._frontier = Frontier()
        self._times_back = 0
        self._monotonic_ns = 0  # of the entry before
        self._named: dict[str, int] = {}  # checkpoints by their hash, and the entry that names each
        self.parted_files = 0  # of checkpoints that were set apart, as the entries have it
        self._kept: frozenset[SignedCheckpoint] = frozenset()
        self._kept_to = 0  # entries that a checkpoint covers which was kept elsewhere

    def of(
        self,
        entries: Iterable[AuditEntry],
        checkpoints: list[SignedCheckpoint],
        kept: list[SignedCheckpoint],
        signed_meanwhile: Callable[[], Iterable[SignedCheckpoint]],
    ) -> Findings:
        found = self._findings
        self._kept = frozenset(kept)
        self._read(iter(entries), _by_size({*checkpoints, *kept}))
        found.faults += self._unknown[:1]
        self._check_order(checkpoints)
        self._check_named({each.sha256() for each in (*checkpoints, *kept, *signed_meanwhile())})
        if found.entries and not found.checkpoints and not found.faults:
            found.faults.append(Fault(None, "no checkpoint is signed by a key that is known"))
        return found

    def _read(self, entries: Iterator[AuditEntry], due: Iterator[SignedCheckpoint]) -> None:
        """Up to the first fault: whatever follows would be found to differ as well."""
        found = self._findings
        waiting = next(due, None)
        for entry in entries:
            if (broken := fault_after(found.entries, found.head, entry)) is not None:
                found.faults.append(self._broken(broken, entry, next(entries, None)))
            else:
                self._take(entry)
                while waiting is not None and waiting.checkpoint.size <= entry.seq:
                    self._check(waiting, entry)
                    waiting = next(due, None)
            if found.faults:
                self._read_the_rest(entries)
                return
        if waiting is not None:
            self._end_is_missing(waiting)
        self._remark()

    def _read_the_rest(self, entries: Iterator[AuditEntry]) -> None:
        """For what else is collected from the entries as they pass: recordings, rows of tables."""
        try:
            deque(entries, maxlen=0)
        except Damaged as error:
            self._findings.remarks.append(f"what follows can't be read: {error}")

    def _broken(self, broken: ChainFault, entry: AuditEntry, following: AuditEntry | None) -> Fault:
        """Of two entries that don't follow each other, name the altered one: the first, unless a checkpoint covers it."""
        before = self._findings.entries
        refitted = entry.seq == before + 1 and fault_after(before, entry.prev_hash, entry) is None
        goes_on = following is None or following.prev_hash == entry.entry_hash
        if refitted and goes_on and before > self._findings.signed_to:
            return Fault(before, f"entry {before} isn't the one that entry {entry.seq} followed")
        return Fault(broken.seq, broken.why)

    def _take(self, entry: AuditEntry) -> None:
        found = self._findings
        if entry.seq == 1:
            self._origin = origin_of(self._range_id, entry.entry_hash)
            found.first_utc = entry.utc
        elif found.last_utc is not None and entry.utc < found.last_utc:
            back_s = (entry.utc - found.last_utc).total_seconds() - (entry.monotonic_ns - self._monotonic_ns) * 1e-9
            self._times_back += abs(back_s) > _WAITED_S
        self._monotonic_ns = entry.monotonic_ns
        found.entries, found.head, found.last_utc = entry.seq, entry.entry_hash, entry.utc
        self._frontier.add(bytes.fromhex(entry.entry_hash))
        if entry.action == KEY_BEGUN:
            self._begin_key(entry)
        elif entry.action in {CHECKPOINT_SIGNED, PARTED}:
            self._name_checkpoint(entry)

    def _begin_key(self, entry: AuditEntry) -> None:
        """A key signed by the one before it is known as that one is; any other must be known from elsewhere."""
        try:
            body = json.loads(entry.payload)["body"]
            key, signature = bytes.fromhex(body["key"]), bytes.fromhex(body["signature"])
        except (ValueError, KeyError, TypeError, RecursionError):
            self._findings.faults.append(Fault(entry.seq, f"entry {entry.seq} begins a key that can't be read"))
            return
        before, self._current = self._current, key
        if before is None:
            return
        signs = self._keys.get(before) == 0  # known, and not replaced yet
        if signs and signature and self._verifies(before, key, signature):
            self._keys.setdefault(key, 0)
        if self._keys.get(key) != 0:
            why = "was replaced before" if key in self._keys else "the key before it didn't sign and that isn't known"
            faults = self._findings.faults if before in self._keys else self._unknown
            faults.append(Fault(entry.seq, f"entry {entry.seq} begins a key that {why}"))
        if signs:  # a key that isn't known must not become so by being replaced
            self._keys[before] = entry.seq

    def _check(self, signed: SignedCheckpoint, entry: AuditEntry) -> None:
        point, found = signed.checkpoint, self._findings
        # The server itself may have signed what was written anew: against what was kept, only what was kept counts.
        doubt = 1 + (self._kept_to if signed in self._kept else found.signed_to)
        unknown = Fault(doubt, f"the checkpoint of {point.size} entries isn't signed by a key that is known")
        if point.size < entry.seq:
            found.faults.append(Fault(doubt, f"a checkpoint of {point.size} entries can't be one of this record"))
        elif point.origin != self._origin:
            found.faults.append(
                Fault(1, f"the checkpoint of {point.size} entries is another record's: {point.origin:.80}")
            )
        elif not (known := self._is_signed(signed)) and not self._is_by_the_key_then(signed):
            found.faults.append(unknown)
        elif (point.root, point.head) != (self._frontier.root(), entry.entry_hash):
            found.faults.append(
                Fault(
                    doubt,
                    f"the first {point.size} entries aren't those that were signed: written anew after entry {doubt - 1}",
                )
            )
        elif not known:
            self._unknown.append(unknown)
        else:
            self._unknown.clear()
            found.checkpoints += 1
            found.signed_to = point.size
            if signed in self._kept:
                self._kept_to = point.size

    def _is_signed(self, signed: SignedCheckpoint) -> bool:
        size = signed.checkpoint.size
        known = (key for key, last in self._keys.items() if not last or size <= last)
        return any(signed.is_by(key, self._verifies) for key in known)

    def _is_by_the_key_then(self, signed: SignedCheckpoint) -> bool:
        """Whoever knows a later key alone: that one's checkpoints cover these entries, too."""
        return (
            self._current is not None
            and self._current not in self._keys
            and signed.is_by(self._current, self._verifies)
        )

    def _name_checkpoint(self, entry: AuditEntry) -> None:
        try:
            body = json.loads(entry.payload)["body"]
            if entry.action == PARTED:
                self._findings.remarks.append(f"entry {entry.seq}: {entry.actor} set checkpoints apart: {body['why']}")
            self.parted_files = max(self.parted_files, int(body.get("parted", entry.action == PARTED)))
            if note := str(body.get("note", "")):  # release 0.9 named none, and set one file or more apart
                self._named[note] = entry.seq
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._findings.faults.append(Fault(entry.seq, f"entry {entry.seq} names a checkpoint that can't be read"))

    def _check_named(self, there: set[str]) -> None:
        """Every checkpoint that an entry names must be there: its own, one that was set apart, or one that was kept."""
        if missing := {note: seq for note, seq in self._named.items() if note not in there}:
            first = min(missing.values())
            what = f"entry {first} names a checkpoint that is gone"
            more = f", and so do {len(missing) - 1} later entries" if len(missing) > 1 else ""
            self._findings.faults.append(Fault(None, what + more))

    def _check_order(self, checkpoints: list[SignedCheckpoint]) -> None:
        """Each names the one before it: one that is missing between them is found."""
        previous, size = GENESIS_HASH, 0
        for signed in checkpoints:
            point = signed.checkpoint
            if point.previous != previous or point.size <= size:
                self._findings.faults.append(
                    Fault(None, f"the checkpoint of {point.size} entries doesn't follow the one before it")
                )
            previous, size = signed.sha256(), point.size

    def _end_is_missing(self, waiting: SignedCheckpoint) -> None:
        found, point = self._findings, waiting.checkpoint
        known = any(waiting.is_by(key, self._verifies) for key in self._keys)
        found.faults.append(
            Fault(
                found.entries + 1,
                f"the record ends at entry {found.entries}, and a checkpoint of {point.size} entries was signed"
                if known
                else f"a checkpoint of {point.size} entries, more than there are, isn't signed by a key that is known",
            )
        )

    def _remark(self) -> None:
        found = self._findings
        if unsigned := found.entries - found.signed_to:
            found.remarks.append(
                f"entries {found.signed_to + 1} to {found.entries} ({unsigned}) stand in no checkpoint yet:"
                " they could be cut off or written anew unnoticed"
            )
        if self._times_back:
            found.remarks.append(
                f"the clock went back {self._times_back} times; entries keep the order in which they were recorded"
            )


def _by_size(checkpoints: Iterable[SignedCheckpoint]) -> Iterator[SignedCheckpoint]:
    return iter(sorted(checkpoints, key=lambda signed: signed.checkpoint.size))
