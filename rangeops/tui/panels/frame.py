"""The lines that frame every screen: header, SIMULATION, alarm banner, commands under way, keys."""

from collections.abc import Container, Sequence
from typing import Final

from rangeops.domain.alarms import Alarm, AlarmState, Priority
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.tui.board import NO_ACK_S, OWN_ALARM, Scene, needs_acknowledgement
from rangeops.tui.freshness import compact_duration
from rangeops.tui.ink import BLANK, Ink, Line, Span, cut, fit, marker, priority_ink, spread, width_of

STATE_WORD: Final = {
    AlarmState.UNACKED: "UNACK",
    AlarmState.ACKED: "acked",
    AlarmState.RETURNED: "returned, unacked",
    AlarmState.LATCHED: "latched",
    AlarmState.SHELVED: "shelved",
    AlarmState.SUPPRESSED: "suppressed",
    AlarmState.OUT_OF_SERVICE: "out of service",
}
_OTHERS_ROW: Final = 3  # of the banner
FLASH_S: Final = 0.6  # half a period: under the 3 Hz of WCAG 2.3.1
_WIDE: Final = 100
_NO_ACK: Final = f"✗ NO ACK in {NO_ACK_S:g} s"
_HATCH: Final = "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER RIGHT TO LOWER LEFT}"


def command_word(kind: CommandKind) -> str:
    """As it is said on the radio: in full where letters alone are another thing to others."""
    return "RETURN TO LAUNCH" if kind is CommandKind.RTL else kind.value.replace("-", " ").upper()


def flash_phase(scene: Scene) -> bool:
    return int(scene.now.monotonic_s / FLASH_S) % 2 == 0


def header(scene: Scene, title: str, place: str, width: int) -> Line:
    """Mode, times, load and counts. What must never be cut (counts, enforcement) stands at the right."""
    wide = width >= _WIDE
    utc, local = scene.now.utc, scene.now.utc.astimezone(scene.zone)
    armed = sum(vehicle.view.armed for vehicle in scene.vehicles)
    left: list[Span] = [Span(f" {title} ", Ink.LOUD), Span("  ")]
    if scene.picture_age_s is None:
        left.append(Span("CONNECTING  ", Ink.P3))
    elif wide:
        left.append(Span(f"{_standing(scene)}  ", Ink.TITLE))
    left += [Span(f"{utc:%H:%M:%S}Z", Ink.BRIGHT), Span(f" {local:%H:%M}L", Ink.TEXT)]
    if wide and place:
        left += [Span("  "), Span(place, Ink.DIM)]
    right: list[Span] = [Span(f"  armed {armed}/{len(scene.vehicles)}  ")]
    if wide:
        right.append(Span(f"load {scene.alarms_in_10_min}/10min  ", Ink.DIM))
    for priority in Priority:
        count = sum(alarm.priority is priority for alarm in scene.alarms)
        shape = marker(priority).text[0]
        right.append(Span(f"{shape}P{priority.value} {count}  ", priority_ink(priority) if count else Ink.DIM))
    right.append(Span("ENFORCING ", Ink.OK) if scene.enforcement else _not_enforcing(scene))
    return spread(tuple(left), tuple(right), width)


def _standing(scene: Scene) -> str:
    if scene.drill:
        return "DRILL"
    return "SIMULATION" if scene.simulation else "OPERATE"


def _not_enforcing(scene: Scene) -> Span:
    waiting = scene.picture_age_s is None and not any(alarm.id == OWN_ALARM for alarm in scene.alarms)
    return Span("… ", Ink.DIM) if waiting else Span("NOT ENFORCING ", Ink.P1)


