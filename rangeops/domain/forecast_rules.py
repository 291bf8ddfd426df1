"""What the forecast of a vehicle's way counts with: house values of a range. docs/safety/forecast.md derives each."""

from dataclasses import dataclass

from rangeops.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class ForecastRules:
    """position_error_m, height_error_m: what a trusted position may be off at least. hdop_error_m: one standard deviation
    at an HDOP of 1, where the receiver doesn't tell its own accuracy. turn_trust_s: a turn that isn't flown yet is
    believed while straight on would leave so long to order a stop that ends in the contingency volume.
    alarm_lead_s: the forecast alarms at the latest that long before the last moment to stop, counted by stopping time.
    """

    position_error_m: float = 3.0  # GNSS, SORA's S_GPS
    height_error_m: float = 1.0  # barometer; what GNSS adds lies in the contingency volume
    hdop_error_m: float = 2.5  # a single-frequency receiver's 2.5 m CEP at an HDOP near 1
    turn_trust_s: float = 1.5  # two reports at 5 Hz that agree, and 1 s for a command to arrive
    alarm_lead_s: float = 5.0


def forecast_rules_from(facts: Facts) -> ForecastRules:
    """The [policy.forecast] table of a range.toml; what it leaves out stays a house value. Raises Invalid."""
    facts.only("position_error_m", "height_error_m", "hdop_error_m", "turn_trust_s", "alarm_lead_s")
    house = ForecastRules()
    return ForecastRules(
        position_error_m=facts.number("position_error_m", house.position_error_m, at_least=0, at_most=50),
        height_error_m=facts.number("height_error_m", house.height_error_m, at_least=0, at_most=50),
        hdop_error_m=facts.number("hdop_error_m", house.hdop_error_m, at_least=0, at_most=20),
        turn_trust_s=facts.number("turn_trust_s", house.turn_trust_s, at_least=0.5, at_most=30),
        alarm_lead_s=facts.number("alarm_lead_s", house.alarm_lead_s, at_least=0, at_most=60),
    )
