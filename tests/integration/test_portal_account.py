"""One's own account in the portal, invitations and lost passwords, over a real server: told once, and to nobody else."""

import re
from base64 import b32decode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from portal import Portal, words_of
from serving import running

from rangeops.server.credentials import LOOPBACK_COOKIE, csrf_of

SECRET = "correct horse battery"
OTHER = "another battery staple"


@pytest.fixture
def settings(settings):
    """As a range begins: whoever can command sets up a second factor."""
    return replace(settings, second_factor="commanding")


@pytest.fixture
async def client(settings):
    async with running(settings) as client:
        await client.set_password("op1", SECRET)
        yield client


@pytest.fixture
async def portal(client):
    async with Portal(client.address().url) as portal:
        yield portal


@pytest.fixture
async def olga(client):
    """An observer, who needs no second factor."""
    await client.add_user("olga", full_name="Olga Kijker", roles=["observer"], confirm=SECRET)
    await client.set_password("olga", SECRET, confirm=SECRET)
    async with Portal(client.address().url) as portal:
        await portal.sign_in("olga", SECRET)
        yield portal


def code_of(page, later_s=0):
    """What an authenticator shows that was given this page's secret."""
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page.text)[1]
    key = b32decode(secret + "=" * (-len(secret) % 8))
    return TOTP(key, 6, SHA1(), 30, enforce_key_length=False).generate(datetime.now(UTC).timestamp() + later_s).decode()


async def enrolled(portal):
    """(page with the recovery codes, page with the secret)."""
    begun = await portal.post("/account/second-factor", {"confirm": SECRET})
    page = await portal.post("/account/second-factor/confirm", {"code": code_of(begun)})
    return page, begun


async def test_who_can_command_sets_up_a_second_factor_before_anything_else(portal):
    page = await portal.sign_in("op1", SECRET)
    assert page.url.path == "/account/second-factor"
    for elsewhere in ("/people", "/account", "/", "/map/range.json"):
        assert (await portal.get(elsewhere)).headers["location"] == "/account/second-factor"
    before = portal.http.cookies[LOOPBACK_COOKIE]
    codes, begun = await enrolled(portal)
    assert len(re.findall(r"<li>([a-z2-7-]{19})</li>", codes.text)) == 10
    assert portal.http.cookies[LOOPBACK_COOKIE] != before  # a session that could do little is worth nothing any more
    assert (await portal.get("/people")).status_code == 200
    await portal.post("/sign-out")
    wanted = await portal.post("/sign-in", {"name": "op1", "password": SECRET})
    assert "code" in words_of(wanted)
    assert wanted.headers.get("set-cookie") is None
    signed_in = await portal.post("/sign-in", {"name": "op1", "password": SECRET, "code": code_of(begun, 30)})
    assert signed_in.status_code == 303


async def test_a_recovery_code_is_good_once(portal):
    await portal.sign_in("op1", SECRET)
    codes, _ = await enrolled(portal)
    code = re.search(r"<li>([a-z2-7-]{19})</li>", codes.text)[1]
    for expected in (303, 403):
        await portal.post("/sign-out")
        answer = await portal.post("/sign-in", {"name": "op1", "password": SECRET, "code": code})
        assert answer.status_code == expected


async def test_a_wrong_first_code_puts_nothing_in_force_and_loses_nothing(portal):
    await portal.sign_in("op1", SECRET)
    begun = await portal.post("/account/second-factor", {"confirm": SECRET})
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', begun.text)[1]
    again = await portal.post("/account/second-factor/confirm", {"code": "000000", "secret": secret})
    assert again.status_code == 403
    assert secret in again.text
    assert (await portal.get("/people")).status_code == 303


async def test_the_qr_code_is_drawn_of_squares_alone(portal):
    await portal.sign_in("op1", SECRET)
    begun = await portal.post("/account/second-factor", {"confirm": SECRET})
    picture = re.search(r'<div class="qr"[^>]*>(.*?)</div>', begun.text, re.DOTALL)[1]
    assert set(re.findall(r"<(\w+)", picture)) <= {"svg", "path", "g", "title"}


async def test_a_new_password_ends_every_other_session(olga):
    async with Portal(olga.url) as elsewhere:
        await elsewhere.sign_in("olga", SECRET)
        await olga.get("/account")
        wrong = await olga.post("/account/password", {"confirm": SECRET, "new": OTHER, "again": OTHER + "x"})
        assert wrong.status_code == 400
        changed = await olga.post("/account/password", {"confirm": SECRET, "new": OTHER, "again": OTHER})
        assert changed.status_code == 303
        assert (await olga.get("/account")).status_code == 200
        assert (await elsewhere.get("/account")).status_code == 303


async def test_one_sees_and_ends_ones_own_sessions_and_no_others(olga, client):
    async with Portal(olga.url) as elsewhere:
        await elsewhere.sign_in("olga", SECRET)
        page = await olga.get("/account")
        (other,) = re.findall(r'name="session" value="(\w+)"', page.text)
        assert (await olga.post("/account/sessions/end", {"session": "0" * 12})).status_code == 404
        await olga.post("/account/sessions/end", {"session": other})
        assert (await elsewhere.get("/account")).status_code == 303


