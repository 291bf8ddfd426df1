"""All that is known of one vehicle: figures with their datum and age, its ways, its slot, and its last minutes as lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.domain.containment import Standing
from rangeops.domain.separation import Verdict
from rangeops.domain.telemetry import POSITION_STALE_S
from rangeops.tui.board import Scene
from rangeops.tui.freshness import VehicleNow, compact_duration
from rangeops.tui.history import History, Sample, columns, sparkline
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, marker, short, wrapped
from rangeops.tui.language import told, tr, tr_later
from rangeops.tui.panels.frame import STATE_WORD, command_trace, command_word, flash_phase
from rangeops.tui.panels.next_act import next_act_line
from rangeops.tui.panels.vehicles import STANDING, exit_in, name_of, route_figures
from rangeops.tui.shared import Records
from rangeops.wire.picture import VehicleView

MINUTES: Final = 5.0
_WORD: Final = 9
_FENCE: Final = {
    "none": (tr_later("none loaded"), Ink.P2),
    "loaded": (tr_later("loaded, NOT active"), Ink.P2),
    "active": (tr_later("active on board"), Ink.OK),
    "breach": (tr_later("BREACH reported on board"), Ink.P1),
    "unknown": (tr_later("not known"), Ink.P2),
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
    _Metric(tr_later("Speed"), "m/s", ".1f", 2.0, lambda sample: sample.ground_speed_mps),
    _Metric(tr_later("Battery"), "%", ".0f", 10.0, lambda sample: sample.battery_percent),
    _Metric(tr_later("Lost"), "%", ".1f", 5.0, lambda sample: sample.lost_percent),
    _Metric(tr_later("Age"), "s", ".1f", 1.0, lambda sample: sample.age_s),
)


def facts(vehicle: VehicleNow, records: Records, scene: Scene, width: int) -> tuple[Line, ...]:
    """Word and value, a line each; a figure that is too old to be believed is `--`."""
    view = vehicle.view
    lines: list[Line] = [
        (
            Span(f" {name_of(vehicle)} ", Ink.BRIGHT),
            Span(f"{view.company}  {view.vehicle_class}  sysid {view.sysid}  "),
            Span(tr("ARMED") if view.armed else tr("disarmed"), Ink.TITLE if view.armed else Ink.DIM),
        )
    ]
    for word, value, ink in (*_first(vehicle, scene), *_ways(vehicle), *_rest(vehicle, records)):
        for number, part in enumerate(wrapped(value, width - _WORD - 2)):
            lines.append((Span(f" {fit(word if number == 0 else '', _WORD)}", Ink.DIM), Span(part, ink)))
    return tuple(lines)


def gone(sysid: int | None) -> tuple[Line, ...]:
    says = tr("No vehicle is chosen.") if sysid is None else tr("Vehicle {sysid} is not in the picture.", sysid=sysid)
    return (BLANK, (Span(f" {says}", Ink.P2),), (Span(" " + tr("j k choose · esc back to the watch"), Ink.DIM),))


Fact = tuple[str, str, Ink]


def _first(vehicle: VehicleNow, scene: Scene) -> Iterator[Fact]:
    """What decides about the next minute, in sight on the smallest screen."""
    view, known = vehicle.view, vehicle.position_known
    word, ink = STANDING[view.standing if known else Standing.UNKNOWN]
    yield tr("stands"), tr(word), ink
    if not known:
        yield "", tr("position NOT KNOWN or NOT TRUSTED"), Ink.P2
    if view.encounter is not None:
        yield tr("meets"), told(view.encounter.detail), Ink.P2 if view.encounter.verdict is Verdict.UNKNOWN else Ink.P1
    yield tr("mode"), vehicle.mode, Ink.BRIGHT
    yield tr("height"), f"{_figure(view.height_m, 'm', known=known)} AGL", Ink.TEXT
    yield (
        tr("speed"),
        tr(
            "{ground_speed_mps} over ground", ground_speed_mps=_figure(view.ground_speed_mps, "m/s", ".1f", known=known)
        ),
        Ink.TEXT,
    )
    yield tr("battery"), vehicle.battery, Ink.TEXT
    yield tr("margin"), tr("{margin_m} to the edge", margin_m=_figure(view.margin_m, "m", known=known)), Ink.TEXT
    exit_s = view.time_to_exit_s if known else None
    yield (
        tr("exit in"),
        exit_in(exit_s, known=known),
        Ink.TEXT if exit_s is None else Ink.P1,
    )
    if coming := "".join(span.text for span in next_act_line(vehicle)).strip():
        yield tr("next"), coming, Ink.BRIGHT
    yield (
        tr("ages"),
        tr(
            "position {position_age_s}, heard {heard_age_s}",
            position_age_s=_age(view.position_age_s, vehicle.late_s),
            heard_age_s=_age(view.heard_age_s, vehicle.late_s),
        ),
        _age_ink(vehicle),
    )
    yield tr("slot"), *_slot(view, scene)
    yield tr("cleared"), tr("yes") if view.cleared else tr("NO"), Ink.OK if view.cleared else Ink.P2
    fence, fence_ink = _FENCE.get(view.fence, (view.fence, Ink.TEXT))
    yield tr("fence"), tr(fence), fence_ink
    yield tr("call"), view.contact or tr("no contact known"), Ink.BRIGHT
    if not view.uplink_ok:
        yield tr("uplink"), tr("LOST: it doesn't answer"), Ink.P2


def _slot(view: VehicleView, scene: Scene) -> tuple[str, Ink]:
    if not view.slot:
        return tr("none"), Ink.P3
    if view.slot_ends is None:
        return view.slot, Ink.TEXT
    left = compact_duration(max(0.0, (view.slot_ends - scene.now.utc).total_seconds()))
    return tr(
        "{slot} to {slot_ends:%H:%M}Z, {left} left", slot=view.slot, slot_ends=view.slot_ends, left=left
    ), Ink.TEXT


def _rest(vehicle: VehicleNow, records: Records) -> Iterator[Fact]:
    view, known = vehicle.view, vehicle.position_known
    site = records.range_view
    ground = (
        tr("the site's ground")
        if site is None
        else tr("AGL counts from {elevation_amsl_m:.0f} m", elevation_amsl_m=site.elevation_amsl_m)
    )
    yield (
        tr("altitude"),
        tr(
            "{altitude_amsl_m} AMSL; {ground}",
            altitude_amsl_m=_figure(view.altitude_amsl_m, "m", known=known),
            ground=ground,
        ),
        Ink.TEXT,
    )
    climb = _figure(view.climb_mps, "m/s", "+.1f", known=known)
    yield (
        tr("moves"),
        tr(
            "track {track_deg}, climb {climb}",
            track_deg=_figure(view.track_deg, "°", "03.0f", known=known),
            climb=climb,
        ),
        Ink.TEXT,
    )
    place = "--"
    if known and view.latitude_deg is not None and view.longitude_deg is not None:
        place = f"{view.latitude_deg:.6f}, {view.longitude_deg:.6f} WGS 84"
    yield tr("position"), place, Ink.TEXT
    satellites = "--" if view.satellites is None else str(view.satellites)
    yield (
        tr("receiver"),
        tr(
            "{satellites} satellites, {trust}",
            satellites=satellites,
            trust=tr("trusted") if view.trusted and known else tr("NOT TRUSTED"),
        ),
        Ink.TEXT,
    )
    yield (
        tr("home"),
        tr("{distance_home_m} away", distance_home_m=_figure(view.distance_home_m, "m", known=known)),
        Ink.TEXT,
    )
    yield tr("intent"), view.intent or "--", Ink.TEXT
    slot = next((each for each in records.slots if each.id == view.slot), None)
    if slot is not None:
        yield tr("volume"), _volume(records, slot.volume), Ink.TEXT
        plan = max((p for p in records.plans if p.id == slot.plan), key=lambda p: p.revision, default=None)
        yield (
            tr("plan"),
            tr("none")
            if plan is None
            else tr(
                "{id} rev {revision}, {verdict}: {name}",
                id=plan.id,
                revision=plan.revision,
                verdict=tr(plan.verdict),
                name=plan.name,
            ),
            Ink.TEXT,
        )
        yield tr("airframe"), slot.airframe, Ink.TEXT
        yield tr("pilots"), ", ".join(slot.terms.pilots), Ink.TEXT


def _volume(records: Records, volume: str) -> str:
    found = None
    if records.range_view is not None:
        found = next((each for each in records.range_view.volumes if each.id == volume), None)
    if found is None:
        return volume
    shape = found.flight_geography
    return f"{found.name}, {shape.floor_amsl_m:.0f}-{shape.ceiling_amsl_m:.0f} m AMSL"


def _ways(vehicle: VehicleNow) -> Iterator[Fact]:
    view = vehicle.view
    if not view.routes:
        yield tr("link"), view.link or tr("none"), Ink.TEXT
    for route in sorted(view.routes, key=lambda each: not each.in_use):
        figures = f"{route.link}{route_figures(route)}  {_age(route.heard_age_s, vehicle.late_s)}"
        yield tr("link") if route.in_use else tr("also"), figures, Ink.TEXT if route.in_use else Ink.DIM


def minutes(samples: Sequence[Sample], scene: Scene, width: int, *, roomy: bool) -> list[Line]:
    """A line for each figure over the last minutes; where there is room its span stands above it."""
    lines: list[Line] = []
    for metric in _METRICS:
        across = width - 2 if roomy else max(8, width - 22)
        points = ((sample.at_s, metric.of(sample)) for sample in samples)
        drawn, low, high = sparkline(columns(points, scene.now.monotonic_s, MINUTES, across), metric.least)
        last = (
            metric.of(samples[-1]) if samples and scene.now.monotonic_s - samples[-1].at_s <= POSITION_STALE_S else None
        )
        now = "--" if last is None else f"{_rounded(last, metric.form)} {metric.unit}"
        span = ""
        if low is not None and high is not None:
            span = tr(
                "{low} to {high}", low=_rounded(low, metric.form), high=f"{_rounded(high, metric.form)} {metric.unit}"
            )
        name = Span(f" {fit(tr(metric.name), 8)}", Ink.DIM)
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
        state = f" {tr(STATE_WORD[alarm.state])} {since}"
        lines.append(
            (
                Span(" "),
                marker(alarm.priority, flash=flash_phase(scene) and alarm.acked_by is None),
                Span(f" {short(alarm.title, width - 6 - len(state))}"),
                Span(state, Ink.DIM),
            )
        )
    if len(alarms) > most and lines:
        lines[-1] = (Span(" " + tr("… {count} more: 3", count=len(alarms) - most + 1), Ink.DIM),)
    return lines or [(Span(" " + tr("No alarms."), Ink.DIM),)]


def own_commands(vehicle: VehicleNow, history: History, scene: Scene, most: int) -> list[Line]:
    """The newest last; of each what was sent, acknowledged and seen."""
    told = history.told(vehicle.view.sysid)[-most:]
    lines: list[Line] = [
        (
            Span(" " + tr("{kind} by {by}", kind=command_word(each.order.kind), by=each.order.by) + "  ", Ink.TITLE),
            *command_trace(each, scene),
        )
        for each in told
    ]
    return lines or [(Span(" " + tr("None since this screen began."), Ink.DIM),)]


def _figure(value: float | None, unit: str, form: str = ".0f", *, known: bool) -> str:
    if value is None or not known:
        return "--"
    return f"{_rounded(value, form)}{'' if unit == '°' else ' '}{unit}"


def _rounded(value: float, form: str) -> str:
    """As the form writes it, but for a minus before nothing."""
    text = f"{value:{form}}"
    return text.replace("-", "", 1) if text.startswith("-") and not float(text) else text


def _age(seconds: float | None, late_s: float) -> str:
    """late_s: since the picture that has it came."""
    return tr("never") if seconds is None else f"{seconds + late_s:.1f} s"


def _age_ink(vehicle: VehicleNow) -> Ink:
    return Ink.TEXT if vehicle.position_known else Ink.P2
