"""Checkpoints of the record while it grows: signed every minute or thousand entries, and kept outside the database."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from rangeops.domain.audit import GENESIS_HASH, AuditEntry
from rangeops.domain.checkpoints import (
    EVERY_ENTRIES,
    EVERY_S,
    Checkpoint,
    KeptTree,
    SignedCheckpoint,
    origin_of,
    sign,
)
from rangeops.domain.errors import Damaged
from rangeops.domain.evidence import KEY_BEGUN, KeyBegun
from rangeops.domain.merkle import Frontier
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.ports.store import UnitOfWork

RECORD: Final = "record"  # the subject of entries about the record itself
_BATCH: Final = 1000
_EVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class RecordSigner(Protocol):
    """The key of the checkpoints, as it is now: it may be replaced while the server runs."""

    def public_key(self) -> bytes:
        """32 bytes. Raises Unavailable, Damaged."""

    def handed_over(self, since: bytes | None) -> Sequence[KeyBegun]:
        """The keys that followed this one, up to the newest, each signed by the one before it; where this one isn't known,
        the newest alone.
        """

    def sign(self, message: bytes) -> bytes: ...


class CheckpointShelf(Protocol):
    """Where checkpoints are kept: not in the database, so that one that is rolled back is found to be."""

    def all(self) -> tuple[SignedCheckpoint, ...]:
        """This record's own, in their order. Raises Unavailable, Damaged."""

    def newest(self) -> SignedCheckpoint | None:
        """The last of them, without reading all. Raises Unavailable, Damaged."""

    def add(self, signed: SignedCheckpoint) -> None:
        """Durable when it returns. Raises Unavailable."""

    def tree(self) -> KeptTree | None:
        """What `keep` was given last; None where that isn't there, or can't be read."""

    def keep(self, tree: KeptTree) -> None:
        """For the next start. Where it can't be written, that start reads the whole record."""

    def part(self, why: str) -> None:
        """Set what there is apart, as the checkpoints of a record that this one isn't, and begin anew."""


