"""The review screen: its timeline at the cause, clocks, what is looked for, signing, evidence; and the replay inside a live room."""

import json
import logging
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import specimens
from review_specimens import AWARE, GRAVE, LONG, Film, complete, signature, under_review, view
from textual.widgets import Input, TextArea

from rangeops.client.action import Target
from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.domain.errors import Unavailable
from rangeops.domain.incident_review import Clocks, Review, deadlines
from rangeops.domain.incidents import IncidentState
from rangeops.tui.app import ControlRoom
from rangeops.tui.bindings import Place
from rangeops.tui.panels.clocks import lasting
from rangeops.tui.screens.incident_dialogs import ExportDialog, NarrativeDialog
from rangeops.tui.screens.replay import ReplayingScreen
from rangeops.tui.screens.signing import SignDialog
from rangeops.wire.duty import SessionView
from rangeops.wire.messages import to_json

SIZES = [(120, 36), (80, 24)]
SIZE = (120, 36)
CALM = specimens.picture()
BREACH = specimens.picture(alarms=[specimens.FORECAST])
SECRET = "correct horse battery"
INCIDENT = specimens.INCIDENT


@pytest.fixture
def review(room):
    """The room's server has one incident, under review and complete."""
    room.server.reviewed = view(complete())
    room.server.incidents = (under_review(INCIDENT),)
    return room


async def on_review(room, pilot, *keys, last=CALM):
    await room.opens(pilot, last)
    await room.presses(pilot, "5", *keys)


def asked(room):
    return [(method, path, body) for method, path, body in room.server.calls if not path.startswith("/screens")]


# The timeline.


@pytest.mark.parametrize("size", SIZES)
async def test_the_timeline_opens_at_the_cause_and_what_was_before_is_a_page_up(room, size):
    room.server.incidents = (LONG,)
    async with room.app.run_test(size=size) as pilot:
        await on_review(room, pilot)
        shown = room.text("more").splitlines()
        cause = next(number for number, line in enumerate(shown) if "P1 leaves East: east edge" in line)
        assert "preparation 59" in shown[cause - 1], "the line before the cause is seen"
        earlier = next(number for number, line in enumerate(shown) if "earlier: page up" in line)
        assert earlier <= cause - (3 if size == SIZE else 2), "more of it where there is room for all that follows"
        for _ in range(40):
            await room.presses(pilot, "pageup")
        assert "preparation 0 " in room.text("more")
        assert "earlier" not in room.text("more")
        for _ in range(40):
            await room.presses(pilot, "pagedown")
        assert "D07 mode RTL, commanded" in room.text("more")
        assert LONG.title in room.text("more"), "what it is stays above"


async def test_what_comes_meanwhile_doesnt_move_the_cause_away(room):
    room.server.incidents = (replace(LONG, timeline=LONG.timeline[:61]),)
    async with room.app.run_test(size=SIZE) as pilot:
        await on_review(room, pilot)
        room.server.incidents = (LONG,)
        await room.app.reader.read("incidents")
        await room.settles(pilot)
        lines = room.text("more").splitlines()
        assert "preparation 59" in lines[lines.index(next(line for line in lines if "P1 leaves" in line)) - 1]


# Clocks.


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (0, "0 min"),
        (59.9, "59 min"),
        (119, "119 min"),
        (120, "2 h"),
        (71 * 60 + 59, "71 h"),
        (72 * 60, "3 d"),
        (-90, "90 min"),
    ],
)
def test_what_is_left_is_never_more_than_there_is(minutes, says):
    assert lasting(timedelta(minutes=minutes)) == says


