"""One incident as evidence in one zip, that a stranger checks without rangeops.

A composition root of its own: it reads the data folder, for a server that is asked for a bundle or where none runs.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rangeops import __version__
from rangeops.auditing import own_keys
from rangeops.bootstrap.parts import clock
from rangeops.domain.errors import Conflict
from rangeops.domain.now import unix_us
from rangeops.settings import Settings
from rangeops.wire.bundles import BundleMade, BundleOrder, BundleView

if TYPE_CHECKING:
    from rangeops.adapters.evidence_bundle import BundleWriter
    from rangeops.adapters.mavlink.tlog_index import TlogIndex
    from rangeops.domain.audit import AuditEntry
    from rangeops.domain.checkpoints import SignedCheckpoint
    from rangeops.domain.incident_review import Review
    from rangeops.domain.incidents import Incident
    from rangeops.domain.recordings import BoundRecording
    from rangeops.services.ports.store import UnitOfWork
    from rangeops.wire.api import IncidentView

_LEFT_S: Final = 3600.0
"""A bundle that a server left so long ago is nobody's any more."""

_ABOUT: Final = """\
Incident {id}: {title}
{since:%Y-%m-%d %H:%M:%S} to {until:%H:%M:%S} UTC, {callsign}, {company}, slot {slot}.

timeline.txt     what happened, for reading; the last column is the entry that proves the line
reviews.json     revisions of its review, for reading, each with the SHA-256 that signatures are over; entries prove them
tlogs/           the packets of these minutes, of every link: 8 bytes of big-endian Unix microseconds, then a MAVLink packet
recordings.json  which bytes of which recording they are, and the entry that has the whole recording's SHA-256. That hash can't
                 be compared with a part: ask for a bundle with whole recordings
report/          the report as it was written; an entry has its revision, its audience and its SHA-256
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What went into the bundle. remarks: what didn't, and why."""

    entries: int
    recordings: int
    reports: int
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Case:
    """What the database holds of one incident."""

    view: "IncidentView"
    since: datetime
    until: datetime
    entries: "dict[int, AuditEntry]" = field(default_factory=dict)
    recordings: "dict[str, BoundRecording]" = field(default_factory=dict)
    reviews: "tuple[tuple[Review, str], ...]" = ()


def export_incident(settings: Settings, incident: str, file: Path, *, whole: bool = False) -> Exported:
    """Write the bundle. whole: recordings in full, which can be compared with the hashes in the record.

    Raises NotFound, Unavailable, Damaged; Conflict if not all of it is signed yet with the key that signs now.
    """
    from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
    from rangeops.adapters.evidence_bundle import BundleWriter

    notes = FolderOfCheckpoints(settings.checkpoint_folder).all()
    case = _read_case(settings, incident)
    cuts = list(_cuts(settings.tlog_folder, case, whole=whole))
    for cut in cuts:
        if (bound := case.recordings.get(cut.path.name)) is not None:
            case.entries[bound.entry] = case.entries.get(bound.entry) or _entry(settings, bound.entry)
    newest = _covering(notes, case)
    reports, remarks = _reports(settings.report_folder, case)
    if not cuts:
        remarks.append(f"no packets: {settings.tlog_folder} has no recording of these minutes")
    view = case.view
    about = _ABOUT.format(
        id=view.id, title=view.title, since=case.since, until=case.until, callsign=view.callsign,
        company=view.company or "no company", slot=view.slot or "none",
    )  # fmt: skip
    with BundleWriter(file, about=about, version=__version__, now_utc=clock().utc, keys=own_keys(settings)) as bundle:
        bundle.proofs(_proofs(settings, case, newest))
        bundle.checkpoints([newest])
        bundle.put("timeline.txt", _timeline(view).encode())
        bundle.put("reviews.json", _reviews(case))
        for name, content in reports:
            bundle.put(f"report/{name}", content)
        _put_recordings(bundle, cuts, case)
        kind = f"kind incident\nincident {view.id}\nrecordings {'whole' if whole else 'parts'}"
        bundle.sign(kind, sorted(case.entries), newest, RecordKeys(settings.record_keys_folder))
    return Exported(len(case.entries), len(cuts), len(reports), tuple(remarks))


def write_bundle(settings: Settings, order: BundleOrder) -> BundleMade:
    """For a server: into a file of its own, beside what a server that died may have left. Raises as export_incident."""
    folder = settings.run_folder / "bundles"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.iterdir():
        if _is_left(left):
            left.unlink(missing_ok=True)
    file = folder / f"{secrets.token_hex(16)}.zip"
    return BundleMade(str(file), export_view(settings, order.incident, file, whole=order.whole))


def export_view(settings: Settings, incident: str, file: Path, *, whole: bool = False) -> BundleView:
    """export_incident, and what came of it. Raises as that does."""
    written = export_incident(settings, incident, file, whole=whole)
    with file.open("rb") as zipped:
        sha256 = hashlib.file_digest(zipped, "sha256").hexdigest()
    counts = (written.entries, written.recordings, written.reports, written.remarks)
    return BundleView(incident, sha256, file.stat().st_size, *counts)


def _is_left(file: Path) -> bool:
    try:
        return file.stat().st_mtime < clock().utc.timestamp() - _LEFT_S
    except FileNotFoundError:  # it was sent, and is gone
        return False


