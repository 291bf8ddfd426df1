"""Clearance, submission, commands, links: what each refuses, and that what it did is in the record."""

import json
from dataclasses import replace

import pytest
from desk import D07, OPERATOR, TWENTE, Desk, alarm, fence

from rangeops.domain.audit import Actor
from rangeops.domain.clearance import LiveFacts
from rangeops.domain.commands import CommandKind, CommandTarget
from rangeops.domain.errors import Conflict, Invalid, NotFound, Refused
from rangeops.domain.events import OrdersTaken
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.services.commanding import SECOND_WITHIN_S
from rangeops.services.submission import LARGEST_PLAN_BYTES
from rangeops.wire.alarms import AlarmDeedRequest
from rangeops.wire.api import CommandRequest


@pytest.fixture
def desk():
    return Desk()


def actions(desk):
    return [entry.action for entry in desk.record()]


def test_clearance_lists_what_is_missing_and_is_refused_until_nothing_is(desk):
    slot = desk.briefed()
    view = desk.services.clearance.view(slot.id, desk.now)
    assert len(view.missing) == 2, view.missing
    with pytest.raises(Refused, match=r"fence on board.*not heard"):
        desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    assert "clearance.grant" not in actions(desk)
    desk.live.facts_of[7] = LiveFacts(trusted=True, uplink_ok=True, armed=False)
    desk.tell(OrdersTaken(desk.orders[-1].version), fence())
    granted = desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    assert (granted.cleared, granted.state, granted.missing) == (True, SlotState.ACTIVE, ())
    assert desk.orders[-1].vehicles[0].cleared


def test_a_refused_plan_is_never_cleared(desk):
    slot = desk.move(desk.book(plan=desk.submit(b"outside").id), SlotEvent.APPROVE)
    assert any("is refused (ACME)" in each for each in desk.services.clearance.view(slot.id, desk.now).missing)
    with pytest.raises(Conflict, match=r"its plan P1 is refused.*rangeops plan submit FILE --slot S1"):
        desk.move(slot, SlotEvent.BRIEF)
    assert desk.move(desk.planned(slot), SlotEvent.BRIEF).state is SlotState.BRIEFED


def test_nobody_is_briefed_without_a_plan_since_none_is_taken_afterwards(desk):
    slot = desk.move(desk.book(), SlotEvent.APPROVE)
    with pytest.raises(Conflict, match=r"no plan was handed in.*rangeops plan submit FILE --slot S1"):
        desk.move(slot, SlotEvent.BRIEF)
    assert desk.services.booking.get(slot.id) == slot


def test_a_clearance_is_withdrawn_once_and_can_be_given_again(desk):
    slot = desk.cleared()
    assert not desk.services.clearance.withdraw(slot.id, desk.now, OPERATOR).cleared
    issued = len(desk.orders)
    desk.services.clearance.withdraw(slot.id, desk.now, OPERATOR)
    assert len(desk.orders) == issued
    assert actions(desk).count("clearance.withdraw") == 1
    assert desk.services.clearance.grant(slot.id, desk.now, OPERATOR).cleared


def test_closing_takes_the_clearance_back(desk):
    slot = desk.cleared()
    desk.move(slot, SlotEvent.CLOSE)
    assert not desk.services.clearance.view(slot.id, desk.now).cleared


def test_a_second_slot_of_a_flying_vehicle_is_not_cleared(desk):
    first = desk.cleared()
    second = desk.briefed(start_minutes=35)
    desk.at(36 * 60)
    desk.tell(OrdersTaken(desk.orders[-1].version), fence())
    with pytest.raises((Refused, Conflict)):
        desk.services.clearance.grant(second.id, desk.now, OPERATOR)
    desk.move(first, SlotEvent.CLOSE)
    desk.tell(OrdersTaken(desk.orders[-1].version), fence())
    assert desk.services.clearance.grant(second.id, desk.now, OPERATOR).cleared


