"""METAR, SPECI and TAF, read by metar-taf-parser-mivek; what it can't tell stays untold.

The reports name days and hours only: each is taken as the one nearest to when it was handed in. A forecast is read for
the worst: while one wind becomes another both count, and what is temporary or probable counts as if it came. Of a wind
group that the library would read half (P49 for "more than 49", G// for gusts unknown, KMH) no wind is told.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from rangeops.domain.errors import Invalid
from rangeops.domain.text import safe_text
from rangeops.domain.weather import ReportKind, WeatherReport, WindSpan

LONGEST_TEXT: Final = 20_000
_BEGINS: Final = re.compile(r"\b(METAR|SPECI|TAF)\b")
_MPS: Final = {"KT": 1852 / 3600, "MPS": 1.0}
_HEADS: Final = re.compile(r"^(?:(?:METAR|SPECI|TAF|COR|AMD|AUTO)\s+)*")
_STATION: Final = re.compile(r"[A-Z]{4}")
_WIND_GROUP: Final = re.compile(r"\S*\d\S*(?:KT|MPS|KMH)\b")
_READABLE: Final = re.compile(r"(?:\d{3}|VRB)\d{2}(?:G\d{2,3})?(?:KT|MPS)")
_DO: Final = "Hand in METAR or TAF texts, as they were issued."


def read_reports(text: str, received: datetime) -> tuple[WeatherReport, ...]:
    """Every report in a text; each begins with METAR, SPECI or TAF. Raises Invalid for what isn't one."""
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"it is longer than {LONGEST_TEXT} characters", where="weather report", do=_DO)
    starts = [match.start() for match in _BEGINS.finditer(text)]
    if not starts or text[: starts[0]].strip():
        raise Invalid("it doesn't begin with METAR, SPECI or TAF", where="weather report", do=_DO)
    pieces = [text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    return tuple(_read(" ".join(piece.split()).rstrip("= "), received) for piece in pieces)


def _read(text: str, received: datetime) -> WeatherReport:
    said = safe_text(text, limit=60)
    body = _HEADS.sub("", text)
    if not _STATION.match(body):
        raise Invalid(f"{said!r} names no station", where="weather report", do=_DO)
    try:
        return _taf(text, body, received) if text.startswith("TAF") else _metar(text, body, received)
    except (ValueError, IndexError, AttributeError, TypeError) as error:  # what the library raises for broken texts
        raise Invalid(f"{said!r} can't be read", where="weather report", do=_DO) from error
    except Exception as error:
        if type(error).__module__.startswith("metar_taf_parser"):
            raise Invalid(f"{said!r} can't be read", where="weather report", do=_DO) from error
        raise


def _metar(text: str, body: str, received: datetime) -> WeatherReport:
    from metar_taf_parser.parser.parser import MetarParser  # 25 ms: only where a report is handed in

    parsed = MetarParser().parse(body)
    observed = _nearest(parsed.day, parsed.time, received)
    speed_mps, gust_mps = _speeds(parsed.wind)
    span = WindSpan(observed, observed, speed_mps, gust_mps)
    return WeatherReport(ReportKind.METAR, body[:4], observed, _as_told((span,), body), safe_text(text, limit=600))


def _taf(text: str, body: str, received: datetime) -> WeatherReport:
    from metar_taf_parser.parser.parser import TAFParser  # as above

    parsed = TAFParser().parse(f"TAF {body}")
    issued = _nearest(parsed.day, parsed.time, received)
    begins = _hour(parsed.validity.start_day, parsed.validity.start_hour, issued)
    ends = _hour(parsed.validity.end_day, parsed.validity.end_hour, issued)
    if not begins < ends:
        raise ValueError("it ends before it begins")
    winds = (*_prevailing(parsed, issued, begins, ends), *_passing(parsed, issued))
    return WeatherReport(ReportKind.TAF, body[:4], issued, _as_told(winds, body), safe_text(text, limit=2000))


def _as_told(winds: tuple[WindSpan, ...], body: str) -> tuple[WindSpan, ...]:
    if all(_READABLE.fullmatch(group) for group in _WIND_GROUP.findall(body)):
        return winds
    return tuple(replace(wind, speed_mps=None, gust_mps=None, what="its wind group can't be read") for wind in winds)


def _prevailing(parsed: Any, issued: datetime, begins: datetime, ends: datetime) -> Iterator[WindSpan]:
    """The winds that follow one another: each from the beginning of its change to the end of the next one's."""
    winds, what, since = parsed.wind, "", begins
    for kind, change in _changes(parsed, passing=False):
        if change.wind is None:
            continue
        starts = _begin_of(change, issued)
        settled = starts if kind == "FM" else _hour(change.validity.end_day, change.validity.end_hour, issued)
        yield WindSpan(since, settled, *_speeds(winds), what)
        winds, what, since = change.wind, kind, starts
    yield WindSpan(since, ends, *_speeds(winds), what)


def _passing(parsed: Any, issued: datetime) -> Iterator[WindSpan]:
    for kind, change in _changes(parsed, passing=True):
        if change.wind is not None:
            until = _hour(change.validity.end_day, change.validity.end_hour, issued)
            yield WindSpan(_begin_of(change, issued), until, *_speeds(change.wind), kind)


def _changes(parsed: Any, *, passing: bool) -> Iterator[tuple[str, Any]]:
    for change in parsed.trends:
        kind = change.type.name
        if (kind not in ("BECMG", "FM")) is passing:
            yield kind, change


def _begin_of(change: Any, issued: datetime) -> datetime:
    begins = _hour(change.validity.start_day, change.validity.start_hour, issued)
    return begins + timedelta(minutes=getattr(change.validity, "start_minutes", 0))


def _speeds(wind: Any) -> tuple[float | None, float | None]:
    """(speed, gust) in m/s."""
    if wind is None or wind.speed is None or wind.unit not in _MPS:
        return None, None
    factor = _MPS[wind.unit]
    return wind.speed * factor, None if wind.gust is None else wind.gust * factor


def _hour(day: int, hour: int, near: datetime) -> datetime:
    """A TAF's hour 24 is the next day's 0."""
    return _nearest(day, time(0), near) + timedelta(hours=hour)


def _nearest(day: int, at: time, near: datetime) -> datetime:
    """The day of the month nearest to `near`. Raises ValueError for a day that no month has."""
    days = [near.date() + timedelta(days=offset) for offset in range(-16, 17)]
    fitting = [datetime.combine(each, at, UTC) for each in days if each.day == day]
    if not fitting:
        raise ValueError(f"there is no day {day} around {near:%Y-%m-%d}")
    return min(fitting, key=lambda moment: abs(moment - near))
