"""The journal: each entry into the record once, in order, whatever is delivered twice, late or anew."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from desk import D07, NOON, OPERATOR, Desk, alarm, command, fence
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.audit import first_fault
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.episodes import Step
from rangeops.domain.events import (
    EVENT_TYPES,
    AlarmChanged,
    ArmedChanged,
    BeforeKept,
    ClockCompared,
    CommandMoved,
    EpisodeMoved,
    FenceReadBack,
    LinkChanged,
    ModeChanged,
    OrdersTaken,
    RecordingClosed,
    StandingChanged,
    StatusTextHeard,
    TrackPoint,
    TrackRecorded,
    VehicleFound,
    VehicleLost,
    VehicleRebooted,
    VehicleRestored,
    WatchStarted,
)
from rangeops.domain.kept import FenceItem, Kept, OnBoard
from rangeops.domain.telemetry import Sysid
from rangeops.domain.vehicle_clock import ClockReading, ClockWhy
from rangeops.services.incidents import event_of, evidence_of
from rangeops.services.ports.store import Evidence
from rangeops.services.words import KIND, words

KEPT = Kept(
    D07, "S1", "ACME", "0a1b", NOON,
    OnBoard((FenceItem(5001, 4.0, 522780000, 68890000),), (("FENCE_ENABLE", 0.0), ("RTL_ALT", 1500.0))),
    OnBoard((), (("FENCE_ENABLE", 1.0), ("RTL_ALT", 3000.0))),
)  # fmt: skip
ONE_OF_EVERYTHING = (
    WatchStarted(3, resumed=True),
    OrdersTaken(3),
    LinkChanged("udpin:0.0.0.0:1", up=False, detail="busy"),
    VehicleFound(D07, "udpin:0.0.0.0:1", "ArduPilot", "copter"),
    VehicleLost(D07, 5.25),
    VehicleRebooted(D07),
    BeforeKept(D07, KEPT),
    EpisodeMoved(D07, Step.INHIBITED, "op1", "its pilot is turning"),
    VehicleRestored(D07, "S1", equal=True, detail=""),
    ModeChanged(D07, "BRAKE", 17, commanded=True),
    ArmedChanged(D07, armed=True),
    StatusTextHeard(D07, 3, "[/b] text"),
    StandingChanged(D07, Standing.CONTINGENCY, -1.0000000000000002),
    AlarmChanged(alarm()),
    CommandMoved(command(CommandStage.SEEN)),
    FenceReadBack(D07, True, 6, "ab" * 32, ""),  # noqa: FBT003
    TrackRecorded(D07, (TrackPoint(NOON, 52.27, 6.89, 1e-7, 3.5, "AUTO", trusted=True),)),
    ClockCompared(
        D07,
        ClockWhy.JUMPED,
        NOON,
        ClockReading(0.004, -1.25, 0.5, 300),
        0.3,
        ClockReading(None, None, None, 2),
        1,
        3.25,
    ),
    RecordingClosed("20261124T120000Z-udpin_0.0.0.0_1.tlog", "cd" * 32, 81_234),
)


def story(desk):
    """An excursion as the watch tells it: (seconds, event)."""
    return [
        (60, AlarmChanged(alarm())),
        (61, CommandMoved(command())),
        (62, CommandMoved(command(CommandStage.SEEN))),
        (62, ModeChanged(D07, "BRAKE", 17, commanded=True)),
        (66, CommandMoved(command(kind=CommandKind.RTL, number=2))),
        (67, CommandMoved(command(CommandStage.SEEN, CommandKind.RTL, number=2))),
        (70, AlarmChanged(alarm(state=AlarmState.NORMAL))),
        (75, TrackRecorded(D07, (TrackPoint(NOON, 52.27, 6.89, 100.0, 3.5, "AUTO", trusted=True),))),
    ]


def written(desk):
    """The story's journal entries, not yet delivered."""
    entries = []
    for seconds, event in story(desk):
        desk.at(seconds)
        entries += desk.entries(event)
    return entries


def incident(desk):
    (only,) = desk.services.incidents.all()
    return desk.services.incidents.get(only.id)


def test_the_specimens_are_one_of_every_event():
    assert {type(event) for event in ONE_OF_EVERYTHING} == set(EVENT_TYPES) == KIND.keys()


@pytest.mark.parametrize("event", ONE_OF_EVERYTHING, ids=lambda event: type(event).__name__)
def test_every_event_is_in_the_record_as_it_was_told(event):
    desk = Desk()
    desk.tell(event)
    (entry,) = [each for each in desk.record() if each.action == f"watch.{KIND[type(event)]}"]
    assert event_of(Evidence(entry, NOON)) == event
    assert (words(event) == "") is isinstance(event, TrackRecorded | RecordingClosed)


