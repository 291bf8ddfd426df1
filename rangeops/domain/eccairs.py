"""An occurrence report to the authority as a draft: the common mandatory fields of Regulation (EU) 376/2014, Annex I.

It is shaped like an ECCAIRS occurrence: the Annex's attributes by name, under their entities. It is no E5X file: the coded
value lists of the ECCAIRS taxonomy aren't shipped, so a field that takes a code holds what the range knows in words, and
says so in `codes_open`. What nobody entered is null: nothing is guessed for an authority.
"""

from datetime import datetime
from typing import Any, Final

from rangeops.domain.events import TrackPoint
from rangeops.domain.incident_review import Review
from rangeops.domain.incidents import Incident, IncidentState
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.registers import Aircraft, Company
from rangeops.domain.slots import Slot

FORMAT: Final = "rangeops-occurrence-draft/1"
NOTE: Final = (
    "A draft. Field names follow Annex I of Regulation (EU) 376/2014 (common mandatory data fields). The coded values of "
    "the ECCAIRS taxonomy aren't part of rangeops: fields named in codes_open hold words, to be chosen from the authority's "
    "lists when it is entered in its portal (ECCAIRS 2). Risk classification is left open."
)
_CODED: Final = (
    "state_area_of_occurrence",
    "occurrence_class",
    "occurrence_category",
    "occurrence_status",
    "event_type",
    "aircraft.category",
    "aircraft.propulsion_type",
    "aircraft.make_model_series",
    "flight_phase",
    "flight_rules",
    "injuries.highest_degree",
    "damage.highest_damage",
)


def eccairs_draft(
    incident: Incident,
    review: Review,
    definition: RangeDefinition,
    *,
    slot: Slot | None,
    aircraft: Aircraft | None,
    company: Company | None,
    position: TrackPoint | None,
    now_utc: datetime,
) -> dict[str, Any]:
    """As JSON can hold it. Times are UTC; no field names a person (Art 16(2): no personal details are recorded).

    position: of the aircraft, by trusted telemetry, nearest in time to when it happened; None: the range's origin stands.
    """
    opened = incident.opened_utc
    occurrence_class = review.occurrence_class.value if review.occurrence_class else None
    return {
        "format": FORMAT,
        "note": NOTE,
        "draft": review.state is not IncidentState.SIGNED,
        "written_utc": f"{now_utc:%Y-%m-%dT%H:%M:%SZ}",
        "codes_open": list(_CODED),
        "occurrence": {
            "headline": review.headline or incident.title,
            "filing_information": {
                "responsible_entity": None,
                "file_number": f"{incident.id} revision {review.revision}",
                "occurrence_status": "closed" if review.clocks.closed_utc else "open",
            },
            "when": {"utc_date": f"{opened:%Y-%m-%d}", "utc_time": f"{opened:%H:%M:%S}"},
            "where": {
                "state_area_of_occurrence": None,
                "location_of_occurrence": definition.name,
                **_position(definition, position),
            },
            "classification": {
                "occurrence_class": occurrence_class,
                "occurrence_category": review.category or None,
                "mandatory": review.mandatory,
                "detection_phase": "during operation",
            },
            "events": [{"event_type": None, "in_words": incident.title}],
            "narrative": {"language": None, "text": review.narrative or None, "cause": review.cause or None},
            "risk_classification": None,
            "injuries": {"highest_degree": None},
            "damage": {"highest_damage": None, "third_party_damage": None},
            "weather": {"weather_relevant": None},
        },
        "aircraft": _aircraft(incident, slot, aircraft, company),
        "reporting": {
            "organisation": definition.name,
            "person_aware_utc": _time(review.clocks.person_aware_utc),
            "organisation_aware_utc": _time(review.clocks.reported_utc),
            "authority_notified_utc": _time(review.clocks.notified_utc),
            "preliminary_results_utc": _time(review.clocks.analysed_utc),
            "final_results_utc": _time(review.clocks.closed_utc),
        },
        "actions": [
            {"what": each.what, "due": each.due.isoformat(), "done_utc": _time(each.done_utc)}
            for each in review.follow_ups
        ],
    }


def _position(definition: RangeDefinition, position: TrackPoint | None) -> dict[str, Any]:
    frame = definition.frame
    at = (
        (position.latitude_deg, position.longitude_deg)
        if position
        else (frame.origin_latitude_deg, frame.origin_longitude_deg)
    )
    return {
        "latitude_deg": round(at[0], 5),
        "longitude_deg": round(at[1], 5),
        "altitude_amsl_m": None if position is None else round(position.altitude_amsl_m, 1),
        "position_is_of": "the range's origin" if position is None else f"the aircraft at {_time(position.at_utc)}",
    }


def _aircraft(
    incident: Incident, slot: Slot | None, aircraft: Aircraft | None, company: Company | None
) -> dict[str, Any] | None:
    """None where the occurrence is of no aircraft of ours."""
    if not incident.sysid:
        return None
    return {
        "state_of_registry": None,
        "make_model_series": aircraft.airframe if aircraft else (slot.airframe if slot else None),
        "serial_number": aircraft.serial if aircraft else None,
        "aircraft_registration": None,
        "call_sign": incident.callsign,
        "operator": company.name if company else (incident.company or None),
        "operator_registration": (aircraft.operator_registration if aircraft else "")
        or (company.operator_registration if company else "")
        or None,
        "type_of_operation": "test flight",
        "category": "unmanned aircraft",
        "uas_class": aircraft.uas_class.value if aircraft else None,
        "mass_group_mtom_kg": aircraft.mtom_kg if aircraft else None,
        "propulsion_type": None,
        "flight_phase": None,
        "flight_rules": None,
        "last_departure_point": None,
        "planned_destination": None,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
