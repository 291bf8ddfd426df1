"""Every route of the API, by each role and by nobody, about his own and about another's, against a table written by hand.

The routes come from the app itself, so one that nobody has put into the table fails; the requests are made from the API's own
description. All of it in this process, without a socket for HTTP.
"""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from api_world import ABSENT, OTHERS, OWN, SECRET, one_of_everything
from desk import OPERATOR, alarm, vehicle
from fastapi.routing import APIRoute, APIWebSocketRoute
from permission_table import DEEDS, FOR_NOBODY, LOOKING, NOT_BY_ROLE, READ_ONLY_SENDS, ROLES, deeds
from serving import FakeWatch, InThisThread, build, clock, settings_in, until

from rangeops.server.app import PREFIX, ROUTERS
from rangeops.server.work import Outcome

REFUSED = re.compile(r"may not|this screen is read-only|is no operator|is no range safety officer|a company's member")
URL = "http://127.0.0.1"
MEMBER = "company-member"
TABLE = dict(deeds(DEEDS))
LOOKED = dict(deeds(LOOKING))
SLOW = {
    ("POST", "/timetable"), ("POST", "/slots/{slot}/check-parameters"), ("GET", "/slots/{slot}/writes"),
    ("GET", "/vehicles/{sysid}/parameters"), ("GET", "/vehicles/{sysid}/way-home"), ("GET", "/events"),
}  # fmt: skip  # asked only where they are refused: a vehicle's answer, a solver, a stream without end
BODIES = {
    "/slots/{slot}/change": {"event": "approve", "version": 1},
    "/slots/{slot}/poll": {"role": "pilot", "go": True, "who": "J. Jansen"},
    "/slots/{slot}/notices": {"notice": "briefing", "who": "J. Jansen"},
    "/alarms/{alarm}/deeds": {"kind": "note", "reason": "seen"},
    "/vehicles/{sysid}/commands": {"kind": "hold", "reason": "drill", "typed": "7"},
    "/duty/{position}": {"version": 99},
    "/duty/{position}/leave": {"version": 99},
    "/invitations": {"full_name": "J. Jansen", "roles": ["company-member"], "company": "ACME"},
    "/sessions/mine": {"room": "here", "read_only": True},
    "/users/{name}/password": {"password": "a password that is long"},
    "/slots": {
        "company": "ACME", "volume": "WEST", "callsign": "D07", "airframe": "survey-quad", "sysid": 7,
        "ends": (datetime.now(UTC) + timedelta(minutes=20)).isoformat(),
    },
}  # fmt: skip
QUERIES = {"/plans": {"company": "ACME", "volume": "NORTH", "airframe": "survey-quad", "file_name": "a.plan"}}
CSV = b"id,company,name,certificate,certificate_until\nP1,ACME,J. Jansen,A2,2031-01-31\n"


def routes():
    for router in ROUTERS:
        for route in router.routes:
            path = route.path.replace(":path", "")
            if isinstance(route, APIRoute):
                yield from ((method, path) for method in route.methods)
            elif isinstance(route, APIWebSocketRoute):
                yield "FEED", path


@pytest.fixture
async def api(tmp_path):
    settings = settings_in(tmp_path)
    app, operations = build(settings, InThisThread())
    await operations.start()
    watch = FakeWatch(settings)
    watch.vehicles, watch.alarms = (vehicle(7),), (alarm(),)
    one_of_everything(operations.services, clock, ROLES)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with watch.at_work(), httpx.AsyncClient(transport=transport, base_url=URL) as http:
        await until(lambda: operations.live.alarm(alarm().id))
        yield Api(app, operations, http, watch, settings.token_file.read_text().strip())
    await operations.close()
    operations.services.store.close()


async def done(_):
    return Outcome("", "/api/v1/incidents")


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


class Api:
    def __init__(self, app, operations, http, watch, token):
        self.app, self.operations, self.http, self.watch, self.token = app, operations, http, watch, token
        self.described = app.openapi()
        self.work = operations.work.ask("report", "a report", done, actor=OPERATOR, company="ACME").id

    async def ask(self, token, method, path, *, named=OWN):
        names = {"alarm": alarm().id, "name": "NORTH" if "sectors" in path else "victim", "kind": "pilot" if "csv" in path else "company"}  # fmt: skip
        filled = path.format(**{**OWN, **named, **names, "work": self.work})
        if method == "FEED":
            return await self.open_feed(token, filled)
        described = self.described["paths"][f"{PREFIX}{path}"][method.lower()]
        query = {
            each["name"]: self.value(each["schema"])
            for each in described.get("parameters", [])
            if each["in"] == "query" and each.get("required")
        }
        query |= QUERIES.get(path, {})
        schema = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        body = {"json": {**self.value(schema), **BODIES.get(path, {})}} if schema else {"content": CSV}
        if method == "GET":
            body = {}
        answer = await self.http.request(method, f"{PREFIX}{filled}", params=query, headers=bearer(token), **body)
        assert "Correct the request." not in answer.text, (
            f"{method} {path}: the test's request isn't one: {answer.text}"
        )
        assert answer.status_code < 500 or answer.status_code == 503, f"{method} {path}: {answer.text}"
        return answer

    async def open_feed(self, token, path):
        """As a browser or a program opens it: what came of the handshake, as HTTP has it."""
        headers = [(b"host", b"127.0.0.1"), *((k.lower().encode(), v.encode()) for k, v in bearer(token).items())]
        scope = {"type": "websocket", "path": f"{PREFIX}{path}", "raw_path": path.encode(), "query_string": b"", "headers": headers, "scheme": "ws", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "subprotocols": [], "root_path": "", "state": {}}  # fmt: skip
        told, waiting = [], [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]

        async def receive():
            return waiting.pop(0)

        async def send(message):
            told.append(message)

        await self.app(scope, receive, send)
        if told[0]["type"] == "websocket.accept":
            return httpx.Response(200)
        return httpx.Response(401 if not token else 403, json={"what": told[0].get("reason", "")})

    def value(self, schema):
        """The least that such a field can hold."""
        if "$ref" in schema:
            schema = self.described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            return self.value(schema["anyOf"][0])
        if schema.get("type") == "object":
            fields = schema.get("properties", {})
            return {name: self.value(fields[name]) for name in schema.get("required", [])}
        if schema.get("format") == "date-time":
            return datetime.now(UTC).isoformat()
        plain = {"string": "x", "array": [], "boolean": True}
        return schema["enum"][0] if "enum" in schema else plain.get(schema.get("type"), 1)


