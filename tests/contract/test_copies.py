"""A backup is whole, of one moment, and comes back on either database; damage is found and told."""

import os
import re
import sqlite3
import threading

import pytest
from desk import TWENTE, Desk, TomlAirframes
from sqlalchemy import text

from rangeops.adapters.store import copies
from rangeops.adapters.store.copies import back_up, restore
from rangeops.adapters.store.opening import STORES, check_store, open_store, upgrade_store
from rangeops.domain.audit import first_fault
from rangeops.domain.errors import Conflict, Damaged, NotFound, RangeopsError, Unavailable
from rangeops.domain.slots import SlotEvent
from rangeops.services.airspace import AirspaceBook

DATABASES = sorted(set(STORES) - {"memory"})


@pytest.fixture(params=DATABASES)
def url(request, empty_store):
    return empty_store(request.param)


def desk_on(url):
    return Desk(open_store(url, AirspaceBook(TWENTE, TomlAirframes())))


def at_work(url):
    """A morning's work: a plan, slots in several states, an approved one."""
    desk = desk_on(url)
    desk.submit()
    desk.move(desk.book(), SlotEvent.APPROVE)
    desk.move(desk.book(start_minutes=120), SlotEvent.CANCEL)
    desk.book(start_minutes=240)
    return desk


def content(store):
    with store.read() as work:
        return (
            work.slots.all(),
            work.plans.all(),
            [work.plans.content(plan.id) for plan in work.plans.all()],
            work.record.following(0, 1_000_000),
            work.links.all(),
        )


@pytest.mark.parametrize("into", DATABASES)
def test_a_backup_comes_back_whole_on_either_database(url, into, empty_store, tmp_path):
    desk = at_work(url)
    with desk.store.write() as work:
        work.links.add("udpin:127.0.0.1:14550")
    back_up(url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    target = empty_store(into) if into == "postgresql" else f"sqlite:///{tmp_path / 'restored.db'}"
    restore(target, tmp_path / "copy.db")
    again = desk_on(target)
    assert content(again.store) == content(desk.store)
    assert check_store(target, desk.now.utc) == ()
    with again.store.write() as work:
        work.links.add("serial:later")  # its number follows those that were copied
    with pytest.raises(Conflict, match="S1"):
        again.move(again.book(sysid=8), SlotEvent.APPROVE)
    assert sorted(path.name for path in tmp_path.iterdir() if "partial" in path.name) == []
    for each in (desk, again):
        each.store.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            sqlite3.OperationalError("database or disk is full"),
            "copy.db: it can't be written (database or disk is full)",
        ),
        (sqlite3.DatabaseError("database disk image is malformed"), "the database is damaged"),
    ],
)
def test_what_sqlite_says_of_a_copy_that_cannot_be_made_is_told_in_a_sentence(tmp_path, monkeypatch, error, told):
    def failing(*_):
        raise error

    monkeypatch.setattr(copies, "_vacuum_into", failing)
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_store(url).close()
    with pytest.raises((Unavailable, Damaged), match=re.escape(told)):
        back_up(url, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []


def test_a_backup_is_of_one_moment_while_others_write(url, tmp_path):
    """Each transaction books a slot and records it: in the copy there is one entry for each slot, and the chain holds."""
    desk = desk_on(url)
    ended, begun = threading.Event(), threading.Event()

    def write():
        minutes = 0
        while not ended.is_set():
            minutes += 1
            desk.book(start_minutes=minutes)
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    for number in range(3):
        back_up(url, tmp_path / f"{number}.db")
    ended.set()
    writer.join()
    desk.store.close()
    sizes = []
    for number in range(3):
        copy = open_store(f"sqlite:///{tmp_path / f'{number}.db'}")
        slots, _, _, entries, _ = content(copy)
        assert len(slots) == sum(entry.action == "slot.request" for entry in entries) > 0
        assert first_fault(entries) is None
        sizes.append(len(slots))
        copy.close()
    assert sizes == sorted(sizes)


def test_nobodys_file_is_overwritten_and_no_filled_database(url, tmp_path):
    desk = at_work(url)
    desk.store.close()
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(Conflict, match="exists"):
        back_up(url, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"
    back_up(url, tmp_path / "copy.db")
    with pytest.raises(Conflict, match="isn't empty"):
        restore(url, tmp_path / "copy.db")


def test_what_is_no_backup_is_refused(url, tmp_path):
    (tmp_path / "noise").write_bytes(os.urandom(9000))
    (tmp_path / "empty").touch()
    for name in ("noise", "empty"):
        with pytest.raises(Damaged, match=name):
            restore(url, tmp_path / name)
    with pytest.raises(NotFound):
        restore(url, tmp_path / "nowhere")


def test_a_backup_of_a_schema_of_another_release_is_refused_or_brought_up(empty_store, tmp_path):
    from rangeops.adapters.store.engines import open_engine
    from rangeops.adapters.store.opening import downgrade

    url = empty_store("sqlite")
    at_work(url).store.close()
    engine = open_engine(url)
    downgrade(engine, "0005")
    engine.dispose()
    with pytest.raises(Conflict, match="store upgrade"):
        check_store(url, Desk().now.utc)
    back_up(url, tmp_path / "old.db")  # as it is: a copy of the file
    restored = f"sqlite:///{tmp_path / 'new.db'}"
    restore(restored, tmp_path / "old.db")
    assert upgrade_store(url)[0] == "0005"
    assert upgrade_store(url)[0] == upgrade_store(url)[1]
    old, new = open_store(url), open_store(restored)
    assert content(old) == content(new)
    for store in (old, new):
        store.close()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE audit SET payload = 'x' WHERE seq = 2", "the payload of entry 2"),
        ("DELETE FROM audit_subject; DELETE FROM audit WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM airspace", "S1 is approved and holds no airspace"),
        ("UPDATE slot SET state = 'cancelled' WHERE number = 1", "S1 holds airspace that it has no right to"),
    ],
)
def test_check_finds_what_was_changed_past_the_program(url, damage, found, tmp_path):
    desk = at_work(url)
    assert check_store(url, desk.now.utc) == ()
    with desk.store.engine.begin() as connection:
        if desk.store.engine.dialect.name == "postgresql":
            connection.execute(text("DELETE FROM airspace_piece"))
        for statement in damage.split(";"):
            connection.execute(text(statement))
    desk.store.close()
    assert any(found in fault for fault in check_store(url, desk.now.utc))


