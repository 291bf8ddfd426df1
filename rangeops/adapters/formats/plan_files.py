"""Plans from files and to files, in every format that can hold one."""

from pathlib import PurePath
from typing import Final

from rangeops.adapters.formats.reading import Reading
from rangeops.adapters.formats.table import FORMATS, named, recognised
from rangeops.adapters.formats.writing import Written
from rangeops.domain.errors import Invalid
from rangeops.domain.plans import AltitudeDatum, FlightPlan
from rangeops.domain.text import safe_text

READABLE: Final = tuple(each for each in FORMATS if each.plan_from is not None)
WRITABLE: Final = tuple(each for each in FORMATS if each.plan_to is not None)


def read_plan(
    name: str, content: bytes, *, as_format: str | None = None, altitude_datum: AltitudeDatum | None = None
) -> FlightPlan:
    """The plan that a file holds. Raises Invalid: one sentence for whatever is wrong with it.

    as_format: a name of the table, where the file doesn't tell. altitude_datum: for formats that don't say theirs.
    """
    shown = safe_text(PurePath(name).name, limit=80) or "plan"
    chosen = named(as_format, READABLE) if as_format is not None else recognised(name, content, shown)
    if chosen.plan_from is None:
        raise Invalid(
            f"{chosen.title} holds no plan",
            where=shown,
            do="Hand in a QGroundControl .plan or a .waypoints file.",
        )
    return chosen.plan_from(content, Reading(shown, altitude_datum=altitude_datum))


def write_plan(plan: FlightPlan, format_name: str) -> Written:
    """Raises Invalid for a plan that the format can't hold."""
    writer = named(format_name, WRITABLE).plan_to
    assert writer is not None  # WRITABLE has no other
    return writer(plan)


def rewritten(
    name: str, content: bytes, plan: FlightPlan, *, as_format: str | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """The plan in the format of the file that it came from, and what that has no place for. Raises Invalid.

    as_format: a name of the table, where the file doesn't tell.
    """
    shown = safe_text(PurePath(name).name, limit=80) or "plan"
    chosen = recognised(name, content, shown) if as_format is None else named(as_format)
    if chosen not in WRITABLE:
        raise Invalid(f"{chosen.title} can be read but not written", where=shown, do="Save it as .plan, and fix that.")
    written = write_plan(plan, chosen.name)
    return written.content, written.lost
