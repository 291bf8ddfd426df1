"""The alarm screen and the banner: what is seen in a flood, what is removed, what there was, and that nothing jumps."""

from dataclasses import replace
from datetime import timedelta

import pytest
import specimens

from rangeops.domain.alarms import AlarmNote, AlarmState, Condition, Removal
from rangeops.tui.load import Load
from rangeops.tui.panels.alarms import sparkline

SIZES = [(120, 36), (80, 24)]
NAMES = ["120x36", "80x24"]
ODD = [f"D{number:02d}" for number in range(1, 50, 2)]  # 25 that no range of numbers shortens


def lost(callsign, sysid, since_s):
    view = replace(specimens.NORTH, callsign=callsign, sysid=sysid)
    return specimens.alarm(Condition.LINK_LOST, view, "6 s", "5 s", since_s=since_s)


def flood(callsigns):
    losses = [lost(name, 100 + number, 20 - number / 10) for number, name in enumerate(callsigns)]
    return specimens.picture(alarms=(*losses, specimens.FORECAST, specimens.STALE, specimens.BATTERY))


def removed():
    moment = specimens.MORNING
    shelf = Removal("op1", moment, "cable is being changed", moment + timedelta(minutes=15))
    stale = replace(
        specimens.STALE, state=AlarmState.SUPPRESSED, removal=Removal("design", moment, "while vehicle not heard")
    )
    out = specimens.alarm(Condition.UPLINK_LOST, specimens.WEST, "", "", since_s=4000)
    return (
        replace(
            specimens.BATTERY, state=AlarmState.SHELVED, removal=shelf, notes=(AlarmNote("op2", moment, "lands soon"),)
        ),
        stale,
        replace(out, state=AlarmState.OUT_OF_SERVICE, removal=Removal("rita", moment, "radio is being mended")),
    )


HISTORY = tuple(
    specimens.alarm(
        Condition.GNSS_DENIED,
        specimens.WEST,
        "",
        "",
        since_s=600 * number,
        state=AlarmState.NORMAL,
        acked_by="op1",
        ended_utc=specimens.MORNING - timedelta(seconds=600 * number - 60),
        times=number,
    )
    for number in range(1, 8)
)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
@pytest.mark.parametrize("screen", ["1", "3"])
async def test_a_flood_never_hides_a_p1(room, size, screen):
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, flood(ODD))
        await room.presses(pilot, screen)
        assert room.line("banner", 0).startswith(" ■1 D07 Leaves East: east edge"), (
            "the one with seconds left comes first"
        )
        assert "Vehicle not heard" in room.text("banner")
        said = room.text("banner")
        shown = said.split()
        assert [name for name in ODD if not any(name in word for word in shown)] == []
        assert specimens.FORECAST.title in said
        assert screen == "1" or "25 x Vehicle not heard, first D01" in room.text("list")


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
async def test_in_a_flood_one_press_acknowledges_one_alarm_the_first_first(room, size):
    async with room.app.run_test(size=size) as pilot:
        picture = flood(ODD)
        await room.opens(pilot, picture)
        await room.presses(pilot, "3", "j", "a")
        assert [path for _, path, _ in room.server.calls] == [f"/alarms/{picture.alarms[0].id}/ack"]


async def test_an_acknowledgement_moves_no_row_under_the_cursor(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        alarms = (specimens.FORECAST, specimens.STALE, specimens.BATTERY)
        await room.opens(pilot, specimens.picture(alarms=alarms))
        await room.presses(pilot, "3", "j", "j", "j")
        before = [row for row in range(1, 4) if room.line("list", row).startswith("▸")]
        acked = tuple(replace(alarm, state=AlarmState.ACKED, acked_by="op1") for alarm in alarms)
        await room.hears(pilot, specimens.picture(alarms=acked))
        assert [row for row in range(1, 4) if room.line("list", row).startswith("▸")] == before == [3]


async def test_a_shelf_asks_for_its_minutes_and_a_reason(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture(alarms=(specimens.BATTERY,)))
        await room.presses(pilot, "3", "j", "s", "enter")
        assert room.server.calls == [], "without a reason nothing is sent"
        title = room.app.screen.query_one("#dialog").border_title
        assert title == f"Shelve {specimens.BATTERY.source}: {specimens.BATTERY.title}"
        await room.presses(pilot, *"cable", "enter")
        method, path, body = room.server.calls[0]
        assert (method, path) == ("POST", f"/alarms/{specimens.BATTERY.id}/deeds")
        assert body == {"kind": "shelve", "reason": "cable", "minutes": 15.0}


async def test_what_is_shelved_asks_for_nobody_and_is_listed_apart(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture(alarms=removed()))
        assert "No alarms." in room.text("banner")
        await room.presses(pilot, "3")
        assert "shelved 1  suppressed 1  out of service 1" in room.text("load")
        assert "No alarms." in room.text("list")
        await room.presses(pilot, "tab", "j", "u")
        assert room.server.calls[0][2]["kind"] == "unshelve"
        await room.presses(pilot, "tab", "tab")
        assert room.app.room.listing.value == "active"


async def test_a_note_and_a_removal_are_one_key_each(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture(alarms=(specimens.BATTERY,)))
        await room.presses(pilot, "3", "j", "n", *"lands", "enter", "O", *"mending", "enter")
        assert [(body["kind"], body["reason"]) for _, _, body in room.server.calls] == [
            ("note", "lands"),
            ("out-of-service", "mending"),
        ]


async def test_the_history_fills_the_load_of_the_last_hour(room):
    room.server.alarm_history = HISTORY
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture(alarms=(specimens.FORECAST,)))
        await room.presses(pilot, "3")
        assert room.app.room.scene.load.counts[-1] == 1
        assert sum(room.app.room.scene.load.counts) == 6, "an hour's, each once"


def test_a_full_bar_is_a_flood():
    bars = sparkline(Load((0, 1, 5, 10, 11, 300)))
    assert (bars[0], bars[1], bars[4:]) == ("▁", "▂", "██")
    assert list(bars) == sorted(bars)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
@pytest.mark.parametrize(
    ("picture", "keys"),
    [
        pytest.param(flood(ODD), ("3", "j"), id="flood"),
        pytest.param(flood([f"D{n:02d}" for n in range(1, 26)]), (), id="flood-watch"),
        pytest.param(specimens.picture(alarms=removed()), ("3", "tab", "j"), id="removed"),
        pytest.param(specimens.picture(alarms=(specimens.FORECAST,)), ("3", "tab", "tab", "j"), id="history"),
        pytest.param(specimens.picture(alarms=(specimens.BATTERY,)), ("3", "j", "s"), id="shelve"),
    ],
)
def test_alarms_are_seen(room, snap_compare, size, picture, keys):
    room.server.alarm_history = HISTORY

    async def play(pilot):
        await room.opens(pilot, picture)
        await room.presses(pilot, *keys)

    assert snap_compare(room.app, terminal_size=size, run_before=play)
