"""The pilot's view: what is known is exact, and what isn't known is not there."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import NOON, OPERATOR, Desk, alarm, command, vehicle

from rangeops.domain.audit import Actor
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.duty import Duty, Position
from rangeops.domain.events import CommandMoved, OrdersTaken
from rangeops.domain.registers import Entry, Staff
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.services.pilot_page import phone_of
from rangeops.wire.picture import RangePicture, SkyView
from rangeops.wire.pilot import Go

MIA = Actor("mia", "company-member", "ACME")
IN_NORTH = {"latitude_deg": 52.28144, "longitude_deg": 6.89144}


@pytest.fixture
def desk():
    return Desk()


def picture(desk, *vehicles, simulation=True, enforcement=True, alarms=(), commands=(), wind=""):
    return RangePicture(
        desk.now.utc, "twente", simulation, enforcement, 0.1, tuple(vehicles), (), tuple(alarms), tuple(commands),
        sky=SkyView(wind, "", None),
    )  # fmt: skip


def look(desk, slot, *vehicles, actor=MIA, **changed):
    return desk.services.pilots.view(slot, picture(desk, *vehicles, **changed), desk.now, actor)


def test_distances_are_to_the_slots_own_edges(desk):
    slot = desk.briefed()
    view = look(desk, slot, vehicle(7, **IN_NORTH))
    assert view.place.edge_m == pytest.approx(175, abs=3)  # the middle of 700 x 350 m
    assert view.place.edge in ("north-west edge", "south-east edge")
    assert (view.place.ceiling_m, view.place.floor_m) == (25.0, 70.0)
    outside = look(desk, slot, vehicle(7, latitude_deg=52.2758, longitude_deg=6.8891, altitude_amsl_m=130.0))
    assert outside.place.edge_m < 0
    assert outside.place.ceiling_m == -5.0


@pytest.mark.parametrize(
    "unknown",
    [
        {"position_age_s": 3.1},
        {"position_age_s": None},
        {"trusted": False},
        {"latitude_deg": None},
        {"heard_age_s": None},
    ],
)
def test_a_place_that_isnt_known_now_is_no_place(desk, unknown):
    slot = desk.briefed()
    assert look(desk, slot, replace(vehicle(7, **IN_NORTH), **unknown)).place is None


def test_without_a_watch_nothing_of_the_vehicle_is_told(desk):
    slot = desk.briefed()
    for view in (
        look(desk, slot, vehicle(7, **IN_NORTH), enforcement=False),
        look(desk, slot),
        look(desk, slot, vehicle(8)),
    ):
        assert not view.enforcement
        assert (view.place, view.mode, view.battery_percent, view.height_m, view.next_act) == (
            None,
            "",
            None,
            None,
            None,
        )


def test_go_is_the_ranges_word_and_ends_with_the_slot(desk):
    slot = desk.briefed()
    assert look(desk, slot).go is Go.NO_GO
    assert look(desk, slot).lacking
    desk.at(31 * 60)
    assert look(desk, slot).go is Go.OVER
    assert look(desk, replace(slot, state=SlotState.CANCELLED)).go is Go.OVER
    asked = desk.book(start_minutes=600)
    assert look(desk, asked).go is Go.NO_GO


def test_a_cleared_slot_is_go_until_its_clearance_is_withdrawn(desk):
    slot = desk.cleared()
    view = look(desk, slot, vehicle(7, **IN_NORTH))
    assert (view.go, view.lacking) == (Go.GO, ())
    desk.services.clearance.withdraw(slot.id, desk.now, OPERATOR)
    assert look(desk, slot, vehicle(7, **IN_NORTH)).go is Go.WITHDRAWN


def test_time_is_counted_to_its_flights_own_ends(desk):
    slot = desk.book(start_minutes=10)
    desk.at(60)
    view = look(desk, slot)
    assert (view.begins_s, view.left_s) == (540.0, 540.0 + 1800.0)


def test_alarms_and_wind_are_its_own_and_the_ranges(desk):
    slot = desk.briefed()
    view = look(desk, slot, vehicle(7), alarms=[alarm(), alarm(sysid=Sysid(8), number=2)], wind="230/08kt")
    (only,) = view.alarms
    assert (only.title, only.value, only.acknowledged) == ("Leaves NORTH's east edge", "8 s", False)
    assert (view.wind, view.max_wind_mps) == ("230/08kt", 10.0)


def test_what_was_sent_is_told_from_the_record_the_newest_first(desk):
    slot = desk.briefed()
    happen(desk, 5, OrdersTaken(desk.orders[-1].version))
    happen(desk, 10, CommandMoved(command(CommandStage.SENT, number=1)))
    happen(desk, 11, CommandMoved(command(CommandStage.SEEN, number=1)))
    happen(desk, 20, CommandMoved(command(CommandStage.SEEN, CommandKind.LOAD_FENCE, number=2)))
    now = command(CommandStage.SENT, CommandKind.RTL, by="op1", number=3)
    view = look(desk, slot, vehicle(7), commands=[now])
    assert [(each.kind, each.stage, each.by_itself) for each in view.done] == [
        ("rtl", "sent", False),
        ("hold", "seen", True),
    ]
    assert view.done[1].why == "leaves its volume in 8 s"


def happen(desk, at_s, event):
    desk.at(at_s)
    desk.tell(event)


def test_whom_to_call_is_who_is_on_duty_then_whom_the_range_names(desk):
    slot = desk.briefed()
    with desk.store.write() as work:
        work.registers.add(Entry(Staff("ST1", "Omar", "operator", phone="+31 6 555 0199", user="omar")))
        work.duties.put(Duty(Position.OPERATOR, "omar", NOON))
    first, *others = look(desk, slot).calls
    assert (first.who, first.call, first.phone) == ("operator", "+31 6 555 0199", "+3165550199")
    assert "Omar" not in [each.who for each in others]
    assert others[0].phone == "+31205550100"


@pytest.mark.parametrize(
    ("call", "phone"),
    [
        ("+31 20 555 0100", "+31205550100"),
        ("(053) 555-01-01", "0535550101"),
        ("123.450", ""),
        ("ch 2", ""),
        ("112", ""),
    ],
)
def test_a_frequency_is_no_phone(call, phone):
    assert phone_of(call) == phone


def test_a_slot_that_follows_isnt_told_of_the_one_before(desk):
    slot = desk.move(desk.book(start_minutes=60), SlotEvent.APPROVE)
    assert not look(desk, slot, vehicle(7, slot="S99", **IN_NORTH)).enforcement
    assert look(desk, slot, vehicle(7, slot="", **IN_NORTH), actor=OPERATOR).enforcement
    assert timedelta(seconds=look(desk, slot).begins_s) == timedelta(hours=1)
