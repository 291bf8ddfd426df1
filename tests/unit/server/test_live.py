"""What the server says of the range by itself: who enforces, and that nothing freezes when nobody does."""

from dataclasses import replace

import pytest
from alarm_deeds import ack
from desk import D07, NOON, alarm, command, snapshot, vehicle

from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.now import Now
from rangeops.server.live import SILENT_S, START_GRACE_S, LiveRange


def at(seconds):
    return Now(seconds, NOON)


@pytest.fixture
def live():
    return LiveRange("twente", at(0.0), simulation=True)


def down(live, now):
    live.judge(now)
    return [each for each in live.picture(now).alarms if each.condition is Condition.ENFORCEMENT_DOWN]


def test_before_the_first_snapshot_nobody_enforces(live):
    picture = live.picture(at(0.1))
    assert (picture.enforcement, picture.watch_age_s, picture.vehicles) == (False, None, ())
    assert picture.simulation


def test_enforcement_down_is_raised_when_a_watch_has_been_silent_for_a_second(live):
    live.took(snapshot(vehicle()), at(10.0))
    assert down(live, at(10.0 + SILENT_S)) == []
    (raised,) = down(live, at(10.01 + SILENT_S))
    assert (raised.priority, raised.state) == (1, AlarmState.UNACKED)
    assert not live.picture(at(10.01 + SILENT_S)).enforcement


def test_it_returns_when_the_watch_is_back_and_stays_until_acknowledged(live):
    live.took(snapshot(), at(10.0))
    down(live, at(12.0))
    live.took(snapshot(), at(12.5))
    (standing,) = down(live, at(12.6))
    assert standing.state is AlarmState.UNACKED, "not at once: it may go again"
    live.took(snapshot(), at(14.7))
    (returned,) = down(live, at(14.7))
    assert returned.state is AlarmState.RETURNED
    assert live.do(ack(returned), at(15.0)).state is AlarmState.NORMAL
    live.took(snapshot(), at(15.1))
    assert down(live, at(15.1)) == []


def test_a_server_that_just_started_gives_its_watch_time_to_appear(live):
    assert down(live, at(START_GRACE_S - 0.1)) == []
    assert len(down(live, at(START_GRACE_S + 0.1))) == 1


def test_nothing_freezes_when_the_watch_is_gone(live):
    live.took(snapshot(vehicle()), at(10.0))
    (shown,) = live.picture(at(10.5)).vehicles
    assert (shown.position_age_s, shown.height_m) == (0.6, 65.0), "an age grows on its way"
    (dark,) = live.picture(at(11.1)).vehicles
    assert (dark.callsign, dark.contact, dark.slot) == ("D07", "ch 2", "S1")
    assert dark.standing is Standing.UNKNOWN
    assert not dark.trusted
    for name in ("latitude_deg", "height_m", "ground_speed_mps", "battery_percent", "margin_m", "position_age_s"):
        assert getattr(dark, name) is None
    assert live.facts(D07, at(11.1)) is None, "and no clearance is given on it"


def test_facts_are_those_of_a_vehicle_that_is_heard(live):
    live.took(snapshot(vehicle(uplink_ok=False), vehicle(8, heard_age_s=None)), at(10.0))
    facts = live.facts(D07, at(10.1))
    assert (facts.trusted, facts.uplink_ok, facts.armed) == (True, False, True)
    assert live.facts(8, at(10.1)) is None
    assert live.facts(9, at(10.1)) is None


def test_a_command_is_shown_as_queued_until_the_watch_tells_more(live):
    live.took(snapshot(), at(10.0))
    order = command(by="op1").order
    assert live.queued(order, at(10.0)).stage is CommandStage.QUEUED
    assert [each.stage for each in live.picture(at(10.1)).commands] == [CommandStage.QUEUED]
    live.took(snapshot(commands=[command(CommandStage.SENT, by="op1")]), at(10.2))
    assert [each.stage for each in live.picture(at(10.3)).commands] == [CommandStage.SENT]


def test_a_queued_command_that_no_watch_ever_names_is_not_shown_for_ever(live):
    live.queued(command(by="op1").order, at(10.0))
    assert live.picture(at(60.0)).commands == ()


def test_alarms_of_watch_and_server_are_one_list_worst_first(live):
    live.took(snapshot(alarms=[alarm()]), at(10.0))
    live.recording("disk full")
    live.judge(at(10.1))
    conditions = [each.condition for each in live.picture(at(10.1)).alarms]
    assert conditions == [Condition.FORECAST_EXIT, Condition.RECORDER_FAILING]
    assert live.alarm(alarm().id) == alarm()
    assert live.alarm("nothing") is None


