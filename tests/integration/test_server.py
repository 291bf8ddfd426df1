"""The server over its real sockets: HTTP and feed on one side, a watch's wire on the other."""

import asyncio
import contextlib
import json
import stat
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from desk import D07, alarm, command, fence, vehicle
from serving import FakeWatch, running, settings_in, until
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from rangeops.client.action import Target
from rangeops.client.actions import ACTION
from rangeops.client.api import Client
from rangeops.client.feed import Connected, Disconnected, feed
from rangeops.domain.alarms import AlarmDeed, AlarmState, Condition, DeedKind
from rangeops.domain.audit import first_fault
from rangeops.domain.commands import CommandKind, CommandOrder, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.errors import Conflict, Invalid, NotFound, RangeopsError, Refused, Unavailable
from rangeops.domain.events import AlarmChanged, CommandMoved, OrdersTaken
from rangeops.domain.orders import MOST_VERSIONS, Orders
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.wire.api import SlotRequest
from rangeops.wire.picture import Changed, LogLine, RangePicture


def request(**changed):
    starts = datetime.now(UTC)
    values = {
        "company": "ACME", "volume": "NORTH", "starts": starts, "ends": starts + timedelta(minutes=30), "sysid": D07,
        "callsign": "D07", "airframe": "survey-quad", "contact": "ch 2",
    }  # fmt: skip
    return SlotRequest(**(values | changed))


async def hand_in(client, content=b"inside", **changed):
    values = {"file_name": "a.plan", "name": "SURVEY", "company": "ACME", "volume": "NORTH", "airframe": "survey-quad"}
    return await client.submit_plan(content, **(values | changed))


async def cleared(client, watch):
    """A slot from request to clearance, over the API and the wire alone."""
    plan = await hand_in(client)
    slot = await client.book(request(plan=plan.id))
    for event in (SlotEvent.APPROVE, SlotEvent.BRIEF):
        slot = await client.change_slot(slot.id, event, version=slot.version)
    orders = (await until(lambda: [each for each in watch.of(Orders) if each.vehicles]))[-1]
    watch.happen(OrdersTaken(orders.version), fence())
    await until(lambda: watch.of(Orders)[-1].vehicles[0].fence_sha256)
    return await client.clear(slot.id)


async def test_orders_read_for_a_watch_that_connects_do_not_follow_newer_ones(tmp_path):
    """A withdrawal between the reading and the sending: over NATS the broker would keep the older orders as the last."""
    settings = settings_in(tmp_path)
    async with running(settings) as client:
        operations, watch = client.operations, FakeWatch(settings)
        read, overtaken, stored = asyncio.Event(), asyncio.Event(), operations._orders._stored

        async def stored_slowly(asked):
            result = await stored(asked)
            read.set()
            await overtaken.wait()
            return result

        operations._orders._stored = stored_slowly
        async with watch.at_work():
            await asyncio.wait_for(read.wait(), 10)
            slot = await client.book(request(plan=(await hand_in(client)).id))
            for event in (SlotEvent.APPROVE, SlotEvent.BRIEF):
                slot = await client.change_slot(slot.id, event, version=slot.version)
            newest = (await until(lambda: [each for each in watch.of(Orders) if each.vehicles]))[-1].version
            watch.heard.clear()
            overtaken.set()
            await operations.connected("watch")  # reads anew: what it sends comes after what was read before
            await until(lambda: newest in [orders.version for orders in watch.of(Orders)])
    assert {orders.version for orders in watch.of(Orders)} == {newest}


