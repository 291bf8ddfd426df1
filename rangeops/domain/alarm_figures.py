"""How an alarm system does, in the figures of EEMUA 191 and ISA-18.2, from the alarms that were announced.

Rates are of one operator position: every control room shows the same alarms. Target: 1 in 10 minutes, at most 2; a flood
begins with the 10 minutes that have more than 10, and ends with the first that have fewer than 5 (ISA-18.2-2016, 16.5).
Priorities near 80, 15 and 5 %. Standing (stale): for over a day; chattering: raised three times or more in a minute.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarms import CATALOGUE, Alarm, AlarmId, AlarmState, Priority

PERIOD: Final = timedelta(minutes=10)
GOOD_A_PERIOD: Final = 1
MOST_A_PERIOD: Final = 2
FLOOD_BEGINS: Final = 10  # more than so many in a period
FLOOD_ENDS: Final = 5  # fewer than so many
CHATTERS_FROM: Final = 3  # times raised as one occurrence
STANDING_H: Final = 24.0
WANTED_PERCENT: Final = {Priority.P1: 5.0, Priority.P2: 15.0, Priority.P3: 80.0}
TOP: Final = 10


@dataclass(frozen=True, slots=True)
class TopSource:
    source: str
    condition: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Share:
    priority: int
    count: int
    percent: float
    wanted_percent: float


@dataclass(frozen=True, slots=True)
class StandingAlarm:
    alarm: AlarmId
    source: str
    title: str
    state: str
    hours: float


@dataclass(frozen=True, slots=True)
class Chatterer:
    """times: the most that one occurrence was raised."""

    source: str
    condition: str
    occurrences: int
    times: int


@dataclass(frozen=True, slots=True)
class AlarmFigures:
    """counts: announced in each 10 minutes from `since` on, the last of them cut off at `until`.

    in_time_percent: of the acknowledged, within the catalogue's time to respond. None: nothing to count from.
    """

    since: datetime
    until: datetime
    announced: int
    counts: tuple[int, ...]
    average: float
    peak: int
    peak_utc: datetime | None
    flood_percent: float
    over_most_percent: float
    top: tuple[TopSource, ...]
    priorities: tuple[Share, ...]
    standing: tuple[StandingAlarm, ...]
    standing_h: float
    chattering: tuple[Chatterer, ...]
    ack_p50_s: float | None
    ack_p95_s: float | None
    in_time_percent: float | None
    unacknowledged: int
    shelved: int  # alarms that were, in this time
    now_shelved: int
    now_suppressed: int
    now_out_of_service: int


def figures(
    alarms: Iterable[Alarm],
    since: datetime,
    until: datetime,
    *,
    on_boards: Collection[AlarmId],
    standing_h: float = STANDING_H,
) -> AlarmFigures:
    """alarms: as they were last known, those that began before `since` and still stand among them.

    on_boards: those that watches and server have just now; what is recorded as standing and isn't among them was lost
    with a watch's folder, and stands no more.
    """
    known = list(alarms)
    announced = [each for each in known if each.announced_utc is not None and since <= each.raised_utc < until]
    counts = _counts(announced, since, until)
    live = [each for each in known if each.id in on_boards]
    peak = max(counts, default=0)
    states = Counter(each.state for each in live)
    took_s = sorted(taken for each in announced if (taken := _took_s(each)) is not None)
    in_time = sum(
        (taken := _took_s(each)) is not None and taken <= CATALOGUE[each.condition].respond_s for each in announced
    )
    return AlarmFigures(
        since=since,
        until=until,
        announced=len(announced),
        counts=tuple(counts),
        average=len(announced) / max((until - since) / PERIOD, 1.0),
        peak=peak,
        peak_utc=since + counts.index(peak) * PERIOD if peak else None,
        flood_percent=_percent(sum(_floods(counts)), len(counts)),
        over_most_percent=_percent(sum(count > MOST_A_PERIOD for count in counts), len(counts)),
        top=_top(announced),
        priorities=_shares(announced),
        standing=_standing(live, until, standing_h),
        standing_h=standing_h,
        chattering=_chattering(announced),
        ack_p50_s=percentile(took_s, 0.50),
        ack_p95_s=percentile(took_s, 0.95),
        in_time_percent=_percent(in_time, len(took_s)) if took_s else None,
        unacknowledged=sum(each.state in (AlarmState.UNACKED, AlarmState.RETURNED) for each in live),
        shelved=sum(_was_shelved(each, since, until) for each in known),
        now_shelved=states[AlarmState.SHELVED],
        now_suppressed=states[AlarmState.SUPPRESSED],
        now_out_of_service=states[AlarmState.OUT_OF_SERVICE],
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank, of figures in order; None of none."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else None


def _counts(announced: Iterable[Alarm], since: datetime, until: datetime) -> list[int]:
    periods = max(1, -int(-((until - since) / PERIOD) // 1))
    counts = [0] * periods
    for each in announced:
        counts[int((each.raised_utc - since) / PERIOD)] += 1
    return counts


def _floods(counts: Iterable[int]) -> list[bool]:
    flooded, within = [], False
    for count in counts:
        within = count > FLOOD_BEGINS or (within and count >= FLOOD_ENDS)
        flooded.append(within)
    return flooded


def _top(announced: Sequence[Alarm]) -> tuple[TopSource, ...]:
    found = Counter((each.source, each.condition.value) for each in announced)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        TopSource(source, condition, count, _percent(count, len(announced)))
        for (source, condition), count in ordered[:TOP]
    )


def _shares(announced: Sequence[Alarm]) -> tuple[Share, ...]:
    found: Mapping[Priority, int] = Counter(each.priority for each in announced)
    return tuple(
        Share(priority.value, found.get(priority, 0), _percent(found.get(priority, 0), len(announced)), wanted)
        for priority, wanted in WANTED_PERCENT.items()
    )


def _standing(live: Iterable[Alarm], until: datetime, standing_h: float) -> tuple[StandingAlarm, ...]:
    found = [
        StandingAlarm(each.id, each.source, each.title, each.state.value, hours)
        for each in live
        if not each.is_removed and (hours := (until - each.raised_utc).total_seconds() / 3600) > standing_h
    ]
    return tuple(sorted(found, key=lambda each: -each.hours))


def _chattering(announced: Iterable[Alarm]) -> tuple[Chatterer, ...]:
    found: dict[tuple[str, str], list[int]] = {}
    for each in announced:
        if each.times >= CHATTERS_FROM:
            found.setdefault((each.source, each.condition.value), []).append(each.times)
    return tuple(
        Chatterer(source, condition, len(times), max(times)) for (source, condition), times in sorted(found.items())
    )


def _was_shelved(alarm: Alarm, since: datetime, until: datetime) -> bool:
    removal = alarm.removal
    return removal is not None and removal.until is not None and since <= removal.utc < until


def _took_s(alarm: Alarm) -> float | None:
    """From its announcement to its acknowledgement; of one that was latched, to the reset."""
    if alarm.acked_utc is None or alarm.announced_utc is None:
        return None
    return max(0.0, (alarm.acked_utc - alarm.announced_utc).total_seconds())


def _percent(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 1) if whole else 0.0
