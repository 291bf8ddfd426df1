"""Deeds to alarms at the server: who may, what is refused, and that what was done is in the record."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, Desk, alarm

from rangeops.domain.alarms import AlarmState, Condition, DeedKind, Priority
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Forbidden, Invalid, Refused
from rangeops.wire.alarms import AlarmDeedRequest, OutOfServiceRequest

OBSERVER = Actor("guest", "observer")
DUTY = Actor("op9", "operator")
OFFICER = Actor("rita", "range-safety-officer")
P3 = replace(alarm(Condition.LINK_DOWN, sysid=None), priority=Priority.P3, source="udpin:127.0.0.1:14550")


@pytest.fixture
def desk():
    return Desk()


def do(desk, what, kind, actor=DUTY, **how):
    return desk.services.alarms.deed(what, AlarmDeedRequest(kind, **how), desk.now, actor)


def test_a_shelving_is_in_the_record_with_who_why_and_how_long(desk):
    deed = do(desk, P3, "shelve", reason="cable is being changed", minutes=30)
    assert (deed.kind, deed.for_s, deed.by, deed.alarm) == (DeedKind.SHELVE, 1800.0, "op9", P3.id)
    (entry,) = desk.record()
    assert (entry.action, entry.actor) == ("alarm.shelve", "op9")
    assert json.loads(entry.payload)["says"].endswith("for 30 min: cable is being changed")


@pytest.mark.parametrize("kind", [kind.value for kind in DeedKind])
def test_an_observer_does_nothing_to_an_alarm(desk, kind):
    with pytest.raises(Forbidden):
        do(desk, P3, kind, OBSERVER, reason="why", minutes=5)
    assert desk.record() == ()


def test_out_of_service_is_a_safety_officers_or_an_admins(desk):
    with pytest.raises(Forbidden, match="range safety officer or admin"):
        do(desk, P3, "out-of-service", reason="broken")
    assert do(desk, P3, "out-of-service", OFFICER, reason="broken").kind is DeedKind.TAKE_OUT
    assert do(desk, P3, "out-of-service", Actor("ann", "admin"), reason="broken").kind is DeedKind.TAKE_OUT


@pytest.mark.parametrize(
    ("what", "asked", "error", "why"),
    [
        (P3, ("shelve", {"minutes": 5}), Invalid, "a reason is missing"),
        (P3, ("note", {}), Invalid, "a reason is missing"),
        (P3, ("shelve", {"reason": "x", "minutes": 61}), Refused, "1 to 60 min"),
        (P3, ("shelve", {"reason": "x"}), Refused, "1 to 60 min"),
        (alarm(), ("shelve", {"reason": "x", "minutes": 1}), Refused, "a P1 is never shelved"),
        (P3, ("unshelve", {}), Refused, "it stands"),
        (P3, ("reset", {}), Refused, "it stands"),
        (P3, ("hide", {}), Invalid, "'hide' is nothing that is done to an alarm"),
        (replace(P3, state=AlarmState.ACKED, acked_by="op2"), ("acknowledge", {}), Conflict, "op2 has acknowledged it"),
    ],
)
def test_what_can_not_be_done_is_refused_and_not_recorded(desk, what, asked, error, why):
    kind, how = asked
    with pytest.raises(error, match=why):
        do(desk, what, kind, **how)
    assert desk.record() == ()


def test_acknowledging_one_that_is_latched_resets_it(desk):
    latched = replace(alarm(Condition.OUTSIDE_RANGE), state=AlarmState.LATCHED)
    assert do(desk, latched, "acknowledge").kind is DeedKind.RESET


def test_a_p1_is_taken_out_by_nobody_and_a_condition_needs_to_be_one(desk):
    def out(condition, source="D07"):
        request = OutOfServiceRequest(condition, source, "mended")
        return desk.services.alarms.out_of_service(request, desk.now, OFFICER)

    assert out("uplink-lost").source == "D07"
    with pytest.raises(Refused, match="a P1 is never taken out"):
        out("link-lost")
    with pytest.raises(Invalid, match="no such condition"):
        out("bad-luck")
    with pytest.raises(Invalid, match="a source is missing"):
        out("uplink-lost", " ")


def test_history_and_figures_are_of_the_record_and_of_what_stands(desk):
    old = replace(P3, id="a", raised_utc=NOON - timedelta(days=2), announced_utc=NOON - timedelta(days=2))
    late = replace(P3, id="b", raised_utc=NOON - timedelta(hours=1), announced_utc=NOON - timedelta(hours=1))
    with desk.store.write() as work:
        work.alarms.put(old)
        work.alarms.put(late)
    assert [each.id for each in desk.services.alarms.history(NOON - timedelta(days=1), NOON)] == ["b"]
    found = desk.services.alarms.figures(NOON - timedelta(days=1), NOON, [old])
    assert (found.announced, [each.alarm for each in found.standing]) == (1, ["a"])
    with pytest.raises(Invalid, match="empty"):
        desk.services.alarms.figures(NOON, NOON, [])
    with pytest.raises(Invalid, match="31 days"):
        desk.services.alarms.figures(NOON - timedelta(days=32), NOON, [])


def test_what_the_servers_own_alarms_were_is_known_after_its_restart(desk):
    down = replace(alarm(Condition.ENFORCEMENT_DOWN, sysid=None), id="down", source="watch")
    wind = replace(alarm(Condition.WIND_OVER_LIMIT, sysid=None), id="wind", source="range", state=AlarmState.SHELVED)
    over = replace(wind, id="over", state=AlarmState.NORMAL)
    with desk.store.write() as work:
        for each in (down, wind, over, P3):
            work.alarms.put(replace(each, raised_utc=desk.now.utc - timedelta(minutes=1)))
    assert {each.id for each in desk.services.alarms.unfinished(desk.now)} == {"down", "wind"}


def test_wind_and_daylight_are_of_those_that_are_armed(desk):
    slot = desk.cleared()
    conditions = desk.services.alarms.range_conditions([(slot.callsign, slot.id), ("#9", "")], desk.now)
    assert [each.condition for each in conditions] == [
        Condition.WIND_OVER_LIMIT,
        Condition.OBSERVATION_TOO_OLD,
        Condition.DAYLIGHT_ENDING,
    ]
    assert not any(each.present for each in conditions)
