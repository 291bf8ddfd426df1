"""A vehicle whose texts would script a screen, a log or a report, a thousand of them a second, while the range has to stop it."""

import asyncio
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

import fault_proxy
from mavlink_meddler import said_by
from morning import RUNAWAY, Morning, played
from promised import Promised
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from range_ground import free_udp_ports
from terminal import Terminal

from rangeops.bootstrap.parts import process_environment
from rangeops.domain.text import safe_text
from rangeops.rehearsal.outcome import Outcome
from rangeops.rehearsal.processes import Processes
from rangeops.rehearsal.script import load_script
from rangeops.settings import Settings
from rangeops.sim.disturbances import HOSTILE_TEXTS
from rangeops.wire.picture import LogLine

D07 = 7
A_SECOND = 1000
DATAGRAMS_A_SECOND = 27  # that its vehicle sends, each of which carries some of the flood with it
LINES_A_MINUTE = 2 * (40 + 30) + 6  # 40 at once and one in 2 s, errors counted apart, and one fold in 10 s
HEARTBEAT_GAP_S = 1.5
# BEL isn't among them: Textual ends the pointer's shape with it (OSC 22).
NEVER_WRITTEN = (b"\x1b]52", b"\xe2\x80\xae", b"\xc2\x9b", b"\x08\x08\x08", b"alert(1)\x1b")
COLUMNS, ROWS = 160, 45


