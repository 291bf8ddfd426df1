"""The battery: charge drawn at the airframe's currents, and a voltage that falls with it."""

from typing import Final

from rangeops.domain.aircraft import Airframe

_FULL_CELL_V: Final = 4.2
_EMPTY_CELL_V: Final = 3.3
_IDLE_A: Final = 0.3
_INTERNAL_OHM_PER_CELL: Final = 0.0025


class Battery:
    def __init__(self, airframe: Airframe, percent: float) -> None:
        self._airframe = airframe
        self.capacity_mah = airframe.battery_capacity_mah
        self.used_mah = self.capacity_mah * (1 - percent / 100)
        self.current_a = 0.0

    @property
    def remaining(self) -> float:
        """0 to 1."""
        return max(1 - self.used_mah / self.capacity_mah, 0.0)

    @property
    def percent(self) -> int:
        return int(self.remaining * 100)

    @property
    def voltage_v(self) -> float:
        cells = self._airframe.battery_cells
        rest = _EMPTY_CELL_V + (_FULL_CELL_V - _EMPTY_CELL_V) * self.remaining
        return cells * (rest - self.current_a * _INTERNAL_OHM_PER_CELL)

    def set_percent(self, percent: float) -> None:
        self.used_mah = self.capacity_mah * (1 - min(max(percent, 0.0), 100.0) / 100)

    def draw(self, dt_s: float, *, flying: bool, armed: bool, speed_mps: float, climb_mps: float) -> None:
        """Between hover and cruise current with the speed; a climb costs up to a third more."""
        airframe = self._airframe
        if flying:
            share = min(speed_mps / airframe.cruise_speed_mps, 1.5)
            current = airframe.hover_current_a + (airframe.cruise_current_a - airframe.hover_current_a) * share
            self.current_a = current * (1 + 0.3 * min(max(climb_mps / max(airframe.climb_speed_mps, 0.1), -0.5), 1.0))
        else:
            self.current_a = airframe.hover_current_a * 0.1 if armed else _IDLE_A
        self.used_mah = min(self.used_mah + self.current_a * dt_s / 3.6, self.capacity_mah)
