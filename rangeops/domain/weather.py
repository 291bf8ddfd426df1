"""Weather as reports tell it: the wind that a METAR saw and that a TAF expects, held against what an airframe bears.

Nothing is guessed: a report without wind, an old one, one of another place or none at all is no weather.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from rangeops.domain.aircraft import Airframe

AHEAD: Final = timedelta(minutes=10)  # an observation may be dated so far after now: clocks differ, none is a forecast


class ReportKind(Enum):
    METAR = "METAR"  # SPECI too
    TAF = "TAF"


@dataclass(frozen=True, slots=True)
class WindSpan:
    """speed_mps None: the report doesn't tell it. gust_mps None: it tells of no gusts. what: the words it stands in."""

    begins: datetime
    ends: datetime
    speed_mps: float | None
    gust_mps: float | None
    what: str = ""


@dataclass(frozen=True, slots=True)
class WeatherReport:
    """One report of one station. issued: of a METAR when it was observed, of a TAF when it was written.

    winds: of a METAR one, whose begin and end are the moment of the observation.
    """

    kind: ReportKind
    station: str
    issued: datetime
    winds: tuple[WindSpan, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.station} {self.issued:%d %b %H:%MZ}"


@dataclass(frozen=True, slots=True)
class WeatherRules:
    """stations: ICAO locations whose reports count here. metar_minutes: older observations say nothing of now.

    taf: a forecast over the slot's remaining minutes is asked for, too; one that is there counts in any case.
    """

    stations: tuple[str, ...] = ()
    metar_minutes: float = 60.0
    taf: bool = False


def newest(reports: Iterable[WeatherReport], kind: ReportKind, rules: WeatherRules) -> WeatherReport | None:
    """Of those of one time the one that was handed in last: a correction (COR) keeps the time of what it corrects."""
    fitting = [report for report in reports if report.kind is kind and report.station in rules.stations][::-1]
    return max(fitting, key=lambda report: report.issued, default=None)


def too_old(report: WeatherReport, rules: WeatherRules, now: datetime) -> str:
    """Why an observation says nothing of now; "" where it does."""
    age = now - report.issued
    if age > timedelta(minutes=rules.metar_minutes):
        return f"{report} is {age.total_seconds() / 60:.0f} min old, {rules.metar_minutes:g} are allowed"
    return f"{report} is dated after now" if age < -AHEAD else ""


def spans_over(report: WeatherReport, begins: datetime, ends: datetime) -> tuple[WindSpan, ...] | None:
    """What a forecast says of these minutes; None where it doesn't cover them all."""
    touching = [span for span in report.winds if span.begins < ends and span.ends > begins]
    covered = begins
    for span in sorted(touching, key=lambda span: span.begins):
        if span.begins > covered:
            return None
        covered = max(covered, span.ends)
    return tuple(touching) if covered >= ends else None


def too_windy(spans: Iterable[WindSpan], airframe: Airframe) -> str:
    """What of it the airframe doesn't bear, or can't be told; "" where it bears it all."""
    if airframe.max_wind_mps is None or airframe.max_gust_mps is None:
        return f"{airframe.id} has no wind limits ([limits] max_wind_mps, max_gust_mps)"
    for span in spans:
        if span.speed_mps is None:
            return f"it tells no wind ({span.what})" if span.what else "it tells no wind"
        if span.speed_mps > airframe.max_wind_mps:
            return f"wind {span.speed_mps:.1f} m/s, {airframe.id} bears {airframe.max_wind_mps:g}"
        strongest_mps = max(span.speed_mps, span.gust_mps or 0.0)
        if strongest_mps > airframe.max_gust_mps:
            return f"gusts of {strongest_mps:.1f} m/s, {airframe.id} bears {airframe.max_gust_mps:g}"
    return ""


def wind_text(span: WindSpan) -> str:
    if span.speed_mps is None:
        return "no wind told"
    gusts = "" if span.gust_mps is None else f", gusts {span.gust_mps:.1f}"
    return f"wind {span.speed_mps:.1f}{gusts} m/s"
