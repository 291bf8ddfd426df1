"""QGC WPL 110 (.waypoints, .txt): Mission Planner's and MAVProxy's text, twelve columns a line.

A mission's row 0 is home. A fence in this format is made of rows of the commands 5000 to 5004, with or without a home.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from rangeops.adapters.formats.geometry_gate import MOST_VERTICES, accept, accept_circle, position
from rangeops.adapters.formats.qgc_fence import zones_of
from rangeops.adapters.formats.qgc_writer import exclusions
from rangeops.adapters.formats.reading import GOES, MOST_ITEMS, PLAN_LARGEST_BYTES, Reading
from rangeops.adapters.formats.text_lines import decimal, lines_of
from rangeops.adapters.formats.writing import Writing, Written, require_spelt_out
from rangeops.domain.plan_parts import FenceArea, FenceReturn, PlanFence
from rangeops.domain.plans import Cmd, FlightPlan, PlanHome, PlanItem, WaypointNumber
from rangeops.domain.zones import Circle, Zone

HEADER: Final = "QGC WPL 110"
_COLUMNS: Final = 12
_RETURN_POINT: Final = 5000
_POLYGONS: Final = {5001: True, 5002: False}  # whether it is an inclusion
_CIRCLES: Final = {5003: True, 5004: False}
_RALLY_POINT: Final = 5100
_SAVE_MISSION: Final = "Save the mission again."


def read_plan(content: bytes, reading: Reading) -> FlightPlan:
    """Raises Invalid: one sentence for whatever is wrong with the file."""
    rows = _rows(content, reading, MOST_ITEMS)
    home_row, items = rows[0], rows[1:]
    if home_row.command >= _RETURN_POINT:
        holds = "rally points" if home_row.command == _RALLY_POINT else "a fence"
        raise reading.refused(f"it holds {holds}, no mission", "Hand in the mission's own file.")
    home = None
    if home_row.command == Cmd.WAYPOINT and not home_row.is_here:
        home = PlanHome(home_row.latitude_deg or 0.0, home_row.longitude_deg or 0.0, home_row.altitude_m)
    return FlightPlan(name=reading.where, home=home, items=tuple(items))


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """The zones of a fence file. Raises Invalid."""
    rows = _rows(content, reading, MOST_VERTICES)
    fence = _fence([row for row in rows if row.number or row.command >= _RETURN_POINT], reading)
    return zones_of(FlightPlan(reading.where, None, (), fence=fence), reading)


def _fence(rows: Sequence[PlanItem], reading: Reading) -> PlanFence:
    areas: list[FenceArea] = []
    returns_to = None
    at = 0
    while at < len(rows):
        row = rows[at]
        here = reading.at(f"row {row.number}")
        count = 1
        if row.command in _POLYGONS:
            count = int(row.param(1))
            corners = rows[at : at + count]
            if not 0 < count == row.param(1) == len(corners) or any(
                (each.command, each.param(1)) != (row.command, row.param(1)) for each in corners
            ):
                raise here.refused(f"its polygon hasn't the {count} corners that it says", "Save the fence again.")
            ring = [position(each.latitude_deg, each.longitude_deg, here) for each in corners]
            areas.append(FenceArea(accept(ring, here).outer, is_inclusion=_POLYGONS[row.command]))
        elif row.command in _CIRCLES:
            circle = accept_circle(row.latitude_deg, row.longitude_deg, row.param(1), here)
            areas.append(FenceArea(circle, is_inclusion=_CIRCLES[row.command]))
        elif row.command == _RETURN_POINT:
            returns_to = FenceReturn(*position(row.latitude_deg, row.longitude_deg, here))
        else:
            raise here.refused(f"command {row.command} is none of a fence's", "Hand in a fence, not a mission.")
        at += max(count, 1)
    return PlanFence(tuple(areas), returns_to)


def _rows(content: bytes, reading: Reading, most: int) -> list[PlanItem]:
    lines = lines_of(content, reading, largest_bytes=PLAN_LARGEST_BYTES)
    if next(lines, (0, ""))[1].strip() != HEADER:
        raise reading.refused(f"its first line isn't {HEADER}", "Save the mission as a waypoint file again.")
    rows = list(_parsed(lines, reading, most))
    if not rows:
        raise reading.refused("it holds no waypoint", "Row 0 must be the home position.")
    return _in_order(rows, reading)


def _in_order(rows: list[PlanItem], reading: Reading) -> list[PlanItem]:
    """Numbered as ground stations load them: by their order, whatever index they bear, unless a jump names an index."""
    wrong = next((n for n, row in enumerate(rows) if row.number != n), None)
    if wrong is None:
        return rows
    if wrong == 0 or any(row.command == Cmd.DO_JUMP for row in rows):
        raise reading.refused(f"row {wrong} bears the index {rows[wrong].number}", "Number the rows from 0.")
    return [replace(row, number=WaypointNumber(n)) for n, row in enumerate(rows)]


def _parsed(lines: Iterator[tuple[int, str]], reading: Reading, most: int) -> Iterator[PlanItem]:
    count = 0
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        if count > most:
            raise reading.refused(f"it has more than {most} items", "Split the mission.")
        yield _row(line, reading.at(f"line {number}"))
        count += 1


def _row(line: str, reading: Reading) -> PlanItem:
    columns = line.split()
    if len(columns) != _COLUMNS:
        raise reading.refused(f"a row has {_COLUMNS} columns, this one {len(columns)}", _SAVE_MISSION)
    values = [decimal(column, reading) for column in columns]
    index, frame, command = (int(values[n]) for n in (0, 2, 3))
    if [index, frame, command] != [values[n] for n in (0, 2, 3)] or not 0 <= command <= 65535:
        raise reading.refused("index, frame and command must be whole numbers", _SAVE_MISSION)
    if command in GOES and (abs(values[8]) > 90 or abs(values[9]) > 180):
        raise reading.refused("its columns 9 and 10 are no latitude and longitude", "Correct the waypoint.")
    return PlanItem(
        number=WaypointNumber(index),
        command=command,
        frame=frame,
        params=(values[4], values[5], values[6], values[7]),
        latitude_deg=values[8],
        longitude_deg=values[9],
        altitude_m=values[10],
        auto_continue=values[11] != 0,
    )


def write_plan(plan: FlightPlan) -> Written:
    """As Mission Planner saves a mission. Raises Invalid for one whose patterns aren't spelt out."""
    require_spelt_out(plan)
    lost = [
        what
        for what, is_there in (
            ("parameters that aren't given: 0 stands in their place", any(None in item.params for item in plan.items)),
            ("the fence: it has a file of its own", bool(plan.fence.areas)),
            ("the rally points: they have a file of their own", bool(plan.rally)),
        )
        if is_there
    ]
    home = plan.home
    rows = ["0\t1\t0\t0\t0\t0\t0\t0\t0\t0\t0\t1"]
    if home is not None:
        rows = [_line(0, 0, Cmd.WAYPOINT, (0.0,) * 4, (home.latitude_deg, home.longitude_deg, home.altitude_amsl_m))]
    rows += (
        _line(
            item.number,
            item.frame,
            item.command,
            item.params,
            (item.latitude_deg, item.longitude_deg, item.altitude_m),
            auto_continue=item.auto_continue,
        )
        for item in plan.items
    )
    return _file(rows, lost)


