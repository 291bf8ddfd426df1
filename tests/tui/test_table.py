"""The vehicle table: what is dropped where there is no room, what never is, and what a long one tells."""

import re
from dataclasses import replace

import pytest
import specimens
from hypothesis import given
from hypothesis import strategies as st
from test_others import scene

from rangeops.domain.alarms import Condition
from rangeops.domain.telemetry import Sysid
from rangeops.tui.ink import width_of
from rangeops.tui.panels.header import header
from rangeops.tui.panels.vehicles import table_head, table_rows, worst_of
from rangeops.wire.picture import SkyView

NEVER = ("ID", "MODE", "AGL", "BAT", "AGE")
FLEET = [replace(specimens.NORTH, sysid=Sysid(n), callsign=f"D{n:02}") for n in range(1, 26)]


def words(line):
    return "".join(span.text for span in line)


@given(st.integers(42, 120))
def test_company_goes_before_ground_speed_and_the_rest_never(width):
    head = words(table_head(width)).split()
    assert set(NEVER) <= set(head)
    assert "GS" in head or "CO" not in head
    ((_, row),) = table_rows(scene(specimens.picture([specimens.EAST])), width, 10)
    assert width_of(row) <= width
    for figure in ("D07", "AUTO", "92", "61%", "0.2"):
        assert figure in words(row)


async def test_at_every_width_of_a_terminal_the_table_has_what_must_not_be_dropped(room):
    async with room.app.run_test(size=(80, 24)) as pilot:
        await room.opens(pilot, specimens.picture())
        for width in (*range(80, 114), *range(114, 241, 9), 240):
            await pilot.resize_terminal(width, 24 if width % 2 else 40)
            await room.settles(pilot)
            assert set(NEVER) <= set(room.line("vehicles").split()), width
            assert "ENFORCING" in room.line("header"), width
            assert re.search(r"\? keys", room.line("keys")), width


async def test_rows_stand_where_they_stood_whatever_happens_to_the_others(room):
    """An alarm, a silence, one that goes: those that stay don't change places."""
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        names = [room.line("vehicles", n)[4:7] for n in range(1, 5)]
        lost = replace(specimens.NORTH, position_age_s=8.0, heard_age_s=8.0)
        alarms = (specimens.FORECAST, specimens.STALE)
        await room.hears(pilot, specimens.picture([specimens.SOUTH, lost, specimens.EAST, specimens.WEST], alarms))
        assert [room.line("vehicles", n)[4:7] for n in range(1, 5)] == names


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_chosen_row_stays_in_sight_and_the_ends_tell_what_is_beyond(room, size):
    stale = specimens.alarm(Condition.TELEMETRY_STALE, FLEET[24], "6 s", "5 s", since_s=6)
    battery = specimens.alarm(Condition.BATTERY_UNDER_RESERVE, FLEET[0], "6 s", "5 s", since_s=6)
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, specimens.picture(FLEET, alarms=(stale, battery)))
        assert re.search(r"… \d+ more  ▲2 D25", room.text("vehicles"))
        assert "↑" not in room.line("vehicles")
        for number in range(1, 26):
            await room.presses(pilot, "j")
            assert f"▸{' ' if 1 < number < 25 else ''}" in room.text("vehicles")
            assert f"D{number:02}" in room.text("vehicles")
        assert "more" not in room.text("vehicles")
        assert re.search(r"↑\d+ ●3$", room.line("vehicles"))


def test_the_most_urgent_of_those_out_of_sight_is_named():
    alarms = (
        specimens.alarm(Condition.BATTERY_UNDER_RESERVE, FLEET[3], "", "", since_s=6),
        specimens.alarm(Condition.LINK_LOST, FLEET[9], "", "", since_s=6),
        specimens.alarm(Condition.LINK_LOST, FLEET[1], "", "", since_s=6),
    )
    seen = scene(specimens.picture(FLEET, alarms=alarms))
    assert words(worst_of(seen, [Sysid(n) for n in range(3, 26)])) == "■1 D10"
    assert words(worst_of(seen, [Sysid(4), Sysid(5)])) == "●3 D04"
    assert worst_of(seen, [Sysid(20)]) == ()


SKIES = st.sampled_from(
    [None, SkyView("", "", None), SkyView("230/08G12kt", "sunset", specimens.MORNING), SkyView("VRB/02kt", "", None)]
)


@given(st.integers(80, 240), SKIES, st.booleans(), st.integers(0, 25))
def test_the_header_never_cuts_time_counts_or_enforcement(width, sky, simulation, vehicles):
    seen = scene(specimens.picture(FLEET[:vehicles], sky=sky, simulation=simulation))
    line = header(seen, "7 HAND-OVER", "Twente (EHTW)", width)
    text = words(line)
    assert width_of(line) == width
    for part in ("7 HAND-OVER", "09:41:07Z", "P1 0", "P2 0", "P3 0", "ENFORCING", f"air {vehicles}/{vehicles}"):
        assert part in text
    assert "…" not in text, "what doesn't fit is left out, not cut"


def test_the_header_drops_the_range_first_then_sun_then_wind():
    seen = scene(specimens.picture(simulation=False))
    optional = ("OPERATE", "wind 230/08G12kt", "sunset 15:34Z", "Twente (EHTW)")
    shown = [
        [word in words(header(seen, "1 WATCH", "Twente (EHTW)", width)) for word in optional]
        for width in range(80, 200)
    ]
    assert shown[-1] == [True] * 4
    assert all(had <= has for had, has in zip(map(sum, shown), map(sum, shown[1:]), strict=False)), (
        "wider shows no less"
    )


def test_a_flood_is_said_in_the_header():
    alarms = [specimens.alarm(Condition.TELEMETRY_STALE, view, "6 s", "5 s", since_s=6) for view in FLEET[:12]]
    seen = scene(specimens.picture(FLEET, alarms=alarms))
    assert "FLOOD 12/10min" in words(header(seen, "1 WATCH", "", 120))
    assert "FLOOD" in words(header(seen, "1 WATCH", "", 80))


def test_callsigns_of_one_company_are_told_apart_in_the_table():
    fleet = [replace(specimens.NORTH, sysid=Sysid(n), callsign=f"SAXION-{n}") for n in (1, 2)]
    first, second = (
        "".join(span.text for span in line) for _, line in table_rows(scene(specimens.picture(fleet)), 40, 10)
    )
    assert ("SA…-1" in first, "SA…-2" in second) == (True, True)
