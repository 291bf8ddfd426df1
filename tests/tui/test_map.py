"""The map: layers, hatching, names that don't overlap, finding, following, mouse."""

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
import specimens
from hypothesis import given
from hypothesis import strategies as st
from test_others import aircraft, scene
from textual import events

from rangeops.domain.separation import Verdict
from rangeops.domain.telemetry import Sysid
from rangeops.tui.chart import Area, Chart, Look, Sheet, Surface, Traffic
from rangeops.tui.dots import Dots
from rangeops.tui.ink import Ink
from rangeops.tui.layers import ALL, LAYERS, Layer, hidden_note
from rangeops.tui.view import Viewport, fitted, frame_of, metres
from rangeops.tui.widgets.map import RangeMap
from rangeops.wire.picture import EncounterView

VIEW = Viewport(100, 30, m_per_dot=18.0)
CLOSE = Viewport(100, 30, 1850.0, 350.0, m_per_dot=6.0)  # on the housing to the east
AREAS = tuple(Area(volume.name, volume.flight_geography, Ink.GEOGRAPHY) for volume in specimens.RANGE.volumes)
SIZE = (120, 36)
MET = EncounterView("LIFELN1", "crewed", Verdict.CONVERGING, "LIFELN1 in 40 s")

numbers = st.floats(-50, 90)
strokes = st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=6)


def dots_of(*drawn):
    """Each a list of segments, one after the other on one field."""
    dots = Dots(20, 10)
    for segments in drawn:
        dots.segments(*np.array(segments, dtype=np.float64).reshape(-1, 4).T, Ink.TRAIL.value)
    return dots


def drawn(surface=None, traffic=None, view=VIEW, **look):
    if surface is None:
        surface = Surface(specimens.RANGE, AREAS)
    characters, inks = Chart().draw(view, surface, traffic or Traffic(), Look(**look))
    return ["".join(map(chr, row)) for row in characters], inks


@given(strokes, strokes)
def test_what_is_drawn_over_another_is_both(first, second):
    """A cell is the OR of what is drawn in it, in whichever order."""
    together = dots_of(first, second)
    assert np.array_equal(together.bits, dots_of(first).bits | dots_of(second).bits)
    assert np.array_equal(together.bits, dots_of(second, first).bits)


# In thousandths, since GEOS, the oracle, divides by what is next to 0.
thousandths = st.integers(-20_000, 60_000).map(lambda each: each / 1000)
corners = st.lists(st.tuples(thousandths, thousandths), min_size=3, max_size=8, unique=True)


@given(corners, st.integers(2, 9))
def test_hatching_stays_in_what_it_hatches(ring, every):
    """Every dot of it is within a dot's breadth of the ring's inside, by shapely's even-odd count."""
    x, y = (np.array(part, dtype=np.float64) for part in zip(*ring, strict=True))
    dots = Dots(20, 10)
    dots.hatch([(x, y)], Ink.FAINT.value, every)
    inside = shapely.make_valid(shapely.Polygon(ring)).buffer(1.5)
    rows, columns = np.nonzero(dots.bits)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        cell = shapely.box(column * 2, row * 4, column * 2 + 2, row * 4 + 4)
        assert inside.intersects(cell)


def test_a_hole_is_not_hatched():
    dots = Dots(20, 10)
    outer = np.array([0.0, 40.0, 40.0, 0.0]), np.array([0.0, 0.0, 40.0, 40.0])
    hole = np.array([12.0, 28.0, 28.0, 12.0]), np.array([12.0, 12.0, 28.0, 28.0])
    dots.hatch([outer, hole], Ink.FAINT.value, 3)
    assert np.count_nonzero(dots.bits[4:6, 7:13]) == 0
    assert np.count_nonzero(dots.bits[0:2]) > 20


def test_a_prohibited_zone_is_known_without_colour():
    """By hatching and by its sign; another zone has neither."""
    (housing, *others) = specimens.RANGE.zones
    ring = housing.volume.outer
    x, y = CLOSE.dots(*metres(frame_of(specimens.RANGE), ring))
    middle = int(np.mean(y) / 4), int(np.mean(x) / 2)

    def about_the_middle(restriction):
        site = replace(specimens.RANGE, zones=(replace(housing, restriction=restriction), *others))
        lines, inks = drawn(Surface(site), view=CLOSE)
        row, column = middle
        return np.count_nonzero(inks[row - 3 : row + 4, column - 12 : column + 12]), "\n".join(lines)

    (hatched, prohibited), (plain, conditional) = about_the_middle("PROHIBITED"), about_the_middle("CONDITIONAL")
    assert hatched > plain + 10
    assert "⊘HOUSING" in prohibited
    assert "⊘HOUSING" not in conditional
    assert "HOUSING" in conditional


names = st.tuples(st.integers(-3, 42), st.integers(-1, 10), st.text("ABC", min_size=1, max_size=9))


