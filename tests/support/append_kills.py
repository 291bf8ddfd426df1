"""Processes that append to a record and are killed (SIGKILL) at any point of it; and what is left, held against what they said.

A life opens the real store (SQLite, synchronous FULL) and its checkpoint desk, and appends changes of a few entries each.
Behind each commit it says through a pipe what is recorded now, behind each checkpoint what is signed: what was said is
acknowledged. A fork server has everything loaded, so that a life begins within milliseconds.
"""

import json
import multiprocessing
import os
import random
import select
import shutil
import struct
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Final

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys, verifies
from rangeops.adapters.store.opening import open_store
from rangeops.adapters.store.record_reading import reading_record
from rangeops.domain.audit import AuditEntry
from rangeops.domain.evidence import verify
from rangeops.domain.now import Now, of_unix_us
from rangeops.services.changes import SERVER, Changes
from rangeops.services.checkpoints import CheckpointDesk

RANGE: Final = "twente"
LIVES_A_RECORD: Final = 50  # then a new one: reading all of it after each kill is what takes the time
MOST_ENTRIES: Final = 12  # of one change
MOST_SAID: Final = 6  # acknowledgements that are waited for before a kill …
LATEST_S: Final = 0.02  # … and how long after the last of them: some commits
EARLY: Final = 0.1  # the share of lives that are killed while they begin
BEGINS_S: Final = 0.15
LONGEST_WAIT_S: Final = 30.0
_LOADED: Final = [  # by the fork server, which finds no module of the tests
    module.__module__ for module in (FolderOfCheckpoints, open_store, reading_record, CheckpointDesk)
]
_SAID: Final = struct.Struct(">cQ32s")  # kind, number, hash; written at once, so whole
_ENTRY: Final = b"e"
_NOTE: Final = b"c"
_STARTED_US: Final = 1_795_500_000_000_000


@dataclass
class Said:
    """What the lives of one record acknowledged: entries and signed sizes, by number, with their hashes."""

    entries: dict[int, bytes] = field(default_factory=dict)
    notes: dict[int, bytes] = field(default_factory=dict)

    def take(self, data: bytes) -> None:
        for kind, number, head in _SAID.iter_unpack(data):
            (self.entries if kind == _ENTRY else self.notes)[number] = head


@dataclass
class Judged:
    """unsaid: kills behind which a change was stored that nobody had acknowledged yet: they came between the two.
    torn: kills that left a checkpoint unfinished. wrong: the kills after which something isn't as it must be.
    """

    kills: int = 0
    acknowledged: int = 0
    unsaid: int = 0
    torn: int = 0
    wrong: list[str] = field(default_factory=list)


def live(folder: str, says: Connection, seed: int) -> None:
    """Append until killed."""
    data, chance = Path(folder), random.Random(seed)
    store = open_store(f"sqlite:///{data / 'rangeops.db'}")
    changes = Changes(store, lambda _notice: None)
    desk = CheckpointDesk(
        changes,
        RANGE,
        signer=RecordKeys(data / "record-keys"),
        shelf=FolderOfCheckpoints(data / "checkpoints"),
        clock_word=lambda: "synchronised",
    )
    number = 0
    while True:
        number += 1
        now = Now(time.monotonic(), of_unix_us(_STARTED_US + seed * 1000 + number))
        if chance.random() < 0.25:
            point = desk.sign_now(now).checkpoint
            os.write(says.fileno(), _SAID.pack(_NOTE, point.size, bytes.fromhex(point.head)))
            continue
        size = chance.randint(1, MOST_ENTRIES)
        with changes.begin(now, SERVER) as change:
            for part in range(1, size + 1):
                body = {"life": seed, "part": part, "of": size, "padding": "x" * chance.randint(0, 900)}
                entry = change.record("note", "range", f"note {number}", body, about=["range", "vehicle:7"])
        os.write(says.fileno(), _SAID.pack(_ENTRY, entry.seq, bytes.fromhex(entry.entry_hash)))