def write_zones(zones: Sequence[Zone], _writing: Writing) -> Written:
    """The closed zones as exclusions, as ArduPilot's own fence protocol counts them."""
    areas, lost = exclusions(zones)
    rows = [_line(0, 0, Cmd.WAYPOINT, (0.0,) * 4, (0.0, 0.0, 0.0))]
    for area in areas:
        outline = area.outline
        if isinstance(outline, Circle):
            place = (outline.latitude_deg, outline.longitude_deg, 0.0)
            rows.append(_line(len(rows), 0, 5004, (outline.radius_m, 0.0, 0.0, 0.0), place))
        else:
            for latitude, longitude in outline:
                corners = (float(len(outline)), 0.0, 0.0, 0.0)
                rows.append(_line(len(rows), 0, 5002, corners, (latitude, longitude, 0.0)))
    return _file(rows, lost)


def _file(rows: Sequence[str], lost: Sequence[str]) -> Written:
    return Written(("\n".join((HEADER, *rows)) + "\n").encode(), tuple(lost))


def _line(
    index: int,
    frame: int,
    command: int,
    params: Sequence[float | None],
    place: Sequence[float | None],
    *,
    auto_continue: bool = True,
) -> str:
    """Eight decimals, as Mission Planner writes: 1 mm of latitude."""
    numbers = [f"{number or 0.0:.8f}" for number in (*params, *place)]
    return "\t".join(
        (str(index), str(int(index == 0)), str(frame), str(int(command)), *numbers, str(int(auto_continue)))
    )
