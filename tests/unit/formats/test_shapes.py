"""GeoJSON, KML, KMZ, GPX, CSV and Mission Planner's polygons: what is a zone, what is a route, and what is refused."""

import contextlib
import io
import json
import zipfile

import pytest

from rangeops.adapters.formats.csv_table import table
from rangeops.adapters.formats.plan_files import read_plan
from rangeops.adapters.formats.reading import Marking
from rangeops.adapters.formats.spreadsheet_cells import bared, guarded
from rangeops.adapters.formats.zone_files import read_zones
from rangeops.domain.errors import Invalid
from rangeops.domain.plans import AltitudeDatum
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction
from tests.support.zone_strategies import FRAME

RING = [[6.88, 52.27], [6.89, 52.27], [6.89, 52.28], [6.88, 52.28], [6.88, 52.27]]
CORNERS = ((52.27, 6.88), (52.27, 6.89), (52.28, 6.89), (52.28, 6.88))
TUPLES = " ".join(f"{lon},{lat},0" for lon, lat in RING)
POLYGON = {"type": "Polygon", "coordinates": [RING]}


def zones(name, content, **options):
    content = content if isinstance(content, bytes) else content.encode()
    return read_zones(name, content, **{"frame": FRAME, **options})


def only(name, content, **options):
    found = zones(name, content, **options)
    assert not found.broken, found.broken
    (zone,) = found.zones
    return zone


def kml(inside, name="Field"):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" '
        'xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><Folder>'
        f"<Placemark><name>{name}</name>{inside}</Placemark></Folder></Document></kml>"
    )


def kml_polygon(tuples=TUPLES, extra=""):
    ring = f"<LinearRing><coordinates>\n{tuples}\n</coordinates></LinearRing>"
    return f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs>{extra}</Polygon>"


def kmz(*members, **options):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, **options)
    return packed.getvalue()


SAME = {
    "a.geojson": json.dumps({"type": "Feature", "properties": {"name": "Field"}, "geometry": POLYGON}),
    "b.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": {"Name": "Field"}, "geometry": POLYGON}],
        }
    ),
    "c.json": json.dumps({"type": "Feature", "properties": {"title": "Field"}, "geometry": {"type": "MultiPolygon", "coordinates": [[RING]]}}),
    "a.kml": kml(kml_polygon()),
    "a.kmz": kmz(("doc.kml", kml(kml_polygon())), ("files/icon.png", b"\x89PNG")),
    "a.gpx": '<gpx version="1.1"><rte><name>Field</name>'
    + "".join(f'<rtept lat="{lat}" lon="{lon}"/>' for lon, lat in RING)
    + "</rte></gpx>",
    "b.gpx": '<gpx version="1.0"><trk><name>Field</name><trkseg>'
    + "".join(f'<trkpt lat="{lat}" lon="{lon}"><ele>35</ele></trkpt>' for lon, lat in RING)
    + "</trkseg></trk></gpx>",
    "a.csv": "zone,latitude,longitude\r\n" + "".join(f"Field,{lat},{lon}\r\n" for lon, lat in RING),
    "b.csv": '"Name";"Lat";"Lon"\n' + "".join(f'"Field";"{lat}";"{lon}"\n' for lon, lat in RING[:-1]),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_one_field_in_every_format_is_one_zone(name):
    zone = only(name, SAME[name])
    assert (zone.id, zone.name, zone.restriction) == ("FIELD", "Field", Restriction.PROHIBITED)
    assert zone.areas[0].outline == CORNERS
    assert (zone.areas[0].lower, zone.areas[0].upper) == (None, None)


def test_a_shape_without_words_is_closed_at_every_height_unless_its_importer_says_less():
    limit = Limit(120.0, HeightDatum.AGL)
    zone = only("a.kml", SAME["a.kml"], marking=Marking(Restriction.CONDITIONAL, None, limit))
    assert (zone.restriction, zone.areas[0].upper) == (Restriction.CONDITIONAL, limit)


POLY = "#saved by Mission Planner 1.3.80\n52.27 6.88\n52.27\t6.89\n52.28 6.89\n52.28 6.88\n52.27 6.88\n"


