"""What is left of a range day, for `day_invariants`: the record and the store, the recordings, and where everybody truly was.

Nothing here asks the product what it thinks of the day: the record is read as JSON, recordings by pymavlink, places by pyproj.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pyproj
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from shapely import Polygon

from rangeops.domain.audit import AuditEntry
from rangeops.domain.events import JournalEntry
from rangeops.domain.orders import Orders
from rangeops.domain.slots import Slot
from rangeops.domain.volumes import Volume
from rangeops.services.ports.store import Store

HOLDING = ("offered", "approved", "briefed", "active")
PRESENT = ("unacknowledged", "acknowledged", "shelved", "suppressed", "out-of-service")
"""States of an alarm whose condition holds, or of which a person or the design says that it says nothing new."""
_MAVLINK_1 = 0xFE
_HEARD = (mavlink.MAVLINK_MSG_ID_HEARTBEAT, mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT)
FINAL = ("seen", "refused", "no-ack", "not-obeyed", "superseded")


class TruePoint(NamedTuple):
    """Where a vehicle truly was, by the simulator's own word. At least five a second while it is armed."""

    utc: datetime
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float
    armed: bool
    airborne: bool


class Frame(NamedTuple):
    """A MAVLink frame from the range. to: whose radio it reached, or, from a recording, whom it names; 0: everybody."""

    utc: datetime
    to: int
    data: bytes


class Answered(NamedTuple):
    """What the server said yes to (2xx): from then on it may not be lost. asked, utc: when it was asked for and answered."""

    asked: datetime
    utc: datetime
    method: str
    path: str  # behind /api/v1
    said: Any  # the answer's JSON


class Heard(NamedTuple):
    """What the range heard of a vehicle: where it says it is (GLOBAL_POSITION_INT), or that it is there (HEARTBEAT)."""

    utc: datetime
    place: tuple[float, float, float] | None


class Standing(NamedTuple):
    """An alarm's condition held from `since` until `until`."""

    condition: str
    source: str
    sysid: int | None
    since: datetime
    until: datetime


