"""QGroundControl's .plan: JSON of version 1, its mission of version 2. Source: QGC developer guide, "Plan file format".

A ComplexItem is read through the SimpleItems that QGC saved with it (TransectStyleComplexItem.Items); one that holds
none can't be checked, and says so in the plan.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rangeops.adapters.formats.qgc_fence import fence_of, rally_of, zones_of
from rangeops.adapters.formats.reading import GOES, MOST_ITEMS, PLAN_LARGEST_BYTES, Reading
from rangeops.adapters.formats.strict_json import read_json
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.plan_parts import PlanVehicle
from rangeops.domain.plans import Cmd, FlightPlan, PlanHome, PlanItem, WaypointNumber
from rangeops.domain.text import safe_text
from rangeops.domain.zones import Zone

_FASTEST_MPS: Final = 1_000.0
_TRANSECT_VERSIONS: Final = (1, 2)


def read_plan(content: bytes, reading: Reading) -> FlightPlan:
    """Raises Invalid: one sentence for whatever is wrong with the file."""
    name, facts = reading.where, _document(content, reading)
    mission = facts.section("mission")
    _require_version(mission, 2)
    unexpandable: list[str] = []
    simple = list(_simple_items(mission, unexpandable))
    if len(simple) > MOST_ITEMS:
        raise Invalid(f"it has more than {MOST_ITEMS} items", where=name, do="Split the mission.")
    ids = [item.integer("doJumpId", n, at_least=0, at_most=10**9) for n, item in enumerate(simple, start=1)]
    shared = Counter(ids)
    numbers = {jump_id: n for n, jump_id in enumerate(ids, start=1) if shared[jump_id] == 1}
    return FlightPlan(
        name=name,
        home=_home(mission),
        items=tuple(_item(facts, n, numbers) for n, facts in enumerate(simple, start=1)),
        extras=tuple(_extras(facts)),
        unexpandable=tuple(unexpandable),
        fence=fence_of(facts, reading),
        rally=rally_of(facts, reading),
        vehicle=_vehicle(mission),
    )


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """The zones of its fence. Raises Invalid."""
    fence = fence_of(_document(content, reading), reading)
    return zones_of(FlightPlan(reading.where, None, (), fence=fence), reading)


def _document(content: bytes, reading: Reading) -> Facts:
    """The file's top table. Raises Invalid for what isn't a plan of version 1."""
    document = read_json(content, where=reading.where, largest_bytes=PLAN_LARGEST_BYTES)
    if not isinstance(document, Mapping) or document.get("fileType") != "Plan":
        raise reading.refused("it isn't a QGroundControl plan", "Save the plan from QGroundControl as .plan.")
    facts = Facts(document, reading.where)
    _require_version(facts, 1)
    return facts


def _vehicle(mission: Facts) -> PlanVehicle:
    usual = PlanVehicle()
    return PlanVehicle(
        firmware_type=mission.integer("firmwareType", usual.firmware_type, at_least=0, at_most=255),
        vehicle_type=mission.integer("vehicleType", usual.vehicle_type, at_least=0, at_most=255),
        cruise_speed_mps=mission.number("cruiseSpeed", usual.cruise_speed_mps, at_least=0, at_most=_FASTEST_MPS),
        hover_speed_mps=mission.number("hoverSpeed", usual.hover_speed_mps, at_least=0, at_most=_FASTEST_MPS),
    )


def _require_version(facts: Facts, version: int) -> None:
    if facts.integer("version", at_least=0, at_most=10**6) != version:
        raise Invalid(
            f"version {facts.table['version']} of this format isn't known",
            where=facts.where,
            do=f"Save it as {version}.",
        )


def _home(mission: Facts) -> PlanHome:
    position = mission.table.get("plannedHomePosition")
    if not isinstance(position, list) or len(position) not in (2, 3):
        raise Invalid(
            "plannedHomePosition must be [latitude, longitude, altitude]",
            where=mission.where,
            do="Save the plan again.",
        )
    names = ("latitude", "longitude", "altitude")
    home = Facts(dict(zip(names, position, strict=False)), f"{mission.where} plannedHomePosition")
    return PlanHome(
        home.number("latitude", at_least=-90, at_most=90),
        home.number("longitude", at_least=-180, at_most=180),
        _optional(home, "altitude"),
    )


def _optional(facts: Facts, key: str) -> float | None:
    return None if facts.table.get(key) is None else facts.number(key, at_least=-1e9, at_most=1e9)


def _simple_items(mission: Facts, unexpandable: list[str]) -> Iterator[Facts]:
    if not mission.has("items"):
        raise Invalid("the mission has no items", where=mission.where, do="Save the plan again.")
    for facts in mission.sections("items"):
        kind = facts.text("type")
        if kind == "SimpleItem":
            yield facts
        elif kind == "ComplexItem":
            transects = facts.table.get("TransectStyleComplexItem")
            items = _spelt_out(Facts(transects, facts.where)) if isinstance(transects, Mapping) else ()
            if not items or not all(item.text("type") == "SimpleItem" for item in items):
                unexpandable.append(safe_text(facts.text("complexItemType"), limit=40))
            else:
                yield from items
        else:
            raise Invalid(f"item type {kind!r:.40} isn't known", where=facts.where, do="Save the plan again.")


def _spelt_out(transects: Facts) -> tuple[Facts, ...]:
    """The items that QGC saved with a pattern; none where its version isn't one whose items we know to be flown."""
    return transects.sections("Items") if transects.table.get("version") in _TRANSECT_VERSIONS else ()


