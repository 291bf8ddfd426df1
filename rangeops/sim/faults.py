"""Faults that a scenario or a test puts on a vehicle or on its links."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.sim.scenario import wind_from
from rangeops.sim.vehicle import Vehicle


class Fault(Enum):
    LOSS = "loss"  # share of the packets, 0 to 1
    DELAY = "delay_s"
    REORDER = "reorder"  # share of the packets that are sent after their successor
    DUPLICATE = "duplicate"  # share
    SILENT = "silent"  # the vehicle sends nothing
    GPS_LOSS = "gps_loss"
    RC_LOSS = "rc_loss"
    REBOOT = "reboot"
    IGNORE_COMMANDS = "ignore_commands"  # no acknowledgement, no effect
    ACK_BUT_IGNORE = "ack_but_ignore"
    WRONG_FENCE_READBACK = "wrong_fence_readback"
    SYSID_CLASH = "sysid_clash"  # a second vehicle with the same sysid
    HOSTILE_TEXT = "hostile_text"
    WIND = "wind"  # {speed_mps, from_deg, gust_mps}
    BATTERY = "battery_percent"
    FLY_AWAY = "fly_away"  # {speed_mps, track_deg or towards: a sysid, obeys}: it flies where nobody sent it


FAULTS: Final = {fault.value: fault for fault in Fault}
_SHARES: Final = frozenset([Fault.LOSS, Fault.REORDER, Fault.DUPLICATE])


def fault_named(name: str, *, where: str) -> Fault:
    fault = FAULTS.get(name)
    if fault is None:
        raise Invalid(f"fault {name!r:.40} is not known", where=where, do=f"Use one of {', '.join(sorted(FAULTS))}.")
    return fault


@dataclass(slots=True)
class LinkFaults:
    """What one vehicle's links do to its packets, both ways. Seeded."""

    seed: int
    loss: float = 0.0
    delay_s: float = 0.0
    reorder: float = 0.0
    duplicate: float = 0.0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 a simulation wants to be repeatable

    @property
    def any(self) -> bool:
        return bool(self.loss or self.delay_s or self.reorder or self.duplicate)

    def deliveries_s(self) -> tuple[float, ...]:
        """How long after now one packet arrives: not at all, once, or twice."""
        chance = self._random.random
        if chance() < self.loss:
            return ()
        late = self.delay_s + (0.05 if chance() < self.reorder else 0.0)
        return (late, late + 0.01) if chance() < self.duplicate else (late,)


def apply(fault: Fault, value: Any, vehicle: Vehicle, links: LinkFaults, *, where: str) -> Callable[[], None]:
    """Put a fault on a vehicle; the returned call takes it away. SYSID_CLASH and FLY_AWAY are the fleet's. Raises Invalid."""
    switches: Mapping[Fault, tuple[object, str]] = {
        Fault.SILENT: (vehicle.faults, "silent"),
        Fault.IGNORE_COMMANDS: (vehicle.faults, "ignore_commands"),
        Fault.ACK_BUT_IGNORE: (vehicle.faults, "ack_but_ignore"),
        Fault.WRONG_FENCE_READBACK: (vehicle.faults, "wrong_fence_readback"),
        Fault.HOSTILE_TEXT: (vehicle.faults, "hostile_text"),
        Fault.GPS_LOSS: (vehicle.navigation, "gps_denied"),
        Fault.RC_LOSS: (vehicle.rc, "lost"),
    }
    if fault in switches:
        holder, name = switches[fault]
        on = True if value is None else value
        if not isinstance(on, bool):
            raise Invalid(f"{fault.value} is true or false", where=where, do="Give value true, or none.")
        setattr(holder, name, on)
        return lambda: setattr(holder, name, False)
    if fault is Fault.WIND:
        return _blow(value, vehicle, where=where)
    if fault is Fault.REBOOT:
        vehicle.reboot()
        return _nothing
    number = Facts({"value": value}, where)
    if fault is Fault.BATTERY:
        vehicle.battery.set_percent(number.number("value", at_least=0, at_most=100))
        return _nothing
    name = fault.value
    amount = number.number("value", at_least=0, at_most=1 if fault in _SHARES else 60)
    setattr(links, name, amount)
    return lambda: setattr(links, name, 0.0)


def _blow(value: Any, vehicle: Vehicle, *, where: str) -> Callable[[], None]:
    if not isinstance(value, Mapping):
        raise Invalid("wind wants a table", where=where, do="Give value {speed_mps, from_deg}.")
    before = vehicle.wind.steady
    vehicle.wind.steady = wind_from(Facts(value, where))

    def calm_down() -> None:
        vehicle.wind.steady = before

    return calm_down


def _nothing() -> None:
    """Some faults can't be taken away."""
