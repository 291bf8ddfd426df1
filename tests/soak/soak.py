"""A day at the range in minutes: watch, server and a control room on a terminal under 20 vehicles' messages of 12 hours.

    make soak                       20 minutes for 12 hours: 36 times as many messages a second
    make soak SOAK_MINUTES=60       the same in an hour, 12 times as many
Vehicles get into trouble in turns; each time one alarm must be raised, recorded and delivered to the feed, and an operator
acknowledges it. Memory, open files and delays of all processes are watched meanwhile. The table goes to build/soak.json.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import soak_limits
from soak_limits import Alarms, Held, Sample
from soak_traffic import Traffic
from terminal import Terminal

from rangeops.adapters.store.opening import open_store
from rangeops.background import Background
from rangeops.bootstrap.parts import clock, process_environment
from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.domain.alarms import AlarmState
from rangeops.domain.errors import RangeopsError
from rangeops.rehearsal.processes import free_udp_port
from rangeops.settings import Settings
from rangeops.watch.journal import _whole_entries
from rangeops.watch.memory import Memory
from rangeops.wire.picture import RangePicture

MESSAGES_S = 25
EACH_S = 2.5  # a trouble every so often: an hour at the range has far fewer
CONDITION_OF = {"silence": "link-lost", "battery": "battery-under-reserve", "reboot": "vehicle-rebooted"}
DRAINED_S = 15.0  # for the server to take what the journal has, while nothing more happens
SETTLE_S = 25.0  # after the last trouble until everything is told
HEARD_S = 60.0
SAMPLE_S = 2.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Told:
    """What was seen meanwhile. Times count from the beginning."""

    began_s: float
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    provoked: Counter[str] = field(default_factory=Counter)
    delivered: dict[str, str] = field(default_factory=dict)  # alarm's id: condition and source
    pictures: list[tuple[float, float]] = field(default_factory=list)
    alarm_delays: list[tuple[float, float]] = field(default_factory=list)
    acknowledged: int = 0
    refused: int = 0
    picture: RangePicture | None = None

    @property
    def at_s(self) -> float:
        return time.monotonic() - self.began_s


def sample(pid: int, at_s: float) -> Sample | None:
    """None: it has ended."""
    with contextlib.suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return Sample(at_s, pages * _PAGE, len(list(Path(f"/proc/{pid}/fd").iterdir())))
    return None


async def follow(client: Client, told: Told, counted: set[str]) -> None:
    """The feed as a screen takes it; whatever of ours it brings is acknowledged."""
    asked: set[str] = set()
    async for item in feed(client):
        if not isinstance(item, RangePicture):
            continue
        now = clock().utc
        told.picture = item
        told.pictures.append((told.at_s, (now - item.utc).total_seconds()))
        for alarm in item.alarms:
            key = f"{alarm.condition.value} {alarm.source}"
            if key not in counted:
                continue
            if alarm.id not in told.delivered:
                told.delivered[alarm.id] = key
                told.alarm_delays.append((told.at_s, (now - alarm.raised_utc).total_seconds()))
            if alarm.state in (AlarmState.UNACKED, AlarmState.RETURNED) and alarm.id not in asked:
                asked.add(alarm.id)
                try:
                    await client.acknowledge(alarm.id)
                    told.acknowledged += 1
                except RangeopsError:
                    told.refused += 1  # it ended meanwhile


async def watch_processes(settings: Settings, room: Terminal | None, supervisor: int, told: Told) -> None:
    while True:
        pids = dict(line.split() for line in (settings.run_folder / "pids").read_text().splitlines())
        named = {"watch": int(pids["watch"]), "server": int(pids["server"]), "supervisor": supervisor}
        if room is not None:
            named["control room"] = room.process.pid
        for name, pid in named.items():
            if (found := sample(pid, told.at_s)) is not None:
                told.samples.setdefault(name, []).append(found)
        await asyncio.sleep(SAMPLE_S)


async def trouble(traffic: Traffic, told: Told, vehicles: int, for_s: float) -> None:
    """Each vehicle in turn, with the next trouble in turn."""
    kinds, number, ends_s = list(CONDITION_OF), 0, told.at_s + for_s
    while told.at_s < ends_s:
        sysid = number % vehicles + 1
        kind = kinds[(sysid + number // vehicles) % len(kinds)]
        number += 1
        key = f"{CONDITION_OF[kind]} D{sysid:02}"
        if key not in {
            f"{alarm.condition.value} {alarm.source}" for alarm in (told.picture.alarms if told.picture else ())
        }:
            traffic.trouble(sysid, kind)  # while one stands, a second cause raises none
            told.provoked[key] += 1
        await asyncio.sleep(EACH_S)
    await asyncio.sleep(SETTLE_S)


async def heard(told: Told, vehicles: int) -> None:
    """Until every vehicle is heard and trusted."""
    async with asyncio.timeout(HEARD_S):
        while True:
            trusted = [view for view in (told.picture.vehicles if told.picture else ()) if view.trusted]
            if len(trusted) >= vehicles:
                return
            await asyncio.sleep(0.2)


@contextmanager
def control_room(settings: Settings) -> Iterator[Terminal]:
    """On a terminal that is read all the time: what nobody reads would stop it."""
    command = [sys.executable, "-m", "rangeops", "--data", str(settings.data)]
    with Terminal(command, RANGEOPS_DATA=str(settings.data)) as room:
        ended = threading.Event()

        def read() -> None:
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    room.read(0.5)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            yield room
        finally:
            ended.set()
            reader.join()


@asynccontextmanager
async def running(*coroutines) -> AsyncIterator[None]:
    """Beside the block; what fails in them fails it."""
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def recorded(settings: Settings, counted: set[str]) -> tuple[Counter[str], list[float], int]:
    """From the database itself: each alarm of ours once, how late its entry was, and how far the journal was taken."""
    store = open_store(settings.database)
    seen: dict[str, str] = {}
    delays: list[float] = []
    after = 0
    while True:
        with store.read() as work:
            entries = work.record.following(after, 5000)
            taken = work.journal.position(settings.watch_name).seq
        if not entries:
            break
        after = entries[-1].seq
        for entry in entries:
            if entry.action != "watch.alarm":
                continue
            alarm = json.loads(entry.payload)["body"]["of"]["alarm"]
            key = f"{alarm['condition']} {alarm['source']}"
            if key in counted and alarm["id"] not in seen:
                seen[alarm["id"]] = key
                delays.append((entry.utc - _utc(entry)).total_seconds())
    store.close()
    return Counter(seen.values()), delays, taken


def _utc(entry):
    from datetime import datetime

    return datetime.fromisoformat(json.loads(entry.payload)["happened"])


async def drained(settings: Settings) -> int:
    """The journal's last entry, once the server has had the time to take it."""
    end_s = time.monotonic() + DRAINED_S
    while (last := written(settings)) > recorded(settings, set())[2] and time.monotonic() < end_s:  # noqa: ASYNC110  # of other processes
        await asyncio.sleep(0.5)
    return last