def _item(facts: Facts, number: int, numbers: Mapping[int, int]) -> PlanItem:
    """numbers: from doJumpId, by which a jump names its target here, to the item's number on board.

    An id that several items share names none: then the jump has no target.
    """
    raw = facts.table.get("params")
    if isinstance(raw, list) and isinstance(place := facts.table.get("coordinate"), list):
        raw = [*raw, *place]  # as QGC wrote it until 3.2, and still opens it
    if not isinstance(raw, list) or len(raw) != 7:
        raise Invalid("params must list 7 numbers", where=facts.where, do="Save the plan again.")
    params = Facts({f"params {n}": value for n, value in enumerate(raw, start=1)}, facts.where)
    values: list[float | None] = [_optional(params, f"params {n}") for n in range(1, 8)]
    command = facts.integer("command", at_least=0, at_most=65535)
    if command == Cmd.DO_JUMP and values[0] is not None:
        values[0] = float(numbers.get(int(values[0]), -1))
    return PlanItem(
        number=WaypointNumber(number),
        command=command,
        frame=facts.integer("frame", at_least=0, at_most=255),
        params=(values[0], values[1], values[2], values[3]),
        latitude_deg=_angle(values[4], 90, facts),
        longitude_deg=_angle(values[5], 180, facts),
        altitude_m=values[6],
        auto_continue=facts.flag("autoContinue", default=True),
    )


def _angle(value: float | None, most: float, facts: Facts) -> float | None:
    """The last three params are a place only for commands that go somewhere; others may hold anything there."""
    if value is not None and abs(value) > most and facts.table["command"] in GOES:
        raise Invalid(f"{value:g} is no latitude or longitude", where=facts.where, do="Correct the waypoint.")
    return value


def _extras(facts: Facts) -> Iterator[str]:
    """What the file would load beside the mission."""
    fence = facts.table.get("geoFence")
    if isinstance(fence, Mapping) and any(fence.get(key) for key in ("circles", "polygons", "polygon", "breachReturn")):
        yield "geofence"
    rally = facts.table.get("rallyPoints")
    if isinstance(rally, Mapping) and _has_any(rally.get("points")):
        yield "rally points"


def _has_any(points: Any) -> bool:
    return bool(points)
