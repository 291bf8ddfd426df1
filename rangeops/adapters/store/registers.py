"""Registers and users on SQLAlchemy Core. Both change rarely and are read whole; only what is searched has a column."""

from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, Connection, Row, insert, update
from sqlalchemy import select as columns

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.absences import absent, moved_on, taken, unregistered
from rangeops.adapters.store.tables import RegisterRow, UserRow, table_of
from rangeops.domain.errors import Damaged, Invalid
from rangeops.domain.register_texts import body_from, texts_of
from rangeops.domain.registers import Body, Entry, RegisterKind
from rangeops.domain.users import User, is_name
from rangeops.services.ports.store import WrittenRows

_REGISTER, _USER = table_of(RegisterRow), table_of(UserRow)
_BODIES: Final = 4096


class SqlRegisters:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: Entry) -> None:
        if self._select(_same(entry.kind, entry.id)):
            raise taken(entry.kind.value, entry.id)
        self._connection.execute(insert(_REGISTER), _entry_values(entry))

    def get(self, kind: RegisterKind, entry: str) -> Entry:
        if not (found := self._select(_same(kind, entry))):
            raise unregistered(kind, entry)
        return found[0]

    def replace(self, entry: Entry) -> None:
        stored = _same(entry.kind, entry.id) & (_REGISTER.c.version == entry.version - 1)
        if self._connection.execute(update(_REGISTER).where(stored).values(_entry_values(entry))).rowcount != 1:
            raise moved_on(entry.kind.value, entry.id, self.get(entry.kind, entry.id).version)

    def all(self, kind: RegisterKind | None = None) -> tuple[Entry, ...]:
        return self._select() if kind is None else self._select(_REGISTER.c.kind == kind.value)

    def of_company(self, company: str) -> tuple[Entry, ...]:
        return self._select(_REGISTER.c.company == company)

    def _select(self, *conditions: ColumnElement[bool]) -> tuple[Entry, ...]:
        found = [_entry_of(row) for row in self._connection.execute(columns(_REGISTER).where(*conditions))]
        # Sorted here: databases order text by collations of their own.
        return tuple(sorted(found, key=lambda entry: (entry.kind.value, entry.id)))


class SqlUsers:
    def __init__(self, connection: Connection, written: WrittenRows) -> None:
        self._connection = connection
        self._written = written

    def add(self, user: User) -> None:
        if self._select(_USER.c.name == user.name):
            raise taken("user", user.name)
        self._connection.execute(insert(_USER), user_values(user))
        self._written.note(user)

    def get(self, name: str) -> User:
        if not is_name(name) or not (found := self._select(_USER.c.name == name)):  # nor could a database be asked it
            raise absent("user", name)
        return found[0]

    def replace(self, user: User) -> None:
        stored = (_USER.c.name == user.name) & (_USER.c.version == user.version - 1)
        if self._connection.execute(update(_USER).where(stored).values(user_values(user))).rowcount != 1:
            raise moved_on("user", user.name, self.get(user.name).version)
        self._written.note(user)

    def all(self) -> tuple[User, ...]:
        return tuple(sorted(self._select(), key=lambda user: user.name))

    def with_token(self, sha256: str) -> User | None:
        return next(iter(self._select(_USER.c.token_sha256 == sha256)), None) if sha256 else None

    def _select(self, *conditions: ColumnElement[bool]) -> tuple[User, ...]:
        rows = self._connection.execute(columns(_USER.c.body).where(*conditions))
        return tuple(m.from_text(row.body, User, "a user") for row in rows)


def _same(kind: RegisterKind, entry: str) -> ColumnElement[bool]:
    return (_REGISTER.c.kind == kind.value) & (_REGISTER.c.id == entry)


def _entry_values(entry: Entry) -> dict[str, object]:
    return {
        "kind": entry.kind.value,
        "id": entry.id,
        "version": entry.version,
        "company": entry.company,
        "valid_until": entry.valid_until,
        "retired": entry.retired,
        "body": m.to_text(texts_of(entry.body)),
    }


def _entry_of(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(_body_of(row.kind, row.id, row.body), row.version, row.retired)


@lru_cache(maxsize=_BODIES)
def _body_of(kind: str, entry: str, text: str) -> Body:
    """Registers are read whole, and change rarely: the same text is read once."""
    where = f"{kind} {entry}"
    texts = m.from_text(text, dict[str, str], where)
    try:
        return body_from(RegisterKind(kind), texts, where=where)
    except (Invalid, ValueError) as error:
        raise Damaged(
            f"what is stored can't be read ({error})", where=where, do="Restore the database from a backup."
        ) from error


def user_values(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "version": user.version,
        "token_sha256": user.token_sha256,
        "body": m.to_text(user),
    }
