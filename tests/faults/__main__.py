"""`make faults`: every promise of docs/promises.md held against the fault it speaks of, really done, to build/faults.json.

A fault's module is named fault_*.py in this folder and has `FAULTS: tuple[Promised, ...]`: what is promised, how it is tried, the
limit, and the function that does it and returns what was measured. Exit code 1 where a promise that was tried doesn't hold.
"""

import argparse
import sys
from pathlib import Path

from tests.support.results import keep, modules

OUTPUT = Path("build/faults.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a promise's id or of its module's name")
    parser.add_argument("--list", action="store_true", help="only say what would be done")
    arguments = parser.parse_args()
    only: str = arguments.only
    if not only and not arguments.list:
        OUTPUT.unlink(missing_ok=True)
    rows = []
    for module in modules(Path(__file__).parent, "fault_*.py", ""):
        for promised in getattr(module, "FAULTS", ()):
            if only not in promised.id and only not in module.__name__:
                continue
            if arguments.list:
                print(f"{promised.id:32} {promised.promise}")
                continue
            fault = promised.tried()
            rows.append(fault)
            print(
                f"{fault.id:32} {fault.mark:14} {fault.took_s:5.0f} s  {fault.measured} (limit: {fault.limit})",
                flush=True,
            )
            keep(OUTPUT, [fault])
    if rows:
        broken, untried = (
            [row.id for row in rows if row.tried and not row.holds],
            [row.id for row in rows if not row.tried],
        )
        print(
            f"{len(rows)} promises: {len(rows) - len(broken) - len(untried)} held; broken: {broken}; not tried: {untried}"
        )
    return 1 if any(row.tried and not row.holds for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
