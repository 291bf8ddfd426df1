"""The pilot's transmitter: sticks at rest with the throttle down, unless a ground station overrides channels."""

from collections.abc import Sequence
from typing import Final

_AT_REST_US: Final = (1500, 1500, 1000, 1500, 1800, 1000, 1000, 1800)
_IGNORED: Final = 65535
_RELEASED: Final = 0


class RadioControl:
    def __init__(self) -> None:
        self.lost = False
        self._overrides: dict[int, tuple[int, float]] = {}

    @property
    def channels_us(self) -> tuple[int, ...]:
        return tuple(self._overrides[i][0] if i in self._overrides else value for i, value in enumerate(_AT_REST_US))

    def override(self, values_us: Sequence[int], now_s: float) -> None:
        """RC_CHANNELS_OVERRIDE: 65535 leaves a channel as it is, 0 gives it back to the transmitter."""
        for channel, value in enumerate(values_us[: len(_AT_REST_US)]):
            if value == _RELEASED:
                self._overrides.pop(channel, None)
            elif value != _IGNORED:
                self._overrides[channel] = (value, now_s)

    def manual_control(self, roll: int, pitch: int, throttle: int, yaw: int, now_s: float) -> None:
        """MANUAL_CONTROL: -1000 to 1000, the throttle 0 to 1000."""
        self.override([1500 + roll // 2, 1500 - pitch // 2, 1000 + max(throttle, 0), 1500 + yaw // 2], now_s)

    def step(self, now_s: float, timeout_s: float) -> None:
        for channel in [c for c, (_, since) in self._overrides.items() if now_s - since > timeout_s]:
            del self._overrides[channel]

    def clear_overrides(self) -> None:
        self._overrides.clear()

    def roll(self) -> float:
        return self._stick(0)

    def pitch(self) -> float:
        return self._stick(1)

    def throttle(self) -> float:
        return self._stick(2)

    def _stick(self, channel: int) -> float:
        """-1 to 1."""
        return min(max((self.channels_us[channel] - 1500) / 500, -1.0), 1.0)
