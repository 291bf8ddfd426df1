"""The files behind plans: whose they are, which revision comes before which, and how the mended one is called."""

from dataclasses import replace

import pytest
from desk import OPERATOR, Desk, mend_plan

from rangeops.domain.audit import Actor
from rangeops.domain.errors import NotFound
from rangeops.domain.slots import SlotEvent
from rangeops.services.plan_files import mended_name

MIA, OTTO = Actor("mia", "company-member", "ACME"), Actor("otto", "company-member", "SAXN")


@pytest.fixture
def desk():
    return Desk()


def test_revisions_of_one_name_stand_together_the_newest_first(desk):
    first = desk.submit(b"outside")
    desk.submit(name="OTHER")
    second = desk.submit()
    sheet = desk.services.plan_files.sheet(first.id, MIA)
    assert [plan.id for plan in sheet.revisions] == [second.id, first.id]
    assert (sheet.before, sheet.is_newest) == (None, False)
    newest = desk.services.plan_files.sheet(second.id, MIA)
    assert (newest.before, newest.is_newest) == (first, True)


def test_a_file_is_given_back_byte_for_byte_and_to_nobody_else(desk):
    plan = desk.submit(b"inside \x00\xff")
    assert desk.services.plan_files.content(plan.id, MIA) == (plan, b"inside \x00\xff")
    assert desk.services.plan_files.content(plan.id, OPERATOR)[1] == b"inside \x00\xff"
    for look in (desk.services.plan_files.content, desk.services.plan_files.sheet, desk.services.plan_files.request_of):
        with pytest.raises(NotFound) as his:
            look(plan.id, OTTO)
        with pytest.raises(NotFound) as none:
            look("P99", OTTO)
        assert his.value.what == none.value.what
    with pytest.raises(NotFound):
        desk.services.plan_files.compared(plan.id, plan.id, OTTO)


def test_what_is_mended_is_for_the_slot_that_was_to_be_flown_by_it(desk):
    slot = desk.book(start_minutes=60)
    plan = desk.submit(b"outside", slot=slot.id)
    asked = desk.services.plan_files.request_of(plan.id, MIA)
    assert (asked.slot, asked.company, asked.volume, asked.airframe) == (slot.id, "ACME", "NORTH", "survey-quad")
    submission = desk.services.submission
    mended = mend_plan(submission.prepare(asked, MIA))
    again = replace(asked, content=mended.content, file_name=mended_name(asked.file_name), changes=mended.changes)
    new = submission.store(again, mended.checked, desk.now, MIA)
    assert (new.revision, new.verdict, new.changes) == (2, "passed", mended.changes)
    assert desk.services.booking.get(slot.id).plan == new.id
    assert desk.services.plan_files.sheet(new.id, MIA).slots[0].id == slot.id


def test_after_the_briefing_a_mended_plan_is_for_no_slot(desk):
    slot = desk.move(desk.book(start_minutes=60), SlotEvent.APPROVE)
    plan = desk.submit(slot=slot.id)
    desk.move(desk.services.booking.get(slot.id), SlotEvent.BRIEF)
    assert desk.services.plan_files.request_of(plan.id, MIA).slot == ""


@pytest.mark.parametrize(
    ("name", "mended"),
    [
        ("survey.plan", "survey.fixed.plan"),
        ("survey.fixed.plan", "survey.fixed.plan"),
        ("../../etc/survey.waypoints", "survey.fixed.waypoints"),
        ("survey", "survey.fixed"),
    ],
)
def test_a_mended_file_is_named_as_the_command_line_names_it(name, mended):
    assert mended_name(name) == mended
