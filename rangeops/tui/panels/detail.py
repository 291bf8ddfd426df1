"""All that is known of one vehicle: figures with their datum and age, its ways, its slot, and its last minutes as lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.domain.separation import Verdict
from rangeops.tui.board import Scene
from rangeops.tui.freshness import VehicleNow, compact_duration
from rangeops.tui.history import History, Sample, columns, sparkline
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, marker, short, wrapped
from rangeops.tui.panels.frame import STATE_WORD, command_trace, command_word, flash_phase
from rangeops.tui.panels.next_act import next_act_line
from rangeops.tui.panels.vehicles import STANDING, name_of, route_figures
from rangeops.tui.shared import Records
from rangeops.wire.picture import VehicleView

MINUTES: Final = 5.0
_WORD: Final = 9
_FENCE: Final = {
    "none": ("none loaded", Ink.P2),
    "loaded": ("loaded, NOT active", Ink.P2),
    "active": ("active on board", Ink.OK),
    "breach": ("BREACH reported on board", Ink.P1),
    "unknown": ("not known", Ink.P2),
}


@dataclass(frozen=True, slots=True)
class _Metric:
    """least: the span that its line's height stands for at least."""

    name: str
    unit: str
    form: str
    least: float
    of: Callable[[Sample], float | None]


_METRICS: Final = (
    _Metric("AGL", "m", ".0f", 5.0, lambda sample: sample.height_m),
    _Metric("Speed", "m/s", ".1f", 2.0, lambda sample: sample.ground_speed_mps),
    _Metric("Battery", "%", ".0f", 10.0, lambda sample: sample.battery_percent),
    _Metric("Lost", "%", ".1f", 5.0, lambda sample: sample.lost_percent),
    _Metric("Age", "s", ".1f", 1.0, lambda sample: sample.age_s),
)


def facts(vehicle: VehicleNow, records: Records, scene: Scene, width: int) -> tuple[Line, ...]:
    """Word and value, a line each; a figure that is too old to be believed is `--`."""
    view = vehicle.view
    lines: list[Line] = [
        (
            Span(f" {name_of(vehicle)} ", Ink.BRIGHT),
            Span(f"{view.company}  {view.vehicle_class}  sysid {view.sysid}  "),
            Span("ARMED" if view.armed else "disarmed", Ink.TITLE if view.armed else Ink.DIM),
        )
    ]
    for word, value, ink in (*_first(vehicle, scene), *_ways(view), *_rest(vehicle, records)):
        for number, part in enumerate(wrapped(value, width - _WORD - 2)):
            lines.append((Span(f" {fit(word if number == 0 else '', _WORD)}", Ink.DIM), Span(part, ink)))
    return tuple(lines)


def gone(sysid: int | None) -> tuple[Line, ...]:
    says = "No vehicle is chosen." if sysid is None else f"Vehicle {sysid} is not in the picture."
    return (BLANK, (Span(f" {says}", Ink.P2),), (Span(" j k choose · esc back to the watch", Ink.DIM),))


Fact = tuple[str, str, Ink]


def _first(vehicle: VehicleNow, scene: Scene) -> Iterator[Fact]:
    """What decides about the next minute, in sight on the smallest screen."""
    view, known = vehicle.view, vehicle.position_known
    word, ink = STANDING[view.standing]
    yield "stands", word, ink
    if not known:
        yield "", "position NOT KNOWN or NOT TRUSTED", Ink.P2
    if view.encounter is not None:
        yield "meets", view.encounter.detail, Ink.P2 if view.encounter.verdict is Verdict.UNKNOWN else Ink.P1
    yield "mode", vehicle.mode, Ink.BRIGHT
    yield "height", f"{_figure(view.height_m, 'm', known=known)} AGL", Ink.TEXT
    yield "speed", f"{_figure(view.ground_speed_mps, 'm/s', '.1f', known=known)} over ground", Ink.TEXT
    yield "battery", vehicle.battery, Ink.TEXT
    yield "margin", f"{_figure(view.margin_m, 'm', known=known)} to the edge", Ink.TEXT
    exit_s = view.time_to_exit_s if known else None
    yield "exit in", "none seen" if exit_s is None else f"{exit_s:.0f} s", Ink.TEXT if exit_s is None else Ink.P1
    if coming := "".join(span.text for span in next_act_line(vehicle)).strip():
        yield "next", coming, Ink.BRIGHT
    yield "ages", f"position {_age(view.position_age_s)}, heard {_age(view.heard_age_s)}", _age_ink(vehicle)
    yield "slot", *_slot(view, scene)
    yield "cleared", "yes" if view.cleared else "NO", Ink.OK if view.cleared else Ink.P2
    fence, fence_ink = _FENCE.get(view.fence, (view.fence, Ink.TEXT))
    yield "fence", fence, fence_ink
    yield "call", view.contact or "no contact known", Ink.BRIGHT
    if not view.uplink_ok:
        yield "uplink", "LOST: it doesn't answer", Ink.P2


def _slot(view: VehicleView, scene: Scene) -> tuple[str, Ink]:
    if not view.slot:
        return "none", Ink.P3
    if view.slot_ends is None:
        return view.slot, Ink.TEXT
    left = compact_duration(max(0.0, (view.slot_ends - scene.now.utc).total_seconds()))
    return f"{view.slot} to {view.slot_ends:%H:%M}Z, {left} left", Ink.TEXT


