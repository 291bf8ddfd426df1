"""The incident list, what was looked for in it, and one incident: its review, its clocks, its timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.domain.incident_search import IncidentQuery, nearest, words_of
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, cut, fit, spread, width_of, wrapped
from rangeops.tui.language import dated, tr
from rangeops.tui.panels.clocks import clock_cell, clock_lines
from rangeops.tui.shared import Records
from rangeops.wire.api import IncidentView, TimelineItem
from rangeops.wire.incident_review import ReviewedView

_KIND: Final[Mapping[str, Ink]] = {"alarm": Ink.P2, "command": Ink.P3, "operator": Ink.BRIGHT}
_BEFORE_TEXT: Final = 22
_ROOMY: Final = 112


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths of a row's cells; the title has the rest. company: 0 where there is no room for it, it goes first."""

    vehicle: int
    company: int
    clock: int

    @property
    def roomy(self) -> bool:
        return self.company > 0


_ID: Final = 13
_STATE: Final = 12
_OPENED: Final = 13
_WIDE: Final = _Columns(vehicle=7, company=10, clock=24)
_NARROW: Final = _Columns(vehicle=7, company=0, clock=12)


def _columns(width: int) -> _Columns:
    return _WIDE if width >= _ROOMY else _NARROW


def incident_head(width: int) -> Line:
    columns = _columns(width)
    cells = (
        (tr("INCIDENT"), _ID),
        (tr("STATE"), _STATE),
        (tr("OPENED"), _OPENED),
        (tr("VEHICLE"), columns.vehicle),
        (tr("COMPANY"), columns.company),
        (tr("CLOCK"), columns.clock),
    )
    return (Span(fit(f"  {' '.join(fit(word, room) for word, room in cells if room)} {tr('WHAT')}", width), Ink.DIM),)


def incident_rows(records: Records, scene: Scene, width: int) -> list[tuple[str, Line]]:
    """Those that were found, where something is looked for."""
    shown = records.incidents if records.query == IncidentQuery() else records.found
    newest = sorted(shown, key=lambda incident: incident.opened_utc, reverse=True)
    return [(i.id, _row(i, scene, width)) for i in newest]


def _row(incident: IncidentView, scene: Scene, width: int) -> Line:
    columns = _columns(width)
    opened = incident.opened_utc.astimezone(scene.zone)
    ink = Ink.DIM if incident.state == "signed" else Ink.TEXT
    cells = (
        (incident.id, _ID),
        (tr(incident.state), _STATE),
        (dated(opened, "%d %b %H:%ML"), _OPENED),
        (incident.callsign or str(incident.sysid), columns.vehicle),
        (incident.company, columns.company),
    )
    clock = clock_cell(nearest(incident.deadlines), scene.now, roomy=columns.roomy)
    before = Span(f"  {' '.join(fit(text, room) for text, room in cells if room)} ", ink)
    return cut((before, Span(fit(clock.text, columns.clock), clock.ink), Span(f" {incident.title}", ink)), width)


def chips(records: Records, scene: Scene, width: int) -> Line:
    """What is looked for, part by part; BLANK where nothing is."""
    if records.query == IncidentQuery():
        return BLANK
    parts = words_of(records.query, scene.zone)
    tail = (
        Span("/", Ink.KEY),
        Span(f" {tr('change')}  ", Ink.DIM),
        Span("esc", Ink.KEY),
        Span(f" {tr('all')} ", Ink.DIM),
    )
    count = tr("{found} of {all}", found=len(records.found), all=len(records.incidents))
    line: list[Span] = [Span(f" {count} ", Ink.BRIGHT)]
    for number, part in enumerate(parts):
        more = Span(f" +{len(parts) - number}", Ink.TEXT)
        if width_of((*line, Span(f"  {part} "), more, *tail)) > width:
            line.append(more)
            break
        line += [Span(" "), Span(f" {part} ", Ink.LOUD)]
    return spread(tuple(line), tail, width)


