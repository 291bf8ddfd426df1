"""Closures, and the keys under which bookings were asked for, on SQLAlchemy Core."""

from sqlalchemy import ColumnElement, Connection, func, insert, update
from sqlalchemy import select as columns

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.absences import absent, moved_on
from rangeops.adapters.store.tables import BookingKeyRow, ClosureRow, table_of
from rangeops.domain.closures import Closure, ClosureId
from rangeops.services.ports import BookingKey

_CLOSURE, _KEY = table_of(ClosureRow), table_of(BookingKeyRow)


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


class SqlBookingKeys:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user: str, key: str) -> BookingKey | None:
        place = (_KEY.c.user == user) & (_KEY.c.key == key)
        row = self._connection.execute(columns(_KEY).where(place)).first()
        return None if row is None else BookingKey(row.user, row.key, row.request_sha256, row.slot)

    def add(self, key: BookingKey) -> None:
        values = {"user": key.user, "key": key.key, "request_sha256": key.request_sha256, "slot": key.slot}
        self._connection.execute(insert(_KEY), values)


def _values(closure: Closure) -> dict[str, object]:
    return {
        "number": m.number_of(closure.id, "C", "closure"),
        "version": closure.version,
        "removed": closure.removed_utc is not None,
        "body": m.to_text(closure),
    }
