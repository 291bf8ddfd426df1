"""One behaviour for every store. PostgreSQL joins where there is one (tests/support/postgres.py)."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from desk import D07, NOON, TWENTE, UNBUFFERED, Desk, TomlAirframes, alarm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.audit import Actor, append, first_fault
from rangeops.domain.clearance import Bound, Clearance, ParameterCheck, SafetyWord, StopProof, Vote
from rangeops.domain.commands import CommandKind
from rangeops.domain.errors import Conflict, Damaged, Invalid, NotFound, RangeopsError, Unavailable
from rangeops.domain.events import AlarmChanged
from rangeops.domain.incidents import Place, begin
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.projections import KINDS
from rangeops.domain.slots import Slot, SlotEvent, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import VolumeId, operational_volumes
from rangeops.domain.weather import ReportKind, WeatherReport, WindSpan
from rangeops.services.airspace import AirspaceBook
from rangeops.services.ports.store import WatchPosition, ZoneRecord
from rangeops.wire.api import PlanCheck, PlanPoint, PlanView


@pytest.fixture(params=sorted(STORES))
def store(request, empty_store):
    opened = open_store(empty_store(request.param), AirspaceBook(UNBUFFERED, TomlAirframes()))
    yield opened
    opened.close()


def slot(number=1, **changed):
    made = Slot(
        SlotId(f"S{number}"), 1, "ACME ✈", VolumeId("NORTH"), NOON, NOON + timedelta(minutes=30, microseconds=1), D07,
        "D07", "survey-quad", "ch 2", None, SlotState.REQUESTED,
    )  # fmt: skip
    return replace(made, **changed)


def plan(number=1, revision=1):
    return PlanView(
        f"P{number}", "SURVEY", revision, "ACME", "NORTH", "survey-quad", "a.plan", "ab" * 32, NOON, "refused",
        (PlanCheck("GEO-03", passed=False, title="Inside", what="WP 7 is outside", fix="move it", waypoint=7),),
        (PlanPoint(1, 52.1, 6.9, 80.25),),
    )  # fmt: skip


def entry(previous=None, payload=None):
    return append(previous, now=Now(1.5, NOON), actor=Actor("op1", "operator"), action="a", target="t", payload=payload)


def write(store, work_on):
    with store.write() as work:
        return work_on(work)


def read(store, work_on):
    with store.read() as work:
        return work_on(work)


def test_a_slot_comes_back_as_it_was_given_in_utc(store):
    local = timezone(timedelta(hours=1))
    given_in = slot(starts=NOON.astimezone(local))
    write(store, lambda work: work.slots.add(given_in))
    got = read(store, lambda work: work.slots.get(SlotId("S1")))
    assert got == given_in
    assert got.starts.utcoffset() in (timedelta(0), timedelta(hours=1))


def test_zones_are_noted_with_what_was_approved_and_their_versions_are_kept(store):
    approved = slot(zones_sha256="ab" * 32)
    cleared = Clearance(SlotId("S1"), zones_sha256="cd" * 32)
    first = ZoneRecord(1, "twente", "ab" * 32, NOON, {"zone HOUSING": "12" * 32, "boundary": "34" * 32})
    second = replace(first, number=2, sha256="cd" * 32, first_utc=NOON + timedelta(hours=1))

    def put(work):
        work.slots.add(approved)
        work.clearances.put(cleared)
        work.zones.add(first)
        work.zones.add(second)

    write(store, put)
    assert read(store, lambda work: work.slots.get(SlotId("S1"))) == approved
    assert read(store, lambda work: work.clearances.get(SlotId("S1"))) == cleared
    assert read(store, lambda work: work.zones.all()) == (second, first)


def test_ids_count_up_and_are_never_used_twice(store):
    for number in (1, 2, 3):
        assert write(store, lambda work: work.slots.new_id()) == f"S{number}"
        write(store, lambda work, n=number: work.slots.add(slot(n)))


@pytest.mark.parametrize("absent", ["S9", "S", "X1", "", "S99999999999999999999", "S1;--", "S\u0661"])
def test_what_is_not_there_is_not_found(store, absent):
    with pytest.raises(NotFound):
        read(store, lambda work: work.slots.get(SlotId(absent)))
    with pytest.raises(NotFound):
        read(store, lambda work: work.plans.get(absent))
    with pytest.raises(NotFound):
        read(store, lambda work: work.incidents.get(absent))


def test_a_name_that_a_database_cannot_hold_is_not_there_or_is_said_to_be_no_text(store):
    with pytest.raises((NotFound, Invalid)):
        read(store, lambda work: work.incidents.get("INC-2026-\0"))
    with pytest.raises((NotFound, Invalid)):
        read(store, lambda work: work.users.get("a\0b"))


def test_a_slot_that_moved_on_meanwhile_is_not_overwritten(store):
    write(store, lambda work: work.slots.add(slot()))
    write(store, lambda work: work.slots.replace(slot(version=2, state=SlotState.APPROVED)))
    with pytest.raises(Conflict, match="version 2"):
        write(store, lambda work: work.slots.replace(slot(version=2, state=SlotState.REFUSED)))
    assert read(store, lambda work: work.slots.get(SlotId("S1"))).state is SlotState.APPROVED


def test_slots_that_hold_airspace_are_found_by_half_open_time(store):
    states = [SlotState.APPROVED, SlotState.BRIEFED, SlotState.ACTIVE, SlotState.REQUESTED, SlotState.CANCELLED]
    for number, state in enumerate(states, start=1):
        starts = NOON + timedelta(hours=number)
        changed = {"state": state, "starts": starts, "ends": starts + timedelta(hours=1)}
        write(store, lambda work, n=number, c=changed: work.slots.add(slot(n, **c)))
    first, last = NOON + timedelta(hours=1), NOON + timedelta(hours=4)
    assert [each.id for each in read(store, lambda work: work.slots.holding(first, last))] == ["S1", "S2", "S3"]
    assert read(store, lambda work: work.slots.holding(last, last + timedelta(hours=3))) == ()
    assert read(store, lambda work: work.slots.holding(NOON, first)) == ()
    assert [each.id for each in read(store, lambda work: work.slots.in_state([SlotState.CANCELLED]))] == ["S5"]


def test_what_fails_in_the_middle_leaves_nothing_behind(store):
    def fail(work):
        work.slots.add(slot())
        work.record.add(entry())
        raise Invalid("no", where="here", do="Nothing.")

    with pytest.raises(Invalid):
        write(store, fail)
    assert read(store, lambda work: (work.slots.all(), work.record.head())) == ((), None)


def test_plans_keep_their_file_and_count_their_revisions(store):
    write(store, lambda work: work.plans.add(plan(), b"\x00\xff"))
    write(store, lambda work: work.plans.add(plan(2, 2), b"second"))
    assert read(store, lambda work: work.plans.get("P1")) == plan()
    assert read(store, lambda work: work.plans.content("P1")) == b"\x00\xff"
    assert [each.id for each in read(store, lambda work: work.plans.all())] == ["P2", "P1"]
    assert read(store, lambda work: (work.plans.revisions("ACME", "SURVEY"), work.plans.count())) == (2, 2)
    assert read(store, lambda work: work.plans.revisions("OTHER", "SURVEY")) == 0


def test_links_keep_their_order(store):
    for uri in ("udpin:b", "udpin:a", "serial:c"):
        write(store, lambda work, u=uri: work.links.add(u))
    write(store, lambda work: work.links.remove("udpin:a"))
    assert read(store, lambda work: work.links.all()) == ("udpin:b", "serial:c")


def test_a_clearance_is_blank_until_one_is_put(store):
    write(store, lambda work: work.slots.add(slot()))
    assert read(store, lambda work: work.clearances.get(SlotId("S1"))) == Clearance(SlotId("S1"))
    given_out = Clearance(SlotId("S1"), True, "op1", NOON, "ab" * 32, "read back equal", 30.0, "Jan", "cd" * 32)  # noqa: FBT003
    write(store, lambda work: work.clearances.put(given_out))
    assert read(store, lambda work: work.clearances.get(SlotId("S1"))) == given_out
    both = read(store, lambda work: work.clearances.of([SlotId("S2"), SlotId("S1")]))
    assert both == {SlotId("S1"): given_out, SlotId("S2"): Clearance(SlotId("S2"))}
    assert read(store, lambda work: work.clearances.of([])) == {}


def test_the_words_of_a_clearance_come_back_as_they_were_given(store):
    write(store, lambda work: work.slots.add(slot()))
    about = Bound("P1", 3)
    given_out = Clearance(
        SlotId("S1"),
        withdrawn=True,
        armed_utc=NOON,
        votes=(Vote("pilot", False, "Jan", "op1", NOON, about, "wind"),),  # noqa: FBT003  # no-go
        word=SafetyWord("rso", NOON, about),
        check=ParameterCheck("4.5.7", "ab" * 32, NOON, "op1"),
        rechecked_sha256="cd" * 32,
        flights=2,
    )
    write(store, lambda work: work.clearances.put(given_out))
    assert read(store, lambda work: work.clearances.get(SlotId("S1"))) == given_out


def test_the_last_proof_of_each_kind_is_kept_for_each_vehicle(store):
    first = StopProof(D07, "ACME", CommandKind.HOLD, NOON, "C1")
    home = replace(first, kind=CommandKind.RTL, command="C2")
    later = replace(first, utc=NOON + timedelta(hours=1), command="C3")
    for proof in (first, home, later, replace(first, sysid=Sysid(8))):
        write(store, lambda work, p=proof: work.stop_proofs.put(p))
    assert read(store, lambda work: work.stop_proofs.of(D07)) == (later, home)
    assert read(store, lambda work: work.stop_proofs.of(Sysid(9))) == ()


def test_weather_reports_come_back_in_the_order_in_which_they_came(store):
    span = WindSpan(NOON, NOON, 4.0, None)
    old, new = (
        WeatherReport(ReportKind.METAR, "EHTW", NOON - timedelta(hours=hours), (span,), "METAR") for hours in (3, 1)
    )
    for report in (new, old):  # not in the order in which they were issued
        write(store, lambda work, r=report: work.weather.add(r, NOON, "op1"))
    assert read(store, lambda work: work.weather.since(NOON - timedelta(hours=3))) == (new, old)
    assert read(store, lambda work: work.weather.since(NOON - timedelta(hours=2))) == (new,)


def orders(version):
    airframe = TomlAirframes().get("survey-quad")
    volumes = operational_volumes(TWENTE.volumes[0].flight_geography, airframe, TWENTE.frame, TWENTE.assumptions)
    vehicle = VehicleOrder(
        D07, "D07", "ACME", SlotId("S1"), NOON, NOON + timedelta(hours=1), airframe, volumes, True, None, 30.0, "ch 2"  # noqa: FBT003
    )  # fmt: skip
    return Orders(
        version, "twente", 52.0, 6.0, 35.0, TWENTE.boundary, TWENTE.policy, ("udpin:127.0.0.1:14550",), (vehicle,)
    )


def test_orders_come_back_to_the_last_digit(store):
    assert read(store, lambda work: work.orders.latest()) is None
    for version in (1, 2):
        write(store, lambda work, v=version: work.orders.add(orders(v), NOON))
    assert read(store, lambda work: (work.orders.latest(), work.orders.get(1), work.orders.get(9))) == (
        orders(2),
        orders(1),
        None,
    )


def test_incidents_and_alarms_are_replaced_by_id(store):
    incident = begin(1, AlarmChanged(alarm()), NOON, Place(D07, "D07", "ACME", "S1"))
    later = replace(incident, id="INC-2026-0002", opened_utc=NOON + timedelta(seconds=9))
    for each in (incident, later, replace(incident, ended_utc=NOON)):
        write(store, lambda work, e=each: work.incidents.put(e))
    assert read(store, lambda work: work.incidents.all()) == (later, replace(incident, ended_utc=NOON))
    assert read(store, lambda work: (work.incidents.count(2026), work.incidents.count(2025))) == (2, 0)
    assert len(read(store, lambda work: work.incidents.of(D07, "S1"))) == 2
    for value in ("9 s", "8 s"):
        write(store, lambda work, v=value: work.alarms.put(replace(alarm(), value=v)))
    (kept,) = read(store, lambda work: work.alarms.all())
    assert kept == replace(alarm(), value="8 s")


def test_a_journal_position_starts_blank_and_is_moved(store):
    assert read(store, lambda work: work.journal.position("mast")) == WatchPosition("mast")
    moved = WatchPosition("mast", 2, 2**40, 7)
    write(store, lambda work: work.journal.move(moved))
    write(store, lambda work: work.journal.note("mast", 2, 2**40, "digest"))
    assert read(store, lambda work: work.journal.position("mast")) == moved
    assert read(store, lambda work: work.journal.digest("mast", 2, 2**40)) == "digest"
    assert read(store, lambda work: work.journal.digest("mast", 1, 2**40)) is None


def test_the_record_comes_back_verifiable_and_findable(store):
    entries = [entry()]
    for payload in ({"text": "a\u202e\x00é"}, [1, "0.1", None], "x" * 100_000):
        entries.append(entry(entries[-1], payload))
    for each in entries:
        write(store, lambda work, e=each: work.record.add(e))
    assert read(store, lambda work: work.record.head()) == entries[-1]
    assert read(store, lambda work: work.record.following(0, 99)) == tuple(entries)
    assert read(store, lambda work: work.record.following(1, 2)) == tuple(entries[1:3])
    assert read(store, lambda work: work.record.newest(2)) == tuple(entries[2:])
    assert first_fault(read(store, lambda work: work.record.following(0, 99))) is None


def test_the_record_is_searched_by_subject_in_the_order_of_what_happened(store):
    first, second = entry(), entry(entry())

    def put(work):
        for each, happened in ((first, NOON + timedelta(seconds=5)), (second, NOON)):
            work.record.add(each)
            work.record.point(each.seq, ["vehicle:7", "slot:S1"], happened)

    write(store, put)
    found = read(store, lambda work: work.record.about(["slot:S1", "vehicle:7"], NOON, NOON + timedelta(seconds=5)))
    assert [(each.entry.seq, each.happened) for each in found] == [(2, NOON), (1, NOON + timedelta(seconds=5))]
    assert read(store, lambda work: work.record.about(["vehicle:8"], NOON, NOON + timedelta(seconds=5))) == ()
    assert read(store, lambda work: work.record.about(["vehicle:7"], NOON, NOON)) == found[:1]


def recorded(store, payload, *, action="a", target="t", pointed=True):
    """An entry in the store, indexed by what it states, or by nothing."""
    with store.write() as work:
        made = append(
            work.record.head(), now=Now(1.5, NOON), actor=Actor("op1", "operator"), action=action, target=target, payload=payload
        )  # fmt: skip
        work.record.add(made)
        if pointed:
            work.record.point(made.seq, payload["about"], payload["happened"])
    return made


def stating(seconds, *about, **others):
    return {"about": list(about), "happened": NOON + timedelta(seconds=seconds), "body": None, "says": "", **others}


def evidence(store, subjects, begins=0, ends=60, **chosen):
    since, until = (NOON + timedelta(seconds=seconds) for seconds in (begins, ends))
    return [
        (each.entry.seq, (each.happened - NOON).total_seconds())
        for each in read(store, lambda work: work.record.evidence(subjects, since, until, **chosen))
    ]


def test_evidence_is_found_in_the_entries_in_the_order_of_what_happened(store):
    recorded(store, stating(5, "slot:S1", "vehicle:7"))
    recorded(store, stating(0, "vehicle:7"), action="watch.mode")
    recorded(store, stating(60, "vehicle:7", "vehicle:70"))
    recorded(store, stating(60.000001, "vehicle:7"))
    recorded(store, stating(5, "vehicle:70"))
    recorded(store, stating(30))
    assert evidence(store, ["slot:S1", "vehicle:7"]) == [(2, 0), (1, 5), (3, 60)]
    assert evidence(store, ["vehicle:7"], 0, 0) == [(2, 0)]
    assert evidence(store, ["vehicle:7"], actions=["watch.mode", "b"]) == [(2, 0)]
    assert evidence(store, [f"vehicle:{number}" for number in range(8, 99)]) == [(5, 5), (3, 60)]
    assert evidence(store, ["vehicle:8"]) == evidence(store, []) == []


def test_the_moment_and_the_subjects_of_evidence_are_those_of_the_entry_itself(store):
    elsewhere = {"about": ["vehicle:8"], "happened": NOON + timedelta(hours=1)}
    text = 'a\0\U0001f681,"happened":"1970-01-01T00:00:00.000000Z","about":["vehicle:8"]'
    recorded(store, stating(1, "vehicle:7", body=[elsewhere, text], says=text, rows={"x": text}))
    recorded(store, stating(2, '%"_\\/é'))
    assert evidence(store, ["vehicle:7"]) == [(1, 1)]
    assert evidence(store, ["vehicle:8"], 0, 7200) == []
    assert evidence(store, ['%"_\\/é']) == [(2, 2)]
    assert evidence(store, ["%", '"', "vehicle:_", "é"]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_in_an_entry_has_a_key_that_postgresqls_index_would_take_for_the_entrys_moment(kind):
    """Its expression takes the last "happened" of a payload, and only rows and texts come after the entry's own."""
    schema = json.dumps(msgspec.json.schema(KINDS[kind]))
    assert '"happened"' not in schema
    assert "additionalProperties" not in schema, "keys that a user chooses"


