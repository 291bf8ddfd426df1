"""Two control rooms on one server: who is on duty changes hands on both screens, and the record has what each showed."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from desk import D07, alarm
from serving import clock
from shell import rangeops
from textual.widgets import Input

from rangeops.client.api import Client
from rangeops.client.calls import address_of
from rangeops.client.feed import feed
from rangeops.domain.alarm_deeds import AlarmDeed
from rangeops.domain.commands import CommandKind, CommandOrder
from rangeops.domain.duty import Position
from rangeops.domain.errors import Forbidden
from rangeops.domain.users import Role, User
from rangeops.tui.app import ControlRoom
from rangeops.tui.widgets.lines import Lines

SECRET = "correct horse battery"
PEOPLE = {
    "anna": [Role.OPERATOR],
    "bert": [Role.OPERATOR, Role.SAFETY_OFFICER],
    "olga": [Role.OBSERVER],
}
WITHIN_S = 20


@pytest.fixture
async def people(client, watch):
    with client.operations.services.store.write() as work:
        for name, roles in PEOPLE.items():
            work.users.add(User(name, name.title(), frozenset(roles), password_hash=f"plain:{SECRET}"))
    return client


class Seat:
    """A person before a room."""

    def __init__(self, app, pilot, client):
        self.app, self.pilot, self.client = app, pilot, client

    def says(self, widget):
        room = self.app.room
        lines = [] if room is None else room.query_one(f"#{widget}", Lines).lines
        return "\n".join("".join(span.text for span in line) for line in lines)

    async def sees(self, text, widget="keys"):
        deadline_s = time.monotonic() + WITHIN_S
        while text not in self.says(widget):
            assert time.monotonic() < deadline_s, f"{text!r} isn't in {self.says(widget)!r}"
            await self.pilot.pause(0.02)

    async def asked(self):
        """A dialog's field waits for words."""
        deadline_s = time.monotonic() + WITHIN_S
        while not isinstance(self.app.screen.focused, Input):
            assert time.monotonic() < deadline_s
            await self.pilot.pause(0.02)

    async def types(self, text, *keys):
        await self.asked()
        self.app.screen.focused.value = text
        await self.pilot.press(*keys)

    async def signs_in(self, name):
        await self.pilot.press("U")
        await self.types(name, "enter")
        await self.pilot.pause()
        await self.types(SECRET, "enter")
        await self.sees(f" {name} ")


@asynccontextmanager
async def seat(settings, name, *, read_only=False):
    async with Client(lambda: address_of(settings)) as client:
        app = ControlRoom(client, feed(client), clock=clock, room_name=name, read_only=read_only)
        async with app.run_test(size=(120, 36)) as pilot:
            there = Seat(app, pilot, client)
            await there.sees("READ-ONLY" if read_only else "op1")
            yield there


async def test_a_takeover_shows_in_both_rooms_and_is_in_the_record(settings, people):
    began = clock().utc
    async with seat(settings, "north") as north, seat(settings, "south") as south:
        await north.signs_in("anna")
        await north.pilot.press("7")
        await north.sees("take over")
        await north.pilot.press("t")
        await north.types("operator", "enter", "enter")
        await north.sees("anna on duty OPR")
        await south.signs_in("bert")
        await south.sees("OPR anna")
        await south.pilot.press("7")
        await south.sees("take over")
        await south.pilot.press("t")
        await south.types("operator", "enter", "enter")
        await south.sees("bert on duty OPR")
        await north.sees("anna off duty OPR bert")
        (duty,) = [view for view in await people.duty() if view.position == "operator"]
        assert (duty.user, duty.taken_from, len(duty.handover)) == ("bert", "anna", 64)
        log = [line.text for line in await people.log()]
        assert "anna goes on duty as operator; hand-over page" in "\n".join(log)
        assert "bert takes over as operator from anna" in "\n".join(log)
        assert [line for line in log if "(operator) signs in at north" in line]
    assert clock().utc > began


