"""A person's own settings: kept whole, read with one sentence for what is wrong, and never in anybody's way."""

from itertools import pairwise

import pytest
import specimens
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarms import AlarmState
from rangeops.domain.errors import Invalid, Unavailable
from rangeops.domain.now import Now
from rangeops.tui.bell import APART_S, Bell
from rangeops.tui.preferences import CHOICES, SETTINGS_FILE, Desktop, Preferences, read_preferences, turned, written

CALM = specimens.picture()
LOUD = Preferences(bell_p1=True)
preferences = st.builds(Preferences, **{name: st.sampled_from(choices) for name, choices in CHOICES.items()})


@given(wanted=preferences)
def test_what_is_written_is_read_again(wanted, tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / SETTINGS_FILE
    path.write_text(written(wanted))
    assert read_preferences(path) == wanted


@given(preferences, st.sampled_from(sorted(CHOICES)))
def test_turning_on_and_back_changes_nothing(before, name):
    assert turned(turned(before, name, 1), name, -1) == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("theme", "no TOML"),
        ('theme = "pink"', 'theme can\'t be \'pink\'.*"dark", "light", "high-contrast"'),
        ("bell_p1 = 1", "bell_p1 can't be 1"),
        ("theme = true", "theme can't be True"),
        ("volume = 11", "no setting 'volume'"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_the_shipped_ones_hold(text, says, tmp_path):
    (tmp_path / SETTINGS_FILE).write_text(text)
    with pytest.raises(Invalid, match=says):
        read_preferences(tmp_path / SETTINGS_FILE)
    desktop = Desktop.read(tmp_path)
    assert desktop.preferences == Preferences()
    assert len(desktop.faults) == 1


def test_what_cannot_be_kept_holds_until_one_leaves(tmp_path):
    (tmp_path / "file").write_text("")
    desktop = Desktop(tmp_path / "file" / "rangeops")
    with pytest.raises(Unavailable, match="They hold until you leave"):
        desktop.set(LOUD)
    assert desktop.preferences == LOUD


def test_the_bell_is_off_unless_it_was_turned_on():
    assert not Bell().rings([specimens.FORECAST], specimens.NOW, Preferences())


def test_the_bell_rings_once_for_what_is_new_of_its_priority():
    bell = Bell()
    assert not bell.rings([specimens.STALE], specimens.NOW, LOUD), "somebody has acknowledged it"
    assert bell.rings([specimens.STALE, specimens.FORECAST], specimens.NOW, LOUD)
    later = Now(specimens.NOW.monotonic_s + 60, specimens.NOW.utc)
    assert not bell.rings([specimens.FORECAST], later, LOUD), "it is no news any more"


@given(st.lists(st.floats(0.05, 3), min_size=1, max_size=60))
def test_a_flood_rings_no_more_than_its_rate(gaps_s):
    """A new alarm at every drawing."""
    bell, at_s, rang = Bell(), 0.0, []
    for number, gap_s in enumerate(gaps_s):
        at_s += gap_s
        news = specimens.alarm(specimens.FORECAST.condition, specimens.EAST, "", "", since_s=number)
        assert news.state is AlarmState.UNACKED
        if bell.rings([news], Now(at_s, specimens.NOW.utc), LOUD):
            rang.append(at_s)
    assert all(after - before >= APART_S for before, after in pairwise(rang))
    assert rang


async def test_a_new_alarm_rings_where_it_is_on(room, monkeypatch):
    rung = []
    monkeypatch.setattr(room.app, "bell", lambda: rung.append(1))
    async with room.app.run_test(size=(80, 24)) as pilot:
        await room.opens(pilot, CALM)
        await room.hears(pilot, specimens.picture(alarms=[specimens.FORECAST]))
        assert not rung
        await room.presses(pilot, "comma", "j", "j", "space", "1")
        await room.hears(pilot, CALM)
        await room.passes(pilot, 10, specimens.picture(alarms=[specimens.FORECAST]))
        assert rung == [1]


async def test_times_can_be_read_in_utc(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "6")
        assert "10:29-11:12 D07" in room.text("list")
        await room.presses(pilot, "comma", "j", "right", "6")
        assert "09:29-10:12 D07" in room.text("list")
        assert "09:41:07Z 10:41L" in room.line("header"), "L is the range's time"
        await room.presses(pilot, "1", "j", "j", "j")
        assert "to 11:12L" in room.text("detail")
        await room.presses(
            pilot, "2", "n", *"EAST", "down", *"14:00", "down", *"30", "down", *"ACME", "down", *"D09", "down", "9"
        )
        await room.presses(pilot, "down", *"survey-quad", "down", *"ch 1", "enter")
        ((_, _, body),) = [call for call in room.server.calls if call[1] == "/slots"]
        assert body["starts"] == "2026-11-24T13:00:00Z", "what is typed under 'From, local' is local"
