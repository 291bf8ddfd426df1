"""The time, as every decision gets it: an argument."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rangeops.domain.errors import Invalid

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9000


@dataclass(frozen=True, slots=True)
class Now:
    """One instant on two clocks.

    monotonic_s: ages and deadlines are counted on it; a step of the wall clock moves none of them.
    utc: aware; what is recorded and shown.
    """

    monotonic_s: float
    utc: datetime


def can_be_counted(*moments: datetime) -> bool:
    """Has each a zone, and a year that leaves room to count from it: those of Python end with 9999, and raise beyond."""
    return all(moment.tzinfo is not None and _FIRST_YEAR <= moment.year <= _LAST_YEAR for moment in moments)


def require_counted(where: str, *moments: datetime) -> None:
    """Raises Invalid for one that can't be counted."""
    if not can_be_counted(*moments):
        raise Invalid(
            "a time has no zone, or a year that isn't counted with",
            where=where,
            do="Give times as 2026-11-24T10:00:00Z.",
        )


def unix_us(moment: datetime) -> int:
    """Unix time in whole microseconds, as tlogs count it, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def of_unix_us(at_us: int) -> datetime:
    """The moment that `unix_us` counted, aware UTC."""
    return _EPOCH + at_us * _MICROSECOND