def test_a_poly_is_a_polygon_and_a_fen_a_fence_by_their_names_alone():
    assert only("a.poly", POLY).areas[0].outline == CORNERS
    fence = POLY.replace("#saved by Mission Planner 1.3.80\n", "# fence\n52.275 6.885\n")
    zone = only("a.FEN", fence)
    assert (zone.areas[0].outline, zone.restriction) == (CORNERS, Restriction.NO_RESTRICTION)
    assert only("a.txt", POLY, as_format="poly").areas[0].outline == CORNERS
    with pytest.raises(Invalid, match="--as poly or --as fen"):
        zones("a.txt", POLY)


@pytest.mark.parametrize(
    "content",
    [
        POLY,
        "52.275 6.885\n52.27 6.88\n52.27 6.89\n52.27 6.88\n",
        "52.275 6.885\n52.27 6.88\n52.27 6.89\n52.28 6.89\n52.28 6.88\n",
    ],
    ids=["a poly", "two corners", "not closed"],
)
def test_a_fence_file_that_is_none_is_refused(content):
    with pytest.raises(Invalid):
        zones("a.fen", content)


@pytest.mark.parametrize("line", ["52.27", "52.27 6.88 30", "52,27 6,88", "nan 6.88", "6.88 52.27", "1_0 6.88"])
def test_a_line_of_a_polygon_is_two_numbers(line):
    with pytest.raises(Invalid, match="line 2"):
        zones("a.poly", f"52.27 6.88\n{line}\n52.28 6.89\n")


FENCE_ROWS = [(5000, 0, 52.275, 6.885), *((5002, 4, *corner) for corner in CORNERS), (5004, 100, 52.273, 6.883)]


def wpl(rows, *, home=True):
    lines = ["QGC WPL 110", *(["0 1 0 16 0 0 0 0 52.27 6.88 35 1"] if home else [])]
    lines += [
        f"{n} 0 3 {cmd} {p1} 0 0 0 {lat} {lon} 0 1" for n, (cmd, p1, lat, lon) in enumerate(rows, start=int(home))
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("home", [True, False])
def test_a_fence_in_a_waypoint_file_is_zones(home):
    found = zones("fence.txt", wpl(FENCE_ROWS, home=home))
    assert [zone.areas[0].outline for zone in found.zones] == [CORNERS, Circle(52.273, 6.883, 100)]
    assert {zone.restriction for zone in found.zones} == {Restriction.PROHIBITED}
    if not home:
        with pytest.raises(Invalid, match="holds a fence, no mission"):
            read_plan("fence.txt", wpl(FENCE_ROWS, home=home).encode())


def test_rally_points_in_a_waypoint_file_are_no_mission():
    with pytest.raises(Invalid, match="holds rally points, no mission"):
        read_plan("rally.txt", wpl([(5100, 0, 52.27, 6.88)], home=False).encode())


@pytest.mark.parametrize(
    "rows",
    [
        FENCE_ROWS[:4],
        [(5002, 3, *corner) for corner in CORNERS],
        [(5001, 4, *CORNERS[0]), *FENCE_ROWS[2:5]],
        [(16, 0, 52.27, 6.88)],
        [(5004, 1, 52.27, 6.88)],
        [(5000, 0, 52.27, 6.88)],
        [(5002, -1, *corner) for corner in CORNERS],
        [(5002, 0, *corner) for corner in CORNERS],
    ],
    ids=[
        "cut",
        "another count",
        "mixed kinds",
        "a mission",
        "a point",
        "no area",
        "a negative count",
        "a count of none",
    ],
)
def test_a_fence_that_contradicts_itself_is_refused(rows):
    with pytest.raises(Invalid):
        zones("fence.waypoints", wpl(rows))


def test_what_is_no_area_is_left_out_and_told():
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": [6.88, 52.27]}},
            {"type": "Feature", "properties": {}, "geometry": None},
            {"type": "Feature", "properties": {}, "geometry": POLYGON},
        ],
    }
    found = zones("a.geojson", json.dumps(document))
    assert (len(found.zones), len(found.notes)) == (1, 2)
    with pytest.raises(Invalid, match="no area"):
        zones("a.geojson", json.dumps({"type": "Point", "coordinates": [6.88, 52.27]}))
    with pytest.raises(Invalid, match="no area"):
        zones("a.kml", kml("<Point><coordinates>6.88,52.27</coordinates></Point>"))


