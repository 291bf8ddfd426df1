"""Every deed of the API, by each role, against a table that was written by hand; and a read-only session, that sends nothing.

The requests are made from the API's own description, so a route that nobody has put into the table fails.
"""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from desk import D07, alarm
from permission_table import DEEDS, LOOKING, NOT_BY_ROLE, READ_ONLY_SENDS, ROLES, deeds
from serving import until

from rangeops.domain.users import Role, User
from rangeops.wire.api import SlotRequest

SECRET = "correct horse battery"
REFUSED = re.compile(r"may not|this screen is read-only|is no operator|is no range safety officer|a company's member")
TABLE = dict(deeds(DEEDS))
SLOW = {"/slots/{slot}/check-parameters", "/timetable"}  # asked only where they are refused: a watch, a solver
BODIES = {
    "/slots/{slot}/change": {"event": "approve", "version": 1},
    "/slots/{slot}/poll": {"role": "pilot", "go": True, "who": "J. Jansen"},
    "/slots/{slot}/notices": {"notice": "briefing", "who": "J. Jansen"},
    "/alarms/{alarm}/deeds": {"kind": "note", "reason": "seen"},
    "/vehicles/{sysid}/commands": {"kind": "hold", "reason": "drill", "typed": "7"},
    "/duty/{position}": {"version": 99},
    "/duty/{position}/leave": {"version": 99},
    "/sessions/mine": {"room": "here", "read_only": True},
    "/users/{name}/password": {"password": "a password that is long"},
    "/slots": {
        "company": "ACME", "volume": "WEST", "callsign": "D07", "airframe": "survey-quad", "sysid": 7,
        "ends": (datetime.now(UTC) + timedelta(minutes=20)).isoformat(),
    },
}  # fmt: skip
QUERIES = {"/plans": {"company": "ACME", "volume": "NORTH", "airframe": "survey-quad", "file_name": "a.plan"}}
CSV = b"id,company,name,certificate,certificate_until\nP1,ACME,J. Jansen,A2,2031-01-31\n"


@pytest.fixture
async def api(client, watch):
    """A request by a person: what it came to, as HTTP has it. `api.tokens` by role; "" for nobody."""
    with client.operations.services.store.write() as work:
        for role in ROLES.values():
            company = "ACME" if role == "company-member" else ""
            work.users.add(User(role, role, frozenset([Role(role)]), company, password_hash=f"plain:{SECRET}"))
        work.users.add(User("victim", "V", frozenset([Role.OBSERVER])))
    starts = datetime.now(UTC)
    await client.book(
        SlotRequest("ACME", "NORTH", starts, starts + timedelta(minutes=30), D07, "D07", "survey-quad", "ch 2")
    )
    watch.alarms = (alarm(),)
    await until(lambda: client.operations.live.alarm(alarm().id))
    async with httpx.AsyncClient(base_url=f"{client.address().url}/api/v1", trust_env=False) as http:
        yield Api(http, client, (await http.get("/openapi.json", headers=bearer(client.address().token))).json())


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Api:
    def __init__(self, http, client, described):
        self.http, self.client, self.described = http, client, described

    async def ask(self, token, method, path):
        filled = path.format(
            slot="S1", closure="C1", alarm=alarm().id, sysid=7, name="NORTH" if "sectors" in path else "victim",
            item="R1", number=1, incident="INC-1", person="1", day="2026-01-01", month="2026-01", kind="pilot" if "csv" in path else "company", entry="ACME", position="operator",
        )  # fmt: skip
        described = self.described["paths"][f"/api/v1{path}"][method.lower()]
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
        answer = await self.http.request(method, filled, params=query, headers=bearer(token), **body)
        assert "Correct the request." not in answer.text, (
            f"{method} {path}: the test's request isn't one: {answer.text}"
        )
        return answer

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
    answer = await api.http.post("/sessions", json=wanted)
    return answer.json()["token"]


async def tokens(api):
    """Each role by a way of its own: a session, and for the company's member, who has no room, a token."""
    found = {role: await session(api, role) for role in ROLES.values() if role != "company-member"}
    await api.client.set_password("op1", SECRET)
    found["company-member"] = (await api.client.new_token("company-member", confirm=SECRET)).token
    return found


async def test_every_route_that_changes_something_is_in_the_table(api):
    routes = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in api.described["paths"].items()
        for method in methods
        if method != "get"
    }
    assert routes == set(TABLE) | set(NOT_BY_ROLE)


async def test_each_role_is_refused_what_the_table_says_and_nothing_else(api):
    wrong, acting = [], await tokens(api)
    for (method, path), allowed in {**TABLE, **dict(deeds(LOOKING))}.items():
        for role, token in acting.items():
            if role in allowed and path in SLOW:
                continue
            answer = await api.ask(token, method, path)
            if refused(answer) == (role in allowed):
                wrong.append(f"{role} {method} {path}: {answer.status_code} {answer.text[:160]}")
    assert not wrong, "\n".join(wrong)


async def test_a_read_only_session_sends_nothing_whoever_it_is_and_however_it_is_forced(api, watch):
    token = await session(api, "operator", read_only=True)
    head = (await api.client.status()).audit_seq
    for method, path in TABLE:
        if (method, path) not in READ_ONLY_SENDS:
            answer = await api.ask(token, method, path)
            assert answer.status_code == 403, f"{method} {path}: {answer.status_code}"
            assert "this screen is read-only" in answer.json()["what"], f"{method} {path}"
    assert (await api.client.status()).audit_seq == head
    assert not [message for message in watch.heard if type(message).__name__ in ("CommandOrder", "AlarmDeed")]
    for method, path in dict(deeds(LOOKING)):
        assert (await api.ask(token, method, path)).status_code == 200
    assert (await api.http.delete("/sessions/mine", headers=bearer(token))).status_code == 204
    assert (await api.http.get("/slots", headers=bearer(token))).status_code == 401
