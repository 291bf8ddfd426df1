"""Missions out of QGroundControl .plan files, for the scripted pilot."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rangeops.domain.errors import Invalid, NotFound
from rangeops.sim.missions import Command, Item

_MOST_BYTES: Final = 4_000_000


def load_plan(path: Path) -> tuple[Item, ...]:
    """The items to upload: home first, then the plan's simple items in their order. Raises NotFound, Invalid."""
    where = str(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Invalid("the plan is too large", where=where, do="Use a plan under 4 MB.")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise NotFound(f"the plan can't be read ({e.strerror})", where=where, do="Name a plan that exists.") from e
    except ValueError as e:
        raise Invalid("this is no JSON", where=where, do="Save the plan from QGroundControl again.") from e
    try:
        mission = document["mission"]
        latitude, longitude, altitude = (float(value) for value in mission["plannedHomePosition"])
        home = Item(Command.NAV_WAYPOINT, frame=0, x=round(latitude * 1e7), y=round(longitude * 1e7), z=altitude)
        return (home, *(_item(entry) for entry in _simple(mission["items"])))
    except (KeyError, TypeError, ValueError, IndexError, RecursionError) as e:
        raise Invalid(
            "this is no mission of a QGroundControl plan", where=where, do="Save the plan from QGroundControl again."
        ) from e


def _simple(entries: list[Any]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        if entry["type"] == "SimpleItem":
            yield entry
        elif "TransectStyleComplexItem" in entry:
            yield from _simple(entry["TransectStyleComplexItem"]["Items"])
        else:
            raise ValueError(entry["type"])


def _item(entry: dict[str, Any]) -> Item:
    values = [0.0 if value is None or not math.isfinite(float(value)) else float(value) for value in entry["params"]]
    p1, p2, p3, p4, latitude, longitude, z = values
    return Item(
        int(entry["command"]), int(entry["frame"]), p1, p2, p3, p4, round(latitude * 1e7), round(longitude * 1e7), z
    )
