"""What is typed for a new slot is read as it is meant, or refused with the field's name."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import specimens

from rangeops.domain.errors import Invalid
from rangeops.tui.slot_form import FIELDS, prefilled, request_of

ENSCHEDE = ZoneInfo("Europe/Amsterdam")
DAY = date(2026, 7, 1)
TYPED = {
    "volume": "EAST",
    "starts": "10:30",
    "minutes": "45",
    "company": "ACME",
    "callsign": "D07",
    "sysid": "7",
    "airframe": "survey-quad",
    "contact": "ch 2",
    "plan": "",
}


def test_the_time_is_the_ranges_own():
    request = request_of(TYPED, DAY, ENSCHEDE)
    assert request.starts == datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    assert request.ends - request.starts == timedelta(minutes=45)
    assert request.plan is None


@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.name != "plan"])
def test_an_empty_field_is_named(name):
    title = next(field.title for field in FIELDS if field.name == name)
    with pytest.raises(Invalid, match=f"{title} is empty"):
        request_of(TYPED | {name: "  "}, DAY, ENSCHEDE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("starts", "half ten"),
        ("starts", "10:30+02:00"),
        ("starts", "25:00"),
        ("minutes", "0"),
        ("minutes", "-5"),
        ("minutes", "1e3"),
        ("minutes", "1441"),
        ("sysid", "256"),
        ("sysid", "\N{ARABIC-INDIC DIGIT SEVEN}"),
    ],
)
def test_what_can_not_be_read_is_refused(name, text):
    with pytest.raises(Invalid):
        request_of(TYPED | {name: text}, DAY, ENSCHEDE)


def test_it_is_filled_in_like_the_chosen_slot_at_the_next_half_hour():
    now = specimens.MORNING.astimezone(ENSCHEDE)  # 10:41
    like = specimens.SLOTS[1]
    filled = prefilled(like, now, today=True)
    assert filled["starts"] == "11:00"
    assert request_of(filled, now.date(), ENSCHEDE).sysid == like.sysid
    assert prefilled(like, now, today=False)["starts"] == "10:00"
    assert prefilled(None, now, today=True)["minutes"] == "45"
