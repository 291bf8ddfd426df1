"""GNSS jamming: within whose reach, and when, nothing may rely on a satellite position.

Where a vehicle is, the range knows by GNSS alone, so within reach every automatic command would rest on it: there the
range tells the pilot, and sends nothing by itself.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from rangeops.domain.airspace import Airspace
from rangeops.domain.schedules import Span, merged
from rangeops.domain.slots import Slot

LONGEST_GRACE_MINUTES: Final = 30  # as at Jammertest


def denied_span(jammer: Slot) -> Span | None:
    """When GNSS is denied around a slot that jams: its flight, with the grace before and after. None: it doesn't jam."""
    if jammer.terms.jamming is None:
        return None
    grace = timedelta(minutes=jammer.terms.jamming.grace_minutes)
    return jammer.starts - grace, jammer.ends + grace


def reaches(jammer: Slot, jammed: Airspace, flown: Airspace) -> bool:
    """Whether a slot's jamming in `jammed` reaches what is flown, at any time that both have. Height shields nothing."""
    if jammer.terms.jamming is None or (span := denied_span(jammer)) is None:
        return False
    if flown.starts >= span[1] or flown.ends <= span[0]:
        return False
    return float(jammed.core.distance(flown.core)) <= jammer.terms.jamming.reach_m


def gnss_denied(slot: Slot, flown: Airspace, jammers: Iterable[tuple[Slot, Airspace]]) -> tuple[Span, ...]:
    """When GNSS is denied to a slot: by itself, or by others within whose reach it flies."""
    spans = (denied_span(jammer) for jammer, air in jammers if jammer.id == slot.id or reaches(jammer, air, flown))
    return merged(span for span in spans if span is not None)
