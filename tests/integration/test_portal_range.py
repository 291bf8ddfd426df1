"""The pages of the range's people over a real server: what needs attention, the live map, the board, registers, statistics."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from desk import OPERATOR, alarm, vehicle
from portal import Portal, words_of
from portal_story import HOSTILE
from seeds import hand_in

from rangeops.domain.audit import Actor
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.server.portal.routes import range_pages
from rangeops.wire.api import MoveRequest, SlotRequest

SECRET = "correct horse battery"


@pytest.fixture
async def portal(client):
    await client.set_password("op1", SECRET)
    async with Portal(client.address().url) as portal:
        await portal.sign_in("op1", SECRET)
        yield portal


def booked(client, *, minutes=10, **changed):
    """A request that begins so soon, by the server's own clock."""
    now = client.operations.clock()
    starts = (now.utc + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    asked = SlotRequest("ACME", "NORTH", starts, starts + timedelta(minutes=20), Sysid(7), "D07", "survey-quad", "ch 2")
    return client.operations.services.booking.request(replace(asked, **changed), now, OPERATOR)


def slot_of(client, slot):
    return client.operations.services.booking.get(slot.id)


async def test_d2_an_officer_sees_that_signatures_are_missing(client, portal):
    live = client.operations.live
    live.signing("", missing="the checkpoint that the key signed last is gone")
    live.judge(client.operations.clock())
    page = await portal.get("/range")
    assert "EVIDENCE SIGNATURES MISSING" in page.text
    assert "the checkpoint that the key signed last is gone" in page.text


async def test_a_request_is_approved_refused_with_a_reason_or_left_to_wait(client, portal):
    first, second, third = booked(client), booked(client, volume="EAST", sysid=Sysid(8)), booked(client, minutes=60)
    page = await portal.get("/range")
    assert f"Approve {first.id}" in page.text
    assert (
        await portal.post(f"/range/slots/{first.id}", {"event": "approve", "version": first.version})
    ).status_code == 303
    silent = await portal.post(
        f"/range/slots/{second.id}", {"event": "refuse", "version": second.version, "reason": ""}
    )
    assert (silent.status_code, 'role="alert"' in silent.text) == (400, True)
    await portal.post(f"/range/slots/{second.id}", {"event": "refuse", "version": second.version, "reason": "closed"})
    await portal.post(f"/range/slots/{third.id}", {"event": "waitlist", "version": third.version})
    states = [slot_of(client, each).state for each in (first, second, third)]
    assert states == [SlotState.APPROVED, SlotState.REFUSED, SlotState.WAITLISTED]
    moved_on = await portal.post(f"/range/slots/{third.id}", {"event": "refuse", "version": 1, "reason": "too late"})
    assert (moved_on.status_code, 'value="too late"' in moved_on.text) == (409, True)
    other = await portal.post(f"/range/slots/{third.id}", {"event": "cancel", "version": third.version, "reason": "x"})
    assert other.status_code == 400, "no other deed goes through this form"


async def test_a_slot_is_moved_to_where_its_company_asked_to_have_it(client, portal):
    slot, services, now = booked(client, minutes=60), client.operations.services, client.operations.clock()
    wanted = MoveRequest(slot.starts + timedelta(minutes=30), slot.version, "<b>late</b> van", "EAST")
    mia = Actor("mia", "company-member", "ACME")
    asked = services.wishes.ask(slot.id, wanted, now, mia).asked_utc.isoformat()
    page = await portal.get("/range")
    assert f'name="asked" value="{asked}"' in page.text
    assert f"Move {slot.id} there" in page.text
    assert "&lt;b&gt;late" in page.text
    stale = await portal.post(f"/range/slots/{slot.id}/move", {"version": 99, "asked": asked})
    assert (stale.status_code, slot_of(client, slot).starts) == (409, slot.starts)
    assert (
        await portal.post(f"/range/slots/{slot.id}/move", {"version": slot.version, "asked": asked})
    ).status_code == 303
    moved = slot_of(client, slot)
    assert (moved.starts, moved.volume) == (wanted.starts, "EAST")
    assert "Changes that companies ask for" not in (await portal.get("/range")).text
    again = await portal.post(f"/range/slots/{slot.id}/move", {"version": moved.version, "asked": asked})
    assert (again.status_code, "Nothing is asked for it" in words_of(again)) == (409, True)


async def test_what_its_company_asked_for_since_is_not_granted_unseen(client, portal):
    slot, services, now = booked(client, minutes=60), client.operations.services, client.operations.clock()
    mia = Actor("mia", "company-member", "ACME")
    wanted = MoveRequest(slot.starts + timedelta(minutes=30), slot.version, "a late van", "EAST")
    shown = services.wishes.ask(slot.id, wanted, now, mia)
    later = Now(now.monotonic_s + 60, now.utc + timedelta(minutes=1))
    services.wishes.ask(slot.id, replace(wanted, volume="NORTH"), later, mia)
    sent = {"version": slot.version, "asked": shown.asked_utc.isoformat()}
    moved = await portal.post(f"/range/slots/{slot.id}/move", sent)
    assert (moved.status_code, "Its company asks for something else now" in words_of(moved)) == (409, True)
    assert slot_of(client, slot).starts == slot.starts


async def test_what_lapses_what_stands_and_where_the_record_is(client, portal, watch):
    watch.alarms = (alarm(),)
    watch.vehicles = (vehicle(7, airborne=True),)
    until = date.today() + timedelta(days=5)  # noqa: DTZ011  # far enough from either midnight
    fields = {"id": "ACME-P9", "company": "ACME", "name": "P", "certificate": "A2", "certificate_until": str(until)}
    assert (await portal.post("/registers/pilot/new", fields)).status_code == 303
    page = await portal.get("/range")
    while "P1: 1" not in words_of(page):
        page = await portal.get("/range")
    words = words_of(page)
    assert "ACME-P9" in words
    assert "Leaves NORTH's east edge" in words
    assert "1 in the air" in words
    assert "nothing is signed yet" in words


async def test_the_live_page_has_everything_at_once_and_follows_the_servers_events(client, portal, watch):
    watch.vehicles = (vehicle(7), vehicle(8, latitude_deg=None, longitude_deg=None, position_age_s=None, height_m=None))
    page = await portal.get("/live")
    while "D08" not in words_of(page):
        page = await portal.get("/live")
    assert 'data-stream="/api/v1/events?kinds=picture,changed"' in page.text
    assert "--" in words_of(page)
    async with portal.http.stream("GET", "/api/v1/events?kinds=picture") as events:
        assert events.status_code == 200, "a browser's session follows them"
    held = booked(client, minutes=-1)
    await portal.post(f"/range/slots/{held.id}", {"event": "approve", "version": held.version})
    collection = json.loads((await portal.get("/live/volumes.json")).content)
    assert {each["properties"]["kind"] for each in collection["features"]} == {"geography", "contingency", "buffer"}
    assert held.id in collection["features"][0]["properties"]["text"]


async def test_the_board_shows_the_day_and_its_part_the_same(client, portal):
    slot = booked(client, minutes=-5)
    await portal.post(f"/range/slots/{slot.id}", {"event": "approve", "version": slot.version})
    whole, part = await portal.get("/board"), await portal.get("/board/part")
    for page in (whole, part):
        assert "D07" in words_of(page)
        assert "lacks" in words_of(page)
        assert '<line class="now"' in page.text
    assert 'data-every="5"' in whole.text
    assert "<html" not in part.text
    assert "style=" not in whole.text, "the policy lets no inline style through"


async def test_a_register_entry_is_added_changed_retired_and_a_conflict_shows_both(portal):
    fields = {
        "id": "SAXN-R1",
        "company": "SAXN",
        "name": "B. Bos",
        "certificate": "A2",
        "certificate_until": "2036-01-31",
    }
    wrong = await portal.post("/registers/pilot/new", fields | {"certificate_until": "soon"})
    assert (wrong.status_code, 'value="B. Bos"' in wrong.text) == (400, True)
    made = await portal.post("/registers/pilot/new", fields | {"reason": "new"})
    assert made.headers["location"] == "/registers/pilot/entry?id=SAXN-R1&done=added"
    change = {"phone": "06", "version": "1", "reason": "told"}
    assert (await portal.post("/registers/pilot/entry?id=SAXN-R1", change)).status_code == 303
    late = await portal.post("/registers/pilot/entry?id=SAXN-R1", {"phone": "07", "version": "1"})
    assert late.status_code == 409
    assert "As it is kept now" in words_of(late)
    assert 'value="07"' in late.text
    assert "differs from yours" in words_of(late)
    gone = await portal.post("/registers/pilot/retire?id=SAXN-R1", {"version": "2", "retired": "yes", "reason": "left"})
    assert gone.status_code == 303
    assert "SAXN-R1" not in words_of(await portal.get("/registers?kind=pilot"))
    assert "SAXN-R1" in words_of(await portal.get("/registers?kind=pilot&retired=true"))
    assert (await portal.get("/registers?kind=nothing")).status_code == 400
    assert (await portal.get("/registers/pilot/entry?id=nobody")).status_code == 404


async def test_a_register_goes_out_and_comes_in_as_csv_whole_or_not_at_all(portal):
    file = await portal.get("/registers/pilot/export.csv")
    assert file.headers["content-disposition"] == 'attachment; filename="pilot.csv"'
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert "ACME-P1" in {row["id"] for row in rows}
    heading = "id,company,name,certificate,certificate_until\n"

    async def send(content, name="pilots.csv"):
        files = {"file": (name, content.encode(), "text/csv")}
        return await portal.post("/registers/pilot/import", {"reason": "list of May"}, files=files)

    wrong = await send(heading + "A,ACME,A,A2,2036-01-01\nB,ACME,B,A2,never\n", "<b>x.csv")
    assert wrong.status_code == 400
    assert "line 3" in words_of(wrong)
    assert "<b>x" not in wrong.text
    assert (await portal.get("/registers/pilot/entry?id=A")).status_code == 404, "nothing of it was taken"
    done = await send(heading + "NEW-1,ACME,A,A2,2036-01-01\n")
    assert done.status_code == 303
    assert "1 added, 0 changed" in words_of(await portal.get(done.headers["location"]))


async def test_a_certificate_that_this_range_never_signed_is_refused_beside_its_form(portal):
    files = {"file": ("cert.json", b'{"by": "somebody"}', "application/json")}
    fields = {"company": "ACME", "aircraft": "ACME-survey-quad"}
    answer = await portal.post("/registers/acceptance/import", fields, files=files)
    assert (answer.status_code // 100, 'role="alert"' in answer.text) == (4, True)
    none = await portal.post("/registers/acceptance/import", fields)
    assert (none.status_code, "no file was chosen" in words_of(none)) == (400, True)
    assert "Add an entry" not in words_of(await portal.get("/registers?kind=acceptance"))


async def test_months_and_days_have_plots_with_a_table_beside_each_and_files(client, portal):
    assert (await portal.get("/reports")).headers["location"].startswith("/reports/month/")
    month = await portal.get((await portal.get("/reports")).headers["location"])
    assert "Safety statistics" in words_of(month)
    day = await portal.get((await portal.get("/reports?day=2026-01-05")).headers["location"])
    assert day.status_code == 200
    file = await portal.get("/reports/month/2026-01/file?form=html")
    assert 'filename="month-2026-01.html"' in file.headers["content-disposition"]
    for wrong in (
        "/reports/month/2026-13",
        "/reports/day/yesterday",
        "/reports?month=x",
        "/reports/month/2999-01",
        "/reports/month/9999-12",
        "/reports/month/0001-01",
    ):
        assert (await portal.get(wrong)).status_code == 400, wrong


def routes():
    """Every page for the range's people as its router has it: a new one is asked for here without anybody naming it."""
    values = {"incident": "INC-2026-0001", "kind": "pilot", "slot": "S1", "month": "2026-01", "day": "2026-01-05"}
    for router in range_pages.ROUTERS:
        for route in router.routes:
            path = re.sub(r"{(\w+)}", lambda found: values.get(found[1], "1"), route.path)
            yield from ((method, f"{path}?id=ACME-P1") for method in sorted(route.methods - {"HEAD"}))


async def test_a_companys_member_sees_and_does_none_of_it_and_nobody_is_led_to_sign_in(client, portal):
    await hand_in(client, "ACME")
    await client.add_user("anna", full_name="Anna", roles=["company-member"], company="ACME", confirm=SECRET)
    await client.set_password("anna", SECRET, confirm=SECRET)
    async with Portal(portal.url) as theirs, Portal(portal.url) as nobody:
        await theirs.sign_in("anna", SECRET)
        for method, path in routes():
            ask, of_nobody = (theirs.get, nobody.get) if method == "GET" else (theirs.post, nobody.post)
            assert (await ask(path)).status_code == 403, f"{method} {path}"
            turned = await of_nobody(path)
            assert turned.headers["location"].startswith("/sign-in"), f"{method} {path}"
    assert len(list(routes())) > 40


async def test_an_observer_looks_and_changes_nothing(client, portal):
    await client.add_user("olga", full_name="Olga", roles=["observer"], confirm=SECRET)
    await client.set_password("olga", SECRET, confirm=SECRET)
    slot = booked(client)
    async with Portal(portal.url) as theirs:
        await theirs.sign_in("olga", SECRET)
        page = await theirs.get("/range")
        assert slot.id in words_of(page)
        assert "Approve" not in words_of(page)
        decided = await theirs.post(f"/range/slots/{slot.id}", {"event": "approve", "version": slot.version})
        assert decided.status_code == 403
        assert "Add an entry" not in words_of(await theirs.get("/registers?kind=pilot"))
        added = await theirs.post("/registers/company/new", {"id": "X", "name": "X"})
        assert added.status_code == 403
    assert slot_of(client, slot).state is SlotState.REQUESTED


async def test_what_others_wrote_is_text_and_nothing_else(client, portal, watch):
    watch.vehicles = (vehicle(7, callsign=HOSTILE, company=HOSTILE, mode=HOSTILE),)
    watch.alarms = (replace(alarm(), title=HOSTILE, value=HOSTILE, source=HOSTILE),)
    plain = HOSTILE.replace("\u202e", "")  # the registers take none of that
    assert (await portal.post("/registers/company/new", {"id": plain[:60], "name": plain})).status_code == 303
    booked(client, callsign="<b>D07</b>")
    page = await portal.get("/live")
    while "alert(1)" not in page.text:
        page = await portal.get("/live")
    for path in ("/live", "/range", "/board", "/registers?kind=company", "/registers?text=%3Cscript%3Ealert"):
        page = await portal.get(path)
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "<b>D07" not in page.text