def test_guards_that_are_gone_and_keys_that_dangle_stop_a_start(empty_store):
    url = empty_store("sqlite")
    desk = at_work(url)
    with desk.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER airspace_exclusive"))
    with pytest.raises(Damaged, match="airspace_exclusive is gone"):
        open_store(url)
    with desk.store.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("DELETE FROM slot WHERE number = 1")
    desk.store.close()
    with pytest.raises(Damaged, match="airspace"):
        open_store(url)


def test_holding_twice_is_found_by_check(url):
    desk = at_work(url)
    other = desk.book(volume="EAST", sysid=8)
    desk.move(other, SlotEvent.APPROVE)
    engine = desk.store.engine
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER airspace_unchanged"))
        connection.execute(text("UPDATE airspace SET core = (SELECT core FROM airspace WHERE slot = 1)"))
    desk.store.close()
    assert any("hold the same airspace" in fault for fault in check_store(url, desk.now.utc))


def test_check_does_not_make_what_is_not_there(tmp_path):
    with pytest.raises(NotFound):
        check_store(f"sqlite:///{tmp_path / 'nowhere.db'}", Desk().now.utc)
    assert not list(tmp_path.iterdir())


def test_errors_never_show_a_password():
    with pytest.raises(RangeopsError) as raised:
        open_store("postgresql://range:secret@127.0.0.1:1/none")
    assert "secret" not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_url_that_is_none_is_not_repeated():
    with pytest.raises(RangeopsError) as raised:
        open_store("postgresql:secret")
    assert "secret" not in str(raised.value)
