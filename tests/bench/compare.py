"""`make bench-compare A=old.json B=new.json`: what got worse from one run of `make bench` to another.

Worse is more than a tolerance by the row's unit, since a wall time swings more than a ratio taken in turns: TOLERANCES has them.
Exit codes: 0 nothing got worse, 1 something did (a figure, a row that held and doesn't, a row that is gone or isn't measured any
more), 2 a file can't be read. Rows that are new, that got better, and machines or loads that differ are said and are no fault.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

TOLERANCES: Final[Mapping[str, float]] = {
    "ratio": 0.10,  # of two that were measured in turns: the machine is in both
    "x": 0.02,  # worth of timetables: nearly no chance in it
    "": 0.0,  # a share that is proved
    "answers": 0.0,
    "us": 0.15,
    "core": 0.15,
    "vehicles": 0.15,
    "B/s": 0.15,
    "s": 0.20,
    "ms": 0.30,  # waits for disks and other processes: mostly percentiles of the wall's clock
    "1/s": 0.30,
}
"""Of the older figure."""

OTHERWISE: Final = 0.20
BUSY: Final = 1.0  # how much more load than before is said

Row = Mapping[str, Any]


class Unreadable(Exception):
    """One sentence: which file, and why it is no list of rows."""


def read(file: Path) -> dict[str, Row]:
    """By id. Raises Unreadable."""
    try:
        rows = msgspec.json.decode(file.read_bytes())
        return {row["id"]: row for row in rows}
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}. Name two files that `make bench` wrote.") from error
    except (msgspec.DecodeError, TypeError, KeyError) as error:
        raise Unreadable(f"{file}: no rows of `make bench` ({error}). Name two files that it wrote.") from error


def machine_beside(file: Path) -> Mapping[str, Any] | None:
    """machine.json in the same folder; None where there is none."""
    beside = file.with_name("machine.json")
    return msgspec.json.decode(beside.read_bytes()) if beside.exists() else None


def worse(before: Mapping[str, Row], after: Mapping[str, Row]) -> Iterator[str]:
    """A sentence for each regression, in the order of the older rows."""
    for name, old in before.items():
        new = after.get(name)
        if old["value"] is None:  # it wasn't measured, or its module was broken: nothing to lose
            continue
        if new is None:
            yield f"{name}: gone, {told(old)} before"
        elif new["value"] is None:
            yield f"{name}: {new['note']}; {told(old)} before"
        elif old["holds"] and not new["holds"]:
            yield f"{name}: doesn't hold any more, {told(old)} -> {told(new)}, limit {new['limit']:g}"
        elif (by := change(old, new)) > tolerance(old):
            yield f"{name}: {shown(by)} worse, {told(old)} -> {told(new)} (more than {tolerance(old):.0%} counts)"
    for name, new in after.items():
        if name not in before and new["note"].startswith("broken"):
            yield f"{name}: {new['note']}"


def better(before: Mapping[str, Row], after: Mapping[str, Row]) -> Iterator[str]:
    for name, new in after.items():
        if (old := before.get(name)) is None:
            yield f"{name}: new, {told(new)}"
        elif None not in {old["value"], new["value"]} and -change(old, new) > tolerance(old):
            yield f"{name}: {shown(-change(old, new))} better, {told(old)} -> {told(new)}"


def tolerance(row: Row) -> float:
    return TOLERANCES.get(row["unit"], OTHERWISE)


def change(old: Row, new: Row) -> float:
    """By which share of the older figure the newer one is worse; negative where it is better."""
    grown = new["value"] - old["value"]
    if old.get("at_least", False):
        grown = -grown
    if not old["value"]:
        return 0.0 if not grown else math.copysign(math.inf, grown)
    return float(grown / abs(old["value"]))


def shown(share: float) -> str:
    return f"{share:.0%}" if math.isfinite(share) else "all the way from 0"


def told(row: Row) -> str:
    return "not measured" if row["value"] is None else f"{row['value']:.4g} {row['unit']}".strip()


def circumstances(
    before: Mapping[str, Row],
    after: Mapping[str, Row],
    machines: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None],
) -> Iterator[str]:
    """What else than the code may have made the difference."""
    old, new = machines
    if old is None or new is None:
        yield "machine.json isn't beside both files: whether it was the same machine isn't known"
    else:
        for what in ("cpu", "cores", "memory_gb", "system", "python", "disk"):
            if old[what] != new[what]:
                yield f"another machine: {what} {old[what]} -> {new[what]}"
        for package, version in old["packages"].items():
            if new["packages"].get(package) != version:
                yield f"{package} {version} -> {new['packages'].get(package, 'not listed')}"
        for what in ("python_us", "sync_ms"):
            by = new[what] / old[what] - 1
            if abs(by) > TOLERANCES["us"]:
                yield f"the machine itself: {what} {old[what]:g} -> {new[what]:g}"
    busier = [
        name
        for name, row in after.items()
        if name in before and row.get("load", 0.0) - before[name].get("load", 0.0) > BUSY
    ]
    if busier:
        yield f"a load of more than {BUSY:g} above that of before: {', '.join(busier)}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="bench.json of the older run")
    parser.add_argument("after", type=Path, help="bench.json of the newer one")
    files = parser.parse_args(arguments)
    try:
        before, after = read(files.before), read(files.after)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    for line in circumstances(before, after, (machine_beside(files.before), machine_beside(files.after))):
        print(f"note    {line}")
    for line in better(before, after):
        print(f"better  {line}")
    regressions = list(worse(before, after))
    for line in regressions:
        print(f"WORSE   {line}")
    print(f"{len(after)} rows against {len(before)}: {len(regressions)} worse")
    return 1 if regressions else 0


if __name__ == "__main__":
    sys.exit(main())
