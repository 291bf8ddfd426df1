"""Pages of lists: each item once, whatever comes in between; a cursor that isn't one is refused."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.services.paging import Asked, after, cut, page

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def key(number):
    return (number,)


def read(items, limit, *, between=(), newest_first=False):
    """All pages of a list into which, after each page, one of `between` comes."""
    waiting, given_out, asked = list(between), [], Asked(limit)
    while True:
        found = cut(items, asked, "numbers", key, (int,), newest_first=newest_first)
        given_out += found.items
        if not found.cursor:
            return given_out
        asked = Asked(limit, found.cursor)
        if waiting:
            items = items | {waiting.pop()}


@given(st.sets(st.integers()), st.integers(1, 7), st.lists(st.integers()), st.booleans())
def test_what_is_there_from_the_beginning_is_told_once_whatever_comes_in_between(items, limit, between, newest_first):
    told = read(items, limit, between=between, newest_first=newest_first)
    assert len(told) == len(set(told))
    assert items <= set(told)
    assert told == sorted(told, reverse=newest_first)


def test_a_full_last_page_has_no_cursor():
    assert page([1, 2], Asked(2), "numbers", key).cursor == ""
    assert page([1, 2, 3], Asked(2), "numbers", key).cursor != ""


@given(st.tuples(st.datetimes(timezones=st.just(UTC)), st.integers(), st.text()))
def test_a_cursor_brings_its_key_back(of_item):
    found = page([of_item, of_item], Asked(1), "things", lambda item: item)
    assert after(Asked(1, found.cursor), "things", datetime, int, str) == of_item


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "ü", "====", encoded([]), encoded({}), encoded(5), encoded(["others", 1]), encoded(["numbers"]),
        encoded(["numbers", "1"]), encoded(["numbers", True]), encoded(["numbers", 1, 2]), encoded(["numbers", None]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)  # fmt: skip
def test_what_is_no_cursor_of_this_list_is_refused(cursor):
    with pytest.raises(Invalid, match="no cursor of this list"):
        after(Asked(10, cursor), "numbers", int)


@pytest.mark.parametrize("moment", ["2026-11-24T12:00:00", "noon", 5])
def test_a_time_in_a_cursor_is_one(moment):
    with pytest.raises(Invalid):
        after(Asked(10, encoded(["slots", moment])), "slots", datetime)
    assert after(Asked(10, encoded(["slots", NOON.isoformat()])), "slots", datetime) == (NOON,)
