"""The record's checkpoints in files, and the keys that sign them.

`checkpoints/signed.txt` of the data folder holds every note, one after the other with a blank line between; each is also
appended to a file of that name in every other folder that the range keeps them in (a stick, another machine's disk).
`tree.json` beside it is the Merkle tree of the newest, for the next start of whoever signs; verifying doesn't read it.

`record-keys/` holds `N.key` (the newest: the private key, hex, for its owner alone), `N.pub` for those before, and
`N.signed` (the signature by key N-1 over key N, hex, and a line that says why).
"""

import json
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rangeops.adapters.sealing import signing_key
from rangeops.domain.checkpoints import SIGNATURE_BEGINS, KeptTree, SignedCheckpoint, read_checkpoint
from rangeops.domain.errors import Damaged, NotFound, Unavailable
from rangeops.domain.evidence import KeyBegun
from rangeops.durable import sync_folder, write_durably

SIGNED: Final = "signed.txt"
TREE: Final = "tree.json"
_LONGEST_TAIL: Final = 16_384  # bytes: two notes of the longest


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
        """The last whole one, from the file's end; None where there is none. Raises Unavailable, Damaged."""
        path = self._folder / SIGNED
        since = max(_size(path) - _LONGEST_TAIL, 0)
        text = _last_note(_bytes(path, since=since), cut=since > 0)
        if text is None:
            return next(reversed(self.all()), None)
        try:
            return read_checkpoint(text.decode())
        except (Damaged, UnicodeDecodeError) as error:
            raise Damaged(
                "the newest checkpoint can't be read", where=str(path), do="Run `rangeops audit verify`."
            ) from error

    def all(self) -> tuple[SignedCheckpoint, ...]:
        """In their order. Only reads: whoever verifies does so beside the server that signs."""
        path = self._folder / SIGNED
        whole, blank, _ = _bytes(path).rpartition(b"\n\n")  # what a power cut left behind it may end within a character
        return tuple(read_notes(_decoded(whole + blank, path), where=str(path))[0])

    def add(self, signed: SignedCheckpoint) -> None:
        path = self._folder / SIGNED
        self._cut(len(_unfinished(_bytes(path, since=max(_size(path) - _LONGEST_TAIL, 0)))))
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

    def part(self, why: str) -> None:
        path = self._folder / SIGNED
        number = 1 + sum(1 for _ in self._folder.glob("parted-*.txt"))
        try:
            (self._folder / f"parted-{number}.why").write_text(f"{why}\n", encoding="utf-8")
            path.rename(self._folder / f"parted-{number}.txt")
        except OSError as error:
            raise _unusable(path, error) from error

    def parted(self) -> tuple[SignedCheckpoint, ...]:
        """Those of records that were here before, or of this one before it was changed."""
        found: list[SignedCheckpoint] = []
        for path in sorted(self._folder.glob("parted-*.txt")):
            found += read_notes(_text(path), where=str(path))[0]
        return tuple(found)

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
        keys = {int(path.stem): read_public_key(path) for path in self._folder.glob("*.pub") if path.stem.isdigit()}
        keys[self._newest()] = self.public_key()
        known = max((number for number, key in keys.items() if key == since), default=max(keys) - 1)
        return tuple(self._begun(number, keys[number]) for number in sorted(keys) if number > known)

    def _begun(self, number: int, key: bytes) -> KeyBegun:
        signature, _, why = _text(self._folder / f"{number}.signed").partition("\n")
        return KeyBegun(key.hex(), signature, why.strip())

    def sign(self, message: bytes) -> bytes:
        return self._private().sign(message)

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

    def _private(self) -> Ed25519PrivateKey:
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


def _unfinished(tail: bytes) -> bytes:
    """Of a file's end: what is left of a note that wasn't written whole."""
    *paragraphs, rest = tail.split(b"\n\n")
    body_alone = paragraphs and not paragraphs[-1].startswith(SIGNATURE_BEGINS)
    return paragraphs[-1] + b"\n\n" + rest if body_alone else rest


def _last_note(tail: bytes, *, cut: bool) -> bytes | None:
    """The last whole note in a file's end; None where none begins in it. cut: the tail may begin within a note."""
    paragraphs = tail.split(b"\n\n")
    whole = len(paragraphs) - 1  # behind the last blank line stands nothing, or what isn't whole
    for at in range(whole - 1, 0, -1):
        if paragraphs[at].startswith(SIGNATURE_BEGINS) and (at > 1 or not cut):
            return paragraphs[at - 1] + b"\n\n" + paragraphs[at] + b"\n"
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise _unusable(path, error) from error


def _bytes(path: Path, *, since: int = 0) -> bytes:
    """What the file holds from there on; nothing where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(since)
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
