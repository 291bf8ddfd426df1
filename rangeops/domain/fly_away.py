"""Fly-away: a vehicle that was told to stop or to come back, and moves away.

Judged by trusted positions alone, from the moment that it is in the mode which was asked for (or, where it never gets
there, by its distance beyond its volume). A gap in trusted positions begins anew: a jump when trust returns is none.
A pilot who has taken it over, or a mode that does something else, is no fly-away either: those are alarms of their own.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.commands import CommandId, CommandKind, CommandProgress, CommandStage
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.episodes import does
from rangeops.domain.now import Now
from rangeops.domain.stopping import landing_distance_m, stopping_distance_m
from rangeops.domain.telemetry import PositionReport, VehicleState

BEYOND_M: Final = 15.0  # of wind, GNSS and position-keeping, besides its stopping distance
CIRCLE_M: Final = 250.0  # a plane holds and waits at home on circles, and turns before it flies back
OUTWARD_MPS: Final = 1.0  # slower than this it drifts, and doesn't fly away
UNTOLD_S: Final = 5.0  # after a command that isn't seen obeyed so long, only its distance tells
_WATCHED: Final = frozenset([CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND])
_OUTSIDE: Final = frozenset([Standing.BUFFER, Standing.OUTSIDE_RANGE])
_ROUNDABOUT: Final = frozenset(
    ["SMART_RTL", "AUTO_RTL"]
)  # home by the way it came, or by its mission: away from it at first
ToSite = Callable[[float, float], tuple[float, float]]
_UNSEEN: Final = frozenset(
    [CommandStage.SENT, CommandStage.ACKED, CommandStage.NO_ACK, CommandStage.NOT_OBEYED, CommandStage.REFUSED]
)


@dataclass(frozen=True, slots=True)
class _From:
    """From where it is measured: the place where it was told to stop, or home; away_m: how far it was then, at least."""

    command: CommandId
    east_m: float
    north_m: float
    away_m: float
    allowed_m: float


@dataclass(frozen=True, slots=True)
class Look:
    """What it is judged on. last: the newest stop that it was told. to_site: degrees to metres east and north; None: before the first orders."""

    state: VehicleState
    last: CommandProgress | None
    exposure: Exposure
    airframe: Airframe | None
    to_site: ToSite | None
    airborne: bool
    pilot_has_control: bool


class FlyAway:
    """One vehicle's. Ask it with every look; what comes back is why it is one, "" where it isn't."""

    def __init__(self) -> None:
        self._from: _From | None = None
        self._margin: tuple[CommandId, float, float] | None = None  # since when, and how far outside then

    def judge(self, look: Look, now: Now) -> str:
        state, last = look.state, look.last
        position = state.trusted_position(now)
        watched = last is not None and last.order.kind in _WATCHED and look.airborne and not look.pilot_has_control
        if last is None or not watched or position is None or look.to_site is None or state.mode in _ROUNDABOUT:
            self._from = self._margin = None
            return ""
        if does(last.order.kind, state.mode, state.vehicle_class):
            self._margin = None
            return self._obeying(look, last, position, look.to_site)
        self._from = None
        return self._not_seen(last, look.exposure, now)

    def _obeying(self, look: Look, last: CommandProgress, position: PositionReport, to_site: ToSite) -> str:
        """It says that it does what it was told: held against where it must then be."""
        east_m, north_m = to_site(position.latitude_deg, position.longitude_deg)
        start = self._from
        if start is None or start.command != last.order.id:
            start = self._from = _start(look, last, position, to_site)
        away_m = math.hypot(east_m - start.east_m, north_m - start.north_m)
        if away_m <= start.away_m + start.allowed_m or away_m == 0.0:
            return ""
        outward_mps = (
            (east_m - start.east_m) * position.velocity_east_mps
            + (north_m - start.north_m) * position.velocity_north_mps
        ) / away_m
        if outward_mps < OUTWARD_MPS:
            return ""
        of = "home" if last.order.kind is CommandKind.RTL else "where it was told"
        return f"{away_m:.0f} m from {of}, {outward_mps:.0f} m/s outward"

    def _not_seen(self, last: CommandProgress, exposure: Exposure, now: Now) -> str:
        """It was told, and is seen doing something else: only what leads ever farther out is a fly-away."""
        margin_m = exposure.margin_m
        if last.stage not in _UNSEEN or exposure.standing not in _OUTSIDE or margin_m is None:
            self._margin = None
            return ""
        if self._margin is None or self._margin[0] != last.order.id:
            self._margin = (last.order.id, now.monotonic_s, margin_m)
        _, since_s, first_m = self._margin
        farther_m = first_m - margin_m
        if now.monotonic_s - since_s < UNTOLD_S or farther_m <= BEYOND_M:
            return ""
        return f"{-margin_m:.0f} m outside, {farther_m:.0f} m farther since it was told"


def _start(look: Look, last: CommandProgress, position: PositionReport, to_site: ToSite) -> _From:
    kind, speed_mps = last.order.kind, position.ground_speed_mps
    stop_m = (landing_distance_m if kind is CommandKind.LAND else stopping_distance_m)(look.airframe, speed_mps)
    circles = look.state.vehicle_class is VehicleClass.PLANE and kind is not CommandKind.LAND
    allowed_m = stop_m + (CIRCLE_M if circles else BEYOND_M)
    place = to_site(position.latitude_deg, position.longitude_deg)
    home_at = look.state.home
    if kind is CommandKind.RTL and home_at is not None:
        home = to_site(home_at.latitude_deg, home_at.longitude_deg)
        away_m = math.hypot(place[0] - home[0], place[1] - home[1])
        return _From(last.order.id, *home, away_m, allowed_m)
    return _From(last.order.id, *place, 0.0, allowed_m)
