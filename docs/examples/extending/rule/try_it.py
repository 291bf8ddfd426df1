"""A good plan, and the same with its home beside the runway: `python try_it.py FOLDER`."""

import json
import subprocess
import sys
from pathlib import Path

GOOD = Path("sitl/scenarios/plans/acme-0042-rev2.plan")
BESIDE_THE_RUNWAY = (52.27605, 6.88950)


def found(plan: Path) -> list[str]:
    """What the new rule says of it, by the command that companies use."""
    words = ["plan", "check", str(plan), "--volume", "EAST", "--airframe", "survey-quad", "--json"]
    checked = subprocess.run([sys.executable, "-m", "rangeops", *words], check=False, capture_output=True, text=True)
    verdict = json.loads(checked.stdout)
    return [
        f"{each['what']} {each['fix']}" for each in verdict["checks"] if each["code"] == "GEO-10" and not each["passed"]
    ]


def moved(folder: Path) -> Path:
    plan = json.loads(GOOD.read_text())
    plan["mission"]["plannedHomePosition"][:2] = BESIDE_THE_RUNWAY
    path = folder / "moved.plan"
    path.write_text(json.dumps(plan))
    return path


if __name__ == "__main__":
    assert found(GOOD) == []
    (says,) = found(moved(Path(sys.argv[1])))
    print(says)
