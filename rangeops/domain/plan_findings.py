"""What the plan checker finds: codes and figures, no words. rangeops.services.plan_text says them to people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from rangeops.domain.plan_fixes import Fix
from rangeops.domain.plans import WaypointNumber


class Code(Enum):
    """Stable: docs, SARIF files and companies' own scripts name them."""

    FMT_01 = "FMT-01"
    FMT_02 = "FMT-02"
    FMT_03 = "FMT-03"
    CMD_01 = "CMD-01"
    CMD_02 = "CMD-02"
    CMD_03 = "CMD-03"
    GEO_01 = "GEO-01"
    GEO_02 = "GEO-02"
    GEO_03 = "GEO-03"
    GEO_04 = "GEO-04"
    GEO_05 = "GEO-05"
    GEO_06 = "GEO-06"
    GEO_07 = "GEO-07"
    GEO_08 = "GEO-08"
    GEO_09 = "GEO-09"
    ALT_01 = "ALT-01"
    ALT_02 = "ALT-02"
    ALT_03 = "ALT-03"
    ALT_04 = "ALT-04"
    ALT_05 = "ALT-05"
    LINK_01 = "LINK-01"
    LINK_02 = "LINK-02"
    SPD_01 = "SPD-01"
    ENE_01 = "ENE-01"
    TIME_01 = "TIME-01"
    TIME_02 = "TIME-02"
    TIME_03 = "TIME-03"
    REG_01 = "REG-01"


class Outcome(Enum):
    """What can't be checked never passes."""

    PASSED = "passed"
    REFUSED = "refused"
    CANNOT_CHECK = "cannot check"


class Reason(Enum):
    """Which defect of its rule a finding is: one sentence each in plan_text."""

    UNEXPANDABLE = "unexpandable"
    NO_HOME = "no-home"
    TERRAIN_FRAME = "terrain-frame"
    UNKNOWN_FRAME = "unknown-frame"
    NO_COURSE = "no-course"
    GROUND_UNKNOWN = "ground-unknown"
    VEHICLE_CLASS = "vehicle-class"
    CARRIES_EXTRAS = "carries-extras"
    FENCE_DIFFERS = "fence-differs"
    FAR_AWAY = "far-away"
    UNKNOWN_COMMAND = "unknown-command"
    JUMP_NO_TARGET = "jump-no-target"
    JUMP_ENDLESS = "jump-endless"
    MISSION_TOO_LONG = "mission-too-long"
    NEVER_ENDS = "never-ends"
    NO_TAKE_OFF = "no-take-off"
    NO_LANDING = "no-landing"
    OUTSIDE = "outside"
    TOO_CLOSE = "too-close"
    LEG_LEAVES = "leg-leaves"
    CIRCLE_LEAVES = "circle-leaves"
    SPLINE_LEAVES = "spline-leaves"
    CORNER_LEAVES = "corner-leaves"
    ENTERS_ZONE = "enters-zone"
    RETURN_LEAVES = "return-leaves"
    RETURN_TOO_HIGH = "return-too-high"
    RETURN_TOO_LOW = "return-too-low"
    RETURN_ENTERS_ZONE = "return-enters-zone"
    VOLUME_LEAVES_RANGE = "volume-leaves-range"
    VOLUME_TOUCHES_ZONE = "volume-touches-zone"
    NO_ROOM = "no-room"
    HOLD_LEAVES = "hold-leaves"
    RTL_CIRCLE_LEAVES = "rtl-circle-leaves"
    LANDING_FORBIDDEN = "landing-forbidden"
    LANDING_UNSAFE = "landing-unsafe"
    LANDING_FAR = "landing-far"
    OVER_NO_LANDING = "over-no-landing"
    ENTERS_OTHER_SLOT = "enters-other-slot"
    ABOVE_CEILING = "above-ceiling"
    ABOVE_120_M = "above-120-m"
    TOO_LOW = "too-low"
    HOME_ALTITUDE = "home-altitude"
    NO_ROOM_ABOVE = "no-room-above"
    NO_ROOM_BELOW = "no-room-below"
    LINK_UNKNOWN = "link-unknown"
    OUT_OF_RANGE = "out-of-range"
    HIDDEN = "hidden"
    OUT_OF_SIGHT = "out-of-sight"
    TOO_FAST = "too-fast"
    CRUISES_TOO_FAST = "cruises-too-fast"
    ENERGY = "energy"
    SLOT_TOO_SHORT = "slot-too-short"
    DARK = "dark"
    DAYLIGHT_UNKNOWN = "daylight-unknown"
    RANGE_SHUT = "range-shut"
    EXPIRED = "expired"
    NEVER_SHOWN = "never-shown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect. waypoint: 0 is home. params: figures with their unit in the name, and names of edges and zones."""

    code: Code
    reason: Reason
    outcome: Outcome = Outcome.REFUSED
    waypoint: WaypointNumber | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    params: Mapping[str, float | str] = field(default_factory=dict)
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule's answer; without findings it passed. judged: False where the route isn't known."""

    code: Code
    findings: tuple[Finding, ...]
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    answers: tuple[RuleAnswer, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for answer in self.answers for finding in answer.findings)

    @property
    def outcome(self) -> Outcome:
        outcomes = {finding.outcome for finding in self.findings}
        if Outcome.REFUSED in outcomes:
            return Outcome.REFUSED
        if Outcome.CANNOT_CHECK in outcomes or not all(answer.judged for answer in self.answers):
            return Outcome.CANNOT_CHECK
        return Outcome.PASSED