def clocks(why=ClockWhy.LINKED, ahead_s=0.004, **more):
    reading = ClockReading(0.004, None, None, 4)
    return ClockCompared(D07, why, NOON, reading, ahead_s, None if ahead_s is None else reading, **more)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (clocks(), ""),
        (clocks(ClockWhy.PERIODIC), ""),
        (clocks(ahead_s=None), ""),
        (clocks(ahead_s=-3.2), "its GPS time is 3.2 s behind the range's clock"),
        (clocks(ahead_s=18.0), "its GPS time is 18.0 s ahead of the range's clock"),
        (clocks(ClockWhy.PERIODIC, ahead_s=18.0), ""),
        (clocks(ClockWhy.RESTARTED, jumps=1, jump_s=-400.0), ""),
        (clocks(ClockWhy.JUMPED, jumps=1, jump_s=2.5), "its clock jumped by +2.500 s"),
        (clocks(ClockWhy.JUMPED, jumps=3, jump_s=-2.5), "its clock jumped 3 times, last by -2.500 s"),
    ],
)
def test_clocks_are_news_only_where_they_mislead(event, says):
    assert words(event) == says


def test_an_incident_has_the_last_word_on_its_vehicles_clocks_before_it():
    desk = Desk()
    desk.cleared()
    for seconds in (-2000, -900, -300):  # the first is too old, the second isn't the last
        desk.at(seconds)
        desk.tell(clocks(ClockWhy.PERIODIC, ahead_s=seconds / 1e4))
    desk.services.intake.take(written(desk), desk.now)
    with desk.store.read() as work:
        (found,) = work.incidents.all()
        events = [event_of(each) for each in evidence_of(work, found)]
    assert [each.gps_ahead_s for each in events if isinstance(each, ClockCompared)] == [-0.03]


def test_an_incident_opens_by_itself_and_ends_when_it_is_over():
    desk = Desk()
    desk.cleared()
    desk.services.intake.take(written(desk), desk.now)
    seen = incident(desk)
    assert seen.title == "D07 stopped before the edge of its flight geography by hold and return to launch"
    assert (seen.slot, seen.company, seen.callsign) == ("S1", "ACME", "D07")
    assert seen.opened_utc == NOON + timedelta(seconds=60)
    assert seen.ended_utc == NOON + timedelta(seconds=70)


def test_the_timeline_is_in_order_and_each_item_names_its_evidence():
    desk = Desk()
    desk.cleared()
    desk.services.intake.take(written(desk), desk.now)
    timeline = incident(desk).timeline
    assert [item.utc for item in timeline] == sorted(item.utc for item in timeline)
    record = {entry.seq: entry for entry in desk.record()}
    for item in timeline:
        says = json.loads(record[item.evidence].payload)["says"]
        assert says
        assert says in item.text
    kinds = [item.kind for item in timeline if item.utc >= NOON + timedelta(seconds=60)]
    assert kinds == ["alarm", "incident", "command", "command", "mode", "command", "command", "alarm", "incident"]
    assert {"slot", "clearance", "fence"} <= {item.kind for item in timeline}, "what prepared the flight is there too"


def test_an_hour_later_it_is_the_same_incident():
    """The server was down meanwhile: the journal comes whole, and late."""
    prompt, late = Desk(), Desk()
    for desk in (prompt, late):
        desk.cleared()
    for entry in written(prompt):
        prompt.now = replace(prompt.now, utc=entry.utc)
        prompt.services.intake.take([entry], prompt.now)
    entries = written(late)
    late.at(3600)
    late.services.intake.take(entries, late.now)
    assert replace(incident(late), timeline=()) == replace(incident(prompt), timeline=())
    assert [(item.utc, item.kind, item.text) for item in incident(late).timeline] == [
        (item.utc, item.kind, item.text) for item in incident(prompt).timeline
    ]


def test_what_is_delivered_twice_is_recorded_once():
    desk = Desk()
    desk.cleared()
    entries = written(desk)
    assert desk.services.intake.take(entries, desk.now) == entries[-1].seq
    before = desk.record()
    assert desk.services.intake.take(entries[2:], desk.now) == entries[-1].seq
    assert desk.record() == before
    assert desk.services.intake.taken("watch") == entries[-1].seq


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=8))
def test_any_redelivery_from_any_earlier_entry_in_any_batches_comes_to_the_same(deliveries):
    """As a watch delivers whose connection breaks again and again: (how far back, how many)."""
    desk = Desk()
    desk.cleared()
    entries = written(desk)
    taken = 0
    for back, length in [*deliveries, (len(entries), len(entries))]:
        start = max(0, taken - back)
        desk.services.intake.take(entries[start : start + length], desk.now)
        taken = min(max(taken, start + length), len(entries))
    told = [entry for entry in desk.record() if entry.action.startswith("watch.")]
    assert [json.loads(entry.payload)["body"]["seq"] for entry in told] == list(range(1, entries[-1].seq + 1))
    assert len(desk.services.incidents.all()) == 1
    assert first_fault(desk.record()) is None


