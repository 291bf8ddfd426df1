"""Keys of requests that are to be carried out once, on SQLAlchemy Core."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, insert
from sqlalchemy import select as columns

from rangeops.adapters.store.tables import RequestKeyRow, table_of
from rangeops.services.ports.store import RequestKey

_KEY: Final = table_of(RequestKeyRow)


class SqlRequestKeys:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user: str, key: str) -> RequestKey | None:
        row = self._connection.execute(columns(_KEY).where(_same(user, key))).first()
        if row is None:
            return None
        return RequestKey(row.user, row.key, row.request_sha256, row.expires_utc, row.status, row.media_type, row.body)

    def put(self, key: RequestKey) -> None:
        self.remove(key.user, key.key)
        self._connection.execute(
            insert(_KEY),
            {
                "user": key.user,
                "key": key.key,
                "request_sha256": key.request_sha256,
                "expires_utc": key.expires_utc,
                "status": key.status,
                "media_type": key.media_type,
                "body": key.body,
            },
        )

    def remove(self, user: str, key: str) -> None:
        self._connection.execute(delete(_KEY).where(_same(user, key)))

    def forget(self, before: datetime, most: int, user: str) -> None:
        self._connection.execute(delete(_KEY).where(_KEY.c.expires_utc <= before))
        query = columns(_KEY.c.expires_utc).where(_KEY.c.user == user).order_by(_KEY.c.expires_utc.desc())
        oldest_kept = self._connection.execute(query.offset(most).limit(1)).scalar_one_or_none()
        if oldest_kept is not None:
            older = (_KEY.c.user == user) & (_KEY.c.expires_utc <= oldest_kept)
            self._connection.execute(delete(_KEY).where(older))


def _same(user: str, key: str) -> ColumnElement[bool]:
    return (_KEY.c.user == user) & (_KEY.c.key == key)