def test_no_row_beside_the_entries_adds_evidence_or_takes_it_away(store):
    recorded(store, stating(1, "vehicle:7"), pointed=False)
    moved = recorded(store, stating(2, "vehicle:7"), pointed=False)
    with store.write() as work:
        work.record.point(moved.seq, ["vehicle:7", "vehicle:8"], NOON + timedelta(seconds=50))
    assert evidence(store, ["vehicle:7", "vehicle:8"]) == [(1, 1), (2, 2)]
    assert evidence(store, ["vehicle:8"]) == []


def test_evidence_from_before_the_entries_named_their_subjects_is_found_by_the_index(store):
    older = recorded(store, {"happened": NOON, "body": None, "says": ""}, action="watch.mode", pointed=False)
    with store.write() as work:
        work.record.point(older.seq, ["vehicle:7", "slot:S1"], NOON)
    recorded(store, stating(0, "vehicle:7"))
    assert evidence(store, ["vehicle:7", "slot:S1"]) == [(1, 0), (2, 0)]
    assert evidence(store, ["slot:S1"], actions=["watch.mode"]) == [(1, 0)]
    assert evidence(store, ["slot:S1"], actions=["watch.alarm"]) == []


def test_entries_are_found_by_their_target_in_their_order(store):
    for target in ("slot:S1", "slot:S11", "slot:S1", "slot:s1"):
        recorded(store, stating(0, "range"), target=target)
    assert [each.seq for each in read(store, lambda work: work.record.at_target("slot:S1"))] == [1, 3]
    assert read(store, lambda work: work.record.at_target("slot:S%")) == ()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50),
    moment=st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # its zone is beside it
    number=st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_text_time_and_figure_survives(store, text, moment, number):
    changed = replace(alarm(), title=text, raised_utc=moment, time_to_exit_s=number)
    write(store, lambda work: work.alarms.put(changed))
    assert changed in read(store, lambda work: work.alarms.all())