def test_a_journal_that_began_anew_is_taken_up_and_said():
    desk = Desk()
    desk.tell(WatchStarted(0, resumed=False), ArmedChanged(D07, armed=True), ArmedChanged(D07, armed=False))
    desk.seq = 0
    desk.at(100)
    anew = desk.entries(WatchStarted(0, resumed=False), ArmedChanged(D07, armed=True))
    assert desk.services.intake.take(anew, desk.now) == 2
    assert desk.services.intake.take(anew, desk.now) == 2, "and its redelivery is without effect"
    said = [line.text for line in desk.services.log(100)]
    assert sum("began anew" in text for text in said) == 1
    assert sum(text == "armed" for text in said) == 2


def test_a_gap_is_said():
    desk = Desk()
    desk.tell(ArmedChanged(D07, armed=True))
    desk.seq = 4
    desk.tell(ArmedChanged(D07, armed=False))
    assert any("entries 2 to 4 of the journal of watch are missing" in line.text for line in desk.services.log(10))


def test_a_reboot_or_an_unequal_read_back_takes_the_fence_off():
    for event in (VehicleRebooted(D07), fence(equal=False), VehicleRestored(D07, "S1", equal=True, detail="")):
        desk = Desk()
        desk.cleared()
        desk.tell(event)
        assert desk.orders[-1].vehicles[0].fence_sha256 is None
        assert desk.orders[-1].vehicles[0].cleared, "the watch raises the alarm; the word itself stands"


def test_a_vehicle_without_a_slot_has_an_incident_too():
    desk = Desk()
    desk.tell(AlarmChanged(alarm(Condition.OUTSIDE_RANGE)))
    assert incident(desk).title == "sysid 7 left the range"
    assert incident(desk).slot == ""


def test_two_vehicles_have_an_incident_each():
    desk = Desk()
    desk.tell(CommandMoved(command()), CommandMoved(command(number=2, sysid=8)))
    assert {view.sysid for view in desk.services.incidents.all()} == {7, 8}


def test_a_report_is_written_from_the_record_and_is_in_it():
    desk = Desk()
    desk.cleared()
    desk.services.intake.take(written(desk), desk.now)
    view = desk.services.reporting.write("INC-2026-0001", desk.now, OPERATOR)
    assert desk.services.reporting.read("INC-2026-0001") == b"<title>INC-2026-0001</title>"
    last = desk.record()[-1]
    assert last.action == "incident.report"
    assert json.loads(last.payload)["body"]["sha256"] == view.sha256


def test_an_old_entry_of_an_earlier_journal_that_comes_again_begins_no_journal():
    """Whoever recorded it on its way can't make the record doubt the watch."""
    desk = Desk()
    desk.tell(StatusTextHeard(D07, 6, "first"))
    recorded = desk.entries(StatusTextHeard(D07, 6, "second"))
    desk.services.intake.take(recorded, desk.now)
    desk.seq = 0
    desk.at(60)
    desk.tell(StatusTextHeard(D07, 6, "anew"), StatusTextHeard(D07, 6, "and on"))
    entries = len(desk.record())
    assert desk.services.intake.take(recorded, desk.now) == 2
    assert len(desk.record()) == entries


def test_while_an_incident_lasts_its_timeline_goes_on():
    """Its alarm stands: what follows minutes later belongs to it."""
    desk = Desk()
    desk.cleared()
    desk.at(60)
    desk.tell(AlarmChanged(alarm(Condition.OUTSIDE_CONTINGENCY)))
    desk.at(300)
    desk.tell(ModeChanged(D07, "RTL", 6, commanded=False))
    assert "D07: mode RTL" in [item.text for item in incident(desk).timeline]
    desk.at(310)
    desk.tell(AlarmChanged(alarm(Condition.OUTSIDE_CONTINGENCY, AlarmState.NORMAL)))
    desk.at(400)
    desk.tell(ModeChanged(D07, "LAND", 9, commanded=False))
    assert "D07: mode RTL" in [item.text for item in incident(desk).timeline]
    assert "D07: mode LAND" not in [item.text for item in incident(desk).timeline]


def test_a_read_back_that_is_told_late_does_not_count_for_another_return_altitude():
    """Its watch was cut off; meanwhile a neighbour overran and the orders gave another altitude."""
    desk = Desk()
    desk.cleared()
    later = desk.briefed(start_minutes=70, sysid=Sysid(8), callsign="D08")
    desk.tell(OrdersTaken(desk.orders[-1].version), fence(later.sysid))
    told_altitude_m = ordered(desk, later).rtl_altitude_m
    assert ordered(desk, later).fence_sha256 is not None
    desk.at(64 * 60)
    late = desk.entries(fence(later.sysid))
    desk.at(65 * 60)
    with desk.services.changes.begin(desk.now, OPERATOR) as change:
        desk.services.desk.refresh(change)
    assert ordered(desk, later).rtl_altitude_m != told_altitude_m
    desk.services.intake.take(late, desk.now)
    assert ordered(desk, later).fence_sha256 is None
    with desk.store.read() as work:
        assert "earlier orders" in work.clearances.get(later.id).fence_detail
    desk.tell(OrdersTaken(desk.orders[-1].version), fence(later.sysid))
    assert ordered(desk, later).fence_sha256 is not None


def ordered(desk, slot):
    return desk.orders[-1].vehicle(slot.sysid)
