"""The last minutes of each vehicle's figures, kept from the feed for its detail. No Textual, no clock.

What wasn't known at a moment stays unknown in it: a line with a gap, never a last value.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.domain.commands import CommandId, CommandProgress
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.wire.picture import RangePicture, VehicleView

KEPT_S: Final = 600.0
STEP_S: Final = 1.0
_MOST_COMMANDS: Final = 50
_BARS: Final = "▁▂▃▄▅▆▇█"
GAP: Final = "·"


@dataclass(frozen=True, slots=True)
class Sample:
    """None: not known then."""

    at_s: float
    height_m: float | None
    ground_speed_mps: float | None
    battery_percent: float | None
    lost_percent: float | None
    age_s: float | None


class History:
    """One sample a second of each vehicle in the picture, and what it was told to do since this screen began."""

    def __init__(self) -> None:
        self._kept: dict[Sysid, deque[Sample]] = {}
        self._told: dict[Sysid, dict[CommandId, CommandProgress]] = {}

    def take(self, picture: RangePicture, now: Now) -> None:
        for progress in picture.commands:
            told = self._told.setdefault(progress.order.sysid, {})
            told[progress.order.id] = progress
            if len(told) > _MOST_COMMANDS:
                del told[next(iter(told))]
        for view in picture.vehicles:
            kept = self._kept.get(view.sysid)
            if kept is None:
                kept = self._kept[view.sysid] = deque(maxlen=int(KEPT_S / STEP_S) + 1)
            if not kept or now.monotonic_s - kept[-1].at_s >= STEP_S:
                kept.append(_sample(view, now))

    def of(self, sysid: Sysid, now: Now) -> tuple[Sample, ...]:
        """Oldest first; none older than KEPT_S."""
        return tuple(sample for sample in self._kept.get(sysid, ()) if now.monotonic_s - sample.at_s <= KEPT_S)

    def told(self, sysid: Sysid) -> tuple[CommandProgress, ...]:
        """Its commands, oldest first, each as it was last heard of."""
        return tuple(self._told.get(sysid, {}).values())


def _sample(view: VehicleView, now: Now) -> Sample:
    in_use = next((route for route in view.routes if route.in_use), None)
    known = view.trusted and view.latitude_deg is not None
    return Sample(
        at_s=now.monotonic_s,
        height_m=view.height_m if known else None,
        ground_speed_mps=view.ground_speed_mps if known else None,
        battery_percent=view.battery_percent,
        lost_percent=None if in_use is None else in_use.lost_percent,
        age_s=view.position_age_s,
    )


def columns(
    points: Iterable[tuple[float, float | None]], now_s: float, minutes: float, width: int
) -> list[float | None]:
    """(time, value) as `width` columns, the last of which is now: the mean of what is known in each."""
    if width <= 0:
        return []
    span_s = minutes * 60
    sums: list[list[float]] = [[] for _ in range(width)]
    for at_s, value in points:
        age_s = now_s - at_s
        if value is not None and 0 <= age_s < span_s:
            sums[width - 1 - int(age_s / span_s * width)].append(value)
    return [sum(each) / len(each) if each else None for each in sums]


def sparkline(values: Sequence[float | None], least: float = 0.0) -> tuple[str, float | None, float | None]:
    """One character a value, the lowest and the highest of them. What isn't known is a gap.

    least: the span that the whole height stands for at least, so that noise lies low and even.
    """
    known = [value for value in values if value is not None]
    if not known:
        return GAP * len(values), None, None
    low, high = min(known), max(known)
    step = max(high - low, least) / (len(_BARS) - 1)
    text = "".join(GAP if value is None else _BARS[round((value - low) / step) if step else 0] for value in values)
    return text, low, high
