"""A changed zone is a new version, and what was approved against the old one is found where it matters."""

from dataclasses import replace
from datetime import timedelta

import flights
import pytest
from desk import NOON, TWENTE, Desk, check_plan

from rangeops.domain.errors import Conflict
from rangeops.domain.schedules import Applicability
from rangeops.domain.slots import SlotEvent
from rangeops.domain.volumes import VolumeId
from rangeops.domain.zones import Circle, Restriction, Zone, ZoneArea
from rangeops.services.plan_checking import PlanChecking
from rangeops.services.ports.plans import CheckedPlan, PlanFile
from rangeops.services.zone_changes import differing

NORTH = TWENTE.volume("NORTH").flight_geography
MINUTE = timedelta(minutes=1)


def closing(identifier="NOTAM", *, starts=NOON, ends=NOON + 60 * MINUTE, **more):
    """A prohibited circle over NORTH's first corner, for an hour."""
    area = ZoneArea(Circle(*NORTH.outer[0], 40), None, None)
    zone = Zone(identifier, "Airshow", Restriction.PROHIBITED, (area,), applicability=(Applicability(starts, ends),))
    return replace(zone, **more)


def with_more(*zones):
    return replace(TWENTE, zones=(*TWENTE.zones, *zones))


def started_again(desk, definition, **parts):
    """The same store under other zones."""
    after = Desk(desk.store, definition=definition, **parts)
    after.services.zones.enter(desk.now)
    return after


def test_another_range_s_data_is_refused():
    desk = Desk()
    desk.services.zones.enter(desk.now)
    with pytest.raises(Conflict, match=r"range twente's, not polder's\. Set RANGEOPS_RANGE=twente"):
        started_again(desk, replace(TWENTE, id="polder"))
    assert started_again(desk, TWENTE).services.zones.enter(desk.now).number == 1


def the_lap(_name, _content):
    return flights.mission()


def affected(desk):
    return desk.services.zones.affected(desk.now)


def test_the_first_start_enters_a_version_and_the_same_zones_enter_none():
    desk = Desk()
    first = desk.services.zones.enter(desk.now)
    assert first.number == 1
    assert desk.services.zones.enter(desk.now) == first
    again = started_again(desk, TWENTE)
    assert again.services.zones.enter(desk.now) == first


def test_a_changed_zone_is_a_new_version_and_is_recorded():
    desk = Desk()
    desk.services.zones.enter(desk.now)
    record = started_again(desk, with_more(closing())).services.zones.enter(desk.now)
    assert record.number == 2
    entry = next(entry for entry in desk.record() if entry.action == "zones.version" and entry.target == "zones:2")
    assert "zone NOTAM added" in entry.payload
    assert started_again(desk, TWENTE).services.zones.enter(desk.now).number == 3


def test_what_differs_is_named():
    assert differing({"zone A": "1", "zone B": "2"}, {"zone B": "3", "zone C": "4"}) == [
        "zone A removed",
        "zone B changed",
        "zone C added",
    ]


def test_an_approval_notes_its_zones():
    desk = Desk()
    sha256 = desk.services.zones.version.sha256
    plan = desk.submit()
    assert plan.zones_sha256 == sha256
    asked = desk.book(plan=plan.id)
    assert asked.zones_sha256 == ""
    assert desk.move(asked, SlotEvent.APPROVE).zones_sha256 == sha256


def test_a_clearance_notes_its_zones():
    desk = Desk()
    slot = desk.cleared()
    with desk.store.read() as work:
        assert work.clearances.get(slot.id).zones_sha256 == desk.services.zones.version.sha256


def test_a_slot_that_a_new_zone_closes_is_found():
    desk = Desk()
    desk.services.zones.enter(desk.now)
    slot = desk.move(desk.book(), SlotEvent.APPROVE)
    assert affected(desk) == ()
    (found,) = affected(started_again(desk, with_more(closing())))
    assert (found.slot, found.zones_sha256) == (slot.id, desk.services.zones.version.sha256)
    assert found.why == ("zone NOTAM (Airshow) closes some of it in its minutes",)


