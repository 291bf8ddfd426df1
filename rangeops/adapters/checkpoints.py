"""The record's checkpoints in files, and the keys that sign them.

`checkpoints/signed.txt` of the data folder holds every note, one after the other with a blank line between; each is also
appended to a file of that name in every other folder that the range keeps them in (a stick, another machine's disk).

`record-keys/` holds `N.key` (the newest: the private key, hex, for its owner alone), `N.pub` for those before, and
`N.signed` (the signature by key N-1 over key N, hex, and a line that says why).
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rangeops.adapters.sealing import signing_key
from rangeops.domain.checkpoints import SIGNATURE_BEGINS, SignedCheckpoint, read_checkpoint
from rangeops.domain.errors import Damaged, NotFound, Unavailable

SIGNED: Final = "signed.txt"
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
        """The last whole one; None where there is none. Raises Unavailable, Damaged."""
        return next(reversed(self.all()), None)

    def all(self) -> tuple[SignedCheckpoint, ...]:
        """In their order. Only reads: whoever verifies does so beside the server that signs."""
        path = self._folder / SIGNED
        return tuple(read_notes(_text(path), where=str(path))[0])

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
            found += read_notes(path.read_text(encoding="utf-8"), where=str(path))[0]
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

    def handed_over(self) -> tuple[str, str]:
        text = _text(self._folder / f"{self._newest()}.signed")
        signature, _, why = text.partition("\n")
        return signature, why.strip()

    def sign(self, message: bytes) -> bytes:
        return self._private().sign(message)

    def rotate(self, why: str) -> bytes:
        """Make the next key, signed by this one, which is then destroyed; the new public key. Raises Unavailable, Damaged."""
        old, number = self._private(), self._newest()
        fresh = Ed25519PrivateKey.generate()
        public = fresh.public_key().public_bytes_raw()
        try:
            _write(self._folder / f"{number + 1}.signed", f"{old.sign(public).hex()}\n{why}\n", 0o644)
            _write(self._folder / f"{number}.pub", public_pem(old.public_key().public_bytes_raw()), 0o644)
            _write(self._folder / f"{number + 1}.key", fresh.private_bytes_raw().hex(), 0o600)
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
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError as error:
        raise Damaged("it is no text", where=str(path), do="Get it again from where it was kept.") from error


def _append(folder: Path, data: bytes) -> None:
    path = folder / SIGNED
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _unusable(path, error) from error


def _write(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _unusable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"it can't be used ({error.strerror or error})",
        where=str(path),
        do="Make it yours, and free space on its disk.",
    )
