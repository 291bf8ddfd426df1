"""Accounts over the real API: from an invitation to one's own slots, tokens held to what they are for, and no name given away."""

import asyncio
import threading

import httpx
import pytest
from portal import Portal
from serving import running, settings_in, until

from rangeops.client.api import Client
from rangeops.client.calls import Address
from rangeops.domain.errors import Forbidden, NotFound
from rangeops.domain.users import Role, User
from rangeops.services.throttle import FREE_TRIES

SECRET = "correct horse battery"
CHOSEN = "a password of my own"


@pytest.fixture
async def room(tmp_path):
    """At the range, as its local user."""
    async with running(settings_in(tmp_path)) as client:
        await client.set_password("op1", SECRET)
        yield client


@pytest.fixture
async def client_with(room):
    """Another client, which sends this token."""
    made = []

    def make(token="none"):
        url = room.address().url
        made.append(Client(lambda: Address(url, token)))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def invited(room, client_with):
    """Somebody of ACME's, signed in."""
    code = (await room.invite("Eve Eden", roles=["company-member"], company="ACME", confirm=SECRET)).code
    eve = client_with()
    assert (await eve.accept_invitation(code, "eve", CHOSEN)).company == "ACME"
    await eve.sign_in("eve", CHOSEN, room="Firefox")
    return eve


async def test_somebody_invited_signs_in_and_sees_what_is_his_companys(room, client_with):
    eve = await invited(room, client_with)
    me = await eve.me()
    assert (me.user, me.roles, me.company) == ("eve", ("company-member",), "ACME")
    assert {entry.company for entry in await eve.registers()} == {"ACME"}
    for attempt in (eve.users(), eve.log(), eve.invitations()):
        with pytest.raises(Forbidden):
            await attempt
    assert await room.invitations() == ()


async def test_one_ends_his_other_sessions_and_nobody_elses(room, client_with):
    eve = await invited(room, client_with)
    other = client_with()
    await other.sign_in("eve", CHOSEN, room="a telephone")
    assert [each.room for each in await eve.sessions() if not each.this] == ["a telephone"]
    await room.sign_in("op1", SECRET, room="room 1")
    (mine,) = await room.sessions()
    with pytest.raises(NotFound):
        await eve.end_session(mine.id)
    await eve.end_other_sessions()
    assert [each.room for each in await eve.sessions()] == ["Firefox"]
    with pytest.raises(Forbidden, match="session at this screen has ended"):
        await other.me()
    assert (await room.me()).signed_in


async def test_a_token_reads_or_does_what_it_is_for_and_never_more_than_its_user(room, client_with):
    eve = await invited(room, client_with)

    async def acting(*scopes, by=eve, confirm=CHOSEN, user=""):
        made = await by.make_api_token("t", scopes=scopes, days=1, user=user, confirm=confirm)
        return client_with(made.token)

    reading, asking = await acting("read"), await acting("slots")
    assert {entry.company for entry in await reading.registers()} == {"ACME"}
    assert (await reading.me()).scopes == ("read",)
    for attempt in (asking.registers(), asking.me(), asking.slots(), reading.users()):
        with pytest.raises(Forbidden, match="may not read"):
            await attempt
    links = await acting("read", "command", by=room, confirm=SECRET)
    with pytest.raises(Forbidden, match="this token of op1 may not change the links"):
        await links.add_link("udpin:127.0.0.1:14599")
    admin = await acting("admin", "read", by=room, confirm=SECRET)
    await admin.add_link("udpin:127.0.0.1:14598")
    for attempt in (
        admin.make_api_token("more", scopes=["command"], days=1, confirm=SECRET),
        admin.sessions(),
        admin.look_only(),
        admin.begin_second_factor(confirm=SECRET),
        admin.set_password("op1", "a longer password", confirm=SECRET),
        admin.new_token("op1", confirm=SECRET),
    ):
        with pytest.raises(Forbidden, match="an API token may not"):
            await attempt
    async with httpx.AsyncClient(base_url=room.address().url, trust_env=False) as http:
        page = await http.get("/", headers={"Authorization": f"Bearer {admin.address().token}"})
        assert (page.status_code, page.json()["what"]) == (403, "an API token opens no page")
    (token,) = [each for each in await room.api_tokens() if set(each.scopes) == {"admin", "read"}]
    await room.revoke_api_token(token.id)
    with pytest.raises(Forbidden, match="token is missing or wrong"):
        await admin.me()


