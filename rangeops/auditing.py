"""Verifying the record, proving an entry, bundles, keys: with no server needed. A composition root of its own."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rangeops import __version__
from rangeops.bootstrap.parts import clock, shell_actor
from rangeops.domain.errors import Damaged, Invalid, NotFound, RangeopsError, Unavailable
from rangeops.domain.text import safe_text
from rangeops.files import read_file
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.domain.audit import AuditEntry
    from rangeops.domain.checkpoints import SignedCheckpoint
    from rangeops.domain.evidence import Findings
    from rangeops.domain.record_proofs import ConsistencyProof, InclusionProof
    from rangeops.domain.recordings import BoundRecording, RecordingFindings

_LARGEST_NOTES_BYTES = 400_000_000
_LARGEST_PROOF_BYTES = 10_000_000
_PROGRESS_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying came to. own_keys: those of the data folder were believed, since no others were named.

    recordings: the data folder's, held against the record; None where no folder belongs to it. rows: of tables that follow
    from the record and differ from it, a sentence each. unread: folders of checkpoints that can't be read, and why.
    """

    findings: "Findings"
    own_keys: bool
    recordings: "RecordingFindings | None" = None
    rows: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether record, recordings and tables are what was recorded."""
        return self.findings.holds and not self.rows and (self.recordings is None or self.recordings.holds)


def verify(
    settings: Settings,
    *,
    keys: Sequence[Path],
    kept: Sequence[Path],
    progress: Callable[[int], None] | None = None,
) -> Verified:
    """Verify the data folder's own record. progress: called with the number of every 100,000th entry.

    Raises NotFound, Unavailable, Damaged.
    """
    from rangeops.adapters.checkpoints import FolderOfCheckpoints, read_public_key, verifies
    from rangeops.adapters.store.record_reading import reading_projections
    from rangeops.domain.evidence import verify as look
    from rangeops.domain.recordings import bound_in

    trusted = [read_public_key(path) for path in keys] or own_keys(settings)
    elsewhere = [note for path in kept for note in _notes(path)]
    shelf = _shelf(settings)
    notes = shelf.all()  # first: a server that signs meanwhile is ahead of what is read here
    elsewhere += shelf.parted()
    unread = []
    for folder in settings.checkpoints_elsewhere:
        try:
            copies = FolderOfCheckpoints(folder).all()
        except (Unavailable, Damaged) as error:
            unread.append(f"{folder}: {error.what}")
        else:
            elsewhere += copies
            unread += [] if copies else [f"{folder}: there are none"]
    bound: dict[str, BoundRecording] = {}
    with reading_projections(settings.database) as (entries, projections):
        found = look(
            bound_in(projections.passing(_counted(entries, progress)), bound),
            notes,
            range_id=settings.range,
            trusted=trusted,
            verifies=verifies,
            kept=elsewhere,
            signed_meanwhile=shelf.all,
            parted_files=shelf.parted_files(),
        )
        rows = tuple(projections.sentences())
        if found.entries and not projections.complete:
            found.remarks.append(
                "release 0.9 wrote this record: nothing in it proves the tables of slots, alarms, incidents, reviews and users,"
                " nor what an entry is about"
            )
    recordings = _recordings(settings, bound.values())
    return Verified(found, not keys, recordings, rows, tuple(unread))


def _counted(entries: "Iterable[AuditEntry]", progress: Callable[[int], None] | None) -> "Iterator[AuditEntry]":
    for entry in entries:
        if progress is not None and entry.seq % _PROGRESS_ENTRIES == 0:
            progress(entry.seq)
        yield entry


def check_bundle(bundle: Path, keys: Sequence[Path], kept: Sequence[Path]) -> tuple[int, list[str]]:
    """Return what `check.py` says of an evidence bundle: its exit code, and its lines. Raises Invalid."""
    from rangeops.adapters.check import check
    from rangeops.adapters.checkpoints import verifies

    if not keys:
        raise Invalid(
            "no key was named, and those in a bundle prove nothing",
            where=str(bundle),
            do="Name the range's public key with --key; the range gives it to you by another way.",
        )
    return check(bundle, [*keys, *kept], verifies)


def export(settings: Settings, file: Path) -> int:
    """Write the whole record as a bundle, leave an entry of it, and return how many entries the bundle has.

    Raises Unavailable, NotFound, Damaged; Conflict if another key signed the newest checkpoint.
    """
    from rangeops.adapters.checkpoints import RecordKeys
    from rangeops.adapters.evidence_bundle import BundleWriter
    from rangeops.domain.evidence import CHECKPOINT_SIGNED

    count, named = 0, set[str]()

    def counted(entries: "Iterable[AuditEntry]") -> "Iterable[AuditEntry]":
        nonlocal count
        for entry in entries:
            count = entry.seq
            if entry.action == CHECKPOINT_SIGNED:
                named.add(json.loads(entry.payload)["body"]["note"])
            yield entry

    about, newest, keys = f"The whole record of range {settings.range}.\n", _newest(settings), own_keys(settings)
    with (
        _record(settings) as entries,
        BundleWriter(file, about=about, version=__version__, now_utc=clock().utc, keys=keys) as bundle,
    ):
        bundle.record(counted(entries))
        if newest.checkpoint.size > count:
            raise Damaged(
                f"the record ends at entry {count}, and a checkpoint of {newest.checkpoint.size} entries was signed",
                where="an evidence bundle",
                do="Run `rangeops audit verify`.",
            )
        shelf = _shelf(settings)  # after the record, so that it has the checkpoints that entries name
        notes = [note for note in shelf.parted() if note.sha256() in named]
        notes += [note for note in shelf.all() if note.checkpoint.size <= count]
        bundle.checkpoints(notes)
        bundle.sign("kind record", range(1, count + 1), notes[-1], RecordKeys(settings.record_keys_folder))
    try:
        _record_export(settings, file, count)
    except RangeopsError:
        file.unlink(missing_ok=True)
        raise
    return count


def _record_export(settings: Settings, file: Path, entries: int) -> None:
    from rangeops.adapters.store.opening import open_store
    from rangeops.services.changes import Changes
    from rangeops.services.checkpoints import RECORD

    with file.open("rb") as zipped:
        sha256 = hashlib.file_digest(zipped, "sha256").hexdigest()
    body = {"file": safe_text(file.name), "sha256": sha256, "size": file.stat().st_size, "entries": entries}
    actor, store = shell_actor(), open_store(settings.database)
    says = f"{actor.name} exported the whole record: {entries} entries (SHA-256 {sha256[:12]}…)"
    try:
        with Changes(store, lambda _notice: None).begin(clock(), actor) as change:
            change.record("audit.export", RECORD, says, body, about=[RECORD])
    finally:
        store.close()


def prove(settings: Settings, seq: int) -> dict[str, Any]:
    """That entry `seq` is in the record, by the newest checkpoint. Raises NotFound, Invalid."""
    from rangeops.domain.record_proofs import include

    newest = _newest(settings)
    leaves, wanted = _leaves(settings, newest.checkpoint.size, seq)
    if wanted is None:
        raise NotFound(
            f"there is no entry {seq} among the {newest.checkpoint.size} that are signed",
            where="the record",
            do="Wait a minute for the next checkpoint, or ask for another.",
        )
    return _inclusion(include(wanted, leaves, newest))


def prove_consistency(settings: Settings, older: Path) -> dict[str, Any]:
    """That the record, as it is signed now, continues the newest checkpoint of this file. Raises NotFound, Invalid."""
    from rangeops.domain.record_proofs import continues

    notes, newest = _notes(older), _newest(settings)
    leaves, _ = _leaves(settings, newest.checkpoint.size, 0)
    proof = continues(notes[-1], newest, leaves)
    return {"older": notes[-1].text(), "newer": newest.text(), "path": [each.hex() for each in proof.path]}


def check_proof(file: Path, keys: Sequence[Path]) -> str:
    """What is wrong with a proof's file; "" where it holds. Raises NotFound, Damaged."""
    from rangeops.adapters.checkpoints import read_public_key, verifies
    from rangeops.domain.record_proofs import why_not_continued, why_not_included

    known = [read_public_key(path) for path in keys]
    document = json_of(file)
    try:
        if "entry" in document:
            return why_not_included(_included(document), known, verifies)
        return why_not_continued(_continued(document), known, verifies)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"it is no proof ({error})", where=str(file), do="Get it again from who made it.") from error


