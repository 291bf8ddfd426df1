"""The range's enforcement policy: for each rung, how far the range goes by itself, and with which command."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from rangeops.domain.commands import AUTOMATIC, CommandKind
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.forecast_rules import ForecastRules, forecast_rules_from
from rangeops.domain.separation_rules import SeparationRules, separation_rules_from


class Rung(IntEnum):
    """Where the vehicle is picks the rung; higher is worse. WITHDRAWN is within its volume, but without the range's word."""

    WITHDRAWN = 0
    FORECAST_EXIT = 1
    OUTSIDE_FLIGHT_GEOGRAPHY = 2
    LEAVING_CONTINGENCY = 3
    OUTSIDE_RANGE = 4


class Automation(Enum):
    ADVISE = "advise"  # alarm only
    CONFIRM = "confirm"  # alarm with the command one key away
    AUTO = "auto"  # sent at once


@dataclass(frozen=True, slots=True)
class RungPolicy:
    """command is sent (or offered) on reaching the rung; `then` follows once it was seen and `then_after_s` passed
    without an operator's decision (None: nothing follows).
    """

    automation: Automation
    command: CommandKind
    then: CommandKind | None = None
    then_after_s: float = 0.0


_HOUSE_SEPARATION: Final = SeparationRules()
_HOUSE_FORECAST: Final = ForecastRules()
_ASK_FOR_HOLD: Final = RungPolicy(Automation.CONFIRM, CommandKind.HOLD)


@dataclass(frozen=True, slots=True)
class Policy:
    """withdrawn: for who flies on after his clearance was taken back; a person decides, unless the range says otherwise."""

    forecast_exit: RungPolicy
    outside_flight_geography: RungPolicy
    leaving_contingency: RungPolicy
    outside_range: RungPolicy
    forecast_horizon_s: float  # how far ahead the path is predicted
    alarm_margin_s: float  # how long before the last moment to stop inside the forecast alarms
    reaction_margin_s: float  # how long before it the range acts by itself
    withdrawn: RungPolicy = _ASK_FOR_HOLD
    separation: SeparationRules = _HOUSE_SEPARATION
    forecast: ForecastRules = _HOUSE_FORECAST

    def at(self, rung: Rung) -> RungPolicy:
        rungs = (
            self.withdrawn,
            self.forecast_exit,
            self.outside_flight_geography,
            self.leaving_contingency,
            self.outside_range,
        )
        return rungs[rung]


def policy_from(facts: Facts) -> Policy:
    """The [policy] table of a range.toml. Raises Invalid."""
    facts.only(
        "forecast_exit",
        "outside_flight_geography",
        "leaving_contingency",
        "outside_range",
        "withdrawn",
        "separation",
        "forecast",
        "forecast_horizon_s",
        "alarm_margin_s",
        "reaction_margin_s",
    )
    return Policy(
        forecast_exit=_rung(facts.section("forecast_exit")),
        outside_flight_geography=_rung(facts.section("outside_flight_geography")),
        leaving_contingency=_rung(facts.section("leaving_contingency")),
        outside_range=_rung(facts.section("outside_range")),
        forecast_horizon_s=facts.number("forecast_horizon_s", 30, at_least=1, at_most=300),
        alarm_margin_s=facts.number("alarm_margin_s", 6, at_least=0, at_most=60),
        reaction_margin_s=facts.number("reaction_margin_s", 3, at_least=0, at_most=30),
        withdrawn=_rung(facts.section("withdrawn")) if facts.has("withdrawn") else _ASK_FOR_HOLD,
        separation=separation_rules_from(facts.section("separation")) if facts.has("separation") else _HOUSE_SEPARATION,
        forecast=forecast_rules_from(facts.section("forecast")) if facts.has("forecast") else _HOUSE_FORECAST,
    )


def _rung(facts: Facts) -> RungPolicy:
    facts.only("automation", "command", "then", "then_after_s")
    return RungPolicy(
        automation=facts.choice("automation", Automation),
        command=_automatic(facts, "command"),
        then=_automatic(facts, "then") if facts.has("then") else None,
        then_after_s=facts.number("then_after_s", 0, at_least=0, at_most=600),
    )


def _automatic(facts: Facts, name: str) -> CommandKind:
    """A command that the range may order by itself; what needs a person's word can't stand in a policy."""
    kind = facts.choice(name, CommandKind)
    if kind not in AUTOMATIC:
        raise Invalid(
            f"{name} is {kind.value}, which is never ordered automatically",
            where=facts.where,
            do=f"Use one of {', '.join(each.value for each in AUTOMATIC)}.",
        )
    return kind
