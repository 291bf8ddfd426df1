"""Checkpoints of the record while it grows: signed every minute or thousand entries, and kept outside the database.

Each leaves an entry in the record (`record.checkpoint`), and the key remembers the note that it signed last. So a record, a
folder of checkpoints or a key that doesn't fit the other two is found before anything is signed. Signing is refused then, with
`SignaturesMissing`, until it fits again or a person sets the checkpoints apart (`set_apart`).
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from rangeops.domain.audit import GENESIS_HASH, Actor, AuditEntry
from rangeops.domain.checkpoints import (
    EVERY_ENTRIES,
    EVERY_S,
    Checkpoint,
    KeptTree,
    SignedCheckpoint,
    origin_of,
    read_checkpoint,
    sign,
)
from rangeops.domain.errors import Damaged, RangeopsError
from rangeops.domain.evidence import CHECKPOINT_SIGNED, KEY_BEGUN, PARTED, KeyBegun, SignaturesMissing
from rangeops.domain.merkle import Frontier
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.ports.store import UnitOfWork

RECORD: Final = "record"  # the subject of entries about the record itself
_BATCH: Final = 1000


class RecordSigner(Protocol):
    """The key of the checkpoints, as it is now: it may be replaced while the server runs."""

    def public_key(self) -> bytes:
        """32 bytes. Raises Unavailable, Damaged."""

    def handed_over(self, since: bytes | None) -> Sequence[KeyBegun]:
        """The keys that followed this one, up to the newest, each signed by the one before it; for None, the newest alone.

        Raises SignaturesMissing if `since` isn't among the keys, or one of them isn't signed by the one before.
        """

    def sign(self, message: bytes) -> bytes: ...

    def has_signed(self, note: SignedCheckpoint) -> bool:
        """Return whether the key or one before it signed this. Raises Unavailable, Damaged."""

    def signed_last(self) -> str | None:
        """Return the text of the note that was signed last; "" if none was; None for a key of release 0.9, which kept none.

        Raises Unavailable.
        """

    def remember(self, note: str) -> None:
        """Durable when it returns. Raises Unavailable."""


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

    def part(self, remembered: str) -> None:
        """Set the checkpoints apart, and the note that the key remembers if it isn't among them. Raises Unavailable."""

    def parted_files(self) -> int:
        """Return how many files hold checkpoints that were set apart. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What an entry about the record itself names: a key, a checkpoint's hash, how many files were set apart."""

    seq: int
    key: bytes
    note: str | None
    parted: int


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
        self._may_replace = False  # a person set the checkpoints apart since: any key may follow
        self._last: SignedCheckpoint | None = None
        self._tree: KeptTree | None = None
        self._unsigned = 0  # entries since the last checkpoint, without those that name one
        self._signed_s = float("-inf")
        self._begun = False
        self._refused: Damaged | None = None
        self._refused_s = float("-inf")

    def tick(self, now: Now) -> SignedCheckpoint | None:
        """Return a new checkpoint if one is due.

        Raises Unavailable, and the next tick tries again; Damaged and SignaturesMissing, for EVERY_S before it tries again.
        """
        if self._refused is not None and now.monotonic_s - self._refused_s < EVERY_S:
            raise self._refused
        with self._attempt(now):
            with self._changes.store.read() as work:
                self._read_on(work)
            due = self._unsigned >= EVERY_ENTRIES or now.monotonic_s - self._signed_s >= EVERY_S
            return self._sign(now) if due and self._unsigned else None

    def sign_now(self, now: Now) -> SignedCheckpoint:
        """Return a checkpoint over everything that is recorded; the last one, if only its own entry followed it.

        Raises Unavailable, Damaged, SignaturesMissing.
        """
        with self._attempt(now):
            return self._sign(now)

    @contextmanager
    def _attempt(self, now: Now) -> Iterator[None]:
        """After a failure, begin again with what is on the disk: a checkpoint may be there, and not what follows it."""
        try:
            if not self._begun:
                self._begin(now)
            yield
        except RangeopsError as error:
            self._begun = False
            self._refused, self._refused_s = (error if isinstance(error, Damaged) else None), now.monotonic_s
            raise
        self._refused = None

    def _sign(self, now: Now) -> SignedCheckpoint:
        if self._shelf.newest() != self._last:
            self._begin(now)
        key = self._signer.public_key()
        if key != self._key:
            self._begin_keys(now)
        with self._changes.store.read() as work:
            self._read_on(work)
        if self._last is not None and not self._unsigned:
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
            return self._sign(now)
        self._shelf.add(signed)
        self._tree = KeptTree(self._origin, self._head, self._frontier.size, self._frontier.nodes)
        self._shelf.keep(self._tree)
        self._signer.remember(signed.text())
        self._name(signed, key, now)
        self._last, self._unsigned, self._signed_s = signed, 0, now.monotonic_s
        return signed

    def _name(self, signed: SignedCheckpoint, key: bytes, now: Now) -> None:
        """Let the record name its checkpoint: one that is taken away later is missed."""
        body = {
            "size": signed.checkpoint.size,
            "root": b64encode(signed.checkpoint.root).decode(),
            "note": signed.sha256(),
            "key": key.hex(),
            "parted": self._shelf.parted_files(),
        }
        with self._changes.begin(now, SERVER) as change:
            change.record(CHECKPOINT_SIGNED, RECORD, "", body, about=[RECORD])

    def _begin(self, now: Now) -> None:
        """Go on where the newest checkpoint was signed. Raises SignaturesMissing if record, checkpoints and key don't fit.

        A crash may have come after a checkpoint was stored, and before the key remembered it or the record named it.
        """
        self._signer.public_key()  # so that there is one: a first key makes its memory, empty
        newest, remembered = self._shelf.newest(), self._signer.signed_last()
        with self._changes.store.read() as work:
            named = _newest(work, CHECKPOINT_SIGNED)
            since = 0 if named is None else named.seq
            parted, begun = _newest(work, PARTED, since), _newest(work, KEY_BEGUN, since)
            in_force = begun or named
            self._key = None if in_force is None else in_force.key
            self._require_parted(parted or named)
            if parted is not None and parted.note is None:
                parted = None  # release 0.9 set them apart by itself; now a person does
            self._may_replace = parted is not None and (in_force is None or parted.seq > in_force.seq)
            if self._key is not None and not self._may_replace:
                self._signer.handed_over(self._key)
            self._require_known(newest, remembered, named, parted)
            if not self._go_on(work, newest):
                self._read_all(work, newest)
        self._last, self._begun = newest, True
        if newest is not None and remembered != newest.text():
            self._signer.remember(newest.text())
        if newest is not None and (named is None or named.note != newest.sha256()):
            self._name(newest, self._key or b"", now)

    def _require_parted(self, named: _Named | None) -> None:
        if named is not None and (there := self._shelf.parted_files()) < named.parted:
            raise SignaturesMissing(
                f"of {named.parted} files of checkpoints that were set apart, by entry {named.seq}, {there} are there"
            )

    def _require_known(
        self,
        newest: SignedCheckpoint | None,
        remembered: str | None,
        named: _Named | None,
        parted: _Named | None,
    ) -> None:
        """Raise SignaturesMissing if a checkpoint is gone that the key, the record or this process knows."""
        if newest is None and remembered is None:
            raise SignaturesMissing("there is a key of the record, and no checkpoint that it signed")
        if newest is not None and not self._signer.has_signed(newest):
            raise SignaturesMissing("no key of the record signed the newest checkpoint")
        known: dict[str | None, str] = {}
        if remembered:
            known[hashlib.sha256(remembered.encode()).hexdigest()] = "the key signed last"
        if named is not None and parted is None:
            known[named.note] = f"entry {named.seq} names"
        if self._last is not None and (parted is None or parted.seq <= self._last.checkpoint.size):
            known[self._last.sha256()] = "the server signed last"
        present = set() if newest is None else {newest.sha256(), newest.checkpoint.previous}
        if known.keys() - present:
            present |= {each.sha256() for each in self._shelf.all()}
        for note in known.keys() - present:
            raise SignaturesMissing(f"the checkpoint that {known[note]} is gone")

    def _go_on(self, work: UnitOfWork, newest: SignedCheckpoint | None) -> bool:
        """Take the tree that was stored with the newest checkpoint. Return False if it doesn't fit that and the record."""
        for tree in (self._tree, self._shelf.tree()):
            if newest is None or tree is None or (frontier := tree.frontier_at(newest.checkpoint)) is None:
                continue
            entries = work.record.following(tree.size - 1, 1)
            if [(each.seq, each.entry_hash) for each in entries] == [(tree.size, tree.head)]:
                self._frontier, self._head, self._origin, self._unsigned = frontier, tree.head, tree.origin, 0
                self._read_on(work)
                return True
        return False

    def _read_all(self, work: UnitOfWork, newest: SignedCheckpoint | None) -> None:
        """Read the whole record. Raises SignaturesMissing if the newest checkpoint isn't of it."""
        self._frontier, self._head, self._origin = Frontier(), GENESIS_HASH, ""  # an earlier try may have ended midway
        if newest is not None:
            point = newest.checkpoint
            self._read_on(work, point.size)
            if self._frontier.size < point.size:
                raise SignaturesMissing(
                    f"the record ends at entry {self._frontier.size}, and a checkpoint of {point.size} entries was signed"
                )
            if (point.origin, point.root) != (self._origin, self._frontier.root()):
                raise SignaturesMissing(f"the first {point.size} entries are not those of the newest checkpoint")
        self._unsigned = 0
        self._read_on(work)

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
        self._unsigned += entry.action != CHECKPOINT_SIGNED  # a checkpoint for its own entry would leave another

    def _begin_keys(self, now: Now) -> None:
        """Record each key since the one in force: a key that was replaced before it signed anything leads on, too."""
        try:
            followed = self._signer.handed_over(self._key)
        except SignaturesMissing:
            if not self._may_replace:
                raise
            followed = self._signer.handed_over(None)
        for begun in followed:
            says = f"checkpoints of the record are signed with key {begun.key[:16]} from here on"
            with self._changes.begin(now, SERVER) as change:
                change.record(KEY_BEGUN, RECORD, f"{says}: {begun.why}" if begun.why else says, begun, about=[RECORD])
            self._key = bytes.fromhex(begun.key)