def json_of(file: Path) -> dict[str, Any]:
    """Raises NotFound, Damaged."""
    try:
        document = json.loads(read_file(file, largest=_LARGEST_PROOF_BYTES))
    except (ValueError, RecursionError) as error:
        raise Damaged(f"it is no JSON ({error})", where=str(file), do="Get it again from who made it.") from error
    if not isinstance(document, dict):
        raise Damaged("it is no proof", where=str(file), do="Get it again from who made it.")
    return document


def own_keys(settings: Settings) -> list[bytes]:
    """The public keys that this data folder's checkpoints were signed with, the newest last. Raises NotFound."""
    from rangeops.adapters.checkpoints import RecordKeys, read_public_key

    folder = settings.record_keys_folder
    if not any(folder.glob("*.key")):
        raise NotFound("there is no key yet", where=str(folder), do="Start the server once: it makes one.")
    older = sorted((path for path in folder.glob("*.pub") if path.stem.isdigit()), key=lambda path: int(path.stem))
    return [*(read_public_key(path) for path in older), RecordKeys(folder).public_key()]


def rotate(settings: Settings, why: str) -> bytes:
    """A new key for what follows; the server takes it with its next checkpoint. Raises NotFound, Unavailable, Damaged."""
    from rangeops.adapters.checkpoints import RecordKeys

    own_keys(settings)
    return RecordKeys(settings.record_keys_folder).rotate(why)


