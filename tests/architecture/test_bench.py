"""What docs/performance.md says is measured is what the modules of tests/bench measure; the pages of figures are what their files give."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "tests" / "bench"
PAGE = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


def _assigned(module: Path, name: str) -> ast.expr | None:
    for statement in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return statement.value
    return None


def _rows() -> list[str]:
    found: list[str] = []
    for module in sorted(BENCH.glob("bench_*.py")):
        if (value := _assigned(module, "ROWS")) is not None:
            found += ast.literal_eval(value)
    return found


def _curves() -> list[str]:
    calls = [_assigned(module, "CURVE") for module in sorted(BENCH.glob("curve_*.py"))]
    return [
        ast.literal_eval(part.value)
        for call in calls
        if isinstance(call, ast.Call)
        for part in call.keywords
        if part.arg == "id"
    ]


def _told(heading: str) -> list[str]:
    """The names in the first column of the table under a heading."""
    part = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| ([^|]*) \|", part, flags=re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_row_that_is_told_is_measured_and_the_other_way_round():
    told, measured = _told("The rows"), _rows()
    assert len(measured) > 40
    assert sorted(told) == sorted(measured)
    assert len(set(measured)) == len(measured), "two modules measure the same row"


def test_every_curve_that_is_told_is_measured_and_the_other_way_round():
    assert sorted(_told("The curves")) == sorted(_curves())


def test_every_module_of_rows_says_which():
    for module in BENCH.glob("bench_*.py"):
        if module.name != "bench_row.py":
            assert _assigned(module, "ROWS") is not None, module.name
    assert len(_curves()) == len(list(BENCH.glob("curve_*.py")))


def test_the_pages_of_figures_are_what_their_files_give():
    finished = subprocess.run(
        [sys.executable, ROOT / "docs" / "tools" / "make_figures.py", "--check"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
