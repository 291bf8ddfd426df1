"""Registers: what lapses when, and what they lack for a slot."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeds import LAST_DAY, bodies_of

from rangeops.domain.errors import Invalid
from rangeops.domain.register_texts import body_from, columns, required, texts_of
from rangeops.domain.registers import (
    BODIES,
    Aircraft,
    Company,
    Document,
    DocumentKind,
    Entry,
    Pilot,
    Radio,
    RegisterKind,
    SlotFacts,
    expiring,
    gate,
    lapsed,
)

TODAY = date(2026, 11, 24)
SLOT = SlotFacts("ACME", "survey-quad", TODAY, authorisation=DocumentKind.AUTHORISATION)


def pilot(until=LAST_DAY, **changed):
    return Entry(replace(Pilot("P", "ACME", "J. Jansen", "A2", until), **changed))


def entries(*more, without=()):
    kept = [body for body in bodies_of("ACME") if not isinstance(body, without)]
    return [*map(Entry, kept), *more]


def lacks(slot, known):
    return [missing.what for missing in gate(slot, known)]


@pytest.mark.parametrize(
    ("days", "stage"), [(31, None), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1), (-1, 0), (-400, 0)]
)
def test_a_paper_is_warned_of_30_7_and_1_day_ahead_and_holds_on_its_last_day(days, stage):
    known = [pilot(TODAY + timedelta(days=days))]
    found = expiring(known, TODAY) + lapsed(known, TODAY)
    assert [each.stage for each in found] == ([] if stage is None else [stage])
    assert len(lapsed(known, TODAY)) == (days < 0)


def test_a_pilots_medical_lapses_by_itself_and_what_is_retired_warns_of_nothing():
    both = pilot(TODAY + timedelta(days=5), medical_until=TODAY - timedelta(days=1))
    assert [each.what for each in (*lapsed([both], TODAY), *expiring([both], TODAY))] == ["medical", "A2 certificate"]
    assert both.valid_until == TODAY - timedelta(days=1)
    assert not expiring([replace(both, retired=True)], TODAY)


def test_what_is_complete_lacks_nothing():
    assert gate(SLOT, entries()) == ()
    assert gate(replace(SLOT, aircraft=("ACME-survey-quad",), pilots=("ACME-P1",)), entries()) == ()


def test_an_unknown_company_is_told_how_it_gets_known():
    (missing,) = gate(SLOT, [])
    assert missing.what == "company ACME is not in the register"
    assert "rangeops register add company id=ACME" in missing.who
    (missing,) = gate(replace(SLOT, company="Acme Aerials"), entries())
    assert "id='Acme Aerials'" in missing.who


@pytest.mark.parametrize(
    ("without", "what"),
    [
        (Pilot, "a pilot is not in ACME's register"),
        (Aircraft, "an aircraft of type survey-quad is not in ACME's register"),
    ],
)
def test_a_company_without_one_that_would_do_is_refused(without, what):
    assert lacks(SLOT, entries(without=without)) == [what]


def test_what_a_slot_names_must_be_the_companys_own_and_of_its_type():
    other = Entry(Aircraft("X", "OTHER", "survey-quad", "1", 1.0))
    known = entries(other, Entry(Radio("R", "OTHER", "sik-433", "1")))
    named = replace(SLOT, aircraft=("X", "ACME-inspection-quad"), pilots=("nobody",), radios=("R",))
    assert lacks(named, known) == [
        "aircraft X is not in ACME's register",
        "aircraft ACME-inspection-quad is registered as inspection-quad, the slot is for survey-quad",
        "pilot nobody is not in ACME's register",
        "radio R is not in ACME's register",
    ]


def test_insurance_must_hold_on_the_slots_last_day_and_may_be_for_one_aircraft():
    def insured(until, subject=""):
        return Entry(Document("I", "ACME", DocumentKind.INSURANCE, until, subject=subject))

    known = entries(without=Document)
    slot = replace(SLOT, authorisation=None)
    named = replace(slot, aircraft=("ACME-survey-quad",))
    yesterday = TODAY - timedelta(days=1)
    assert lacks(slot, known) == ["ACME's insurance was never shown"]
    assert lacks(slot, [*known, insured(yesterday)]) == [
        "ACME's insurance holds until 2026-11-23, the slot is on 2026-11-24"
    ]
    assert lacks(slot, [*known, insured(TODAY)]) == []
    assert lacks(named, [*known, insured(TODAY, "ACME-survey-quad")]) == []
    assert lacks(named, [*known, insured(TODAY, "ACME-utility-rover")]) == [
        "ACME's insurance for ACME-survey-quad was never shown"
    ]


def test_a_named_pilots_papers_must_hold_and_of_unnamed_ones_one_must():
    late = pilot(TODAY - timedelta(days=1))
    assert lacks(replace(SLOT, pilots=("P",)), entries(late)) == [
        "pilot P's A2 certificate holds until 2026-11-23, the slot is on 2026-11-24"
    ]
    assert lacks(SLOT, entries(late)) == []
    assert lacks(SLOT, entries(late, without=Pilot)) != []


def test_who_flies_under_anothers_privilege_needs_that_ones_paper():
    slot = replace(SLOT, authorisation=DocumentKind.TEST_PRIVILEGE, authorised_by="NLR")
    assert lacks(slot, entries()) == ["NLR's test privilege was never shown"]
    privilege = Entry(Document("T", "NLR", DocumentKind.TEST_PRIVILEGE, TODAY))
    assert lacks(slot, entries(privilege)) == []
    assert lacks(slot, entries(replace(privilege, retired=True))) == ["NLR's test privilege was never shown"]


@given(st.data())
def test_nothing_retired_and_nothing_of_others_ever_opens_the_gate(data):
    known = entries()
    kept = data.draw(st.lists(st.booleans(), min_size=len(known), max_size=len(known)))
    some = [replace(entry, retired=not keep) for entry, keep in zip(known, kept, strict=True)]
    theirs = [Entry(body) for body in bodies_of("OTHER")]
    assert gate(SLOT, some) == gate(SLOT, [*theirs, *(entry for entry in some if not entry.retired)])
    if not any(keep for entry, keep in zip(known, kept, strict=True) if entry.kind is RegisterKind.COMPANY):
        assert gate(SLOT, some)


# -- texts


TEXT = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)


@given(st.sampled_from(list(BODIES)).flatmap(lambda kind: st.builds(BODIES[kind], id=TEXT, company=TEXT)
       if "company" in columns(kind) else st.builds(BODIES[kind], id=TEXT)))  # fmt: skip
def test_texts_say_all_of_an_entry(body):
    kind = Entry(body).kind
    try:
        again = body_from(kind, texts_of(body), where="here")
    except Invalid:
        return  # a builder's own text that can't be shown, an empty one that is required, a mass of nothing
    assert texts_of(again) == {name: text.strip() for name, text in texts_of(body).items()}


@pytest.mark.parametrize("body", bodies_of("ACME"), ids=lambda body: body.id)
def test_an_entry_comes_back_from_its_texts(body):
    assert body_from(Entry(body).kind, texts_of(body), where="here") == body


GOOD = {
    "id": "P1", "company": "ACME", "name": "J. Jansen", "certificate": "A2", "certificate_until": "2027-01-31",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"certificate_until": "31-01-2027"}, "certificate_until is '31-01-2027', which is no date as 2026-11-24"),
        ({"certificate_until": "20270131"}, "no date"),
        ({"certificate_until": "2027-02-30"}, "no date"),
        ({"certificate_until": ""}, "certificate_until not given"),
        ({"id": " "}, "id not given"),
        ({"shoe_size": "44"}, "a pilot has no shoe_size"),
        ({"id": "P" * 61}, "id is longer than 60 characters"),
        ({"name": "Jan\x1b]52;c;\x07"}, "can't be shown"),
    ],
)
def test_a_text_that_is_not_what_it_must_be_is_said_with_its_column(changed, says):
    with pytest.raises(Invalid) as raised:
        body_from(RegisterKind.PILOT, {**GOOD, **changed}, where="pilots.csv line 3")
    assert says in str(raised.value)
    assert str(raised.value).startswith("pilots.csv line 3: ")


@pytest.mark.parametrize(
    ("column", "text"),
    [("mtom_kg", "heavy"), ("mtom_kg", "nan"), ("mtom_kg", "1e400"), ("mtom_kg", "-1"), ("mtom_kg", "0"),
     ("sysid", "0"), ("sysid", "256"), ("sysid", "1.5"), ("sysid", "٣"), ("sysid", "9" * 5000), ("uas_class", "C9")],
)  # fmt: skip
def test_figures_are_held_to_their_bounds(column, text):
    good = {"id": "A", "company": "ACME", "airframe": "survey-quad", "serial": "1", "mtom_kg": "3.5"}
    assert isinstance(body_from(RegisterKind.AIRCRAFT, good, where="here"), Aircraft)
    with pytest.raises(Invalid):
        body_from(RegisterKind.AIRCRAFT, {**good, column: text}, where="here")


def test_each_register_needs_its_id():
    assert all("id" in required(kind) for kind in RegisterKind)
    assert Entry(Company("A", "A")).company == "A"
