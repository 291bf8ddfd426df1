"""`rangeops store rebuild` as an administrator uses it."""

import sqlite3
from contextlib import closing

import pytest
from evidence_range import evidence_range
from typer.testing import CliRunner

from rangeops.cli import app


@pytest.fixture
def settings(tmp_path):
    return evidence_range(tmp_path / "data")


def rebuild(settings):
    done = CliRunner().invoke(app, ["--data", str(settings.data), "store", "rebuild"])
    return done.exit_code, done.output


def callsign(settings, new=None):
    with closing(sqlite3.connect(settings.data / "rangeops.db")) as database, database:
        if new is not None:
            database.execute("UPDATE slot SET callsign = ?", (new,))
        return database.execute("SELECT callsign FROM slot").fetchone()[0]


def test_d4_an_edited_row_is_restored_and_a_second_time_nothing_differs(settings):
    genuine = callsign(settings)
    callsign(settings, "X99")
    code, said = rebuild(settings)
    assert code == 0, said
    assert "slot:S1 isn't as entry" in said
    assert "1 difference found and restored" in said
    assert callsign(settings) == genuine
    assert "no difference was found" in rebuild(settings)[1]


def test_d2_nothing_is_restored_from_a_record_whose_signatures_are_missing(settings):
    callsign(settings, "X99")
    (settings.checkpoint_folder / "signed.txt").unlink()
    code, said = rebuild(settings)
    assert (code, "nothing was changed, since the record doesn't hold: entry" in said) == (1, True), said
    assert callsign(settings) == "X99"
