"""All vehicles of a scenario with their pilots, faults and links' weather; still no socket and no clock."""

import heapq
import itertools
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Invalid, NotFound, RangeopsError
from rangeops.domain.facts import Facts
from rangeops.domain.now import Now
from rangeops.sim import faults
from rangeops.sim.faults import Fault, LinkFaults
from rangeops.sim.frame import LocalFrame
from rangeops.sim.maneuvers import Astray
from rangeops.sim.pilot import Pilot
from rangeops.sim.scenario import Place, Scenario, VehicleSpec
from rangeops.sim.traffic import EVERY_S, Traffic
from rangeops.sim.traffic_spec import TrafficSpec
from rangeops.sim.vehicle import Vehicle

_LOG = logging.getLogger("rangeops.sim")
_FAR_M: Final = 50_000.0  # where a vehicle that flies away is headed
_CLASH_M: Final = 250.0  # where the second vehicle of the same sysid stands


@dataclass(frozen=True, slots=True)
class Delivery:
    """Bytes that leave a vehicle on one of its links."""

    member: int
    channel: int
    data: bytes


class Member:
    """One vehicle with what belongs to it."""

    def __init__(self, number: int, spec: VehicleSpec, vehicle: Vehicle, seed: int) -> None:
        self.number = number
        self.spec = spec
        self.vehicle = vehicle
        self.links = LinkFaults(seed * 31 + spec.sysid)
        self.channels = [vehicle.open_channel() for _ in spec.links]
        self.pilot: Pilot | None = None
        self.pilot_channel: int | None = None
        self.ghost_of: int | None = None
        self.boots = vehicle.boots  # as its ports know
        self.failed = False  # by a bug of the simulator's own: it is silent from then on

    def add_pilot(self, now: Now) -> None:
        vehicle = self.vehicle

        def swap_battery() -> None:
            if not vehicle.armed:
                vehicle.battery.set_percent(100)
                vehicle.failsafes.battery_swapped()

        self.pilot_channel = vehicle.open_channel()
        self.pilot = Pilot(self.spec, vehicle.mode_named, swap_battery, now)


