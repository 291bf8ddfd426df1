"""Who sits at a room: his name on every screen, signing in and out, what his role can't do, and a second person's word."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
import specimens
from textual.widgets import Input

from rangeops.client.actions import ACTIONS
from rangeops.client.feed import Disconnected
from rangeops.client.permits import act_of, refusal
from rangeops.domain.permissions_of_roles import Act
from rangeops.tui.app import ControlRoom
from rangeops.tui.ink import Ink
from rangeops.wire.messages import to_json

OBSERVER = replace(specimens.ME, user="olga", roles=("observer",))
ALARMED = specimens.picture(alarms=(specimens.FORECAST,))


def last_row(room):
    return room.line("keys")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 12)])
async def test_the_name_stands_on_every_screen_at_every_size(room, size):
    async with room.app.run_test(size=size) as pilot:
        await room.opens(pilot, specimens.picture())
        for key in "12345":
            await room.presses(pilot, key)
            assert "op1" in last_row(room), key


async def test_who_is_on_duty_stands_there_where_there_is_room(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        assert last_row(room).rstrip().endswith("op1 on duty OPR RSO rita")
        room.server.duty = tuple(replace(view, user="") for view in specimens.DUTY)
        await room.opens(pilot, specimens.picture())
        assert last_row(room).rstrip().endswith("op1 off duty OPR nobody RSO nobody")


async def test_an_observers_keys_are_grey_and_do_nothing_and_say_why(room):
    room.server.me = OBSERVER
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, ALARMED)
        await room.passes(pilot, 1, ALARMED)
        await room.presses(pilot, "j", "h")
        said = room.line("status")
        assert "olga (observer) may not command a vehicle" in said
        assert "It takes a person who is operator or range safety officer" in said
        for key in ("r", "l", "F", "a"):
            await room.presses(pilot, key)
        assert not room.server.calls
        row = room.app.room.query_one("#keys").lines[0]
        inks = {span.text: span.ink for span in row}
        assert (inks["h"], inks["r"], inks["/"]) == (Ink.FAINT, Ink.FAINT, Ink.KEY)


async def test_the_screens_own_alarm_is_acknowledged_by_whoever_looks(room):
    room.server.me = OBSERVER
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.passes(pilot, 3, Disconnected("gone"))
        await room.passes(pilot, 1)
        await room.presses(pilot, "a")
        assert "acked" in room.text("banner")


def test_each_action_has_its_act_and_who_may_is_told_as_the_server_would():
    acts = {action.name: act_of(action) for action in ACTIONS}
    assert all(acts.values()), [name for name, act in acts.items() if act is None]
    named = {
        "vehicle.hold": Act.COMMAND, "alarm.acknowledge": Act.ACKNOWLEDGE_ALARM, "slot.approve": Act.DECIDE_SLOT,
        "slot.book": Act.REQUEST_SLOT, "slot.cancel": Act.CANCEL_SLOT, "slot.word": Act.SAFETY_WORD,
        "slot.clear": Act.CLEAR, "slot.calendar": Act.SEE_RANGE, "incident.report": Act.WRITE_REPORT,
        "duty.take": Act.STAND_DUTY, "handover.note": Act.HAND_OVER, "timetable.propose": Act.DECIDE_SLOT,
    }  # fmt: skip
    assert {name: acts[name] for name in named} == named
    for action in ACTIONS:
        assert refusal(action, None) == ""
        may_all = replace(specimens.ME, roles=("operator", "range-safety-officer", "admin"))
        assert refusal(action, may_all) == ""
        assert bool(refusal(action, replace(may_all, read_only=True))) == (acts[action.name] is not Act.SEE_RANGE)


class Door:
    """What a server does with sessions, beside the fake one's answers."""

    def __init__(self, room, people):
        self.server, self.people = room.server, people  # name: (password, MeView)
        self.sent = []  # token and request of each
        self.sessions = {}
        self.codes = {}  # of a second factor, by name

    def __call__(self, request):
        path = request.url.path.removeprefix("/api/v1")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.sent.append((token, request.method, path))
        if token in self.sessions or token == "t":
            self.server.me = self.sessions.get(token, specimens.ME)
        elif path != "/sessions":
            return self.no(401, "the token is missing or wrong")
        if (request.method, path) == ("POST", "/sessions"):
            return self.signs_in(json.loads(request.content))
        if (request.method, path) == ("POST", "/sessions/mine"):
            return self.opened(replace(self.server.me, read_only=True))
        if (request.method, path) == ("DELETE", "/sessions/mine"):
            del self.sessions[token]
            return httpx.Response(204)
        return self.server(request)

    def signs_in(self, wanted):
        password, me = self.people.get(wanted["name"], ("", None))
        if me is None or wanted["password"] != password:
            return self.no(403, "the name or the password is wrong")
        if wanted["code"] != self.codes.get(wanted["name"], ""):
            asked = not wanted["code"]
            return self.no(403, "a code is asked for" if asked else "the code is wrong", code_wanted=asked)
        return self.opened(replace(me, read_only=wanted["read_only"]))

    def opened(self, me):
        token = f"session {len(self.sent)}"
        self.sessions[token] = me
        body = {"token": token, "user": me.user, "read_only": me.read_only, "expires_utc": "2026-11-25T00:00:00Z"}
        return httpx.Response(201, json=body)

    def no(self, status, what, *, code_wanted=False):
        kind = "code-wanted" if code_wanted else "forbidden"
        body = {
            "type": "", "title": "", "status": status, "detail": "", "kind": kind, "what": what, "where": "x",
            "do": "Type them again.",
        }  # fmt: skip
        return httpx.Response(status, json=body)


