"""Inhibits, sectors, calls and verdicts: what each refuses, and that it is in the record before anything is sent."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import D07, NOON, OPERATOR, Desk, command, vehicle

from rangeops.domain.audit import Actor
from rangeops.domain.calls import CallWord
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.errors import Forbidden, Invalid, NotFound
from rangeops.domain.events import CommandMoved
from rangeops.domain.reviews import Verdict
from rangeops.domain.telemetry import Sysid
from rangeops.wire.enforcement import CallRequest, EpisodeAsk, JudgeRequest, ReviewCounts, SectorRequest
from rangeops.wire.picture import RangePicture, TrafficView

OFFICER, OBSERVER = Actor("rso1", "range-safety-officer"), Actor("eve", "observer")
HOLD_EAST = SectorRequest("hold", "helicopter inbound", "EAST")
EAST_MIDDLE = {"latitude_deg": 52.2756, "longitude_deg": 6.8985}


@pytest.fixture
def desk():
    desk = Desk()
    desk.cleared(volume="EAST")
    return desk


def picture(*vehicles, traffic=()):
    return RangePicture(NOON, "twente", True, True, 0.1, tuple(vehicles), (), (), (), tuple(traffic))  # noqa: FBT003


def last(desk):
    return json.loads(desk.record()[-1].payload)


def test_an_inhibit_is_in_the_record_with_its_reason_before_the_watch_is_asked(desk):
    said = desk.services.enforcing.asked(D07, EpisodeAsk.INHIBIT, " its pilot turns\n", desk.now, OPERATOR)
    assert said == "its pilot turns"
    assert last(desk)["says"] == "op1 asks to hold back what the range would send D07: its pilot turns"
    desk.services.enforcing.refused(D07, EpisodeAsk.INHIBIT, "it is outside", desk.now, OPERATOR)
    assert last(desk)["says"] == "D07: inhibit was refused: it is outside"


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_inhibit_needs_a_reason(desk, reason):
    with pytest.raises(Invalid, match="a reason is missing"):
        desk.services.enforcing.asked(D07, EpisodeAsk.INHIBIT, reason, desk.now, OPERATOR)


def test_an_observer_steers_nothing(desk):
    before = len(desk.record())
    for deed in (
        lambda: desk.services.enforcing.asked(D07, EpisodeAsk.LET_FLY, "why", desk.now, OBSERVER),
        lambda: desk.services.enforcing.clear_sector("EAST", HOLD_EAST, picture(), desk.now, OBSERVER),
        lambda: desk.services.calls.log(CallRequest("HOLD", "D07", "pilot", "why"), desk.now, OBSERVER),
        lambda: desk.services.reviews.judge("W1", JudgeRequest("right", "why"), desk.now, OPERATOR),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert len(desk.record()) == before


# Sectors.


def fleet():
    return (
        vehicle(7, **EAST_MIDDLE),
        vehicle(8, callsign="D08", latitude_deg=52.30, longitude_deg=6.80),
        vehicle(9, callsign="D09", **EAST_MIDDLE, armed=False),
        vehicle(10, callsign="D10", position_age_s=9.0, latitude_deg=None, longitude_deg=None, altitude_amsl_m=None),
    )


def test_clearing_a_sector_is_one_act_whose_commands_carry_its_id(desk):
    act = desk.services.enforcing.clear_sector("EAST", HOLD_EAST, picture(*fleet()), desk.now, OPERATOR)
    assert [(order.sysid, order.kind) for order in act.orders] == [(10, CommandKind.HOLD), (7, CommandKind.HOLD)]
    assert {order.act for order in act.orders} == {act.id}
    assert len({order.id for order in act.orders}) == 2
    entry = desk.record()[-1]
    assert act.id == f"A{entry.seq}"
    assert "op1 clears sector EAST by hold" in last(desk)["says"]
    assert "helicopter inbound; D10, D07" in last(desk)["says"]
    assert [contact.role for contact in act.view.contacts] == ["flight information", "aerodrome", "fire service"]


def test_the_nearest_to_a_crewed_aircraft_is_told_first(desk):
    helicopter = TrafficView(
        "485A32",
        "LIFELN2",
        "crewed",
        "sbs",
        52.28,
        6.95,
        300.0,
        50.0,
        60.0,
        270.0,
        0.0,
        on_ground=False,
        age_s=0.4,
        stale=False,
    )
    near = vehicle(8, callsign="D08", latitude_deg=52.2762, longitude_deg=6.9035)
    view = desk.services.enforcing.sector("EAST", picture(fleet()[0], near, traffic=[helicopter]))
    assert [member.callsign for member in view.members] == ["D08", "D07"]
    assert view.members[0].distance_m < view.members[1].distance_m
    stale = replace(helicopter, stale=True)
    assert desk.services.enforcing.sector("EAST", picture(near, traffic=[stale])).members[0].distance_m is None


@pytest.mark.parametrize(
    ("name", "request_", "error", "says"),
    [
        ("EAST", replace(HOLD_EAST, typed=""), Invalid, "name was not typed"),
        ("EAST", replace(HOLD_EAST, typed="WEST"), Invalid, "Type EAST"),
        ("WHOLE RANGE", replace(HOLD_EAST, typed="EAST"), Invalid, "Type WHOLE RANGE"),
        ("all", replace(HOLD_EAST, typed="all"), NotFound, "no sector 'all'"),
        ("EAST", replace(HOLD_EAST, how="land"), Invalid, "by hold or by rtl"),
        ("EAST", replace(HOLD_EAST, reason=" "), Invalid, "reason is missing"),
    ],
)
def test_nothing_is_cleared_by_accident(desk, name, request_, error, says):
    before = len(desk.record())
    with pytest.raises(error, match=says):
        desk.services.enforcing.clear_sector(name, request_, picture(*fleet()), desk.now, OPERATOR)
    assert len(desk.record()) == before


def test_an_empty_sector_is_cleared_too_and_said(desk):
    act = desk.services.enforcing.clear_sector("EAST", HOLD_EAST, picture(), desk.now, OPERATOR)
    assert act.orders == ()
    assert "nobody is in it" in last(desk)["says"]


# Calls.


def test_a_call_is_logged_with_its_object_and_found_again(desk):
    request = CallRequest(
        "clear sector", "east", "Amsterdam FIC", "helicopter inbound", "+31 20 555 0100", answered=True
    )
    made = desk.services.calls.log(request, desk.now, OPERATOR)
    assert made.call.words == "CLEAR SECTOR EAST"
    desk.at(5)
    desk.services.calls.log(CallRequest("hold", "D07", "pilot of D07", "drifts", answered=False), desk.now, OPERATOR)
    assert last(desk)["says"] == "op1 calls pilot of D07: HOLD D07; drifts; NO ANSWER"
    made_today = desk.services.calls.made(timedelta(hours=1), desk.now)
    assert [view.call.words for view in made_today] == ["HOLD D07", "CLEAR SECTOR EAST"]
    assert made_today[1].call == made.call
    assert made_today[1].evidence == made.evidence
    desk.at(7200)
    assert desk.services.calls.made(timedelta(hours=1), desk.now) == ()


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (CallRequest("stop", "D07", "pilot", "why"), "'stop' is no call word"),
        (CallRequest("terminate", "D07", "pilot", "why"), "no call word"),
        (CallRequest("hold", " ", "pilot", "why"), "what it is about is missing"),
        (CallRequest("hold", "D07", "", "why"), "who was called is missing"),
        (CallRequest("hold", "D07", "pilot", ""), "a reason is missing"),
    ],
)
def test_a_call_carries_a_fixed_word_and_its_object(desk, request_, says):
    with pytest.raises(Invalid, match=says):
        desk.services.calls.log(request_, desk.now, OPERATOR)


def test_a_call_on_a_sector_names_one_that_there_is(desk):
    with pytest.raises(NotFound, match="no sector"):
        desk.services.calls.log(CallRequest("clear sector", "D07", "pilot", "why"), desk.now, OPERATOR)


def test_every_word_can_be_said(desk):
    for word in CallWord:
        about = "EAST" if "SECTOR" in word.value else "D07"
        made = desk.services.calls.log(CallRequest(word.value, about, "somebody", "why"), desk.now, OPERATOR)
        assert made.call.words == f"{word.value} {about}"


# Review items.


def test_each_automatic_command_opens_one_item_that_ends_with_its_times(desk):
    for stage in (CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN):
        desk.tell(CommandMoved(command(stage)))
    desk.tell(CommandMoved(command(CommandStage.SENT, by="op1", number=2)))
    desk.tell(CommandMoved(command(CommandStage.SEEN, CommandKind.RESTORE, number=3)))
    reviews = desk.services.reviews.all(desk.now)
    (item,) = reviews.items
    assert (item.id, item.callsign, item.company, item.verdict) == ("W1", "D07", "ACME", None)
    assert (item.progress.stage, item.progress.ack_after_s, item.progress.seen_after_s) == (
        CommandStage.SEEN,
        0.31,
        0.84,
    )
    assert reviews.counts == ReviewCounts(open=1)
    assert len(item.evidence) == 2


def test_a_second_delivery_opens_no_second_item(desk):
    entries = desk.entries(CommandMoved(command(CommandStage.SENT)))
    desk.services.intake.take(entries, desk.now)
    desk.services.intake.take(entries, desk.now)
    assert len(desk.services.reviews.all(desk.now).items) == 1


def test_a_safety_officer_judges_it_and_may_think_again(desk):
    desk.tell(
        CommandMoved(command(CommandStage.SEEN)), CommandMoved(command(CommandStage.SEEN, number=2, sysid=Sysid(8)))
    )
    judged = desk.services.reviews.judge("W1", JudgeRequest("right", "3 s left"), desk.now, OFFICER)
    assert (judged.verdict, judged.note, judged.judged_by) == (Verdict.RIGHT, "3 s left", "rso1")
    desk.services.reviews.judge("W1", JudgeRequest("late", "it was over the edge"), desk.now, OFFICER)
    reviews = desk.services.reviews.all(desk.now)
    assert {item.id: item.verdict for item in reviews.items} == {"W1": Verdict.LATE, "W2": None}
    assert reviews.counts == ReviewCounts(late=1, open=1)
    assert reviews.by_reason == (("leaves its volume in 8 s", ReviewCounts(late=1, open=1)),)
    assert [entry.action for entry in desk.record()].count("review.judge") == 2, "the earlier stays in the record"


@pytest.mark.parametrize(
    ("item", "request_", "error"),
    [
        ("W9", JudgeRequest("right", "why"), NotFound),
        ("W1", JudgeRequest("wrong", "why"), Invalid),
        ("W1", JudgeRequest("right", " "), Invalid),
    ],
)
def test_a_verdict_is_one_of_three_with_a_note_on_an_item_that_there_is(desk, item, request_, error):
    desk.tell(CommandMoved(command(CommandStage.SEEN)))
    with pytest.raises(error):
        desk.services.reviews.judge(item, request_, desk.now, OFFICER)
