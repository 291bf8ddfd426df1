"""Slots on SQLAlchemy Core, and with each change of one the airspace that it holds."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, update
from sqlalchemy import select as columns

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.absences import absent, moved_on
from rangeops.adapters.store.airspace import HOLDING, SqlAirspace, minutes_window
from rangeops.adapters.store.tables import SlotRow, UtcDateTime, table_of
from rangeops.domain.airspace import Airspace
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.services.ports.store import AirspaceOf, WrittenRows

_SLOT: Final = table_of(SlotRow)
_HOLDING: Final = {
    dialect: columns(_SLOT)
    .where(
        in_these_minutes,
        _SLOT.c.held_from < bindparam("ends", type_=UtcDateTime()),
        _SLOT.c.held_until > bindparam("starts", type_=UtcDateTime()),
        _SLOT.c.state.in_([state.value for state in HOLDS_AIRSPACE]),
    )
    .order_by(_SLOT.c.starts, _SLOT.c.number)
    for dialect, in_these_minutes in HOLDING.items()
}


class SqlSlots:
    def __init__(self, connection: Connection, airspace_of: AirspaceOf | None, written: WrittenRows) -> None:
        self._connection = connection
        self._written = written
        self._airspace = SqlAirspace(connection, airspace_of)

    def new_id(self) -> SlotId:
        return SlotId(f"S{(self._connection.execute(columns(func.max(_SLOT.c.number))).scalar_one() or 0) + 1}")

    def add(self, slot: Slot) -> None:
        with self._airspace.held_with(slot):
            self._connection.execute(insert(_SLOT), m.slot_values(slot))
        self._written.note(slot)

    def get(self, slot: SlotId) -> Slot:
        found = self._select(_SLOT.c.number == m.number_of(slot, "S", "slot"))
        if not found:
            raise absent("slot", slot)
        return found[0]

    def all(self) -> tuple[Slot, ...]:
        return self._select()

    def page(
        self, limit: int | None, *, after: tuple[datetime, int] | None = None, company: str | None = None
    ) -> tuple[Slot, ...]:
        conditions = [] if company is None else [_SLOT.c.company == company]
        if after is not None:
            starts, number = after
            later = (_SLOT.c.starts > starts) | ((_SLOT.c.starts == starts) & (_SLOT.c.number > number))
            conditions += [_SLOT.c.starts >= starts, later]  # the first for the index, the second to the point
        return self._select(*conditions, limit=limit)

    def replace(self, slot: Slot) -> None:
        with self._airspace.held_with(slot):
            values = m.slot_values(slot)
            stored = (_SLOT.c.number == values["number"]) & (_SLOT.c.version == slot.version - 1)
            if self._connection.execute(update(_SLOT).where(stored).values(values)).rowcount != 1:
                raise moved_on("slot", slot.id, self.get(slot.id).version)
        self._written.note(slot)

    def in_state(self, states: Collection[SlotState]) -> tuple[Slot, ...]:
        return self._select(_SLOT.c.state.in_([state.value for state in states]))

    def holding(self, starts: datetime, ends: datetime) -> tuple[Slot, ...]:
        window = minutes_window(starts, ends) | {"starts": starts, "ends": ends}
        rows = self._connection.execute(_HOLDING[self._connection.dialect.name], window)
        return tuple(m.slot_of(row) for row in rows)

    def holding_near(self, airspace: Airspace) -> tuple[Slot, ...]:
        return self._airspace.near(airspace)

    def holding_vehicle(self, sysid: Sysid, starts: datetime, ends: datetime) -> tuple[Slot, ...]:
        return self._airspace.of_vehicle(sysid, starts, ends)

    def secure(self, after: datetime) -> tuple[SlotId, ...]:
        return self._airspace.secure([slot for slot in self.in_state(HOLDS_AIRSPACE) if slot.held_until > after])

    def _select(self, *conditions: ColumnElement[bool], limit: int | None = None) -> tuple[Slot, ...]:
        query = columns(_SLOT).where(*conditions).order_by(_SLOT.c.starts, _SLOT.c.number).limit(limit)
        return tuple(m.slot_of(row) for row in self._connection.execute(query))