async def test_a_watch_with_later_orders_than_the_database_is_told_those_above_its_own(tmp_path):
    """A database that was put back counts on from its backup, and a watch obeys nothing below what it has."""
    settings = settings_in(tmp_path)
    async with running(settings) as client, FakeWatch(settings).at_work() as watch:
        watch.vehicles = (vehicle(7),)
        await until(lambda: watch.of(Orders))
        watch.orders_version = 57
        newest = await until(lambda: [orders for orders in watch.of(Orders) if orders.version > 57])
        assert [orders.version for orders in newest] == [58]
        watch.orders_version = 58
        await cleared(client, watch)
        with client.operations.services.store.read() as work:
            issued = [entry.payload for entry in work.record.following(0, 500) if entry.action == "orders.issue"]
    versions = [orders.version for orders in watch.of(Orders)]
    assert versions == sorted(versions)
    assert "watch has orders 57, the newest here were 1: the database was put back" in issued[1]
    assert len([text for text in issued if "put back" in text]) == 1


async def test_orders_that_no_range_can_have_issued_are_not_counted_on_from(tmp_path, capsys):
    """PostgreSQL's numbers end: one watch's nonsense must not take every later version with it."""
    settings = settings_in(tmp_path)
    async with running(settings) as client, FakeWatch(settings).at_work() as watch:
        watch.vehicles = (vehicle(7),)
        await until(lambda: watch.of(Orders))
        watch.orders_version = MOST_VERSIONS + 1
        await client.add_link("udpin:127.0.0.1:24777")
        newest = await until(lambda: [orders.version for orders in watch.of(Orders) if orders.links])
    assert set(newest) == {2}
    assert "orders that no range issued" in "".join(capsys.readouterr())


async def collect(client, seen, *, until_seen):
    """Follow the feed until a condition over everything seen holds."""
    async with asyncio.timeout(10):
        stream = feed(client)
        async with contextlib.aclosing(stream):
            async for item in stream:
                seen.append(item)
                if until_seen(item):
                    break
    return seen[-1]


# The main line.


async def test_from_a_plan_to_a_report(client, watch):
    clearance = await cleared(client, watch)
    assert (clearance.cleared, clearance.state, clearance.missing) == (True, SlotState.ACTIVE, ())
    assert (await until(lambda: [o for o in watch.of(Orders) if o.vehicles and o.vehicles[0].cleared]))[-1]
    watch.happen(OrdersTaken(watch.of(Orders)[-1].version), AlarmChanged(alarm()), CommandMoved(command()))
    watch.happen(CommandMoved(command(CommandStage.SEEN)), AlarmChanged(alarm(state=AlarmState.NORMAL)))
    await until(lambda: watch.taken == watch.seq)
    (incident,) = await client.incidents()
    assert incident.title == "D07 stopped before the edge of its flight geography by hold"
    assert {"alarm", "command", "fence"} <= {item.kind for item in (await client.incident(incident.id)).timeline}
    report = await client.write_report(incident.id)
    assert incident.id in await client.report_html(incident.id)
    assert report.path.endswith(f"{incident.id}.html")
    with client.operations.services.store.read() as work:
        record = work.record.following(0, 10_000)
    assert first_fault(record) is None
    head = await client.audit_head()
    assert (head.seq, head.hash) == (record[-1].seq, record[-1].entry_hash)
    assert (await client.status()).audit_head == head.hash


async def test_a_refused_plan_comes_back_as_a_view_and_its_next_revision_passes(client):
    refused = await hand_in(client, b"outside")
    assert (refused.verdict, refused.revision, refused.checks[0].code) == ("refused", 1, "GEO-03")
    assert (await hand_in(client)).revision == 2
    assert await client.plan(refused.id) == refused
    assert [plan.id for plan in await client.plans()] == ["P2", "P1"]


async def test_errors_come_back_as_what_they_were(client):
    slot = await client.book(request())
    await client.change_slot(slot.id, SlotEvent.APPROVE, version=slot.version)
    rival = await client.book(request(sysid=8))
    with pytest.raises(Conflict, match=r"NORTH.*free") as conflict:
        await client.change_slot(rival.id, SlotEvent.APPROVE, version=rival.version)
    assert conflict.value.where == f"slot {rival.id}"
    with pytest.raises(Refused, match="can't be cleared"):
        await client.clear(slot.id)
    with pytest.raises(NotFound):
        await client.slot("../status")
    with pytest.raises(Invalid):
        await client.book(request(sysid=0))
    with pytest.raises(Unavailable, match="no watch"):
        await client.command(D07, CommandKind.HOLD, reason="drifts")


