"""Unix microseconds, to and fro: what a tlog stamps is the moment that a record names. And which times can be counted from."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.domain.now import can_be_counted, of_unix_us, require_counted, unix_us

ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # naive bounds
def test_a_moment_comes_back_to_the_microsecond(moment):
    assert of_unix_us(unix_us(moment)) == moment


def test_the_first_second_and_a_stamp_of_a_recording():
    assert unix_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
    assert of_unix_us(1_795_503_980_791_482) == datetime(2026, 11, 24, 7, 6, 20, 791_482, tzinfo=UTC)


@given(st.datetimes(timezones=ZONES), st.timedeltas(timedelta(days=-3650), timedelta(days=3650)))
def test_what_can_be_counted_can_be_moved_by_years_and_told_in_utc(moment, span):
    if can_be_counted(moment):
        assert (moment + span).astimezone(UTC) - moment == span
    else:
        assert not 1970 <= moment.year <= 9000


@given(st.datetimes())
def test_without_a_zone_no_time_can_be_counted(moment):
    assert not can_be_counted(datetime(2026, 11, 30, tzinfo=UTC), moment)
    with pytest.raises(Invalid, match="no zone"):
        require_counted("closure", moment)
