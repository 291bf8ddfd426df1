"""Makes docs/images/portal-*.png: the portal's pages as Debian's Chromium shows them. `python docs/tools/portal_pictures.py [FOLDER]`.

A company's morning on a server of its own, with the plan checker of the range and a watch that flies nothing, on a clock that
begins on the same day each time: the same pages, though not the same bytes with another release of the browser.
"""
# ruff: noqa: E402  # a script: it finds the tests' parts first

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import serving
from browser import CHROMIUM, Page, opened
from company import COMPANY, OUTSIDE, decided, enter
from desk import alarm, fence, vehicle
from web import sign_in

from rangeops.client.api import Client
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.duty import Position
from rangeops.domain.events import OrdersTaken
from rangeops.domain.ladder import Rung
from rangeops.domain.next_act import NextAct
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders
from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.slots import Slot, SlotEvent
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import SlotRequest

MORNING = datetime(2026, 11, 24, 9, 2, tzinfo=UTC)
DESK, PHONE = (1200, 850), (390, 780)
_BEGAN_S = time.monotonic()


def clock() -> Now:
    """Goes on from the morning: what a page says of times is the same whenever it is made."""
    passed_s = time.monotonic() - _BEGAN_S
    return Now(time.monotonic(), MORNING + timedelta(seconds=passed_s))


@dataclass
class Studio:
    page: Page
    client: Client
    watch: serving.FakeWatch
    url: str
    folder: Path
    plan: Path

    async def shoot(self, name: str, path: str = "", *, size: tuple[int, int] = DESK, whole: bool = False) -> None:
        is_phone = size == PHONE
        await self.page.sized(*size, mobile=is_phone, scale=2 if is_phone else 1)
        if path:
            await self.page.opens(self.url + path)
        await self.page.until("[...document.querySelectorAll('.map')].every((each) => each.querySelector('path'))")
        await self.page.value("document.activeElement.blur(); window.scrollTo(0, 0)")
        (self.folder / f"portal-{name}.png").write_bytes(await self.page.picture(whole=whole))
        print(f"portal-{name}.png")


@asynccontextmanager
async def studio(folder: Path) -> AsyncIterator[Studio]:
    serving.clock = clock
    with tempfile.TemporaryDirectory() as scratch:
        settings = serving.settings_in(Path(scratch) / "data")
        plan = Path(scratch) / "survey-east.plan"
        plan.write_bytes(OUTSIDE)
        async with serving.running(settings, plans=serving.REAL_PLANS) as client, opened(Path(scratch), DESK) as page:
            await enter(client)
            await client.register(
                "staff",
                {"id": "OPS", "name": "Omar Visser", "role": "operator", "phone": "+31 6 555 0199", "user": "op1"},
            )
            await client.take_duty(Position.OPERATOR, version=0)
            watch = serving.FakeWatch(settings)
            async with watch.at_work():
                url = client.address().url
                await sign_in(page, url)
                yield Studio(page, client, watch, url, folder, plan)


async def book(
    client: Client, volume: str, minutes: float, callsign: str, *events: SlotEvent, reason: str = ""
) -> Slot:
    starts = MORNING.replace(minute=0) + timedelta(minutes=minutes)
    terms = SlotTerms(pilots=("ACME-P1",), voice_channel="ch 2", phones=("+31 6 555 0142",), set_up_minutes=15)
    asked = SlotRequest(
        COMPANY, volume, starts, starts + timedelta(minutes=45), Sysid(int(callsign[-1])), callsign, "survey-quad",
        "+31 6 555 0142", terms=terms,
    )  # fmt: skip
    return await decided(client, await client.book(asked), *events, reason=reason)


async def plans(at: Studio) -> None:
    await at.page.opens(f"{at.url}/company/plans/new")
    await at.page.chooses_files("#file", at.plan)
    await at.page.fills("input[name=name]", "Survey of the east")
    await at.page.fills("select[name=volume]", "EAST")
    await at.page.fills("select[name=airframe]", "survey-quad")
    await at.page.follows("form[data-upload] button[type=submit]")
    await at.shoot("verdict")
    await at.page.follows("form[action$='/fix'] button")
    await at.shoot("fixed")


