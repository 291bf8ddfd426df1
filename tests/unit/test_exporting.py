"""One incident's evidence in a zip, checked by a stranger with python3, openssl and sha256sum."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, Desk, alarm, command
from typer.testing import CliRunner

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys
from rangeops.adapters.mavlink.encode import Sender
from rangeops.adapters.mavlink.messages import Statustext
from rangeops.adapters.store.opening import open_store
from rangeops.cli import app
from rangeops.domain.alarms import AlarmState
from rangeops.domain.audit import Actor
from rangeops.domain.commands import CommandStage
from rangeops.domain.errors import Conflict, NotFound
from rangeops.domain.events import AlarmChanged, CommandMoved
from rangeops.domain.now import Now
from rangeops.exporting import export_incident
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.settings import Settings
from rangeops.watch.recorder import Recorder

INCIDENT = "INC-2026-0001"
URI = "udpin:127.0.0.1:14550"


def sign(settings, desk, seconds):
    CheckpointDesk(
        desk.services.changes,
        settings.range,
        signer=RecordKeys(settings.record_keys_folder),
        shelf=FolderOfCheckpoints(settings.checkpoint_folder),
        clock_word=lambda: "synchronised",
    ).sign_now(desk.at(seconds))


@pytest.fixture
def settings(tmp_path):
    """A range after a vehicle was held: its record signed, its packets of a quarter of an hour recorded, a report written."""
    settings = Settings(data=tmp_path / "data", port=0)
    settings.data.mkdir()
    recorder = Recorder(settings.tlog_folder)
    recorder.begin()
    sender = Sender(7, 1)
    for second in range(-300, 600):
        at = Now(1000.0 + second, NOON + timedelta(seconds=second))
        recorder.record(URI, sender.pack(Statustext(6, b"%d" % second, 0, 0)), at)
    desk = Desk(open_store(settings.database))
    desk.at(60)
    desk.tell(AlarmChanged(alarm()), CommandMoved(command()))
    desk.at(62)
    desk.tell(CommandMoved(command(CommandStage.SEEN)), AlarmChanged(alarm(state=AlarmState.NORMAL)))
    desk.at(3600)
    desk.tell(*recorder.close())
    report = b"<title>what happened</title>"
    settings.report_folder.mkdir()
    (settings.report_folder / f"{INCIDENT}.html").write_bytes(report)
    with desk.services.changes.begin(desk.now, OPERATOR) as change:
        body = {"name": f"{INCIDENT}.html", "sha256": hashlib.sha256(report).hexdigest()}
        change.record("incident.report", f"incident:{INCIDENT}", "a report was written", body)
    sign(settings, desk, 3700)
    desk.store.close()
    return settings


def export(settings, tmp_path, *words):
    done = CliRunner().invoke(
        app,
        ["--data", str(settings.data), "incident", "export", INCIDENT, str(tmp_path / "inc.zip"), "--offline", *words],
    )
    assert done.exit_code == 0, done.output
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(tmp_path / "inc.zip").extractall(folder)
    return folder, done.output


def check(folder):
    done = subprocess.run(
        [sys.executable, "-I", "check.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout


def summed_anew(folder):
    """As a forger would, who knows of the sums."""
    sums = folder / "SHA256SUMS"
    names = [line.split("  ")[1] for line in sums.read_text().splitlines()]
    sums.write_text("".join(f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names))


def test_a_stranger_checks_it(settings, tmp_path):
    folder, said = export(settings, tmp_path)
    assert "1 recording and 1 report" in said
    code, said = check(folder)
    assert code == 0, said
    assert "each among those that were signed" in said
    assert f"report/{INCIDENT}.html: as entry" in said
    assert "ask for the whole file" in said
    assert "it holds" in said
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False, timeout=60)
    assert sums.returncode == 0
    timeline = (folder / "timeline.txt").read_text()
    assert "HOLD (range policy) seen obeyed" in timeline
    assert "stopped before the edge" in (folder / "README.txt").read_text()


def test_the_packets_are_those_of_its_minutes(settings, tmp_path):
    folder, _ = export(settings, tmp_path)
    (part,) = (folder / "tlogs").iterdir()
    (whole,) = [path for path in settings.tlog_folder.glob("*.tlog") if path.name == part.name]
    assert part.read_bytes() in whole.read_bytes()
    texts = part.read_bytes()
    assert [b"%d" % second in texts for second in (0, 60, 92)] == [True] * 3
    assert [b"%d" % second in texts for second in (-299, 94, 599)] == [False] * 3


def test_a_part_is_held_against_the_whole_recording(settings, tmp_path):
    folder, _ = export(settings, tmp_path)
    (part,) = (folder / "tlogs").iterdir()
    (folder / "whole").mkdir()
    shutil.copy(settings.tlog_folder / part.name, folder / "whole")
    code, said = check(folder)
    assert code == 0, said
    assert f"{part.name}: as entry" in said
    changed = bytearray((folder / "whole" / part.name).read_bytes())
    changed[20] ^= 1
    (folder / "whole" / part.name).write_bytes(changed)
    code, said = check(folder)
    assert code == 1
    assert "isn't the recording whose hash was recorded" in said


def test_whole_recordings_are_held_against_the_record(settings, tmp_path):
    folder, _ = export(settings, tmp_path, "--whole")
    (whole,) = (folder / "tlogs").iterdir()
    code, said = check(folder)
    assert code == 0, said
    assert f"{whole.name}: as entry" in said
    whole.write_bytes(whole.read_bytes().replace(b"60", b"61", 1))
    summed_anew(folder)
    code, said = check(folder)
    assert code == 1
    assert "isn't the recording whose hash was recorded" in said


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("proofs.jsonl", "seen obeyed", "NOT obeyed"),
        ("proofs.jsonl", '"actor": "watch"', '"actor": "other"'),
        (f"report/{INCIDENT}.html", "happened", "never was"),
        ("timeline.txt", "HOLD", "LAND"),
        ("checkpoints.txt", "range", "ranch"),
    ],
)
def test_what_was_changed_is_found(settings, tmp_path, name, before, after):
    folder, _ = export(settings, tmp_path)
    text = (folder / name).read_text()
    assert before in text
    (folder / name).write_text(text.replace(before, after, 1))
    code, said = check(folder)
    assert code == 1, said
    assert "IT DOES NOT HOLD" in said
    summed_anew(folder)
    code, said = check(folder)
    assert code == (0 if name == "timeline.txt" else 1), "it is for reading alone: its lines are entries"


def test_a_bundle_without_a_proof_holds_nothing(settings, tmp_path):
    """All that is for reading, the genuine checkpoint, and sums that fit."""
    folder, _ = export(settings, tmp_path)
    said = check(folder)[1]
    assert "timeline.txt: for reading alone" in said
    (folder / "proofs.jsonl").unlink()
    (folder / f"report/{INCIDENT}.html").write_text("nothing happened")
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(line for line in sums.read_text().splitlines(keepends=True) if "proofs" not in line))
    summed_anew(folder)
    code, said = check(folder)
    assert (code, "nothing is proved" in said) == (1, True)


def test_a_proof_taken_from_another_record_is_found(settings, tmp_path):
    folder, _ = export(settings, tmp_path)
    proofs = folder / "proofs.jsonl"
    lines = [json.loads(line) for line in proofs.read_text().splitlines()]
    lines[0]["path"] = lines[1]["path"]
    proofs.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    summed_anew(folder)
    assert check(folder)[0] == 1


def test_a_report_that_is_not_the_recorded_one_is_left_out(settings, tmp_path):
    (settings.report_folder / f"{INCIDENT}.html").write_text("another")
    folder, said = export(settings, tmp_path)
    assert "isn't what the record has a hash of" in said
    assert not (folder / "report").exists()


def test_what_is_not_signed_yet_is_not_exported(settings, tmp_path):
    desk = Desk(open_store(settings.database))
    desk.at(3800)
    desk.services.incident_reviews.take_up(INCIDENT, desk.now, Actor("rita", "range-safety-officer"))
    desk.store.close()
    with pytest.raises(Conflict, match="no signed checkpoint yet"):
        export_incident(settings, INCIDENT, tmp_path / "inc.zip")
    assert not (tmp_path / "inc.zip").exists()


def test_no_such_incident(settings, tmp_path):
    with pytest.raises(NotFound):
        export_incident(settings, "INC-2026-0009", tmp_path / "inc.zip")
