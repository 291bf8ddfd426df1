"""`rangeops zones` as a person types it: which zones hold, what differs, temporary ones come and go."""

import json

import pytest
from typer.testing import CliRunner

from rangeops import paths
from rangeops.cli import app
from rangeops.domain.errors import Conflict, Invalid, NotFound

FIELD = {
    "type": "Polygon",
    "coordinates": [[[6.895, 52.274], [6.9, 52.274], [6.9, 52.277], [6.895, 52.277], [6.895, 52.274]]],
}
AIRSHOW = {
    "type": "FeatureCollection",
    "features": [{"type": "Feature", "properties": {"name": "Airshow"}, "geometry": FIELD}],
}
DATES = ("--from", "2026-11-25T08:00Z", "--to", "2026-11-25T16:00Z")


def run(*arguments, data):
    return CliRunner().invoke(app, ["--data", str(data), "zones", *arguments])


def answer(*arguments, data):
    return json.loads(run(*arguments, "--json", data=data).stdout)


@pytest.fixture
def airshow(tmp_path):
    file = tmp_path / "airshow.geojson"
    file.write_text(json.dumps(AIRSHOW))
    return file


def test_zones_at_a_place_say_what_holds_and_exit_by_it(tmp_path):
    housing = run("at", "52.2795,6.9097,100AMSL,2026-11-24T12:00Z", data=tmp_path)
    assert housing.exit_code == 1
    assert "HOUSING  yes" in housing.stdout
    assert run("at", "52.2795,6.9097,300AMSL,2026-11-24T12:00Z", data=tmp_path).exit_code == 0
    told = answer("at", "52.2756,6.8984,45agl,2026-11-24T12:00Z", data=tmp_path)
    assert (told["in_range"], told["volumes"], told["zones"]) == (True, ["EAST"], [])
    assert told["altitude_amsl_m"] == 80


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("52.2,6.8,80,now", "no datum"),
        ("52.2,6.8,80AMSL", "four parts"),
        ("x,6.8,80AMSL,now", "can't be read"),
        ("nan,6.8,80AMSL,now", "no place on earth"),
        ("52.2,6.8,80AMSL,2026-11-24T12:00", "no zone"),
        ("6.8,52.2,80AMSL,now", "over 30 km"),
        ("-33.9,151.2,80AMSL,now", "over 30 km"),
    ],
)
def test_a_place_that_can_not_be_meant_is_refused(tmp_path, place, says):
    error = run("at", place, data=tmp_path).exception
    assert isinstance(error, Invalid)
    assert says in str(error)


def test_a_temporary_zone_comes_holds_in_its_time_and_goes(tmp_path, airshow):
    before = answer("show", data=tmp_path)
    assert run("temporary", "add", str(airshow), *DATES, data=tmp_path).exit_code == 0
    after = answer("show", data=tmp_path)
    assert after["version"] != before["version"]
    assert [zone["id"] for zone in after["zones"]][-1] == "AIRSHOW"
    assert run("at", "52.2755,6.8975,50AGL,2026-11-25T12:00Z", data=tmp_path).exit_code == 1
    assert run("at", "52.2755,6.8975,50AGL,2026-11-25T16:01Z", data=tmp_path).exit_code == 0
    listed = answer("temporary", "list", data=tmp_path)
    assert [each["zone"]["id"] for each in listed] == ["AIRSHOW"]
    assert isinstance(run("temporary", "add", str(airshow), *DATES, data=tmp_path).exception, Invalid)
    assert run("temporary", "remove", "AIRSHOW", data=tmp_path).exit_code == 0
    assert answer("show", data=tmp_path) == before
    assert isinstance(run("temporary", "remove", "AIRSHOW", data=tmp_path).exception, NotFound)


@pytest.mark.parametrize(
    "dates", [(), DATES[:2], (*DATES[2:], "--from", "2026-11-25T17:00Z"), ("--from", "noon", "--to", "x")]
)
def test_a_temporary_zone_without_its_dates_is_refused(tmp_path, airshow, dates):
    assert isinstance(run("temporary", "add", str(airshow), *dates, data=tmp_path).exception, Invalid)
    assert answer("temporary", "list", data=tmp_path) == []


def test_a_zone_that_could_not_be_read_again_is_not_added(tmp_path):
    """It was told as added; then nobody could list the zones, remove it, or start the range."""
    area = {"type": "Polygon", "coordinates": [[[6.89, 52.27], [6.9, 52.27], [6.9, 52.28], [6.89, 52.27]]]}
    authority = [{"name": "CAA", "siteURL": "https://caa.example/" + "x" * 1500, "purpose": "INFORMATION"}]
    zone = {
        "identifier": "LONG", "country": "NLD", "type": "COMMON", "restriction": "PROHIBITED", "zoneAuthority": authority,
        "applicability": [{"permanent": "YES"}],
        "geometry": [
            {"uomDimensions": "M", "lowerLimit": 0, "lowerVerticalReference": "AGL", "upperLimit": 120,
             "upperVerticalReference": "AGL", "horizontalProjection": area},
        ],
    }  # fmt: skip
    file = tmp_path / "long.json"
    file.write_text(json.dumps({"title": "x", "features": [zone]}))
    added = run(
        "temporary", "add", str(file), "--from", "2026-11-25T08:00Z", "--to", "2026-11-25T16:00Z", data=tmp_path
    )
    assert isinstance(added.exception, Invalid)
    assert "siteURL" in str(added.exception)
    assert answer("temporary", "list", data=tmp_path) == []


def test_two_sets_are_told_apart(tmp_path, airshow):
    twente = str(paths.shipped("geofences") / "twente")
    assert run("diff", twente, twente, data=tmp_path).exit_code == 0
    moved = json.loads((paths.shipped("geofences") / "twente" / "zones.json").read_text())
    moved["features"][1]["geometry"]["layer"]["upper"] = 120
    other = tmp_path / "zones.json"
    other.write_text(json.dumps(moved))
    result = run("diff", twente, str(other), "--json", data=tmp_path)
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "zone": "HOUSING",
            "name": "Housing on the eastern edge (synthetic)",
            "kind": "changed",
            "parts": ["heights"],
            "difference_m2": 0.0,
        }
    ]


def test_a_damaged_file_of_temporary_zones_stops_whoever_needs_the_range(tmp_path):
    folder = tmp_path / "temporary-zones"
    folder.mkdir()
    (folder / "twente.json").write_text("{")
    error = run("show", data=tmp_path).exception
    assert isinstance(error, Invalid)
    assert "twente.json" in str(error)


def test_what_was_added_twice_by_two_people_is_a_conflict(tmp_path):
    from rangeops.adapters.formats.temporary_zones import TemporaryZones
    from rangeops.bootstrap.ranges import load_range
    from rangeops.domain.schedules import Applicability
    from rangeops.domain.zones import Circle, Restriction, Zone, ZoneArea
    from rangeops.settings import Settings

    site = load_range(Settings(data=tmp_path))
    from datetime import UTC, datetime, timedelta

    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    zone = Zone(
        "T1", "T1", Restriction.PROHIBITED, (ZoneArea(Circle(52.27, 6.89, 50), None, None),),
        applicability=(Applicability(noon, noon + timedelta(hours=1)),),
    )  # fmt: skip
    store = TemporaryZones(tmp_path / "t.json", site.frame, "NLD", "Range control")
    store.add([zone], noon)
    assert [each.id for each in store.all()] == ["T1"]
    assert store.all()[0].applicability == zone.applicability
    with pytest.raises(Conflict):
        store.add([zone], noon)
