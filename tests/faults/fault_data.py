"""The database brought up from every earlier schema, restored elsewhere, and a restore that is killed: nothing lost, nothing by half."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory
from desk import NOON, TWENTE, Desk, TomlAirframes
from flight_out import chance
from promised import Promised

from rangeops.adapters.store.engines import open_engine
from rangeops.adapters.store.opening import alembic_config, check_store, downgrade, open_store, revision_of
from rangeops.adapters.store.record_reading import reading_record
from rangeops.domain.audit import first_fault
from rangeops.domain.slots import SlotEvent
from rangeops.services.airspace import AirspaceBook, secure
from rangeops.services.changes import SERVER
from rangeops.settings import Settings

LATER_TABLES = frozenset({"alembic_version"})
KILLS = 8
ENTRIES = 20_000
WITHIN_S = 90.0


def settings_in(folder: Path) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(data=folder, port=0, simulation=True)


def worked(settings: Settings, entries: int = 200) -> None:
    """A database with a morning's work: plans, slots in several states, clearances, a record."""
    desk = Desk(open_store(settings.database, AirspaceBook(TWENTE, TomlAirframes())))
    desk.submit()
    desk.cleared()
    desk.move(desk.book(start_minutes=120), SlotEvent.CANCEL)
    desk.book(start_minutes=240)
    with desk.services.booking._changes.begin(desk.now, SERVER) as change:
        for number in range(entries):
            change.record("note", "range", f"note {number}", {"number": number}, about=["range"])
    desk.store.close()


def command(settings: Settings, *words: str, **how) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "rangeops", *words], env={**os.environ, **settings.environment()}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how,
    )  # fmt: skip


def said(settings: Settings, *words: str) -> tuple[int, str]:
    """Of `rangeops …`: its exit code and what it said."""
    process = command(settings, *words)
    out, error = process.communicate(timeout=WITHIN_S)
    return process.returncode, f"{out}{error}".strip()


def rows_of(database: Path, tables: frozenset[str] | None = None) -> dict[str, list[dict]]:
    """Every row by table, those given or all, in a fixed order."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted((dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')), key=repr)
            for name in names
            if name not in LATER_TABLES and (tables is None or name in tables)
        }


def changed(before: dict[str, list[dict]], after: dict[str, list[dict]]) -> list[str]:
    """Tables whose rows aren't the same any more, in the columns that both have."""
    wrong = []
    for name, old in before.items():
        if name not in after:
            continue  # an index of an R-Tree may be made anew under another name
        columns = set(old[0]) & set(after[name][0]) if old and after[name] else set()
        kept = [sorted(repr({key: row[key] for key in sorted(columns)}) for row in rows) for rows in (old, after[name])]
        if len(old) != len(after[name]) or kept[0] != kept[1]:
            wrong.append(f"{name} has other rows")
    return wrong


def verified(settings: Settings) -> list[str]:
    """What `rangeops store check` looks at, and the chain of the record."""
    with reading_record(settings.database) as entries:
        broken = first_fault(list(entries))
    return [*check_store(settings.database, NOON), *([] if broken is None else [broken.why])]


def upgraded() -> tuple[str, bool]:
    """A database with data, as each earlier revision had it; `rangeops store upgrade`, a process, brings it up, and a server's start holds its slots."""
    wrong, revisions, counted = [], [], 0
    with tempfile.TemporaryDirectory(prefix="rangeops-upgrade-") as folder:
        newest = settings_in(Path(folder) / "newest")
        worked(newest)
        engine = open_engine(newest.database)
        with engine.connect() as connection:
            script = ScriptDirectory.from_config(alembic_config(connection))
            earlier = [each.revision for each in script.walk_revisions()][1:]
        engine.dispose()
        for revision in earlier:
            settings = settings_in(Path(folder) / revision)
            with (
                closing(sqlite3.connect(newest.data / "rangeops.db")) as source,
                closing(sqlite3.connect(settings.data / "rangeops.db")) as copy,
            ):
                source.backup(copy)
            engine = open_engine(settings.database)
            downgrade(engine, revision)
            with engine.connect() as connection:
                assert revision_of(connection) == revision
            engine.dispose()
            before = rows_of(settings.data / "rangeops.db")
            code, answer = said(settings, "store", "upgrade")
            after = rows_of(settings.data / "rangeops.db")
            faults = changed(before, after) + ([] if code == 0 else [answer])
            begun = Desk(open_store(settings.database, AirspaceBook(TWENTE, TomlAirframes())))
            secure(
                begun.services.changes, begun.now
            )  # as a server does when it starts: earlier schemas held no airspace
            begun.store.close()
            counted += sum(map(len, before.values()))
            revisions.append(revision)
            wrong += [f"from {revision}: {each}" for each in faults + verified(settings)]
    sentence = f"{len(revisions)} earlier revisions, {counted} rows; {'; '.join(wrong[:3]) or 'every row there, every chain holds'}"
    return sentence, not wrong and len(revisions) > 5


