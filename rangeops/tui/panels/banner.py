"""The alarm banner: the most urgent that nobody has seen, what to do about it, and the next ones; in a flood, groups.

Only the mark flashes. In a flood every P1 is named, whatever the size.
"""

from collections.abc import Sequence
from typing import Final

from rangeops.domain.alarm_flood import AlarmGroup, named, rows
from rangeops.domain.alarms import Alarm, AlarmState, Priority
from rangeops.tui.board import Scene, needs_acknowledgement
from rangeops.tui.freshness import compact_duration
from rangeops.tui.ink import BLANK, Ink, Line, Span, marker, priority_ink, spread, width_of, wrapped
from rangeops.tui.language import tr
from rangeops.tui.panels.frame import STATE_WORD, flash_phase

_OTHERS_ROW: Final = 3  # of the banner
_TALLEST: Final = 4  # in a flood


def banner(scene: Scene, width: int, height: int, keys: Line, coming: Line = BLANK) -> tuple[Line, ...]:
    """The lines, as many as there is height for.

    keys: what can be done by key about the top alarm. coming: what the range does next by itself; where there is but one
    row, in place of the catalogue's words.
    """
    alarm = scene.top_alarm
    if alarm is None:
        quiet = tr("No alarms.") if scene.picture_age_s is not None else tr("Waiting for the first picture.")
        return ((Span(f" {quiet}", Ink.DIM),), *[BLANK] * (height - 1))
    if floods(scene):
        return _flood(scene, alarm, (width, height), coming)
    others = tuple(other for other in scene.alarms if other.id != alarm.id)
    if height == 1:
        return (_short(alarm, scene, len(others), width, coming),)
    since = compact_duration((scene.now.utc - alarm.raised_utc).total_seconds())
    tail = (
        Span(
            tr("{state}  since {since}", state=tr(STATE_WORD[alarm.state]), since=since) + " ",
            Ink.DIM if alarm.acked_by else Ink.TEXT,
        ),
    )
    first = spread((Span(" "), *_what(alarm, scene)), tail, width)
    contact = _contact(alarm, scene)
    do = (
        Span("  "),
        *_advice(alarm),
        *((Span("   " + tr("pilot {contact}", contact=contact), Ink.TEXT),) if contact else ()),
    )
    return (first, spread(do, (*coming, *keys, Span(" ")), width), _others(others, width))[:height]


def wanted(scene: Scene, width: int, coming: Line = BLANK) -> int:
    """How many rows it takes to name every P1 in a flood, and what to do; 0 where there is none."""
    top = scene.top_alarm
    if top is None or not floods(scene):
        return 0
    lines = _flood(scene, top, (width, _TALLEST), coming)
    return min(_TALLEST, max(_OTHERS_ROW, sum(line != BLANK for line in lines)))


def floods(scene: Scene) -> bool:
    """So many at once that the banner names groups."""
    return scene.load.flood and any(not group.is_single for group in rows(scene.alarms, flood=True))


def bannered(scene: Scene, width: int, height: int) -> tuple[Alarm, ...]:
    """The alarms that `banner` names at this size; the first is its top one."""
    top = scene.top_alarm
    if top is None:
        return ()
    others = tuple(other for other in scene.alarms if other.id != top.id)
    if floods(scene):
        group = _group_of(rows(scene.alarms, flood=True), top)
        return (top, *(each for each in others if each.priority is Priority.P1 or each in group.alarms))
    return (top, *others[: _others_fitting(others, width)[1] if height >= _OTHERS_ROW else 0])


def _flood(scene: Scene, top: Alarm, size: tuple[int, int], coming: Line) -> tuple[Line, ...]:
    """The top one's group; then every P1 by its source; then what comes by itself, or what to do."""
    width, height = size
    groups = rows(scene.alarms, flood=True)
    group = _group_of(groups, top)
    waiting = len(group.waiting)
    tail = (
        Span(tr("FLOOD {now}/10min", now=scene.load.now) + " ", Ink.P1),
        Span(tr("a ack") + " " if waiting else "", Ink.KEY),
    )
    head: Line = (Span(" "), *_what(top, scene)) if group.is_single else _grouped(group, scene)
    first = spread(head, tail, width)
    rest = [other for other in groups if other.priority is Priority.P1 and other != group]
    whole = width_of(head) + width_of(tail) <= width
    urgent = ([] if whole or group.is_single or group.priority is not Priority.P1 else [group]) + rest
    do = (Span("  "), *_advice(top))
    lines = _named(urgent, scene, width, height - 1 - bool(coming))
    last = (Span("    "), *coming) if coming else do
    return (first, *lines, *([last] if len(lines) < height - 1 else []), *[BLANK] * height)[:height]