def refused(answer):
    if answer.status_code not in (401, 403):
        return False
    return answer.status_code == 401 or REFUSED.search(answer.json()["what"]) is not None


async def session(api, role, *, read_only=False):
    wanted = {"name": role, "password": SECRET, "room": "a test", "read_only": read_only}
    answer = await api.http.post(f"{PREFIX}/sessions", json=wanted)
    return answer.json()["token"]


async def tokens(api):
    """Each role by a way of its own: a session, and for the company's member, who has no room, a token."""
    found = {role: await session(api, role) for role in ROLES.values() if role != MEMBER}
    services = api.operations.services
    owner = services.sessions.caller(api.token, clock()).actor
    services.identity.set_password(owner.name, SECRET, "", clock(), owner)
    found[MEMBER] = services.identity.new_token(MEMBER, SECRET, clock(), owner)
    return found


def test_every_route_is_in_the_table_and_nothing_else():
    told = {*TABLE, *LOOKED, *NOT_BY_ROLE, *FOR_NOBODY}
    served = set(routes())
    assert not served - told, "give each of these a row in tests/support/permission_table.py"
    assert not told - served, "these are served no more"


async def test_each_role_is_refused_what_the_table_says_and_nothing_else(api):
    wrong, acting = [], await tokens(api)
    for (method, path), allowed in {**TABLE, **LOOKED}.items():
        for role, token in acting.items():
            if role in allowed and (method, path) in SLOW:
                continue
            answer = await api.ask(token, method, path)
            if refused(answer) == (role in allowed):
                wrong.append(f"{role} {method} {path}: {answer.status_code} {answer.text[:160]}")
    assert not wrong, "\n".join(wrong)


async def test_a_member_reads_his_own_whole(api):
    token = (await tokens(api))[MEMBER]
    for (method, path), allowed in LOOKED.items():
        if MEMBER in allowed and (method, path) not in SLOW:
            answer = await api.ask(token, method, path)
            assert answer.status_code == 200, f"{method} {path}: {answer.text}"
            assert "SAXN" not in answer.text, f"{method} {path} names another company: {answer.text}"


async def test_what_is_anothers_is_answered_a_member_as_what_does_not_exist_whatever_he_wants(api):
    token = (await tokens(api))[MEMBER]
    named = [each for each in routes() if any(f"{{{noun}}}" in each[1] for noun in OTHERS) and each not in NOT_BY_ROLE]
    assert len(named) > 35
    for method, path in named:
        theirs, absent = [await api.ask(token, method, path, named=ids) for ids in (OTHERS, ABSENT)]
        told = theirs.text
        for noun, identity in OTHERS.items():
            told = told.replace(identity, ABSENT[noun])
        assert (theirs.status_code, told) == (absent.status_code, absent.text), f"{method} {path}"
        assert theirs.status_code in (403, 404), f"{method} {path}: {theirs.text}"
        if MEMBER in {**TABLE, **LOOKED}[method, path]:
            assert theirs.status_code == 404, f"{method} {path}: {theirs.text}"


async def test_nobody_is_answered_nothing(api):
    for token in ("", "wrong"):
        for method, path in set(routes()) - FOR_NOBODY:
            answer = await api.ask(token, method, path)
            assert answer.status_code in (401, 403), f"{method} {path}: {answer.status_code}"
            assert method == "FEED" or answer.status_code == 401, f"{method} {path}"


async def test_a_read_only_session_sends_nothing_whoever_it_is_and_however_it_is_forced(api):
    token = await session(api, "operator", read_only=True)
    head = api.operations.services.audit_head()
    for method, path in TABLE:
        if (method, path) not in READ_ONLY_SENDS:
            answer = await api.ask(token, method, path)
            assert answer.status_code == 403, f"{method} {path}: {answer.status_code}"
            assert "this screen is read-only" in answer.json()["what"], f"{method} {path}"
    assert api.operations.services.audit_head() == head
    assert not [message for message in api.watch.heard if type(message).__name__ in ("CommandOrder", "AlarmDeed")]
    for (method, path), allowed in LOOKED.items():
        if "observer" in allowed and (method, path) not in SLOW:
            assert not refused(await api.ask(token, method, path)), f"{method} {path}"
    assert (await api.http.delete(f"{PREFIX}/sessions/mine", headers=bearer(token))).status_code == 204
    assert (await api.http.get(f"{PREFIX}/slots", headers=bearer(token))).status_code == 401
