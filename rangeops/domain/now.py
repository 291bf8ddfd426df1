"""The time, as every decision gets it: an argument."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Now:
    """One instant on two clocks.

    monotonic_s: ages and deadlines are counted on it; a step of the wall clock moves none of them.
    utc: aware; what is recorded and shown.
    """

    monotonic_s: float
    utc: datetime


def unix_us(moment: datetime) -> int:
    """Unix time in whole microseconds, as tlogs count it, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def of_unix_us(at_us: int) -> datetime:
    """The moment that `unix_us` counted, aware UTC."""
    return _EPOCH + at_us * _MICROSECOND
