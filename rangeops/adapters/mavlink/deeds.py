"""What an order becomes on the wire, and what of a vehicle's telemetry shows it obeyed: one class a way of obeying.

A deed is made for one order (abilities.py chooses it) and remembers what it needs for its judgement. It does no I/O and
never believes an answer: acceptance is the machine's business (commands.py).
Source: MAVLink command protocol; docs/mavlink.md, commands.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rangeops.adapters.mavlink.messages import Message
from rangeops.domain.geodesy import flat_distance_m
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Heartbeat, LandedState, PositionReport, SystemHealth, SystemStatus, VehicleState

MODE_WITHIN_S: Final = 3.0  # of the acceptance: heartbeats come once a second
SLOWER_WITHIN_S: Final = 6.0  # of the mode: BRAKE from 10 m/s takes 4.8 s to rest
GIVE_UP_S: Final = 60.0  # no looking after this: the situation that it was meant for is over
PATIENCE_S: Final = 3.0  # what sets a vehicle in motion isn't sent later than this: its intent is stale, ask again
STOPPED_MPS: Final = 1.0
SLOWER: Final = 0.8  # of the fastest since the order was sent

LIFTS_WITHIN_S: Final = 10.0  # of the acceptance: a copter's motors spool up for 3.3 s
LIFTED_M: Final = 0.5
STALLED_S: Final = 6.0  # without a metre's third of climb: it has stopped
_CLIMBED_M: Final = 0.3
_TOP_M: Final = 1.0  # below the height that was asked: reached
_TAKEOFF_GIVE_UP_S: Final = 300.0

NEARER_M: Final = 5.0  # than the farthest since the order: it is on its way
ARRIVED_M: Final = 3.0
NEARER_WITHIN_S: Final = 10.0
CIRCLE_M: Final = 150.0  # a plane that circles its target is there
TURNED_WITHIN_S: Final = 40.0  # a plane turns round first, at some 100 m radius

FENCE_WITHIN_S: Final = 3.0  # SYS_STATUS comes twice a second


@dataclass(frozen=True, slots=True)
class Ask:
    """One message and the MAV_CMD that its COMMAND_ACK will name. make: given how often it was sent before."""

    command: int
    make: Callable[[int], Message]


class Deed:
    """Sends `steps` one after the other, each once the one before was accepted.

    patience_s: how long unanswered steps are sent again. begins_within_s: from the acceptance to `begun`; shows_within_s:
    from `begun` to `seen`. needs_ack: what telemetry shows may have other causes, so it counts after an acceptance only.
    mode: the flight mode that it leads to, if any. hint: what a refusal without words most probably means.
    """

    patience_s: float = PATIENCE_S
    begins_within_s: float = MODE_WITHIN_S
    shows_within_s: float = SLOWER_WITHIN_S
    gives_up_s: float = GIVE_UP_S
    needs_ack: bool = False
    mode: int | None = None
    hint: str = ""

    def __init__(self, *steps: Ask) -> None:
        self.steps = steps

    def look(self, state: VehicleState, now: Now) -> None:
        """Remember what the judgement needs; called with every change."""

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:
        """It shows, later than since_s, that the vehicle took the order: nothing more is sent."""
        raise NotImplementedError

    def seen(self, state: VehicleState, now: Now) -> bool:  # noqa: ARG002  # every deed's signature
        """What has begun shows as ordered. Many deeds are seen as soon as they have begun."""
        return True

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        """What the vehicle does instead, by its own word later than since_s; None where that can't be told (yet)."""
        raise NotImplementedError


class ModeDeed(Deed):
    """A change of mode; stops: the movement must show it, too."""

    def __init__(self, mode: int, *steps: Ask, stops: bool, patience_s: float = PATIENCE_S) -> None:
        super().__init__(*steps)
        self.mode = mode
        self.patience_s = patience_s
        self._stops = stops
        self._fastest_mps = 0.0
        self._in_mode = False

    def look(self, state: VehicleState, now: Now) -> None:
        position = state.trusted_position(now)
        if position is not None and not self._in_mode:
            self._fastest_mps = max(self._fastest_mps, position.ground_speed_mps)

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:
        self._in_mode |= _fresh_mode(state, since_s, now) == self.mode
        return self._in_mode

    def seen(self, state: VehicleState, now: Now) -> bool:
        if state.heartbeat is None or state.heartbeat.mode_number != self.mode:
            return False
        return not self._stops or _is_slower(state.trusted_position(now), self._fastest_mps)

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        heartbeat = _fresh_heartbeat(state, since_s, now)
        if heartbeat is None:
            return None
        if heartbeat.mode_number != self.mode:
            return _flies_in(heartbeat)
        position = state.trusted_position(now)
        return None if position is None else _still_moves(heartbeat, position)


