"""Who is on duty and who has signed in, on SQLAlchemy Core. Few rows, each read and written whole."""

from sqlalchemy import Connection, delete, insert
from sqlalchemy import select as columns

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.tables import DutyRow, SessionRow, table_of
from rangeops.domain.duty import Duty, Position
from rangeops.domain.sessions import Session

_DUTY, _SESSION = table_of(DutyRow), table_of(SessionRow)


class SqlDuties:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, position: Position) -> Duty | None:
        query = columns(_DUTY.c.body).where(_DUTY.c.position == position.value)
        body = self._connection.execute(query).scalar_one_or_none()
        return None if body is None else m.from_text(body, Duty, f"duty {position.value}")

    def put(self, duty: Duty) -> None:
        self._connection.execute(delete(_DUTY).where(_DUTY.c.position == duty.position.value))
        self._connection.execute(insert(_DUTY), {"position": duty.position.value, "body": m.to_text(duty)})


class SqlSessions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, token_sha256: str) -> Session | None:
        query = columns(_SESSION.c.body).where(_SESSION.c.token_sha256 == token_sha256)
        body = self._connection.execute(query).scalar_one_or_none()
        return None if body is None else m.from_text(body, Session, "a session")

    def put(self, session: Session) -> None:
        self.remove(session.token_sha256)
        values = {
            "token_sha256": session.token_sha256,
            "expires_utc": session.expires_utc,
            "body": m.to_text(session),
        }
        self._connection.execute(insert(_SESSION), values)

    def remove(self, token_sha256: str) -> None:
        self._connection.execute(delete(_SESSION).where(_SESSION.c.token_sha256 == token_sha256))

    def all(self) -> tuple[Session, ...]:
        rows = self._connection.execute(columns(_SESSION.c.body).order_by(_SESSION.c.token_sha256))
        return tuple(m.from_text(row.body, Session, "a session") for row in rows)
