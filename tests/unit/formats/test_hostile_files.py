"""A file of a million points, values or elements is refused in under a second and 200 MB, in a process of its own."""

import io
import subprocess
import sys
import zipfile
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.formats.plan_files import read_plan
from rangeops.adapters.formats.table import FORMATS
from rangeops.adapters.formats.writing import Writing
from rangeops.adapters.formats.zone_files import read_zones
from rangeops.domain.errors import Invalid
from rangeops.domain.schedules import Applicability, DailyPeriod
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction, Zone, ZoneArea

MOST_S, MOST_MB = (
    2.0,
    200,
)  # twice what docs/formats.md says: of CPU, which goes further on a machine with nothing else to do
CHILD = """
import sys, time
from pathlib import Path
from rangeops.adapters.formats import geojson, kml
from rangeops.adapters.formats.plan_files import read_plan
from rangeops.adapters.formats.zone_files import read_zones
from rangeops.domain.errors import Invalid

path = Path(sys.argv[1])
content = path.read_bytes()
started = time.process_time()
for read in (lambda: read_zones(path.name, content, frame=None), lambda: read_plan(path.name, content)):
    try:
        found = read()
    except Invalid as e:
        said = str(e)
    else:
        said = found.broken[0]
    assert "\\n" not in said, said
took = time.process_time() - started
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(took, int(peak) / 1024, said)
"""


def points(text, count=1_000_000):
    return text * count


def bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * 45_000_000 + b"</kml>")
    return packed.getvalue()


