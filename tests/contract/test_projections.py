"""Tables that follow from the record: a row edited past it is found by name, and written again from its entry."""

import json
from dataclasses import replace

import pytest
from desk import TWENTE, Desk, TomlAirframes, alarm
from forged_record import chained, forge_entries
from sqlalchemy import text

from rangeops.adapters.store.engines import open_engine
from rangeops.adapters.store.opening import check_store, open_store, rebuild_store
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.audit import Actor, canonical
from rangeops.domain.events import AlarmChanged
from rangeops.domain.projections import BASELINE
from rangeops.services.airspace import AirspaceBook
from rangeops.services.baseline import record_baseline
from rangeops.wire.incident_review import ReviewChange

RITA = Actor("rita", "range-safety-officer")
SHELL = Actor("anna", "shell")
PROJECTED = ("slot", "clearance", "user_account", "incident", "alarm", "incident_review", "audit_subject")
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(params=DATABASES)
def url(request, empty_store):
    return empty_store(request.param)


@pytest.fixture
def desk(url):
    """A flight with an alarm that opened an incident, whose review has begun."""
    made = Desk(open_store(url, AirspaceBook(TWENTE, TomlAirframes())))
    services = made.services
    services.identity.enter_local("operator", "t" * 40, made.now)
    made.cleared()
    made.at(60)
    made.tell(
        AlarmChanged(alarm(Condition.FORECAST_EXIT)), AlarmChanged(alarm(Condition.FORECAST_EXIT, AlarmState.ACKED))
    )
    incident = services.incidents.all()[0].id
    services.incident_reviews.take_up(incident, made.now, RITA)
    services.incident_reviews.change(
        incident, ReviewChange(headline="D07 left NORTH", narrative="Wind."), made.now, RITA
    )
    yield made
    made.store.close()


def as_before_0_10(url):
    """Entries as release 0.9 wrote them: without their subjects, and without the rows of their change."""

    def older(entry):
        payload = {key: value for key, value in json.loads(entry.payload).items() if key not in ("about", "rows")}
        return replace(entry, payload=canonical(payload).decode())

    forge_entries(url, lambda entries: chained(map(older, entries)))


