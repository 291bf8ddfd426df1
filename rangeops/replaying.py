"""Replays of recordings and incidents: a composition root of its own; no server is needed for a file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from rangeops.bootstrap.parts import clock
from rangeops.bootstrap.ranges import load_range
from rangeops.domain.containment import Standing
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.now import Now, of_unix_us, unix_us
from rangeops.domain.slots import Slot
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Volume
from rangeops.settings import Settings
from rangeops.wire.api import RangeView
from rangeops.wire.picture import RangePicture, VehicleView
from rangeops.wire.recorded import Mark, Recorded

if TYPE_CHECKING:
    from rangeops.adapters.mavlink.dataflash import DataflashLog
    from rangeops.adapters.mavlink.recorded import Moment, RecordedFlights, Track
    from rangeops.adapters.mavlink.tlog_index import TlogIndex

_BESIDE_M: Final = 200.0  # of ground shown around a track that lies on no range of ours
_NEAR_DEG: Final = 0.2  # a track whose middle is so near to the range's lies on it
_HIGHEST_M: Final = 500.0
_LONG_BYTES: Final = 8_000_000  # half a second to read
_FIRST_BYTES: Final = 1_000_000


def first_look(settings: Settings, files: Sequence[Path]) -> Recorded | None:
    """The beginning of a long recording, to be looked at while the rest is read; None where that isn't worth it.

    Raises NotFound.
    """
    try:
        size = sum(file.stat().st_size for file in files)
    except OSError:
        return None  # `open_recording` says what is wrong with it
    if size < _LONG_BYTES or any(_is_on_board(file) for file in files):
        return None
    return of_tlogs(settings, files, most_bytes=_FIRST_BYTES)


def open_recording(settings: Settings, files: Sequence[Path]) -> Recorded:
    """tlogs, together one recording; or one DataFlash log. Raises NotFound, Damaged, Invalid."""
    if len(files) == 1 and _is_on_board(files[0]):
        from rangeops.adapters.mavlink.dataflash import DataflashLog
        from rangeops.adapters.mavlink.log_kinds import kind_of

        return _of_log(settings, DataflashLog(files[0], kind_of(files[0])))
    if any(_is_on_board(file) for file in files):
        raise Invalid(
            "a log on board and a tlog have two clocks", where=str(files[0]), do="Replay them one after the other."
        )
    return of_tlogs(settings, files)


def _is_on_board(file: Path) -> bool:
    """Written by the vehicle, and not by a ground station. Raises NotFound, and Invalid for what nobody here can read."""
    from rangeops.adapters.mavlink.log_kinds import LogKind, kind_of

    return kind_of(file) is not LogKind.TLOG


def of_tlogs(settings: Settings, files: Sequence[Path], *, most_bytes: int | None = None) -> "Tlogs":
    """most_bytes: of each file; then nothing is said of damage, which may be the cut alone. Raises NotFound."""
    from rangeops.adapters.mavlink.recorded import RecordedFlights, Recording
    from rangeops.adapters.mavlink.tlog_index import open_tlog

    indexes = [open_tlog(file, most_bytes=most_bytes) for file in files]
    flights = RecordedFlights(Recording(indexes))
    return Tlogs(
        title=", ".join(file.name for file in files),
        damage=_told(indexes) if most_bytes is None else "",
        site=site_of(settings, [flights.track(sysid) for sysid in flights.sysids]),
        flights=flights,
        marks=tuple(_mark(moment) for moment in flights.moments()),
    )


def _told(indexes: "Sequence[TlogIndex]") -> str:
    """What can't be read of them, and what is to be known of their times."""
    from rangeops.adapters.mavlink.damage import damage_told

    damage = damage_told(each for index in indexes for each in index.damage)
    notes = dict.fromkeys(note for index in indexes for note in index.notes)
    return "; ".join(filter(None, [damage, *notes]))


