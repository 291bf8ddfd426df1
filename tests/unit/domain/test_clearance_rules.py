"""What a range.toml says of clearance: everything is asked where it says nothing, and each waiver has its reason."""

from datetime import UTC, datetime

import pytest

from rangeops.adapters.sun import SunOver
from rangeops.domain.clearance_rules import ALWAYS, ClearanceRules, Item, LinkRules, clearance_rules_from
from rangeops.domain.daylight import is_light
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.weather import WeatherRules


def rules(**table):
    return clearance_rules_from(Facts({"clearance": table}, "range.toml"))


def test_without_a_table_everything_is_asked():
    assert clearance_rules_from(Facts({}, "range.toml")) == ClearanceRules()
    assert not any(ClearanceRules().why_waived(item) for item in Item)
    assert ClearanceRules().per_take_off
    assert rules() == ClearanceRules()


def test_a_whole_table():
    assert rules(
        poll=["pilot", "tower"],
        per_take_off=False,
        ground_minutes=20,
        stop_at_first_hover=True,
        weather={"stations": ["EHTW"], "metar_minutes": 45, "taf": True},
        link={"lost_percent": 5, "round_trip_s": 0.5},
        waived={"weather": "a hall", "stop-path": "a rig"},
    ) == ClearanceRules(
        waived=((Item.WEATHER, "a hall"), (Item.STOP_PATH, "a rig")),
        poll=("pilot", "tower"),
        per_take_off=False,
        ground_minutes=20,
        stop_at_first_hover=True,
        weather=WeatherRules(("EHTW",), 45, taf=True),
        link=LinkRules(5, 0.5),
    )


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"polls": ["pilot"]}, "unknown key polls"),
        ({"poll": []}, "at least one role"),
        ({"poll": ["pilot", "pilot"]}, "each once"),
        ({"poll": [" "]}, "at least one role"),
        ({"waived": {"poll": ""}}, "poll must be a text"),
        ({"waived": {"poll": True}}, "poll must be a text"),
        ({"waived": {"mascot": "none here"}}, "unknown key mascot"),
        *(({"waived": {item.value: "why not"}}, f"unknown key {item.value}") for item in sorted(ALWAYS, key=str)),
        ({"ground_minutes": 0}, "between 1 and 1440"),
        ({"weather": {"metar_minutes": 600}}, "between 5 and 360"),
        ({"weather": {"station": "EHTW"}}, "unknown key station"),
        ({"link": {"lost_percent": 100}}, "between 0 and 50"),
    ],
)
def test_what_is_not_understood_is_refused_and_what_holds_everywhere_cannot_be_waived(table, says):
    with pytest.raises(Invalid, match=says):
        rules(**table)


@pytest.mark.parametrize(
    ("begins", "ends", "light"),
    [  # at EHTW on 21 December 2026 civil twilight is from 06:56 to 16:05 UTC
        ("06:58", "16:03", True),
        ("06:54", "07:30", False),
        ("15:30", "16:07", False),
        ("02:00", "03:00", False),
    ],
)
def test_day_is_from_dawn_to_dusk_of_civil_twilight(begins, ends, light):
    sun = SunOver(52.275833, 6.889167)
    at = [datetime.fromisoformat(f"2026-12-21T{each}").replace(tzinfo=UTC) for each in (begins, ends)]
    assert is_light(sun, *at) is light


def test_where_the_sun_does_not_set_or_rise_it_is_not_known():
    moment = datetime(2026, 12, 21, 12, tzinfo=UTC)
    assert is_light(SunOver(78.2, 15.6), moment, moment) is None


def test_a_summer_night_of_the_far_west_is_of_the_day_before_in_utc():
    sun = SunOver(52.0, -170.0)  # dusk comes after midnight UTC
    assert is_light(sun, datetime(2026, 6, 22, 2, tzinfo=UTC), datetime(2026, 6, 22, 4, tzinfo=UTC))
