"""docs/verify-by-hand.md: its commands as they are printed, on a record's zip, good and forged."""

import os
import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from desk import NOON

from rangeops import auditing
from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys, public_pem
from rangeops.adapters.store.opening import open_store
from rangeops.domain.now import Now
from rangeops.services.changes import SERVER, Changes
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "verify-by-hand.md"
STEPS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("unzip")), reason="needs openssl and unzip"
)


@pytest.fixture
def given(tmp_path):
    """What a stranger has: record.zip, range.pem by another way, and check.py."""
    settings = Settings(data=tmp_path / "data", port=0)
    settings.data.mkdir()
    store = open_store(settings.database)
    changes = Changes(store, lambda _notice: None)
    signer = RecordKeys(settings.record_keys_folder)
    shelf = FolderOfCheckpoints(settings.checkpoint_folder)
    desk = CheckpointDesk(changes, settings.range, signer=signer, shelf=shelf, clock_word=lambda: "synchronised")
    for minute in (0, 1):
        now = Now(1000.0 + 60 * minute, NOON + timedelta(minutes=minute))
        with changes.begin(now, SERVER) as change:
            for number in range(7):
                change.record("note", "range", f"note {number} of Jürgen", {"number": number})
        desk.sign_now(now)
    store.close()
    folder = tmp_path / "stranger"
    folder.mkdir()
    auditing.export(settings, folder / "record.zip")
    (folder / "range.pem").write_text(public_pem(auditing.own_keys(settings)[0]))
    (folder / "check.py").write_bytes(files("rangeops.adapters").joinpath("check.py").read_bytes())
    return folder


def step(number, folder):
    return subprocess.run(
        ["/bin/sh", "-e", "-c", STEPS[number - 1]], cwd=folder, check=False, capture_output=True, text=True
    )


def tampered(zip_file, name, old, new):
    with zipfile.ZipFile(zip_file) as bundle:
        members = {each: bundle.read(each) for each in bundle.namelist()}
    assert old in members[name]
    members[name] = members[name].replace(old, new)
    with zipfile.ZipFile(zip_file, "w") as bundle:
        for each, content in members.items():
            bundle.writestr(each, content)


def another_key(folder):
    subprocess.run(
        "openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out range.pem", shell=True, cwd=folder, check=True
    )


def test_every_step_holds_on_good_evidence(given):
    said = []
    for number in range(1, len(STEPS) + 1):
        done = step(number, given)
        assert done.returncode == 0, f"step {number}: {done.stdout}{done.stderr}"
        said.append(done.stdout)
    assert len(said) == 6
    assert "check.py: OK" in said[0], "the page has the SHA-256 of this very script"
    fingerprint = said[1].split()[0]
    assert f"PROVED by the key whose SHA-256 is {fingerprint}" in said[2]
    assert "Verified Successfully" in said[3]
    assert "record.jsonl" in said[4]
    assert "came after the newest checkpoint" in said[5]  # the entry that names the newest checkpoint


def test_an_entry_that_was_changed_is_found(given):
    tampered(given / "record.zip", "record.jsonl", b"note 6", b"note 7")
    found = step(3, given)
    assert (found.returncode, "entry 7 is not what was recorded" in found.stdout) == (1, True)
    assert step(4, given).returncode == 0
    assert step(5, given).returncode != 0


def test_a_manifest_that_was_changed_is_not_signed(given):
    tampered(given / "record.zip", "manifest.txt", b"kind record", b"kind recorb")
    assert step(3, given).returncode == 1
    assert step(4, given).returncode != 0


def test_a_key_that_was_put_into_the_bundle_is_not_believed(given):
    pem = (given / "range.pem").read_bytes()
    another_key(given)
    found = step(3, given)
    assert (found.returncode, "is not signed by the key that you gave" in found.stdout) == (1, True)
    assert step(4, given).returncode != 0
    with zipfile.ZipFile(given / "record.zip") as bundle:
        assert any(bundle.read(name) == pem for name in bundle.namelist() if name.startswith("keys/"))


def test_an_openssl_that_cannot_verify_calls_nothing_forged(given, monkeypatch):
    old = given / "openssl"
    old.write_text("#!/bin/sh\necho 'pkeyutl: Unrecognized flag rawin' >&2; exit 1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{given}:{os.environ['PATH']}")
    done = step(3, given)
    assert (done.returncode, "openssl cannot verify Ed25519 (3.0 and newer can)" in done.stdout) == (2, True)
