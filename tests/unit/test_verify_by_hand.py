"""docs/verify-by-hand.md: its commands as they are printed, on a record's zip, good and tampered with."""

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
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
    """What a stranger has: record.zip, and range.pem by another way."""
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
    return folder


def step(number, folder):
    return subprocess.run(
        ["/bin/sh", "-e", "-c", STEPS[number]], cwd=folder, check=False, capture_output=True, text=True
    )


def step_three(folder):
    shutil.rmtree(folder / "bundle", ignore_errors=True)
    step(0, folder)
    return step(3, folder).stdout


def summed_anew(zip_file):
    """As a forger would, who knows of the sums."""
    with zipfile.ZipFile(zip_file) as bundle:
        files = {each: bundle.read(each) for each in bundle.namelist() if each != "SHA256SUMS"}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    with zipfile.ZipFile(zip_file, "w") as bundle:
        for name, content in {**files, "SHA256SUMS": sums}.items():
            bundle.writestr(name, content)


def tampered(zip_file, name, old, new):
    with zipfile.ZipFile(zip_file) as bundle:
        files = {each: bundle.read(each) for each in bundle.namelist()}
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    with zipfile.ZipFile(zip_file, "w") as bundle:
        for each, content in files.items():
            bundle.writestr(each, content)


def test_every_step_holds_on_good_evidence(given):
    said = []
    for number in range(len(STEPS)):
        done = step(number, given)
        assert done.returncode == 0, f"step {number}: {done.stdout}{done.stderr}"
        said.append(done.stdout)
    assert len(said) == 6
    assert "the key that we were given" in said[0]
    assert "the one that was put in" in said[2]
    assert "Verified Successfully" in said[4]
    assert "15 is the last entry that is signed" in said[5]  # the first is the key's


def test_an_entry_that_was_changed_is_found_without_the_sums(given):
    tampered(given / "record.zip", "record.jsonl", b"note 6", b"note 7")
    assert step(0, given).returncode == 0
    assert step(2, given).returncode != 0
    found = step(3, given)
    assert found.returncode == 1
    assert "the first bad entry is 7" in found.stdout + found.stderr
    step(4, given)
    assert "another payload" in step(5, given).stderr


def test_how_far_it_is_signed_is_told(given):
    """Who takes away the newest checkpoints can write anew what they covered."""
    assert "entries 1 to 15 are signed by your key" in step_three(given)
    with zipfile.ZipFile(given / "record.zip") as bundle:
        notes = bundle.read("checkpoints.txt")
    newest = notes.split(b"\n\n")[2] + b"\n\n" + notes.split(b"\n\n")[3] + b"\n\n"
    tampered(given / "record.zip", "checkpoints.txt", newest, b"")
    summed_anew(given / "record.zip")
    assert "entries 9 to 15 are signed by nobody" in step_three(given)
    tampered(given / "record.zip", "checkpoints.txt", notes.removesuffix(newest), b"")
    summed_anew(given / "record.zip")
    assert "IT DOES NOT HOLD" in step_three(given)


def test_a_key_that_was_put_beside_ours_is_not_believed(given):
    """A record of somebody's own, and our key in its zip."""
    pem = given / "range.pem"
    subprocess.run(
        "openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out range.pem", shell=True, cwd=given, check=True
    )
    with zipfile.ZipFile(given / "record.zip", "a") as bundle:
        bundle.write(pem, "keys/0123456789abcdef.pem")
    said = step_three(given)
    assert "isn't signed by your key" in said
    assert "IT DOES NOT HOLD" in said


def test_an_openssl_that_cannot_verify_calls_nothing_forged(given, monkeypatch):
    old = given / "openssl"
    old.write_text("#!/bin/sh\necho 'pkeyutl: Unrecognized flag rawin' >&2; exit 1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{given}:{os.environ['PATH']}")
    step(0, given)
    done = step(3, given)
    assert done.returncode == 2
    assert "openssl can't say (3.0 and newer can)" in done.stdout


def test_a_checkpoint_that_was_changed_is_not_signed(given):
    tampered(given / "record.zip", "checkpoints.txt", b"synchronised", b"synchronized")
    step(0, given)
    assert step(4, given).returncode != 0


def test_another_key_is_told(given):
    subprocess.run(
        "openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out range.pem", shell=True, cwd=given, check=True
    )
    assert step(0, given).returncode != 0
    step(0, given)
    assert step(4, given).returncode != 0
