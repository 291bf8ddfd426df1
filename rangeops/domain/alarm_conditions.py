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
    PROHIBITED_ZONE = "prohibited-zone"  # is in it, or will be
    ABOVE_CEILING = "above-ceiling"  # of its flight geography: is, or will be
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
    WAY_HOME_BLOCKED = "way-home-blocked"  # the range would bring it home, and holds it instead
    CANT_HOLD = "cant-hold"  # it refuses a mode for want of a position
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
    FAILSAFE_ON_BOARD = "failsafe-on-board"  # the autopilot says that one of its own acts
    VEHICLE_REBOOTED = "vehicle-rebooted"
    RESTORE_DUE = "restore-due"  # its slot is over, and it still has what the range wrote
    SYSID_CLASH = "sysid-clash"
    VEHICLE_UNJUDGED = "vehicle-unjudged"  # judging it raised an exception: UNKNOWN, and said so
    RECORDER_FAILING = "recorder-failing"
    RECORD_NOT_SIGNED = "record-not-signed"  # or its checkpoints aren't kept where they are to be
    EVIDENCE_SIGNATURES_MISSING = (
        "evidence-signatures-missing"  # something that was signed is gone; nothing more is signed
    )
    LINK_DOWN = "link-down"  # an endpoint can't be opened or broke
    PACKETS_DROPPED_HERE = "packets-dropped-here"  # by the kernel, since nobody read them in time
    PACKETS_UNSIGNED = "packets-unsigned"  # of a vehicle that has a key, or where nothing may pass unsigned
    SIGNATURE_WRONG = "signature-wrong"
    PACKETS_REPLAYED = "packets-replayed"
    KEYS_UNREADABLE = "keys-unreadable"
    FLY_AWAY = "fly-away"  # it was told to stop or to come back, and moves away
    GCS_FAILSAFE_NOT_ARMED = "gcs-failsafe-not-armed"  # it would fly on if this range fell silent
    CLOCK_NOT_SYNCHRONISED = "clock-not-synchronised"
    WIND_OVER_LIMIT = "wind-over-limit"
    OBSERVATION_TOO_OLD = "observation-too-old"  # of the weather: nothing tells the wind of now
    DAYLIGHT_ENDING = "daylight-ending"


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


class SourceState(Enum):
    """What a source is in that makes some of its alarms say nothing."""

    ON_GROUND = "disarmed on the ground"


@dataclass(frozen=True, slots=True)
class Deadband:
    """How far a value must be back inside its limit before the condition counts as over."""

    amount: float
    unit: str


SHELF_MIN: Final = {Priority.P1: 0.0, Priority.P2: 15.0, Priority.P3: 60.0}
"""How long a person may shelve one at most; 0: never."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What an operator needs of one condition.

    action: a few words for the screen. limit: what it is held against. on/off delays and the deadband keep a noisy condition
    from chattering. cause, consequence, response and respond_s (time to respond, counted from when it is shown) are the
    rationalisation that ISA-18.2 asks for. suppressed_by: while one of these stands at the same source, this one
    says nothing new; suppressed_while: likewise in these states. shelf_min: at most; None: what its priority allows.
    """

    condition: Condition
    priority: Priority
    title: str
    action: str
    on_delay_s: float = 0.0
    off_delay_s: float = 2.0
    latching: bool = False
    deadband: Deadband | None = None
    limit: str = ""
    cause: str = ""
    consequence: str = ""
    response: str = ""
    respond_s: float = 0.0
    suppressed_by: tuple[Condition, ...] = ()
    suppressed_while: tuple[SourceState, ...] = ()
    shelf_min: float | None = None

    @property
    def longest_shelf_s(self) -> float:
        allowed_min = SHELF_MIN[self.priority]
        return 60.0 * (allowed_min if self.shelf_min is None else min(self.shelf_min, allowed_min))
