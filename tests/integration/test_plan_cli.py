"""`rangeops plan` and `slot export` as companies use them: in a shell and in their CI, away from any server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sarif_rules import violations

ROOT = Path(__file__).parents[2]
PLANS = ROOT / "sitl" / "scenarios" / "plans"
REFUSED, PASSES = PLANS / "acme-0042-rev1.plan", PLANS / "acme-0042-rev2.plan"
SURVEY = ROOT / "tests" / "data" / "plans" / "survey-800.plan"
EAST = ["--volume", "EAST", "--airframe", "survey-quad"]


def plan(*arguments, data, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "rangeops", "--data", str(data), "plan", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
        cwd=cwd,
        env={**os.environ},
    )


def sentence(finished, code):
    assert finished.returncode == code, finished.stderr
    assert "Traceback" not in finished.stderr
    lines = [line for line in finished.stderr.splitlines() if line.startswith("rangeops: ")]
    assert len(lines) == 1, finished.stderr
    return lines[0]


@pytest.fixture
def mine(tmp_path):
    """A company's own folder with a plan in it that is refused."""
    copy = tmp_path / "mine.plan"
    copy.write_bytes(REFUSED.read_bytes())
    return copy


def test_several_files_are_judged_in_one_go(tmp_path):
    finished = plan("check", REFUSED, PASSES, *EAST, "--json", data=tmp_path)
    assert finished.returncode == 1
    assert [answer["verdict"] for answer in json.loads(finished.stdout)] == ["refused", "passed"]
    assert plan("check", PASSES, PASSES, *EAST, data=tmp_path).returncode == 0


def test_one_broken_file_keeps_no_other_from_its_verdict(tmp_path):
    broken = tmp_path / "broken.plan"
    broken.write_text("{")
    finished = plan("check", broken, REFUSED, tmp_path / "nowhere.plan", *EAST, data=tmp_path)
    assert finished.returncode == 2, "the first that is wrong decides"
    assert "acme-0042-rev1.plan: refused" in finished.stderr
    assert "nowhere.plan" in finished.stderr


def test_sarif_and_page_are_written_also_when_the_answer_is_no(tmp_path):
    sarif, page = tmp_path / "out.sarif", tmp_path / "out.html"
    finished = plan("check", SURVEY, *EAST, "--sarif", sarif, "--html", page, data=tmp_path)
    assert finished.returncode == 1, finished.stderr
    document = json.loads(sarif.read_bytes())
    assert violations(document) == []
    results = document["runs"][0]["results"]
    lines = SURVEY.read_text().splitlines()
    high = [result for result in results if result["ruleId"] == "ALT-01"]
    assert len(high) == 21, "one line of the survey is too high"
    for result in high:
        region = result["locations"][0]["physicalLocation"]["region"]
        assert f'"doJumpId":{result["properties"]["waypoint"]},' in lines[region["startLine"] - 1]
    html = page.read_text()
    assert html.count("leg bad") > 20
    assert "WP 423" in html


def test_an_output_that_cannot_be_written_is_told(tmp_path):
    assert "can't be written" in sentence(
        plan("check", PASSES, *EAST, "--html", tmp_path / "no" / "a.html", data=tmp_path), 7
    )


def test_anywhere_needs_no_volume_and_says_what_it_did_not_judge(tmp_path):
    finished = plan("check", REFUSED, "--anywhere", "--airframe", "survey-quad", data=tmp_path)
    assert finished.returncode == 0
    assert "where it flies was not judged" in finished.stderr


def test_a_volume_is_not_overlooked_where_anywhere_is_asked(tmp_path):
    assert "--volume" in sentence(plan("check", REFUSED, "--anywhere", *EAST, data=tmp_path), 2)


@pytest.mark.parametrize("options", [[], ["--volume", "EAST"], ["--airframe", "survey-quad"]])
def test_what_to_check_against_must_be_said(tmp_path, options):
    assert "--slot" in sentence(plan("check", PASSES, *options, data=tmp_path), 2)


def test_another_range_is_named_by_an_option(tmp_path):
    told = sentence(plan("check", PASSES, *EAST, "--range", "polder", data=tmp_path), 4)
    assert "range polder" in told


