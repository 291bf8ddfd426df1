"""A data folder that can't be used, each way really made; its disk, and its database."""

import json
import sqlite3
import sys
from contextlib import closing

import pytest
from as_nobody import as_nobody
from private_mounts import may_mount, with_mounts

from rangeops.adapters.store.opening import open_store
from rangeops.doctor.data_folder import data_folder, networked, room
from rangeops.doctor.looking import findings
from rangeops.settings import Settings


def looked(folder, **others):
    return {each.check.split()[0]: each for each in data_folder(Settings(data=folder, **others))}


def test_one_that_is_not_there_yet_is_made_later(tmp_path):
    assert looked(tmp_path / "new" / "er")["data"].ok
    assert not (tmp_path / "new").exists(), "nothing is made"


def test_a_file_in_its_place(tmp_path):
    (tmp_path / "file").touch()
    found = looked(tmp_path / "file")["data"]
    assert (found.ok, found.needed) == (False, True)
    assert "Not a directory" in found.check
    assert "move that away" in found.do


@pytest.mark.parametrize("below", [".", "below/it"])
def test_one_of_another_user_whose_rights_everything_else_survives(tmp_path, below):
    tmp_path.chmod(0)
    try:
        said = as_nobody(
            lambda: "\n".join(
                each.check for each in findings(Settings(data=tmp_path / below)) if each.needed and not each.ok
            )
        )
    finally:
        tmp_path.chmod(0o700)
    assert said == f"data folder {tmp_path / below}: Permission denied"


@may_mount
@pytest.mark.parametrize("kept", ["", "x/geofences"], ids=["all of it", "its ranges"])
def test_a_command_on_another_user_s_folder_says_so(tmp_path, kept):
    """Root without its rights is a user like any other. Ranges that can't be seen aren't replaced by shipped ones."""
    (tmp_path / kept).mkdir(parents=True, exist_ok=True)
    (tmp_path / kept).chmod(0)
    script = 'exec setpriv --bounding-set=-dac_override,-dac_read_search "$0" -m rangeops --data "$1/x" zones show'
    script = script.replace('"$0"', sys.executable)
    done = with_mounts(script, str(tmp_path))
    (tmp_path / kept).chmod(0o700)
    assert done.returncode == 7, done.stderr
    assert done.stderr.count("\n") == 1
    assert "you may not use it" in done.stderr


@may_mount
def test_a_disk_that_is_mounted_read_only_is_told_as_that_and_by_serve_too(tmp_path):
    (tmp_path / "run").mkdir()
    script = f"""
        mount --bind "$1" "$1"
        mount -o remount,ro,bind "$1"
        {sys.executable} -m rangeops --data "$1" doctor --json || echo "ended with $?"
        {sys.executable} -m rangeops --data "$1" serve 2>&1 || echo "ended with $?"
    """
    done = with_mounts(script, str(tmp_path))
    found, doctor_ended, serve, serve_ended = done.stdout.strip().splitlines()
    (data,) = [each for each in json.loads(found) if each["check"].startswith("data folder")]
    assert "Read-only file system" in data["check"]
    assert data["do"].startswith("Mount its disk to be written")
    assert "Read-only file system" in serve
    assert "Mount its disk" in serve
    assert (doctor_ended, serve_ended) == ("ended with 1", "ended with 7")


@may_mount
def test_a_full_disk_is_told_before_anything_is_begun_on_it(tmp_path):
    script = f"""
        mount -t tmpfs -o size=1m none "$1"
        head -c 1m /dev/zero > "$1/filler" 2>/dev/null || true
        {sys.executable} -m rangeops --data "$1/range" doctor --json || echo "ended with $?"
        {sys.executable} -m rangeops --data "$1/range" serve 2>&1 || echo "ended with $?"
    """
    done = with_mounts(script, str(tmp_path))
    found, ended, *serve = done.stdout.strip().splitlines()
    (disk,) = [each for each in json.loads(found) if each["check"].startswith("disk")]
    assert (disk["check"], disk["ok"], disk["needed"]) == ("disk 0 MB free", False, True)
    assert "Make room" in disk["do"]
    assert ended == "ended with 1"
    assert "Traceback" not in "".join(serve)
    assert serve[-1] == "ended with 7", serve


def test_a_roomy_disk(tmp_path):
    assert not room(tmp_path).needed


def test_a_folder_on_a_network_disk_is_told(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/export {tmp_path} nfs4 rw 0 0\n")
    (found,) = networked(tmp_path / "range", mounts)
    assert "nfs4" in found.check
    mounts.write_text(f"server:/export / nfs4 rw 0 0\n/dev/vda {tmp_path} ext4 rw 0 0\n")
    assert list(networked(tmp_path / "range", mounts)) == []


def test_the_database_s_release(tmp_path):
    settings = Settings(data=tmp_path)
    assert "database," not in looked(tmp_path)
    open_store(settings.database).close()
    assert looked(tmp_path)["database,"].ok
    for revision, check, needed in (("0003", "this release's is", False), ("9999", "newer than this release's", True)):
        with closing(sqlite3.connect(tmp_path / "rangeops.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        found = next(each for name, each in looked(tmp_path).items() if name.startswith("database"))
        assert not found.ok
        assert found.needed is needed
        assert check in found.check


def test_a_damaged_database_and_a_server_that_can_t_be_reached(tmp_path):
    (tmp_path / "rangeops.db").write_bytes(b"no database at all" * 100)
    found = looked(tmp_path)["database:"]
    assert found.needed
    assert "damaged" in found.check
    away = looked(tmp_path, database_url="postgresql://x@127.0.0.1:1/x")["database:"]
    assert away.needed
    assert "can't be opened" in away.check
