"""The range's day and month as headings and rows of text: what the terminal, the HTML and the printed page all show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.range_statistics import Share, Statistics
from rangeops.domain.slot_terms import StopReason
from rangeops.domain.text import safe_text
from rangeops.wire.handover_page import Section, section_lines
from rangeops.wire.reports import DayReport, EntryLine, IncidentLine, MonthReport

_NONE: Final = "--"
_NO_SLOT: Final = "no slot"


@dataclass(frozen=True, slots=True)
class ReportPage:
    """line: when and by whom it was made; foot: how it stands to the record."""

    title: str
    line: str
    foot: str
    simulation: bool
    sections: tuple[Section, ...]


def page_of(report: DayReport | MonthReport) -> ReportPage:
    zone = ZoneInfo(report.timezone)
    if isinstance(report, DayReport):
        title, sections = f"Daily log of {report.range_name}, {report.day:%A %d %B %Y}", _day_sections(report, zone)
    else:
        title, sections = (
            f"Safety statistics of {report.range_name}, {report.month:%B %Y}",
            _month_sections(report, zone),
        )
    parts = [f"written {_moment(report.written_utc, zone)} for {report.by}", f"times are {report.timezone}"]
    if report.so_far:
        parts.append("SO FAR: IT ISN'T OVER")
    if report.simulation:
        parts.append("SIMULATION")
    return ReportPage(
        title=safe_text(title),
        line=safe_text(" · ".join(parts), limit=400),
        foot=f"The record's head was entry {report.head[0]}, {report.head[1]}",
        simulation=report.simulation,
        sections=tuple(_cleaned(each) for each in sections),
    )


def page_text(page: ReportPage) -> Iterator[str]:
    """The whole page, line by line, in columns."""
    yield page.title
    yield page.line
    for section in page.sections:
        yield from section_lines(section)
    yield ""
    yield page.foot


def _day_sections(day: DayReport, zone: tzinfo) -> tuple[Section, ...]:
    return (
        _figures(day.statistics),
        _slots(day, zone),
        Section("Clearances", ("WHEN", "ENTRY", "WHAT"), _entries(day.clearances, zone), "None was given."),
        Section(
            "Alarms",
            ("WHEN", "P", "SOURCE", "VALUE", "ACKNOWLEDGED", "ALARM"),
            tuple(
                (
                    _second(each.raised_utc, zone),
                    f"P{each.priority}",
                    each.source,
                    each.value or _NONE,
                    f"{_second(each.acked_utc, zone)} {each.acked_by}" if each.acked_utc else "by nobody",
                    each.title,
                )
                for each in day.alarms
            ),
            "None was raised.",
        ),
        _commands(day, zone),
        _incidents(day.incidents, zone),
        Section("Duty", ("WHEN", "ENTRY", "WHAT"), _entries(day.duty, zone), "Nobody took or left a position."),
        Section("Weather", ("WHEN", "ENTRY", "REPORT"), _entries(day.weather, zone), "No report was handed in."),
        _lost(day.statistics),
    )


def _month_sections(month: MonthReport, zone: tzinfo) -> tuple[Section, ...]:
    figures = month.statistics
    verdicts = tuple((verdict, str(count)) for verdict, count in figures.verdicts.items() if count)
    return (
        _figures(figures),
        _shares("By company", "COMPANY", figures.by_company),
        _shares("By zone", "ZONE", figures.by_zone),
        Section(
            "Incidents by class",
            ("COUNT", "CLASS"),
            tuple((str(count), name) for name, count in figures.by_class),
            "There was none.",
        ),
        Section(
            "Alarms by priority",
            ("PRIORITY", "COUNT"),
            tuple((f"P{priority}", str(count)) for priority, count in figures.alarms),
            "None was raised.",
        ),
        Section(
            "What the range did by itself, as it was judged",
            ("VERDICT", "COUNT"),
            verdicts,
            "It did nothing by itself.",
        ),
        _lost(figures),
        _incidents(month.incidents, zone),
    )


def _figures(figures: Statistics) -> Section:
    rows = (
        ("flights, from arming to disarming", str(figures.flights)),
        ("flight hours", f"{figures.hours:.2f}"),
        ("incidents", str(figures.incidents)),
        ("incidents per 100 flight hours", _rate(figures.incidents_per_100_h)),
        ("alarms", str(sum(count for _, count in figures.alarms))),
        ("alarms per flight hour", _rate(figures.alarms_per_hour)),
        ("minutes lost", f"{sum(figures.lost_minutes.values()):.0f}"),
    )
    return Section("Figures", ("FIGURE", "VALUE"), rows, "")


def _slots(day: DayReport, zone: tzinfo) -> Section:
    rows = tuple(
        (
            each.id,
            f"{each.starts.astimezone(zone):%H:%M}-{each.ends.astimezone(zone):%H:%M}",
            each.company,
            each.callsign,
            each.volume,
            each.state,
            str(each.flights),
            f"{each.flown_minutes:.0f} min",
            _lost_words(each.lost_minutes),
        )
        for each in day.slots
    )
    columns = ("SLOT", "TIME", "COMPANY", "VEHICLE", "VOLUME", "STATE", "FLIGHTS", "FLOWN", "LOST")
    return Section("Slots", columns, rows, "None was booked.")


def _commands(day: DayReport, zone: tzinfo) -> Section:
    rows = tuple(
        (
            _second(each.progress.sent_utc, zone) if each.progress.sent_utc else _NONE,
            each.callsign,
            each.progress.order.kind.value,
            each.progress.order.by,
            _after(each.progress.ack_after_s),
            _after(each.progress.seen_after_s),
            each.progress.stage.value,
            str(each.entry),
            each.progress.order.reason,
        )
        for each in day.commands
    )
    columns = ("SENT", "VEHICLE", "COMMAND", "BY", "ACK", "SEEN", "OUTCOME", "ENTRY", "REASON")
    return Section("Commands", columns, rows, "None was sent.")


def _incidents(incidents: tuple[IncidentLine, ...], zone: tzinfo) -> Section:
    rows = tuple(
        (
            each.id,
            f"{each.opened_utc.astimezone(zone):%d %b %H:%M}",
            each.company or _NONE,
            each.callsign,
            each.state,
            each.occurrence_class,
            each.title,
        )
        for each in incidents
    )
    columns = ("INCIDENT", "OPENED", "COMPANY", "VEHICLE", "STATE", "CLASS", "WHAT")
    return Section("Incidents", columns, rows, "There was none.")


def _shares(title: str, column: str, shares: tuple[Share, ...]) -> Section:
    rows = tuple(
        (
            each.name or _NO_SLOT,
            str(each.flights),
            f"{each.hours:.2f}",
            str(each.incidents),
            _rate(each.incidents_per_100_h),
        )
        for each in shares
    )
    return Section(title, (column, "FLIGHTS", "HOURS", "INCIDENTS", "PER 100 H"), rows, "Nobody flew.")


def _lost(figures: Statistics) -> Section:
    rows = tuple((reason.value, f"{minutes:.0f}") for reason, minutes in figures.lost_minutes.items() if minutes)
    return Section("Minutes lost, by whose they are", ("REASON", "MINUTES"), rows, "No slot's clock stood.")


def _lost_words(lost: Mapping[StopReason, float]) -> str:
    return ", ".join(f"{minutes:.0f} min {reason.value}" for reason, minutes in lost.items()) or _NONE


def _entries(lines: tuple[EntryLine, ...], zone: tzinfo) -> tuple[tuple[str, ...], ...]:
    return tuple((_second(each.utc, zone), str(each.entry), each.text) for each in lines)


def _cleaned(section: Section) -> Section:
    """Callsigns, titles and reasons are other people's texts."""
    rows = tuple(tuple(safe_text(cell, limit=400) for cell in row) for row in section.rows)
    return Section(section.title, section.columns, rows, section.empty, section.keys)


def _rate(rate: float | None) -> str:
    return f"{_NONE} (nothing was flown)" if rate is None else f"{rate:.2f}"


def _after(after_s: float | None) -> str:
    return _NONE if after_s is None else f"{after_s:.2f} s"


def _second(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%H:%M:%S}"


def _moment(moment: datetime, zone: tzinfo) -> str:
    """Local, with UTC beside it."""
    return f"{moment.astimezone(zone):%d %b %H:%M} ({moment:%H:%M}Z)"
