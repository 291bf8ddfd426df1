"""The pilot's page on a phone: what it shows, and that it never shows what is past."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from company import COMPANY, decided
from desk import alarm, vehicle
from web import PHONE, is_sound

from rangeops.domain.commands import CommandId, CommandKind, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.ladder import Rung
from rangeops.domain.next_act import NextAct
from rangeops.domain.slots import SlotEvent
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import SlotRequest

HIDDEN = "getComputedStyle(document.querySelector('.live')).visibility === 'hidden' || !document.querySelector('.live').checkVisibility()"
STATUSTEXT = '<img src=x onerror="window.pwned=1">'


@pytest.fixture
async def slot(client):
    """Under way: it began ten minutes ago, and lasts half an hour."""
    starts = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10)
    slot = await client.book(
        SlotRequest(COMPANY, "EAST", starts, starts + timedelta(minutes=30), Sysid(7), "Kestrel", "survey-quad", "ch 2")
    )
    return await decided(client, slot, SlotEvent.APPROVE)


@pytest.fixture
async def flying(member, watch, slot, url):
    """In the middle of EAST, seen now; the pilot's page is open on his phone."""
    watch.vehicles = (vehicle(7, slot=slot.id, latitude_deg=52.27563, longitude_deg=6.8985, altitude_amsl_m=80.0),)
    await member.sized(*PHONE, mobile=True, scale=2)
    await member.opens(f"{url}/fly/{slot.id}")
    await member.until("document.querySelector('.figures')")
    return member


async def test_one_look_says_how_it_stands(flying, watch, slot):
    page = flying
    words = await page.text("#now")
    assert words.startswith("NO GO") or "NO GO" in words
    assert "edge" in words
    assert "45 m to the ceiling" in words or "to the ceiling 45 m" in words
    left = await page.text(".huge")
    assert left.startswith(("18:", "19:", "20:"))
    await page.until(f"document.querySelector('.huge').innerText !== '{left}'")  # it runs
    tel = await page.value("[...document.querySelectorAll('a.call')].map((each) => each.getAttribute('href'))")
    assert "tel:+31205550100" in tel
    small = await page.value(
        "[...document.querySelectorAll('a.call, .switches button')].filter((each) => each.offsetHeight < 48).length"
    )
    assert small == 0
    await is_sound(page)


async def test_what_the_range_does_next_and_did_is_told_with_why(flying, watch):
    page, seen = flying, watch.vehicles[0]
    order = CommandOrder(CommandId("C1"), Sysid(7), CommandKind.HOLD, "policy", "about to leave its volume")
    watch.commands = (CommandProgress(order, CommandStage.SEEN, datetime.now(UTC)),)
    watch.alarms = (replace(alarm(), value=STATUSTEXT),)
    act = NextAct(CommandKind.RTL, 4.6, "hold was not enough", Rung.OUTSIDE_FLIGHT_GEOGRAPHY)
    watch.vehicles = (replace(seen, next_act=act, time_to_exit_s=6.0),)
    await page.until("document.querySelector('.act')")
    assert "RTL in 5 s" in await page.text(".act")
    assert "Hold was not enough" in await page.text(".act")
    assert STATUSTEXT in await page.text(".alarm")
    assert await page.value("window.pwned") is None
    assert "HOLD seen" in await page.text(".done")
    assert "by itself: About to leave its volume" in await page.text(".done")
    assert "Next: rtl" in await page.value("document.getElementById('told').textContent")
    await is_sound(page)


async def test_a_position_that_is_past_is_not_shown(flying, watch):
    page, seen = flying, watch.vehicles[0]
    watch.vehicles = (replace(seen, position_age_s=9.0),)
    await page.until("document.querySelector('.blind')")
    assert "POSITION NOT KNOWN" in await page.text("#now")
    assert await page.value("document.querySelector('.figures')") is None
    watch.vehicles = (seen,)
    await page.until("document.querySelector('.figures')")
    watch.silent = True
    await page.until("document.querySelector('.blind')")
    assert "THE RANGE DOESN'T SEE YOUR VEHICLE" in await page.text("#now")
    assert await page.value("document.querySelector('.figures')") is None


async def test_a_lost_connection_is_said_loudly_and_nothing_old_stays(flying):
    page = flying
    await page.offline(cut=True)
    await page.until("!document.getElementById('lost').hidden")
    assert "NOT CURRENT" in await page.text("#lost")
    assert await page.value(HIDDEN)
    shown = "[...document.querySelectorAll('#main *')].filter((each) => each.checkVisibility()).map((each) => each.innerText)"
    assert "Time left" not in "".join(await page.value(shown))
    await page.offline(cut=False)
    await page.until("document.getElementById('lost').hidden && document.querySelector('.live').checkVisibility()")
    page.said[:] = [each for each in page.said if "ERR_INTERNET_DISCONNECTED" not in each]  # says the browser itself


async def test_what_a_page_shows_that_doesnt_run_any_more_goes_by_itself(flying):
    page = flying
    await page.value("for (let id = 0; id < 10000; id++) clearInterval(id)")
    await page.until(HIDDEN)
    assert await page.value("getComputedStyle(document.querySelector('.deadman')).visibility") == "visible"
    assert "NOT CURRENT" in await page.text(".deadman")
