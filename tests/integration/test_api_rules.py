"""What holds for the API as a whole: pages, versions, keys, and how much one may ask."""

import hashlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from desk import OPERATOR, alarm
from serving import FakeWatch, InThisThread, build, clock, settings_in, until

from rangeops.domain.users import Role, User
from rangeops.server.rate_limits import Rate, Rates
from rangeops.wire.api import SlotRequest

URL = "http://127.0.0.1"
API = "/api/v1"
STARTS = datetime(2027, 5, 1, 9, tzinfo=UTC)


class Served:
    """One app in this process. `http` sends the local token, `stranger` none."""

    def __init__(self, app, operations, token):
        self.operations = operations
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        bearer = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(transport=transport, base_url=URL + API, headers=bearer)
        self.stranger = httpx.AsyncClient(transport=transport, base_url=URL + API)

    async def end(self):
        if not self.http.is_closed:
            await self.http.aclose()
            await self.stranger.aclose()
            await self.operations.close()
            self.operations.services.store.close()

    def books(self, number):
        starts = datetime.now(UTC) + timedelta(hours=number)
        asked = SlotRequest("ACME", "NORTH", starts, starts + timedelta(minutes=30), 7, "D07", "survey-quad", "ch 2")
        return self.operations.services.booking.request(asked, clock(), OPERATOR)


@pytest.fixture
async def serve(tmp_path):
    opened = []

    async def begin(**changed):
        settings = settings_in(tmp_path)
        app, operations = build(settings, InThisThread(), **changed)
        await operations.start()
        served = Served(app, operations, settings.token_file.read_text().strip())
        served.settings = settings
        opened.append(served)
        return served

    yield begin
    for served in opened:
        await served.end()


def request(**changed):
    starts = datetime.now(UTC) + timedelta(hours=1)
    values = {
        "company": "ACME", "volume": "NORTH", "starts": starts.isoformat(), "sysid": 7, "callsign": "D07",
        "ends": (starts + timedelta(minutes=30)).isoformat(), "airframe": "survey-quad", "contact": "ch 2",
    }  # fmt: skip
    return values | changed


# Pages.


async def test_a_list_is_followed_by_its_links_and_what_comes_in_between_moves_nothing(serve):
    served = await serve()
    for number in (5, 1, 3):
        served.books(number)
    whole = [slot["id"] for slot in (await served.http.get("/slots")).json()]
    first = await served.http.get("/slots?limit=2")
    served.books(2)  # before the second page's beginning
    told, link = [slot["id"] for slot in first.json()], first.links["next"]["url"]
    assert link.startswith("/api/v1/slots?limit=2&cursor=")
    second = await served.http.get(URL + link)
    assert "next" not in second.links
    assert told + [slot["id"] for slot in second.json()] == whole == ["S2", "S3", "S1"]


@pytest.mark.parametrize("path", ["/slots", "/plans", "/incidents", "/log", "/calls", "/reviews", "/alarms/history", "/registers", "/users"])  # fmt: skip
async def test_every_list_that_grows_is_bounded_and_takes_a_cursor(serve, path):
    served = await serve()
    for query, status in (("limit=1", 200), ("limit=0", 400), ("limit=99999", 400), ("cursor=x", 400)):
        answer = await served.http.get(f"{path}?{query}")
        assert answer.status_code == status, f"{path}?{query}: {answer.text}"
    if path == "/registers":
        answer = await served.http.get(f"{path}?limit=1")
        assert (len(answer.json()), "next" in answer.links) == (1, True)


async def test_the_log_goes_back_page_by_page(serve):
    served = await serve()
    for number in range(4):
        served.books(number + 1)
    whole = (await served.http.get("/log?limit=100")).json()
    told, url = [], f"{API}/log?limit=2"
    while url:
        answer = await served.http.get(URL + url)
        told = answer.json() + told
        url = answer.links.get("next", {}).get("url")
    assert told == whole
    assert len(told) > 4


# Versions.


