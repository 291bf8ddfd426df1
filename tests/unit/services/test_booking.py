"""Requests may overlap; approvals never do; each change is in the record with who made it."""

import json
from datetime import timedelta

import pytest
from desk import D07, NOON, OPERATOR, TWENTE, Desk
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.audit import first_fault
from rangeops.domain.clearance import LiveFacts
from rangeops.domain.errors import Conflict, Invalid, NotFound, RangeopsError, Refused
from rangeops.domain.events import ArmedChanged
from rangeops.domain.slots import HOLDS_AIRSPACE, SlotEvent, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.services.alternatives import nearest_free
from rangeops.wire.api import SlotChange


@pytest.fixture
def desk():
    return Desk()


def test_a_request_is_recorded_with_who_asked(desk):
    slot = desk.book()
    assert slot.state is SlotState.REQUESTED
    (entry,) = desk.record()
    assert (entry.action, entry.actor, entry.role, entry.target) == ("slot.request", "op1", "operator", "slot:S1")
    assert json.loads(entry.payload)["body"]["volume"] == "NORTH"


def test_a_second_approval_of_the_same_minutes_is_refused_with_the_nearest_free_time(desk):
    desk.move(desk.book(), SlotEvent.APPROVE)
    late = desk.book(start_minutes=10, sysid=8)
    assert "slot S1 (ACME, 24 Nov 12:00-12:30 UTC) has NORTH: 20 min in the same air" in late.reason
    assert "NORTH is free 24 Nov 12:35-13:05 UTC" in late.reason
    assert "at that time EAST and WEST are free" in late.reason
    with pytest.raises(Conflict, match="free 24 Nov 12:35-13:05 UTC"):
        desk.move(late, SlotEvent.APPROVE)
    assert desk.services.booking.get(late.id).state is SlotState.REQUESTED


def test_slots_with_the_buffer_between_them_in_time_or_place_do_not_conflict(desk):
    for slot in (desk.book(), desk.book(start_minutes=35), desk.book(volume="WEST", sysid=8)):
        assert desk.move(slot, SlotEvent.APPROVE).state is SlotState.APPROVED


def test_one_vehicle_is_not_in_two_places(desk):
    desk.move(desk.book(), SlotEvent.APPROVE)
    with pytest.raises(Conflict, match="has the vehicle with sysid 7"):
        desk.move(desk.book(volume="WEST"), SlotEvent.APPROVE)


def test_what_was_cancelled_is_free_again(desk):
    desk.move(desk.book(), SlotEvent.APPROVE, SlotEvent.CANCEL)
    assert desk.move(desk.book(sysid=8), SlotEvent.APPROVE).state is SlotState.APPROVED


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"company": "  "}, "company is empty"),
        ({"callsign": ""}, "callsign is empty"),
        ({"contact": ""}, "contact is empty"),
        ({"sysid": Sysid(0)}, "can't be a vehicle's"),
        ({"sysid": Sysid(256)}, "can't be a vehicle's"),
        ({"sysid": Sysid(250)}, "can't be a vehicle's"),
        ({"ends": NOON}, "ends before it starts"),
        ({"starts": NOON - timedelta(hours=2), "ends": NOON}, "end is past"),
        ({"ends": NOON + timedelta(hours=13)}, "longer than"),
        ({"starts": NOON + timedelta(days=31), "ends": NOON + timedelta(days=31, hours=1)}, "days ahead"),
        ({"starts": NOON.replace(tzinfo=None)}, "no zone"),
    ],
)
def test_a_request_that_cannot_be_is_refused_in_one_sentence(desk, changed, says):
    with pytest.raises(Invalid, match=says):
        desk.book(**changed)
    assert desk.record() == ()


@pytest.mark.parametrize("changed", [{"volume": "ATLANTIS"}, {"airframe": "zeppelin"}, {"plan": "P9"}])
def test_a_request_for_what_is_not_there_is_not_found(desk, changed):
    with pytest.raises(NotFound):
        desk.book(**changed)


@pytest.mark.parametrize("changed", [{"company": "SAXN"}, {"volume": "WEST"}, {"airframe": "inspection-quad"}])
def test_a_plan_counts_only_for_what_it_was_checked_for(desk, changed):
    plan = desk.submit(**changed)
    with pytest.raises(Invalid, match=f"plan {plan.id} is for"):
        desk.book(plan=plan.id)


def test_text_from_outside_is_stored_safe(desk):
    slot = desk.book(contact="ch\x1b[31m2\u202e", callsign="[b]D07[/b]")
    assert slot.contact == "ch\ufffd[31m2\ufffd"
    assert slot.callsign == "[b]D07[/b]"