class PauseDeed(Deed):
    """MAV_CMD_DO_PAUSE_CONTINUE 0: it stays in AUTO and stops on its way."""

    needs_ack = True
    begins_within_s = SLOWER_WITHIN_S

    def __init__(self, mode: int, ask: Ask) -> None:
        super().__init__(ask)
        self.mode = mode
        self._fastest_mps = 0.0

    def look(self, state: VehicleState, now: Now) -> None:
        if (position := state.trusted_position(now)) is not None:
            self._fastest_mps = max(self._fastest_mps, position.ground_speed_mps)

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:
        if _fresh_mode(state, since_s, now) != self.mode:
            return False
        return _is_slower(state.trusted_position(now), self._fastest_mps)

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        heartbeat, position = _fresh_heartbeat(state, since_s, now), state.trusted_position(now)
        if heartbeat is None or (position is None and heartbeat.mode_number == self.mode):
            return None
        if position is None or heartbeat.mode_number != self.mode:
            return _flies_in(heartbeat)
        return _still_moves(heartbeat, position)


class ContinueDeed(Deed):
    """MAV_CMD_DO_PAUSE_CONTINUE 1: it moves again, in AUTO."""

    needs_ack = True
    begins_within_s = SLOWER_WITHIN_S

    def __init__(self, mode: int, ask: Ask) -> None:
        super().__init__(ask)
        self.mode = mode

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:
        position = state.trusted_position(now)
        if position is None or _fresh_mode(state, since_s, now) != self.mode:
            return False
        return position.ground_speed_mps >= STOPPED_MPS or abs(position.velocity_down_mps) >= STOPPED_MPS

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        heartbeat = _fresh_heartbeat(state, since_s, now)
        if heartbeat is None or state.trusted_position(now) is None:
            return None
        return (
            f"in {heartbeat.mode}, but it stands still" if heartbeat.mode_number == self.mode else _flies_in(heartbeat)
        )


class ArmedDeed(Deed):
    """Arming and disarming: the heartbeat's armed flag. ends: MAV_STATE_FLIGHT_TERMINATION counts as off, too."""

    def __init__(self, ask: Ask, *, armed: bool, ends: bool = False) -> None:
        super().__init__(ask)
        self._armed = armed
        self._ends = ends

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:
        heartbeat = _fresh_heartbeat(state, since_s, now)
        if heartbeat is None:
            return False
        ended = self._ends and heartbeat.system_status is SystemStatus.TERMINATION
        return heartbeat.armed is self._armed or ended

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        heartbeat = _fresh_heartbeat(state, since_s, now)
        return None if heartbeat is None else f"accepted, but it is {'armed' if heartbeat.armed else 'disarmed'}"


class TakeoffDeed(Deed):
    """Up to a height above home. It has begun when it has left the ground, and is seen when it is up there."""

    begins_within_s = LIFTS_WITHIN_S
    shows_within_s = STALLED_S
    gives_up_s = _TAKEOFF_GIVE_UP_S
    hint = "it takes off in GUIDED, armed and on the ground only"

    def __init__(self, height_m: float, *steps: Ask) -> None:
        super().__init__(*steps)
        self._height_m = height_m
        self._start_m: float | None = None
        self._highest_m = float("-inf")
        self._climbed_s = float("-inf")

    def look(self, state: VehicleState, now: Now) -> None:
        if (position := state.trusted_position(now)) is None:
            return
        height_m = position.height_above_home_m
        if self._start_m is None:
            self._start_m = self._highest_m = height_m
        if height_m >= self._highest_m + _CLIMBED_M:
            self._highest_m, self._climbed_s = height_m, position.at_s

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:  # noqa: ARG002  # as above
        landed = state.landed
        if landed is not None and landed.at_s >= since_s and landed.state is LandedState.ON_GROUND:
            return False
        return self._start_m is not None and self._highest_m >= self._start_m + LIFTED_M

    def seen(self, state: VehicleState, now: Now) -> bool:
        position = state.trusted_position(now)
        enough_m = self._height_m - min(_TOP_M, 0.2 * self._height_m)
        return position is not None and position.height_above_home_m >= enough_m

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        heartbeat, position = _fresh_heartbeat(state, since_s, now), state.trusted_position(now)
        if heartbeat is None or position is None or now.monotonic_s - self._climbed_s < STALLED_S:
            return None
        if not heartbeat.armed:
            return "accepted, but it has disarmed"
        if not self.begun(state, since_s, now):
            return "accepted, but it doesn't leave the ground"
        return f"it stopped climbing at {position.height_above_home_m:.1f} of {self._height_m:g} m, in {heartbeat.mode}"


