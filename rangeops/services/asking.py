"""What a request must meet before anybody looks for room: its own words, the law, the range's hours and lead times."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.booking_rules import is_daylight
from rangeops.domain.errors import Invalid, NotFound, Refused
from rangeops.domain.jamming import LONGEST_GRACE_MINUTES
from rangeops.domain.lead_times import Due, NeededFor, due
from rangeops.domain.now import Now, require_counted
from rangeops.domain.quotas import held_hours, over_quota, week_of
from rangeops.domain.range_site import is_open
from rangeops.domain.ranges import RangeDefinition, require_near
from rangeops.domain.resources import resource_of
from rangeops.domain.slot_terms import HIGHEST_PRIORITY, LOWEST_PRIORITY, SlotTerms
from rangeops.domain.slots import Slot
from rangeops.domain.spectrum import faults
from rangeops.domain.text import safe_text
from rangeops.domain.volumes import Volume, polygon_of
from rangeops.domain.zone_sets import closed_for
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import span
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import Radios
from rangeops.services.registry import range_day

LONGEST_SLOT: Final = timedelta(hours=12)
HORIZON: Final = timedelta(days=30)  # ASTM F3548's planning horizon
_WHERE: Final = "slot request"
_LONGEST_PHASE: Final = 240  # minutes
_LONGEST_REACH_M: Final = 50_000.0
_MOST: Final = 20  # of pilots, phones, emissions, permits, needs
_MOST_POINTS: Final = 500
_LEAST_DRAWN_M2: Final = 100.0


def check_times(starts: datetime, ends: datetime, now: Now) -> None:
    require_counted(_WHERE, starts, ends)
    if ends <= starts:
        raise Invalid("it ends before it starts", where=_WHERE, do="Swap or correct the times.")
    if ends <= now.utc:
        raise Invalid("its end is past", where=_WHERE, do="Ask for a time to come.")
    if ends - starts > LONGEST_SLOT:
        raise Invalid(f"it is longer than {LONGEST_SLOT}", where=_WHERE, do="Ask for several slots.")
    if starts - now.utc > HORIZON:
        raise Invalid(f"it is more than {HORIZON.days} days ahead", where=_WHERE, do="Ask again nearer to the day.")


def times_fault(definition: RangeDefinition, slot: Slot) -> str:
    """Why the range isn't open for it all that time, or why it would fly in the dark; "" where nothing is amiss."""
    if not is_open(definition.hours, slot.held_from, slot.held_until, definition.sun):
        return f"the range isn't open all the time {_local(definition, slot.held_from, slot.held_until)}"
    if _is_dark(definition, slot) and definition.booking.daylight_only and not slot.terms.dark_permission:
        return f"it isn't daylight all the time {_local(definition, slot.starts, slot.ends)}"
    return ""


def lead_times(definition: RangeDefinition, slot: Slot) -> tuple[Due, ...]:
    """The permissions that the slot needs, and until when each can be asked for."""
    needs = {NeededFor.EVERY}
    if slot.terms.jamming is not None:
        needs.add(NeededFor.JAMMING)
    if slot.drawn is not None:
        needs.add(NeededFor.DRAWN)
    if _is_dark(definition, slot):
        needs.add(NeededFor.DARK)
    rules = definition.booking
    day = range_day(definition, slot.starts)
    return tuple(due(slot, frozenset(needs), day, rules.lead_times, rules.holidays)) if rules.lead_times else ()


def over_its_quota(work: UnitOfWork, slot: Slot, definition: RangeDefinition) -> str:
    """Why the slot would be too much for its company that week; "" where it isn't."""
    quotas = definition.booking.quotas
    if quotas.hours(slot.company) is None:
        return ""
    week = week_of(slot.starts, ZoneInfo(definition.timezone))
    others = (each for each in work.slots.holding(*week) if each.id != slot.id)
    return over_quota(slot, held_hours(others, week), quotas, week)


