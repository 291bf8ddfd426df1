"""What a writer writes its reader reads again: the same zones, the same plan, but for what was told as lost."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon

from rangeops.adapters.formats import table
from rangeops.adapters.formats.plan_files import read_plan, write_plan
from rangeops.adapters.formats.writing import Writing
from rangeops.adapters.formats.zone_files import read_zones, write_zones
from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plan_parts import FenceArea, FenceReturn, PlanFence, PlanVehicle, RallyPoint
from rangeops.domain.plans import FlightPlan, PlanHome, PlanItem, WaypointNumber
from rangeops.domain.schedules import Applicability
from rangeops.domain.zone_details import Wording
from rangeops.domain.zones import Circle, HeightDatum, Restriction, Zone, ZoneArea
from tests.support.zone_strategies import (
    FRAME,
    areas,
    circles,
    clock_times,
    details,
    several,
    spans,
    stars,
    words,
    zones,
)

FEW = settings(max_examples=30)  # a zone is a large thing to draw
WRITING = Writing(title="Zones", country="NLD", authority="Range control")
NOWHERE_SAID = words.map(Wording)


def again(written, name, format_name):
    read = read_zones(name, written.content, frame=FRAME, as_format=format_name)
    assert not read.broken
    return read.zones


@FEW
@given(several(zones(details=details())))
def test_ed318_keeps_everything(drawn):
    written = write_zones(drawn, "ed318", WRITING)
    assert written.lost == ()
    assert again(written, "a.json", "ed318") == tuple(drawn)
    assert again(written, "a.json", None) == tuple(drawn)


ED269_ZONES = zones(
    details=details(NOWHERE_SAID, sources=False),
    area=areas(datums=(HeightDatum.AGL, HeightDatum.AMSL), whole=True),
    restrictions=(Restriction.PROHIBITED, Restriction.REQ_AUTHORIZATION, Restriction.CONDITIONAL),
    reasons=("AIR_TRAFFIC", "FOREIGN_TERRITORY", "OTHER"),
    applicability=spans(st.none() | clock_times).filter(lambda span: span != Applicability(None, None)),
    language=None,
)


@FEW
@given(several(ED269_ZONES))
def test_ed269_keeps_everything_that_it_has_a_field_for(drawn):
    written = write_zones(drawn, "ed269", WRITING)
    assert written.lost == ()
    assert again(written, "a.json", "ed269") == tuple(drawn)
    assert again(written, "a.json", None) == tuple(drawn)


def plain(zone):
    """What GeoJSON and KML hold of a zone beside its shape."""
    return zone.id, zone.name, zone.restriction, zone.message, [(area.lower, area.upper) for area in zone.areas]


def plane(outline):
    return Polygon([FRAME.to_site(*point) for point in outline])


@pytest.mark.parametrize("format_name", ["geojson", "kml"])
@FEW
@given(drawn=several(zones()))
def test_drawing_formats_keep_words_heights_and_rings_and_draw_around_circles(format_name, drawn):
    written = write_zones(drawn, format_name, WRITING)
    assert len(written.lost) == sum(bool(zone.applicability) for zone in drawn)
    read = again(written, f"a.{format_name}", None)
    assert [plain(zone) for zone in read] == [plain(zone) for zone in drawn]
    for before, after in zip(drawn, read, strict=True):
        for was, now in zip(before.areas, after.areas, strict=True):
            if isinstance(was.outline, Circle):
                middle = Point(FRAME.to_site(was.outline.latitude_deg, was.outline.longitude_deg))
                assert plane(now.outline).exterior.distance(middle) == pytest.approx(was.outline.radius_m, abs=0.1)
            else:
                assert (now.outline, now.holes) == (was.outline, was.holes)


def test_a_circle_far_from_its_zones_first_is_drawn_as_well():
    far = Circle(40.0, -3.0, 1000.0)
    zone = Zone(
        "A", "A", Restriction.PROHIBITED, tuple(ZoneArea(c, None, None) for c in (Circle(52.0, 6.0, 1000.0), far))
    )
    (read,) = read_zones("a.kml", write_zones([zone], "kml", WRITING).content, frame=None).zones
    frame = SiteFrame(far.latitude_deg, far.longitude_deg)
    edge = Polygon([frame.to_site(*point) for point in read.areas[1].outline]).exterior
    assert edge.distance(Point(0, 0)) == pytest.approx(1000.0, abs=1e-3)


@FEW
@given(several(zones(area=areas(datums=(HeightDatum.AGL,), outlines=stars()))))
def test_csv_keeps_the_rings(drawn):
    written = write_zones(drawn, "csv", WRITING)
    if any(area.holes for zone in drawn for area in zone.areas):
        with pytest.raises(Invalid, match="holes"):
            again(written, "a.csv", None)
        return
    read = again(written, "a.csv", None)
    rings = [area.outline for zone in drawn for area in zone.areas]
    assert [zone.areas[0].outline for zone in read] == rings


CLOSED = several(zones(restrictions=(Restriction.PROHIBITED, Restriction.REQ_AUTHORIZATION)))


@FEW
@given(CLOSED)
def test_a_plan_file_keeps_the_outlines_of_closed_zones_as_exclusions(drawn):
    read = again(write_zones(drawn, "plan", WRITING), "a.plan", None)
    assert sorted(map(repr, (zone.areas[0].outline for zone in read))) == sorted(
        repr(area.outline) for zone in drawn for area in zone.areas
    )
    assert {zone.restriction for zone in read} == {Restriction.PROHIBITED}


@FEW
@given(CLOSED)
def test_a_waypoint_file_keeps_them_to_a_millimetre(drawn):
    read = again(write_zones(drawn, "waypoints", WRITING), "a.waypoints", None)
    outlines = [area.outline for zone in drawn for area in zone.areas]
    assert len(read) == len(outlines)
    for was, zone in zip(outlines, read, strict=True):
        now = zone.areas[0].outline
        assert isinstance(now, Circle) is isinstance(was, Circle)
        if isinstance(was, Circle):
            assert (now.latitude_deg, now.longitude_deg) == pytest.approx(
                (was.latitude_deg, was.longitude_deg), abs=1e-8
            )
            assert now.radius_m == pytest.approx(was.radius_m, abs=1e-7)
        else:
            assert [x for point in now for x in point] == pytest.approx([x for point in was for x in point], abs=1e-8)


def test_what_is_open_is_not_written_as_an_exclusion():
    (zone,) = read_zones("a.poly", b"52.27 6.88\n52.27 6.89\n52.28 6.89\n", frame=FRAME).zones
    assert zone.restriction is Restriction.PROHIBITED
    assert write_zones([zone], "plan", WRITING).content.count(b'"inclusion": false') == 1
    open_zone = read_zones(
        "a.fen", b"52.272 6.885\n52.27 6.88\n52.27 6.89\n52.28 6.89\n52.27 6.88\n", frame=FRAME
    ).zones
    for format_name in ("plan", "waypoints"):
        with pytest.raises(Invalid, match="no zone is closed"):
            write_zones(open_zone, format_name, WRITING)


# --- plans ------------------------------------------------------------------------------------------------------------

coordinates = st.floats(-80, 80).map(lambda value: round(value, 8))
metres = st.floats(-100, 4000).map(lambda value: round(value, 6))
params = st.floats(-1000, 1000).map(lambda value: round(value, 6))


some_params = st.none() | params


def items(param=some_params, frames=(0, 2, 3, 10)):
    one = st.tuples(
        st.sampled_from([16, 17, 18, 19, 20, 21, 22, 82, 93, 178, 206, 2000]),
        st.sampled_from(frames),
        st.tuples(param, param, param, param),
        coordinates,
        coordinates,
        metres,
        st.booleans(),
    )
    return st.lists(one, max_size=12).map(
        lambda drawn: tuple(
            PlanItem(WaypointNumber(n), command, frame, p, latitude, longitude, altitude, auto)
            for n, (command, frame, p, latitude, longitude, altitude, auto) in enumerate(drawn, start=1)
        )
    )


homes = st.builds(PlanHome, coordinates.filter(bool), coordinates, metres)
fences = st.builds(
    PlanFence,
    st.lists(st.builds(FenceArea, stars(), st.booleans()), max_size=2).flatmap(
        lambda rings: st.lists(st.builds(FenceArea, circles, st.booleans()), max_size=2).map(
            lambda round_ones: (*rings, *round_ones)
        )
    ),
    st.none() | st.builds(FenceReturn, coordinates, coordinates, metres),
)


@given(
    homes,
    items(),
    fences,
    st.lists(st.builds(RallyPoint, coordinates, coordinates, metres), max_size=3).map(tuple),
    st.builds(PlanVehicle, st.sampled_from([3, 12]), st.integers(0, 30), st.floats(0, 50), st.floats(0, 50)),
)
def test_a_plan_keeps_mission_fence_rally_points_and_vehicle(home, mission, fence, rally, vehicle):
    plan = FlightPlan("a.plan", home, mission, fence=fence, rally=rally, vehicle=vehicle)
    read = read_plan("a.plan", write_plan(plan, "plan").content)
    assert (read.home, read.items, read.fence, read.rally, read.vehicle) == (home, mission, fence, rally, vehicle)


@given(st.none() | homes, items(params))
def test_a_waypoint_file_keeps_the_mission(home, mission):
    plan = FlightPlan("a.waypoints", home, mission)
    written = write_plan(plan, "waypoints")
    assert written.lost == ()
    read = read_plan("a.waypoints", written.content)
    assert (read.home, read.items) == (home, mission)


def test_a_jump_keeps_its_target():
    jump = (
        PlanItem(WaypointNumber(1), 16, 3, (0.0,) * 4, 52.2, 6.8, 30.0),
        PlanItem(WaypointNumber(2), 177, 2, (1.0, 3.0, 0.0, 0.0), 0.0, 0.0, 0.0),
    )
    plan = FlightPlan("a", PlanHome(52.2, 6.8, 35.0), jump)
    for format_name in ("plan", "waypoints"):
        assert read_plan(f"a.{format_name}", write_plan(plan, format_name).content).items == jump


@pytest.mark.parametrize("format_name", ["kml", "geojson"])
@given(mission=items(params, frames=(0, 3)), home=homes)
def test_a_line_keeps_where_and_how_high_it_goes(format_name, mission, home):
    flown = [item for item in mission if item.has_place]
    plan = FlightPlan("a", home, mission)
    if not flown:
        with pytest.raises(Invalid, match="goes nowhere"):
            write_plan(plan, format_name)
        return
    written = write_plan(plan, format_name)
    assert bool(written.lost) is (len(flown) < len(mission))
    read = read_plan(f"a.{format_name}", written.content)
    assert [(item.latitude_deg, item.longitude_deg) for item in read.items] == [
        (item.latitude_deg, item.longitude_deg) for item in flown
    ]
    assert [item.altitude_m for item in read.items] == pytest.approx(
        [item.altitude_m + (home.altitude_amsl_m if item.frame == 3 else 0) for item in flown]
    )
    assert {item.frame for item in read.items} == {0}


def test_terrain_stays_terrain_in_kml_and_a_mixture_is_refused():
    over = PlanItem(WaypointNumber(1), 16, 10, (0.0,) * 4, 52.2, 6.8, 30.0)
    level = PlanItem(WaypointNumber(2), 16, 0, (0.0,) * 4, 52.2, 6.8, 30.0)
    read = read_plan("a.kml", write_plan(FlightPlan("a", None, (over,)), "kml").content)
    assert [item.frame for item in read.items] == [10]
    with pytest.raises(Invalid, match="different things"):
        write_plan(FlightPlan("a", None, (over, level)), "kml")


def test_what_isnt_spelt_out_isnt_written():
    plan = FlightPlan("a", PlanHome(52.2, 6.8, 35.0), (), unexpandable=("StructureScan",))
    for format_name in ("plan", "waypoints"):
        with pytest.raises(Invalid, match="StructureScan"):
            write_plan(plan, format_name)


def test_a_written_plan_has_what_qgroundcontrol_asks_for():
    item = PlanItem(WaypointNumber(1), 16, 3, (0.0, None, 0.0, None), 52.2, 6.8, 30.0)
    document = json.loads(write_plan(FlightPlan("a", PlanHome(52.2, 6.8, 35.0), (item,)), "plan").content)
    assert (document["fileType"], document["version"], document["mission"]["version"]) == ("Plan", 1, 2)
    assert (document["geoFence"]["version"], document["rallyPoints"]["version"]) == (2, 2)
    assert document["mission"].keys() == {
        "version",
        "firmwareType",
        "vehicleType",
        "globalPlanAltitudeMode",
        "cruiseSpeed",
        "hoverSpeed",
        "plannedHomePosition",
        "items",
    }
    (written,) = document["mission"]["items"]
    assert written == {
        "AMSLAltAboveTerrain": None,
        "Altitude": 30.0,
        "AltitudeMode": 1,
        "autoContinue": True,
        "command": 16,
        "doJumpId": 1,
        "frame": 3,
        "params": [0.0, None, 0.0, None, 52.2, 6.8, 30.0],
        "type": "SimpleItem",
    }


def test_a_written_waypoint_file_is_mission_planners():
    plan = FlightPlan("a", PlanHome(52.2, 6.8, 35.0), (PlanItem(WaypointNumber(1), 22, 3, (0.0,) * 4, 0.0, 0.0, 30.0),))
    lines = write_plan(plan, "waypoints").content.decode().splitlines()
    assert lines[0] == "QGC WPL 110"
    zeros = "\t".join(["0.00000000"] * 4)
    assert lines[1] == f"0\t1\t0\t16\t{zeros}\t52.20000000\t6.80000000\t35.00000000\t1"
    assert lines[2] == f"1\t0\t3\t22\t{zeros}\t0.00000000\t0.00000000\t30.00000000\t1"


def test_every_format_that_writes_also_reads():
    for each in table.FORMATS:
        assert each.zones_to is None or each.zones_from is not None
        assert each.plan_to is None or each.plan_from is not None
