"""Times as people type them."""

from datetime import UTC, datetime

from rangeops.domain.errors import Invalid
from rangeops.domain.now import can_be_counted


def time_of(text: str) -> datetime:
    """Aware UTC, from 2026-11-24T08:00Z or `now`. Raises Invalid."""
    return datetime.now(UTC).replace(microsecond=0) if text == "now" else written_time(text, where="its time")


def written_time(text: str, *, where: str) -> datetime:
    """Aware UTC, from 2026-11-24T08:00Z. where: what an error calls it. Raises Invalid."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text!r:.40} is not a time", where=where, do="Write it as 2026-11-24T08:00Z.") from error
    if time.tzinfo is None:
        raise Invalid("the time has no zone", where=where, do="End it with Z for UTC, or an offset.")
    if not can_be_counted(time):
        raise Invalid(f"{time.year} is no year that is counted with", where=where, do="Correct the year.")
    return time.astimezone(UTC)
