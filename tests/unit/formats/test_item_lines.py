"""Where items stand in a plan file: the very lines, or nowhere."""

import json

import pytest
from flights import LAP, RETURN, TAKE_OFF, plan, waypoint
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.formats.item_lines import item_lines
from rangeops.adapters.formats.plan_files import write_plan

LAPS = plan((TAKE_OFF, *(waypoint(u, v) for u, v in LAP), RETURN))


@pytest.mark.parametrize("indent", [None, 0, 1, 4])
def test_the_lines_of_an_item_hold_its_id(indent):
    document = json.loads(write_plan(LAPS, "plan").content)
    content = json.dumps(document, indent=indent).encode()
    lines = item_lines(content, len(LAPS.items))
    assert list(lines) == [each.number for each in LAPS.items]
    for number, where in lines.items():
        text = b"\n".join(content.split(b"\n")[where.first - 1 : where.last]).decode()
        assert f'"doJumpId": {number}' in text
        if indent:
            assert f'"doJumpId": {number + 1}' not in text


def test_items_of_a_pattern_count_in_their_order():
    inner = [{"type": "SimpleItem", "a": n} for n in range(3)]
    document = {
        "items": [{"type": "SimpleItem"}, {"X": {"Items": inner}, "type": "ComplexItem"}, {"type": "SimpleItem"}]
    }
    content = json.dumps(document, indent=1).encode()
    lines = item_lines(content, 5)
    firsts = [lines[n].first for n in range(1, 6)]
    assert firsts == sorted(firsts)
    assert len(lines) == 5


def test_where_the_count_differs_nothing_is_told():
    content = write_plan(LAPS, "plan").content
    assert item_lines(content, len(LAPS.items) + 1) == {}
    assert item_lines(write_plan(LAPS, "waypoints").content, 99) == {}


def test_home_has_a_line_in_a_waypoint_file():
    content = write_plan(LAPS, "waypoints").content
    lines = item_lines(content, len(LAPS.items))
    assert (lines[0].first, lines[1].first) == (2, 3)


@given(st.text(), st.text())
def test_what_stands_in_texts_is_no_structure(before, after):
    document = {"name": before + '{"type": "SimpleItem"}', "items": [{"note": after, "type": "SimpleItem"}], "}": "{"}
    lines = item_lines(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)
    assert lines[1].first == lines[1].last == 1


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(content):
    item_lines(content, 0)
