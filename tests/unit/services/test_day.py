"""A day as it goes: moves, delays with the least harm, clocks, notices, freed times for who waits."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, TWENTE, Desk
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rangeops.adapters.sun import SunOver
from rangeops.domain.audit import Actor
from rangeops.domain.booking_rules import BookingRules
from rangeops.domain.day_shift import Move
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound, RangeopsError, Refused
from rangeops.domain.orders import VehicleOrder
from rangeops.domain.quotas import Quotas
from rangeops.domain.schedules import Applicability
from rangeops.domain.slot_terms import Emission, Jamming, Permit, SlotTerms, StopReason
from rangeops.domain.slots import HOLDS_AIRSPACE, SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Volume
from rangeops.services.ports.plans import CheckedPlan
from rangeops.services.submission import PlanRequest
from rangeops.wire.api import ClockRequest, MoveRequest, NoticeRequest, ShiftRequest, SlotRequest


@pytest.fixture
def desk():
    return Desk()


def terms(**changed):
    return replace(SlotTerms(), **changed)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def approved(desk, **changed):
    return desk.move(desk.book(**changed), SlotEvent.APPROVE)


# -- moving and delaying -------------------------------------------------------------------------------------------


def test_a_slot_is_moved_to_another_time_and_volume(desk):
    slot = approved(desk)
    moved = desk.services.day.move(slot.id, MoveRequest(at(90), slot.version, "wind", "WEST"), desk.now, OPERATOR)
    assert (moved.volume, moved.starts, moved.ends, moved.version) == ("WEST", at(90), at(120), slot.version + 1)


def test_nobodys_slot_is_shifted_while_he_flies_in_it(desk):
    slot = desk.cleared()
    later = (slot.starts + timedelta(hours=3), slot.ends + timedelta(hours=3))
    shift = ShiftRequest((Move(slot.id, slot.version, slot.starts, slot.ends, *later),), "a request made by hand")
    with pytest.raises(Conflict, match="it is active"):
        desk.services.day.accept(shift, desk.now, OPERATOR)
    assert desk.services.booking.get(slot.id) == slot


def test_a_slot_is_not_moved_where_somebody_is(desk):
    slot = approved(desk)
    approved(desk, start_minutes=60, sysid=Sysid(8))
    with pytest.raises(Conflict, match=r"has NORTH.*NORTH is free"):
        desk.services.day.move(slot.id, MoveRequest(at(50), slot.version, "wind"), desk.now, OPERATOR)
    assert desk.services.booking.get(slot.id) == slot


def test_a_delay_shifts_the_rest_with_the_least_harm_and_only_when_it_is_accepted(desk):
    late, first, second, apart = (
        approved(desk, start_minutes=start, sysid=Sysid(number), volume=volume)
        for number, (start, volume) in enumerate([(60, "NORTH"), (95, "NORTH"), (130, "NORTH"), (95, "WEST")], start=1)
    )
    shift = desk.services.day.proposal(late.id, timedelta(minutes=20), desk.now)
    assert {move.slot: move.new_starts for move in shift.moves} == {
        late.id: at(80), first.id: at(115), second.id: at(150),
    }  # fmt: skip
    assert shift.harm == 40
    assert desk.services.booking.get(first.id) == first
    moved = desk.services.day.accept(ShiftRequest(shift.moves, "late lorry"), desk.now, OPERATOR)
    assert [(slot.id, slot.starts) for slot in moved] == [(late.id, at(80)), (first.id, at(115)), (second.id, at(150))]
    assert desk.services.booking.get(apart.id) == apart


def test_the_one_of_higher_priority_is_pushed_less(desk):
    late, usual, important = (
        approved(desk, start_minutes=start, sysid=Sysid(number), terms=terms(priority=priority))
        for number, (start, priority) in enumerate([(60, 1), (95, 1), (130, 9)], start=1)
    )
    shift = desk.services.day.proposal(late.id, timedelta(minutes=20), desk.now)
    assert {move.slot: move.new_starts for move in shift.moves} == {late.id: at(80), usual.id: at(165)}
    assert important.id not in {move.slot for move in shift.moves}


def test_a_proposal_that_is_older_than_a_change_is_not_accepted_in_part(desk):
    late = approved(desk, start_minutes=60)
    after = approved(desk, start_minutes=95, sysid=Sysid(8))
    shift = desk.services.day.proposal(late.id, timedelta(minutes=20), desk.now)
    desk.services.day.move(after.id, MoveRequest(at(200), after.version, "wish"), desk.now, OPERATOR)
    with pytest.raises(Conflict, match="changed meanwhile"):
        desk.services.day.accept(ShiftRequest(shift.moves, "late"), desk.now, OPERATOR)
    assert desk.services.booking.get(late.id) == late


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(10, 60), st.integers(1, 9)), min_size=1, max_size=5),
    st.integers(1, 120),
)
@example([(0, 10, 1), (15, 10, 1), (30, 10, 1), (46, 10, 1)], 16)
@example([(1, 10, 1), (16, 10, 1)], 15)
def test_whatever_is_late_what_is_proposed_can_be_held(wishes, delay):
    desk = Desk()
    for number, (start, minutes, priority) in enumerate(wishes, start=1):
        try:
            approved(desk, start_minutes=start, minutes=minutes, sysid=Sysid(number), terms=terms(priority=priority))
        except Conflict:
            continue
    first = desk.services.booking.all()[0]
    try:
        shift = desk.services.day.proposal(first.id, timedelta(minutes=delay), desk.now)
    except Conflict:
        return
    held = {slot.id: slot for slot in desk.services.booking.all() if slot.state in HOLDS_AIRSPACE}
    for move in shift.moves:
        assert move.new_starts is not None
        assert move.new_starts >= move.starts
    desk.services.day.accept(ShiftRequest(shift.moves, "late"), desk.now, OPERATOR)
    after = [slot for slot in desk.services.booking.all() if slot.state in HOLDS_AIRSPACE]
    assert {slot.id for slot in after} == held.keys()
    for number, one in enumerate(after):
        for other in after[:number]:
            gap = TWENTE.booking.buffers.time
            assert one.held_until + gap <= other.held_from or other.held_until + gap <= one.held_from


# -- the clock -----------------------------------------------------------------------------------------------------


def stop(desk, slot, reason=""):
    return desk.services.day.clock(slot.id, ClockRequest(slot.version, reason), desk.now, OPERATOR)


def test_minutes_lost_to_weather_are_given_back_at_the_flights_end(desk):
    slot = desk.briefed()
    desk.at(10 * 60)
    slot = stop(desk, slot, "weather")
    assert slot.clock_stands
    desk.at(22 * 60)
    slot = stop(desk, slot)
    assert slot.ends == at(42)
    assert desk.orders[-1].vehicles[0].ends == at(42)
    assert desk.services.day.lost(NOON, at(60))[StopReason.WEATHER] == 12


def test_no_more_is_given_back_than_there_is_room_for_and_that_is_said(desk):
    slot = desk.briefed()
    approved(desk, start_minutes=40, sysid=Sysid(8))
    desk.at(10 * 60)
    slot = stop(desk, slot, "traffic")
    desk.at(22 * 60)
    assert stop(desk, slot).ends == at(35)
    assert "7 min could not be given back" in " ".join(line.text for line in desk.services.log(3))


def test_one_time_out_within_the_minutes_that_were_held_for_it(desk):
    slot = desk.briefed(terms=terms(time_out_minutes=10, clear_down_minutes=5))
    assert slot.held_until == at(45)
    desk.at(10 * 60)
    slot = stop(desk, slot, "client")
    desk.at(25 * 60)
    slot = stop(desk, slot)
    assert (slot.ends, slot.held_until) == (at(40), at(45))
    with pytest.raises(Conflict, match="one time-out"):
        stop(desk, slot, "client")


def test_no_time_out_without_one_booked_and_no_clock_stops_twice_or_starts_running(desk):
    slot = desk.briefed()
    with pytest.raises(Invalid, match="no time-out was booked"):
        stop(desk, slot, "client")
    with pytest.raises(Invalid, match="no reason to stop"):
        stop(desk, slot, "hunger")
    with pytest.raises(Conflict, match="its clock runs"):
        stop(desk, slot)
    slot = stop(desk, slot, "range")
    with pytest.raises(Conflict, match="stands already"):
        stop(desk, slot, "weather")


# -- notices, standby ----------------------------------------------------------------------------------------------


def test_briefing_and_debrief_are_acknowledged_by_each_once_at_their_time(desk):
    slot = approved(desk)

    def acknowledge(notice, who):
        return desk.services.day.acknowledge(slot.id, NoticeRequest(notice, who), desk.now, OPERATOR)

    assert [each.who for each in acknowledge("briefing", "Jan").acknowledged] == ["Jan"]
    assert [each.who for each in acknowledge("briefing", "Eva").acknowledged] == ["Jan", "Eva"]
    assert len(acknowledge("briefing", "Jan").acknowledged) == 2
    with pytest.raises(Conflict, match="no debrief now"):
        acknowledge("debrief", "Jan")


def test_a_freed_time_is_offered_by_priority_kept_until_a_deadline_then_offered_to_the_next(desk):
    slot = approved(desk, start_minutes=120)
    usual, important = (
        desk.move(desk.book(start_minutes=120, sysid=Sysid(sysid), terms=terms(priority=priority)), SlotEvent.WAITLIST)
        for sysid, priority in ((8, 1), (9, 5))
    )
    desk.move(slot, SlotEvent.CANCEL)
    first = desk.services.booking.get(important.id)
    assert (first.state, first.offer.until) == (SlotState.OFFERED, at(30))
    with pytest.raises(Conflict, match="has NORTH"):
        approved(desk, start_minutes=120, sysid=Sysid(10))
    desk.at(31 * 60)
    with pytest.raises(Conflict, match="run out"):
        desk.move(first, SlotEvent.TAKE)
    desk.services.standby.tick(desk.now)
    assert desk.services.booking.get(important.id).state is SlotState.WAITLISTED
    second = desk.services.booking.get(usual.id)
    assert second.state is SlotState.OFFERED
    taken = desk.move(second, SlotEvent.TAKE)
    assert (taken.state, taken.offer) == (SlotState.APPROVED, None)


def test_an_offer_that_was_declined_is_not_made_again_for_the_same_time(desk):
    slot = approved(desk, start_minutes=120)
    waiting = desk.move(desk.book(start_minutes=120, sysid=Sysid(8)), SlotEvent.WAITLIST)
    desk.move(slot, SlotEvent.MISS)
    desk.move(desk.services.booking.get(waiting.id), SlotEvent.DECLINE)
    assert desk.services.booking.get(waiting.id).state is SlotState.WAITLISTED
    desk.services.standby.tick(desk.at(3600))
    assert desk.services.booking.get(waiting.id).state is SlotState.WAITLISTED


def test_a_person_offers_nothing(desk):
    with pytest.raises(Refused, match="by the range itself"):
        desk.move(desk.move(desk.book(), SlotEvent.WAITLIST), SlotEvent.OFFER)


# -- what a booking is refused for ---------------------------------------------------------------------------------

SIK_868 = Emission("sik-868", 869.4, 869.65, 500, 10)


@pytest.mark.parametrize(
    ("emission", "says"),
    [
        (replace(SIK_868, power_mw=1000), "1000 mW ERP is not above 0 and at most 500 mW ERP"),
        (replace(SIK_868, duty_percent=50), "a duty cycle of 50 %"),
        (replace(SIK_868, high_mhz=870), "isn't within 869.4-869.65 MHz"),
        (Emission("sik-915", 902, 928, 100), "may not be used here"),
        (Emission("walkie-talkie", 1, 2, 3), "of no kind that is known"),
    ],
)
def test_a_setting_that_is_not_legal_here_is_refused(desk, emission, says):
    with pytest.raises(Refused, match=says):
        desk.book(terms=terms(emissions=(emission,)))


def test_a_channel_has_one_holder_at_a_time_wherever_he_flies(desk):
    slot = approved(desk, terms=terms(emissions=(SIK_868,)))
    other = desk.book(volume="WEST", sysid=Sysid(8), terms=terms(emissions=(SIK_868,)))
    with pytest.raises(Conflict, match=r"has the channel 869\.4-869\.65 MHz"):
        desk.move(other, SlotEvent.APPROVE)
    assert approved(desk, volume="WEST", sysid=Sysid(9), terms=terms(emissions=(Emission("lte", 0, 0, 0),)))
    assert [(line.slot, line.emission) for line in desk.services.booking.spectrum(desk.now)][-1] == (slot.id, SIK_868)


def test_one_pilot_and_one_aircraft_are_in_one_place(desk):
    approved(desk, terms=terms(pilots=("ACME-P1",)))
    with pytest.raises(Conflict, match="has pilot ACME-P1"):
        approved(desk, volume="WEST", sysid=Sysid(8), terms=terms(pilots=("ACME-P1",)))
    approved(desk, volume="SOUTH", sysid=Sysid(9), terms=terms(aircraft="ACME-survey-quad"))
    with pytest.raises(Conflict, match="has aircraft ACME-survey-quad"):
        approved(desk, volume="EAST", sysid=Sysid(10), terms=terms(aircraft="ACME-survey-quad"))


def test_set_up_and_clear_down_hold_the_volume_too(desk):
    approved(desk, start_minutes=60, terms=terms(set_up_minutes=15, clear_down_minutes=10))
    with pytest.raises(Conflict, match="has NORTH"):
        approved(desk, start_minutes=20, minutes=21, sysid=Sysid(8))
    assert approved(desk, start_minutes=15, minutes=25, sysid=Sysid(8))
    assert approved(desk, start_minutes=105, sysid=Sysid(9))


PERMITTED = Jamming("RDI 2026-17", 400, 10)


def test_nobody_who_has_not_accepted_it_is_within_reach_of_jamming(desk):
    jams = terms(jamming=PERMITTED, permits=(Permit("jamming", "RDI 2026-17"),))
    slot = approved(desk, start_minutes=60, terms=jams)
    with pytest.raises(Conflict, match="jams GNSS up to 400 m around NORTH"):
        approved(desk, start_minutes=60, volume="WEST", sysid=Sysid(8))
    with pytest.raises(Conflict, match="jams GNSS"):
        approved(desk, start_minutes=25, volume="WEST", sysid=Sysid(8))  # in the grace before
    assert approved(desk, start_minutes=60, volume="SOUTH", sysid=Sysid(9))  # beyond its reach
    there = approved(desk, start_minutes=60, volume="WEST", sysid=Sysid(8), terms=terms(accepts_gnss_denied=True))
    for each in (slot, there):
        desk.move(desk.planned(each), SlotEvent.BRIEF)
    order: VehicleOrder
    for order in desk.orders[-1].vehicles:
        assert order.gnss_denied == ((at(50), at(100)),)


def test_jamming_without_a_permit_is_refused(desk):
    with pytest.raises(Refused, match="is forbidden"):
        desk.book(terms=terms(jamming=Jamming(" ", 400, 10), permits=(Permit("jamming", "x"),)))
    with pytest.raises(Refused, match="jamming had to be asked for by 2026-10-27"):
        desk.book(terms=terms(jamming=PERMITTED))


def ring(east=0.0, size=0.001):
    south, west = 52.2810, 6.8895 + east
    return ((south, west), (south, west + size), (south + size / 2, west + size), (south + size / 2, west))


def test_a_drawn_volume_is_held_within_the_range_and_ordered(desk):
    permits = (Permit("aerodrome", "by phone"),)
    drawn = Volume(ring(), 30, 70)
    slot = desk.move(desk.book(volume="RUN", drawn=drawn, terms=terms(permits=permits)), SlotEvent.APPROVE)
    desk.move(desk.planned(slot), SlotEvent.BRIEF)
    assert desk.orders[-1].vehicles[0].volumes.flight_geography == drawn
    late = desk.book(volume="OTHER", drawn=Volume(ring(0.001), 30, 125), sysid=Sysid(8), terms=terms(permits=permits))
    assert "has what it drew" in late.reason, "its name is its company's own affair"
    assert "OTHER is free" in late.reason


def test_a_plan_that_was_checked_against_another_drawing_of_the_same_name_is_taken_for_none(desk):
    asked = terms(permits=(Permit("aerodrome", "by phone"),))
    first = desk.book(volume="RUN", drawn=Volume(ring(size=0.002), 30, 125), terms=asked)
    plan = desk.submit(volume="RUN", slot=first.id)
    with pytest.raises(Invalid, match="wasn't checked against what is drawn here"):
        desk.book(volume="RUN", drawn=Volume(ring(), 30, 70), terms=asked, plan=plan.id)


def test_what_is_drawn_is_moved_into_no_zones_minutes(desk):
    """As it isn't booked there; nor delayed into them."""
    event = next(zone for zone in TWENTE.zones if zone.id == "EVENTS")
    area = replace(event.areas[0], outline=ring(size=0.002))
    gala = replace(event, id="GALA", name="gala", areas=(area,), applicability=(Applicability(at(180), at(360)),))
    definition = replace(TWENTE, zones=(*TWENTE.zones, gala))
    desk = Desk(definition=definition)
    drawn, asked = Volume(ring(), 30, 70), terms(permits=(Permit("aerodrome", "by phone"),))
    slot = approved(desk, volume="RUN", drawn=drawn, terms=asked)
    with pytest.raises(Conflict, match=r"gala is closed 24 Nov .*RUN is free"):
        desk.services.day.move(slot.id, MoveRequest(at(240), slot.version, "wind"), desk.now, OPERATOR)
    with pytest.raises(Conflict, match="gala is closed"):
        desk.services.day.proposal(slot.id, timedelta(minutes=240), desk.now)
    assert desk.services.day.move(slot.id, MoveRequest(at(60), slot.version, "wind"), desk.now, OPERATOR).starts == at(
        60
    )


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"volume": "NORTH", "drawn": Volume(ring(), 30, 70)}, Invalid, "is a volume of the range"),
        ({"volume": "X", "drawn": Volume(ring()[:2], 30, 70)}, Invalid, "3 to"),
        ({"volume": "X", "drawn": Volume(ring(), 70, 30)}, Invalid, "heights"),
        ({"volume": "X", "drawn": Volume(ring(), 30, 700)}, Invalid, "heights"),
        ({"volume": "X", "drawn": Volume(ring(0.1), 30, 70)}, Refused, "leaves the range"),
        ({"volume": "X", "drawn": Volume(((0, 0), (0, 1), (1, 1)), 30, 70)}, Invalid, "origin"),
    ],
)
def test_what_is_drawn_where_it_cannot_be_is_refused(desk, changed, error, says):
    with pytest.raises(error, match=says):
        desk.book(terms=terms(permits=(Permit("aerodrome", "x"),)), **changed)


