"""When a flight would fit: only where nothing stands in its way, in whole quarters of an hour, and never whose it is that does."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk import NOON, OPERATOR, UNBUFFERED, Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Forbidden, Invalid, NotFound
from rangeops.domain.slots import SlotEvent
from rangeops.wire.api import ClosureRequest
from rangeops.wire.company import FreeRequest

MEMBER = Actor("mia", "company-member", "ACME")
TODAY = date(2026, 11, 24)


def look(desk, **changed):
    usual = {
        "company": "ACME",
        "airframe": "survey-quad",
        "minutes": 30,
        "first": TODAY,
        "days": 1,
        "volumes": ("NORTH",),
    }
    return desk.services.free_times.find(FreeRequest(**(usual | changed)), desk.now, MEMBER)


def clock(moment):
    return f"{moment.astimezone(UTC):%H:%M}"


def test_an_empty_range_is_free_from_now_to_the_end_of_the_day():
    (found,) = look(Desk(definition=UNBUFFERED))
    assert (found.volume, clock(found.earliest)) == ("NORTH", "12:00")
    assert clock(found.latest) == "22:45"  # midnight is at 23:00 UTC, and the flight may go on after it


def test_what_is_held_parts_a_window_with_the_ranges_buffers_around_it():
    desk = Desk()  # five minutes between two slots
    desk.move(desk.book(start_minutes=120, company="SAXN"), SlotEvent.APPROVE)
    first, second = look(desk)
    assert (clock(first.earliest), clock(first.latest)) == ("12:00", "13:15")  # 13:15 + 30 + 5 is before 14:00
    assert clock(second.earliest) == "14:45"  # 14:30 + 5, on the quarter


def test_a_request_holds_nothing_and_another_volume_is_another_matter():
    desk = Desk(definition=UNBUFFERED)
    desk.book(start_minutes=120)
    assert len(look(desk)) == 1
    desk.move(desk.book(start_minutes=120), SlotEvent.APPROVE)
    assert len(look(desk)) == 2
    assert [each.volume for each in look(desk, volumes=("SOUTH",))] == ["SOUTH"]
    assert {each.volume for each in look(desk, volumes=())} == {volume.id for volume in UNBUFFERED.volumes}


def test_set_up_and_clear_down_need_room_too():
    desk = Desk(definition=UNBUFFERED)
    desk.move(desk.book(start_minutes=120), SlotEvent.APPROVE)
    first, second = look(desk, set_up_minutes=15, clear_down_minutes=30)
    assert (clock(first.earliest), clock(first.latest)) == ("12:15", "13:00")
    assert clock(second.earliest) == "14:45"


def test_a_closure_is_in_the_way():
    desk = Desk(definition=UNBUFFERED)
    starts = NOON + timedelta(hours=2)
    desk.services.closures.add(
        ClosureRequest("works", "mowing", starts, starts + timedelta(hours=1), reason="grass"), desk.now, OPERATOR
    )
    assert [clock(each.earliest) for each in look(desk)] == ["12:00", "15:00"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"minutes": 0}, Invalid),
        ({"minutes": 721}, Invalid),
        ({"set_up_minutes": 241}, Invalid),
        ({"days": 15}, Invalid),
        ({"first": TODAY + timedelta(days=40)}, Invalid),
        ({"airframe": "balloon"}, NotFound),
        ({"volumes": ("MOON",)}, NotFound),
        ({"company": "SAXN"}, Forbidden),
    ],
)
def test_what_cant_be_looked_for_is_refused(changed, error):
    with pytest.raises(error):
        look(Desk(), **changed)


def test_days_that_are_past_have_nothing_free():
    assert look(Desk(), first=TODAY - timedelta(days=3)) == ()


@settings(max_examples=25)
@given(
    taken=st.lists(st.tuples(st.integers(0, 600), st.integers(5, 120)), max_size=4),
    minutes=st.integers(5, 180),
    set_up=st.integers(0, 45),
)
def test_whatever_is_said_to_be_free_can_be_approved(taken, minutes, set_up):
    desk = Desk()
    for number, (begins, lasts) in enumerate(taken):
        slot = desk.book(start_minutes=begins + 60, minutes=lasts, sysid=20 + number)
        if not slot.reason:
            desk.move(slot, SlotEvent.APPROVE)
    for window in look(desk, minutes=minutes, set_up_minutes=set_up):
        for start in {window.earliest, window.latest}:
            asked = desk.services.booking.request(request_of(start, minutes, set_up), desk.now, OPERATOR)
            assert asked.reason == ""
            assert start.astimezone(ZoneInfo("Europe/Amsterdam")).minute % 15 == 0
            assert start >= desk.now.utc


def request_of(start: datetime, minutes: int, set_up: int):
    from rangeops.domain.slot_terms import SlotTerms
    from rangeops.domain.telemetry import Sysid
    from rangeops.wire.api import SlotRequest

    ends = start + timedelta(minutes=minutes)
    return SlotRequest(
        "ACME", "NORTH", start, ends, Sysid(9), "D09", "survey-quad", "ch 2", terms=SlotTerms(set_up_minutes=set_up)
    )