def test_broken_zones_are_told_and_the_others_read():
    bow = {"type": "Polygon", "coordinates": [[RING[0], RING[2], RING[1], RING[3], RING[0]]]}
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": shape}
            for name, shape in (("Good", POLYGON), ("Bad", bow), ("Fine", POLYGON))
        ],
    }
    found = zones("a.geojson", json.dumps(document))
    assert [zone.name for zone in found.zones] == ["Good", "Fine"]
    (broken,) = found.broken
    assert "Bad" in broken


def test_names_become_identifiers_of_their_own():
    marks = "".join(
        f"<Placemark><name>{name}</name>{kml_polygon()}</Placemark>"
        for name in ("Ünder", "Under the hill", "Under the hill", "")
    )
    found = zones("a.kml", f"<kml>{marks}</kml>")
    identifiers = [zone.id for zone in found.zones]
    assert len(set(identifiers)) == 4
    assert all(0 < len(identifier) <= 7 for identifier in identifiers)


def test_a_hostile_name_is_shown_safely():
    zone = only("a.kml", kml(kml_polygon(), name="\u202eevil \ue000&#x9b;31m"))
    assert zone.name.isprintable() or "\N{REPLACEMENT CHARACTER}" in zone.name
    assert "\u202e" not in zone.name
    assert "\x9b" not in zone.name


@pytest.mark.parametrize(
    "crs", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:EPSG::28992"]
)
def test_coordinates_that_are_not_wgs84_are_refused(crs):
    document = {**POLYGON, "crs": {"type": "name", "properties": {"name": crs}}}
    if "28992" in crs:
        with pytest.raises(Invalid, match="WGS84"):
            zones("a.geojson", json.dumps(document))
    else:
        assert only("a.geojson", json.dumps(document)).areas[0].outline == CORNERS


XML = {
    "a DOCTYPE": '<!DOCTYPE kml [<!ENTITY a "b">]><kml/>',
    "an external entity": '<!DOCTYPE kml SYSTEM "file:///etc/passwd"><kml/>',
    "an unknown entity": "<kml>&lol;</kml>",
    "not closed": "<kml><Document>",
    "33 deep": "<kml>" * 40,
    "two numbers too many": kml(kml_polygon("6.88,52.27,0,0 6.89,52.27 6.89,52.28")),
    "spaces after commas": kml(kml_polygon("6.88, 52.27 6.89, 52.27")),
    "letters": kml(kml_polygon("6.88,5o.27 6.89,52.27 6.89,52.28")),
    "infinity": kml(kml_polygon("6.88,1e400 6.89,52.27 6.89,52.28")),
    "swapped axes": kml(kml_polygon("52.27,6.88 52.27,6.89 52.28,6.89")),
    "no outer boundary": kml("<Polygon/>"),
    "two outer boundaries": kml(
        "<Polygon>" + 2 * f"<outerBoundaryIs><LinearRing><coordinates>{TUPLES}</coordinates></LinearRing></outerBoundaryIs>" + "</Polygon>"
    ),
    "UTF-16": kml(kml_polygon()).encode("utf-16"),
    "Latin-1": kml(kml_polygon(), name="é").encode("latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("defect", XML)
def test_a_defect_of_kml_gets_one_sentence(defect):
    content = XML[defect] if isinstance(XML[defect], bytes) else XML[defect].encode()
    try:
        found = read_zones("a.kml", content, frame=FRAME, as_format="kml")
    except Invalid as e:
        sentences = [str(e)]
    else:
        assert not found.zones
        sentences = list(found.broken)
    assert len(sentences) == 1
    assert "\n" not in sentences[0]


def test_a_network_link_is_told_and_not_followed():
    found = zones(
        "a.kml",
        kml(kml_polygon()).replace(
            "<Folder>", "<NetworkLink><Link><href>http://x/</href></Link></NetworkLink><Folder>"
        ),
    )
    assert any("network links" in note for note in found.notes)


def lying(content):
    """The same archive, its directory saying that the member unpacks to 10 bytes."""
    start = content.index(b"PK\x01\x02")
    return content[: start + 24] + (10).to_bytes(4, "little") + content[start + 28 :]


LINK = zipfile.ZipInfo("doc.kml")
LINK.external_attr = 0o120777 << 16
KMZ = {
    "a bomb": kmz(("doc.kml", "<kml>" + " " * 5_000_000 + "</kml>")),
    "a bomb beside": kmz(("doc.kml", kml(kml_polygon())), ("x.png", " " * 5_000_000)),
    "201 members": kmz(("doc.kml", kml(kml_polygon())), *((f"{n}.txt", "x") for n in range(200))),
    "no kml": kmz(("readme.txt", "x")),
    "a name above": kmz(("../doc.kml", kml(kml_polygon()))),
    "an absolute name": kmz(("/doc.kml", kml(kml_polygon()))),
    "a link": kmz((LINK, "/etc/passwd")),
    "an archive inside": kmz(("doc.kml", kml(kml_polygon())), ("inner.kmz", kmz(("doc.kml", "<kml/>")))),
    "a strange packing": kmz(("doc.kml", kml(kml_polygon())), compress_type=zipfile.ZIP_BZIP2),
    "cut": kmz(("doc.kml", kml(kml_polygon())))[:-40],
    "a lying directory": lying(kmz(("doc.kml", kml(kml_polygon())))),
}


@pytest.mark.parametrize("defect", KMZ)
def test_a_hostile_archive_gets_one_sentence(defect):
    with pytest.raises(Invalid) as refused:
        read_zones("a.kmz", KMZ[defect], frame=FRAME)
    assert "\n" not in str(refused.value)


def test_a_damaged_archive_is_never_a_traceback():
    whole = kmz(("doc.kml", kml(kml_polygon())))
    for at in range(0, len(whole), 7):
        damaged = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        with contextlib.suppress(Invalid):  # any other exception fails the test
            read_zones("a.kmz", damaged, frame=FRAME, as_format="kmz")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "zone,x,y\nField,1,2\n",
        "latitude,longitude,latitude\n52,6,52\n",
        "latitude,longitude\n52.27\n",
        'latitude,longitude\n"52.27,6.88\n',
        "latitude,longitude\n52.27,six\n",
        "latitude,longitude\n52.27,6.88\n52.27,6.89\n",
    ],
)
def test_a_defect_of_csv_gets_one_sentence(content):
    with pytest.raises(Invalid) as refused:
        zones("a.csv", content)
    assert "\n" not in str(refused.value)