async def test_an_observers_screen_is_refused_by_the_server_too_when_it_is_forced(settings, people, watch):
    watch.alarms = (alarm(),)
    async with seat(settings, "wall", read_only=True) as wall, seat(settings, "desk") as desk:
        await desk.signs_in("olga")
        await desk.pilot.press("j", "h")
        await desk.sees("may not command a vehicle", "status")
        await wall.pilot.press("j", "h")
        await wall.sees("read-only", "status")
        for there in (wall, desk):
            for attempt in (
                there.client.command(D07, CommandKind.HOLD, reason="forced"),
                there.client.acknowledge(alarm().id),
                there.client.take_duty(Position.OPERATOR, version=0),
            ):
                with pytest.raises(Forbidden):
                    await attempt
        await wall.signs_in("bert")  # whoever signs in at it
        await wall.sees("READ-ONLY")
        with pytest.raises(Forbidden, match="read-only"):
            await wall.client.command(D07, CommandKind.HOLD, reason="forced")
    assert not watch.of(CommandOrder)
    assert not watch.of(AlarmDeed)


async def test_the_record_knows_when_each_room_showed_an_alarm_and_what_it_looked_at(settings, people, watch):
    async with seat(settings, "north") as north, seat(settings, "south") as south:
        await south.pilot.press("3")
        raised = clock().utc
        watch.alarms = (alarm(),)
        for there in (north, south):
            await there.sees(alarm().title, "banner")
        await north.pilot.press("z")
        wanted = {("north", "watch", True), ("south", "alarms", False)}
        views, drawn = set(), {}
        async with asyncio.timeout(WITHIN_S):
            while not (wanted <= views and len(drawn) == 2):
                await north.pilot.pause(0.1)
                entries = (await people.screens(raised - timedelta(seconds=60), clock().utc)).entries
                views = {
                    (entry.report.room, view.screen, view.m_per_dot is not None)
                    for entry in entries
                    for view in entry.report.views
                }
                drawn = {
                    entry.report.room: (each, entry)
                    for entry in reversed(entries)
                    for each in reversed(entry.report.drawn)
                    if each.alarm == alarm().id
                }
        for each, entry in drawn.values():
            assert each.state == "unacknowledged"
            assert raised <= each.utc <= entry.received_utc


async def test_a_sign_in_is_asked_of_the_server_while_guesses_are_turned_away_and_a_stop_goes_out(people, watch):
    """A flood of guesses takes one thread and a place at the door: a hold isn't kept waiting for any of them."""
    gate = asyncio.get_running_loop().create_future()
    passwords = people.operations.services.identity._passwords
    checked = []

    def slowly(password, password_hash):
        checked.append(password)
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(asyncio.shield(gate), WITHIN_S), gate.get_loop()).result()
        return password_hash == f"plain:{password}"

    passwords.fits = slowly
    guesses = [asyncio.create_task(guess(people, number)) for number in range(60)]
    async with asyncio.timeout(WITHIN_S):
        while sum(task.done() for task in guesses) < 60 - 8 or not checked:  # noqa: ASYNC110  # they tell nobody
            await asyncio.sleep(0.01)
        hold = await people.command(D07, CommandKind.HOLD, reason="a stop, meanwhile")
    assert hold.order.kind is CommandKind.HOLD
    assert len(checked) == 1
    gate.set_result(None)
    answers = await asyncio.gather(*guesses)
    assert answers.count("Unavailable") == 52
    assert answers.count("Forbidden") + answers.count("Refused") == 8


async def guess(client, number):
    other = Client(client.address)
    async with other:
        try:
            await other.sign_in("anna", f"guess {number}")
        except Exception as error:  # noqa: BLE001  # which one it was is the answer
            return type(error).__name__
    return "let in"


async def test_duty_by_the_command_line(settings, client):
    await client.set_password("op1", SECRET)
    code, out, _ = await rangeops(settings, "duty")
    assert (code, out.count("nobody")) == (0, 2)
    code, _, said = await rangeops(settings, "duty", "take", "operator", "--note", "early shift")
    assert (code, said) == (0, "op1 is on duty as operator\n")
    assert any("op1 goes on duty as operator: early shift" in line.text for line in await client.log())
    code, _, said = await rangeops(settings, "duty", "take", "captain")
    assert (code, "no position" in said) == (2, True)
    code, _, said = await rangeops(settings, "duty", "leave", "operator")
    assert (code, said) == (0, "nobody is on duty as operator\n")
