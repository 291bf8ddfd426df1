"""Crews and equipment: when there isn't enough, who has it; counted minute by minute by a naive reference."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.resources import Resource, compete, resource_of, resources_from, shortages
from rangeops.domain.slot_terms import Need, SlotTerms
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import VolumeId

CREW, RADAR = Resource("crew", "range crew", 3), Resource("radar", "ground radar", 1)
KNOWN = {"crew": CREW, "radar": RADAR}
MINUTE = timedelta(minutes=1)


def slot(number, start, minutes, **needs):
    starts = NOON + start * MINUTE
    terms = SlotTerms(needs=tuple(Need(name, amount) for name, amount in needs.items()))
    return Slot(
        SlotId(f"S{number}"), 1, "ACME", VolumeId("NORTH"), starts, starts + minutes * MINUTE, Sysid(7), "D07",
        "survey-quad", "ch 2", None, SlotState.APPROVED, terms=terms,
    )  # fmt: skip


needs = st.dictionaries(st.sampled_from(sorted(KNOWN)), st.integers(1, 3), max_size=2)
times = st.tuples(st.integers(0, 20), st.integers(1, 10))


@given(times, needs, st.lists(st.tuples(times, needs), max_size=5))
def test_shortages_are_just_the_minutes_in_which_too_much_would_be_used(mine, wants, others):
    asking = slot(1, *mine, **wants)
    holders = [slot(number, *at, **uses) for number, (at, uses) in enumerate(others, start=2)]
    expected = {
        (name, minute)
        for name, amount in wants.items()
        for minute in range(mine[0], sum(mine))
        if amount + sum(uses.get(name, 0) for at, uses in others if at[0] <= minute < sum(at)) > KNOWN[name].amount
    }
    found = list(shortages(asking, holders, KNOWN.values()))
    minutes = [
        (each.resource.id, minute)
        for each in found
        for minute in range((each.during[0] - NOON) // MINUTE, (each.during[1] - NOON) // MINUTE)
    ]
    assert len(minutes) == len(set(minutes))
    assert set(minutes) == expected


def test_who_has_it_is_named_and_who_has_something_else_is_not():
    (short,) = shortages(slot(1, 0, 30, radar=1), [slot(2, 10, 10, radar=1), slot(3, 0, 30, crew=3)], KNOWN.values())
    assert [each.id for each in short.holders] == ["S2"]
    assert short.during == (NOON + 10 * MINUTE, NOON + 20 * MINUTE)


def test_set_up_and_clear_down_use_it_too_and_the_next_may_follow_at_once():
    held = slot(2, 10, 10, radar=1)
    held = replace(held, terms=replace(held.terms, set_up_minutes=5, clear_down_minutes=5))
    assert not list(shortages(slot(1, 25, 10, radar=1), [held], KNOWN.values()))
    assert not list(shortages(slot(1, 0, 5, radar=1), [held], KNOWN.values()))
    assert list(shortages(slot(1, 24, 10, radar=1), [held], KNOWN.values()))
    assert list(shortages(slot(1, 0, 6, radar=1), [held], KNOWN.values()))


def test_a_slot_is_not_in_its_own_way():
    one = slot(1, 0, 30, radar=1)
    assert not list(shortages(one, [one], KNOWN.values()))


def test_of_what_the_range_does_not_name_any_more_it_has_none():
    assert resource_of(Need("boat"), KNOWN.values()) == Resource("boat", "boat", 0)
    (short,) = shortages(slot(1, 0, 30, boat=1), [], KNOWN.values())
    assert (short.wanted, short.holders) == (1, ())


def test_slots_compete_for_the_same_thing_at_the_same_time():
    one = slot(1, 0, 30, crew=1)
    assert compete(one, slot(2, 29, 10, crew=1, radar=1))
    assert not compete(one, slot(2, 30, 10, crew=1))
    assert not compete(one, slot(2, 0, 30, radar=1))


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ([{"id": "crew", "name": "range crew"}], "amount must be"),
        ([{"id": "crew", "name": "range crew", "amount": 0}], "between 1 and 100"),
        ([{"id": "crew", "name": "range crew", "amount": 1.5}], "whole number"),
        ([{"id": "crew", "name": "range crew", "amount": 1, "colour": "red"}], "unknown key colour"),
        ([{"id": "crew", "name": "one", "amount": 1}, {"id": "crew", "name": "two", "amount": 1}], "has that id"),
        (
            [{"id": "one", "name": "crew", "amount": 1}, {"id": "two", "name": "crew", "amount": 1}],
            "has that id or name",
        ),
    ],
)
def test_a_resource_that_cannot_be_is_refused_in_one_sentence(tables, says):
    with pytest.raises(Invalid, match=says):
        resources_from(Facts({"resource": tables}, "range.toml").sections("resource"))