async def test_links_are_listed_with_what_the_watch_says(client, watch):
    added = await client.add_link("udpin:127.0.0.1:14599")
    assert (added.up, added.detail) == (False, "not opened yet")
    assert (await until(lambda: [o for o in watch.of(Orders) if o.links]))[-1].links == ("udpin:127.0.0.1:14599",)
    assert [link.uri for link in await client.links()] == ["udpin:127.0.0.1:14599"]
    await client.remove_link("udpin:127.0.0.1:14599")
    assert await client.links() == ()


async def test_the_range_is_described_for_maps(client):
    view = await client.range_view()
    assert (view.id, view.synthetic) == ("twente", True)
    assert {volume.id for volume in view.volumes} >= {"NORTH", "WEST"}
    assert view.zones


# Watches.


async def test_a_watch_gets_the_orders_when_it_connects_and_again_when_they_change(client, watch):
    assert (await until(lambda: watch.of(Orders)))[0].version == 1
    await client.add_link("udpin:127.0.0.1:14599")
    await until(lambda: watch.of(Orders)[-1].version == 2)
    versions = [orders.version for orders in watch.of(Orders)]
    assert versions == sorted(versions)


async def test_an_operators_command_reaches_the_watch_and_the_picture(client, watch):
    receipt = await ACTION["vehicle.rtl"].call(client, Target(sysid=D07, typed="7", reason="storm"))
    assert receipt.command.stage is CommandStage.QUEUED
    (order,) = await until(lambda: watch.of(CommandOrder))
    assert (order.kind, order.by, order.reason, order.id) == (CommandKind.RTL, "op1", "storm", receipt.command.order.id)
    with pytest.raises(Invalid, match="Type 7"):
        await client.command(D07, CommandKind.LAND, reason="storm", typed="8")
    assert len(watch.of(CommandOrder)) == 1


async def test_an_acknowledgement_reaches_the_watch(client, watch):
    watch.alarms = (alarm(),)
    await until(lambda: client.operations.live.alarm(alarm().id))
    await client.acknowledge(alarm().id)
    assert await until(lambda: watch.of(AlarmDeed)) == [
        AlarmDeed(DeedKind.ACKNOWLEDGE, alarm().id, Condition.FORECAST_EXIT, "D07", "op1")
    ]
    with pytest.raises(NotFound):
        await client.acknowledge("gone/x")


async def test_a_silent_watch_is_enforcement_down_on_screen_and_in_the_record(client, watch):
    watch.silent = True

    def is_down(item):
        return isinstance(item, RangePicture) and any(
            each.condition is Condition.ENFORCEMENT_DOWN for each in item.alarms
        )

    picture = await collect(client, [], until_seen=is_down)
    assert not picture.enforcement
    assert picture.vehicles[0].standing is Standing.UNKNOWN
    (raised,) = picture.alarms
    assert (await client.acknowledge(raised.id)).state is AlarmState.ACKED

    async def said():
        return [line.text for line in await client.log() if "ENFORCEMENT DOWN" in line.text]

    for _ in range(500):
        if len(await said()) >= 2:
            break
        await asyncio.sleep(0.01)
    assert any("P1 ENFORCEMENT DOWN" in text for text in await said())


async def test_a_journal_is_taken_once_although_the_wire_breaks(client, watch, settings):
    for _ in range(20):
        watch.happen(CommandMoved(command()))
        client.operations._wire.drop("watch")
        await asyncio.sleep(0)
    await until(lambda: watch.taken == watch.seq)
    with client.operations.services.store.read() as work:
        told = [entry for entry in work.record.following(0, 10_000) if entry.action == "watch.command"]
    assert [json.loads(entry.payload)["body"]["seq"] for entry in told] == list(range(1, 21))
    assert watch.journal == []