async def slots(at: Studio) -> Slot:
    await book(at.client, "NORTH", 300, "Kestrel 8", SlotEvent.REFUSE, reason="the grass is cut from 14:00 to 16:00")
    await book(at.client, "WEST", 26 * 60, "Kestrel 9", SlotEvent.WAITLIST)
    slot = await book(at.client, "EAST", -15, "Kestrel 7", SlotEvent.APPROVE)
    content = await plan_of(at)
    await at.client.submit_plan(
        content, file_name="survey-east.fixed.plan", name="Survey of the east", company=COMPANY, volume="EAST",
        airframe="survey-quad", slot=slot.id,
    )  # fmt: skip
    slot = await decided(at.client, await at.client.slot(slot.id), SlotEvent.BRIEF)
    await at.shoot("home", "/company")
    await at.shoot("find", "/company/slots/find?airframe=survey-quad&minutes=45&days=2&set_up=15")
    await at.shoot("slot", f"/company/slots/{slot.id}")
    return slot


async def plan_of(at: Studio) -> bytes:
    newest, *_ = await at.client.plans()
    return (await at.page.value(f"fetch('/company/plans/{newest.id}/file').then((it) => it.text())")).encode()


async def flight(at: Studio, slot: Slot) -> None:
    seen = vehicle(
        7, callsign=slot.callsign, slot=slot.id, latitude_deg=52.27563, longitude_deg=6.8985, altitude_amsl_m=80.0, height_m=45.0,
        battery_percent=64,
    )  # fmt: skip
    at.watch.vehicles = (seen,)
    await clear(at, slot)
    await at.page.opens(f"{at.url}/fly/{slot.id}")
    await at.page.until("document.querySelector('.go.yes') && document.querySelector('.figures')")
    await at.shoot("fly", size=PHONE)
    order = CommandOrder(CommandId("C1"), Sysid(7), CommandKind.HOLD, "policy", "leaves its volume in 8 s")
    at.watch.commands = (CommandProgress(order, CommandStage.SEEN, clock().utc),)
    at.watch.alarms = (replace(alarm(), title="Leaves EAST's south-east edge"),)
    act = NextAct(CommandKind.RTL, 4.4, "hold was seen, and it is still at the edge", Rung.FORECAST_EXIT)
    at.watch.vehicles = (
        replace(
            seen,
            latitude_deg=52.27398,
            longitude_deg=6.8995,
            next_act=act,
            time_to_exit_s=6.0,
            ground_speed_mps=1.2,
            mode="BRAKE",
        ),
    )
    await at.page.until("document.querySelector('.act')")
    await at.shoot("fly-alarm", size=PHONE)
    await at.page.offline(cut=True)
    await at.page.until("!document.getElementById('lost').hidden")
    await at.shoot("fly-lost", size=PHONE)
    await at.page.offline(cut=False)


async def clear(at: Studio, slot: Slot) -> None:
    """As the range does when the fence was read back."""
    await serving.until(lambda: at.watch.of(Orders))
    at.watch.happen(OrdersTaken(at.watch.of(Orders)[-1].version), fence(slot.sysid))
    await serving.until(lambda: not at.watch.journal)
    await at.client.clear(slot.id)


async def variants(at: Studio) -> None:
    """In the dark, and in Dutch."""
    await at.page.coloured("dark")
    await at.page.value("document.cookie = 'language=nl; path=/'")
    await at.shoot("dark-dutch", "/company/plans/P1", size=PHONE)


async def main(folder: Path) -> None:
    async with studio(folder) as at:
        await plans(at)
        await flight(at, await slots(at))
        await variants(at)


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("portal_pictures: no chromium is installed (Debian: apt install chromium)")
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