def test_each_hand_in_of_one_name_is_the_companys_next_revision(desk):
    plans = [desk.submit(), desk.submit(b"outside"), desk.submit(name="OTHER"), desk.submit(company="SAXN")]
    assert [(plan.id, plan.revision, plan.verdict) for plan in plans] == [
        ("P1", 1, "passed"),
        ("P2", 2, "refused"),
        ("P3", 1, "passed"),
        ("P4", 1, "passed"),
    ]
    assert [plan.id for plan in desk.services.submission.all()] == ["P4", "P3", "P2", "P1"]
    assert desk.services.log(10)[1].text == "ACME SURVEY rev 2 (P2): refused (GEO-03)"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"content": b""}, "empty"),
        ({"content": b"x" * (LARGEST_PLAN_BYTES + 1)}, "larger than 4 MB"),
        ({"name": " "}, "name is empty"),
        ({"company": ""}, "company is empty"),
        ({"file_name": ""}, "file_name is empty"),
    ],
)
def test_a_plan_that_cannot_be_taken_is_refused_in_one_sentence(desk, changed, says):
    with pytest.raises(Invalid, match=says):
        desk.submit(**changed)


@pytest.mark.parametrize("changed", [{"volume": "ATLANTIS"}, {"airframe": "zeppelin"}])
def test_a_plan_for_what_is_not_there_is_not_found(desk, changed):
    with pytest.raises(NotFound):
        desk.submit(**changed)


def order(desk, kind, *, sysid=7, reason="drifts", typed=""):
    return desk.services.commands.order(sysid, CommandRequest(kind, reason, typed), desk.now, OPERATOR)


@pytest.mark.parametrize(
    ("kind", "more", "says"),
    [
        ("hold", {"sysid": 0}, "every vehicle or none"),
        ("hold", {"sysid": 256}, "every vehicle or none"),
        ("hold", {"sysid": -1}, "every vehicle or none"),
        ("rtl", {}, "Type 7 to confirm"),
        ("rtl", {"typed": "8"}, "Type 7 to confirm"),
        ("land", {"typed": "07"}, "Type 7 to confirm"),
        ("hold", {"reason": "\t"}, "reason is missing"),
        ("terminate", {}, "Type 7 to confirm"),
        ("arm", {}, "Type 7 to confirm"),
        ("takeoff", {}, "Type 7 to confirm"),
        ("goto", {"typed": "8"}, "Type 7 to confirm"),
        ("continue", {}, "Type 7 to confirm"),
        ("fence-off", {}, "Type 7 to confirm"),
        ("self-destruct", {}, "is no command"),
        ("\x1b[2J", {}, "is no command"),
    ],
)
def test_a_command_that_must_not_go_out_is_refused_and_not_recorded(desk, kind, more, says):
    with pytest.raises(Invalid, match=says) as error:
        order(desk, kind, **more)
    assert "\x1b" not in str(error.value)
    assert desk.record() == ()


def test_a_command_is_in_the_record_before_it_is_sent(desk):
    desk.cleared()
    first, second = order(desk, "hold"), order(desk, "land", typed=" 7 ")
    assert (first.kind, first.by, first.sysid) == (CommandKind.HOLD, "op1", D07)
    assert first.id != second.id
    entries = [entry for entry in desk.record() if entry.action == "command.order"]
    assert [json.loads(entry.payload)["body"]["id"] for entry in entries] == [first.id, second.id]
    assert desk.services.log(1)[0].text == "op1 orders land for D07: drifts"


SECOND = Actor("op2", "range-safety-officer")


def terminate(desk, actor=OPERATOR, *, typed="7"):
    return desk.services.commands.order(7, CommandRequest("terminate", "out of hand", typed), desk.now, actor)


def test_a_termination_waits_for_a_second_person_and_both_are_in_the_record(desk):
    desk.cleared()
    asked = terminate(desk)
    assert not asked.has_two_persons
    with pytest.raises(Conflict, match="one person can't complete it"):
        terminate(desk)
    confirmed = terminate(desk, SECOND)
    assert (confirmed.by, confirmed.second, confirmed.has_two_persons) == ("op1", "op2", True)
    assert [action for action in actions(desk) if action.startswith("command.")] == ["command.ask", "command.order"]
    assert [line.text for line in desk.services.log(2)] == [
        "op1 asks to terminate D07: out of hand; not sent, a second person has 30 s to confirm it",
        "op1 and op2 order terminate for D07: out of hand",
    ]


