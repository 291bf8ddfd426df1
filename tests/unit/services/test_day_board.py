"""A day beside its slots: closures, light, conflicts; feeds for those who may see them; drafts that are only drafts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from desk import NOON, OPERATOR, TWENTE, Desk

from rangeops.adapters.sun import SunOver
from rangeops.domain.audit import Actor
from rangeops.domain.calendar_entries import EntryStatus
from rangeops.domain.errors import Conflict, Forbidden, NotFound, Refused
from rangeops.domain.notices import NoticeRules
from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.slots import SlotEvent
from rangeops.wire.api import ClosureRequest

TODAY = date(2026, 11, 24)
MEMBER = Actor("anna", "company-member", company="ACME")
STRANGER = Actor("bo", "company-member", company="SAXN")
OBSERVER = Actor("obs", "observer")


def approved(desk, **changed):
    return desk.move(desk.book(**changed), SlotEvent.APPROVE)


def close(desk, *volumes, start_minutes=60, minutes=60, rule=""):
    starts = NOON + timedelta(minutes=start_minutes)
    request = ClosureRequest(
        "traffic", "crewed traffic", starts, starts + timedelta(minutes=minutes), volumes, rule=rule
    )
    return desk.services.closures.add(request, desk.now, OPERATOR)


def test_a_day_is_the_ranges_own_from_midnight_to_midnight():
    view = Desk().services.board.view(TODAY)
    assert (view.starts, view.ends) == (NOON - timedelta(hours=13), NOON + timedelta(hours=11))


def test_a_day_on_which_clocks_change_has_25_hours():
    view = Desk().services.board.view(date(2026, 10, 25))
    assert view.ends - view.starts == timedelta(hours=25)


def test_it_is_light_between_civil_twilights():
    sun = SunOver(TWENTE.frame.origin_latitude_deg, TWENTE.frame.origin_longitude_deg)
    view = Desk(definition=replace(TWENTE, sun=sun)).services.board.view(date(2026, 12, 21))
    assert abs(view.dawn - datetime(2026, 12, 21, 6, 56, tzinfo=UTC)) < timedelta(minutes=2)
    assert abs(view.dusk - datetime(2026, 12, 21, 16, 5, tzinfo=UTC)) < timedelta(minutes=2)


def test_nobody_says_when_it_is_light_without_a_sun():
    view = Desk().services.board.view(TODAY)
    assert (view.dawn, view.dusk) == (None, None)


def test_a_request_in_anothers_way_is_told_with_the_minutes_they_share():
    desk = Desk()
    first = approved(desk, start_minutes=60)
    wants = desk.book(start_minutes=75, sysid=8, callsign="D08")
    (conflict,) = desk.services.board.view(TODAY).conflicts
    assert (conflict.slot, conflict.other) == (wants.id, first.id)
    assert conflict.starts == wants.starts
    assert conflict.ends == first.ends + timedelta(minutes=5), "the range keeps five minutes between two slots"
    assert "15 min in the same air" in conflict.says


def test_what_is_free_has_no_conflict():
    desk = Desk()
    approved(desk, start_minutes=60)
    desk.book(start_minutes=240, sysid=8, callsign="D08")
    assert desk.services.board.view(TODAY).conflicts == ()


def test_a_closure_names_the_volumes_that_it_closes_and_whom_it_meets():
    desk = Desk()
    slot = approved(desk, start_minutes=60)
    closure = close(desk, "NORTH").closure
    view = desk.services.board.view(TODAY)
    (closed,) = view.closed
    assert (closed.closure, closed.volumes, closed.kind) == (closure.id, ("NORTH",), "traffic")
    assert (closed.starts, closed.ends) == (closure.starts, closure.ends)
    (conflict,) = view.conflicts
    assert (conflict.slot, conflict.other) == (slot.id, "")


def test_a_closure_without_a_place_closes_everything():
    desk = Desk()
    close(desk)
    (closed,) = desk.services.board.view(TODAY).closed
    assert set(closed.volumes) == {volume.id for volume in TWENTE.volumes}


def test_a_closure_is_on_its_days_alone():
    desk = Desk()
    close(desk, "NORTH", rule="FREQ=WEEKLY;UNTIL=20261231")
    days = [bool(desk.services.board.view(TODAY + timedelta(days=n)).closed) for n in range(15)]
    assert [n for n, closed in enumerate(days) if closed] == [0, 7, 14]


def test_a_company_sees_its_own_calendar_and_nobody_elses():
    desk = Desk()
    desk.book()
    calendars = desk.services.calendars
    assert len(calendars.of_company("ACME", desk.now, MEMBER)) == 1
    assert len(calendars.of_company("ACME", desk.now, OBSERVER)) == 1
    with pytest.raises(NotFound):  # as of a company that never asked for a slot
        calendars.of_company("ACME", desk.now, STRANGER)
    with pytest.raises(Forbidden):
        calendars.of_volume("NORTH", desk.now, MEMBER)


def test_a_volumes_calendar_may_be_empty_and_a_strangers_is_not_there():
    desk = Desk()
    assert desk.services.calendars.of_volume("EAST", desk.now, OPERATOR) == ()
    for wanted in (desk.services.calendars.of_volume, desk.services.calendars.of_company):
        with pytest.raises(NotFound):
            wanted("NOWHERE", desk.now, OPERATOR)


def test_a_cancelled_slot_stays_in_the_feed_as_cancelled():
    desk = Desk()
    slot = desk.move(desk.book(), SlotEvent.CANCEL)
    (entry,) = desk.services.calendars.of_volume("NORTH", desk.now, OPERATOR)
    assert (entry.status, entry.sequence) == (EntryStatus.CANCELLED, slot.version)


def test_a_notams_draft_tells_of_the_flight_with_its_time_out():
    desk = Desk()
    slot = desk.book(start_minutes=60, terms=SlotTerms(set_up_minutes=15, time_out_minutes=20))
    draft = desk.services.drafts.notam(slot.id, OPERATOR)
    assert "B) 2611241300 C) 2611241350" in draft.text
    assert "F) SFC" in draft.text, "the volume begins below the ground"
    assert draft.checks[0].startswith("NOT TO BE FILED"), "of a synthetic range"
    assert any("the slot is requested" in check.lower() for check in draft.checks)
    assert any("5 working days" in check for check in draft.checks)


def test_a_mails_draft_names_whom_the_range_tells_and_says_that_it_is_synthetic():
    desk = Desk()
    draft = desk.services.drafts.mail(approved(desk, start_minutes=60).id, OPERATOR)
    assert [to.rpartition("<")[2] for to in draft.to] == [f"{each.address}>" for each in TWENTE.notices.recipients]
    assert "14:00 to 14:30 local (13:00-13:30 UTC)" in draft.text
    assert "EXERCISE" in draft.text
    assert not any("promised" in check for check in draft.checks)


def test_drafting_changes_nothing():
    desk = Desk()
    slot = desk.book()
    head = desk.services.audit_head()
    desk.services.drafts.notam(slot.id, OPERATOR)
    desk.services.drafts.mail(slot.id, OPERATOR)
    assert desk.services.audit_head() == head
    assert desk.services.booking.get(slot.id) == slot


def test_there_is_no_draft_for_what_is_over_for_strangers_or_to_nobody():
    desk = Desk()
    slot = desk.book()
    with pytest.raises(Forbidden):
        desk.services.drafts.mail(slot.id, STRANGER)
    desk.move(slot, SlotEvent.REFUSE)
    with pytest.raises(Conflict):
        desk.services.drafts.notam(slot.id, OPERATOR)
    quiet = Desk(definition=replace(TWENTE, notices=NoticeRules()))
    with pytest.raises(Refused):
        quiet.services.drafts.mail(quiet.book().id, OPERATOR)
    with pytest.raises(Refused):
        quiet.services.drafts.notam(quiet.book(sysid=9).id, OPERATOR)
