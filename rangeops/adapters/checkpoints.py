"""The record's checkpoints in files, and the keys that sign them.

`checkpoints/signed.txt` of the data folder holds every note, one after the other with a blank line between; each is also
appended to a file of that name in every other folder that the range keeps them in (a stick, another machine's disk).
`tree.json` beside it is the Merkle tree of the newest, for the next start of whoever signs; verifying doesn't read it.

A person who parts them from a record that they don't fit moves them to `parted-N.txt`; these are verified with, too.

`record-keys/` holds `N.key` (the newest: the private key, hex, for its owner alone), `N.pub` for those before,
`N.signed` (the signature by key N-1 over key N, hex, and a line that says why), and `newest.txt`, the checkpoint that the key
signed last. That one is made, empty, before the first key: a key without it is one of release 0.9.
"""

import json
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rangeops.adapters.sealing import signing_key
from rangeops.domain.checkpoints import (
    LONGEST_NOTE,
    NOTE_BEGINS,
    SIGNATURE_BEGINS,
    KeptTree,
    SignedCheckpoint,
    read_checkpoint,
)
from rangeops.domain.errors import Damaged, NotFound, Unavailable
from rangeops.domain.evidence import KeyBegun, SignaturesMissing
from rangeops.durable import sync_folder, write_durably

SIGNED: Final = "signed.txt"
TREE: Final = "tree.json"
NEWEST: Final = "newest.txt"
_PARTED: Final = "parted-*.txt"
_LONGEST_TAIL: Final = 4 * LONGEST_NOTE  # bytes: two notes of the longest
_BODY_LINES: Final = 8


def verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Does the Ed25519 key say that the message is its own."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_pem(public_key: bytes) -> str:
    """The key as openssl reads it."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def read_notes(text: str, *, where: str) -> tuple[list[SignedCheckpoint], str]:
    """The checkpoints of a file, and an unfinished last one as it stands: a power cut while it was written. Raises Damaged."""
    pieces = text.split("\n\n")  # a body, its signature, and so on; behind the last signature nothing
    notes: list[SignedCheckpoint] = []
    whole = (len(pieces) - 1) // 2
    for body, signature in zip(pieces[: 2 * whole : 2], pieces[1 : 2 * whole : 2], strict=True):
        try:
            notes.append(read_checkpoint(f"{body}\n\n{signature}\n"))
        except Damaged as error:
            raise Damaged(f"checkpoint {len(notes) + 1}: {error.what}", where=where, do=error.do) from error
    return notes, "\n\n".join(pieces[2 * whole :])


class FolderOfCheckpoints:
    """A CheckpointShelf. elsewhere: other folders; one that can't be reached is told by `missed`, and gets all later."""

    def __init__(self, folder: Path, elsewhere: tuple[Path, ...] = ()) -> None:
        self._folder = folder
        self._elsewhere = elsewhere
        self.missed: dict[Path, str] = {}

    def newest(self) -> SignedCheckpoint | None:
        """Return the last whole one, from the file's end; None if there is none. Raises Unavailable, Damaged."""
        return _newest_in(self._folder / SIGNED)

    def all(self) -> tuple[SignedCheckpoint, ...]:
        """Return them in their order. It only reads: `audit verify` does so beside the server that signs."""
        return _all_in(self._folder / SIGNED)

    def add(self, signed: SignedCheckpoint) -> None:
        path = self._folder / SIGNED
        self._cut(len(_unfinished(_tail(path), path)))
        _append(self._folder, f"{signed.text()}\n".encode())
        for folder in self._elsewhere:
            try:
                self._bring_up(folder)
                self.missed.pop(folder, None)
            except (Unavailable, Damaged) as error:
                self.missed[folder] = error.what

    def tree(self) -> KeptTree | None:
        try:
            kept = json.loads((self._folder / TREE).read_bytes())
            nodes = tuple(bytes.fromhex(node) for node in kept["nodes"])
            return KeptTree(str(kept["origin"]), str(kept["head"]), int(kept["size"]), nodes)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None  # the record is read instead

    def keep(self, tree: KeptTree) -> None:
        kept = {
            "origin": tree.origin,
            "head": tree.head,
            "size": tree.size,
            "nodes": [each.hex() for each in tree.nodes],
        }
        try:
            write_durably(self._folder / TREE, json.dumps(kept).encode("ascii"))
        except OSError:
            return  # the one that is there isn't of the newest checkpoint: the record is read instead

    def part(self, remembered: str) -> None:
        """Set the checkpoints apart, and the one that the key remembers if it isn't among them. Raises Unavailable."""
        path, numbers = self._folder / SIGNED, (int(each.stem.removeprefix("parted-")) for each in self._parted())
        fresh = 1 + max(numbers, default=0)
        try:
            if remembered.encode() not in _bytes(path):
                write_durably(self._folder / f"parted-{fresh}.txt", f"{remembered}\n".encode())
                fresh += 1
            if path.exists():
                path.rename(self._folder / f"parted-{fresh}.txt")
                sync_folder(self._folder)
        except OSError as error:
            raise _unusable(path, error) from error

    def parted(self) -> tuple[SignedCheckpoint, ...]:
        """Return all that were set apart. Raises Unavailable, Damaged."""
        return tuple(note for path in self._parted() for note in _all_in(path))

    def parted_files(self) -> int:
        return sum(path.stat().st_size > 0 for path in self._parted())

    def _parted(self) -> list[Path]:
        return [path for path in self._folder.glob(_PARTED) if path.stem.removeprefix("parted-").isdigit()]

    def _bring_up(self, folder: Path) -> None:
        """Append there what it hasn't: a stick that was away gets what it missed."""
        if not folder.is_dir():
            raise Unavailable(
                "there is no such folder", where=str(folder), do="Mount it, or take it out of the setting."
            )
        mine, theirs = _bytes(self._folder / SIGNED), _bytes(folder / SIGNED)
        if not mine.startswith(theirs):
            raise Damaged(
                "it has other checkpoints", where=str(folder), do="Verify the record against them; then move them."
            )
        _append(folder, mine[len(theirs) :])

    def _cut(self, unfinished_bytes: int) -> None:
        """What a power cut left of a note, before another is written behind it."""
        if not unfinished_bytes:
            return
        path = self._folder / SIGNED
        try:
            with path.open("r+b") as file:
                file.truncate(path.stat().st_size - unfinished_bytes)
                os.fsync(file.fileno())
        except OSError as error:
            raise _unusable(path, error) from error


