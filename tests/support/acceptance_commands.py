"""The acceptance flight that the range commands by itself: no pilot touches it between arming and the fall."""

from dataclasses import dataclass, field

from acceptance_flights import COMPID, ELEVATION_AMSL_M, RANGE, Flight, mission, offset, place
from range_ground import RangeGround

from rangeops.adapters.mavlink.transactions import Done
from rangeops.adapters.mavlink.transfer import Item, PlanKind, Upload
from rangeops.domain.commands import CommandKind, CommandProgress, CommandTarget

UP_M = 12.0
FENCE_M = 150.0
_K = CommandKind


@dataclass
class Commanded:
    """Each command's end, by what it was to show; and what the vehicle was seen doing then."""

    ends: dict[str, CommandProgress] = field(default_factory=dict)
    height_m: float = 0.0
    fence_enabled: list[bool] = field(default_factory=list)
    paused_mps: float = 99.0
    modes: list[str] = field(default_factory=list)


def commands(flight: Flight) -> Commanded:
    seen = Commanded()
    with flight.crew() as (ground, _):
        flight.until_trusted(ground)
        ground.until(lambda: ground.vehicle(flight.sysid).identity, 20, "AUTOPILOT_VERSION")
        ground.until(lambda: (h := ground.state(flight.sysid).health) is not None and h.prearm_ok, 60, "ready to arm")
        crew = _Crew(flight, ground, seen)
        _on_the_ground(crew)
        _up_and_away(crew)
        _against_its_fence(crew)
        _mission(crew)
        crew.gives("terminate alone", _K.TERMINATE)
        crew.gives("terminate", _K.TERMINATE, second="another")
    return seen


@dataclass
class _Crew:
    flight: Flight
    ground: RangeGround
    seen: Commanded

    def gives(
        self, name: str, kind: CommandKind, target: CommandTarget | None = None, *, second: str = ""
    ) -> CommandProgress:
        order = self.ground.order(kind, self.flight.sysid, target=target, second=second)
        self.ground.until(lambda: self.ground.over(order), 60, f"the end of {name}")
        progress = self.ground.progress(order)
        assert progress is not None
        self.seen.ends[name] = progress
        return progress

    def at(self, north_m: float, east_m: float, height_m: float) -> CommandTarget:
        latitude_deg, longitude_deg = offset(place(self.flight.sysid), north_m, east_m)
        return CommandTarget(None, latitude_deg, longitude_deg, ELEVATION_AMSL_M + height_m)

    def uploads(self, kind: PlanKind, items: list[Item]) -> None:
        up = self.ground.carry_through(self.flight.sysid, Upload(self.flight.sysid, RANGE, COMPID, kind, items))
        assert isinstance(up, Done), up

    def fence_enabled(self) -> bool:
        health = self.ground.state(self.flight.sysid).health
        return health is not None and health.fence_enabled


def _on_the_ground(crew: _Crew) -> None:
    crew.gives("hold", _K.HOLD)
    crew.gives("arm in BRAKE", _K.ARM)
    crew.gives("goto on the ground", _K.GOTO, crew.at(60, 0, UP_M))  # GUIDED, which is armable; and nothing moves
    crew.gives("take-off disarmed", _K.TAKEOFF, CommandTarget(UP_M))
    crew.gives("arm", _K.ARM)
    crew.gives("disarm", _K.DISARM)
    crew.gives("arm again", _K.ARM)


def _up_and_away(crew: _Crew) -> None:
    crew.gives("takeoff", _K.TAKEOFF, CommandTarget(UP_M))
    position = crew.ground.trusted(crew.flight.sysid)
    crew.seen.height_m = 0.0 if position is None else position.height_above_home_m
    crew.gives("disarm in the air", _K.DISARM)
    crew.gives("take-off in the air", _K.TAKEOFF, CommandTarget(UP_M + 10))
    crew.gives("pause without a mission", _K.PAUSE)
    crew.gives("goto", _K.GOTO, crew.at(60, 0, UP_M + 3))


def _against_its_fence(crew: _Crew) -> None:
    latitude_deg, longitude_deg = place(crew.flight.sysid)
    circle = Item(5003, 0, round(latitude_deg * 1e7), round(longitude_deg * 1e7), param1=FENCE_M)
    crew.uploads(PlanKind.FENCE, [circle])
    crew.gives("fence-on", _K.FENCE_ON)
    crew.seen.fence_enabled.append(crew.fence_enabled())
    crew.gives("hold in the air", _K.HOLD)
    crew.gives("goto outside its fence", _K.GOTO, crew.at(2 * FENCE_M, 0, UP_M))
    crew.seen.modes.append(crew.ground.state(crew.flight.sysid).mode)
    crew.gives("fence-off", _K.FENCE_OFF)
    crew.seen.fence_enabled.append(crew.fence_enabled())


def _mission(crew: _Crew) -> None:
    crew.uploads(PlanKind.MISSION, mission(place(crew.flight.sysid)))
    crew.gives("continue", _K.CONTINUE)
    texts = crew.ground.texts
    crew.ground.until(lambda: any("Mission: 2" in text for text in texts(crew.flight.sysid)), 20, "its first waypoint")
    crew.ground.until(
        lambda: (p := crew.ground.trusted(crew.flight.sysid)) is not None and p.ground_speed_mps > 3, 20, "on its way"
    )
    crew.gives("pause", _K.PAUSE)
    crew.ground.wait(3)
    position = crew.ground.trusted(crew.flight.sysid)
    crew.seen.paused_mps = 99.0 if position is None else position.ground_speed_mps
    crew.seen.modes.append(crew.ground.state(crew.flight.sysid).mode)
    crew.gives("continue where it paused", _K.CONTINUE)
