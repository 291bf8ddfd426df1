"""What a range asks before it gives its word to fly: everything, but what its range.toml waives, each with its reason."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.weather import WeatherRules


class Item(Enum):
    """Each is explained in docs/clearance.md."""

    SLOT = "slot"
    PLAN = "plan"
    BRIEFING = "briefing"
    REGISTERS = "registers"
    ZONES = "zones"
    DAYLIGHT = "daylight"
    WEATHER = "weather"
    ACCEPTANCE = "acceptance"
    FENCE = "fence"
    FENCE_ACTIVE = "fence-active"
    HEARD = "heard"
    POSITION = "position"
    UPLINK = "uplink"
    LINK = "link"
    STOP_PATH = "stop-path"
    POLL = "poll"
    SAFETY_WORD = "safety-word"


ALWAYS: Final = frozenset([Item.SLOT, Item.PLAN, Item.FENCE, Item.HEARD, Item.POSITION, Item.UPLINK])
"""What no range can waive: without it the watch couldn't hold the vehicle to anything."""


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Of the route that is in use. lost_percent: of the vehicle's packets. round_trip_s: of a question to it."""

    lost_percent: float = 10.0
    round_trip_s: float = 1.0


@dataclass(frozen=True, slots=True)
class ClearanceRules:
    """waived: what isn't asked here, and why not.

    poll: the roles that say go or no-go. per_take_off: disarming ends a clearance. ground_minutes: so does standing on
    the ground that long. stop_at_first_hover: hold and home may be proved on the day's first flight instead of before it.
    """

    waived: tuple[tuple[Item, str], ...] = ()
    poll: tuple[str, ...] = ("pilot", "operator")
    per_take_off: bool = True
    ground_minutes: float = 60.0
    stop_at_first_hover: bool = False
    weather: WeatherRules = field(default_factory=WeatherRules)
    link: LinkRules = field(default_factory=LinkRules)

    def why_waived(self, item: Item) -> str:
        """An empty text where it is asked."""
        return next((why for waived, why in self.waived if waived is item), "")


def clearance_rules_from(facts: Facts) -> ClearanceRules:
    """The [clearance] table of a range.toml; everything is asked where there is none. Raises Invalid."""
    if not facts.has("clearance"):
        return ClearanceRules()
    table = facts.section("clearance")
    table.only("poll", "per_take_off", "ground_minutes", "stop_at_first_hover", "weather", "link", "waived")
    given = ClearanceRules()
    return ClearanceRules(
        waived=_waived(table.section("waived")) if table.has("waived") else (),
        poll=_roles(table) if table.has("poll") else given.poll,
        per_take_off=table.flag("per_take_off", default=given.per_take_off),
        ground_minutes=table.number("ground_minutes", given.ground_minutes, at_least=1, at_most=1440),
        stop_at_first_hover=table.flag("stop_at_first_hover", default=given.stop_at_first_hover),
        weather=_weather(table.section("weather")) if table.has("weather") else given.weather,
        link=_link(table.section("link")) if table.has("link") else given.link,
    )


def _waived(facts: Facts) -> tuple[tuple[Item, str], ...]:
    facts.only(*(item.value for item in Item if item not in ALWAYS))
    return tuple((item, facts.text(item.value)) for item in Item if facts.has(item.value))


def _roles(facts: Facts) -> tuple[str, ...]:
    roles = facts.texts("poll")
    if not roles or len(set(roles)) < len(roles) or not all(role.strip() for role in roles):
        raise Invalid(
            "poll must name at least one role, each once",
            where=facts.where,
            do="Correct the file, or waive the poll and say why.",
        )
    return roles


def _weather(facts: Facts) -> WeatherRules:
    facts.only("stations", "metar_minutes", "taf")
    given = WeatherRules()
    return WeatherRules(
        stations=facts.texts("stations"),
        metar_minutes=facts.number("metar_minutes", given.metar_minutes, at_least=5, at_most=360),
        taf=facts.flag("taf", default=given.taf),
    )


def _link(facts: Facts) -> LinkRules:
    facts.only("lost_percent", "round_trip_s")
    given = LinkRules()
    return LinkRules(
        lost_percent=facts.number("lost_percent", given.lost_percent, at_least=0, at_most=50),
        round_trip_s=facts.number("round_trip_s", given.round_trip_s, at_least=0.05, at_most=10),
    )
