"""`make bench`: every row measured now, on this machine, to build/bench.json. A row that doesn't hold is said, not hidden.

A row's module is named bench_*.py in this folder and has `rows() -> Iterable[Row]`. Ratios are taken in the same run as
the peer they are against, so that the machine's speed cancels out.
"""

import argparse
import importlib.util
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
OUTPUT = Path("build/bench.json")


def modules(only: str) -> Iterable[tuple[str, object]]:
    sys.path.insert(0, str(FOLDER))  # the modules share bench_row
    for path in sorted(FOLDER.glob("bench_*.py")):
        if only in path.stem:
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[path.stem] = module
            spec.loader.exec_module(module)
            if hasattr(module, "rows"):
                yield path.stem, module


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a module's name")
    only = parser.parse_args().only
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    measured = []
    for _, module in modules(only):
        for row in module.rows():  # type: ignore[attr-defined]  # modules() gives only those that have it
            measured.append(row)
            mark = "holds" if row.holds else "DOES NOT HOLD"
            print(f"{row.id:32} {row.value:10.4g} {row.unit:8} limit {row.limit:<8g} {mark:14} {row.peer} {row.note}")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=2))
    return 0 if all(row.holds for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