def written(settings: Settings) -> int:
    """The last entry that the watch's journal holds."""
    paths = sorted((settings.watch_folder / "journal").glob("journal-*.bin"))
    return max((entry.seq for path in paths for entry in _whole_entries(path)), default=0)


async def soak(
    folder: Path, *, vehicles: int, hours: float, minutes: float, room: bool = True, say=lambda _line: None
) -> tuple[list[Held], dict]:
    """The table and the figures."""
    from fleet_range import orders

    settings = Settings(data=folder, port=0, simulation=True)
    port, messages_s = free_udp_port(), MESSAGES_S * hours * 60 / minutes
    memory = Memory(settings.watch_folder)
    memory.keep_orders(orders(port))
    memory.close()
    counted = {f"{condition} D{sysid:02}" for condition in CONDITION_OF.values() for sysid in range(1, vehicles + 1)}
    with contextlib.ExitStack() as stack:
        background = stack.enter_context(Background(settings, process_environment(settings)))
        background.start("range", ["serve"])
        background.wait_for(settings.server_file.exists, "the server")
        traffic = Traffic(port, vehicles, messages_s)
        stack.callback(traffic.close)
        terminal = stack.enter_context(control_room(settings)) if room else None
        told = Told(time.monotonic())
        async with (
            Client.from_settings(settings) as client,
            running(follow(client, told, counted), watch_processes(settings, terminal, background.pid("range"), told)),
        ):
            await heard(told, vehicles)
            say(f"{vehicles} vehicles are heard; {messages_s * vehicles:.0f} messages a second")
            told.began_s = time.monotonic()
            told.samples.clear()
            told.pictures.clear()
            told.alarm_delays.clear()
            before = set(told.delivered)
            await trouble(traffic, told, vehicles, minutes * 60 - SETTLE_S)
            links = told.picture.links if told.picture else ()
            alive = terminal is None or terminal.process.poll() is None
            last = await drained(settings)
        sent, late = traffic.sent()
    found, delays, taken = recorded(settings, counted)  # more than `last`, by what the watch tells as it stops
    early = Counter(told.delivered[alarm] for alarm in before)
    delivered = Counter(told.delivered.values()) - early
    held = [
        *(soak_limits.memory(name, samples) for name, samples in sorted(told.samples.items())),
        *(soak_limits.files(name, samples) for name, samples in sorted(told.samples.items())),
        *soak_limits.alarms(Alarms(told.provoked, found - early, delivered)),
        soak_limits.latency("an alarm on the feed after it was raised", told.alarm_delays),
        soak_limits.latency("a picture's age on the feed", told.pictures),
        Held("the journal is drained", f"{taken} of {last} entries stored", "all", taken >= last > 0),
    ]
    if room:
        held.append(Held("the control room lives", "yes" if alive else "no", "yes", alive))
    figures = {
        "vehicles": vehicles,
        "hours": hours,
        "minutes": minutes,
        "messages_sent": sent,
        "hours_sent": round(
            sent / (MESSAGES_S * vehicles * 3600), 2
        ),  # fewer than asked: the machine had no time for more
        "silences_of_the_traffics_own": late,
        "messages_lost": sum(link.lost for link in links),
        "alarms_provoked": sum(told.provoked.values()),
        "acknowledged": told.acknowledged,
        "longest_alarm_to_record_s": round(max(delays, default=0.0), 3),
        "pictures": len(told.pictures),
        "table": [asdict(each) for each in held],
        "samples": {name: [asdict(each) for each in samples] for name, samples in told.samples.items()},
    }
    return held, figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--hours", type=float, default=12.0, help="of messages, compressed into the minutes")
    parser.add_argument("--vehicles", type=int, default=20, choices=range(1, 26), metavar="1-25")
    parser.add_argument("--output", type=Path, default=Path("build/soak.json"))
    parser.add_argument("--keep", action="store_true", help="leave the data folder")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="rangeops-soak-"))
    try:
        held, figures = asyncio.run(
            soak(folder, vehicles=asked.vehicles, hours=asked.hours, minutes=asked.minutes, say=print)
        )
    finally:
        if asked.keep:
            print(f"data folder: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps(figures, indent=1))
    width = max(len(each.what) for each in held)
    for each in held:
        print(f"{each.what:{width}}  {each.value}  ({each.limit}){'' if each.holds else '  DOES NOT HOLD'}")
    print(
        f"{figures['messages_sent']} messages sent ({figures['hours_sent']} h of them), {figures['messages_lost']} lost; "
        f"{figures['alarms_provoked']} alarms provoked, {figures['acknowledged']} acknowledged"
    )
    return 0 if all(each.holds for each in held) else 1


if __name__ == "__main__":
    sys.exit(main())