class RecordKeys:
    """A RecordSigner over the folder of keys; the first is made at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def public_key(self) -> bytes:
        return self._private().public_key().public_bytes_raw()

    def handed_over(self, since: bytes | None) -> tuple[KeyBegun, ...]:
        keys = self._all()
        if since is None:
            return (self._begun(max(keys), keys[max(keys)]),)
        known = max((number for number, key in keys.items() if key == since), default=None)
        if known is None:
            raise SignaturesMissing(f"key {since.hex()[:16]}, which the record names, is gone")
        followed = [self._begun(number, keys[number]) for number in sorted(keys) if number > known]
        for begun in followed:
            key = bytes.fromhex(begun.key)
            if not verifies(since, key, _unhexed(begun.signature)):
                raise SignaturesMissing(f"key {begun.key[:16]} isn't signed by the one before it")
            since = key
        return tuple(followed)

    def _begun(self, number: int, key: bytes) -> KeyBegun:
        signature, _, why = _text(self._folder / f"{number}.signed").partition("\n")
        return KeyBegun(key.hex(), signature, why.strip())

    def has_signed(self, note: SignedCheckpoint) -> bool:
        return any(note.is_by(key, verifies) for key in self._all().values())

    def sign(self, message: bytes) -> bytes:
        return self._private().sign(message)

    def signed_last(self) -> str | None:
        path = self._folder / NEWEST
        return _text(path) if path.exists() else None

    def remember(self, note: str) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self._folder / NEWEST, note.encode())
        except OSError as error:
            raise _unusable(self._folder / NEWEST, error) from error

    def rotate(self, why: str) -> bytes:
        """Make the next key, signed by this one, which is then destroyed; the new public key. Raises Unavailable, Damaged.

        Each file is there whole or not at all, the private key last: broken off before it, the old one goes on.
        """
        old, number = self._private(), self._newest()
        fresh = Ed25519PrivateKey.generate()
        public = fresh.public_key().public_bytes_raw()
        try:
            write_durably(self._folder / f"{number + 1}.signed", f"{old.sign(public).hex()}\n{why}\n".encode())
            write_durably(self._folder / f"{number}.pub", public_pem(old.public_key().public_bytes_raw()).encode())
            write_durably(self._folder / f"{number + 1}.key", fresh.private_bytes_raw().hex().encode())
            (self._folder / f"{number}.key").unlink()
        except OSError as error:
            raise _unusable(self._folder, error) from error
        return public

    def _all(self) -> dict[int, bytes]:
        keys = {int(path.stem): read_public_key(path) for path in self._folder.glob("*.pub") if path.stem.isdigit()}
        return keys | {self._newest(): self.public_key()}

    def _private(self) -> Ed25519PrivateKey:
        if not any(self._folder.glob("*.key")) and self.signed_last() is None:
            self.remember("")
        return signing_key(self._folder / f"{self._newest()}.key")

    def _newest(self) -> int:
        return max((int(path.stem) for path in self._folder.glob("*.key") if path.stem.isdigit()), default=1)


def read_public_key(path: Path) -> bytes:
    """A public key from a PEM file or one with its 64 hex digits. Raises NotFound, Damaged."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotFound(
            f"it can't be read ({error.strerror})", where=str(path), do="Name a public key's file."
        ) from error
    try:
        if content.startswith(b"-----"):
            key = load_pem_public_key(content)
            if isinstance(key, Ed25519PublicKey):
                return key.public_bytes_raw()
            raise ValueError("another kind of key")
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(content.decode("ascii").strip())).public_bytes_raw()
    except ValueError as error:
        raise Damaged(
            "it is no Ed25519 public key", where=str(path), do="Name a PEM file, or 64 hex digits."
        ) from error


