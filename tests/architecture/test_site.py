"""The site builds from the pages as they are, leads nowhere that isn't there, and asks no other host for anything."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "site"
FETCHED = {
    ("link", "href"),
    ("script", "src"),
    ("img", "src"),
    ("source", "src"),
    ("iframe", "src"),
    ("form", "action"),
}
A_BUILD_S = 900  # 15 s on an idle machine; minutes where thirty programs want two cores

pytestmark = pytest.mark.timeout(A_BUILD_S + 60)


class Page(HTMLParser):
    """Its anchors, and whatever it refers to as (tag, attribute, address)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.refers: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            elif name in ("href", "src", "action"):
                self.refers.append((tag, name, value or ""))


@pytest.fixture(scope="module")
def site() -> dict[Path, Page]:
    """Built where no network is, as far as this machine lets a process have none."""
    alone = ["unshare", "--map-root-user", "--net"]
    possible = (
        shutil.which("unshare") and not subprocess.run([*alone, "true"], check=False, capture_output=True).returncode
    )
    built = subprocess.run(
        [*(alone if possible else []), sys.executable, ROOT / "docs" / "tools" / "make_site.py"],
        check=False,
        capture_output=True,
        text=True,
        timeout=A_BUILD_S,
    )
    assert built.returncode == 0, built.stderr
    return {path: Page(path.read_text(encoding="utf-8")) for path in SITE.rglob("*.html")}


def links(site: dict[Path, Page]) -> Iterator[tuple[Path, str, Path, str]]:
    """Of each link within the site: its page, its text, the file and the anchor that it names."""
    for path, page in site.items():
        for _, _, address in page.refers:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            yield path, address, target, unquote(parts.fragment)


def test_every_link_and_every_anchor_is_there(site):
    dead = []
    for path, address, target, anchor in links(site):
        if target.is_dir() or not target.exists():
            dead.append(f"{path.relative_to(SITE)}: {address}")
        elif anchor and target.suffix == ".html" and anchor not in site[target].anchors:
            dead.append(f"{path.relative_to(SITE)}: {address} (no such anchor)")
    assert not dead


def test_every_page_of_the_repository_is_on_it(site):
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    missing = [page for page in pages if SITE / page.relative_to(ROOT).with_suffix(".html") not in site]
    assert not missing


def test_it_fetches_nothing_from_another_host(site):
    fetched = [
        f"{path.relative_to(SITE)}: {address}"
        for path, page in site.items()
        for tag, name, address in page.refers
        if (tag, name) in FETCHED and (urlsplit(address).netloc or urlsplit(address).scheme not in ("", "data"))
    ]
    assert not fetched
    for style in (SITE / "_static").rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert "url(http" not in text.replace('"', "").replace("'", ""), style.name
        assert "@import" not in text, style.name
