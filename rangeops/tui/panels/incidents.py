"""The incident list and one incident's timeline."""

from collections.abc import Mapping
from typing import Final

from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit
from rangeops.tui.shared import Records
from rangeops.wire.api import IncidentView, TimelineItem

_KIND: Final[Mapping[str, Ink]] = {"alarm": Ink.P2, "command": Ink.P3, "operator": Ink.BRIGHT}


def incident_head(width: int) -> Line:
    return (
        Span(
            fit(f"  {fit('INCIDENT', 14)} {fit('STATE', 13)} {fit('OPENED', 18)} VEHICLE  COMPANY      WHAT", width),
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
        f" {fit(incident.id, 14)} {fit(incident.state, 13)} {fit(f'{opened:%d %b %H:%M:%S}L', 18)} "
        f"{fit(incident.callsign or str(incident.sysid), 8)} {fit(incident.company, 12)} {incident.title}"
    )
    return (Span(fit(f" {text}", width), ink),)


def incident_detail(records: Records, chosen: str | None, width: int, height: int) -> tuple[Line, ...]:
    """Head, report, then the timeline: its end, where not all of it fits."""
    incident = next((i for i in records.incidents if i.id == chosen), None)
    if incident is None:
        return (BLANK, (Span(" j k choose an incident", Ink.DIM),))
    full = records.incident if records.incident is not None and records.incident.id == chosen else None
    ended = "open" if incident.ended_utc is None else f"ended {incident.ended_utc:%H:%M:%S}Z"
    head: list[Line] = [
        (Span(f" {incident.id}  {incident.title}", Ink.BRIGHT),),
        (
            Span(
                f" {incident.callsign} {incident.company} slot {incident.slot or 'none'}   {incident.opened_utc:%H:%M:%S}Z, {ended}",
                Ink.TEXT,
            ),
        ),
        (Span(f" {records.reports.get(incident.id, 'p writes the report')}", Ink.DIM),),
    ]
    if full is None:
        return (*head, (Span(" Reading its timeline.", Ink.DIM),))
    room = max(1, height - len(head))
    items = full.timeline[-room:]
    if len(items) < len(full.timeline):
        items = items[1:]
        head.append((Span(f" … {len(full.timeline) - len(items)} earlier ones are in the report", Ink.DIM),))
    return (*head, *(_item(item, width) for item in items))


def _item(item: TimelineItem, width: int) -> Line:
    proof = f" #{item.evidence} "
    text = fit(f" {item.text}", max(1, width - 22 - len(proof)))
    return (
        Span(f" {item.utc:%H:%M:%S}Z ", Ink.DIM),
        Span(fit(item.kind, 10), _KIND.get(item.kind, Ink.TEXT)),
        Span(text),
        Span(proof, Ink.DIM),
    )
