"""No two slots hold airspace that meets, nor one vehicle: kept by every store, and by a database whoever writes to it."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import shapely
from desk import D07, NOON
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon, box
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from rangeops.adapters.store.airspace import airspace_values, piece_values
from rangeops.adapters.store.opening import STORES, open_store
from rangeops.domain.airspace import Airspace, core_of, meet, pieces
from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import VolumeId

HOUR = timedelta(hours=1)
RING = Polygon(box(0, 0, 300, 300).exterior, [box(100, 100, 200, 200).exterior])
BENT = Polygon([(0, 0), (300, 0), (300, 10), (10, 10), (10, 300), (0, 300)])
SHAPES = {
    "west": box(0, 0, 100, 100),
    "east": box(100, 0, 200, 100),  # shares an edge with west
    "across": box(90, 20, 110, 30),
    "ring": RING,
    "in-ring": box(120, 120, 180, 180),
    "over-ring": box(150, 150, 250, 250),
    "bent": BENT,
    "in-bend": box(50, 50, 250, 250),
    "two": shapely.MultiPolygon([box(0, 0, 10, 10), box(500, 500, 510, 510)]),
    "far": box(495, 495, 505, 505),
    "slanted": Polygon([(0, 0), (100, 0), (100, 100)]),
    "above-slant": Polygon([(0, 10), (0, 100), (90, 100)]),
}


def airspace(shape="west", *, floor=50.0, ceiling=100.0, starts=NOON, ends=NOON + HOUR):
    core = core_of(SHAPES[shape]) if isinstance(shape, str) else core_of(shape)
    return Airspace(str(shape), core, floor, ceiling, starts, ends)


def slot(number=1, shape="west", **changed):
    made = Slot(
        SlotId(f"S{number}"), 1, "ACME", VolumeId(shape), NOON, NOON + HOUR, Sysid(number), f"D{number}",
        "survey-quad", "ch 2", None, SlotState.APPROVED,
    )  # fmt: skip
    return replace(made, **changed)


def airspace_of(slot):
    """A shape by its name; "name:50-100" says its band too."""
    name, _, band = slot.volume.partition(":")
    floor, ceiling = map(float, band.split("-")) if band else (50.0, 100.0)
    return airspace(name, floor=floor, ceiling=ceiling, starts=slot.held_from, ends=slot.held_until)


@pytest.fixture(params=sorted(STORES))
def store(request, empty_store):
    opened = open_store(empty_store(request.param), airspace_of)
    yield opened
    opened.close()


@pytest.fixture(params=sorted(set(STORES) - {"memory"}))
def database(request, empty_store):
    opened = open_store(empty_store(request.param), airspace_of)
    yield opened
    opened.close()


def add(store, *slots):
    for each in slots:
        with store.write() as work:
            work.slots.add(each)


def ids(slots):
    return [each.id for each in slots]


def near(store, wanted):
    with store.read() as work:
        return ids(work.slots.holding_near(wanted))


APART = [("west", "east"), ("ring", "in-ring"), ("bent", "in-bend"), ("slanted", "above-slant"), ("two", "in-ring")]
MEETING = [("west", "across"), ("ring", "over-ring"), ("two", "far"), ("bent", "ring"), ("west", "slanted")]


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_lies_apart_is_held_at_the_same_time(store, one, other):
    add(store, slot(1, one), slot(2, other))
    assert near(store, airspace(one)) == ["S1"]
    assert near(store, airspace(other)) == ["S2"]


@pytest.mark.parametrize(("one", "other"), MEETING)
def test_the_second_of_two_that_meet_is_refused_by_name(store, one, other):
    add(store, slot(1, one))
    assert near(store, airspace(other)) == ["S1"]
    with pytest.raises(Conflict, match=r"slot S2: what it needs is held by slot S1 \(ACME\)"):
        add(store, slot(2, other))
    with store.read() as work:
        assert ids(work.slots.all()) == ["S1"]


def test_bands_and_minutes_are_half_open(store):
    add(
        store,
        slot(1, "west:50-100"),
        slot(2, "west:100-120"),
        slot(3, "west:20-50"),
        slot(4, starts=NOON + HOUR, ends=NOON + 2 * HOUR),
        slot(5, starts=NOON - HOUR, ends=NOON),
    )
    assert near(store, airspace(ends=NOON + timedelta(microseconds=1))) == ["S1"]
    assert near(store, airspace(floor=99.9, ceiling=100.1)) == ["S1", "S2"]
    assert near(store, airspace(starts=NOON - timedelta(microseconds=1))) == ["S5", "S1"]
    with pytest.raises(Conflict):
        add(store, slot(6, "west:99.999-100"))
    with pytest.raises(Conflict):
        add(store, slot(6, starts=NOON + HOUR - timedelta(microseconds=1), ends=NOON + HOUR))


def test_a_vehicle_is_under_one_slot_at_a_time(store):
    add(store, slot(1, sysid=D07), slot(2, "east", sysid=D07, starts=NOON + HOUR, ends=NOON + 2 * HOUR))
    with store.read() as work:
        assert ids(work.slots.holding_vehicle(D07, NOON, NOON + HOUR)) == ["S1"]
        assert ids(work.slots.holding_vehicle(D07, NOON, NOON + 3 * HOUR)) == ["S1", "S2"]
        assert work.slots.holding_vehicle(Sysid(8), NOON, NOON + HOUR) == ()
    with pytest.raises(Conflict, match="S1"):
        add(store, slot(3, "far", sysid=D07, ends=NOON + timedelta(minutes=1)))


def test_a_vehicle_with_a_day_full_of_slots_is_found_in_any_minutes(store):
    """Only the last slot begun before is looked at: it must be enough, whatever the lengths and gaps."""
    minute, begins, given = timedelta(minutes=1), 0, []
    for number, (gap, length) in enumerate([(0, 5), (0, 60), (1, 1), (30, 240), (0, 1), (7, 20)], start=1):
        begins += gap
        given.append((f"S{number}", begins, begins + length))
        add(store, slot(number, sysid=D07, starts=NOON + begins * minute, ends=NOON + (begins + length) * minute))
        begins += length
    edges = sorted({edge + by for _, *both in given for edge in both for by in (-0.5, 0, 0.5)})
    with store.read() as work:
        for first, last in itertools.combinations(edges, 2):
            expected = [name for name, starts, ends in given if starts < last and ends > first]
            assert ids(work.slots.holding_vehicle(D07, NOON + first * minute, NOON + last * minute)) == expected
    for number, (first, last) in enumerate(itertools.pairwise(edges), start=100):
        wanted = slot(number, "far", sysid=D07, starts=NOON + first * minute, ends=NOON + last * minute)
        if any(starts < last and ends > first for _, starts, ends in given):
            with pytest.raises(Conflict):
                add(store, wanted)
        else:
            add(store, wanted)
            with store.write() as work:
                work.slots.replace(replace(wanted, state=SlotState.CANCELLED, version=2))


def test_what_ends_gives_its_airspace_to_the_next(store):
    first = slot()
    add(store, first, slot(2, state=SlotState.REQUESTED))
    approved = slot(2, version=2)
    with pytest.raises(Conflict), store.write() as work:
        work.slots.replace(approved)
    with store.write() as work:
        work.slots.replace(replace(first, version=2, state=SlotState.CANCELLED))
        work.slots.replace(approved)
    assert near(store, airspace()) == ["S2"]
    with pytest.raises(Conflict), store.write() as work:
        work.slots.replace(replace(first, version=3, state=SlotState.APPROVED))


def test_a_slot_that_moves_holds_its_new_time_and_no_longer_its_old(store):
    add(store, slot(), slot(2, starts=NOON + 2 * HOUR, ends=NOON + 3 * HOUR))
    later = slot(version=2, starts=NOON + HOUR, ends=NOON + 2 * HOUR)
    with store.write() as work:
        work.slots.replace(later)
    assert near(store, airspace()) == []
    too_late = replace(later, version=3, ends=NOON + 3 * HOUR)
    with pytest.raises(Conflict), store.write() as work:
        work.slots.replace(too_late)
    assert near(store, airspace(starts=NOON + HOUR, ends=NOON + 2 * HOUR)) == ["S1"]


def test_a_refusal_does_not_spoil_what_else_the_transaction_does(store):
    add(store, slot(), slot(2, state=SlotState.REQUESTED))
    with store.write() as work:
        with pytest.raises(Conflict):
            work.slots.replace(slot(2, version=2))
        work.slots.add(slot(3, "far"))
    with store.read() as work:
        states = [each.state for each in work.slots.all()]
    assert states == [SlotState.APPROVED, SlotState.REQUESTED, SlotState.APPROVED]


def test_slots_from_before_are_secured_and_who_finds_no_room_is_named(empty_store):
    for backend in ("sqlite",):
        url = empty_store(backend)
        old = open_store(url)
        add(old, slot(1), slot(2, "across"), slot(3, "far"), slot(4, ends=NOON + timedelta(minutes=1)), slot(5, "gone"))
        old.close()

        def where(each):
            if each.volume == "gone":
                raise Invalid("no such", where="test", do="Nothing.")
            return airspace_of(each)

        store = open_store(url, where)
        with store.write() as work:
            assert work.slots.secure(NOON + timedelta(minutes=1)) == ("S2", "S5")
        with store.write() as work:
            assert work.slots.secure(NOON + timedelta(minutes=1)) == ("S2", "S5")
        assert near(store, airspace()) == ["S1"]
        assert near(store, airspace("far")) == ["S3"]
        store.close()


# What a database refuses, asked past every rule of ours.


def insert_raw(store, number, held):
    with store.engine.begin() as connection:
        put(connection, number, held)


def put(connection, number, held, sysid=None):
    values = airspace_values(number, Sysid(sysid or number), held)
    columns = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    if connection.dialect.name == "sqlite":
        values |= {name: values[name].strftime("%Y-%m-%d %H:%M:%S.%f") for name in ("starts", "ends")}
    connection.execute(text(f"INSERT INTO airspace ({columns}) VALUES ({marks})"), values)
    if connection.dialect.name == "postgresql":
        for piece in piece_values(number, held):
            connection.execute(
                text(
                    "INSERT INTO airspace_piece VALUES (:slot, CAST(:footprint AS polygon), tstzrange(:starts, :ends),"
                    " numrange(CAST(:floor AS numeric), CAST(:ceiling AS numeric)))"
                ),
                piece,
            )


@pytest.mark.parametrize(("one", "other"), MEETING)
def test_the_database_itself_refuses_what_meets(database, one, other):
    add(database, slot(1, one), slot(2, state=SlotState.REQUESTED))
    with pytest.raises(IntegrityError, match="airspace"):
        insert_raw(database, 2, airspace(other))


@pytest.mark.parametrize(("one", "other"), APART)
def test_the_database_itself_lets_be_held_what_lies_apart(database, one, other):
    add(database, slot(1, one), slot(2, state=SlotState.REQUESTED))
    insert_raw(database, 2, airspace(other))
    assert near(database, airspace(other)) == ["S2"]


def test_the_database_itself_refuses_a_vehicle_twice_and_a_change_of_what_is_held(database):
    add(database, slot(1), slot(2, state=SlotState.REQUESTED))
    with pytest.raises(IntegrityError, match="vehicle"), database.engine.begin() as connection:
        put(connection, 2, airspace("far"), sysid=1)
    if database.engine.dialect.name == "sqlite":
        with pytest.raises(IntegrityError, match="held anew"), database.engine.begin() as connection:
            connection.execute(text("UPDATE airspace SET west_m = 1000"))


def test_of_transactions_side_by_side_that_know_nothing_of_each_other_one_holds_it(database):
    """No lock of ours, no look before: only the constraint, or SQLite's one writer and its trigger."""
    writers = range(2, 8)
    add(database, *(slot(number, state=SlotState.REQUESTED) for number in writers))
    together = threading.Barrier(len(writers))

    def hold(number):
        together.wait()
        try:
            insert_raw(database, number, airspace())
        except DBAPIError:  # the constraint, or SQLite's lock
            return False
        return True

    with ThreadPoolExecutor(len(writers)) as pool:
        assert sum(pool.map(hold, writers)) == 1


