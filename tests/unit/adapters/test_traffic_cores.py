"""The cores of the traffic feeds: what published formats say is read, whatever else comes raises nothing unforeseen."""

import contextlib
import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.traffic.aircraft_json import MOST_BYTES, AircraftJson
from rangeops.adapters.traffic.feeds import feed_of, is_feed
from rangeops.adapters.traffic.http_get import HttpGet
from rangeops.adapters.traffic.sbs import LONGEST_LINE, SbsLines, sighting_of
from rangeops.domain.errors import Damaged, Invalid, Unavailable
from rangeops.domain.traffic import ContactKind

POSITION = b"MSG,3,1,1,4B1234,1,2026/11/24,12:00:00.000,2026/11/24,12:00:00.010,,1200,,,52.28123,6.88912,,,0,0,0,0"
VELOCITY = b"MSG,4,1,1,4B1234,1,2026/11/24,12:00:00.000,2026/11/24,12:00:00.010,,,120.5,231.0,,,-640,,,,,"
IDENTITY = b"MSG,1,1,1,4B1234,1,2026/11/24,12:00:00.000,2026/11/24,12:00:00.010,LIFELN1 ,,,,,,,,,,,"
STREAM = b"\r\n".join([IDENTITY, POSITION, b"STA,,5,179,400AE7,10103,,,,,RM", VELOCITY, b""])


def test_basestation_lines_in_aviations_units():
    lines = SbsLines("sbs:x")
    identity, position, velocity = lines.received(STREAM)
    assert (identity.id, identity.name, identity.latitude_deg) == ("icao:4b1234", "LIFELN1", None)
    assert (position.latitude_deg, position.longitude_deg) == (52.28123, 6.88912)
    assert position.pressure_altitude_m == pytest.approx(365.76)
    assert position.on_ground is False
    assert velocity.ground_speed_mps == pytest.approx(61.99, abs=0.01)
    assert (velocity.track_deg, velocity.on_ground) == (231.0, None)
    assert velocity.climb_mps == pytest.approx(-3.2512)
    assert (lines.read, lines.refused) == (3, 1)


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_a_stream_cut_anywhere_tells_the_same(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    lines = SbsLines("sbs:x")
    told = [each for a, b in itertools.pairwise(edges) for each in lines.received(STREAM[a:b])]
    assert told == SbsLines("sbs:x").received(STREAM)


@given(st.binary(max_size=3000))
def test_whatever_comes_is_read_or_refused(data):
    lines = SbsLines("sbs:x")
    try:
        lines.received(data)
    except Damaged:
        assert len(data) > LONGEST_LINE


def test_a_stream_without_lines_is_ended_before_it_fills_the_memory():
    with pytest.raises(Damaged):
        SbsLines("sbs:x").received(b"x" * (LONGEST_LINE + 1))


@pytest.mark.parametrize("bad", [b"nan", b"inf", b"abc", b"1e999"])
def test_a_field_that_is_no_number_tells_nothing_and_the_others_do(bad):
    told = sighting_of(POSITION.replace(b",1200,", b"," + bad + b","), "x")
    assert told.pressure_altitude_m is None
    assert told.latitude_deg == 52.28123


def picture(*rows, now=1000.0):
    return json.dumps({"now": now, "messages": 1, "aircraft": list(rows)}).encode()


HELICOPTER = {
    "hex": "4b1234", "flight": "LIFELN1 ", "alt_baro": 1200, "alt_geom": 1350, "gs": 120.5, "track": 231.0,
    "baro_rate": -640, "lat": 52.28, "lon": 6.89, "seen_pos": 1.5, "category": "A7", "nac_p": 8, "gva": 2,
}  # fmt: skip


def test_aircraft_json_in_aviations_units():
    (told,) = AircraftJson("x").received(picture(HELICOPTER))
    assert (told.id, told.name, told.kind) == ("icao:4b1234", "LIFELN1", ContactKind.CREWED)
    assert told.pressure_altitude_m == pytest.approx(365.76)
    assert told.ellipsoid_altitude_m == pytest.approx(411.48)
    assert told.ground_speed_mps == pytest.approx(61.99, abs=0.01)
    assert (told.position_age_s, told.error_m, told.error_up_m, told.on_ground) == (1.5, 92.6, 45.0, False)


def test_on_the_ground_a_drone_and_a_car():
    rows = [{**HELICOPTER, "alt_baro": "ground"}, {**HELICOPTER, "category": "B6"}, {**HELICOPTER, "category": "C2"}]
    taxiing, drone, car = AircraftJson("x").received(picture(*rows))
    assert (taxiing.on_ground, taxiing.pressure_altitude_m) == (True, None)
    assert (drone.kind, drone.on_ground) == (ContactKind.DRONE, False)
    assert car.on_ground


def test_the_same_picture_again_tells_nothing():
    reader = AircraftJson("x")
    assert reader.received(picture(HELICOPTER))
    assert reader.received(picture(HELICOPTER)) is None
    assert reader.received(picture(HELICOPTER, now=1001.0))


def test_a_receiver_whose_clock_went_back_is_read_on():
    reader = AircraftJson("x")
    assert reader.received(picture(HELICOPTER, now=5000.0))
    assert reader.received(picture(HELICOPTER, now=4998.0)) is None, "overtaken"
    assert reader.received(picture(HELICOPTER, now=3200.0))
    assert reader.received(picture(HELICOPTER, now=3201.0))


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=3),
)
ROWS = st.dictionaries(st.sampled_from([*HELICOPTER, "other"]), VALUES, max_size=15)


