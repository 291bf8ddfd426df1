"""Contacts from pieces: the newest word counts, what is unsound is dropped, and heights say how far off they may be."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rangeops.domain.now import Now
from rangeops.domain.traffic import MOST_CONTACTS, ContactKind, Sighting, TrafficTable, height_of, take_all


def at(seconds):
    return Now(seconds, datetime(2026, 11, 24, tzinfo=UTC))


PLACE = Sighting(
    "icao:4b1234", "sbs:127.0.0.1:30003", latitude_deg=52.28, longitude_deg=6.89, pressure_altitude_m=300.0
)


def test_pieces_make_one_contact():
    table = TrafficTable()
    take_all(
        table,
        [
            replace(PLACE, latitude_deg=None, longitude_deg=None, pressure_altitude_m=None, name="LIFELN1"),
            PLACE,
            Sighting(PLACE.id, PLACE.source, ground_speed_mps=50.0, track_deg=90.0),
        ],
        at(10),
    )
    (contact,) = table.contacts(at(12))
    assert (contact.name, contact.kind, contact.age_s(at(12))) == ("LIFELN1", ContactKind.CREWED, 2.0)
    assert contact.velocity_mps == pytest.approx((50.0, 0.0, 0.0))


def test_who_never_told_where_he_is_is_no_contact():
    table = TrafficTable()
    table.take(Sighting("icao:1", "x", name="A"), at(0))
    assert not table.contacts(at(0))


def test_an_older_position_of_another_source_changes_nothing():
    table = TrafficTable()
    table.take(PLACE, at(10))
    table.take(replace(PLACE, source="other", latitude_deg=52.0, position_age_s=5.0), at(11))
    (contact,) = table.contacts(at(11))
    assert (contact.latitude_deg, contact.source) == (52.28, PLACE.source)


def test_a_minute_after_its_last_position_it_is_forgotten():
    table = TrafficTable()
    table.take(PLACE, at(0))
    table.take(Sighting(PLACE.id, PLACE.source, name="LIFELN1"), at(59))
    assert len(table.contacts(at(60))) == 1
    assert not table.contacts(at(61))


@pytest.mark.parametrize(
    "changed",
    [{"latitude_deg": math.nan}, {"latitude_deg": 91.0}, {"longitude_deg": 181.0}, {"pressure_altitude_m": math.inf}],
)
def test_what_is_no_place_on_earth_is_dropped(changed):
    table = TrafficTable()
    table.take(replace(PLACE, **changed), at(0))
    assert not table.contacts(at(0))


def test_a_forger_cannot_fill_the_memory_and_room_comes_back():
    table = TrafficTable()
    for number in range(MOST_CONTACTS + 50):
        table.take(replace(PLACE, id=f"icao:{number}"), at(0))
    assert len(table.contacts(at(0))) == MOST_CONTACTS
    table.take(replace(PLACE, id="icao:late"), at(20))
    assert [contact.id for contact in table.contacts(at(20))] == ["icao:late"]


def test_a_name_from_outside_is_made_safe():
    table = TrafficTable()
    table.take(replace(PLACE, name="\x1b[2J" + "A" * 300), at(0))
    (contact,) = table.contacts(at(0))
    assert "\x1b" not in contact.name
    assert len(contact.name) <= 20


def height(**changed):
    table = TrafficTable()
    table.take(replace(PLACE, **changed), at(0))
    return table.contacts(at(0))[0]


def test_the_better_height_counts_and_says_its_error():
    both = height(ellipsoid_altitude_m=400.0)
    known = height_of(both, geoid_offset_m=43.6, qnh_unknown_m=300.0)
    assert (known.altitude_amsl_m, known.error_m) == (pytest.approx(356.4), 45.0)
    unknown_geoid = height_of(both, geoid_offset_m=None, qnh_unknown_m=300.0)
    assert (unknown_geoid.altitude_amsl_m, unknown_geoid.error_m) == (400.0, 155.0)
    assert height_of(both, geoid_offset_m=None, qnh_unknown_m=0.0).altitude_amsl_m == 300.0
    pressure = height_of(height(), geoid_offset_m=43.6, qnh_unknown_m=300.0)
    assert (pressure.altitude_amsl_m, pressure.error_m) == (300.0, 338.0)
    assert height_of(height(pressure_altitude_m=None), geoid_offset_m=43.6, qnh_unknown_m=300.0).error_m == 20_000.0


def test_a_better_height_that_is_told_no_more_gives_way_to_the_one_that_is():
    """A helicopter that has descended counted at the geometric height of five minutes ago."""
    table = TrafficTable()
    table.take(replace(PLACE, ellipsoid_altitude_m=945.0, pressure_altitude_m=914.0), at(0))
    table.take(PLACE, at(4))
    assert table.contacts(at(4))[0].ellipsoid_altitude_m == 945.0, "each second one or the other: both count"
    table.take(PLACE, at(6))
    (contact,) = table.contacts(at(6))
    assert (contact.ellipsoid_altitude_m, contact.pressure_altitude_m) == (None, 300.0)


def test_a_height_that_nothing_was_told_of_for_long_is_unknown():
    table = TrafficTable()
    bare = replace(PLACE, pressure_altitude_m=None)
    table.take(PLACE, at(0))
    table.take(bare, at(15))
    assert table.contacts(at(15))[0].pressure_altitude_m == 300.0
    table.take(bare, at(16))
    (contact,) = table.contacts(at(16))
    assert contact.pressure_altitude_m is None
    assert height_of(contact, geoid_offset_m=43.6, qnh_unknown_m=300.0).error_m == 20_000.0


def test_who_was_told_on_the_ground_once_is_not_there_for_ever():
    table = TrafficTable()
    table.take(replace(PLACE, on_ground=True), at(0))
    table.take(PLACE, at(10))  # a receiver that has no word for it
    assert table.contacts(at(10))[0].on_ground
    table.take(PLACE, at(16))
    assert not table.contacts(at(16))[0].on_ground
