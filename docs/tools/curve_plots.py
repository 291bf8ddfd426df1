"""A curve of build/curves.json as an SVG, the same bytes for the same curve: a panel a unit, both axes logarithmic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

_OURS = ("#0b6e99", "#c05621", "#2f855a", "#6b46c1")
_GREY = "#8a8f98"
_PANEL_INCHES, _HEIGHT_INCHES = 3.6, 2.9
_STYLE = {
    "svg.hashsalt": "rangeops",  # ids in the file are made of it: the same each time
    "svg.fonttype": "none",  # text stays text: small, and found by a search
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _GREY,
    "axes.labelcolor": "#30343b",
    "xtick.color": "#30343b",
    "ytick.color": "#30343b",
    "legend.frameon": False,
}


def plot(curve: Mapping[str, Any], file: Path) -> None:
    """Figures without a limit are those of peers: grey and dashed. A dot marks a knee; a dotted line what is good enough."""
    units = list(dict.fromkeys(figure["unit"] for figure in curve["figures"]))
    with mpl.rc_context(_STYLE):
        picture = Figure(figsize=(_PANEL_INCHES * len(units), _HEIGHT_INCHES), layout="constrained", facecolor="white")
        for place, unit in enumerate(units, start=1):
            axes = picture.add_subplot(1, len(units), place)
            figures = [figure for figure in curve["figures"] if figure["unit"] == unit]
            for number, figure in enumerate(figures):
                _line(axes, curve, figure, _OURS[(place + number - 1) % len(_OURS)])
            _dress(axes, curve["x"], {"us": "µs"}.get(unit, unit))
        picture.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def _line(axes: Axes, curve: Mapping[str, Any], figure: Mapping[str, Any], colour: str) -> None:
    points = [(point["x"], point["values"].get(figure["name"])) for point in curve["points"]]
    points = [(x, y) for x, y in points if y]  # none, and a logarithm has no 0
    is_peer = figure["limit"] is None
    colour, style = (_GREY, "--") if is_peer else (colour, "-")
    if points:
        axes.plot(
            *zip(*points, strict=True),
            style,
            color=colour,
            marker="o",
            markersize=3,
            linewidth=1.3,
            label=figure["what"],
        )
    if figure["limit"] is not None:
        axes.axhline(figure["limit"], color=colour, linestyle=":", linewidth=1)
    knee = next((place["knee"] for place in curve["places"] if place["figure"] == figure["name"]), None)
    if knee is not None and not is_peer:
        axes.axvline(knee, color=colour, linewidth=0.8, alpha=0.6)
        axes.annotate(
            "knee",
            (knee, 1.0),
            xycoords=("data", "axes fraction"),
            color=colour,
            ha="center",
            va="bottom",
            fontsize=7.5,
        )


def _dress(axes: Axes, x: str, y: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(x)
    axes.set_ylabel(y, rotation=0, ha="right", va="bottom", y=1.0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_major_locator(LogLocator(base=10, numticks=9))
        axis.set_minor_formatter(NullFormatter())
    axes.grid(which="major", color="#e4e7eb", linewidth=0.7)
    low, high = axes.get_ylim()
    axes.set_ylim(low / 1.6, high * 3)  # a line that is flat isn't drawn as if it weren't; and room for the legend
    axes.legend(loc="upper left", fontsize=7.5)