class Asking:
    def __init__(self, definition: RangeDefinition, book: AirspaceBook, radios: Radios) -> None:
        self._definition = definition
        self._book = book
        self._radios = radios

    def check(self, slot: Slot, now: Now) -> None:
        """Raises Invalid for what can't be, Refused for what may not be, with what to do about it."""
        self._check_terms(slot.terms)
        if slot.drawn is not None:
            self._check_drawn(slot, slot.drawn)
        if fault := times_fault(self._definition, slot):
            raise Refused(fault, where=_WHERE, do="Ask for a time within its hours, or show a permission for the dark.")
        today = range_day(self._definition, now.utc)
        if late := [each for each in lead_times(self._definition, slot) if each.is_late(today)]:
            named = "; ".join(f"{each.permission} had to be asked for by {each.ask_by}" for each in late)
            raise Refused(named, where=_WHERE, do="Ask for a later day, or give the permission's reference.")

    def _check_terms(self, terms: SlotTerms) -> None:
        phases = (terms.set_up_minutes, terms.clear_down_minutes, terms.time_out_minutes)
        if not all(0 <= minutes <= _LONGEST_PHASE for minutes in phases):
            raise Invalid(f"a phase isn't 0 to {_LONGEST_PHASE} minutes", where=_WHERE, do="Correct it.")
        if not LOWEST_PRIORITY <= terms.priority <= HIGHEST_PRIORITY:
            raise Invalid(
                f"its priority isn't {LOWEST_PRIORITY} to {HIGHEST_PRIORITY}", where=_WHERE, do="1 is the usual one."
            )
        if max(map(len, (terms.pilots, terms.phones, terms.emissions, terms.permits, terms.needs))) > _MOST:
            raise Invalid(f"it names more than {_MOST} of one kind", where=_WHERE, do="Ask for several slots.")
        if terms.spare_pilot and terms.spare_pilot in terms.pilots:
            raise Invalid("the spare pilot is one of its pilots", where=_WHERE, do="Name another, or none.")
        self._check_needs(terms)
        if illegal := tuple(self._illegal(terms)):
            raise Refused(f"not legal here: {'; '.join(illegal)}", where=_WHERE, do="Bring or set another radio.")
        if (jamming := terms.jamming) is not None and (
            not jamming.permit.strip()
            or not 0 < jamming.reach_m <= _LONGEST_REACH_M
            or not 0 <= jamming.grace_minutes <= LONGEST_GRACE_MINUTES
        ):
            raise Refused(
                "GNSS jamming without the spectrum authority's permit, a reach and a grace time is forbidden",
                where=_WHERE,
                do=f"Give permit, reach_m up to {_LONGEST_REACH_M:.0f}, grace_minutes up to {LONGEST_GRACE_MINUTES}.",
            )

    def _check_needs(self, terms: SlotTerms) -> None:
        lent = self._definition.resources
        listed = ", ".join(f"{each.id} ({each.name}, {each.amount})" for each in lent)
        named = [need.resource for need in terms.needs]
        if len(set(named)) < len(named):
            raise Invalid("it needs the same thing twice", where=_WHERE, do="Say once how many of it.")
        for need in terms.needs:
            resource = resource_of(need, lent)
            if resource not in lent:
                raise Invalid(
                    f"the range has no {need.resource!r:.40} to lend",
                    where=_WHERE,
                    do=f"Choose of {listed}." if lent else "It lends nothing: leave out what it needs.",
                )
            if not 1 <= need.amount <= resource.amount:
                raise Invalid(
                    f"it needs {need.amount} of {resource.name}, of which the range has {resource.amount}",
                    where=_WHERE,
                    do=f"Ask for 1 to {resource.amount}.",
                )

    def _illegal(self, terms: SlotTerms) -> Iterator[str]:
        for emission in terms.emissions:
            try:
                radio = self._radios.get(emission.radio)
            except NotFound:
                yield f"radio {emission.radio!r:.40} is of no kind that is known here"
            else:
                yield from faults(emission, radio)

    def _check_drawn(self, slot: Slot, drawn: Volume) -> None:
        definition, frame = self._definition, self._definition.frame
        if any(volume.id == slot.volume for volume in definition.volumes):
            raise Invalid(
                f"{slot.volume} is a volume of the range", where=_WHERE, do="Give what is drawn another name."
            )
        rings = (drawn.outer, *drawn.holes)
        if any(len(ring) < 3 for ring in rings) or sum(map(len, rings)) > _MOST_POINTS:
            raise Invalid(f"a ring has 3 to {_MOST_POINTS} points", where="drawn volume", do="Draw it simpler.")
        for ring in rings:
            for latitude, longitude in ring:
                require_near(latitude, longitude, frame, where="drawn volume")
        boundary = definition.boundary
        if not boundary.floor_amsl_m <= drawn.floor_amsl_m < drawn.ceiling_amsl_m <= boundary.ceiling_amsl_m:
            raise Invalid(
                f"its heights aren't within {boundary.floor_amsl_m:g}-{boundary.ceiling_amsl_m:g} m AMSL",
                where="drawn volume",
                do="Give floor_amsl_m below ceiling_amsl_m, both within the range.",
            )
        if polygon_of(drawn, frame).area < _LEAST_DRAWN_M2:
            raise Invalid(f"it holds less than {_LEAST_DRAWN_M2:.0f} m²", where="drawn volume", do="Draw it larger.")
        if not polygon_of(boundary, frame).covers(self._book.bare(slot).core):
            raise Refused(
                "its contingency volume leaves the range", where="drawn volume", do="Draw it farther from the boundary."
            )
        if closed := closed_for(definition, drawn, slot.starts, slot.ends):
            names = ", ".join(zone.name or zone.id for zone in closed)
            raise Refused(f"{names} is closed in its minutes", where="drawn volume", do="Draw around it.")


def safe_terms(terms: SlotTerms) -> SlotTerms:
    """The same, with texts that any screen can show."""

    def safe(text: str) -> str:
        return safe_text(text.strip(), limit=60)

    return replace(
        terms,
        aircraft=safe(terms.aircraft),
        pilots=tuple(map(safe, terms.pilots)),
        spare_pilot=safe(terms.spare_pilot),
        voice_channel=safe(terms.voice_channel),
        phones=tuple(map(safe, terms.phones)),
        authorisation_by=safe(terms.authorisation_by),
        emissions=tuple(
            replace(each, radio=safe(each.radio), radio_set=safe(each.radio_set)) for each in terms.emissions
        ),
        jamming=None if terms.jamming is None else replace(terms.jamming, permit=safe(terms.jamming.permit)),
        permits=tuple(replace(each, name=safe(each.name), reference=safe(each.reference)) for each in terms.permits),
        dark_permission=safe(terms.dark_permission),
        needs=tuple(replace(each, resource=safe(each.resource)) for each in terms.needs),
    )


def _is_dark(definition: RangeDefinition, slot: Slot) -> bool:
    return not is_daylight(slot.starts, slot.ends, definition.sun)


def _local(definition: RangeDefinition, starts: datetime, ends: datetime) -> str:
    zone = ZoneInfo(definition.timezone)
    opens, closes = starts.astimezone(zone), ends.astimezone(zone)
    return f"{opens:%a %d %b %H:%M}-{closes:%H:%M} local ({span(starts, ends)})"
