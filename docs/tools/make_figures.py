"""`make figures`: what `make bench`, `make prove` and `make faults` measured, as pages and plots in docs.

Takes in build/{bench,curves,machine,proof,faults}.json, those that are there, as docs/figures/*.json, and writes from these
docs/bench.md, docs/proofs.md, docs/promises-measured.md and a plot for each curve. The same files always give the same pages.
`--check` takes in and writes nothing, and ends with 1 where a page differs from what docs/figures gives.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FIGURES = DOCS / "figures"
TAKEN_IN = ("bench", "curves", "machine", "proof", "faults")
Row = Mapping[str, Any]

_ROWS_SAID = """\
Written by `make figures` from what `make bench` measured; don't edit by hand. What each row is, and why some fall short:
[performance](performance.md). Two runs are compared by `make bench-compare A=old.json B=new.json`."""
_ANEW_SAID = """\
One part is measured anew by `.venv/bin/python -m tests.bench --only MODULE`. *load*: that of the last minute, of all cores together, when
the row was done. A + behind a commit: the tree had changes. Where no Python stands, it was 3.11."""
_CURVES_SAID = """\
*Floor*: a figure's least value. *Knee*: where, to the right of its floor, it comes to more than twice that for good; of what grows in
proportion, where that is so of what it is for each. Where it is good enough is said by the curve. Both places lie between two measured
points, by their logarithms, and are worked out, not seen (`tests/bench/curve.py`). Dotted: what is good enough; grey: peers, and what explains."""
_PROOFS_SAID = """\
Written by `make figures` from what `make prove` ran, the full counts of what `make test` does a few of; don't edit by hand. One alone:
`.venv/bin/python -m tests.prove --only PART`."""
_PROMISES_SAID = """\
Written by `make figures` from what `make faults` really did; don't edit by hand. The promises themselves: [promises](promises.md). One alone:
`.venv/bin/python -m tests.faults --only PART`."""


def main() -> int:
    if "--check" in sys.argv:
        stale = [path for path, text in pages() if not path.exists() or path.read_text(encoding="utf-8") != text]
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} isn't what docs/figures gives: run make figures\n")
        return 1 if stale else 0
    FIGURES.mkdir(exist_ok=True)
    for name in TAKEN_IN:
        measured = ROOT / "build" / f"{name}.json"
        if measured.exists():
            shutil.copyfile(measured, FIGURES / measured.name)
    from curve_plots import plot  # matplotlib takes a second, and a check needs none

    for curve in _kept("curves"):
        if curve["points"]:
            plot(curve, FIGURES / f"curve-{curve['id']}.svg")
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


def pages() -> Iterator[tuple[Path, str]]:
    yield DOCS / "bench.md", _bench()
    yield DOCS / "proofs.md", _proofs()
    yield DOCS / "promises-measured.md", _promises()


def _kept(name: str) -> Any:
    """A list of rows; of the machine one value. Empty where it was never taken in."""
    file = FIGURES / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _bench() -> str:
    rows, curves, machine = _kept("bench"), _kept("curves"), _kept("machine")
    parts = [
        "# Measured",
        _ROWS_SAID,
        _summary(rows),
        "## The machine",
        _machine(machine),
        "## Rows",
        _ANEW_SAID,
        _table(
            ("row", "measured", "limit", "holds", "against", "module", "when, commit, load, Python"),
            map(_bench_row, rows),
        ),
        "## Notes",
        "\n".join(f"- `{row['id']}`: {_text(row['note'])}" for row in rows if row["note"]),
        "## Curves",
        _CURVES_SAID,
        *(_curve(curve) for curve in curves),
    ]
    return _page(parts)


def _summary(rows: Sequence[Row]) -> str:
    short = [f"`{row['id']}`" for row in rows if not row["holds"] and row["value"] is not None]
    missing = [f"`{row['id']}`" for row in rows if row["value"] is None]
    lines = [f"{len(rows)} rows: {sum(row['holds'] for row in rows)} hold."]
    if short:
        lines.append(f"Short of their limit: {', '.join(short)}.")
    if missing:
        lines.append(f"Not measured, or broken: {', '.join(missing)}.")
    return " ".join(lines)


def _machine(machine: Row) -> str:
    if not machine:
        return "Not measured yet."
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return _table(
        ("", ""),
        [
            ("processor", f"{machine['cpu']}, {machine['cores']} cores"),
            ("memory", f"{machine['memory_gb']:g} GB"),
            ("system", machine["system"]),
            ("Python", machine["python"]),
            ("packages", packages),
            ("temporary files on", f"{machine['disk']}; 32 kB written and synced in {machine['sync_ms']:g} ms"),
            ("a thousand turns of a plain loop", f"{machine['python_us']:g} µs"),
            ("load as it began", f"{machine['load']:g}"),
        ],
    )


def _bench_row(row: Row) -> Sequence[str]:
    unit = _unit(row["unit"])
    measured = "-" if row["value"] is None else f"{_number(row['value'])} {unit}".strip()
    sign = "≥" if row.get("at_least") else "≤"
    limit = "-" if row["limit"] is None else f"{sign} {row['limit']:g} {unit}".strip()
    holds = "yes" if row["holds"] else "**no**" if row["value"] is not None else "not measured"
    return f"`{row['id']}`", measured, limit, holds, row["peer"], f"`{row.get('module', '')}`", _when(row)


def _curve(curve: Row) -> str:
    figures = curve["figures"]
    head = (curve["x"], *(f"{figure['what']} ({_unit(figure['unit'])})" for figure in figures))
    lines = [
        [f"{point['x']:,.0f}", *(_number(point["values"].get(figure["name"])) for figure in figures)]
        for point in curve["points"]
    ]
    places = {place["figure"]: place for place in curve["places"]}
    return "\n\n".join(
        [
            f"### {curve['title']}",
            *(
                [
                    f"![{curve['title']}: {', '.join(figure['what'] for figure in figures)}](figures/curve-{curve['id']}.svg)"
                ]
                if lines
                else []
            ),
            _table(head, lines),
            "\n".join(
                f"- {_place(figure, places[figure['name']], curve)}" for figure in figures if figure["name"] in places
            ),
            f"Beyond: {curve['beyond']}",
            *([f"**{_text(curve['stopped'])}**"] if curve["stopped"] else []),
            f"Against: {curve['peer']}. `--only {curve['module']}`, {_when(curve)}.",
        ]
    )


def _place(figure: Row, place: Row, curve: Row) -> str:
    """What the rule says of one figure."""
    unit, last = _unit(figure["unit"]), f"{curve['points'][-1]['x']:,.0f}"
    floor = f"floor {_number(place['floor'])} {unit}{' for each' if figure['per_x'] else ''}"
    knee = f"knee at {_count(place['knee'])} {curve['x']}" if place["knee"] is not None else f"no knee up to {last}"
    said = f"{figure['what']}: {floor}, {knee}"
    if figure["limit"] is None:
        return said
    enough = f"good enough ({figure['limit']:g} {unit})"
    return said + (
        f", {enough} up to {_count(place['reach'])}"
        if place["reach"] is not None
        else f", {enough} up to {last} and on"
    )


def _proofs() -> str:
    rows = _kept("proof")
    table = _table(
        ("proof", "runs", "failures", "holds", "what a run is, and what was found", "seed", "when, commit, load, Python"),
        (
            (
                f"`{row['id']}`", f"{row['runs']:,}", f"{row['failures']:,}", "yes" if row["holds"] else "**no**", _text(row["note"]),
                f"{row['seed']}", _when(row),
            )
            for row in rows
        ),
    )  # fmt: skip
    return _page(
        [
            "# Proofs",
            _PROOFS_SAID,
            f"{len(rows)} proofs: {sum(row['holds'] for row in rows)} hold.",
            table,
        ]
    )


def _promises() -> str:
    rows = _kept("faults")
    tried = [row for row in rows if row.get("tried", True)]
    table = _table(
        ("promise", "what was done", "measured", "limit", "holds", "when, commit, load, Python"),
        (
            (
                f"`{row['id']}`: {_text(row['promise'])}", _text(row["how"]), _text(row["measured"]), _text(row["limit"]),
                "not tried" if not row.get("tried", True) else "yes" if row["holds"] else "**no**", _when(row),
            )
            for row in rows
        ),
    )  # fmt: skip
    return _page(
        [
            "# Promises, measured",
            _PROMISES_SAID,
            f"{len(rows)} promises: {sum(row['holds'] for row in tried)} of {len(tried)} that were tried hold.",
            table,
        ]
    )


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _when(row: Row) -> str:
    python = f", {row['python']}" if "python" in row else ""  # older rows don't say
    return f"{row['at'][:10]}, `{row['commit']}`, {row['load']:g}{python}"


def _number(value: float | None) -> str:
    """Three figures that mean something."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _count(value: float) -> str:
    """Two: it lies somewhere between two points."""
    return f"about {float(f'{value:.2g}'):,.0f}"


def _unit(unit: str) -> str:
    return {"us": "µs", "ratio": "times"}.get(unit, unit)


def _text(text: str) -> str:
    """Whatever was said, as one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


if __name__ == "__main__":
    sys.exit(main())