class GotoDeed(Deed):
    """To a place: in the mode that takes targets, and nearer to it than before. An accepted target may be dropped."""

    needs_ack = True  # it may be in that mode already, and fly to another place on the same way

    def __init__(
        self, mode: int, ask: Ask, *, place: tuple[float, float, float], circles: bool, hint: str = ""
    ) -> None:
        super().__init__(ask)
        self.mode = mode
        self.hint = hint
        self.shows_within_s = TURNED_WITHIN_S if circles else NEARER_WITHIN_S
        self._place = place
        self._there_m = CIRCLE_M if circles else ARRIVED_M
        self._farthest_m = 0.0

    def look(self, state: VehicleState, now: Now) -> None:
        if (position := state.trusted_position(now)) is not None:
            self._farthest_m = max(self._farthest_m, self._distance_m(position))

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:
        return _fresh_mode(state, since_s, now) == self.mode

    def seen(self, state: VehicleState, now: Now) -> bool:
        position, heartbeat = state.trusted_position(now), state.heartbeat
        if position is None or heartbeat is None or heartbeat.mode_number != self.mode:
            return False
        distance_m = self._distance_m(position)
        return distance_m <= self._there_m or self._farthest_m - distance_m >= NEARER_M

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        heartbeat, position = _fresh_heartbeat(state, since_s, now), state.trusted_position(now)
        if heartbeat is None:
            return None
        if heartbeat.mode_number != self.mode:
            return _flies_in(heartbeat)
        if position is None:
            return None
        return f"in {heartbeat.mode}, but no nearer: the target was dropped, {self._distance_m(position):.0f} m away"

    def _distance_m(self, position: PositionReport) -> float:
        latitude_deg, longitude_deg, altitude_amsl_m = self._place
        level_m = flat_distance_m((latitude_deg, longitude_deg), (position.latitude_deg, position.longitude_deg))
        return math.hypot(level_m, altitude_amsl_m - position.altitude_amsl_m)


class FenceDeed(Deed):
    """The fence on board, on or off: SYS_STATUS says which, later than the order."""

    begins_within_s = FENCE_WITHIN_S

    def __init__(self, ask: Ask, *, on: bool) -> None:
        super().__init__(ask)
        self.hint = "there is none on board, perhaps" if on else ""
        self._on = on

    def begun(self, state: VehicleState, since_s: float, now: Now) -> bool:
        health = _fresh_health(state, since_s, now)
        return health is not None and health.fence_enabled is self._on

    def instead(self, state: VehicleState, since_s: float, now: Now) -> str | None:
        health = _fresh_health(state, since_s, now)
        return None if health is None else f"accepted, but its fence is {'on' if health.fence_enabled else 'off'}"


def _is_slower(position: PositionReport | None, fastest_mps: float) -> bool:
    return position is not None and position.ground_speed_mps < max(STOPPED_MPS, SLOWER * fastest_mps)


def _flies_in(heartbeat: Heartbeat) -> str:
    return f"accepted, but it flies in {heartbeat.mode or f'mode {heartbeat.mode_number}'}"


def _still_moves(heartbeat: Heartbeat, position: PositionReport) -> str:
    return f"in {heartbeat.mode}, but still at {position.ground_speed_mps:.1f} m/s"


def _fresh_heartbeat(state: VehicleState, since_s: float, now: Now) -> Heartbeat | None:
    heartbeat = state.heartbeat
    if heartbeat is None or heartbeat.at_s < since_s or now.monotonic_s - heartbeat.at_s > MODE_WITHIN_S:
        return None
    return heartbeat


def _fresh_mode(state: VehicleState, since_s: float, now: Now) -> int | None:
    heartbeat = _fresh_heartbeat(state, since_s, now)
    return None if heartbeat is None else heartbeat.mode_number


def _fresh_health(state: VehicleState, since_s: float, now: Now) -> SystemHealth | None:
    health = state.health
    if health is None or health.at_s < since_s or now.monotonic_s - health.at_s > FENCE_WITHIN_S:
        return None
    return health
