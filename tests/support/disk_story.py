"""A vehicle heads for the edge while the disk under the range takes nothing: what must go on, and what is there afterwards."""

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from full_disk import Disk
from morning import Morning, morning

from rangeops import auditing
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.rehearsal.outcome import max_excursion_m
from rangeops.server.storing import GAP
from rangeops.wire.api import AuditHead

D07: Final = 7
_LOOKS_S: Final = 0.2
_DEEDS: Final = ("HOLD (range policy) sent", "HOLD (range policy) seen", "LAUNCH (range policy) seen")


@dataclass
class Story:
    """modes: that the vehicle was in. alarmed: sources of RECORDER_FAILING while it took nothing. wrong: in words."""

    disk: str
    modes: list[str] = field(default_factory=list)
    alarmed: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def heads_out(vehicle: dict) -> bool:
    return vehicle["mode"] == "AUTO" and vehicle["height_above_home_m"] > 18 and abs(vehicle["vn"]) > 1.5


async def told(data: Path, disk: Disk) -> Story:
    story = Story(disk.name)
    async with morning(data) as range_:
        playing = asyncio.create_task(range_.director.play())
        await range_.until(lambda vehicle: vehicle["mode"] == "AUTO", D07, "the take-off", within_s=90)
        pids = [range_.pid(name) for name in ("server", "watch")]
        disk.refuse(pids[:1])  # first the server's alone: what the watch still writes must wait in its journal
        await range_.until(heads_out, D07, "the flight towards the edge", within_s=60)
        disk.refuse(pids)
        await range_.until(lambda vehicle: vehicle["mode"] == "RTL", D07, "the return", within_s=60)
        await _alarms(range_, story, disk.alarms, within_s=20)
        if [range_.pid(name) for name in ("server", "watch")] != pids:
            story.wrong.append("a process ended and was started again")
        again = disk.take_again(pids)
        await playing
        story.modes = range_.modes(D07)
        story.wrong += await _excursion(range_)
        head = await range_.client.audit_head()
        if again:
            await _all_told(range_, within_s=40)
            story.wrong += await _missing(range_, within_s=40)
    if story.modes[-3:] != ["AUTO", "BRAKE", "RTL"]:
        story.wrong.append(f"it was in {story.modes}")
    disk.mend()
    story.wrong += _record(range_, story, head) if again else _acknowledged(range_, head)
    return story


async def _alarms(range_: Morning, story: Story, wanted: frozenset[str], within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s and not story.alarmed >= wanted:
        standing = await range_.client.alarms()
        story.alarmed |= {each.source for each in standing if each.condition is Condition.RECORDER_FAILING}
        await asyncio.sleep(_LOOKS_S)
    story.wrong += [f"no alarm of {source}" for source in sorted(wanted - story.alarmed)]


async def _all_told(range_: Morning, within_s: float) -> None:
    """Until no alarm over the disk stands any more."""
    deadline_s = time.monotonic() + within_s
    while any(each.condition is Condition.RECORDER_FAILING and each.present for each in await range_.client.alarms()):
        assert time.monotonic() < deadline_s, "the disk takes again, and it is alarmed still"
        await asyncio.sleep(_LOOKS_S)


async def _excursion(range_: Morning) -> list[str]:
    """By the simulator's truth; the director, who asks for an incident, may have found none yet."""
    (slot,) = await range_.client.slots()
    view = await range_.client.range_view()
    volume = next(each for each in view.volumes if each.id == slot.volume)
    farthest_m = max_excursion_m(range_.processes.truth, D07, volume, view)
    return [] if farthest_m is not None and farthest_m <= 0 else [f"it was {farthest_m} m outside"]


async def _missing(range_: Morning, within_s: float) -> list[str]:
    """What the incident's timeline lacks of the range's deeds, once it has had time to be told."""
    deadline_s, missing = time.monotonic() + within_s, ["there is no incident"]
    while missing and time.monotonic() < deadline_s:
        await asyncio.sleep(_LOOKS_S)
        if incidents := await range_.client.incidents():
            timeline = (await range_.client.incident(incidents[0].id)).timeline
            missing = [f"{part!r} is missing" for part in _DEEDS if not any(part in item.text for item in timeline)]
    return missing


def _acknowledged(range_: Morning, head: AuditHead) -> list[str]:
    """The chain, and in it the last entry that the range said to have."""
    found = auditing.verify(range_.settings, keys=[], kept=[]).findings
    with closing(sqlite3.connect(range_.settings.data / "rangeops.db")) as database:
        (there,) = database.execute("SELECT count(*) FROM audit WHERE entry_hash = ?", [head.hash]).fetchone()
    return [*(fault.why for fault in found.faults), *([] if there else [f"entry {head.seq} was there, and is lost"])]


def _record(range_: Morning, story: Story, head: AuditHead) -> list[str]:
    """The chain; the watch's numbers, of which none may be missing; and the gap, from when to when."""
    wrong = _acknowledged(range_, head)
    with closing(sqlite3.connect(range_.settings.data / "rangeops.db")) as database:
        rows = database.execute("SELECT action, payload FROM audit ORDER BY seq").fetchall()
    bodies = [(action, json.loads(payload)["body"]) for action, payload in rows]
    numbers = [body["seq"] for action, body in bodies if action.startswith("watch.") and "seq" in (body or {})]
    if numbers != list(range(1, len(numbers) + 1)):
        wrong.append("entries of the watch's journal are missing")
    alarms = [body["of"]["alarm"] for action, body in bodies if action == "watch.alarm"]
    states = [each["state"] for each in alarms if each["condition"] == Condition.RECORDER_FAILING.value]
    if len(states) < 2 or states[0] != AlarmState.UNACKED.value:
        wrong.append(f"when the watch could record nothing isn't told: {states}")
    if "server" in story.alarmed and not any(action == GAP for action, _ in bodies):
        wrong.append("the server's gap isn't recorded")
    return wrong
