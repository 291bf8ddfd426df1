"""Mission, fence and rally items as the vehicle stores them."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class ItemType(IntEnum):
    """MAV_MISSION_TYPE."""

    MISSION = 0
    FENCE = 1
    RALLY = 2


class Command(IntEnum):
    """The MAV_CMD numbers that items carry here."""

    NAV_WAYPOINT = 16
    NAV_LOITER_UNLIM = 17
    NAV_LOITER_TURNS = 18
    NAV_LOITER_TIME = 19
    NAV_RETURN_TO_LAUNCH = 20
    NAV_LAND = 21
    NAV_TAKEOFF = 22
    NAV_SPLINE_WAYPOINT = 82
    NAV_DELAY = 93
    CONDITION_DELAY = 112
    CONDITION_DISTANCE = 114
    CONDITION_YAW = 115
    DO_JUMP = 177
    DO_CHANGE_SPEED = 178
    DO_SET_HOME = 179
    DO_FENCE_ENABLE = 207
    FENCE_RETURN_POINT = 5000
    FENCE_POLYGON_INCLUSION = 5001
    FENCE_POLYGON_EXCLUSION = 5002
    FENCE_CIRCLE_INCLUSION = 5003
    FENCE_CIRCLE_EXCLUSION = 5004
    RALLY_POINT = 5100


NAMES: Final = {  # as ArduPilot's "Mission: 2 WP" texts say them
    Command.NAV_WAYPOINT: "WP",
    Command.NAV_LOITER_UNLIM: "LoitUnlim",
    Command.NAV_LOITER_TURNS: "LoitTurns",
    Command.NAV_LOITER_TIME: "LoitTime",
    Command.NAV_RETURN_TO_LAUNCH: "RTL",
    Command.NAV_LAND: "Land",
    Command.NAV_TAKEOFF: "Takeoff",
    Command.NAV_SPLINE_WAYPOINT: "SplineWP",
    Command.NAV_DELAY: "Delay",
    Command.CONDITION_DELAY: "CondDelay",
    Command.CONDITION_DISTANCE: "CondDist",
    Command.CONDITION_YAW: "CondYaw",
    Command.DO_JUMP: "Jump",
    Command.DO_CHANGE_SPEED: "ChangeSpeed",
    Command.DO_SET_HOME: "SetHome",
    Command.DO_FENCE_ENABLE: "FenceEnable",
}

# Commands that a camera, a servo or a script would carry out: stored, named in a text, and done at once.
PAYLOAD_COMMANDS: Final = {
    181: "SetRelay", 182: "RepeatRelay", 183: "SetServo", 184: "RepeatServo", 189: "LandStart", 195: "SetROI",
    197: "SetROI", 201: "SetROI", 202: "DigiCamCfg", 203: "DigiCamCtrl", 205: "MountControl", 206: "SetCamTrigDst",
    211: "Gripper", 216: "Sprayer", 218: "AuxFunction", 530: "SetCamera", 2000: "ImageStartCapture",
    2001: "ImageStopCapture", 2500: "VideoStartCapture", 2501: "VideoStopCapture",
}  # fmt: skip

NAVIGATION: Final = frozenset(
    [
        Command.NAV_WAYPOINT, Command.NAV_LOITER_UNLIM, Command.NAV_LOITER_TURNS, Command.NAV_LOITER_TIME,
        Command.NAV_RETURN_TO_LAUNCH, Command.NAV_LAND, Command.NAV_TAKEOFF, Command.NAV_SPLINE_WAYPOINT,
        Command.NAV_DELAY,
    ]
)  # fmt: skip

FRAME_GLOBAL: Final = 0
FRAME_MISSION: Final = 2
FRAME_RELATIVE: Final = 3
FRAME_GLOBAL_INT: Final = 5
FRAME_RELATIVE_INT: Final = 6
FRAME_TERRAIN: Final = 10
FRAME_TERRAIN_INT: Final = 11
GLOBAL_FRAMES: Final = frozenset(
    [FRAME_GLOBAL, FRAME_RELATIVE, FRAME_GLOBAL_INT, FRAME_RELATIVE_INT, FRAME_TERRAIN, FRAME_TERRAIN_INT]
)
RELATIVE_FRAMES: Final = frozenset([FRAME_RELATIVE, FRAME_RELATIVE_INT, FRAME_TERRAIN, FRAME_TERRAIN_INT])


@dataclass(frozen=True, slots=True)
class Item:
    """One stored item. x, y: degrees · 1e7; z: metres in `frame`."""

    command: int
    frame: int = FRAME_RELATIVE
    param1: float = 0.0
    param2: float = 0.0
    param3: float = 0.0
    param4: float = 0.0
    x: int = 0
    y: int = 0
    z: float = 0.0

    @property
    def name(self) -> str:
        return NAMES.get(self.command) or PAYLOAD_COMMANDS.get(self.command, "?")  # type: ignore[call-overload]

    @property
    def has_place(self) -> bool:
        return self.x != 0 or self.y != 0
