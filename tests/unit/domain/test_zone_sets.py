"""Sets of zones: what differs, what is temporary, what a flight would meet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rangeops import paths
from rangeops.adapters.formats.range_folder import load_range
from rangeops.domain.errors import Invalid
from rangeops.domain.schedules import Applicability
from rangeops.domain.zone_sets import (
    ChangeKind,
    Part,
    closed_for,
    ends_of,
    require_temporary,
    with_zones,
    zone_changes,
)
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction, Zone, ZoneArea

TWENTE = load_range(paths.shipped("geofences") / "twente")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EAST = TWENTE.volume("EAST").flight_geography


def square(east, north, half, **more):
    corners = [
        (east - half, north - half),
        (east + half, north - half),
        (east + half, north + half),
        (east - half, north + half),
    ]
    area = ZoneArea(tuple(TWENTE.frame.to_geodetic(*corner) for corner in corners), None, Limit(120, HeightDatum.AGL))
    return replace(Zone("SQUARE", "A square", Restriction.PROHIBITED, (area,)), **more)


def changes(old, new):
    return zone_changes(old, new, TWENTE.frame)


def test_the_same_zones_differ_in_nothing():
    assert changes(TWENTE.zones, tuple(reversed(TWENTE.zones))) == ()


def test_added_and_removed_zones_differ_by_their_area():
    (added,) = changes((), (square(0, 0, 50),))
    (removed,) = changes((square(0, 0, 50),), ())
    assert (added.kind, removed.kind) == (ChangeKind.ADDED, ChangeKind.REMOVED)
    assert added.difference_m2 == pytest.approx(10_000, abs=0.1)
    assert removed.difference_m2 == pytest.approx(10_000, abs=0.1)


def test_a_moved_zone_differs_on_both_sides():
    (moved,) = changes((square(0, 0, 50),), (square(10, 0, 50),))
    assert (moved.kind, moved.parts) == (ChangeKind.CHANGED, (Part.OUTLINE,))
    assert moved.difference_m2 == pytest.approx(2 * 10 * 100, abs=0.1)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"restriction": Restriction.CONDITIONAL}, Part.RESTRICTION),
        ({"applicability": (Applicability(NOON, None),)}, Part.TIMES),
        ({"name": "Another name"}, Part.WORDS),
        ({"areas": (replace(square(0, 0, 50).areas[0], upper=None),)}, Part.HEIGHTS),
    ],
)
def test_what_differs_is_named(change, part):
    (changed,) = changes((square(0, 0, 50),), (square(0, 0, 50, **change),))
    assert changed.parts == (part,)
    assert changed.difference_m2 == 0


def test_an_identifier_stands_once():
    with pytest.raises(Invalid, match="already"):
        with_zones(TWENTE, [square(0, 0, 50, id="HOUSING")], where="file")
    with pytest.raises(Invalid, match="already"):
        with_zones(TWENTE, [square(0, 0, 50), square(0, 0, 50)], where="file")
    assert with_zones(TWENTE, [square(0, 0, 50)], where="file").zones[-1].id == "SQUARE"


@pytest.mark.parametrize("spans", [(), (Applicability(NOON, None),), (Applicability(None, NOON),)])
def test_a_temporary_zone_has_a_start_and_an_end(spans):
    with pytest.raises(Invalid, match="no start and end"):
        require_temporary(square(0, 0, 50, applicability=spans), where="file")
    whole = square(0, 0, 50, applicability=(Applicability(NOON, NOON + HOUR), Applicability(NOON - HOUR, NOON)))
    require_temporary(whole, where="file")
    assert ends_of(whole) == (NOON - HOUR, NOON + HOUR)


def test_a_flight_meets_what_is_closed_there_and_then():
    east, north = TWENTE.frame.to_site(*EAST.outer[0])

    def met(zone, starts=NOON, ends=NOON + HOUR):
        return [each.id for each in closed_for(replace(TWENTE, zones=(zone,)), EAST, starts, ends)]

    zone = square(east, north, 30, applicability=(Applicability(NOON, NOON + HOUR),))
    assert met(zone) == ["SQUARE"]
    assert met(zone, NOON + 2 * HOUR, NOON + 3 * HOUR) == []
    assert met(replace(zone, restriction=Restriction.CONDITIONAL)) == []
    assert met(replace(zone, areas=(replace(zone.areas[0], lower=Limit(500, HeightDatum.AMSL), upper=None),))) == []
    assert met(replace(zone, areas=(ZoneArea(Circle(52.2901, 6.8631, 50), None, None),))) == []