def set_apart(
    changes: Changes, shelf: CheckpointShelf, signer: RecordSigner, *, why: str, now: Now, actor: Actor
) -> None:
    """Set the checkpoints apart, in a person's name: signing begins again. After a crash, do it once more.

    Raises Unavailable, Damaged.
    """
    remembered = signer.signed_last() or ""
    try:
        newest = shelf.newest()
    except Damaged:  # the file is set apart as it is
        newest = None
    if newest is None and remembered:
        newest = read_checkpoint(remembered)
    note, size = ("", 0) if newest is None else (newest.sha256(), newest.checkpoint.size)
    shelf.part(remembered)
    body = {"why": why, "note": note, "size": size, "parted": shelf.parted_files()}
    with changes.begin(now, actor) as change:
        change.record(PARTED, RECORD, f"{actor.name} set the record's checkpoints apart: {why}", body, about=[RECORD])
    signer.remember("")


def _newest(work: UnitOfWork, action: str, after: int = 0) -> _Named | None:
    """Raises SignaturesMissing for an entry that can't be read."""
    if (entry := work.record.newest_of(action, after=after)) is None:
        return None
    try:
        body = json.loads(entry.payload)["body"]
        return _Named(entry.seq, bytes.fromhex(body.get("key", "")), body.get("note"), int(body.get("parted", 1)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SignaturesMissing(f"entry {entry.seq} ({action}) can't be read") from error