def simulation(scene: Scene, width: int) -> Line:
    if not scene.simulation:
        return BLANK
    word = f"   {'D R I L L   ' if scene.drill else ''}S I M U L A T I O N   "
    side = max(0, (width - len(word)) // 2)
    return (Span(_HATCH * side, Ink.DIM), Span(word, Ink.LOUD), Span(_HATCH * (width - side - len(word)), Ink.DIM))


def banner(scene: Scene, width: int, rows: int, keys: Line, coming: Line = BLANK) -> tuple[Line, ...]:
    """The top alarm, its figures and what to do about it; below it, the next ones. keys: what can be done by key.

    coming: what the range does next by itself; where there is but one row, in place of the catalogue's words.
    """
    alarm = scene.top_alarm
    if alarm is None:
        quiet = "No alarms." if scene.picture_age_s is not None else "Waiting for the first picture."
        return ((Span(f" {quiet}", Ink.DIM),), *[BLANK] * (rows - 1))
    others = tuple(other for other in scene.alarms if other.id != alarm.id)
    if rows == 1:
        return (_short_banner(alarm, scene, len(others), width, coming),)
    since = compact_duration((scene.now.utc - alarm.raised_utc).total_seconds())
    tail = (Span(f"{STATE_WORD[alarm.state]}  since {since} ", Ink.DIM if alarm.acked_by else Ink.TEXT),)
    first = spread((Span(" "), *_what(alarm, scene)), tail, width)
    contact = _contact(alarm, scene)
    do = (
        Span("    DO: ", Ink.TITLE),
        Span(alarm.action, Ink.BRIGHT),
        *((Span(f"   pilot {contact}", Ink.TEXT),) if contact else ()),
    )
    return (first, spread(do, (*coming, *keys, Span(" ")), width), _others(others, width))[:rows]


def _what(alarm: Alarm, scene: Scene, *, limit: bool = True) -> Line:
    flash = needs_acknowledgement(alarm) and flash_phase(scene)
    figures = f"   {alarm.value} → {alarm.limit}" if alarm.limit and limit else f"   {alarm.value}"
    return (
        marker(alarm.priority, flash=flash),
        Span(f" {alarm.source} ", Ink.BRIGHT),
        Span(alarm.title, priority_ink(alarm.priority)),
        Span(figures if alarm.value else "", Ink.BRIGHT),
    )


def _short_banner(alarm: Alarm, scene: Scene, others: int, width: int, coming: Line) -> Line:
    """One row: the limit goes before the action is cut."""
    more = f" +{others}" if others else ""
    ack = " a ack " if needs_acknowledgement(alarm) else " "
    tail = (Span(more, Ink.TEXT), Span(ack, Ink.KEY))
    do = (Span("  "), *coming) if coming else (Span("  DO: ", Ink.TITLE), Span(alarm.action, Ink.BRIGHT))
    line = (Span(" "), *_what(alarm, scene), *do)
    if width_of((*line, *tail)) > width:
        line = (Span(" "), *_what(alarm, scene, limit=False), *do)
    return spread(line, tail, width)


def _contact(alarm: Alarm, scene: Scene) -> str:
    vehicle = scene.vehicle(alarm.sysid) if alarm.sysid is not None else None
    return "" if vehicle is None else vehicle.view.contact


def _others(alarms: Sequence[Alarm], width: int) -> Line:
    return _others_fitting(alarms, width)[0]


def _others_fitting(alarms: Sequence[Alarm], width: int) -> tuple[Line, int]:
    """The line, and how many of the alarms it names."""
    if not alarms:
        return BLANK, 0
    spans: list[Span] = [Span(f"    +{len(alarms)}  ", Ink.TEXT)]
    for number, alarm in enumerate(alarms):
        entry = (marker(alarm.priority), Span(f" {alarm.source} {alarm.title}   ", Ink.TEXT))
        if width_of((*spans, *entry)) > width - 8:
            return (*spans, Span("3 all", Ink.DIM)), number
        spans += entry
    return tuple(spans), len(alarms)


def bannered(scene: Scene, width: int, rows: int) -> tuple[Alarm, ...]:
    """The alarms that `banner` names at this size; the first is its top one."""
    top = scene.top_alarm
    if top is None:
        return ()
    others = tuple(other for other in scene.alarms if other.id != top.id)
    return (top, *others[: _others_fitting(others, width)[1] if rows >= _OTHERS_ROW else 0])


def command_trace(progress: CommandProgress, scene: Scene) -> Line:
    """Sent → ack → state seen, each with its time; NO ACK in 3 s where none comes, also when the server says nothing."""
    spans: list[Span] = []
    if progress.sent_utc is not None:
        again = f" ({progress.attempts} times)" if progress.attempts > 1 else ""
        spans.append(Span(f"sent 0.00{again}"))
    elif progress.stage is CommandStage.QUEUED:
        spans.append(Span(f"queued: {progress.detail}" if progress.detail else "queued", Ink.DIM))
    if progress.ack_after_s is not None:
        spans.append(Span(f" → ack {progress.ack_after_s:.2f}"))
    if (end := _end(progress)) is not None:
        spans.append(end)
    elif not scene.enforcement:
        spans.append(Span(" → not known: nothing is heard of it", Ink.P2))
    elif progress.sent_utc is not None:
        spans.append(_waiting(progress.stage, (scene.now.utc - progress.sent_utc).total_seconds()))
    return tuple(spans)


def _end(progress: CommandProgress) -> Span | None:
    """How it ended; None: it hasn't."""
    seen = "" if progress.seen_after_s is None else f" {progress.seen_after_s:.2f}"
    return {
        CommandStage.SEEN: Span(f" → {progress.detail or 'state'} seen{seen} ✓", Ink.OK),
        CommandStage.REFUSED: Span(f" ✗ REFUSED {progress.detail}", Ink.P1),
        CommandStage.NOT_OBEYED: Span(f" ✗ NOT OBEYED {progress.detail}", Ink.P1),
        CommandStage.NO_ACK: Span(f" {_NO_ACK} {progress.detail}", Ink.P1),
        CommandStage.SUPERSEDED: Span(" · superseded by a later command", Ink.DIM),
    }.get(progress.stage)


def _waiting(stage: CommandStage, waited_s: float) -> Span:
    if stage is CommandStage.ACKED:
        return Span(f" → waiting to see it, {waited_s:.0f} s", Ink.P3)
    if waited_s > NO_ACK_S:
        return Span(f" {_NO_ACK}", Ink.P1)
    return Span(f" → waiting for ack, {max(0.0, waited_s):.0f} s", Ink.P3)


def latest_command(scene: Scene) -> CommandProgress | None:
    """The one sent last; one still queued counts as later than any."""
    last = scene.now.utc
    return max(scene.commands, key=lambda progress: progress.sent_utc or last, default=None)


def command_line(scene: Scene, width: int) -> Line:
    """The command sent last, wherever it came from."""
    progress = latest_command(scene)
    if progress is None:
        return (Span(" No commands in the last 30 s.", Ink.DIM),)
    vehicle = scene.vehicle(progress.order.sysid)
    name = f"{vehicle.view.callsign}" if vehicle and vehicle.view.callsign else f"vehicle {progress.order.sysid}"
    head = (
        Span(f" {command_word(progress.order.kind)} {name} ", Ink.TITLE),
        Span(f"by {progress.order.by}  ", Ink.DIM),
    )
    return cut((*head, *command_trace(progress, scene)), width)


def keys_line(
    keys: Sequence[tuple[str, str]], width: int, *, current: str = "", refused: Container[str] = ()
) -> Line:
    """Key and word, as many as fit; current: the number of this screen. refused: words of keys that do nothing here."""
    spans: list[Span] = [Span(" ")]
    for key, word in keys:
        if width_of(tuple(spans)) + len(key) + len(word) + 3 > width:
            break
        chosen = key == current
        spans += [
            Span(key, Ink.LOUD if chosen else Ink.FAINT if word in refused else Ink.KEY),
            Span(f" {word}  ", Ink.TEXT if chosen else Ink.FAINT if word in refused else Ink.DIM),
        ]
    return cut(tuple(spans), width)


def heading(columns: Sequence[tuple[str, int]]) -> Line:
    """A list's head: titles cut or filled to their columns' widths."""
    return (Span(" ".join(fit(title, width) for title, width in columns), Ink.DIM),)
