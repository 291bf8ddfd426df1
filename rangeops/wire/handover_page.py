"""The hand-over page as headings and rows of text: what the screen, the terminal and the printed page all show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from rangeops.domain.text import safe_text
from rangeops.wire.handover import DeedView, HandoverView

_SHAPE: Final = {1: "■1", 2: "▲2", 3: "●3"}
_MISSING: Final = "--"


@dataclass(frozen=True, slots=True)
class Section:
    """empty: said where there are no rows. keys: of the rows, for a screen on which they are chosen; else empty."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    keys: tuple[str, ...] = ()


def page_title(view: HandoverView) -> str:
    return f"Hand-over of {view.range_name}"


def page_line(view: HandoverView, zone: tzinfo) -> str:
    """When it was made and for whom, and what must be known before all else."""
    parts = [f"{_moment(view.written_utc, zone)}, made for {view.by}"]
    if view.simulation:
        parts.append("SIMULATION")
    if view.drill:
        parts.append(f"DRILL {safe_text(view.drill)}")
    parts.append("ENFORCING" if view.enforcement else "NOT ENFORCING")
    return "   ".join(parts)


def sections(view: HandoverView, zone: tzinfo) -> tuple[Section, ...]:
    """Most urgent first. zone: of the range, for its local times."""
    return tuple(_cleaned(make(view, zone)) for make in _SECTIONS)


def page_text(view: HandoverView, zone: tzinfo) -> Iterator[str]:
    """The whole page, line by line, in columns."""
    yield safe_text(page_title(view))
    yield page_line(view, zone)
    for section in sections(view, zone):
        yield from section_lines(section)


