"""Who is on duty: taken, taken over, left, and what of it is written down."""

import json
from dataclasses import replace

import pytest
from desk import Desk

from rangeops.domain.audit import Actor
from rangeops.domain.duty import Position
from rangeops.domain.errors import Conflict, Forbidden, Invalid, Refused
from rangeops.domain.users import Role, User
from rangeops.services.changes import RANGE
from rangeops.services.duty import DUTY
from rangeops.wire.duty import DutyRequest
from rangeops.wire.picture import Changed

OPERATOR, OFFICER = Position.OPERATOR.value, Position.SAFETY_OFFICER.value
ANNA = Actor("anna", "operator")
BERT = Actor("bert", "operator, range-safety-officer")
PAGE = "ab" * 32


@pytest.fixture
def desk():
    made = Desk()
    with made.store.write() as work:
        work.users.add(User("anna", "Anna Smit", frozenset([Role.OPERATOR])))
        work.users.add(User("bert", "Bert Smit", frozenset([Role.OPERATOR, Role.SAFETY_OFFICER])))
    return made


def on_duty(desk):
    return {view.position: view.user for view in desk.services.duty.all()}


def said(desk):
    return [json.loads(entry.payload)["says"] for entry in desk.record()]


def test_at_first_nobody_is_on_duty(desk):
    assert on_duty(desk) == {OPERATOR: "", OFFICER: ""}


def test_a_free_position_is_taken_and_everybody_is_told(desk):
    taken = desk.services.duty.take(OPERATOR, DutyRequest(0), desk.now, ANNA)
    assert (taken.user, taken.full_name, taken.since_utc, taken.version) == ("anna", "Anna Smit", desk.now.utc, 1)
    assert on_duty(desk) == {OPERATOR: "anna", OFFICER: ""}
    assert Changed("duty") in desk.notices
    assert said(desk)[-1] == "anna goes on duty as operator"
    with desk.store.read() as work:
        assert len(work.record.about([DUTY], desk.now.utc, desk.now.utc)) == 1
        assert len(work.record.about([RANGE], desk.now.utc, desk.now.utc)) == 1


def test_another_takes_over_with_the_hand_over_page_and_not_without(desk):
    desk.services.duty.take(OPERATOR, DutyRequest(0), desk.now, ANNA)
    desk.at(3 * 3600 + 120)
    with pytest.raises(Refused, match="anna is on duty, and the hand-over page was not acknowledged"):
        desk.services.duty.take(OPERATOR, DutyRequest(1, "  "), desk.now, BERT)
    assert on_duty(desk)[OPERATOR] == "anna"
    taken = desk.services.duty.take(OPERATOR, DutyRequest(1, PAGE, "D07 low on battery"), desk.now, BERT)
    assert (taken.user, taken.taken_from, taken.handover, taken.version) == ("bert", "anna", PAGE, 2)
    assert said(desk)[-1] == (
        "bert takes over as operator from anna, who had it for 3 h 02 min; hand-over page abababababab acknowledged"
        ": D07 low on battery"
    )
    assert json.loads(desk.record()[-1].payload)["body"]["duty"]["taken_from"] == "anna"


def test_of_two_who_take_it_at_once_the_second_is_told(desk):
    desk.services.duty.take(OPERATOR, DutyRequest(0), desk.now, ANNA)
    with pytest.raises(Conflict, match="anna has it now"):
        desk.services.duty.take(OPERATOR, DutyRequest(0, PAGE), desk.now, BERT)
    with pytest.raises(Refused, match="already"):
        desk.services.duty.take(OPERATOR, DutyRequest(1, PAGE), desk.now, ANNA)


def test_it_takes_the_positions_own_role(desk):
    with pytest.raises(Forbidden, match="no range safety officer"):
        desk.services.duty.take(OFFICER, DutyRequest(0), desk.now, ANNA)
    for nobody in (Actor("o", "observer"), Actor("a", "admin"), Actor("eve", "company-member", "ACME")):
        with pytest.raises(Forbidden, match="may not go on duty"):
            desk.services.duty.take(OPERATOR, DutyRequest(0), desk.now, nobody)
    desk.services.duty.take(OFFICER, DutyRequest(0), desk.now, BERT)
    desk.services.duty.take(OPERATOR, DutyRequest(0), desk.now, BERT)
    assert on_duty(desk) == {OPERATOR: "bert", OFFICER: "bert"}
    with pytest.raises(Invalid, match="no position"):
        desk.services.duty.take("captain", DutyRequest(0), desk.now, BERT)
    with pytest.raises(Invalid, match="names no hand-over page"):
        desk.services.duty.take(OPERATOR, DutyRequest(1, "x" * 129), desk.now, ANNA)


def test_only_who_is_on_duty_goes_off_and_then_it_is_free(desk):
    desk.services.duty.take(OPERATOR, DutyRequest(0), desk.now, ANNA)
    with pytest.raises(Forbidden, match="anna is on duty, not bert"):
        desk.services.duty.leave(OPERATOR, DutyRequest(1), desk.now, BERT)
    with pytest.raises(Conflict):
        desk.services.duty.leave(OPERATOR, DutyRequest(0), desk.now, ANNA)
    desk.at(59)
    desk.services.duty.leave(OPERATOR, DutyRequest(1), desk.now, ANNA)
    assert said(desk)[-1] == "anna goes off duty as operator after 0 min; nobody holds it now"
    assert on_duty(desk)[OPERATOR] == ""
    assert desk.services.duty.take(OPERATOR, DutyRequest(2), desk.now, BERT).version == 3


@pytest.mark.parametrize("change", [{"disabled": True}, {"roles": frozenset([Role.OBSERVER])}])
def test_whoever_may_not_hold_it_any_more_is_not_on_duty(desk, change):
    desk.services.duty.take(OPERATOR, DutyRequest(0), desk.now, ANNA)
    with desk.store.write() as work:
        work.users.replace(replace(work.users.get("anna"), version=2, **change))
    assert on_duty(desk)[OPERATOR] == ""
    assert desk.services.duty.take(OPERATOR, DutyRequest(1), desk.now, BERT).version == 2
