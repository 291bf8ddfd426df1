"""A safety officer in a real browser: from the alarm to the signed report, the replay by its keys, the range live and on a wall.

Every page is held against axe-core at a desk's and a phone's width, asks nobody but its own server, and complains of nothing.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from axe import violations
from browser import CHROMIUM, ENTER, TAB, opened
from desk import OPERATOR, alarm, vehicle
from portal_story import HOSTILE, INCIDENT, SYSID, tell, told_range
from serving import FakeWatch, InThisThread, running, settings_in, until

from rangeops.domain.alarms import AlarmState
from rangeops.domain.events import AlarmChanged
from rangeops.domain.telemetry import Sysid
from rangeops.incident_replay import incident_film
from rangeops.server.films import Filming
from rangeops.wire.api import SlotRequest

pytestmark = [pytest.mark.processes, pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")]

SECRET = "correct horse battery"
BASE = f"/incidents/{INCIDENT}"
PAGES = (
    "/range", "/live", "/board", "/board?wall=true", "/incidents", "/incidents/new", "/incidents/verify", BASE, f"{BASE}/replay",
    f"{BASE}/review", f"{BASE}/papers", f"{BASE}/entries/13", "/reports/month/2026-11", "/reports/day/2026-11-24", "/registers",
    "/registers?kind=pilot", "/registers/pilot/entry?id=ACME-P1", "/registers/document/new", "/registers/pilot/import",
)  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Told once; each test has a copy."""
    folder = tmp_path_factory.mktemp("told") / "data"
    tell(settings_in(folder))
    return folder


@pytest.fixture
async def client(tmp_path, told):
    async with told_range(told, settings_in(tmp_path / "data"), SECRET) as client:
        yield client


@pytest.fixture
async def watch(client, tmp_path):
    watch = FakeWatch(settings_in(tmp_path / "data"))
    watch.vehicles = (vehicle(7),)
    async with watch.at_work():
        await until(lambda: client.operations.live.enforcing(client.operations.clock()))
        yield watch


@pytest.fixture
async def page(client, tmp_path):
    """Signed in, by typing. At the end: nothing was asked of another host, and nothing complained of."""
    url = client.address().url
    async with opened(tmp_path / "browser", (1400, 900)) as page:
        page.url = url
        page.expected = set()
        await page.opens(f"{url}/sign-in")
        await page.fills("input[name=name]", "op1")
        await page.fills("input[name=password]", SECRET)
        await page.follows("main button[type=submit]")
        yield page
        assert [each for each in page.requested if not each.startswith((url, "data:", "about:", "blob:"))] == []
        assert [each for each in page.said if not any(part in each for part in page.expected)] == []


async def sees(page, text, selector="main"):
    await page.until(f"document.querySelector('{selector}')?.innerText.includes({text!r})")


async def test_an_officer_from_the_alarm_to_the_signed_report(page, client, watch):
    raised = replace(alarm(), title="Leaves NORTH's east edge", sysid=None, source="D07")
    watch.alarms = (raised,)
    await page.opens(f"{page.url}/live")
    await sees(page, "P1 D07", "#live-alarms")
    watch.happen(AlarmChanged(alarm()), AlarmChanged(alarm(state=AlarmState.NORMAL)))
    await until(lambda: watch.taken == watch.seq)
    await page.opens(f"{page.url}/incidents")
    made = await page.until(
        "[...document.querySelectorAll('tbody th a')].map((a) => a.textContent).find((id) => id !== 'INC-2026-0001')"
    )
    await page.follows(f"a[href='/incidents/{made}']")
    await sees(page, "alarm P1 Leaves NORTH")
    await page.follows(".sections a[href$='/review']")
    await page.follows("#take-up button")
    await page.fills("select[name=occurrence_class]", "incident")
    await page.fills("input[name=category]", "airspace")
    await page.fills("select[name=mandatory]", "no")
    await page.fills("input[name=headline]", "D07 was held before the edge")
    await page.fills("textarea[name=narrative]", "It turned late.\nThe range held it.")
    await page.follows("#text button[type=submit]")
    await page.fills("#actions input[name=what]", "move the fence in")
    await page.fills("#actions input[name=owner]", "op1")
    await page.fills("#actions input[name=due]", "2036-12-01")
    await page.follows("#actions form.toolbar button")
    await page.fills("#sign input[name=password]", SECRET)
    await page.follows("#sign button")
    await sees(page, "Reopen")
    await page.follows(".sections a[href$='/papers']")
    await page.follows("button[name=form][value=html]")
    await sees(page, f"{made}-rev1.html")
    assert (await client.incident(made)).state == "signed"
    report = await page.value(
        f"fetch('/incidents/{made}/papers/files/{made}-rev1.html').then((answer) => answer.status)"
    )
    assert report == 200