def heads(settings: Settings) -> tuple[int, str]:
    """How many entries, and the last one's hash."""
    with closing(sqlite3.connect(settings.data / "rangeops.db")) as database:
        found = database.execute("SELECT seq, entry_hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return found or (0, "")


def restored_elsewhere() -> tuple[str, bool]:
    """A backup from a range that is at work; restored into another folder; and a range started there."""
    wrong = []
    with tempfile.TemporaryDirectory(prefix="rangeops-restore-") as folder:
        first, second = settings_in(Path(folder) / "first"), settings_in(Path(folder) / "elsewhere" / "second")
        worked(first)
        with serving(first):
            code, answer = said(first, "store", "backup", str(Path(folder) / "copy.db"))
            wrong += [] if code == 0 else [f"backup: {answer}"]
        code, answer = said(second, "store", "restore", str(Path(folder) / "copy.db"))
        wrong += [] if code == 0 else [f"restore: {answer}"]
        seq, entry_hash = heads(second)
        with closing(sqlite3.connect(first.data / "rangeops.db")) as database:
            there = database.execute("SELECT entry_hash FROM audit WHERE seq = ?", [seq]).fetchone()
        if there is None or there[0] != entry_hash:
            wrong.append(f"entry {seq} is another one")
        with serving(second) as started_s:
            pass
        wrong += verified(second)
    sentence = f"{seq} entries, the same head; the range there answered after {started_s:.1f} s; {'; '.join(wrong[:3]) or 'nothing missing'}"
    return sentence, not wrong


class serving:  # noqa: N801  # a context manager, named as one
    """`rangeops serve` on a folder until the block ends; how long it took to answer."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> float:
        began_s = time.monotonic()
        self.process = command(self.settings, "serve", start_new_session=True)
        while not self.settings.server_file.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() - began_s < WITHIN_S, "it didn't start"
            time.sleep(0.05)
        assert json.loads(self.settings.server_file.read_text())["url"]
        return time.monotonic() - began_s

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=WITHIN_S)


def restored_in_place() -> tuple[str, bool]:
    """A backup; then orders that it knows nothing of; and the backup put back where the watch has these on its disk."""
    wrong = []
    with tempfile.TemporaryDirectory(prefix="rangeops-put-back-") as folder:
        settings, copy = settings_in(Path(folder) / "range"), str(Path(folder) / "copy.db")
        worked(settings)

        def told(*words: str) -> None:
            code, answer = said(settings, *words)
            wrong.extend([] if code == 0 else [f"{' '.join(words)}: {answer}"])

        with serving(settings):
            before = taken_above(settings, 0)
            told("store", "backup", copy)
            for port in range(24_601, 24_605):
                told("link", "add", f"udpin:127.0.0.1:{port}")
            later = taken_above(settings, before + 3)
        for path in settings.data.glob("rangeops.db*"):
            path.rename(Path(folder) / path.name)
        told("store", "restore", copy)
        with serving(settings):
            above = taken_above(settings, later)
            began_s = time.monotonic()
            told("link", "add", "udpin:127.0.0.1:24609")
            newest = taken_above(settings, above)
            took_s = time.monotonic() - began_s
        with reading_record(settings.database) as entries:
            said_so = [each for each in entries if each.action == "orders.issue" and "was put back" in each.payload]
        wrong += [] if len(said_so) == 1 else [f"said {len(said_so)} times in the record"]
        wrong += verified(settings)
    sentence = (
        f"the backup knew orders {before}, the watch {later}; then {above} were issued, and taken; those of the next change, {newest}, "
        f"{took_s:.1f} s after it was asked for; {'; '.join(wrong[:3]) or 'said once in the record'}"
    )
    return sentence, not wrong and took_s < 10.0


def taken_above(settings: Settings, version: int) -> int:
    """The newest orders that the watch says it has taken, once there are any above this version."""
    deadline_s = time.monotonic() + WITHIN_S
    while True:
        with closing(sqlite3.connect(settings.data / "rangeops.db")) as database:
            rows = database.execute("SELECT payload FROM audit WHERE action = 'watch.orders'").fetchall()
        newest = max((json.loads(payload)["body"]["of"]["version"] for (payload,) in rows), default=0)
        if newest > version:
            return int(newest)
        assert time.monotonic() < deadline_s, f"nothing above orders {version} taken in {WITHIN_S:.0f} s: {newest}"
        time.sleep(0.1)


def restore_killed() -> tuple[str, bool]:
    """At seeded moments between its start and its usual end."""
    wrong, moments, left = [], chance("restore-killed"), {"nothing": 0, "all": 0}
    with tempfile.TemporaryDirectory(prefix="rangeops-killed-") as folder:
        source, copy = settings_in(Path(folder) / "source"), Path(folder) / "copy.db"
        worked(source, ENTRIES)
        assert said(source, "store", "backup", str(copy))[0] == 0
        wanted = heads(source)
        began_s = time.monotonic()
        assert said(settings_in(Path(folder) / "whole"), "store", "restore", str(copy))[0] == 0
        whole_s = time.monotonic() - began_s
        for number in range(KILLS):
            target = settings_in(Path(folder) / f"target-{number}")
            process = command(target, "store", "restore", str(copy))
            time.sleep(whole_s * moments.uniform(0.3, 1.0))
            process.kill()
            process.communicate()
            database = target.data / "rangeops.db"
            found = (
                heads(target) if database.exists() and "audit" in rows_of(database, frozenset({"audit"})) else (0, "")
            )
            if found not in ((0, ""), wanted):
                wrong.append(f"kill {number}: {found[0]} of {wanted[0]} entries")
            left["all" if found == wanted else "nothing"] += 1
            code, answer = said(target, "store", "restore", str(copy))
            if (code == 0) == (found == wanted) or heads(target) != wanted:
                wrong.append(f"kill {number}, then again: {answer}")
    sentence = f"{KILLS} kills within {whole_s:.1f} s: {left['nothing']} left nothing, {left['all']} all; {'; '.join(wrong[:3]) or 'done again after each'}"
    return sentence, not wrong and left["nothing"] > 0


FAULTS = (
    Promised(
        id="schema-upgrade",
        promise="A database of any earlier schema, with data, is brought up whole: no row and no entry is lost, and the chain"
        " verifies.",
        how="a database with work in it, taken down to each earlier revision; `rangeops store upgrade` brings it up, a server's start holds its slots; each row compared",
        limit="each earlier revision; 0 rows lost; a check of the database and its chain finds nothing",
        attempt=upgraded,
    ),
    Promised(
        id="restore-elsewhere",
        promise="A backup that was made while the range worked is restored into another folder, and a range starts there on the"
        " same record.",
        how="`rangeops store backup` beside `rangeops serve`, `store restore` into an empty folder, `serve` there",
        limit="the same entries to the head of the backup; the range there answers; a check of the database and its chain finds nothing",
        attempt=restored_elsewhere,
    ),
    Promised(
        id="restore-in-place",
        promise="A backup that is put back under a watch with later orders stops nothing: orders above the watch's own are issued by"
        " themselves, and the record says why.",
        how="`rangeops store backup` beside `rangeops serve`, four more orders taken, the database moved away, `store restore`, `serve`, and one more change",
        limit="the watch takes orders above its own at once, and those of the next change within 10 s; said once in the record",
        attempt=restored_in_place,
    ),
    Promised(
        id="restore-killed",
        promise="A restore that is killed at any moment leaves an empty database or a whole one, and can be done again.",
        how=f"SIGKILL at {KILLS} seeded moments of `rangeops store restore` of 20,000 entries; then again, to its end",
        limit="0 parts; each time whole in the end",
        attempt=restore_killed,
    ),
)
