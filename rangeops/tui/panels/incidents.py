"""The incident list and one incident's timeline."""

from collections.abc import Mapping
from typing import Final

from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, spread, wrapped
from rangeops.tui.language import dated, tr, tr_later
from rangeops.tui.shared import Records
from rangeops.wire.api import IncidentView, TimelineItem

_KIND: Final[Mapping[str, Ink]] = {"alarm": Ink.P2, "command": Ink.P3, "operator": Ink.BRIGHT}
_NO_REPORT: Final = tr_later("p writes the report")
_BEFORE_TEXT: Final = 22


def incident_head(width: int) -> Line:
    return (
        Span(
            fit(
                f"  {fit(tr('INCIDENT'), 14)} {fit(tr('STATE'), 13)} {fit(tr('OPENED'), 18)} "
                f"{fit(tr('VEHICLE'), 8)} {fit(tr('COMPANY'), 12)} {tr('WHAT')}",
                width,
            ),
            Ink.DIM,
        ),
    )


def incident_rows(records: Records, scene: Scene, width: int) -> list[tuple[str, Line]]:
    newest = sorted(records.incidents, key=lambda incident: incident.opened_utc, reverse=True)
    return [(i.id, _row(i, scene, width)) for i in newest]


def _row(incident: IncidentView, scene: Scene, width: int) -> Line:
    opened = incident.opened_utc.astimezone(scene.zone)
    ink = Ink.DIM if incident.state == "signed" else Ink.TEXT
    text = (
        f" {fit(incident.id, 14)} {fit(tr(incident.state), 13)} {fit(dated(opened, '%d %b %H:%M:%SL'), 18)} "
        f"{fit(incident.callsign or str(incident.sysid), 8)} {fit(incident.company, 12)} {incident.title}"
    )
    return (Span(fit(f" {text}", width), ink),)


def incident_detail(records: Records, chosen: str | None, width: int) -> tuple[Line, ...]:
    """Head, report, timeline."""
    incident = next((i for i in records.incidents if i.id == chosen), None)
    if incident is None:
        return (BLANK, (Span(" " + tr("j k choose an incident"), Ink.DIM),))
    full = records.incident if records.incident is not None and records.incident.id == chosen else None
    ended = (
        tr("open") if incident.ended_utc is None else tr("ended {ended_utc:%H:%M:%S}Z", ended_utc=incident.ended_utc)
    )
    who = tr(
        "{callsign} {company} slot {slot}",
        callsign=incident.callsign,
        company=incident.company,
        slot=incident.slot or tr("none"),
    )
    head: list[Line] = [
        *((Span(f" {part}", Ink.BRIGHT),) for part in wrapped(f"{incident.id}  {incident.title}", width - 2)),
        (Span(f" {who}   {incident.opened_utc:%H:%M:%S}Z, {ended}"),),
        *(
            (Span(f" {part}", Ink.DIM),)
            for part in wrapped(records.reports.get(incident.id, tr(_NO_REPORT)), width - 2)
        ),
    ]
    if full is None:
        return (*head, (Span(" " + tr("Reading its timeline."), Ink.DIM),))
    return (*head, *(line for item in full.timeline for line in _item(item, width)))


def _item(item: TimelineItem, width: int) -> list[Line]:
    proof = f" #{item.evidence} "
    first, *rest = wrapped(item.text, max(10, width - _BEFORE_TEXT - 8)) or [""]
    head = (
        Span(f" {item.utc:%H:%M:%S}Z ", Ink.DIM),
        Span(fit(tr(item.kind), 10), _KIND.get(item.kind, Ink.TEXT)),
        Span(f" {first}"),
    )
    return [spread(head, (Span(proof, Ink.DIM),), width), *((Span(" " * _BEFORE_TEXT + part),) for part in rest)]
