"""Another language: its catalogue is whole and says the same, switching redraws all, and nothing that matters is cut in it."""

import importlib.util
import re
import string
from dataclasses import replace

import pytest
import specimens
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from room import Room

from rangeops.domain.alarms import CATALOGUE
from rangeops.tui import language
from rangeops.tui.language import LANGUAGES, SOURCE, by_environment, dated, told, tr
from rangeops.tui.outside_words import in_words, matched
from rangeops.tui.preferences import SETTINGS_FILE, Desktop, Preferences

OTHERS = [code for code in LANGUAGES if code != SOURCE]
SIZE = (120, 36)
FORECAST = replace(specimens.FORECAST, title="Leaves its volume by the east edge")
BREACH = specimens.picture(alarms=[FORECAST, specimens.STALE, specimens.BATTERY])


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use(SOURCE)


@pytest.fixture(scope="module")
def messages(pytestconfig):
    """docs/tools/make_messages.py."""
    spec = importlib.util.spec_from_file_location(
        "make_messages", pytestconfig.rootpath / "docs/tools/make_messages.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dutch(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Room(desktop=Desktop(None, Preferences(language="nl")))


# The catalogues.


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_what_is_said_and_nothing_else(messages, code):
    with messages.path_of(code, "po").open("rb") as file:
        kept = read_po(file)
    said = {each.id for each in messages.template() if each.id}
    assert {each.id for each in kept if each.id} == said, "run `make messages`, then translate what is new"
    assert not kept.obsolete
    assert not [each.id for each in kept if each.id and not each.string], "not translated"
    assert not [each.id for each in kept if each.id and each.fuzzy]


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_is_as_the_tool_writes_it(messages, code):
    catalogue = messages.updated(code)
    assert messages.path_of(code, "po").read_text(encoding="utf-8") == messages.po_of(catalogue).decode()


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_shipped_compiled_is_the_catalogue(messages, code):
    with messages.path_of(code, "po").open("rb") as file:
        kept = {each.id: each.string for each in read_po(file) if each.id}
    assert language.words_of(code) == kept
    assert messages.path_of(code, "mo").read_bytes() == messages.mo_of(messages.updated(code))


def placeholders(text):
    return sorted(
        (name, form, conversion) for _, name, form, conversion in string.Formatter().parse(text) if name is not None
    )


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_same_figures(code):
    for text, said in language.words_of(code).items():
        if "{" in text or "{" in said:
            assert placeholders(text) == placeholders(said), text
        assert re.findall(r"%[a-zA-Z]", text) == re.findall(r"%[a-zA-Z]", said), text
        assert text.strip() == text, "space is the layout's, not the text's"
        assert said.strip() == said, text


@pytest.mark.parametrize("code", OTHERS)
def test_keys_and_marks_stay_what_they_are(code):
    """A key that a text names is a key in every language."""
    for text, said in language.words_of(code).items():
        for mark in ("Enter,", "← →", "↑ ↓", "j k", "NO_COLOR", "UTC", "RTL", "■", "▲", "✗", "✓", "→"):
            if mark in text:
                assert mark in said, text


# Looking up.


def test_english_is_the_text_itself():
    assert tr("No alarms.") == "No alarms."
    assert tr("{figure} s left", figure=3) == "3 s left"
    assert told("Leaves its volume by the east edge") == "Leaves its volume by the east edge"


def test_what_isnt_translated_is_said_in_english():
    language.use("nl")
    assert tr("A text that nobody has") == "A text that nobody has"
    assert told("RangeError: 7") == "RangeError: 7"
    assert told("Leaves East: east edge") == "Leaves East: east edge", "half of it in each language would be worse"


def test_a_language_that_isnt_there_is_refused():
    with pytest.raises(KeyError):
        language.use("xx")
    assert language.spoken() == SOURCE


def test_an_alarm_is_read_in_dutch_and_stays_the_same_alarm():
    language.use("nl")
    alarm = replace(
        specimens.FORECAST, title="Leaves its volume by the north-east edge", value="12 s to act", limit="5 s"
    )
    said = in_words(alarm)
    assert (said.title, said.value) == ("Verlaat zijn volume: noordoostrand", "nog 12 s")
    assert said.action == "Houd; dan RTL"
    assert (said.id, said.state, said.condition, said.source) == (alarm.id, alarm.state, alarm.condition, alarm.source)


def test_a_zone_keeps_its_name():
    language.use("nl")
    assert told("Enters Runway") == "Vliegt Runway in", "a zone may be called like a word of ours"
    assert told("-3 m beyond the edge of north") == "-3 m voorbij rand van north"


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.condition.value)
def test_every_alarm_of_the_catalogue_speaks_dutch(entry):
    language.use("nl")
    for text in (entry.title, entry.action, entry.cause, entry.consequence, entry.response):
        assert text in language.words_of("nl")
        assert told(text) == language.words_of("nl")[text]


