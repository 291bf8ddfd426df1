"""Quotas: how much of a week one company may hold, so that all get their share. Weeks begin on Monday, in local time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from rangeops.domain.facts import Facts
from rangeops.domain.slots import Slot

_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Quotas:
    """Hours a week that a company's volumes are held. hours_per_week None: no limit. of_company: in its place, by name."""

    hours_per_week: float | None = None
    of_company: tuple[tuple[str, float], ...] = ()

    def hours(self, company: str) -> float | None:
        return dict(self.of_company).get(company, self.hours_per_week)


def week_of(moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From Monday's midnight to the next, in that zone: 167 or 169 hours where clocks change. Aware UTC."""
    day = moment.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    opens, closes = (datetime.combine(start, time(0), zone) for start in (monday, monday + _WEEK))
    return opens.astimezone(UTC), closes.astimezone(UTC)


def held_hours(slots: Iterable[Slot], week: tuple[datetime, datetime]) -> dict[str, float]:
    """How long each company's slots hold volumes in that week."""
    hours: dict[str, float] = {}
    for slot in slots:
        held = min(slot.held_until, week[1]) - max(slot.held_from, week[0])
        if held > timedelta(0):
            hours[slot.company] = hours.get(slot.company, 0.0) + held.total_seconds() / 3600
    return hours


def over_quota(slot: Slot, held: Mapping[str, float], quotas: Quotas, week: tuple[datetime, datetime]) -> str:
    """Why the slot would be too much for its company; "" where it isn't. held: by the others that week."""
    if (limit := quotas.hours(slot.company)) is None:
        return ""
    hours = held.get(slot.company, 0.0) + held_hours([slot], week).get(slot.company, 0.0)
    if hours <= limit + 1e-9:
        return ""
    return f"{slot.company} would hold {hours:.1f} h in that week, of {limit:g} h that it may"


def quotas_from(facts: Facts) -> Quotas:
    """The [quota] table of a range.toml: hours_per_week, and [quota.company] with names. Raises Invalid."""
    facts.only("hours_per_week", "company")
    companies = facts.section("company") if facts.has("company") else Facts({}, facts.where)
    return Quotas(
        hours_per_week=facts.number("hours_per_week", at_least=0, at_most=168) if facts.has("hours_per_week") else None,
        of_company=tuple((name, companies.number(name, at_least=0, at_most=168)) for name in companies.table),
    )