def test_a_company_holds_no_more_hours_a_week_than_its_quota():
    rules = replace(TWENTE.booking, quotas=Quotas(1.0, (("SAXN", 5.0),)))
    desk = Desk(definition=replace(TWENTE, booking=rules))
    approved(desk)
    approved(desk, start_minutes=40)
    with pytest.raises(Conflict, match=r"ACME would hold 1\.5 h in that week, of 1 h"):
        approved(desk, start_minutes=90)
    assert approved(desk, start_minutes=90, company="SAXN")


def test_a_flight_in_the_dark_needs_a_permission_where_the_range_flies_by_day():
    rules = replace(TWENTE.booking, daylight_only=True)
    desk = Desk(definition=replace(TWENTE, booking=rules, sun=SunOver(52.275833, 6.889167)))
    with pytest.raises(Refused, match="isn't daylight all the time Tue 24 Nov 18:00-18:30 local"):
        desk.book(start_minutes=300)
    assert desk.book(start_minutes=300, terms=terms(dark_permission="UDP exemption 12"))
    assert desk.book()


@pytest.mark.parametrize(
    "changed",
    [{"priority": 0}, {"priority": 10}, {"set_up_minutes": -1}, {"time_out_minutes": 241}, {"phones": ("1",) * 21}],
)
def test_terms_out_of_bounds_are_refused(desk, changed):
    with pytest.raises(RangeopsError):
        desk.book(terms=terms(**changed))


