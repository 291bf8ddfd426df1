"""The gate from approved to flying, over a store: what each step adds, what a flight uses up, what is taken back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from desk import D07, NOON, OPERATOR, WHOLE_TWENTE, Desk, command, fence

from rangeops.domain.audit import Actor
from rangeops.domain.clearance import LiveFacts
from rangeops.domain.clearance_rules import Item
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from rangeops.domain.events import ArmedChanged, CommandMoved, JournalEntry, OrdersTaken
from rangeops.domain.parameters import Parameter
from rangeops.domain.registers import Acceptance, Entry, RegisterKind
from rangeops.domain.slot_terms import Permit, SlotTerms
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.domain.volumes import Volume
from rangeops.wire.api import NoticeRequest, ParametersView
from rangeops.wire.clearance import PollRequest, WithdrawRequest

OFFICER = Actor("rso", "range-safety-officer")
MEMBER = Actor("ada", "company-member", "ACME")
METAR = f"METAR EHTW {NOON - timedelta(minutes=20):%d%H%M}Z 23008KT CAVOK"
READY = LiveFacts(trusted=True, uplink_ok=True, armed=False, fence="active", lost_percent=0.0, round_trip_s=0.1)
ONLY_ACCEPTANCE = replace(WHOLE_TWENTE, clearance=replace(WHOLE_TWENTE.clearance, waived=()))


@pytest.fixture
def desk():
    """A range that waives daylight and acceptance alone: the shipped one."""
    return Desk(definition=WHOLE_TWENTE)


def missing(desk, slot):
    return desk.services.clearance.view(slot.id, desk.now).missing


def state(desk, slot, item):
    return next(x for x in desk.services.clearance.view(slot.id, desk.now).items if x.item == item.value)


def go(desk, slot, role, *, go=True, actor=OPERATOR, why=""):
    desk.services.words.vote(slot.id, PollRequest(role, go, why=why), desk.now, actor)


def acknowledge(desk, slot, who, actor=OPERATOR):
    desk.services.day.acknowledge(slot.id, NoticeRequest("briefing", who), desk.now, actor)


def prove(desk, sysid=D07):
    for number, kind in enumerate((CommandKind.HOLD, CommandKind.RTL), start=1):
        moved = command(CommandStage.SEEN, kind, by="op1", number=number, sysid=sysid)
        desk.tell(OrdersTaken(desk.orders[-1].version), CommandMoved(moved))


def words(desk, slot):
    for role in ("pilot", "operator"):
        go(desk, slot, role)
    desk.services.words.safety_word(slot.id, desk.now, OFFICER)


def ready(desk, **changed):
    """Everything that the shipped range asks."""
    slot = desk.briefed(**changed)
    acknowledge(desk, slot, "Jan")
    desk.services.words.hand_in_weather(METAR, desk.now, OPERATOR)
    desk.live.facts_of[slot.sysid] = READY
    desk.tell(OrdersTaken(desk.orders[-1].version), fence(slot.sysid))
    prove(desk, slot.sysid)
    words(desk, slot)
    return desk.services.booking.get(slot.id)


def cleared(desk, **changed):
    slot = ready(desk, **changed)
    desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    desk.tell(OrdersTaken(desk.orders[-1].version))
    return desk.services.booking.get(slot.id)


def flies(desk, slot, *, armed=True):
    desk.live.facts_of[slot.sysid] = replace(READY, armed=armed)
    desk.tell(ArmedChanged(slot.sysid, armed))


def order(desk, slot):
    return next(each for each in desk.orders[-1].vehicles if each.slot == slot.id)


def view(desk, slot):
    return desk.services.clearance.view(slot.id, desk.now)


def actions(desk):
    return [entry.action for entry in desk.record()]


def test_each_step_takes_one_thing_off_the_list_until_it_is_empty(desk):
    slot = desk.briefed()
    steps = [
        ("the briefing", lambda: acknowledge(desk, slot, "Jan")),
        ("no METAR", lambda: desk.services.words.hand_in_weather(METAR, desk.now, OPERATOR)),
        ("is not heard", lambda: desk.live.facts_of.update({D07: READY})),
        ("fence on board", lambda: desk.tell(OrdersTaken(desk.orders[-1].version), fence())),
        ("hold and rtl", lambda: prove(desk)),
        ("pilot has not said go", lambda: go(desk, slot, "pilot")),
        ("operator has not said go", lambda: go(desk, slot, "operator")),
        ("safety officer's word", lambda: desk.services.words.safety_word(slot.id, desk.now, OFFICER)),
    ]
    for named, supply in steps:
        before = missing(desk, slot)
        with pytest.raises(Refused):
            desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
        supply()
        gone = set(before) - set(missing(desk, slot))
        assert len(gone) == 1, gone
        assert named in gone.pop()
    granted = desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    assert (granted.cleared, granted.state, granted.missing) == (True, SlotState.ACTIVE, ())
    assert view(desk, slot).missing == (), "what was said of the slot stays said of it: the clearance alone moved it on"
    assert state(desk, slot, Item.DAYLIGHT).state == "waived"


def test_a_clearance_is_for_one_take_off_and_its_words_with_it(desk):
    slot = cleared(desk)
    flies(desk, slot)
    assert view(desk, slot).cleared
    flies(desk, slot, armed=False)
    now = view(desk, slot)
    assert (now.cleared, now.flights, order(desk, slot).cleared) == (False, 1, False)
    assert not order(desk, slot).withdrawn, "nobody took it back"
    assert [each for each in ("pilot", "operator", "safety officer") if each in " ".join(now.missing)] == [
        "pilot", "operator", "safety officer",
    ]  # fmt: skip
    assert len(now.missing) == 3, "briefing, weather, fence and stop path still stand"
    words(desk, slot)
    assert desk.services.clearance.grant(slot.id, desk.now, OPERATOR).cleared
    assert actions(desk).count("clearance.used") == 1


def test_a_range_may_let_a_clearance_stand_between_flights_for_its_time_on_the_ground():
    rules = replace(WHOLE_TWENTE.clearance, per_take_off=False, ground_minutes=10)
    desk = Desk(definition=replace(WHOLE_TWENTE, clearance=rules))
    slot = cleared(desk)
    flies(desk, slot)
    desk.at(300)
    flies(desk, slot, armed=False)
    assert (view(desk, slot).cleared, view(desk, slot).flights) == (True, 1)
    desk.services.clearance.tend(desk.at(300 + 600))
    assert view(desk, slot).cleared
    desk.services.clearance.tend(desk.at(300 + 601))
    assert not view(desk, slot).cleared


def test_a_clearance_that_nobody_uses_lapses_on_the_ground_and_never_in_flight(desk):
    waiting, flying = cleared(desk, minutes=90), cleared(desk, minutes=90, volume="EAST", sysid=8, callsign="D08")
    desk.live.facts_of[8] = replace(READY, armed=True)
    desk.services.clearance.tend(desk.at(3600))
    assert view(desk, waiting).cleared
    desk.services.clearance.tend(desk.at(3601))
    assert (view(desk, waiting).cleared, view(desk, flying).cleared) == (False, True)
    assert not order(desk, waiting).cleared
    assert actions(desk).count("clearance.lapse") == 1


def test_a_landing_that_no_journal_told_is_seen_and_an_older_snapshot_is_none(desk):
    slot = cleared(desk)
    desk.tell(ArmedChanged(D07, armed=True))
    desk.services.clearance.tend(desk.at(4))
    assert view(desk, slot).cleared, "the snapshot may be from before it armed"
    desk.services.clearance.tend(desk.at(6))
    assert (view(desk, slot).cleared, view(desk, slot).flights) == (False, 1)


def test_a_journal_that_comes_late_ends_no_newer_clearance(desk):
    slot = ready(desk)
    desk.at(60)
    desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    desk.tell(OrdersTaken(desk.orders[-1].version))
    late = JournalEntry("watch", desk.seq + 1, 1030.0, NOON + timedelta(seconds=30), ArmedChanged(D07, armed=False))
    desk.services.intake.take([late], desk.now)
    assert view(desk, slot).cleared


def test_a_withdrawal_is_told_to_the_watch_until_the_word_is_given_anew(desk):
    slot = cleared(desk)
    flies(desk, slot)
    desk.services.clearance.withdraw(slot.id, desk.now, OPERATOR)
    assert (order(desk, slot).cleared, order(desk, slot).withdrawn) == (False, True)
    assert view(desk, slot).withdrawn
    desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    assert (order(desk, slot).cleared, order(desk, slot).withdrawn) == (True, False), "in flight it may go on"
    desk.services.clearance.withdraw(slot.id, desk.now, OPERATOR)
    flies(desk, slot, armed=False)
    now = view(desk, slot)
    assert (now.cleared, now.withdrawn, now.flights) == (False, True, 1)
    words(desk, slot)
    desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    assert not order(desk, slot).withdrawn


def test_clearances_are_withdrawn_in_a_volume_or_everywhere_with_a_reason(desk):
    north = cleared(desk)
    east = cleared(desk, volume="EAST", sysid=8, callsign="D08")
    desk.briefed(volume="WEST", sysid=9, callsign="D09")
    withdraw = desk.services.clearance.withdraw_many
    for wrong in (WithdrawRequest("helicopter"), WithdrawRequest("helicopter", "EAST", everything=True)):
        with pytest.raises(Invalid, match="one volume, or everything"):
            withdraw(wrong, desk.now, OPERATOR)
    with pytest.raises(Invalid, match="reason"):
        withdraw(WithdrawRequest(" ", everything=True), desk.now, OPERATOR)
    with pytest.raises(NotFound):
        withdraw(WithdrawRequest("helicopter", "NOWHERE"), desk.now, OPERATOR)
    with pytest.raises(Forbidden):
        withdraw(WithdrawRequest("helicopter", everything=True), desk.now, MEMBER)
    issued = len(desk.orders)
    assert [each.slot for each in withdraw(WithdrawRequest("helicopter", "EAST"), desk.now, OPERATOR)] == [east.id]
    assert view(desk, north).cleared
    assert [each.slot for each in withdraw(WithdrawRequest("fire", everything=True), desk.now, OPERATOR)] == [north.id]
    assert len(desk.orders) >= issued + 2
    assert not any(each.cleared for each in desk.orders[-1].vehicles)


def test_who_drew_his_own_volume_is_withdrawn_with_the_volume_that_it_lies_in():
    desk = Desk()
    ring = ((52.2810, 6.8895), (52.2810, 6.8905), (52.2815, 6.8905), (52.2815, 6.8895))
    asked = SlotTerms(permits=(Permit("aerodrome", "by phone"),))
    slot = desk.move(desk.book(volume="RUN", drawn=Volume(ring, 30, 70), terms=asked), SlotEvent.APPROVE)
    slot = desk.move(desk.planned(slot), SlotEvent.BRIEF)
    desk.live.facts_of[D07] = READY
    desk.tell(OrdersTaken(desk.orders[-1].version), fence(D07))
    desk.services.clearance.grant(slot.id, desk.now, OPERATOR)
    withdraw = desk.services.clearance.withdraw_many
    assert withdraw(WithdrawRequest("helicopter", "EAST"), desk.now, OPERATOR) == ()
    assert [each.slot for each in withdraw(WithdrawRequest("helicopter", "NORTH"), desk.now, OPERATOR)] == [slot.id]
    assert not order(desk, slot).cleared


def test_any_no_go_holds_and_the_last_word_of_a_role_counts(desk):
    slot = ready(desk)
    with pytest.raises(Invalid, match="reason"):
        go(desk, slot, "operator", go=False)
    with pytest.raises(Invalid, match="has no word here"):
        go(desk, slot, "mascot")
    go(desk, slot, "operator", go=False, why="a helicopter is coming")
    assert missing(desk, slot) == (
        "operator (op1) says no-go: a helicopter is coming (operator: settle it, then say go)",
    )
    go(desk, slot, "operator")
    assert missing(desk, slot) == ()


def test_a_slot_that_changes_makes_the_words_void(desk):
    slot = ready(desk)
    acknowledge(desk, slot, "Ada")
    assert len(missing(desk, slot)) == 3


def test_who_may_say_what(desk):
    slot = ready(desk)
    go(desk, slot, "pilot", actor=MEMBER)
    with pytest.raises(Forbidden):
        go(desk, slot, "operator", actor=MEMBER)
    with pytest.raises(Forbidden):
        go(desk, slot, "pilot", actor=replace(MEMBER, company="SAXN"))
    with pytest.raises(Forbidden):
        desk.services.words.safety_word(slot.id, desk.now, OPERATOR)
    with pytest.raises(Forbidden):
        desk.services.words.hand_in_weather(METAR, desk.now, MEMBER)
    acknowledge(desk, slot, "Ada", MEMBER)
    with pytest.raises(Forbidden):
        acknowledge(desk, slot, "Ada", replace(MEMBER, company="SAXN"))


def test_words_are_for_slots_that_are_briefed(desk):
    slot = desk.move(desk.book(plan=desk.submit().id), SlotEvent.APPROVE)
    with pytest.raises(Conflict, match="it is approved"):
        go(desk, slot, "pilot")
    with pytest.raises(Conflict, match="it is approved"):
        desk.services.words.safety_word(slot.id, desk.now, OFFICER)


def test_the_briefing_says_what_the_range_does_by_itself_and_who_was_told(desk):
    slot = desk.briefed()
    told = desk.services.words.briefing(slot.id)
    said = " ".join(told.lines)
    assert "BRAKE: it locks the sticks" in said
    assert "about to leave its volume: the range sends hold at once, by itself, after 5 s return to launch" in said
    assert "left the range: an operator is asked to send LAND" in said
    assert "after its clearance was withdrawn: an operator is asked to send hold" in said
    assert told.acknowledged == ()
    acknowledge(desk, slot, "Jan")
    assert desk.services.words.briefing(slot.id).acknowledged == ("Jan",)


def test_the_stop_path_is_proved_by_what_was_seen_whoever_ordered_it(desk):
    slot = desk.briefed()
    taken = OrdersTaken(desk.orders[-1].version)
    for stage in (CommandStage.ACKED, CommandStage.NOT_OBEYED, CommandStage.NO_ACK):
        desk.tell(taken, CommandMoved(command(stage, CommandKind.HOLD)))
    assert "hold and rtl" in state(desk, slot, Item.STOP_PATH).value
    desk.tell(taken, CommandMoved(command(CommandStage.SEEN, CommandKind.HOLD)))
    assert state(desk, slot, Item.STOP_PATH).value.startswith("rtl by command")
    desk.tell(taken, CommandMoved(command(CommandStage.SEEN, CommandKind.RTL)))
    assert state(desk, slot, Item.STOP_PATH).state == "ok"
    desk.at(12 * 3600)
    assert state(desk, slot, Item.STOP_PATH).state == "ok", "through a slot that began before midnight"
    desk.at(36 * 3600)
    assert state(desk, slot, Item.STOP_PATH).state == "missing", "on the day after it is proved anew"


def test_parameters_are_held_against_the_certificate_of_the_register():
    desk = Desk(definition=ONLY_ACCEPTANCE)
    slot = desk.briefed()
    assert "no acceptance certificate" in state(desk, slot, Item.ACCEPTANCE).value
    accepted = Acceptance(
        "A1", "ACME", "ACME-survey-quad", "survey-quad", date(2026, 12, 1), firmware="4.5.7", table_sha256="tt"
    )
    with desk.store.write() as work:
        work.registers.add(Entry(accepted))
    assert state(desk, slot, Item.ACCEPTANCE).state == "unknown"
    read = ParametersView(D07, "4.5.7", (Parameter("FENCE_ENABLE", 1.0, 0.0),), (), "tt")
    with pytest.raises(Refused, match="whole table"):
        desk.services.words.parameters_read(slot.id, replace(read, table_sha256=""), desk.now, OPERATOR)
    desk.services.words.parameters_read(slot.id, replace(read, table_sha256="uu"), desk.now, OPERATOR)
    assert "parameters are not what was accepted" in state(desk, slot, Item.ACCEPTANCE).value
    desk.services.words.parameters_read(slot.id, read, desk.now, OPERATOR)
    assert state(desk, slot, Item.ACCEPTANCE).state == "ok"
    with desk.store.write() as work:
        entry = work.registers.get(RegisterKind.ACCEPTANCE, "A1")
        work.registers.replace(replace(entry, retired=True, version=2))
    assert "no acceptance certificate" in state(desk, slot, Item.ACCEPTANCE).value


def test_zones_that_changed_since_the_approval_are_looked_at_anew():
    before = Desk(definition=WHOLE_TWENTE)
    slot = before.briefed()
    housing = next(zone for zone in WHOLE_TWENTE.zones if "HOUSING" in zone.id.upper())
    renamed = tuple(replace(z, name="Another name") if z is housing else z for z in WHOLE_TWENTE.zones)
    after = Desk(before.store, definition=replace(WHOLE_TWENTE, zones=renamed))
    assert state(after, slot, Item.ZONES).state == "missing"
    after.services.words.recheck_zones(slot.id, after.now, OPERATOR)
    assert state(after, slot, Item.ZONES).state == "ok", "nothing of it touches the slot"


def test_weather_of_other_places_and_texts_that_are_none_are_refused(desk):
    slot = desk.briefed()
    with pytest.raises(Refused, match="KJFK isn't a station of this range"):
        desk.services.words.hand_in_weather(METAR.replace("EHTW", "KJFK"), desk.now, OPERATOR)
    with pytest.raises(Invalid):
        desk.services.words.hand_in_weather("it is fine", desk.now, OPERATOR)
    assert desk.services.words.weather(desk.now) == ()
    desk.services.words.hand_in_weather(METAR, desk.now, OPERATOR)
    assert state(desk, slot, Item.WEATHER).state == "ok"
    desk.at(41 * 60)
    assert state(desk, slot, Item.WEATHER).state == "unknown", "an old one says nothing of now"
