"""Alarm deeds on their way to the watches: what a watch ended before it took is told to it again when it is back."""

from collections.abc import Iterable
from typing import Final

from rangeops.domain.alarms import AlarmDeed
from rangeops.domain.now import Now

TAKEN_AFTER_S: Final = 1.0  # a watch reads before it tells: a snapshot so long after a deed comes from one that has it
KEPT_S: Final = 300.0  # a watch that is away for longer meets alarms that others have dealt with meanwhile
MOST_KEPT: Final = 200


class DeedsUnderWay:
    """By watch. A watch's board takes a deed twice without harm: its tables refuse what is done already."""

    def __init__(self) -> None:
        self._sent: dict[str, list[tuple[AlarmDeed, float]]] = {}

    def sent(self, deed: AlarmDeed, watches: Iterable[str], now: Now) -> None:
        """watches: all that are or may be back, also those that just went."""
        for watch in watches:
            self._sent[watch] = [*self._sent.get(watch, ()), (deed, now.monotonic_s)][-MOST_KEPT:]

    def heard(self, watch: str, now: Now) -> None:
        """A snapshot of this watch has come."""
        if waiting := self._sent.get(watch):
            self._sent[watch] = [each for each in waiting if now.monotonic_s - each[1] < TAKEN_AFTER_S]

    def again(self, watch: str, now: Now) -> tuple[AlarmDeed, ...]:
        """What a watch that has just connected may have missed, oldest first; counted as sent now."""
        missed = [deed for deed, sent_s in self._sent.get(watch, ()) if now.monotonic_s - sent_s < KEPT_S]
        self._sent[watch] = [(deed, now.monotonic_s) for deed in missed]
        return tuple(missed)
