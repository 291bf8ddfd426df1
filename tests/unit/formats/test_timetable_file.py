"""A file's requests are read as they were written, and what can't be is refused in one sentence."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from range_weeks import FOLDER, SEEDS, range_week
from timetable_oracle import small_timetables

from rangeops.adapters.formats.timetable_file import read_timetable, write_timetable
from rangeops.domain.errors import Invalid
from rangeops.domain.timetable import Placement
from rangeops.domain.volumes import VolumeId

REQUEST = {
    "id": "R1",
    "company": "acme",
    "asked": "2026-11-20T08:00:00Z",
    "volumes": ["A"],
    "minutes": 40,
    "windows": [{"earliest": "2026-11-30T08:10:00Z", "latest": "2026-11-30T10:05:00Z"}],
}
FILE = {"origin": "2026-11-30T00:00:00Z", "step_minutes": 15, "days": 1, "requests": [REQUEST]}


def read(**changed):
    return read_timetable(json.dumps(FILE | changed).encode(), name="week.json")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kept_weeks_are_the_generators(seed):
    week = read_timetable((FOLDER / f"week-{seed}.json").read_bytes(), name="week.json")
    assert week == range_week(seed)
    assert (len(week.requests), len(week.volumes)) == (200, 8)


@given(small_timetables(held=True))
def test_what_is_written_is_read_back(small):
    whole = replace(
        small, steps=96, requests=tuple(replace(each, gap=0) for each in small.requests), taken=()
    )  # a file counts in days, its minutes hold the gap, and all that it knows is in it
    assert read_timetable(write_timetable(whole), name="small.json") == whole


def test_times_between_two_steps_never_widen_a_window_nor_shorten_a_flight_or_a_closure():
    closures = [{"volume": "A", "start": "2026-11-30T12:05:00Z", "end": "2026-11-30T12:10:00Z"}]
    table = read(closures=closures)
    (request,) = table.requests
    assert request.windows == ((33, 40),)  # 08:15 to 10:00
    assert request.steps == 3
    (closure,) = table.closures
    assert (table.at(closure.start), table.at(closure.end)) == (
        table.origin + timedelta(hours=12),
        table.origin + timedelta(hours=12, minutes=15),
    )


def test_a_place_is_read():
    request = REQUEST | {"present": {"volume": "B", "start": "2026-11-30T09:00:00Z"}, "approved": True}
    (read_request,) = read(requests=[request]).requests
    assert read_request.present == Placement(VolumeId("B"), 36)
    assert read_request.is_held


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"step_minutes": 7}, "part an hour"),
        ({"step_minutes": 0}, "part an hour"),
        ({"starts_every_minutes": 20}, "no whole number of steps"),
        ({"starts_every_minutes": -15}, "no whole number of steps"),
        ({"days": 32}, "days must be"),
        ({"origin": "2026-11-30T00:00:00"}, "no zone"),
        ({"requests": [REQUEST, REQUEST]}, "two requests have its id"),
        ({"requests": [REQUEST] * 2001}, "over 2000 requests"),
        ({"capacities": {"crew": -1}}, "negative"),
        ({"requests": [REQUEST | {"volumes": []}]}, "name its volumes"),
        ({"requests": [REQUEST | {"volumes": ["A", "A"]}]}, "name its volumes"),
        ({"requests": [REQUEST | {"minutes": 0}]}, "minutes must be"),
        ({"requests": [REQUEST | {"minutes": 1441}]}, "minutes must be"),
        ({"requests": [REQUEST | {"priority": 10}]}, "priority goes from"),
        ({"requests": [REQUEST | {"needs": {"crew": 0}}]}, "less than one"),
        ({"requests": [REQUEST | {"approved": True}]}, "held and has no place"),
        ({"requests": [REQUEST | {"fixed": True}]}, "held and has no place"),
        ({"requests": [REQUEST | {"preferred": "2026-11-30T00:00:00"}]}, "no zone"),
        ({"requests": [REQUEST | {"minutes": "40"}]}, "isn't a timetable"),
        ({"wishes": []}, "isn't a timetable"),
    ],
)
def test_what_cannot_be_is_refused(changed, says):
    with pytest.raises(Invalid, match=says):
        read(**changed)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{" * 100_000, b"[" * 11_000_000], ids=range(5))
def test_what_is_no_timetable_is_refused(content):
    with pytest.raises(Invalid):
        read_timetable(content, name="week.json")
