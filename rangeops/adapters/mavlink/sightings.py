"""What a vehicle's receiver hears of other aircraft: ADSB_VEHICLE and OPEN_DRONE_ID_* to domain.traffic.

What MAVLink marks as unknown is None here and is never seen further in. Of ADS-B a field counts only where its flag says
so. A Remote ID without id_or_mac is the vehicle's own, on the way to its transmitter: nobody else's.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rangeops.adapters.mavlink.messages import AdsbVehicle, Message, OpenDroneIdBasicId, OpenDroneIdLocation
from rangeops.domain.traffic import ContactKind, Sighting

_COORDINATES, _ALTITUDE, _HEADING, _VELOCITY, _CALLSIGN, _CLIMB = 1, 2, 4, 8, 16, 128  # ADSB_FLAGS
_GEOMETRIC: Final = 1  # ADSB_ALTITUDE_TYPE; 0 says QNH, yet receivers give what was sent: over 1013 hPa
_UAV: Final = 14  # ADSB_EMITTER_TYPE
_SURFACE: Final = frozenset([17, 18, 19])
_TRACK_UNKNOWN: Final = 36100  # OPEN_DRONE_ID_LOCATION: cdeg
_SPEED_UNKNOWN: Final = 25500  # cm/s
_CLIMB_UNKNOWN: Final = 6300
_HEIGHT_UNKNOWN_M: Final = -1000.0
_ON_GROUND: Final = 1  # MAV_ODID_STATUS
_LATERAL_ERROR_M: Final[Mapping[int, float]] = {  # MAV_ODID_HOR_ACC
    1: 18520.0, 2: 7408.0, 3: 3704.0, 4: 1852.0, 5: 926.0, 6: 555.6, 7: 185.2, 8: 92.6, 9: 30.0, 10: 10.0, 11: 3.0, 12: 1.0,
}  # fmt: skip
_VERTICAL_ERROR_M: Final[Mapping[int, float]] = {1: 150.0, 2: 45.0, 3: 25.0, 4: 10.0, 5: 3.0, 6: 1.0}


def sighting_from(message: Message, source: str) -> Sighting | None:
    """What the message tells of another aircraft; None where it tells nothing."""
    read = _READS.get(type(message))
    return None if read is None else read(message, source)


def _adsb(message: AdsbVehicle, source: str) -> Sighting:
    flags = message.flags
    placed = bool(flags & _COORDINATES)
    height_m = message.altitude * 1e-3 if flags & _ALTITUDE else None
    geometric = message.altitude_type == _GEOMETRIC
    return Sighting(
        id=f"icao:{message.ICAO_address & 0xFFFFFF:06x}",
        source=source,
        kind=ContactKind.DRONE if message.emitter_type == _UAV else ContactKind.CREWED,
        name=_text(message.callsign) if flags & _CALLSIGN else None,
        latitude_deg=message.lat * 1e-7 if placed else None,
        longitude_deg=message.lon * 1e-7 if placed else None,
        pressure_altitude_m=None if geometric else height_m,
        ellipsoid_altitude_m=height_m if geometric else None,
        ground_speed_mps=message.hor_velocity * 1e-2 if flags & _VELOCITY else None,
        track_deg=message.heading * 1e-2 if flags & _HEADING else None,
        climb_mps=message.ver_velocity * 1e-2 if flags & _CLIMB else None,
        on_ground=True if message.emitter_type in _SURFACE else None,
        position_age_s=float(message.tslc),
    )


def _basic_id(message: OpenDroneIdBasicId, source: str) -> Sighting | None:
    key = _remote_id(message.id_or_mac)
    return None if key is None else Sighting(key, source, ContactKind.DRONE, name=_text(message.uas_id) or None)


def _location(message: OpenDroneIdLocation, source: str) -> Sighting | None:
    key = _remote_id(message.id_or_mac)
    if key is None:
        return None
    placed = message.latitude != 0 or message.longitude != 0
    climb_known = message.speed_vertical != _CLIMB_UNKNOWN
    return Sighting(
        id=key,
        source=source,
        kind=ContactKind.DRONE,
        latitude_deg=message.latitude * 1e-7 if placed else None,
        longitude_deg=message.longitude * 1e-7 if placed else None,
        pressure_altitude_m=_height(message.altitude_barometric),
        ellipsoid_altitude_m=_height(message.altitude_geodetic),
        ground_speed_mps=message.speed_horizontal * 1e-2 if message.speed_horizontal != _SPEED_UNKNOWN else None,
        track_deg=message.direction * 1e-2 if message.direction != _TRACK_UNKNOWN else None,
        climb_mps=message.speed_vertical * 1e-2 if climb_known else None,
        on_ground=message.status == _ON_GROUND,
        error_m=_LATERAL_ERROR_M.get(message.horizontal_accuracy),
        error_up_m=_VERTICAL_ERROR_M.get(message.vertical_accuracy),
    )


def _remote_id(id_or_mac: tuple[int, ...]) -> str | None:
    """None: all zero, which is one's own."""
    raw = bytes(id_or_mac).rstrip(b"\0")
    return f"rid:{raw.hex()}" if raw else None


def _text(field: bytes | tuple[int, ...]) -> str:
    return bytes(field).split(b"\0", 1)[0].decode("ascii", errors="replace").strip()


def _height(height_m: float) -> float | None:
    return None if height_m == _HEIGHT_UNKNOWN_M else height_m


_READS: Final[Mapping[type, Callable[[Any, str], Sighting | None]]] = {
    AdsbVehicle: _adsb,
    OpenDroneIdBasicId: _basic_id,
    OpenDroneIdLocation: _location,
}
TRAFFIC: Final = frozenset(_READS)
