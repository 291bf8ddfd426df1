"""Coming into the portal and going out of it, over a real server: whose session, which cookie, whose form."""

import json

import httpx
import pytest
from portal import Portal, words_of

from rangeops.server.credentials import LOOPBACK_COOKIE, csrf_of

SECRET = "correct horse battery"


@pytest.fixture
async def portal(client):
    await client.set_password("op1", SECRET)
    async with Portal(client.address().url) as portal:
        yield portal


async def test_nobody_is_led_to_the_sign_in_and_back(portal):
    turned = await portal.get("/?day=2026-11-30")
    assert (turned.status_code, turned.headers["location"]) == (303, "/sign-in?next=/%3Fday%3D2026-11-30")
    form = await portal.get(turned.headers["location"])
    assert 'name="next" value="/?day=2026-11-30"' in form.text
    answer = await portal.post("/sign-in", {"name": "op1", "password": SECRET, "next": "/?day=2026-11-30"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?day=2026-11-30")
    assert "op1" in words_of(await portal.get("/", follow_redirects=True))


async def test_the_cookie_is_out_of_scripts_reach_and_a_wrong_password_gives_none(portal):
    wrong = await portal.post("/sign-in", {"name": "op1", "password": "not this one at all"})
    assert (wrong.status_code, wrong.headers.get("set-cookie")) == (403, None)
    assert "wrong" in words_of(wrong)
    assert 'value="op1"' in wrong.text  # the name needn't be typed again
    right = await portal.post("/sign-in", {"name": "op1", "password": SECRET})
    cookie = right.headers["set-cookie"]
    assert cookie.startswith(f"{LOOPBACK_COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


async def test_every_sign_in_is_a_session_of_its_own_and_ends_the_one_before(portal):
    await portal.sign_in("op1", SECRET)
    first = portal.http.cookies[LOOPBACK_COOKIE]
    await portal.sign_in("op1", SECRET)
    second = portal.http.cookies[LOOPBACK_COOKIE]
    assert first != second
    portal.http.cookies.clear()
    portal.http.cookies.set(LOOPBACK_COOKIE, first)
    assert (await portal.get("/")).headers["location"] == "/sign-in"


async def test_signing_out_ends_the_session_itself(portal):
    await portal.sign_in("op1", SECRET)
    token = portal.http.cookies[LOOPBACK_COOKIE]
    await portal.post("/sign-out")
    portal.http.cookies.set(LOOPBACK_COOKIE, token)
    assert (await portal.get("/")).headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    ("headers", "mark"),
    [
        ({"Origin": "https://elsewhere.example"}, "its own"),
        ({"Origin": "null"}, "its own"),
        ({}, "another"),
        ({}, ""),
    ],
    ids=["another site", "a hidden origin", "another session's mark", "no mark"],
)
async def test_a_form_that_isnt_ours_changes_nothing(portal, headers, mark):
    await portal.sign_in("op1", SECRET)
    token = portal.http.cookies[LOOPBACK_COOKIE]
    marks = {"its own": portal.csrf, "another": csrf_of("another"), "": ""}
    answer = await portal.post("/sign-out", {"csrf": marks[mark]}, headers=headers)
    assert answer.status_code == 403
    assert portal.http.cookies[LOOPBACK_COOKIE] == token
    assert (await portal.get("/range")).status_code == 200


async def test_a_form_whose_sender_no_browser_names_is_refused(portal):
    answer = await portal.http.post("/sign-in", data={"name": "op1", "password": SECRET})
    assert answer.status_code == 403
    assert (await portal.http.post("/sign-in", content=b"{}", headers={"Origin": portal.url})).status_code == 400


async def test_the_api_takes_the_cookie_to_read_and_to_change_only_with_the_pages_mark(portal):
    await portal.sign_in("op1", SECRET)
    assert (await portal.http.get("/api/v1/me")).json()["user"] == "op1"
    body = {"text": "watch the crane"}
    assert (await portal.http.post("/api/v1/handover/notes", json=body)).status_code == 403
    marked = {"X-CSRF-Token": portal.csrf}
    assert (await portal.http.post("/api/v1/handover/notes", json=body, headers=marked)).status_code == 201


async def test_a_page_is_held_to_itself_and_is_kept_nowhere(portal):
    page = await portal.sign_in("op1", SECRET)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert "http" not in policy  # no other host


async def test_where_to_go_afterwards_is_on_this_site_only(portal):
    for wanted in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        answer = await portal.post("/sign-in", {"name": "op1", "password": SECRET, "next": wanted})
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "wanted", ["/a\r\nSet-Cookie: x=1", "/a%0d%0aSet-Cookie:%20x=1", "/a\nX: y", "/a\x00b", "/\t/elsewhere.example"]
)
async def test_nothing_that_was_asked_becomes_a_header_of_the_answer(portal, wanted):
    answer = await portal.post("/sign-in", {"name": "op1", "password": SECRET, "next": wanted})
    assert answer.status_code == 303
    assert answer.headers["location"] in ("/", "/a%0d%0aSet-Cookie:%20x=1")
    assert "x" not in {name.lower() for name in answer.headers}
    assert not [each for each in answer.headers.get_list("set-cookie") if each.startswith("x=")]


async def test_language_and_colours_are_the_browsers_own(portal):
    assert "Aanmelden" in words_of(await portal.get("/sign-in", headers={"Accept-Language": "nl-NL,nl;q=0.9,en;q=0.8"}))
    await portal.post("/appearance", {"language": "nl", "theme": "dark", "next": "/sign-in"})
    page = await portal.get("/sign-in")
    assert 'lang="nl" data-theme="dark"' in page.text
    await portal.post("/appearance", {"language": "xx", "theme": "<script>"})
    assert 'lang="nl" data-theme="dark"' in (await portal.get("/sign-in")).text


async def test_what_isnt_there_is_a_page_here_and_a_problem_in_the_api(portal):
    await portal.sign_in("op1", SECRET)
    page = await portal.get("/<script>alert(1)</script>")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<script>alert" not in page.text
    problem = await portal.http.get("/api/v1/nothing")
    assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")


async def test_files_are_served_by_ourselves_and_nothing_beside_them(portal):
    page = await portal.get("/sign-in")
    for address in ("/static/portal.css", "/static/portal.js", "/static/map.js", "/static/leaflet/leaflet.js"):
        assert (await portal.get(address)).status_code == 200
    assert "/static/portal.css?v=" in page.text
    cached = await portal.get("/static/portal.css?v=1")
    assert "immutable" in cached.headers["cache-control"]
    for outside in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static/leaflet/%2e%2e/%2e%2e/__init__.py"):
        assert (await portal.get(outside)).status_code == 404


async def test_the_range_is_drawn_from_our_own_layer(portal):
    await portal.sign_in("op1", SECRET)
    collection = json.loads((await portal.get("/map/range.json")).content)
    kinds = {each["properties"]["kind"] for each in collection["features"]}
    assert {"boundary", "zone", "volume", "runway"} <= kinds
    for each in collection["features"]:
        if each["geometry"]["type"] == "Polygon":
            for ring in each["geometry"]["coordinates"]:
                assert ring[0] == ring[-1]
                assert 6.8 < ring[0][0] < 7.0  # longitude first
    async with httpx.AsyncClient() as nobody:
        assert (await nobody.get(f"{portal.url}/map/range.json")).status_code == 303
