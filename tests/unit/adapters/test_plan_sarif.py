"""SARIF that code scanning takes: valid, on the right lines, with fingerprints that stay."""

import copy
import json
from dataclasses import replace

import pytest
from flights import TWENTE, context, mission, plan, waypoint
from judging import ENDLESS, OUTSIDE, judge
from sarif_rules import violations

from rangeops.adapters.formats.plan_files import write_plan
from rangeops.adapters.reports.plan_help import WHY
from rangeops.adapters.reports.plan_sarif import sarif
from rangeops.domain.plan_findings import Code
from rangeops.services.plan_text import TITLES

EMPTY = plan(())
CASES = {
    "passed": (mission(), {}),
    "outside": (OUTSIDE, {}),
    "nothing to judge": (EMPTY, {}),
    "endless": (ENDLESS, {}),
    "anywhere": (OUTSIDE, {"anywhere": True}),
    "a name with everything": (OUTSIDE, {"file": "plans/ä b%20#?\n<script>\x1b[2J\"'.plan"}),
    "an absolute path": (OUTSIDE, {"file": "/srv/plans/a.plan"}),
    "outside the tree": (OUTSIDE, {"file": "../a.plan"}),
}


def made(*judged):
    return json.loads(sarif(judged, version="1.2.3"))


@pytest.mark.parametrize("case", CASES)
def test_it_is_valid(case):
    flown, how = CASES[case]
    assert violations(made(judge(flown, context(), **how))) == []


def test_several_files_are_one_run_with_an_artifact_each():
    document = made(judge(OUTSIDE, context(), file="a.plan"), judge(mission(), context(), file="b.plan"))
    assert violations(document) == []
    assert [each["location"]["uri"] for each in document["runs"][0]["artifacts"]] == ["a.plan", "b.plan"]
    assert {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in document["runs"][0]["results"]
    } == {"a.plan"}


BROKEN = {
    "an old version": lambda d: d.update(version="2.0.0"),
    "a rule twice": lambda d: d["runs"][0]["tool"]["driver"]["rules"].append(
        d["runs"][0]["tool"]["driver"]["rules"][0]
    ),
    "another rule's index": lambda d: d["runs"][0]["results"][0].update(ruleIndex=0),
    "an unknown level": lambda d: d["runs"][0]["results"][0].update(level="fatal"),
    "a key that isn't the schema's": lambda d: d["runs"][0].update(verdict="refused"),
    "a line 0": lambda d: d["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0),
    "the same fingerprint twice": lambda d: d["runs"][0]["results"].append(d["runs"][0]["results"][0]),
    "no help": lambda d: d["runs"][0]["tool"]["driver"]["rules"][0]["help"].update(text=""),
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_rules_of_the_schema_find_what_is_broken(how):
    document = made(judge(OUTSIDE, context()))
    assert violations(document) == []
    changed = copy.deepcopy(document)
    BROKEN[how](changed)
    assert violations(changed)


def test_every_rule_has_a_title_and_a_reason():
    assert TITLES.keys() == WHY.keys() == set(Code)


@pytest.mark.parametrize("as_format", ["plan", "waypoints"])
def test_a_result_stands_on_the_lines_of_its_waypoint(as_format):
    judged, lines = judge(OUTSIDE, context(), as_format=as_format)
    content = write_plan(OUTSIDE, as_format).content.decode().splitlines()
    results = made((judged, lines))["runs"][0]["results"]
    found = next(result for result in results if result["properties"].get("waypoint") == 3)
    region = found["locations"][0]["physicalLocation"]["region"]
    shown = "\n".join(content[region["startLine"] - 1 : region["endLine"]])
    assert f"{OUTSIDE.items[2].latitude_deg:.6f}" in shown
    assert f"{OUTSIDE.items[1].latitude_deg:.6f}" not in shown


def test_a_finding_keeps_its_fingerprint_when_another_item_comes_before_it():
    before = made(judge(OUTSIDE, context()))
    longer = mission(waypoint(420, -360), *OUTSIDE.items[1:-1])
    after = made(judge(longer, context()))

    def marks(document):
        return {
            result["partialFingerprints"]["primaryLocationLineHash"]
            for result in document["runs"][0]["results"]
            if result["ruleId"] == "GEO-01"
        }

    assert marks(before) == marks(after) != set()


def test_a_result_tells_what_why_and_the_smallest_fix():
    result = made(judge(OUTSIDE, context()))["runs"][0]["results"][0]
    assert "outside" in result["message"]["text"]
    assert result["properties"]["fix"] in result["message"]["text"]
    assert result["properties"]["distance_m"] > 0


def test_a_plan_without_anything_to_judge_is_an_error_too():
    assert made(judge(replace(EMPTY, home=EMPTY.home), context(range=TWENTE)))["runs"][0]["results"]
