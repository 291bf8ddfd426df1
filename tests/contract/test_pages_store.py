"""Pages of long lists, the same on every store: each item once, in order, of one company or of all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import D07, NOON, UNBUFFERED, TomlAirframes, alarm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.alarms import AlarmId
from rangeops.domain.audit import Actor, append
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.volumes import VolumeId
from rangeops.services.airspace import AirspaceBook
from rangeops.wire.api import PlanView

COMPANIES = ("ACME", "SAXN")


@pytest.fixture(params=sorted(STORES))
def store(request, empty_store):
    opened = open_store(empty_store(request.param), AirspaceBook(UNBUFFERED, TomlAirframes()))
    yield opened
    opened.close()


def slot(number, minutes):
    return Slot(
        SlotId(f"S{number}"), 1, COMPANIES[number % 2], VolumeId("NORTH"), NOON + timedelta(minutes=minutes),
        NOON + timedelta(minutes=minutes + 30), D07, "D07", "survey-quad", "ch 2", None, SlotState.REQUESTED,
    )  # fmt: skip


def plan(number):
    name = f"PLAN {number}"
    return PlanView(
        f"P{number}",
        name,
        1,
        COMPANIES[number % 2],
        "NORTH",
        "survey-quad",
        "a.plan",
        "ab" * 32,
        NOON,
        "passed",
        (),
        (),
    )


def read(of_page, key, limit):
    """Page after page, until one isn't full."""
    told, last = [], None
    while True:
        found = of_page(limit, last)
        told += found
        if len(found) < limit:
            return told
        last = key(found[-1])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), limit=st.integers(1, 4), company=st.sampled_from([None, *COMPANIES]))
def test_a_companys_slots_and_plans_come_page_by_page_as_they_do_at_once(store, data, limit, company):
    with store.write() as work:
        begin = int(work.slots.new_id()[1:])
        for number, minutes in enumerate(data.draw(st.lists(st.integers(0, 3), max_size=9)), start=begin):
            work.slots.add(slot(number, minutes))
            work.plans.add(plan(number), b"")
    with store.read() as work:
        slots = read(
            lambda limit, after: work.slots.page(limit, after=after, company=company),
            lambda each: (each.starts, int(each.id[1:])),
            limit,
        )
        assert slots == [each for each in work.slots.all() if company in (None, each.company)]
        plans = read(
            lambda limit, before: work.plans.page(limit, before=before, company=company),
            lambda each: int(each.id[1:]),
            limit,
        )
        assert plans == [each for each in work.plans.all() if company in (None, each.company)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), limit=st.integers(1, 4))
def test_past_alarms_come_page_by_page_though_many_are_of_one_moment(store, data, limit):
    raised = st.tuples(st.integers(0, 3), st.sampled_from("aBc-dÉ "), st.integers(0, 99))
    with store.write() as work:
        for second, letter, number in data.draw(st.lists(raised, max_size=9)):
            made = replace(alarm(), id=AlarmId(f"{letter}{number}"), raised_utc=NOON + timedelta(seconds=second))
            work.alarms.put(made)
    since, until = NOON, NOON + timedelta(seconds=3)
    with store.read() as work:
        told = read(
            lambda limit, before: work.alarms.page(since, until, limit, before=before),
            lambda each: (each.raised_utc, each.id),
            limit,
        )
        assert told == list(work.alarms.raised(since, until))
        assert told == sorted(told, key=lambda each: (each.raised_utc, each.id), reverse=True)


def test_the_record_goes_back_from_an_entry(store):
    last = None
    with store.write() as work:
        for action in ("a", "b", "a", "a", "b"):
            last = append(
                last, now=Now(1.5, NOON), actor=Actor("op1", "operator"), action=action, target="t", payload=None
            )
            work.record.add(last)
    with store.read() as work:
        assert [each.seq for each in work.record.newest(2)] == [4, 5]
        assert [each.seq for each in work.record.newest(2, before=4)] == [2, 3]
        assert [each.seq for each in work.record.newest(9, before=4, without="b")] == [1, 3]
        assert work.record.newest(9, before=1) == ()
