"""What people ask of the watch: the way home as automation finds it, an inhibit, a sector's RTL that becomes a hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import D07, TWENTE, Desk

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder
from rangeops.domain.leases import Lease
from rangeops.domain.now import Now
from rangeops.domain.return_trip import landing, return_trip
from rangeops.domain.telemetry import (
    Autopilot,
    Battery,
    Estimator,
    Heartbeat,
    HomePosition,
    PositionReport,
    Sysid,
    SystemStatus,
    VehicleState,
)
from rangeops.watch.asked import answer_on_episode, as_it_may, way_home_of
from rangeops.watch.leases import Leases
from rangeops.watch.memory import Memory
from rangeops.watch.roster import Roster
from rangeops.wire.enforcement import EpisodeAsk, EpisodeAsked

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NORTH = TWENTE.volume("NORTH").flight_geography.outer
MIDDLE = (sum(p[0] for p in NORTH) / len(NORTH), sum(p[1] for p in NORTH) / len(NORTH))
HOUSING = (52.2795, 6.9097)
FREE = Sysid(9)


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, NOON + timedelta(seconds=seconds))


@pytest.fixture
def orders():
    desk = Desk()
    desk.cleared()
    return desk.orders[-1]


@pytest.fixture
def roster(orders) -> Roster:
    made = Roster({}, at(0))
    made.take(orders, [FREE])
    return made


@pytest.fixture
def leases(tmp_path, orders):
    memory = Memory(tmp_path)
    made = Leases("watch", memory, at(0))
    made.take(orders)
    made.word(1000.0, orders.version, at(0))
    yield made
    memory.close()


def state(place=MIDDLE, *, seconds: float = 0.0, sysid=D07, home=MIDDLE, percent: int | None = 60, east_mps=0.0):
    at_s = 1000.0 + seconds
    return VehicleState(
        sysid,
        "udpin:127.0.0.1:14550",
        heartbeat=Heartbeat(at_s, Autopilot.ARDUPILOT, VehicleClass.COPTER, 3, "AUTO", True, SystemStatus.ACTIVE),  # noqa: FBT003
        position=PositionReport(at_s, 0, *place, 85.0, 50.0, 0.0, east_mps, 0.0, None),
        estimator=Estimator(at_s, 0x33F),
        home=HomePosition(at_s, *home, 35.0),
        battery=None if percent is None else Battery(at_s, percent, 22.0, 20.0),
    )


def test_the_way_home_is_told_as_automation_finds_it_with_the_battery_on_arrival(roster):
    vehicle = roster.vehicle(D07)
    clear = way_home_of(vehicle, state(), at(0))
    assert clear.crosses == ()
    assert clear.distance_m == pytest.approx(0, abs=1)
    blocked = way_home_of(vehicle, state(home=HOUSING), at(0))
    assert blocked.crosses == vehicle.way_home(state(home=HOUSING)) != ()
    assert blocked.distance_m > 800
    assert 0 < blocked.battery_on_arrival_percent < clear.battery_on_arrival_percent < 60
    assert clear.battery_on_landing_percent == pytest.approx(clear.battery_on_arrival_percent, abs=2)


def test_what_is_not_known_is_not_told(roster):
    vehicle = roster.vehicle(D07)
    untrusted = replace(state(), estimator=Estimator(1000.0, 0))
    assert way_home_of(vehicle, untrusted, at(0)).crosses is None
    assert way_home_of(vehicle, replace(state(), home=None), at(0)).crosses is None
    assert way_home_of(vehicle, state(), at(10)).crosses is None, "a position of ten seconds ago is none"
    no_battery = way_home_of(vehicle, state(percent=None), at(0))
    assert (no_battery.crosses, no_battery.battery_on_arrival_percent) == ((), None)


def test_who_has_no_slot_has_a_way_home_for_people_and_none_for_automation(roster):
    vehicle = roster.vehicle(FREE)
    assert way_home_of(vehicle, state(sysid=FREE), at(0)).crosses == ()
    assert "Housing" in " ".join(way_home_of(vehicle, state(sysid=FREE, home=HOUSING), at(0)).crosses)
    assert vehicle.way_home(state(sysid=FREE)) is None


@pytest.mark.parametrize(
    ("sysid", "home", "kind"),
    [(D07, MIDDLE, CommandKind.RTL), (D07, HOUSING, CommandKind.HOLD), (FREE, MIDDLE, CommandKind.HOLD)],
)
def test_a_sectors_return_is_a_hold_where_the_way_home_is_not_clear(roster, sysid, home, kind):
    order = CommandOrder(CommandId("A1-1"), sysid, CommandKind.RTL, "op1", "clear sector NORTH", lease=3, act="A1")
    sent = as_it_may(order, roster.vehicle(sysid), state(sysid=sysid, home=home))
    assert sent.kind is kind
    assert (sent.id, sent.act, sent.lease, sent.by) == (order.id, order.act, order.lease, order.by)
    assert ("the way home" in sent.reason) is (kind is CommandKind.HOLD)
    held = replace(order, kind=CommandKind.HOLD)
    assert as_it_may(held, roster.vehicle(sysid), state(sysid=sysid, home=home)) is held


def asked(ask: EpisodeAsk, sysid=D07) -> EpisodeAsked:
    return EpisodeAsked("Q1", sysid, ask, "op1", "its pilot turns")


def judged(roster, seconds: float, east_m: float, east_mps: float = 9.0):
    place = (MIDDLE[0], MIDDLE[1] + east_m / 68_250)
    vehicle = roster.vehicle(D07)
    return vehicle.judge(state(place, seconds=seconds, east_mps=east_mps), roster.policy, at(seconds))


def test_an_inhibit_is_taken_told_and_shown(roster, leases):
    for step in range(3):
        judged(roster, step / 5, 60 + 1.8 * step)
    vehicle = roster.vehicle(D07)
    act = vehicle.enforcer.next_act(roster.policy, at(0.4))
    assert act is not None
    assert (act.command, act.inhibitable) == (CommandKind.HOLD, True)
    answer = answer_on_episode(asked(EpisodeAsk.INHIBIT), roster, leases, at(0.4))
    assert (answer.question, answer.failure) == ("Q1", "")
    assert vehicle.enforcer.inhibit_now(at(1.4)).left_s == pytest.approx(9.0)
    told = [
        event.detail for event in vehicle.told(state(seconds=0.4), at(0.4)) if type(event).__name__ == "EpisodeMoved"
    ]
    assert "its pilot turns" in told
    again = answer_on_episode(asked(EpisodeAsk.INHIBIT), roster, leases, at(0.6))
    assert "already" in again.failure


@pytest.mark.parametrize(
    ("what", "sysid", "why"),
    [
        (EpisodeAsk.INHIBIT, D07, "isn't known"),
        (EpisodeAsk.LET_FLY, D07, "no pilot took it over"),
        (EpisodeAsk.INHIBIT, FREE, "no slot"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_the_answer(roster, leases, what, sysid, why):
    assert why in answer_on_episode(asked(what, sysid), roster, leases, at(0)).failure


def test_another_watchs_vehicle_is_not_steered_here(roster, leases, orders):
    leases.take(replace(orders, leases=(Lease(D07, "mast", 9),)))
    assert answer_on_episode(asked(EpisodeAsk.INHIBIT), roster, leases, at(0)).failure


def test_a_trip_takes_more_with_distance_height_and_wind():
    from desk import TomlAirframes

    quad = TomlAirframes().get("survey-quad")

    def percent(distance_m=500.0, climb_m=0.0, descent_m=50.0, wind_mps=0.0):
        trip = return_trip(quad, distance_m=distance_m, climb_m=climb_m, descent_m=descent_m, wind_mps=wind_mps)
        return trip.charge_percent

    least = percent()
    for more in ({"distance_m": 900.0}, {"climb_m": 30.0}, {"descent_m": 80.0}, {"wind_mps": 8.0}):
        assert percent(**more) > least
    down = landing(quad, descent_m=50.0, wind_mps=0.0)
    by_hand_s = 50.0 / quad.descent_speed_mps
    assert down.flight_s == pytest.approx(by_hand_s)
    assert down.charge_percent == pytest.approx(
        100 * by_hand_s * quad.hover_current_a / 3.6 / quad.battery_capacity_mah
    )
