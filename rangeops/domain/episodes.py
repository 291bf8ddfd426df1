"""One vehicle's excursion, or forecast of one: what was told, what holds the range back, and who decided.

Kept on the watch's disk, so that a restart knows it. What moves it is the Enforcer (enforcement.py); what moved is told
by `steps`, for the journal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import POLICY, CommandId, CommandKind, CommandStage
from rangeops.domain.policy import Rung
from rangeops.domain.telemetry import VehicleState

INHIBIT_S: Final = 10.0  # the longest that a person holds automation back
LET_HIM_FLY: Final = "let him fly"  # the decision to leave a vehicle to the pilot who took it over

_SAFE_MODES: Final = {
    CommandKind.HOLD: frozenset(["BRAKE", "HOLD"]),
    CommandKind.RTL: frozenset(["RTL", "SMART_RTL", "QRTL", "AUTO_RTL"]),
    CommandKind.LAND: frozenset(["LAND", "QLAND"]),
}
"""Modes that do what a command asks; a vehicle in one of them needs no telling, and no pilot has taken it there."""

FAILSAFE_MODES: Final = frozenset[str]().union(
    *_SAFE_MODES.values(), ["ALT_HOLD", "AUTO", "AVOID_ADSB", "CIRCLE", "FBWA"]
)
"""Where an autopilot's own failsafe leads. It says CRITICAL from then on to the landing: any other mode is a pilot's doing."""


@dataclass(frozen=True, slots=True)
class Inhibit:
    """A person's word to wait with what the range would do by itself. One a rung and episode: it can't be renewed."""

    rung: Rung
    command: CommandKind
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Episode:
    """From first rung to its end.

    command, command_id, by, stage: what was last told, by whom, and how far it got.
    blocked: the way home was not clear; crossed: by what (empty: it isn't known). lacks_position: the vehicle refused a
    mode for want of one. inhibits: each that was given; inhibited: the last one holds now.
    pilot_has_control: he took it over, and nobody has decided yet. decision: what a person decided then ("hold", "rtl",
    LET_HIM_FLY), by decided_by; after it the range sends nothing by itself.
    """

    opened_utc: datetime
    rung: Rung
    command: CommandKind | None = None
    command_id: CommandId | None = None
    by: str = POLICY
    stage: CommandStage | None = None
    pilot_has_control: bool = False
    blocked: bool = False
    crossed: tuple[str, ...] = ()
    lacks_position: bool = False
    inhibits: tuple[Inhibit, ...] = ()
    inhibited: bool = False
    decision: str = ""
    decided_by: str = ""

    @property
    def left_to_people(self) -> bool:
        """A pilot took over: the range sends nothing by itself until the episode is over."""
        return self.pilot_has_control or bool(self.decision)

    @property
    def way_home(self) -> str:
        """What stands in the way home, for people; "" where nothing does."""
        if not self.blocked:
            return ""
        return f"crosses {', '.join(self.crossed)}" if self.crossed else "isn't known"


class Step(Enum):
    """What moved in an episode, for the journal. Commands and their stages are told by themselves."""

    OPENED = "opened"
    WORSE = "worse"
    WAY_BLOCKED = "way-blocked"
    WAY_CLEAR = "way-clear"
    NO_POSITION = "no-position"
    INHIBITED = "inhibited"
    INHIBIT_ENDED = "inhibit-ended"
    PILOT_TOOK_OVER = "pilot-took-over"
    DECIDED = "decided"
    OVER = "over"


def does(kind: CommandKind, mode: str, vehicle_class: VehicleClass) -> bool:
    """Does this mode do what the command asks? A plane's hold is LOITER; a copter's isn't."""
    if kind is CommandKind.HOLD and vehicle_class is VehicleClass.PLANE:
        return mode == "LOITER"
    return mode in _SAFE_MODES.get(kind, frozenset())


def is_doing(kind: CommandKind, state: VehicleState) -> bool:
    return does(kind, state.mode, state.vehicle_class)


def steps(before: Episode | None, after: Episode | None) -> Iterator[tuple[Step, str, str]]:
    """(what moved, who did it or "", details for people), in the order in which it matters."""
    if after is None:
        if before is not None:
            yield Step.OVER, "", ""
        return
    was = before or Episode(after.opened_utc, after.rung)
    if before is None or after.rung > was.rung:
        yield (Step.OPENED if before is None else Step.WORSE), "", after.rung.name.lower().replace("_", " ")
    if after.inhibited != was.inhibited:
        given = after.inhibits[-1]
        yield (Step.INHIBITED, given.by, given.reason) if after.inhibited else (Step.INHIBIT_ENDED, given.by, "")
    if after.lacks_position and not was.lacks_position:
        yield Step.NO_POSITION, "", after.command.value if after.command else ""
    if after.way_home != was.way_home:
        yield (Step.WAY_BLOCKED if after.blocked else Step.WAY_CLEAR), "", after.way_home
    yield from _people(was, after)


def _people(was: Episode, after: Episode) -> Iterator[tuple[Step, str, str]]:
    if after.pilot_has_control and not was.pilot_has_control:
        yield Step.PILOT_TOOK_OVER, "", ""
    if after.decision and (after.decision, after.decided_by) != (was.decision, was.decided_by):
        yield Step.DECIDED, after.decided_by, after.decision
