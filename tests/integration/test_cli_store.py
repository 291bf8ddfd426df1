"""`rangeops store` as an administrator uses it, on both databases."""

import os
import subprocess
import sys

import pytest
from desk import TWENTE, Desk, TomlAirframes

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.slots import SlotEvent
from rangeops.services.airspace import AirspaceBook


def store(*arguments, url, folder) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rangeops", "--data", str(folder), "store", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LANG": "C.UTF-8", "RANGEOPS_DATABASE_URL": url},
    )


@pytest.mark.parametrize("backend", sorted(set(STORES) - {"memory"}))
def test_a_database_is_copied_checked_and_brought_back(backend, empty_store, tmp_path):
    url = empty_store(backend)
    desk = Desk(open_store(url, AirspaceBook(TWENTE, TomlAirframes())))
    approved = desk.move(desk.book(), SlotEvent.APPROVE)

    def run(*arguments, at=url):
        done = store(*arguments, url=at, folder=tmp_path)
        return done.returncode, done.stdout + done.stderr

    code, said = run("check")  # the range is at work meanwhile
    assert code == 0, said
    backup = tmp_path / "backup.db"
    assert run("backup", backup)[0] == 0
    assert "exists already" in run("backup", backup)[1]
    code, said = run("restore", backup)
    assert (code, "isn't empty" in said) == (5, True)
    desk.store.close()

    other = f"sqlite:///{tmp_path / 'other.db'}"
    code, said = run("restore", backup, at=other)
    assert code == 0, said
    again = open_store(other)
    with again.read() as work:
        assert work.slots.get(approved.id) == approved
    with again.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET target = 'another' WHERE seq = 1")
    again.close()
    code, said = run("check", at=other)
    assert (code, "entry 1 isn't what was recorded" in said) == (1, True)
    assert run("upgrade", at=other)[0] == 0


def test_nothing_is_made_by_looking_and_no_password_is_shown(tmp_path):
    done = store("check", url=f"sqlite:///{tmp_path / 'none.db'}", folder=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (4, [])
    done = store("check", url="postgresql://range:secret@127.0.0.1:1/none", folder=tmp_path)
    assert done.returncode == 7
    assert "secret" not in done.stderr
    assert done.stderr.count("\n") == 1