async def test_a_replay_is_played_scrubbed_and_stepped_by_keys_alone(page):
    await page.opens(f"{page.url}{BASE}/replay")
    await page.until("document.getElementById('replay').dataset.ready === 'true'")
    at = "Number(document.getElementById('replay').dataset.at)"
    assert "REPLAY" in await page.text(".replay-mark")
    await page.value("document.getElementById('main').focus()")

    async def strike(key, code):
        for kind in ("keyDown", "keyUp"):
            await page.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    await strike("ArrowRight", 39)
    assert await page.value(at) == 1.0
    await strike("PageDown", 34)
    assert await page.value(at) == 31.0
    await page.types(".")  # the next event
    assert await page.value(at) == pytest.approx(38.0, abs=0.1)
    await page.types(",")
    assert await page.value(at) == pytest.approx(27.8, abs=0.1)
    for _ in range(4):
        await page.types(".")
    await sees(page, "Leaves NORTH", "#replay-alarms")
    await strike("End", 35)
    assert await page.value(at) == 110.0
    await strike("Home", 36)
    for _ in range(5):
        await page.types("+")
    assert await page.value("document.getElementById('replay-speed').value") == "60"
    await page.types(" ")
    await page.until(f"{at} >= 110 && document.getElementById('replay').dataset.playing === 'false'")
    await page.value(
        "const scrub = document.getElementById('replay-scrub'); scrub.value = 61; scrub.dispatchEvent(new Event('input'))"
    )
    await sees(page, "hold for sysid 21", "#replay-commands")
    await sees(page, "op1 saw watch", "#replay-seen")
    assert await page.value("document.querySelectorAll('#replay-plots svg').length") == 3
    assert await page.value("document.querySelector('.transport [data-deed]') !== null")
    assert await page.value("document.querySelectorAll('button[data-deed], input, select').length") > 8
    assert "hold" not in await page.text(".transport"), "there is no command in a replay"


async def test_the_live_map_says_unknown_stale_and_cut_off(page, client, watch):
    watch.vehicles = (
        vehicle(7), vehicle(8, latitude_deg=52.276, position_age_s=3.2), vehicle(9, latitude_deg=52.274),
    )  # fmt: skip
    await page.opens(f"{page.url}/live")
    await page.until("[...document.querySelectorAll('.map .label')].some((each) => each.textContent.startsWith('D09'))")
    watch.vehicles = (*watch.vehicles[:2], vehicle(9, latitude_deg=None, longitude_deg=None, position_age_s=None))
    await page.until(
        "[...document.querySelectorAll('.map .label')].some((each) => each.textContent.startsWith('D09 UNKNOWN'))"
    )
    await sees(page, "STALE", "#live-vehicles")
    watch.silent = True
    await sees(page, "ENFORCEMENT DOWN", "#live-cut")
    watch.silent = False
    await page.until("document.getElementById('live-cut').hidden")
    page.expected |= {"ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED"}
    await page.offline(cut=True)
    client.operations.events.end()  # an open stream outlives the browser's own switch
    await sees(page, "CUT OFF", "#live-cut")
    assert await page.value("document.body.classList.contains('cut-off')")


