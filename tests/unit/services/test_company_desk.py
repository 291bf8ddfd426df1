"""What concerns one company: what is next and what it lacks, what the range tells it, its papers, its flights."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import D07, NOON, OPERATOR, Desk

from rangeops.domain.audit import Actor
from rangeops.domain.errors import NotFound
from rangeops.domain.events import ArmedChanged, OrdersTaken
from rangeops.domain.slot_terms import Offer
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.wire.api import ClosureRequest, NoticeRequest, SlotChange
from rangeops.wire.company import Told

MIA, OTTO = Actor("mia", "company-member", "ACME"), Actor("otto", "company-member", "SAXN")


@pytest.fixture
def desk():
    return Desk()


def told(desk, *slots, closures=()):
    return [(each.kind, each.about.id) for each in desk.services.company.messages(slots, closures, desk.now)]


def test_what_is_next_comes_first_and_what_is_over_not_at_all(desk):
    late = desk.book(start_minutes=300)
    early = desk.move(desk.book(start_minutes=60), SlotEvent.APPROVE)
    gone = desk.move(desk.book(start_minutes=120), SlotEvent.CANCEL)
    found = desk.services.company.ahead([late, gone, early], desk.now)
    assert [each.slot.id for each in found] == [early.id, late.id]
    assert "No plan was handed in for it".lower() in [item.value.lower() for item in found[0].lacking]
    assert found[1].lacking == ()  # nobody has approved it yet
    desk.at(7200)
    assert [each.slot.id for each in desk.services.company.ahead([late, gone, early], desk.now)] == [late.id]


def test_an_offer_is_told_before_a_briefing_and_that_before_a_refusal(desk):
    refused = desk.move(desk.book(start_minutes=400), SlotEvent.REFUSE, reason="the grass is cut")
    approved = desk.move(desk.book(start_minutes=300), SlotEvent.APPROVE)
    offer = Offer(NOON + timedelta(minutes=30), "S9")
    offered = replace(desk.book(start_minutes=600), state=SlotState.OFFERED, offer=offer)
    assert told(desk, refused, approved, offered) == [
        (Told.OFFER, offered.id),
        (Told.BRIEFING, approved.id),
        (Told.REFUSED, refused.id),
    ]
    (first, *_) = desk.services.company.messages([offered], (), desk.now)
    assert first.until == NOON + timedelta(minutes=30)


def test_what_was_acknowledged_is_told_no_more_and_an_old_refusal_neither(desk):
    slot = desk.move(desk.book(start_minutes=60), SlotEvent.APPROVE)
    heard = desk.services.day.acknowledge(slot.id, NoticeRequest("briefing", "ACME-P1"), desk.now, MIA)
    assert told(desk, slot) == [(Told.BRIEFING, slot.id)]
    assert told(desk, heard) == []
    refused = desk.move(desk.book(start_minutes=400), SlotEvent.REFUSE, reason="rain")
    desk.at(timedelta(days=20).total_seconds())
    assert told(desk, refused) == []


def test_a_debrief_is_asked_for_after_the_flight(desk):
    closed = replace(desk.book(), state=SlotState.CLOSED)
    assert told(desk, closed) == [(Told.DEBRIEF, closed.id)]


def test_a_closure_in_its_time_is_told(desk):
    slot = desk.move(desk.book(start_minutes=60), SlotEvent.APPROVE)
    view = desk.services.closures.add(
        ClosureRequest("works", "mowing", NOON, NOON + timedelta(hours=3), reason="grass"), desk.now, OPERATOR
    )
    assert (Told.CLOSED, slot.id) in told(desk, slot, closures=[view])
    assert told(desk, closures=[view]) == []  # of a slot that isn't his, nothing


def test_papers_are_in_the_order_in_which_they_lapse(desk):
    entries = desk.services.registry.entries("", MIA)
    papers = desk.services.company.papers(entries, desk.now)
    assert {paper.what for paper in papers} == {"insurance", "authorisation", "A2 certificate"}
    assert [paper.until for paper in papers] == sorted(paper.until for paper in papers)
    assert all(paper.days_left > 3000 for paper in papers)


def happen(desk, at_s, event):
    desk.at(at_s)
    desk.tell(event)


def test_a_flight_lasts_from_arming_to_disarming_in_a_slot_of_the_companys(desk):
    slot = desk.briefed()
    happen(desk, 10, OrdersTaken(desk.orders[-1].version))
    happen(desk, 60, ArmedChanged(D07, armed=True))
    with desk.store.write() as work:
        work.slots.replace(replace(work.slots.get(slot.id), state=SlotState.ACTIVE, version=slot.version + 1))
    desk.at(300)
    assert desk.services.company.flown(MIA, desk.now) == ()  # it is in the air
    happen(desk, 60 + 432, ArmedChanged(D07, armed=False))
    desk.at(1000)
    (flight,) = desk.services.company.flown(MIA, desk.now)
    assert (flight.slot, flight.callsign, flight.volume, flight.minutes) == (slot.id, "D07", "NORTH", 7.2)
    assert desk.services.company.flown(OTTO, desk.now) == ()
    assert desk.services.company.flown(OPERATOR, desk.now) == ()  # it has no company


def test_one_slots_calendar_is_its_companys(desk):
    slot = desk.book(start_minutes=60)
    (entry,) = desk.services.company.calendar(slot.id, desk.now, MIA)
    assert (entry.starts, entry.sequence) == (slot.starts, slot.version)
    with pytest.raises(NotFound):
        desk.services.company.calendar(slot.id, desk.now, OTTO)


def test_a_slot_changed_by_its_company_is_what_its_company_sees(desk):
    slot = desk.book(start_minutes=60, company="ACME")
    desk.services.booking.change(slot.id, SlotChange("cancel", slot.version, "rain"), desk.now, MIA)
    (message,) = desk.services.company.messages(desk.services.sight.slots(MIA), (), desk.now)
    assert (message.kind, message.text) == (Told.CANCELLED, "rain")
