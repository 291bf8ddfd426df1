"""What the docs say of the code is what the code says, and every link in them leads somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "sitl").rglob("*.md"))]


def test_printed_pages_are_up_to_date():
    finished = subprocess.run(
        [sys.executable, ROOT / "docs" / "tools" / "generate.py", "--check"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_every_decision_tells_its_price_and_its_way_back():
    for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        text = page.read_text(encoding="utf-8")
        for part in ("**Decision.**", "**Why.**", "**Price.**", "**Way back.**"):
            assert part in text, f"{page.name} lacks {part}"
