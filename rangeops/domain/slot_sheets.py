"""What a slot grants, on one sheet that its company can check plans against away from the range's server."""

from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.aircraft import Airframe
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import BookableVolume


@dataclass(frozen=True, slots=True)
class SlotSheet:
    """One slot as it stood when the sheet was issued.

    rtl_altitude_m: above home; what the order will set, or the highest that the range assigns while that isn't settled.
    wind_mps: that the range counts with. zones_sha256: of the boundary, volumes and zones that the range decided by.
    """

    slot: SlotId
    range_id: str
    company: str
    callsign: str
    sysid: Sysid
    starts: datetime
    ends: datetime
    volume: BookableVolume
    airframe: Airframe
    rtl_altitude_m: float
    rtl_altitude_settled: bool
    wind_mps: float
    zones_version: str
    zones_sha256: str
    issued_utc: datetime
