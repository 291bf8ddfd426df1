"""What a range asks of a booking beside room: range.toml's [separation], [booking], [quota], [[lead_time]]."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.daylight import DaylightEvent, Sun
from rangeops.domain.facts import Facts
from rangeops.domain.lead_times import Holidays, LeadTime, holidays_from, lead_times_from
from rangeops.domain.quotas import Quotas, quotas_from
from rangeops.domain.range_site import is_open
from rangeops.domain.schedules import DailyPeriod
from rangeops.domain.separation_4d import Buffers, buffers_from

KEYS: Final = ("separation", "booking", "quota", "lead_time")
_DAYLIGHT: Final = (DailyPeriod(frozenset(range(7)), DaylightEvent.BMCT, DaylightEvent.EECT),)


@dataclass(frozen=True, slots=True)
class BookingRules:
    """daylight_only: no flight in the dark without a permission for it. offer: how long a freed time is kept."""

    buffers: Buffers = field(default_factory=Buffers)
    quotas: Quotas = field(default_factory=Quotas)
    lead_times: tuple[LeadTime, ...] = ()
    holidays: Holidays = field(default_factory=Holidays)
    daylight_only: bool = False
    offer: timedelta = timedelta(minutes=30)


def is_daylight(starts: datetime, ends: datetime, sun: Sun | None) -> bool:
    """Whether all of it lies between the begin of morning and the end of evening civil twilight of one day.

    A sun that isn't known gives no daylight.
    """
    return is_open(_DAYLIGHT, starts, ends, sun)


def booking_rules_from(facts: Facts) -> BookingRules:
    """What a parsed range.toml says of bookings. Raises Invalid."""
    separation, booking, quota = (
        facts.section(key) if facts.has(key) else Facts({}, facts.where) for key in ("separation", "booking", "quota")
    )
    booking.only("daylight_only", "offer_minutes", "holidays")
    return BookingRules(
        buffers=buffers_from(separation),
        quotas=quotas_from(quota),
        lead_times=lead_times_from(facts.sections("lead_time")),
        holidays=holidays_from(booking.texts("holidays"), booking.where),
        daylight_only=booking.flag("daylight_only", default=False),
        offer=timedelta(minutes=booking.integer("offer_minutes", 30, at_least=1, at_most=24 * 60)),
    )
