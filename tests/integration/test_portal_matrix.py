"""Every page of the portal, by each role and by nobody, about his own and about another's, against a table written by hand.

The pages come from the portal's own routers: one that nobody has put into the table fails. What is refused is refused before
anything of the form is looked at, so forms are sent empty, but for their session's mark.
"""

import re

import httpx
import pytest
from api_world import ABSENT, OTHERS, OWN, SECRET, one_of_everything
from desk import vehicle
from fastapi.routing import APIRoute
from permission_table import ROLES, deeds
from portal import CSRF, words_of
from portal_table import OPEN, PAGES
from serving import FakeWatch, InThisThread, build, clock, settings_in, until

from rangeops.server.portal.app import OPEN_ROUTERS, ROUTERS

REFUSED = re.compile(r"may not|company&#39;s member|no company|for companies")
URL = "http://127.0.0.1"
MEMBER = ROLES["C"]
TABLE = dict(deeds(PAGES))
SAMPLES = {
    "form": "html", "seq": "1", "name": "victim", "person": "W1", "action": "1", "clock": "report", "work": "x", "token": "x",
    "invitation": "x", "session": "x",
}  # fmt: skip


SLOW = frozenset([("GET", "/company/slots/{slot}/writes"), ("POST", "/company/slots/{slot}/writes")])
"""Asked only where they are refused: no vehicle answers here, and it is given its time."""


def routes(routers):
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from ((method, route.path) for method in route.methods)


@pytest.fixture
async def app(tmp_path):
    settings = settings_in(tmp_path)
    app, operations = build(settings, InThisThread())
    await operations.start()
    watch = FakeWatch(settings)
    watch.vehicles = (vehicle(7),)
    one_of_everything(operations.services, clock, ROLES)
    async with watch.at_work():
        await until(lambda: operations.live.enforcing(clock()))
        yield app
    await operations.close()
    operations.services.store.close()


def browser(app):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=URL, headers={"Origin": URL})


async def sign_in(http, role):
    """His session's mark."""
    answer = await http.post("/sign-in", data={"name": role, "password": SECRET})
    assert answer.status_code == 303, answer.text
    return CSRF.search((await http.get("/account")).text)[1]


def filled(path, *of):
    values = SAMPLES | OWN | {key: value for each in of for key, value in each.items()}
    return path.format_map(values)


async def ask(http, method, path, mark):
    if method == "GET":
        return await http.get(path)
    return await http.post(path, data={"csrf": mark})


def refused(answer):
    """For his role: a wrong password in an empty form is none of that."""
    return answer.status_code == 403 and REFUSED.search(answer.text) is not None


def test_every_page_has_its_row():
    assert set(routes(ROUTERS)) == set(TABLE)
    assert set(routes(OPEN_ROUTERS)) == set(OPEN)


async def test_nobody_gets_to_a_page_that_isnt_open(app):
    async with browser(app) as http:
        for method, path in TABLE:
            answer = await ask(http, method, filled(path), "")
            assert answer.status_code == 303, (method, path, answer.status_code)
            assert answer.headers["location"].startswith("/sign-in"), (method, path)


@pytest.mark.parametrize("role", ROLES.values())
async def test_each_role_gets_to_its_pages_and_to_no_other(app, role):
    async with browser(app) as http:
        mark = await sign_in(http, role)
        wrong = []
        for (method, path), allowed in TABLE.items():
            if role in allowed and (method, path) in SLOW:
                continue
            answer = await ask(http, method, filled(path), mark)
            assert answer.status_code != 500, (
                method,
                path,
            )  # 503: nobody makes films and bundles here, no vehicle answers
            if refused(answer) == (role in allowed):
                wrong.append((method, path, answer.status_code, words_of(answer)[:200]))
        assert wrong == [], "\n".join(map(str, wrong))


async def test_a_company_is_answered_about_anothers_as_about_what_doesnt_exist(app):
    async with browser(app) as http:
        mark = await sign_in(http, MEMBER)
        for (method, path), allowed in TABLE.items():
            if MEMBER not in allowed or not any("{" + key + "}" in path for key in OTHERS):
                continue
            of_others, of_none = [await ask(http, method, filled(path, which), mark) for which in (OTHERS, ABSENT)]
            assert of_others.status_code == of_none.status_code == 404, (method, path)
            assert not any(value in of_others.text.replace(filled(path, OTHERS), "") for value in ("SAXN", "D08")), path


@pytest.mark.parametrize("role", ROLES.values())
async def test_no_form_without_its_sessions_mark_does_anything(app, role):
    async with browser(app) as http:
        await sign_in(http, role)
        for method, path in TABLE:
            if method == "POST":
                answer = await ask(http, method, filled(path), "0" * 64)
                assert answer.status_code in (403, 404), (path, answer.status_code)