async def test_who_asks_for_a_new_password_learns_nothing_of_who_is_a_user(room):
    with room.operations.services.store.write() as work:
        work.users.add(User("olga", "O", frozenset([Role.OBSERVER]), mail="olga@x.example", password_hash="plain:x"))
    post, told = room.operations.services.recovery._mail.post.letters, []
    async with httpx.AsyncClient(base_url=f"{room.address().url}/api/v1", trust_env=False) as http:
        for name in ("olga", "olga@x.example", "nobody", "op1", ""):
            answer = await http.post("/password-resets", json={"name": name})
            headers = {key: value for key, value in answer.headers.items() if key not in ("date", "x-request-id")}
            told.append((answer.status_code, answer.content, sorted(key for key in headers if "ratelimit" not in key)))
        assert told == [told[0]] * len(told)
        assert told[0][:2] == (202, b"")
        (letter,) = post
        code = next(line.strip() for line in letter.text.splitlines() if line.count("-") == 3 and "#" not in line)
        wrong = await http.post("/password-resets/use", json={"code": "abcd-abcd-abcd-abcd", "password": CHOSEN})
        assert (wrong.status_code, wrong.json()["kind"]) == (403, "forbidden")
        right = await http.post("/password-resets/use", json={"code": code, "password": CHOSEN})
        assert (right.status_code, right.json()["name"]) == (200, "olga")
        again = await http.post("/password-resets/use", json={"code": code, "password": CHOSEN})
        assert (again.status_code, again.json()["what"]) == (403, wrong.json()["what"])
        assert (await http.post("/sessions", json={"name": "olga", "password": CHOSEN})).status_code == 201


async def test_a_strangers_guesses_keep_a_known_browser_and_a_room_from_nothing(room):
    """All from one address, as behind a company's router."""
    url = room.address().url
    async with Portal(url) as mine, Portal(url) as strange:
        await mine.sign_in("op1", SECRET)
        assert "rangeops-device" in mine.http.cookies
        await mine.post("/sign-out")
        for _ in range(FREE_TRIES):
            assert (await strange.post("/sign-in", {"name": "op1", "password": "guessed"})).status_code == 403
        waits = await strange.post("/sign-in", {"name": "op1", "password": SECRET})
        assert (waits.status_code, "in a row" in waits.text) == (422, True)
        await mine.sign_in("op1", SECRET)
        assert (await room.sign_in("op1", SECRET, room="room 1")).user == "op1"
        strange.http.cookies.set("rangeops-device", mine.http.cookies["rangeops-device"][:-4] + "AAAA")
        assert (await strange.post("/sign-in", {"name": "op1", "password": SECRET})).status_code == 422


async def test_a_flood_of_strangers_keeps_no_room_out(room, client_with, monkeypatch):
    sessions, go = room.operations.services.sessions, threading.Event()
    real = sessions.sign_in

    def slow(request, now, origin):
        if not origin.at_range:
            go.wait(30)
        return real(request, now, origin)

    monkeypatch.setattr(sessions, "sign_in", slow)
    strangers = [asyncio.create_task(client_with().sign_in("op1", "guessed")) for _ in range(9)]
    try:
        await until(lambda: sum(each.done() for each in strangers) == 1)  # eight wait, one is turned away
        (turned,) = [each.exception() for each in strangers if each.done()]
        assert "many sign in at once" in str(turned)
        assert (await room.sign_in("op1", SECRET, room="room 1")).user == "op1"
    finally:
        go.set()
        await asyncio.gather(*strangers, return_exceptions=True)


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud800", "\\u202e", "%00", "", "é" * 300])
async def test_what_is_no_text_is_refused_as_anything_else_is(room, odd):
    """By whoever needs no account to send it."""
    bodies = {
        "/sessions": '{"name": "%s", "password": "%s", "code": "%s", "room": "%s"}',
        "/invitations/accept": '{"code": "%s", "name": "%s", "password": "%s longer than twelve"}',
        "/password-resets/use": '{"code": "%s", "password": "%s longer than twelve"}',
        "/password-resets": '{"name": "%s"}',
    }
    async with httpx.AsyncClient(base_url=f"{room.address().url}/api/v1", trust_env=False) as http:
        for path, body in bodies.items():
            content = body.replace("%s", odd).encode()
            answer = await http.post(path, content=content, headers={"Content-Type": "application/json"})
            assert answer.status_code < 500, f"{path}: {answer.text}"
            assert path == "/password-resets" or answer.status_code >= 400
