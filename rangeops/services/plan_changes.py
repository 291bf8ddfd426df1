"""What was changed in a plan, in words and as a textual difference, for whoever must agree to it."""

import difflib
from collections.abc import Iterable

from rangeops.domain.geodesy import compass_point
from rangeops.domain.plan_fixes import (
    AppendReturn,
    DropExtras,
    Fix,
    MoveSlot,
    MoveWaypoint,
    RemoveItem,
    SetAltitude,
    SetHomeAltitude,
    SetRepeats,
    SetSpeed,
)
from rangeops.domain.plan_fixing import Change
from rangeops.domain.plans import Cmd, FlightPlan, PlanItem
from rangeops.services.plan_text import waypoint_name


def change_lines(changes: Iterable[Change]) -> tuple[str, ...]:
    """One line a change, with the rules that asked for it: "WP 5 moved 88 m north-west (GEO-01)"."""
    return tuple(f"{change_text(change.fix)} ({', '.join(code.value for code in change.codes)})" for change in changes)


def change_text(fix: Fix) -> str:  # noqa: PLR0911  # one kind of fix a line
    match fix:
        case MoveWaypoint(number=number):
            return (
                f"{waypoint_name(number)} moved {fix.distance_m:.0f} m {compass_point(fix.bearing_deg)}"
                f" to {fix.latitude_deg:.6f},{fix.longitude_deg:.6f}"
            )
        case SetAltitude(number=number):
            verb = "raised" if fix.change_m > 0 else "lowered"
            return f"WP {number} {verb} by {abs(fix.change_m):.1f} m to {fix.shown_m:.1f} m {fix.datum.value}"
        case SetHomeAltitude(altitude):
            return f"home's altitude set to {altitude:.0f} m AMSL"
        case SetSpeed(number, speed):
            return f"WP {number} slowed to {speed:.1f} m/s"
        case SetRepeats(number, repeats):
            return f"WP {number} repeats {repeats} times"
        case RemoveItem(number):
            return f"WP {number} removed"
        case AppendReturn():
            return "a return to launch added at the end"
        case MoveSlot(starts, ends):
            return f"other minutes asked for: {starts:%Y-%m-%d %H:%M}-{ends:%H:%M} UTC"
        case DropExtras():
            return "fence and rally points of the file dropped"


def difference(before: FlightPlan, after: FlightPlan) -> str:
    """A unified diff of home and items, one line each; "" where nothing differs."""
    lines = difflib.unified_diff(_rows(before), _rows(after), "before", "after", lineterm="", n=1)
    return "\n".join(lines)


def _rows(plan: FlightPlan) -> list[str]:
    home = plan.home
    first = (
        []
        if home is None
        else [f"home {home.latitude_deg:.7f},{home.longitude_deg:.7f} {_number(home.altitude_amsl_m)} m AMSL"]
    )
    extras = [f"carries {' and '.join(plan.extras)}"] if plan.extras else []
    return [*first, *(_row(item) for item in plan.items), *extras]


def _row(item: PlanItem) -> str:
    known = item.command in Cmd.__members__.values()
    name = Cmd(item.command).name if known else f"command {item.command}"
    params = " ".join(_number(param) for param in item.params)
    place = ""
    if item.has_place:
        datum = "?" if item.datum is None else item.datum.value
        place = f" {item.latitude_deg:.7f},{item.longitude_deg:.7f} {_number(item.altitude_m)} m {datum}"
    elif item.altitude_m:
        place = f" {_number(item.altitude_m)} m"
    return f"{item.number} {name} [{params}]{place}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
