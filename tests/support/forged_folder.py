"""Forging moves on a range's data folder, by a person who may write everything in it and doesn't use the private key.

A move takes the folder, another folder with an older state ("old") and another range ("other"), and a source of chance. It
does nothing where an earlier move took away what it works on.
"""

import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from forged_record import chained

from rangeops.domain.audit import AuditEntry, hash_of
from rangeops.domain.checkpoints import read_checkpoint, sign

TABLES = ("slot", "clearance", "user_account", "incident", "alarm", "incident_review", "audit_subject")
FORGER = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
COLUMNS = ", ".join(field.name for field in fields(AuditEntry))
Move = Callable[[Path, Path, random.Random], None]
MOVES: dict[str, Move] = {}


def a_move(function: Move) -> Move:
    MOVES[function.__name__] = function
    return function


def on_entries(change: Callable[[list[AuditEntry], random.Random], list[AuditEntry]]) -> None:
    """A move that puts in the database what `change` makes of its entries."""

    @wraps(change)
    def moved(folder: Path, others: Path, chance: random.Random) -> None:  # a Move's signature
        with closing(sqlite3.connect(folder / "rangeops.db")) as database, database:
            rows = database.execute(f"SELECT {COLUMNS} FROM audit ORDER BY seq").fetchall()
            entries = [AuditEntry(row[0], datetime.fromisoformat(row[1]).replace(tzinfo=UTC), *row[2:]) for row in rows]
            if len(entries) < 8:
                return
            database.execute("DELETE FROM audit")
            places = ", ".join("?" * len(fields(AuditEntry)))
            stored = [(each.seq, f"{each.utc:%F %T.%f}", *astuple(each)[2:]) for each in change(entries, chance)]
            database.executemany(f"INSERT INTO audit ({COLUMNS}) VALUES ({places})", stored)

    MOVES[change.__name__] = moved


def on_tables(change: Callable[[sqlite3.Connection, random.Random], None]) -> None:
    @wraps(change)
    def moved(folder: Path, others: Path, chance: random.Random) -> None:  # a Move's signature
        with closing(sqlite3.connect(folder / "rangeops.db")) as database, database:
            database.create_function("airspace_meets", 2, lambda *_: False)
            change(database, chance)

    MOVES[change.__name__] = moved


def on_file(pattern: str) -> Callable[[Callable[[bytes, random.Random], bytes | None]], None]:
    """A move on a file's bytes; None takes the file away."""

    def made(change: Callable[[bytes, random.Random], bytes | None]) -> None:
        @wraps(change)
        def moved(folder: Path, others: Path, chance: random.Random) -> None:  # a Move's signature
            if not (found := sorted(folder.glob(pattern))):
                return
            file = chance.choice(found)
            if (content := change(file.read_bytes(), chance)) is None:
                file.unlink()
            else:
                file.write_bytes(content)

        MOVES[change.__name__] = moved

    return made


# The record's entries.


def other_text(entry: AuditEntry, chance: random.Random) -> AuditEntry:
    """The entry with one thing in it altered."""
    column = chance.choice(("payload", "actor", "role", "action", "target", "utc"))
    if column == "utc":
        return replace(entry, utc=entry.utc.replace(second=(entry.utc.second + 7) % 60))
    if column != "payload":
        return replace(entry, **{column: getattr(entry, column) + "x"})
    digits = [found.start() for found in re.finditer(r"[0-9]", entry.payload)]
    at = chance.choice(digits)
    digit = str((int(entry.payload[at]) + 1) % 10)
    return replace(entry, payload=entry.payload[:at] + digit + entry.payload[at + 1 :])


@on_entries
def edit_an_entry(entries, chance):
    at = chance.randrange(len(entries))
    return [*entries[:at], other_text(entries[at], chance), *entries[at + 1 :]]


@on_entries
def edit_an_entry_and_refit_its_hash(entries, chance):
    at = chance.randrange(len(entries))
    edited = chained([other_text(entries[at], chance)])[0]
    edited = replace(edited, seq=entries[at].seq, prev_hash=entries[at].prev_hash)
    return [*entries[:at], replace(edited, entry_hash=hash_of(edited)), *entries[at + 1 :]]


@on_entries
def edit_an_entry_and_chain_again(entries, chance):
    at = chance.randrange(len(entries))
    return chained([*entries[:at], other_text(entries[at], chance), *entries[at + 1 :]])


@on_entries
def drop_an_entry(entries, chance):
    at = chance.randrange(len(entries))
    return [*entries[:at], *entries[at + 1 :]]


@on_entries
def drop_an_entry_and_chain_again(entries, chance):
    at = chance.randrange(len(entries))
    return chained([*entries[:at], *entries[at + 1 :]])


@on_entries
def swap_two_entries_and_chain_again(entries, chance):
    one, other = sorted(chance.sample(range(len(entries)), 2))
    swapped = [*entries[:one], entries[other], *entries[one + 1 : other], entries[one], *entries[other + 1 :]]
    return chained(swapped)


@on_entries
def duplicate_an_entry_and_chain_again(entries, chance):
    at = chance.randrange(len(entries))
    return chained([*entries[: at + 1], *entries[at:]])


@on_entries
def add_an_entry(entries, chance):
    return chained([*entries, other_text(chance.choice(entries), chance)])