@given(st.lists(ROWS | VALUES, max_size=5))
def test_an_entry_of_any_shape_spoils_no_other(rows):
    content = json.dumps({"aircraft": [*rows, HELICOPTER]}, allow_nan=True).encode()
    try:
        told = AircraftJson("x").received(content)
    except Damaged:
        assert b"NaN" in content or b"Infinity" in content, "which no JSON has"
    else:
        assert told[-1].name == "LIFELN1"
        for each in told:
            assert each.latitude_deg is None or math.isfinite(each.latitude_deg)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"aircraft": 3}', b"[" * 100_000, b" " * (MOST_BYTES + 1), b"\xff\xfe"]
)
def test_what_is_no_picture_is_refused_in_a_sentence(content):
    with pytest.raises(Damaged):
        AircraftJson("x").received(content)


def answer(body=b"{}", *, status=b"200 OK", head=b""):
    return b"HTTP/1.1 " + status + b"\r\n" + head + b"\r\n" + body


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (answer(b"{}", head=b"Content-Length: 2\r\n"), b"{}"),
        (answer(b"2\r\n{}\r\n0\r\n\r\n", head=b"Transfer-Encoding: chunked\r\n"), b"{}"),
    ],
)
@given(cut=st.integers(0, 80))
def test_an_answer_cut_anywhere_is_whole_in_the_end(data, body, cut):
    get = HttpGet("127.0.0.1:8080", "/data/aircraft.json", where="x", most_bytes=100)
    assert get.request.startswith(b"GET /data/aircraft.json HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n")
    parts = [part for part in (data[:cut], data[cut:]) if part]
    assert [got for part in parts if (got := get.received(part)) is not None] == [body]


def test_an_answer_may_end_where_the_other_side_closes():
    get = HttpGet("127.0.0.1", "/", where="x", most_bytes=100)
    assert get.received(answer(b"{}")) is None
    assert get.received(b"") == b"{}"


@pytest.mark.parametrize(
    "data",
    [
        answer(status=b"404 Not Found"),
        answer(status=b"302 Found", head=b"Location: http://10.0.0.1/\r\n"),
        answer(b"x" * 101, head=b"Content-Length: 101\r\n"),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"",
        b"x" * 20_000,
    ],
)
def test_any_other_answer_is_said_in_a_sentence(data):
    get = HttpGet("127.0.0.1", "/", where="x", most_bytes=100)
    with pytest.raises(Unavailable):
        assert [get.received(part) for part in (data, b"")]  # b"": it closes


@given(st.binary(min_size=1, max_size=500))
def test_whatever_answers_raises_nothing_else(data):
    get = HttpGet("127.0.0.1", "/", where="x", most_bytes=100)
    with contextlib.suppress(Unavailable):
        get.received(data)
        get.received(b"")


@pytest.mark.parametrize(
    "uri",
    [
        "sbs:127.0.0.1:30003",
        "sbs:[::1]:30003",
        "sbs:localhost:30003",
        "aircraft-json:/run/readsb/aircraft.json",
        "aircraft-json:http://127.0.0.1:8080/data/aircraft.json",
        "aircraft-json:http://192.168.1.5/tar1090/data/aircraft.json?x=1",
        "aircraft-json:http://[fd00::5]/aircraft.json",
    ],
)
def test_a_feed_by_its_address(uri):
    assert is_feed(uri)
    assert feed_of(uri).uri == uri


@pytest.mark.parametrize(
    "uri",
    [
        "sbs:receiver.local:30003",
        "sbs:127.0.0.1",
        "sbs:127.0.0.1:0",
        "sbs:127.0.0.1:99999",
        "sbs:127.0.0.1:²",
        "udpin:127.0.0.1:14550",
        "aircraft-json:run/aircraft.json",
        "aircraft-json:http://receiver/aircraft.json",
        "aircraft-json:https://127.0.0.1/aircraft.json",
        "aircraft-json:file:///etc/passwd",
        "aircraft-json:http://8.8.8.8/aircraft.json",
        "aircraft-json:http://169.254.169.254/latest/meta-data/",
        "aircraft-json:http://[::ffff:169.254.169.254]/latest/meta-data/",
        "aircraft-json:http://[::ffff:8.8.8.8]/",
        "aircraft-json:http://[fe80::1]/",
        "aircraft-json:http://0.0.0.0/",
        "aircraft-json:http://user@127.0.0.1/",
        "aircraft-json:http://127.0.0.1@8.8.8.8/",
        "aircraft-json:http://127.0.0.1:port/",
        "aircraft-json:http://127.0.0.1",
        "aircraft-json:http://127.0.0.1/a\r\nHost: evil",
        "aircraft-json:http://2130706433/",
        "aircraft-json:http://[::1/",
    ],
)
def test_names_other_networks_and_tricks_are_refused(uri):
    with pytest.raises(Invalid):
        feed_of(uri)


@given(st.text(max_size=60))
def test_any_text_is_a_feed_or_refused(rest):
    for kind in ("sbs", "aircraft-json"):
        with contextlib.suppress(Invalid):
            feed_of(f"{kind}:{rest}")