def test_a_refusal_needs_a_reason_and_keeps_it(desk):
    slot = desk.book()
    with pytest.raises(Invalid, match="reason"):
        desk.move(slot, SlotEvent.REFUSE, reason=" ")
    assert desk.move(slot, SlotEvent.REFUSE, reason="runway works").reason == "runway works"


def test_who_saw_an_older_version_changes_nothing(desk):
    slot = desk.book()
    desk.move(slot, SlotEvent.WAITLIST)
    with pytest.raises(Conflict, match="changed meanwhile"):
        desk.move(slot, SlotEvent.APPROVE)


def test_a_slot_becomes_active_by_its_clearance_alone(desk):
    slot = desk.briefed()
    with pytest.raises(Refused, match="clearance"):
        desk.move(slot, SlotEvent.ACTIVATE)


def test_a_change_nobody_knows_is_refused(desk):
    with pytest.raises(Invalid, match="no change of a slot"):
        desk.services.booking.change(desk.book().id, SlotChange("explode", 1), desk.now, OPERATOR)


def test_a_slot_is_not_closed_under_an_armed_vehicle(desk):
    slot = desk.cleared()
    desk.live.facts_of[7] = LiveFacts(trusted=True, uplink_ok=True, armed=True)
    with pytest.raises(Conflict, match="still armed"):
        desk.move(slot, SlotEvent.CLOSE)
    desk.live.facts_of[7] = LiveFacts(trusted=True, uplink_ok=True, armed=False)
    assert desk.move(slot, SlotEvent.CLOSE).state is SlotState.CLOSED


def test_a_slot_whose_vehicle_was_armed_and_is_not_heard_is_closed_with_a_reason_alone(desk):
    slot = desk.cleared()
    desk.tell(ArmedChanged(D07, armed=True))
    desk.live.facts_of.pop(D07)  # its watch restarts, or its link is down
    with pytest.raises(Conflict, match=r"was armed when it was last heard.*rangeops slot change S1 close --reason"):
        desk.services.booking.change(slot.id, SlotChange("close", slot.version), desk.now, OPERATOR)
    assert desk.orders[-1].vehicles, "it is held to its volume"
    wanted = SlotChange("close", slot.version, "found in the hedge")
    assert desk.services.booking.change(slot.id, wanted, desk.now, OPERATOR).state is SlotState.CLOSED
    assert desk.orders[-1].vehicles == ()


@given(
    busy=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120)), max_size=8),
    wanted=st.integers(0, 600),
    duration=st.integers(1, 120),
)
def test_the_nearest_free_time_is_free_and_none_is_nearer(busy, wanted, duration):
    """Against the naive search, minute by minute."""

    def at(minute):
        return NOON + timedelta(minutes=minute)

    taken = [(at(start), at(start + length)) for start, length in busy]

    def fits(minute):
        return all(at(minute) >= ends or at(minute + duration) <= starts for starts, ends in taken)

    found = nearest_free(taken, at(wanted), timedelta(minutes=duration), not_before=NOON)
    nearest = min((minute for minute in range(2000) if fits(minute)), key=lambda minute: abs(minute - wanted))
    assert found
    assert abs(found[0] - at(wanted)) == timedelta(minutes=abs(nearest - wanted))
    assert all(fits((start - NOON).total_seconds() / 60) for start in found)


deeds = st.lists(
    st.tuples(
        st.sampled_from(["book", *SlotEvent]),
        st.integers(0, 5),
        st.integers(0, 90),
        st.integers(5, 60),
        st.sampled_from(["NORTH", "WEST"]),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(deeds)
def test_whatever_people_do_no_two_held_slots_conflict_and_nothing_is_lost(deeds):
    desk, known = Desk(), {}
    for deed, which, start, length, volume in deeds:
        try:
            if deed == "book":
                desk.book(start_minutes=start, minutes=length, volume=volume, sysid=Sysid(which + 1))
            elif known:
                desk.move(list(known.values())[which % len(known)], deed)
            else:
                continue
        except RangeopsError:
            continue
        known |= {each.id: each for each in desk.services.booking.all()}  # a freed time is offered to who waits
    slots = desk.services.booking.all()
    assert {slot.id for slot in slots} == known.keys()
    held = [slot for slot in slots if slot.state in HOLDS_AIRSPACE]
    for index, one in enumerate(held):
        for other in held[index + 1 :]:
            gap = TWENTE.booking.buffers.time
            apart = one.held_until + gap <= other.held_from or other.held_until + gap <= one.held_from
            assert apart or (one.volume != other.volume and one.sysid != other.sysid)
    assert first_fault(desk.record()) is None
    assert [orders.version for orders in desk.orders] == list(range(1, len(desk.orders) + 1))


def test_an_unknown_slot_is_not_found(desk):
    with pytest.raises(NotFound):
        desk.services.booking.get(SlotId("S404"))
