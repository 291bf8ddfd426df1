"""Makes docs/images/plan-check.svg: the map of a checked survey, as `plan check --html` draws it.

`python docs/tools/make_plan_picture.py [FOLDER]`. The plan is tests/data/plans/survey-800.plan; the same bytes each time.
"""

import re
import sys
from pathlib import Path

from rangeops import offline
from rangeops.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PLAN = ROOT / "tests" / "data" / "plans" / "survey-800.plan"
_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'


def picture() -> str:
    """The page's own map with the page's own style, light or dark as its reader's screen is."""
    basis = offline.against(Settings(data=ROOT / "build"), offline.Held("EAST", "survey-quad"))
    page = offline.html_of([offline.judge(PLAN, basis)]).decode()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    figure = re.search(r'<svg class="map".*?</svg>', page, re.DOTALL)
    if style is None or figure is None:
        raise SystemExit("the page has no map")
    drawn = figure.group().replace("<svg ", f"<svg {_NAMESPACE} ", 1)
    head, body = drawn.split(">", 1)
    return f"{head}>\n<style>{style.group(1)}</style>{body}\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    (folder / "plan-check.svg").write_text(picture(), encoding="utf-8")
