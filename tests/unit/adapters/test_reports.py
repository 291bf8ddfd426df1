"""A report shows what the record holds, measures it rightly, and can do nothing but be read."""

import math
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from desk import D07, NOON, OPERATOR, TWENTE, Desk, alarm, command
from hypothesis import given, settings
from hypothesis import strategies as st
from incident_story import HOSTILE, story, track

from rangeops.adapters.reports.figures import draw_map, draw_plot
from rangeops.adapters.reports.incident import incident_html
from rangeops.adapters.reports.shelf import FolderShelf
from rangeops.adapters.reports.track import Mark, at, commands_of, fixes_of, marks_of
from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandStage
from rangeops.domain.errors import NotFound, Unavailable
from rangeops.domain.events import AlarmChanged, ClockCompared, CommandMoved, TrackRecorded
from rangeops.domain.region import region_of
from rangeops.domain.vehicle_clock import ClockReading, ClockWhy
from rangeops.domain.volumes import polygon_of
from rangeops.services.views import range_view

VOID = {"meta", "line", "rect", "circle", "path", "polyline", "br"}


class Page(HTMLParser):
    """What a browser would make of it: elements, attributes, and whether it is well formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.open, self.text = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def fixes_on(events, geography):
    return fixes_of(events, TWENTE.frame, geography, ground_amsl_m=TWENTE.elevation_amsl_m)


def report(desk):
    (incident,) = desk.services.incidents.all()
    desk.services.reporting.write(incident.id, desk.now, OPERATOR)
    return desk.services.reporting.shelf.kept[f"{incident.id}.html"].decode()


@pytest.fixture
def html():
    desk = Desk(write_report=incident_html)
    story(desk)
    return report(desk)


def test_it_is_whole_and_loads_nothing_from_anywhere(html):
    page = Page(html)
    assert page.tags.count("svg") == 4, "map and three plots"
    assert not {"script", "link", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "href", "action", "style")
        assert "url(" not in (value or "") or "url(#" in value
    assert "@import" not in html
    assert "http" not in html


def test_it_says_simulation_only_when_it_is_one(html):
    assert '<p class="simulation">SIMULATION</p>' in html
    real = Desk(write_report=incident_html, simulation=False)
    story(real)
    assert "SIMULATION" not in report(real)
    assert "Simulation" not in report(real)


def test_every_item_of_the_timeline_and_every_hash_of_its_evidence_is_there(html):
    desk = Desk(write_report=incident_html)
    story(desk)
    html = report(desk)
    text = " ".join("".join(Page(html).text).split())
    (listed,) = desk.services.incidents.all()
    incident = desk.services.incidents.get(listed.id)
    hashes = {entry.seq: entry.entry_hash for entry in desk.record()}
    assert len(incident.timeline) > 10
    for item in incident.timeline:
        assert item.text in text
        assert hashes[item.evidence] in text
    assert desk.record()[-2].entry_hash in text, "the head, before the report itself was recorded"


def test_commands_stand_with_their_latencies_and_outcome(html):
    text = " ".join("".join(Page(html).text).split())
    assert "12:01:01.000 hold range policy leaves its volume in 8 s 1 0.31 s 0.84 s seen" in text
    assert re.search(r"12:01:06\.000 rtl range policy .* 1 — — no-ack", text)


def test_how_far_the_vehicles_own_times_are_off_is_there_with_its_evidence():
    desk = Desk(write_report=incident_html)
    reading = ClockReading(0.004, -12.34, 0.5, 300)
    desk.tell(
        ClockCompared(D07, ClockWhy.LINKED, NOON - timedelta(hours=1), reading, 1.5, replace(reading, drift_ppm=None))
    )
    (clocks,) = [entry for entry in desk.record() if entry.action == "watch.clock"]
    story(desk)
    text = " ".join(Page(report(desk)).text)
    row = text[text.index("The vehicle's clocks") :]
    for part in ("link up", "24 Nov 11:00:00.000", "± 4 ms, drift -12.3 ± 0.5 ppm", "+1500 ms", str(clocks.seq)):
        assert part in row
    assert clocks.entry_hash in text


def test_clocks_that_were_never_compared_are_said_not_to_be(html):
    assert "They were not compared with the range's" in " ".join(Page(html).text)


def test_text_from_outside_stays_text():
    desk = Desk(write_report=incident_html)
    story(desk, text=HOSTILE)
    html = report(desk)
    page = Page(html)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert "{{7*7}}" in "".join(page.text)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_the_page(text):
    desk = Desk(write_report=incident_html)
    story(desk, text=text)
    tags = Page(report(desk)).tags
    assert tags.count("table") == 5  # alarms, commands, timeline, clocks, hashes
    assert "script" not in tags


def test_without_slot_track_or_command_it_is_still_a_report():
    desk = Desk(write_report=incident_html)
    desk.tell(AlarmChanged(alarm()))
    page = Page(report(desk))
    assert page.tags.count("svg") == 1
    text = "".join(page.text)
    assert "no trusted track" in text
    assert "None was sent." in text


def test_the_margin_agrees_with_the_watchs_own_measure():
    """Two implementations: shapely's distance here, the enforcement loop's edges there."""
    geography = TWENTE.volume("NORTH").flight_geography
    fixes = fixes_on([(1, NOON, track(seconds=100))], geography)
    assert {fix.margin_m > 0 for fix in fixes} == {True, False}, "the track leaves the volume"
    region = region_of(polygon_of(geography, TWENTE.frame))
    for fix in fixes:
        across, _ = region.margin(fix.east_m, fix.north_m)
        assert math.isclose(fix.margin_m, min(across, geography.ceiling_amsl_m - fix.altitude_amsl_m), abs_tol=1e-6)


def test_a_vehicle_that_lands_does_not_come_near_an_edge():
    geography = TWENTE.volume("NORTH").flight_geography
    assert geography.floor_amsl_m < TWENTE.elevation_amsl_m
    (point, *_) = track().points
    for altitude_amsl_m, margin in ((TWENTE.elevation_amsl_m, range(50, 500)), (geography.floor_amsl_m - 1, [-1])):
        recorded = TrackRecorded(D07, (replace(point, altitude_amsl_m=altitude_amsl_m),))
        (fix,) = fixes_on([(1, NOON, recorded)], geography)
        assert int(fix.margin_m) in margin


def test_a_point_recorded_twice_is_one_and_untrusted_points_have_no_margin():
    events = [(1, NOON, track(trusted=lambda step: step % 2 == 0)), (2, NOON, track(start=55))]
    fixes = fixes_on(events, TWENTE.volume("NORTH").flight_geography)
    moments = [fix.at_utc for fix in fixes]
    assert moments == sorted(set(moments))
    assert all((fix.margin_m is None) == (not fix.trusted) for fix in fixes)


def test_marks_are_first_sendings_and_raisings_in_order():
    sent = NOON + timedelta(seconds=3)
    events = [
        (1, NOON + timedelta(seconds=5), AlarmChanged(alarm())),
        (2, NOON + timedelta(seconds=6), AlarmChanged(alarm(state=AlarmState.ACKED))),
        (3, sent, CommandMoved(replace(command(), sent_utc=sent))),
        (4, sent, CommandMoved(replace(command(CommandStage.SEEN), sent_utc=sent))),
    ]
    assert [(mark.kind, mark.sign) for mark in marks_of(events)] == [("command", "H"), ("alarm", "1")]
    ((seq, progress),) = commands_of(events)
    assert (seq, progress.stage) == (4, CommandStage.SEEN)


def test_the_map_keeps_shape_and_scale():
    geography = TWENTE.volume("NORTH").flight_geography
    fixes = fixes_on([(1, NOON, track())], geography)
    figure = draw_map(range_view(TWENTE), None, fixes, [Mark(fixes[0].at_utc, "alarm", "1", "x")])
    xs = [float(x) for x in re.findall(r"(-?[\d.]+),", figure.trails[0].points)]
    metres = fixes[-1].east_m - fixes[0].east_m
    assert math.isclose((xs[-1] - xs[0]) / metres, figure.scale_px / figure.scale_m, rel_tol=0.01)
    assert [spot.kind for spot in figure.spots] == ["start", "end", "alarm"]


def test_signs_on_the_map_never_hide_each_other():
    fixes = fixes_on([(1, NOON, track())], None)
    marks = [Mark(fixes[0].at_utc + timedelta(seconds=n / 2), "command", "H", "x") for n in range(10)]
    spots = [spot for spot in draw_map(range_view(TWENTE), None, fixes, marks).spots if spot.kind == "command"]
    places = [(spot.x, spot.y + spot.label_dy) for spot in spots]
    assert len(places) == 10
    assert all(math.dist(one, other) > 16 for n, one in enumerate(places) for other in places[n + 1 :])


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=50),
    st.integers(1, 5000),
)
def test_a_plot_stays_in_its_frame(values, seconds):
    base = fixes_on([(1, NOON, track())], None)[0]
    step = timedelta(seconds=seconds) / (len(values) - 1)
    fixes = [replace(base, at_utc=NOON + n * step, altitude_amsl_m=value) for n, value in enumerate(values)]
    plot = draw_plot("A", "m", fixes, lambda fix: fix.altitude_amsl_m, [])
    numbers = [tuple(map(float, pair.split(","))) for line in plot.lines for pair in line.split()]
    assert len(numbers) == len(values)
    assert all(55.9 <= x <= 706.1 and 21.9 <= y <= 164.1 for x, y in numbers)
    assert len(plot.x_ticks) <= 8
    assert all(55.9 <= tick.at <= 706.1 for tick in plot.x_ticks)


def test_the_nearest_fix_is_none_where_the_track_was_elsewhere_in_time():
    fixes = fixes_on([(1, NOON, track(start=0, seconds=2))], None)
    assert at(fixes, NOON + timedelta(seconds=1)).at_utc == NOON + timedelta(seconds=1)
    assert at(fixes, NOON + timedelta(seconds=60)) is None
    assert at([], NOON) is None


def test_the_shelf_replaces_whole_files_and_says_what_fails(tmp_path):
    shelf = FolderShelf(tmp_path / "reports")
    with pytest.raises(NotFound):
        shelf.get("INC-2026-0001.html")
    for content in (b"first", b"second"):
        path = shelf.put("INC-2026-0001.html", content)
        assert path.read_bytes() == shelf.get("INC-2026-0001.html") == content
    assert [each.name for each in path.parent.iterdir()] == ["INC-2026-0001.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="can't be written"):
        FolderShelf(tmp_path / "file").put("x.html", b"")
