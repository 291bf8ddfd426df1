"""The table of formats: by what a file is known, and that every row is what it says."""

import subprocess
import sys
from pathlib import Path

import pytest

from rangeops.adapters.formats.plan_files import read_plan, write_plan
from rangeops.adapters.formats.table import FORMATS, named, recognised
from rangeops.adapters.formats.writing import Writing
from rangeops.adapters.formats.zone_files import read_zones, write_zones
from rangeops.domain.errors import Invalid
from rangeops.domain.plans import FlightPlan, PlanHome, PlanItem, WaypointNumber
from rangeops.domain.zones import Circle, Restriction, Zone, ZoneArea

ZONE = Zone("A", "A", Restriction.PROHIBITED, (ZoneArea(Circle(52.27, 6.88, 100.0), None, None),))
PLAN = FlightPlan("a", PlanHome(52.2, 6.8, 35.0), (PlanItem(WaypointNumber(1), 16, 0, (0.0,) * 4, 52.2, 6.8, 80.0),))
WRITING = Writing(country="NLD", authority="Range control")


def test_names_and_suffixes_are_nobody_elses():
    names = [each.name for each in FORMATS]
    suffixes = [suffix for each in FORMATS for suffix in each.suffixes]
    assert len(set(names)) == len(names)
    assert len(set(suffixes)) == len(suffixes)


@pytest.mark.parametrize("format_name", [each.name for each in FORMATS if each.zones_to is not None])
def test_zones_as_written_are_known_by_their_content_alone(format_name):
    content = write_zones([ZONE], format_name, WRITING).content
    if not named(format_name).content:
        with pytest.raises(Invalid, match="--as"):
            recognised("file", content, "file")
        return
    assert recognised("file", content, "file").name == format_name
    assert recognised("file.txt", b"\xef\xbb\xbf" + content, "file").name == format_name
    assert read_zones("file", content, frame=None).zones


@pytest.mark.parametrize("format_name", [each.name for each in FORMATS if each.plan_to is not None])
def test_plans_as_written_are_known_by_their_content_alone(format_name):
    content = write_plan(PLAN, format_name).content
    assert recognised("file", content, "file").name == format_name
    assert read_plan("file", content).items


@pytest.mark.parametrize("each", [each for each in FORMATS if each.suffixes], ids=lambda each: each.name)
def test_a_file_whose_content_says_nothing_is_known_by_its_name(each):
    assert recognised(f"FILE{each.suffixes[0].upper()}", b"nothing", "file") is each


@pytest.mark.parametrize("suffix", ["poly", "fen"])
def test_a_polygons_name_is_never_overruled_by_its_content(suffix):
    assert recognised(f"a.{suffix}", b'{"type": "Polygon"}', "a").name == suffix


def test_what_nobody_knows_is_told_with_what_there_is():
    with pytest.raises(Invalid, match="geojson"):
        recognised("a.shp", b"\x00\x00'\n", "a.shp")
    with pytest.raises(Invalid, match="geojson"):
        named("shapefile")


@pytest.mark.parametrize("format_name", [each.name for each in FORMATS if each.plan_from is None])
def test_a_format_without_plans_says_so(format_name):
    with pytest.raises(Invalid, match="no format"):
        read_plan("a", b"x", as_format=format_name)


def test_the_table_loads_no_reader_before_it_is_used():
    code = "import sys, rangeops.adapters.formats.table\nprint(*sys.modules)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = {
        name.rpartition(".")[2] for name in finished.stdout.split() if name.startswith("rangeops.adapters.formats.")
    }
    assert loaded == {"reading", "table", "writing"}


def test_the_page_of_formats_says_what_the_table_says():
    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = [
        f"| `{each.name}` | {each.title} | {', '.join(each.suffixes)} "
        f"| {_can(each.zones_from, each.zones_to)} | {_can(each.plan_from, each.plan_to)} |"
        for each in FORMATS
    ]
    assert [line for line in page.splitlines() if line.startswith("| `")] == [" ".join(row.split()) for row in rows]


def _can(reads, writes):
    return ", ".join(word for word, there in (("read", reads), ("write", writes)) if there is not None)