def test_of_many_who_approve_the_same_hour_one_wins(store):
    desk = Desk(store)
    slots = [desk.book(sysid=number) for number in range(1, 9)]
    start = threading.Barrier(len(slots))

    def approve(booked):
        start.wait()
        try:
            return desk.move(booked, SlotEvent.APPROVE)
        except RangeopsError as error:
            return error

    with ThreadPoolExecutor(len(slots)) as pool:
        results = list(pool.map(approve, slots))
    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 7 + ["Slot"]
    assert len(read(store, lambda work: work.slots.in_state([SlotState.APPROVED]))) == 1
    assert first_fault(desk.record()) is None


# What only a file has.


def test_a_commit_outlives_the_store(tmp_path):
    url = f"sqlite:///{tmp_path / 'range.db'}"
    store = open_store(url)
    write(store, lambda work: work.slots.add(slot()))
    store.close()
    again = open_store(url)
    assert read(again, lambda work: work.slots.all()) == (slot(),)
    again.close()


def test_sqlite_is_durable_private_and_checks_its_keys(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'range.db'}")
    with store.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    assert (tmp_path / "range.db").stat().st_mode & 0o077 == 0
    with pytest.raises(Unavailable, match="FOREIGN KEY"):
        write(store, lambda work: work.clearances.put(Clearance(SlotId("S9"))))
    store.close()


