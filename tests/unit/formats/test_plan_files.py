"""Plans from files: what QGroundControl and Mission Planner write is read, and everything else gets one sentence."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops import paths
from rangeops.adapters.formats.plan_files import read_plan
from rangeops.domain.errors import Invalid
from rangeops.domain.plans import AltitudeDatum, Cmd, PlanHome

SQUARE = [[52.275, 6.895], [52.275, 6.905], [52.28, 6.905], [52.28, 6.895]]
SHIPPED = sorted((paths.shipped("scenarios") / "plans").glob("*.plan"))


def item(number=1, command=16, params=(0, 0, 0, None, 52.276, 6.899, 40), **changes):
    return {
        "AMSLAltAboveTerrain": None,
        "Altitude": 40,
        "AltitudeMode": 1,
        "autoContinue": True,
        "command": command,
        "doJumpId": number,
        "frame": 3,
        "params": list(params),
        "type": "SimpleItem",
        **changes,
    }


def document(*items, **mission):
    return {
        "fileType": "Plan",
        "geoFence": {"circles": [], "polygons": [], "version": 2},
        "groundStation": "QGroundControl",
        "mission": {
            "cruiseSpeed": 15,
            "firmwareType": 3,
            "globalPlanAltitudeMode": 1,
            "hoverSpeed": 5,
            "items": list(items),
            "plannedHomePosition": [52.2756, 6.8985, 35],
            "vehicleType": 2,
            "version": 2,
            **mission,
        },
        "rallyPoints": {"points": [], "version": 2},
        "version": 1,
    }


def read(value, name="test.plan"):
    return read_plan(name, value if isinstance(value, bytes) else json.dumps(value).encode())


BEGINS_AND_ENDS = {  # a plane lands on its runway, a rover drives from stop to stop
    "hogr-0005.plan": (Cmd.TAKEOFF, Cmd.LAND),
    "hogr-0006.plan": (Cmd.DO_CHANGE_SPEED, Cmd.WAYPOINT),
}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_the_shipped_plans_are_read(file):
    plan = read_plan(file.name, file.read_bytes())
    begins, ends = BEGINS_AND_ENDS.get(file.name, (Cmd.TAKEOFF, Cmd.RETURN_TO_LAUNCH))
    assert (plan.items[0].command, plan.items[-1].command) == (begins, ends)
    assert [it.number for it in plan.items] == list(range(1, len(plan.items) + 1))
    assert plan.home is not None
    assert (plan.home.altitude_amsl_m, plan.extras, plan.unexpandable) == (35, (), ())


def test_there_are_shipped_plans():
    assert len(SHIPPED) == 8


def test_an_item_keeps_its_frame_datum_and_params():
    (one,) = read(document(item(params=(5, 0, 0, None, 52.276, 6.899, 81), frame=0))).items
    assert (one.params, one.latitude_deg, one.longitude_deg, one.altitude_m) == ((5, 0, 0, None), 52.276, 6.899, 81)
    assert one.datum is AltitudeDatum.AMSL
    assert read(document(item())).items[0].datum is AltitudeDatum.HOME
    assert read(document(item(frame=10))).items[0].datum is AltitudeDatum.TERRAIN


def survey(items):
    return {
        "type": "ComplexItem",
        "complexItemType": "survey",
        "version": 5,
        "TransectStyleComplexItem": {"Items": items, "version": 1},
    }


def test_a_survey_is_expanded_where_it_stands():
    plan = read(document(item(1), survey([item(2), item(3)]), item(4, command=20)))
    assert [it.command for it in plan.items] == [16, 16, 16, 20]
    assert plan.unexpandable == ()


def test_a_coordinate_beside_four_params_is_an_older_way_of_writing_seven():
    old = {key: value for key, value in item().items() if key != "params"}
    plan = read(document({**old, "params": [0, 0, 0, None], "coordinate": [52.276, 6.899, 40]}))
    assert plan.items == read(document(item())).items


@pytest.mark.parametrize(
    "complex_item",
    [
        {**survey([item(2)]), "TransectStyleComplexItem": {"Items": [item(2)], "version": 9}},
        survey([]),
        {"type": "ComplexItem", "complexItemType": "StructureScan"},
        survey([survey([item(2)])]),
    ],
)
def test_a_pattern_that_is_not_spelt_out_is_named_and_not_skipped(complex_item):
    assert len(read(document(item(1), complex_item)).unexpandable) == 1


def test_a_jump_names_its_target_by_id_and_gets_its_number():
    plan = read(document(item(10), item(20), item(30, command=177, params=(20, 3, 0, 0, 0, 0, 0))))
    assert plan.items[2].params[:2] == (2, 3)
    shared = read(document(item(7), item(7), item(8, command=177, params=(7, 3, 0, 0, 0, 0, 0))))
    assert shared.items[2].params[0] == -1
    lost = read(document(item(10), item(30, command=177, params=(99, 3, 0, 0, 0, 0, 0))))
    assert lost.items[1].params[0] == -1


@pytest.mark.parametrize(
    ("section", "value", "extras"),
    [
        (
            "geoFence",
            {"version": 2, "circles": [], "polygons": [{"inclusion": True, "polygon": SQUARE}]},
            ("geofence",),
        ),
        ("geoFence", {"version": 1, "polygon": SQUARE}, ("geofence",)),
        ("rallyPoints", {"version": 2, "points": [[52.2, 6.8, 30]]}, ("rally points",)),
        ("rallyPoints", None, ()),
    ],
)
def test_what_else_the_file_would_load_is_told(section, value, extras):
    assert read({**document(item()), section: value}).extras == extras


BAD = {
    "empty": b"",
    "not JSON": b"{",
    "a list": b"[1]",
    "another JSON": b'{"type": "FeatureCollection"}',
    "not UTF-8": b'{"fileType": "Plan\xff"}',
    "UTF-16": json.dumps(document(item())).encode("utf-16"),
    "too large": b" " * 2_000_001,
    "too deep": b"[" * 100_000,
    "40 deep": json.dumps(document(item())).replace('"circles": []', '"circles": ' + "[" * 40 + "]" * 40).encode(),
    "key twice": json.dumps(document(item())).replace('"version": 1}', '"version": 1, "version": 1}').encode(),
    "NaN": json.dumps(document(item(params=(0, 0, 0, math.nan, 52.276, 6.899, 40)))).encode(),
    "1e400": json.dumps(document(item())).replace("52.276", "1e400").encode(),
    "a huge integer": json.dumps(document(item())).replace("52.276", "9" * 5000).encode(),
    "a number in quotes": document(item(params=(0, 0, 0, None, "52.276", 6.899, 40))),
    "true for a number": document(item(params=(0, 0, 0, None, True, 6.899, 40))),
    "latitude 95": document(item(params=(0, 0, 0, None, 95, 6.899, 40))),
    "six params": document(item(params=(0, 0, 0, None, 52, 6.899))),
    "params missing": document({**item(), "params": None}),
    "command in quotes": document(item(command="16")),
    "command -1": document(item(command=-1)),
    "an item that is no object": document(7),
    "an unknown item type": document(item(type="RouteItem")),
    "version 2": {**document(item()), "version": 2},
    "mission version 1": document(item(), version=1),
    "no mission": {"fileType": "Plan", "version": 1},
    "no home": document(item(), plannedHomePosition=None),
    "home of one number": document(item(), plannedHomePosition=[52.2]),
    "home NaN as null": document(item(), plannedHomePosition=[None, None, None]),
    "no items": {"fileType": "Plan", "version": 1, "mission": {"version": 2, "plannedHomePosition": [52, 6, 1]}},
    "items is an object": document(items={}),
    "5,001 items": document(*(item(n) for n in range(1, 5002))),
    "lone surrogate": b'{"fileType": "\\ud800"}',
}


@pytest.mark.parametrize("defect", BAD)
def test_a_malformed_plan_gets_one_sentence(defect):
    began = time.process_time()
    with pytest.raises(Invalid) as refused:
        read(BAD[defect])
    assert time.process_time() - began < 3.0  # of a machine that does other things, too
    assert "test.plan" in refused.value.where
    assert refused.value.what
    assert refused.value.do.endswith(".")
    assert len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_it_is_a_plan_or_invalid(content):
    for name in ("x.plan", "x.waypoints", "x.txt", "x"):
        with pytest.raises(Invalid):
            read_plan(name, content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["command", "doJumpId", "frame", "params", "type"]), json_values)
def test_any_value_anywhere_in_an_item_is_read_or_invalid(key, value):
    try:
        plan = read(document({**item(), key: value}))
    except Invalid:
        return
    assert len(plan.items) <= 1


@given(st.sampled_from(["items", "plannedHomePosition", "version"]), json_values)
def test_any_value_anywhere_in_a_mission_is_read_or_invalid(key, value):
    try:
        plan = read(document(**{key: value}))
    except Invalid:
        return
    assert plan.name == "test.plan"


def test_a_hostile_file_name_is_shown_safely():
    with pytest.raises(Invalid) as refused:
        read_plan("../\x1b]52;c;x\x07[/red]\u202e.plan", b"{")
    assert refused.value.where.isprintable()


# --- QGC WPL 110 ------------------------------------------------------------------------------------------------------

WPL = b"""QGC WPL 110
0\t1\t0\t16\t0\t0\t0\t0\t52.2756660\t6.8985440\t35.000000\t1
1\t0\t3\t22\t0.00000000\t0.0\t0.0\t0.0\t0.0\t0.0\t30.000000\t1

