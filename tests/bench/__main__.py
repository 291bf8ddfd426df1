"""`make bench`: every row and every curve measured now, on this machine. What doesn't hold is said, not hidden.

A row's module is named bench_*.py in this folder and has `ROWS`, the ids of its rows, and `rows() -> Iterable[Row]`; a
curve's is named curve_*.py and has `CURVE` and `points() -> Iterable[tuple[x, figures]]`. Ratios are taken in the same run as
the peer they are against, so that the machine's speed cancels out. Each module runs in a process of its own: what one leaves
behind, or breaks, is no other's. build/bench.json has the rows, build/curves.json the curves, build/machine.json the machine.

Ends with 0 where every row holds and every curve was measured, 1 where one doesn't hold, 3 where a module broke.
"""

import argparse
import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).parent))  # the modules import each other

from bench_row import Row, broken  # a module's own import, so that a Row is one class
from curve import Point, Stopped, measured
from machine import this_machine

from tests.support.results import drop, keep

FOLDER: Final = Path(__file__).parent
ROWS: Final = Path("build/bench.json")
CURVES: Final = Path("build/curves.json")
MACHINE: Final = Path("build/machine.json")
LONGEST_S: Final = 1500.0  # of one module: ten million entries of the record take half of it on two busy cores
HOLDS, FALLS_SHORT, BROKEN = 0, 1, 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="part of a module's name; what others measured stays")
    parser.add_argument(
        "--module", default="", help="measure this one in this process (what `make bench` starts for each)"
    )
    arguments = parser.parse_args()
    if arguments.module:
        return measure(arguments.module)
    names = [name for name in module_names() if arguments.only in name]
    if not names:
        parser.error(f"no module has {arguments.only!r} in its name")
    if not arguments.only:
        for output in (ROWS, CURVES):
            output.unlink(missing_ok=True)
    machine = this_machine()
    MACHINE.parent.mkdir(exist_ok=True)
    MACHINE.write_bytes(msgspec.json.format(msgspec.json.encode(machine), indent=2) + b"\n")
    print(
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:g} GB, {machine.system}, {machine.python}",
        flush=True,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(BROKEN))  # so that the module under way ends too
    began_s = time.monotonic()
    ends = {name: run(name, number, len(names)) for number, name in enumerate(names, start=1)}
    print(f"{len(names)} modules in {(time.monotonic() - began_s) / 60:.0f} min")
    for name, end in ends.items():
        if end != HOLDS:
            print(f"{name}: {'broken' if end == BROKEN else 'falls short'}")
    return max(ends.values())


def module_names() -> list[str]:
    """Rows first."""
    names = [path.stem for kind in ("bench", "curve") for path in sorted(FOLDER.glob(f"{kind}_*.py"))]
    return [name for name in names if name != "bench_row"]


def run(name: str, number: int, of: int) -> int:
    """One module in a process group of its own, which nothing of it outlives."""
    print(f"[{number}/{of}] {name}", flush=True)
    child = subprocess.Popen([sys.executable, "-m", "tests.bench", "--module", name], start_new_session=True)
    try:
        end = child.wait(LONGEST_S)
        why = f"ended by {end}"
    except subprocess.TimeoutExpired:
        end, why = BROKEN, f"not at its end after {LONGEST_S:g} s"
        keep(ROWS, [broken(name, why)])
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if end not in {HOLDS, FALLS_SHORT, BROKEN}:
        keep(ROWS, [broken(name, why)])
        end = BROKEN
    if end == BROKEN:
        print(f"{name}: BROKEN, {why}", flush=True)
    return end


def measure(name: str) -> int:
    """Rows, or points, kept one by one; what breaks becomes a row that says so."""
    try:
        module = importlib.import_module(name)
        holds = measure_curve(module) if hasattr(module, "CURVE") else measure_rows(module)
    except Exception as error:  # noqa: BLE001  # whatever it is: the others are measured all the same
        traceback.print_exc()
        keep(ROWS, [broken(name, f"{type(error).__name__}: {error}")])
        return BROKEN
    drop(ROWS, name)
    return HOLDS if holds else FALLS_SHORT


def measure_rows(module: ModuleType) -> bool:
    holds, missing = True, set(module.ROWS)
    for made in module.rows():
        row = replace(made, module=module.__name__)
        missing.remove(row.id)  # KeyError: the module doesn't say that it has it
        holds &= row.holds
        print(said(row), flush=True)
        keep(ROWS, [row])
    if missing:
        raise AssertionError(f"no row {', '.join(sorted(missing))}")
    return holds


def said(row: Row) -> str:
    mark = "holds" if row.holds else "DOES NOT HOLD"
    sign = ">=" if row.at_least else "<="
    return f"{row.id:32} {row.value:10.4g} {row.unit:8} {sign} {row.limit:<8g} {mark:14} {row.peer} {row.note}"


def measure_curve(module: ModuleType) -> bool:
    curve, points = module.CURVE, []
    began_s = since_s = time.monotonic()
    stopped = ""
    try:
        for x, values in module.points():
            now_s = time.monotonic()
            points.append(Point(x, values, round(now_s - since_s, 1)))
            figures = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
            print(f"{curve.id:20} {x:>10g}  {figures}  ({now_s - since_s:.1f} s)", flush=True)
            since_s = now_s
            used_s = now_s - began_s
            if used_s > curve.budget_s and x != curve.xs[-1]:
                stopped = f"stopped after {x:g}: {used_s:.0f} of its {curve.budget_s:g} s were used"
                break
            keep(CURVES, [measured(curve, points, stopped="not at its end yet", module=module.__name__)])
    except (Stopped, MemoryError) as reason:
        why = str(reason) or "not enough memory"
        stopped = f"stopped after {points[-1].x:g}: {why}" if points else f"not measured: {why}"
    except BaseException as error:
        keep(CURVES, [measured(curve, points, stopped=f"broken: {error}", module=module.__name__)])
        raise
    row = measured(curve, points, stopped=stopped, module=module.__name__)
    for place in row.places:
        print(f"{curve.id:20} {place.figure}: floor {place.floor:.4g}, knee {place.knee}, reach {place.reach}")
    keep(CURVES, [row])
    return not stopped


if __name__ == "__main__":
    sys.exit(main())
