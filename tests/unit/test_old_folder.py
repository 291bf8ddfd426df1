"""A data folder of release 0.9.0: it verifies as what it was, and goes on without an alarm."""

import zipfile
from pathlib import Path

import pytest
from evidence_range import desk_on, sign

from rangeops.adapters.store.opening import check_store
from rangeops.auditing import verify
from rangeops.domain.evidence import SignaturesMissing
from rangeops.services.baseline import record_baseline
from rangeops.settings import Settings

OLD = Path(__file__).parents[1] / "data" / "evidence-0.9.0"
KEY = OLD / "range.pem"
WEAKNESS = "release 0.9 wrote this record: nothing in it proves the tables"


@pytest.fixture
def old(tmp_path):
    with zipfile.ZipFile(OLD / "data.zip") as data:
        data.extractall(tmp_path / "data")
    for key in (tmp_path / "data" / "record-keys").iterdir():
        key.chmod(0o600)  # which a zip doesn't keep
    return Settings(data=tmp_path / "data", port=0)


def holds(settings):
    return verify(settings, keys=[KEY], kept=[])


def gone_on(settings):
    """As a server of this release starts on it, and signs."""
    desk = desk_on(settings)
    try:
        record_baseline(desk.services.changes, desk.at(40_000))
        sign(settings, desk, 40_060)
    finally:
        desk.store.close()


def test_it_verifies_as_what_it_was_with_its_weakness_named(old):
    found = holds(old)
    assert found.holds, found
    assert any(each.startswith(WEAKNESS) for each in found.findings.remarks)


def test_it_goes_on_and_has_the_weakness_no_more(old):
    before = holds(old).findings
    gone_on(old)
    found = holds(old)
    assert found.holds, found
    assert not any(each.startswith(WEAKNESS) for each in found.findings.remarks)
    assert found.findings.signed_to > before.signed_to
    assert check_store(old.database, found.findings.last_utc) == ()


def test_d2_without_its_checkpoints_nothing_is_signed(old):
    (old.checkpoint_folder / "signed.txt").unlink()
    with pytest.raises(SignaturesMissing, match="no checkpoint that it signed"):
        gone_on(old)