@pytest.mark.parametrize("size", SIZES)
async def test_clocks_run_on_the_screen_and_a_missed_one_is_loud(review, size):
    notified = complete(mandatory=True)
    review.server.reviewed = view(notified)
    review.server.incidents = (replace(under_review(INCIDENT), deadlines=deadlines(notified, specimens.NOW.utc)),)
    async with review.app.run_test(size=size) as pilot:
        await on_review(review, pilot)
        assert "report ✓" in review.text("more")
        assert "notification 71 h left (by 27 Nov" in review.text("more")
        assert "71 h left" in review.line("list", 1)
        review.clock.pass_s(80 * 3600)
        review.app.draw()
        assert "notification ■ OVERDUE 8 h" in review.text("more")
        assert "OVERDUE 8 h" in review.line("list", 1)


async def test_times_are_told_and_only_those_that_were_typed(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "C")
        assert "report ✓" in review.dialog()
        await pilot.press(*"now", "enter")  # it begins in the first that is empty
        await review.settles(pilot)
        (call,) = asked(review)
        told = {name: value for name, value in call[2].items() if value is not None}
        assert call[:2] == ("PATCH", "/incidents/INC-2026-0007/review")
        assert told == {"notified_utc": f"{specimens.NOW.utc.replace(microsecond=0):%Y-%m-%dT%H:%M:%SZ}"}


# Looking for incidents.


async def look_for(room, pilot, text):
    await room.presses(pilot, "slash")
    room.app.room.query_one("#words", Input).value = text
    await room.presses(pilot, "enter")


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_looked_for_stands_in_chips_and_the_first_found_is_chosen(review, size):
    other = replace(INCIDENT, id="INC-2026-0006", title="D03 was lost", opened_utc=AWARE - timedelta(hours=1))
    review.server.incidents, review.server.found = (INCIDENT, other), (other,)
    async with review.app.run_test(size=size) as pilot:
        await on_review(review, pilot)
        await look_for(review, pilot, "lost state:open overdue")
        path, parameters = next(each for each in reversed(review.server.queries) if "text" in each[1])
        assert (path, parameters["text"], parameters["overdue"]) == ("/incidents", "lost", "true")
        chips = review.line("chips")
        for part in ("1 of 2", " lost ", " state:open ", " overdue ", "esc all"):
            assert part in chips
        assert "INC-2026-0006" in review.line("list", 1)
        assert review.app.room.chosen == "INC-2026-0006"
        assert review.app.room.shown().filter == "lost state:open overdue", "and the record knows"
        await review.presses(pilot, "escape")
        assert "INC-2026-0007" in review.line("list", 1)
        assert not review.app.room.has_class("-filtered")


async def test_a_search_that_finds_nothing_says_how_to_go_on(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot)
        await look_for(review, pilot, "hail")
        assert "None fits: / changes what is looked for, esc shows all." in review.text("list")
        await review.presses(pilot, "slash")
        assert review.app.room.query_one("#words", Input).value == "hail", "it is changed, not typed anew"
        review.app.room.query_one("#words", Input).value = ""
        await review.presses(pilot, "enter")
        assert "INC-2026-0007" in review.text("list")


async def test_a_search_that_is_none_is_one_sentence_and_changes_nothing(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot)
        await look_for(review, pilot, "state:closed")
        assert "'closed' is no state. Use one of open, under-review, signed" in review.line("status")
        assert "INC-2026-0007" in review.line("list", 1)


