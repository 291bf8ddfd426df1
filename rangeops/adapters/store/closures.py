"""Closures on SQLAlchemy Core."""

from sqlalchemy import ColumnElement, Connection, func, insert, update
from sqlalchemy import select as columns

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.absences import absent, moved_on
from rangeops.adapters.store.tables import ClosureRow, table_of
from rangeops.domain.closures import Closure, ClosureId

_CLOSURE = table_of(ClosureRow)


class SqlClosures:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new_id(self) -> ClosureId:
        newest = self._connection.execute(columns(func.max(_CLOSURE.c.number))).scalar_one()
        return ClosureId(f"C{(newest or 0) + 1}")

    def add(self, closure: Closure) -> None:
        self._connection.execute(insert(_CLOSURE), _values(closure))

    def get(self, closure: ClosureId) -> Closure:
        if not (found := self._select(_CLOSURE.c.number == m.number_of(closure, "C", "closure"))):
            raise absent("closure", closure)
        return found[0]

    def replace(self, closure: Closure) -> None:
        values = _values(closure)
        stored = (_CLOSURE.c.number == values["number"]) & (_CLOSURE.c.version == closure.version - 1)
        if self._connection.execute(update(_CLOSURE).where(stored).values(values)).rowcount != 1:
            raise moved_on("closure", closure.id, self.get(closure.id).version)

    def all(self) -> tuple[Closure, ...]:
        return self._select()

    def standing(self) -> tuple[Closure, ...]:
        return self._select(_CLOSURE.c.removed.is_(False))

    def _select(self, *conditions: ColumnElement[bool]) -> tuple[Closure, ...]:
        query = columns(_CLOSURE.c.number, _CLOSURE.c.body).where(*conditions).order_by(_CLOSURE.c.number)
        rows = self._connection.execute(query)
        return tuple(m.from_text(body, Closure, f"closure C{number}") for number, body in rows)


def _values(closure: Closure) -> dict[str, object]:
    return {
        "number": m.number_of(closure.id, "C", "closure"),
        "version": closure.version,
        "removed": closure.removed_utc is not None,
        "body": m.to_text(closure),
    }
