"""Incidents over the real API: looked for, and their evidence exported by whoever may, noted in the record."""

import asyncio
import hashlib
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest
from desk import D07, alarm
from serving import InThisThread, until
from shell import rangeops
from stranger import checked_by_a_stranger

from rangeops.adapters.checkpoints import FolderOfCheckpoints, RecordKeys, public_pem
from rangeops.auditing import own_keys
from rangeops.client import calls
from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.domain.alarms import Condition
from rangeops.domain.errors import Conflict, Damaged, Forbidden, NotFound, Unavailable
from rangeops.domain.events import AlarmChanged, JournalEntry
from rangeops.domain.incident_search import query_of
from rangeops.exporting import write_bundle
from rangeops.server.bundles import Bundling
from rangeops.services.checkpoints import CheckpointDesk
from rangeops.wire.incident_review import OpenIncident, ReviewChange

SECRET = "correct horse battery"
NOW = datetime.now(UTC)


@pytest.fixture
async def client(client):
    await client.set_password("op1", SECRET)
    return client


@pytest.fixture
async def acting(client):
    """A client that acts for a new user with these roles."""
    clients = []

    async def act(name, *roles):
        await client.add_user(name, full_name=name, roles=roles, company="", confirm=SECRET)
        token = (await client.new_token(name, confirm=SECRET)).token
        url = client.address().url
        clients.append(Client(lambda: Address(url, token)))
        return clients[-1]

    yield act
    for each in clients:
        await each.close()


@pytest.fixture
async def three(client):
    """Of four days ago, with its person's clock missed; of now, classified; and one that is over and reviewed."""
    old = await client.open_incident(OpenIncident("a drone over the hangar", NOW - timedelta(days=4), 9))
    new = await client.open_incident(OpenIncident("a bird strike", NOW - timedelta(hours=1), 7))
    await client.take_up_incident(new.review.incident)
    change = ReviewChange(occurrence_class="serious incident", headline="Feathers", narrative="A gull.")
    await client.change_incident_review(new.review.incident, change)
    other = await client.open_incident(OpenIncident("a link was lost", NOW - timedelta(hours=2), 8))
    return {"old": old.review.incident, "new": new.review.incident, "other": other.review.incident}


async def names(client, three, **asked):
    by_id = {incident: name for name, incident in three.items()}
    return [by_id[each.id] for each in await client.incidents(query_of(**asked))]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["new", "other", "old"]),
        ({"text": "gull feathers"}, ["new"]),
        ({"text": "drone HANGAR"}, ["old"]),
        ({"states": ["under review"]}, ["new"]),
        ({"states": ["open", "signed"]}, ["other", "old"]),
        ({"classes": ["serious incident"]}, ["new"]),
        ({"classes": ["unclassified", "accident"]}, ["other", "old"]),
        ({"vehicle": "8"}, ["other"]),
        ({"overdue": True}, ["old"]),
        ({"since": NOW - timedelta(hours=3)}, ["new", "other"]),
        ({"since": NOW - timedelta(days=9), "until": NOW - timedelta(hours=2)}, ["old"]),
        ({"text": "a", "states": ["open"], "until": NOW - timedelta(days=1)}, ["old"]),
        ({"company": "ACME"}, []),
        ({"place": "NORTH"}, []),
    ],
)
async def test_those_that_fit_are_found_newest_first(client, three, asked, found):
    assert await names(client, three, **asked) == found


async def test_a_prohibited_zone_and_a_volume_are_found_by_name(client, watch, three):
    raised = alarm()
    intake, now = client.operations.services.intake, client.operations.clock()
    event = AlarmChanged(
        replace(raised, condition=Condition.PROHIBITED_ZONE, title="Enters Nature reserve", raised_utc=now.utc)
    )
    intake.take([JournalEntry("elsewhere", 1, now.monotonic_s, now.utc, event)], now)
    (found,) = await client.incidents(query_of(place="nature reserve"))
    assert (found.sysid, found.deadlines[0].name) == (D07, "report")
    assert found.id not in three.values()


async def test_what_cant_be_asked_is_one_sentence_and_400(client):
    async with httpx.AsyncClient(base_url=f"{client.address().url}/api/v1", trust_env=False) as http:
        for query, says in (
            ({"state": "closed"}, "no state"),
            ({"class": "bad"}, "no class"),
            ({"since": "2026-11-24T08:00:00"}, "no zone"),
            ({"since": "2026-11-24T08:00:00Z", "until": "2026-11-24T08:00:00Z"}, "ends before it begins"),
            ({"overdue": "perhaps"}, "overdue"),
            ({"text": "x" * 300}, "longer than 200"),
        ):
            answer = await http.get(
                "/incidents", params=query, headers={"Authorization": f"Bearer {client.address().token}"}
            )
            assert answer.status_code == 400, query
            assert says in answer.json()["detail"]


async def test_each_has_its_clocks_class_and_reviewer(client, three):
    by_id = {each.id: each for each in await client.incidents()}
    new = by_id[three["new"]]
    assert (new.occurrence_class, new.reviewer, new.state) == ("serious incident", "op1", "under review")
    assert [each.name for each in new.deadlines] == ["report", "safety board"]
    assert by_id[three["old"]].deadlines[0].state == "missed"
    assert (await client.incident(three["new"])).deadlines == new.deadlines