class Fleet:
    def __init__(self, scenario: Scenario, now: Now) -> None:
        self._scenario = scenario
        self._started_s = now.monotonic_s
        self.members: list[Member] = []
        self._timed: list[tuple[float, int, Callable[[Now], None]]] = []
        self._delayed: list[tuple[float, int, Callable[[Now], list[Delivery]]]] = []
        self._order = itertools.count()
        self.now = now
        for spec in scenario.vehicles:
            self._add(spec, now)
        for planned in scenario.faults:
            faults.fault_named(planned.fault, where=f"{scenario.name} [[fault]]")
            self._at(
                now.monotonic_s + planned.at_s,
                lambda then, p=planned: self.put_fault(p.vehicle, p.fault, p.value, p.for_s, then),  # type: ignore[misc]
            )

        self._traffic = Traffic(scenario.traffic, now.monotonic_s)
        self._lines: list[bytes] = []
        if self._traffic:
            self._at(now.monotonic_s, self._tell_of_traffic)

    def _tell_of_traffic(self, now: Now) -> None:
        for sysid, message in self._traffic.messages(now):
            self.member(sysid, where="traffic").vehicle.broadcast(message)
        self._lines.append(self._traffic.lines(now))
        self._at(now.monotonic_s + EVERY_S, self._tell_of_traffic)

    def traffic_lines(self) -> bytes:
        """What the traffic feed tells since the last time."""
        lines, self._lines = b"".join(self._lines), []
        return lines

    def _add(self, spec: VehicleSpec, now: Now) -> Member:
        scenario = self._scenario
        vehicle = Vehicle(spec, now, wind=scenario.wind, gps_noise_m=scenario.gps_noise_m, seed=scenario.seed)
        member = Member(len(self.members), spec, vehicle, scenario.seed)
        self.members.append(member)
        if spec.pilot:
            member.add_pilot(now)
        return member

    def member(self, sysid: int, *, where: str) -> Member:
        """The scenario's vehicle with that sysid. Raises NotFound."""
        for member in self.members:
            if member.spec.sysid == sysid and member.ghost_of is None:
                return member
        raise NotFound(f"no vehicle has sysid {sysid}", where=where, do="Name a vehicle of the scenario.")

    # --- bytes and time ----------------------------------------------------------------------------------------------

    def receive(self, number: int, channel: int, data: bytes, now: Now) -> list[Delivery]:
        """Bytes from a vehicle's link."""
        member = self.members[number]
        if not member.links.any:
            return self._received(member, channel, data, now)
        for late_s in member.links.deliveries_s():
            self._delay(
                now.monotonic_s + late_s,
                lambda then: self._received(member, channel, data, then),
            )
        return []

    def peer_changed(self, number: int, channel: int) -> None:
        self.members[number].vehicle.reset_channel(channel)

    def step(self, now: Now) -> list[Delivery]:
        self.now = now
        out: list[Delivery] = []
        while self._timed and self._timed[0][0] <= now.monotonic_s:
            self._run(heapq.heappop(self._timed)[2], now)
        while self._delayed and self._delayed[0][0] <= now.monotonic_s:
            out += heapq.heappop(self._delayed)[2](now)
        for member in self.members:
            if not member.failed and member.vehicle.next_step_s <= now.monotonic_s:
                out += self._guarded(member, lambda m=member: self._stepped(m, now))  # type: ignore[misc]
        return out

    def _received(self, member: Member, channel: int, data: bytes, now: Now) -> list[Delivery]:
        return self._guarded(member, lambda: self._outgoing(member, member.vehicle.receive(channel, data, now), now))

    def _stepped(self, member: Member, now: Now) -> list[Delivery]:
        out = self._outgoing(member, member.vehicle.step(now), now)
        if member.pilot is not None:
            out += self._from_pilot(member, member.pilot.step(now), now)
        return out

    @staticmethod
    def _guarded(member: Member, act: Callable[[], list[Delivery]]) -> list[Delivery]:
        """One vehicle's bug must not end the others: it is logged whole, and that vehicle goes silent."""
        if member.failed:
            return []
        try:
            return act()
        except Exception:  # noqa: BLE001 whatever it is, it is logged whole and told in the status
            member.failed = True
            _LOG.exception("%s: the simulator has failed; the vehicle is silent from now on", member.spec.callsign)
            return []

    @property
    def next_s(self) -> float:
        """When step has something to do next."""
        due = [member.vehicle.next_step_s for member in self.members if not member.failed]
        due += [queue[0][0] for queue in (self._timed, self._delayed) if queue]
        return min(due, default=math.inf)

    def _outgoing(self, member: Member, outgoing: list[Any], now: Now) -> list[Delivery]:
        out: list[Delivery] = []
        for sent in outgoing:
            if sent.channel == member.pilot_channel:
                assert member.pilot is not None
                out += self._from_pilot(member, member.pilot.receive(sent.data, now), now)
            elif not member.links.any:
                out.append(Delivery(member.number, sent.channel, sent.data))
            else:
                for late_s in member.links.deliveries_s():
                    delivery = Delivery(member.number, sent.channel, sent.data)
                    self._delay(now.monotonic_s + late_s, lambda _then, d=delivery: [d])  # type: ignore[misc]
        return out

    def _from_pilot(self, member: Member, frames: list[bytes], now: Now) -> list[Delivery]:
        assert member.pilot_channel is not None
        out: list[Delivery] = []
        for frame in frames:
            out += self._outgoing(member, member.vehicle.receive(member.pilot_channel, frame, now), now)
        return out

    def _delay(self, at_s: float, deliver: Callable[[Now], list[Delivery]]) -> None:
        heapq.heappush(self._delayed, (at_s, next(self._order), deliver))

    def _at(self, at_s: float, act: Callable[[Now], None]) -> None:
        heapq.heappush(self._timed, (at_s, next(self._order), act))

    @staticmethod
    def _run(act: Callable[[Now], None], now: Now) -> None:
        try:
            act(now)
        except RangeopsError as e:
            _LOG.warning("a planned fault can't be put: %s", e)

    # --- words and faults --------------------------------------------------------------------------------------------

    def say(self, sysid: int, word: str, plan: Path | None) -> None:
        """Raises RangeopsError."""
        member = self.member(sysid, where="say")
        if member.pilot is None:
            raise NotFound(f"{member.spec.callsign} has no pilot", where="say", do="Script one in the scenario.")
        member.pilot.say(word, plan)

    def put_fault(self, sysid: int, name: str, value: Any, for_s: float | None, now: Now) -> None:
        """Put a fault, for a while or for good. Raises RangeopsError."""
        where = f"fault {name:.40}"
        fault = faults.fault_named(name, where=where)
        member = self.member(sysid, where=where)
        if fault is Fault.SYSID_CLASH:
            take = self._add_ghost(member, now)
        elif fault is Fault.FLY_AWAY:
            take = self._lead_astray(member, value, where=where)
        else:
            take = faults.apply(fault, value, member.vehicle, member.links, where=where)
        _LOG.info("%s: fault %s %s", member.spec.callsign, name, "" if value is None else value)
        if for_s is not None:
            self._at(now.monotonic_s + for_s, lambda _then: take())

    def _add_ghost(self, member: Member, now: Now) -> Callable[[], None]:
        """A second vehicle with the same sysid, standing elsewhere, heard where the first one is: by UDP out."""
        links = tuple(link for link in member.spec.links if link.startswith("udpout:"))
        if not links:
            raise Invalid(
                "the vehicle has no udpout link that a second one could use",
                where=member.spec.callsign,
                do="Give it one.",
            )
        latitude, longitude = LocalFrame(member.spec.home).to_degrees(_CLASH_M, 0.0)
        spec = replace(
            member.spec,
            callsign=f"{member.spec.callsign}-double",
            home=Place(latitude, longitude),
            links=links,
            ready_after_s=0.0,
            pilot=(),
        )
        ghost = self._add(spec, now)
        ghost.ghost_of = member.number
        return lambda: setattr(ghost.vehicle.faults, "silent", True)

    def _lead_astray(self, member: Member, value: Any, *, where: str) -> Callable[[], None]:
        """Away on a track, or towards another vehicle wherever that flies."""
        if member.spec.airframe.vehicle_class is not VehicleClass.COPTER:
            raise Invalid("only a copter flies away", where=where, do="Name a copter.")
        facts = Facts(value if isinstance(value, Mapping) else {}, where)
        facts.only("speed_mps", "track_deg", "towards", "obeys")
        vehicle = member.vehicle
        speed_mps = facts.number("speed_mps", at_least=1, at_most=40)
        if facts.has("towards"):
            other = self.member(facts.integer("towards", at_least=1, at_most=255), where=where).vehicle
            aim = lambda: _place_in(vehicle, other)  # noqa: E731  # one of two, made where it is chosen
        else:
            track = math.radians(facts.number("track_deg", at_least=0, at_most=360))
            motion = vehicle.motion
            far = (
                motion.north_m + _FAR_M * math.cos(track),
                motion.east_m + _FAR_M * math.sin(track),
                motion.up_m,
            )
            aim = lambda: far  # noqa: E731  # likewise
        vehicle.faults.astray = Astray(vehicle, speed_mps, aim, obeys=facts.flag("obeys", default=False))
        return lambda: setattr(vehicle.faults, "astray", None)

    def add_traffic(self, spec: TrafficSpec, now: Now) -> None:
        """An aircraft that appears now, at_s from now on."""
        if not self._traffic:
            self._at(now.monotonic_s, self._tell_of_traffic)
        self._traffic.add(replace(spec, at_s=spec.at_s + now.monotonic_s - self._started_s))

    @property
    def sysids(self) -> frozenset[int]:
        return frozenset(member.spec.sysid for member in self.members)

    def status(self) -> list[Mapping[str, Any]]:
        return [self._status(member) for member in self.members if member.ghost_of is None]

    def _status(self, member: Member) -> Mapping[str, Any]:
        vehicle, body = member.vehicle, member.vehicle.body
        latitude, longitude = vehicle.frame.to_degrees(body.north_m, body.east_m)
        return {
            "sysid": member.spec.sysid,
            "callsign": member.spec.callsign,
            "mode": vehicle.mode.name,
            "armed": vehicle.armed,
            "landed": vehicle.land_complete,
            "lat": latitude,
            "lon": longitude,
            "altitude_amsl_m": vehicle.ground_amsl_m + body.up_m,
            "height_above_home_m": body.up_m - vehicle.home_up_m,
            "vn": body.north_mps,
            "ve": body.east_mps,
            "vd": -body.climb_mps,
            "mission_item": vehicle.mission.current,
            "mission_items": len(vehicle.items.mission),
            "fence_items": len(vehicle.items.fence),
            "fence_enabled": vehicle.fence.enabled,
            "fence_breached": bool(vehicle.fence.breached),
            "battery_percent": vehicle.battery.percent,
            "pilot_step": member.pilot.step_number if member.pilot else None,
            "gcs_heartbeat_age_s": vehicle.failsafes.gcs_age_s,
            "trusted": vehicle.navigation.trusted,
            "failed": member.failed,
        }


def _place_in(vehicle: Vehicle, other: Vehicle) -> tuple[float, float, float]:
    """Where another vehicle truly is, in this one's frame."""
    north_m, east_m = vehicle.frame.to_metres(*other.frame.to_degrees(other.body.north_m, other.body.east_m))
    return north_m, east_m, other.body.up_m + other.ground_amsl_m - vehicle.ground_amsl_m
