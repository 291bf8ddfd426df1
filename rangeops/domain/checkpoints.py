"""Checkpoints: from time to time the record's Merkle root, signed, to be kept where the record isn't.

A checkpoint is a C2SP signed note with a tlog-checkpoint's first three lines (origin, size, root), as the logs of
Go's checksum database, Sigstore and Certificate Transparency write them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint):

    rangeops/twente/4f0c1a77b0d2e5aa
    1024
    uIoW…=                                          the root, base64
    head 9f3c…                                      hash of entry 1024
    utc 2026-11-24T05:41:07.123456Z
    clock synchronised, error 0.8 ms                what the machine said of its clock
    previous 51ab…                                  SHA-256 of the checkpoint before this one, as text
    rules 2                                         entries carry their subjects, bundles have a manifest

    — rangeops/twente/4f0c1a77b0d2e5aa 1aB3…=       key id (4 bytes) and Ed25519 signature over all above the blank line

Notes of release 0.9 have no `rules` line. Under a note that has it, a bundle in the format of 0.9 is a forged one.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rangeops.domain.audit import GENESIS_HASH, utc_text
from rangeops.domain.errors import Damaged, Invalid
from rangeops.domain.merkle import Frontier

EVERY_S: Final = 60.0
EVERY_ENTRIES: Final = 1000

_ED25519: Final = b"\x01"  # the algorithm's number in signed-note
_DASH: Final = "\N{EM DASH} "
NOTE_BEGINS: Final = b"rangeops/"
SIGNATURE_BEGINS: Final = _DASH.encode()
LONGEST_NOTE: Final = 4096  # characters
_EXTENSIONS: Final = ("head", "utc", "clock", "previous")
_RULES: Final = 2
_KEY_ID_BYTES: Final = 4
_WHERE: Final = "a checkpoint"

Signs = Callable[[bytes], bytes]
Verifies = Callable[[bytes, bytes, bytes], bool]
"""Of a public key (32 bytes), a message and a signature (64 bytes): does the key say that the message is its own."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: the record had `size` entries with this Merkle root, the last of which has the hash `head`.

    origin: which record, "rangeops/RANGE/first 16 digits of its first entry's hash". clock: what the machine said of its
    own clock then. previous: SHA-256 of the text of the signed checkpoint before this one; 64 zeros before the first.
    rules: 1 in a note of release 0.9; 2 since entries carry their subjects and bundles have a manifest.
    """

    origin: str
    size: int
    root: bytes
    head: str
    utc: datetime
    clock: str
    previous: str = GENESIS_HASH
    rules: int = _RULES

    def text(self) -> str:
        """Return the signed lines."""
        lines = (
            self.origin,
            str(self.size),
            base64.b64encode(self.root).decode("ascii"),
            f"head {self.head}",
            f"utc {utc_text(self.utc)}",
            f"clock {self.clock}",
            f"previous {self.previous}",
            *((f"rules {self.rules}",) if self.rules >= _RULES else ()),
        )
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its key's signature. key_id: the key's four bytes of c2sp.org/signed-note, by `key_id_of`."""

    checkpoint: Checkpoint
    key_id: bytes
    signature: bytes

    def text(self) -> str:
        """The whole note, as it is exported."""
        signed = base64.b64encode(self.key_id + self.signature).decode("ascii")
        return f"{self.checkpoint.text()}\n{_DASH}{self.checkpoint.origin} {signed}\n"

    def sha256(self) -> str:
        """Return the hash by which the next checkpoint and the record name this one."""
        return hashlib.sha256(self.text().encode()).hexdigest()

    def is_by(self, public_key: bytes, verifies: Verifies) -> bool:
        """Is the signature this key's."""
        if key_id_of(self.checkpoint.origin, public_key) != self.key_id:
            return False
        return verifies(public_key, self.checkpoint.text().encode(), self.signature)


@dataclass(frozen=True, slots=True)
class KeptTree:
    """A record's Merkle tree up to `size`, as `Frontier` grows it on, so that whoever signs needn't read all of it again.

    It proves nothing: whoever verifies reads every entry. head: the hash of the last entry in it.
    """

    origin: str
    head: str
    size: int
    nodes: tuple[bytes, ...]

    def frontier_at(self, point: Checkpoint) -> Frontier | None:
        """The tree to go on with, where it is just the one that the checkpoint is of; else None."""
        if (self.origin, self.head, self.size) != (point.origin, point.head, point.size):
            return None
        try:
            frontier = Frontier(self.size, self.nodes)
        except Invalid:
            return None
        return frontier if frontier.root() == point.root else None


def origin_of(range_id: str, first_hash: str) -> str:
    """Which record: two of one range, begun anew, have different first entries."""
    return f"{NOTE_BEGINS.decode()}{range_id}/{first_hash[:16]}"


def key_id_of(origin: str, public_key: bytes) -> bytes:
    """The four bytes that name a key beside its signature (c2sp.org/signed-note)."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public_key).digest()[:_KEY_ID_BYTES]


def sign(checkpoint: Checkpoint, public_key: bytes, signs: Signs) -> SignedCheckpoint:
    signature = signs(checkpoint.text().encode())
    return SignedCheckpoint(checkpoint, key_id_of(checkpoint.origin, public_key), signature)


def read_checkpoint(text: str) -> SignedCheckpoint:
    """The checkpoint that this note is. Raises Damaged for any other text: one that differs by a byte isn't signed so."""
    try:
        signed = _read(text)
    except (ValueError, binascii.Error) as error:
        raise _damaged(str(error)) from error
    if signed.text() != text:
        raise _damaged("it is not written as a checkpoint is")
    return signed


def _read(text: str) -> SignedCheckpoint:
    if len(text) > LONGEST_NOTE:
        raise ValueError("it is too long")
    body, blank, signature = text.partition("\n\n")
    if not blank:
        raise ValueError("it has no signature")
    origin, size, root, *extensions = body.split("\n")
    named = dict(line.split(" ", 1) for line in extensions)
    rules = int(named.pop("rules", 1))
    if tuple(named) != _EXTENSIONS or rules > _RULES:
        raise ValueError(f"its lines are not {', '.join(_EXTENSIONS)} and rules {_RULES}")
    signer, _, encoded = signature.removeprefix(_DASH).rstrip("\n").rpartition(" ")
    if signer != origin:
        raise ValueError("it is signed for another record")
    given = base64.b64decode(encoded, validate=True)
    checkpoint = Checkpoint(
        origin=origin,
        size=int(size),
        root=base64.b64decode(root, validate=True),
        head=named["head"],
        utc=datetime.strptime(named["utc"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
        clock=named["clock"],
        previous=named["previous"],
        rules=rules,
    )
    return SignedCheckpoint(checkpoint, given[:_KEY_ID_BYTES], given[_KEY_ID_BYTES:])


def _damaged(why: str) -> Damaged:
    return Damaged(why, where=_WHERE, do="Get it again from where it was kept; as it is it proves nothing.")