HOSTILE = {
    "points.geojson": lambda: b'{"type":"Polygon","coordinates":[[' + points(b"[6.8,5.2],") + b"[6.8,5.2]]]}",
    "below.geojson": lambda: b'{"type":"Polygon","coordinates":[[' + points(b"[6.8,5.2],", 199_000) + b"[6.8,5.2]]]}",
    "values.json": lambda: b'{"type":"FeatureCollection","features":[' + points(b"1,", 4_000_000) + b"1]}",
    "zones.json": lambda: b'{"UASZoneList":[' + points(b'{"a":{}},', 900_000) + b"{}]}",
    "below.json": lambda: b'{"UASZoneList":[' + points(b'{"a":1},', 90_000) + b"{}]}",
    "deep.json": lambda: b'{"UASZoneList":' + points(b"[", 5_000_000),
    "points.kml": lambda: (
        b"<kml><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        + points(b"6.8,52.2 ")
        + b"</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
    ),
    "points.gpx": lambda: (
        b"<gpx><trk><trkseg>" + points(b"<trkpt lat='5' lon='6'/>", 410_000) + b"</trkseg></trk></gpx>"
    ),
    "below.gpx": lambda: b"<gpx><trk><trkseg>" + points(b"<trkpt lat='5' lon='6'/>", 99_000) + b"</trkseg></trk></gpx>",
    "attributes.kml": lambda: b"<kml " + b" ".join(b'a%d=""' % n for n in range(900_000)) + b"/>",
    "elements.kml": lambda: b"<kml>" + points(b"<a/>", 2_000_000) + b"</kml>",
    "deep.kml": lambda: b"<kml>" + points(b"<a>", 290_000),
    "points.csv": lambda: b"latitude,longitude\n" + points(b"52.2,6.8\n"),
    "points.poly": lambda: points(b"52.2 6.8\n"),
    "points.fen": lambda: points(b"52.2 6.8\n"),
    "rows.waypoints": lambda: b"QGC WPL 110\n" + b"".join(b"%d 1 0 5002 9 0 0 0 52 6 3 1\n" % n for n in range(60_000)),
    "bomb.kmz": bomb,
    "long-line.poly": lambda: points(b"5", 9_000_000),
    "large.kml": lambda: b"<kml>" + points(b" ", 10_000_001),
    "larger.json": lambda: points(b" ", 20_000_001),
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux's /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_quickly_and_in_little_memory(name, tmp_path):
    file = tmp_path / name
    file.write_bytes(HOSTILE[name]())
    finished = subprocess.run(
        [sys.executable, "-c", CHILD, str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stderr[-500:]
    took, peak, said = finished.stdout.split(" ", 2)
    assert float(took) < MOST_S, said
    assert float(peak) < MOST_MB, said


JSON = {
    "NaN": b'{"type":"Polygon","coordinates":[[[NaN,52],[6,52],[6,53],[6,52]]]}',
    "Infinity": b'{"type":"Polygon","coordinates":[[[-Infinity,52],[6,52],[6,53],[6,52]]]}',
    "1e400": b'{"type":"Polygon","coordinates":[[[1e400,52],[6,52],[6,53],[6,52]]]}',
    "a key twice": b'{"type":"Polygon","coordinates":[],"coordinates":[]}',
    "a number in quotes": b'{"type":"Polygon","coordinates":[[["6.8",52],[6,52],[6,53],["6.8",52]]]}',
    "true": b'{"type":"Polygon","coordinates":[[[true,52],[6,52],[6,53],[true,52]]]}',
    "33 deep": b'{"type":"Polygon","coordinates":' + b"[" * 40 + b"]" * 40 + b"}",
    "not UTF-8": b'{"type":"Polygon","coordinates":"\xff"}',
    "a huge integer": b'{"type":"Polygon","coordinates":[[[' + b"9" * 5000 + b",52]]]}",
    "a lone surrogate": b'{"type":"Feature","properties":{"name":"\\ud800"},"geometry":{"type":"Blob"}}',
}


@pytest.mark.parametrize("defect", JSON)
def test_json_that_is_no_json_gets_one_sentence(defect):
    try:
        said = read_zones("a.geojson", JSON[defect], frame=None).broken
    except Invalid as e:
        said = (str(e),)
    assert len(said) == 1
    assert said[0].isprintable()


@pytest.mark.parametrize("read", [lambda name: read_zones(name, b"", frame=None), lambda name: read_plan(name, b"")])
@pytest.mark.parametrize(
    "suffix", ["json", "geojson", "kml", "kmz", "gpx", "csv", "poly", "fen", "plan", "waypoints", ""]
)
def test_nothing_gets_one_sentence_and_a_hostile_name_is_shown_safely(read, suffix):
    with pytest.raises(Invalid) as refused:
        read(f"../\x1b]52;c;x\x07[/red]\u202e.{suffix}")
    assert str(refused.value).isprintable()


SPECIMEN = Zone(
    "TWENTE1",
    "Field",
    Restriction.PROHIBITED,
    (
        ZoneArea(((52.27, 6.88), (52.27, 6.89), (52.28, 6.89)), None, Limit(120.0, HeightDatum.AGL)),
        ZoneArea(Circle(52.27, 6.88, 100.0), None, None),
    ),
    applicability=(Applicability(None, None, (DailyPeriod(frozenset([0]), time(8), time(18)),)),),
)
SPECIMENS = {
    each.name: each.zones_to([SPECIMEN], Writing(country="NLD", authority="Range control")).content
    for each in FORMATS
    if each.zones_to is not None
}


@pytest.mark.parametrize("name", SPECIMENS)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4000),
            st.integers(0, 60),
            st.binary(max_size=3)
            | st.sampled_from([b"null", b"[]", b"{}", b'""', b"1e400", b"NaN", b"-1", b"<", b"&", b"\n", b"\t", b","]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_damaged_file_is_read_or_told_in_printable_sentences(name, damages):
    content = SPECIMENS[name]
    for at, cut, put in damages:
        start = at % (len(content) + 1)
        content = content[:start] + put + content[start + cut :]
    for read in (
        lambda: read_zones("a", content, frame=None, as_format=name).broken,
        lambda: read_plan(f"a.{name}", content).unexpandable,
    ):
        try:
            said = read()
        except Invalid as e:
            said = (str(e),)
        assert all(sentence.isprintable() for sentence in said)