def test_a_fixed_plan_passes_and_the_original_is_untouched(mine, tmp_path):
    before = mine.read_bytes()
    finished = plan("fix", mine, *EAST, data=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "WP 5 moved" in finished.stdout
    assert "\n-5 WAYPOINT" in finished.stdout
    assert mine.read_bytes() == before
    fixed = tmp_path / "mine.fixed.plan"
    assert plan("check", fixed, *EAST, data=tmp_path).returncode == 0


def test_nothing_is_written_over_unless_it_is_asked_for(mine, tmp_path):
    other = tmp_path / "other.plan"
    other.write_text("mine")
    assert "exists" in sentence(plan("fix", mine, *EAST, "-o", other, data=tmp_path), 5)
    assert other.read_text() == "mine"
    assert "exists" in sentence(plan("fix", mine, *EAST, "-o", mine, data=tmp_path), 5)
    assert plan("fix", mine, *EAST, "--in-place", data=tmp_path).returncode == 0
    assert plan("check", mine, *EAST, data=tmp_path).returncode == 0


def test_what_cannot_be_fixed_mechanically_is_said(tmp_path):
    finished = plan("fix", SURVEY, *EAST, "-o", tmp_path / "out.plan", "--json", data=tmp_path)
    assert finished.returncode == 1
    answer = json.loads(finished.stdout)
    assert "ENE-01" in {found["code"] for found in answer["remains"]}
    assert "ALT-01" not in {found["code"] for found in answer["remains"]}
    assert Path(answer["written"]).exists()


def test_a_plan_that_passes_is_not_written_again(tmp_path):
    copy = tmp_path / "good.plan"
    copy.write_bytes(PASSES.read_bytes())
    assert plan("fix", copy, *EAST, data=tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["good.plan"]


def test_a_waypoint_file_is_fixed_as_a_waypoint_file(tmp_path):
    from rangeops.adapters.formats.plan_files import read_plan, write_plan

    file = tmp_path / "mine.waypoints"
    file.write_bytes(write_plan(read_plan("a.plan", REFUSED.read_bytes()), "waypoints").content)
    assert plan("fix", file, *EAST, data=tmp_path).returncode == 0
    assert (tmp_path / "mine.fixed.waypoints").read_bytes().startswith(b"QGC WPL 110")


def test_the_volumes_are_told_with_their_sources(tmp_path):
    finished = plan("volumes", "--volume", "EAST", "--airframe", "survey-quad", data=tmp_path)
    assert finished.returncode == 0
    assert "S_GRB" in finished.stdout
    assert "SORA 2.5" in finished.stderr
    lower = plan("volumes", "--airframe", "survey-quad", "--height", 30, "--speed", 5, "--json", data=tmp_path)
    row = json.loads(lower.stdout)[0]
    assert row["flight_height_m"] == pytest.approx(30)
    assert row["margins"]["speed_mps"] == 5


def test_a_plan_that_stays_inside_is_flown_without_an_alarm(tmp_path):
    finished = plan("fly", PASSES, *EAST, "--json", data=tmp_path)
    assert finished.returncode == 0, finished.stdout[-2000:]
    flown = json.loads(finished.stdout)
    assert flown["failure"] == ""
    assert flown["closest_m"] > 0
    assert any("fence on board verified" in moment["text"] for moment in flown["moments"])
    assert flown["moments"][-1]["text"] == "disarmed"


def test_a_plan_that_leaves_is_held_and_sent_home_by_the_range_s_policy(tmp_path):
    finished = plan("fly", REFUSED, *EAST, "--json", data=tmp_path)
    assert finished.returncode == 1
    flown = json.loads(finished.stdout)
    assert [text.split(" (")[0] for text in flown["commands"]] == ["HOLD", "RETURN TO LAUNCH"]
    assert flown["alarms"]
    assert flown["closest_m"] > 0, "it never left"
    assert flown["failure"] == ""


def test_a_plan_that_never_sets_out_is_told_so(tmp_path):
    document = json.loads(PASSES.read_text())
    document["mission"]["items"] = []
    empty = tmp_path / "empty.plan"
    empty.write_text(json.dumps(document))
    finished = plan("fly", empty, *EAST, data=tmp_path)
    assert finished.returncode == 1
    assert "it never set out" in finished.stderr


def test_a_rover_s_plan_is_driven_to_its_end(tmp_path):
    finished = plan(
        "fly", PLANS / "saxn-0017.plan", "--volume", "NORTH", "--airframe", "utility-rover", "--json", data=tmp_path
    )
    assert json.loads(finished.stdout)["failure"] == "", finished.stderr


def test_a_check_loads_no_screen_no_web_no_store_and_no_mavlink(tmp_path):
    code = (
        "import sys\nfrom rangeops.cli import app\n"
        f"sys.argv = ['rangeops', '--data', {str(tmp_path)!r}, 'plan', 'check', {str(PASSES)!r}, *{EAST!r}]\n"
        "try:\n app()\nexcept SystemExit as end:\n assert not end.code, end.code\n"
        "print('LOADED', *sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    loaded = set(finished.stdout.split("LOADED", 1)[1].split())
    assert not loaded & {"textual", "fastapi", "sqlmodel", "pymavlink", "httpx", "jinja2", "cryptography", "asyncio"}
