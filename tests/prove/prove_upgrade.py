"""A range of an earlier release brought up in place: data made under the old program is all there under this one, and so is a
backup of it in another folder; and what is left after an uninstall.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from installs import Built, bare, build, done, environment, install, pythons, run
from proof import Proof

OLD = (("d2f4462", "0008"), ("ea635ed", "0010"), ("597137c", "0012"))
"""Commits before this release, and the schema that each wrote."""

BOOKING = (
    ("register", "add", "company", "id=ACME", "name=Acme Aerials"),
    ("register", "add", "document", "id=ACME-INS", "company=ACME", "document=insurance", "valid_until=2099-06-30"),
    ("register", "add", "document", "id=ACME-AUT", "company=ACME", "document=authorisation", "valid_until=2099-06-30"),
    ("register", "add", "aircraft", "id=D01", "company=ACME", "airframe=survey-quad", "serial=0815", "mtom_kg=5"),
    ("register", "add", "pilot", "id=P1", "company=ACME", "name=J. Jansen", "certificate=A2", "certificate_until=2099-06-30"),
    ("link", "add", "udpin:127.0.0.1:24550"),
    ("slot", "book", "EAST", "now", "--minutes", "60", "--company", "ACME", "--callsign", "D01", "--sysid", "1",
     "--airframe", "survey-quad", "--contact", "123.450"),
)  # fmt: skip
KEPT = (("slot", "list"), ("link", "list"))
START_S = 90.0
END_S = 30.0


class Range:
    """One data folder and the program that is installed now."""

    def __init__(self, bin_: Path, data: Path, environ: dict[str, str]) -> None:
        self.bin, self.data, self._environ = bin_, data, environ

    def says(self, *words: str) -> str:
        return done(self.bin / "rangeops", "--data", self.data, *words, cwd=self.bin, env=self._environ)

    @contextmanager
    def served(self) -> Iterator[None]:
        server = subprocess.Popen(
            [self.bin / "rangeops", "--data", self.data, "serve", "--port", "0"],
            env=self._environ, cwd=self.bin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            deadline_s = time.monotonic() + START_S
            while not (self.data / "run" / "server.json").exists():
                assert server.poll() is None, server.stderr.read().decode()[-800:]
                assert time.monotonic() < deadline_s, f"it didn't serve within {START_S:.0f} s"
                time.sleep(0.2)
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(END_S)
            server.stderr.close()
        assert server.returncode == 0, server.returncode

    def kept(self) -> list[list[str]]:
        """The ids that it lists."""
        return [
            sorted(str(each.get("id") or each.get("uri")) for each in json.loads(self.says(*w, "--json"))) for w in KEPT
        ]


def proofs(seed: int) -> Iterator[Proof]:
    python = next(iter(sorted(pythons().items(), reverse=True)))[1]
    with tempfile.TemporaryDirectory(prefix="rangeops-upgrade-") as folder:
        place = Path(folder)
        new = build(place / "new", Path(sys.executable))
        for commit, schema in OLD:
            old = build(place / commit, Path(sys.executable), commit=commit)
            story = Upgrade(python, old, new, place / f"range-{commit}", schema)
            yield story.proof(f"setup.upgrade-{schema}", seed)


class Upgrade:
    """As docs/deployment.md tells it."""

    def __init__(self, python: Path, old: Built, new: Built, place: Path, schema: str) -> None:
        place.mkdir()
        self._python, self._old, self._new, self._schema = python, old, new, schema
        self._place = place
        self._venv = place / "venv"
        self._range = Range(self._venv / "bin", place / "data", bare(place, self._venv / "bin"))
        self._made: list[list[str]] = []

    def proof(self, name: str, seed: int) -> Proof:
        steps: Sequence[Callable[[], None]] = (
            self.a_day_under_the_old,
            self.the_new_says_what_it_finds,
            self.everything_is_there,
            self.a_backup_in_another_folder,
            self.an_uninstall_leaves_the_data_alone,
        )
        for number, step in enumerate(steps):
            try:
                step()
            except (AssertionError, subprocess.TimeoutExpired) as error:
                print(f"{name}: {error}", file=sys.stderr)
                note = f"{step.__name__}: {str(error)[-300:]}"
                return Proof(name, number + 1, 1, seed, holds=False, note=note)
        return Proof(
            name, len(steps), 0, seed, holds=True, note=f"{self._made[0]} and {self._made[1]} made by the old program"
        )

    def a_day_under_the_old(self) -> None:
        pip = environment(self._python, self._venv)
        install(pip, self._new)  # its libraries: what was locked then isn't what a server has by now
        done(pip, "install", "--quiet", "--no-deps", "--force-reinstall", self._old.wheel)
        with self._range.served():
            for words in BOOKING:
                self._range.says(*words)
            self._made = self._range.kept()
        assert all(self._made), self._made
        self._range.says("store", "backup", str(self._place / "old.db"))

    def the_new_says_what_it_finds(self) -> None:
        pip = self._venv / "bin" / "pip"
        done(pip, "install", "--quiet", "--no-deps", "--force-reinstall", self._new.wheel)
        checks = [each["check"] for each in json.loads(self._range.says("doctor", "--json"))]
        assert any(check.startswith(f"database, schema {self._schema}; this release's is") for check in checks), checks

    def everything_is_there(self) -> None:
        with self._range.served():
            assert self._range.kept() == self._made
            self._range.says("slot", "change", self._made[0][0], "approve")
        self._range.says("store", "check")
        self._range.says("audit", "verify")

    def a_backup_in_another_folder(self) -> None:
        elsewhere = Range(self._range.bin, self._place / "elsewhere", bare(self._place, self._range.bin))
        elsewhere.says("store", "restore", str(self._place / "old.db"))
        with elsewhere.served():
            assert elsewhere.kept() == self._made
        elsewhere.says("store", "check")

    def an_uninstall_leaves_the_data_alone(self) -> None:
        before = sorted(self._range.data.rglob("*"))
        done(self._venv / "bin" / "pip", "uninstall", "--quiet", "--yes", "rangeops")
        left = [path for path in self._venv.rglob("*rangeops*") if "__pycache__" not in path.parts]
        assert not left, left
        assert sorted(self._range.data.rglob("*")) == before
        assert run(self._venv / "bin" / "python", "-m", "rangeops", "--version", cwd=Path(os.sep)).returncode != 0