async def test_elsewhere_the_same_key_finds_vehicles(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await review.opens(pilot, CALM)
        await look_for(review, pilot, "D07")
        assert review.app.shared.selected == specimens.EAST.sysid


# Signing.


async def type_password(room, pilot, password=SECRET):
    for character in password:
        await pilot.press("space" if character == " " else character)
    await room.presses(pilot, "enter")


@pytest.mark.parametrize("size", SIZES)
async def test_it_shows_what_is_signed_and_sends_the_password_once(review, size, caplog):
    caplog.set_level(logging.DEBUG)
    review.server.signed = view(replace(complete(), state=IncidentState.SIGNED, signatures=(signature("op1"),)))
    async with review.app.run_test(size=size) as pilot:
        await on_review(review, pilot, "S")
        assert isinstance(review.app.screen, SignDialog)
        shown = review.dialog()
        for part in ("INC-2026-0007 revision 1", "9f3c" * 16, "D07 was carried", "need not be told", "The wind rose"):
            assert part in shown
        await type_password(review, pilot)
        (call,) = asked(review)
        assert call == (
            "POST", "/incidents/INC-2026-0007/signature", {"password": SECRET, "sha256": "9f3c" * 16},
        )  # fmt: skip
        assert "INC-2026-0007 revision 1 is signed by op1" in review.line("status")
    assert SECRET not in caplog.text


async def test_a_password_is_nowhere_but_in_the_request(review):
    assert SECRET not in repr(Target(incident="INC-2026-0007", secret=SECRET))
    review.server.refusal = {
        "kind": "forbidden",
        "what": "the password is wrong",
        "where": "user op1",
        "do": "Try again.",
    }
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "S")
        for character in SECRET:
            await pilot.press("space" if character == " " else character)
        await review.settles(pilot)
        assert SECRET not in review.app.export_screenshot()
        assert "•" * 10 in review.app.export_screenshot()
        await review.presses(pilot, "enter")
        assert "Not signed. user op1: the password is wrong. Try again." in " ".join(review.dialog().split())
        secret = review.app.screen.query_one("#secret", Input)
        assert (secret.value, secret.disabled, secret.has_focus) == ("", False, True)
        assert SECRET not in str(review.server.reports)


async def test_what_was_changed_meanwhile_is_shown_anew_before_it_can_be_signed(review):
    review.server.refusal = {
        "kind": "conflict", "what": "it was changed since it was shown", "where": "INC-2026-0007", "do": "Read it again.",
    }  # fmt: skip
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "S")
        changed = replace(complete(), headline="Another headline")
        review.server.reviewed = replace(view(changed), sha256="beef" * 16)
        await type_password(review, pilot)
        shown = review.dialog()
        assert "it was changed since it was shown" in shown
        assert "Another headline" in shown
        assert "beef" * 16 in shown
        review.server.refusal = None
        await type_password(review, pilot)
        assert asked(review)[-1][2]["sha256"] == "beef" * 16


async def test_what_is_not_complete_sends_no_password_and_says_what_lacks(review):
    review.server.reviewed = view(complete(narrative="", headline=""), missing=("a headline", "a narrative"))
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "S")
        assert "It lacks a headline, a narrative. Complete it, then sign." in review.dialog()
        await type_password(review, pilot)
        assert "Not signed: it is not complete." in review.dialog()
        assert asked(review) == []


PROBLEM = {"type": "", "title": "", "status": 403, "detail": "", "where": "sign in", "do": "Type it."}
CODE_WANTED = {**PROBLEM, "kind": "code-wanted", "what": "the code of the second factor is asked for"}
WRONG = {**PROBLEM, "kind": "forbidden", "what": "the code is wrong"}


class TwoPersons:
    """A server with sessions: whoever signs in signs under his own name."""

    def __init__(self, server):
        self.server, self.signed_by, self.tokens, self.codes = server, [], [], {}

    def __call__(self, request):
        path = request.url.path.removeprefix("/api/v1")
        token = request.headers["authorization"].removeprefix("Bearer ")
        if (request.method, path) == ("POST", "/sessions"):
            wanted = json.loads(request.content)
            name = wanted["name"]
            assert not wanted["word"], "a signature isn't as urgent as a stop: he signs in in full"
            if name in self.codes and wanted["code"] != self.codes[name]:
                return httpx.Response(403, json=CODE_WANTED if not wanted["code"] else WRONG)
            self.tokens.append(name)
            session = SessionView(name, name, read_only=False, expires_utc=specimens.NOW.utc + timedelta(hours=1))
            return httpx.Response(201, content=to_json(session))
        if (request.method, path) == ("DELETE", "/sessions/mine"):
            return httpx.Response(204)
        if path.endswith("/signature"):
            self.signed_by.append("op1" if token == "t" else token)
            signatures = tuple(signature(by) for by in self.signed_by)
            state = IncidentState.SIGNED if len(signatures) == 2 else IncidentState.UNDER_REVIEW
            return httpx.Response(
                201, content=to_json(view(replace(GRAVE, state=state, signatures=signatures), signers=2))
            )
        return self.server(request)