class Flood:
    """Appended to what the vehicle really sends, so from its own address: whole texts, pieces in no order, endless ones."""

    def __init__(self) -> None:
        self.on = False
        self.sent = 0
        self._owed = 0.0
        self._last_s = time.monotonic()

    def __call__(self, data: bytes) -> bytes:
        now_s = time.monotonic()
        passed_s, self._last_s = now_s - self._last_s, now_s
        if not self.on:
            return data
        self._owed += A_SECOND * min(passed_s, 0.5)
        count, self._owed = int(self._owed), self._owed % 1
        return data + b"".join(self._one() for _ in range(count))

    def _one(self) -> bytes:
        self.sent += 1
        number = self.sent
        text = HOSTILE_TEXTS[number % len(HOSTILE_TEXTS)][:50]
        match number % 4:
            case 0:  # a piece of a text that never ends, the pieces in no order
                message = mavlink.MAVLink_statustext_message(number % 8, b"x" * 50, number // 400 + 1, number * 7 % 256)
            case 1:  # fifty bytes, and no NUL
                message = mavlink.MAVLink_statustext_message(number % 8, (text * 50)[:50])
            case _:
                message = mavlink.MAVLink_statustext_message(number % 8, text)
        return said_by(D07, message, number)


def statustext_hostile() -> tuple[str, bool]:
    with tempfile.TemporaryDirectory(prefix="rangeops-texts-") as folder:
        return asyncio.run(_flown(Path(folder)))


async def _flown(folder: Path) -> tuple[str, bool]:
    (range_port,) = free_udp_ports(1)
    flood, settings = Flood(), Settings(data=folder, port=0, simulation=True)
    with fault_proxy.udp(("127.0.0.1", range_port)) as (proxy, (_, front)):
        proxy.down.meddle = flood
        processes = Processes(settings, RUNAWAY, process_environment(settings))
        processes.udp_port = front  # where the vehicle sends to; the range listens behind it
        links = load_script(RUNAWAY).links_at(folder=processes.folder, udp_port=range_port)
        async with played(processes, links=links) as range_:
            with _Room(range_) as room:
                outcome, gap_s, lasted_s = await _story(range_, flood)
                lines = [line async for line in range_.client.each_log_line()]
                incident = await range_.client.incident(outcome.incidents[0].id)
                report = await asyncio.to_thread(Path(outcome.report).read_text, encoding="utf-8")
                alive = room.alive()
            modes = range_.modes(D07)[-3:]
    said = [line for line in lines if line.source == "D07" and line.text.startswith("says: ")]
    unsafe = [
        text
        for text in (*(line.text for line in lines), *(item.text for item in incident.timeline))
        if _is_unsafe(text)
    ]
    written = [each for each in NEVER_WRITTEN if each in room.written]
    scripted = "<script>alert(1)" in report or any(each in report for each in ("\x1b", "\u202e", "\x9b"))
    a_minute = _most_a_minute(said)
    hold = next(command for command in outcome.commands if command.command == "hold" and command.by == "policy")
    measured = (
        f"{flood.sent} texts in {lasted_s:.0f} s: {len(unsafe)} of {len(lines)} lines of log and timeline unsafe, {written or 'no sequences'} on the "
        f"terminal, report {'scripted' if scripted else 'clean'}, screen {'alive' if alive else 'dead'}; at most {a_minute} lines of what it says a minute; hold acked "
        f"{hold.ack_s or -1:.2f} s after it was sent, {-(outcome.max_excursion_m or 0):.1f} m inside at the least; longest gap in the heartbeat {gap_s:.1f} s"
    )
    stopped = modes == ["AUTO", "BRAKE", "RTL"] and outcome.max_excursion_m is not None and outcome.max_excursion_m <= 0
    clean = not unsafe and not written and not scripted and alive and b"says: " in room.written
    return (
        measured,
        stopped and clean and a_minute <= LINES_A_MINUTE and gap_s <= HEARTBEAT_GAP_S and flood.sent > 5 * A_SECOND,
    )


async def _story(range_: Morning, flood: Flood) -> tuple[Outcome, float, float]:
    """The flood begins on the way out and lasts until all is over; the longest gap in the range's heartbeat meanwhile."""
    playing = asyncio.create_task(range_.director.play())
    await range_.until(lambda v: v["mode"] == "AUTO" and abs(v["vn"]) > 1.5, D07, "the flight towards the edge", 90)
    await range_.radio.ask({"fault": "hostile_text", "vehicle": D07})
    flood.on, began_s, gap_s = True, time.monotonic(), 0.0
    while not playing.done():
        gap_s = max(gap_s, (await range_.truth(D07))["gcs_heartbeat_age_s"])
        await asyncio.sleep(0.05)
    outcome = await playing
    await asyncio.sleep(max(0.0, began_s + 15.0 - time.monotonic()))
    flood.on = False
    lasted_s = time.monotonic() - began_s
    return outcome, gap_s, lasted_s


def _is_unsafe(text: str) -> bool:
    return text != safe_text(text, limit=len(text))


def _most_a_minute(lines: list[LogLine]) -> int:
    times = sorted(line.utc.timestamp() for line in lines)
    return max((sum(at <= other < at + 60 for other in times) for at in times), default=0)


class _Room:
    """A control room on a pseudo-terminal, all that it writes kept."""

    def __init__(self, range_: Morning) -> None:
        settings = range_.settings
        command = [sys.executable, "-m", "rangeops", "--data", str(settings.data), "control"]
        self._terminal = Terminal(command, COLUMNS, ROWS, **{**os.environ, **settings.environment()})
        self.written = b""
        self._last_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="room")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(5)
        self._terminal.close()

    def alive(self) -> bool:
        """It runs, and has drawn within the last five seconds."""
        return self._terminal.process.poll() is None and time.monotonic() - self._last_s < 5

    def _read(self) -> None:
        while not self._over.is_set():
            try:
                came = self._terminal.read(0.2)
            except OSError:
                return  # it has ended: `alive` says so
            if came:
                self.written += came
                self._last_s = time.monotonic()


FAULTS = (
    Promised(
        "statustext-hostile",
        "What a vehicle says is shown as text, whatever it is made of and however much it is, and delays no enforcement.",
        "a thousand texts a second of escapes, markup, controls, direction marks and endless pieces from a vehicle on its way out, to a whole range with a control room on a terminal",
        f"0 unsafe characters in log, timeline, report and on the terminal; at most {LINES_A_MINUTE} lines of texts a minute; stopped inside its volume; no gap over {HEARTBEAT_GAP_S} s in the heartbeat",
        statustext_hostile,
    ),
)
