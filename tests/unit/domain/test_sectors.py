"""Who is in a sector, in which order they are told, and that the whole range is never meant by accident."""

from dataclasses import replace

import pytest
from desk import TWENTE
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.facts import Facts
from rangeops.domain.sectors import (
    NEAR_M,
    WHOLE_RANGE,
    Flier,
    Sector,
    contacts_from,
    members,
    sector_named,
    sectors_from,
)
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Volume

FRAME = TWENTE.frame
SQUARE = tuple(FRAME.to_geodetic(*corner) for corner in ((0, 0), (400, 0), (400, 400), (0, 400)))
EAST = Sector("EAST", SQUARE)
AWAY = Volume(tuple(FRAME.to_geodetic(*corner) for corner in ((900, 900), (950, 900), (950, 950))), 0, 100)


def flier(sysid: int, place: tuple[float, float] | None = (200, 200), **changes) -> Flier:
    made = Flier(Sysid(sysid), armed=True, place=place, altitude_amsl_m=80.0 if place else None, volume=None)
    return replace(made, **changes)


def told(*fliers: Flier, sector: Sector = EAST, crewed=()) -> list[int]:
    return [member.sysid for member in members(sector, fliers, crewed, FRAME)]


def test_who_stands_disarmed_or_flies_elsewhere_is_not_told():
    assert told(flier(1), flier(2, armed=False), flier(3, (900, 900)), flier(4, (400 + NEAR_M - 1, 200))) == [1, 4]


@pytest.mark.parametrize(("volume", "is_in"), [(None, True), (AWAY, False), (Volume(SQUARE, 0, 100), True)])
def test_unknown_is_never_outside(volume, is_in):
    """Of whom nobody knows where he is, only a volume that lies elsewhere says that he isn't here."""
    assert (told(flier(1, None, volume=volume)) == [1]) is is_in


def test_nearest_to_the_crewed_aircraft_first_and_before_all_who_may_be_anywhere():
    inbound = [(1000.0, 200.0, 300.0)]
    assert told(flier(1, (50, 200)), flier(2, (390, 200)), flier(3, None), crewed=inbound) == [3, 2, 1]


def test_with_no_crewed_aircraft_the_highest_first():
    assert told(flier(1, altitude_amsl_m=60.0), flier(2, altitude_amsl_m=110.0), flier(3)) == [2, 3, 1]


def test_one_that_is_far_off_gives_no_order():
    far = [(90_000.0, 0.0, 300.0)]
    assert told(flier(1, altitude_amsl_m=60.0), flier(2, altitude_amsl_m=110.0), crewed=far) == [2, 1]


def test_the_whole_range_only_by_its_own_name():
    assert sector_named("whole  range", [EAST]) == Sector(WHOLE_RANGE, ())
    assert sector_named("east", [EAST]) is EAST
    for word in ("", "all", "EAST ", "EASTERN", "*"):
        if word.strip() == "EAST":
            continue
        with pytest.raises(NotFound, match="WHOLE RANGE"):
            sector_named(word, [EAST])
    assert told(flier(1, (9000, 9000)), sector=Sector(WHOLE_RANGE, ())) == [1]


def test_a_range_may_not_name_a_sector_twice_nor_after_the_whole():
    for names in (["EAST", "east"], ["whole range"]):
        tables = [Facts({"name": name, "ring": []}, "range.toml") for name in names]
        with pytest.raises(Invalid, match="there already"):
            sectors_from(tables, [SQUARE] * len(names))


def test_contacts_need_all_that_a_call_needs():
    with pytest.raises(Invalid, match="call must be"):
        contacts_from([Facts({"name": "FIC", "role": "flight information"}, "range.toml")])


def test_the_shipped_range_has_sectors_that_cover_its_volumes_and_whom_to_call():
    assert {sector.name for sector in TWENTE.sectors} == {"EAST", "NORTH", "WEST", "SOUTH"}
    assert {contact.role for contact in TWENTE.contacts} == {"flight information", "aerodrome", "fire service"}
    for volume in TWENTE.volumes:
        ring = volume.flight_geography.outer
        middle = FRAME.to_site(sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
        assert any(told(flier(1, middle), sector=sector) for sector in TWENTE.sectors), volume.id


PLACES = st.none() | st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000))


@given(
    st.lists(st.tuples(st.integers(1, 250), PLACES, st.booleans()), unique_by=lambda each: each[0], max_size=12),
    st.lists(st.tuples(st.floats(-9000, 9000), st.floats(-9000, 9000), st.none() | st.floats(0, 900)), max_size=3),
)
def test_nobody_is_told_twice_nobody_disarmed_and_everybody_armed_of_the_whole(entries, crewed):
    fliers = [flier(sysid, place, armed=armed) for sysid, place, armed in entries]
    whole = told(*fliers, sector=Sector(WHOLE_RANGE, ()), crewed=crewed)
    assert sorted(whole) == sorted(each.sysid for each in fliers if each.armed)
    part = told(*fliers, crewed=crewed)
    assert set(part) <= set(whole)
    unknown = [each.sysid for each in fliers if each.armed and each.place is None]
    assert set(whole[: len(unknown)]) == set(unknown)
