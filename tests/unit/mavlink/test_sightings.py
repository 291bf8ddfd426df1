"""Other aircraft in MAVLink: what is told is taken, and what is marked as unknown never is."""

import pytest
from desk import TWENTE
from heard_aircraft import adsb

from rangeops.adapters.mavlink.messages import OpenDroneIdLocation, Statustext
from rangeops.adapters.mavlink.sightings import TRAFFIC, sighting_from
from rangeops.domain.traffic import ContactKind

HEARD = adsb(TWENTE.frame, (0, 1000), altitude=300.0, speed=50, track=90)
LINK = "udpin:127.0.0.1:14550"


def test_an_adsb_vehicle_with_every_flag():
    told = sighting_from(HEARD, LINK)
    assert (told.id, told.name, told.kind) == ("icao:4b1234", "LIFELN1", ContactKind.CREWED)
    assert (told.pressure_altitude_m, told.ellipsoid_altitude_m) == (300.0, None)
    assert (told.ground_speed_mps, told.track_deg, told.climb_mps) == (50.0, 90.0, 0.0)
    assert told.latitude_deg == pytest.approx(TWENTE.frame.to_geodetic(0, 1000)[0], abs=1e-6)


def test_without_a_flag_a_field_is_not_known_whatever_it_holds():
    told = sighting_from(HEARD._replace(flags=0), LINK)
    unknown = (
        told.latitude_deg, told.longitude_deg, told.pressure_altitude_m, told.ground_speed_mps, told.track_deg,
        told.climb_mps, told.name,
    )  # fmt: skip
    assert unknown == (None,) * len(unknown)


def test_a_geometric_altitude_a_drone_and_an_old_position():
    told = sighting_from(HEARD._replace(altitude_type=1, emitter_type=14, tslc=7), LINK)
    assert (told.ellipsoid_altitude_m, told.pressure_altitude_m) == (300.0, None)
    assert (told.kind, told.position_age_s) == (ContactKind.DRONE, 7.0)


def test_a_car_on_the_apron_is_on_the_ground():
    assert sighting_from(HEARD._replace(emitter_type=18), LINK).on_ground is True


LOCATION = OpenDroneIdLocation(
    522800000, 68900000, -1000.0, -1000.0, 50.0, 0.0, 36100, 25500, 6300, 0, 0, (1, 2, *[0] * 18), 2, 0, 10, 4, 0, 3, 0
)


def test_a_remote_id_that_knows_only_where_it_is():
    told = sighting_from(LOCATION, LINK)
    assert (told.id, told.kind, told.error_m, told.error_up_m) == ("rid:0102", ContactKind.DRONE, 10.0, 10.0)
    assert (told.pressure_altitude_m, told.ellipsoid_altitude_m) == (None, None)
    assert (told.ground_speed_mps, told.track_deg, told.climb_mps) == (None, None, None)
    assert told.on_ground is False


def test_a_remote_id_without_a_place_or_of_ones_own():
    assert sighting_from(LOCATION._replace(latitude=0, longitude=0), LINK).latitude_deg is None
    assert sighting_from(LOCATION._replace(id_or_mac=(0,) * 20), LINK) is None


def test_anything_else_tells_of_nobody():
    assert sighting_from(Statustext(6, b"hello", 0, 0), LINK) is None
    assert Statustext not in TRAFFIC
