"""Times as people type them."""

from datetime import UTC, datetime

from rangeops.domain.errors import Invalid


def time_of(text: str) -> datetime:
    """Aware UTC, from 2026-11-24T08:00Z or `now`. Raises Invalid."""
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text!r:.40} is not a time", where="its time", do="Write it as 2026-11-24T08:00Z.") from error
    if time.tzinfo is None:
        raise Invalid("the time has no zone", where="its time", do="End it with Z for UTC, or an offset.")
    return time.astimezone(UTC)
