"""The timeline of a day by volume: who has what when, what is closed, and in words who is in whose way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from rangeops.domain.slots import Slot, SlotState
from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span, fit, short
from rangeops.tui.language import tr, tr_later
from rangeops.tui.shared import Records, Shift
from rangeops.tui.timeline import NIGHT, NOW, Bar, draw_row, hours_line, lanes, scale_of
from rangeops.wire.board import ClosedView, ConflictView, DayView

ROOMY: Final = 108
_NAME: Final = {True: 13, False: 10}
_OFFICE_HOURS: Final = (6, 18)

SHAPE: Final = {
    SlotState.REQUESTED: ("░", "?", Ink.P3),
    SlotState.WAITLISTED: ("┄", "…", Ink.TEXT),
    SlotState.OFFERED: ("▒", "!", Ink.P3),
    SlotState.APPROVED: ("▓", "✓", Ink.TEXT),
    SlotState.BRIEFED: ("▓", "✓✓", Ink.BRIGHT),
    SlotState.ACTIVE: ("█", "▶", Ink.OK),
    SlotState.CLOSED: ("▁", "■", Ink.DIM),
    SlotState.REFUSED: ("╌", "✗", Ink.DIM),
    SlotState.CANCELLED: ("╌", "-", Ink.DIM),
    SlotState.NO_SHOW: ("╌", "-", Ink.DIM),
}
"""How a state looks: its bar, the sign behind the slot's number, its ink."""

LEGEND: Final = tr_later(
    "░ requested  ┄ waitlisted  ▒ offered  ▓ approved  █ active  ▁ closed  ■ shut  {night} night  {now} now"
)
SHORT_LEGEND: Final = tr_later("░ asked ┄ waits ▓ approved █ active ■ shut {night} night {now} now")


def legend(width: int) -> str:
    """What the shapes mean, in as many words as fit."""
    return tr(LEGEND if width >= ROOMY else SHORT_LEGEND, night=NIGHT, now=NOW)


@dataclass(frozen=True, slots=True)
class DayLines:
    """rows: each with the keys of the slots in it. foot: conflicts in words."""

    head: Line
    rows: tuple[tuple[tuple[str, ...], Line], ...]
    order: tuple[str, ...]
    foot: tuple[Line, ...]


def day_shown(records: Records, scene: Scene) -> date:
    """The chosen day, or today by the clock on the range's wall."""
    return records.day or scene.now.utc.astimezone(scene.local).date()


def slots_of_day(records: Records, scene: Scene) -> list[Slot]:
    """In the order of the rows, then by start: the one in which j and k go."""
    starts, ends = day_bounds(day_shown(records, scene), scene.local)
    volumes = _volumes(records)
    here = (slot for slot in records.slots if slot.held_from < ends and slot.held_until > starts)
    rank = {volume: number for number, volume in enumerate(volumes)}
    return sorted(here, key=lambda slot: (rank.get(slot.volume, len(rank)), slot.volume, slot.starts, slot.id))


def day_lines(records: Records, scene: Scene, chosen: str | None, width: int) -> DayLines:
    roomy = width >= ROOMY
    name_width = _NAME[roomy]
    day = day_bounds(day_shown(records, scene), scene.local)
    view = (
        records.day_view if records.day_view is not None and records.day_view.day == day_shown(records, scene) else None
    )
    slots = slots_of_day(records, scene)
    scale = scale_of(day, width - name_width - 1, _focus(slots, scene, day, chosen), wide=roomy)
    light = (view.dawn, view.dusk) if view is not None and view.dawn is not None and view.dusk is not None else None
    rows: list[tuple[tuple[str, ...], Line]] = []
    conflicts = () if view is None else view.conflicts
    for volume, name in _rows_of(records, slots):
        bars = [_closed_bar(each) for each in _closed_in(view, volume)]
        bars += [_bar(each, chosen, conflicts, records.shift) for each in slots if each.volume == volume]
        shown = lanes(bars, scale) or [[]]
        for number, lane in enumerate(shown):
            label = Span(fit(f" {name}" if number == 0 else "", name_width), Ink.TITLE)
            keys = tuple(bar.key for bar in lane if bar.key)
            line = draw_row(lane, scale, light, scene.now.utc)
            rows.append((keys, (label, Span("│", Ink.FAINT), *line)))
    head = (Span(fit(" " + tr("VOLUME"), name_width), Ink.DIM), Span("│", Ink.FAINT), *hours_line(scale, scene.zone))
    return DayLines(head, tuple(rows), tuple(slot.id for slot in slots), tuple(_words(conflicts, scene, chosen, width)))