def test_the_second_word_must_come_in_its_time_typed_and_once(desk):
    terminate(desk)
    with pytest.raises(Invalid, match="Type 7 to confirm"):
        terminate(desk, SECOND, typed="8")
    desk.at(SECOND_WITHIN_S + 1)
    assert not terminate(desk, SECOND).has_two_persons  # too late: he asks anew
    assert terminate(desk).has_two_persons
    assert not terminate(desk).has_two_persons  # and what was confirmed is used up


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("arm", None),
        ("takeoff", CommandTarget(height_above_home_m=10.0)),
        ("goto", CommandTarget(latitude_deg=52.28, longitude_deg=6.88, altitude_amsl_m=60.0)),
        ("continue", None),
    ],
)
def test_without_clearance_nothing_is_ordered_into_the_air_nor_recorded(desk, kind, target):
    desk.briefed()
    before = len(desk.record())
    request = CommandRequest(kind, "go", "7", target)
    with pytest.raises(Refused, match="isn't cleared to fly"):
        desk.services.commands.order(7, request, desk.now, OPERATOR)
    with pytest.raises(Refused, match="has no slot"):
        desk.services.commands.order(8, replace(request, typed="8"), desk.now, OPERATOR)
    assert len(desk.record()) == before


def test_a_place_outside_its_flight_geography_is_refused_and_one_inside_is_recorded_with_its_datum(desk):
    desk.cleared()
    corners = TWENTE.volume("NORTH").flight_geography.outer
    middle = [sum(corner[axis] for corner in corners) / len(corners) for axis in (0, 1)]
    inside = CommandTarget(latitude_deg=middle[0], longitude_deg=middle[1], altitude_amsl_m=60.0)

    def go(target):
        return desk.services.commands.order(7, CommandRequest("goto", "look", "7", target), desk.now, OPERATOR)

    with pytest.raises(Refused, match="the target is outside its flight geography"):
        go(replace(inside, latitude_deg=52.4))
    assert go(inside).target == inside
    assert desk.services.log(1)[0].text.endswith("at 60 m AMSL for D07: look")


def test_an_acknowledgement_is_in_the_record_with_who_gave_it(desk):
    desk.services.alarms.deed(alarm(), AlarmDeedRequest("acknowledge"), desk.now, OPERATOR)
    (entry,) = desk.record()
    assert (entry.action, entry.actor) == ("alarm.acknowledge", "op1")


@pytest.mark.parametrize(
    "uri", ["", "udpin", "udpin:", "http://x", "file:/etc/passwd", "udpin:\x1b[2J", "tcp:" + "x" * 300]
)
def test_what_is_no_endpoint_is_refused(desk, uri):
    with pytest.raises(Invalid, match="no endpoint"):
        desk.services.links.add(uri, desk.now, OPERATOR)


@pytest.mark.parametrize(
    "uri",
    ["udpin:127.0.0.1:99999", "tcp:somewhere:14550", "serial:ttyUSB0", "sbs:127.0.0.1:0", "udpin:127.0.0.1:1?what"],
)
def test_an_endpoint_that_no_watch_could_open_is_refused_and_not_stored(desk, uri):
    with pytest.raises(Invalid):
        desk.services.links.add(uri, desk.now, OPERATOR)
    assert desk.services.links.all() == ()


def test_a_link_is_there_once(desk):
    uri = "serial:/dev/ttyUSB0:57600"
    desk.services.links.add(uri, desk.now, OPERATOR)
    with pytest.raises(Conflict):
        desk.services.links.add(uri, desk.now, OPERATOR)
    desk.services.links.remove(uri, desk.now, OPERATOR)
    with pytest.raises(NotFound):
        desk.services.links.remove(uri, desk.now, OPERATOR)
    assert desk.services.links.all() == ()
