"""Vehicles and other aircraft as a watch hears them: MAVLink messages into a real fleet, without a socket."""

from datetime import UTC, datetime, timedelta

from desk import TWENTE

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.mavlink.messages import AdsbVehicle, EkfStatusReport, GlobalPositionInt, Heartbeat
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.now import Now

LINK = "udpin:127.0.0.1:14550"
PEER = ("127.0.0.1", 5000)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOD = 0x33F  # EKF_STATUS_REPORT.flags of a vehicle that knows where it is
LOST = 0x0A7  # … and of one whose GPS is gone
ARMED, DISARMED = 217, 89  # HEARTBEAT.base_mode
ACTIVE = 4
COPTER, ROVER = 2, 10  # HEARTBEAT.type


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, NOON + timedelta(seconds=seconds))


def hear(fleet: Fleet, sysid: int, message, now: Now, compid: int = 1) -> None:
    fleet.received(LINK, PEER, (sysid, compid, message, repr((sysid, message)).encode()), now)


def hear_vehicle(
    fleet: Fleet,
    sysid: int,
    now: Now,
    place=(0.0, 0.0),
    velocity=(0.0, 0.0),
    *,
    altitude=85.0,
    up=0.0,
    flags=GOOD,
    armed=True,
    kind=COPTER,
) -> None:
    """Its heartbeat, the word of its estimator and its position. place, velocity: east and north of the site's origin."""
    latitude, longitude = TWENTE.frame.to_geodetic(*place)
    hear(fleet, sysid, Heartbeat(5, kind, 3, ARMED if armed else DISARMED, ACTIVE, 3), now)
    hear(fleet, sysid, EkfStatusReport(0.1, 0.1, 0.1, 0.1, 0.0, flags, 0.0), now)
    position = GlobalPositionInt(
        int(now.monotonic_s * 1000),
        round(latitude * 1e7),
        round(longitude * 1e7),
        round(altitude * 1000),
        round((altitude - 35) * 1000),
        round(velocity[1] * 100),
        round(velocity[0] * 100),
        round(-up * 100),
        0,
    )
    hear(fleet, sysid, position, now)


def adsb(
    frame: SiteFrame, place, *, altitude=150.0, speed=0.0, track=0.0, icao=0x4B1234, age=0, **changed
) -> AdsbVehicle:
    """A helicopter, its altitude over 1013 hPa."""
    latitude, longitude = frame.to_geodetic(*place)
    heard = AdsbVehicle(
        ICAO_address=icao,
        lat=round(latitude * 1e7),
        lon=round(longitude * 1e7),
        altitude=round(altitude * 1000),
        heading=round(track * 100),
        hor_velocity=round(speed * 100),
        ver_velocity=0,
        flags=1 | 2 | 4 | 8 | 16 | 128 | 256,
        squawk=7000,
        altitude_type=0,
        callsign=b"LIFELN1",
        emitter_type=7,
        tslc=age,
    )
    return heard._replace(**changed)