RITA = replace(specimens.ME, user="rita", roles=("range-safety-officer",))


@pytest.fixture
def door(room):
    made = Door(room, {"rita": ("correct horse battery", RITA)})
    room.app.client._http._transport = httpx.MockTransport(made)
    room.app.client._transport = httpx.MockTransport(made)
    return made


async def types(room, pilot, text):
    room.app.screen.focused.value = text
    await room.presses(pilot, "enter")


async def test_a_second_factors_code_is_typed_behind_the_password(room, door):
    door.codes["rita"] = "123456"
    async with room.app.run_test(size=(80, 24)) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "U")
        await types(room, pilot, "rita")
        await types(room, pilot, "correct horse battery")
        assert "The password fits. Type it again, Enter, and the code" in " ".join(room.dialog().split())
        await types(room, pilot, "correct horse battery")
        await types(room, pilot, "000000")
        assert "the code is wrong" in room.dialog()
        assert all(field.value in ("", "rita") for field in room.app.screen.query(Input))
        await types(room, pilot, "correct horse battery")
        await types(room, pilot, "123456")
        assert "rita is signed in at this screen" in room.line("status")


async def test_signing_in_and_out_changes_who_it_is_and_whose_token_is_sent(room, door):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "U")
        assert "At this screen: op1" in room.dialog()
        assert "operator on duty: op1" in room.dialog()
        await types(room, pilot, "rita")
        await types(room, pilot, "wrong")
        assert "the name or the password is wrong" in room.dialog()
        assert all(field.value in ("", "rita") for field in room.app.screen.query(Input))
        await types(room, pilot, "correct horse battery")
        assert "rita is signed in at this screen" in room.line("status")
        assert last_row(room).rstrip().endswith("rita on duty RSO OPR op1")
        token = room.app.client.address().token
        assert token.startswith("session")
        await room.presses(pilot, "j", "h")
        assert (token, "POST", f"/vehicles/{room.app.shared.selected}/commands") in door.sent
        await room.presses(pilot, "ctrl+o")
        assert "rita is signed out, and still on duty as range safety officer" in room.line("status")
        assert last_row(room).rstrip().endswith("op1 on duty OPR RSO rita")
        assert not door.sessions
        await room.presses(pilot, "ctrl+o")
        assert "nobody has signed in at this screen" in room.line("status")


