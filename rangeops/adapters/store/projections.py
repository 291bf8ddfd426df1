"""The tables that follow from the entries of the record, compared with them row by row, and restored from them.

An entry names its subjects and carries the rows that its change wrote (domain.projections). `Projections` collects both
while the entries pass through it, so one reading of the record verifies the chain and these tables.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.clearances import clearance_of, clearance_row
from rangeops.adapters.store.registers import user_values
from rangeops.adapters.store.tables import (
    AirspaceRow,
    AlarmRow,
    ClearanceRow,
    IncidentReviewRow,
    IncidentRow,
    SlotRow,
    SubjectRow,
    UserRow,
    table_of,
)
from rangeops.domain.audit import AuditEntry, canonical, plain
from rangeops.domain.clearance import Clearance
from rangeops.domain.errors import RangeopsError
from rangeops.domain.incident_review import Review
from rangeops.domain.projections import BASELINE, IN_BODY, KINDS, Projected, as_recorded, index_digest, row_name
from rangeops.domain.users import User
from rangeops.wire.shapes import converted, from_json

_AIRSPACE: Final = table_of(AirspaceRow)
_SUBJECT: Final = table_of(SubjectRow)
_HAPPENED: Final[dict[str, ColumnElement[str]]] = {
    "sqlite": type_coerce(_SUBJECT.c.happened, String),  # as it is stored, whatever that is
    "postgresql": func.to_char(func.timezone("UTC", _SUBJECT.c.happened), "YYYY-MM-DD HH24:MI:SS.US"),
}
_BATCH: Final = 2000
_AS_JSON: Final = ("body", "details")  # columns that `read` reads, and a later release may write otherwise
_UNREADABLE: Final = (
    RangeopsError,
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class _Projection:
    table: Table
    read: Callable[[Any], Projected]
    values: Callable[[Any], dict[str, Any]]


_PROJECTIONS: Final = {  # in the order in which their rows are stored: a clearance names its slot
    "slot": _Projection(table_of(SlotRow), m.slot_of, m.slot_values),
    "clearance": _Projection(table_of(ClearanceRow), clearance_of, lambda each: clearance_row(each).model_dump()),
    "user": _Projection(table_of(UserRow), lambda row: m.from_text(row.body, User, "a user"), user_values),
    "incident": _Projection(table_of(IncidentRow), m.incident_of, lambda each: m.incident_row(each).model_dump()),
    "alarm": _Projection(table_of(AlarmRow), m.alarm_of, lambda each: m.alarm_row(each).model_dump()),
    "review": _Projection(
        table_of(IncidentReviewRow),
        lambda row: m.from_text(row.body, Review, "a review"),
        lambda each: {"incident": each.incident, "revision": each.revision, "body": m.to_text(each)},
    ),
}


class _Payload(msgspec.Struct):
    """What of an entry's payload its index and the rows of other tables follow from."""

    happened: str = ""
    about: list[str] | None = None
    rows: dict[str, msgspec.Raw] = {}
    body: msgspec.Raw = msgspec.Raw(b"null")


