"""How old a vehicle's figures are, and which of them may still be shown: an old one is `--`, never a last value."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from rangeops.domain.alarms import Alarm
from rangeops.domain.telemetry import POSITION_LOST_S, POSITION_STALE_S
from rangeops.tui.language import tr
from rangeops.wire.picture import VehicleView

AGEING_S: Final = 1.0

# ArduPilot's own four letters (Mode::name4) for names that a column of six would cut.
_SHORT_MODE: Final = {
    "ALT_HOLD": "ALTH",
    "AUTOLAND": "ALND",
    "AUTOROTATE": "AROT",
    "AUTOTUNE": "ATUN",
    "AUTO_RTL": "ARTL",
    "AVOID_ADSB": "AVOI",
    "FLOWHOLD": "FHLD",
    "GUIDED_NOGPS": "GNGP",
    "INITIALISING": "INIT",
    "LOITER_ALT_QLAND": "L2QL",
    "POSHOLD": "PHLD",
    "QAUTOTUNE": "QATN",
    "QLOITER": "QLOT",
    "QSTABILIZE": "QSTB",
    "SMART_RTL": "SRTL",
    "STABILIZE": "STAB",
    "STEERING": "STER",
    "SYSTEMID": "SYSI",
    "TAKEOFF": "TKOF",
    "THERMAL": "THML",
    "TRAINING": "TRAN",
}


class Freshness(IntEnum):
    FRESH = 0
    AGEING = 1
    STALE = 2
    LOST = 3


def freshness(age_s: float | None) -> Freshness:
    """None: never heard, which is no better than lost."""
    if age_s is None or age_s > POSITION_LOST_S:
        return Freshness.LOST
    if age_s > POSITION_STALE_S:
        return Freshness.STALE
    return Freshness.AGEING if age_s > AGEING_S else Freshness.FRESH


@dataclass(frozen=True, slots=True)
class VehicleNow:
    """A vehicle and its ages at this instant.

    age_s: of the position, as long as heartbeats come too (one a second is no age); else the older of both.
    """

    view: VehicleView
    age_s: float | None
    position: Freshness
    heard: Freshness
    alarm: Alarm | None  # its most urgent
    late_s: float = 0.0  # since the picture that has the view came

    @property
    def overall(self) -> Freshness:
        return freshness(self.age_s)

    @property
    def position_known(self) -> bool:
        """Older than POSITION_STALE_S a position is no position (domain.telemetry); nor is one that isn't trusted."""
        return self.position <= Freshness.AGEING and self.view.latitude_deg is not None and self.view.trusted

    @property
    def height(self) -> str:
        return _figure(self.view.height_m, known=self.position_known)

    @property
    def ground_speed(self) -> str:
        return _figure(self.view.ground_speed_mps, known=self.position_known)

    @property
    def battery(self) -> str:
        percent = self.view.battery_percent
        return "--" if percent is None or self.heard is Freshness.LOST else f"{percent}%"

    @property
    def mode(self) -> str:
        mode = self.view.mode or "????"
        return _SHORT_MODE.get(mode, mode) if self.heard < Freshness.LOST else "--"

    @property
    def age(self) -> str:
        if self.age_s is None:
            return tr("never")
        if self.overall <= Freshness.AGEING:
            return f"{self.age_s:.1f}"
        return f"{tr(self.overall.name)} {compact_duration(self.age_s)}"


def vehicle_now(view: VehicleView, late_s: float, alarm: Alarm | None) -> VehicleNow:
    """late_s: since the picture that has the view came."""
    position_s = None if view.position_age_s is None else view.position_age_s + late_s
    heard_s = None if view.heard_age_s is None else view.heard_age_s + late_s
    heard = freshness(heard_s)
    if position_s is not None and heard <= Freshness.AGEING:
        age_s: float | None = position_s
    else:
        age_s = max((age for age in (position_s, heard_s) if age is not None), default=None)
    return VehicleNow(view, age_s, freshness(position_s), heard, alarm, late_s)


def compact_duration(seconds: float) -> str:
    """At most four cells up to 99 hours."""
    if seconds < 100:
        return f"{seconds:.0f}s"
    return f"{seconds / 60:.0f}m" if seconds < 6000 else f"{seconds / 3600:.0f}h"


def _figure(value: float | None, *, known: bool) -> str:
    return "--" if value is None or not known else f"{round(value)}"  # round: no "-0"