@given(st.lists(names, max_size=30), st.lists(names, max_size=10))
def test_a_name_stands_whole_or_not_at_all(written, placed):
    sheet = Sheet(Dots(40, 8))
    stands = [(column, row, text) for column, row, text in written if sheet.write(column, row, text, Ink.TEXT)]
    taken = int(sheet.taken.sum())
    for column, row, text in placed:
        sheet.write_near(column, row, text, Ink.TEXT)
        assert int(sheet.taken.sum()) - taken in (0, len(text)), "it took cells of its own, or none"
        taken = int(sheet.taken.sum())
    for column, row, text in stands:
        assert "".join(map(chr, sheet.characters[row, column : column + len(text)])) == text


places = st.lists(st.tuples(st.floats(-900, 1100), st.floats(-700, 900)), min_size=1, max_size=30)


@given(places)
def test_no_name_on_the_map_covers_another(where):
    """Every Q begins a whole callsign, every sign a whole zone's name; and no vehicle is without its mark."""
    fleet = [
        specimens.vehicle(number, f"Q{number:02}", "ACME", east, north)
        for number, (east, north) in enumerate(where, start=1)
    ]
    lines, _ = drawn(traffic=Traffic(scene(specimens.picture(fleet)).vehicles))
    text = "\n".join(lines)
    assert not re.search(r"\dQ|[A-Za-z]Q|\d⊘", text), "names don't run into each other"
    known = {view.callsign for view in fleet}
    for part in text.split("Q")[1:]:
        assert f"Q{part[:2]}" in known
    for part in text.split("⊘")[1:]:
        assert part.startswith(("HOUSING", "EVENTS", "NATURE"))
    seen_at = metres(frame_of(specimens.RANGE), [(view.latitude_deg, view.longitude_deg) for view in fleet])
    cells = {(int(x // 2), int(y // 4)) for x, y in zip(*VIEW.dots(*seen_at), strict=True)}
    assert text.count("▲") == len(cells)


def test_every_layer_has_a_key_of_its_own_and_is_listed_once():
    assert [row.layer for row in LAYERS] == list(Layer)
    assert len({row.key for row in LAYERS}) == len(LAYERS)


@pytest.mark.parametrize(
    ("layer", "sign"),
    [(Layer.ZONES, "HOUSING"), (Layer.VOLUMES, "North"), (Layer.NAMES, "⊘NATURE"), (Layer.TRAFFIC, "LIFELN1")],
)
def test_a_hidden_layer_is_not_drawn_and_the_map_says_so(layer, sign):
    traffic = Traffic(scene(specimens.picture()).vehicles, others=(aircraft(),))
    shown, _ = drawn(traffic=traffic)
    hidden, _ = drawn(traffic=traffic, layers=ALL - {layer})
    assert sign in "\n".join(shown)
    assert sign not in "\n".join(hidden)
    assert "hidden" not in "\n".join(shown)
    assert f"hidden: {layer.value}" in "\n".join(hidden)


@pytest.mark.parametrize(
    ("layer", "ink"), [(Layer.RUNWAY, Ink.RUNWAY), (Layer.TRAILS, Ink.TRAIL), (Layer.VECTORS, Ink.VECTOR)]
)
def test_a_hidden_layer_leaves_none_of_its_dots(layer, ink):
    vehicles = scene(specimens.picture()).vehicles
    trails = {vehicle.view.sysid: ((52.27, 6.88), (52.2745, 6.884)) for vehicle in vehicles}
    _, shown = drawn(traffic=Traffic(vehicles, trails))
    _, hidden = drawn(traffic=Traffic(vehicles, trails), layers=ALL - {layer})
    assert np.any(shown == ink.value)
    assert not np.any(hidden == ink.value)


def test_what_must_be_seen_is_no_layer():
    """With everything hidden: each vehicle, the range, a threatened volume, and whoever a vehicle meets."""
    threatened = tuple(replace(area, ink=Ink.P1) if area.name == "East" else area for area in AREAS)
    vehicles = scene(specimens.picture([replace(specimens.NORTH, encounter=MET)])).vehicles
    lines, inks = drawn(
        Surface(specimens.RANGE, threatened), Traffic(vehicles, others=(aircraft(),)), layers=frozenset()
    )
    text = "\n".join(lines)
    assert "▲" in text
    assert "LIFELN1" in text
    assert np.any(inks == Ink.P1.value)
    assert np.any(inks == Ink.FAINT.value)
    assert hidden_note(frozenset()) in text


@given(st.floats(0, 60), st.floats(0, 20), st.floats(0.5, 2))
def test_what_is_under_the_pointer_stays_there(column, row, factor):
    view = Viewport(60, 20, 100.0, -50.0, m_per_dot=8.0)

    def under(seen):
        right, up = 2 * column - seen.columns, 2 * seen.rows - 4 * row
        return seen.east_m + right * seen.m_per_dot, seen.north_m + up * seen.m_per_dot

    assert under(view.zoomed_at(factor, column, row)) == pytest.approx(under(view), abs=1e-6)


def the_map(room) -> RangeMap:
    return room.app.room.query_one(RangeMap)


def map_text(room):
    seen = the_map(room)
    return "\n".join(seen.render_line(y).text for y in range(seen.size.height))


def cell_of(room, view):
    """Of a vehicle's mark, on the map's own rows and columns."""
    seen = the_map(room).view
    x, y = seen.dots(*metres(frame_of(specimens.RANGE), [(view.latitude_deg, view.longitude_deg)]))
    return int(x[0] // 2), int(y[0] // 4)


async def test_layers_are_hidden_by_key_and_the_map_goes_on_saying_so(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        assert "⊘HOUSING" in map_text(room)
        await room.presses(pilot, "m", "z", "o")
        assert room.dialog().count("HIDDEN") == 2
        await room.presses(pilot, "escape")
        assert "HOUSING" not in map_text(room)
        assert "hidden: zones, traffic" in map_text(room)
        await room.presses(pilot, "m", "z", "o", "m")
        assert "⊘HOUSING" in map_text(room)
        assert "hidden" not in map_text(room)


async def test_keys_of_the_layers_do_nothing_to_vehicles(room):
    """The one that returns a vehicle hides the runway there, and returns nobody."""
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "j", "m", "r", "h", "l", "a")
        assert room.server.calls == []
        assert the_map(room).shown_layers == ALL - {Layer.RUNWAY}


async def test_find_chooses_a_vehicle_and_brings_it_into_sight(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, *"zzzzzz", "slash", *"d11", "enter")
        assert room.app.shared.selected == specimens.SOUTH.sysid
        column, row = cell_of(room, specimens.SOUTH)
        size = the_map(room).size
        assert 0 < column < size.width
        assert 0 < row < size.height
        assert "[D11" in map_text(room)


async def test_the_map_says_whom_it_follows(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "j", "f")
        assert "follows D03" in map_text(room)
        await room.presses(pilot, "left")
        assert "follows" not in map_text(room)


async def test_a_click_chooses_the_vehicle_under_it_and_a_wheel_zooms(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        column, row = cell_of(room, specimens.EAST)
        await pilot.click(RangeMap, offset=(column + 1, row + 1))  # the border is one cell
        await room.settles(pilot)
        assert room.app.shared.selected == specimens.EAST.sysid
        assert room.server.calls == []
        before = the_map(room).view.m_per_dot
        await pilot._post_mouse_events(  # the pilot has no wheel of its own
            [events.MouseScrollUp],
            RangeMap,
            (column + 1, row + 1),
            button=0,
        )
        await room.settles(pilot)
        assert the_map(room).view.m_per_dot < before
        moved = np.subtract(cell_of(room, specimens.EAST), (column, row))
        assert np.all(np.abs(moved) <= 1), "but for what a cell is rounded to"


async def test_a_click_on_nobody_changes_nothing(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "j")
        await pilot.click(RangeMap, offset=(2, 2))
        await room.settles(pilot)
        assert room.app.shared.selected == specimens.NORTH.sysid


async def test_a_click_on_a_row_chooses_it(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, specimens.picture())
        await pilot.click("#vehicles", offset=(10, 4))  # below border and head, the third
        await room.settles(pilot)
        assert room.app.shared.selected == Sysid(7)


def test_a_range_seen_whole_has_its_scale_and_north():
    east, north = metres(frame_of(specimens.RANGE), specimens.RANGE.boundary.outer)
    lines, _ = drawn(view=fitted(100, 30, east, north))
    assert "N ↑" in lines[0]
    assert "├" in lines[-1]


FLEET = [
    specimens.vehicle(n, f"D{n:02}", "ACME", 320.0 - 155 * (n % 5), 560.0 - 210 * (n // 5), track_deg=n * 37.0 % 360)
    for n in range(1, 26)
]


@pytest.mark.parametrize(
    ("size", "keys"), [((240, 70), "j"), ((120, 36), "jzzfmton"), ((80, 24), "jm")], ids=["240x70", "layers", "80x24"]
)
def test_25_vehicles_and_others_as_seen(room, snap_compare, size, keys):
    """At the largest; closer, following, with layers hidden; and at the smallest with the layers' keys over it."""
    others = (aircraft(), aircraft(-420.0, -60.0, id="rid:1", name="1581F4ABC", kind="drone", track_deg=80.0))

    async def play(pilot):
        await room.opens(pilot, specimens.picture(FLEET, traffic=others))
        await room.presses(pilot, *keys)

    assert snap_compare(room.app, terminal_size=size, run_before=play)
