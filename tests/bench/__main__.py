"""`make bench`: every row measured now, on this machine, to build/bench.json. A row that doesn't hold is said, not hidden.

A row's module is named bench_*.py in this folder and has `rows() -> Iterable[Row]`. Ratios are taken in the same run as
the peer they are against, so that the machine's speed cancels out.
"""

import argparse
import platform
import sys
from pathlib import Path

from tests.support.results import keep, modules

OUTPUT = Path("build/bench.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a module's name; rows of others stay as they were measured")
    only = parser.parse_args().only
    if not only:
        OUTPUT.unlink(missing_ok=True)
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    all_hold = True
    for module in modules(Path(__file__).parent, "bench_*.py", only):
        if not hasattr(module, "rows"):
            continue
        for row in module.rows():
            all_hold &= row.holds
            mark = "holds" if row.holds else "DOES NOT HOLD"
            print(
                f"{row.id:32} {row.value:10.4g} {row.unit:8} limit {row.limit:<8g} {mark:14} {row.peer} {row.note}",
                flush=True,
            )
            keep(OUTPUT, [row])
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
