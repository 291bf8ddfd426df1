"""TIME-…, REG-01: when a flight may be, and what must be current then. Judged where a slot is given."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.clearance_rules import Item
from rangeops.domain.daylight import DaylightEvent, is_light
from rangeops.domain.plan_energy import effort
from rangeops.domain.plan_findings import Code, Finding, Outcome, Reason
from rangeops.domain.plan_fixes import MoveSlot
from rangeops.domain.plan_geometry import PlannedRoute
from rangeops.domain.plan_surroundings import Surroundings
from rangeops.domain.range_site import is_open

_SHIFT_MIN: Final = 5  # slots begin on such minutes


def fits_the_slot(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """TIME-01: the mission and its landing within the slot."""
    if around.context.slot is None:
        return
    starts, ends = around.context.slot
    slot_s = (ends - starts).total_seconds()
    flight_s = effort(route, around.context.airframe, around.context.range.wind_mps).time_s
    if flight_s > slot_s:
        yield Finding(Code.TIME_01, Reason.SLOT_TOO_SHORT, params={"flight_s": flight_s, "slot_s": slot_s})


def in_daylight(_: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """TIME-02: between the twilights, unless the aircraft has lights for the dark, or the range clears in the dark."""
    slot, sun = around.context.slot, around.context.range.sun
    if slot is None or _may_be_dark(around):
        return
    if sun is None:
        yield Finding(Code.TIME_02, Reason.DAYLIGHT_UNKNOWN, Outcome.CANNOT_CHECK)
    elif not is_light(sun, *slot):
        events = sun.events(slot[0].date())
        dawn, dusk = (events.get(event) for event in (DaylightEvent.BMCT, DaylightEvent.EECT))
        params = {name: f"{at:%H:%M}" if at else "no time" for name, at in (("dawn", dawn), ("dusk", dusk))}
        yield Finding(Code.TIME_02, Reason.DARK, params=params, fix=_nearest_minutes(around))


def in_opening_hours(_: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """TIME-03: while the range is open."""
    slot, definition = around.context.slot, around.context.range
    if slot is not None and not is_open(definition.hours, *slot, definition.sun):
        params = {"starts": f"{slot[0]:%H:%M}", "ends": f"{slot[1]:%H:%M}"}
        yield Finding(Code.TIME_03, Reason.RANGE_SHUT, params=params, fix=_nearest_minutes(around))


def papers_are_current(_: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """REG-01: aircraft, pilot and insurance, on the slot's last day."""
    if around.context.slot is None:
        return
    day = around.context.slot[1].date()
    for paper in around.context.facts:
        params: dict[str, float | str] = {"paper": paper.name, "kind": paper.kind.value}
        if paper.valid_until is None:
            yield Finding(Code.REG_01, Reason.NEVER_SHOWN, params=params)
        elif paper.valid_until < day:
            yield Finding(Code.REG_01, Reason.EXPIRED, params={**params, "until": f"{paper.valid_until:%Y-%m-%d}"})


def _nearest_minutes(around: Surroundings) -> MoveSlot | None:
    """The least shift, later or earlier, to minutes in daylight and in the opening hours; None within a day."""
    context = around.context
    definition = context.range
    if context.slot is None:
        return None
    for minutes in range(_SHIFT_MIN, 24 * 60 + 1, _SHIFT_MIN):
        for shift in (timedelta(minutes=minutes), timedelta(minutes=-minutes)):
            starts, ends = context.slot[0] + shift, context.slot[1] + shift
            if is_open(definition.hours, starts, ends, definition.sun) and _light_enough(starts, ends, around):
                return MoveSlot(starts, ends)
    return None


def _may_be_dark(around: Surroundings) -> bool:
    return around.context.airframe.night_lights or bool(around.context.range.clearance.why_waived(Item.DAYLIGHT))


def _light_enough(starts: datetime, ends: datetime, around: Surroundings) -> bool:
    if _may_be_dark(around):
        return True
    sun = around.context.range.sun
    return sun is not None and bool(is_light(sun, starts, ends))
