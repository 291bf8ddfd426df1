"""Evidence in one zip file that anybody can check without rangeops: entries, checkpoints, public keys, a README, a script.

README.txt       what is in it, and how to check it with sha256sum, openssl and Python
check.py         does so
SHA256SUMS       of every other file
record.jsonl     the whole record, an entry a line (a record's bundle)
proofs.jsonl     entries that stand alone, each with its Merkle path and its checkpoint (an incident's bundle)
checkpoints.txt  the signed notes
keys/ID.pem      public keys, by the first 16 digits of them
…                whatever else was put in: tlogs, reports
"""

import hashlib
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, Final, Self

from rangeops.adapters.checkpoints import public_pem, read_notes
from rangeops.domain.audit import AuditEntry, utc_text
from rangeops.domain.checkpoints import SignedCheckpoint
from rangeops.domain.errors import Damaged, Invalid, NotFound, Unavailable
from rangeops.durable import sync_folder

_ENTRY_FIELDS: Final = tuple(AuditEntry.__dataclass_fields__)
_LONGEST_LINE: Final = 4_000_000  # characters: an entry holds a plan's findings, or an order, never a file
_MOST_NOTES_BYTES: Final = 400_000_000
_UNREADABLE: Final = (OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, UnicodeDecodeError, IndexError, EOFError)
_README: Final = """\
Evidence of a drone test range, written by rangeops {version} at {utc}.
{about}
Check it without rangeops: unpack it, and in its folder

    sha256sum -c SHA256SUMS
    python3 check.py range.pem  # the range's key as you were given it; needs openssl 3; read it first, it is short

An entry of the record is a line of JSON. Its hash is

    payload_hash = SHA-256(payload)
    entry_hash   = SHA-256(0x00 || JSON of prev_hash, seq, utc, monotonic_ns, actor, role, action, target, payload_hash;
                   sorted keys, no spaces, ASCII)

so each entry holds the hash of the one before it. Over all entries stands a Merkle tree as in RFC 6962, whose leaves are the
entry hashes; its root is signed with Ed25519 from time to time. checkpoints.txt holds those notes, one after the other: lines, a
blank line, and a line with the base64 of the key's id (4 bytes: SHA-256(first line || LF || 0x01 || key)) and of the signature
over the lines above the blank line (c2sp.org/signed-note). One by hand, its lines in `note` and its 64 bytes in `sig`:

    openssl pkeyutl -verify -pubin -inkey keys/ID.pem -rawin -in note -sigfile sig

The keys in keys/ prove nothing by themselves: compare them with those that the range gave you by another way.
"""


@dataclass(frozen=True, slots=True)
class OpenBundle:
    """What a bundle holds of the record. entries: to be read once, while it is open."""

    entries: Iterator[AuditEntry]
    checkpoints: tuple[SignedCheckpoint, ...]
    range_id: str


