"""The catalogue of what alarms.

Only conditions of the catalogue alarm. Each asks the operator for one action; what asks for none belongs in the log.
"""

from collections.abc import Mapping
from typing import Final

from rangeops.domain.alarm_conditions import CatalogueEntry, Condition
from rangeops.domain.alarm_entries_place import OF_PLACE
from rangeops.domain.alarm_entries_range import OF_THE_RANGE
from rangeops.domain.alarm_entries_vehicle import OF_A_VEHICLE

CATALOGUE: Final[Mapping[Condition, CatalogueEntry]] = {
    entry.condition: entry for entry in (*OF_PLACE, *OF_A_VEHICLE, *OF_THE_RANGE)
}
