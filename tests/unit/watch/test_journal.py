"""The journal keeps what it was given, in order, until the server has it, whatever the disk and the power do."""

import errno
import os
import select
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rangeops.domain.events import ArmedChanged, StatusTextHeard
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.watch import journal as journal_module
from rangeops.watch.journal import Journal

NOW = Now(10.0, datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC))


def event(number: int) -> StatusTextHeard:
    return StatusTextHeard(Sysid(7), 6, f"text {number}")


def durable(journal: Journal, count: int) -> list[int]:
    """The sequence numbers offered, once `count` of them are on the disk."""
    offered: list[int] = []
    while len(offered) < count:
        readable, _, _ = select.select([journal], [], [], 5)
        assert readable, f"only {len(offered)} of {count} entries became durable"
        journal.collect()
        offered += [entry.seq for entry in journal.to_send(1000)]
    return offered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_entries_are_offered_in_order_and_survive_a_restart(folder):
    journal = Journal(folder, "watch")
    for number in range(50):
        journal.append(event(number), NOW)
    assert durable(journal, 50) == list(range(1, 51))
    journal.close()
    again = Journal(folder, "watch")
    assert [entry.event for entry in again.to_send(1000)] == [event(number) for number in range(50)]
    assert again.append(ArmedChanged(Sysid(7), armed=True), NOW).seq == 51
    again.close()


def test_what_was_taken_is_not_offered_again(folder):
    journal = Journal(folder, "watch")
    for number in range(10):
        journal.append(event(number), NOW)
    durable(journal, 10)
    journal.taken(6)
    journal.start_over()
    assert [entry.seq for entry in journal.to_send(1000)] == [7, 8, 9, 10]
    journal.close()


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_torn_tail_costs_only_the_entry_it_tore(folder, cut):
    journal = Journal(folder, "watch")
    for number in range(5):
        journal.append(event(number), NOW)
    durable(journal, 5)
    journal.close()
    path = next(folder.glob("journal-*.bin"))
    path.write_bytes(path.read_bytes()[:-cut])
    again = Journal(folder, "watch")
    assert [entry.seq for entry in again.to_send(1000)] == [1, 2, 3, 4]
    assert again.append(event(9), NOW).seq == 5
    assert durable(again, 1) == [5]
    again.close()
    assert [entry.seq for entry in Journal(folder, "watch").to_send(1000)] == [1, 2, 3, 4, 5]


def test_a_full_disk_is_said_and_nothing_is_lost_once_there_is_room(folder, monkeypatch):
    monkeypatch.setattr(journal_module, "RETRY_S", 0.01)
    real = journal_module._write
    refusals = iter([True, True, True])

    def refusing(file, entries):
        if next(refusals, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(file, entries)

    monkeypatch.setattr(journal_module, "_write", refusing)
    journal = Journal(folder, "watch")
    for number in range(3):
        journal.append(event(number), NOW)
    assert durable(journal, 3) == [1, 2, 3]
    assert journal.failure == ""
    journal.close()


def test_a_disk_that_tears_an_entry_and_cant_cut_it_off_costs_none_that_follow(folder, monkeypatch):
    monkeypatch.setattr(journal_module, "RETRY_S", 0.01)
    journal = Journal(folder, "watch")
    journal.append(event(1), NOW)
    journal.append(event(2), NOW)
    durable(journal, 2)
    sync, torn, thrice = os.fsync, [], threading.Event()

    def tearing(descriptor):
        if thrice.is_set():
            return sync(descriptor)
        os.truncate(descriptor, max(os.fstat(descriptor).st_size - 3, 0))
        torn.append(descriptor)
        if len(torn) == 3:
            thrice.set()
        raise OSError(errno.EIO, "Input/output error")

    def stuck(_descriptor, _size):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "fsync", tearing)
    monkeypatch.setattr(os, "ftruncate", stuck)
    for number in (3, 4, 5):
        journal.append(event(number), NOW)
    durable(journal, 3)
    journal.close()
    assert len(torn) == 3
    again = Journal(folder, "watch")
    assert [entry.seq for entry in again.to_send(10)] == [1, 2, 3, 4, 5]
    again.close()


def test_old_files_go_when_all_in_them_is_taken(folder, monkeypatch):
    monkeypatch.setattr(journal_module, "ROTATE_BYTES", 1)
    journal = Journal(folder, "watch")
    for number in range(6):
        journal.append(event(number), NOW)
        durable(journal, 1)
        journal.taken(number + 1)
    journal.close()
    assert len(list(folder.glob("journal-*.bin"))) <= 2
    again = Journal(folder, "watch")
    assert again.append(event(0), NOW).seq == 7
    again.close()
