"""The smallest changes that a rule can propose, as values; each can be applied, so that the checker can try it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from rangeops.domain.plan_parts import NO_FENCE
from rangeops.domain.plans import AltitudeDatum, Cmd, FlightPlan, PlanHome, PlanItem, WaypointNumber

_FRAME_OF_PLACE = 3  # MAV_FRAME_GLOBAL_RELATIVE_ALT


@dataclass(frozen=True, slots=True)
class MoveWaypoint:
    """number 0 moves home."""

    number: WaypointNumber
    latitude_deg: float
    longitude_deg: float
    distance_m: float
    bearing_deg: float


@dataclass(frozen=True, slots=True)
class SetAltitude:
    """shown_m is in the item's own datum: what to type into the planner."""

    number: WaypointNumber
    shown_m: float
    datum: AltitudeDatum
    change_m: float


@dataclass(frozen=True, slots=True)
class SetHomeAltitude:
    altitude_amsl_m: float


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """number: of the DO_CHANGE_SPEED item."""

    number: WaypointNumber
    speed_mps: float


@dataclass(frozen=True, slots=True)
class SetRepeats:
    """number: of the DO_JUMP item."""

    number: WaypointNumber
    repeats: int


@dataclass(frozen=True, slots=True)
class RemoveItem:
    number: WaypointNumber


@dataclass(frozen=True, slots=True)
class AppendReturn:
    """A RETURN_TO_LAUNCH at the end."""


@dataclass(frozen=True, slots=True)
class DropExtras:
    """Only the mission is left."""


@dataclass(frozen=True, slots=True)
class MoveSlot:
    """Other minutes, as long as the ones that were asked for. They stand in no plan file: the range must agree."""

    starts: datetime
    ends: datetime


Fix = (
    MoveWaypoint
    | SetAltitude
    | SetHomeAltitude
    | SetSpeed
    | SetRepeats
    | RemoveItem
    | AppendReturn
    | DropExtras
    | MoveSlot
)


def place_of(fix: Fix) -> tuple[type[Fix], int]:
    """What a fix changes: two fixes of one place can't both be made."""
    return type(fix), getattr(fix, "number", 0)


def strongest(fixes: Iterable[Fix]) -> dict[tuple[type[Fix], int], Fix]:
    """One fix a place: where two rules want the same altitude or speed changed, the greater change satisfies both."""
    best: dict[tuple[type[Fix], int], Fix] = {}
    for fix in fixes:
        other = best.setdefault(place_of(fix), fix)
        if isinstance(fix, SetAltitude) and isinstance(other, SetAltitude) and abs(fix.change_m) > abs(other.change_m):
            best[place_of(fix)] = fix
        if isinstance(fix, SetSpeed) and isinstance(other, SetSpeed) and fix.speed_mps < other.speed_mps:
            best[place_of(fix)] = fix
    return best


def apply_fixes(plan: FlightPlan, fixes: Iterable[Fix]) -> FlightPlan:
    """The plan with every fix made that is a change of the plan; removals last, because they renumber."""
    wanted = list(dict.fromkeys(fixes))
    for fix in wanted:
        plan = _applied(plan, fix)
    removed = {fix.number for fix in wanted if isinstance(fix, RemoveItem)}
    plan = _without(plan, removed) if removed else plan
    return _with_return(plan) if any(isinstance(fix, AppendReturn) for fix in wanted) else plan


def _applied(plan: FlightPlan, fix: Fix) -> FlightPlan:
    match fix:
        case MoveWaypoint(number=0) if plan.home is not None:
            home = PlanHome(fix.latitude_deg, fix.longitude_deg, plan.home.altitude_amsl_m)
            return replace(plan, home=home)
        case SetHomeAltitude(altitude) if plan.home is not None:
            return replace(plan, home=replace(plan.home, altitude_amsl_m=altitude))
        case DropExtras():
            return replace(plan, extras=(), fence=NO_FENCE, rally=())
        case MoveWaypoint() | SetAltitude() | SetSpeed() | SetRepeats():
            items = tuple(_edited(item, fix) if item.number == fix.number else item for item in plan.items)
            return replace(plan, items=items)
    return plan


def _edited(item: PlanItem, fix: MoveWaypoint | SetAltitude | SetSpeed | SetRepeats) -> PlanItem:
    match fix:
        case MoveWaypoint():
            return replace(item, latitude_deg=fix.latitude_deg, longitude_deg=fix.longitude_deg)
        case SetAltitude():
            return replace(item, altitude_m=fix.shown_m)
        case SetSpeed():
            return replace(item, params=(item.params[0], fix.speed_mps, *item.params[2:]))
        case SetRepeats():
            return replace(item, params=(item.params[0], float(fix.repeats), *item.params[2:]))


def _without(plan: FlightPlan, removed: set[WaypointNumber]) -> FlightPlan:
    """Renumbered; a jump's target moves with its item (a removed target: the item after it)."""
    kept = [item for item in plan.items if item.number not in removed]

    def moved(number: int) -> int:
        return number - sum(1 for gone in removed if gone < number)

    def renumbered(item: PlanItem) -> PlanItem:
        number = WaypointNumber(moved(item.number))
        if item.command != Cmd.DO_JUMP or item.params[0] is None:
            return replace(item, number=number)
        return replace(item, number=number, params=(float(moved(int(item.params[0]))), *item.params[1:]))

    return replace(plan, items=tuple(renumbered(item) for item in kept))


def _with_return(plan: FlightPlan) -> FlightPlan:
    nothing = (None, None, None, None)
    last = PlanItem(
        WaypointNumber(len(plan.items) + 1), Cmd.RETURN_TO_LAUNCH, _FRAME_OF_PLACE, nothing, None, None, None
    )
    return replace(plan, items=(*plan.items, last))
