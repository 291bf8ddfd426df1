"""What a page, a report, a replay and a bundle show of an incident is in its entries; edited tables beside them change nothing."""

import json
import sqlite3
import zipfile
from dataclasses import replace

import pytest
from desk import NOON, alarm
from evidence_range import RITA, copied, desk_on, evidence_range
from forged_record import chained, forge_entries

from rangeops.domain.audit import canonical
from rangeops.domain.errors import NotFound
from rangeops.domain.events import AlarmChanged
from rangeops.domain.now import Now
from rangeops.exporting import export_incident
from rangeops.incident_replay import open_incident
from rangeops.wire.incident_review import OpenIncident

INCIDENT = "INC-2026-0001"
LATER = Now(10_000.0, NOON.replace(hour=20))
FORGERIES = {
    "index rows deleted": "DELETE FROM audit_subject",
    "alarm taken out of the index": "DELETE FROM audit_subject WHERE seq IN (SELECT seq FROM audit WHERE action = 'watch.alarm')",
    "index moved in time": "UPDATE audit_subject SET happened = '2026-11-24 15:00:00.000000'",
    "index moved to another vehicle": "UPDATE audit_subject SET subject = 'vehicle:8' WHERE subject = 'vehicle:7'",
    "incident moved in time": "UPDATE incident SET opened_utc = '2026-11-24 14:01:00.000000', body = replace(body, 'T12:01', 'T14:01')",
    "incident signed by hand": "UPDATE incident SET state = 'signed', body = replace(body, 'under review', 'signed')",
    "incident of another vehicle": "UPDATE incident SET sysid = 8, body = replace(body, '\"sysid\":7', '\"sysid\":8')",
    "incident deleted": "DELETE FROM incident",
    "review rewritten": "UPDATE incident_review SET body = replace(body, 'D07 left NORTH', 'the pilot did it')",
    "review deleted": "DELETE FROM incident_review",
}


@pytest.fixture(scope="module")
def genuine(tmp_path_factory):
    return evidence_range(tmp_path_factory.mktemp("genuine") / "data")


@pytest.fixture(scope="module")
def shown_before(genuine, tmp_path_factory):
    before = shown(genuine, tmp_path_factory.mktemp("before"))
    assert before["incident"].timeline
    assert before["review"].review.headline == "D07 left NORTH"
    return before


def shown(settings, folder):
    desk = desk_on(settings)
    services = desk.services
    found = {
        "incident": services.incidents.get(INCIDENT),
        "look": services.incidents.look(INCIDENT, LATER),
        "review": services.incident_reviews.get(INCIDENT, LATER, RITA),
        "report": services.reporting.facts(INCIDENT, LATER),
        "company": services.reporting.company_view(INCIDENT),
        "eccairs": services.reporting.eccairs(INCIDENT, LATER, RITA),
    }
    desk.store.close()
    replay = open_incident(settings, INCIDENT)
    found["replay"] = (replay.begins, replay.ends, replay.incident, replay.marks, replay.picture(replay.ends))
    export_incident(settings, INCIDENT, folder / "incident.zip")
    with zipfile.ZipFile(folder / "incident.zip") as bundle:
        found["bundle"] = {
            name.partition("/")[2] or name: bundle.read(name)
            for name in bundle.namelist()
            if name.endswith(("timeline.txt", "reviews.json", "proofs.jsonl", ".tlog"))
        }
    return found


@pytest.mark.parametrize("forgery", FORGERIES)
def test_d4_a_table_edited_beside_the_entries_changes_nothing_that_is_shown_of_an_incident(
    forgery, genuine, shown_before, tmp_path
):
    settings = copied(genuine.data, tmp_path / "data")
    with sqlite3.connect(settings.data / "rangeops.db") as connection:
        assert connection.execute(FORGERIES[forgery]).rowcount
    connection.close()
    after = shown(settings, tmp_path)
    for name, before in shown_before.items():
        assert after[name] == before, name


def test_an_incident_of_a_release_before_0_10_is_in_its_entries(genuine, shown_before, tmp_path):
    """Those named no subjects and carried no rows: that a review moved the incident was in the review alone."""

    def older(entry):
        payload = {key: value for key, value in json.loads(entry.payload).items() if key not in {"about", "rows"}}
        return replace(entry, payload=canonical(payload).decode())

    settings = copied(genuine.data, tmp_path / "data")
    forge_entries(settings.database, lambda entries: chained(map(older, entries)))
    with sqlite3.connect(settings.data / "rangeops.db") as connection:
        connection.execute(FORGERIES["incident moved in time"])
        connection.execute(FORGERIES["review rewritten"])
    connection.close()
    desk = desk_on(settings)
    assert desk.services.incidents.get(INCIDENT) == shown_before["incident"]
    assert desk.services.incident_reviews.get(INCIDENT, LATER, RITA) == shown_before["review"]
    desk.store.close()


def test_d4_a_row_that_no_entry_has_is_no_incident(genuine, tmp_path):
    settings = copied(genuine.data, tmp_path / "data")
    with sqlite3.connect(settings.data / "rangeops.db") as connection:
        connection.execute(
            "INSERT INTO incident SELECT 'INC-2026-0009', year, state, sysid, slot, opened_utc, replace(body, '-0001', '-0009')"
            " FROM incident"
        )
    connection.close()
    desk = desk_on(settings)
    for use in (desk.services.incidents.get, desk.services.reporting.company_view, desk.services.reporting.written):
        with pytest.raises(NotFound):
            use("INC-2026-0009")
    assert [each.id for each in desk.services.range_reports.day(NOON.date(), LATER, RITA).incidents] == [INCIDENT]
    desk.store.close()


def test_d4_the_number_of_an_incident_whose_row_was_deleted_is_not_used_again(genuine, shown_before, tmp_path):
    settings = copied(genuine.data, tmp_path / "data")
    with sqlite3.connect(settings.data / "rangeops.db") as connection:
        connection.execute("DELETE FROM incident")
    connection.close()
    desk = desk_on(settings)
    made = desk.services.incident_reviews.open(OpenIncident("a lost battery", NOON), LATER, RITA)
    assert made.review.incident == "INC-2026-0002"
    assert desk.services.incidents.get(INCIDENT) == shown_before["incident"]
    desk.store.close()


def test_d4_an_incident_goes_on_from_its_entry_and_not_from_a_row_edited_while_it_lasts(genuine, tmp_path):
    settings = copied(genuine.data, tmp_path / "data")
    with sqlite3.connect(settings.data / "rangeops.db") as connection:
        connection.execute('UPDATE incident SET body = replace(body, \'"company":"ACME"\', \'"company":"ZETA"\')')
    connection.close()
    desk = desk_on(settings)
    desk.seq = 200
    desk.at(70)
    desk.tell(AlarmChanged(alarm()))
    newest = json.loads(desk.record()[-1].payload)
    assert newest["body"]["company"] == "ACME"
    desk.store.close()