def test_two_stores_on_one_file_take_turns(tmp_path):
    """As two processes do: the second writer waits, then sees what the first committed."""
    url = f"sqlite:///{tmp_path / 'range.db'}"
    one, other = open_store(url), open_store(url)
    entered = threading.Event()

    def second():
        entered.wait()
        return write(other, lambda work: work.slots.new_id())

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with one.write() as work:
            entered.set()
            work.slots.add(slot())
            assert not waiting.done()
        assert waiting.result() == "S2"
    one.close()
    other.close()


def test_a_damaged_file_is_said_to_be_damaged(tmp_path):
    path = tmp_path / "range.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(Damaged, match="backup"):
        open_store(f"sqlite:///{path}")


def test_a_row_that_cannot_be_read_is_said_to_be_damaged(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'range.db'}")
    write(store, lambda work: work.plans.add(plan(), b""))
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE plan SET view = '{}'")
    with pytest.raises(Damaged, match="plan P1"):
        read(store, lambda work: work.plans.get("P1"))
    store.close()


@pytest.mark.parametrize("url", ["", "mysql://x", "nonsense", "sqlite:/bad url"])
def test_a_wrong_url_is_one_sentence(url):
    with pytest.raises((Invalid, Unavailable)):
        open_store(url)


def test_a_folder_in_the_way_is_one_sentence(tmp_path):
    with pytest.raises(Unavailable, match="can't be opened"):
        open_store(f"sqlite:///{tmp_path}")
