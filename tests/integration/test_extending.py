"""docs/extending.md: each change is made in a copy of the package, and does there what its page says, end to end."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "extending"
SAYS = {
    "link": r"vehicle 1 is heard on unixgram, and answers the range: \w+\n",
    "rule": r"Home at 52\.27605,6\.88950 is \d+ m from the runway's middle; 150 m are kept free\. Take off and land farther from it\.\n",
    "format": r"4 waypoints, the first at 52\.2756109,6\.8976946, 35 m\ncannot check: Cannot check: the file gives no home position\.\n",
    "alarm": r"P3 #1: Few satellites, 0 satellites of 8\. Call the pilot: how good is his GPS\?\n",
}
GOES_TO = {
    "unix_socket.py": "rangeops/adapters/mavlink",
    "plan_runway_rules.py": "rangeops/domain",
    "litchi.py": "rangeops/adapters/formats",
}
A_TRY_S = 110


@pytest.fixture
def changed(tmp_path):
    """A copy of the tree with an example's change made in it."""

    def make(name: str) -> Path:
        tree = tmp_path / "tree"
        shutil.copytree(ROOT / "rangeops", tree / "rangeops", ignore=shutil.ignore_patterns("__pycache__"))
        for folder in ("geofences", "hardware", "sitl", "docs"):
            (tree / folder).symlink_to(ROOT / folder)
        applied = subprocess.run(
            ["git", "apply", "-C1", str(EXAMPLES / name / "change.patch")],
            cwd=tree,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)},
            check=False,
            capture_output=True,
            text=True,
        )
        assert applied.returncode == 0, f"make {name}/change.patch anew: {applied.stderr}"
        for module in (EXAMPLES / name).glob("*.py"):
            if module.name != "try_it.py":
                shutil.copy(module, tree / GOES_TO[module.name])
        return tree

    return make


def try_it(name, tree, folder):
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    where = [sys.executable, "-c", "import rangeops; print(rangeops.__file__)"]
    found = subprocess.run(where, cwd=tree, env=environment, check=True, capture_output=True, text=True)
    assert found.stdout.startswith(str(tree)), "the copy is what is tried"
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name / "try_it.py"), str(folder)],
        cwd=tree,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=A_TRY_S,
    )


@pytest.mark.parametrize("name", ["rule", "format"])
def test_a_change_does_what_its_page_says(changed, tmp_path, name):
    done = try_it(name, changed(name), tmp_path / "work")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(SAYS[name], done.stdout), done.stdout


@pytest.mark.processes
@pytest.mark.parametrize("name", ["link", "alarm"])
def test_a_change_does_what_its_page_says_on_a_range_at_work(changed, tmp_path, name):
    done = try_it(name, changed(name), tmp_path / "work")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(SAYS[name], done.stdout), done.stdout


def test_without_the_change_there_is_no_such_thing(tmp_path):
    for name in ("rule", "format"):
        folder = tmp_path / name
        folder.mkdir()
        tried = [sys.executable, str(EXAMPLES / name / "try_it.py"), str(folder)]
        assert subprocess.run(tried, cwd=ROOT, check=False, capture_output=True).returncode != 0


def test_every_example_is_tried():
    assert {path.parent.name for path in EXAMPLES.glob("*/change.patch")} == set(SAYS)
