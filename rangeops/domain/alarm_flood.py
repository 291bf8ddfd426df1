"""A flood of alarms, in few rows: those of one cause together, then those of one vehicle; nothing is left out.

A flood is more than FLOOD_BEGINS announcements in ten minutes (EEMUA 191). What comes first in a group is marked: it is
the one to look at, the rest mostly follow from it. A P1 is only grouped with its like at other sources, which are all
named in the row; it never goes under in a vehicle's group.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from rangeops.domain.alarm_figures import FLOOD_BEGINS
from rangeops.domain.alarms import Alarm, AlarmState, Priority

CAUSE: Final = timedelta(seconds=10)  # alarms of one condition whose beginnings lie no farther apart have one cause
FEWEST: Final = 3  # fewer are rows of their own
_WAITING: Final = (AlarmState.UNACKED, AlarmState.RETURNED)
_NUMBERED: Final = re.compile(r"(.*?)(\d+)\Z")


@dataclass(frozen=True, slots=True)
class AlarmGroup:
    """One row. alarms: in the order in which they began; of a single one, that. cause: of several sources, one condition."""

    alarms: tuple[Alarm, ...]
    cause: bool = False

    @property
    def first(self) -> Alarm:
        return self.alarms[0]

    @property
    def is_single(self) -> bool:
        return len(self.alarms) == 1

    @property
    def key(self) -> str:
        if self.is_single:
            return self.first.id
        return f"group/{self.first.condition.value if self.cause else self.first.source}/{self.first.id}"

    @property
    def priority(self) -> Priority:
        return min(alarm.priority for alarm in self.alarms)

    @property
    def waiting(self) -> tuple[Alarm, ...]:
        """Those that nobody has acknowledged, worst and first of them first."""
        return tuple(
            sorted((a for a in self.alarms if a.state in _WAITING), key=lambda a: (a.priority, a.raised_utc, a.id))
        )

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(sorted({alarm.source for alarm in self.alarms}, key=_by_number))


def is_flood(announced_in_10_min: int) -> bool:
    return announced_in_10_min > FLOOD_BEGINS


def rows(alarms: Iterable[Alarm], *, flood: bool) -> tuple[AlarmGroup, ...]:
    """By priority, then by when they began: an acknowledgement moves nothing. Outside a flood each stands alone."""
    ordered = sorted(alarms, key=_began)
    groups = _grouped(ordered) if flood else [AlarmGroup((alarm,)) for alarm in ordered]
    return tuple(sorted(groups, key=lambda group: (group.priority, group.first.raised_utc, group.key)))


def _began(alarm: Alarm) -> tuple[datetime, int, str]:
    return (alarm.raised_utc, alarm.priority, alarm.id)


def _grouped(ordered: Sequence[Alarm]) -> list[AlarmGroup]:
    groups: list[AlarmGroup] = []
    left: list[Alarm] = []
    for alike in _by(ordered, lambda alarm: alarm.condition.value):
        for run in _runs(alike):
            if len({alarm.source for alarm in run}) >= FEWEST:
                groups.append(AlarmGroup(tuple(run), cause=True))
            else:
                left += run
    for theirs in _by(left, lambda alarm: alarm.source):
        lesser = [alarm for alarm in theirs if alarm.priority is not Priority.P1 and alarm.sysid is not None]
        alone = [alarm for alarm in theirs if alarm not in lesser]
        if len(lesser) < FEWEST:
            alone, lesser = list(theirs), []
        groups += [AlarmGroup((alarm,)) for alarm in alone]
        if lesser:
            groups.append(AlarmGroup(tuple(sorted(lesser, key=_began))))
    return groups


def _by(alarms: Iterable[Alarm], key: Callable[[Alarm], str]) -> Iterable[list[Alarm]]:
    found: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        found.setdefault(key(alarm), []).append(alarm)
    return found.values()


def _runs(alike: Sequence[Alarm]) -> list[list[Alarm]]:
    """Cut where more than CAUSE lies between two beginnings."""
    runs = [[alike[0]]]
    for before, alarm in pairwise(alike):
        if alarm.raised_utc - before.raised_utc > CAUSE:
            runs.append([])
        runs[-1].append(alarm)
    return runs


def named(sources: Iterable[str]) -> tuple[str, ...]:
    """Short, and none left out: D01 D02 D03 is D01-D03."""
    found: list[str] = []
    run: list[str] = []
    for source in [*sorted(set(sources), key=_by_number), ""]:
        if run and not _follows(run[-1], source):
            found += run if len(run) < FEWEST else [f"{run[0]}-{run[-1]}"]
            run = []
        run.append(source)
    return tuple(found)


def _by_number(source: str) -> tuple[str, int, str]:
    match = _NUMBERED.match(source)
    return (match[1], int(match[2]), source) if match else (source, -1, source)


def _follows(before: str, source: str) -> bool:
    one, other = _NUMBERED.match(before), _NUMBERED.match(source)
    return (
        one is not None
        and other is not None
        and one[1] == other[1]
        and len(one[2]) == len(other[2])
        and int(other[2]) == int(one[2]) + 1
    )