def kill_rounds(folder: Path, seed: int, kills: int) -> Judged:
    """So many lives, one after the other, a record for every LIVES_A_RECORD of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    chance, judged = random.Random(seed), Judged()
    data, said = folder, Said()
    for number in range(kills):
        if number % LIVES_A_RECORD == 0:
            shutil.rmtree(folder / "record", ignore_errors=True)
            data, said = folder / "record", Said()
            data.mkdir(parents=True)
        heard = one_life(context, data, chance, seed * 10_000 + number)
        said.take(heard)
        judged.kills += 1
        judged.acknowledged += len(heard) // _SAID.size
        if wrong := judge(data, said, judged):
            judged.wrong.append(f"kill {number}: {wrong[0]}")
    return judged


def one_life(context: ForkServerContext, data: Path, chance: random.Random, seed: int) -> bytes:
    """Begin it, let it say a few things, kill it somewhere in what follows; all that it said."""
    hears, says = context.Pipe(duplex=False)
    life = context.Process(target=live, args=(str(data), says, seed))
    life.start()
    says.close()
    assert life.pid is not None
    heard = b""
    try:
        if chance.random() < EARLY:
            time.sleep(chance.uniform(0.0, BEGINS_S))
        else:
            wanted = chance.randint(1, MOST_SAID) * _SAID.size
            while len(heard) < wanted:
                heard += _next(hears.fileno())
            time.sleep(chance.uniform(0.0, LATEST_S))
    finally:
        life.kill()
        life.join()
    with hears:
        while piece := os.read(hears.fileno(), 1 << 16):
            heard += piece
    return heard


def _next(fd: int) -> bytes:
    """What comes next. Raises AssertionError where the life ended by itself, or says nothing."""
    ready, _, _ = select.select([fd], [], [], LONGEST_WAIT_S)
    assert ready, "it says nothing"
    piece = os.read(fd, 1 << 16)
    assert piece, "it ended by itself"
    return piece


def judge(data: Path, said: Said, judged: Judged) -> list[str]:
    """What is wrong with what is left, as `rangeops audit verify` and whoever starts next find it."""
    database = data / "rangeops.db"
    if not said.entries and not said.notes:
        return []  # killed before its first word: there need be no record yet
    with reading_record(f"sqlite:///{database}") as rows:
        entries = list(rows)
    shelf = FolderOfCheckpoints(data / "checkpoints")
    notes = shelf.all()
    trusted = [RecordKeys(data / "record-keys").public_key()] if notes else []
    found = verify(entries, notes, range_id=RANGE, trusted=trusted, verifies=verifies)
    judged.unsaid += found.entries > max(said.entries.keys() | said.notes.keys())
    signed = data / "checkpoints" / "signed.txt"
    judged.torn += signed.exists() and signed.read_text() != "".join(f"{note.text()}\n" for note in notes)
    faults = [
        fault.why for fault in found.faults if notes or fault.seq is not None
    ]  # killed before it signed: no fault
    return [*faults, *_lost(entries, said), *_unsigned(notes, said), *_halves(entries)]


def _lost(entries: list[AuditEntry], said: Said) -> list[str]:
    return [
        f"entry {number} was acknowledged, and isn't there"
        for number, head in said.entries.items()
        if number > len(entries) or entries[number - 1].entry_hash != head.hex()
    ]


def _unsigned(notes, said: Said) -> list[str]:
    known = {(note.checkpoint.size, note.checkpoint.head) for note in notes}
    return [
        f"the checkpoint of {number} entries was acknowledged, and isn't there"
        for number, head in said.notes.items()
        if (number, head.hex()) not in known
    ]


def _halves(entries: list[AuditEntry]) -> list[str]:
    """Changes of which a part is there; and a record that was accused of being another one."""
    wrong, due = [], 0
    for entry in entries:
        body = json.loads(entry.payload)["body"]
        if entry.action == "record.parted":
            wrong.append(f"entry {entry.seq}: {body['why']}")
        part, of = (body["part"], body["of"]) if entry.action == "note" else (1, 1)
        if part != due + 1:
            wrong.append(f"a change before entry {entry.seq} is there by half")
        due = 0 if part == of else part
    return wrong if due == 0 else [*wrong, "the last change is there by half"]
