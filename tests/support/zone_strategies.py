"""Random zones near the Twente range, as hypothesis draws them: stars with or without a hole, circles, hours, words."""

import math
from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.schedules import Applicability, DailyPeriod
from rangeops.domain.zone_details import (
    DataSource,
    Purpose,
    Variant,
    Wording,
    ZoneAuthority,
    ZoneDetails,
)
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction, Zone, ZoneArea

FRAME = SiteFrame(52.275833, 6.889167)
_START = datetime(2026, 1, 1, tzinfo=UTC)

words = st.text("abcdefghij ÉéßЖ漢&<>\"'=+-@;,", min_size=1, max_size=20).map(
    lambda text: " ".join(text.split()) or "x"
)


_SIDES = st.integers(3, 12)
_MANY_SIDES = st.integers(6, 12)
LANGUAGES = st.sampled_from(["en-GB", "nl-NL", "de"])


@st.composite
def stars(draw, *, sides=_SIDES, centre=None, outwards=(50.0, 900.0)):
    """A ring seen from its middle: never crossing itself, counter-clockwise, rounded to a tenth of a millimetre."""
    count = draw(sides)
    east, north = centre or (draw(st.floats(-4000, 4000)), draw(st.floats(-4000, 4000)))
    ring = []
    for n in range(count):
        turn = 2 * math.pi * (n + draw(st.floats(-0.2, 0.2))) / count
        reach = draw(st.floats(*outwards))
        latitude, longitude = FRAME.to_geodetic(east + reach * math.cos(turn), north + reach * math.sin(turn))
        ring.append((round(latitude, 9), round(longitude, 9)))
    return tuple(ring)


circles = st.builds(
    lambda east, north, radius: Circle(*(round(x, 9) for x in FRAME.to_geodetic(east, north)), round(radius, 3)),
    st.floats(-4000, 4000),
    st.floats(-4000, 4000),
    st.floats(10, 5000),
)


@st.composite
def areas(draw, *, datums=tuple(HeightDatum), whole=False, outlines=None):
    datum = draw(st.sampled_from(datums))
    heights = st.integers(-50, 3000) if whole else st.floats(-50, 3000).map(lambda height: round(height, 3))
    low = draw(st.none() | heights)
    high = draw(st.none() | heights)
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high) + 1
    lower, upper = (None if height is None else Limit(float(height), datum) for height in (low, high))
    outline = draw(outlines if outlines is not None else stars() | circles)
    if isinstance(outline, Circle) or len(outline) < 6 or draw(st.booleans()):
        return ZoneArea(outline, lower, upper)
    outline = draw(stars(sides=_MANY_SIDES, centre=(500.0, 700.0), outwards=(500.0, 900.0)))
    hole = draw(stars(centre=(500.0, 700.0), outwards=(20.0, 100.0)))
    return ZoneArea(outline, lower, upper, (hole[0:1] + hole[:0:-1],))


clock_times = st.times(max_value=time(23, 59, 59)).map(lambda moment: moment.replace(microsecond=0, tzinfo=None))


def periods(edges):
    weekdays = st.frozensets(st.integers(0, 6), min_size=1)
    return st.builds(DailyPeriod, weekdays, edges, edges)


_EDGES = st.none() | clock_times | st.sampled_from(DaylightEvent)


@st.composite
def spans(draw, edges=_EDGES):
    starts = draw(st.none() | st.integers(0, 10_000).map(lambda hours: _START + timedelta(hours=hours)))
    ends = draw(st.none() | st.integers(1, 10_000).map(lambda hours: (starts or _START) + timedelta(hours=hours)))
    return Applicability(starts, ends, tuple(draw(st.lists(periods(edges), max_size=3))))


def wordings():
    return st.builds(Wording, words, LANGUAGES)


def authorities(one_text):
    texts = one_text.map(lambda wording: (wording,)) | st.just(())
    return st.builds(
        ZoneAuthority,
        st.sampled_from(Purpose),
        names=texts,
        services=texts,
        contacts=texts,
        site_url=st.just("") | st.just("https://range.example/zones"),
        email=st.just("") | st.just("control@range.example"),
        phone=st.just("") | st.just("+31 53 000 0000"),
        interval_before=st.just("") | st.just("P1DT2H"),
    )


def details(one_text=None, *, sources=True):
    one_text = wordings() if one_text is None else one_text
    texts = one_text.map(lambda wording: (wording,)) | st.just(())
    return st.builds(
        ZoneDetails,
        country=st.sampled_from(["NLD", "BEL", "DEU"]),
        variant=st.sampled_from(Variant),
        authorities=st.lists(authorities(one_text), min_size=1, max_size=3).map(tuple),
        other_reasons=texts,
        restriction_conditions=st.just("") | words,
        region=st.none() | st.integers(0, 99),
        regulation_exemption=st.none() | st.booleans(),
        data_source=st.none() | st.builds(DataSource, st.just("2026-01-01"), st.just("2026-02-01T00:00:00Z"), one_text)
        if sources
        else st.none(),
        extended=st.just("") | st.just('{"colour": "red", "level": 3}') if sources else st.just(""),
    )


_PLAIN = st.just(ZoneDetails())


@st.composite
def zones(
    draw,
    *,
    details=_PLAIN,
    area=None,
    restrictions=tuple(Restriction),
    reasons=("AIR_TRAFFIC", "NATURE", "OTHER"),
    applicability=None,
    language="en-GB",
):
    names, said = draw(st.lists(words, min_size=1, max_size=2)), draw(st.just("") | words)
    if language is None:
        names = names[:1]
    given_details = draw(details)
    own = ZoneDetails(
        **{
            **{name: getattr(given_details, name) for name in given_details.__slots__},
            "names": tuple(Wording(name, language or "") for name in names),
            "messages": (Wording(said, language or ""),) if said else (),
        }
    )
    return Zone(
        id=draw(st.text("ABCDEFGHJ0123456789", min_size=1, max_size=7)),
        name=names[0],
        restriction=draw(st.sampled_from(restrictions)),
        areas=tuple(draw(st.lists(areas() if area is None else area, min_size=1, max_size=3))),
        reasons=tuple(draw(st.lists(st.sampled_from(reasons), max_size=3, unique=True))),
        applicability=tuple(draw(st.lists(spans() if applicability is None else applicability, max_size=2))),
        message=said,
        details=own,
    )


def several(zone):
    return st.lists(zone, min_size=1, max_size=3, unique_by=lambda each: each.id)
