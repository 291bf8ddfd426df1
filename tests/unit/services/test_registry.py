"""The registers kept: who changes what, and what it opens and shuts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from desk import NOON, OPERATOR, TWENTE, Desk
from seeds import LAST_DAY

from rangeops.domain.audit import Actor
from rangeops.domain.certificates import Certificate
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from rangeops.domain.registers import RegisterKind
from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.services.registry import range_day
from rangeops.wire.people import ImportView, RegisterRequest, Retirement

MEMBER = Actor("eve", "company-member", "ACME")
TODAY = date(2026, 11, 24)
PILOT = {"id": "P9", "company": "ACME", "name": "Piet Puk", "certificate": "A2", "certificate_until": "2027-03-01"}


@pytest.fixture
def desk():
    return Desk()


def add(desk, kind="pilot", actor=OPERATOR, reason="handed in", **fields):
    request = RegisterRequest({**(PILOT if kind == "pilot" else {}), **fields}, None, reason)
    return desk.services.registry.add(kind, request, desk.now, actor)


def change(desk, kind, entry, version, **fields):
    return desk.services.registry.change(kind, entry, RegisterRequest(fields, version, "why"), desk.now, OPERATOR)


def retire(desk, kind, entry, version=1, reason="left", *, retired=True):
    return desk.services.registry.retire(kind, entry, Retirement(version, reason, retired), desk.now, OPERATOR)


def log(desk):
    return [line.text for line in desk.services.log(50)]


def test_an_entry_is_added_changed_retired_and_brought_back_with_who_and_why(desk):
    added = add(desk)
    changed = change(desk, "pilot", "P9", 1, phone="+31 6 1", certificate_until="2028-01-01")
    assert (changed.version, changed.body.name, changed.body.phone) == (2, "Piet Puk", "+31 6 1")
    assert retire(desk, "pilot", "P9", 2).retired
    assert not retire(desk, "pilot", "P9", 3, "came back", retired=False).retired
    assert log(desk) == [
        "pilot P9 of ACME added by op1 (handed in)",
        "pilot P9 of ACME changed by op1: certificate_until, phone (why)",
        "pilot P9 of ACME retired by op1 (left)",
        "pilot P9 of ACME brought back by op1 (came back)",
    ]
    assert added.version == 1


def test_what_is_corrected_of_a_retired_entry_brings_it_not_back(desk):
    add(desk)
    retire(desk, "pilot", "P9", 1, "licence taken away")
    assert change(desk, "pilot", "P9", 2, phone="+31 6 2").retired
    with pytest.raises(Refused, match="P9"):
        desk.book(terms=SlotTerms(pilots=("P9",)))


def test_the_record_names_an_entry_and_no_person(desk):
    add(desk, medical_until="2027-01-01", certificate_number="NLD-12345")
    change(desk, "pilot", "P9", 1, name="Pieter Puk")
    payloads = " ".join(entry.payload for entry in desk.record())
    for private in ("Piet Puk", "Pieter Puk", "NLD-12345"):
        assert private not in payloads


def test_what_somebody_else_changed_is_not_overwritten(desk):
    add(desk)
    change(desk, "pilot", "P9", 1, phone="1")
    for attempt in (lambda: change(desk, "pilot", "P9", 1, phone="2"), lambda: retire(desk, "pilot", "P9", 1)):
        with pytest.raises(Conflict, match="version 2, you saw 1"):
            attempt()
    with pytest.raises(Conflict, match="already"):
        add(desk)
    with pytest.raises(Invalid, match="its id stays P9"):
        change(desk, "pilot", "P9", 2, id="P10")
    with pytest.raises(Invalid, match="a reason is missing"):
        retire(desk, "pilot", "P9", 2, " ")


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("pilot", {"company": "NOBODY"}, "company NOBODY is not in the register"),
        ("aircraft", {"id": "A", "company": "ACME", "airframe": "ufo", "serial": "1", "mtom_kg": "1"}, "no such airframe"),
        ("radio", {"id": "R", "company": "ACME", "radio": "cb", "serial": "1"}, "no type of radio known"),
        ("document", {"id": "D", "company": "ACME", "document": "insurance", "valid_until": "2027-01-01",
                      "subject": "SAXN-P1"}, "SAXN-P1 is no aircraft or pilot of ACME"),
        ("wizard", {"id": "W"}, "'wizard' is no register"),
    ],
)  # fmt: skip
def test_what_an_entry_names_must_be_there(desk, kind, fields, says):
    with pytest.raises((Invalid, NotFound), match=says):
        add(desk, kind, **fields)


def test_a_retired_company_gets_no_new_entries_and_no_slot(desk):
    slot = desk.book()
    retire(desk, "company", "ACME")
    with pytest.raises(NotFound, match="company ACME is not in the register"):
        add(desk)
    with pytest.raises(Refused, match="company ACME is not in the register"):
        desk.book(sysid=8)
    with pytest.raises(Refused, match="company ACME is not in the register"):
        desk.move(slot, SlotEvent.APPROVE)
    desk.move(slot, SlotEvent.REFUSE)  # saying no needs no papers


def test_a_paper_that_lapses_before_the_slots_day_shuts_booking_and_approval_until_it_is_renewed(desk):
    slot = desk.book()
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    change(desk, "document", "ACME-insurance", 1, valid_until=yesterday)
    with pytest.raises(Refused, match="ACME's insurance holds until 2026-11-23, the slot is on 2026-11-24"):
        desk.move(slot, SlotEvent.APPROVE)
    with pytest.raises(Refused, match="rangeops register change"):
        desk.book(volume="SOUTH", sysid=8)
    change(desk, "document", "ACME-insurance", 2, valid_until=TODAY.isoformat())
    assert desk.move(slot, SlotEvent.APPROVE).state is SlotState.APPROVED
    with pytest.raises(Refused, match="the slot is on 2026-11-25"):
        desk.book(volume="SOUTH", sysid=8, start_minutes=24 * 60)


def test_the_day_is_the_ranges_own():
    assert range_day(TWENTE, datetime(2026, 11, 24, 22, 59, tzinfo=UTC)) == TODAY
    assert range_day(TWENTE, datetime(2026, 11, 24, 23, 0, tzinfo=UTC)) == TODAY + timedelta(days=1)


def test_only_the_office_changes_registers_and_a_member_sees_his_companys(desk):
    registry = desk.services.registry
    for actor in (MEMBER, Actor("o", "observer"), Actor("s", "range-safety-officer")):
        with pytest.raises(Forbidden):
            add(desk, actor=actor)
    assert {entry.company for entry in registry.entries("", MEMBER)} == {"ACME"}
    assert len(registry.entries("company", OPERATOR)) > 1
    assert registry.get("company", "ACME", MEMBER).id == "ACME"
    with pytest.raises(NotFound):
        registry.get("company", "SAXN", MEMBER)


def rows(*texts):
    return [(f"pilots.csv line {line}", each) for line, each in enumerate(texts, start=2)]


def test_an_import_adds_changes_and_brings_back_and_tells_how_much(desk):
    take = desk.services.registry.import_rows
    second = {**PILOT, "id": "P10"}
    assert take("pilot", rows(PILOT, second), "list", desk.now, OPERATOR) == ImportView("pilot", 2, 0, 0)
    retire(desk, "pilot", "P10")
    renewed = {**PILOT, "certificate_until": "2029-01-01"}
    assert take("pilot", rows(renewed, second), "list", desk.now, OPERATOR) == ImportView("pilot", 0, 2, 0)
    assert take("pilot", rows(renewed, second), "list", desk.now, OPERATOR) == ImportView("pilot", 0, 0, 2)
    assert log(desk)[-1] == "op1 imported pilot entries: 0 added, 0 changed, 2 as they were"


def test_of_an_import_with_one_wrong_row_nothing_is_taken(desk):
    before = len(desk.record())
    wrong = {**PILOT, "id": "P10", "company": "NOBODY"}
    with pytest.raises(NotFound, match=r"pilots.csv line 3: company NOBODY"):
        desk.services.registry.import_rows("pilot", rows(PILOT, wrong), "", desk.now, OPERATOR)
    assert len(desk.record()) == before
    assert "P9" not in [entry.id for entry in desk.services.registry.entries("pilot", OPERATOR)]


def test_what_lapses_is_logged_once_at_each_stage(desk):
    add(desk, certificate_until="2026-12-20")
    warned = "pilot P9 (ACME): A2 certificate holds until 2026-12-20"
    for days, says in [(0, "26 days"), (0.1, None), (1, None), (13, None), (19, "7 days"), (20, None), (25, "1 day from"),
                       (27, "lapsed"), (60, None)]:  # fmt: skip
        before = len(log(desk))
        desk.services.registry.warn(desk.at(days * 86400))
        new = log(desk)[before:]
        assert len(new) == (says is not None), (days, new)
        assert all(says in line for line in new)
    assert log(desk)[1].startswith(warned)
    change(desk, "pilot", "P9", 1, certificate_until=(TODAY + timedelta(days=67)).isoformat())
    desk.services.registry.warn(desk.now)  # the same day: what was entered today is looked at
    assert log(desk)[-1].endswith("holds until 2027-01-30, 7 days from now")
    again = Desk(desk.store)  # a restart the same day says nothing twice
    again.services.registry.warn(desk.now)
    assert len(again.notices) == 0


def certificate(**changed):
    made = Certificate(
        "CERT-1", "twente", "survey-quad", 7, "ab" * 9, "ArduCopter 4.5.7", "abc", (), "",
        accepted=True, steps=(), figures=(), issued_utc=NOON, valid_until_utc=NOON + timedelta(days=90), by="op1",
        table_sha256="cd" * 32,
    )  # fmt: skip
    return replace(made, **changed)


def take_in(aircraft="ACME-survey-quad", company="ACME", **changed):
    desk = Desk(open_certificate=lambda _content, _now: certificate(**changed))
    return desk.services.registry.import_certificate(b"", company, aircraft, desk.now, OPERATOR)


def test_an_acceptance_certificate_is_registered_with_what_it_proves():
    entry = take_in()
    assert entry.kind is RegisterKind.ACCEPTANCE
    assert (entry.body.firmware, entry.body.table_sha256) == ("ArduCopter 4.5.7", "cd" * 32)
    assert entry.valid_until == date(2027, 2, 22)


@pytest.mark.parametrize(
    "wrong",
    [{"range_id": "elsewhere"}, {"airframe": "inspection-quad"}, {"aircraft": "SAXN-survey-quad"}, {"aircraft": "X"}],
    ids=str,
)
def test_a_certificate_of_another_range_type_or_owner_is_refused(wrong):
    with pytest.raises((Refused, Invalid, NotFound)):
        take_in(**wrong)


def test_no_acceptance_is_typed(desk):
    texts = {
        "id": "C",
        "company": "ACME",
        "aircraft": "ACME-survey-quad",
        "airframe": "survey-quad",
        "valid_until": "2027-01-01",
    }
    attempts = (
        lambda: add(desk, "acceptance", **texts),
        lambda: change(desk, "acceptance", "C", 1, valid_until="2030-01-01"),
        lambda: desk.services.registry.import_rows("acceptance", rows(texts), "", desk.now, OPERATOR),
    )
    for attempt in attempts:
        with pytest.raises(Refused, match="comes with its signed certificate"):
            attempt()


def test_seeds_outlive_the_clock_of_any_test():
    assert LAST_DAY > TODAY
