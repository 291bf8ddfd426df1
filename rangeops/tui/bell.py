"""When the terminal's bell rings: once for what is new, and never in a row. Off unless a person turns it on. No Textual."""

from collections.abc import Iterable
from typing import Final

from rangeops.domain.alarms import Alarm, AlarmId, AlarmState, Priority
from rangeops.domain.now import Now
from rangeops.tui.preferences import Preferences

APART_S: Final = 5.0
"""In a flood the bell is no information: what rings less is listened to."""


class Bell:
    """Told of the alarms at each drawing."""

    def __init__(self) -> None:
        self._known: frozenset[AlarmId] = frozenset()
        self._rang_s = float("-inf")

    def rings(self, alarms: Iterable[Alarm], now: Now, preferences: Preferences) -> bool:
        """Whether to ring now: for an unacknowledged alarm that wasn't there before, of a priority that is on."""
        waiting = {alarm.id: alarm.priority for alarm in alarms if alarm.state is AlarmState.UNACKED}
        news = {priority for key, priority in waiting.items() if key not in self._known}
        self._known = frozenset(waiting)
        on = {Priority.P1: preferences.bell_p1, Priority.P2: preferences.bell_p2, Priority.P3: preferences.bell_p3}
        if not any(on.get(priority) for priority in news) or now.monotonic_s - self._rang_s < APART_S:
            return False
        self._rang_s = now.monotonic_s
        return True
