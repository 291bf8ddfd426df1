"""The airspace that slots hold, kept by the database so that no two of it meet, whoever writes.

SQLite finds neighbours by an R-Tree and refuses by triggers; PostgreSQL does both by exclusion constraints over polygon,
minutes and band (migration 0006 has all of it). A vehicle is held likewise: it can't fly under two slots at once.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import shapely
from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.absences import held_by
from rangeops.adapters.store.tables import AirspaceRow, SlotRow, UtcDateTime, table_of
from rangeops.domain.airspace import Airspace, pieces
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.services.ports.store import AirspaceOf

_SLOT, _AIRSPACE = table_of(SlotRow), table_of(AirspaceRow)
_DAY_ZERO: Final = datetime(2026, 1, 1, tzinfo=UTC)  # R-Trees count in 24 bits: days since then tell half a minute
_DAY_S: Final = 86_400.0
_SLACK: Final = 1 / _DAY_S  # julianday() of the triggers counts in milliseconds
_EXCLUSION_VIOLATED: Final = "23P01"
_HELD: Final = "is held by another slot"  # so say the triggers of SQLite


def _slots_and_cores(*conditions: Any) -> Select[Any]:
    held = (*_SLOT.c, _AIRSPACE.c.core)
    found = select(*held).join(_AIRSPACE, _AIRSPACE.c.slot == _SLOT.c.number).where(*conditions)
    in_these_minutes = (
        _AIRSPACE.c.starts < bindparam("ends", type_=UtcDateTime()),
        _AIRSPACE.c.ends > bindparam("starts", type_=UtcDateTime()),
    )
    return found.where(*in_these_minutes).order_by(_SLOT.c.starts, _SLOT.c.number)


_IN_THIS_BAND: Final = (
    _AIRSPACE.c.floor_amsl_m < bindparam("ceiling"),
    _AIRSPACE.c.ceiling_amsl_m > bindparam("floor"),
)
_NEAR: Final = {
    "sqlite": _slots_and_cores(
        *_IN_THIS_BAND,
        text(
            "airspace.slot IN (SELECT slot FROM airspace_box WHERE west <= :east AND east >= :west AND south <= :north"
            " AND north >= :south AND starts <= :last_day AND ends >= :first_day)"
        ),
    ),
    "postgresql": _slots_and_cores(
        *_IN_THIS_BAND,
        text(
            "airspace.slot IN (SELECT slot FROM airspace_piece WHERE footprint && CAST(:box AS polygon)"
            " AND minutes && tstzrange(:first, :last))"
        ),
    ),
}
HOLDING: Final = {
    "sqlite": text("slot.number IN (SELECT number FROM slot_minutes WHERE starts <= :last_day AND ends >= :first_day)"),
    "postgresql": text("tstzrange(slot.held_from, slot.held_until) && tstzrange(:first, :last)"),
}
"""Slots of these minutes, by an index: at least those, for the exact condition beside it."""
_EARLIER: Final = _AIRSPACE.alias()
_LAST_BEGUN: Final = (
    select(func.max(_EARLIER.c.starts))
    .where(_EARLIER.c.sysid == bindparam("sysid"), _EARLIER.c.starts <= bindparam("starts", type_=UtcDateTime()))
    .scalar_subquery()
)
_OF_VEHICLE: Final = _slots_and_cores(
    _AIRSPACE.c.sysid == bindparam("sysid"),
    # A vehicle's slots don't meet: of those begun before, only the last can reach into these minutes.
    _AIRSPACE.c.starts >= func.coalesce(_LAST_BEGUN, bindparam("starts", type_=UtcDateTime())),
)
_OF_SLOT: Final = select(_AIRSPACE.c.place, _AIRSPACE.c.starts, _AIRSPACE.c.ends, _AIRSPACE.c.sysid).where(
    _AIRSPACE.c.slot == bindparam("number")
)
_RELEASE: Final = delete(_AIRSPACE).where(_AIRSPACE.c.slot == bindparam("number"))
_HOLD: Final = insert(_AIRSPACE)
HOLD_PIECE: Final = text(
    "INSERT INTO airspace_piece (slot, footprint, minutes, band) VALUES (:slot, CAST(:footprint AS polygon),"
    " tstzrange(:starts, :ends), numrange(CAST(:floor AS numeric), CAST(:ceiling AS numeric)))"
)


class SqlAirspace:
    """airspace_of None: nothing is held, as by tools that only copy rows."""

    def __init__(self, connection: Connection, airspace_of: AirspaceOf | None) -> None:
        self._connection = connection
        self._airspace_of = airspace_of

    @contextmanager
    def held_with(self, slot: Slot) -> Iterator[None]:
        """What the block writes, and the airspace that the slot's state says: both or neither.

        Raises Conflict where another holds it.
        """
        if self._airspace_of is None:
            yield
        elif slot.state not in HOLDS_AIRSPACE:
            yield
            self._release(slot)
        else:
            airspace = self._airspace_of(slot)
            try:
                with self._connection.begin_nested():
                    yield
                    self._hold(slot, airspace)
            except DBAPIError as error:
                if not _says_held(error):
                    raise
                raise self._conflict(slot, airspace) from error

    def near(self, airspace: Airspace) -> tuple[Slot, ...]:
        """The slots whose airspace meets this one, by start, then id: exact in plan view, height and time."""
        rows = self._connection.execute(_NEAR[self._connection.dialect.name], _window(airspace)).all()
        if not rows:
            return ()
        meets = shapely.intersects(airspace.core, shapely.from_wkb([row.core for row in rows]))
        return tuple(m.slot_of(row) for row, does in zip(rows, meets, strict=True) if does)

    def of_vehicle(self, sysid: Sysid, starts: datetime, ends: datetime) -> tuple[Slot, ...]:
        rows = self._connection.execute(_OF_VEHICLE, {"sysid": sysid, "starts": starts, "ends": ends})
        return tuple(m.slot_of(row) for row in rows)

    def secure(self, slots: Sequence[Slot]) -> tuple[SlotId, ...]:
        """Hold anew what of these is held otherwise than they say now; those that find no place hold nothing."""
        if self._airspace_of is None:
            return ()
        unheld = [slot for slot in slots if not self._holds_its_own(slot)]
        for slot in unheld:
            self._release(slot)
        unplaced = []
        for slot in unheld:
            try:
                with self.held_with(slot):
                    pass
            except (Conflict, NotFound, Invalid):
                unplaced.append(slot.id)
        return tuple(unplaced)

    def _holds_its_own(self, slot: Slot) -> bool:
        assert self._airspace_of is not None
        try:
            airspace = self._airspace_of(slot)
        except (NotFound, Invalid):
            return False
        return self._holds(slot, airspace)

    def _holds(self, slot: Slot, airspace: Airspace) -> bool:
        held = self._connection.execute(_OF_SLOT, {"number": _number(slot)}).one_or_none()
        return held is not None and tuple(held) == (airspace.place, airspace.starts, airspace.ends, slot.sysid)

    def _release(self, slot: Slot) -> None:
        self._connection.execute(_RELEASE, {"number": _number(slot)})

    def _hold(self, slot: Slot, airspace: Airspace) -> None:
        if self._holds(slot, airspace):
            return
        self._release(slot)
        self._connection.execute(_HOLD, airspace_values(_number(slot), slot.sysid, airspace))
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(HOLD_PIECE, piece_values(_number(slot), airspace))

    def _conflict(self, slot: Slot, airspace: Airspace) -> Conflict:
        return held_by((*self.near(airspace), *self.of_vehicle(slot.sysid, airspace.starts, airspace.ends)), slot)


def _number(slot: Slot) -> int:
    return m.number_of(slot.id, "S", "slot")


def airspace_meets(one: bytes, other: bytes) -> bool:
    """What SQLite's triggers ask for the last word on two footprints that are near each other."""
    return bool(shapely.intersects(shapely.from_wkb(one), shapely.from_wkb(other)))


