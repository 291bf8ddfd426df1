"""The main job as its user starts it: one command, unattended, to an exit code and one JSON object."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]

KEYS = {
    "vehicles", "slots", "plans_checked", "plans_refused", "fences_verified", "alarms", "commands", "max_excursion_m",
    "incidents", "report", "audit_head",
}  # fmt: skip


def test_the_chain_closes_unattended_within_two_minutes(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-m", "rangeops", "--data", ".", "demo", "--headless", "--json"],
        check=False,
        cwd=tmp_path,  # a folder named from here is the same one for every process
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ,
    )
    assert finished.returncode == 0, finished.stderr
    outcome = json.loads(finished.stdout)
    assert set(outcome) == KEYS
    assert (outcome["vehicles"], outcome["slots"], outcome["fences_verified"]) == (4, 4, 4)
    assert outcome["plans_refused"] >= 1
    assert outcome["plans_checked"] == outcome["plans_refused"] + 4
    forecasts = [alarm for alarm in outcome["alarms"] if alarm["condition"] == "forecast-exit"]
    stops = [c for c in outcome["commands"] if c["command"] in ("hold", "rtl") and c["by"] == "policy"]
    assert forecasts[0]["time_to_exit_s"] > 0
    assert forecasts[0]["t_s"] < stops[0]["sent_s"], "the alarm comes first"
    assert all(command["seen"] and command["seen_s"] <= 3 for command in stops)
    assert outcome["max_excursion_m"] <= 0
    assert [incident["vehicle"] for incident in outcome["incidents"]] == ["D07"]
    report = Path(outcome["report"]).read_text(encoding="utf-8")
    assert report.startswith(("<!doctype html>", "<!DOCTYPE html>"))
    assert "INC-" in report
    assert len(outcome["audit_head"]) == 64
