"""Python, tools, folders and the clock: what is wrong is said, with what to do."""

import errno
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rangeops.doctor import machine


def test_an_old_python_is_named_and_needed():
    found = machine.python((3, 10, 13))
    assert (found.check, found.ok, found.needed) == ("Python 3.10.13", False, True)
    assert "3.11" in found.do
    assert machine.python().ok


@pytest.mark.parametrize("missing", [("make",), ("git",), ("make", "git")])
def test_tools_that_a_checkout_needs_are_named_with_their_package(missing):
    found = machine.tools(lambda name: None if name in missing else f"/usr/bin/{name}")
    assert not found.ok
    assert found.check == f"{' and '.join(missing)} not found"
    assert f"apt install {' '.join(missing)}" in found.do
    assert machine.tools(lambda name: f"/usr/bin/{name}").ok


def test_a_folder_that_is_gone_under_the_shell_is_told(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert machine.working_folder().ok
    folder.rmdir()
    assert "gone" in machine.working_folder().check
    assert not machine.working_folder().ok


def test_no_temporary_folder_at_all(monkeypatch):
    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    found = machine.temporary_folder()
    assert (found.ok, found.check) == (False, "no temporary folder")
    assert "TMPDIR" in found.do


def test_a_temporary_folder_where_nothing_may_run_is_told_with_what_it_costs(monkeypatch):
    there = os.statvfs(tempfile.gettempdir())

    class NoExec:
        f_flag = there.f_flag | os.ST_NOEXEC

    monkeypatch.setattr(os, "statvfs", lambda _: NoExec)
    found = machine.temporary_folder()
    assert "noexec" in found.check
    assert (found.ok, found.needed) == (False, False)
    monkeypatch.setattr(os, "statvfs", lambda _: there)


def test_a_clock_of_before_the_installation_and_one_that_nobody_keeps():
    fresh = datetime.fromtimestamp(Path(machine.__file__).stat().st_mtime, UTC)
    right, kept = machine.clocks(max(fresh, datetime.now(UTC)), synchronised=lambda: True)
    assert right.ok
    assert kept.ok
    wrong, adrift = machine.clocks(datetime(1970, 1, 1, 0, 3, tzinfo=UTC), synchronised=lambda: False)
    assert (wrong.ok, wrong.check) == (False, "clock 1970-01-01 00:03 UTC")
    assert "when this program was installed" in wrong.do
    assert not adrift.ok
    assert "chrony" in adrift.do


def test_the_kernel_is_asked_of_its_clock():
    """On any Linux it answers one way or the other."""
    *_, kept = machine.clocks(datetime.now(UTC))
    assert kept.ok in {True, False}
