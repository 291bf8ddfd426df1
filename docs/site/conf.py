"""The site: the same markdown that is read in the repository, put in an order by nav.toml.

Its source folder is the repository, so that links between pages, and from pages to source files, are right in both. Pages
carry no directives: what a toctree is to Sphinx is appended while a page is read.
"""

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rangeops import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
NAV = tomllib.loads((HERE / "nav.toml").read_text(encoding="utf-8"))

project = "rangeops"
author = "The rangeops authors"
release = __version__
copyright = author  # noqa: A001 - Sphinx's name for it

extensions = ["myst_parser"]
root_doc = "docs/index"
source_suffix = {".md": "markdown"}
include_patterns = ["README.md", "CHANGELOG.md", "docs/**", "sitl/README.md"]
exclude_patterns = [".*", "build", "dist", "rangeops", "tests", "geofences", "hardware", "sitl/scenarios", "docs/site"]

myst_heading_anchors = 4
highlight_language = "text"
nitpicky = True

html_theme = "furo"
html_title = f"rangeops {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["extra"]
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None

_DIRECTORY = re.compile(r"\]\(([^):#\s]+)/\)")


def _toctree(pages: list[str], caption: str = "") -> str:
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["\n```{toctree}", *options, "", *pages, "```\n"])


def _read(_app: "Sphinx", docname: str, source: list[str]) -> None:
    """A folder's page is its README, as where the repository is browsed; and the page's children stand under it."""
    text = _DIRECTORY.sub(r"](\1/README.md)", source[0])
    if docname == root_doc:
        text += "".join(_toctree([f"/{page}" for page in each["pages"]], each["caption"]) for each in NAV["section"])
    if children := NAV["under"].get(docname):
        text += "\n```{toctree}\n:hidden:\n:glob:\n\n" + "\n".join(f"/{page}" for page in children) + "\n```\n"
    source[0] = text


def setup(app: "Sphinx") -> dict[str, Any]:
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "version": release}
