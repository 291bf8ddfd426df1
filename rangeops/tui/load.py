"""How many alarms an operator gets: counted from what the feed and the server's history tell. No Textual, no clock."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarm_flood import is_flood
from rangeops.domain.alarms import Alarm, AlarmId

PERIOD: Final = timedelta(minutes=10)
PERIODS: Final = 6  # an hour


@dataclass(frozen=True, slots=True)
class Load:
    """counts: announced in each of the last ten-minute periods, the running one last. top: who has most of that."""

    counts: tuple[int, ...] = (0,) * PERIODS
    top: str = ""
    top_percent: float = 0.0

    @property
    def now(self) -> int:
        return self.counts[-1]

    @property
    def flood(self) -> bool:
        return is_flood(self.now)


class Announcements:
    """Each alarm once, for an hour."""

    def __init__(self) -> None:
        self._known: dict[AlarmId, tuple[datetime, str]] = {}

    def take(self, alarms: Iterable[Alarm], utc: datetime) -> None:
        """What was never announced, since it was suppressed or out of service from its beginning, doesn't count."""
        oldest = utc - PERIODS * PERIOD
        for alarm in alarms:
            if alarm.raised_utc >= oldest and (alarm.announced_utc is not None or not alarm.is_removed):
                self._known[alarm.id] = (alarm.raised_utc, alarm.source)

    def load(self, utc: datetime) -> Load:
        self._known = {key: known for key, known in self._known.items() if utc - known[0] < PERIODS * PERIOD}
        counts = [0] * PERIODS
        sources: Counter[str] = Counter()
        for raised, source in self._known.values():
            ago = int(max(utc - raised, timedelta()) / PERIOD)
            counts[PERIODS - 1 - ago] += 1
            if not ago:
                sources[source] += 1
        top, most = max(sources.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        return Load(tuple(counts), top, 100.0 * most / counts[-1] if counts[-1] else 0.0)
