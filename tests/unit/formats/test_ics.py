"""What is written is what icalendar reads back, and RFC 5545's line rules are kept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from rangeops.adapters.formats.ics import write_calendar
from rangeops.domain.calendar_entries import CalendarEntry, EntryStatus
from rangeops.domain.text import safe_text

NOW = datetime(2026, 11, 24, 12, 0, 5, 123, tzinfo=UTC)


def entry(**changes):
    made = {
        "uid": "slot-S1@twente.rangeops",
        "sequence": 3,
        "status": EntryStatus.CONFIRMED,
        "starts": NOW + timedelta(hours=1),
        "ends": NOW + timedelta(hours=2),
        "summary": "S1 ACME NORTH",
        "location": "Twente, NORTH",
        "description": "approved: D07\nflight 13:00-14:00 UTC",
    }
    return CalendarEntry(**(made | changes))


def read(content):
    return Calendar.from_ical(content)


def test_a_feed_says_how_often_to_look_again():
    content = write_calendar("ACME", [], NOW)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in content
    assert b"X-PUBLISHED-TTL:PT15M\r\n" in content
    assert b"METHOD:PUBLISH\r\n" in content


def test_times_are_utc_and_the_sequence_is_the_version():
    (event,) = read(write_calendar("ACME", [entry()], NOW)).walk("VEVENT")
    assert event["uid"] == "slot-S1@twente.rangeops"
    assert event["sequence"] == 3
    assert event["dtstart"].to_ical() == b"20261124T130005Z"
    assert event["dtend"].to_ical() == b"20261124T140005Z"
    assert event["dtstamp"].to_ical() == b"20261124T120005Z"


@pytest.mark.parametrize(
    ("status", "transparency"),
    [(EntryStatus.TENTATIVE, "OPAQUE"), (EntryStatus.CONFIRMED, "OPAQUE"), (EntryStatus.CANCELLED, "TRANSPARENT")],
)
def test_what_is_cancelled_is_told_as_such_and_takes_no_time(status, transparency):
    (event,) = read(write_calendar("ACME", [entry(status=status)], NOW)).walk("VEVENT")
    assert (event["status"], event["transp"]) == (status.value, transparency)


texts = st.text(max_size=300) | st.sampled_from(
    ["a;b,c\\d\\n", "BEGIN:VEVENT\r\nEND:VEVENT", "x" * 299, "é" * 200, "\N{ROCKET}" * 100, 'DQUOTE ";:', "\x00\x1b[2J"]
)


@given(summary=texts, location=texts, name=texts)
def test_any_text_comes_back_and_no_line_is_longer_than_75_octets(summary, location, name):
    content = write_calendar(name, [entry(summary=summary, location=location)], NOW)
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode("utf-8") is not None for line in lines), "no character is cut by a fold"
    assert b"\n" not in content.replace(b"\r\n", b"")
    (event,) = read(content).walk("VEVENT")
    assert event["summary"] == safe_text(summary, limit=400)
    assert event["location"] == safe_text(location, limit=400)


@given(st.lists(texts, min_size=1, max_size=5))
def test_a_description_keeps_its_lines(lines):
    lines = [line.replace("\n", " ") for line in lines]
    (event,) = read(write_calendar("x", [entry(description="\n".join(lines))], NOW)).walk("VEVENT")
    assert event["description"] == "\n".join(safe_text(line, limit=400) for line in lines)
