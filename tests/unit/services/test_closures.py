"""A closure is in force at once, says who must move, and cancels nobody; an emergency says who lands, holds and waits."""

import json
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, Desk

from rangeops.domain.audit import Actor
from rangeops.domain.clearance import LiveFacts
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Volume
from rangeops.wire.api import ClosureRequest, Removal


@pytest.fixture
def desk():
    return Desk()


def close(desk, *volumes, start=0, minutes=60, actor=OPERATOR, **changed):
    starts = NOON + timedelta(minutes=start)
    words = {"kind": "works", "title": "mowing"} | changed
    request = ClosureRequest(starts=starts, ends=starts + timedelta(minutes=minutes), volumes=tuple(volumes), **words)
    return desk.services.closures.add(request, desk.now, actor)


def test_a_closure_says_who_must_move_where_to_and_cancels_nobody(desk):
    slot = desk.move(desk.book(), SlotEvent.APPROVE)
    elsewhere = desk.move(desk.book(volume="SOUTH", sysid=Sysid(8)), SlotEvent.APPROVE)
    (concerned,) = close(desk, "NORTH").concerned
    assert (concerned.slot, concerned.must, concerned.call) == (slot.id, "move", "ch 2")
    assert "mowing closes NORTH 24 Nov 12:00-13:00 UTC (C1)" in concerned.why
    assert [(each.kind, each.volume) for each in concerned.alternatives] == [
        ("time", "NORTH"), ("volume", "EAST"), ("volume", "WEST"),
    ]  # fmt: skip
    assert concerned.alternatives[0].starts == NOON + timedelta(hours=1)
    assert desk.services.booking.get(slot.id) == slot
    assert desk.services.booking.get(elsewhere.id) == elsewhere
    assert [each.slot for each in desk.services.closures.concerned(desk.now)] == [slot.id]


def test_nothing_is_approved_under_a_closure_until_it_is_lifted(desk):
    view = close(desk, "NORTH")
    slot = desk.book()
    assert "NORTH is closed 24 Nov 12:00-13:00 UTC: mowing (C1, works, house rule)" in slot.reason
    with pytest.raises(Conflict, match="NORTH is closed"):
        desk.move(slot, SlotEvent.APPROVE)
    desk.services.closures.remove(view.closure.id, Removal(1, "done"), desk.now, OPERATOR)
    assert desk.move(slot, SlotEvent.APPROVE).state is SlotState.APPROVED


def test_a_slot_that_is_spared_flies(desk):
    slot = desk.book()
    close(desk, "NORTH", spared=(slot.id,))
    assert desk.move(slot, SlotEvent.APPROVE).state is SlotState.APPROVED


def test_a_drawn_closure_that_only_the_contingency_volume_meets_concerns_the_slot(desk):
    slot = desk.move(desk.book(), SlotEvent.APPROVE)
    geography = desk.services.definition.volume("NORTH").flight_geography
    latitude = max(latitude for latitude, _ in geography.outer) + 0.0001  # 11 m beyond the edge
    longitude = max(geography.outer)[1]
    ring = ((latitude, longitude), (latitude + 0.001, longitude), (latitude + 0.001, longitude + 0.001))
    assert [each.slot for each in close(desk, drawn=Volume(ring, 0, 200)).concerned] == [slot.id]


