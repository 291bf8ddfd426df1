"""What the server tells a watch to enforce: whole, versioned, kept on the watch's disk, in force until replaced."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from rangeops.domain.aircraft import Airframe
from rangeops.domain.leases import Lease
from rangeops.domain.policy import Policy
from rangeops.domain.reach import STRONGEST_WIND_MPS
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import OperationalVolumes, Volume
from rangeops.domain.watch_nodes import WatchNode
from rangeops.domain.writes import Consent

MOST_VERSIONS: Final = 2_000_000_000
"""No range issues so many: a version above is nobody's, and isn't counted on from. PostgreSQL counts to 2^31."""


@dataclass(frozen=True, slots=True)
class VehicleOrder:
    """One vehicle's part: who it is, what it is held against, whether it may fly.

    cleared: the range safety officer's word stands. fence_sha256: of the compiled fence read back equal, or None.
    rtl_altitude_m: above home; neighbouring orders are separated. contact: what "call pilot" shows.
    consent: to what the range writes to the vehicle; without it nothing is written.
    gnss_denied: when somebody jams GNSS within reach: nothing is then sent by itself (domain.jamming).
    withdrawn: the word was given and taken back: if it flies on, the policy's rung for that follows.
    """

    sysid: Sysid
    callsign: str
    company: str
    slot: SlotId
    starts: datetime
    ends: datetime
    airframe: Airframe
    volumes: OperationalVolumes
    cleared: bool
    fence_sha256: str | None
    rtl_altitude_m: float
    contact: str
    consent: Consent | None = None
    gnss_denied: tuple[tuple[datetime, datetime], ...] = ()
    withdrawn: bool = False

    @property
    def on_board(self) -> tuple[SlotId, Volume, float]:
        """What its fence is compiled from: where this is another, what was read back equal before proves nothing."""
        return (self.slot, self.volumes.flight_geography, self.rtl_altitude_m)

    def is_gnss_denied(self, utc: datetime) -> bool:
        return any(starts <= utc <= ends for starts, ends in self.gnss_denied)


@dataclass(frozen=True, slots=True)
class KeepOut:
    """A prohibited zone, which no vehicle may enter and no way home may touch; by the name that operators read.

    spans: when it holds while the ordered slots last; empty: all the time.
    """

    name: str
    volume: Volume
    spans: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Orders:
    """The whole of what a watch enforces. A watch takes only a version higher than the one it has.

    watch: whom they are for; "" in the record, where they are everybody's. leases: who commands which vehicle; none of
    them where there is but one watch and the orders are older than leases. nodes: the links of each watch node; `links`
    are the others', and in what a watch is sent, its own.
    """

    version: int
    range_id: str
    origin_latitude_deg: float  # of the site frame
    origin_longitude_deg: float
    elevation_amsl_m: float
    boundary: Volume
    policy: Policy
    links: tuple[str, ...]  # endpoint URIs
    vehicles: tuple[VehicleOrder, ...]
    keep_out: tuple[KeepOut, ...] = ()
    no_landing: tuple[KeepOut, ...] = ()  # ground on which no vehicle is made to land; heights say nothing here
    watch: str = ""
    leases: tuple[Lease, ...] = ()
    nodes: tuple[WatchNode, ...] = ()
    wind_mps: float = STRONGEST_WIND_MPS  # that the range counts with
    geoid_offset_m: float | None = None  # of the sea over WGS84 here; None: not told

    def for_watch(self, name: str, *, beside_server: bool) -> Self:
        """What this watch is sent. beside_server: it has the links that are no node's."""
        own = next((node.links for node in self.nodes if node.name == name), ())
        return replace(self, watch=name, links=self.links + own if beside_server else own)

    def vehicle(self, sysid: Sysid) -> VehicleOrder | None:
        """Its order: of several, the one whose slot is on or comes first."""
        theirs = [order for order in self.vehicles if order.sysid == sysid]
        return min(theirs, key=lambda order: order.starts, default=None)

    def lease(self, sysid: Sysid) -> Lease | None:
        return next((lease for lease in self.leases if lease.sysid == sysid), None)
