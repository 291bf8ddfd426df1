"""Registers and users: one behaviour for every store."""

from dataclasses import replace
from datetime import date

import pytest
from desk import NOON

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.errors import Conflict, Damaged, NotFound
from rangeops.domain.registers import (
    Acceptance,
    Aircraft,
    Company,
    Document,
    DocumentKind,
    Entry,
    Pilot,
    Radio,
    RegisterKind,
    Staff,
    UasClass,
)  # fmt: skip
from rangeops.domain.users import Role, User

DAY = date(2026, 12, 31)
ONE_OF_EACH = (
    Company("ACME ✈", "Acme Aerials B.V.", "NLD87astrdge12k8", "J. Jansen", "+31 53 000 0000", "ops@acme.example"),
    Pilot("P-1", "ACME ✈", "J. Jansen", "A2", DAY, "NLD-1", DAY, "+31 6 0000 0000"),
    Aircraft("A-1", "ACME ✈", "survey-quad", "SN 0001", 3.456789, "NLD-1", UasClass.C3, 7, "ab" * 9),
    Radio("R-1", "ACME ✈", "sik-433", "SN 2"),
    Document("D-1", "ACME ✈", DocumentKind.TEST_PRIVILEGE, DAY, "TED", "ILT-1", "A-1"),
    Acceptance("C-1", "ACME ✈", "A-1", "survey-quad", DAY, "op1", "ab" * 9, "ArduCopter 4.5.7", "abc", "cd" * 32, "ef"),
    Staff("S-1", "M. Smit", "range safety officer", "ch 1", "msmit", DAY),
)  # fmt: skip


@pytest.fixture(params=sorted(STORES))
def store(request, empty_store):
    opened = open_store(empty_store(request.param))
    yield opened
    opened.close()


def kept(store, *entries):
    with store.write() as work:
        for entry in entries:
            work.registers.add(entry)


@pytest.mark.parametrize("body", ONE_OF_EACH, ids=lambda body: type(body).__name__)
def test_an_entry_comes_back_as_it_was_given(store, body):
    kept(store, Entry(body))
    with store.read() as work:
        assert work.registers.get(Entry(body).kind, body.id) == Entry(body)


def test_entries_are_found_by_kind_and_by_company(store):
    kept(store, *map(Entry, ONE_OF_EACH), Entry(Company("OTHER", "Other")))
    with store.read() as work:
        assert [entry.id for entry in work.registers.all(RegisterKind.COMPANY)] == ["ACME ✈", "OTHER"]
        assert len(work.registers.all()) == len(ONE_OF_EACH) + 1
        assert {entry.company for entry in work.registers.of_company("ACME ✈")} == {"ACME ✈"}
        assert len(work.registers.of_company("ACME ✈")) == len(ONE_OF_EACH) - 1  # staff is the range's


def test_an_entry_that_moved_on_meanwhile_is_not_overwritten(store):
    first = Entry(Company("ACME", "Acme"))
    kept(store, first)
    changed = replace(first, version=2, retired=True)
    with store.write() as work:
        work.registers.replace(changed)
    for again in (changed, replace(first, version=4)):
        with pytest.raises(Conflict, match="changed meanwhile"), store.write() as work:
            work.registers.replace(again)
    with store.read() as work:
        assert work.registers.get(RegisterKind.COMPANY, "ACME") == changed


def test_one_id_is_given_once_in_each_register(store):
    kept(store, Entry(Company("X", "Acme")), Entry(Staff("X", "M. Smit", "observer")))
    with pytest.raises(Conflict, match="already"):
        kept(store, Entry(Company("X", "Other")))
    with pytest.raises(NotFound, match="register list pilot"), store.read() as work:
        work.registers.get(RegisterKind.PILOT, "X")


def test_users_come_back_are_versioned_and_found_by_their_token(store):
    jan = User(
        "jan", "J. Jansen", frozenset([Role.OPERATOR, Role.ADMIN]), password_set_utc=NOON, token_sha256="ab" * 32
    )
    eve = User("eve", "E. Eden", frozenset([Role.COMPANY_MEMBER]), company="ACME")
    with store.write() as work:
        work.users.add(jan)
        work.users.add(eve)
    with store.read() as work:
        assert work.users.all() == (eve, jan)
        assert work.users.with_token("ab" * 32) == jan
        assert work.users.with_token("") is None
        assert work.users.with_token("cd" * 32) is None
        for absent in ("nobody", "", "a\0b", "\ud800", "x" * 10_000):
            with pytest.raises(NotFound):
                work.users.get(absent)
    off = replace(jan, disabled=True, version=2)
    with store.write() as work:
        work.users.replace(off)
    for wrong in (lambda work: work.users.replace(off), lambda work: work.users.add(jan)):
        with pytest.raises(Conflict), store.write() as work:
            wrong(work)
    with store.read() as work:
        assert work.users.get("jan") == off


def test_an_entry_that_cannot_be_read_is_said_to_be_damaged(tmp_path):
    import sqlite3

    url = f"sqlite:///{tmp_path / 'r.db'}"
    store = open_store(url)
    kept(store, Entry(Company("ACME", "Acme")))
    with sqlite3.connect(tmp_path / "r.db") as connection:
        connection.execute('UPDATE register SET body = \'{"id": "ACME"}\'')
    connection.close()
    with pytest.raises(Damaged, match="name not given"), store.read() as work:
        work.registers.all()
    store.close()