async def test_a_store_that_fails_is_an_alarm_and_the_journal_waits(client, watch, monkeypatch):
    services = client.operations.services
    whole = services.intake.take

    def full(*_):
        raise Unavailable("disk full", where="db", do="Free it.")

    monkeypatch.setattr(services.intake, "take", full)
    watch.happen(CommandMoved(command()))
    await until(lambda: any(a.condition is Condition.RECORDER_FAILING for a in client.operations.live._board.standing))
    assert watch.taken == 0
    assert (await client.status()).enforcement, "enforcement goes on"
    monkeypatch.setattr(services.intake, "take", whole)
    await until(lambda: watch.taken == 1)


# Screens.


async def test_the_feed_begins_with_the_picture_and_tells_lines_and_changes(client, watch):
    seen = []

    def told(_):
        lines = [item for item in seen if isinstance(item, LogLine) and "asks for slot" in item.text]
        return lines and Changed("slots") in seen

    following = asyncio.create_task(collect(client, seen, until_seen=told))
    await until(lambda: any(isinstance(item, RangePicture) for item in seen))
    await client.book(request())
    await following
    assert [type(item) for item in seen[:2]] == [Connected, RangePicture]
    (line,) = [item for item in seen if isinstance(item, LogLine) and "asks for slot" in item.text]
    assert line in await client.log(), "a line of the feed is a line of the record"


async def test_pictures_come_at_most_five_times_a_second_and_at_least_twice(client, watch):
    loop, times = asyncio.get_running_loop(), []

    def enough(item):
        if isinstance(item, RangePicture):
            times.append(loop.time())
        return len(times) == 11

    await collect(client, [], until_seen=enough)
    assert 1.6 <= times[-1] - times[1] <= 4.5


async def test_a_screen_learns_that_the_server_is_gone_and_back(tmp_path):
    settings = settings_in(tmp_path)
    seen = []

    async def follow(client):
        async for item in feed(client):
            seen.append(item)  # noqa: PERF401  # what is seen so far is looked at meanwhile

    async with running(settings) as first:
        client = Client.from_settings(settings)
        following = asyncio.create_task(follow(client))
        await until(lambda: any(isinstance(item, RangePicture) for item in seen))
        assert first.address().url == client.address().url
    await until(lambda: isinstance(seen[-1], Disconnected))
    count = len(seen)
    async with running(settings):  # on another port
        await until(lambda: any(isinstance(item, RangePicture) for item in seen[count:]))
    assert [type(item) for item in seen[count : count + 2]] == [Connected, RangePicture]
    following.cancel()
    await client.close()


async def test_without_a_server_a_client_says_how_to_start_one(tmp_path):
    with pytest.raises(Unavailable, match="rangeops serve"):
        Client.from_settings(settings_in(tmp_path))


# The guard.


@pytest.fixture
async def raw(client):
    async with httpx.AsyncClient(base_url=client.address().url, trust_env=False) as raw:
        yield raw


def bearer(client):
    return {"Authorization": f"Bearer {client.address().token}"}


