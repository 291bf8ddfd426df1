"""Wheel and sdist: what is in them, that they install on every Python from 3.11 to 3.13 that is here, and run from an empty folder.

The network is needed for pip alone, which takes what requirements-server.lock names, or has it in its cache.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from installs import (
    NEWEST,
    OLDEST,
    Built,
    bare,
    build,
    contents,
    done,
    environment,
    install,
    pythons,
    rebuilt,
    run,
)
from packaging.metadata import Metadata
from proof import Proof

PYTHON = Path(sys.executable)
CODE = ".py"
JUNK = ("__pycache__", ".pyc", "/tests/", ".git", ".tlog", ".venv", "docs/")
FORCED = {  # in a checkout to in a wheel
    "geofences/": "rangeops/_data/geofences/",
    "hardware/": "rangeops/_data/hardware/",
    "sitl/scenarios/": "rangeops/_data/scenarios/",
    "sitl/drills/": "rangeops/_data/drills/",
    "sitl/exercises/": "rangeops/_data/exercises/",
}
PARAMETERS = "rangeops/_data/parameters/"


def proofs(seed: int) -> Iterator[Proof]:
    with tempfile.TemporaryDirectory(prefix="rangeops-setup-") as folder:
        place = Path(folder)
        built = build(place / "built", PYTHON)
        yield _judged("setup.wheel", seed, [lambda: wheel_is_whole(built), lambda: metadata_is_valid(built)])
        yield _judged("setup.sdist", seed, [lambda: sdist_makes_the_same(built, place / "unpacked")])
        here = pythons()
        for minor in range(OLDEST, NEWEST + 1):
            name = f"3.{minor}"
            if name not in here:
                yield Proof(f"setup.python{name}", 0, 0, seed, holds=False, note="this Python isn't here")
                continue
            began_s = time.monotonic()
            steps = steps_of(here[name], built, place / name)
            proof = _judged(f"setup.python{name}", seed, steps)
            took = f"{proof.note} {time.monotonic() - began_s:.0f} s, install and all".strip()
            yield Proof(proof.id, proof.runs, proof.failures, seed, holds=proof.holds, note=took)
        if old := here.get(f"3.{OLDEST - 1}"):
            yield _judged("setup.old-python", seed, [lambda: an_old_python_is_refused(old, built, place / "old")])


def wheel_is_whole(built: Built) -> None:
    """Every file of the package and of its data that git has, and no other."""
    tracked = done("git", "ls-files", cwd=built.source).splitlines()
    expected = {name for name in tracked if name.startswith("rangeops/")}
    for ours, theirs in FORCED.items():
        expected |= {theirs + name.removeprefix(ours) for name in tracked if name.startswith(ours)}
    expected |= {
        PARAMETERS + Path(name).name for name in tracked if name.startswith("sitl/") and name.endswith(".parm")
    }
    found = {name for name in contents(built.wheel) if ".dist-info/" not in name}
    assert found == expected, f"not in it: {sorted(expected - found)}; not ours: {sorted(found - expected)}"
    for kind in (".tcss", ".mo", ".html", ".js", ".css", ".toml", ".plan", ".parm", "py.typed", "script.py.mako"):
        assert any(name.endswith(kind) for name in found), kind
    assert not [name for name in found if any(junk in name for junk in JUNK)]


def metadata_is_valid(built: Built) -> None:
    (text,) = [data for name, data in contents(built.wheel).items() if name.endswith(".dist-info/METADATA")]
    metadata = Metadata.from_email(text, validate=True)
    assert str(metadata.requires_python) == f">=3.{OLDEST}"
    assert metadata.license_expression == "Apache-2.0"
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description


def sdist_makes_the_same(built: Built, folder: Path) -> None:
    ours, theirs = contents(built.wheel), contents(rebuilt(built.sdist, folder, PYTHON))
    assert ours.keys() == theirs.keys()
    assert ours == theirs, [name for name in ours if ours[name] != theirs[name]]


def steps_of(python: Path, built: Built, place: Path) -> list[Callable[[], None]]:
    place.mkdir()
    empty = place / "empty"
    empty.mkdir()
    data = place / "data"
    bin_ = place / "venv" / "bin"
    environ = bare(place, bin_, RANGEOPS_DATA=str(data))

    def says(*words: str, code: int = 0) -> str:
        finished = run(bin_ / "rangeops", *words, cwd=empty, env=environ)
        assert finished.returncode == code, f"{words}: {finished.returncode} {finished.stdout}{finished.stderr}"
        assert "Traceback" not in finished.stderr, finished.stderr
        return finished.stdout

    def plan(name: str, code: int, verdict: str) -> None:
        (there,) = (place / "venv").glob(f"lib/python3.*/site-packages/rangeops/_data/scenarios/plans/{name}")
        told = says("plan", "check", str(there), "--volume", "EAST", "--airframe", "survey-quad", "--json", code=code)
        assert json.loads(told)["verdict"] == verdict

    def demo() -> None:
        outcome = json.loads(says("demo", "--headless", "--json").splitlines()[-1])
        assert outcome["incidents"], outcome
        record = next((data / "demo").iterdir())
        assert "entries" in says("--data", str(record), "audit", "verify")

    def doctor() -> None:
        missing = [each for each in json.loads(says("doctor", "--json")) if each["needed"] and not each["ok"]]
        assert not missing, missing

    return [
        lambda: install(environment(python, place / "venv"), built),
        lambda: _expect(says("--version").startswith("rangeops "), "no version"),
        lambda: _expect("Exit codes" in says("--help"), "no help"),
        lambda: _expect("HOUSING" in says("zones", "show"), "no zones"),
        lambda: plan("acme-0042-rev1.plan", 1, "refused"),
        lambda: plan("acme-0042-rev2.plan", 0, "passed"),
        doctor,
        demo,
        lambda: _expect(not any(empty.iterdir()), "it left something in the folder it was called from"),
    ]


def an_old_python_is_refused(python: Path, built: Built, place: Path) -> None:
    finished = run(environment(python, place), "install", "--no-deps", built.wheel)
    assert finished.returncode != 0
    assert "requires a different Python: 3.10" in finished.stderr, finished.stderr


def _expect(holds: bool, what: str) -> None:  # noqa: FBT001  # an assert as an expression
    assert holds, what


def _judged(name: str, seed: int, steps: list[Callable[[], None]]) -> Proof:
    """Each step whatever came of those before it, unless nothing is installed."""
    failed = []
    for step in steps:
        try:
            step()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            failed.append(str(error)[:600])
            print(f"{name}: {error}", file=sys.stderr)
    return Proof(name, len(steps), len(failed), seed, holds=not failed, note="; ".join(failed)[:300])
