"""What belongs to users beside themselves, on SQLAlchemy Core: few rows under one key, each read and written whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Column, Connection, Table, delete, insert
from sqlalchemy import select as columns

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.tables import ApiTokenRow, InvitationRow, ResetCodeRow, SecondFactorRow, table_of
from rangeops.domain.api_tokens import ApiToken
from rangeops.domain.invitations import Invitation, ResetCode
from rangeops.domain.second_factor import SecondFactor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SqlKeyed(Generic[T]):
    """key_of: what a value is found by. noun: what errors call a row."""

    connection: Connection
    table: Table
    what: type[T]
    key_of: Callable[[T], str]
    noun: str

    def get(self, key: str) -> T | None:
        query = columns(self.table.c.body).where(self._key == key)
        body = self.connection.execute(query).scalar_one_or_none()
        return None if body is None else m.from_text(body, self.what, self.noun)

    def put(self, value: T) -> None:
        key = self.key_of(value)
        self.remove(key)
        self.connection.execute(insert(self.table), {self._key.name: key, "body": m.to_text(value)})

    def remove(self, key: str) -> None:
        self.connection.execute(delete(self.table).where(self._key == key))

    def all(self) -> tuple[T, ...]:
        bodies = self.connection.execute(columns(self.table.c.body)).scalars()
        found = [m.from_text(body, self.what, self.noun) for body in bodies]
        return tuple(sorted(found, key=self.key_of))  # here: databases order text by collations of their own

    @property
    def _key(self) -> Column[str]:
        (key,) = self.table.primary_key.columns
        return key


def sql_tokens(connection: Connection) -> SqlKeyed[ApiToken]:
    return SqlKeyed(connection, table_of(ApiTokenRow), ApiToken, lambda each: each.token_sha256, "an API token")


def sql_second_factors(connection: Connection) -> SqlKeyed[SecondFactor]:
    return SqlKeyed(connection, table_of(SecondFactorRow), SecondFactor, lambda each: each.user, "a second factor")


def sql_invitations(connection: Connection) -> SqlKeyed[Invitation]:
    return SqlKeyed(connection, table_of(InvitationRow), Invitation, lambda each: each.code_sha256, "an invitation")


def sql_reset_codes(connection: Connection) -> SqlKeyed[ResetCode]:
    return SqlKeyed(connection, table_of(ResetCodeRow), ResetCode, lambda each: each.code_sha256, "a reset code")