def _grouped(group: AlarmGroup, scene: Scene) -> Line:
    return (
        Span(" "),
        marker(group.priority, flash=bool(group.waiting) and flash_phase(scene)),
        Span(" "),
        Span(group_title(group), priority_ink(group.priority)),
        Span(f": {' '.join(named(group.sources))}", Ink.BRIGHT),
    )


def _named(groups: Sequence[AlarmGroup], scene: Scene, width: int, height: int) -> list[Line]:
    """Each P1 group with every source, wrapped; where there isn't room for all, how many more there are."""
    lines: list[Line] = []
    for number, group in enumerate(groups):
        flash = bool(group.waiting) and flash_phase(scene)
        words = f"{group.first.title}: {' '.join(named(group.sources))}"
        for at, part in enumerate(wrapped(words, width - 5)):
            mark = marker(group.priority, flash=flash) if not at else Span("  ")
            if len(lines) == height:
                left = len(groups) - number
                lines[-1:] = [spread(lines[-1], (Span(f" +{left} P1: 3 ", Ink.P1),), width)] if lines else []
                return lines
            lines.append((Span("  "), mark, Span(f" {part}", Ink.TEXT)))
    return lines


def group_title(group: AlarmGroup) -> str:
    """25 x Vehicle not heard, first D13."""
    if group.is_single:
        return group.first.title
    if group.cause:
        return tr(
            "{count} x {title}, first {source}",
            count=len(group.alarms),
            title=group.first.title,
            source=group.first.source,
        )
    return tr("{count} alarms, first: {title}", count=len(group.alarms), title=group.first.title)


def _group_of(groups: Sequence[AlarmGroup], alarm: Alarm) -> AlarmGroup:
    return next(group for group in groups if any(each.id == alarm.id for each in group.alarms))


def _advice(alarm: Alarm) -> Line:
    """What to do; once it is over, that: nobody shall have all pilots land for an outage that has ended."""
    if alarm.state in (AlarmState.RETURNED, AlarmState.LATCHED):
        return (Span("  " + tr("NOW OK"), Ink.OK), Span("  " + tr("was: {action}", action=alarm.action), Ink.DIM))
    return (Span("  " + tr("DO:") + " ", Ink.TITLE), Span(alarm.action, Ink.BRIGHT))


def _what(alarm: Alarm, scene: Scene, *, limit: bool = True) -> Line:
    flash = needs_acknowledgement(alarm) and flash_phase(scene)
    figures = f"   {alarm.value} → {alarm.limit}" if alarm.limit and limit else f"   {alarm.value}"
    return (
        marker(alarm.priority, flash=flash),
        Span(f" {alarm.source} ", Ink.BRIGHT),
        Span(alarm.title, priority_ink(alarm.priority)),
        Span(figures if alarm.value else "", Ink.BRIGHT),
    )


def _short(alarm: Alarm, scene: Scene, others: int, width: int, coming: Line) -> Line:
    """One row: the limit goes before the action is cut."""
    more = f" +{others}" if others else ""
    ack = " " + tr("a ack") + " " if needs_acknowledgement(alarm) else " "
    tail = (Span(more, Ink.TEXT), Span(ack, Ink.KEY))
    do = (Span("  "), *coming) if coming else _advice(alarm)
    line = (Span(" "), *_what(alarm, scene), *do)
    if width_of((*line, *tail)) > width:
        line = (Span(" "), *_what(alarm, scene, limit=False), *do)
    if coming and width_of((*line, *tail)) > width:
        line = (Span(" "), *_what(alarm, scene)[:-1], *do)  # what comes says more than the figures
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
            return (*spans, Span(tr("3 all"), Ink.DIM)), number
        spans += entry
    return tuple(spans), len(alarms)