async def test_the_board_moves_by_itself_and_says_when_it_cannot(page):
    await page.opens(f"{page.url}/board?wall=true")
    first = await page.value("document.getElementById('board-now').dateTime")
    await page.until(f"document.getElementById('board-now').dateTime !== '{first}'")
    assert await page.value("getComputedStyle(document.querySelector('.head')).display") == "none"
    smallest = "Math.min(...[...document.querySelectorAll('.board-table text.volume')].map((each) => each.getBoundingClientRect().height))"
    assert await page.value(smallest) >= 1400 * 0.015, "letters of 1.7 % of the width are read from four metres"
    page.expected |= {"ERR_INTERNET_DISCONNECTED"}
    await page.offline(cut=True)
    await page.until("document.getElementById('board').classList.contains('stale')")
    await page.offline(cut=False)
    await page.until("!document.getElementById('board').classList.contains('stale')")


async def test_a_review_is_written_by_keyboard_alone(page):
    await page.opens(f"{page.url}{BASE}/review")

    async def tab_to(condition):
        for _ in range(60):
            await page.strikes(TAB)
            if await page.value(f"document.activeElement.matches({condition!r})"):
                return
        pytest.fail(f"no tab leads to {condition}")

    await tab_to(".skip")
    await page.strikes(ENTER)
    await tab_to("#take-up button")
    await page.value("window.__before = true")
    await page.strikes(ENTER)
    await page.arrived()
    await tab_to("input[name=headline]")
    await page.types("held in time")
    await tab_to("#text button[type=submit]")
    assert await page.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
    await page.value("window.__before = true")
    await page.strikes(ENTER)
    await page.arrived()
    assert await page.value("document.querySelector('input[name=headline]').value") == "held in time"


@pytest.mark.parametrize("screen", [(1400, 900, "light"), (360, 780, "dark")], ids=["desk", "phone"])
async def test_every_page_holds_wcag_and_fits_its_screen(page, client, watch, screen):
    width, height, scheme = screen
    watch.alarms = (alarm(),)
    now = client.operations.clock()
    for number, starts in enumerate((now.utc, now.utc + timedelta(hours=1))):
        asked = SlotRequest(
            "ACME", "NORTH", starts, starts + timedelta(minutes=30), Sysid(7 + number), "D07", "survey-quad", "ch 2"
        )
        client.operations.services.booking.request(asked, now, OPERATOR)
    await page.sized(width, height, mobile=width < 500)
    await page.coloured(scheme)
    for path in PAGES:
        await page.opens(f"{page.url}{path}")
        if path.endswith("replay"):
            await page.until("document.getElementById('replay').dataset.ready === 'true'")
        assert await violations(page) == [], path
        wide = await page.value("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"


async def test_nothing_that_others_wrote_runs(tmp_path):
    settings = settings_in(tmp_path / "data")
    tell(settings, text=HOSTILE)
    async with running(settings) as client, opened(tmp_path / "browser", (1400, 900)) as page:
        client.operations.filming = Filming(InThisThread(), partial(incident_film, settings))
        await client.set_password("op1", SECRET)
        watch = FakeWatch(settings)
        watch.vehicles = (vehicle(7, callsign=HOSTILE, company=HOSTILE, mode=HOSTILE),)
        watch.alarms = (replace(alarm(), title=HOSTILE, value=HOSTILE, source=HOSTILE, sysid=SYSID),)
        async with watch.at_work():
            url = client.address().url
            await page.opens(f"{url}/sign-in")
            await page.fills("input[name=name]", "op1")
            await page.fills("input[name=password]", SECRET)
            await page.follows("main button[type=submit]")
            for path in ("/live", BASE, f"{BASE}/replay", f"{BASE}/review", "/range", "/incidents"):
                await page.opens(f"{url}{path}")
                if path.endswith("replay"):
                    await page.until("document.getElementById('replay').dataset.ready === 'true'")
                if path == "/live":
                    await page.until("document.querySelector('.map .label')?.textContent.includes('alert(1)')")
                await asyncio.sleep(0)
                assert await page.value("document.querySelector('main script, main img[src=x]')") is None
        assert page.asked == []
        assert page.said == []