def _read_case(settings: Settings, incident_id: str) -> _Case:
    from rangeops.adapters.store.record_reading import entries_of, reading_store
    from rangeops.domain.evidence import KEY_BEGUN
    from rangeops.domain.recordings import RECORDING, bound_in
    from rangeops.services.incident_reviews import revision_hash
    from rangeops.services.incidents import EXPORTED, evidence_of, incident_view
    from rangeops.services.recorded_incidents import recorded_incident, recorded_reviews

    with reading_store(settings.database) as work:
        incident = recorded_incident(work, incident_id)
        evidence = evidence_of(work, incident)
        case = _Case(incident_view(incident, evidence), *incident.minutes)
        case.entries.update((each.entry.seq, each.entry) for each in evidence)
        case.entries.update((each.seq, each) for each in _screens(work, incident))
        own = work.record.at_target(f"incident:{incident_id}")
        case.entries.update((each.seq, each) for each in own if each.action != EXPORTED)
        case.reviews = tuple((each, revision_hash(each)) for each in recorded_reviews(work, incident_id))
    for entry in bound_in(entries_of(settings.database, (RECORDING, KEY_BEGUN)), case.recordings):
        if entry.action == KEY_BEGUN:
            case.entries[entry.seq] = entry
    return case


def _screens(work: "UnitOfWork", incident: "Incident") -> "Iterator[AuditEntry]":
    from rangeops.services.screens import ACTION, SCREENS

    for each in work.record.evidence([SCREENS], *incident.minutes, actions=[ACTION]):
        yield each.entry


def _entry(settings: Settings, seq: int) -> "AuditEntry":
    from rangeops.adapters.store.record_reading import reading_store

    with reading_store(settings.database) as work:
        return work.record.following(seq - 1, 1)[0]


def _covering(notes: "tuple[SignedCheckpoint, ...]", case: _Case) -> "SignedCheckpoint":
    """The newest checkpoint, which covers every entry of the incident."""
    signed = notes[-1].checkpoint.size if notes else 0
    if unsigned := [seq for seq in case.entries if seq > signed]:
        raise Conflict(
            f"entries {min(unsigned)} to {max(unsigned)} of it stand in no signed checkpoint yet",
            where=f"incident {case.view.id}",
            do="Let the server run for a minute: it signs every minute.",
        )
    return notes[-1]


def _proofs(settings: Settings, case: _Case, newest: "SignedCheckpoint") -> Iterator[dict[str, Any]]:
    from rangeops.adapters.evidence_bundle import entry_line
    from rangeops.adapters.store.record_reading import entry_hashes
    from rangeops.domain.merkle import inclusion_paths

    paths = inclusion_paths([seq - 1 for seq in case.entries], entry_hashes(settings.database, newest.checkpoint.size))
    for seq in sorted(case.entries):
        yield {"entry": json.loads(entry_line(case.entries[seq])), "path": [each.hex() for each in paths[seq - 1]]}


def _timeline(view: "IncidentView") -> str:
    rows = (f"{x.utc:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"Z  {x.kind:<12} {x.text}  #{x.evidence}" for x in view.timeline)
    return "\n".join((f"{view.id} {view.title} ({view.state})", "", *rows, ""))


def _reviews(case: _Case) -> bytes:
    from rangeops.wire.messages import to_json

    return to_json([{"sha256": sha256, "review": review} for review, sha256 in case.reviews])


def _reports(folder: Path, case: _Case) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Return the reports that are as an entry of the incident names them; a remark for each other file."""
    own = (entry for entry in case.entries.values() if entry.target == f"incident:{case.view.id}")
    bodies = [json.loads(entry.payload)["body"] for entry in own if entry.action == "incident.report"]
    written = {(body["name"], body["sha256"]) for body in bodies}
    found, remarks = [], []
    for path in sorted(folder.glob(f"{case.view.id}[-.]*")):
        content = path.read_bytes()
        if (path.name, hashlib.sha256(content).hexdigest()) in written:
            found.append((path.name, content))
        else:
            remarks.append(f"{path.name} isn't what the record has a hash of: it was left out")
    return found, remarks


@dataclass(frozen=True, slots=True)
class _Cut:
    path: Path
    first_byte: int
    size_bytes: int

    def pieces(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.first_byte)
            left = self.size_bytes
            while left and (piece := file.read(min(left, 1 << 20))):
                left -= len(piece)
                yield piece


def _cuts(folder: Path, case: _Case, *, whole: bool) -> Iterator[_Cut]:
    from rangeops.adapters.mavlink.tlog_index import open_tlog
    from rangeops.domain.recordings import recordings_between

    named = (path for path in folder.glob("*.tlog") if re.fullmatch(r"[\w.-]+", path.name, re.ASCII))  # as a watch does
    for path in recordings_between(named, case.since, case.until):
        index = open_tlog(path)
        if (cut := _cut(path, index, case)) is not None:
            yield _Cut(path, 0, path.stat().st_size) if whole and path.name in case.recordings else cut


def _cut(path: Path, index: "TlogIndex", case: _Case) -> _Cut | None:
    """From the first to the last packet of these minutes: a file is in the order of time."""
    from rangeops.adapters.mavlink.tlog_index import STAMP_BYTES, frames_between

    rows = list(frames_between(index, unix_us(case.since), unix_us(case.until) + 1))
    if not rows:
        return None
    first = int(index.offset[rows[0]]) - STAMP_BYTES
    return _Cut(path, first, int(index.offset[rows[-1]] + index.length[rows[-1]]) - first)


def _put_recordings(bundle: "BundleWriter", cuts: list[_Cut], case: _Case) -> None:
    parts = []
    for cut in cuts:
        bound = case.recordings.get(cut.path.name)
        entry = None if bound is None else bound.entry
        parts.append({"file": cut.path.name, "first_byte": cut.first_byte, "entry": entry})
        bundle.lines(f"tlogs/{cut.path.name}", cut.pieces())
    bundle.put("recordings.json", json.dumps(parts, indent=1).encode())
