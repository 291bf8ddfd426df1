"""The page of a checked plan: whole, safe, and true."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flights import LAP, RETURN, TAKE_OFF, context, item, mission, plan, waypoint
from judging import ENDLESS, OUTSIDE, judge

from rangeops.adapters.reports.plan_figures import draw_map, draw_profile, faulty, is_faulty
from rangeops.adapters.reports.plan_page import plan_html
from rangeops.domain.volumes import operational_volumes
from rangeops.services.plan_text import TITLES

HOSTILE = "<script>alert(1)</script>\u202e{{7*7}}\"'&amp;\x00.plan"
CASES = {
    "passed": (mission(), {}),
    "outside": (OUTSIDE, {}),
    "nothing to judge": (plan(()), {}),
    "endless": (ENDLESS, {}),
    "far away": (replace(mission(), home=replace(mission().home, latitude_deg=12.0)), {}),
    "anywhere": (OUTSIDE, {"anywhere": True}),
    "a circle": (mission(item(18, (500, -400), 40.0, params=(2, 0, 30))), {}),
}


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "link", "br", "rect", "circle", "line", "path"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag in self.open:
            assert self.open.pop() == tag


def page(*plans):
    return plan_html(plans, version="1.2.3")


@pytest.mark.parametrize("case", CASES)
def test_it_is_whole_and_loads_nothing(case):
    flown, how = CASES[case]
    html = page(judge(flown, context(), **how)[0])
    seen = Elements()
    seen.feed(html)
    assert not seen.open
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(seen.tags)
    assert all(value.startswith("#") for name, value in seen.attributes if name in {"href", "src", "xlink:href"})
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert not re.search(r"\b(nan|inf)\b", html, re.IGNORECASE)


def test_every_finding_is_there_with_its_fix_and_every_rule_that_passed():
    judged, _ = judge(OUTSIDE, context())
    html = page(judged)
    for check in judged.checks:
        told = (check.title,) if check.passed else (check.what, check.fix, check.title)
        for text in told:
            assert text.replace("'", "&#39;") in html
    assert "refused" in html


def test_a_hostile_name_is_only_text():
    judged, _ = judge(OUTSIDE, context(), file=HOSTILE)
    evil = replace(judged, plan=replace(judged.plan, name=HOSTILE), slot=HOSTILE)
    html = page(evil)
    assert "<script" not in html
    assert "\u202e" not in html
    assert "{{7*7}}" in html, "shown as it is, not computed"


def test_zone_names_are_only_text():
    zone = replace(context().range.zones[0], name=HOSTILE, id=HOSTILE)
    judged, _ = judge(OUTSIDE, context(range=replace(context().range, zones=(zone,))))
    assert "<script" not in page(judged)


@pytest.mark.parametrize(("zones", "told"), [(0, "0 zones<"), (1, "1 zone<"), (2, "2 zones<")])
def test_one_zone_is_no_zones(zones, told):
    some = context().range.zones[:1] * zones
    judged, _ = judge(OUTSIDE, context(range=replace(context().range, zones=some)))
    assert told in page(judged)


def test_faulty_legs_are_red_and_no_others():
    judged, _ = judge(OUTSIDE, context())
    bad = faulty(judged.verdict.findings)
    legs = [leg for leg, _ in judged.route.legs]
    red = {(leg.origin, leg.target) for leg in legs if is_faulty(leg, bad)}
    assert (2, 3) in red
    assert (0, 1) not in red
    drawn = draw_map(judged, _volumes(judged))
    assert sum(shape.style == "leg bad" for shape in drawn.legs) == len([leg for leg in legs if is_faulty(leg, bad)])
    assert any(label.style == "bad" and "WP 3" in label.text for label in drawn.labels)


def test_a_passed_plan_has_no_red():
    judged, _ = judge(mission(), context())
    assert judged.passed
    assert not any("bad" in shape.style for shape in draw_map(judged, _volumes(judged)).legs)
    assert not any("bad" in line.style for line in draw_profile(judged).lines)


def test_after_a_jump_the_line_begins_anew():
    """No line is drawn that nobody flies."""
    laps = plan((TAKE_OFF, *(waypoint(u, v) for u, v in LAP), item(177, params=(2, 1)), RETURN))
    judged, _ = judge(laps, context())
    lines = [shape.d for shape in draw_map(judged, _volumes(judged)).legs]
    flown = {(leg.start[:2], leg.end[:2]) for leg, _ in judged.route.legs if leg.start[:2] != leg.end[:2]}
    drawn = sum(line.count("L") for line in lines)
    assert drawn == len(judged.route.legs)
    assert len(flown) <= drawn


def test_the_profile_stands_between_floor_and_ceiling():
    judged, _ = judge(mission(), context())
    profile = draw_profile(judged)
    ceiling, floor = (level.y for level in profile.levels)
    heights = [float(y) for line in profile.lines for y in re.findall(r" ([\d.]+)", line.d)]
    assert ceiling < min(heights) <= max(heights) < floor


def test_of_a_plan_whose_place_is_unknown_there_is_no_profile():
    assert draw_profile(judge(plan(()), context())[0]) is None


def test_a_page_of_many_files_leads_to_each():
    html = page(judge(OUTSIDE, context(), file="a.plan")[0], judge(mission(), context(), file="b.plan")[0])
    assert 'href="#plan-1"' in html
    assert 'id="plan-2"' in html


def test_rules_that_were_not_asked_are_named():
    html = page(judge(mission(), context(), anywhere=True)[0])
    assert "Not asked, since no range was named: GEO-01" in html
    assert TITLES[next(iter(TITLES))] in html


def _volumes(judged):
    held = judged.context
    return operational_volumes(held.volume.flight_geography, held.airframe, held.range.frame, held.range.assumptions)
