"""What the range can tell a vehicle to do, and how far each command has got."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, NewType

from rangeops.domain.telemetry import Sysid

CommandId = NewType("CommandId", str)

POLICY: Final = "policy"  # who orders, where no person does
WITHDRAWN: Final = "clearance withdrawn"  # why the policy commands a vehicle that is where it may be
NOT_SENT: Final = "not sent: "  # so begins the detail of what the range, and not the vehicle, refused; …
NEEDS_POSITION: Final = "the mode needs a position"  # so begins the detail of what a vehicle refuses for want of one
NOTHING_WRITTEN: Final = "; nothing was written"  # … so it ends, where a load had been sent as far as reading


class CommandKind(Enum):
    """Hold is BRAKE on a copter, LOITER on a plane, HOLD on a rover: a copter's LOITER without RC sinks."""

    HOLD = "hold"
    RTL = "rtl"
    LAND = "land"
    TERMINATE = "terminate"  # motors off where it is; two persons' word, never the range's own
    ARM = "arm"
    DISARM = "disarm"  # on the ground
    TAKEOFF = "takeoff"  # to a height above home
    GOTO = "goto"  # to a place at an altitude above mean sea level
    PAUSE = "pause"  # the mission
    CONTINUE = "continue"  # the mission
    FENCE_ON = "fence-on"
    FENCE_OFF = "fence-off"
    LOAD_FENCE = "load-fence"  # upload the order's flight geography, enable it, read it back
    RESTORE = "restore"  # put back what the vehicle had before LOAD_FENCE, and read it back


ON_THE_GROUND: Final = frozenset([CommandKind.LOAD_FENCE, CommandKind.RESTORE])
"""What is written to a disarmed vehicle: no deed of enforcement."""

STOPS: Final = frozenset([CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND, CommandKind.TERMINATE])
"""What overtakes whatever is under way or waits; nothing else is sent while one of them is under way."""

AUTOMATIC: Final = (CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND)
"""What the range may order by itself, mildest first."""

CHANGES_MODE: Final = STOPS - {CommandKind.TERMINATE} | {
    CommandKind.TAKEOFF,
    CommandKind.GOTO,
    CommandKind.PAUSE,
    CommandKind.CONTINUE,
}
"""What a vehicle may change its mode for: such a change so soon after is no pilot's."""

CLEARED_ONLY: Final = frozenset([CommandKind.ARM, CommandKind.TAKEOFF, CommandKind.GOTO, CommandKind.CONTINUE])
"""What brings a vehicle into the air or further in it: only under a cleared slot."""


class CommandStage(Enum):
    """A command is done when the vehicle is *seen* doing it; an ack alone is not it."""

    QUEUED = "queued"
    SENT = "sent"
    ACKED = "acked"
    SEEN = "seen"
    REFUSED = "refused"  # the vehicle said no, or the range did (`refused_by_range`); `detail` has the words
    NO_ACK = "no-ack"  # silence: the uplink may be dead, which is not disobedience
    NOT_OBEYED = "not-obeyed"  # acked, and trusted telemetry shows that it doesn't do it
    SUPERSEDED = "superseded"  # a later, more urgent command took its place


FINAL_STAGES = frozenset(
    [CommandStage.SEEN, CommandStage.REFUSED, CommandStage.NO_ACK, CommandStage.NOT_OBEYED, CommandStage.SUPERSEDED]
)


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """Where a command leads: TAKEOFF to a height above home, GOTO to a place at an altitude above mean sea level."""

    height_above_home_m: float | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    altitude_amsl_m: float | None = None


@dataclass(frozen=True, slots=True)
class CommandOrder:
    """One command, wanted by somebody for a reason. `by` is an operator's name, or "policy" for the range itself.

    second: who else gave their word, for what needs two persons. lease: the number of the lease under which it was
    sent; 0: of none. not_after_s: on the monotonic clock of the watch, which doesn't carry it out later.
    act: the one deed of which it is a part, as a sector's clearing; "" where it stands alone.
    """

    id: CommandId
    sysid: Sysid
    kind: CommandKind
    by: str
    reason: str
    target: CommandTarget | None = None
    second: str = ""
    lease: int = 0
    not_after_s: float | None = None
    act: str = ""

    @property
    def has_two_persons(self) -> bool:
        return bool(self.by and self.second) and self.by != self.second and POLICY not in (self.by, self.second)


@dataclass(frozen=True, slots=True)
class CommandProgress:
    """How far a command has got. Seconds count from `sent_utc`; None: not (yet)."""

    order: CommandOrder
    stage: CommandStage
    sent_utc: datetime | None = None
    attempts: int = 0
    ack_after_s: float | None = None
    seen_after_s: float | None = None
    detail: str = ""

    @property
    def refused_by_range(self) -> bool:
        """The no was the range's own: the vehicle disobeyed nothing, and nothing on it has changed."""
        ours = self.detail.startswith(NOT_SENT) or self.detail.endswith(NOTHING_WRITTEN)
        return ours and self.stage is CommandStage.REFUSED

    @property
    def lacks_position(self) -> bool:
        """The vehicle refused because it has no position, whatever its telemetry says."""
        return self.stage is CommandStage.REFUSED and self.detail.startswith(NEEDS_POSITION)


def not_sent(order: CommandOrder, why: str) -> CommandProgress:
    """The end of an order that the range itself refuses. why: one clause."""
    return CommandProgress(order, CommandStage.REFUSED, detail=f"{NOT_SENT}{why}")
