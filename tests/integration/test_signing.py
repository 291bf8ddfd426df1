"""A server on a data folder whose signatures were taken away: it serves on, raises the alarm, and signs nothing."""

import pytest
import serving
from serving import running, settings_in, until

from rangeops import auditing
from rangeops.adapters.checkpoints import FolderOfCheckpoints
from rangeops.bootstrap.server import _record_signing
from rangeops.domain.alarms import Condition
from rangeops.server.operations import Operations


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Of a server that signs."""
    settings = settings_in(tmp_path)

    def signing(**parts):
        return Operations(**parts, keep_signing=_record_signing(settings, parts["services"].changes))

    monkeypatch.setattr(serving, "Operations", signing)
    return settings


def missing(client):
    """The values of the alarm in the picture."""
    operations = client.operations
    alarms = operations.live.picture(operations.clock()).alarms
    return [each.value for each in alarms if each.condition is Condition.EVIDENCE_SIGNATURES_MISSING]


async def test_d2_a_server_whose_signatures_were_taken_away_raises_an_alarm_and_signs_nothing(settings):
    shelf = FolderOfCheckpoints(settings.checkpoint_folder)
    async with running(settings) as client:
        await until(shelf.newest)
        assert missing(client) == []
    signed = settings.checkpoint_folder / "signed.txt"
    content = signed.read_bytes()
    signed.unlink()
    async with running(settings) as client:
        (value,) = await until(lambda: missing(client))
        assert value.endswith(" is gone")
        await until(lambda: "EVIDENCE SIGNATURES MISSING" in _log(client))
        assert not signed.exists()
    signed.write_bytes(content)  # put back
    async with running(settings):
        await until(lambda: len(shelf.all()) == 2)


async def test_d2_a_person_sets_the_checkpoints_apart_and_a_server_signs_again(settings):
    shelf = FolderOfCheckpoints(settings.checkpoint_folder)
    async with running(settings):
        (first,) = await until(shelf.all)
    (settings.checkpoint_folder / "signed.txt").unlink()
    auditing.part(settings, "the stick broke")
    async with running(settings) as client:
        (second,) = await until(shelf.all)
        assert (missing(client), shelf.parted()) == ([], (first,))
    assert second.checkpoint.size > first.checkpoint.size


def _log(client) -> str:
    with client.operations.services.store.read() as work:
        return " ".join(entry.payload for entry in work.record.newest(20))
