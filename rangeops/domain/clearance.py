"""Clearance: the range's word to fly, and the words and proofs that it stands on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rangeops.domain.commands import CommandKind
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid

CLEARABLE: Final = frozenset([SlotState.BRIEFED, SlotState.ACTIVE])  # ACTIVE: after a withdrawal or a flight
STOP_PATH: Final = (CommandKind.HOLD, CommandKind.RTL)


@dataclass(frozen=True, slots=True)
class Bound:
    """What a word is about: another plan, another version of the slot, and it counts no more."""

    plan: str
    slot_version: int


@dataclass(frozen=True, slots=True)
class Vote:
    """One role's go or no-go. by: who entered it; who: who said it. why: of a no-go."""

    role: str
    go: bool
    who: str
    by: str
    utc: datetime
    about: Bound
    why: str = ""


@dataclass(frozen=True, slots=True)
class SafetyWord:
    by: str
    utc: datetime
    about: Bound


@dataclass(frozen=True, slots=True)
class ParameterCheck:
    """What a vehicle's firmware and whole table were when they were read. sha256: parameters.table_sha256."""

    firmware: str
    sha256: str
    utc: datetime
    by: str


@dataclass(frozen=True, slots=True)
class StopProof:
    """A hold or a return that was commanded and seen, by trusted telemetry, by anybody, on the ground or in the air."""

    sysid: Sysid
    company: str
    kind: CommandKind
    utc: datetime
    command: str


@dataclass(frozen=True, slots=True)
class Clearance:
    """What is stored of one slot's clearance.

    fence_sha256: of the compiled fence that this slot's vehicle gave back equal; None: none, or not since a reboot.
    rtl_altitude_m: above home, given when the slot was briefed; separated from its neighbours'.
    agreed_by, agreed_sha256: who agreed by word to which diff of what is written to the vehicle.
    zones_sha256: of the zones under which it was cleared last. rechecked_sha256: under which it was looked at anew.
    withdrawn: the word was taken back, and no other given since: who flies on is brought back as the policy says.
    armed_utc: since it was given, the vehicle was seen armed. votes, word: for the take-off to come.
    flights: how many its clearances came to.
    """

    slot: SlotId
    cleared: bool = False
    by: str = ""
    changed_utc: datetime | None = None
    fence_sha256: str | None = None
    fence_detail: str = "no read-back yet"
    rtl_altitude_m: float | None = None
    agreed_by: str = ""
    agreed_sha256: str = ""
    zones_sha256: str = ""
    withdrawn: bool = False
    armed_utc: datetime | None = None
    votes: tuple[Vote, ...] = ()
    word: SafetyWord | None = None
    check: ParameterCheck | None = None
    rechecked_sha256: str = ""
    flights: int = 0


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """What the watch says of the vehicle just now. fence: as VehicleView has it. None: not measured."""

    trusted: bool
    uplink_ok: bool
    armed: bool
    fence: str = "unknown"
    lost_percent: float | None = None
    round_trip_s: float | None = None


def bound_of(slot: Slot) -> Bound:
    return Bound(slot.plan or "", slot.version)


def standing_votes(clearance: Clearance, slot: Slot) -> tuple[Vote, ...]:
    """The last word of each role on the plan and the slot as they are now."""
    last = {vote.role: vote for vote in clearance.votes if vote.about == bound_of(slot)}
    return tuple(last.values())
