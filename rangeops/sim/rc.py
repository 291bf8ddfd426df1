"""The pilot's transmitter: sticks at rest, a throttle that goes one way only down, unless a ground station overrides channels."""

from collections.abc import Sequence
from typing import Final

_SWITCHES_US: Final = (1800, 1000, 1000, 1800)
_UNUSED_AXIS: Final = 32767  # of MANUAL_CONTROL
_IGNORED: Final = 65535
_RELEASED: Final = 0
_THROTTLE_AT_REST: Final = -0.94  # RC3_DZ over the least


class RadioControl:
    def __init__(self, *, reverses: bool) -> None:
        """`reverses`: the throttle rests in its middle, as a rover's."""
        self._at_rest_us = (1500, 1500, 1500 if reverses else 1000, 1500, *_SWITCHES_US)
        self._least_throttle = -1000 if reverses else 0
        self.lost = False
        self._overrides: dict[int, tuple[int, float]] = {}

    @property
    def channels_us(self) -> tuple[int, ...]:
        return tuple(
            self._overrides[i][0] if i in self._overrides else value for i, value in enumerate(self._at_rest_us)
        )

    def override(self, values_us: Sequence[int], now_s: float) -> None:
        """RC_CHANNELS_OVERRIDE: 65535 leaves a channel as it is, 0 gives it back to the transmitter."""
        for channel, value in enumerate(values_us[: len(self._at_rest_us)]):
            if value == _RELEASED:
                self._overrides.pop(channel, None)
            elif value != _IGNORED:
                self._overrides[channel] = (value, now_s)

    def manual_control(self, roll: int, pitch: int, throttle: int, yaw: int, now_s: float) -> None:
        """MANUAL_CONTROL: -1000 to 1000, the throttle 0 to 1000 where it doesn't reverse: a lower one is nothing."""
        if throttle < self._least_throttle:
            return
        sticks = [
            _stick_us(roll),
            _stick_us(pitch, sense=-1),
            _stick_us(throttle, self._least_throttle),
            _stick_us(yaw),
        ]
        self.override(sticks, now_s)

    def step(self, now_s: float, timeout_s: float) -> None:
        for channel in [c for c, (_, since) in self._overrides.items() if now_s - since > timeout_s]:
            del self._overrides[channel]

    def clear_overrides(self) -> None:
        self._overrides.clear()

    @property
    def throttle_is_up(self) -> bool:
        return self.throttle() > _THROTTLE_AT_REST

    def roll(self) -> float:
        return self._stick(0)

    def pitch(self) -> float:
        return self._stick(1)

    def throttle(self) -> float:
        return self._stick(2)

    def _stick(self, channel: int) -> float:
        """-1 to 1."""
        return min(max((self.channels_us[channel] - 1500) / 500, -1.0), 1.0)


def _stick_us(value: int, least: int = -1000, *, sense: int = 1) -> int:
    if value == _UNUSED_AXIS:
        return _RELEASED
    return 1000 + 1000 * (min(max(sense * value, least), 1000) - least) // (1000 - least)
