"""A range of real processes whose only vehicle flies out of its volume, and what a fault may not cost it.

The vehicle's pilot has loaded a plan that leaves; the range must hold it inside and send it home. A `Meddler` does the fault
meanwhile. What is looked at: the simulator's truth, how long the vehicle went without the range's heartbeat, and, once all has
ended, the record.
"""

import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from morning import Morning, morning

from rangeops import auditing
from rangeops.adapters.store.record_reading import reading_record
from rangeops.client.api import Client
from rangeops.domain.alarms import Condition
from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.rehearsal.outcome import max_excursion_m
from rangeops.settings import Settings

D07: Final = 7
SEED: Final = int(os.environ.get("SEED", "20261124"))
HEARTBEAT_GAP_S: Final = 2.0  # that a vehicle may go without the range; its own failsafe acts after 5 s
DEEDS: Final = (
    "Leaves its volume",
    "HOLD (range policy) sent",
    "HOLD (range policy) seen",
    "LAUNCH (range policy) seen",
)
_STOPPED: Final = ["AUTO", "BRAKE", "RTL"]
_LISTENS_EVERY_S: Final = 0.04
_OVER_WITHIN_S: Final = 120.0
_TOLD_WITHIN_S: Final = 60.0

Meddler = Callable[[Morning, "Flight"], Awaitable[None]]
Ranges = Callable[[Path], AbstractAsyncContextManager[Morning]]


@dataclass
class Flight:
    """worst_gap_s: without the range's heartbeat, in the air. wrong: in words. said: figures of the meddler's own."""

    worst_gap_s: float = 0.0
    excursion_m: float | None = None
    entries: int = 0
    modes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def measured(self) -> str:
        """In a sentence, what is wrong first."""
        parts = [*self.wrong[:4], *self.said]
        if self.excursion_m is not None:
            parts.append(f"{-self.excursion_m:.1f} m from the edge at the nearest")
        parts.append(f"longest heartbeat gap {self.worst_gap_s:.2f} s")
        if self.entries:
            parts.append(f"{self.entries} entries of the watch")
        return "; ".join(parts)


def chance(promise: str) -> random.Random:
    """The same moments at every run of one seed (make faults SEED=…)."""
    return random.Random(f"{SEED} {promise}")


def heads_out(vehicle: dict[str, Any]) -> bool:
    """Under way on the leg that leads out, and not yet near the edge."""
    return vehicle["mode"] == "AUTO" and vehicle["height_above_home_m"] > 18 and abs(vehicle["vn"]) > 1.5


def flown(
    meddle: Meddler,
    *,
    gap_s: float | None = HEARTBEAT_GAP_S,
    data: Path | None = None,
    ranges: Ranges = morning,
    **ends: Any,
) -> Flight:
    """One flight with its fault. gap_s: the longest heartbeat gap that is no fault; None: not looked at. ends: as `_fly`."""
    with tempfile.TemporaryDirectory(prefix="rangeops-fault-") as folder:
        flight = asyncio.run(_fly(ranges, data or Path(folder) / "data", meddle, **ends))
    if gap_s is not None and flight.worst_gap_s > gap_s:
        flight.wrong.append(f"{flight.worst_gap_s:.2f} s without the range's heartbeat")
    return flight


async def _fly(
    ranges: Ranges, data: Path, meddle: Meddler, *, commanded: bool = True, modes: list[str] = _STOPPED
) -> Flight:
    """commanded: the range must have kept it inside and told so. modes: that the vehicle must have ended with; none: whatever people ordered."""
    flight = Flight()
    async with ranges(data) as range_:
        playing = asyncio.create_task(range_.director.open_day())
        await range_.until(heads_out, D07, "the flight towards the edge", within_s=90)
        await playing
        listening = asyncio.create_task(_listen(range_, flight))
        try:
            await meddle(range_, flight)
            if modes:
                await range_.until(lambda vehicle: vehicle["mode"] == modes[-1], D07, f"its {modes[-1]}", within_s=60)
            await asyncio.sleep(1)
        finally:
            listening.cancel()
        flight.modes = range_.modes(D07)
        if modes and flight.modes[-len(modes) :] != modes:
            flight.wrong.append(f"it was in {flight.modes}")
        if commanded:
            flight.wrong += await untold(range_)
            flight.excursion_m = await _excursion_m(range_)
            if flight.excursion_m is None or flight.excursion_m > 0:
                flight.wrong.append(f"it was {flight.excursion_m} m outside")
        head = await patient(range_.client.audit_head)
    flight.wrong += recorded(range_, flight, head.hash)
    return flight