def chosen_incident(records: Records, chosen: str | None) -> IncidentView | None:
    """In full once its timeline was read."""
    if records.incident is not None and records.incident.id == chosen:
        return records.incident
    return next((each for each in records.incidents if each.id == chosen), None)


def incident_above(records: Records, incident: IncidentView | None, scene: Scene, width: int) -> list[Line]:
    """What stands above the timeline: what it is, its review, its clocks, what was written of it."""
    if incident is None:
        return [BLANK, (Span(" " + tr("j k choose an incident"), Ink.DIM),)]
    ended = (
        tr("open") if incident.ended_utc is None else tr("ended {ended_utc:%H:%M:%S}Z", ended_utc=incident.ended_utc)
    )
    who = tr(
        "{callsign} {company} slot {slot}",
        callsign=incident.callsign,
        company=incident.company,
        slot=incident.slot or tr("none"),
    )
    where = f"  {incident.volume}" if incident.volume else ""
    reviewed = records.review if records.review is not None and records.review.review.incident == incident.id else None
    written = [text for text in (records.reports.get(incident.id), records.bundles.get(incident.id)) if text]
    deadlines = incident.deadlines if reviewed is None else reviewed.deadlines
    return [
        *((Span(f" {part}", Ink.BRIGHT),) for part in wrapped(f"{incident.id}  {incident.title}", width - 2)),
        (Span(f" {who}{where}   {incident.opened_utc:%H:%M:%S}Z, {ended}"),),
        *_review_lines(incident, reviewed, width),
        *clock_lines(deadlines, scene.now, scene.zone, width),
        *((Span(f" {part}", Ink.OK),) for text in written for part in wrapped(text, width - 2)),
    ]


def _review_lines(incident: IncidentView, reviewed: ReviewedView | None, width: int) -> list[Line]:
    """Who reviews it, as what, and what lacks before it can be signed."""
    class_ = tr(incident.occurrence_class) if incident.occurrence_class else tr("not classified")
    parts = [tr(incident.state), class_]
    if incident.reviewer:
        parts.append(tr("reviewed by {reviewer}", reviewer=incident.reviewer))
    if reviewed is None or incident.state == "open":
        return [cut((Span(f" {' · '.join(parts)}", Ink.DIM),), width)]
    review = reviewed.review
    parts.insert(1, tr("revision {revision}", revision=review.revision))
    parts += [tr("signed by {by}", by=each.by) for each in review.signatures]
    line: Line = (Span(f" {' · '.join(parts)}", Ink.DIM),)
    if incident.state == "signed":
        return [cut(line, width)]
    if reviewed.missing:
        return [cut((*line, Span(" · " + tr("lacks {lacks}", lacks=", ".join(reviewed.missing)), Ink.P2)), width)]
    return [cut((*line, Span(" · " + tr("can be signed"), Ink.OK)), width)]


def timeline_lines(incident: IncidentView, width: int) -> tuple[list[Line], int]:
    """The timeline, and the number of the line with which its cause begins."""
    lines: list[Line] = []
    cause: int | None = None
    for item in incident.timeline:
        if cause is None and item.utc >= incident.opened_utc:
            cause = len(lines)
        lines += _item(item, width)
    return lines, cause or 0


def _item(item: TimelineItem, width: int) -> Sequence[Line]:
    proof = f" #{item.evidence} "
    first, *rest = wrapped(item.text, max(10, width - _BEFORE_TEXT - 8)) or [""]
    head = (
        Span(f" {item.utc:%H:%M:%S}Z ", Ink.DIM),
        Span(fit(tr(item.kind), 10), _KIND.get(item.kind, Ink.TEXT)),
        Span(f" {first}"),
    )
    return [spread(head, (Span(proof, Ink.DIM),), width), *((Span(" " * _BEFORE_TEXT + part),) for part in rest)]
