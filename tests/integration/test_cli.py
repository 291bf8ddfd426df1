"""The commands as people and scripts use them: one sentence and a documented exit code for every fault, JSON where asked."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PLANS = Path(__file__).parents[2] / "sitl" / "scenarios" / "plans"
CHECK = ["--volume", "EAST", "--airframe", "survey-quad"]


def rangeops(
    *arguments: str, data: Path, encoding: str = "utf-8", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rangeops", "--data", str(data), *arguments],
        check=False,
        capture_output=True,
        text=True,
        encoding=encoding,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": encoding, **environment},
    )


def sentence(finished: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that a fault is told in."""
    assert finished.returncode == code, finished.stderr
    assert "Traceback" not in finished.stderr
    lines = [line for line in finished.stderr.splitlines() if line.startswith("rangeops: ")]
    assert len(lines) == 1, finished.stderr
    return lines[0]


@pytest.mark.parametrize(
    "arguments",
    [["link", "list"], ["slot", "list"], ["incident", "list"], ["link", "add", "udpin:127.0.0.1:14550"]],
    ids=" ".join,
)
def test_without_a_server_it_says_how_to_start_one(tmp_path, arguments):
    assert "rangeops serve" in sentence(rangeops(*arguments, data=tmp_path), 7)


def test_a_data_folder_that_is_a_file(tmp_path):
    file = tmp_path / "file"
    file.touch()
    assert "data folder can't be used" in sentence(rangeops("serve", data=file), 7)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_data_folder_that_cannot_be_read(tmp_path):
    tmp_path.chmod(0)
    try:
        assert "data folder can't be used" in sentence(rangeops("serve", data=tmp_path), 7)
    finally:
        tmp_path.chmod(0o700)


def test_a_busy_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = rangeops("serve", "--port", str(port), data=tmp_path)
    assert f"127.0.0.1:{port}" in sentence(finished, 7)
    assert "Ctrl+C" not in finished.stderr, "it says that it runs only when it does"
    assert not (tmp_path / "run" / "pids").exists(), "nothing of it stays behind"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("cut.plan", b'{"fileType": "Plan", "mission": {', 2),
        ("nan.plan", b'{"fileType": "Plan", "version": 1, "mission": NaN}', 2),
        ("twice.plan", b'{"fileType": "Plan", "fileType": "Plan"}', 2),
        ("empty.plan", b"", 2),
        ("binary.waypoints", bytes(range(256)), 2),
        ("escape.plan", b'{"\x1b]52;c;QUFB\x07": 1}', 2),
    ],
)
def test_a_malformed_plan(tmp_path, name, content, code):
    file = tmp_path / name
    file.write_bytes(content)
    told = sentence(rangeops("plan", "check", str(file), *CHECK, data=tmp_path), code)
    assert told.isprintable()
    assert name in told


def test_a_missing_plan(tmp_path):
    assert "can't be read" in sentence(rangeops("plan", "check", "nowhere.plan", *CHECK, data=tmp_path), 4)


def test_an_unknown_airframe_names_the_known_ones(tmp_path):
    plan = str(PLANS / "acme-0042-rev1.plan")
    told = sentence(rangeops("plan", "check", plan, "--volume", "EAST", "--airframe", "kite", data=tmp_path), 4)
    assert "survey-quad" in told


def test_an_unknown_range(tmp_path):
    assert "mars" in sentence(rangeops("serve", data=tmp_path, RANGEOPS_RANGE="mars"), 4)


def test_a_wrong_setting(tmp_path):
    assert "port" in sentence(rangeops("doctor", data=tmp_path, RANGEOPS_PORT="abc"), 2)


def test_an_unknown_scenario_names_the_shipped_ones(tmp_path):
    assert "twente-morning" in sentence(rangeops("sim", "run", "nowhere", data=tmp_path), 4)


def test_a_refused_plan_is_an_answer_with_its_fix(tmp_path):
    finished = rangeops("plan", "check", str(PLANS / "acme-0042-rev1.plan"), *CHECK, data=tmp_path)
    assert finished.returncode == 1
    assert finished.stdout.startswith("✗ GEO-01  WP 5 is 38 m outside")
    assert "Move it" in finished.stdout


def test_a_plan_that_passes_as_json(tmp_path):
    finished = rangeops("plan", "check", str(PLANS / "acme-0042-rev2.plan"), *CHECK, "--json", data=tmp_path)
    assert finished.returncode == 0, finished.stderr
    answer = json.loads(finished.stdout)
    assert answer["verdict"] == "passed"
    assert all(check["passed"] for check in answer["checks"])


def test_doctor_as_json_names_what_is_needed(tmp_path):
    finished = rangeops("doctor", "--json", data=tmp_path)
    assert finished.returncode == 0, finished.stderr
    findings = json.loads(finished.stdout)
    assert {finding["check"].split()[0] for finding in findings if finding["needed"]} == {"Python", "data", "range"}


def test_doctor_finds_a_range_that_can_t_be_read_and_a_data_folder_that_is_none(tmp_path):
    file = tmp_path / "file"
    file.touch()
    finished = rangeops("doctor", "--json", data=file, RANGEOPS_RANGE="nowhere")
    assert finished.returncode == 1, finished.stderr
    missing = {
        each["check"].split()[0]: each for each in json.loads(finished.stdout) if each["needed"] and not each["ok"]
    }
    assert set(missing) == {"data", "range"}
    assert "Choose one of polder, twente" in missing["range"]["do"]


def test_the_version(tmp_path):
    assert rangeops("--version", data=tmp_path).stdout.startswith("rangeops 0.")


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A shell's words in a folder; $R is the command."""
    command = f'R="{sys.executable} -m rangeops"; {script}'
    return subprocess.run(
        ["/bin/sh", "-ec", command], check=False, capture_output=True, text=True, timeout=60, cwd=folder
    )


def test_a_folder_that_vanished_under_the_shell(tmp_path):
    gone = "mkdir gone; cd gone; rmdir ../gone; "
    assert shell(f"{gone} $R --data {tmp_path}/data doctor", tmp_path).returncode == 0
    assert "this shell's folder is gone" in sentence(shell(f"{gone} $R --data data doctor", tmp_path), 7)


def test_a_data_folder_named_from_here_is_the_same_for_every_process(tmp_path):
    """A demo's processes work in folders of their own: its range would be made within one of them."""
    script = "$R --data here demo --headless --scenario nowhere || true; $R --data here doctor --json"
    said = shell(script, tmp_path).stdout
    assert f"data folder {tmp_path}/here" in said


def test_a_terminal_that_knows_fewer_letters_gets_those_it_knows(tmp_path):
    finished = rangeops("doctor", data=tmp_path, encoding="latin-1")
    assert finished.returncode == 0, finished.stderr
    assert "? Python" in " ".join(finished.stdout.split())
    assert "LANG=C.UTF-8" in finished.stdout
    as_json = rangeops("zones", "show", "--json", data=tmp_path, PYTHONIOENCODING="latin-1")
    assert json.loads(as_json.stdout)["range"] == "twente"


@pytest.mark.parametrize("words", [["zones", "show"], ["zones", "show", "--json"], ["--help"]], ids=" ".join)
def test_a_full_disk_under_the_output_is_told(tmp_path, words):
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "rangeops", "--data", str(tmp_path), *words],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert "can't be written" in sentence(finished, 7)
    assert "Exception ignored" not in finished.stderr