async def patient(ask: Callable[[], Awaitable[Any]], within_s: float = 30.0) -> Any:
    """The answer of a server that may just be coming back."""
    deadline_s = time.monotonic() + within_s
    while True:
        try:
            return await ask()
        except Unavailable:
            if time.monotonic() > deadline_s:
                raise
            await asyncio.sleep(0.1)


async def _listen(range_: Morning, flight: Flight) -> None:
    """What the vehicle itself hears of the range."""
    while True:
        vehicle = await range_.truth(D07)
        if vehicle["armed"]:
            flight.worst_gap_s = max(flight.worst_gap_s, vehicle["gcs_heartbeat_age_s"])
        await asyncio.sleep(_LISTENS_EVERY_S)


async def heartbeat_back_s(range_: Morning, struck_s: float) -> float:
    """From then to the range's next heartbeat at the vehicle."""
    await range_.until(
        lambda vehicle: vehicle["gcs_heartbeat_age_s"] < time.monotonic() - struck_s - 0.05, D07, "a heartbeat"
    )
    return time.monotonic() - struck_s


async def stands_by(range_: Morning, other_than: int) -> None:
    """Until another watch stands by, and has had the time to load."""
    deadline_s = time.monotonic() + 10
    while range_.pid("standby") == other_than:
        assert time.monotonic() < deadline_s, "no other watch stands by"
        await asyncio.sleep(0.05)


async def untold(range_: Morning) -> list[str]:
    """What the incident's timeline lacks of the range's deeds, once it has had time to be told."""
    deadline_s, missing = time.monotonic() + _TOLD_WITHIN_S, ["there is no incident"]
    while missing and time.monotonic() < deadline_s:
        await asyncio.sleep(0.2)
        with suppress(Unavailable):
            if incidents := await range_.client.incidents():
                timeline = (await range_.client.incident(incidents[0].id)).timeline
                missing = [f"{deed!r} isn't told" for deed in DEEDS if not any(deed in item.text for item in timeline)]
    return missing


async def _excursion_m(range_: Morning) -> float | None:
    """By the simulator's truth."""
    (slot,) = await patient(range_.client.slots)
    view = await patient(range_.client.range_view)
    volume = next(each for each in view.volumes if each.id == slot.volume)
    return max_excursion_m(range_.processes.truth, D07, volume, view)


def entries_of(settings: Settings) -> list[tuple[str, str, dict[str, Any]]]:
    """(hash, action, body) of every entry of the record, in order."""
    with reading_record(settings.database) as entries:
        return [(each.entry_hash, each.action, json.loads(each.payload)["body"] or {}) for each in entries]


def recorded(range_: Morning, flight: Flight, head: str) -> list[str]:
    """What is wrong with the record: its chain, an entry that was acknowledged, the watch's numbers, who ordered what was sent."""
    found = auditing.verify(range_.settings, keys=[], kept=[]).findings
    entries = entries_of(range_.settings)
    wrong = [fault.why for fault in found.faults]
    if head not in {each for each, _, _ in entries}:
        wrong.append("an entry that was acknowledged is lost")
    numbers: dict[str, list[int]] = {}
    for _, action, body in entries:
        if action.startswith("watch.") and "seq" in body:
            numbers.setdefault(body.get("watch", ""), []).append(body["seq"])
    flight.entries = sum(map(len, numbers.values()))
    if any(each != list(range(1, len(each) + 1)) for each in numbers.values()):
        wrong.append("entries of the watch's journal are missing, or there twice")
    return wrong + unordered([(action, body) for _, action, body in entries])


def unordered(bodies: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Commands that went out and that neither the policy gives for a vehicle on its way out nor a person ordered."""
    orders = {body["id"] for action, body in bodies if action.startswith("command.") and "id" in body}
    wrong = []
    for action, body in bodies:
        if action != "watch.command":
            continue
        order = body["of"]["progress"]["order"]
        by_policy = order["by"] == "policy" and order["kind"] in ("hold", "rtl", "restore")
        if not by_policy and order["id"] not in orders:
            wrong.append(f"{order['kind']} by {order['by']} was ordered by nobody")
    return wrong


async def alarmed(client: Client, condition: Condition, within_s: float) -> float | None:
    """Seconds until an alarm of it stands; None: it didn't."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < within_s:
        with suppress(RangeopsError):
            if any(each.condition is condition and each.present for each in await client.alarms()):
                return time.monotonic() - began_s
        await asyncio.sleep(0.1)
    return None
