"""The replay: its line of time as a plain value, and the screen on one of our own recordings, by keys."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room import SetClock

from rangeops.domain.errors import Damaged, Invalid, NotFound
from rangeops.replaying import of_tlogs, open_recording
from rangeops.settings import Settings
from rangeops.tui.playhead import SPEEDS, Playhead, timeline
from rangeops.tui.replay import ReplayRoom
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.rows import Rows
from rangeops.wire.recorded import Mark

CAPTURE = Path(__file__).parents[1] / "data" / "captures" / "guided_breach_rtl.tlog"
BEGINS = datetime(2026, 11, 24, 5, 41, tzinfo=UTC)
ENDS = BEGINS + timedelta(seconds=100)


def s(seconds):
    return BEGINS + timedelta(seconds=seconds)


@pytest.fixture
def recorded(tmp_path):
    return open_recording(Settings(data=tmp_path), [CAPTURE])


# -- the line of time


def test_it_plays_at_its_speed_and_stops_at_the_end():
    head = Playhead(BEGINS, ENDS)
    head.pass_s(5)
    assert head.at == BEGINS, "it stands still until it is told to play"
    head.toggle()
    head.faster(2)
    head.pass_s(5)
    assert (head.speed, head.at) == (4.0, s(20))
    head.pass_s(50)
    assert (head.at, head.playing) == (ENDS, False)
    head.toggle()
    assert (head.at, head.playing) == (BEGINS, True), "play at the end begins anew"


def test_a_range_is_played_round_and_round():
    head = Playhead(BEGINS, ENDS)
    head.go(s(30))
    head.open_range()
    head.go(s(20))
    head.close_range()
    assert head.range == (s(20), s(30))
    head.toggle()
    head.pass_s(9)
    head.pass_s(2)
    assert head.at == s(20)
    head.open_range()
    head.close_range()
    assert head.range is None, "the same place twice is no range"


@given(
    st.lists(
        st.tuples(st.sampled_from(["go", "pass", "toggle", "faster", "slower", "open", "close"]), st.floats(-500, 500))
    )
)
def test_it_never_leaves_the_recording(moves):
    head = Playhead(BEGINS, ENDS)
    for move, by in moves:
        if move == "go":
            head.go(s(by))
        elif move == "pass":
            head.pass_s(abs(by))
        elif move in ("faster", "slower"):
            head.faster(1 if move == "faster" else -1)
        else:
            {"toggle": head.toggle, "open": head.open_range, "close": head.close_range}[move]()
        assert BEGINS <= head.at <= ENDS
        assert head.speed in SPEEDS


def test_a_cell_shows_the_gravest_of_what_happened_in_it():
    marks = [Mark(s(50), "mode", "RTL"), Mark(s(50.1), "alarm", "leaves", priority=1), Mark(s(50.2), "command", "hold")]
    signs, line = timeline(Playhead(BEGINS, ENDS), marks, [s(99)], 50)
    assert "".join(span.text for span in signs).strip(" ") == "▲" + " " * 23 + "◆"
    assert "".join(span.text for span in line)[0] == "●"
    assert len(signs) == len(line) == 50


# -- the screen


def text_of(app, name):
    widget = app.screen.query_one(name, Lines)
    return "\n".join("".join(span.text for span in line) for line in widget.lines)


async def on_screen(recorded, keys, size=(120, 36)):
    app = ReplayRoom(recorded, clock=SetClock())
    async with app.run_test(size=size) as pilot:
        while not app.screen.query("#moments"):
            await pilot.pause()
        app.draw()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        yield_ = {name: text_of(app, name) for name in ("#replay-head", "#vehicles", "#moments", "#replay-line")}
        yield_["at"] = app.head.at
        yield_["following"] = app.screen.query_one("#map").following
        yield_["chosen"] = app.screen.query_one("#moments", Rows).chosen
    return yield_


def see(recorded, *keys, size=(120, 36)):
    return asyncio.run(on_screen(recorded, keys, size))


def test_it_says_that_it_is_no_live_picture_and_has_no_command(recorded):
    shown = see(recorded)
    assert "REPLAY  not live" in shown["#replay-head"]
    assert {each.action for each in ReplayRoom.BINDINGS}.isdisjoint({"hold", "rtl", "land", "command"})


def test_events_are_stepped_to_and_the_vehicle_is_as_it_was_then(recorded):
    moments = [mark for mark in recorded.marks if mark.text == "GUIDED to RTL"]
    step = recorded.marks.index(moments[0])
    shown = see(recorded, *["full_stop"] * (step + 3))
    assert "RTL" in shown["#vehicles"]
    back = see(recorded, *["full_stop"] * (step + 3), *["comma"] * 8)
    assert back["at"] < shown["at"]
    assert "GUIDED" in back["#vehicles"]


def test_keys_move_the_time_and_the_map(recorded):
    shown = see(recorded, "right", "right", "left", "pagedown", "f")
    assert shown["at"] == recorded.begins + timedelta(seconds=31)
    assert shown["following"] == 21
    assert see(recorded, "end")["at"] == recorded.ends
    assert see(recorded, "end", "home")["at"] == recorded.begins
    assert see(recorded, "right", "m", "end", "apostrophe")["at"] == recorded.begins + timedelta(seconds=1)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (240, 70)])
def test_every_size_shows_time_vehicle_and_what_happened(recorded, size):
    shown = see(recorded, "end", size=size)
    assert "#21" in shown["#vehicles"]
    assert "Disarming" in shown["#moments"] or "disarmed" in shown["#moments"]
    assert "0:01:41 of 0:01:41" in shown["#replay-line"]


@pytest.mark.parametrize("fails", [False, True])
def test_the_beginning_is_shown_and_the_rest_is_read_beside_it(recorded, tmp_path, fails):
    beginning = of_tlogs(Settings(data=tmp_path), [CAPTURE], most_bytes=20_000)
    assert beginning.ends < recorded.ends
    drawn_first = []

    def whole():
        drawn_first.append(text_of(app, "#replay-head"))
        if fails:
            raise Damaged("it broke off", where="x", do="Look.")
        return recorded

    app = ReplayRoom(beginning, clock=SetClock(), whole=whole)

    async def watch():
        async with app.run_test(size=(120, 36)) as pilot:
            while not (app.head.ends == recorded.ends or app.pane.failure):
                await pilot.pause()
            app.draw()
            return text_of(app, "#replay-head")

    shown = asyncio.run(asyncio.wait_for(watch(), 30))
    assert "not live" in drawn_first[0], "the first map comes first"
    assert ("it broke off" in shown) is fails
    assert "the rest is being read" not in shown


def test_damage_never_pushes_out_that_it_is_a_replay(tmp_path):
    data = CAPTURE.read_bytes()
    (tmp_path / "torn.tlog").write_bytes(data[:30_000] + bytes(777) + data[30_000:])
    torn = open_recording(Settings(data=tmp_path), [tmp_path / "torn.tlog"])
    for size in ((80, 24), (120, 36)):
        shown = see(torn, size=size)
        assert "REPLAY  not live" in shown["#replay-head"]
        assert "bytes in" in shown["#replay-head"]
        assert "can't be read (" in shown["#replay-line"]


def test_two_clocks_are_not_mixed_and_what_is_not_there_is_told(tmp_path):
    settings = Settings(data=tmp_path)
    (tmp_path / "1.BIN").write_bytes(b"\xa3\x95\x80" + bytes(86))
    with pytest.raises(Invalid, match="two clocks"):
        open_recording(settings, [CAPTURE, tmp_path / "1.BIN"])
    with pytest.raises(NotFound):
        open_recording(settings, [tmp_path / "none.tlog"])


def test_a_track_from_elsewhere_has_ground_of_its_own(tmp_path):
    """As with a range that is somewhere else: the map is never empty."""
    recorded = open_recording(Settings(data=tmp_path, range="polder"), [CAPTURE])
    assert recorded.site.id == "elsewhere"
    assert recorded.picture(recorded.ends).vehicles