def read(value):
    """A column's JSON as what it says: a set of roles has no order."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    return {key: sorted(each) if key == "roles" else each for key, each in sorted(json.loads(value).items())}


def rows(url):
    engine = open_engine(url, make=False)
    with engine.connect() as connection:
        found = {
            name: sorted(str([*map(read, row)]) for row in connection.execute(text(f"SELECT * FROM {name}")))
            for name in PROJECTED
        }  # names of ours
    engine.dispose()
    return found


def forge(url, *statements):
    engine = open_engine(url, make=False)
    with engine.begin() as connection:
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount
    engine.dispose()


EDITS = {
    "alarm-out-of-the-index": (
        ("DELETE FROM audit_subject WHERE seq IN (SELECT seq FROM audit WHERE action = 'watch.alarm')",),
        "index of entry",
        "vehicle:7 at 2026-11-24 12:01:00.000000 is missing",
    ),
    "another-subject": (
        ("UPDATE audit_subject SET subject = 'vehicle:9' WHERE subject = 'vehicle:7'",),
        "vehicle:9 at",
        "isn't in the entry",
    ),
    "index-in-another-minute": (
        ("UPDATE audit_subject SET happened = '2026-11-24 11:00:00.000000' WHERE subject = 'vehicle:7'",),
        "vehicle:7 at 2026-11-24 11:00:00.000000 isn't in the entry",
    ),
    "index-of-more": (
        ("INSERT INTO audit_subject SELECT seq, 'vehicle:8', happened FROM audit_subject WHERE subject = 'vehicle:7'",),
        "vehicle:8 at",
    ),
    "incident-later": (
        ("UPDATE incident SET body = replace(body, '12:01:00', '12:31:00')",),
        "incident:INC-2026-0001 isn't as entry",
        "opened_utc",
    ),
    "incident-of-another-vehicle": (
        ("UPDATE incident SET sysid = 9",),
        "incident:INC-2026-0001 isn't as entry",
        "sysid",
    ),
    "incident-renamed": (
        ("UPDATE incident SET id = 'INC-2026-0009'",),
        "incident:INC-2026-0009 is in no entry",
        "incident:INC-2026-0001 is missing",
    ),
    "review": (
        ("UPDATE incident_review SET body = replace(body, 'Wind.', 'The pilot.')",),
        "review:INC-2026-0001#1 isn't as entry",
        "narrative",
    ),
    "slot": (("UPDATE slot SET callsign = 'D08'",), "slot:S1 isn't as entry", "callsign"),
    "slot-state-unknown": (("UPDATE slot SET state = 'flown'",), "slot:S1 can't be read"),
    "clearance": (("UPDATE clearance SET by = 'henk'",), "clearance:S1 isn't as entry", "by"),
    "clearance-gone": (("DELETE FROM clearance",), "clearance:S1 is missing; entry"),
    "alarm": (("UPDATE alarm SET body = replace(body, '12:00:00', '12:00:30')",), "alarm:forecast-exit", "raised_utc"),
    "alarm-gone": (("DELETE FROM alarm",), "is missing; entry"),
    "user": (
        ("UPDATE user_account SET body = replace(body, '\"disabled\":false', '\"disabled\":true')",),
        "user:operator",
        "disabled",
    ),
    "user-added": (
        ("INSERT INTO user_account SELECT 'eve', version, 'ab', body FROM user_account WHERE name = 'operator'",),
        "user:eve is in no entry",
    ),
    "not-json": (("UPDATE alarm SET body = 'x'",), "can't be read"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_d4_a_row_edited_past_the_record_is_named_and_written_again(desk, url, edit):
    assert check_store(url, desk.now.utc) == ()
    before = rows(url)
    statements, *named = EDITS[edit]
    forge(url, *statements)
    found = "\n".join(check_store(url, desk.now.utc))
    assert all(each in found for each in named), found
    assert rebuild_store(url, desk.now, SHELL)
    assert check_store(url, desk.now.utc) == ()
    after = rows(url)
    added = set(after["audit_subject"]) - set(before["audit_subject"])  # of the entry that says what was written again
    assert len(added) == 1
    after["audit_subject"] = [each for each in after["audit_subject"] if each not in added]
    assert after == before
    assert rebuild_store(url, desk.now, SHELL) == ()


def test_a_time_that_is_none_is_named_and_written_again(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    desk = Desk(open_store(url, AirspaceBook(TWENTE, TomlAirframes())))
    desk.cleared()
    forge(url, "UPDATE slot SET ends = 'never'", "UPDATE audit_subject SET happened = 'never' WHERE seq = 2")
    found = check_store(url, desk.now.utc)
    assert any("slot:S1 can't be read" in each for each in found), found
    assert any("index of entry 2" in each for each in found), found
    rebuild_store(url, desk.now, SHELL)
    assert check_store(url, desk.now.utc) == ()
    desk.store.close()


def test_what_is_private_of_a_user_survives_as_long_as_it_fits_the_record(desk, url):
    with desk.store.read() as work:
        operator = work.users.get("operator")
    forge(url, """UPDATE user_account SET body = replace(body, '"disabled":false', '"disabled":true')""")
    rebuild_store(url, desk.now, SHELL)
    with desk.store.read() as work:
        assert work.users.get("operator") == operator
    forged = replace(operator, mail="eve@example.org", password_hash="of another password")
    with desk.store.write() as work:  # past every change, as an edit of the database
        work.users.replace(replace(forged, version=operator.version + 1))
    assert any("password_hash" in each for each in check_store(url, desk.now.utc))
    rebuild_store(url, desk.now, SHELL)
    with desk.store.read() as work:
        assert work.users.get("operator") == replace(operator, full_name="", mail="", password_hash="")
    assert check_store(url, desk.now.utc) == ()


def test_a_record_of_0_9_gets_a_baseline_once_and_is_compared_from_there_on(url):
    desk = Desk(open_store(url, AirspaceBook(TWENTE, TomlAirframes())))
    desk.cleared()
    as_before_0_10(url)
    forge(url, "UPDATE slot SET callsign = 'D08'")
    assert check_store(url, desk.now.utc) == ()  # no entry says otherwise
    record_baseline(desk.services.changes, desk.now)
    record_baseline(desk.services.changes, desk.now)
    assert sum(each.action == BASELINE for each in desk.record()) == 1
    assert check_store(url, desk.now.utc) == ()
    forge(
        url,
        "UPDATE slot SET callsign = 'D09'",
        "DELETE FROM audit_subject WHERE seq = (SELECT min(seq) FROM audit_subject)",
    )
    found = check_store(url, desk.now.utc)
    assert any("slot:S1 isn't as entry" in each for each in found), found
    assert any("index: of entries 1 to" in each for each in found), found
    desk.store.close()


def test_a_record_of_this_release_gets_no_baseline(desk):
    before = desk.record()
    record_baseline(desk.services.changes, desk.now)
    assert desk.record() == before
