"""The alarm lists: what is active, one row an alarm or, in a flood, a group; what is removed; and what there was."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.alarm_figures import FLOOD_BEGINS, GOOD_A_PERIOD, MOST_A_PERIOD
from rangeops.domain.alarm_flood import AlarmGroup, named, rows
from rangeops.domain.alarms import CATALOGUE, Alarm, AlarmId, AlarmState
from rangeops.tui.board import Scene, needs_acknowledgement
from rangeops.tui.freshness import compact_duration
from rangeops.tui.ink import BLANK, Ink, Line, Span, cut, fit, marker, width_of, wrapped
from rangeops.tui.language import tr, tr_later
from rangeops.tui.load import Load
from rangeops.tui.outside_words import in_words
from rangeops.tui.panels.banner import group_title
from rangeops.tui.panels.frame import STATE_WORD, flash_phase

_LETTER: Final = {
    AlarmState.NORMAL: "-",
    AlarmState.UNACKED: "U",
    AlarmState.ACKED: "A",
    AlarmState.RETURNED: "R",
    AlarmState.LATCHED: "L",
    AlarmState.SHELVED: "S",
    AlarmState.SUPPRESSED: "D",
    AlarmState.OUT_OF_SERVICE: "O",
}
_OVER: Final = tr_later("over")
_BARS: Final = "▁▂▃▄▅▆▇█"
_MORE: Final = "#"  # a row that goes on with the names of the group above it


class Listing(Enum):
    """What the list shows; tab goes from one to the next."""

    ACTIVE = "active"
    REMOVED = "removed"
    HISTORY = "history"


LEGEND: Final = {
    Listing.ACTIVE: tr_later("U unacknowledged · A acknowledged · R returned, unacknowledged · L latched"),
    Listing.REMOVED: tr_later("S shelved · D suppressed by design · O out of service"),
    Listing.HISTORY: tr_later("the last day's, newest first"),
}


def load_line(scene: Scene, listing: Listing, width: int) -> Line:
    """Counts, an hour's load and its targets, and who has most of the last ten minutes."""
    removed = {state: sum(alarm.state is state for alarm in scene.removed) for state in STATE_WORD}
    counts = [
        (tr("active"), len(scene.alarms), Listing.ACTIVE),
        (tr("shelved"), removed[AlarmState.SHELVED], Listing.REMOVED),
    ]
    for word, state in ((tr("suppressed"), AlarmState.SUPPRESSED), (tr("out of service"), AlarmState.OUT_OF_SERVICE)):
        if removed[state]:
            counts.append((word, removed[state], Listing.REMOVED))
    spans: list[Span] = [Span(" ")]
    for word, count, of in counts:
        spans.append(Span(f"{word} {count}  ", Ink.BRIGHT if of is listing else Ink.DIM))
    if listing is Listing.HISTORY:
        spans.append(Span(tr("history") + "  ", Ink.BRIGHT))
    load = scene.load
    flood = Ink.P1 if load.flood else Ink.P2 if load.now > MOST_A_PERIOD else Ink.TEXT
    spans += [Span(tr("10-min load") + " ", Ink.DIM), Span(f"{sparkline(load)} {load.now} ", flood)]
    for words in (
        tr(
            "(target {good_a_period}, max {most_a_period}, flood >{flood_begins})",
            good_a_period=GOOD_A_PERIOD,
            most_a_period=MOST_A_PERIOD,
            flood_begins=FLOOD_BEGINS,
        )
        + "  ",
        tr("top source {top} {top_percent:.0f}%", top=load.top, top_percent=load.top_percent) if load.top else "",
    ):
        if width_of(tuple(spans)) + len(words) <= width:
            spans.append(Span(words, Ink.DIM))
    return cut(tuple(spans), width)


