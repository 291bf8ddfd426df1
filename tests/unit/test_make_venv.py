"""docs/tools/make_venv.sh, the first thing that `make` runs: which Python it takes, and what it says where it finds none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "tools" / "make_venv.sh"
OLD = 'case "$*" in *--version*) echo "Python 3.10.13" ;; *) exit 1 ;; esac'
WITHOUT_VENV = 'case "$*" in *ensurepip*) exit 1 ;; esac'
GOOD = 'case "$*" in *"-m venv"*) shift 2; echo "made $* with $0" ;; esac'


def made(folder: Path, chosen: str | None = None, **pythons: str) -> tuple[int, str, str]:
    """pythons: what stands for python3 and others on a PATH that has nothing else. chosen: PYTHON, if it is set."""
    for name, script in pythons.items():
        path = folder / name.replace("_", ".")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT), "there"],
        check=False, capture_output=True, text=True, timeout=60, cwd=folder,
        env={"PATH": str(folder)} | ({} if chosen is None else {"PYTHON": chosen}),
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_the_newest_that_the_tests_are_run_with_is_taken(tmp_path):
    found = made(tmp_path, python3=GOOD, python3_11=GOOD, python3_12=GOOD)
    assert found == (0, f"made there with {tmp_path}/python3.12\n", "")


def test_the_usual_python_is_taken_where_there_is_no_other(tmp_path):
    assert made(tmp_path, python3=GOOD) == (0, f"made there with {tmp_path}/python3\n", "")


@pytest.mark.parametrize("newest", [OLD, WITHOUT_VENV, "exit 127"], ids=["old", "without venv", "a broken shim"])
def test_another_is_taken_where_the_newest_will_not_do(tmp_path, newest):
    assert made(tmp_path, python3_13=newest, python3=GOOD) == (0, f"made there with {tmp_path}/python3\n", "")


def test_whoever_names_one_gets_that_one_or_hears_why_not(tmp_path):
    pythons = {"python3_13": GOOD, "python3_11": GOOD, "python3": OLD}
    assert made(tmp_path, "python3.11", **pythons) == (0, f"made there with {tmp_path}/python3.11\n", "")
    code, _, said = made(tmp_path, "python3", **pythons)
    assert (code, "here is Python 3.10.13" in said) == (1, True), said
    code, _, said = made(tmp_path, "python3.9", **pythons)
    assert (code, "here is no python3.9" in said) == (1, True), said


def test_one_that_works_stays_and_another_is_made_where_it_does_not_or_is_asked_for(tmp_path):
    there = tmp_path / "there"
    (there / "bin").mkdir(parents=True)
    (there / "pyvenv.cfg").touch()
    made_anew = (0, f"made --clear there with {tmp_path}/python3.12\n", "")
    assert made(tmp_path, python3_12=GOOD) == made_anew, "nothing in it runs"
    (there / "bin" / "python").write_text(f"#!/bin/sh\n{OLD}\n")
    (there / "bin" / "python").chmod(0o755)
    assert made(tmp_path, python3_12=GOOD) == made_anew
    (there / "bin" / "python").write_text(f"#!/bin/sh\n{GOOD}\n")
    assert made(tmp_path, python3_12=GOOD) == (0, "", "")
    assert made(tmp_path, "python3.12", python3_12=GOOD) == made_anew


def test_without_venv_the_package_is_named(tmp_path):
    code, _, said = made(tmp_path, python3=OLD, python3_11=WITHOUT_VENV)
    assert code == 1
    assert said.count("\n") == 1
    assert "python3.11 has no venv module" in said
    assert "apt install python3.11-venv" in said


@pytest.mark.parametrize(("pythons", "here"), [({"python3": OLD}, "Python 3.10.13"), ({}, "no python3")])
def test_an_old_python_or_none_is_told_with_what_is_here(tmp_path, pythons, here):
    code, _, said = made(tmp_path, **pythons)
    assert code == 1
    assert said.count("\n") == 1
    assert f"Python 3.11 or newer is needed, and here is {here}" in said


def test_what_it_makes_is_an_environment(tmp_path):
    place = tmp_path / "made"
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT), str(place)],
        check=False, capture_output=True, text=True, timeout=100,
        env={"PATH": f"{Path(sys.executable).resolve().parent}:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert shutil.which("pip", path=str(place / "bin"))
