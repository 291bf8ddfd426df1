"""What must be true of a database, looked at: at each start what is quick, by `rangeops store check` all of it."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import shapely
from sqlalchemy import Connection, Row, inspect, select, text

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.projections import Projections
from rangeops.adapters.store.tables import AirspaceRow, AuditRow, SlotRow, table_of
from rangeops.domain.audit import first_fault
from rangeops.domain.slots import HOLDS_AIRSPACE

_SLOT, _AIRSPACE, _AUDIT = (table_of(row) for row in (SlotRow, AirspaceRow, AuditRow))
ENTRIES: Final = select(_AUDIT).order_by(_AUDIT.c.seq).execution_options(yield_per=1000)
_GUARDS: Final = {
    "sqlite": (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        {
            *("airspace_exclusive", "airspace_indexed", "airspace_released", "airspace_unchanged"),
            *("slot_minutes_added", "slot_minutes_gone", "slot_minutes_moved"),
        },
    ),
    "postgresql": (
        "SELECT conname FROM pg_constraint WHERE contype = 'x' AND connamespace = current_schema()::regnamespace",
        {"airspace_exclusive", "airspace_vehicle_exclusive"},
    ),
}


def faults(connection: Connection) -> Iterator[str]:
    """What is wrong, quick to find: pages, keys between tables, the guards of airspace."""
    tables = inspect(connection).get_table_names()
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if found != "ok":
            yield str(found)
            return
        for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
            yield f"{table}, row {row}: what it names of {parent} isn't there"
    if "airspace" in tables:
        query, needed = _GUARDS[connection.dialect.name]
        for missing in sorted(needed - set(connection.execute(text(query)).scalars())):
            yield f"the guard {missing} is gone"


def deep_faults(connection: Connection, now: datetime) -> Iterator[str]:
    """All that can be found: also indexes, the chain of the record, rows that no entry has so, and what slots hold.

    now: slots that were over then may hold nothing, as those from before airspace was kept.
    """
    yield from faults(connection)
    if connection.dialect.name == "sqlite":
        for found in connection.execute(text("PRAGMA integrity_check(5)")).scalars():
            if found != "ok":
                yield str(found)
    projections = Projections(connection)
    with connection.execute(ENTRIES) as rows:
        passing = projections.passing(m.audit_entries(rows))
        fault = first_fault(passing)
        deque(passing, maxlen=0)  # the entries after a fault still say what the tables should have
    if fault is not None:
        yield f"the record: {fault.why}"
    yield from projections.sentences()
    yield from _airspace_faults(connection, now)


def _airspace_faults(connection: Connection, now: datetime) -> Iterator[str]:
    states = [state.value for state in HOLDS_AIRSPACE]
    unheld = select(_SLOT.c.number).outerjoin(_AIRSPACE, _AIRSPACE.c.slot == _SLOT.c.number)
    to_come = (_SLOT.c.state.in_(states), _SLOT.c.held_until > now)
    for number in connection.execute(unheld.where(*to_come, _AIRSPACE.c.slot.is_(None))).scalars():
        yield f"slot S{number} is approved and holds no airspace; the server gives it its own when it starts, where there is room"
    for number in connection.execute(
        select(_SLOT.c.number).join(_AIRSPACE, _AIRSPACE.c.slot == _SLOT.c.number).where(_SLOT.c.state.not_in(states))
    ).scalars():
        yield f"slot S{number} holds airspace that it has no right to"
    held = connection.execute(select(_AIRSPACE).order_by(_AIRSPACE.c.starts)).all()
    cores = shapely.from_wkb([row.core for row in held])
    for one, other in zip(*shapely.STRtree(cores).query(cores, predicate="intersects"), strict=True):
        if one < other and _at_once(held[one], held[other]):
            yield f"slots S{held[one].slot} and S{held[other].slot} hold the same airspace"


def _at_once(one: Row[Any], other: Row[Any]) -> bool:
    in_time = one.starts < other.ends and other.starts < one.ends
    return bool(in_time and one.floor_amsl_m < other.ceiling_amsl_m and other.floor_amsl_m < one.ceiling_amsl_m)
