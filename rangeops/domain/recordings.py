"""Recordings of telemetry, bound into the record by their hashes: are the files that lie there those that were recorded?"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Final, TypeVar

from rangeops.domain.audit import AuditEntry

RECORDING: Final = "watch.recording"  # the action of an entry that names a recording which ended

LONGEST: Final = timedelta(hours=1)  # a recording goes on no longer
STAMP: Final = "%Y%m%dT%H%M%SZ"  # when it begins; its name begins with it, then a hyphen and the link
P = TypeVar("P", bound=PurePath)


@dataclass(frozen=True, slots=True)
class BoundRecording:
    """entry: of the record, which says so. watch: whose machine it lies on."""

    entry: int
    watch: str
    file: str
    sha256: str
    size_bytes: int


@dataclass(slots=True)
class RecordingFindings:
    """What holding files against the record came to. changed, missing: sentences; elsewhere: how many lie with other
    watches; unbound: files that no entry names, as those that are being written.
    """

    same: int = 0
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    elsewhere: int = 0
    unbound: int = 0

    @property
    def holds(self) -> bool:
        return not self.changed and not self.missing


def bound_in(entries: Iterable[AuditEntry], bound: dict[str, BoundRecording]) -> Iterator[AuditEntry]:
    """The same entries; on their way each recording that one names is put into `bound`. The first word on a file counts."""
    for entry in entries:
        if entry.action == RECORDING and (found := recording_of(entry)) is not None:
            bound.setdefault(found.file, found)
        yield entry


def recording_of(entry: AuditEntry) -> BoundRecording | None:
    """None for an entry that can't be read: the chain says what is wrong with it."""
    try:
        body = json.loads(entry.payload)["body"]
        of = body["of"]
        return BoundRecording(entry.seq, body["watch"], str(of["file"]), of["sha256"], int(of["size_bytes"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def held_against(
    bound: Iterable[BoundRecording], present: Iterable[str], watch: str, hash_of: Callable[[str], str]
) -> RecordingFindings:
    """watch: whose folder this is. present: the files in it. hash_of: SHA-256 of one of them, in hex."""
    found, there = RecordingFindings(), set(present)
    known = {each.file: each for each in bound}
    for each in known.values():
        if each.file not in there:
            if each.watch == watch:
                found.missing.append(f"{each.file} isn't there any more: entry {each.entry} names it")
            else:
                found.elsewhere += 1
        elif hash_of(each.file) == each.sha256:
            found.same += 1
        else:
            found.changed.append(f"{each.file} isn't what was recorded: entry {each.entry} has another hash of it")
    found.unbound = len(there - known.keys())
    return found


def recordings_between(paths: Iterable[P], since: datetime, until: datetime) -> Iterator[P]:
    """Those that may hold packets of these minutes, by the time in their names, in the order of their names.

    Other files are somebody's own, and no recordings of a watch.
    """
    for path in sorted(paths):
        try:
            begins = datetime.strptime(path.name.partition("-")[0], STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        if since - LONGEST <= begins <= until:
            yield path
