"""When the record hears of a vehicle's clocks: a simulated vehicle and our fleet, on a clock of their own."""

from dataclasses import replace

import pytest
from desk import D07, Desk
from mavlink_world import World

from rangeops.domain.events import ClockCompared
from rangeops.domain.telemetry import Sysid
from rangeops.domain.vehicle_clock import ClockWhy
from rangeops.watch.clocks import EVERY_S, JUMPS_EVERY_S, ClockBook
from rangeops.watch.roster import Roster

D21 = Sysid(21)


class Office:
    def __init__(self, **world) -> None:
        self.world = World(**world)
        self.roster = Roster({}, self.world.now)
        self.book = ClockBook(self.world.fleet, self.roster)
        self.told: list[ClockCompared] = []

    def run(self, seconds: float, *, every_s: float = 1.0) -> list[ClockCompared]:
        before = len(self.told)
        for _ in range(round(seconds / every_s)):
            self.world.run(every_s)
            self.told += self.book.due(self.world.now)
        return self.told[before:]

    @property
    def vehicle(self):
        return self.world.fleet.vehicles[D21]

    @property
    def zero_s(self) -> float:
        """Our Unix time when the simulated autopilot started."""
        return self.world.now.utc.timestamp() - self.world.vehicle.boot_ms * 1e-3


def test_a_link_that_comes_up_is_told_once_with_what_the_clock_is_worth():
    office = Office()
    (told,) = office.run(40)
    assert (told.sysid, told.why, told.jumps) == (D21, ClockWhy.LINKED, 0)
    assert told.boot_zero_utc.timestamp() == pytest.approx(office.zero_s, abs=told.boot.uncertainty_s + 1e-3)
    assert told.boot.uncertainty_s < 0.1


def test_gps_time_is_told_once_it_has_one():
    office = Office()
    office.run(60)
    found = office.vehicle.clocks.estimate(office.world.now)
    assert found.gps_ahead_s == pytest.approx(0.0, abs=found.gps.uncertainty_s + 2e-3)


def test_it_is_told_again_from_time_to_time(monkeypatch):
    monkeypatch.setattr("rangeops.watch.clocks.EVERY_S", 30.0)
    office = Office()
    office.run(20)
    assert [each.why for each in office.run(70)] == [ClockWhy.PERIODIC] * 2
    assert EVERY_S == 600.0


def test_a_restart_is_told():
    office = Office()
    office.run(30)
    office.world.vehicle._boot()
    told = office.run(40)
    assert [each.why for each in told] == [ClockWhy.RESTARTED]
    assert told[0].jumps == 1
    assert told[0].boot_zero_utc.timestamp() == pytest.approx(office.zero_s, abs=told[0].boot.uncertainty_s + 1e-3)


def test_a_clock_that_jumps_to_and_fro_is_told_once_a_minute_with_the_count():
    office = Office()
    office.run(30)
    clocks = office.vehicle.clocks
    told = []
    for number in range(120):
        office.world.now_s += 1.0
        office.vehicle.heard_s = office.world.now_s
        for answer in range(4):
            at_s = office.world.now_s + answer * 0.1
            clocks.answered(at_s, at_s + 100.0 * (number % 2), 0.01)
        told += office.book.due(office.world.now)
    assert 2 <= len(told) <= 2 + 120 / JUMPS_EVERY_S
    assert {each.why for each in told} <= {ClockWhy.JUMPED, ClockWhy.RESTARTED}
    assert sum(each.jumps for each in told) >= 60


def test_a_link_that_ends_has_a_last_word_and_the_next_one_a_first():
    office = Office()
    office.run(30)
    office.world.loss = 1.0
    assert [each.why for each in office.run(30)] == [ClockWhy.ENDED]
    office.world.loss = 0.0
    assert [each.why for each in office.run(20)] == [ClockWhy.LINKED]


def test_a_vehicle_that_was_let_go_is_told_anew():
    office = Office()
    office.run(30)
    office.world.fleet.let_go(D21)
    office.book.due(office.world.now)
    assert [each.why for each in office.run(30)] == [ClockWhy.LINKED]


def test_what_a_recording_says_is_not_compared_with_now():
    office = Office(uri="tlog:/flights/x.tlog")
    assert office.run(40) == []


def test_at_its_slots_end_it_has_a_last_word_while_the_slot_is_in_force():
    desk = Desk()
    desk.briefed()
    with_slot = desk.orders[-1]
    office = Office(sysid=D07)
    office.run(30)
    assert office.book.before(with_slot, office.world.now) == []
    office.roster.take(with_slot, office.world.fleet.vehicles)
    assert office.book.before(with_slot, office.world.now) == []
    without = replace(with_slot, vehicles=())
    (told,) = office.book.before(without, office.world.now)
    assert (told.sysid, told.why) == (D07, ClockWhy.ENDED)
    office.roster.take(without, office.world.fleet.vehicles)
    assert office.book.before(without, office.world.now) == []