class CheckpointDesk:
    """`tick` once a second, from one thread at a time."""

    def __init__(
        self,
        changes: Changes,
        range_id: str,
        *,
        signer: RecordSigner,
        shelf: CheckpointShelf,
        clock_word: Callable[[], str],
    ) -> None:
        """clock_word: what this machine says of its own clock, for a checkpoint's line."""
        self._changes = changes
        self._range_id = range_id
        self._signer = signer
        self._shelf = shelf
        self._clock_word = clock_word
        self._frontier = Frontier()
        self._head = GENESIS_HASH
        self._origin = ""
        self._key: bytes | None = None  # that the record says is in force
        self._last: SignedCheckpoint | None = None
        self._signed_s = float("-inf")
        self._begun = False

    def tick(self, now: Now) -> SignedCheckpoint | None:
        """A new checkpoint where one is due. Raises Unavailable, Damaged; then the next tick tries again."""
        if not self._begun:
            self._begin(now)
        with self._changes.store.read() as work:
            head = work.record.head()
        unsigned = 0 if head is None else head.seq - (self._last.checkpoint.size if self._last else 0)
        if unsigned <= 0 or (unsigned < EVERY_ENTRIES and now.monotonic_s - self._signed_s < EVERY_S):
            return None
        return self.sign_now(now)

    def sign_now(self, now: Now) -> SignedCheckpoint:
        """A checkpoint over everything that is recorded by now; the last one, where it is that already. Raises Unavailable, Damaged."""
        if not self._begun:
            self._begin(now)
        key = self._signer.public_key()
        if key != self._key:
            self._begin_keys(now)
        with self._changes.store.read() as work:
            self._read_on(work)
        if self._last is not None and self._last.checkpoint.size == self._frontier.size:
            return self._last
        point = Checkpoint(
            origin=self._origin,
            size=self._frontier.size,
            root=self._frontier.root(),
            head=self._head,
            utc=now.utc,
            clock=self._clock_word(),
            previous=GENESIS_HASH if self._last is None else self._last.sha256(),
        )
        signed = sign(point, key, self._signer.sign)
        if self._signer.public_key() != key:  # it was replaced meanwhile: this may be the next one's signature
            return self.sign_now(now)
        self._shelf.add(signed)
        self._shelf.keep(KeptTree(self._origin, self._head, self._frontier.size, self._frontier.nodes))
        self._last, self._signed_s = signed, now.monotonic_s
        return signed

    def _begin(self, now: Now) -> None:
        """Go on where the newest checkpoint was signed; where that can't be, read the whole record against them."""
        with self._changes.store.read() as work:
            begun = [each.entry for each in work.record.about([RECORD], *_EVER) if each.entry.action == KEY_BEGUN]
            self._key = bytes.fromhex(_key_of(begun[-1])) if begun else None
            self._begun = self._go_on(work)
        if not self._begun:
            self._begin_anew(now)

    def _go_on(self, work: UnitOfWork) -> bool:
        """With the tree that was kept beside the newest checkpoint. False where anything of it doesn't fit the other."""
        last, tree = self._shelf.newest(), self._shelf.tree()
        if last is None or tree is None or not self._is_own(last):
            return False
        if (frontier := tree.frontier_at(last.checkpoint)) is None:
            return False
        entries = work.record.following(tree.size - 1, 1)
        if [(each.seq, each.entry_hash) for each in entries] != [(tree.size, tree.head)]:
            return False
        self._last, self._frontier, self._head, self._origin = last, frontier, tree.head, tree.origin
        self._read_on(work)
        return True

    def _is_own(self, signed: SignedCheckpoint) -> bool:
        """Signed with the key that signs now: Ed25519 makes of the same text the same signature."""
        key = self._signer.public_key()
        return key == self._key and sign(signed.checkpoint, key, self._signer.sign) == signed

    def _begin_anew(self, now: Now) -> None:
        """Read the whole record once, against the checkpoints that are there, and say so if they aren't of it."""
        self._frontier, self._head, self._origin = Frontier(), GENESIS_HASH, ""  # an earlier try may have ended midway
        shelf = self._shelf.all()
        with self._changes.store.read() as work:
            why = self._read_against(work, shelf)
        if why:
            with self._changes.begin(now, SERVER) as change:
                says = f"the record is not the one that was signed: {why}. Its checkpoints were set apart; verify it"
                change.record("record.parted", RECORD, says, {"why": why}, about=[RECORD])
            self._shelf.part(why)
            self._last = None
        self._begun = True

    def _read_against(self, work: UnitOfWork, shelf: tuple[SignedCheckpoint, ...]) -> str:
        """Why the newest checkpoint isn't of this record; "" where it is, or there is none."""
        self._last = shelf[-1] if shelf else None
        if self._last is None:
            self._read_on(work)
            return ""
        point = self._last.checkpoint
        self._read_on(work, point.size)
        if self._frontier.size < point.size:
            return f"it ends at entry {self._frontier.size}, and a checkpoint of {point.size} entries was signed"
        differs = (point.origin, point.root) != (self._origin, self._frontier.root())
        self._read_on(work)
        return f"its first {point.size} entries are not those of the newest checkpoint" if differs else ""

    def _read_on(self, work: UnitOfWork, to: int | None = None) -> None:
        """Take the entries that follow into the tree, up to entry `to` or the last. Raises Damaged where they don't follow."""
        while to is None or self._frontier.size < to:
            wanted = _BATCH if to is None else min(_BATCH, to - self._frontier.size)
            entries = work.record.following(self._frontier.size, wanted)
            for entry in entries:
                self._take(entry)
            if len(entries) < wanted:
                return

    def _take(self, entry: AuditEntry) -> None:
        if (entry.seq, entry.prev_hash) != (self._frontier.size + 1, self._head):
            raise Damaged(
                f"entry {entry.seq} doesn't follow the entry before it",
                where="the record",
                do="Run `rangeops audit verify`; nothing is signed until it holds.",
            )
        if entry.seq == 1:
            self._origin = origin_of(self._range_id, entry.entry_hash)
        self._frontier.add(bytes.fromhex(entry.entry_hash))
        self._head = entry.entry_hash

    def _begin_keys(self, now: Now) -> None:
        """An entry for each key since the one in force: a key that was replaced before it signed anything leads on, too."""
        for begun in self._signer.handed_over(self._key):
            says = f"checkpoints of the record are signed with key {begun.key[:16]} from here on"
            with self._changes.begin(now, SERVER) as change:
                change.record(KEY_BEGUN, RECORD, f"{says}: {begun.why}" if begun.why else says, begun, about=[RECORD])
            self._key = bytes.fromhex(begun.key)


def _key_of(entry: AuditEntry) -> str:
    return str(json.loads(entry.payload)["body"]["key"])