def section_lines(section: Section) -> Iterator[str]:
    """A blank line, its heading, and its rows in columns."""
    yield ""
    yield section.title.upper()
    if not section.rows:
        yield f"  {section.empty}"
        return
    table = (section.columns, *section.rows)
    widths = [max(len(row[n]) for row in table) for n in range(len(section.columns))]
    for row in table:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _duty(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple(
        (
            each.title,
            f"{each.full_name or each.user}" if each.user else "NOBODY",
            _MISSING if each.since_utc is None else _moment(each.since_utc, zone),
            each.taken_from or _MISSING,
        )
        for each in view.on_duty
    )
    return Section("On duty", ("POSITION", "WHO", "SINCE", "FROM"), rows, "No position is known.")


def _notes(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple((str(note.number), _moment(note.utc, zone), note.by, note.text) for note in view.notes)
    return Section(
        "Notes", ("No", "WHEN", "BY", "NOTE"), rows, "No notes.", tuple(str(note.number) for note in view.notes)
    )


def _flying(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple(
        (
            each.callsign or f"#{each.sysid}",
            each.company,
            each.mode or _MISSING,
            each.standing,
            _figure(each.height_m, "m"),
            _figure(each.battery_percent, "%"),
            _MISSING if each.position_age_s is None else f"{each.position_age_s:.0f} s",
            f"{each.slot} to {_clock(each.slot_ends, zone)}" if each.slot else "no slot",
            each.contact or "no contact known",
        )
        for each in view.flying
    )
    columns = ("ID", "COMPANY", "MODE", "STANDS", "AGL", "BATTERY", "AGE", "SLOT", "CALL")
    return Section("Flying: armed vehicles", columns, rows, "Nobody flies.")


def _alarms(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple(
        (
            _SHAPE[alarm.priority.value],
            alarm.source,
            alarm.title,
            alarm.value,
            alarm.state.value,
            _moment(alarm.raised_utc, zone),
            alarm.acked_by or "nobody",
            alarm.action,
        )
        for alarm in view.alarms
    )
    return Section(
        "Standing alarms", ("P", "SOURCE", "ALARM", "VALUE", "STATE", "SINCE", "ACK BY", "DO"), rows, "No alarms stand."
    )


def _shelved(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple(
        (
            _SHAPE[alarm.priority.value],
            alarm.source,
            alarm.title,
            alarm.state.value,
            _MISSING if alarm.removal is None else alarm.removal.by,
            "no end" if alarm.removal is None or alarm.removal.until is None else _moment(alarm.removal.until, zone),
            _MISSING if alarm.removal is None else alarm.removal.reason,
        )
        for alarm in view.shelved
    )
    columns = ("P", "SOURCE", "ALARM", "STATE", "BY", "UNTIL", "WHY")
    return Section("Shelved alarms, and those out of service", columns, rows, "None.")


def _deeds(view: HandoverView, zone: tzinfo) -> Section:
    title = "Inhibits, overrides and shelvings of this shift"
    return _deed_section(title, view.deeds, "None.", zone)


def _open(view: HandoverView, zone: tzinfo) -> Section:
    return _deed_section("Open calls and reviews", view.open, "None is open.", zone)


def _deed_section(title: str, deeds: tuple[DeedView, ...], empty: str, zone: tzinfo) -> Section:
    return Section(
        title, ("WHEN", "BY", "WHAT"), tuple((_moment(each.utc, zone), each.by, each.text) for each in deeds), empty
    )


def _incidents(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple((each.id, each.state, _moment(each.opened_utc, zone), each.title) for each in view.incidents)
    return Section("Incidents that nobody has signed", ("INCIDENT", "STATE", "OPENED", "WHAT"), rows, "None.")


def _slots(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple(
        (
            each.slot,
            f"{_clock(each.starts, zone)}-{_clock(each.ends, zone)}",
            each.volume,
            each.company,
            each.callsign,
            each.state,
            _clearance(each.lacking, cleared=each.cleared),
        )
        for each in view.slots
    )
    columns = ("SLOT", "TIME", "VOLUME", "COMPANY", "ID", "STATE", "CLEARANCE")
    return Section("Slots of the next 2 hours", columns, rows, "No slots.")


def _clearance(lacking: int | None, *, cleared: bool) -> str:
    if cleared:
        return "CLEARED"
    if lacking is None:
        return "not briefed"
    return f"{lacking} missing" if lacking else "complete, not given"


def _closures(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple(
        (
            each.closure,
            _span(each.starts, each.ends, zone),
            ", ".join(each.volumes) or "no volume",
            f"{each.title} ({each.kind}, {each.basis})",
        )
        for each in view.closures
    )
    return Section("Closures of the next 24 hours", ("No", "TIME", "CLOSES", "WHY"), rows, "None.")


def _zones(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple((each.id, _span(each.starts, each.ends, zone), each.restriction, each.name) for each in view.zones)
    title = "Temporary zones of the next 24 hours"
    return Section(title, ("ZONE", "TIME", "RESTRICTION", "NAME"), rows, "None.")


def _weather(view: HandoverView, zone: tzinfo) -> Section:
    rows = tuple((each.station, each.kind, _moment(each.issued, zone), each.text) for each in view.weather)
    return Section("Weather", ("STATION", "KIND", "ISSUED", "REPORT"), rows, "No report was handed in.")


def _links(view: HandoverView, _: tzinfo) -> Section:
    rows = tuple((link.uri, link.detail) for link in view.links_down)
    return Section("Links that are down", ("LINK", "WHY"), rows, "All links are up.")


def _audit_log(view: HandoverView, zone: tzinfo) -> Section:  # noqa: ARG001  # as every section is made
    rows = (("last entry", view.head), ("last signed checkpoint", view.checkpoint))
    known = tuple((what, str(each.seq), each.hash) for what, each in rows if each is not None)
    return Section("Audit log: keep this page", ("WHAT", "ENTRY", "SHA-256"), known, "No entry yet.")


_SECTIONS: Final[tuple[Callable[[HandoverView, tzinfo], Section], ...]] = (
    _duty,
    _notes,
    _flying,
    _alarms,
    _shelved,
    _deeds,
    _open,
    _incidents,
    _slots,
    _closures,
    _zones,
    _weather,
    _links,
    _audit_log,
)


def _cleaned(section: Section) -> Section:
    """Callsigns, titles and notes are other people's texts."""
    rows = tuple(tuple(safe_text(cell, limit=400) for cell in row) for row in section.rows)
    return Section(section.title, section.columns, rows, section.empty, section.keys)


def _figure(value: float | None, unit: str) -> str:
    return _MISSING if value is None else f"{value:.0f} {unit}"


def _clock(moment: datetime | None, zone: tzinfo) -> str:
    return _MISSING if moment is None else f"{moment.astimezone(zone):%H:%M}"


def _moment(moment: datetime, zone: tzinfo) -> str:
    """Local, with UTC beside it."""
    return f"{moment.astimezone(zone):%d %b %H:%M} ({moment:%H:%M}Z)"


def _span(starts: datetime, ends: datetime, zone: tzinfo) -> str:
    begins, stops = starts.astimezone(zone), ends.astimezone(zone)
    if begins.date() == stops.date():
        return f"{begins:%d %b %H:%M}-{stops:%H:%M}"
    return f"{begins:%d %b %H:%M} - {stops:%d %b %H:%M}"
