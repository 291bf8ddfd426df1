"""`rangeops zones` as people and scripts use it, with no server."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ed318_rules import require_collection

CORNERS = "52.272 6.885\n52.272 6.89\n52.276 6.89\n52.276 6.885\n"
BOW_TIE = "52.272 6.885\n52.276 6.89\n52.272 6.89\n52.276 6.885\n"
POLDER = Path(__file__).parents[2] / "geofences" / "polder"
TURKU = "60.51 22.26\n60.51 22.27\n60.52 22.27\n"


def zones(*arguments, data: Path, range_id: str = "twente") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rangeops", "--data", str(data), "zones", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LANG": "C.UTF-8", "RANGEOPS_RANGE": range_id},
    )


@pytest.fixture
def field(tmp_path):
    file = tmp_path / "field.poly"
    file.write_text(CORNERS)
    return file


def test_a_polygon_becomes_ed318_that_validates(tmp_path, field):
    out = tmp_path / "field.json"
    done = zones("import", field, "--country", "NLD", "--upper", 120, "--out", out, data=tmp_path)
    assert done.returncode == 0, done.stderr
    require_collection(json.loads(out.read_text()))
    layer = json.loads(out.read_text())["features"][0]["geometry"]["layer"]
    assert layer == {"upper": 120.0, "upperReference": "AGL", "uom": "m"}
    again = zones("import", field, "--country", "NLD", "--out", out, data=tmp_path)
    assert (again.returncode, "exists already" in again.stderr) == (5, True)
    checked = zones("validate", out, "--json", data=tmp_path)
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["zones"] == [{"id": "AREA1", "name": "AREA1"}]


def test_a_broken_zone_refuses_the_import_and_is_told_by_validate(tmp_path):
    document = {"type": "MultiPolygon", "coordinates": []}
    for text in (CORNERS, BOW_TIE):
        ring = [[float(word) for word in reversed(line.split())] for line in text.splitlines()]
        document["coordinates"].append([[*ring, ring[0]]])
    file = tmp_path / "two.geojson"
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": rings}}
        for rings in document["coordinates"]
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    checked = zones("validate", file, data=tmp_path)
    assert (checked.returncode, "✗" in checked.stderr, "1 broken" in checked.stderr) == (1, True, True)
    assert zones("import", file, "--country", "NLD", data=tmp_path).returncode == 2
    taken = zones("import", file, "--country", "NLD", "--leave-out-broken", data=tmp_path)
    assert taken.returncode == 0
    assert len(json.loads(taken.stdout)["features"]) == 1


def test_a_file_from_elsewhere_is_judged_by_its_form_alone_where_that_is_asked(tmp_path):
    file = tmp_path / "turku.poly"
    file.write_text(TURKU)
    near = zones("validate", file, data=tmp_path)
    assert (near.returncode, "30 km" in near.stderr) == (2, True)
    assert zones("validate", file, "--anywhere", data=tmp_path).returncode == 0


@pytest.mark.parametrize("to", ["ed318", "ed269", "geojson", "kml", "plan", "waypoints", "csv"])
def test_the_ranges_zones_leave_in_every_format(tmp_path, to):
    done = zones("export", "--format", to, data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert ("not in this format" in done.stderr) is (to in ("plan", "waypoints"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["validate", "nowhere.json"], 4),
        (["validate", "field.poly", "--as", "shapefile"], 2),
        (["import", "field.poly"], 2),
        (["import", "field.poly", "--country", "NLD", "--restriction", "SOMETIMES"], 2),
        (["import", "field.poly", "--country", "NLD", "--datum", "NAP"], 2),
        (["export", "--format", "gpx"], 2),
        (["export", "--out", "nowhere/x.json"], 7),
    ],
)
def test_a_fault_is_one_sentence(tmp_path, field, arguments, code):
    words = [str(tmp_path / word) if "." in word else word for word in arguments]
    done = zones(*words, data=tmp_path)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert sum(line.startswith("rangeops: ") for line in done.stderr.splitlines()) == 1


def test_a_route_asks_what_its_altitudes_count_from(tmp_path):
    file = tmp_path / "route.gpx"
    points = "".join(f'<rtept lat="52.276{n}" lon="6.899"><ele>75</ele></rtept>' for n in range(3))
    file.write_text(f"<gpx><rte>{points}</rte></gpx>")
    check = ["plan", "check", str(file), "--volume", "EAST", "--airframe", "survey-quad"]

    def run(*more):
        command = [sys.executable, "-m", "rangeops", "--data", str(tmp_path), *check, *more]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    silent = run()
    assert (silent.returncode, "--altitude-datum" in silent.stderr) == (2, True)
    assert run("--altitude-datum", "nap").returncode == 2
    assert run("--altitude-datum", "amsl").returncode == 1  # it has no home, so it can't be checked to the end


def test_a_new_range_s_zones_are_read_against_its_site_while_the_copied_ones_are_still_there(tmp_path, field):
    mine = tmp_path / "geofences" / "mine"
    shutil.copytree(POLDER, mine)
    text = (mine / "range.toml").read_text().replace('id = "polder"', 'id = "mine"')
    (mine / "range.toml").write_text(text)
    (mine / "zones.json").write_text("{}")
    near = tmp_path / "near.poly"
    near.write_text("52.722 5.742\n52.722 5.743\n52.723 5.743\n")
    out = tmp_path / "near.json"
    done = zones("import", near, "--country", "NLD", "--out", out, data=tmp_path, range_id="mine")
    assert done.returncode == 0, done.stderr
    assert zones("validate", field, data=tmp_path, range_id="mine").returncode == 2, "the other range's is too far"
    assert zones("show", data=tmp_path, range_id="mine").returncode == 2
    out.replace(mine / "zones.json")
    assert zones("show", data=tmp_path, range_id="mine").returncode == 0


@pytest.mark.parametrize("range_id", ["nowhere", "", "../geofences/polder"])
def test_a_range_that_isn_t_there_is_told_with_those_that_are(tmp_path, range_id):
    done = zones("show", data=tmp_path, range_id=range_id)
    assert done.returncode == 4
    assert done.stderr.endswith("Choose one of polder, twente, twente-wide, or make its folder.\n")
