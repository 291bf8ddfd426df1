"""What whoever asks is shown: everything, his company's own, or that something is taken."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from desk import NOON, OPERATOR, Desk, alarm, command, vehicle
from released import RITA, incident_of, release

from rangeops.domain.alarms import AlarmState
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, NotFound, RangeopsError
from rangeops.domain.next_act import InhibitNow
from rangeops.domain.permissions_of_roles import NOBODY
from rangeops.domain.registers import Company, Entry, RegisterKind
from rangeops.domain.slot_terms import ClockStop, Permit, SlotTerms, StopReason
from rangeops.domain.slots import SlotEvent
from rangeops.domain.users import Role, User
from rangeops.domain.volumes import Volume
from rangeops.services.paging import Asked
from rangeops.services.submission import PlanRequest
from rangeops.wire.api import ClosureRequest, SlotChange, SlotRequest
from rangeops.wire.picture import EncounterView, LinkView, RangePicture, RouteView, TrafficView
from rangeops.wire.reports import Audience

ANNA = Actor("anna", "company-member", "ACME")
BO = Actor("bo", "company-member", "SAXN")
OBSERVER = Actor("obs", "observer")
TODAY = date(2026, 11, 24)
FIELD = Volume(((52.281, 6.8895), (52.281, 6.8905), (52.2815, 6.8905), (52.2815, 6.8895)), 30, 70)


@pytest.fixture
def desk():
    made = Desk()
    made.ours = made.move(made.book(plan=made.submit().id), SlotEvent.APPROVE)
    theirs = made.submit(company="SAXN", volume="WEST")
    made.theirs = made.move(
        made.book(company="SAXN", volume="WEST", sysid=8, callsign="X08", plan=theirs.id), SlotEvent.APPROVE
    )
    return made


def why(deed, *arguments):
    with pytest.raises(RangeopsError) as refused:
        deed(*arguments)
    return type(refused.value), refused.value.what, refused.value.do


def test_the_range_sees_everything_a_company_its_own_and_nobody_nothing(desk):
    sight = desk.services.sight
    assert {slot.id for slot in sight.slots(OBSERVER)} == {"S1", "S2"}
    assert [slot.id for slot in sight.slots(ANNA)] == ["S1"]
    assert [plan.id for plan in sight.plans(BO)] == ["P2"]
    assert sight.slots(NOBODY) == sight.plans(NOBODY) == ()
    assert sight.slots_page(Asked(), NOBODY).items == sight.plans_page(Asked(), NOBODY).items == ()
    assert sight.slot(desk.theirs.id, OPERATOR) == desk.theirs


@pytest.mark.parametrize("noun", ["slot", "plan"])
def test_what_is_anothers_is_answered_as_what_does_not_exist(desk, noun):
    look = getattr(desk.services.sight, noun)
    theirs, absent = ("S2", "S9") if noun == "slot" else ("P2", "P9")
    assert why(look, theirs, ANNA) == why(look, absent, ANNA)
    assert look(theirs, BO).company == "SAXN"


def test_a_page_of_a_company_counts_its_own_alone(desk):
    for minutes in range(0, 120, 40):
        desk.book(start_minutes=60 + minutes)
        desk.book(company="SAXN", start_minutes=60 + minutes, sysid=8)
    sight, told, asked = desk.services.sight, [], Asked(2)
    while True:
        page = sight.slots_page(asked, ANNA)
        told += page.items
        if not page.cursor:
            break
        asked = Asked(2, page.cursor)
    assert told == list(sight.slots(ANNA))
    assert len(told) == 4
    newest = sight.plans_page(Asked(1), OPERATOR)
    assert [plan.id for plan in newest.items] == ["P2"]
    assert [plan.id for plan in sight.plans_page(Asked(1, newest.cursor), OPERATOR).items] == ["P1"]
    with pytest.raises(Invalid):
        sight.slots_page(Asked(1, newest.cursor), ANNA)


def test_a_refusal_names_no_other_company_and_no_number_of_its_slot(desk):
    wanted = desk.book(company="SAXN", sysid=9, start_minutes=5)
    with pytest.raises(Conflict, match=r"slot S1 \(ACME") as refused:
        desk.move(wanted, SlotEvent.APPROVE)
    told = desk.services.sight.error(refused.value, BO)
    assert isinstance(told, Conflict)
    assert "ACME" not in str(told)
    assert "S1" not in str(told)
    assert "NORTH" in told.what
    assert desk.services.sight.error(refused.value, OPERATOR) is refused.value
    shown = desk.services.sight.slot(wanted.id, BO)
    assert "ACME" in wanted.reason
    assert "ACME" not in shown.reason
    assert "another company" in shown.reason


def test_a_company_is_not_told_who_of_the_range_stopped_its_clock(desk):
    with desk.store.write() as work:
        stops = (ClockStop(StopReason.WEATHER, NOON, by="op1"),)
        work.slots.replace(replace(desk.ours, version=desk.ours.version + 1, stops=stops))
    assert desk.services.sight.slot("S1", ANNA).stops[0].by == ""
    assert desk.services.sight.slot("S1", OBSERVER).stops[0].by == "op1"


def test_free_and_busy_says_taken_and_never_by_whom(desk):
    asked = SlotRequest(
        "SAXN", "SECRET ROCKET", NOON + timedelta(hours=3), NOON + timedelta(hours=4), 9, "X09", "survey-quad", "ch 3",
        drawn=FIELD, terms=SlotTerms(permits=(Permit("aerodrome", "by phone"),)),
    )  # fmt: skip
    secret = desk.services.booking.request(asked, desk.now, OPERATOR)
    desk.move(secret, SlotEvent.APPROVE)
    starts, ends = NOON + timedelta(hours=5), NOON + timedelta(hours=6)
    closing = ClosureRequest("traffic", "crewed traffic", starts, ends, ("EAST",))
    desk.services.closures.add(closing, desk.now, OPERATOR)
    busy = desk.services.sight.busy(NOON - timedelta(hours=1), NOON + timedelta(hours=12), ANNA)
    assert [(each.volumes, each.why, each.own) for each in busy if each.volumes in (("NORTH",), ("WEST",))] == [
        (("NORTH",), "taken", "S1"),
        (("WEST",), "taken", ""),
        (("NORTH",), "taken", ""),
    ], "of what is drawn the range's own volumes tell, of which it takes some"
    assert any(each.why == "closed" and "EAST" in each.volumes for each in busy)
    assert "SAXN" not in repr(busy)
    assert "SECRET" not in repr(busy)
    assert any(each.starts == secret.starts for each in busy), "what it takes of the range's volumes is taken"


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(NOON, NOON), (NOON, NOON + timedelta(days=32)), (NOON.replace(tzinfo=None), NOON), (NOON, NOON - timedelta(1))],
)
def test_free_and_busy_is_asked_for_a_time(desk, starts, ends):
    with pytest.raises(Invalid, match="up to 31 days"):
        desk.services.sight.busy(starts, ends, ANNA)


def test_a_closure_is_everybodys_and_whom_it_concerns_the_ranges(desk):
    closing = ClosureRequest("traffic", "crewed traffic", NOON, NOON + timedelta(hours=1), reason="op1 saw it")
    made = desk.services.closures.add(closing, desk.now, OPERATOR)
    assert {each.slot for each in made.concerned} == {"S1", "S2"}
    (shown,) = desk.services.sight.closures(desk.now, ANNA)
    assert [each.slot for each in shown.concerned] == ["S1"]
    assert (shown.closure.title, shown.closure.by, shown.closure.reason) == ("crewed traffic", "", "")
    assert desk.services.sight.closure(made.closure.id, desk.now, ANNA) == shown
    assert desk.services.sight.closure(made.closure.id, desk.now, OBSERVER).closure == made.closure


def test_a_day_tells_a_company_of_its_own_conflicts_without_names(desk):
    desk.book(start_minutes=10, sysid=9)
    desk.book(company="SAXN", start_minutes=10, sysid=8)
    all_of_it = desk.services.sight.day(TODAY, OPERATOR).conflicts
    assert len({each.slot for each in all_of_it}) == 2
    shown = desk.services.sight.day(TODAY, BO)
    (conflict,) = [each for each in shown.conflicts if each.says == "it is taken then"][:1]
    assert conflict.other == ""
    assert "ACME" not in repr(shown)


def picture():
    met = EncounterView("X08", "drone", None, "X08 comes near", 20.0)
    ours = vehicle(7, encounter=met, routes=(RouteView("udp:1", True, "live", 0.1, 0, 0.1, None, True),), inhibit=InhibitNow("op1", "drill", 3.0))  # fmt: skip  # noqa: FBT003
    return RangePicture(
        utc=NOON, range_id="twente", simulation=False, enforcement=True, watch_age_s=0.1,
        vehicles=(ours, vehicle(8, callsign="X08", company="SAXN")),
        links=(LinkView("udpin:10.0.0.1:14550", True, "", 1.0, 0.0),),  # noqa: FBT003
        alarms=(
            replace(alarm(state=AlarmState.ACKED), acked_by="op1", value="X08 at 20 m"),
            alarm(sysid=8), replace(alarm(number=3), sysid=None),
        ),
        commands=(command(by="op1"), command(sysid=8, number=2)),
        traffic=(TrafficView("a", "PH-ABC", "crewed", "sbs", 52.2, 6.8, 300.0, 30.0, 50.0, 90.0, 0.0, False, 1.0, False),),  # noqa: FBT003
    )  # fmt: skip


def test_a_picture_for_a_company_has_its_own_vehicles_and_no_name_beside(desk):
    shown = desk.services.sight.picture(picture(), ANNA)
    assert [each.callsign for each in shown.vehicles] == ["D07"]
    assert (shown.enforcement, shown.links, shown.traffic) == (True, (), ())
    assert (shown.vehicles[0].link, shown.vehicles[0].routes) == ("", ())
    assert [each.sysid for each in shown.alarms] == [7]
    assert [each.order.sysid for each in shown.commands] == [7]
    for name in ("X08", "SAXN", "op1", "PH-ABC", "10.0.0.1"):
        assert name not in repr(shown), name
    assert shown.vehicles[0].encounter.lateral_m == 20.0
    assert desk.services.sight.picture(picture(), OBSERVER) == picture()
    assert desk.services.sight.picture(picture(), NOBODY).vehicles == ()


def test_an_incident_is_its_companys_once_its_report_was_released(desk):
    services = desk.services
    with desk.store.write() as work:
        work.users.add(User("omar", "Omar Bakker", frozenset([Role.OPERATOR])))
    incident = incident_of(services, desk.ours, NOON, "omar saw X08 of SAXN beside it")
    services.reporting.write(incident.id, desk.now, OPERATOR)  # the range's own report releases nothing
    for actor in (ANNA, BO, NOBODY):
        assert services.sight.incidents(actor) == ()
        absent = why(services.sight.incident, "INC-2026-9999", desk.now, actor)
        assert why(services.sight.incident, incident.id, desk.now, actor) == absent
    release(services, incident, desk.now)
    (listed,) = services.sight.incidents(ANNA)
    shown = services.sight.incident(incident.id, desk.now, ANNA)
    for view in (listed, shown):
        assert view.id == incident.id
        assert not {"omar", "SAXN", "X08"} & set(repr(view).split())
        assert "[person]" in view.title
    assert services.sight.report(incident.id, ANNA) == services.reporting.read(incident.id, audience=Audience.COMPANY)
    assert services.sight.report(incident.id, ANNA) == services.sight.report(incident.id, ANNA, audience=Audience.RANGE)
    assert services.sight.incidents(BO) == ()
    with pytest.raises(NotFound, match="no such incident"):
        services.sight.report(incident.id, BO)
    # Reopened: the next revision isn't released, the first one stays so.
    services.incident_reviews.reopen(incident.id, "a witness came forward", desk.now, RITA)
    assert services.sight.report(incident.id, ANNA) == b"<title>" + incident.id.encode() + b"</title>"


def test_a_request_that_names_anothers_plan_or_slot_is_answered_as_one_that_names_none(desk):
    submission, booking = desk.services.submission, desk.services.booking

    def hand_in(slot):
        request = PlanRequest(b"inside", "a.plan", "A", "ACME", "NORTH", "survey-quad", slot)
        return submission.prepare(request, ANNA)

    def book(plan):
        starts = NOON + timedelta(hours=8)
        request = SlotRequest(
            "ACME", "NORTH", starts, starts + timedelta(minutes=30), 7, "D07", "survey-quad", "ch 2", plan
        )
        return booking.request(request, desk.now, ANNA)

    assert why(hand_in, "S2") == why(hand_in, "S9")
    assert why(book, "P2") == why(book, "P9")
    assert hand_in("S1").minutes == (desk.ours.starts, desk.ours.ends)


def test_registers_and_calendars_are_not_to_be_tried_out(desk):
    registry, calendars = desk.services.registry, desk.services.calendars
    assert why(registry.get, "company", "SAXN", ANNA) == why(registry.get, "company", "NOBODY", ANNA)
    assert registry.get("company", "ACME", ANNA).kind is RegisterKind.COMPANY
    theirs, none = (why(calendars.of_company, company, desk.now, ANNA) for company in ("SAXN", "NONE"))
    assert (theirs[0], theirs[1].replace("SAXN", "NONE"), theirs[2]) == none
    assert len(calendars.of_company("ACME", desk.now, ANNA)) == 1


def test_a_member_moves_his_own_slot_and_reads_what_came_of_it(desk):
    wanted = SlotChange("cancel", desk.ours.version, "wind")
    moved = desk.services.booking.change("S1", wanted, desk.now, ANNA)
    assert desk.services.sight.for_member(moved, ANNA).reason == "wind"


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("slot S1 (ACME, 24 Nov 12:00-12:30 UTC) has NORTH", "slot S1 (ACME, 24 Nov 12:00-12:30 UTC) has NORTH"),
        ("slot S2 (SAXN, 24 Nov 12:00-12:30 UTC) has NORTH", "a slot ([another company], 24 Nov 12:00-12:30 UTC) has NORTH"),
        ("held by slot S2 (SAXN), slot S3 (NOBODY)", "held by a slot ([another company]), a slot ([another company])"),
        ("slot S2 (Rockets, 2 (NL), 24 Nov) has it", "a slot ([another company], 24 Nov) has it"),
        ("slot S2 (ACME ✈, 1)", "a slot ([another company], 1)"),
        ("company SAXN has no slots", "company SAXN has no slots"),
    ],
)  # fmt: skip
def test_a_sentence_of_ours_names_another_companys_slot_to_nobody(desk, says, told):
    with desk.store.write() as work:
        work.registers.add(Entry(Company("Rockets, 2 (NL)", "Rockets")))
    assert desk.services.sight.error(Conflict(says, where="here", do=says), ANNA).what == told
