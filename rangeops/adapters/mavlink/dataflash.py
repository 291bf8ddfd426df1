"""ArduPilot's own log on board (DataFlash .bin): who, where, and what happened when.

What it has over a tlog: nothing is lost on a radio. Its times count from when the vehicle was switched on; its GPS says
when that was. Until 2015 many records had no time: theirs is that of the last one before them that had.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from rangeops.adapters.mavlink.dataflash_format import HEAD, DataflashReader
from rangeops.adapters.mavlink.dataflash_text import DataflashText
from rangeops.adapters.mavlink.log_kinds import LogKind
from rangeops.adapters.mavlink.modes import mode_name
from rangeops.adapters.mavlink.recorded import Moment, Track, command_name
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Damaged, NotFound
from rangeops.domain.telemetry import Autopilot, Sysid
from rangeops.domain.text import safe_text

TEXT_LIMIT: Final = 400
_ARMED: Final = 10  # LogEvent::ARMED of AP_Logger
_DISARMED: Final = 11
_FENCE: Final[Mapping[int, str]] = {29: "fence on", 30: "fence off"}  # LogEvent::FENCE_ENABLE, FENCE_DISABLE
_FENCE_SUBSYSTEM: Final = 9  # LogErrorSubsystem::FAILSAFE_FENCE
_SUBSYSTEMS: Final[Mapping[int, str]] = {
    2: "radio", 3: "compass", 5: "radio failsafe", 6: "battery failsafe", 8: "GCS failsafe", 9: "fence breach",
    10: "flight mode", 11: "GPS", 12: "crash check", 15: "flip", 16: "autotune", 17: "parachutes", 18: "EKF check",
    19: "EKF failsafe", 20: "barometer", 21: "CPU load", 22: "ADS-B failsafe", 23: "terrain", 24: "navigation",
    25: "terrain failsafe", 26: "EKF primary", 27: "thrust loss", 28: "sensor failsafe", 29: "leak", 30: "pilot input",
    31: "vibration",
}  # fmt: skip
_CLASSES: Final = (
    ("ArduCopter", VehicleClass.COPTER),
    ("ArduPlane", VehicleClass.PLANE),
    ("APM:Copter", VehicleClass.COPTER),
    ("ArduRover", VehicleClass.ROVER),
    ("Rover", VehicleClass.ROVER),
)
_TIMED: Final = "ATT"  # ten times a second: whose time records without one have
_WANTED: Final = frozenset(["MODE", "MSG", "EV", "ERR", "CMD", "GPS", "POS", "PARM", _TIMED])
_CUT_AT: Final = 20  # so many heads of records, and not one that is described: its beginning is missing
_GPS_EPOCH_S: Final = 315_964_800  # 1980-01-06 in Unix time
_LEAP_S: Final = 18  # GPS time is ahead of UTC by so much since 2017
_WEEK_S: Final = 7 * 86_400
_FIX: Final = 3
_LONGEST_US: Final = 366 * 86_400_000_000  # no vehicle is on for so long: no checksum covers a record's time


class DataflashLog:
    """One vehicle's log, read whole. sysid: as its parameters say, else 1. utc_known: its GPS had the time; else times
    count from 1970, as the vehicle's own clock counts from when it was switched on.
    """

    def __init__(self, path: Path, kind: LogKind = LogKind.DATAFLASH) -> None:
        """kind: as text, or in binary. Raises NotFound; Damaged where it is no such log at all."""
        self.path = path
        self.sysid = Sysid(1)
        self.vehicle_class = VehicleClass.UNKNOWN
        self.firmware = ""
        self._moments: list[Moment] = []
        self._places: dict[str, list[tuple[int, float, float, float]]] = {"POS": [], "GPS": []}
        self._mode = ""
        self._utc_us: int | None = None  # of its boot
        self._last_us = 0  # since its boot
        self._first_us: int | None = None  # before the first record with a time there is none
        try:
            data = path.read_bytes()
        except OSError as error:
            raise NotFound(
                f"the log can't be read ({error.strerror or error})", where=str(path), do="Name a DataFlash log."
            ) from error
        reader = DataflashText(data) if kind is LogKind.TEXT else DataflashReader(data)
        for name, record in reader.records(_WANTED):
            self._take(name, record)
        self.counts, self.damage = reader.counts, tuple(reader.damage)
        if not self.counts:
            cut = data.count(HEAD) >= _CUT_AT
            what = "its beginning is missing, which describes the rest" if cut else "it is no DataFlash log"
            raise Damaged(what, where=str(path), do="Name a .bin of ArduPilot, whole from its beginning.")

    @property
    def utc_known(self) -> bool:
        return self._utc_us is not None

    @property
    def begins_us(self) -> int:
        return int(self.track().at_us[0]) if any(self._places.values()) else self._utc_us or 0

    def track(self) -> Track:
        """The filter's own position where it is logged, else the receiver's."""
        table = np.array(self._places["POS"] or self._places["GPS"] or np.empty((0, 4)), np.float64)
        return Track(table[:, 0].astype(np.int64) + (self._utc_us or 0), table[:, 1], table[:, 2], table[:, 3])

    def moments(self) -> tuple[Moment, ...]:
        boot_us, first_us = self._utc_us or 0, self._first_us or 0
        return tuple(replace(each, at_us=max(each.at_us, first_us) + boot_us) for each in self._moments)

    def _take(self, name: str, record: Mapping[str, Any]) -> None:
        """A record that lacks what its kind has in every ArduPilot, as from a damaged description, tells nothing."""
        take: Mapping[str, Callable[[Mapping[str, Any], int], Iterator[Moment]]] = {
            "MODE": self._mode_moment,
            "MSG": self._text,
            "EV": self._event,
            "ERR": self._error,
            "CMD": self._command,
            "PARM": self._parameter,
            "POS": self._pos,
            "GPS": self._gps,
            _TIMED: lambda _record, _at_us: iter(()),
        }
        with contextlib.suppress(KeyError, TypeError, ValueError, OverflowError):
            if (at_us := _boot_us(name, record)) is not None and not 0 <= at_us < _LONGEST_US:
                raise ValueError("no time since its boot")
            self._last_us = self._last_us if at_us is None else at_us
            self._first_us = at_us if self._first_us is None else self._first_us
            self._moments += take[name](record, self._last_us)

    def _mode_moment(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        number = record["ModeNum"] if "ModeNum" in record else record["Mode"]
        if isinstance(number, str) and not number.isdigit():
            named = safe_text(number.upper(), limit=TEXT_LIMIT)
        else:
            named = mode_name(Autopilot.ARDUPILOT, self.vehicle_class, int(number)) or f"mode {int(number)}"
        if named != self._mode:  # some write it again and again
            yield Moment(at_us, self.sysid, "mode", f"{self._mode} to {named}" if self._mode else named)
        self._mode = named

    def _text(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        text = safe_text(str(record["Message"]), limit=TEXT_LIMIT)
        for prefix, vehicle_class in _CLASSES:
            if text.startswith(prefix):
                self.vehicle_class, self.firmware = vehicle_class, text
        yield Moment(at_us, self.sysid, "text", text)

    def _event(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        if record["Id"] in (_ARMED, _DISARMED):
            yield Moment(at_us, self.sysid, "armed" if record["Id"] == _ARMED else "disarmed", self._mode)
        elif record["Id"] in _FENCE:
            yield Moment(at_us, self.sysid, "command", _FENCE[record["Id"]])

    def _error(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        what = _SUBSYSTEMS.get(record["Subsys"], f"subsystem {record['Subsys']}")
        kind = "breach" if record["Subsys"] == _FENCE_SUBSYSTEM else "failsafe"
        yield Moment(at_us, self.sysid, kind, what if record["ECode"] else f"{what}: resolved")

    def _command(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        """Mission items are logged as the mission is taken up, and again as each begins."""
        yield Moment(at_us, self.sysid, "mission", f"item {record['CNum']}: {command_name(record['CId'])}")

    def _parameter(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        del at_us
        if record["Name"] in ("SYSID_THISMAV", "MAV_SYSID"):
            self.sysid = Sysid(int(record["Value"]))
        return iter(())

    def _pos(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        if record["Lat"] or record["Lng"]:
            self._places["POS"].append((at_us, record["Lat"], record["Lng"], record["Alt"]))
        return iter(())

    def _gps(self, record: Mapping[str, Any], at_us: int) -> Iterator[Moment]:
        week, of_week_ms = _gps_time(record)
        if record["Status"] >= _FIX:
            self._places["GPS"].append((at_us, record["Lat"], record["Lng"], record["Alt"]))
            if self._utc_us is None and week:
                gps_s = _GPS_EPOCH_S + week * _WEEK_S + of_week_ms * 1e-3 - _LEAP_S
                self._utc_us = int(gps_s * 1e6) - at_us
        return iter(())


def _boot_us(name: str, record: Mapping[str, Any]) -> int | None:
    """Since its boot; None where the record doesn't say. Before 2015 milliseconds, and a GPS's TimeMS was of its week."""
    if "TimeUS" in record:
        return int(record["TimeUS"])
    milliseconds = record.get("T", record.get("Time")) if name == "GPS" else record.get("TimeMS")
    return None if milliseconds is None else int(milliseconds) * 1000


def _gps_time(record: Mapping[str, Any]) -> tuple[int, int]:
    """Week and milliseconds of it; the week is 0 where it isn't known."""
    if "GWk" in record:
        return int(record["GWk"]), int(record["GMS"])
    return int(record.get("Week", 0)), int(record.get("TimeMS", 0))
