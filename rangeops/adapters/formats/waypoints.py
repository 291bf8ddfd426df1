"""QGC WPL 110 (.waypoints, .txt): Mission Planner's and MAVProxy's mission text, twelve columns a line, row 0 home."""

import math
from collections.abc import Iterator
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.plans import FlightPlan, PlanHome, PlanItem, WaypointNumber

LARGEST_BYTES: Final = 2_000_000
_LONGEST_LINE: Final = 4_000
_MOST_ITEMS: Final = 5_000
_COLUMNS: Final = 12
HEADER: Final = "QGC WPL 110"


def read_waypoints(content: bytes, *, name: str) -> FlightPlan:
    """Raises Invalid: one sentence for whatever is wrong with the file."""
    rows = list(_rows(content, name))
    home_row, items = rows[0], rows[1:]
    home = None
    if home_row.command == 16 and not home_row.is_here:
        home = PlanHome(home_row.latitude_deg or 0.0, home_row.longitude_deg or 0.0, home_row.altitude_m)
    return FlightPlan(name=name, home=home, items=tuple(items))


def _rows(content: bytes, name: str) -> Iterator[PlanItem]:
    if len(content) > LARGEST_BYTES:
        raise Invalid("the file has more than 2 MB", where=name, do="Hand in a smaller one.")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as e:
        raise Invalid(f"byte {e.start} isn't UTF-8", where=name, do="Save it as UTF-8.") from e
    if not lines or lines[0].strip() != HEADER:
        raise Invalid(f"its first line isn't {HEADER}", where=name, do="Save the mission as a waypoint file again.")
    expected = 0
    for line_number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        if expected > _MOST_ITEMS:
            raise Invalid(f"it has more than {_MOST_ITEMS} items", where=name, do="Split the mission.")
        yield _row(line, expected, f"{name} line {line_number}")
        expected += 1
    if expected == 0:
        raise Invalid("it holds no waypoint", where=name, do="Row 0 must be the home position.")


def _row(line: str, expected: int, where: str) -> PlanItem:
    columns = line[:_LONGEST_LINE].split()
    if len(line) > _LONGEST_LINE or len(columns) != _COLUMNS:
        raise Invalid(
            f"a row has {_COLUMNS} columns, this one {len(columns)}", where=where, do="Save the mission again."
        )
    values = [_number(column, where) for column in columns]
    index, frame, command = (int(values[n]) for n in (0, 2, 3))
    if [index, frame, command] != [values[n] for n in (0, 2, 3)] or not 0 <= command <= 65535:
        raise Invalid("index, frame and command must be whole numbers", where=where, do="Save the mission again.")
    if index != expected:
        raise Invalid(f"the row's index is {index}, not {expected}", where=where, do="Number the rows from 0.")
    if command in (*range(16, 23), 82) and (abs(values[8]) > 90 or abs(values[9]) > 180):
        raise Invalid("its columns 9 and 10 are no latitude and longitude", where=where, do="Correct the waypoint.")
    return PlanItem(
        number=WaypointNumber(index),
        command=command,
        frame=frame,
        params=(values[4], values[5], values[6], values[7]),
        latitude_deg=values[8],
        longitude_deg=values[9],
        altitude_m=values[10],
    )


def _number(text: str, where: str) -> float:
    """A decimal number as these files write it: float() would also take "1_0", "infinity" and Arabic digits."""
    if text.isascii() and "_" not in text:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and abs(value) <= 1e9:
            return value
    raise Invalid(f"{text!r:.30} isn't a number", where=where, do="Save the mission again.")