@on_entries
def truncate_the_entries(entries, chance):
    return entries[: chance.randrange(1, len(entries))]


# The tables that follow from them.


@on_tables
def edit_a_row(database, chance):
    table = chance.choice(TABLES)
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    rows = database.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid").fetchall()
    if not rows:
        return
    row = chance.choice(rows)
    at = chance.randrange(len(columns))
    value = row[at + 1]
    if isinstance(value, int):
        value += 1
    elif isinstance(value, str) and (digits := [found.start() for found in re.finditer(r"[0-9a-y]", value)]):
        place = chance.choice(digits)
        value = value[:place] + chr(ord(value[place]) + 1 if value[place] != "9" else ord("1")) + value[place + 1 :]
    else:
        value = "1"
    database.execute(f"UPDATE OR IGNORE {table} SET {columns[at]} = ? WHERE rowid = ?", (value, row[0]))


@on_tables
def delete_a_row(database, chance):
    table = chance.choice(TABLES)
    if rows := database.execute(f"SELECT rowid FROM {table} ORDER BY rowid").fetchall():
        database.execute(f"DELETE FROM {table} WHERE rowid = ?", chance.choice(rows))


@on_tables
def hide_a_subject(database, chance):
    subject = chance.choice(
        database.execute("SELECT DISTINCT subject FROM audit_subject ORDER BY subject").fetchall() or [("none",)]
    )
    database.execute("DELETE FROM audit_subject WHERE subject = ?", subject)


@on_tables
def add_a_user(database, chance):
    name = chance.choice("abc")
    database.execute(
        "INSERT OR IGNORE INTO user_account SELECT ?, version, 'ab', body FROM user_account ORDER BY name LIMIT 1",
        name,
    )


# The checkpoints and the keys.


def notes(content: bytes) -> list[bytes]:
    """Each note of a file of checkpoints, with the blank line behind it."""
    parts = content.split(b"\n\n")
    return [b"\n\n".join(parts[at : at + 2]) + b"\n\n" for at in range(0, len(parts) - 1, 2)]


@on_file("checkpoints/signed.txt")
def drop_a_checkpoint(content, chance):
    found = notes(content)
    if found:
        found.pop(chance.randrange(len(found)))
    return b"".join(found)


@on_file("checkpoints/signed.txt")
def swap_checkpoints(content, chance):
    found = notes(content)
    chance.shuffle(found)
    return b"".join(found)


@on_file("checkpoints/signed.txt")
def duplicate_a_checkpoint(content, chance):
    found = notes(content)
    return content + chance.choice(found) if found else content


@on_file("checkpoints/signed.txt")
def sign_checkpoints_with_another_key(content, chance):  # a change's signature
    public = FORGER.public_key().public_bytes_raw()
    try:
        signed = [read_checkpoint(each[:-1].decode()).checkpoint for each in notes(content)]
    except (ValueError, Exception):  # noqa: BLE001  # an earlier move left no checkpoint: nothing to sign
        return content
    return b"".join(f"{sign(point, public, FORGER.sign).text()}\n".encode() for point in signed)


@on_file("checkpoints/signed.txt")
def end_lines_as_windows_does(content, chance):  # a change's signature
    return content.replace(b"\n", b"\r\n")


@on_file("checkpoints/signed.txt")
def cut_the_checkpoints(content, chance):
    return content[: chance.randrange(len(content) + 1)]


@on_file("checkpoints/signed.txt")
def add_to_the_checkpoints(content, chance):
    return content + chance.randbytes(chance.randrange(1, 90))


@on_file("checkpoints/*.txt")
def take_checkpoints_away(content, chance):  # a change's signature
    return None


@on_file("checkpoints/*.txt")
def empty_the_checkpoints(content, chance):  # a change's signature
    return b""


@on_file("record-keys/newest.txt")
def take_the_keys_memory_away(content, chance):  # a change's signature
    return None


@on_file("record-keys/*.key")
def put_another_key(content, chance):  # a change's signature
    return FORGER.private_bytes_raw().hex().encode()


# Recordings, and whole states.


@on_file("tlogs/*.tlog")
def flip_a_recording(content, chance):
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@on_file("tlogs/*.tlog")
def take_a_recording_away(content, chance):  # a change's signature
    return None


@a_move
def swap_recordings(folder, others, chance):  # a Move's signature
    found = sorted(folder.glob("tlogs/*.tlog"))
    if len(found) > 1:
        one, other = chance.sample(found, 2)
        content = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)


def from_elsewhere(which: str, *names: str) -> None:
    def moved(folder: Path, others: Path, chance: random.Random) -> None:  # a Move's signature
        for name in names:
            source, target = others / which / name, folder / name
            if source.is_dir():
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(source, target)
            else:
                target.parent.mkdir(exist_ok=True)
                shutil.copy(source, target)

    MOVES[f"{'_and_'.join(names)}_of_{which}"] = moved


for _which in ("old", "other"):
    from_elsewhere(_which, "rangeops.db")
    from_elsewhere(_which, "checkpoints")
    from_elsewhere(_which, "rangeops.db", "checkpoints")
from_elsewhere("old", "rangeops.db", "checkpoints", "record-keys")