def test_d2_signatures_that_are_missing_are_an_alarm_of_their_own(live):
    live.took(snapshot(), at(10.0))
    live.signing("", missing="the checkpoint that the key signed last is gone")
    live.judge(at(10.1))
    (raised,) = live.picture(at(10.1)).alarms
    assert (raised.condition, raised.title) == (Condition.EVIDENCE_SIGNATURES_MISSING, "EVIDENCE SIGNATURES MISSING")
    assert raised.value == "the checkpoint that the key signed last is gone"
    live.signing("")
    live.judge(at(11.0))
    live.judge(at(12.0))
    live.judge(at(100.0))
    assert live.alarm(raised.id) is None or live.alarm(raised.id).state is not raised.state


def test_a_link_that_no_watch_has_opened_says_so(live):
    (link,) = live.links(("udpin:127.0.0.1:1",), at(0.0))
    assert (link.up, link.detail) == (False, "no watch is running")


def of_watch(name, *vehicles, clock_s=0.0):
    return replace(snapshot(*vehicles), watch=name, monotonic_s=clock_s)


def test_a_node_that_is_silent_is_said_and_the_others_go_on_commanding():
    live = LiveRange("twente", at(0.0), simulation=True, watches=("watch", "mast"))
    live.took(of_watch("watch"), at(10.0))
    (raised,) = down(live, at(10.1))
    assert (raised.source, raised.value) == ("mast", "no watch yet")
    assert live.enforcing(at(10.1), "watch")
    assert not live.enforcing(at(10.1), "mast")
    assert not live.enforcing(at(10.1)), "not the whole range"


def test_of_two_watches_that_hear_a_vehicle_the_fresher_view_is_shown(live):
    far = replace(vehicle(), heard_age_s=0.6, link="far")
    near = replace(vehicle(), heard_age_s=0.1, link="near")
    deaf = replace(vehicle(), heard_age_s=None, link="")
    for views in ((far, near, deaf), (deaf, far, near), (near, deaf, far)):
        for name, view in zip(("a", "b", "c"), views, strict=True):
            live.took(of_watch(name, view), at(10.0))
        (shown,) = live.picture(at(10.1)).vehicles
        assert shown.link == "near"
        assert live.hearing(D07, at(10.1)) == ("a", "b", "c")[views.index(near)]
    assert live.hearing(D07, at(20.0)) is None


def test_facts_are_those_of_the_watch_that_heard_the_vehicle_last(live):
    """Another, which had it on the apron a minute ago, said that it isn't armed: so its slot could be closed in flight."""
    apron, flying = replace(vehicle(), heard_age_s=90.0, armed=False), replace(vehicle(), heard_age_s=0.1, armed=True)
    for views in ((apron, flying), (flying, apron)):
        for name, view in zip(("a", "b"), views, strict=True):
            live.took(of_watch(name, view), at(10.0))
        assert live.facts(D07, at(10.1)).armed
    live.took(of_watch("a", flying), at(10.0))
    live.took(of_watch("b", replace(apron, heard_age_s=0.2)), at(10.9))
    assert not live.facts(D07, at(10.9)).armed, "what a snapshot says has grown older since it came"


def test_how_long_a_watch_is_without_our_word_is_never_told_too_long(live):
    assert live.silent_s("mast", at(7.0)) == 7.0, "since the start: what was before, nobody remembers"
    live.took(of_watch("mast", clock_s=55.0), at(10.0))
    assert live.silent_s("mast", at(12.0)) == 2.0
    assert live.clock_of("mast") == 55.0
    assert live.clock_of("watch") is None


def test_a_snapshot_with_other_alarms_is_to_be_shown_at_once(live):
    raised, acked = alarm(), alarm(state=AlarmState.ACKED)
    assert not live.took(snapshot(vehicle()), at(1.0)), "the first, and nothing stands"
    assert live.took(snapshot(vehicle(), alarms=(raised,)), at(1.1))
    assert not live.took(snapshot(vehicle(), alarms=(replace(raised, value="7 s"),)), at(1.2)), "only its figure"
    assert live.took(snapshot(vehicle(), alarms=(acked,)), at(1.3))
    assert live.took(snapshot(vehicle()), at(1.4))
