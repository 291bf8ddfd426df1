"""The alarm list: one row an alarm, most urgent first."""

from typing import Final

from rangeops.domain.alarms import Alarm, AlarmState
from rangeops.tui.board import Scene, needs_acknowledgement
from rangeops.tui.freshness import compact_duration
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, marker, wrapped
from rangeops.tui.panels.frame import STATE_WORD, flash_phase

_LETTER: Final = {
    AlarmState.UNACKED: "U",
    AlarmState.ACKED: "A",
    AlarmState.RETURNED: "R",
    AlarmState.LATCHED: "L",
    AlarmState.SHELVED: "S",
    AlarmState.SUPPRESSED: "P",
    AlarmState.OUT_OF_SERVICE: "O",
}
LEGEND: Final = "U unacknowledged · A acknowledged · R returned, unacknowledged · L latched"


def _widths(width: int) -> dict[str, int]:
    """since, source, condition, figures, action, who: the last two only where there is room."""
    figures = 19 if width >= 76 else 14
    if width >= 110:
        return {"since": 5, "source": 6, "condition": 41, "figures": 26, "action": width - 98, "who": 8}
    return {
        "since": 5,
        "source": 6,
        "condition": max(10, width - 22 - figures),
        "figures": figures,
        "action": 0,
        "who": 0,
    }


def alarm_head(width: int) -> Line:
    w = _widths(width)
    text = f"  P  S {fit('SINCE', w['since'])} {fit('SRC', w['source'])} {fit('CONDITION', w['condition'])} {fit('VALUE → LIMIT', w['figures'])}"
    if w["action"]:
        text += f" {fit('ACTION', w['action'])} {fit('WHO', w['who'])}"
    return (Span(text, Ink.DIM),)


def alarm_rows(scene: Scene, width: int) -> list[tuple[str, Line]]:
    flash = flash_phase(scene)
    return [(alarm.id, _row(alarm, scene, _widths(width), flash=flash)) for alarm in scene.alarms]


def _row(alarm: Alarm, scene: Scene, widths: dict[str, int], *, flash: bool) -> Line:
    waiting = needs_acknowledgement(alarm)
    ink = Ink.TEXT if waiting else Ink.DIM
    since = compact_duration((scene.now.utc - alarm.raised_utc).total_seconds())
    text = " ".join(
        (
            f" {_LETTER[alarm.state]}",
            fit(since, widths["since"]),
            fit(alarm.source, widths["source"]),
            fit(alarm.title, widths["condition"]),
            fit(figures(alarm), widths["figures"]),
        )
    )
    if widths["action"]:
        text += f" {fit(alarm.action, widths['action'])} {fit(alarm.acked_by or '-', widths['who'])}"
    return (
        Span(" "),
        marker(alarm.priority, flash=flash and waiting),
        Span(f" {text.strip()}", ink),
    )


def figures(alarm: Alarm) -> str:
    gone = " (now ok)" if alarm.state in (AlarmState.RETURNED, AlarmState.LATCHED) else ""
    return f"{alarm.value} → {alarm.limit}{gone}" if alarm.limit else f"{alarm.value}{gone}"


def alarm_detail(scene: Scene, chosen: str | None, width: int) -> tuple[Line, ...]:
    """What it is, since when, what to do, who has seen it."""
    alarm = next((alarm for alarm in scene.alarms if alarm.id == chosen), None)
    if alarm is None:
        return (BLANK, (Span(" j k choose an alarm", Ink.DIM),))
    vehicle = scene.vehicle(alarm.sysid) if alarm.sysid is not None else None
    returned = "" if alarm.returned_utc is None else f"   returned {alarm.returned_utc:%H:%M:%S}Z"
    seen = "" if alarm.acked_utc is None else f"   acknowledged {alarm.acked_utc:%H:%M:%S}Z by {alarm.acked_by}"
    lines: list[Line] = [
        (Span(" "), marker(alarm.priority), Span(f" {alarm.source}  {alarm.title}", Ink.BRIGHT)),
        (Span(f" {STATE_WORD[alarm.state]}   raised {alarm.raised_utc:%H:%M:%S}Z{returned}{seen}", Ink.TEXT),),
        (Span(" value → limit   ", Ink.DIM), Span(figures(alarm), Ink.BRIGHT)),
    ]
    lines += [
        (Span(" DO:  " if first else "      ", Ink.TITLE), Span(part, Ink.BRIGHT))
        for first, part in ((at == 0, part) for at, part in enumerate(wrapped(alarm.action, width - 8)))
    ]
    if vehicle is not None:
        lines.append(
            (Span(" pilot  ", Ink.DIM), Span(f"{vehicle.view.contact or 'no contact known'}   {vehicle.view.company}"))
        )
    return tuple(lines)