async def test_only_health_asks_for_no_token(client, raw):
    assert (await raw.get("/api/v1/health")).json() == {"alive": True}
    for path in ("/api/v1/status", "/api/v1/openapi.json", "/api/", "/api/v1/nothing"):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
            answer = await raw.get(path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8431", "localhost.evil.example", "", "[::1", "a@127.0.0.1.x"]
)
async def test_a_rebound_name_is_not_served(client, raw, host):
    answer = await raw.get("/api/v1/status", headers={**bearer(client), "Host": host})
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://["])
async def test_another_sites_page_is_not_served(client, raw, origin):
    assert (await raw.get("/api/v1/status", headers={**bearer(client), "Origin": origin})).status_code == 403
    address = client.address().url.replace("http", "ws")
    with pytest.raises(InvalidStatus):
        async with connect(f"{address}/api/v1/feed", additional_headers=bearer(client), origin=origin, proxy=None):
            pytest.fail("the feed was opened")


async def test_the_feed_asks_for_the_token_too(client):
    address = client.address().url.replace("http", "ws")
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        with pytest.raises(InvalidStatus):
            async with connect(f"{address}/api/v1/feed", additional_headers=headers, proxy=None):
                pytest.fail("the feed was opened")


async def test_a_body_too_large_is_refused_declared_or_not(client, raw):
    large = b"x" * (6 * 1024 * 1024)
    answer = await raw.post("/api/v1/plans", content=large, headers=bearer(client))
    assert answer.status_code == 413

    async def in_parts():
        for _ in range(6):
            yield b"x" * 1024 * 1024

    query = {"file_name": "a", "name": "a", "company": "a", "volume": "NORTH", "airframe": "survey-quad"}
    answer = await raw.post("/api/v1/plans", params=query, content=in_parts(), headers=bearer(client))
    assert answer.status_code == 413
    assert "larger than" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/api/v1/nothing", b"", 404),
        ("GET", "/api/v1/slots/S1/", b"", 404),
        ("PUT", "/api/v1/slots", b"", 405),
        ("POST", "/api/v1/slots", b"", 400),
        ("POST", "/api/v1/slots", b"{", 400),
        ("POST", "/api/v1/slots", b"\xff\xfe", 400),
        ("POST", "/api/v1/slots", b"[" * 100_000, 400),
        ("POST", "/api/v1/slots", b'{"company": {"a": 1}}', 400),
        ("POST", "/api/v1/slots/S1/change", b'{"event": "approve", "version": "x"}', 400),
        ("GET", "/api/v1/slots/%00", b"", 404),
        ("GET", "/api/v1/incidents/..%2F..%2Ftoken/report", b"", 404),
        ("GET", "/api/v1/plans/P1%27%3B--", b"", 404),
        ("GET", "/api/v1/log?limit=-1", b"", 400),
        ("GET", "/api/v1/log?limit=99999999999999999999", b"", 400),
        ("POST", "/api/v1/vehicles/seven/commands", b'{"kind": "hold", "reason": "x"}', 400),
        ("POST", "/api/v1/vehicles/0/commands", b'{"kind": "hold", "reason": "x"}', 503),
        ("POST", "/api/v1/plans", b"x", 400),
        ("DELETE", "/api/v1/links?uri=%1b%5b2J", b"", 404),
    ],
)
async def test_hostile_requests_get_one_sentence(client, raw, *, method, path, content, status):
    headers = {**bearer(client), "Content-Type": "application/json"}
    answer = await raw.request(method, path, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["status"] == status
    assert "Traceback" not in answer.text
    assert "\x1b" not in answer.text


async def test_what_a_route_did_not_foresee_is_one_sentence_too(client, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(client.operations.services.calls, "made", broken)
    with pytest.raises(RangeopsError, match="the server made a mistake") as error:
        await client.calls()
    assert "secret" not in str(error.value)


async def test_the_report_is_served_so_that_it_can_run_nothing(client, watch, raw):
    watch.happen(CommandMoved(command()))
    await until(lambda: watch.taken == 1)
    (incident,) = await client.incidents()
    await client.write_report(incident.id)
    answer = await raw.get(f"/api/v1/incidents/{incident.id}/report", headers=bearer(client))
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    with pytest.raises(NotFound):
        await client.report_html("INC-2026-9999")


async def test_files_that_tell_how_to_call_are_for_their_owner(settings, client):
    assert stat.S_IMODE(settings.token_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.run_folder.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE((settings.data / "rangeops.db").stat().st_mode) == 0o600


async def test_the_api_describes_itself(client, raw):
    described = (await raw.get("/api/v1/openapi.json", headers=bearer(client))).json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/slots/{slot}/clear" in described["paths"]
