"""A range's folder: the shipped ones hold what they promise, and each defect of one gets one sentence."""

import shutil
import tomllib

import pytest
import shapely

from rangeops import paths
from rangeops.adapters.formats.range_folder import load_range
from rangeops.domain.aircraft import airframe_from
from rangeops.domain.commands import CommandKind
from rangeops.domain.errors import Invalid, NotFound, RangeopsError
from rangeops.domain.policy import Automation
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.volumes import Volume, operational_volumes, polygon_of

FOLDERS = sorted(folder for folder in paths.shipped("geofences").iterdir() if folder.is_dir())
AIRFRAMES = [
    airframe_from(tomllib.loads(file.read_text()), where=file.name)
    for file in sorted((paths.shipped("hardware") / "airframes").glob("*.toml"))
]


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def shipped(request) -> RangeDefinition:
    return load_range(request.param)


def test_a_second_range_shows_that_no_site_is_wired_in():
    assert {folder.name for folder in FOLDERS} >= {"twente", "polder"}


def test_what_was_invented_says_so(shipped):
    assert shipped.synthetic
    assert "synthetic" in shipped.note.lower()
    assert "synthetic" in (paths.shipped("geofences") / shipped.id / "range.toml").read_text().lower()


@pytest.mark.parametrize("airframe", [a for a in AIRFRAMES if a.vehicle_class.value == "copter"], ids=lambda a: a.id)
def test_every_volume_with_all_that_surrounds_it_is_in_the_range_and_clear_of_zones(shipped, airframe):
    boundary = polygon_of(shipped.boundary, shipped.frame)
    zones = [area.volume(shipped.frame, shipped.heights) for zone in shipped.zones for area in zone.areas]
    for bookable in shipped.volumes:
        volumes = operational_volumes(bookable.flight_geography, airframe, shipped.frame, shipped.assumptions)
        buffer = polygon_of(volumes.ground_risk_buffer, shipped.frame)
        assert boundary.covers(buffer)
        assert volumes.contingency.ceiling_amsl_m <= shipped.boundary.ceiling_amsl_m
        assert volumes.contingency.floor_amsl_m >= shipped.boundary.floor_amsl_m
        for zone in zones:
            assert not buffer.intersects(polygon_of(zone, shipped.frame))


def test_a_vehicle_on_the_ground_is_inside_every_volumes_heights(shipped):
    for bookable in shipped.volumes:
        geography = bookable.flight_geography
        assert geography.floor_amsl_m <= shipped.elevation_amsl_m - shipped.terrain.error_m
        assert geography.ceiling_amsl_m <= shipped.elevation_amsl_m - shipped.terrain.error_m + 120


def test_contingency_volumes_of_neighbours_do_not_touch(shipped):
    for airframe in AIRFRAMES:
        polygons = [
            polygon_of(
                operational_volumes(v.flight_geography, airframe, shipped.frame, shipped.assumptions).contingency,
                shipped.frame,
            )
            for v in shipped.volumes
        ]
        assert not any(shapely.intersects(a, b) for n, a in enumerate(polygons) for b in polygons[:n])


def test_twente_is_what_its_sources_say():
    twente = load_range(paths.shipped("geofences") / "twente")
    assert polygon_of(twente.boundary, twente.frame).area == pytest.approx(5_003_000, abs=500)
    assert {volume.id for volume in twente.volumes} == {"NORTH", "EAST", "SOUTH", "WEST"}
    east = polygon_of(twente.volume("EAST").flight_geography, twente.frame)
    assert east.area == pytest.approx(700 * 350, abs=10)
    assert (twente.elevation_amsl_m, twente.geoid_offset_m, twente.timezone) == (35, 43.6, "Europe/Amsterdam")
    policy = twente.policy
    assert (policy.forecast_exit.automation, policy.forecast_exit.command) == (Automation.AUTO, CommandKind.HOLD)
    assert (policy.forecast_exit.then, policy.forecast_exit.then_after_s) == (CommandKind.RTL, 5)
    assert (policy.outside_range.automation, policy.outside_range.command) == (Automation.CONFIRM, CommandKind.LAND)
    assert (policy.forecast_horizon_s, policy.reaction_margin_s) == (30, 3)


def test_an_unknown_volume_is_told_with_the_known_ones(shipped):
    with pytest.raises(NotFound, match=str(shipped.volumes[0].id)):
        shipped.volume("NOWHERE")


@pytest.fixture
def folder(tmp_path):
    copied = tmp_path / "twente"
    shutil.copytree(paths.shipped("geofences") / "twente", copied)
    return copied


