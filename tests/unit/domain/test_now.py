"""Which times can be counted from: all that are left must survive a shift by any span that the range knows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.domain.now import can_be_counted, require_counted

ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)


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