def entry_line(entry: AuditEntry) -> str:
    """An entry as a line of record.jsonl."""
    body = {name: getattr(entry, name) for name in _ENTRY_FIELDS} | {"utc": utc_text(entry.utc)}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def entry_of(body: Any) -> AuditEntry:
    """The entry that `entry_line` wrote. Raises ValueError, KeyError, TypeError."""
    if not isinstance(body, dict) or set(body) != set(_ENTRY_FIELDS):
        raise ValueError("it has other fields than an entry")
    moment = datetime.strptime(body["utc"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if not all(type(body[name]) is (int if name in ("seq", "monotonic_ns") else str) for name in _ENTRY_FIELDS):
        raise TypeError("a field is of another kind")
    return AuditEntry(**{**body, "utc": moment})


class BundleWriter:
    """A zip that is there whole or not at all: `with BundleWriter(file, about=…) as bundle`, then what goes into it."""

    def __init__(self, file: Path, *, about: str, version: str, now_utc: datetime) -> None:
        self._file = file
        self._fresh = file.parent / f".{file.name}.partial"
        self._readme = _README.format(version=version, utc=utc_text(now_utc), about=about)
        self._sums: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._zip = zipfile.ZipFile(self._fresh, "w", zipfile.ZIP_DEFLATED)
        except OSError as error:
            raise _unwritten(self._file, error) from error
        self.put("README.txt", self._readme.encode())
        self.put("check.py", files("rangeops.adapters").joinpath("bundle_check.py").read_bytes())
        return self

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if error is None:
                self._zip.writestr("SHA256SUMS", "".join(self._sums))
            self._zip.close()
            if error is None:
                self._fresh.replace(self._file)
                sync_folder(self._file.parent)
        except OSError as failed:
            raise _unwritten(self._file, failed) from failed
        finally:
            self._fresh.unlink(missing_ok=True)

    def put(self, name: str, content: bytes) -> None:
        self.lines(name, [content])

    def lines(self, name: str, pieces: Iterable[bytes]) -> None:
        """A file of many pieces, without holding all of them."""
        digest = hashlib.sha256()
        try:
            with self._zip.open(name, "w", force_zip64=True) as member:
                for piece in pieces:
                    digest.update(piece)
                    member.write(piece)
        except OSError as error:
            raise _unwritten(self._file, error) from error
        self._sums.append(f"{digest.hexdigest()}  {name}\n")

    def record(self, entries: Iterable[AuditEntry]) -> None:
        self.lines("record.jsonl", (f"{entry_line(entry)}\n".encode("ascii") for entry in entries))

    def proofs(self, documents: Iterable[Mapping[str, Any]]) -> None:
        self.lines("proofs.jsonl", (f"{json.dumps(each, sort_keys=True)}\n".encode("ascii") for each in documents))

    def checkpoints(self, notes: Iterable[SignedCheckpoint], keys: Iterable[bytes]) -> None:
        self.lines("checkpoints.txt", (f"{note.text()}\n".encode() for note in notes))
        for key in sorted(set(keys)):
            self.put(f"keys/{key.hex()[:16]}.pem", public_pem(key).encode("ascii"))


@contextmanager
def opened_bundle(file: Path) -> Iterator[OpenBundle]:
    """The record of a bundle. Raises NotFound; Invalid for an incident's; Damaged for a file that is none, also while its entries are read."""
    try:
        with zipfile.ZipFile(file) as bundle:
            if "proofs.jsonl" in bundle.namelist():
                raise Invalid(
                    "it is an incident's evidence, not a whole record",
                    where=str(file),
                    do="Unpack it, and run `python3 check.py` in its folder.",
                )
            if bundle.getinfo("checkpoints.txt").file_size > _MOST_NOTES_BYTES:
                raise _no_bundle(file, "its checkpoints are too large")
            notes, unfinished = read_notes(bundle.read("checkpoints.txt").decode(), where=f"{file}: checkpoints.txt")
            if unfinished:
                raise _no_bundle(file, "its last checkpoint is cut off")
            range_id = notes[0].checkpoint.origin.split("/")[1] if notes else ""
            with bundle.open("record.jsonl") as record:
                yield OpenBundle(_entries(record, file), tuple(notes), range_id)
    except FileNotFoundError as error:
        raise NotFound("there is no such file", where=str(file), do="Name a bundle.") from error
    except KeyError as error:
        raise _no_bundle(file, f"{error.args[0]}") from error
    except (*_UNREADABLE, RuntimeError) as error:  # which zipfile raises for one that is encrypted, or packed otherwise
        raise _no_bundle(file, str(error)) from error


def _entries(record: IO[bytes], file: Path) -> Iterator[AuditEntry]:
    number = 0
    while line := record.readline(_LONGEST_LINE):
        number += 1
        try:
            entry = entry_of(json.loads(line))
            if f"{entry_line(entry)}\n".encode("ascii") != line:
                raise ValueError("it isn't written as the record writes it")
            yield entry
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Damaged(
                f"line {number} of record.jsonl is no entry ({error})", where=str(file), do="Get the bundle again."
            ) from error


def _no_bundle(file: Path, why: str) -> Damaged:
    return Damaged(f"it is no whole evidence bundle ({why})", where=str(file), do="Get it again from who made it.")


def _unwritten(file: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"the bundle can't be written ({error.strerror or error})",
        where=str(file),
        do="Choose another place, or free space.",
    )
