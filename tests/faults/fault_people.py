"""People and their lines: a session that drops in a dialog, two who command at once, more alarms than anybody can read."""

import asyncio
import codecs
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from desk import alarm
from flight_out import D07, Flight, chance, entries_of, flown
from morning import Morning
from promised import Promised
from screen_text import ScreenText
from server_processes import server_process
from serving import FakeWatch, settings_in, until
from terminal import Terminal

from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import FINAL_STAGES, CommandKind, CommandStage
from rangeops.domain.errors import RangeopsError
from rangeops.domain.events import AlarmChanged

ROUNDS = 4
COLUMNS, ROWS = 120, 36
OUTCOME_S = 20.0
ALARMS, WITHIN_S = 10_000, 60.0
SHOWN = 200  # of them stand at a time
KEY_S = 1.0
GROWS_MB = 300
_FINAL = {stage.value for stage in FINAL_STAGES}


def orders_of(range_: Morning) -> dict[str, dict[str, Any]]:
    """By id, what people ordered, with the stages that the watch told of each, in order."""
    orders: dict[str, dict[str, Any]] = {}
    for _, action, body in entries_of(range_.settings):
        if action == "command.order":
            orders[body["id"]] = {"kind": body["kind"], "stages": []}
        elif action == "watch.command":
            progress = body["of"]["progress"]
            if progress["order"]["id"] in orders:
                orders[progress["order"]["id"]]["stages"].append(progress["stage"])
    return orders


async def over(range_: Morning, orders: set[str]) -> list[str]:
    """Until the outcome of each is in the record; those of which it isn't in time."""
    deadline_s = time.monotonic() + OUTCOME_S
    while time.monotonic() < deadline_s:
        known = orders_of(range_)
        open_ones = [order for order in orders if not _FINAL & set(known.get(order, {"stages": []})["stages"])]
        if not open_ones:
            return []
        await asyncio.sleep(0.2)
    return open_ones


def room(range_: Morning) -> Terminal:
    return Terminal([sys.executable, "-m", "rangeops", "--data", str(range_.settings.data)])


