"""Evidence in one zip file, which docs/verify-by-hand.md and `check.py` verify without rangeops.

README.txt       what is in it, and how it is verified
manifest.txt     a note signed with the record's key: every other file with size and SHA-256, every entry, the newest checkpoint
record.jsonl     the whole record, an entry a line (a record's bundle)
proofs.jsonl     entries, each with its Merkle path to the checkpoint (an incident's bundle)
checkpoints.txt  the signed notes
keys/ID.pem      public keys, by the first 16 digits of them
                 and whatever else is put in: tlogs, reports
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from rangeops.adapters import check
from rangeops.adapters.checkpoints import RecordKeys, public_pem, verifies
from rangeops.domain.audit import AuditEntry, utc_text
from rangeops.domain.checkpoints import SignedCheckpoint, key_id_of
from rangeops.domain.errors import Conflict, Damaged, Unavailable
from rangeops.durable import sync_folder

MANIFEST: Final = "manifest.txt"
_ENTRY_FIELDS: Final = tuple(AuditEntry.__dataclass_fields__)
_README: Final = """\
Evidence of a drone test range, written by rangeops {version} at {utc}.
{about}
To verify it, do not unpack it. You need the range's public key, which it gave you by another way than this file, and check.py:
a script of 300 lines that needs Python 3.11 and openssl 3.0. Every range serves it at /check.py, and docs/verify-by-hand.md has its
SHA-256. In a folder of its own:

    python3 -I check.py BUNDLE.zip range.pem

manifest.txt lists every file with its size and SHA-256, every entry of the record that is in here, and the newest checkpoint. It
is signed as checkpoints are: lines, a blank line, and a line with the base64 of the key's id (4 bytes: SHA-256(origin || LF || 0x01
|| key)) and of the Ed25519 signature over the lines above the blank line (c2sp.org/signed-note).

An entry of the record is a line of JSON. Its hash is

    payload_hash = SHA-256(payload)
    entry_hash   = SHA-256(0x00 || JSON of prev_hash, seq, utc, monotonic_ns, actor, role, action, target, payload_hash;
                   sorted keys, no spaces, ASCII)

so each entry holds the hash of the one before it. Over all entries stands a Merkle tree as in RFC 6962, whose leaves are the
entry hashes; a checkpoint signs its root and the hash of its last entry.

The keys in keys/ prove nothing by themselves: use the one that the range gave you.
"""


def entry_line(entry: AuditEntry) -> str:
    """An entry as a line of record.jsonl."""
    body = {name: getattr(entry, name) for name in _ENTRY_FIELDS} | {"utc": utc_text(entry.utc)}
    return _compact(body)


def entry_of(body: Any) -> AuditEntry:
    """The entry that `entry_line` wrote. Raises ValueError, KeyError, TypeError."""
    if not isinstance(body, dict) or set(body) != set(_ENTRY_FIELDS):
        raise ValueError("it has other fields than an entry")
    moment = datetime.strptime(body["utc"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if not all(type(body[name]) is (int if name in ("seq", "monotonic_ns") else str) for name in _ENTRY_FIELDS):
        raise TypeError("a field is of another kind")
    return AuditEntry(**{**body, "utc": moment})


class BundleWriter:
    """A zip that is there whole and proved or not at all: `with BundleWriter(…) as bundle`, what goes into it, `sign` last.

    Leaving it raises Damaged if the bundle proves nothing to a person who has one of the keys.
    """

    def __init__(self, file: Path, *, about: str, version: str, now_utc: datetime, keys: list[bytes]) -> None:
        self._file = file
        self._fresh = file.parent / f".{file.name}.partial"
        self._made = utc_text(now_utc)
        self._readme = _README.format(version=version, utc=self._made, about=about)
        self._listed: dict[str, str] = {}  # size and SHA-256 of each file
        self._keys = keys

    def __enter__(self) -> Self:
        try:
            self._zip = zipfile.ZipFile(self._fresh, "w", zipfile.ZIP_DEFLATED)
        except OSError as error:
            raise _unwritten(self._file, error) from error
        self.put("README.txt", self._readme.encode())
        return self

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            self._zip.close()
            if error is None:
                self._prove()
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
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(name, "w", force_zip64=True) as member:
                for piece in pieces:
                    digest.update(piece)
                    size += len(piece)
                    member.write(piece)
        except OSError as error:
            raise _unwritten(self._file, error) from error
        self._listed[name] = f"{size} {digest.hexdigest()}"

    def record(self, entries: Iterable[AuditEntry]) -> None:
        self.lines("record.jsonl", (f"{entry_line(entry)}\n".encode("ascii") for entry in entries))

    def proofs(self, documents: Iterable[Mapping[str, Any]]) -> None:
        self.lines("proofs.jsonl", (f"{_compact(each)}\n".encode("ascii") for each in documents))

    def checkpoints(self, notes: Iterable[SignedCheckpoint]) -> None:
        self.lines("checkpoints.txt", (f"{note.text()}\n".encode() for note in notes))
        for key in sorted(set(self._keys)):
            self.put(f"keys/{key.hex()[:16]}.pem", public_pem(key).encode("ascii"))

    def sign(self, kind: str, entries: Iterable[int], newest: SignedCheckpoint, keys: RecordKeys) -> None:
        """Write the manifest. kind: its lines of that name. Raises Conflict if another key signed the newest checkpoint."""
        if not newest.is_by(keys.public_key(), verifies):
            raise Conflict(
                "the newest checkpoint is not signed with the key that signs now",
                where="an evidence bundle",
                do="Let the server run for a minute: it signs every minute.",
            )
        point = newest.checkpoint
        lines = ["rangeops evidence manifest 1", f"record {point.origin}", kind, f"made {self._made}"]
        lines += [f"entries {_ranges(entries)}", f"checkpoint {point.size} {newest.sha256()}"]
        lines += [f"file {listed} {name}" for name, listed in sorted(self._listed.items())]
        text = "".join(f"{line}\n" for line in lines)
        signed = base64.b64encode(key_id_of(point.origin, keys.public_key()) + keys.sign(text.encode())).decode("ascii")
        self.put(MANIFEST, f"{text}\n\N{EM DASH} {point.origin} {signed}\n".encode())

    def _prove(self) -> None:
        """Raise Damaged if the record doesn't fit its checkpoints: the key must not sign what another record's would be."""
        try:
            with zipfile.ZipFile(self._fresh) as archive:
                check.prove(archive, self._keys, [], verifies)
        except check.BROKEN as error:
            raise Damaged(
                f"the record doesn't fit its signatures ({error})",
                where="an evidence bundle",
                do="Run `rangeops audit verify`.",
            ) from error


def _compact(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _ranges(numbers: Iterable[int]) -> str:
    """Write ascending numbers as 12,15,18-40."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return ",".join("-".join(map(str, each)) for each in ranges)


def _unwritten(file: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"the bundle can't be written ({error.strerror or error})",
        where=str(file),
        do="Choose another place, or free space.",
    )
