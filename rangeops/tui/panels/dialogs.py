"""What an operator should know before RTL or LAND: facts that are known, and for the rest that they aren't."""

from typing import Final

from rangeops.client.actions import Action
from rangeops.domain.commands import CommandKind
from rangeops.domain.telemetry import Sysid
from rangeops.domain.way_home import WayHome
from rangeops.tui.board import Scene
from rangeops.tui.freshness import VehicleNow
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.panels.frame import command_word
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.shared import Records
from rangeops.tui.view import frame_of

_PROHIBITED: Final = "PROHIBITED"


def command_facts(action: Action, sysid: Sysid, scene: Scene, records: Records) -> tuple[Line, ...]:
    vehicle = scene.vehicle(sysid)
    kind = CommandKind(action.name.rpartition(".")[2])
    word = command_word(kind)
    if vehicle is None:
        head: Line = (Span(f" {word}  ", Ink.BRIGHT), Span(f"vehicle {sysid} is not in the picture", Ink.P2))
    else:
        view = vehicle.view
        height = "-- m" if vehicle.height == "--" else f"{vehicle.height} m"
        head = (
            Span(f" {word}  ", Ink.BRIGHT),
            Span(f"{name_of(vehicle)} {view.company} · sysid {sysid} · {vehicle.mode} · {height}"),
        )
    facts = () if vehicle is None else _facts(kind, vehicle, records)
    return (
        head,
        *facts,
        (
            Span(" Type "),
            Span(f" {sysid} ", Ink.LOUD),
            Span(" then Enter", Ink.TEXT),
            Span("   esc cancels; nothing is sent by itself", Ink.DIM),
        ),
    )


def _facts(kind: CommandKind, vehicle: VehicleNow, records: Records) -> tuple[Line, ...]:
    match kind:
        case CommandKind.RTL:
            return _rtl_facts(vehicle, records)
        case CommandKind.LAND:
            return _land_facts(vehicle)
        case CommandKind.TERMINATE:
            return (
                (Span(" The motors stop: in the air it falls.", Ink.P1),),
                (Span(" A second person must type it, too.", Ink.BRIGHT), Span("  Not sent before.", Ink.DIM)),
            )
        case _:
            view = vehicle.view
            cleared = Span(
                f"cleared in slot {view.slot}" if view.cleared else "NOT cleared", Ink.OK if view.cleared else Ink.P1
            )
            return ((Span(" It is "), cleared, Span(f"; fence {view.fence}.")), _state(vehicle))


def _state(vehicle: VehicleNow) -> Line:
    return (Span(f" Battery now {vehicle.battery}.  Heard {vehicle.age} s ago."),)


def _rtl_facts(vehicle: VehicleNow, records: Records) -> tuple[Line, ...]:
    crossed = _crossed(vehicle, records)
    if crossed is None:
        way: Line = (Span(" Way home: "), Span("not known: position or home is missing", Ink.P2))
    elif crossed:
        way = (Span(" Way home crosses: "), Span(", ".join(crossed), Ink.P1))
    else:
        way = (
            Span(" Way home crosses: "),
            Span("nothing", Ink.OK),
            Span("  (straight, at this height)", Ink.DIM),
        )
    distance_m = vehicle.view.distance_home_m if vehicle.position_known else None
    home = "--" if distance_m is None else f"{distance_m:.0f} m"
    return (way, (Span(f" Home {home} away.  Battery now {vehicle.battery}.  Heard {vehicle.age} s ago."),))


def _land_facts(vehicle: VehicleNow) -> tuple[Line, ...]:
    margin_m = vehicle.view.margin_m if vehicle.position_known else None
    margin = "--" if margin_m is None else f"{margin_m:.0f} m"
    standing = vehicle.view.standing.value if vehicle.position_known else "unknown"
    return (
        (Span(" It comes down where it is", Ink.BRIGHT), Span(f": {standing}, {margin} from its edge.")),
        _state(vehicle),
    )


def _crossed(vehicle: VehicleNow, records: Records) -> tuple[str, ...] | None:
    """The straight way at the present height against the range's edge and prohibited zones; None: not known."""
    view, site = vehicle.view, records.range_view
    place = view.latitude_deg, view.longitude_deg, view.home_latitude_deg, view.home_longitude_deg, view.altitude_amsl_m
    if site is None or not vehicle.position_known or None in place:
        return None
    latitude_deg, longitude_deg, home_latitude_deg, home_longitude_deg, altitude_amsl_m = (
        value or 0.0 for value in place
    )
    frame = frame_of(site)
    zones = [(zone.name, zone.volume) for zone in site.zones if zone.restriction == _PROHIBITED]
    way = WayHome({"the range's edge": site.boundary}, zones, frame)
    return way.crosses_site(
        frame.to_site(latitude_deg, longitude_deg),
        frame.to_site(home_latitude_deg, home_longitude_deg),
        lowest_amsl_m=site.elevation_amsl_m,
        level_amsl_m=altitude_amsl_m,
    )