def _all_in(path: Path) -> tuple[SignedCheckpoint, ...]:
    data = _bytes(path)
    whole = data[: len(data) - len(_unfinished(data, path))]
    return tuple(read_notes(_decoded(whole, path), where=str(path))[0])


def _newest_in(path: Path) -> SignedCheckpoint | None:
    tail = _tail(path)
    _unfinished(tail, path)
    text = _last_note(tail, cut=len(tail) == _LONGEST_TAIL)
    if text is None:
        return next(reversed(_all_in(path)), None)
    try:
        return read_checkpoint(text.decode())
    except (Damaged, UnicodeDecodeError) as error:
        raise _damaged("the newest checkpoint can't be read", path) from error


def _unfinished(data: bytes, path: Path) -> bytes:
    """Return what a power cut left of the note that was being written. Raises Damaged for an end that it can't have left."""
    *paragraphs, rest = data.split(b"\n\n")
    body_alone = paragraphs and not paragraphs[-1].startswith(SIGNATURE_BEGINS)
    left = paragraphs[-1] + b"\n\n" + rest if body_alone else rest
    text = left.rstrip(b"\0")  # a disk may give a file its length before its content
    begins = text.startswith(NOTE_BEGINS) or NOTE_BEGINS.startswith(text)
    body = text.partition(b"\n\n")[0]
    if not begins or b"\r" in text or len(text) > LONGEST_NOTE or body.count(b"\n") > _BODY_LINES:
        raise _damaged("what stands behind the last checkpoint is none that was begun", path)
    return left


def _last_note(tail: bytes, *, cut: bool) -> bytes | None:
    """The last whole note in a file's end; None where none begins in it. cut: the tail may begin within a note."""
    paragraphs = tail.split(b"\n\n")
    whole = len(paragraphs) - 1  # behind the last blank line stands nothing, or what isn't whole
    for at in range(whole - 1, 0, -1):
        if paragraphs[at].startswith(SIGNATURE_BEGINS) and (at > 1 or not cut):
            return paragraphs[at - 1] + b"\n\n" + paragraphs[at] + b"\n"
    return None


def _tail(path: Path) -> bytes:
    return _bytes(path, most=_LONGEST_TAIL)


def _bytes(path: Path, *, most: int | None = None) -> bytes:
    """Return what the file holds, or the last `most` bytes of it; nothing if it isn't there."""
    try:
        with path.open("rb") as file:
            if most is not None:
                file.seek(max(file.seek(0, os.SEEK_END) - most, 0))
            return file.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unusable(path, error) from error


def _text(path: Path) -> str:
    return _decoded(_bytes(path), path)


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Damaged("it is no text", where=str(path), do="Get it again from where it was kept.") from error


def _damaged(what: str, path: Path) -> Damaged:
    do = "Put it back from where it was kept, or set it apart by `rangeops audit part`."
    return Damaged(what, where=str(path), do=do)


def _unhexed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _append(folder: Path, data: bytes) -> None:
    path = folder / SIGNED
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        begun = not path.exists()
        with path.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if begun:
            sync_folder(folder)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"it can't be used ({error.strerror or error})",
        where=str(path),
        do="Make it yours, and free space on its disk.",
    )