@pytest.fixture
def two(review):
    """A room whose incident takes two signatures, and its door."""
    review.server.reviewed = view(GRAVE, signers=2)
    door = TwoPersons(review.server)
    client = Client(lambda: Address("http://range.test", "t"), transport=httpx.MockTransport(door))
    review.app = ControlRoom(client, review.feed, clock=review.clock)
    return review, door


async def test_a_second_person_signs_at_the_same_screen(two):
    room, door = two
    async with room.app.run_test(size=SIZE) as pilot:
        await on_review(room, pilot, "S")
        assert "its class takes two persons" in room.dialog()
        await type_password(room, pilot)
        assert isinstance(room.app.screen, SignDialog), "it waits for the second"
        shown = " ".join(room.dialog().split())
        assert "signed by op1" in shown
        assert "A second person: name, Enter, password, Enter." in shown
        assert "The wind rose.\n The pilot was late." in room.dialog(), "what is signed stands as it stood"
        await pilot.press(*"rita", "enter")
        await type_password(room, pilot)
        assert door.signed_by == ["op1", "rita"]
        assert "is signed by op1 and rita" in room.line("status")


async def test_a_second_factors_code_is_asked_for_and_nothing_is_kept_of_it(two):
    room, door = two
    door.codes["rita"] = "123456"
    async with room.app.run_test(size=SIZE) as pilot:
        await on_review(room, pilot, "S")
        await type_password(room, pilot)
        await pilot.press(*"rita", "enter")
        await type_password(room, pilot)
        assert "The password fits. Type it again, Enter, and the code" in " ".join(room.dialog().split())
        for code, says in (("000000", "the code is wrong"), ("123456", "")):
            await type_password(room, pilot)
            await pilot.press(*code)
            assert code not in room.app.export_screenshot()
            await room.presses(pilot, "enter")
            assert says in " ".join(room.dialog().split())
        assert door.signed_by == ["op1", "rita"]


# The rest of a review.


async def test_a_class_is_given_by_the_beginning_of_its_name_and_the_rest_stays(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "c")
        assert review.app.screen.query_one("#field-headline", Input).value == complete().headline
        review.app.screen.query_one("#field-class", Input).value = "serious"
        await review.presses(pilot, "enter")
        (call,) = asked(review)
        assert {name: value for name, value in call[2].items() if value is not None} == {
            "occurrence_class": "serious incident"
        }


async def test_unchanged_fields_take_no_signature_away(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "c", "enter")
        assert "nothing of it is another" in review.dialog()
        assert asked(review) == []


async def test_a_narrative_keeps_its_lines(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "n")
        assert isinstance(review.app.screen, NarrativeDialog)
        assert review.app.screen.query_one(TextArea).text == "The wind rose.\nThe pilot was late."
        await review.presses(pilot, "enter", *"So", "ctrl+s")
        (call,) = asked(review)
        assert call[2]["narrative"] == "The wind rose.\nThe pilot was late.\nSo"
        assert "it can be signed" in review.line("status")


async def test_an_operators_screen_asks_for_no_review_and_says_who_may(room):
    room.server.me = replace(specimens.ME, user="omar", roles=("operator",))
    async with room.app.run_test(size=SIZE) as pilot:
        await on_review(room, pilot)
        assert not [path for path, _ in room.server.queries if path.endswith("/review")]
        for key in ("c", "S", "e", "n", "C"):
            await room.presses(pilot, key)
            assert room.app.screen is room.app.room
            assert "omar (operator) may not" in room.line("status")


# Evidence.