@dataclass(slots=True)
class Tlogs:
    """Several tlogs as one recording."""

    title: str
    damage: str
    site: RangeView
    flights: "RecordedFlights"
    marks: tuple[Mark, ...]
    slots: tuple[Slot, ...] = ()
    _tracks: dict[Sysid, "Track"] = field(default_factory=dict)

    @property
    def begins(self) -> datetime:
        return self.flights.recording.utc(self.flights.recording.begins_us)

    @property
    def ends(self) -> datetime:
        return self.flights.recording.utc(self.flights.recording.ends_us)

    def picture(self, at: datetime) -> RangePicture:
        from rangeops.watch.vehicle import WatchedVehicle
        from rangeops.watch.vehicle_views import vehicle_view

        at_us = unix_us(at)
        now = self.flights.recording.now(at_us)
        frame = SiteFrame(self.site.origin_latitude_deg, self.site.origin_longitude_deg)
        views = []
        for sysid in self.flights.sysids:
            state = self.flights.state_at(sysid, at_us)
            if state.heartbeat is not None:
                vehicle = WatchedVehicle(sysid, now.monotonic_s)
                views.append(vehicle_view(vehicle, state, frame, self.site.elevation_amsl_m, now, uplink_ok=True))
        return picture_of(self.site, now, tuple(views))

    def trail(self, sysid: Sysid, at: datetime, seconds: float) -> tuple[tuple[float, float], ...]:
        if sysid not in self._tracks:
            self._tracks[sysid] = self.flights.track(sysid)
        return _trail(self._tracks[sysid], unix_us(at), seconds)

    def seen(self, at: datetime) -> str:
        del at  # a file knows of no screen
        return ""


@dataclass(slots=True)
class _OnBoard:
    title: str
    damage: str
    site: RangeView
    sysid: Sysid
    vehicle_class: str
    track: "Track"
    marks: tuple[Mark, ...]
    slots: tuple[Slot, ...] = ()

    @property
    def begins(self) -> datetime:
        return self._at(0)

    @property
    def ends(self) -> datetime:
        return self._at(-1)

    def picture(self, at: datetime) -> RangePicture:
        at_us = unix_us(at)
        row = int(np.searchsorted(self.track.at_us, at_us, side="right")) - 1
        now = Now((at - self.begins).total_seconds(), at)
        if row < 0:
            return picture_of(self.site, now, ())
        age_s = (at_us - int(self.track.at_us[row])) * 1e-6
        mode = next(
            (
                mark.text.rpartition(" to ")[2]
                for mark in reversed(self.marks)
                if mark.kind == "mode" and mark.utc <= at
            ),
            "",
        )
        armed = next(
            (mark.kind for mark in reversed(self.marks) if mark.kind in ("armed", "disarmed") and mark.utc <= at), ""
        )
        return picture_of(self.site, now, (self._view(row, age_s, mode, armed=armed == "armed"),))

    def trail(self, sysid: Sysid, at: datetime, seconds: float) -> tuple[tuple[float, float], ...]:
        return _trail(self.track, unix_us(at), seconds) if sysid == self.sysid else ()

    def seen(self, at: datetime) -> str:
        del at
        return ""

    def _at(self, row: int) -> datetime:
        times = [of_unix_us(int(self.track.at_us[row]))] if len(self.track.at_us) else []
        times += [self.marks[row].utc] if self.marks else []
        if not times:
            return of_unix_us(0)
        return min(times) if row == 0 else max(times)

    def _view(self, row: int, age_s: float, mode: str, *, armed: bool) -> VehicleView:
        before = max(row - 1, 0)
        frame = SiteFrame(self.site.origin_latitude_deg, self.site.origin_longitude_deg)
        here, there = (
            frame.to_site(float(self.track.latitude_deg[at]), float(self.track.longitude_deg[at]))
            for at in (row, before)
        )
        lasts_s = (int(self.track.at_us[row]) - int(self.track.at_us[before])) * 1e-6
        east, north = here[0] - there[0], here[1] - there[1]
        altitude = float(self.track.altitude_amsl_m[row])
        moving = lasts_s > 0
        return VehicleView(
            sysid=self.sysid, callsign=f"V{self.sysid}", company="", slot="", slot_ends=None, cleared=False, contact="",
            vehicle_class=self.vehicle_class, mode=mode, armed=armed, standing=Standing.UNASSIGNED, trusted=True, intent="",
            fence="unknown", link="log on board", uplink_ok=True, position_age_s=age_s, heard_age_s=age_s,
            latitude_deg=float(self.track.latitude_deg[row]), longitude_deg=float(self.track.longitude_deg[row]),
            altitude_amsl_m=altitude, height_m=altitude - self.site.elevation_amsl_m,
            ground_speed_mps=float(np.hypot(east, north)) / lasts_s if moving else None,
            track_deg=float(np.degrees(np.arctan2(east, north))) % 360 if moving and np.hypot(east, north) > 0.1 else None,
            climb_mps=(altitude - float(self.track.altitude_amsl_m[before])) / lasts_s if moving else None,
            battery_percent=None, satellites=None, margin_m=None, time_to_exit_s=None, distance_home_m=None,
            home_latitude_deg=None, home_longitude_deg=None,
        )  # fmt: skip