async def test_a_list_of_many_pages_comes_whole(client, three, monkeypatch):
    monkeypatch.setattr(calls, "LARGEST_PAGE", 2)
    assert await names(client, three) == ["new", "other", "old"]
    assert await names(client, three, states=["open"]) == ["other", "old"]


async def test_the_command_line_looks_with_the_same_words(client, settings, three):
    code, out, _ = await rangeops(
        settings, "incident", "list", "gull", "--state", "under review", "--class", "serious incident"
    )
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["INCIDENT", three["new"]]
    code, out, _ = await rangeops(settings, "incident", "list", "--overdue")
    assert three["old"] in out
    assert "report OVERDUE since" in out
    assert three["new"] not in out
    code, _, err = await rangeops(settings, "incident", "list", "--state", "closed")
    assert code != 0
    assert "'closed' is no state. Use one of open, under-review, signed" in err


# Its evidence.


def sign(settings, client):
    services = client.operations.services
    CheckpointDesk(
        services.changes,
        settings.range,
        signer=RecordKeys(settings.record_keys_folder),
        shelf=FolderOfCheckpoints(settings.checkpoint_folder),
        clock_word=lambda: "synchronised",
    ).sign_now(client.operations.clock())


@pytest.fixture
def bundling(client, settings):
    client.operations.bundling = Bundling(InThisThread(), partial(write_bundle, settings))
    return client.operations.bundling


def record(client):
    with client.operations.services.store.read() as work:
        return work.record.following(0, 10_000)


@pytest.fixture
def signed(client, settings, bundling, three):
    """With everything of it signed."""
    sign(settings, client)


async def test_evidence_comes_whole_and_the_record_says_who_took_it(client, settings, bundling, three, tmp_path):
    sign(settings, client)
    file = tmp_path / "out" / "inc.zip"
    file.parent.mkdir()
    view = await client.export_incident(three["new"], file)
    content = file.read_bytes()
    assert (view.sha256, view.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert view.entries > 1
    assert any("no packets" in each for each in view.remarks)
    assert [each.name for each in file.parent.iterdir()] == ["inc.zip"]
    await until(lambda: not list((settings.run_folder / "bundles").iterdir()))  # the server keeps none
    (entry,) = [each for each in record(client) if each.action == "incident.export"]
    assert entry.actor == "op1"
    assert view.sha256[:12] in entry.payload
    key = tmp_path / "range.pem"
    key.write_text(public_pem(own_keys(settings)[0]))
    code, said = await asyncio.to_thread(checked_by_a_stranger, file, key)
    assert code == 0, said
    again = await client.export_incident(three["new"], file)
    assert again.entries == view.entries, "that it was exported is no evidence of it, and needs no signature first"


async def test_only_safety_officers_and_admins_may_export(client, signed, three, acting, tmp_path):
    operator, rita = await acting("omar", "operator"), await acting("rita", "range-safety-officer")
    with pytest.raises(Forbidden, match="may not export an incident's evidence"):
        await operator.export_incident(three["new"], tmp_path / "a.zip")
    await rita.export_incident(three["new"], tmp_path / "b.zip")
    assert [each.name for each in tmp_path.glob("*.zip")] == ["b.zip"]
    assert [each.actor for each in record(client) if each.action == "incident.export"] == ["rita"]


async def refused(client, incident, file, error):
    with pytest.raises(error) as raised:
        await client.export_incident(incident, file)
    assert not file.exists()
    return str(raised.value)


async def test_what_cant_be_exported_is_one_sentence_and_leaves_no_file(client, settings, bundling, three, tmp_path):
    file = tmp_path / "inc.zip"
    assert "INC-2026-9999" in await refused(client, "INC-2026-9999", file, NotFound)
    sign(settings, client)
    later = await client.open_incident(OpenIncident("after the checkpoint", NOW - timedelta(minutes=1), 7))
    assert "no signed checkpoint yet" in await refused(client, later.review.incident, file, Conflict)
    assert "can't be written" in await refused(client, three["new"], tmp_path / "nowhere" / "inc.zip", Unavailable)
    async with bundling.turn:
        assert "another bundle is being written" in await refused(client, three["new"], file, Unavailable)
    client.operations.bundling = None
    assert "--offline" in await refused(client, three["new"], file, Unavailable)


async def test_a_body_that_isnt_what_was_written_is_refused(client, settings, bundling, three, tmp_path):
    sign(settings, client)

    def forged(order):
        made = write_bundle(settings, order)
        return replace(made, view=replace(made.view, sha256="0" * 64))

    client.operations.bundling = Bundling(InThisThread(), forged)
    assert "otherwise than it was sent" in await refused(client, three["new"], tmp_path / "inc.zip", Damaged)


async def test_the_command_line_exports_through_the_server_and_without_one(client, settings, bundling, three, tmp_path):
    sign(settings, client)
    code, _, said = await rangeops(settings, "incident", "export", three["new"], str(tmp_path / "a.zip"))
    assert code == 0, said
    assert "entries of the record, 0 recordings and 0 reports written to" in said
    assert "python3 -I check.py" in said
    code, _, said = await rangeops(settings, "incident", "export", three["new"], str(tmp_path / "b.zip"), "--offline")
    assert code == 0, said
    assert len([each for each in record(client) if each.action == "incident.export"]) == 1
    whole = [zipfile.ZipFile(tmp_path / name).read("proofs.jsonl") for name in ("a.zip", "b.zip")]
    assert whole[0] == whole[1]
