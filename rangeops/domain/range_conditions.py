"""The range's own conditions that reports and the sun tell of: wind over a limit or not told, daylight that ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rangeops.domain.aircraft import Airframe
from rangeops.domain.alarms import Assessment, Condition
from rangeops.domain.daylight import DaylightEvent, Sun, is_light
from rangeops.domain.weather import ReportKind, WeatherReport, WeatherRules, WindSpan, newest, too_old

RANGE: Final = "range"  # the source of what concerns everybody in the air
DAYLIGHT_WARNING: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class InTheAir:
    """dark: it may fly by night."""

    callsign: str
    airframe: Airframe
    dark: bool = False


@dataclass(frozen=True, slots=True)
class _Excess:
    beyond_mps: float
    value: str
    limit: str


def wind(
    flying: Sequence[InTheAir], reports: Iterable[WeatherReport], rules: WeatherRules, now: datetime
) -> Assessment:
    """What of the newest observation an airframe in the air doesn't bear. One that is too old says nothing of now."""
    metar = newest(reports, ReportKind.METAR, rules)
    if metar is None or too_old(metar, rules, now):
        return Assessment(Condition.WIND_OVER_LIMIT, RANGE, present=False)
    found = [(each, _excess(span, each.airframe)) for each in flying for span in metar.winds]
    known = [(each, excess) for each, excess in found if excess is not None]
    worst = max((excess for _, excess in known), key=lambda excess: excess.beyond_mps, default=None)
    if worst is None:
        return Assessment(Condition.WIND_OVER_LIMIT, RANGE, present=False)
    over = sorted({each.callsign for each, excess in known if excess.beyond_mps > 0})
    return Assessment(
        Condition.WIND_OVER_LIMIT,
        RANGE,
        present=worst.beyond_mps > 0,
        value=worst.value,
        limit=worst.limit,
        title=f"Wind over limit of {', '.join(over)}" if over else "",
        beyond=worst.beyond_mps,
    )


def observation(
    flying: Sequence[InTheAir], reports: Iterable[WeatherReport], rules: WeatherRules, now: datetime
) -> Assessment:
    """Whether somebody flies and no observation tells the wind of now. A range without a station asks for none."""
    metar = newest(reports, ReportKind.METAR, rules)
    present = bool(flying and rules.stations) and (metar is None or bool(too_old(metar, rules, now)))
    age = "" if metar is None else f"{(now - metar.issued).total_seconds() / 60:.0f} min old"
    limit = f"{rules.metar_minutes:g} min"
    return Assessment(Condition.OBSERVATION_TOO_OLD, RANGE, present=present, value=age, limit=limit)


def _excess(span: WindSpan, airframe: Airframe) -> _Excess | None:
    """How far wind or gusts are beyond what it bears; negative: within. None where either isn't told."""
    if span.speed_mps is None or airframe.max_wind_mps is None or airframe.max_gust_mps is None:
        return None
    gust_mps = max(span.speed_mps, span.gust_mps or 0.0)
    steady = _Excess(
        span.speed_mps - airframe.max_wind_mps, f"wind {span.speed_mps:.1f} m/s", f"{airframe.max_wind_mps:g} m/s"
    )
    gusts = _Excess(gust_mps - airframe.max_gust_mps, f"gusts {gust_mps:.1f} m/s", f"{airframe.max_gust_mps:g} m/s")
    return max(steady, gusts, key=lambda excess: excess.beyond_mps)


def daylight(flying: Sequence[InTheAir], sun: Sun | None, now: datetime) -> Assessment:
    """Whether night comes while something is in the air that may not fly by night. SERA's night begins at EECT."""
    concerned = sorted(each.callsign for each in flying if not each.dark)
    absent = Assessment(Condition.DAYLIGHT_ENDING, RANGE, present=False)
    if sun is None or not concerned or is_light(sun, now, now + DAYLIGHT_WARNING) is not False:
        return absent
    names = ", ".join(concerned)
    limit = f"{DAYLIGHT_WARNING.total_seconds() / 60:.0f} min"
    if not is_light(sun, now, now):
        title = f"Night: {names} not allowed to fly"
        return Assessment(Condition.DAYLIGHT_ENDING, RANGE, present=True, value="night", limit=limit, title=title)
    today = now.astimezone(UTC).date()
    days = (today - timedelta(days=1), today)  # the sun counts by its own days
    dusk = min((at for day in days if (at := sun.events(day).get(DaylightEvent.EECT)) and at >= now), default=None)
    left = "" if dusk is None else f"{(dusk - now).total_seconds() / 60:.0f} min left"
    title = f"Daylight ends soon for {names}"
    return Assessment(Condition.DAYLIGHT_ENDING, RANGE, present=True, value=left, limit=limit, title=title)