# The rule itself.

ring = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5), st.integers(1, 5))


def shape_of(drawn):
    """A block with a hole in it."""
    x, y, width, height = drawn
    outer = box(x, y, x + width, y + height)
    return outer.difference(box(x + width / 4, y + height / 4, x + width / 2, y + height / 2))


@given(one=ring, other=ring)
def test_pieces_meet_where_the_whole_does(one, other):
    mine, theirs = core_of(shape_of(one)), core_of(shape_of(other))
    cut = [any(a.intersects(b) for a in pieces(mine) for b in pieces(theirs))]
    assert cut == [mine.intersects(theirs)]


@given(one=ring)
def test_pieces_of_one_shape_have_no_holes_and_do_not_meet_each_other(one):
    parts = pieces(core_of(shape_of(one)))
    assert not any(part.interiors for part in parts)
    assert not any(a.intersects(b) for i, a in enumerate(parts) for b in parts[:i])
    assert sum(part.area for part in parts) == pytest.approx(shape_of(one).area, rel=0.2)


def test_an_overlap_of_a_centimetre_is_where_meeting_begins():
    west = airspace()
    assert not meet(west, airspace(box(99.9901, 0, 150, 100)))
    assert meet(west, airspace(box(99.9899, 0, 150, 100)))
    assert not meet(west, airspace("east"))


@pytest.mark.parametrize(
    "wrong", [{"ends": NOON}, {"ceiling": 50.0}, {"shape": box(0, 0, 0.009, 100)}, {"shape": Point(0, 0).buffer(0.004)}]
)
def test_airspace_without_extent_is_refused(wrong):
    with pytest.raises(Invalid, match="no extent"):
        airspace(**wrong)
