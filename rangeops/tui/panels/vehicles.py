"""The vehicle table and the detail of the chosen vehicle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.domain.alarms import Priority
from rangeops.domain.containment import Standing
from rangeops.domain.separation import Verdict
from rangeops.domain.telemetry import Sysid
from rangeops.tui.board import Scene, needs_acknowledgement
from rangeops.tui.freshness import Freshness, VehicleNow
from rangeops.tui.ink import BLANK, Ink, Line, Span, both_ends, fit, marker, right, short
from rangeops.tui.language import told, tr, tr_later
from rangeops.tui.panels.frame import flash_phase
from rangeops.tui.panels.next_act import next_act_cell
from rangeops.wire.picture import RouteView, VehicleView

_LONGEST_NAME: Final = 8
_NAME_CELLS: Final = 5  # in the table
_FULL: Final = 54
_WITHOUT_COMPANY: Final = 46
STANDING: Final = {
    Standing.UNKNOWN: (tr_later("UNKNOWN"), Ink.P2),
    Standing.INSIDE: (tr_later("inside"), Ink.OK),
    Standing.CONTINGENCY: (tr_later("OUTSIDE flight geography"), Ink.P1),
    Standing.BUFFER: (tr_later("OUTSIDE contingency volume"), Ink.P1),
    Standing.OUTSIDE_RANGE: (tr_later("OUTSIDE THE RANGE"), Ink.P1),
    Standing.UNASSIGNED: (tr_later("no slot"), Ink.P3),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """What there is room for. Company goes first, then ground speed; mode, AGL, battery and age never."""

    company: int
    ground_speed: int
    slot: int

    def left(self, words: tuple[str, str, str], figures: tuple[str, str, str]) -> str:
        """ID, company, mode; AGL, ground speed, battery: those for which there is room."""
        name, company, mode = words
        height, speed, battery = figures
        parts = [fit(name, _NAME_CELLS), fit(company, self.company), fit(mode, 6), right(height, 4)]
        parts += [right(speed, self.ground_speed), right(battery, 4)]
        return " ".join(part for part in parts if part)


def columns_for(width: int) -> Columns:
    if width >= _FULL:
        return Columns(company=6, ground_speed=3, slot=7)
    return Columns(company=0, ground_speed=3 if width >= _WITHOUT_COMPANY else 0, slot=4)


def table_head(width: int) -> Line:
    columns = columns_for(width)
    titles = columns.left((tr("ID"), tr("CO"), tr("MODE")), ("AGL", "GS", tr("BAT")))
    return (Span(f"    {titles} {fit(tr('AGE'), 8)} {tr('SLOT')}", Ink.DIM),)


def table_rows(scene: Scene, width: int, height: int) -> list[tuple[Sysid, Line]]:
    """One a vehicle, by number: a row stands where it stood. Where not all fit, those with a P1 come first, and move for
    nothing else.
    """
    columns = columns_for(width)
    flash = flash_phase(scene)
    vehicles = sorted(scene.vehicles, key=lambda vehicle: vehicle.view.sysid)
    if len(vehicles) > height:
        vehicles.sort(key=lambda vehicle: vehicle.alarm is None or vehicle.alarm.priority is not Priority.P1)
    return [(v.view.sysid, _row(v, scene, columns, flash=flash)) for v in vehicles]


def worst_of(scene: Scene, sysids: Sequence[Sysid]) -> Line:
    """The most urgent of these vehicles: said of those that are out of sight."""
    alarmed = [v for v in scene.vehicles if v.alarm is not None and v.view.sysid in sysids]
    worst = min(alarmed, key=lambda v: (v.alarm.priority, v.view.sysid) if v.alarm else (), default=None)
    if worst is None or worst.alarm is None:
        return ()
    return (marker(worst.alarm.priority), Span(f" {name_of(worst)}", Ink.TEXT))


def _row(vehicle: VehicleNow, scene: Scene, columns: Columns, *, flash: bool) -> Line:
    view, alarm = vehicle.view, vehicle.alarm
    ink = Ink.DIM if vehicle.overall >= Freshness.AGEING else Ink.TEXT
    age_ink = {Freshness.STALE: Ink.P2, Freshness.LOST: Ink.P1}.get(vehicle.overall, ink)
    figures = (vehicle.height, vehicle.ground_speed, vehicle.battery)
    name = both_ends(view.callsign, _NAME_CELLS) or name_of(vehicle)
    return (
        Span(" "),
        marker(
            None if alarm is None else alarm.priority,
            flash=flash and alarm is not None and needs_acknowledgement(alarm),
        ),
        Span(f" {columns.left((name, view.company, vehicle.mode), figures)} ", ink),
        Span(fit(vehicle.age, 8), age_ink),
        _coming_or_slot(vehicle, scene, columns.slot, ink),
    )


def name_of(vehicle: VehicleNow) -> str:
    """As it is said in a sentence or on the map."""
    return short(vehicle.view.callsign, _LONGEST_NAME) or f"#{vehicle.view.sysid}"


def _coming_or_slot(vehicle: VehicleNow, scene: Scene, width: int, ink: Ink) -> Span:
    """What the range does next with it comes before the slot that it flies in."""
    coming = next_act_cell(vehicle, width)
    if coming:
        return Span(f" {fit(coming, width)}", Ink.P2)
    return Span(f" {fit(_slot(vehicle, scene, width), width)}", ink)


def _slot(vehicle: VehicleNow, scene: Scene, width: int) -> str:
    view = vehicle.view
    if not view.slot or view.slot_ends is None or width < 7:
        return view.slot or tr("none")
    left_s = (view.slot_ends - scene.now.utc).total_seconds()
    return f"{view.slot} {left_s / 60:.0f}m" if abs(left_s) < 5970 else f"{view.slot} {left_s / 3600:.0f}h"


def exit_in(seconds: float | None, *, known: bool) -> str:
    """None seen is said only of a vehicle that is seen."""
    if seconds is None or not known:
        return tr("none seen") if known else "--"
    return f"{seconds:.0f} s"


def _m(value: float | None, unit: str, form: str = ".0f") -> str:
    if value is None:
        return "--"
    return f"{value + 0.0 if abs(value) >= 0.05 else 0.0:{form}} {unit}"  # no "-0"


def detail(scene: Scene, chosen: Sysid | None) -> tuple[Line, ...]:
    """Everything known of the chosen vehicle; a figure too old to be believed is `--` here too."""
    vehicle = scene.vehicle(chosen)
    if vehicle is None:
        gone = "" if chosen is None else tr("Vehicle {chosen} is not in the picture.", chosen=chosen) + " "
        return (
            BLANK,
            (Span(f" {gone}{tr('No vehicle chosen.')}", Ink.DIM),),
            (Span(" " + tr("j k choose · / find · enter the alarm's"), Ink.DIM),),
        )
    view, known = vehicle.view, vehicle.position_known
    word, ink = STANDING[view.standing] if known or view.standing is Standing.UNKNOWN else STANDING[Standing.UNKNOWN]
    trusted = Span("") if view.trusted and known else Span("  " + tr("position NOT TRUSTED"), Ink.P2)
    ends = (
        ""
        if view.slot_ends is None
        else " " + tr("to {slot_ends:%H:%M}L", slot_ends=view.slot_ends.astimezone(scene.local))
    )
    exit_s = view.time_to_exit_s if known else None
    return (
        (
            Span(f" {name_of(vehicle)} ", Ink.BRIGHT),
            Span(f"{view.company}  {view.vehicle_class}  sysid {view.sysid}  ", Ink.TEXT),
            Span(tr("ARMED") if view.armed else tr("disarmed"), Ink.TITLE if view.armed else Ink.DIM),
        ),
        (*_label(tr("stands")), Span(tr(word), ink), trusted),
        _pairs(
            tr("margin"),
            _m(view.margin_m if known else None, "m"),
            tr("exit in"),
            exit_in(exit_s, known=known),
        ),
        *_encounter(view),
        _pairs(tr("slot"), f"{view.slot or tr('none')}{ends}", tr("intent"), view.intent or "--"),
        _pairs(tr("fence"), tr(view.fence), tr("cleared"), tr("yes") if view.cleared else tr("NO")),
        _pairs(
            tr("climb"),
            _m(view.climb_mps if known else None, "m/s", "+.1f"),
            tr("track"),
            _m(view.track_deg if known else None, "°", "03.0f"),
        ),
        _pairs(
            tr("home"),
            _m(view.distance_home_m if known else None, "m"),
            tr("sats"),
            "--" if view.satellites is None else str(view.satellites),
        ),
        _link(view),
        (*_label(tr("pilot")), Span(view.contact or tr("no contact known"), Ink.BRIGHT)),
        *(
            (*_label(tr("also")), Span(f"{route.link}{route_figures(route)}", Ink.DIM))
            for route in view.routes
            if not route.in_use
        ),
    )


def _encounter(view: VehicleView) -> tuple[Line, ...]:
    """Whom it meets, and whom it may meet; nothing where it is clear."""
    met = view.encounter
    if met is None:
        return ()
    return ((*_label(tr("meets")), Span(told(met.detail), Ink.P2 if met.verdict is Verdict.UNKNOWN else Ink.P1)),)


def _link(view: VehicleView) -> Line:
    """The link in use, what is lost on it and how long an answer takes; and how many other ways there are."""
    in_use = next((route for route in view.routes if route.in_use), None)
    return (
        *_label(tr("link")),
        Span(view.link),
        *(() if view.uplink_ok else (Span("  " + tr("UPLINK LOST"), Ink.P2),)),
        *(() if in_use is None else (Span(route_figures(in_use), Ink.DIM),)),
        *(() if len(view.routes) < 2 else (Span(f"  +{len(view.routes) - 1}", Ink.DIM),)),
    )


def route_figures(route: RouteView) -> str:
    """How much of what it sends is lost there, how long an answer takes, how far a radio is from its noise."""
    figures = (
        "" if route.lost_percent is None else tr("{lost_percent:.1f} % lost", lost_percent=route.lost_percent),
        "" if route.round_trip_s is None else f"{1000 * route.round_trip_s:.0f} ms",
        "" if route.radio_margin_db is None else f"{route.radio_margin_db:.0f} dB",
        tr("signed") if route.signed else "",
        tr(route.standing) if route.standing in ("deaf", "silent") else "",
    )
    return "".join(f"  {figure}" for figure in figures if figure)


def _label(word: str) -> Line:
    return (Span(f" {fit(word, 7)}", Ink.DIM),)


def _pairs(first: str, value: str, second: str, other: str) -> Line:
    return (*_label(first), Span(fit(value, 17)), Span(f" {fit(second, 8)}", Ink.DIM), Span(other))
