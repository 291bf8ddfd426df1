"""Makes docs/images/range-*.png: the portal's pages for officers and the range. `python docs/tools/range_pictures.py [FOLDER]`.

An afternoon on a server of its own, an hour after an incident, on a clock that begins on the same day each time.
"""
# ruff: noqa: E402  # a script: it finds the tests' parts first

import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import serving
from browser import CHROMIUM, Page, opened
from desk import alarm, vehicle
from portal_story import INCIDENT, tell

from rangeops.client.api import Client
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotEvent
from rangeops.domain.telemetry import Sysid
from rangeops.incident_replay import incident_film
from rangeops.server.films import Filming
from rangeops.wire.api import SlotRequest
from rangeops.wire.incident_review import FollowUpRequest, ReviewChange

AFTERNOON = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
DESK, PHONE, WALL = (1200, 850), (390, 780), (1600, 900)
_PASSWORD = "correct horse battery"  # noqa: S105  # of a server that ends with this script
_BASE = f"/incidents/{INCIDENT}"
_BEGAN_S = time.monotonic()


def clock() -> Now:
    """Goes on from the afternoon: what a page says of times is the same whenever it is made."""
    return Now(time.monotonic(), AFTERNOON + timedelta(seconds=time.monotonic() - _BEGAN_S))


async def _booked(client: Client, volume: str, minutes: tuple[float, float], company: str, callsign: str) -> None:
    """minutes: of the hour in which the afternoon begins, when it starts and how long it is."""
    starts = AFTERNOON.replace(minute=0) + timedelta(minutes=minutes[0])
    ends = starts + timedelta(minutes=minutes[1])
    asked = SlotRequest(company, volume, starts, ends, Sysid(int(callsign[1:])), callsign, "survey-quad", "ch 2")
    slot = await client.book(asked)
    if company != "BETA":
        await client.change_slot(slot.id, SlotEvent.APPROVE, version=slot.version)


async def _day(client: Client) -> None:
    for volume, minutes, company, callsign in (
        ("NORTH", (-10, 60), "ACME", "D07"), ("NORTH", (90, 45), "SAXN", "D03"), ("EAST", (30, 90), "ACME", "D11"),
        ("EAST", (150, 60), "BETA", "D12"), ("WEST", (0, 120), "FIRE", "D20"), ("SOUTH", (120, 60), "BETA", "D14"),
    ):  # fmt: skip
        await _booked(client, volume, minutes, company, callsign)
    await client.take_up_incident(INCIDENT)
    await client.change_incident_review(
        INCIDENT,
        ReviewChange(
            occurrence_class="incident",
            category="airspace",
            mandatory=False,
            headline="D07 was held before NORTH's east edge",
            narrative="The vehicle turned late in a gust. The range sent hold, which was seen within a second.",
            cause="wind above what the plan allowed for",
        ),
    )
    due = AFTERNOON.date() + timedelta(days=7)
    await client.change_incident_review(
        INCIDENT, ReviewChange(follow_up=FollowUpRequest("turn 20 m earlier in the plan's east leg", "op1", due))
    )


async def _shoot(page: Page, url: str, file: Path, path: str, size: tuple[int, int] = DESK) -> None:
    await page.sized(*size, mobile=size == PHONE, scale=2 if size == PHONE else 1)
    await page.opens(url + path)
    await page.until("[...document.querySelectorAll('.map')].every((each) => each.querySelector('path'))")
    if path.endswith("replay"):
        await page.until("document.getElementById('replay').dataset.ready === 'true'")
        await page.value("document.getElementById('replay-scrub').value = 61.4")
        await page.value("document.getElementById('replay-scrub').dispatchEvent(new Event('input'))")
    if path == "/live":
        await page.until("document.querySelectorAll('.map .label').length >= 4")
    await page.value("document.activeElement.blur(); window.scrollTo(0, 0)")
    await asyncio.to_thread(file.write_bytes, await page.picture())
    print(file.name)


async def main(folder: Path) -> None:
    serving.clock = clock
    with tempfile.TemporaryDirectory() as scratch:
        settings = serving.settings_in(Path(scratch) / "data")
        tell(settings, text="")
        async with serving.running(settings) as client, opened(Path(scratch), DESK) as page:
            client.operations.filming = Filming(serving.InThisThread(), partial(incident_film, settings))
            await client.set_password("op1", _PASSWORD)
            await _day(client)
            watch = serving.FakeWatch(settings)
            watch.vehicles = (
                vehicle(7, latitude_deg=52.2797, longitude_deg=6.8885, airborne=True),
                vehicle(11, callsign="D11", latitude_deg=52.2757, longitude_deg=6.8987, airborne=True, height_m=42.0),
                vehicle(20, callsign="D20", company="FIRE", latitude_deg=52.2757, longitude_deg=6.8806, position_age_s=3.4),
                vehicle(3, callsign="D03", company="SAXN", latitude_deg=52.2729, longitude_deg=6.8885, mode="STANDBY", armed=False),
            )  # fmt: skip
            watch.alarms = (replace(alarm(), raised_utc=clock().utc, value="12 s"),)
            async with watch.at_work():
                url = client.address().url
                await page.opens(f"{url}/sign-in")
                await page.fills("input[name=name]", "op1")
                await page.fills("input[name=password]", _PASSWORD)
                await page.follows("main button[type=submit]")
                for name, path, size in (
                    ("home", "/range", DESK), ("live", "/live", DESK), ("board", "/board?wall=true", WALL),
                    ("incident", _BASE, DESK), ("replay", f"{_BASE}/replay", DESK), ("review", f"{_BASE}/review", DESK),
                    ("statistics", "/reports/month/2026-11", DESK),
                ):  # fmt: skip
                    await _shoot(page, url, folder / f"range-{name}.png", path, size)
                await page.coloured("dark")
                await page.value("document.cookie = 'language=nl; path=/'")
                await _shoot(page, url, folder / "range-phone-dutch.png", "/range", PHONE)


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("range_pictures: no chromium is installed (Debian: apt install chromium)")
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
