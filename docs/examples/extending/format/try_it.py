"""A mission of another program, read and checked: `python try_it.py FOLDER`."""

import json
import subprocess
import sys
from pathlib import Path

from rangeops.adapters.formats.plan_files import read_plan

MISSION = Path(__file__).with_name("mission.csv")

if __name__ == "__main__":
    plan = read_plan(MISSION.name, MISSION.read_bytes(), as_format="litchi")
    first = plan.items[0]
    print(
        f"{len(plan.items)} waypoints, the first at {first.latitude_deg},{first.longitude_deg}, {first.altitude_m:g} m"
    )
    words = ["plan", "check", str(MISSION), "--as", "litchi", "--volume", "EAST", "--airframe", "survey-quad", "--json"]
    checked = subprocess.run([sys.executable, "-m", "rangeops", *words], check=False, capture_output=True, text=True)
    verdict = json.loads(checked.stdout)
    (lacks,) = [each["what"] for each in verdict["checks"] if each["code"] == "FMT-01"]
    print(f"{verdict['verdict']}: {lacks}")