@given(st.text(max_size=60))
def test_a_text_from_outside_is_never_taken_for_code(text):
    """Braces in it are braces; what matches no template comes back as it is."""
    language.use("nl")
    if matched(text) is None and text not in language.words_of("nl"):
        assert told(text) == text
    assert text in told(f"Enters {text}x")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nl"}, "nl"),
        ({"LANG": "nl_BE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nds_DE.UTF-8"}, "en"),
        ({"LANG": "", "LC_ALL": ""}, "en"),
    ],
)
def test_who_never_chose_is_spoken_to_as_his_locale_says(environment, expected):
    assert by_environment(environment) == expected


def test_a_choice_comes_before_the_locale(tmp_path):
    assert Desktop.read(tmp_path, {"LANG": "nl_NL.UTF-8"}).preferences.language == "nl"
    (tmp_path / SETTINGS_FILE).write_text('theme = "light"\n')
    assert Desktop.read(tmp_path, {"LANG": "nl_NL.UTF-8"}).preferences.language == "nl"
    (tmp_path / SETTINGS_FILE).write_text('language = "en"\n')
    assert Desktop.read(tmp_path, {"LANG": "nl_NL.UTF-8"}).preferences.language == "en"


def test_days_and_months_have_their_names():
    day = specimens.NOW.utc
    assert dated(day, "%a %d %b %H:%M") == f"{day:%a %d %b %H:%M}"
    language.use("nl")
    assert dated(day, "%a %d %b") == "di 24 nov"


# On the screen.


async def test_switching_redraws_everything_at_once(room):
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, BREACH)
        assert "WATCH" in room.line("header")
        await room.presses(pilot, "comma")
        await room.presses(pilot, *["j"] * 5, "right")
        assert room.app.shared.desktop.preferences.language == "nl"
        assert "INSTELLINGEN" in room.line("header")
        assert room.app.screen.query_one("#list").border_title == "Instellingen van deze persoon"
        await room.presses(pilot, "1")
        assert "WACHT" in room.line("header")
        assert room.app.screen.query_one("#map").border_title == "Kaart"
        assert "Verlaat zijn volume" in room.text("banner")
        await room.presses(pilot, "comma", "left")
        assert "SETTINGS" in room.line("header")


async def test_the_record_tells_the_language_and_keeps_the_screens_own_name(dutch):
    async with dutch.app.run_test(size=SIZE) as pilot:
        await dutch.opens(pilot, BREACH)
        await dutch.passes(pilot, 3, BREACH)
        dutch.app._tell_record()
        await dutch.settles(pilot)
        views = [view for report in dutch.server.reports for view in report["views"]]
        assert {view["language"] for view in views} == {"nl"}
        assert views[-1]["screen"] == "watch", "what the record calls it doesn't change with the words"


async def test_the_log_and_call_words_stay_as_they_were_said(dutch):
    async with dutch.app.run_test(size=SIZE) as pilot:
        await dutch.opens(pilot, BREACH)
        assert specimens.LOG[-1].text.split()[0] in dutch.text("log")
        await dutch.presses(pilot, "c")
        assert "CLEAR SECTOR" in dutch.dialog()


SCREENS = {
    "watch": ("enter",),
    "slots": ("2", "j"),
    "alarms": ("3", "j"),
    "plans": ("4",),
    "board": ("6", "j"),
    "handover": ("7",),
    "detail": ("j", "d"),
    "rtl": ("j", "r"),
    "help": ("question_mark",),
    "settings": ("comma", "j", "j", "j", "j", "j"),
}


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screens_in_dutch_are_seen(dutch, snap_compare, screen, size):
    async def play(pilot):
        await dutch.opens(pilot, BREACH)
        await dutch.passes(pilot, 1, BREACH)
        await dutch.presses(pilot, *SCREENS[screen])

    assert snap_compare(dutch.app, terminal_size=size, run_before=play)
