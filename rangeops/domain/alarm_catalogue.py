"""The catalogue of what alarms.

Only conditions of the catalogue alarm. Each asks the operator for one action; what asks for none belongs in the log.
"""

from collections.abc import Mapping
from typing import Final

from rangeops.domain.alarm_conditions import CatalogueEntry, Condition, Priority


def _catalogue(*entries: CatalogueEntry) -> Mapping[Condition, CatalogueEntry]:
    return {entry.condition: entry for entry in entries}


CATALOGUE: Final = _catalogue(
    CatalogueEntry(Condition.FORECAST_EXIT, Priority.P1, "Leaves its volume", "Hold; then RTL", off_delay_s=3.0),
    CatalogueEntry(
        Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Priority.P1, "Outside its volume", "Hold; then RTL", latching=True
    ),
    CatalogueEntry(Condition.OUTSIDE_CONTINGENCY, Priority.P1, "Outside the contingency volume", "RTL", latching=True),
    CatalogueEntry(Condition.OUTSIDE_RANGE, Priority.P1, "Outside the range", "LAND; call the airport", latching=True),
    CatalogueEntry(
        Condition.CREWED_NEAR,
        Priority.P1,
        "Crewed aircraft near",
        "Call the pilot: down, away from it; clear the sector",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.SEPARATION_LOST, Priority.P1, "Separation lost", "Hold both; call both pilots", latching=True
    ),
    CatalogueEntry(
        Condition.DRONES_CONVERGE,
        Priority.P1,
        "Two drones converge",
        "Hold one; call both pilots",
        on_delay_s=0.4,  # two judgements that agree
        off_delay_s=5.0,
    ),
    CatalogueEntry(
        Condition.SEPARATION_UNKNOWN,
        Priority.P2,
        "May meet one that is lost",
        "Hold, or lead it away from the circle",
        off_delay_s=3.0,
    ),
    CatalogueEntry(
        Condition.REACH_TOUCHES_EDGE,
        Priority.P1,
        "May be outside by now",
        "Call the pilot; clear the air around its circle",
    ),
    CatalogueEntry(
        Condition.POSITION_UNTRUSTED,
        Priority.P2,
        "Position can't be trusted",
        "Call the pilot; expect LAND",
        on_delay_s=1.0,
    ),
    CatalogueEntry(Condition.TELEMETRY_STALE, Priority.P2, "Telemetry stale", "Call the pilot"),
    CatalogueEntry(Condition.LINK_LOST, Priority.P1, "Vehicle not heard", "Call the pilot; keep the volume clear"),
    CatalogueEntry(
        Condition.UPLINK_LOST, Priority.P2, "Vehicle doesn't hear the range", "Call the pilot", on_delay_s=1.0
    ),
    CatalogueEntry(Condition.ENFORCEMENT_DOWN, Priority.P1, "ENFORCEMENT DOWN", "Call all pilots: land"),
    CatalogueEntry(Condition.PILOT_HAS_CONTROL, Priority.P1, "Pilot has control", "Decide: hold, RTL, or let him fly"),
    CatalogueEntry(Condition.COMMAND_NOT_ACKED, Priority.P2, "Command not acknowledged", "Call the pilot"),
    CatalogueEntry(Condition.COMMAND_NOT_OBEYED, Priority.P1, "Command not obeyed", "Next rung, or call the pilot"),
    CatalogueEntry(Condition.FENCE_NOT_VERIFIED, Priority.P2, "Flies without a verified fence", "Hold; load the fence"),
    CatalogueEntry(
        Condition.FENCE_BREACH_ON_BOARD, Priority.P1, "Reports a fence breach", "Watch its RTL", latching=True
    ),
    CatalogueEntry(Condition.ARMED_WITHOUT_CLEARANCE, Priority.P1, "Armed without clearance", "Call the pilot: disarm"),
    CatalogueEntry(Condition.GNSS_DENIED, Priority.P2, "GNSS jammed here", "Call the pilot: nothing is sent by itself"),
    CatalogueEntry(
        Condition.FLIES_WITHDRAWN,
        Priority.P1,
        "Flies on, clearance withdrawn",
        "Call the pilot: land; or hold, then RTL",
    ),
    CatalogueEntry(
        Condition.SLOT_OVERRUN, Priority.P1, "Flies beyond its slot", "Call the pilot: land; or hold, then RTL"
    ),
    CatalogueEntry(Condition.SLOT_ENDS_IN_1_MIN, Priority.P2, "Slot ends within a minute", "Call the pilot: land now"),
    CatalogueEntry(Condition.SLOT_ENDS_IN_5_MIN, Priority.P3, "Slot ends in 5 minutes", "Tell the pilot: come back"),
    CatalogueEntry(
        Condition.BATTERY_UNDER_RESERVE, Priority.P3, "Battery under reserve", "RTL", on_delay_s=3.0, off_delay_s=10.0
    ),
    CatalogueEntry(
        Condition.RESTORE_DUE,
        Priority.P3,
        "Still has the range's fence",
        "Disarmed: put back what it had",
        on_delay_s=15.0,  # the range does so by itself where the vehicle stands disarmed
    ),
    CatalogueEntry(Condition.VEHICLE_REBOOTED, Priority.P3, "Autopilot restarted", "Load the fence again"),
    CatalogueEntry(
        Condition.SYSID_CLASH, Priority.P1, "Two vehicles use one sysid", "Call both pilots: hold; ground one"
    ),
    CatalogueEntry(
        Condition.VEHICLE_UNJUDGED, Priority.P1, "Can't be judged: UNKNOWN", "Call the pilot: hold; tell support"
    ),
    CatalogueEntry(
        Condition.RECORDER_FAILING, Priority.P2, "Recording fails", "Free the disk; flying goes on unrecorded"
    ),
    CatalogueEntry(Condition.LINK_DOWN, Priority.P3, "Link down", "Check the cable and the port", on_delay_s=1.0),
    CatalogueEntry(
        Condition.PACKETS_DROPPED_HERE,
        Priority.P2,
        "This machine drops packets",
        "Stop what slows it; raise net.core.rmem_max",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.PACKETS_UNSIGNED,
        Priority.P2,
        "Unsigned packets refused",
        "Call the pilot; else somebody imitates it",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.SIGNATURE_WRONG,
        Priority.P2,
        "Wrongly signed packets refused",
        "Call the pilot: was its key changed?",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.PACKETS_REPLAYED,
        Priority.P2,
        "Replayed packets refused",
        "Call the pilot; find who sends on the link",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.KEYS_UNREADABLE, Priority.P2, "Signing keys can't be read", "Restore the key file; chmod 600"
    ),
)
