"""What moves, whatever kind of vehicle it is: where it truly is, and what a flight mode may ask of it."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Steering:
    """What a flight mode wants for the next step; each kind of body has more to say in its own."""

    thrust: bool = field(default=True, kw_only=True)  # False: the motors stand still


class Body:
    """Metres north, east and up of the starting point; the ground is flat."""

    __slots__ = (
        "air_speed_mps", "climb_mps", "east_m", "east_mps", "heading_rad", "north_m", "north_mps", "on_ground",
        "pitch_rad", "roll_rad", "touchdown_mps", "turn_rate_radps", "up_m",
    )  # fmt: skip

    def __init__(self, heading_rad: float) -> None:
        self.north_m = self.east_m = self.up_m = 0.0
        self.north_mps = self.east_mps = self.climb_mps = 0.0
        self.heading_rad = heading_rad
        self.roll_rad = self.pitch_rad = self.turn_rate_radps = 0.0
        self.on_ground = True
        self.touchdown_mps: float | None = None  # set for the step in which it touched down
        self.air_speed_mps = 0.0

    @property
    def ground_speed_mps(self) -> float:
        return math.hypot(self.north_mps, self.east_mps)

    def step(self, dt_s: float, steering: Steering, wind: tuple[float, float]) -> None:
        """Move by one step; `wind` is the velocity (north, east) of the air."""
        raise NotImplementedError

    def place(self, north_m: float, east_m: float, up_m: float) -> None:
        self.north_m, self.east_m, self.up_m = north_m, east_m, up_m
        self.on_ground = up_m <= 0

    def launch(self, up_m: float, wind: tuple[float, float]) -> None:  # noqa: ARG002 what needs no wind to fly
        """Put it into the air over the starting point, flying."""
        self.place(0.0, 0.0, up_m)
