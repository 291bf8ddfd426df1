"""A lively range without a server: `python tests/tui/live.py --vehicles 25 --hz 10` opens the control room on it.

For looking at the screens and for measuring what they cost: the pictures go through the feed's own JSON.
"""

import argparse
import asyncio
import json
import math
import resource
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))
import rangeops.tui  # noqa: F401  # sets ESCDELAY, which Textual reads when it is first imported

# isort: split
import specimens
from room import FakeServer

from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.client.feed import Connected, Disconnected, FeedItem, decode_item
from rangeops.domain.now import Now
from rangeops.tui.app import ControlRoom
from rangeops.wire.messages import to_json
from rangeops.wire.picture import RangePicture, VehicleView

VOLUMES = ((320, 520), (-390, -100), (60, -560), (780, 20))


def clock() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))


def circling(number: int, at_s: float) -> VehicleView:
    middle = VOLUMES[number % 4]
    radius, turn = 60 + 15 * (number // 4), at_s * 0.09 + number
    base = specimens.MORNING_FLEET[number % 4]
    view = specimens.vehicle(
        number + 1,
        f"D{number + 1:02}",
        base.company,
        middle[0] + radius * math.cos(turn),
        middle[1] + radius * math.sin(turn),
    )
    return replace(
        view,
        slot=base.slot,
        slot_ends=datetime.now(UTC) + timedelta(minutes=30),
        track_deg=math.degrees(-turn) % 360,
        ground_speed_mps=radius * 0.09,
        height_m=60 + 20 * math.sin(at_s / 7 + number),
        battery_percent=int(90 - at_s / 20) % 100,
        position_age_s=(at_s * 7 + number) % 0.3,
        heard_age_s=0.1,
    )


async def feed(vehicles: int, hz: float, story: str) -> AsyncIterator[FeedItem]:
    yield Connected("http://range.test")
    began = time.monotonic()
    while True:
        at_s = time.monotonic() - began
        fleet = [circling(number, at_s) for number in range(vehicles)]
        alarms = []
        if story in ("breach", "all"):
            fresh = replace(specimens.FORECAST, raised_utc=datetime.now(UTC) - timedelta(seconds=at_s))
            alarms.append(
                replace(fresh, source=fleet[0].callsign, sysid=fleet[0].sysid, value=f"{18 - at_s % 18:.0f} s")
            )
        if story in ("stale", "all"):
            gone = replace(fleet[1], position_age_s=at_s, heard_age_s=at_s)
            fleet[1] = gone if at_s < 2 else replace(gone, latitude_deg=None, longitude_deg=None, height_m=None)
        if story in ("silence", "all") and 20 < at_s % 40 < 30:
            yield Disconnected("The server closed the feed.")
            await asyncio.sleep(10)
            yield Connected("http://range.test")
        picture: RangePicture = replace(specimens.picture(fleet, alarms), utc=datetime.now(UTC))
        body = to_json(picture).decode()
        yield decode_item(f'{{"kind":"picture","body":{body}}}')
        await asyncio.sleep(1 / hz)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", type=int, default=4)
    parser.add_argument("--hz", type=float, default=5.0)
    parser.add_argument("--story", default="calm", choices=["calm", "breach", "stale", "silence", "all"])
    parser.add_argument("--report", help="write CPU seconds and wall seconds to this file at the end")
    parser.add_argument("--for-s", type=float, default=0.0, help="leave after so many seconds")
    asked = parser.parse_args()
    client = Client(lambda: Address("http://range.test", "t"), transport=httpx.MockTransport(FakeServer()))
    app = ControlRoom(client, feed(asked.vehicles, asked.hz, asked.story), clock=clock)
    marks: list[tuple[float, float]] = []

    def mark() -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        marks.append((time.monotonic(), used.ru_utime + used.ru_stime))

    if asked.for_s:
        app.call_later(lambda: (app.set_timer(5.0, mark), app.set_timer(asked.for_s, lambda: (mark(), app.exit()))))
    app.run()
    if asked.report and len(marks) == 2:
        wall_s, cpu_s = (marks[1][n] - marks[0][n] for n in (0, 1))
        Path(asked.report).write_text(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, "share": cpu_s / wall_s}))


if __name__ == "__main__":
    main()