def conflict_words(conflict: ConflictView, scene: Scene) -> str:
    """Who is in whose way, and when, in local time: CONFLICT S14 (10:00-10:20)."""
    starts, ends = conflict.starts.astimezone(scene.zone), conflict.ends.astimezone(scene.zone)
    return tr(
        "CONFLICT {other} ({starts:%H:%M}-{ends:%H:%M}): {says}",
        other=conflict.other or tr("closed"),
        starts=starts,
        ends=ends,
        says=conflict.says,
    )


def _words(conflicts: Sequence[ConflictView], scene: Scene, chosen: str | None, width: int) -> list[Line]:
    """One line each, the chosen slot's first."""
    ordered = sorted(conflicts, key=lambda each: (each.slot != chosen, each.slot))
    return [
        (
            Span(f" {fit(each.slot, 4)} ", Ink.BRIGHT),
            Span(short(conflict_words(each, scene), width - 6), Ink.P2),
        )
        for each in ordered
    ]


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Its midnights, in UTC: there a difference is a time that passes, on days when clocks change as well."""
    starts, ends = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return starts, ends


def _focus(slots: Sequence[Slot], scene: Scene, day: tuple[datetime, datetime], chosen: str | None) -> list[datetime]:
    """What should be in sight, the most important first: the chosen slot, now, the others, the hours people work."""
    found = [slot.starts for slot in slots if slot.id == chosen]
    if day[0] <= scene.now.utc < day[1]:
        found.append(scene.now.utc)
    for slot in slots:
        found += [max(slot.held_from, day[0]), min(slot.held_until, day[1]) - timedelta(seconds=1)]
    return found + [day[0] + timedelta(hours=hour) for hour in _OFFICE_HOURS]


def _volumes(records: Records) -> list[str]:
    return [] if records.range_view is None else [volume.id for volume in records.range_view.volumes]


def _rows_of(records: Records, slots: Sequence[Slot]) -> list[tuple[str, str]]:
    """(id, name) of the range's volumes, then of those that were drawn for a slot of this day."""
    known = [] if records.range_view is None else [(str(each.id), each.name) for each in records.range_view.volumes]
    ids = {volume for volume, _ in known}
    drawn = sorted({str(slot.volume) for slot in slots} - ids)
    return known + [(volume, volume) for volume in drawn]


def _closed_in(view: DayView | None, volume: str) -> list[ClosedView]:
    return [] if view is None else [closed for closed in view.closed if volume in closed.volumes]


def _closed_bar(closed: ClosedView) -> Bar:
    span = (closed.starts, closed.ends)
    return Bar("", "■", Ink.ZONE, f" {closed.closure} {closed.title} ", *span, *span)


def _bar(slot: Slot, chosen: str | None, conflicts: Sequence[ConflictView], shift: Shift | None) -> Bar:
    shape, sign, ink = SHAPE[slot.state]
    if shift is not None and shift.slot == slot.id:
        slot = replace(slot, starts=slot.starts + shift.by, ends=slot.ends + shift.by)
    rivals = dict.fromkeys(each.other or tr("closed") for each in conflicts if each.slot == slot.id)
    against = f" ✗{' '.join(rivals)}" if rivals else ""
    label = f"{slot.id}{sign} {short(slot.company, 12)}{against}"
    return Bar(
        slot.id, shape, ink, f"▸{label}" if slot.id == chosen else label,
        slot.starts, slot.ends, slot.held_from, slot.held_until, slot.id == chosen,
    )  # fmt: skip