# a comment
2 0 3 16 0 0 0 0 52.276 6.899 40 1
3\t0\t0\t177\t2\t5\t0\t0\t0\t0\t0\t1
4\t0\t3\t20\t0\t0\t0\t0\t0\t0\t0\t1
"""


@pytest.mark.parametrize("name", ["a.waypoints", "a.txt", "a.mission", "a.plan"])
@pytest.mark.parametrize("content", [WPL, WPL.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + WPL])
def test_a_waypoint_file_is_known_by_its_first_line(name, content):
    plan = read_plan(name, content)
    assert plan.home == PlanHome(52.275666, 6.898544, 35.0)
    assert [it.command for it in plan.items] == [22, 16, 177, 20]
    assert plan.items[1].datum is AltitudeDatum.HOME


def test_rows_are_numbered_by_their_order_unless_a_jump_names_an_index():
    gap = WPL.replace(b"4\t0\t3\t20", b"9\t0\t3\t20")
    with pytest.raises(Invalid, match="row 4 bears the index 9"):
        read_plan("a.waypoints", gap)
    plan = read_plan("a.waypoints", gap.replace(b"177", b"93"))
    assert [(it.number, it.command) for it in plan.items] == [(1, 22), (2, 16), (3, 93), (4, 20)]


def test_a_home_that_mission_planner_never_set_is_no_home():
    assert read_plan("a.waypoints", b"QGC WPL 110\n0 1 0 0 0 0 0 0 0 0 0 1\n").home is None
    assert read_plan("a.waypoints", b"QGC WPL 110\n0 1 0 16 0 0 0 0 0 0 0 1\n").home is None


@pytest.mark.parametrize(
    "content",
    [
        b"QGC WPL 100\n0 1 0 16 0 0 0 0 52 6 35 1\n",
        b"QGC WPL 110\n",
        b"QGC WPL 110\n1 1 0 16 0 0 0 0 52 6 35 1\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 52 6 35\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 52,1 6 35 1\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 nan 6 35 1\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 inf 6 35 1\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 5_2 6 35 1\n",
        "QGC WPL 110\n0 1 0 16 0 0 0 0 \u0665\u0662 6 35 1\n".encode(),
        b"QGC WPL 110\n0 1 0 16.5 0 0 0 0 52 6 35 1\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 91 6 35 1\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 52 181 35 1\n",
        b"QGC WPL 110\n0 1 0 16 0 0 0 0 1e400 6 35 1\n",
        b"QGC WPL 110\n" + b"0 " * 5000 + b"\n",
        b"QGC WPL 110\n\xff\n",
        b"QGC WPL 110\n" + b"#" * 2_000_001,
        b"QGC WPL 110\n" + b"".join(b"%d 1 0 16 0 0 0 0 52 6 35 1\n" % n for n in range(5100)),
    ],
)
def test_a_malformed_waypoint_file_gets_one_sentence(content):
    with pytest.raises(Invalid) as refused:
        read_plan("a.waypoints", content)
    assert refused.value.do.endswith(".")
    assert "\n" not in str(refused.value)


numbers = st.floats(-85, 85, allow_nan=False).map(lambda value: round(value, 7))


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20))
def test_both_formats_hold_the_same_mission(points):
    lines = ["QGC WPL 110", "0\t1\t0\t16\t0\t0\t0\t0\t52.2756\t6.8985\t35\t1"]
    lines += [f"{n}\t0\t3\t16\t0\t0\t0\t0\t{a}\t{o}\t{z}\t1" for n, (a, o, z) in enumerate(points, start=1)]
    text = read_plan("a.waypoints", "\n".join(lines).encode())
    qgc = read(document(*(item(n, params=(0, 0, 0, 0, *point)) for n, point in enumerate(points, start=1))))
    assert text.items == qgc.items
    assert text.home == qgc.home
