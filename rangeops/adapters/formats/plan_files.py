"""Which reader a plan file gets: by its content where that says so, by its name otherwise."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Final

from rangeops.adapters.formats.qgc_plan import read_qgc_plan
from rangeops.adapters.formats.waypoints import HEADER, read_waypoints
from rangeops.domain.errors import Invalid
from rangeops.domain.plans import FlightPlan
from rangeops.domain.text import safe_text

_BY_SUFFIX: Final[dict[str, Callable[..., FlightPlan]]] = {
    ".plan": read_qgc_plan,
    ".waypoints": read_waypoints,
    ".txt": read_waypoints,
}


def read_plan(name: str, content: bytes) -> FlightPlan:
    """The plan that a file holds. Raises Invalid: one sentence for whatever is wrong with it."""
    shown = safe_text(PurePath(name).name, limit=80) or "plan"
    if content.removeprefix(b"\xef\xbb\xbf").startswith(HEADER.encode()):
        return read_waypoints(content, name=shown)
    if (reader := _BY_SUFFIX.get(PurePath(name).suffix.lower())) is not None:
        return reader(content, name=shown)
    if content.lstrip()[:1] == b"{":
        return read_qgc_plan(content, name=shown)
    raise Invalid(
        "it isn't a plan that can be read", where=shown, do="Hand in a QGroundControl .plan or a .waypoints file."
    )
