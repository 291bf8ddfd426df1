"""A NOTAM's text for one slot, after ICAO Annex 15, Appendix 3 and Doc 8126. A draft: it is filed by whoever may.

It tells of the contingency volume, which a vehicle may use without being at fault, by a circle around it: whatever is
rounded is rounded outwards. Fields: Q qualifiers, A location, B from, C to (UTC), E text, F and G limits (AMSL). D, a
schedule within B to C, is for what isn't one continuous time: a slot is.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shapely import MultiPolygon, Polygon, minimum_bounding_circle

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.errors import Refused
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.notices import NoticeRules

FOOT_M: Final = 0.3048
NAUTICAL_MILE_M: Final = 1852.0
_MINUTE_ROUNDING_M: Final = (
    1400.0  # half a minute of latitude and of longitude, taken together: the farthest it can move
)
_SECOND_ROUNDING_M: Final = 25.0  # likewise for half a second
_TENTH_MILE_M: Final = 185.2
_NOT_TELEGRAPH: Final = re.compile(r"[^A-Z0-9 .,'/+=:?-]")  # of ITA2 without brackets, which end a NOTAM
_WITHOUT_MARKS: Final = str.maketrans({"Ø": "O", "Æ": "AE", "Œ": "OE", "Ł": "L", "Đ": "D", "Þ": "TH"})
_WORDS: Final = {VehicleClass.COPTER: "MULTIROTOR", VehicleClass.PLANE: "FIXED WING"}


@dataclass(frozen=True, slots=True)
class Circle:
    """Around everything that is told of. radius_m: of the true outline, before anything is rounded."""

    latitude_deg: float
    longitude_deg: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class NotamFacts:
    """What a NOTAM of one slot tells. Heights AMSL; floor None: from the surface."""

    slot: str
    company: str
    contact: str
    place: str
    airframe: Airframe
    circle: Circle
    floor_amsl_m: float | None
    ceiling_amsl_m: float
    starts: datetime
    ends: datetime


def circle_of(core: Polygon | MultiPolygon, frame: SiteFrame) -> Circle:
    """The smallest circle around an outline in site metres."""
    circle = minimum_bounding_circle(core)
    centre = circle.centroid
    radius_m = max(math.dist((centre.x, centre.y), point) for point in _outline(core))
    return Circle(*frame.to_geodetic(centre.x, centre.y), radius_m)


def notam_text(facts: NotamFacts, rules: NoticeRules) -> str:
    """The fields, a line each. Raises Refused where the range has no FIR, and for what doesn't fly."""
    where = f"NOTAM for slot {facts.slot}"
    if not rules.fir:
        raise Refused("the range names no FIR", where=where, do="Give [notices] fir and location in range.toml.")
    if (kind := _WORDS.get(facts.airframe.vehicle_class)) is None:
        raise Refused(f"{facts.airframe.name} doesn't fly", where=where, do="A vehicle on the ground needs no NOTAM.")
    lower_ft = 0 if facts.floor_amsl_m is None else max(0, math.floor(facts.floor_amsl_m / FOOT_M / 10) * 10)
    upper_ft = math.ceil(facts.ceiling_amsl_m / FOOT_M / 10) * 10
    circle = facts.circle
    wide_nm = max(1, math.ceil((circle.radius_m + _MINUTE_ROUNDING_M) / NAUTICAL_MILE_M))
    tenths = math.ceil((circle.radius_m + _SECOND_ROUNDING_M) / _TENTH_MILE_M)
    qualifiers = (
        rules.fir,
        "QWULW",
        "IV",
        "BO",
        "W",
        f"{lower_ft // 100:03}",
        f"{math.ceil(upper_ft / 100):03}",
        f"{_minutes(circle)}{wide_nm:03}",
    )
    text = (
        f"UNMANNED ACFT ({kind}, MTOM {facts.airframe.mtom_kg:.1f}KG) WILL TAKE PLACE WI {tenths / 10:.1f}NM RADIUS OF "
        f"{_seconds(circle)} ({telegraph(facts.place)}). OPR {telegraph(facts.company)}. CTC {telegraph(facts.contact)}."
    )
    return "\n".join(
        (
            f"Q) {'/'.join(qualifiers)}",
            f"A) {rules.location} B) {facts.starts:%y%m%d%H%M} C) {_upwards(facts.ends):%y%m%d%H%M}",
            f"E) {text}",
            f"F) {'SFC' if facts.floor_amsl_m is None else f'{lower_ft}FT AMSL'} G) {upper_ft}FT AMSL",
        )
    )


def telegraph(text: str) -> str:
    """A text from outside in the letters that a NOTAM may have: none that ends it or begins another field."""
    upper = unicodedata.normalize("NFKD", text).upper().translate(_WITHOUT_MARKS)
    plain = upper.encode("ascii", "ignore").decode()
    return " ".join(_NOT_TELEGRAPH.sub(" ", plain).split()) or "NIL"


def _upwards(moment: datetime) -> datetime:
    """To the next whole minute."""
    minute = moment.replace(second=0, microsecond=0)
    return minute if minute == moment else minute + timedelta(minutes=1)


def _minutes(circle: Circle) -> str:
    """Whole minutes, as in Q: 5217N00653E."""
    return _dm(circle.latitude_deg, 2, "NS") + _dm(circle.longitude_deg, 3, "EW")


def _seconds(circle: Circle) -> str:
    """Whole seconds, as in E: 521633N0065321E."""
    return _dms(circle.latitude_deg, 2, "NS") + _dms(circle.longitude_deg, 3, "EW")


def _dm(angle_deg: float, digits: int, signs: str) -> str:
    degrees, minutes = divmod(round(abs(angle_deg) * 60), 60)
    return f"{degrees:0{digits}}{minutes:02}{signs[angle_deg < 0]}"


def _dms(angle_deg: float, digits: int, signs: str) -> str:
    degrees, rest = divmod(round(abs(angle_deg) * 3600), 3600)
    return f"{degrees:0{digits}}{rest // 60:02}{rest % 60:02}{signs[angle_deg < 0]}"


def _outline(core: Polygon | MultiPolygon) -> list[tuple[float, float]]:
    parts = core.geoms if isinstance(core, MultiPolygon) else (core,)
    return [(x, y) for part in parts for x, y, *_ in part.exterior.coords]
