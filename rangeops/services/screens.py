"""What people saw: each control room's views, and when each alarm stood on its screen, as entries of the record.

They have no words for the log. A replay reads them by time.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from math import isfinite
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Invalid, Refused
from rangeops.domain.now import Now, can_be_counted
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.text import safe_text
from rangeops.services.changes import Changes
from rangeops.services.ports.store import Evidence, UnitOfWork
from rangeops.wire.screens import (
    BETWEEN_S,
    KEYFRAME,
    LONGEST_TEXT,
    MOST_IN_REPORT,
    SPAN,
    AlarmDrawn,
    ScreenEntry,
    ScreenReport,
    ScreensView,
    ScreenView,
)
from rangeops.wire.shapes import converted

SCREENS: Final = "screens"  # the subject under which the record finds them
ACTION: Final = "screen.report"

LONGEST_WINDOW: Final = timedelta(hours=24)
_LOOK_BACK: Final = KEYFRAME + SPAN + timedelta(seconds=5)
_MOST_LAYERS: Final = 20
_MOST_ROOMS: Final = 100
_WHERE: Final = "what a screen shows"


class ScreenDesk:
    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._last_s: dict[str, float] = {}  # by room

    def take(self, report: ScreenReport, now: Now, actor: Actor) -> None:
        """Into the record, in one entry. Raises Forbidden, Invalid, and Refused for a room that comes too often."""
        require(actor, Act.SEE_RANGE, where=_WHERE)
        first = _first(report)
        self._in_turn(f"{actor.name} {report.room}", now)
        ahead_s = (report.sent_utc - now.utc).total_seconds()
        happened = min(first - timedelta(seconds=ahead_s), now.utc)
        body = {"report": report, "clock_ahead_s": round(ahead_s, 3)}
        with self._changes.begin(now, actor) as change:
            change.record(ACTION, f"room:{report.room}", "", body, about=[SCREENS], happened=happened)

    def between(self, starts: datetime, ends: datetime) -> ScreensView:
        """What was shown in [starts, ends], by the server's clock. Raises Invalid for more than a day."""
        if not can_be_counted(starts, ends) or not starts <= ends <= starts + LONGEST_WINDOW:
            raise Invalid(
                "it asks for no stretch of time of up to a day",
                where=_WHERE,
                do="Give two times with their zone, the earlier first, a day apart at most.",
            )
        with self._changes.store.read() as work:
            return shown_between(work, starts, ends)

    def _in_turn(self, room: str, now: Now) -> None:
        if now.monotonic_s - self._last_s.get(room, float("-inf")) < BETWEEN_S:
            raise Refused("this room reports too often", where=_WHERE, do=f"Wait {BETWEEN_S:g} s between two.")
        self._last_s.pop(room, None)  # so that the newest is the last
        self._last_s[room] = now.monotonic_s
        if len(self._last_s) > _MOST_ROOMS:
            del self._last_s[next(iter(self._last_s))]


def shown_between(work: UnitOfWork, starts: datetime, ends: datetime) -> ScreensView:
    """What each room showed in these minutes, and its last view before them."""
    found = work.record.evidence([SCREENS], starts - _LOOK_BACK, ends, actions=[ACTION])
    return ScreensView(tuple(_shown(map(_entry, found), starts, ends)))


def _first(report: ScreenReport) -> datetime:
    """When the report begins. Raises Invalid for one that no room of ours makes."""
    parts = _parts(report)
    times = [part.utc for part in parts]
    texts = chain((report.room,), *(_texts(part) for part in parts))
    if not report.room.strip() or not 1 <= len(parts) <= MOST_IN_REPORT or report.lost < 0:
        why = f"it names no room, or has not 1 to {MOST_IN_REPORT} parts"
    elif not can_be_counted(report.sent_utc, *times):
        why = "a time in it has no zone, or a year that isn't counted with"
    elif max(times) - min(times) > SPAN or max(times) > report.sent_utc:
        why = f"it spans more than {SPAN.total_seconds():g} s, or comes before it was seen"
    elif any(text != safe_text(text, limit=LONGEST_TEXT) for text in texts):
        why = f"a text in it isn't plain, or is longer than {LONGEST_TEXT}"
    elif not all(map(_sound, report.views)):
        why = "a figure in it can't be"
    else:
        return min(times)
    raise Invalid(why, where=_WHERE, do="Run the same version of rangeops for server and client.")


def _parts(report: ScreenReport) -> tuple[ScreenView | AlarmDrawn, ...]:
    return (*report.views, *report.drawn)


def _texts(part: ScreenView | AlarmDrawn) -> tuple[str, ...]:
    if isinstance(part, AlarmDrawn):
        return part.alarm, part.state, part.place, part.screen
    return part.screen, part.chosen, part.filter, part.sort, part.dialog, part.language, part.theme, *part.layers


def _sound(view: ScreenView) -> bool:
    figures = (view.latitude_deg, view.longitude_deg, view.m_per_dot)
    return (
        all(figure is None or isfinite(figure) for figure in figures)
        and 0 <= view.columns <= 10_000
        and 0 <= view.rows <= 10_000
        and len(view.layers) <= _MOST_LAYERS
    )


def _entry(evidence: Evidence) -> ScreenEntry:
    body = json.loads(evidence.entry.payload)["body"]
    report = converted(body["report"], ScreenReport, strict=False)
    return ScreenEntry(
        evidence.entry.seq, evidence.entry.actor, evidence.entry.utc, float(body["clock_ahead_s"]), report
    )


def _shown(entries: Iterator[ScreenEntry], starts: datetime, ends: datetime) -> Iterator[ScreenEntry]:
    """Those parts that count: what lies in the window, and of each room the last view before it. None comes twice."""
    before: dict[str, ScreenEntry] = {}
    inside: list[ScreenEntry] = []
    seen: set[tuple[str, int]] = set()
    for entry in entries:
        report, behind = entry.report, timedelta(seconds=entry.clock_ahead_s)
        fresh = [part for part in _parts(report) if (report.room, part.seq) not in seen]
        seen.update((report.room, part.seq) for part in fresh)
        views = [part for part in fresh if isinstance(part, ScreenView)]
        early = [view for view in views if view.utc - behind < starts]
        if early:
            before[report.room] = _only(entry, (early[-1],), ())
        kept = tuple(view for view in views if starts <= view.utc - behind <= ends)
        drawn = tuple(each for each in fresh if isinstance(each, AlarmDrawn) and starts <= each.utc - behind <= ends)
        if kept or drawn:
            inside.append(_only(entry, kept, drawn))
    yield from sorted(before.values(), key=lambda entry: entry.number)
    yield from sorted(inside, key=lambda entry: entry.number)


def _only(entry: ScreenEntry, views: tuple[ScreenView, ...], drawn: tuple[AlarmDrawn, ...]) -> ScreenEntry:
    return replace(entry, report=replace(entry.report, views=views, drawn=drawn))