# --- routes -----------------------------------------------------------------------------------------------------------

LINE = "6.88,52.27,80 6.89,52.27,90"


def kml_line(mode=""):
    return kml(f"<LineString>{mode}<coordinates>{LINE}</coordinates></LineString>")


def altitude_mode(mode):
    return f"<altitudeMode>{mode}</altitudeMode>"


def route(name, content, **options):
    plan = read_plan(name, content.encode(), **options)
    assert [(it.latitude_deg, it.longitude_deg, it.altitude_m) for it in plan.items] == [
        (52.27, 6.88, 80),
        (52.27, 6.89, 90),
    ]
    (datum,) = {item.datum for item in plan.items}
    return datum


@pytest.mark.parametrize(
    ("name", "content", "datum"),
    [
        ("a.kml", kml_line(altitude_mode("absolute")), AltitudeDatum.AMSL),
        ("a.kml", kml_line(altitude_mode("relativeToGround")), AltitudeDatum.TERRAIN),
        ("a.csv", "latitude,longitude,altitude_amsl_m\n52.27,6.88,80\n52.27,6.89,90\n", AltitudeDatum.AMSL),
        ("a.csv", "lat,lon,altitude_above_home_m\n52.27,6.88,80\n52.27,6.89,90\n", AltitudeDatum.HOME),
        ("a.csv", "lat,lon,altitude_above_terrain_m\n52.27,6.88,80\n52.27,6.89,90\n", AltitudeDatum.TERRAIN),
    ],
)
def test_a_format_that_says_its_datum_is_believed(name, content, datum):
    assert route(name, content) is datum


def test_a_datum_that_contradicts_the_file_is_refused():
    with pytest.raises(Invalid, match="above terrain, and not AMSL"):
        route("a.kml", kml_line(altitude_mode("relativeToGround")), altitude_datum=AltitudeDatum.AMSL)
    assert route("a.kml", kml_line(altitude_mode("absolute")), altitude_datum=AltitudeDatum.AMSL) is AltitudeDatum.AMSL