async def test_esc_leaves_it_as_it_was_and_a_password_is_never_shown(room, door):
    async with room.app.run_test(size=(80, 24)) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "U")
        await types(room, pilot, "rita")
        room.app.screen.focused.value = "correct horse battery"
        await room.settles(pilot)
        assert "correct" not in room.app.export_screenshot()
        await room.presses(pilot, "escape")
        assert not door.sessions
        assert "op1" in last_row(room)


async def test_a_session_that_ended_elsewhere_leaves_the_room_to_its_own_token(room, door):
    """Nobody is locked out of a stop: what the file's token may do is left."""
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "U")
        await types(room, pilot, "rita")
        await types(room, pilot, "correct horse battery")
        door.sessions.clear()
        await room.presses(pilot, "j", "h")
        assert "the session at this screen has ended" in room.line("status")
        await room.presses(pilot, "h")
        assert door.sent[-1][:2] == ("t", "POST")
        await room.opens(pilot, specimens.picture())
        assert "op1" in last_row(room)


async def test_a_read_only_room_gives_up_its_token_before_it_asks_for_anything(room, door):
    room.app = ControlRoom(room.app.client, room.feed, clock=room.clock, room_name="wall", read_only=True)
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.presses(pilot, "h")
        room.app._tell_record()  # a server that is slow to answer
        await room.presses(pilot, "h")
        assert door.sent == []
        await room.opens(pilot, ALARMED)
        assert door.sent[0] == ("t", "POST", "/sessions/mine")
        assert {token for token, *_ in door.sent[1:]} == set(door.sessions)
        assert "READ-ONLY" in last_row(room)
        await room.passes(pilot, 1, ALARMED)
        await room.presses(pilot, "j", "h", "a", "r", "2", "j", "y", "X")
        assert "This screen is read-only" in room.line("status")
        assert not room.server.calls
        await room.presses(pilot, "U")
        await types(room, pilot, "rita")
        await types(room, pilot, "correct horse battery")
        assert [me.read_only for me in door.sessions.values()] == [True]


async def test_a_second_person_signs_a_termination_at_the_same_screen(room, door):
    """The first one's word waits; the second's goes by a session of his own, which ends with it."""
    waiting = {
        "order": {"id": "c1", "sysid": 7, "kind": "terminate", "by": "op1", "reason": ""},
        "stage": "queued", "detail": "not sent: a second person has 30 s to confirm it",
    }  # fmt: skip
    answers = [waiting, {**waiting, "detail": ""}]

    def ordered(server, sysid, body):
        assert (sysid, body["kind"], body["typed"]) == ("7", "terminate", "7")
        return answers.pop(0)

    room.server._ANSWERS = {**room.server._ANSWERS, "POST /vehicles/(.+)/commands": ordered}
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        await room.presses(pilot, "colon")
        await types(room, pilot, "terminate D07")
        await types(room, pilot, "7")
        assert "A second person" in room.dialog()
        await types(room, pilot, "rita")
        await types(room, pilot, "correct horse battery")
        assert not answers
    token = next(token for token, method, path in door.sent if path == "/vehicles/7/commands" and token != "t")
    after = [(method, path) for sent, method, path in door.sent if sent == token]
    assert after == [("POST", "/vehicles/7/commands"), ("DELETE", "/sessions/mine")]
    assert room.app.client.address().token == "t"
    assert to_json(room.server.me)


def reported(room, kind):
    return [each for report in room.server.reports for each in report[kind]]


async def until(condition, pilot):
    while not condition():
        await pilot.pause()


