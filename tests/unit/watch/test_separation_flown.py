"""The shipped scenarios of separation, flown in virtual time: heard as MAVLink, alarmed while there is time."""

import math

import pytest
from desk import Desk

from rangeops import paths
from rangeops.adapters.mavlink.encode import GCS_HEARTBEAT, Sender
from rangeops.adapters.mavlink.fleet import Fleet, Outgoing
from rangeops.adapters.mavlink.link import Link
from rangeops.domain.alarms import Condition
from rangeops.sim.fleet import Fleet as Simulated
from rangeops.sim.lockstep import instant
from rangeops.sim.scenario import load_scenario
from rangeops.watch.annunciator import Annunciator
from rangeops.watch.leases import Leases
from rangeops.watch.memory import Memory
from rangeops.watch.roster import Roster
from rangeops.watch.separation import SeparationWatch

LINK = "udpin:127.0.0.1:14550"
STEP_S = 0.1


class Flown:
    """A scenario and the watch's part that hears it, step by step; `first`: when each alarm was raised first."""

    def __init__(self, name, folder):
        desk = Desk()
        desk.briefed()
        self.at_s = 0.0
        self.simulated = Simulated(load_scenario(paths.shipped("scenarios") / f"{name}.toml"), instant(0.0))
        self.fleet, self.roster = Fleet(250), Roster({}, instant(0.0))
        self.roster.take(desk.orders[-1], ())
        memory = Memory(folder)
        self.alarms = Annunciator(memory)
        self.watch = SeparationWatch(self.fleet, self.roster, Leases("watch", memory, instant(0.0)))
        self.links = {member.number: Link(LINK, datagrams=True) for member in self.simulated.members}
        self.first = {}
        self._sender = Sender(250, 190)

    def run(self, until, within_s):
        while not until():
            assert self.at_s < within_s, "in time"
            self.at_s += STEP_S
            now = instant(self.at_s)
            if round(self.at_s / STEP_S) % 10 == 0:
                self._send([(number, self._sender.pack(GCS_HEARTBEAT, None)) for number in self.links], now)
            self._hear(self.simulated.step(now), now)
            outputs = self.fleet.timed_out(now)
            self._send(
                [(each.peer[1], each.data) for each in outputs if isinstance(each, Outgoing) and each.peer], now
            )  # fmt: skip
            if round(self.at_s / STEP_S) % 2 == 0:
                self.watch.assess(self.alarms, now)
                for alarm in self.alarms.standing:
                    self.first.setdefault((alarm.source, alarm.condition), self.at_s)

    def _hear(self, deliveries, now):
        for each in deliveries:
            peer = ("127.0.0.1", each.member)
            for packet in self.links[each.member].received(each.data, peer):
                self._answer(self.fleet.received(LINK, peer, packet, now), now)

    def _answer(self, outputs, now):
        self._send([(each.peer[1], each.data) for each in outputs if isinstance(each, Outgoing) and each.peer], now)

    def _send(self, packets, now):
        for number, data in packets:
            self._hear(self.simulated.receive(number, 0, data, now), now)

    def apart_m(self):
        one, other = (member.vehicle for member in self.simulated.members)
        a, b = (v.frame.to_degrees(v.body.north_m, v.body.east_m) for v in (one, other))
        return math.dist(self.roster.frame.to_site(*a), self.roster.frame.to_site(*b))


def test_two_copters_sent_at_each_other_are_alarmed_before_they_have_lost_their_separation(tmp_path):
    flown = Flown("two-converge", tmp_path)
    flown.run(lambda: ("D07", Condition.SEPARATION_LOST) in flown.first, within_s=100)
    for source in ("#3", "D07"):
        warned_s = flown.first[source, Condition.SEPARATION_LOST] - flown.first[source, Condition.DRONES_CONVERGE]
        assert warned_s > 10, "time to stop both"
    assert flown.apart_m() == pytest.approx(50, abs=6), "and not before they had"


def test_a_helicopter_inbound_is_alarmed_a_minute_before_it_is_over_the_copter(tmp_path):
    flown = Flown("helicopter-inbound", tmp_path)
    flown.run(lambda: ("D07", Condition.CREWED_NEAR) in flown.first, within_s=140)
    assert 150 - flown.first["D07", Condition.CREWED_NEAR] > 60
    (shown,) = flown.watch.traffic(instant(flown.at_s))
    assert shown.name == "LIFELN1"
    assert b"LIFELN1" in flown.simulated.traffic_lines()