GPX = '<gpx><rte><rtept lat="52.27" lon="6.88"><ele>80</ele></rtept><rtept lat="52.27" lon="6.89"><ele>90</ele></rtept></rte></gpx>'
SILENT = [
    ("a.kml", kml_line()),
    ("a.kml", kml_line(altitude_mode("clampToGround"))),
    ("a.gpx", GPX),
    ("b.gpx", GPX.replace("rtept", "trkpt").replace("<rte>", "<trk><trkseg>").replace("</rte>", "</trkseg></trk>")),
    ("a.csv", "latitude,longitude,altitude\n52.27,6.88,80\n52.27,6.89,90\n"),
    ("a.geojson", json.dumps({"type": "LineString", "coordinates": [[6.88, 52.27, 80], [6.89, 52.27, 90]]})),
]


@pytest.mark.parametrize(("name", "content"), SILENT)
def test_a_format_that_doesnt_say_asks_and_takes_what_it_is_told(name, content):
    with pytest.raises(Invalid, match="--altitude-datum amsl"):
        read_plan(name, content.encode())
    for datum in AltitudeDatum:
        assert route(name, content, altitude_datum=datum) is datum


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.kml", kml_line(altitude_mode("absolute")).replace(",80", "")),
        ("a.kml", kml(kml_polygon())),
        ("a.kml", kml_line() + "<!-- -->" * 0 + "x"),
        ("a.kml", kml("<MultiGeometry>" + 2 * f"<LineString><coordinates>{LINE}</coordinates></LineString>" + "</MultiGeometry>")),
        ("a.gpx", GPX.replace("<ele>80</ele>", "")),
        ("a.gpx", "<gpx/>"),
        ("a.gpx", GPX.replace("</gpx>", GPX.removeprefix("<gpx>"))),
        ("a.csv", "latitude,longitude\n52.27,6.88\n"),
        ("a.csv", "latitude,longitude,alt,ele\n52.27,6.88,1,2\n"),
        ("a.csv", "latitude,longitude,altitude_amsl_m\n"),
        ("a.geojson", json.dumps(POLYGON)),
        ("a.geojson", json.dumps({"type": "LineString", "coordinates": [[6.88, 52.27], [6.89, 52.27]]})),
        ("a.geojson", json.dumps({"type": "LineString", "coordinates": [[6.88, 52.27, "80"], [6.89, 52.27, 90]]})),
        ("a.poly", POLY),
    ],
)  # fmt: skip
def test_what_is_no_route_is_refused_whatever_datum_is_told(name, content):
    with pytest.raises(Invalid):
        read_plan(name, content.encode(), altitude_datum=AltitudeDatum.AMSL)


# --- CSV in spreadsheets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    assert guarded(cell) == f"'{cell}"


def test_numbers_stay_numbers_and_every_cell_is_quoted():
    assert table(("a", "b"), [(-1.5, "x"), (2, "-1")]) == b'"a","b"\r\n"-1.5","x"\r\n"2","\'-1"\r\n'
    assert guarded("Field") == "Field"


@pytest.mark.parametrize("text", ["Field", "=1+1", "'=1+1", "'", "''", "'t Veld", "d'Or"])
def test_reading_takes_off_the_apostrophe_that_writing_put_there_and_no_other(text):
    assert bared(guarded(text)) == text


def test_an_identifier_of_others_is_one_line_and_sound():
    extra = "<ExtendedData><Data name='identifier'><value>A&#x202e;B\n C</value></Data></ExtendedData>"
    zone = only("field.kml", kml(kml_polygon(extra=extra)), marking=Marking(Restriction.PROHIBITED, None, None))
    assert "\u202e" not in zone.id
    assert "\n" not in zone.id


@pytest.mark.parametrize(("uom", "upper_m"), [("FT", 1066.8), ("ft", 1066.8), ("M", 3500.0), ("m", 3500.0)])
def test_limits_are_in_the_unit_that_is_said_however_it_is_spelt(uom, upper_m):
    properties = {"lower": 300, "lowerReference": "AMSL", "upper": 3500, "upperReference": "AMSL", "uom": uom}
    zone = only("tma.geojson", collection(properties))
    assert zone.areas[0].upper == Limit(pytest.approx(upper_m), HeightDatum.AMSL)


def test_limits_in_another_unit_are_not_taken_for_metres():
    properties = {"lower": 3, "lowerReference": "AMSL", "upper": 35, "upperReference": "AMSL", "uom": "FL"}
    assert "m or ft" in str(zones("tma.geojson", collection(properties)).broken)


def collection(properties):
    feature = {
        "type": "Feature",
        "properties": {"identifier": "TMA1", "restriction": "PROHIBITED", **properties},
        "geometry": POLYGON,
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]})
