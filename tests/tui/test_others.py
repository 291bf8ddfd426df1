"""Other aircraft and circles on the map: where, how high, how old; and what is said of a vehicle that meets one."""

import math
from dataclasses import replace

import numpy as np
import pytest
import specimens

from rangeops.client.feed import Connected
from rangeops.domain.now import Now
from rangeops.domain.reach import Reach
from rangeops.domain.separation import Verdict
from rangeops.tui.board import Board
from rangeops.tui.chart import Chart, Surface, Traffic
from rangeops.tui.ink import Ink
from rangeops.tui.others import label
from rangeops.tui.panels.vehicles import detail
from rangeops.tui.view import Viewport
from rangeops.wire.picture import EncounterView, TrafficView

VIEW = Viewport(100, 30, m_per_dot=18.0)


def aircraft(east_m=300.0, north_m=200.0, **changed):
    latitude, longitude = specimens.place(east_m, north_m)
    heard = TrafficView(
        id="icao:484b2f", name="LIFELN1", kind="crewed", source="sbs:127.0.0.1:30003", latitude_deg=latitude,
        longitude_deg=longitude, altitude_amsl_m=150.0, altitude_error_m=338.0, ground_speed_mps=60.0, track_deg=225.0,
        climb_mps=0.0, on_ground=False, age_s=0.4, stale=False,
    )  # fmt: skip
    return replace(heard, **changed)


def lines(vehicles=(), others=(), view=VIEW):
    characters, inks = Chart().draw(view, Surface(specimens.RANGE), Traffic(tuple(vehicles), others=tuple(others)))
    return ["".join(map(chr, row)) for row in characters], inks


def scene(picture, late_s=0.0):
    board = Board(specimens.NOW)
    board.take(Connected("http://127.0.0.1"), specimens.NOW)
    board.take(picture, specimens.NOW)
    return board.scene(Now(specimens.NOW.monotonic_s + late_s, specimens.NOW.utc))


def test_an_aircraft_stands_where_it_is_with_its_height():
    drawn, _ = lines(others=[aircraft()])
    (row,) = [row for row, text in enumerate(drawn) if "✈" in text]
    x, y = VIEW.dots(np.array([300.0]), np.array([200.0]))
    assert (drawn[row].index("✈"), row) == (math.floor(x[0] / 2), math.floor(y[0] / 4))
    assert "✈ LIFELN1 ~500ft" in drawn[row]


@pytest.mark.parametrize(("error_m", "drawn"), [(None, False), (5.0, False), (300.0, True)])
def test_how_far_a_position_may_be_off_is_a_circle_where_it_can_be_seen(error_m, drawn):
    """Not from 18 m a dot for 5 m: it would lie under the mark. One that isn't trusted has its reach, not this."""
    view = replace(specimens.NORTH, position_error_m=error_m, ground_speed_mps=0.0)
    _, inks = lines(scene(specimens.picture([view])).vehicles)
    assert np.any(inks == Ink.TRAIL.value) == drawn
    _, inks = lines(scene(specimens.picture([replace(view, trusted=False)])).vehicles)
    assert not np.any(inks == Ink.TRAIL.value)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"altitude_error_m": 45.0}, "LIFELN1 500ft"),
        ({"altitude_amsl_m": None}, "LIFELN1"),
        ({"on_ground": True}, "LIFELN1 GND"),
        ({"stale": True, "age_s": 20.0}, "LIFELN1 ~500ft 20s ago"),
    ],
)
def test_what_is_not_known_is_not_shown_as_if_it_were(changed, text):
    assert label(aircraft(**changed)) == text


def test_one_beyond_the_map_stands_at_its_edge_with_its_distance_and_one_far_off_does_not():
    drawn, _ = lines(others=[aircraft(9000.0, 0.0)])
    (row,) = [text for text in drawn if "✈" in text]
    assert row.rstrip().endswith("✈")
    assert "LIFELN1 ~500ft 9.0 km" in row
    drawn, _ = lines(others=[aircraft(9000.0, 9000.0)])
    assert drawn[0].endswith("✈")
    assert drawn[1].endswith("LIFELN1 ~500ft 12.7 km"), "north's arrow stands beside it"
    drawn, _ = lines(others=[aircraft(20_000.0, 0.0)])
    assert not any("✈" in text for text in drawn)


def test_an_unknown_drone_has_another_mark():
    drawn, _ = lines(others=[aircraft(kind="drone", name="1581F4A")])
    assert any("◇ 1581F4A" in text for text in drawn)


def test_the_circle_of_a_vehicle_that_nobody_sees_has_its_radius():
    view = specimens.vehicle(7, "D07", "ACME", 0.0, 0.0, latitude_deg=None, longitude_deg=None, trusted=False)
    latitude, longitude = specimens.place(0.0, 0.0)
    seen = replace(view, reach=Reach(latitude, longitude, 400.0, 30.0, 150.0, 12.0))
    before, _ = lines(scene(specimens.picture([view])).vehicles)
    after, inks = lines(scene(specimens.picture([seen])).vehicles)
    changed = [(x, y) for y, row in enumerate(after) for x, text in enumerate(row) if text != before[y][x]]
    assert len(changed) > 20
    for x, y in changed:
        east, north = (x * 2 + 1 - VIEW.columns) * VIEW.m_per_dot, (VIEW.rows * 2 - y * 4 - 2) * VIEW.m_per_dot
        assert math.hypot(east, north) == pytest.approx(400.0, abs=2.5 * VIEW.m_per_dot)
    assert (inks == Ink.VECTOR.value).any()


def test_whom_a_vehicle_meets_is_said_beside_it_and_marked_on_the_map():
    met = EncounterView("LIFELN1", "crewed", Verdict.CONVERGING, "LIFELN1: 120 m apart in 40 s")
    view = replace(specimens.vehicle(7, "D07", "ACME", 0.0, 0.0), encounter=met)
    shown = scene(specimens.picture([view], traffic=(aircraft(),)))
    text = "\n".join("".join(span.text for span in line) for line in detail(shown, 7))
    assert "LIFELN1: 120 m apart in 40 s" in text
    drawn, inks = lines(shown.vehicles, shown.traffic)
    (place,) = [(row, text.index("✈")) for row, text in enumerate(drawn) if "✈" in text]
    assert inks[place] == Ink.P1.value


def test_without_a_picture_an_aircraft_grows_old_and_is_no_longer_where_it_was():
    picture = specimens.picture([], traffic=(aircraft(),))
    assert not scene(picture).traffic[0].stale
    late = scene(picture, late_s=5.0).traffic[0]
    assert (late.stale, late.age_s) == (True, pytest.approx(5.4))


def test_its_name_stands_where_it_hides_no_vehicle():
    beside = specimens.vehicle(3, "D03", "SAXN", 420.0, 200.0)
    drawn, _ = lines(scene(specimens.picture([beside])).vehicles, [aircraft()])
    assert any("LIFELN1 ~500ft" in text for text in drawn)
    assert any("▲ D03" in text for text in drawn)