def _rest(vehicle: VehicleNow, records: Records) -> Iterator[Fact]:
    view, known = vehicle.view, vehicle.position_known
    site = records.range_view
    ground = "the site's ground" if site is None else f"AGL counts from {site.elevation_amsl_m:.0f} m"
    yield "altitude", f"{_figure(view.altitude_amsl_m, 'm', known=known)} AMSL; {ground}", Ink.TEXT
    climb = _figure(view.climb_mps, "m/s", "+.1f", known=known)
    yield "moves", f"track {_figure(view.track_deg, '°', '03.0f', known=known)}, climb {climb}", Ink.TEXT
    place = "--"
    if known and view.latitude_deg is not None and view.longitude_deg is not None:
        place = f"{view.latitude_deg:.6f}, {view.longitude_deg:.6f} WGS 84"
    yield "position", place, Ink.TEXT
    satellites = "--" if view.satellites is None else str(view.satellites)
    yield "receiver", f"{satellites} satellites, {'trusted' if view.trusted else 'NOT TRUSTED'}", Ink.TEXT
    yield "home", f"{_figure(view.distance_home_m, 'm', known=known)} away", Ink.TEXT
    yield "intent", view.intent or "--", Ink.TEXT
    slot = next((each for each in records.slots if each.id == view.slot), None)
    if slot is not None:
        yield "volume", _volume(records, slot.volume), Ink.TEXT
        plan = max((p for p in records.plans if p.id == slot.plan), key=lambda p: p.revision, default=None)
        yield (
            "plan",
            "none" if plan is None else f"{plan.id} rev {plan.revision}, {plan.verdict}: {plan.name}",
            Ink.TEXT,
        )
        yield "airframe", slot.airframe, Ink.TEXT
        yield "pilots", ", ".join(slot.terms.pilots), Ink.TEXT


def _volume(records: Records, volume: str) -> str:
    found = None
    if records.range_view is not None:
        found = next((each for each in records.range_view.volumes if each.id == volume), None)
    if found is None:
        return volume
    shape = found.flight_geography
    return f"{found.name}, {shape.floor_amsl_m:.0f}-{shape.ceiling_amsl_m:.0f} m AMSL"


def _ways(view: VehicleView) -> Iterator[Fact]:
    if not view.routes:
        yield "link", view.link or "none", Ink.TEXT
    for route in sorted(view.routes, key=lambda each: not each.in_use):
        figures = f"{route.link}{route_figures(route)}  {_age(route.heard_age_s)}"
        yield "link" if route.in_use else "also", figures, Ink.TEXT if route.in_use else Ink.DIM


def minutes(samples: Sequence[Sample], scene: Scene, width: int, *, roomy: bool) -> list[Line]:
    """A line for each figure over the last minutes; where there is room its span stands above it."""
    lines: list[Line] = []
    for metric in _METRICS:
        across = width - 2 if roomy else max(8, width - 22)
        points = ((sample.at_s, metric.of(sample)) for sample in samples)
        drawn, low, high = sparkline(columns(points, scene.now.monotonic_s, MINUTES, across), metric.least)
        last = metric.of(samples[-1]) if samples else None
        now = "--" if last is None else f"{_rounded(last, metric.form)} {metric.unit}"
        span = ""
        if low is not None and high is not None:
            span = f"{_rounded(low, metric.form)} to {_rounded(high, metric.form)} {metric.unit}"
        name = Span(f" {fit(metric.name, 8)}", Ink.DIM)
        line = Span(drawn, Ink.GEOGRAPHY)
        if roomy:
            lines += [(name, Span(fit(now, 15), Ink.BRIGHT), Span(span, Ink.DIM)), (Span(" "), line)]
        else:
            lines.append((name, line, Span(f" {now}", Ink.BRIGHT)))
    return lines


def own_alarms(vehicle: VehicleNow, scene: Scene, width: int, most: int) -> list[Line]:
    alarms = [alarm for alarm in scene.alarms if alarm.sysid == vehicle.view.sysid]
    lines: list[Line] = []
    for alarm in alarms[:most]:
        since = compact_duration((scene.now.utc - alarm.raised_utc).total_seconds())
        state = f" {STATE_WORD[alarm.state]} {since}"
        lines.append(
            (
                Span(" "),
                marker(alarm.priority, flash=flash_phase(scene) and alarm.acked_by is None),
                Span(f" {short(alarm.title, width - 6 - len(state))}"),
                Span(state, Ink.DIM),
            )
        )
    if len(alarms) > most and lines:
        lines[-1] = (Span(f" … {len(alarms) - most + 1} more: 3", Ink.DIM),)
    return lines or [(Span(" No alarms.", Ink.DIM),)]


def own_commands(vehicle: VehicleNow, history: History, scene: Scene, most: int) -> list[Line]:
    """The newest last; of each what was sent, acknowledged and seen."""
    told = history.told(vehicle.view.sysid)[-most:]
    lines: list[Line] = [
        (Span(f" {command_word(each.order.kind)} by {each.order.by}  ", Ink.TITLE), *command_trace(each, scene))
        for each in told
    ]
    return lines or [(Span(" None since this screen began.", Ink.DIM),)]


def _figure(value: float | None, unit: str, form: str = ".0f", *, known: bool) -> str:
    if value is None or not known:
        return "--"
    return f"{_rounded(value, form)}{'' if unit == '°' else ' '}{unit}"


def _rounded(value: float, form: str) -> str:
    """As the form writes it, but for a minus before nothing."""
    text = f"{value:{form}}"
    return text.replace("-", "", 1) if text.startswith("-") and not float(text) else text


def _age(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


def _age_ink(vehicle: VehicleNow) -> Ink:
    return Ink.TEXT if vehicle.position_known else Ink.P2