@dataclass
class DayEvidence:
    """One day. Give what there is; what isn't given is not checked, and `missing` names it.

    checkpoints: the text of checkpoints/signed.txt; keys: public keys (32 bytes each) of the record, oldest first.
    held: the slots that held airspace at some moments, each moment as a whole (`holding(store)`, say after each change).
    blind: when no watch ran, by those who stopped it. journalled: all that the watches' journals ever held on disk.
    frames: that vehicles received, by their own word; None: those of the recordings.
    timelines: by incident, the entries on its timeline as the API gives them. unserved: when no server ran. bad_air: sysid and spans in which its link lost packets, by those who made it so.
    """

    store: Store
    tlogs: Path
    truth: Mapping[int, Sequence[TruePoint]]
    separation: tuple[float, float, timedelta]  # lateral_m, vertical_m, time of range.toml
    speeds_mps: Mapping[str, float]  # the top speed of each airframe, at most the range's limit
    volumes: Mapping[str, Volume]  # the range's, by name
    origin_deg: tuple[float, float]
    ground_amsl_m: float
    gcs_sysid: int = 250
    checkpoints: str = ""
    keys: Sequence[bytes] = ()
    held: Sequence[Sequence[Slot]] = ()
    answered: Sequence[Answered] = ()
    journalled: Sequence[JournalEntry] = ()
    timelines: Mapping[str, Sequence[int]] = field(default_factory=dict)
    frames: Sequence[Frame] | None = None
    blind: Sequence[tuple[datetime, datetime]] = ()
    unserved: Sequence[tuple[datetime, datetime]] = ()
    bad_air: Mapping[int, Sequence[tuple[datetime, datetime]]] = field(default_factory=dict)

    @cached_property
    def entries(self) -> tuple[AuditEntry, ...]:
        with self.store.read() as work:
            return work.record.following(0, 10_000_000)

    @cached_property
    def payloads(self) -> tuple[tuple[AuditEntry, dict[str, Any]], ...]:
        return tuple((entry, json.loads(entry.payload)) for entry in self.entries)

    def events(self, *names: str) -> Iterator[tuple[datetime, AuditEntry, dict[str, Any]]]:
        """(when it happened, the entry, the event's fields) of the watches' events of these names, as they happened."""
        found = [
            (datetime.fromisoformat(payload["happened"]), entry, payload["body"]["of"])
            for entry, payload in self.payloads
            if isinstance(payload["body"], dict) and payload["body"].get("event") in names
        ]
        return iter(sorted(found, key=lambda each: each[0]))

    @cached_property
    def end(self) -> datetime:
        return max((entry.utc for entry in self.entries), default=datetime.max.replace(tzinfo=UTC))

    @cached_property
    def alarms(self) -> tuple[Standing, ...]:
        """Every span in which an alarm's condition held, watches' and server's own."""
        told = [(when, of["alarm"]) for when, _, of in self.events("AlarmChanged")]
        told += [
            (datetime.fromisoformat(payload["happened"]), payload["body"])
            for entry, payload in self.payloads
            if entry.actor == "server"
            and isinstance(payload["body"], dict)
            and {"condition", "state"} <= payload["body"].keys()
        ]
        since: dict[str, datetime] = {}
        spans: list[Standing] = []
        last: dict[str, dict[str, Any]] = {}
        for when, alarm in sorted(told, key=lambda each: each[0]):
            key = f"{alarm['condition']}/{alarm['source']}"
            last[key] = alarm
            if alarm["state"] in PRESENT:
                since.setdefault(key, when)
            elif key in since:
                spans.append(_span(alarm, since.pop(key), when))
        return tuple(spans) + tuple(_span(last[key], began, self.end) for key, began in since.items())

    @cached_property
    def orders(self) -> tuple[tuple[datetime, Orders], ...]:
        """What was in force on the watch from when on: by what it said it had taken, whole from the store."""
        found = []
        with self.store.read() as work:
            for when, _, of in self.events("OrdersTaken"):
                orders = work.orders.get(int(of["version"]))
                if orders is not None:
                    found.append((when, orders))
        return tuple(found)

    @cached_property
    def heard(self) -> Mapping[int, tuple[Heard, ...]]:
        """By sysid, what came in on the range's links, in time."""
        found: dict[int, list[Heard]] = {}
        for utc, message in self._recorded:
            sysid = message.get_srcSystem()
            if sysid == self.gcs_sysid:
                continue
            if message.get_type() == "GLOBAL_POSITION_INT":
                place = (message.lat / 1e7, message.lon / 1e7, message.alt / 1e3)
                found.setdefault(sysid, []).append(Heard(utc, place))
            elif message.get_type() == "HEARTBEAT":
                found.setdefault(sysid, []).append(Heard(utc, None))
        return {sysid: tuple(sorted(each, key=lambda one: one.utc)) for sysid, each in found.items()}

    @cached_property
    def sent(self) -> tuple[tuple[Frame, Any], ...]:
        """The range's own frames, each with what it says: as the vehicles received them, or as they were recorded."""
        if self.frames is not None:
            return tuple((frame, message) for frame in self.frames for message in _decoded(frame.data))
        return tuple(
            (Frame(utc, int(getattr(message, "target_system", 0)), b""), message)
            for utc, message in self._recorded
            if message.get_srcSystem() == self.gcs_sysid
        )

    @cached_property
    def _recorded(self) -> tuple[tuple[datetime, Any], ...]:
        return tuple(each for path in sorted(self.tlogs.glob("*.tlog")) for each in read_tlog(path, self.gcs_sysid))

    @cached_property
    def plane(self) -> pyproj.Proj:
        """Metres about the range's origin."""
        latitude, longitude = self.origin_deg
        return pyproj.Proj(proj="aeqd", lat_0=latitude, lon_0=longitude, ellps="WGS84")

    def footprint(self, volume: Volume) -> Polygon:
        return Polygon(self._ring(volume.outer), [self._ring(hole) for hole in volume.holes])

    def metres(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        east, north = self.plane(longitude_deg, latitude_deg)
        return float(east), float(north)

    def _ring(self, ring: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        return [self.metres(latitude, longitude) for latitude, longitude in ring]


def holding(store: Store) -> tuple[Slot, ...]:
    """The slots that hold airspace now, straight from the store's table."""
    with store.read() as work:
        return tuple(slot for slot in work.slots.all() if slot.state.value in HOLDING)


def read_tlog(path: Path, gcs_sysid: int) -> Iterator[tuple[datetime, Any]]:
    """(when, message) of each packet: 8 bytes of big-endian Unix microseconds, then the packet.

    Of the range's own all, of vehicles' those that tell where they are or that they are there.
    """
    data, at = path.read_bytes(), 0
    codec = mavlink.MAVLink(None)
    codec.robust_parsing = True
    while at + 10 < len(data):
        stamp = int.from_bytes(data[at : at + 8], "big")
        first = data[at + 8] == _MAVLINK_1
        size = data[at + 9] + (8 if first else 25 if data[at + 10] & 1 else 12)
        of = (
            (data[at + 11], data[at + 13])
            if first
            else (data[at + 13], int.from_bytes(data[at + 15 : at + 18], "little"))
        )
        if of[0] != gcs_sysid and of[1] not in _HEARD:
            at += 8 + size
            continue
        utc = datetime.fromtimestamp(stamp // 1_000_000, UTC) + timedelta(microseconds=stamp % 1_000_000)
        yield from ((utc, message) for message in codec.parse_buffer(data[at + 8 : at + 8 + size]) or ())
        at += 8 + size


def _decoded(data: bytes) -> list[Any]:
    codec = mavlink.MAVLink(None)
    codec.robust_parsing = True
    return codec.parse_buffer(data) or []


def _span(alarm: Mapping[str, Any], since: datetime, until: datetime) -> Standing:
    sysid = alarm["sysid"]
    return Standing(alarm["condition"], alarm["source"], None if sysid is None else int(sysid), since, until)