async def test_a_token_is_told_once_and_is_for_what_it_says(olga):
    await olga.get("/account")
    made = await olga.post("/account/tokens", {"name": "wall", "scope": "read", "days": "7", "confirm": SECRET})
    token = re.search(r'id="made-token">(\S+)<', made.text)[1]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await olga.http.get("/api/v1/status", headers=bearer)).status_code == 200
    again = await olga.get("/account")
    assert token not in again.text
    ending = re.search(r"/account/tokens/\w+/end", again.text)[0]
    await olga.post(ending)
    assert (await olga.http.get("/api/v1/status", headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"scope": "command"}, 403),
        ({"scope": "nothing"}, 400),
        ({"days": "0"}, 400),
        ({"days": "-1"}, 400),
        ({"days": "9" * 50}, 400),
        ({"confirm": OTHER}, 403),
        ({"name": "<script>alert(1)</script>", "confirm": OTHER}, 403),
    ],
)
async def test_no_token_has_more_than_its_owner_or_lasts_for_ever(olga, form, status):
    await olga.get("/account")
    wanted = {"name": "wall", "scope": "read", "days": "7", "confirm": SECRET, **form}
    answer = await olga.post("/account/tokens", wanted)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert "made-token" not in answer.text


async def test_from_an_invitation_to_an_account_of_ones_own(portal, client):
    await portal.sign_in("op1", SECRET)
    await enrolled(portal)
    await portal.get("/people")
    invited = await portal.post(
        "/people/invite",
        {"full_name": "Anna <b>A</b>", "role": "observer", "company": "", "mail": "", "confirm": SECRET},
    )
    code = re.search(r'id="invitation-code">([a-z2-7-]+)<', invited.text)[1]
    assert code not in (await portal.get("/people")).text
    async with Portal(portal.url) as anna:
        assert (await anna.post("/invitation", {"code": "aaaa-bbbb-cccc-dddd"})).status_code == 403
        form = await anna.post("/invitation", {"code": code})
        assert "Anna &lt;b&gt;A" in form.text
        taken = await anna.post("/invitation", {"code": code, "name": "op1", "password": OTHER, "again": OTHER})
        assert taken.status_code == 409
        made = await anna.post("/invitation", {"code": code, "name": "anna", "password": OTHER, "again": OTHER})
        assert made.headers["location"] == "/sign-in?done=invitation"
        assert (await anna.sign_in("anna", OTHER)).status_code == 200
        assert (await anna.post("/invitation", {"code": code})).status_code == 403


async def test_a_forgotten_password_is_set_by_a_code_and_asking_tells_nothing(portal, olga, client):
    async with Portal(portal.url) as stranger:
        known = await stranger.post("/forgotten", {"name": "olga"})
        unknown = await stranger.post("/forgotten", {"name": "nobody at all"})
        assert (known.status_code, words_of(known)) == (unknown.status_code, words_of(unknown))
    await portal.sign_in("op1", SECRET)
    await enrolled(portal)
    await portal.get("/people/olga")
    made = await portal.post("/people/olga/reset-code", {"confirm": SECRET})
    code = re.search(r'id="reset-code">([a-z2-7-]+)<', made.text)[1]
    async with Portal(portal.url) as lost:
        assert (await lost.post("/reset", {"code": "x", "password": OTHER, "again": OTHER})).status_code == 403
        await lost.post("/reset", {"code": code, "password": OTHER, "again": OTHER})
        assert (await lost.sign_in("olga", OTHER)).status_code == 200
    assert (await olga.get("/account")).status_code == 303  # his sessions ended


async def test_an_admin_disables_an_account_and_its_sessions_are_worth_nothing(portal, olga):
    await portal.sign_in("op1", SECRET)
    await enrolled(portal)
    page = await portal.get("/people/olga")
    form = {
        "version": re.search(r'name="version" value="(\d+)"', page.text)[1],
        "full_name": "Olga Kijker", "role": "observer", "company": "", "mail": "", "disabled": "yes", "reason": "left",
    }  # fmt: skip
    assert (await portal.post("/people/olga", {**form, "confirm": OTHER})).status_code == 403
    assert (await portal.post("/people/olga", {**form, "confirm": SECRET})).status_code == 303
    assert (await olga.get("/account")).status_code == 303
    stale = await portal.post("/people/olga", {**form, "confirm": SECRET})
    assert stale.status_code == 409


async def test_who_may_invite_nobody_sees_no_people(olga):
    for address in ("/people", "/people/op1"):
        assert (await olga.get(address)).status_code == 403
    assert "/people" not in (await olga.get("/account")).text


async def test_a_read_only_session_sends_no_form_and_takes_no_account(settings):
    """Of a range as it begins: its operator has no password, so that nothing but the session's own right is asked for."""
    async with running(settings) as client, Portal(client.address().url) as wall:
        opened = await client.look_only()
        wall.http.headers["Authorization"], wall.csrf = f"Bearer {opened.token}", csrf_of(opened.token)
        for path, form in (
            ("/account/password", {"new": OTHER, "again": OTHER, "confirm": ""}),
            ("/account/sessions/end", {}),
            ("/account/second-factor", {"confirm": ""}),
        ):
            answer = await wall.post(path, form)
            assert (answer.status_code, "screen is read-only" in words_of(answer)) == (403, True), path
        assert (await wall.get("/board?wall=true")).status_code == 200