async def test_evidence_is_written_here_and_its_place_size_and_check_are_said(review, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "e")
        assert isinstance(review.app.screen, ExportDialog)
        assert "The range's data is on range.test; the file comes to this machine." in review.dialog()
        await review.presses(pilot, "enter")
        file = tmp_path / "INC-2026-0007-evidence.zip"
        assert file.read_bytes() == b"PK evidence"
        shown = review.dialog()
        for part in ("11 bytes, 214 entries", "recordings 2, reports 1", "no packets of link B", "python3 -I check.py"):
            assert part in " ".join(shown.split())
        assert str(file) in shown.replace("\n ", ""), "whole, over two lines where it is long"
        await review.presses(pilot, "escape")
        assert str(file) in review.text("more").replace("\n ", "")


async def test_evidence_that_cant_be_had_is_a_sentence_and_no_file(review, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    review.server.refusal = {"kind": "conflict", "what": "not all of it is signed yet", "where": "it", "do": "Wait."}
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "e", "enter")
        assert "Not done. it: not all of it is signed yet. Wait." in review.dialog()
        assert list(tmp_path.iterdir()) == []


# The replay inside the room.


@pytest.fixture
def replaying(review):
    opened = []

    def opens(incident):
        opened.append(incident)
        return Film()

    review.app.replays.opens = opens
    review.opened = opened
    return review


@pytest.mark.parametrize("size", SIZES)
async def test_a_replay_is_unmistakable_and_the_live_range_stays_around_it(replaying, size):
    room = replaying
    async with room.app.run_test(size=size) as pilot:
        await on_review(room, pilot, "R")
        assert room.opened == ["INC-2026-0007"]
        assert isinstance(room.app.screen, ReplayingScreen)
        assert "REPLAY" in room.line("header")
        assert "R E P L A Y   not live" in room.line("simulation")
        assert "REPLAY  not live  2026-11-24 05:40:00" in room.line("replay-head")
        assert "OLD7" in room.text("vehicles")
        await room.passes(pilot, 1, BREACH)
        assert specimens.FORECAST.title in room.text("banner"), "a live alarm stands in the live banner"
        assert "■P1 1" in room.line("header")
        assert "OLD7" in room.text("vehicles"), "and the replay goes on"
        await room.presses(pilot, "escape")
        assert room.app.room.place is Place.REVIEW
        assert room.app.room.chosen == "INC-2026-0007"


async def test_its_keys_move_the_replay_and_not_the_room(replaying):
    room = replaying
    async with room.app.run_test(size=SIZE) as pilot:
        await on_review(room, pilot, "R")
        head = room.app.room.pane.head
        await room.presses(pilot, "full_stop")
        assert head.at == Film.marks[0].utc
        await room.presses(pilot, "full_stop", "comma", "right", "pagedown")
        assert head.at == Film.begins + timedelta(seconds=51)
        await room.presses(pilot, "home", "right", "right", "left")
        assert head.at == Film.begins + timedelta(seconds=1)
        await room.presses(pilot, "end")
        assert head.at == Film.ends
        await room.presses(pilot, "home", "plus", "space")
        assert (head.speed, head.playing) == (2.0, True)
        room.clock.pass_s(5)
        room.app.room.pane.look()
        assert head.at == Film.begins + timedelta(seconds=10)
        assert room.app.room.place is Place.REPLAY


async def test_in_a_replay_there_is_no_command_but_a_live_alarm_is_acknowledged(replaying):
    room = replaying
    async with room.app.run_test(size=SIZE) as pilot:
        await on_review(room, pilot, "R", last=BREACH)
        await room.passes(pilot, 1, BREACH)
        for words in ("hold D07", "rtl D07", "vehicle.inhibit", "sector.clear"):
            await room.presses(pilot, "colon")
            room.app.room.query_one("#words", Input).value = words
            await room.presses(pilot, "enter")
            assert room.app.screen is room.app.room
            assert "This is a replay, which takes no commands" in room.line("status")
        assert asked(room) == []
        await room.presses(pilot, "a")
        assert [path for _, path, _ in asked(room)] == [f"/alarms/{specimens.FORECAST.id}/ack"]