def test_a_zone_of_other_minutes_or_another_kind_affects_nothing():
    desk = Desk()
    desk.services.zones.enter(desk.now)
    desk.move(desk.book(), SlotEvent.APPROVE)
    later = closing(starts=NOON + 60 * MINUTE, ends=NOON + 90 * MINUTE)
    assert affected(started_again(desk, with_more(later))) == ()
    assert affected(started_again(desk, with_more(closing(restriction=Restriction.CONDITIONAL)))) == ()


def test_a_zone_that_was_there_when_it_was_approved_is_no_news():
    desk = started_again(Desk(), with_more(closing()))
    desk.move(desk.book(), SlotEvent.APPROVE)
    elsewhere = closing("FAR", areas=(ZoneArea(Circle(52.2650, 6.8770, 30), None, None),))
    assert affected(started_again(desk, with_more(closing(), elsewhere))) == ()


def test_a_plan_whose_verdict_turns_is_found_with_its_slot_and_without():
    def stricter(plan):
        return CheckedPlan("refused", check_plan(plan).checks, ())

    desk = Desk()
    desk.services.zones.enter(desk.now)
    slot = desk.move(desk.book(plan=desk.submit().id), SlotEvent.APPROVE)
    free = desk.submit(name="OTHER")
    refused = desk.submit(b"outside", name="THIRD")
    found = affected(started_again(desk, with_more(closing("FAR", areas=TWENTE.zones[0].areas)), check_plan=stricter))
    assert [(each.slot, each.plan) for each in found] == [(slot.id, slot.plan), ("", free.id)]
    assert f"plan {free.id} was passed and is refused" in found[1].why
    assert refused.id not in [each.plan for each in found]


def test_of_a_plan_only_the_newest_revision_is_looked_at_and_none_of_a_slot_that_is_over():
    def stricter(plan):
        return CheckedPlan("refused", check_plan(plan).checks, ())

    desk = Desk()
    desk.services.zones.enter(desk.now)
    desk.submit(name="OTHER")
    newest = desk.submit(name="OTHER")
    desk.move(desk.book(minutes=10, plan=desk.submit().id), SlotEvent.APPROVE)
    after = started_again(desk, with_more(closing("FAR", areas=TWENTE.zones[0].areas)), check_plan=stricter)
    after.at(11 * 60)
    assert [each.plan for each in affected(after)] == [newest.id]


def test_what_is_over_is_not_asked_about():
    desk = Desk()
    desk.services.zones.enter(desk.now)
    desk.move(desk.book(minutes=10), SlotEvent.APPROVE)
    after = started_again(desk, with_more(closing()))
    after.at(11 * 60)
    assert affected(after) == ()


def test_a_volume_that_moved_or_went_is_said():
    desk = Desk()
    desk.services.zones.enter(desk.now)
    desk.move(desk.book(), SlotEvent.APPROVE)
    north, *rest = TWENTE.volumes
    lower = replace(north, flight_geography=replace(north.flight_geography, ceiling_amsl_m=90))
    (found,) = affected(started_again(desk, replace(TWENTE, volumes=(lower, *rest))))
    assert found.why == ("volume NORTH is another one",)
    (found,) = affected(started_again(desk, replace(TWENTE, volumes=tuple(rest))))
    assert found.why == ("there is no volume NORTH any more",)


def test_a_slots_plan_is_checked_anew_against_the_zones_of_its_minutes():
    """By the real rules: a zone over its path at another hour turns no verdict; one at its hour does."""
    checking = PlanChecking(TWENTE, the_lap)
    desk = Desk(check_plan=checking)
    desk.services.zones.enter(desk.now)
    plan = desk.submit(volume="EAST")
    assert checking(PlanFile(b"", "a.plan", VolumeId("EAST"), flights.SURVEY)).verdict == "passed"
    desk.move(desk.book(volume="EAST", plan=plan.id), SlotEvent.APPROVE)
    path = ZoneArea(Circle(*flights.place(*flights.LAP[0]), 60), None, None)
    for starts, turned in ((NOON + 90 * MINUTE, False), (NOON, True)):
        definition = with_more(closing(starts=starts, ends=starts + 30 * MINUTE, areas=(path,)))
        found = affected(started_again(desk, definition, check_plan=PlanChecking(definition, checking.read_plan)))
        assert bool(found) is turned
        if turned:
            assert found[0].verdict == "refused"
