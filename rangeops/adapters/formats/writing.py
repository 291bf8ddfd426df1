"""What writers are told and what they give back."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plans import FlightPlan
from rangeops.domain.volumes import Ring
from rangeops.domain.zones import Circle, Zone, ZoneArea


@dataclass(frozen=True, slots=True)
class Writing:
    """title, country (ISO 3166 alpha-3) and authority stand in where a zone doesn't name its own.

    description: of the whole set, where a format has a place for it.
    shorten: an identifier that is too long gets a shorter one, which is told, rather than refusing its zone.
    """

    title: str = "Zones"
    country: str = ""
    authority: str = ""
    language: str = "en-GB"
    issued: datetime | None = None
    shorten: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """lost: what the format has no place for, one clause each."""

    content: bytes
    lost: tuple[str, ...] = ()


ZoneWriter = Callable[[Sequence[Zone], Writing], Written]
PlanWriter = Callable[[FlightPlan], Written]


def json_bytes(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def no_place(zone: Zone, what: str, do: str) -> Invalid:
    return Invalid(what, where=f"zone {zone.id}", do=do)


def require_spelt_out(plan: FlightPlan) -> None:
    """Raises Invalid for a plan that holds a pattern without its items: written, the pattern would be gone."""
    if plan.unexpandable:
        raise Invalid(
            f"it holds a pattern that isn't spelt out ({plan.unexpandable[0]})",
            where=plan.name,
            do="Save it from QGroundControl with its items.",
        )


def drawn(area: ZoneArea) -> Ring:
    """The area's outline as a ring; a circle's is drawn around it, in a frame about its own middle."""
    outline = area.outline
    if isinstance(outline, Circle):
        return outline.ring(SiteFrame(outline.latitude_deg, outline.longitude_deg))
    return outline
