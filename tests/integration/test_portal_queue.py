"""Plans that wait at the portal: their place, how far they are, withdrawn, and nobody else's to see."""

import asyncio
import re

import pytest
from company import GOOD, MEMBER, SECRET, enter
from portal import Portal, words_of
from serving import InThisThread, running, until

from rangeops.server.portal.routes import company_plans


class Gate(InThisThread):
    """Checks nothing before it is opened."""

    def __init__(self):
        self.opened = asyncio.Event()
        self.at_work = 0

    async def confined(self, function, argument, answer, *, where):
        self.at_work += 1
        await self.opened.wait()
        return await super().confined(function, argument, answer, where=where)


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
async def client(settings, gate, monkeypatch):
    monkeypatch.setattr(company_plans, "_WAITED_S", 0.02)
    async with running(settings, gate) as client:
        await enter(client)
        await enter_another(client)
        yield client
        gate.opened.set()


async def enter_another(client):
    await client.add_user("otto", full_name="Otto", roles=["company-member"], company="SAXN", confirm=SECRET)
    await client.set_password("otto", SECRET, confirm=SECRET)


@pytest.fixture
async def portal(client):
    async with Portal(client.address().url) as portal:
        await portal.get("/sign-in")
        await portal.sign_in(MEMBER, SECRET)
        yield portal


async def hand_in(portal, name):
    data = {"name": name, "volume": "EAST", "airframe": "survey-quad"}
    answer = await portal.post("/company/plans/new", data, files={"file": ("survey.plan", GOOD)})
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_a_plan_that_waits_shows_its_place_and_leads_to_its_verdict(portal, gate):
    under_way = [await hand_in(portal, name) for name in ("a", "b")]  # as many as are read at once
    await until(lambda: gate.at_work == 2)
    waiting = [await hand_in(portal, name) for name in ("c", "d")]
    assert all(place.startswith("/company/work/") for place in (*under_way, *waiting))
    assert "is checked" in words_of(await portal.get(under_way[0]))
    for number, place in enumerate(waiting, 1):
        assert f"Place in the queue: {number}" in words_of(await portal.get(place))
    withdrawn = await portal.post(f"{waiting[0]}/cancel")
    assert withdrawn.status_code == 303
    assert "It was withdrawn." in words_of(await portal.get(waiting[0]))
    assert "Place in the queue: 1" in words_of(await portal.get(waiting[1]))
    gate.opened.set()

    async def led_on():
        return re.search(r'data-go="(/company/plans/P\d+)"', (await portal.get(f"{waiting[1]}?part=true")).text)

    async with asyncio.timeout(10):
        while (found := await led_on()) is None:  # noqa: ASYNC110  # as the page asks
            await asyncio.sleep(0.02)
    answer = await portal.get(waiting[1])
    assert (answer.status_code, answer.headers["location"]) == (303, found[1])
    assert "It passed" in words_of(await portal.get(found[1]))


async def test_what_waits_is_its_companys_alone(portal, gate, client):
    place = await hand_in(portal, "a")
    async with Portal(client.address().url) as another:
        await another.get("/sign-in")
        await another.sign_in("otto", SECRET)
        assert (await another.get(place)).status_code == 404
        assert (await another.get(f"{place}?part=true")).status_code == 404
        assert (await another.post(f"{place}/cancel")).status_code == 404


async def test_what_goes_wrong_while_it_waits_is_one_sentence(portal, gate):
    """The file is none: that is found out behind the gate."""
    data = {"name": "x", "volume": "EAST", "airframe": "survey-quad"}
    answer = await portal.post("/company/plans/new", data, files={"file": ("survey.plan", b"")})
    place = answer.headers.get("location", "")
    page = words_of(await portal.get(place)) if place else words_of(answer)
    assert "The file is empty. Hand in the plan again." in page