async def test_whoever_has_gone_elsewhere_is_left_there(replaying):
    room = replaying
    async with room.app.run_test(size=SIZE) as pilot:
        await on_review(room, pilot)
        await pilot.press("R", "1")
        await room.settles(pilot)
        assert room.app.room.place is Place.WATCH


async def test_a_room_without_recordings_says_where_they_are(review):
    async with review.app.run_test(size=SIZE) as pilot:
        await on_review(review, pilot, "R")
        assert "`rangeops replay INC-2026-0007` on the range's machine does" in review.line("status")

        def elsewhere(_):
            raise Unavailable("the range's data isn't on this machine", where="/data", do="Replay it there.")

        review.app.replays.opens = elsewhere
        await review.presses(pilot, "R")
        assert "the range's data isn't on this machine" in review.line("status")
        assert review.app.room.place is Place.REVIEW


class Bad(Film):
    """Of which a moment can't be drawn."""

    def picture(self, at):
        if at > self.begins:
            raise ZeroDivisionError
        return super().picture(at)


async def test_a_recording_that_breaks_its_reader_ends_no_room(review):
    async with review.app.run_test(size=SIZE) as pilot:

        def broken(_):
            raise KeyError(7)

        review.app.replays.opens = broken
        await on_review(review, pilot, "R")
        assert "it can't be replayed here (KeyError)" in review.line("status")
        review.app.replays.opens = lambda _: Bad()
        await review.presses(pilot, "R")
        assert review.app.room.place is Place.REPLAY
        await review.presses(pilot, "right")
        assert review.app.room.place is Place.REVIEW
        assert "it can't be replayed here (ZeroDivisionError)" in review.line("status")


# What is seen.


def compare(room, snap_compare, size, *keys, last=CALM, then=None):
    async def play(pilot):
        await on_review(room, pilot, *keys, last=last)
        if then is not None:
            await then(pilot)

    return snap_compare(room.app, terminal_size=size, run_before=play)


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_an_incident_with_its_clocks_is_seen(review, snap_compare, size):
    late = complete(mandatory=True, narrative="", headline="")
    review.server.reviewed = view(late, missing=("a headline", "a narrative"))
    missed = replace(
        INCIDENT, id="INC-2026-0003", title="D11 was lost for 40 s", opened_utc=AWARE - timedelta(days=5), callsign="D11",
        deadlines=deadlines(Review("INC-2026-0003", 1, IncidentState.OPEN, Clocks(AWARE - timedelta(days=5))), AWARE),
    )  # fmt: skip
    running = replace(under_review(LONG), deadlines=deadlines(late, specimens.NOW.utc))
    review.server.incidents = (running, missed)
    assert compare(review, snap_compare, size)


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_chips_are_seen(review, snap_compare, size):
    review.server.found = (under_review(INCIDENT),)

    async def then(pilot):
        await look_for(
            review, pilot, 'gust company:"ACME drones" state:under-review class:incident since:2026-11-24 overdue'
        )

    assert compare(review, snap_compare, size, then=then)


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_signing_is_seen(review, snap_compare, size):
    review.server.reviewed = view(replace(GRAVE, signatures=(signature("rita"),)), signers=2)

    async def then(pilot):
        await pilot.press(*"secret")

    assert compare(review, snap_compare, size, "S", then=then)


@pytest.mark.parametrize("key", ["c", "C", "n", "e"], ids=["classify", "clocks", "narrate", "export"])
def test_the_dialogs_are_seen(review, snap_compare, key):
    assert compare(review, snap_compare, (80, 24), key)


@pytest.mark.parametrize("size", SIZES, ids=["120x36", "80x24"])
def test_a_replay_in_the_room_is_seen(replaying, snap_compare, size):
    async def then(pilot):
        await replaying.presses(pilot, "full_stop")
        await replaying.passes(pilot, 1, BREACH)
        await replaying.passes(pilot, 0.8, BREACH)

    assert compare(replaying, snap_compare, size, "R", then=then)