RINGS = """ring = [
  [52.2724812, 6.8960355],
  [52.2762664, 6.9042267],
  [52.2787788, 6.9011414],
  [52.2749934, 6.8929500],
]"""
DEFECTS = {
    "not TOML": ("id = ", "id == "),
    "another id": ('id = "twente"', 'id = "elsewhere"'),
    "an unknown key": ("terrain_error_m", "terrain_eror_m"),
    "no note": ("note = ", "# note = "),
    "a text for a number": ("elevation_amsl_m = 35.0", 'elevation_amsl_m = "35"'),
    "NaN": ("elevation_amsl_m = 35.0", "elevation_amsl_m = nan"),
    "an unknown time zone": ("Europe/Amsterdam", "Europe/Twente"),
    "a time zone outside": ("Europe/Amsterdam", "../../etc/passwd"),
    "a zone file elsewhere": ('["zones.json"]', '["../zones.json"]'),
    "zones as a text": ('["zones.json"]', '"zones.json"'),
    "an unknown command": ('command = "land"', 'command = "terminate"'),
    "swapped axes": ("[52.2724812, 6.8960355]", "[6.8960355, 52.2724812]"),
    "two points": (RINGS, "ring = [[52.27, 6.89], [52.28, 6.90]]"),
    "a bow tie": (RINGS, "ring = [[52.2725, 6.8960], [52.2788, 6.9011], [52.2763, 6.9042], [52.2750, 6.8930]]"),
    "a point of three": ("[52.2724812, 6.8960355]", "[52.2724812, 6.8960355, 30]"),
    "overlapping volumes": ("[52.2724812, 6.8960355]", "[52.2700000, 6.8895000]"),
    "one name twice": ('id = "EAST"', 'id = "WEST"'),
    "outside the boundary": ("[52.2724812, 6.8960355]", "[52.2600000, 6.9060355]"),
    "ceiling under floor": ("ceiling_amsl_m = 125", "ceiling_amsl_m = 25"),
    "higher than the range": ("ceiling_amsl_m = 125", "ceiling_amsl_m = 225"),
    "a runway of one end": ("ends = [[52.2693258, 6.8750931], [52.2823386, 6.9032451]]", "ends = [[52.2693258, 6.8750931]]"),
    "one zone twice": ('["zones.json"]', '["zones.json", "zones.json"]'),
    "a landing area on the runway": ("[52.2753907, 6.8942964]", "[52.2758330, 6.8891670]"),
    "a landing area outside": ("[52.2744576, 6.8954425]", "[52.2600000, 6.9060355]"),
    "a landing area of no ground": ("[52.2744576, 6.8954425]", "[52.2780945, 6.9001474]"),
    "an unknown kind of area": ("[[no_landing]]", "[[no_land]]"),
    "a terrain grid that is missing its datum": ("[boundary]", '[terrain]\ngrid = "ground.asc"\n[boundary]'),
    "an origin at the pole": ("origin_latitude_deg = 52.275833", "origin_latitude_deg = 90"),
}  # fmt: skip


@pytest.fixture
def polder(tmp_path):
    copied = tmp_path / "polder"
    shutil.copytree(paths.shipped("geofences") / "polder", copied)
    return copied


def test_the_polder_has_its_ground_from_a_grid_below_sea_level():
    polder = load_range(paths.shipped("geofences") / "polder")
    assert polder.terrain.ground_m(0, 0) == pytest.approx(-3.7, abs=0.05)
    assert polder.terrain.ground_m(-300, 100) < polder.terrain.ground_m(-200, 100) - 0.5  # the ditch
    assert polder.terrain.ground_m(0, 419) > -1  # the dike beyond the boundary
    assert polder.terrain.ground_m(0, 430) is None
    assert polder.assumptions.ground_amsl_m == polder.terrain.lowest_m(polygon_of(polder.boundary, polder.frame))
    assert [area.name for area in polder.no_landing] == ["Ditch"]


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('datum = "AMSL"', 'datum = "AGL"', "no height above itself"),
        ('datum = "AMSL"', 'datum = "NAP"', "one of AGL, AMSL, WGS84"),
        ('grid = "ground.asc"', 'grid = "../ground.asc"', "same folder"),
        ('grid = "ground.asc"', 'grid = "zones.json"', "ncols"),
        ("geoid_offset_m = 42.5", "geoid_offset_m = 42.5\nterrain_error_m = 1", "stands in"),
        ("error_m = 0.3", "error_m = -1", "between 0 and 50"),
    ],
)
def test_a_terrain_that_says_too_little_or_too_much_is_refused(polder, right, wrong, says):
    file = polder / "range.toml"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    with pytest.raises(Invalid, match=says):
        load_range(polder)


def test_a_grid_that_leaves_part_of_the_range_out_is_refused(polder):
    grid = polder / "ground.asc"
    grid.write_text(grid.read_text().replace("xllcorner -530", "xllcorner -430"))
    with pytest.raises(Invalid, match="doesn't cover"):
        load_range(polder)


def test_ellipsoidal_heights_become_amsl(polder):
    file = polder / "range.toml"
    file.write_text(file.read_text().replace('datum = "AMSL"', 'datum = "WGS84"'))
    lowered = load_range(polder)
    usual = load_range(paths.shipped("geofences") / "polder")
    assert lowered.terrain.ground_m(0, 0) == pytest.approx(usual.terrain.ground_m(0, 0) - 42.5)


def test_every_bookable_volume_of_twente_has_a_landing_area():
    twente = load_range(paths.shipped("geofences") / "twente")
    for volume in twente.volumes:
        polygon = polygon_of(volume.flight_geography, twente.frame)
        assert any(
            polygon.contains(polygon_of(Volume(area.ring, 0, 1), twente.frame)) for area in twente.landing_areas
        ), volume.id


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_gets_one_sentence(folder, defect):
    file = folder / "range.toml"
    right, wrong = DEFECTS[defect]
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    with pytest.raises(Invalid) as refused:
        load_range(folder)
    assert "twente" in refused.value.where
    assert refused.value.do.endswith(".")


def test_missing_files_are_told(folder):
    (folder / "zones.json").unlink()
    with pytest.raises(NotFound, match=r"zones\.json"):
        load_range(folder)
    with pytest.raises(NotFound):
        load_range(folder.parent / "nowhere")


def test_bytes_that_are_no_text_are_told(folder):
    (folder / "range.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="UTF-8"):
        load_range(folder)


def test_a_file_that_may_not_be_read_is_told(folder):
    (folder / "range.toml").unlink()
    (folder / "range.toml").mkdir()
    with pytest.raises(RangeopsError) as refused:
        load_range(folder)
    assert refused.value.kind.value == "unavailable"