def test_a_range_without_rules_asks_for_nothing():
    assert BookingRules().quotas.hours("ACME") is None


def test_a_plan_for_what_was_drawn_is_checked_against_that_and_becomes_its_slots():
    checked = []

    def check(file):
        checked.append(file)
        return CheckedPlan("passed", (), ())

    desk = Desk(check_plan=check)
    drawn = Volume(ring(), 30, 70)
    slot = desk.book(volume="RUN", drawn=drawn, terms=terms(permits=(Permit("aerodrome", "by phone"),)))
    request = PlanRequest(b"plan", "run.plan", "RUN", "ACME", "RUN", "survey-quad", slot.id)
    file = desk.services.submission.prepare(request, OPERATOR)
    assert (file.volume, file.drawn, file.minutes) == ("RUN", drawn, (slot.starts, slot.ends))
    plan = desk.services.submission.store(request, check(file), desk.now, OPERATOR)
    assert desk.services.booking.get(slot.id).plan == plan.id
    with pytest.raises(Conflict, match="its company is ACME"):
        desk.services.submission.prepare(replace(request, company="SAXN"), OPERATOR)
    with pytest.raises(NotFound):
        desk.services.submission.prepare(replace(request, slot=""), OPERATOR)
    desk.move(desk.services.booking.get(slot.id), SlotEvent.APPROVE, SlotEvent.BRIEF)
    with pytest.raises(Conflict, match="before the briefing"):
        desk.services.submission.store(request, check(file), desk.now, OPERATOR)


def test_no_company_gives_itself_priority(desk):
    request = SlotRequest(
        "ACME", "NORTH", NOON, at(30), Sysid(7), "D07", "survey-quad", "ch 2", terms=terms(priority=2)
    )
    member = Actor("acme1", "company-member", "ACME")
    with pytest.raises(Forbidden, match="may not decide on a slot"):
        desk.services.booking.request(request, desk.now, member)
    assert desk.services.booking.request(replace(request, terms=terms()), desk.now, member)
