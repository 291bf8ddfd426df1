"""One incident's evidence in a zip, verified by a stranger with Python and openssl; forged ones: test_check.py."""

import hashlib
import json
import zipfile
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, Desk, alarm, command
from evidence_range import sign
from stranger import checked_by_a_stranger
from typer.testing import CliRunner

from rangeops.adapters.checkpoints import public_pem
from rangeops.adapters.mavlink.encode import Sender
from rangeops.adapters.mavlink.messages import Statustext
from rangeops.adapters.store.opening import open_store
from rangeops.auditing import own_keys
from rangeops.cli import app
from rangeops.domain.alarms import AlarmState
from rangeops.domain.audit import Actor
from rangeops.domain.commands import CommandStage
from rangeops.domain.errors import Conflict, NotFound
from rangeops.domain.events import AlarmChanged, CommandMoved
from rangeops.domain.now import Now
from rangeops.exporting import export_incident
from rangeops.settings import Settings
from rangeops.watch.recorder import Recorder

INCIDENT = "INC-2026-0001"
URI = "udpin:127.0.0.1:14550"


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
        sha256 = hashlib.sha256(report).hexdigest()
        body = {"name": f"{INCIDENT}.html", "revision": 0, "audience": "range", "sha256": sha256}
        change.record("incident.report", f"incident:{INCIDENT}", "a report was written", body)
    sign(settings, desk, 3700)
    desk.store.close()
    return settings


def export(settings, tmp_path, *words):
    bundle = tmp_path / "inc.zip"
    done = CliRunner().invoke(
        app, ["--data", str(settings.data), "incident", "export", INCIDENT, str(bundle), "--offline", *words]
    )
    assert done.exit_code == 0, done.output
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(bundle).extractall(folder)
    return folder, done.output


def check(settings, tmp_path):
    (tmp_path / "range.pem").write_text(public_pem(own_keys(settings)[0]))
    return checked_by_a_stranger(tmp_path / "inc.zip", tmp_path / "range.pem")


def test_a_stranger_checks_it(settings, tmp_path):
    folder, said = export(settings, tmp_path)
    assert "1 recording and 1 report" in said
    assert "python3 -I check.py" in said
    code, said = check(settings, tmp_path)
    assert code == 0, said
    assert f"report/{INCIDENT}.html is as entry" in said
    timeline = (folder / "timeline.txt").read_text()
    assert "HOLD (range policy) seen obeyed" in timeline
    assert "stopped before the edge" in (folder / "README.txt").read_text()
    assert not (folder / "check.py").exists(), "the script comes by another way than what it checks"


def test_the_manifest_says_what_is_in_it(settings, tmp_path):
    folder, _ = export(settings, tmp_path, "--whole")
    manifest = (folder / "manifest.txt").read_text()
    assert f"kind incident\nincident {INCIDENT}\nrecordings whole\n" in manifest
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    listed = [line.split(" ", 3) for line in manifest.splitlines() if line.startswith("file ")]
    assert [name for *_, name in listed] == sorted(files - {"manifest.txt"})
    for _, size, sha256, name in listed:
        content = (folder / name).read_bytes()
        assert (int(size), sha256) == (len(content), hashlib.sha256(content).hexdigest())
    seqs = [json.loads(line)["entry"]["seq"] for line in (folder / "proofs.jsonl").read_text().splitlines()]
    assert seqs == sorted(set(seqs))
    assert f"entries {seqs[0]}" in manifest


def test_the_packets_are_those_of_its_minutes(settings, tmp_path):
    folder, _ = export(settings, tmp_path)
    (part,) = (folder / "tlogs").iterdir()
    (whole,) = [path for path in settings.tlog_folder.glob("*.tlog") if path.name == part.name]
    assert part.read_bytes() in whole.read_bytes()
    texts = part.read_bytes()
    assert [b"%d" % second in texts for second in (0, 60, 92)] == [True] * 3
    assert [b"%d" % second in texts for second in (-299, 94, 599)] == [False] * 3


def test_a_report_that_is_not_the_recorded_one_is_left_out(settings, tmp_path):
    (settings.report_folder / f"{INCIDENT}.html").write_text("another")
    folder, said = export(settings, tmp_path)
    assert "isn't what the record has a hash of" in said
    assert not (folder / "report").exists()


def test_a_report_of_an_incident_whose_number_begins_alike_is_not_its_own(settings, tmp_path):
    (settings.report_folder / f"{INCIDENT}0.html").write_text("another incident's")
    _, said = export(settings, tmp_path)
    assert "left out" not in said


def test_a_file_that_no_watch_wrote_stops_no_export(settings, tmp_path):
    (recording,) = settings.tlog_folder.glob("20261124T1200*.tlog")
    (settings.tlog_folder / f"{recording.stem} (copy of Jürgen).tlog").write_bytes(recording.read_bytes())
    assert "1 recording and 1 report" in export(settings, tmp_path)[1]


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
