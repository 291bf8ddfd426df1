"""Reviews of incidents by revision, and persons apart from the record, on SQLAlchemy Core. Each is read and written whole."""

from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert
from sqlalchemy import select as columns

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.tables import IncidentPersonRow, IncidentReviewRow, table_of
from rangeops.domain.incident_review import Review
from rangeops.domain.persons import Person
from rangeops.services.ports.store import WrittenRows

_REVIEW: Final = table_of(IncidentReviewRow)
_PERSON: Final = table_of(IncidentPersonRow)


class SqlIncidentReviews:
    def __init__(self, connection: Connection, written: WrittenRows) -> None:
        self._connection = connection
        self._written = written

    def of(self, incident: str) -> tuple[Review, ...]:
        query = columns(_REVIEW.c.body).where(_REVIEW.c.incident == incident).order_by(_REVIEW.c.revision)
        return tuple(
            m.from_text(row.body, Review, f"a review of {incident}") for row in self._connection.execute(query)
        )

    def newest(self) -> tuple[Review, ...]:
        query = columns(_REVIEW.c.body).order_by(_REVIEW.c.incident, _REVIEW.c.revision)
        found = (m.from_text(row.body, Review, "a review") for row in self._connection.execute(query))
        return tuple({review.incident: review for review in found}.values())

    def put(self, review: Review) -> None:
        key = {"incident": review.incident, "revision": review.revision}
        _replace(self._connection, _REVIEW, key, m.to_text(review))
        self._written.note(review)


class SqlIncidentPersons:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, incident: str) -> tuple[Person, ...]:
        query = columns(_PERSON.c.body).where(_PERSON.c.incident == incident).order_by(_PERSON.c.id)
        return tuple(
            m.from_text(row.body, Person, f"a person of {incident}") for row in self._connection.execute(query)
        )

    def put(self, person: Person) -> None:
        _replace(self._connection, _PERSON, {"incident": person.incident, "id": person.id}, m.to_text(person))


def _replace(connection: Connection, table: Table, key: dict[str, Any], body: str) -> None:
    connection.execute(delete(table).where(*(table.c[name] == value for name, value in key.items())))
    connection.execute(insert(table), {**key, "body": body})
