"""`make faults`: every promise of docs/promises.md held against the fault it speaks of, really done, to build/faults.json.

A fault's module is named fault_*.py in this folder and has `FAULTS: tuple[Promised, ...]`: what is promised, how it is tried, the
limit, and the function that does it and returns what was measured. Each is tried in a process of its own, two at a time: they wait
more than they work. Exit code 1 where a promise that was tried doesn't hold.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from tests.support.results import keep, modules

if TYPE_CHECKING:
    from tests.faults.promised import Fault, Promised

OUTPUT: Final = Path("build/faults.json")
FOLDER: Final = Path(__file__).parent
LONGEST_S: Final = 900.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a promise's id or of its module's name")
    parser.add_argument("--list", action="store_true", help="only say what would be done")
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time")
    parser.add_argument(
        "--one", nargs=2, metavar=("MODULE", "ID"), help=argparse.SUPPRESS
    )  # what each process is given
    arguments = parser.parse_args()
    if arguments.one:
        return _try_one(*arguments.one)
    if not arguments.only and not arguments.list:
        OUTPUT.unlink(missing_ok=True)
    chosen = list(_chosen(arguments.only))
    if arguments.list:
        for _, promised in chosen:
            print(f"{promised.id:32} {promised.promise}")
        return 0
    rows = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for trial in as_completed([pool.submit(_tried, module, promised) for module, promised in chosen]):
            fault = trial.result()
            rows.append(fault)
            keep(OUTPUT, [fault])
            print(
                f"{fault.id:24} {fault.mark:14} {fault.took_s:5.0f} s  {fault.measured} (limit: {fault.limit})",
                flush=True,
            )
    broken = [row.id for row in rows if row.tried and not row.holds]
    untried = [row.id for row in rows if not row.tried]
    held = len(rows) - len(broken) - len(untried)
    print(f"{len(rows)} promises: {held} held; broken: {broken}; not tried: {untried}")
    return 1 if broken else 0


def _chosen(only: str) -> Iterable[tuple[str, "Promised"]]:
    for module in modules(FOLDER, "fault_*.py", ""):
        for promised in getattr(module, "FAULTS", ()):
            if only in promised.id or only in module.__name__:
                yield module.__name__, promised


def _try_one(module_name: str, promise: str) -> int:
    """The row, as JSON on the last line of standard output."""
    (module,) = modules(FOLDER, f"{module_name}.py", "")
    promised = next(each for each in module.FAULTS if each.id == promise)
    print(f"\n{msgspec.json.encode(promised.tried()).decode()}")
    return 0


def _tried(module: str, promised: "Promised") -> "Fault":
    from promised import Fault  # as the faults' modules name it, who made Promised

    command = [sys.executable, "-m", "tests.faults", "--one", module, promised.id]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LONGEST_S, check=True)
    except subprocess.SubprocessError as error:
        measured = f"the trial's process broke: {error}"
        return Fault(promised.id, promised.promise, promised.how, measured, promised.limit, holds=False)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Fault)


if __name__ == "__main__":
    sys.exit(main())