_PAYLOAD: Final = msgspec.json.Decoder(_Payload)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that isn't what the entries say.

    what: a sentence that names the row and the entry. row: its name, and its key by column. exists: it is in its table.
    stored: what is there, where it can be read. expected: what the entries say; None if it is in no entry.
    """

    what: str
    row: str
    key: dict[str, Any]
    exists: bool
    stored: Projected | None = None
    expected: Projected | None = None


class Projections:
    """Reads entries as they pass, in their order, and compares the tables of the same connection with them.

    faults: what of the subject index, and of the entries' payloads, isn't as it should be, a sentence each. index: by
    number of an entry, the subjects and moments that the index should have of it and doesn't. complete: every row of the
    tables is in an entry, which isn't so in a record that no release since 0.10 has continued.
    """

    def __init__(self, connection: Connection) -> None:
        self.faults: list[str] = []
        self.index: dict[int, set[tuple[str, str]]] = {}
        self.complete = False
        self._connection = connection
        self._carried: dict[str, tuple[int, bytes]] = {}  # by a row's name: the newest entry that has it, and the row
        self._rows: Iterator[Row[Any]] | None = None  # of the index, from the first entry on that names its subjects
        self._next: Row[Any] | None = None

    def passing(self, entries: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
        """The same entries."""
        for entry in entries:
            try:
                self._read(entry)
            except _UNREADABLE as error:
                self.faults.append(f"what entry {entry.seq} carries can't be read ({error})")
            yield entry
        while self._next is not None:
            self._index_fault(self._next.seq, set(), self._index_rows(self._next.seq))

    def sentences(self) -> list[str]:
        """Everything that isn't as the entries say; to be called when all entries have passed."""
        return [*self.faults, *(each.what for each in self.differences())]

    def differences(self) -> Iterator[Difference]:
        """Each row that differs; to be called when all entries have passed. None while the record isn't `complete`."""
        for kind, projection in _PROJECTIONS.items() if self.complete else ():
            carried = {name: each for name, each in self._carried.items() if name.startswith(f"{kind}:")}
            for key, row in self._stored(projection.table):
                name = _name(kind, key)
                if (found := _difference(name, key, row, *carried.pop(name, (0, b"")))) is not None:
                    yield found
            for name, (seq, text) in carried.items():
                try:
                    expected = _recorded(kind, text)
                    key = _key(projection.table, projection.values(expected))
                except _UNREADABLE as error:
                    yield Difference(f"what entry {seq} has of {name} can't be read ({error})", name, {}, exists=False)
                else:
                    yield Difference(
                        f"{name} is missing; entry {seq} has it", name, key, exists=False, expected=expected
                    )

    def _read(self, entry: AuditEntry) -> None:
        payload = _PAYLOAD.decode(entry.payload)
        if payload.about is None:
            return
        if self._rows is None:
            self.complete = entry.seq == 1
            self._rows = subject_rows(self._connection, since=entry.seq)
            self._next = next(self._rows, None)
        self._compare_index(entry.seq, {(subject, _as_stored(payload.happened)) for subject in payload.about})
        if entry.action in IN_BODY:
            self._carry_body(entry, payload.body)
        for name, row in payload.rows.items():
            self._carried[name] = (entry.seq, bytes(row))
        if entry.action == BASELINE and (body := msgspec.json.decode(payload.body)) is not None:
            self.complete = True
            if index_digest(subject_rows(self._connection, to=body["entries"])) != body["index"]:
                self.faults.append(
                    f"index: of entries 1 to {body['entries']} it isn't what it was at entry {entry.seq}"
                )

    def _compare_index(self, seq: int, expected: set[tuple[str, str]]) -> None:
        while self._next is not None and isinstance(self._next.seq, int) and self._next.seq < seq:
            self._index_fault(self._next.seq, set(), self._index_rows(self._next.seq))
        if (found := self._index_rows(seq)) != expected:
            self._index_fault(seq, expected, found)

    def _index_rows(self, seq: int) -> set[tuple[str, str]]:
        """The subjects and moments that the index has of the entry, which is the next one of it, or later."""
        found = set()
        while self._next is not None and self._next.seq == seq:
            found.add((self._next.subject, self._next.happened))
            self._next = next(self._rows or iter(()), None)
        return found

    def _index_fault(self, seq: int, expected: set[tuple[str, str]], found: set[tuple[str, str]]) -> None:
        self.index[seq] = expected
        faults = [f"{subject} at {happened} is missing" for subject, happened in expected - found]
        faults += [f"{subject} at {happened} isn't in the entry" for subject, happened in found - expected]
        self.faults.append(f"index of entry {seq}: {', '.join(sorted(faults))}")

    def _carry_body(self, entry: AuditEntry, body: msgspec.Raw) -> None:
        kind, path = IN_BODY[entry.action]
        value = msgspec.json.decode(body)
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            row = converted(value, KINDS[kind], strict=False)  # entries have floats as text
            self._carried[row_name(row)] = (entry.seq, canonical(value))

    def _stored(self, table: Table) -> Iterator[tuple[dict[str, Any], Row[Any] | Exception]]:
        """Each row by its key; in place of one that can't be read, why."""
        try:
            for row in self._connection.execute(select(table)).all():
                yield _key(table, row._mapping), row  # noqa: SLF001  # SQLAlchemy's public name for it
        except _UNREADABLE:  # a time that is none, say: then row by row
            keys = tuple(self._connection.execute(select(*table.primary_key)))
        else:
            keys = ()
        for key in (_key(table, each._mapping) for each in keys):  # noqa: SLF001  # likewise
            try:
                yield key, self._connection.execute(select(table).where(_selected(table, key))).one()
            except _UNREADABLE as error:
                yield key, error


