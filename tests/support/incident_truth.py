"""Incidents made up by seed, journalled as a watch would, delivered as a bad day would; and what their timelines lack of them."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desk import D07, NOON, Desk, alarm, command

from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.events import (
    AlarmChanged,
    CommandMoved,
    Event,
    JournalEntry,
    ModeChanged,
    StandingChanged,
    StatusTextHeard,
)
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.services.words import words
from rangeops.wire.api import TimelineItem

NEAR = timedelta(milliseconds=50)
D09 = Sysid(9)
_OPENS = (Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Condition.OUTSIDE_CONTINGENCY, Condition.PROHIBITED_ZONE)
_LATER = (*_OPENS, Condition.FORECAST_EXIT, Condition.ABOVE_CEILING, Condition.UPLINK_LOST, Condition.TELEMETRY_STALE)
_STAGES = (
    (CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN),
    (CommandStage.QUEUED, CommandStage.SENT, CommandStage.ACKED, CommandStage.SEEN),
    (CommandStage.SENT, CommandStage.ACKED, CommandStage.NOT_OBEYED),
    (CommandStage.SENT, CommandStage.NO_ACK),
    (CommandStage.SENT, CommandStage.REFUSED),
)
_KINDS = (CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND)


@dataclass(frozen=True)
class Happened:
    """One thing that did. says: a part of its line on the timeline."""

    utc: datetime
    says: str


@dataclass(frozen=True)
class MadeUp:
    """truth: all that happened to the incident's vehicle; others: to somebody else meanwhile."""

    truth: tuple[Happened, ...]
    others: tuple[Happened, ...]
    timeline: tuple[TimelineItem, ...]
    incidents: int

    @property
    def missing(self) -> list[Happened]:
        return missing(self.timeline, self.truth)

    @property
    def foreign(self) -> list[TimelineItem]:
        return [each for each in self.timeline if any(other.says in each.text for other in self.others)]


def made_up(seed: int) -> MadeUp:
    chance = random.Random(seed)
    desk = Desk()
    desk.cleared()
    story = _story(chance)
    entries = [
        JournalEntry("watch", desk.seq + number, 1000.0 + at_s, NOON + timedelta(seconds=at_s), event)
        for number, (at_s, event) in enumerate(story, start=1)
    ]
    _deliver(desk, entries, chance)
    found = desk.services.incidents.all()
    view = desk.services.incidents.get(found[-1].id)
    happened = [(sysid_of, Happened(each.utc, words(each.event))) for each in entries for sysid_of in [_of(each.event)]]
    return MadeUp(
        truth=tuple(each for sysid, each in happened if sysid == D07),
        others=tuple(each for sysid, each in happened if sysid == D09),
        timeline=view.timeline,
        incidents=len(found),
    )


def missing(timeline: Iterable[TimelineItem], truth: Sequence[Happened]) -> list[Happened]:
    """What has no line of its own within 50 ms."""
    left, lacking = list(timeline), []
    for each in truth:
        line = next((x for x in left if each.says in x.text and abs(x.utc - each.utc) <= NEAR), None)
        if line is None:
            lacking.append(each)
        else:
            left.remove(line)
    return lacking


def _story(chance: random.Random) -> list[tuple[float, Event]]:
    """An excursion with its causes, alarms, acknowledgements and commands, and a neighbour's uneventful minutes."""
    at_s = chance.uniform(60, 600)
    story: list[tuple[float, Event]] = []

    def then(event: Event, *, within_s: float = 8.0) -> None:
        nonlocal at_s
        at_s += chance.uniform(0.001, within_s)
        story.append((round(at_s, 6), event))

    then(ModeChanged(D07, chance.choice(("AUTO", "GUIDED", "LOITER")), chance.randrange(20), commanded=False))
    then(StandingChanged(D07, Standing.CONTINGENCY, -chance.uniform(0, 50)))
    standing = []
    for number in range(chance.randint(1, 4)):
        condition = chance.choice(_OPENS if number == 0 else _LATER)
        raised = alarm(condition, number=number + 1)
        raised = replace(raised, title=f"{condition.value} {number}")
        standing.append(raised)
        then(AlarmChanged(raised))
        if chance.random() < 0.7:
            then(AlarmChanged(replace(raised, state=AlarmState.ACKED, acked_by=f"op{number}")))
        then(StatusTextHeard(D07, 4, f"text {chance.randrange(10**6)}"))
    for number in range(1, chance.randint(2, 5)):
        by = chance.choice(("policy", "op1"))
        kind = chance.choice(_KINDS)
        for stage in chance.choice(_STAGES):
            then(CommandMoved(command(stage, kind, by=by, number=number)), within_s=1.5)
        then(ModeChanged(D07, "BRAKE", 17, commanded=True), within_s=0.02)
        then(StatusTextHeard(D09, 6, f"neighbour {chance.randrange(10**6)}"), within_s=0.5)
    for raised in standing:
        then(AlarmChanged(replace(raised, state=AlarmState.NORMAL)))
    return story


def _of(event: Event) -> Sysid | None:
    match event:
        case AlarmChanged(raised):
            return raised.sysid
        case CommandMoved(progress):
            return progress.order.sysid
    return getattr(event, "sysid", None)


def _deliver(desk: Desk, entries: list[JournalEntry], chance: random.Random) -> None:
    """In batches of any size, late by up to an hour, the last few sometimes twice."""
    at = 0
    while at < len(entries):
        batch = entries[max(0, at - chance.randint(0, 3)) : at + chance.randint(1, 9)]
        late_s = chance.choice((0.0, 0.05, 30.0, 3600.0))
        told = max(batch[-1].utc + timedelta(seconds=late_s), desk.now.utc)
        desk.now = Now(1000.0 + (told - NOON).total_seconds(), told)
        desk.services.intake.take(batch, desk.now)
        at = max(at, entries.index(batch[-1]) + 1)
