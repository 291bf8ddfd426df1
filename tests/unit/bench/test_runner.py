"""One part that breaks is a row that says so; the others are measured all the same, and what was mended leaves no such row."""

import json
import sys
import types
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
sys.path.insert(0, str(Path(__file__).parents[3]))
from bench_row import row, unmeasured  # tests are no package
from curve import Curve, Figure, Stopped

from tests.bench import __main__ as runner


@pytest.fixture(autouse=True)
def outputs(monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "ROWS", tmp_path / "bench.json")
    monkeypatch.setattr(runner, "CURVES", tmp_path / "curves.json")


def part(monkeypatch, name, **content):
    module = types.ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)
    return name


def kept(file):
    return {each["id"]: each for each in json.loads(file.read_text())}


def test_rows_are_kept_with_their_part_and_one_that_falls_short_is_said(monkeypatch, capsys):
    rows = [row("fast_us", 3.0, "us", 5.0), row("slow_us", 9.0, "us", 5.0)]
    name = part(monkeypatch, "bench_some", ROWS=("fast_us", "slow_us"), rows=lambda: iter(rows))
    assert runner.measure(name) == runner.FALLS_SHORT
    found = kept(runner.ROWS)
    assert [(each["holds"], each["module"]) for each in found.values()] == [(True, "bench_some"), (False, "bench_some")]
    assert "DOES NOT HOLD" in capsys.readouterr().out


def test_what_is_not_on_this_machine_is_a_row_without_a_figure(monkeypatch):
    missing = unmeasured("over_nats_ms", "ms", 200, "nats-server is not installed")
    assert runner.measure(part(monkeypatch, "bench_nats", ROWS=("over_nats_ms",), rows=lambda: iter([missing]))) == 1
    found = kept(runner.ROWS)["over_nats_ms"]
    assert (found["value"], found["holds"], found["note"]) == (
        None,
        False,
        "not measured: nats-server is not installed",
    )


def test_a_part_that_breaks_is_a_row_until_it_is_mended(monkeypatch, capsys):
    def breaks():
        yield row("one_us", 1.0, "us", 5.0)
        raise ConnectionError("nobody listens")

    name = part(monkeypatch, "bench_broken", ROWS=("one_us",), rows=breaks)
    assert runner.measure(name) == runner.BROKEN
    assert kept(runner.ROWS)["bench_broken"]["note"] == "broken: ConnectionError: nobody listens"
    assert kept(runner.ROWS)["one_us"]["holds"]
    assert "nobody listens" in capsys.readouterr().err
    part(monkeypatch, "bench_broken", ROWS=("one_us",), rows=lambda: iter([row("one_us", 1.0, "us", 5.0)]))
    assert runner.measure(name) == runner.HOLDS
    assert "bench_broken" not in kept(runner.ROWS)


def test_a_part_that_cannot_even_be_loaded_or_gives_no_row_is_broken(monkeypatch):
    assert runner.measure("bench_that_is_nowhere") == runner.BROKEN
    assert runner.measure(part(monkeypatch, "bench_empty", ROWS=("one_us",), rows=lambda: iter(()))) == runner.BROKEN
    assert "no row one_us" in kept(runner.ROWS)["bench_empty"]["note"]


CURVE = Curve("things", "Things", "things", (1, 10), (Figure("some_us", "us", "some", 5.0),), "buy more")


def test_a_curve_is_kept_with_its_places(monkeypatch):
    name = part(
        monkeypatch, "curve_some", CURVE=CURVE, points=lambda: iter([(1, {"some_us": 1.0}), (10, {"some_us": 9.0})])
    )
    assert runner.measure(name) == runner.HOLDS
    (made,) = kept(runner.CURVES).values()
    assert made["stopped"] == ""
    assert [point["x"] for point in made["points"]] == [1, 10]
    assert made["places"][0]["knee"] == pytest.approx(10 ** (0.69315 / 2.19722), rel=1e-4)


def test_a_curve_that_cannot_go_on_says_why(monkeypatch):
    def points():
        yield 1, {"some_us": 1.0}
        raise Stopped("15 GB of disk are needed")

    assert runner.measure(part(monkeypatch, "curve_some", CURVE=CURVE, points=points)) == runner.FALLS_SHORT
    assert kept(runner.CURVES)["things"]["stopped"] == "stopped after 1: 15 GB of disk are needed"


def test_a_curve_that_breaks_keeps_its_points(monkeypatch):
    def points():
        yield 1, {"some_us": 1.0}
        raise KeyError("some")

    assert runner.measure(part(monkeypatch, "curve_some", CURVE=CURVE, points=points)) == runner.BROKEN
    assert kept(runner.CURVES)["things"]["stopped"].startswith("broken")
    assert len(kept(runner.CURVES)["things"]["points"]) == 1
    assert "curve_some" in kept(runner.ROWS)
