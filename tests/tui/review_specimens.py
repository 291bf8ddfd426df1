"""An incident of the specimens' morning under review: complete, with its clocks and a long timeline; and its replay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import specimens

from rangeops.domain.incident_review import Clocks, OccurrenceClass, Review, Signature, deadlines
from rangeops.domain.incidents import IncidentState
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import IncidentView, TimelineItem
from rangeops.wire.incident_review import ReviewedView
from rangeops.wire.picture import RangePicture
from rangeops.wire.recorded import Mark

INCIDENT = specimens.INCIDENT
AWARE = INCIDENT.opened_utc
BEFORE = tuple(
    TimelineItem(AWARE - timedelta(minutes=90 - number), "slot", f"preparation {number}", 300 + number)
    for number in range(60)
)
LONG = replace(INCIDENT, timeline=(*BEFORE, *INCIDENT.timeline))


def complete(**more: Any) -> Review:
    """Everything that a signature needs."""
    fields: dict[str, Any] = {
        "reviewer": "rita",
        "occurrence_class": OccurrenceClass.INCIDENT,
        "category": "airspace",
        "mandatory": False,
        "headline": "D07 was carried towards the east edge by a gust",
        "narrative": "The wind rose.\nThe pilot was late.",
    } | more
    return Review("INC-2026-0007", 1, IncidentState.UNDER_REVIEW, Clocks(AWARE, reported_utc=AWARE), **fields)


def view(review: Review, *, missing: tuple[str, ...] = (), signers: int = 1) -> ReviewedView:
    return ReviewedView(review, "9f3c" * 16, deadlines(review, specimens.NOW.utc), missing, signers, (), ())


GRAVE = complete(occurrence_class=OccurrenceClass.SERIOUS_INCIDENT)


def under_review(incident: IncidentView) -> IncidentView:
    told = deadlines(complete(), specimens.NOW.utc)
    return replace(
        incident, state="under review", reviewer="rita", occurrence_class="incident", volume="EAST", deadlines=told
    )


def signature(by: str) -> Signature:
    return Signature(by, "range-safety-officer", specimens.NOW.utc, "9f3c" * 16)


class Film:
    """A minute in which D07 flew east; what `rangeops replay` would open."""

    title, damage, slots = "INC-2026-0007 D07 would have left East", "", ()
    begins = datetime(2026, 11, 24, 5, 40, 0, tzinfo=UTC)
    ends = begins + timedelta(seconds=60)
    site = specimens.RANGE
    marks = (
        Mark(begins + timedelta(seconds=20), "alarm", "leaves East", specimens.EAST.sysid, 1, 412),
        Mark(begins + timedelta(seconds=23), "command", "hold by policy: sent", specimens.EAST.sysid, None, 413),
    )

    def picture(self, at: datetime) -> RangePicture:
        flying = replace(specimens.EAST, callsign="OLD7", position_age_s=0.1)
        return replace(specimens.picture([flying]), utc=at)

    def trail(self, sysid: Sysid, at: datetime, seconds: float) -> tuple[tuple[float, float], ...]:
        return ()

    def seen(self, at: datetime) -> str:
        return "op1 saw watch, vehicle 7"
