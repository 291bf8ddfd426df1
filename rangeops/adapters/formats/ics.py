"""Calendars as iCalendar (RFC 5545), with RFC 7986's refresh interval. Folding and escaping are the library's.

Texts from outside are made safe first: RFC 5545 has no way to write a control character.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from icalendar import Calendar, Event, vDuration

from rangeops.domain.calendar_entries import CalendarEntry, EntryStatus
from rangeops.domain.text import safe_text

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
REFRESH: Final = timedelta(minutes=15)
_LONGEST_LINE: Final = 400  # characters of a text; a description has several


def write_calendar(name: str, entries: Iterable[CalendarEntry], now_utc: datetime) -> bytes:
    """A published feed. now_utc: when it was made (each entry's DTSTAMP)."""
    calendar = Calendar()
    calendar.add("prodid", "-//rangeops//slots//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _safe(name))
    calendar.add("x-wr-calname", _safe(name))  # what programs read that don't know NAME
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))  # likewise for REFRESH-INTERVAL
    for entry in entries:
        calendar.add_component(_event(entry, now_utc))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: CalendarEntry, now_utc: datetime) -> Event:
    event = Event()
    event.add("uid", _safe(entry.uid))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now_utc.replace(microsecond=0))
    event.add("dtstart", entry.starts.replace(microsecond=0))
    event.add("dtend", entry.ends.replace(microsecond=0))
    event.add("status", entry.status.value)
    event.add("transp", "TRANSPARENT" if entry.status is EntryStatus.CANCELLED else "OPAQUE")
    event.add("summary", _safe(entry.summary))
    event.add("location", _safe(entry.location))
    event.add("description", "\n".join(_safe(line) for line in entry.description.split("\n")))
    return event


def _safe(text: str) -> str:
    return safe_text(text, limit=_LONGEST_LINE)
