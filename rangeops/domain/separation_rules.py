"""How far apart aircraft in the air are kept, and how far ahead that is looked for: house values of a range.

No standard speaks of two drones; 50 m and 15 m are ours. Against crewed aircraft: 2000 ft and 250 ft, ASTM F3442.
docs/safety/separation.md has what each figure is for.
"""

from dataclasses import dataclass
from typing import Final

from rangeops.domain.facts import Facts

FOOT_M: Final = 0.3048
SHORTEST_LOOK_S: Final = 1.0
LONGEST_LOOK_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Cylinder:
    """What is kept around an aircraft: lateral_m to every side, vertical_m above and below; seen look_ahead_s before."""

    lateral_m: float
    vertical_m: float
    look_ahead_s: float


@dataclass(frozen=True, slots=True)
class SeparationRules:
    """drones: between two of them. crewed: around an aircraft with people in it.

    qnh_unknown_m: how far an altitude over 1013 hPa may be off the altitude over the sea where nobody told the pressure.
    """

    drones: Cylinder = Cylinder(50.0, 15.0, 30.0)
    crewed: Cylinder = Cylinder(2000 * FOOT_M, 250 * FOOT_M, 60.0)
    qnh_unknown_m: float = 300.0


def separation_rules_from(facts: Facts) -> SeparationRules:
    """The [policy.separation] table of a range.toml; what it leaves out stays a house value. Raises Invalid."""
    facts.only("drones", "crewed", "qnh_unknown_m")
    house = SeparationRules()
    return SeparationRules(
        drones=_cylinder(facts, "drones", house.drones),
        crewed=_cylinder(facts, "crewed", house.crewed),
        qnh_unknown_m=facts.number("qnh_unknown_m", house.qnh_unknown_m, at_least=0, at_most=2000),
    )


def _cylinder(facts: Facts, key: str, house: Cylinder) -> Cylinder:
    if not facts.has(key):
        return house
    table = facts.section(key)
    table.only("lateral_m", "vertical_m", "look_ahead_s")
    return Cylinder(
        lateral_m=table.number("lateral_m", house.lateral_m, at_least=1, at_most=20_000),
        vertical_m=table.number("vertical_m", house.vertical_m, at_least=1, at_most=5_000),
        look_ahead_s=table.number("look_ahead_s", house.look_ahead_s, at_least=SHORTEST_LOOK_S, at_most=LONGEST_LOOK_S),
    )
