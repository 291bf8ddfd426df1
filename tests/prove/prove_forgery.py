"""A forger who knows how evidence is made: moves on a data folder and on bundles, alone and in pairs at random.

Each result must be found, or harmless by proof: what is verified is what was recorded, byte for byte. A forger here can
write every file and doesn't use the private key; the range's public key and one copy of its checkpoints are elsewhere.
"""

import random
import shutil
import sqlite3
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence_range import copied, evidence_range
from forged_folder import MOVES
from forging import BUNDLE_MOVES
from proof import Proof

from rangeops.adapters.check import check
from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys, public_pem, verifies
from rangeops.adapters.store.opening import open_store
from rangeops.adapters.store.record_reading import reading_record, reading_store
from rangeops.auditing import export, own_keys, verify
from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.exporting import export_incident
from rangeops.services.changes import Changes
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.settings import Settings

TRIALS = 100_000
INCIDENT = "INC-2026-0001"
_VALUES = ("body", "details", "cleared")  # compared as what they say: any number but 0 is true
_TABLES = ("slot", "clearance", "user_account", "incident", "alarm", "incident_review", "audit_subject")


@dataclass
class World:
    """folder: the genuine data folder, the older state ("old"), another range ("other"), and bundles of each."""

    folder: Path
    key: Path
    kept: Path
    entries: list[str]
    signed_to: int
    stored: Any
    bundles: list[Path]
    genuine: list[dict[str, bytes]]

    @property
    def data(self) -> Path:
        return self.folder / "data"


@dataclass
class Outcome:
    found: int = 0
    harmless: int = 0
    missed: list[str] = field(default_factory=list)
    by_move: Counter[str] = field(default_factory=Counter)  # how often each was part of a forgery that was found


def proofs(seed: int) -> Iterable[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        outcome = forged(Path(folder), seed, TRIALS)
        idle = sorted({*MOVES, *BUNDLE_MOVES} - outcome.by_move.keys())
        note = (
            f"{outcome.found} found, {outcome.harmless} harmless: what is verified is what was recorded; "
            f"missed: {', '.join(outcome.missed[:5]) or 'none'}; moves never found: {', '.join(idle) or 'none'}"
        )
        yield Proof("forged_evidence", TRIALS, len(outcome.missed), seed, not outcome.missed and not idle, note)


def forged(folder: Path, seed: int, trials: int) -> Outcome:
    """Of every three trials one is a data folder."""
    world, outcome = made(folder), Outcome()
    for number in range(trials):
        chance = random.Random(f"{seed}/{number}")
        moves, judge = (MOVES, of_folder) if number % 3 == 0 else (BUNDLE_MOVES, of_bundle)
        names = chance.sample(sorted(moves), chance.choice((1, 2, 2)))
        verdict = judge(world, [moves[name] for name in names], chance)
        if verdict == "found":
            outcome.found += 1
            outcome.by_move.update(names)
        elif verdict == "harmless":
            outcome.harmless += 1
        else:
            outcome.missed.append(f"trial {number} ({' + '.join(names)}): {verdict}")
    return outcome


def made(folder: Path) -> World:
    kept_bundles = folder / "bundles"
    kept_bundles.mkdir()
    older = kept_bundles / "older.zip"

    def midway(settings: Settings) -> None:
        copied(settings.data, folder / "old")
        export(settings, older)

    settings = evidence_range(folder / "data", midway=midway)
    other = evidence_range(folder / "other", callsign="X99")
    key, kept = folder / "range.pem", folder / "kept.txt"
    key.write_text(public_pem(own_keys(settings)[-1]))
    shutil.copy(settings.checkpoint_folder / "signed.txt", kept)
    bundles = [older, *(kept_bundles / name for name in ("record.zip", "incident.zip", "whole.zip"))]
    export(settings, bundles[1])
    for whole, bundle in ((False, bundles[2]), (True, bundles[3])):
        export_incident(settings, INCIDENT, bundle, whole=whole)
    export_incident(other, INCIDENT, kept_bundles / "other.zip")
    found = verify(settings, keys=[key], kept=[kept])
    assert found.holds, found
    entries = hashes(settings)
    return World(
        folder,
        key,
        kept,
        entries,
        found.findings.signed_to,
        stored(settings),
        bundles,
        [content(each) for each in bundles],
    )


def of_folder(world: World, moves: list[Callable[..., None]], chance: random.Random) -> str:
    settings = copied(world.data, world.folder / "forged")
    for move in moves:
        try:
            move(settings.data, world.folder, chance)
        except sqlite3.Error:  # an earlier move left no such table or row
            continue
    try:
        if chance.random() < 0.3:
            sign(settings)
        found = verify(settings, keys=[world.key], kept=[world.kept])
    except RangeopsError:
        return "found"
    if not found.holds:
        return "found"
    entries = hashes(settings)
    if found.findings.signed_to < world.signed_to or entries[: world.signed_to] != world.entries[: world.signed_to]:
        return "what was signed isn't what was verified"
    if entries[: len(world.entries)] != world.entries:  # only behind the last checkpoint, and `verify` says so
        return "harmless" if found.findings.remarks else "nothing says that the tail is unsigned"
    return "harmless" if stored(settings) == world.stored or len(entries) > len(world.entries) else "a row differs"


def of_bundle(world: World, moves: list[Callable[..., None]], chance: random.Random) -> str:
    bundle = world.folder / "forged.zip"
    shutil.copy(chance.choice(world.bundles), bundle)
    for move in moves:
        move(bundle, world.folder / "bundles", chance)
    code, _ = check(bundle, [world.key], verifies)
    if code:
        return "found"
    return "harmless" if content(bundle) in world.genuine else "a bundle that differs is proved"


def sign(settings: Settings) -> None:
    """As the server does that is started on the folder. Raises RangeopsError where it refuses."""
    store = open_store(settings.database)
    try:
        desk = CheckpointDesk(
            Changes(store, lambda _notice: None),
            settings.range,
            signer=RecordKeys(settings.record_keys_folder),
            shelf=FolderOfCheckpoints(settings.checkpoint_folder),
            clock_word=lambda: "synchronised",
        )
        desk.sign_now(Now(9000.0, _later(settings)))
    finally:
        store.close()


def _later(settings: Settings) -> Any:
    with reading_record(settings.database) as entries:
        return max(entry.utc for entry in entries)


def hashes(settings: Settings) -> list[str]:
    with reading_record(settings.database) as entries:
        return [entry.entry_hash for entry in entries]


def stored(settings: Settings) -> Any:
    """What the tables say: their columns, and the values in their JSON."""
    with closing(sqlite3.connect(settings.data / "rangeops.db")) as database:
        database.row_factory = lambda cursor, row: {
            column[0]: each for column, each in zip(cursor.description, row, strict=True)
        }
        columns = [
            sorted(
                repr([(name, value) for name, value in row.items() if name not in _VALUES])
                for row in database.execute(f"SELECT * FROM {table}")
            )
            for table in _TABLES
        ]
    with reading_store(settings.database) as work:
        slots = work.slots.all()
        clearances = work.clearances.of([slot.id for slot in slots])
        return (
            columns,
            slots,
            clearances,
            work.users.all(),
            work.incidents.all(),
            work.alarms.all(),
            work.incident_reviews.newest(),
        )


def content(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