def part(settings: Settings, why: str) -> None:
    """Set the checkpoints apart that the record doesn't fit, in the name of the person at this shell.

    Raises Invalid, NotFound, Unavailable, Damaged.
    """
    from rangeops.adapters.checkpoints import RecordKeys
    from rangeops.adapters.store.opening import open_store
    from rangeops.services.changes import Changes
    from rangeops.services.checkpoints import set_apart

    if not why.strip():
        raise Invalid("no reason was given", where="audit part", do="Say why the record doesn't fit its checkpoints.")
    with _record(settings):
        why = safe_text(why.strip())
    store, signer = open_store(settings.database), RecordKeys(settings.record_keys_folder)
    try:
        set_apart(Changes(store, lambda _: None), _shelf(settings), signer, why=why, now=clock(), actor=shell_actor())
    finally:
        store.close()


def newest_note(settings: Settings) -> str:
    """The newest checkpoint as text. Raises NotFound, Unavailable, Damaged."""
    return _newest(settings).text()


def draft_mail(settings: Settings, file: Path, *, sender: str = "") -> tuple[str, ...]:
    """Write the newest checkpoint as the draft of a mail; the addresses it is to. Raises NotFound, Unavailable, Damaged, Invalid.

    sender: in place of the range.toml's.
    """
    from rangeops.adapters.checkpoint_mail import mail_draft
    from rangeops.bootstrap.ranges import load_site
    from rangeops.domain.notices import require_address
    from rangeops.durable import write_durably

    site = load_site(settings)
    keepers, sender = site.notices.keepers, sender or site.notices.sender
    if not keepers or not sender:
        raise Invalid(
            "the range names nobody who keeps checkpoints" if not keepers else "nobody is named to send it",
            where="a mail draft",
            do="Give [[notices.keeper]] in range.toml."
            if not keepers
            else "Give --from, or notices.sender in range.toml.",
        )
    require_address(sender, "a mail draft", key="--from")
    content = mail_draft(_newest(settings), range_name=site.name, sender=sender, keepers=keepers, now_utc=clock().utc)
    try:
        write_durably(file, content)
    except OSError as error:
        raise Unavailable(
            f"the draft can't be written ({error.strerror or error})",
            where=str(file),
            do="Choose another place, or free space.",
        ) from error
    return tuple(each.address for each in keepers)


