"""The watch's alarms: what stands survives a restart, and what changes is told."""

from collections.abc import Iterable, Sequence

from rangeops.domain.alarms import Alarm, AlarmBoard, AlarmDeed, Assessment, Condition, SourceState
from rangeops.domain.events import AlarmChanged
from rangeops.domain.now import Now
from rangeops.watch.memory import Memory


class Annunciator:
    """What each assessment changed comes back for the journal; `keep` writes what stands, once for all that changed."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._board = AlarmBoard()
        self._unkept = False

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """What is shelved, suppressed or out of service too."""
        return self._board.standing

    def restore(self) -> None:
        """What stood before a restart, and what was shelved or out of service then."""
        self._board.restore(self._memory.alarms())

    def assess_source(
        self,
        source: str,
        covered: frozenset[Condition],
        present: Sequence[Assessment],
        now: Now,
        states: frozenset[SourceState] | None = None,
    ) -> list[AlarmChanged]:
        return self._changed(self._board.assess_source(source, covered, present, now, states))

    def assess(self, assessed: Iterable[Assessment], now: Now) -> list[AlarmChanged]:
        """And what time alone changes: shelves that end."""
        changed = [alarm for each in assessed for alarm in self._board.assess(each, now)]
        return self._changed([*changed, *self._board.tick(now)])

    def do(self, deed: AlarmDeed, now: Now) -> list[AlarmChanged]:
        alarm = self._board.do(deed, now)
        return self._changed([] if alarm is None else [alarm])

    def keep(self) -> None:
        if self._unkept:
            self._unkept = False
            self._memory.keep_alarms(self._board.standing)

    def _changed(self, alarms: list[Alarm]) -> list[AlarmChanged]:
        if not alarms:
            return []
        self._unkept = True
        return [AlarmChanged(alarm) for alarm in alarms]
