"""Diagrams of the docs as SVG: the layers as import-linter checks them, the processes, and the chain that a flight passes.

They take the reader's light or dark, and no font from anywhere.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from rangeops.domain.plan_rules import RULES

ROOT: Final = Path(__file__).resolve().parents[2]
WIDTH: Final = 900
_STYLE: Final = """\
<style>
svg { color-scheme: light dark; --ink: #1b1d1f; --line: #7a828a; --box: #f2f4f6; --strong: #d6e6f5; --ground: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e3e6e8; --line: #8b939b; --box: #2a2e32; --strong: #24415c; --ground: #1b1d1f; }
}
text { font: 14px system-ui, sans-serif; fill: var(--ink); }
.small { font-size: 11.5px; }
.name { font-weight: 600; }
.mono { font-family: ui-monospace, monospace; font-size: 13px; }
.box { fill: var(--box); stroke: var(--line); }
.strong { fill: var(--strong); stroke: var(--line); }
.ground { fill: var(--ground); }
.arrow { stroke: var(--line); stroke-width: 1.5; fill: none; marker-end: url(#tip); }
.tip { fill: var(--line); }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
<path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>
"""


def diagrams(images: Path) -> Iterator[tuple[Path, str]]:
    yield images / "layers.svg", layers_picture()
    yield images / "processes.svg", processes_picture()
    yield images / "chain.svg", chain_picture()


def layers() -> list[list[tuple[str, bool]]]:
    """From the top: the modules of each layer, and whether those of one layer may import each other (`:`)."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    told = next(each["layers"] for each in contracts if each["type"] == "layers")
    return [[(name.strip(), ":" in layer) for name in re.split(r"[|:]", layer)] for layer in told]


def says(module: str) -> str:
    """Why it exists: the first paragraph of its docstring."""
    file, package = (ROOT / "rangeops" / f"{module}.py", ROOT / "rangeops" / module / "__init__.py")
    text = ast.get_docstring(ast.parse((file if file.exists() else package).read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def layers_page() -> str:
    lines = [
        "# The layers",
        "",
        "Printed by `make docs` from the contract that `make lint` holds (`pyproject.toml`, import-linter, exhaustive); don't edit by hand.",
        "A module imports from layers below its own, never from those above it, nor from its neighbours; only where the last",
        "column says so may neighbours know each other. What each is for is its own docstring's first line.",
        "",
        "![The layers, from the commands at the top to the domain at the bottom](images/layers.svg)",
        "",
        "| layer | module | why it exists | |",
        "|---|---|---|---|",
    ]
    for depth, layer in enumerate(layers(), start=1):
        for name, open_ in layer:
            lines.append(f"| {depth} | `{name}` | {says(name)} | {'neighbours know each other' if open_ else ''} |")
    return "\n".join(lines) + "\n"


def layers_picture() -> str:
    band, gap, label = 40, 6, 0
    parts, top = [], 10
    for layer in layers():
        count = len(layer)
        width = (WIDTH - 20 - label - (count - 1) * gap) / count
        strong = {"watch", "domain"}
        for number, (name, _) in enumerate(layer):
            left = 10 + label + number * (width + gap)
            parts.append(_box(left, top, width, band - gap, [name], strong=name in strong, mono=True))
        top += band
    parts.append(
        f'<text class="small" x="10" y="{top + 12}">imports go downwards only; checked on every make lint</text>'
    )
    return _svg(top + 24, parts, "The layers of rangeops, from the commands to the domain")


def processes_picture() -> str:
    watch = ["watch", "links, tracking, volumes,", "alarms, commands", "its own disk: orders, journal, tlogs"]
    server = ["server", "API, portal, services", "database, reports"]
    return _svg(
        300,
        [
            _box(10, 60, 110, 110, ["vehicles", "MAVLink"]),
            _box(230, 40, 230, 150, watch, strong=True),
            _box(560, 60, 150, 110, server),
            _box(765, 10, 125, 60, ["control room"]),
            _box(765, 85, 125, 60, ["browsers"]),
            _box(765, 160, 125, 60, ["programs", "command line, API"]),
            _box(255, 220, 180, 54, ["second watch", "stands by: loaded, idle"]),
            _box(560, 220, 150, 54, ["confined readers", "of strangers' files"]),
            _arrow(120, 100, 230, 100, "serial, UDP, TCP", both=True),
            _arrow(460, 100, 560, 100, "Unix socket", both=True),
            _arrow(710, 100, 765, 40),
            _arrow(710, 115, 765, 115),
            _arrow(710, 130, 765, 190),
            _arrow(345, 220, 345, 190),
            _arrow(635, 170, 635, 220),
            '<text class="small" x="10" y="290">A supervisor keeps watch and server running, and restarts either, never both for one\'s fault.</text>',
        ],
        "Vehicles speak to the watch, the watch to the server, and screens, browsers and programs to the server",
    )


def chain_picture() -> str:
    steps = [
        ("plan", [f"checked by {len(RULES)} rules, with", "the smallest fix"]),
        ("slot", ["a volume, some", "minutes, one company"]),
        ("fence", ["on board, read", "back item by item"]),
        ("clearance", ["when nothing", "is missing"]),
        ("watch", ["forecast, alarm,", "hold: seen obeyed"]),
        ("record", ["hash-chained,", "signed, proved"]),
    ]
    width, gap = 130, 20
    parts = []
    for number, (name, words) in enumerate(steps):
        left = 10 + number * (width + gap)
        parts.append(_box(left, 10, width, 76, [name, *words], strong=name == "watch"))
        if number:
            parts.append(_arrow(left - gap, 48, left, 48))
    return _svg(96, parts, "One chain: plan, slot, fence, clearance, watch, record")


def _box(
    left: float,
    top: float,
    width: float,
    height: float,
    lines: Sequence[str],
    *,
    strong: bool = False,
    mono: bool = False,
) -> str:
    kind = "strong" if strong else "box"
    parts = [f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="6"/>']
    first = top + height / 2 - (len(lines) - 1) * 9 + 5
    for number, line in enumerate(lines):
        style = "small" if number else ("mono" if mono else "name")
        middle, y = left + width / 2, first + number * 18
        parts.append(f'<text class="{style}" text-anchor="middle" x="{middle:g}" y="{y:g}">{escape(line)}</text>')
    return "\n".join(parts)


def _arrow(x1: float, y1: float, x2: float, y2: float, said: str = "", *, both: bool = False) -> str:
    start = ' marker-start="url(#tip)"' if both else ""
    line = f'<path class="arrow"{start} d="M{x1:g} {y1:g} L{x2:g} {y2:g}"/>'
    middle = (x1 + x2) / 2
    return line + (
        f'\n<text class="small" text-anchor="middle" x="{middle:g}" y="{y1 - 8:g}">{escape(said)}</text>'
        if said
        else ""
    )


def _svg(height: float, parts: Sequence[str], title: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title)}">'
    ground = f'<rect class="ground" width="{WIDTH}" height="{height:g}"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", _STYLE + ground, *parts, "</svg>"]) + "\n"