def public_pem(key: bytes) -> str:
    from rangeops.adapters.checkpoints import public_pem as pem

    return pem(key)


def _recordings(settings: Settings, bound: "Iterable[BoundRecording]") -> "RecordingFindings":
    """Raises Unavailable."""
    from rangeops.domain.recordings import held_against
    from rangeops.watch.recording_hashes import hashed

    folder = settings.tlog_folder
    try:
        present = [path.name for path in folder.glob("*.tlog")]
        return held_against(bound, present, settings.watch_name, lambda name: hashed(folder / name).sha256)
    except OSError as error:
        raise Unavailable(
            f"a recording can't be read ({error.strerror or error})",
            where=str(error.filename or folder),
            do="Make it readable.",
        ) from error


def _record(settings: Settings) -> "AbstractContextManager[Iterable[AuditEntry]]":
    from rangeops.adapters.store.record_reading import reading_record

    return reading_record(settings.database)


def _shelf(settings: Settings) -> Any:
    from rangeops.adapters.checkpoints import FolderOfCheckpoints

    return FolderOfCheckpoints(settings.checkpoint_folder)


def _newest(settings: Settings) -> "SignedCheckpoint":
    newest: SignedCheckpoint | None = _shelf(settings).newest()
    if newest is None:
        raise NotFound(
            "nothing is signed yet",
            where=str(settings.checkpoint_folder),
            do="Start the server: it signs every minute.",
        )
    return newest


def _notes(path: Path) -> "list[SignedCheckpoint]":
    from rangeops.adapters.checkpoints import read_notes

    try:
        text = read_file(path, largest=_LARGEST_NOTES_BYTES).decode()
    except UnicodeDecodeError as error:
        raise Damaged("it is no text", where=str(path), do="Name a file of checkpoints.") from error
    notes, unfinished = read_notes(text if text.endswith("\n\n") else f"{text}\n", where=str(path))
    if unfinished or not notes:
        raise Damaged("it holds no whole checkpoint", where=str(path), do="Name a file of checkpoints.")
    return notes


def _leaves(settings: Settings, size: int, seq: int) -> "tuple[list[bytes], AuditEntry | None]":
    """The hashes of the first `size` entries, and entry `seq`."""
    leaves, wanted = [], None
    with _record(settings) as entries:
        for entry in entries:
            if entry.seq > size:
                break
            leaves.append(bytes.fromhex(entry.entry_hash))
            if entry.seq == seq:
                wanted = entry
    return leaves, wanted


def _inclusion(proof: "InclusionProof") -> dict[str, Any]:
    from rangeops.adapters.evidence_bundle import entry_line

    return {
        "entry": json.loads(entry_line(proof.entry)),
        "path": [each.hex() for each in proof.path],
        "checkpoint": proof.signed.text(),
    }


def _included(document: dict[str, Any]) -> "InclusionProof":
    from rangeops.adapters.evidence_bundle import entry_of
    from rangeops.domain.checkpoints import read_checkpoint
    from rangeops.domain.record_proofs import InclusionProof

    path = tuple(bytes.fromhex(each) for each in document["path"])
    return InclusionProof(entry_of(document["entry"]), path, read_checkpoint(document["checkpoint"]))


def _continued(document: dict[str, Any]) -> "ConsistencyProof":
    from rangeops.domain.checkpoints import read_checkpoint
    from rangeops.domain.record_proofs import ConsistencyProof

    path = tuple(bytes.fromhex(each) for each in document["path"])
    return ConsistencyProof(read_checkpoint(document["older"]), read_checkpoint(document["newer"]), path)
