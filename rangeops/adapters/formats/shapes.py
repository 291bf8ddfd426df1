"""Zones and routes from formats that carry geometry and little else: GeoJSON, KML, GPX, CSV, Mission Planner's polygons.

A shape becomes a zone by whoever imports it saying what it is (Reading.marking); a line becomes a mission of waypoints
where the format, or whoever reads it, says what its altitudes count from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rangeops.adapters.formats.eurocae import one_line
from rangeops.adapters.formats.identifiers import LONGEST_IDENTIFIER, short_identifier
from rangeops.adapters.formats.reading import MOST_ITEMS, Reading
from rangeops.domain.errors import Invalid
from rangeops.domain.plans import AltitudeDatum, Cmd, FlightPlan, PlanHome, PlanItem, WaypointNumber
from rangeops.domain.zones import Limit, Restriction, Zone, ZoneArea

FRAME_OF: Final = {AltitudeDatum.AMSL: 0, AltitudeDatum.HOME: 3, AltitudeDatum.TERRAIN: 10}  # MAV_FRAME
ASK_DATUM: Final = (
    "Say what they count from (--altitude-datum amsl, home or terrain), or save the route as a QGroundControl .plan."
)

RoutePoint = tuple[float, float, float | None]
"""(latitude_deg, longitude_deg, altitude_m)"""


@dataclass(slots=True)
class ZoneMaker:
    """Gives shapes an identifier of at most seven characters of their own, made of their name where it has any."""

    reading: Reading
    taken: set[str] = field(default_factory=set)

    def zone(
        self,
        name: str,
        areas: Sequence[ZoneArea],
        *,
        restriction: Restriction | None = None,
        identifier: str = "",
        message: str = "",
    ) -> Zone:
        """Areas without limits get the marking's. restriction None: the marking's."""
        name = one_line(name, limit=200)
        marking = self.reading.marking
        own = identifier if 0 < len(identifier) <= LONGEST_IDENTIFIER else short_identifier(name, self.taken)
        self.taken.add(own)
        return Zone(
            id=own,
            name=name or own,
            restriction=restriction or marking.restriction,
            areas=tuple(areas),
            message=message,
        )


def marked(reading: Reading) -> tuple[Limit | None, Limit | None]:
    return reading.marking.lower, reading.marking.upper


def require_some(zones: Iterable[Zone], reading: Reading) -> tuple[Zone, ...]:
    """Each zone once, with all areas that bear its identifier. Raises Invalid for none, unless some were broken."""
    found: dict[str, Zone] = {}
    for zone in zones:
        first = found.setdefault(zone.id, zone)
        if first is not zone:
            if (first.name, first.restriction) != (zone.name, zone.restriction):
                raise reading.refused(f"two zones have the identifier {zone.id!r}", "Give each one of its own.")
            found[zone.id] = replace(first, areas=(*first.areas, *zone.areas))
    if not found and not reading.broken:
        raise reading.refused("it holds no area", "Hand in a file with a polygon.")
    return tuple(found.values())


def route(
    points: Sequence[RoutePoint], datum: AltitudeDatum | None, reading: Reading, *, home: PlanHome | None = None
) -> FlightPlan:
    """A mission of a waypoint a point. Raises Invalid where altitudes are missing or count from nobody knows what.

    datum: what the file says; None: nothing. Who reads it may say it then, and not otherwise.
    """
    told = reading.altitude_datum
    if None not in (datum, told) and datum is not told:
        raise reading.refused(
            f"its altitudes are {_words(datum)}, and not {_words(told)}", "Leave --altitude-datum out."
        )
    datum = datum or told
    if not points:
        raise reading.refused("it holds no line to fly", "Hand in a file with a route.")
    if len(points) > MOST_ITEMS:
        raise reading.refused(f"it has more than {MOST_ITEMS} points", "Split or simplify it.")
    if any(altitude is None for _, _, altitude in points):
        raise reading.refused("a point of its line has no altitude", "Draw the route with altitudes.")
    if datum is None:
        raise reading.refused("the format doesn't say what its altitudes count from", ASK_DATUM)
    return FlightPlan(
        name=reading.where,
        home=home,
        items=tuple(
            PlanItem(
                number=WaypointNumber(number),
                command=Cmd.WAYPOINT,
                frame=FRAME_OF[datum],
                params=(0.0, 0.0, 0.0, 0.0),
                latitude_deg=latitude,
                longitude_deg=longitude,
                altitude_m=altitude,
            )
            for number, (latitude, longitude, altitude) in enumerate(points, start=1)
        ),
    )


def _words(datum: AltitudeDatum | None) -> str:
    return "" if datum is None else datum.value


def route_of(plan: FlightPlan, where: str) -> tuple[tuple[tuple[float, float, float], ...], AltitudeDatum, int]:
    """A plan's places in one datum, AMSL unless all count from the terrain, and how many items have no place."""
    flown = [item for item in plan.items if item.has_place]
    if not flown:
        raise Invalid("it goes nowhere", where=where, do="Export a plan with waypoints.")
    datums = {item.datum for item in flown}
    home_m = None if plan.home is None else plan.home.altitude_amsl_m
    datum = AltitudeDatum.TERRAIN if datums == {AltitudeDatum.TERRAIN} else AltitudeDatum.AMSL
    if datum is AltitudeDatum.AMSL and not datums <= {AltitudeDatum.AMSL, AltitudeDatum.HOME}:
        raise Invalid("its altitudes count from different things", where=where, do="Write them in one frame.")
    if AltitudeDatum.HOME in datums and home_m is None:
        raise Invalid(
            "its altitudes count from a home whose altitude it doesn't say",
            where=where,
            do="Set the planned home's altitude.",
        )
    return (
        tuple(
            (
                item.latitude_deg or 0.0,
                item.longitude_deg or 0.0,
                (item.altitude_m or 0.0) + ((home_m or 0.0) if item.datum is AltitudeDatum.HOME else 0.0),
            )
            for item in flown
        ),
        datum,
        len(plan.items) - len(flown),
    )