def sparkline(load: Load) -> str:
    """One bar for each ten minutes; a full one is a flood or more."""
    top = len(_BARS) - 1
    return "".join(_BARS[min(top, -(-count * top // (FLOOD_BEGINS + 1)))] for count in load.counts)


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


_HEADS: Final = {
    Listing.ACTIVE: (tr_later("SINCE"), tr_later("VALUE → LIMIT"), tr_later("ACTION"), tr_later("WHO")),
    Listing.REMOVED: (tr_later("UNTIL"), tr_later("REASON"), tr_later("ACTION"), tr_later("BY")),
    Listing.HISTORY: (tr_later("AT"), tr_later("OVER AT"), tr_later("ACTION"), tr_later("WHO")),
}


def alarm_head(width: int, listing: Listing = Listing.ACTIVE) -> Line:
    w = _widths(width)
    since, figures, action, who = map(tr, _HEADS[listing])
    text = f"  P  S {fit(since, w['since'])} {fit(tr('SRC'), w['source'])} {fit(tr('CONDITION'), w['condition'])} {fit(figures, w['figures'])}"
    if w["action"]:
        text += f" {fit(action, w['action'])} {fit(who, w['who'])}"
    return (Span(text, Ink.DIM),)


def alarm_rows(scene: Scene, width: int) -> list[tuple[str, Line]]:
    """What is active, by priority and beginning: an acknowledgement moves no row. In a flood, groups."""
    found: list[tuple[str, Line]] = []
    for group in rows(scene.alarms, flood=scene.load.flood):
        if group.is_single:
            found.append((group.key, _row(group.first, scene, _widths(width), _shown(group.first, scene))))
        else:
            found += _group_rows(group, scene, width)
    return found


def removed_rows(scene: Scene, width: int) -> list[tuple[str, Line]]:
    return [(alarm.id, _row(alarm, scene, _widths(width), _removed(alarm, scene))) for alarm in scene.removed]


def history_rows(history: Iterable[Alarm], scene: Scene, width: int) -> list[tuple[str, Line]]:
    return [(alarm.id, _row(in_words(alarm), scene, _widths(width), _over(alarm, scene))) for alarm in history]


def group_of(scene: Scene, key: str | None) -> AlarmGroup | None:
    """The group whose row, or one of whose rows, has this key."""
    if key is None:
        return None
    whole = key.partition(_MORE)[0]
    return next((group for group in rows(scene.alarms, flood=scene.load.flood) if group.key == whole), None)


def ids_in(scene: Scene, keys: Iterable[str]) -> list[AlarmId]:
    """The alarms whose rows, or whose groups' rows, have these keys."""
    found: list[AlarmId] = []
    for key in keys:
        group = group_of(scene, key)
        found += [AlarmId(key)] if group is None else [alarm.id for alarm in group.alarms]
    return found


def _group_rows(group: AlarmGroup, scene: Scene, width: int) -> list[tuple[str, Line]]:
    """One row, and as many more as it takes to name every source of a P1."""
    waiting = len(group.waiting)
    since = compact_duration((scene.now.utc - group.first.raised_utc).total_seconds())
    letter = "U" if waiting else _LETTER[group.first.state]
    left = f" {letter} {fit(since, 5)} {group_title(group)}"
    names = " ".join(named(group.sources)) if group.cause else group.first.source
    mark = marker(group.priority, flash=bool(waiting) and flash_phase(scene))
    ink = Ink.TEXT if waiting else Ink.DIM
    unseen = "  " + tr("({waiting} unacked)", waiting=waiting) if waiting else ""
    head: Line = (Span(" "), mark, Span(f"{left}{unseen}  ", ink))
    room = width - width_of(head) - 1
    if len(names) <= room:
        return [(group.key, (*head, Span(names, Ink.BRIGHT)))]
    parts = wrapped(names, width - 8)
    return [
        (group.key, head),
        *(
            (f"{group.key}{_MORE}{number}", (Span("       "), Span(part, Ink.BRIGHT)))
            for number, part in enumerate(parts)
        ),
    ]


def _shown(alarm: Alarm, scene: Scene) -> tuple[str, str, str]:
    since = compact_duration((scene.now.utc - alarm.raised_utc).total_seconds())
    return since, figures(alarm), alarm.acked_by or "-"


def _removed(alarm: Alarm, scene: Scene) -> tuple[str, str, str]:
    removal = alarm.removal
    if removal is None:
        return "-", "", "-"
    until = "-" if removal.until is None else f"{removal.until.astimezone(scene.zone):%H:%M}"
    return until, removal.reason, removal.by


def _over(alarm: Alarm, scene: Scene) -> tuple[str, str, str]:
    def at(moment: datetime) -> str:
        return f"{moment.astimezone(scene.zone):%H:%M:%S}"

    standing = STATE_WORD.get(alarm.state)
    over = at(alarm.ended_utc) if alarm.ended_utc is not None else tr(standing) if standing else ""
    times = "  " + tr("{times} times", times=alarm.times) if alarm.times > 1 else ""
    return f"{alarm.raised_utc.astimezone(scene.zone):%H:%M}", f"{over}{times}", alarm.acked_by or "-"


def _row(alarm: Alarm, scene: Scene, widths: dict[str, int], shown: tuple[str, str, str]) -> Line:
    waiting = needs_acknowledgement(alarm)
    ink = Ink.SHELVED if alarm.is_removed else Ink.TEXT if waiting else Ink.DIM
    since, value, who = shown
    text = " ".join(
        (
            f" {_LETTER[alarm.state]}",
            fit(since, widths["since"]),
            fit(alarm.source, widths["source"]),
            fit(alarm.title, widths["condition"]),
            fit(value, widths["figures"]),
        )
    )
    if widths["action"]:
        text += f" {fit(alarm.action, widths['action'])} {fit(who, widths['who'])}"
    return (
        Span(" "),
        marker(alarm.priority, flash=flash_phase(scene) and waiting),
        Span(f" {text.strip()}", ink),
    )


def figures(alarm: Alarm) -> str:
    gone = " " + tr("(now ok)") if alarm.state in (AlarmState.RETURNED, AlarmState.LATCHED) else ""
    return f"{alarm.value} → {alarm.limit}{gone}" if alarm.limit else f"{alarm.value}{gone}"


def alarm_detail(scene: Scene, alarm: Alarm | None, width: int) -> tuple[Line, ...]:
    """What it is, since when, what to do, who has seen it; and what the catalogue says of it."""
    if alarm is None:
        return (BLANK, (Span(" " + tr("j k choose an alarm"), Ink.DIM),))
    vehicle = scene.vehicle(alarm.sysid) if alarm.sysid is not None else None
    returned = (
        ""
        if alarm.returned_utc is None
        else "   " + tr("returned {returned_utc:%H:%M:%S}Z", returned_utc=alarm.returned_utc)
    )
    seen = (
        ""
        if alarm.acked_utc is None
        else "   "
        + tr("acknowledged {acked_utc:%H:%M:%S}Z by {acked_by}", acked_utc=alarm.acked_utc, acked_by=alarm.acked_by)
    )
    again = "   " + tr("{times} times", times=alarm.times) if alarm.times > 1 else ""
    state = tr(STATE_WORD.get(alarm.state, _OVER))
    lines: list[Line] = [
        (Span(" "), marker(alarm.priority), Span(f" {alarm.source}  {alarm.title}", Ink.BRIGHT)),
        (
            Span(
                " "
                + tr(
                    "{state}   raised {raised_utc:%H:%M:%S}Z{again}{returned}{seen}",
                    state=state,
                    raised_utc=alarm.raised_utc,
                    again=again,
                    returned=returned,
                    seen=seen,
                ),
                Ink.TEXT,
            ),
        ),
        (Span(" " + tr("value → limit") + "   ", Ink.DIM), Span(figures(alarm), Ink.BRIGHT)),
        *_said(" " + tr("DO:") + "  ", alarm.action, width, Ink.BRIGHT),
    ]
    if vehicle is not None:
        lines.append(
            (
                Span(" " + tr("pilot") + "  ", Ink.DIM),
                Span(f"{vehicle.view.contact or tr('no contact known')}   {vehicle.view.company}"),
            )
        )
    if alarm.is_removed and (removal := alarm.removal) is not None:
        until = "" if removal.until is None else " " + tr("until {until:%H:%M:%S}Z", until=removal.until)
        lines += _said(
            f" {state} ",
            tr(
                "by {by} {utc:%H:%M:%S}Z{until}: {reason}",
                by=removal.by,
                utc=removal.utc,
                until=until,
                reason=removal.reason,
            ),
            width,
            Ink.SHELVED,
        )
    for note in reversed(alarm.notes):
        lines += _said(" " + tr("note") + " ", f"{note.utc:%H:%M:%S}Z {note.by}: {note.text}", width, Ink.TEXT)
    return (*lines, *_catalogued(alarm, width))


def _catalogued(alarm: Alarm, width: int) -> list[Line]:
    entry = CATALOGUE[alarm.condition]
    longest = (
        tr("for {longest_shelf_s:.0f} min at most", longest_shelf_s=entry.longest_shelf_s / 60)
        if entry.longest_shelf_s
        else tr("never")
    )
    said = (
        (tr("cause"), tr(entry.cause)),
        (tr("else"), tr(entry.consequence)),
        (tr("then"), tr("{response} Within {respond_s:g} s.", response=tr(entry.response), respond_s=entry.respond_s)),
        (tr("shelve"), f"{longest}.{' ' + tr('Latches: reset with a.') if entry.latching else ''}"),
    )
    widest = max(len(title) for title, _ in said)
    return [line for title, text in said for line in _said(f" {fit(title, widest)} ", text, width, Ink.DIM)]


def _said(title: str, text: str, width: int, ink: Ink) -> list[Line]:
    indent = " " * len(title)
    return [
        (Span(indent if number else title, Ink.TITLE if ink is Ink.BRIGHT else Ink.DIM), Span(part, ink))
        for number, part in enumerate(wrapped(text, max(10, width - len(title) - 2)))
    ]


def group_detail(scene: Scene, group: AlarmGroup, width: int) -> tuple[Line, ...]:
    """Its alarms in the order in which they began; the first is the one to look at."""
    lines: list[Line] = [
        (Span(f" {group_title(group)}", Ink.BRIGHT),),
        *_said(" " + tr("DO:") + "  ", group.first.action, width, Ink.BRIGHT),
    ]
    for number, alarm in enumerate(group.alarms):
        since = compact_duration((scene.now.utc - alarm.raised_utc).total_seconds())
        who = f"  {alarm.acked_by}" if alarm.acked_by else ""
        first = tr("FIRST") + " " if not number else ""
        text = f" {_LETTER[alarm.state]} {since:<5} {alarm.source:<6} {first}{alarm.title}  {figures(alarm)}{who}"
        lines.append(
            (Span(" "), marker(alarm.priority), Span(text, Ink.TEXT if needs_acknowledgement(alarm) else Ink.DIM))
        )
    return tuple(lines)