async def test_what_is_known_already_is_not_sent_again(serve):
    served = await serve()
    served.books(1)
    first = await served.http.get("/slots/S1")
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    assert "Authorization" in first.headers["vary"]
    again = await served.http.get("/slots/S1", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"1"')
    assert (await served.http.get("/slots/S1", headers={"If-None-Match": '"2"'})).status_code == 200
    entry = await served.http.get("/registers/company/ACME")
    assert entry.headers["etag"] == '"1"'
    assert (await served.http.get("/registers/company/ACME", headers={"If-None-Match": "*"})).status_code == 304


async def test_a_change_is_of_the_version_that_was_seen(serve):
    served = await serve()
    served.books(1)
    path, approve = "/slots/S1/change", {"event": "approve"}
    neither = await served.http.post(path, json=approve)
    assert (neither.status_code, neither.json()["title"]) == (428, "Precondition Required")
    stale = await served.http.post(path, json=approve, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["kind"]) == (412, "conflict")
    assert '"1"' in stale.json()["what"]
    weak = await served.http.post(path, json=approve, headers={"If-Match": 'W/"1"'})
    assert weak.status_code == 412, "a weak tag says that two are alike, not that they are the same"
    assert (await served.http.post(path, json=approve, headers={"If-Match": "1"})).status_code == 400
    done = await served.http.post(path, json=approve, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["state"], done.headers["etag"]) == (200, "approved", '"2"')
    by_body = await served.http.post(path, json={"event": "cancel", "version": 1, "reason": "wind"})
    assert by_body.status_code == 409, "as ever"
    gone = await served.http.post("/slots/S9/change", json=approve, headers={"If-Match": '"1"'})
    assert gone.status_code == 404


async def test_a_change_that_loses_a_race_after_its_check_is_told_so_too(serve, monkeypatch):
    served = await serve()
    served.books(1)
    booking, whole = served.operations.services.booking, served.operations.services.booking.change

    def overtaken(slot, wanted, now, actor):
        whole(slot, wanted, now, actor)
        return whole(slot, wanted, now, actor)

    monkeypatch.setattr(booking, "change", overtaken)
    answer = await served.http.post("/slots/S1/change", json={"event": "approve"}, headers={"If-Match": '"1"'})
    assert answer.status_code == 412


async def test_a_register_entry_is_changed_by_its_tag(serve):
    served = await serve()
    path, body = "/registers/company/ACME", {"fields": {"name": "Acme"}}
    assert (await served.http.patch(path, json=body)).status_code == 428
    done = await served.http.patch(path, json=body, headers={"If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    assert (await served.http.patch(path, json=body, headers={"If-Match": '"1"'})).status_code == 412


async def test_a_review_and_a_user_are_changed_by_their_tags(serve):
    served = await serve()
    made = await served.http.post("/incidents", json={"title": "a drone", "happened_utc": "2026-05-01T12:00:00Z"})
    path = f"/incidents/{made.json()['review']['incident']}/review"
    assert (await served.http.post(path)).status_code == 200
    tag = {"If-Match": (await served.http.get(path)).headers["etag"]}
    done = await served.http.patch(path, json={"headline": "seen"}, headers=tag)
    assert (done.status_code, done.json()["review"]["headline"]) == (200, "seen")
    assert (await served.http.patch(path, json={"headline": "not seen"}, headers=tag)).status_code == 412
    assert (await served.http.patch(path, json={"headline": "anyhow"})).status_code == 200
    user, secret = "/users/op1", "correct horse battery"
    await served.http.put(f"{user}/password", json={"password": secret})
    version = (await served.http.get("/users")).json()[0]["version"]
    wanted = {"version": version, "full_name": "Op One", "confirm": secret}
    assert (await served.http.patch(user, json=wanted, headers={"If-Match": '"99"'})).status_code == 412
    done = await served.http.patch(user, json=wanted, headers={"If-Match": f'"{version}"'})
    assert (done.status_code, done.headers["etag"]) == (200, f'"{version + 1}"')


# Keys.


async def test_the_same_request_under_the_same_key_is_carried_out_once(serve):
    served = await serve()
    body, key = request(), {"Idempotency-Key": "k1"}
    first = await served.http.post("/slots", json=body, headers=key)
    again = await served.http.post("/slots", json=body, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert (again.headers["Idempotency-Replayed"], "Idempotency-Replayed" in first.headers) == ("true", False)
    other = await served.http.post("/slots", json=request(sysid=8), headers=key)
    assert (other.status_code, other.json()["kind"]) == (409, "conflict")
    refused = {"Idempotency-Key": "k2"}
    assert (await served.http.post("/slots", json=request(sysid=0), headers=refused)).status_code == 400
    assert (await served.http.post("/slots", json=request(sysid=8), headers=refused)).status_code == 201
    assert len((await served.http.get("/slots")).json()) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/closures", {"kind": "traffic", "title": "guests", "starts": "2027-05-01T09:00:00Z", "ends": "2027-05-01T10:00:00Z"}),
        ("/calls", {"word": "LAND", "about": "D07", "to": "anna", "reason": "drill"}),
        ("/handover/notes", {"text": "fog"}),
        ("/incidents", {"title": "a drone over the hangar", "happened_utc": "2026-05-01T12:00:00Z"}),
        ("/registers/company", {"fields": {"id": "NEW", "name": "New"}}),
        ("/links", {"uri": "udpin:127.0.0.1:14599"}),
    ],
)  # fmt: skip
async def test_whatever_creates_something_takes_a_key(serve, path, body):
    served = await serve()
    key = {"Idempotency-Key": "k"}
    head = served.operations.services.audit_head().seq
    first = await served.http.post(path, json=body, headers=key)
    assert first.status_code == 201, first.text
    made = served.operations.services.audit_head().seq
    again = await served.http.post(path, json=body, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert served.operations.services.audit_head().seq == made
    assert made > head


async def test_a_plan_is_handed_in_once(serve):
    served = await serve()
    query = {"file_name": "a.plan", "name": "SURVEY", "company": "ACME", "volume": "NORTH", "airframe": "survey-quad"}
    for _ in range(2):
        answer = await served.http.post("/plans", params=query, content=b"inside", headers={"Idempotency-Key": "p"})
        assert (answer.status_code, answer.json()["revision"]) == (201, 1), answer.text
    assert (await served.http.get("/plans/P1")).headers["etag"].startswith('"')


async def test_a_key_is_known_after_a_restart(serve):
    first = await serve()
    body, key = request(), {"Idempotency-Key": "k1"}
    made = await first.http.post("/slots", json=body, headers=key)
    await first.end()
    second = await serve()
    again = await second.http.post("/slots", json=body, headers=key)
    assert (again.status_code, again.content, again.headers["Idempotency-Replayed"]) == (201, made.content, "true")
    assert len((await second.http.get("/slots")).json()) == 1


# How much.


async def test_who_asks_too_much_is_told_when_to_come_back_and_who_has_to_act_is_not_counted(serve, monkeypatch):
    slow = Rates(staff=Rate(0.001, 3), member=Rate(0.001, 2), stranger=Rate(0.001, 2))
    served = await serve(rates=slow)
    watch = FakeWatch(served.settings)
    watch.alarms = (alarm(),)
    async with watch.at_work():
        await until(lambda: served.operations.live.alarm(alarm().id))
        for left in (2, 1, 0):
            answer = await served.http.get("/status")
            assert (answer.status_code, answer.headers["RateLimit"].split(";")[1]) == (200, f"r={left}")
        answer = await served.http.get("/status")
        assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
        assert int(answer.headers["Retry-After"]) >= 900
        for _ in range(5):
            acked = await served.http.post(f"/alarms/{alarm().id}/ack")
            assert acked.status_code != 429
            command = await served.http.post("/vehicles/7/commands", json={"kind": "hold", "reason": "drill"})
            assert command.status_code != 429
        assert (await served.http.get("/health")).status_code == 200


async def test_strangers_are_counted_by_their_address_and_keep_nobody_out(serve):
    served = await serve(rates=Rates(staff=Rate(100.0, 1000), member=Rate(1.0, 2), stranger=Rate(0.001, 2)))
    answers = [await served.stranger.get("/status") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    signing_in = await served.stranger.post("/sessions", json={"name": "op1", "password": "x"})
    assert signing_in.status_code == 429
    assert (await served.http.get("/status")).status_code == 200


async def test_a_companys_member_has_a_smaller_bucket_than_the_ranges_people(serve):
    rates = Rates(staff=Rate(1000.0, 1000), member=Rate(0.001, 2), stranger=Rate(0.001, 2))
    served = await serve(rates=rates)
    services = served.operations.services
    with services.store.write() as work:
        token_sha256 = hashlib.sha256(b"annas").hexdigest()
        work.users.add(User("anna", "", frozenset([Role.COMPANY_MEMBER]), "ACME", token_sha256=token_sha256))
    anna = {"Authorization": "Bearer annas"}
    answers = [await served.stranger.get("/plans", headers=anna) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (await served.stranger.get("/status")).status_code == 401, "her address is another's, too"
    assert (await served.http.get("/plans")).status_code == 200