def subject_rows(connection: Connection, *, since: int = 1, to: int | None = None) -> Iterator[Row[Any]]:
    """The index's rows for these entries as (seq, happened, subject), in the order of the entries."""
    happened = _HAPPENED[connection.dialect.name].label("happened")
    query = select(_SUBJECT.c.seq, happened, _SUBJECT.c.subject).where(_SUBJECT.c.seq >= since).order_by(_SUBJECT.c.seq)
    if to is not None:
        query = query.where(_SUBJECT.c.seq <= to)
    return iter(connection.execute(query.execution_options(yield_per=_BATCH)))


def restore(connection: Connection, projections: Projections, differences: Sequence[Difference]) -> tuple[User, ...]:
    """Write what the entries say into the tables; return the users whose private fields were lost.

    An entry holds only a digest of a user's full name, mail address and password hash: they stay where it fits them.
    """
    for each in reversed(differences):  # a clearance goes before its slot
        if each.expected is None and each.exists:
            if each.row.startswith("slot:"):
                connection.execute(delete(_AIRSPACE).where(_AIRSPACE.c.slot == each.key["number"]))
            connection.execute(delete(_table(each)).where(_selected(_table(each), each.key)))
    lost = []
    for each in differences:
        if (expected := each.expected) is not None:
            if isinstance(expected, User):
                expected = _with_private(expected, each.stored)
                if as_recorded(expected) != each.expected:
                    lost.append(expected)
            values = _PROJECTIONS[each.row.partition(":")[0]].values(expected)
            table = _table(each)
            selected = update(table).where(_selected(table, each.key)) if each.exists else insert(table)
            connection.execute(selected.values(values))
    for seq, rows in projections.index.items():
        connection.execute(delete(_SUBJECT).where(_SUBJECT.c.seq == seq))
        for subject, happened in rows:
            moment = datetime.fromisoformat(happened).replace(tzinfo=UTC)
            connection.execute(insert(_SUBJECT), {"seq": seq, "subject": subject, "happened": moment})
    return tuple(lost)


def _difference(name: str, key: dict[str, Any], row: Row[Any] | Exception, seq: int, text: bytes) -> Difference | None:
    """seq: the newest entry that has the row, 0 for none; text: the row in it."""
    kind = name.partition(":")[0]
    projection = _PROJECTIONS[kind]
    try:
        expected = _recorded(kind, text) if seq else None
    except _UNREADABLE as error:
        return Difference(f"what entry {seq} has of {name} can't be read ({error})", name, key, exists=False)
    try:
        if isinstance(row, Exception):
            raise row
        stored = projection.read(row)
        if expected is None:
            if isinstance(stored, Clearance) and stored == Clearance(stored.slot):  # the same as no row
                return None
            return Difference(f"{name} is in no entry", name, key, exists=True, stored=stored)
        is_stored, is_recorded = plain(as_recorded(stored)), plain(expected)
        differing = {field for field in is_stored if is_stored[field] != is_recorded[field]}
        columns = projection.values(stored)
        differing |= {c for c, value in row._mapping.items() if c not in _AS_JSON and value != columns[c]}  # noqa: SLF001  # likewise
    except _UNREADABLE as error:
        return Difference(f"{name} can't be read ({error})", name, key, exists=True, expected=expected)
    if not differing:
        return None
    what = f"{name} isn't as entry {seq} has it: {', '.join(sorted(differing))}"
    return Difference(what, name, key, exists=True, stored=stored, expected=expected)


def _recorded(kind: str, text: bytes) -> Projected:
    return from_json(text, KINDS[kind], strict=False)  # entries have floats as text


def _with_private(expected: User, stored: Projected | None) -> User:
    recorded = None if stored is None else as_recorded(stored)
    if isinstance(stored, User) and isinstance(recorded, User) and recorded.password_hash == expected.password_hash:
        return replace(expected, full_name=stored.full_name, mail=stored.mail, password_hash=stored.password_hash)
    return replace(expected, password_hash="")


def _as_stored(happened: str) -> str:
    """Return a payload's moment as the index has it in `_HAPPENED`."""
    return happened.replace("T", " ").removesuffix("Z")


def _name(kind: str, key: dict[str, Any]) -> str:
    """As `domain.projections.row_name` has it."""
    prefix = "S" if kind in {"slot", "clearance"} else ""
    return f"{kind}:{prefix}{'#'.join(str(value) for value in key.values())}"


def _key(table: Table, values: Mapping[Any, Any]) -> dict[str, Any]:
    return {column.name: values[column.name] for column in table.primary_key}


def _selected(table: Table, key: dict[str, Any]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))


def _table(difference: Difference) -> Table:
    return _PROJECTIONS[difference.row.partition(":")[0]].table