def piece_values(number: int, airspace: Airspace) -> list[dict[str, Any]]:
    """Rows of PostgreSQL's index: polygons without holes, since its own know none."""
    return [
        {
            "slot": number,
            "footprint": "({})".format(",".join(f"({x!r},{y!r})" for x, y in piece.exterior.coords[:-1])),
            "starts": airspace.starts,
            "ends": airspace.ends,
            "floor": airspace.floor_amsl_m,
            "ceiling": airspace.ceiling_amsl_m,
        }
        for piece in pieces(airspace.core)
    ]


def airspace_values(number: int, sysid: Sysid, airspace: Airspace) -> dict[str, Any]:
    west, south, east, north = airspace.core.bounds
    return {
        "slot": number,
        "place": airspace.place,
        "sysid": sysid,
        "starts": airspace.starts,
        "ends": airspace.ends,
        "floor_amsl_m": airspace.floor_amsl_m,
        "ceiling_amsl_m": airspace.ceiling_amsl_m,
        "west_m": west,
        "south_m": south,
        "east_m": east,
        "north_m": north,
        "core": shapely.to_wkb(airspace.core),
    }


def _window(airspace: Airspace) -> dict[str, Any]:
    """Parameters of both databases' queries; each takes its own."""
    west, south, east, north = airspace.core.bounds
    return {
        "starts": airspace.starts,
        "ends": airspace.ends,
        "floor": airspace.floor_amsl_m,
        "ceiling": airspace.ceiling_amsl_m,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        **minutes_window(airspace.starts, airspace.ends),
        "box": f"(({west!r},{south!r}),({east!r},{south!r}),({east!r},{north!r}),({west!r},{north!r}))",
    }


def minutes_window(starts: datetime, ends: datetime) -> dict[str, Any]:
    """Parameters of HOLDING."""
    return {
        "first_day": (starts - _DAY_ZERO).total_seconds() / _DAY_S - _SLACK,
        "last_day": (ends - _DAY_ZERO).total_seconds() / _DAY_S + _SLACK,
        "first": starts,
        "last": ends,
    }


def _says_held(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.IntegrityError):
        return _HELD in str(error.orig)
    return getattr(error.orig, "sqlstate", None) == _EXCLUSION_VIOLATED
