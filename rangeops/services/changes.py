"""Every change of state is one transaction: what changed, its entry in the record, and who is to be told of it."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rangeops.domain import audit, projections
from rangeops.domain.audit import Actor, AuditEntry
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders
from rangeops.domain.slots import Slot
from rangeops.domain.text import safe_text
from rangeops.services import once
from rangeops.services.ports.store import Store, UnitOfWork
from rangeops.wire.picture import Changed, LogLine

SERVER: Final = Actor("server", "server")
RANGE: Final = "range"  # the subject of what concerns everybody


def vehicle(sysid: int) -> str:
    """The subject under which the record finds what happened to a vehicle."""
    return f"vehicle:{sysid}"


def slot_subject(slot: str) -> str:
    return f"slot:{slot}"


@dataclass(frozen=True, slots=True)
class OrdersIssued:
    orders: Orders


Notice = LogLine | Changed | OrdersIssued
"""What the outside is told after a change was stored."""


class Change:
    """A change under way. `work` is its transaction; what is noted here is told only after the commit."""

    def __init__(self, work: UnitOfWork, now: Now, actor: Actor) -> None:
        self.work = work
        self.now = now
        self.actor = actor
        self.notices: list[Notice] = []
        self._head = work.record.head()
        self._carried: dict[str, projections.Projected] = {}  # rows as an entry of this change has them

    def record(
        self,
        action: str,
        target: str,
        says: str,
        body: Any = None,
        *,
        about: Iterable[str] = (),
        happened: datetime | None = None,
        source: str = "",
        actor: Actor | None = None,
    ) -> AuditEntry:
        """Append to the record. says: one sentence for log and timeline; "" keeps it out of both.

        about: subjects under which it is found. happened: when, if not now. source: whom the log names.
        """
        moment = happened or self.now.utc
        actor = actor or self.actor
        subjects = sorted(set(about))
        payload = {"about": subjects, "says": says, "source": source or actor.name, "happened": moment, "body": body}
        if (self.work.written or action in projections.IN_BODY) and (rows := self._rows_for(action, body)):
            payload["rows"] = rows
        entry = audit.append(self._head, now=self.now, actor=actor, action=action, target=target, payload=payload)
        self.work.record.add(entry)
        self.work.record.point(entry.seq, subjects, moment)
        self._head = entry
        if says:
            self.notices.append(_line(entry.seq, moment.astimezone(UTC), payload["source"], says))
        return entry

    def carry_rows(self) -> None:
        """Append an entry with the rows that were written after the last entry of this change, where there are such."""
        if any(self._carried.get(name) != row for name, row in self.work.written.items()):
            self.record(projections.ROWS, "record", "", about=["record"], actor=SERVER)

    def _rows_for(self, action: str, body: Any) -> dict[str, projections.Projected]:
        """The rows written since the last entry, without those that the body, or an entry before, holds as they are."""
        if (held := projections.held_in(action, body)) is not None:
            self._carried[projections.row_name(held)] = held
        written = {name: row for name, row in self.work.written.items() if self._carried.get(name) != row}
        self._carried |= written
        self.work.written.clear()
        return {name: projections.as_recorded(row) for name, row in written.items()}

    def changed(self, *nouns: str) -> None:
        self.notices.extend(Changed(noun) for noun in nouns if Changed(noun) not in self.notices)

    def issued(self, orders: Orders) -> None:
        self.notices.append(OrdersIssued(orders))


def record_slot(
    change: Change, action: str, slot: Slot, says: str, body: Any = None, *, actor: Actor | None = None
) -> None:
    """Change.record for a slot: found under it and its vehicle; whoever shows slots is told."""
    subject = slot_subject(slot.id)
    change.record(action, subject, says, body, about=[subject, vehicle(slot.sysid)], actor=actor)
    change.changed("slots")


class Changes:
    """Opens changes on a store, and tells `announce` what each came to."""

    def __init__(self, store: Store, announce: Callable[[Notice], None]) -> None:
        self.store = store
        self._announce = announce

    @contextmanager
    def begin(self, now: Now, actor: Actor) -> Iterator[Change]:
        with self.store.write() as work:
            change = Change(work, now, actor)
            yield change
            change.carry_rows()
            once.note(work, now)
        for notice in change.notices:
            self._announce(notice)


def line_of(entry: AuditEntry) -> LogLine | None:
    """The entry as a line of the range's log: the log is the record in words. None for what has none."""
    payload = json.loads(entry.payload)
    if not payload["says"]:
        return None
    return _line(entry.seq, happened_of(payload), payload["source"], payload["says"])


def _line(seq: int, happened: datetime, source: str, says: str) -> LogLine:
    return LogLine(seq, happened, safe_text(source), safe_text(says, limit=400))


def happened_of(payload: Any) -> datetime:
    return datetime.fromisoformat(payload["happened"])


def span(starts: datetime, ends: datetime) -> str:
    """Two times as people read them."""
    if starts.date() == ends.date():
        return f"{starts:%d %b %H:%M}-{ends:%H:%M} UTC"
    return f"{starts:%d %b %H:%M} - {ends:%d %b %H:%M} UTC"