def test_a_rule_closes_again_and_again_on_the_ranges_own_clock(desk):
    view = close(desk, "NORTH", rule="FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    assert [opens for opens, _ in view.times] == [NOON + timedelta(days=7 * n) for n in range(3)]
    in_a_week = desk.book(start_minutes=7 * 24 * 60 + 10)
    assert "NORTH is closed 01 Dec" in in_a_week.reason
    assert "closed" not in desk.book(start_minutes=21 * 24 * 60 + 10).reason


def test_who_waited_is_offered_what_a_lifted_closure_leaves(desk):
    view = close(desk, "NORTH")
    slot = desk.move(desk.book(), SlotEvent.WAITLIST)
    desk.services.closures.remove(view.closure.id, Removal(1, "done"), desk.now, OPERATOR)
    assert desk.services.booking.get(slot.id).state is SlotState.OFFERED


def test_an_emergency_says_who_must_land_hold_or_wait_and_sends_nothing(desk):
    in_it, near, on_the_ground = (
        desk.move(desk.book(volume=volume, sysid=Sysid(sysid), callsign=f"D{sysid}"), SlotEvent.APPROVE)
        for volume, sysid in (("NORTH", 1), ("WEST", 2), ("EAST", 3))
    )
    for slot, armed in ((in_it, True), (near, True), (on_the_ground, False)):
        desk.live.facts_of[slot.sysid] = LiveFacts(trusted=True, uplink_ok=True, armed=armed)
    before = len(desk.orders)
    view = close(desk, "NORTH", kind="call-out", title="Lifeliner 4")
    musts = {each.slot: each.must for each in view.concerned}
    assert musts == {in_it.id: "land", near.id: "hold", on_the_ground.id: "wait"}
    assert len(desk.orders) == before
    (entry,) = [entry for entry in desk.record() if entry.action == "closure.add"]
    assert "concerned: " in json.loads(entry.payload)["says"]


def test_a_vehicle_that_is_not_heard_in_its_slot_may_be_in_the_air(desk):
    slot = desk.move(desk.book(), SlotEvent.APPROVE)
    assert [(each.slot, each.must) for each in close(desk, "NORTH", kind="exercise").concerned] == [(slot.id, "land")]


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"kind": "whim"}, Invalid, "unknown"),
        ({"title": " "}, Invalid, "no title"),
        ({"minutes": 0}, Invalid, "ends before it starts"),
        ({"rule": "FREQ=SECONDLY"}, Invalid, "frequency"),
        ({"rule": "FREQ=WEEKLY;BYDAY=WE"}, Invalid, "isn't one of the rule's"),
        ({"kind": "call-out", "rule": "FREQ=DAILY"}, Invalid, "doesn't recur"),
        ({"actor": Actor("acme1", "company-member", "ACME")}, Forbidden, "may not close airspace"),
    ],
)
def test_a_closure_that_cannot_be_is_refused(desk, changed, error, says):
    with pytest.raises(error, match=says):
        close(desk, "NORTH", **changed)
    assert desk.services.closures.all(desk.now) == ()


def test_what_is_not_there_cannot_be_closed_or_lifted(desk):
    with pytest.raises(NotFound):
        close(desk, "ATLANTIS")
    with pytest.raises(NotFound):
        desk.services.closures.remove("C9", Removal(1, "done"), desk.now, OPERATOR)


def test_a_closure_is_lifted_once_by_who_saw_it_as_it_is(desk):
    closure = close(desk, "NORTH").closure
    with pytest.raises(Conflict, match="changed meanwhile"):
        desk.services.closures.remove(closure.id, Removal(7, "done"), desk.now, OPERATOR)
    lifted = desk.services.closures.remove(closure.id, Removal(1, "done"), desk.now, OPERATOR)
    with pytest.raises(Conflict, match="lifted already"):
        desk.services.closures.remove(closure.id, Removal(lifted.version, "again"), desk.now, OPERATOR)


def test_nobody_is_cleared_under_a_closure_that_isnt_over(desk):
    slot = desk.briefed()
    view = close(desk, "NORTH", minutes=10, kind="call-out", title="Lifeliner 4")

    def lacks():
        return [text for text in desk.services.clearance.view(slot.id, desk.now).missing if "Lifeliner 4" in text]

    assert "NORTH is closed 24 Nov 12:00-12:10 UTC: Lifeliner 4 (C1, call-out, house rule)" in lacks()[0]
    desk.at(601)
    assert not lacks()
    desk.at(0)
    desk.services.closures.remove(view.closure.id, Removal(1, "gone"), desk.now, OPERATOR)
    assert not lacks()
