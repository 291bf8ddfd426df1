"""What an operator should know before RTL or LAND: facts that are known, and for the rest that they aren't."""

from typing import Final

from rangeops.client.action import Action
from rangeops.domain.commands import CommandKind
from rangeops.domain.telemetry import Sysid
from rangeops.tui.board import Scene
from rangeops.tui.freshness import VehicleNow
from rangeops.tui.ink import Ink, Line, Span, short
from rangeops.tui.language import tr
from rangeops.tui.panels.frame import command_word
from rangeops.tui.panels.vehicles import name_of
from rangeops.wire.enforcement import WayHomeView

_CROSSED_CELLS: Final = 30
_LOW_PERCENT: Final = 25.0


def command_facts(action: Action, sysid: Sysid, scene: Scene, way_home: WayHomeView | None) -> tuple[Line, ...]:
    """way_home: as the watch has just told it; None: it hasn't, or too long ago."""
    vehicle = scene.vehicle(sysid)
    kind = CommandKind(action.name.rpartition(".")[2])
    word = command_word(kind)
    if vehicle is None:
        head: Line = (
            Span(f" {word}  ", Ink.BRIGHT),
            Span(tr("vehicle {sysid} is not in the picture", sysid=sysid), Ink.P2),
        )
    else:
        view = vehicle.view
        height = "-- m" if vehicle.height == "--" else f"{vehicle.height} m"
        head = (
            Span(f" {word}  ", Ink.BRIGHT),
            Span(f"{name_of(vehicle)} {view.company} · sysid {sysid} · {vehicle.mode} · {height}"),
        )
    facts = () if vehicle is None else _facts(kind, vehicle, way_home)
    return (
        head,
        *facts,
        (
            Span(" " + tr("Type") + " "),
            Span(f" {sysid} ", Ink.LOUD),
            Span(" " + tr("then Enter"), Ink.TEXT),
            Span("   " + tr("esc cancels; nothing is sent by itself"), Ink.DIM),
        ),
    )


def _facts(kind: CommandKind, vehicle: VehicleNow, way_home: WayHomeView | None) -> tuple[Line, ...]:
    match kind:
        case CommandKind.RTL:
            return _rtl_facts(vehicle, way_home)
        case CommandKind.LAND:
            return _land_facts(vehicle, way_home)
        case CommandKind.TERMINATE:
            return (
                (Span(" " + tr("The motors stop: in the air it falls."), Ink.P1),),
                (
                    Span(" " + tr("A second person must type it, too."), Ink.BRIGHT),
                    Span("  " + tr("Not sent before."), Ink.DIM),
                ),
            )
        case _:
            view = vehicle.view
            cleared = Span(
                tr("cleared in slot {slot}", slot=view.slot) if view.cleared else tr("NOT cleared"),
                Ink.OK if view.cleared else Ink.P1,
            )
            return (
                (Span(" " + tr("It is") + " "), cleared, Span(tr("; fence {fence}.", fence=tr(view.fence)))),
                _state(vehicle),
            )


def _state(vehicle: VehicleNow) -> Line:
    return (Span(" " + tr("Battery now {battery}.  Heard {age} s ago.", battery=vehicle.battery, age=vehicle.age)),)


def _rtl_facts(vehicle: VehicleNow, way_home: WayHomeView | None) -> tuple[Line, ...]:
    distance_m = vehicle.view.distance_home_m if vehicle.position_known else None
    home = "--" if distance_m is None else f"{distance_m:.0f} m"
    level_m = None if way_home is None else way_home.level_height_m
    level = "" if level_m is None else " " + tr("at {level_m:.0f} m", level_m=level_m)
    return (
        (
            *_path(way_home),
            *_battery(tr("on arrival"), None if way_home is None else way_home.battery_on_arrival_percent),
        ),
        (
            Span(
                " "
                + tr(
                    "Home {home} away{level}.  Battery {battery}.  Heard {age} s ago.",
                    home=home,
                    level=level,
                    battery=vehicle.battery,
                    age=vehicle.age,
                )
            ),
        ),
    )


def _path(way_home: WayHomeView | None) -> Line:
    """By the check that automation makes: one that isn't there is not a clear way."""
    head = Span(" " + tr("Path home crosses:") + " ")
    if way_home is None or way_home.crosses is None:
        return (head, Span(tr("not known"), Ink.P2), Span("."))
    if way_home.crosses:
        return (head, Span(short(", ".join(way_home.crosses), _CROSSED_CELLS), Ink.P1), Span("."))
    return (head, Span(tr("nothing"), Ink.OK), Span("."))


def _battery(when: str, percent: float | None) -> Line:
    if percent is None:
        return (Span("  " + tr("Battery {when}:", when=when) + " "), Span("--", Ink.P2))
    ink = Ink.P1 if percent <= 0 else Ink.P2 if percent < _LOW_PERCENT else Ink.BRIGHT
    return (Span("  " + tr("Battery {when}:", when=when) + " "), Span(f"{percent:.0f} %", ink), Span("."))


def _land_facts(vehicle: VehicleNow, way_home: WayHomeView | None) -> tuple[Line, ...]:
    margin_m = vehicle.view.margin_m if vehicle.position_known else None
    margin = "--" if margin_m is None else f"{margin_m:.0f} m"
    standing = vehicle.view.standing.value if vehicle.position_known else "unknown"
    over = "" if way_home is None else short(", ".join(way_home.no_landing), _CROSSED_CELLS)
    where = (
        (Span(" " + tr("It comes down on") + " "), Span(over, Ink.P1), Span("!", Ink.P1))
        if over
        else (
            Span(" " + tr("It comes down where it is"), Ink.BRIGHT),
            Span(tr(": {standing}, {margin} from its edge.", standing=tr(standing), margin=margin)),
        )
    )
    down = None if way_home is None else way_home.battery_on_landing_percent
    state = Span(" " + tr("Battery {battery}.  Heard {age} s ago.", battery=vehicle.battery, age=vehicle.age))
    return (where, (state, *_battery(tr("once down"), down)))