async def test_what_is_shown_is_told_and_an_alarm_when_it_is_painted(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        came = room.clock.now.utc
        banner = room.app.room.query_one("#banner")
        render_line = banner.render_line

        def slowly(y):
            room.clock.pass_s(0.5)  # before a row is drawn, nobody can have read it
            return render_line(y)

        banner.render_line = slowly
        room.feed.put(ALARMED)
        await until(lambda: room.clock.now.utc > came, pilot)
        await room.settles(pilot)
        room.app._tell_record()
        await room.settles(pilot)
        drawn = reported(room, "drawn")[0]
        assert (drawn["alarm"], drawn["place"], drawn["screen"]) == (specimens.FORECAST.id, "banner", "watch")
        assert drawn["state"] == "unacknowledged"
        assert datetime.fromisoformat(drawn["utc"]) >= came + timedelta(seconds=0.5)
        banner.render_line = render_line
        await room.passes(pilot, 1)
        await room.presses(pilot, "z")
        await room.passes(pilot, 1)
        await room.presses(pilot, "3")
        await room.passes(pilot, 1)
        room.app._tell_record()
        await room.settles(pilot)
        views = reported(room, "views")
        assert [view["screen"] for view in views][-1] == "alarms"
        assert (views[0]["columns"], views[0]["rows"], views[0]["theme"]) == (120, 36, room.app.theme)
        on_map = [view for view in views if view["screen"] == "watch" and view["m_per_dot"]]
        assert len({view["m_per_dot"] for view in on_map}) == 2
        assert abs(on_map[-1]["latitude_deg"] - specimens.RANGE.origin_latitude_deg) < 0.05


async def test_an_alarm_that_no_row_has_room_for_is_not_told_as_drawn(room):
    many = tuple(replace(specimens.STALE, id=f"telemetry-stale/{n}", source=f"V{n:02}", sysid=None) for n in range(9))
    async with room.app.run_test(size=(80, 24)) as pilot:
        await room.opens(pilot, specimens.picture(alarms=(specimens.FORECAST, *many)))
        seen = room.app.room.alarms_seen()
        assert {place for _, place in seen.values()} == {"banner"}
        await room.presses(pilot, "3")
        listed = room.app.room.alarms_seen()
        text = room.text("list") + room.text("banner")
        for alarm in room.app.room.scene.alarms:
            assert (alarm.id in listed) == (f" {alarm.source} " in text), alarm.source
        assert 1 < len(listed) < 10


async def test_which_list_and_which_layers_are_shown_is_told(room):
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, ALARMED)
        await room.passes(pilot, 3)
        await room.presses(pilot, "m", "t")  # trails are hidden
        await room.passes(pilot, 3)
        await room.presses(pilot, "escape", "3", "tab")
        await room.passes(pilot, 3)
        await until(lambda: any(view["filter"] == "removed" for view in reported(room, "views")), pilot)
        map_ = [view["layers"] for view in reported(room, "views") if view["layers"]]
        assert "trails" in map_[0]
        assert "trails" not in map_[-1]
        assert {"zones", "names"} <= set(map_[-1])


async def test_without_a_server_reports_wait_and_keys_do_not(room):
    refuse = []

    def gone(request):
        if request.url.path.endswith("/screens") and refuse:
            raise httpx.ConnectError("gone")
        return room.server(request)

    room.app.client._http._transport = httpx.MockTransport(gone)
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, ALARMED)
        refuse.append(True)
        for _ in range(3):
            await room.passes(pilot, 1)
            await room.presses(pilot, "z")
            room.app._tell_record()
        await room.settles(pilot)
        assert not reported(room, "drawn")
        assert len({view["m_per_dot"] for view in reported(room, "views")}) <= 1
        refuse.clear()
        room.app._tell_record()
        await room.settles(pilot)
        assert reported(room, "drawn")[0]["alarm"] == specimens.FORECAST.id
        assert len({view["m_per_dot"] for view in reported(room, "views")}) >= 3
        numbers = [each["seq"] for each in (*reported(room, "views"), *reported(room, "drawn"))]
        assert len(set(numbers)) == len(numbers)
