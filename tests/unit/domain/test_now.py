"""Unix microseconds, to and fro: what a tlog stamps is the moment that a record names."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.now import of_unix_us, unix_us


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # naive bounds
def test_a_moment_comes_back_to_the_microsecond(moment):
    assert of_unix_us(unix_us(moment)) == moment


def test_the_first_second_and_a_stamp_of_a_recording():
    assert unix_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
    assert of_unix_us(1_795_503_980_791_482) == datetime(2026, 11, 24, 7, 6, 20, 791_482, tzinfo=UTC)
