"""The pages of what was measured tell what broke, wasn't measured or fell short as plainly as what holds."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "docs" / "tools"))
import make_figures  # docs are no package

KEPT = {"at": "2026-11-30T09:00:00Z", "commit": "0123456", "load": 0.4}
FIGURE = {"name": "late_ms", "unit": "ms", "what": "late", "limit": 20.0, "per_x": False}
CURVE = {
    "id": "things", "title": "Things", "x": "things", "figures": [FIGURE], "peer": "a loop", "beyond": "Buy more.", "stopped": "",
    "module": "curve_things", "points": [{"x": 1, "values": {"late_ms": 5.0}, "took_s": 1.0}, {"x": 10, "values": {}, "took_s": 1.0}],
    "places": [{"figure": "late_ms", "floor": 5.0, "knee": 3.2, "reach": None}],
}  # fmt: skip


def bench_row(name, value, **changed):
    row = {
        "id": name,
        "value": value,
        "unit": "us",
        "limit": 8.0,
        "holds": value is not None and value <= 8,
        "peer": "",
        "note": "",
    }
    return row | {"at_least": False, "module": "bench_some"} | KEPT | changed


@pytest.fixture
def figures(monkeypatch, tmp_path):
    monkeypatch.setattr(make_figures, "FIGURES", tmp_path)

    def write(**files):
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        return {path.name: text for path, text in make_figures.pages()}

    return write


def test_nothing_measured_yet_is_a_page_too(figures):
    pages = figures()
    assert "Not measured yet." in pages["bench.md"]
    assert "0 proofs" in pages["proofs.md"]


def test_each_row_says_whether_it_holds_by_which_commit_and_load(figures):
    rows = [
        bench_row("fast_us", 6.123),
        bench_row("slow_us", 9.0, note="a note | with a bar"),
        bench_row("bench_gone", None, limit=None, note="broken: KeyError: 'x'"),
    ]
    page = figures(bench=rows)["bench.md"]
    assert "| `fast_us` | 6.12 µs | ≤ 8 µs | yes |  | `bench_some` | 2026-11-30, `0123456`, 0.4 |" in page
    assert "| `slow_us` | 9 µs | ≤ 8 µs | **no** |" in page
    assert "| `bench_gone` | - | - | not measured |" in page
    assert "3 rows: 1 hold. Short of their limit: `slow_us`. Not measured, or broken: `bench_gone`." in page
    assert "- `slow_us`: a note \\| with a bar" in page


def test_a_curve_tells_its_knee_what_is_good_enough_and_why_it_ends(figures):
    page = figures(curves=[CURVE | KEPT | {"stopped": "stopped after 10: 15 GB of disk are needed"}])["bench.md"]
    assert "- late: floor 5 ms, knee at about 3 things, good enough (20 ms) up to 10 and on" in page
    assert "| 10 | - |" in page
    assert "**stopped after 10: 15 GB of disk are needed**" in page
    assert "Beyond: Buy more." in page


def test_a_promise_that_was_not_tried_is_not_held(figures):
    fault = {
        "id": "kill-server",
        "promise": "p",
        "how": "h",
        "measured": "m",
        "limit": "l",
        "holds": False,
        "tried": False,
    } | KEPT
    page = figures(faults=[fault, fault | {"id": "two", "holds": True, "tried": True}])["promises-measured.md"]
    assert "2 promises: 1 of 1 that were tried hold." in page
    assert "| not tried |" in page


def test_the_same_curve_is_the_same_picture(tmp_path):
    from curve_plots import plot

    for name in ("one.svg", "two.svg"):
        plot(CURVE, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert "late" in (tmp_path / "one.svg").read_text()