def _of_log(settings: Settings, log: "DataflashLog") -> Recorded:
    from rangeops.adapters.mavlink.damage import damage_told

    track = log.track()
    unknown = "" if log.utc_known else "; its GPS never had the time: times count from 1970"
    return _OnBoard(
        title=" ".join(filter(None, [log.path.name, log.firmware])) + unknown,
        damage=damage_told(log.damage),
        site=site_of(settings, [track]),
        sysid=log.sysid,
        vehicle_class=log.vehicle_class.value,
        track=track,
        marks=tuple(_mark(moment) for moment in log.moments()),
    )


def site_of(settings: Settings, tracks: "Sequence[Track]") -> RangeView:
    """This range, where it was flown here; else a square of ground around the track that is said to be none."""
    from rangeops.services.views import range_view

    flown = [track for track in tracks if len(track.at_us)]
    try:
        here = range_view(load_range(settings))
    except RangeopsError:
        here = None
    if not flown:
        return here if here is not None else _nowhere(0.0, 0.0, 0.0, 0.0, 0.0)
    latitude = float(np.median(np.concatenate([track.latitude_deg for track in flown])))
    longitude = float(np.median(np.concatenate([track.longitude_deg for track in flown])))
    if here is not None and _is_near(here, latitude, longitude):
        return here
    frame = SiteFrame(latitude, longitude)
    places = [
        frame.to_site(float(lat), float(lon))
        for track in flown
        for lat, lon in zip(track.latitude_deg[::20], track.longitude_deg[::20], strict=True)
    ]
    reach = max(max(abs(east), abs(north)) for east, north in places)
    ground = min(float(track.altitude_amsl_m.min()) for track in flown)
    return _nowhere(latitude, longitude, reach, reach, ground)


def _is_near(site: RangeView, latitude: float, longitude: float) -> bool:
    near = abs(latitude - site.origin_latitude_deg) < _NEAR_DEG
    return near and abs(longitude - site.origin_longitude_deg) < 2 * _NEAR_DEG


def _nowhere(latitude: float, longitude: float, east_m: float, north_m: float, ground_m: float) -> RangeView:
    frame = SiteFrame(latitude, longitude)
    east_m, north_m = east_m + _BESIDE_M, north_m + _BESIDE_M
    corners = ((-east_m, -north_m), (east_m, -north_m), (east_m, north_m), (-east_m, north_m))
    ring = tuple((float(place[0]), float(place[1])) for place in (frame.to_geodetic(*corner) for corner in corners))
    boundary = Volume(ring, ground_m, ground_m + _HIGHEST_M)
    return RangeView("elsewhere", "no range of ours", True, "UTC", latitude, longitude, ground_m, boundary, (), (), ())  # noqa: FBT003  # synthetic


def picture_of(site: RangeView, now: Now, vehicles: tuple[VehicleView, ...]) -> RangePicture:
    return RangePicture(
        utc=now.utc, range_id=site.id, simulation=False, enforcement=True, watch_age_s=0.0, vehicles=vehicles, links=(),
        alarms=(), commands=(),
    )  # fmt: skip


def _trail(track: "Track", at_us: int, seconds: float) -> tuple[tuple[float, float], ...]:
    first, last = np.searchsorted(track.at_us, [at_us - int(seconds * 1e6), at_us + 1])
    latitudes, longitudes = track.latitude_deg[first:last].tolist(), track.longitude_deg[first:last].tolist()
    return tuple(zip(latitudes, longitudes, strict=True))


def _mark(moment: "Moment") -> Mark:
    return Mark(of_unix_us(moment.at_us), moment.kind, moment.text, moment.sysid)


def show(settings: Settings, recorded: Recorded) -> None:
    """On this terminal."""
    from rangeops.tui.preferences import Desktop
    from rangeops.tui.replay import ReplayRoom

    ReplayRoom(recorded, clock=clock, desktop=Desktop.read(settings.config_folder, os.environ)).run()


def run_replay(settings: Settings, files: Sequence[Path]) -> None:
    """The replay on this terminal; of a long recording the beginning is shown at once. Raises as open_recording."""
    from rangeops.tui.preferences import Desktop
    from rangeops.tui.replay import ReplayRoom

    desktop = Desktop.read(settings.config_folder, os.environ)
    beginning = first_look(settings, files)
    if beginning is None:
        ReplayRoom(open_recording(settings, files), clock=clock, desktop=desktop).run()
    else:
        ReplayRoom(beginning, clock=clock, desktop=desktop, whole=lambda: open_recording(settings, files)).run()
