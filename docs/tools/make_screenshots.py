"""Makes docs/images: the control room in a scripted morning, as SVG. `python docs/tools/make_screenshots.py [FOLDER]`.

The pictures are those of the tests (tests/tui/specimens.py), on a clock that is set: the same bytes each time.
"""
# ruff: noqa: E402  # a script: it finds the tests' rooms first

import asyncio
import math
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tui"))

import specimens
from review_specimens import LONG, Film, complete, under_review, view
from room import Room, SetClock
from textual.pilot import Pilot

from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.now import Now
from rangeops.wire.picture import RangePicture, VehicleView

FLOWN_S = 30
LONG_S = 200  # for what shows the last minutes
BREACH = specimens.picture(
    [
        specimens.NORTH,
        specimens.WEST,
        replace(specimens.EAST, margin_m=31.0),
        replace(specimens.SOUTH, mode="AUTO", armed=True, height_m=48.0, ground_speed_mps=6.0, track_deg=53.0),
    ],
    alarms=[specimens.FORECAST, specimens.BATTERY],
    commands=[specimens.command(CommandKind.HOLD, specimens.EAST, CommandStage.ACKED, ack_after_s=0.31, by="policy")],
)
DUTCH = replace(
    BREACH, alarms=(replace(specimens.FORECAST, title="Leaves its volume by the east edge"), specimens.BATTERY)
)
SHOTS = {
    "watch": ((120, 36), BREACH, ("enter",)),
    "watch-80x24": ((80, 24), BREACH, ("enter",)),
    "return-to-launch": ((120, 36), BREACH, ("enter", "r", "7")),
    "detail": ((120, 36), BREACH, ("enter", "d")),
    "board": ((120, 36), specimens.picture(), ("6", "j", "j", "j", "j")),
    "handover": ((120, 36), specimens.picture(), ("7",)),
    "watch-light": ((120, 36), BREACH, ("comma", "right", "1", "enter")),
    "watch-dutch": ((120, 36), DUTCH, ("comma", "j", "j", "j", "j", "j", "right", "1", "enter")),
    "slots": ((120, 36), specimens.picture(), ("2", "j", "j", "j", "j", "j")),
    "alarms": ((120, 36), BREACH, ("3", "j")),
    "plans": ((120, 36), specimens.picture(), ("4", "j")),
    "review": ((120, 36), specimens.picture(), ("5",)),
    "replay-in-room": ((120, 36), BREACH, ("5", "R", "full_stop")),
}


def _earlier(view: VehicleView, back_s: float) -> VehicleView:
    """A turn flown at its speed, so that the trail is a curve."""
    east, north = specimens.FRAME.to_site(view.latitude_deg or 0.0, view.longitude_deg or 0.0)
    speed, track = view.ground_speed_mps or 0.0, math.radians(view.track_deg or 0.0)
    radius = 150.0
    turn = speed * back_s / radius
    ahead, aside = radius * math.sin(turn), radius * (1 - math.cos(turn))
    east -= ahead * math.sin(track) - aside * math.cos(track)
    north -= ahead * math.cos(track) + aside * math.sin(track)
    latitude, longitude = specimens.place(east, north)
    return replace(
        view,
        latitude_deg=latitude,
        longitude_deg=longitude,
        height_m=(view.height_m or 0.0) + 9 * math.sin(back_s / 25),
        ground_speed_mps=max(0.0, speed + math.sin(back_s / 9)),
        battery_percent=(view.battery_percent or 0) + int(back_s / 15),
    )


async def _play(room: Room, pilot: Pilot[None], last: RangePicture, keys: tuple[str, ...], flown_s: int) -> None:
    await room.opens(pilot)
    for back_s in range(flown_s, 0, -1):
        await room.passes(pilot, 1, specimens.picture([_earlier(view, back_s) for view in last.vehicles]))
    await room.passes(pilot, 1, last)
    await room.passes(pilot, 0.2, last)
    await room.presses(pilot, *keys)


async def main(folder: Path) -> None:
    for name, (size, last, keys) in SHOTS.items():
        flown_s = LONG_S if name == "detail" else FLOWN_S
        begins = specimens.MORNING - timedelta(seconds=flown_s)
        room = Room(clock=SetClock(Now(specimens.NOW.monotonic_s, begins)), replays=lambda _: Film())
        room.server.incidents = (under_review(LONG),)
        room.server.reviewed = view(complete())
        async with room.app.run_test(size=size) as pilot:
            await _play(room, pilot, last, keys, flown_s)
            (folder / f"{name}.svg").write_text(room.app.export_screenshot(), encoding="utf-8")


if __name__ == "__main__":
    images = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(images))
