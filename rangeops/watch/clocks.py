"""When the record is told how a vehicle's clocks stand against ours: at link-up, after a jump, from time to time, at the end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.mavlink.routes import is_recorded
from rangeops.adapters.mavlink.vehicle import SILENT_S, Vehicle
from rangeops.domain.events import ClockCompared
from rangeops.domain.now import Now, of_unix_us
from rangeops.domain.orders import Orders
from rangeops.domain.telemetry import Sysid
from rangeops.domain.vehicle_clock import ClockWhy
from rangeops.watch.roster import Roster

EVERY_S: Final = 600.0
JUMPS_EVERY_S: Final = 60.0  # two vehicles under one sysid jump with every packet: that is told once a minute, counted
FEWEST: Final = 4  # samples before the first word: the shortest of several round trips


@dataclass(slots=True)
class _Told:
    """What was told of a vehicle, and when; jump_at_s: a jump of its clock. ended: it was its last word."""

    at_s: float
    jump_at_s: float
    jumps: int
    restarts: int
    ended: bool = False


class ClockBook:
    """`due` once a second or so; nothing of it is on the way of a packet."""

    def __init__(self, fleet: Fleet, roster: Roster) -> None:
        self._fleet = fleet
        self._roster = roster
        self._told: dict[Sysid, _Told] = {}

    def due(self, now: Now) -> list[ClockCompared]:
        vehicles = self._fleet.vehicles
        for gone in [sysid for sysid in self._told if sysid not in vehicles]:
            del self._told[gone]
        told = (self._of(vehicle, now) for vehicle in vehicles.values())
        return [event for event in told if event is not None]

    def before(self, orders: Orders, now: Now) -> list[ClockCompared]:
        """The last word on vehicles whose slot ends with these orders, while the old ones are in force."""
        going_on = {(order.sysid, order.slot) for order in orders.vehicles}
        ending = [
            vehicle
            for vehicle in self._fleet.vehicles.values()
            if (order := self._roster.vehicle(vehicle.sysid).order) is not None
            and (order.sysid, order.slot) not in going_on
        ]
        return self._last_words(ending, now)

    def _last_words(self, vehicles: Iterable[Vehicle], now: Now) -> list[ClockCompared]:
        told = (self._compared(vehicle, ClockWhy.ENDED, now) for vehicle in vehicles if self._is_followed(vehicle))
        return [event for event in told if event is not None]

    def _is_followed(self, vehicle: Vehicle) -> bool:
        told = self._told.get(vehicle.sysid)
        return told is not None and not told.ended

    def _of(self, vehicle: Vehicle, now: Now) -> ClockCompared | None:
        """None: nothing is due. What a recording says, it said then."""
        if is_recorded(vehicle.route):
            return None
        if now.monotonic_s - vehicle.heard_s > SILENT_S:
            return self._silent(vehicle, now)
        why = self._why(vehicle, now)
        return None if why is None else self._compared(vehicle, why, now)

    def _silent(self, vehicle: Vehicle, now: Now) -> ClockCompared | None:
        """Its last word, once."""
        if not self._is_followed(vehicle):
            return None
        event = self._compared(vehicle, ClockWhy.ENDED, now)
        self._told[vehicle.sysid].ended = True
        return event

    def _why(self, vehicle: Vehicle, now: Now) -> ClockWhy | None:
        told, clocks = self._told.get(vehicle.sysid), vehicle.clocks
        if clocks.samples < FEWEST:
            return None
        if told is None or told.ended:
            return ClockWhy.LINKED
        if clocks.jumps != told.jumps and now.monotonic_s - told.jump_at_s >= JUMPS_EVERY_S:
            return ClockWhy.RESTARTED if clocks.restarts != told.restarts else ClockWhy.JUMPED
        return ClockWhy.PERIODIC if now.monotonic_s - told.at_s >= EVERY_S else None

    def _compared(self, vehicle: Vehicle, why: ClockWhy, now: Now) -> ClockCompared | None:
        clocks = vehicle.clocks
        if (found := clocks.estimate(now)) is None:
            return None
        told = self._told.get(vehicle.sysid)
        jumps = clocks.jumps - told.jumps if told is not None else 0
        jump_at_s = now.monotonic_s if jumps else float("-inf") if told is None else told.jump_at_s
        self._told[vehicle.sysid] = _Told(now.monotonic_s, jump_at_s, clocks.jumps, clocks.restarts)
        return ClockCompared(
            sysid=vehicle.sysid,
            why=why,
            boot_zero_utc=of_unix_us(round(found.boot_zero_s * 1e6)),
            boot=found.boot,
            gps_ahead_s=found.gps_ahead_s,
            gps=found.gps,
            jumps=jumps,
            jump_s=clocks.jump_s if jumps else 0.0,
        )
