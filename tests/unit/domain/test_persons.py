"""Persons are kept apart: what the record holds proves their details, and tells nothing once they are erased."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.persons import KEPT_FOR, Details, Person, commit, erase, is_as_recorded, is_due

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SALT = bytes(range(32))
WITNESS = Details("witness", "J. Jansen", "06 1234", "It fell.")
INCIDENT = "INC-2026-0001"
ANY = st.text(max_size=8)
ANYBODY = st.tuples(ANY, st.builds(Details, ANY, ANY, ANY, ANY))


def person(details=WITNESS):
    return Person("W1", INCIDENT, details, SALT.hex(), commit(INCIDENT, details, SALT))


def test_details_are_as_recorded_until_one_is_changed():
    assert is_as_recorded(person())
    for field in fields(Details):
        assert not is_as_recorded(replace(person(), details=replace(WITNESS, **{field.name: "another"}))), field.name
    assert not is_as_recorded(replace(person(), incident="INC-2026-0002"))


@given(ANYBODY, ANYBODY)
def test_two_persons_never_share_a_commitment(one, other):
    """Also where what is moved from one field to the next reads the same in a row."""
    assert (commit(*one, SALT) == commit(*other, SALT)) == (one == other)


def test_what_is_erased_names_nobody_and_keeps_its_commitment():
    gone = erase(person(), NOON)
    assert gone.commitment == person().commitment
    text = " ".join(str(getattr(gone, field.name)) for field in fields(gone))
    assert not any(secret in text for secret in ("Jansen", "1234", "fell", SALT.hex()))
    assert not is_as_recorded(gone)


def test_a_salt_that_can_be_guessed_is_refused():
    with pytest.raises(ValueError, match="can be guessed"):
        commit(INCIDENT, WITNESS, b"short")


def test_when_it_is_time_to_erase():
    assert not is_due(person(), None, NOON + 2 * KEPT_FOR), "an incident that isn't closed keeps its persons"
    assert not is_due(person(), NOON, NOON + KEPT_FOR)
    assert is_due(person(), NOON, NOON + KEPT_FOR + timedelta(seconds=1))
    assert not is_due(erase(person(), NOON), NOON, NOON + 2 * KEPT_FOR)
