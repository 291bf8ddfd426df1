"""Drills on real processes: one passed, one failed; all of them are `make prove --only drills`."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from rangeops.adapters.store.opening import open_store
from rangeops.settings import Settings

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]


def drill(data, *words):
    return subprocess.run(
        [sys.executable, "-m", "rangeops", "--data", str(data), "drill", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=220,
        env=os.environ,
    )


def played(data, *words):
    """(exit code, result)."""
    ended = drill(data, *words, "--unattended", "--quiet", "1", "--json")
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def test_a_lost_link_is_passed_by_who_does_what_is_asked(tmp_path):
    code, result = played(tmp_path, "lost-link", "--seed", "1", "--who", "op7")
    assert code == 0, result["score"]
    assert (result["score"]["percent"], result["who"], result["drawn"]["target"]) == (100, "op7", "D03")
    lost = next(alarm for alarm in result["alarms"] if alarm["condition"] == "telemetry-stale")
    assert lost["raised_s"] <= lost["shown_s"] < lost["acked_s"]
    assert {deed["kind"] for deed in result["deeds"]} >= {"alarm.acknowledge", "call.hold"}
    assert all(deed["who"] == "op7" for deed in result["deeds"])
    page = (tmp_path / "drills" / f"{result['id']}.html").read_text()
    assert "DRILL" in page
    assert "passed" in page
    history = drill(tmp_path, "history", "--json")
    assert [each["id"] for each in json.loads(history.stdout)] == [result["id"]]
    assert drill(tmp_path, "note", result["id"], "Well done.").returncode == 0
    assert "Well done." in drill(tmp_path, "show", "op7").stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["drills"], "the range itself was elsewhere, and is gone"


def test_a_lost_link_is_failed_by_who_terminates(tmp_path):
    code, result = played(tmp_path, "lost-link", "--seed", "4", "--as", "wrong")
    assert code == 1
    assert not result["score"]["passed"]
    verdicts = {finding["id"]: finding["verdict"] for finding in result["score"]["findings"]}
    assert verdicts["terminate"] == "done, and must not be"
    assert verdicts["see"] == verdicts["pilot"] == "missed"


def test_a_folder_with_links_to_vehicles_is_no_place_for_a_drill(tmp_path):
    store = open_store(Settings(data=tmp_path).database)
    with store.write() as work:
        work.links.add("serial:/dev/ttyUSB0:57600")
    store.close()
    ended = drill(tmp_path, "lost-link", "--unattended")
    assert ended.returncode == 3
    assert "serial:/dev/ttyUSB0:57600" in ended.stderr
    assert "--data ~/training" in ended.stderr


def test_nor_is_one_on_which_a_range_runs(tmp_path):
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as a supervisor holds it
        ended = drill(tmp_path, "lost-link", "--unattended")
    assert ended.returncode == 5
    assert "a range runs on this data folder" in ended.stderr


def test_without_words_the_drills_are_listed(tmp_path):
    listed = drill(tmp_path)
    assert listed.returncode == 0
    assert "fly-away" in listed.stdout
    unknown = drill(tmp_path, "flyaway")
    assert unknown.returncode == 4
    assert "fly-away" in unknown.stderr
    assert not list(tmp_path.iterdir()), "looking leaves nothing behind"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_a_drill_early_leaves_no_folder(tmp_path, tmp_path_factory, number):
    """SIGHUP is what a lost SSH session sends."""
    temporary = tmp_path_factory.mktemp("t")  # a short name: a socket's path has 107 letters at most
    words = ["drill", "play", "lost-link", "--unattended", "--quiet", "60", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "rangeops", "--data", str(tmp_path / "data"), *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": str(temporary)},
    ) as playing:  # fmt: skip
        deadline_s = time.monotonic() + 120
        while not list(temporary.glob("rangeops-drill-*/run/server.json")):
            assert playing.poll() is None, playing.stdout.read()
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        playing.send_signal(number)
        assert playing.wait(60) == 128 + number
    assert list(temporary.iterdir()) == []
