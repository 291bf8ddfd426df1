"""Volumes in the words of SORA: flight geography, contingency volume, ground-risk buffer."""

from dataclasses import dataclass
from typing import NewType

VolumeId = NewType("VolumeId", str)

Ring = tuple[tuple[float, float], ...]  # (latitude_deg, longitude_deg), not closed, at least three


@dataclass(frozen=True, slots=True)
class Volume:
    """A prism: an outer ring, holes, and an altitude band. Altitudes AMSL (EGM96, as MAVLink's `alt`)."""

    outer: Ring
    floor_amsl_m: float
    ceiling_amsl_m: float
    holes: tuple[Ring, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationalVolumes:
    """What one slot is granted, and what surrounds it: each contains the one before."""

    flight_geography: Volume
    contingency: Volume
    ground_risk_buffer: Volume


@dataclass(frozen=True, slots=True)
class BookableVolume:
    """A flight geography that the range lets by the slot."""

    id: VolumeId
    name: str
    flight_geography: Volume
