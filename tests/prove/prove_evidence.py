"""10,000 mutations of a record's bytes, each found: in an exported bundle, in the checkpoints, in the database's own file.

A mutation that changes nothing that the record says (SQLite's free pages, its indexes) is counted apart: the chain covers
what was recorded, not the file that it lies in.
"""

import random
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from desk import NOON
from proof import Proof

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys, public_pem
from rangeops.adapters.store.opening import open_store
from rangeops.auditing import check_bundle, export, own_keys, verify
from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.settings import Settings

MUTATIONS = 10_000
ENTRIES = 60
EACH = 20  # entries between two checkpoints


def proofs(seed: int) -> Iterable[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-prove-") as folder:
        yield mutated(Path(folder), seed, MUTATIONS)


def mutated(folder: Path, seed: int, count: int) -> Proof:
    settings = Settings(data=folder / "data", port=0)
    settings.data.mkdir()
    record(settings)
    key = folder / "range.pem"
    key.write_text(public_pem(own_keys(settings)[-1]))
    bundle = folder / "record.zip"
    export(settings, bundle)
    chance = random.Random(seed)
    found, outside, missed = 0, 0, []
    for number in range(count):
        place = chance.choice(("bundle", "checkpoints", "database"))
        detected, changed = MUTATE[place](settings, folder, bundle, key, chance)
        found += detected
        outside += not detected and not changed
        if changed and not detected:
            missed.append(f"{place} {number}")
    note = f"{found} found, {outside} changed nothing that is recorded; missed: {', '.join(missed[:5]) or 'none'}"
    return Proof("tampered_bytes", count, len(missed), seed, not missed, note)


def record(settings: Settings) -> None:
    store = open_store(settings.database)
    changes = Changes(store, lambda _notice: None)
    shelf = FolderOfCheckpoints(settings.checkpoint_folder)
    desk = CheckpointDesk(
        changes,
        settings.range,
        signer=RecordKeys(settings.record_keys_folder),
        shelf=shelf,
        clock_word=lambda: "synchronised",
    )
    for part in range(ENTRIES // EACH):
        now = Now(1000.0 + part, NOON + timedelta(seconds=part))
        with changes.begin(now, SERVER) as change:
            for number in range(EACH):
                body = {"number": part * EACH + number, "speed": number * 0.1}
                change.record("note", f"slot:S{number}", f"note {number} ✈", body, about=["range"])
        desk.sign_now(now)
    store.close()
    with closing(sqlite3.connect(settings.data / "rangeops.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def holds(settings: Settings, key: Path) -> bool:
    """False too where it can't even be read: that is found as well. The whole record is known to have ended where it did."""
    try:
        return verify(settings, keys=[key], kept=[]).holds
    except RangeopsError:
        return False


def changed_bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    kind = chance.choice(("flip", "flip", "drop", "put", "swap"))
    if kind == "flip":
        return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]
    size = chance.randrange(1, 200)
    if kind == "drop":
        return data[:at] + data[at + size :]
    if kind == "put":
        return data[:at] + chance.randbytes(size) + data[at:]
    other = chance.randrange(len(data))
    first, last = min(at, other), max(at, other)
    return data[:first] + data[last : last + 1] + data[first + 1 : last] + data[first : first + 1] + data[last + 1 :]


def in_bundle(settings: Settings, folder: Path, bundle: Path, key: Path, chance: random.Random) -> tuple[bool, bool]:
    """In the entries' lines."""
    del settings
    with zipfile.ZipFile(bundle) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    before = members["record.jsonl"]
    members["record.jsonl"] = changed_bytes(before, chance)
    other = folder / "other.zip"
    with zipfile.ZipFile(other, "w") as written:
        for name, data in members.items():
            written.writestr(name, data)
    return check_bundle(other, [key], [])[0] != 0, members["record.jsonl"] != before


def in_checkpoints(
    settings: Settings, folder: Path, bundle: Path, key: Path, chance: random.Random
) -> tuple[bool, bool]:
    del folder, bundle
    path = settings.checkpoint_folder / "signed.txt"
    before = path.read_bytes()
    after = changed_bytes(before, chance)
    path.write_bytes(after)
    detected = not holds(settings, key)
    path.write_bytes(before)
    return detected, after != before


def in_database(settings: Settings, folder: Path, bundle: Path, key: Path, chance: random.Random) -> tuple[bool, bool]:
    del bundle
    path, copy = settings.data / "rangeops.db", folder / "rangeops.db"
    if not copy.exists():
        shutil.copy(path, copy)
    before = copy.read_bytes()
    for left in settings.data.glob("rangeops.db-*"):
        left.unlink()
    path.write_bytes(changed_bytes(before, chance))
    detected = not holds(settings, key)
    same = said(path) == said(copy)
    path.write_bytes(before)
    return detected, not same


def said(path: Path) -> list[str] | None:
    """What the record says, whoever verifies it; None where it can't be read."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return [repr(row) for row in database.execute("SELECT * FROM audit ORDER BY seq")]
    except (sqlite3.Error, UnicodeDecodeError):
        return None


MUTATE = {"bundle": in_bundle, "checkpoints": in_checkpoints, "database": in_database}
