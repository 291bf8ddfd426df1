"""What can be wrong: the conditions that alarm, and what the catalogue says of each."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final


class Priority(IntEnum):
    P1 = 1
    P2 = 2
    P3 = 3


class Condition(Enum):
    __hash__ = object.__hash__  # members are singletons, and Enum's own hash is a Python call for every look-up

    FORECAST_EXIT = "forecast-exit"
    OUTSIDE_FLIGHT_GEOGRAPHY = "outside-flight-geography"
    OUTSIDE_CONTINGENCY = "outside-contingency-volume"
    OUTSIDE_RANGE = "outside-range"
    CREWED_NEAR = "crewed-aircraft-near"
    SEPARATION_LOST = "separation-lost"
    DRONES_CONVERGE = "drones-converge"
    SEPARATION_UNKNOWN = "separation-unknown"  # near one of which nobody knows where it is
    REACH_TOUCHES_EDGE = "reach-touches-edge"  # not heard for so long that it may be across an edge by now
    POSITION_UNTRUSTED = "position-untrusted"
    TELEMETRY_STALE = "telemetry-stale"
    LINK_LOST = "link-lost"
    UPLINK_LOST = "uplink-lost"
    ENFORCEMENT_DOWN = "enforcement-down"
    PILOT_HAS_CONTROL = "pilot-has-control"
    COMMAND_NOT_ACKED = "command-not-acknowledged"
    COMMAND_NOT_OBEYED = "command-not-obeyed"
    FENCE_NOT_VERIFIED = "fence-not-verified"
    FENCE_BREACH_ON_BOARD = "fence-breach-on-board"
    ARMED_WITHOUT_CLEARANCE = "armed-without-clearance"
    GNSS_DENIED = "gnss-denied"
    FLIES_WITHDRAWN = "flies-withdrawn"  # its clearance was taken back in flight
    SLOT_ENDS_IN_5_MIN = "slot-ends-in-5-min"
    SLOT_ENDS_IN_1_MIN = "slot-ends-in-1-min"
    SLOT_OVERRUN = "slot-overrun"
    BATTERY_UNDER_RESERVE = "battery-under-reserve"
    VEHICLE_REBOOTED = "vehicle-rebooted"
    RESTORE_DUE = "restore-due"  # its slot is over, and it still has what the range wrote
    SYSID_CLASH = "sysid-clash"
    VEHICLE_UNJUDGED = "vehicle-unjudged"  # judging it raised an exception: UNKNOWN, and said so
    RECORDER_FAILING = "recorder-failing"
    LINK_DOWN = "link-down"  # an endpoint can't be opened or broke
    PACKETS_DROPPED_HERE = "packets-dropped-here"  # by the kernel, since nobody read them in time
    PACKETS_UNSIGNED = "packets-unsigned"  # of a vehicle that has a key, or where nothing may pass unsigned
    SIGNATURE_WRONG = "signature-wrong"
    PACKETS_REPLAYED = "packets-replayed"
    KEYS_UNREADABLE = "keys-unreadable"


OF_A_LINK: Final = frozenset(
    [
        Condition.LINK_DOWN,
        Condition.PACKETS_DROPPED_HERE,
        Condition.PACKETS_UNSIGNED,
        Condition.SIGNATURE_WRONG,
        Condition.PACKETS_REPLAYED,
    ]
)
"""Whose source is a link's URI."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What an operator needs of one condition. on/off delays keep a noisy condition from chattering."""

    condition: Condition
    priority: Priority
    title: str
    action: str
    on_delay_s: float = 0.0
    off_delay_s: float = 2.0
    latching: bool = False