def session_dropped() -> tuple[str, bool]:
    """First when a hold is under way; then with the dialog of a return open and the number typed."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
        before = set(orders_of(range_))
        await _hung_up(range_, "h", shown="HOLD D07 by operator")
        confirmed = set(orders_of(range_)) - before
        if not confirmed or await over(range_, confirmed):
            flight.wrong.append("the outcome of the hold that was confirmed isn't known")
        stages = [orders_of(range_)[order]["stages"] for order in confirmed]
        await _hung_up(range_, "r7", shown="Command")
        await asyncio.sleep(3)
        late = set(orders_of(range_)) - before - confirmed
        if late:
            flight.wrong.append(f"{len(late)} commands went out of a dialog that was open")
        flight.said.append(
            f"of the open dialog {len(late)} were sent; the hold went {', '.join(stages[0]) if stages else 'nowhere'}"
        )

    flight = flown(meddle, modes=[])  # people held it on its way home
    return flight.measured, not flight.wrong


async def _hung_up(range_: Morning, keys: str, shown: str) -> None:
    """A control room whose terminal goes away once those keys have been pressed, and `shown` is on it."""

    def at_the_terminal() -> None:
        seat, screen, decode = room(range_), ScreenText(COLUMNS, ROWS), codecs.getincrementaldecoder("utf-8")("replace")

        def sees(what: str, within_s: float = 60.0) -> None:
            deadline_s = time.monotonic() + within_s
            while what not in "\n".join(screen.lines):
                screen.feed(decode.decode(seat.read(0.1)))
                assert time.monotonic() < deadline_s, f"{what!r} isn't on the screen"

        sees("ENFORCING")
        sees(" D07 ")
        for pressed in ("/d07\r", *keys):
            seat.press(pressed.encode())
            screen.feed(decode.decode(seat.read(1.0)))
        sees(shown)
        os.close(seat._master)  # the line drops: every read and write fails …
        seat.process.send_signal(signal.SIGHUP)  # … and this is what the kernel sends to whoever leads the session
        seat.process.wait(30)

    await asyncio.to_thread(at_the_terminal)


def two_at_once() -> tuple[str, bool]:
    """A hold and a return, ordered in the same moment from two clients, some times over."""

    async def meddle(range_: Morning, flight: Flight) -> None:
        await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "its return", within_s=60)
        moments, given, refused = chance("two-operators"), [], []
        async with Client.from_settings(range_.settings) as other:
            for _ in range(ROUNDS):
                answers = await asyncio.gather(
                    _later(moments, range_.client, CommandKind.HOLD),
                    _later(moments, other, CommandKind.RTL),
                    return_exceptions=True,
                )
                given += [each.order.id for each in answers if not isinstance(each, BaseException)]
                refused += [each for each in answers if isinstance(each, RangeopsError)]
                flight.wrong += [
                    repr(each) for each in answers if isinstance(each, BaseException) and each not in refused
                ]
                if unknown := await over(range_, set(given)):
                    flight.wrong.append(f"the outcome of {len(unknown)} isn't known")
        last = await range_.client.command(D07, CommandKind.RTL, reason="enough", typed=str(D07))
        flight.wrong += [f"the last return was {stage}" for stage in await over(range_, {last.order.id})]
        ends = [orders_of(range_)[order]["stages"][-1] for order in given]
        told = {stage.value: ends.count(stage.value) for stage in CommandStage if stage.value in ends}
        flight.said.append(f"{len(given)} orders and {len(refused)} refusals at once: {told}")
        if len(given) + len(refused) != 2 * ROUNDS:
            flight.wrong.append("an operator got no answer")

    flight = flown(meddle, modes=[])
    return flight.measured, not flight.wrong


async def _later(moments: random.Random, client: Client, kind: CommandKind):
    await asyncio.sleep(moments.uniform(0.0, 0.05))
    return await client.command(D07, kind, reason="at once", typed=str(D07))


def rss_mb(pid: int) -> float:
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def alarm_flood() -> tuple[str, bool]:
    return asyncio.run(_flood())


async def _flood() -> tuple[str, bool]:
    """A watch that raises them over the real wire, to a server of its own process with a screen on a terminal."""
    with tempfile.TemporaryDirectory(prefix="rangeops-flood-") as folder:
        settings = settings_in(Path(folder))
        async with server_process(settings) as server, FakeWatch(settings).at_work() as watch:
            with Terminal([sys.executable, "-m", "rangeops", "--data", str(settings.data)]) as screen:
                await asyncio.to_thread(screen.read_until, "ENFORCING", within_s=60)
                before = rss_mb(server.pid), rss_mb(screen.process.pid)
                raising = asyncio.create_task(_raise_all(watch))
                slowest_s = await asyncio.to_thread(_slowest_key, screen, raising)
                began_s = await raising
                await until(lambda: watch.taken >= ALARMS, within_s=300)
                took_s = time.monotonic() - began_s
                grown = rss_mb(server.pid) - before[0], rss_mb(screen.process.pid) - before[1]
        recorded = [body for _, action, body in entries_of(settings) if action == "watch.alarm"]
    numbers = [body["seq"] for body in recorded]
    wrong = [] if numbers == list(range(1, ALARMS + 1)) else [f"{len(numbers)} of {ALARMS} recorded"]
    wrong += [f"a key took {slowest_s:.2f} s"] if slowest_s > KEY_S else []
    wrong += ["memory"] if max(grown) > GROWS_MB else []
    sentence = (
        f"{len(numbers)} of {ALARMS} raised in {WITHIN_S:.0f} s recorded in order, the last after {took_s:.0f} s; slowest key"
        f" {slowest_s:.2f} s; server {grown[0]:+.0f} MB, control room {grown[1]:+.0f} MB; {'; '.join(wrong)}"
    )
    return sentence.removesuffix("; "), not wrong


async def _raise_all(watch: FakeWatch) -> float:
    """Evenly within WITHIN_S; when it began."""
    began_s = time.monotonic()
    kinds, standing = [Condition.FORECAST_EXIT, Condition.TELEMETRY_STALE, Condition.LINK_DOWN], []
    while watch.seq < ALARMS:
        due = min(ALARMS, int((time.monotonic() - began_s) / WITHIN_S * ALARMS) + 1)
        for number in range(watch.seq + 1, due + 1):
            raised = alarm(kinds[number % len(kinds)], AlarmState.UNACKED, number=number)
            standing.append(raised)
            watch.happen(AlarmChanged(raised))
        del standing[:-SHOWN]
        watch.alarms = tuple(standing)
        await asyncio.sleep(0.02)
    return began_s


def _slowest_key(screen: Terminal, raising: asyncio.Task[float]) -> float:
    """From another screen's key to its first frame, again and again while they come."""
    slowest_s = 0.0
    while not raising.done():
        for key in "31":
            screen.watch(0.5)
            pressed_s = screen.press(key.encode())
            screen.read_until("\x1b[?2026l", within_s=30)
            slowest_s = max(slowest_s, time.monotonic() - pressed_s)
    return slowest_s


FAULTS = (
    Promised(
        id="ssh-dropped",
        promise="An SSH session that drops while a command is being confirmed sends nothing; a command that was confirmed before goes on,"
        " and its outcome is known.",
        how="a control room's terminal is closed under it once it shows a hold that was given there; and again with the dialog of a return open"
        " and the number typed",
        limit="0 commands from the open dialog; the outcome of the confirmed one is in the record",
        attempt=session_dropped,
    ),
    Promised(
        id="two-operators",
        promise="Two operators who command one vehicle at once are both answered, and each command has one known outcome in the record.",
        how=f"a hold and a return from two clients within 50 ms, {ROUNDS} times, to a vehicle in the air",
        limit="every order answered, every outcome known; the vehicle does what was ordered last",
        attempt=two_at_once,
    ),
    Promised(
        id="alarm-flood",
        promise="Ten thousand alarms in a minute leave none unrecorded, and a screen that answers a key within 1 s.",
        how="a watch raises them over the real wire to a server's process, with a control room on a pseudo-terminal whose screens are changed"
        " meanwhile",
        limit="10,000 recorded in order; a key within 1 s; server and control room each grow by 300 MB at most",
        attempt=alarm_flood,
    ),
)
