"""What the range can tell a vehicle to do, and how far each command has got."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

from rangeops.domain.telemetry import Sysid

CommandId = NewType("CommandId", str)


class CommandKind(Enum):
    """Hold is BRAKE on a copter, LOITER on a plane, HOLD on a rover: a copter's LOITER without RC sinks."""

    HOLD = "hold"
    RTL = "rtl"
    LAND = "land"
    LOAD_FENCE = "load-fence"  # upload the order's flight geography, enable it, read it back
    RESTORE = "restore"  # put back what the vehicle had before LOAD_FENCE, and read it back


ON_THE_GROUND = frozenset([CommandKind.LOAD_FENCE, CommandKind.RESTORE])
"""What is written to a disarmed vehicle: no deed of enforcement."""


class CommandStage(Enum):
    """A command is done when the vehicle is *seen* doing it; an ack alone is not it."""

    QUEUED = "queued"
    SENT = "sent"
    ACKED = "acked"
    SEEN = "seen"
    REFUSED = "refused"  # the vehicle said no; `detail` has its words
    NO_ACK = "no-ack"  # silence: the uplink may be dead, which is not disobedience
    NOT_OBEYED = "not-obeyed"  # acked, and trusted telemetry shows that it doesn't do it
    SUPERSEDED = "superseded"  # a later, more urgent command took its place


FINAL_STAGES = frozenset(
    [CommandStage.SEEN, CommandStage.REFUSED, CommandStage.NO_ACK, CommandStage.NOT_OBEYED, CommandStage.SUPERSEDED]
)


@dataclass(frozen=True, slots=True)
class CommandOrder:
    """One command, wanted by somebody for a reason. `by` is an operator's name, or "policy" for the range itself."""

    id: CommandId
    sysid: Sysid
    kind: CommandKind
    by: str
    reason: str


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
