"""From the record's entries to deeds and alarms: by action and shape, whatever kinds there are."""

from datetime import UTC, datetime, timedelta

import pytest

from rangeops.domain.alarms import Alarm, AlarmId, AlarmState, Condition, Priority
from rangeops.domain.audit import Actor, append
from rangeops.domain.calls import Call, CallWord
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.rehearsal.drill_record import DrillRecord

BEGAN = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
OPERATOR, WATCH = Actor("op1", "operator"), Actor("watch", "watch")


def alarm(state=AlarmState.UNACKED, raised_s=2.0):
    return Alarm(
        AlarmId("watch/1"), Condition.LINK_LOST, "D07", Sysid(7), Priority.P1, state, "Vehicle not heard", "Call", "5 s",
        "5 s", BEGAN + timedelta(seconds=raised_s),
    )  # fmt: skip


class Book:
    def __init__(self):
        self.record = DrillRecord(
            BEGAN, {7: "D07", 14: "D14"}, {"S1": "D07"}, frozenset({"airport", "flight information"})
        )
        self._last = None

    def write(self, action, target, says="", body=None, *, at_s=5.0, actor=OPERATOR):
        moment = BEGAN + timedelta(seconds=at_s)
        payload = {"says": says, "source": actor.name, "happened": moment, "body": body}
        self._last = append(
            self._last, now=Now(at_s, moment), actor=actor, action=action, target=target, payload=payload
        )
        self.record.take([self._last])
        return self.record

    def call(self, word, about, to):
        made = Call(word, about, to, "", "drill", "op1", BEGAN, None)
        return self.write("call.made", f"call:{made.words}", f"op1 calls {to}: {made.words}", made).deeds[-1]


@pytest.fixture
def book():
    return Book()


def test_a_command_is_a_deed_about_its_vehicle_alone(book):
    order = CommandOrder(CommandId("C1"), Sysid(7), CommandKind.HOLD, "op1", "D14 comes near")
    record = book.write("command.order", "vehicle:7", "op1 orders hold for D07: D14 comes near", order)
    (deed,) = record.deeds
    assert (deed.kind, deed.about, deed.who, deed.at_s) == ("command.hold", {"d07"}, "op1", 5.0)


def test_a_slots_clearance_is_about_who_flies_under_it(book):
    assert book.write("clearance.withdraw", "slot:S1", "withdrawn").deeds[0].about == {"d07"}


def test_a_call_is_to_the_pilot_of_what_it_is_about(book):
    deed = book.call(CallWord.HOLD, "D07", "pilot, channel 2")
    assert deed.kind == "call.hold"
    assert "d07" in deed.about


def test_a_call_to_the_airport_about_a_vehicle_is_no_call_to_its_pilot(book):
    deed = book.call(CallWord.FLY_AWAY, "D07", "Flight Information")
    assert (deed.kind, deed.about) == ("call.fly-away", {"flight information"})


def test_an_act_on_several_vehicles_is_about_each(book):
    body = {"sector": "EAST", "orders": [{"sysid": 7, "kind": "hold"}, {"sysid": 14, "kind": "hold"}]}
    (deed,) = book.write("sector.clear", "sector:EAST", "op1 clears EAST: helicopter", body).deeds
    assert {"d07", "d14", "east"} <= deed.about


def test_a_kind_that_nobody_knows_yet_is_found_by_its_words(book):
    (deed,) = book.write("siren.sound", "siren:NORTH", "op1 sounds the siren for D14").deeds
    assert deed.kind == "siren.sound"
    assert {"d14", "north"} <= deed.about


def test_an_alarm_is_raised_once_shown_and_acknowledged(book):
    book.write("watch.alarm", "vehicle:7", "raised", {"event": "AlarmChanged", "of": {"alarm": alarm()}}, actor=WATCH)
    book.write("watch.alarm", "vehicle:7", "back", {"of": {"alarm": alarm(AlarmState.RETURNED)}}, actor=WATCH, at_s=6)
    book.record.delivered("watch/1", BEGAN + timedelta(seconds=2.4))
    record = book.write("alarm.acknowledge", "alarm:watch/1", "op1 acknowledges", at_s=7.4)
    (shown,) = record.alarms
    assert (shown.raised_s, shown.shown_s, shown.drawn, shown.acked_s) == (2.0, 2.4, False, 7.4)
    assert shown.reaction_s == pytest.approx(5.0)
    assert record.deeds[0].about == {"d07"}


def test_what_a_screen_tells_that_it_drew_counts_before_what_the_feed_brought(book):
    book.write("watch.alarm", "vehicle:7", "raised", {"of": {"alarm": alarm()}}, actor=WATCH)
    book.record.delivered("watch/1", BEGAN + timedelta(seconds=2.1))
    drawn = [{"alarm": "watch/1", "utc": BEGAN + timedelta(seconds=2.6), "state": "unacknowledged"}]
    record = book.write("screen.report", "room:1", "", {"report": {"drawn": drawn}}, at_s=-1.0)
    assert (record.alarms[0].shown_s, record.alarms[0].drawn) == (2.6, True)
    assert not record.deeds, "a screen's word of itself is no person's deed"


def test_what_was_done_or_raised_before_the_emergency_is_no_part_of_it(book):
    book.write("watch.alarm", "vehicle:7", "raised", {"of": {"alarm": alarm(raised_s=-3)}}, actor=WATCH)
    record = book.write("command.order", "vehicle:7", "before", {"kind": "rtl"}, at_s=-2.0)
    assert record.alarms == ()
    assert record.deeds == []


def test_the_servers_own_alarm_is_found_too(book):
    record = book.write("alarm.enforcement-down", "range", "down", alarm(), actor=Actor("server", "server"))
    assert record.alarms[0].id == "watch/1"
