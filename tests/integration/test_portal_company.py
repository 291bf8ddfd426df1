"""A company at the portal, over a real server: its plans, its slots, what it is told, and nothing of anybody else's."""

import asyncio
import re
from contextlib import asynccontextmanager
from html import unescape

import pytest
from company import COMPANY, GOOD, MEMBER, OUTSIDE, SECRET, decided, enter, soon
from portal import Portal, words_of
from serving import REAL_PLANS, FakeWatch, running, until

from rangeops.domain.kept import OnBoard
from rangeops.domain.slots import SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import WriteDiff
from rangeops.wire.api import MoveRequest
from rangeops.wire.questions import Answer, Question

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def client(settings):
    async with running(settings, plans=REAL_PLANS) as client:
        await enter(client)
        yield client


@pytest.fixture
async def portal(client):
    async with Portal(client.address().url) as portal:
        await portal.get("/sign-in")
        await portal.sign_in(MEMBER, SECRET)
        yield portal


@pytest.fixture
async def another(client):
    """Somebody of another company."""
    await client.add_user("otto", full_name="Otto", roles=["company-member"], company="SAXN", confirm=SECRET)
    await client.set_password("otto", SECRET, confirm=SECRET)
    async with Portal(client.address().url) as portal:
        await portal.get("/sign-in")
        await portal.sign_in("otto", SECRET)
        yield portal


async def hand_in(portal, content=GOOD, *, file_name="survey.plan", name="survey", **fields):
    """Where it leads to."""
    data = {"name": name, "volume": "EAST", "airframe": "survey-quad", **fields}
    answer = await portal.post("/company/plans/new", data, files={"file": (file_name, content)})
    return answer, answer.headers.get("location", "")


async def ask(portal, *, plan="", starts=None, **fields):
    starts = starts or soon()
    data = {
        "plan": plan,
        "volume": "EAST",
        "airframe": "survey-quad",
        "starts": starts if isinstance(starts, str) else f"{starts:%Y-%m-%dT%H:%M}+00:00",
        "minutes": "30",
        "sysid": "7",
        "callsign": "D07",
        "contact": "+31 6 1234 5678",
        "pilots": "ACME-P1",
        "key": "",
        **fields,
    }
    return await portal.post("/company/slots/request", data)


async def test_a_members_start_is_his_companys_page(portal):
    page = await portal.get("/", follow_redirects=True)
    assert page.url.path == "/company"
    assert "ACME" in words_of(page)
    assert "You have no slots ahead." in words_of(page)


async def test_these_pages_are_a_members_alone(client):
    async with Portal(client.address().url) as portal:
        await portal.get("/sign-in")
        await portal.sign_in("op1", SECRET)
        for path in ("/company", "/company/plans", "/company/plans/new", "/company/slots", "/company/flights"):
            assert (await portal.get(path)).status_code == 403


async def test_a_pilots_page_is_for_his_company_and_the_range(portal, client):
    slot = (await ask(portal)).headers["location"].rpartition("/")[2]
    assert "NO GO" in words_of(await portal.get(f"/fly/{slot}"))
    async with Portal(client.address().url) as range_portal:
        await range_portal.get("/sign-in")
        await range_portal.sign_in("op1", SECRET)
        assert "NO GO" in words_of(await range_portal.get(f"/fly/{slot}"))
    async with Portal(client.address().url) as nobody:
        assert (await nobody.get(f"/fly/{slot}")).headers["location"] == f"/sign-in?next=/fly/{slot}"


async def test_a_plan_is_handed_in_mended_compared_and_given_back(portal):
    _, place = await hand_in(portal, OUTSIDE)
    page = await portal.get(place)
    assert "It was refused." in words_of(page)
    assert "WP 3 is 120 m outside the EAST volume's south-east edge" in words_of(page)
    assert "Move it 164 m north-west" in words_of(page)
    fixed = await portal.post(f"{place}/fix")
    assert fixed.status_code == 303
    after = await portal.get(fixed.headers["location"])
    assert "It passed" in words_of(after)
    assert "WP 3 moved 164 m north-west" in words_of(after)
    changes = words_of(await portal.get(f"{fixed.headers['location']}/changes"))
    assert "52.2735125,6.9011887" in changes
    assert "52.2747950,6.9000000" in changes
    file = await portal.get(f"{place}/file")
    assert file.content == OUTSIDE
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''survey.plan"
    assert file.headers["content-type"] == "application/octet-stream"
    mended = await portal.get(f"{fixed.headers['location']}/file")
    assert mended.headers["content-disposition"].endswith("survey.fixed.plan")
    assert mended.content != OUTSIDE


async def test_a_plan_that_needs_nothing_is_not_mended(portal):
    _, place = await hand_in(portal)
    answer = await portal.post(f"{place}/fix")
    assert answer.status_code == 422
    assert "Nothing of it can be fixed mechanically" in words_of(answer)
    assert len((await portal.http.get("/api/v1/plans")).json()) == 1


@pytest.mark.parametrize(
    ("content", "says", "status"),
    [
        (b"{}", "", 400),
        (b"PK\x03\x04" + b"\x00" * 200, "", 400),
        (b"", "The file is empty", 400),
        (b"x" * (4 * 1024 * 1024 + 1), "The file is larger than 4 MB", 413),
    ],
    ids=["no plan", "a zip", "nothing", "too large"],
)
async def test_what_is_wrong_with_a_file_is_one_sentence_beside_the_form(portal, content, says, status):
    answer, _ = await hand_in(portal, content, name="my survey")
    assert answer.status_code == status
    alert = re.search(r'role="alert".*?</div>', answer.text, re.DOTALL)[0]
    sentence = " ".join(re.sub(r"<[^>]+>", " ", alert.partition(">")[2]).split())
    assert says in sentence
    assert 10 < len(sentence) < 300
    assert "Traceback" not in answer.text
    assert 'value="my survey"' in answer.text  # what was typed stays


async def test_more_than_any_form_may_send_is_refused_by_a_page(portal):
    answer, _ = await hand_in(portal, b"x" * (6 * 1024 * 1024))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "The body is larger than 5 MB. Send less." in words_of(answer)
    unread = await portal.http.post(
        "/api/v1/plans", content=b"x" * (6 * 1024 * 1024), headers={"X-CSRF-Token": portal.csrf}
    )
    assert unread.headers["content-type"] == "application/problem+json"


async def test_a_form_without_a_file_says_so(portal):
    answer = await portal.post(
        "/company/plans/new", {"name": "x", "volume": "EAST", "airframe": "survey-quad"}, files={"file": ("", b"")}
    )
    assert answer.status_code == 400
    assert "No file was chosen" in words_of(answer)


async def test_a_slot_is_found_asked_for_approved_and_briefed(portal, client):
    _, place = await hand_in(portal)
    plan = place.rpartition("/")[2]
    found = await portal.get(f"/company/slots/find?plan={plan}&minutes=30&days=2")
    links = [unescape(link) for link in re.findall(r'href="(/company/slots/request\?[^"]+)"', found.text)]
    assert links
    assert f"plan={plan}" in links[0]
    form = await portal.get(links[0])
    assert 'name="callsign"' in form.text
    assert "ACME-P1" in form.text
    answer = await ask(portal, plan=plan)
    assert answer.status_code == 303, words_of(answer)
    slot = SlotId(answer.headers["location"].rpartition("/")[2])
    asked = await client.slot(slot)
    assert (asked.company, asked.plan, asked.terms.pilots) == (COMPANY, plan, ("ACME-P1",))
    await decided(client, asked, SlotEvent.APPROVE)
    page = words_of(await portal.get(f"/company/slots/{slot}"))
    assert "approved" in page
    assert "ACME-P1 has not acknowledged the briefing" not in page  # this range doesn't ask for it
    told = await portal.post(f"/company/slots/{slot}/notices", {"notice": "briefing", "who": "ACME-P1"})
    assert told.status_code == 303
    assert [each.who for each in (await client.slot(slot)).acknowledged] == ["ACME-P1"]
    home = words_of(await portal.get("/company"))
    assert f"{slot}, EAST" in home
    assert "Missing before clearance" in home


async def test_a_request_sent_twice_is_one_slot_and_keeps_what_was_typed_where_it_is_refused(portal, client):
    first = await ask(portal, key="once", callsign="Kestrel")
    again = await ask(portal, key="once", callsign="Kestrel")
    assert first.headers["location"] == again.headers["location"]
    assert len(await client.slots()) == 1
    refused = await ask(portal, sysid="900", callsign="Kestrel")
    assert refused.status_code == 400
    assert "Sysid 900 can't be a vehicle's" in words_of(refused)
    assert 'value="Kestrel"' in refused.text
    assert re.search(r'value="ACME-P1" checked', refused.text)


async def test_what_is_taken_isnt_offered_as_free(portal, client):
    starts = soon(120)
    answer = await ask(portal, starts=starts, minutes="60")
    slot = await client.slot(SlotId(answer.headers["location"].rpartition("/")[2]))
    query = "/company/slots/find?airframe=survey-quad&volume=EAST&minutes=30&days=1&first="
    zone = client.operations.services.board._zone
    day = starts.astimezone(zone).date()
    before = await portal.get(f"{query}{day}")
    at = f"{starts.astimezone(zone):%Y-%m-%dT%H}%3A{starts.astimezone(zone):%M}"
    await decided(client, slot, SlotEvent.APPROVE)
    after = await portal.get(f"{query}{day}")
    assert before.text.count("starts=") < after.text.count("starts=")  # one window is two now
    assert f"starts={at}" not in after.text


async def test_what_is_free_instead_is_one_click_from_being_asked_for(portal, client):
    starts = soon(180)
    first = await client.slot(SlotId((await ask(portal, starts=starts)).headers["location"].rpartition("/")[2]))
    await decided(client, first, SlotEvent.APPROVE)
    place = (await ask(portal, starts=starts, sysid="8", pilots="")).headers["location"]
    page = await portal.get(place)
    assert "Free instead" in words_of(page)
    links = [unescape(link) for link in re.findall(rf'href="({place}\?[^"]+)"', page.text)]
    filled = await portal.get(links[0].partition("#")[0])
    wanted = re.search(r"starts=([^&#]+)", links[0])[1].replace("%3A", ":")
    assert f'name="starts" type="datetime-local" value="{wanted}"' in filled.text


async def test_a_slot_is_cancelled_with_a_reason_and_a_change_is_asked_for(portal, client):
    answer = await ask(portal)
    place = answer.headers["location"]
    slot = await client.slot(SlotId(place.rpartition("/")[2]))
    later = f"{soon(300):%Y-%m-%dT%H:%M}+00:00"
    wished = await portal.post(f"{place}/wish", {"version": slot.version, "starts": later, "reason": "train is late"})
    assert wished.status_code == 303
    page = words_of(await portal.get(place))
    assert "with the range" in page
    assert "train is late" in page
    assert any("asks to have slot" in line.text for line in await client.log())
    (open_wish,) = await client.wishes()
    assert (open_wish.slot, open_wish.reason, open_wish.answered) == (slot.id, "train is late", False)
    assert await client.wishes(slot.id) == (open_wish,)
    nothing = await portal.post(f"{place}/change", {"version": slot.version, "event": "cancel", "reason": " "})
    assert nothing.status_code == 400
    stale = await portal.post(f"{place}/change", {"version": 99, "event": "cancel", "reason": "rain"})
    assert stale.status_code == 409
    done = await portal.post(f"{place}/change", {"version": slot.version, "event": "cancel", "reason": "rain"})
    assert done.status_code == 303
    assert (await client.slot(slot.id)).reason == "rain"
    forced = await portal.post(f"{place}/change", {"version": 2, "event": "approve", "reason": "me"})
    assert forced.status_code == 400


async def test_a_wish_is_answered_when_the_range_moves_the_slot(portal, client):
    place = (await ask(portal)).headers["location"]
    slot = await client.slot(SlotId(place.rpartition("/")[2]))
    later = soon(300)
    await portal.post(
        f"{place}/wish", {"version": slot.version, "starts": f"{later:%Y-%m-%dT%H:%M}+00:00", "reason": "late"}
    )
    await client.move_slot(slot.id, MoveRequest(later, slot.version, "as they asked"))
    page = words_of(await portal.get(place))
    assert "answered" in page
    assert "with the range" not in page
    assert await client.wishes() == ()


async def test_refusals_are_told_with_their_reason(portal, client):
    place = (await ask(portal)).headers["location"]
    slot = await client.slot(SlotId(place.rpartition("/")[2]))
    await decided(client, slot, SlotEvent.REFUSE, reason="the grass is cut")
    page = words_of(await portal.get("/company"))
    assert "Refused" in page
    assert "The grass is cut" in page


async def test_papers_are_listed_with_their_last_day(portal):
    page = words_of(await portal.get("/company/documents"))
    assert "2036-12-31" in page
    assert "SAXN" not in page


async def test_the_calendar_entry_of_a_slot_is_one_event(portal):
    place = (await ask(portal)).headers["location"]
    entry = await portal.get(f"{place}/slot.ics")
    assert entry.headers["content-type"].startswith("text/calendar")
    assert entry.text.count("BEGIN:VEVENT") == 1


async def test_anothers_things_are_as_if_they_werent_there(portal, another):
    _, plan = await hand_in(portal, name="secret survey")
    slot = (await ask(portal)).headers["location"]
    nowhere = await another.get("/company/slots/S999")
    for path in (slot, f"{slot}/slot.ics", f"{slot}/sheet.json", f"{slot}/writes"):
        answer = await another.get(path)
        assert answer.status_code == nowhere.status_code == 404, path
    assert (await another.get(f"/fly/{slot.rpartition('/')[2]}")).status_code == 404
    for path in (plan, f"{plan}/file", f"{plan}/map.json", f"{plan}/changes"):
        assert (await another.get(path)).status_code == 404, path
    for path, data in (
        (f"{slot}/change", {"version": 1, "event": "cancel", "reason": "x"}),
        (f"{slot}/wish", {"version": 1, "starts": "2030-01-01T10:00", "reason": "x"}),
        (f"{slot}/notices", {"notice": "briefing", "who": "x"}),
        (f"{slot}/go", {"go": "go", "who": "x"}),
        (f"{slot}/writes", {"who": "x", "sha256": "y"}),
        (f"{plan}/fix", {}),
    ):
        assert (await another.post(path, data)).status_code == 404, path
    assert "secret survey" not in words_of(await another.get("/company/plans"))
    refused, _ = await hand_in(another, slot=slot.rpartition("/")[2])
    assert refused.status_code == 400
    assert "ACME" not in words_of(await another.get("/company/slots"))


async def test_what_others_name_things_is_never_markup(portal, client):
    answer, place = await hand_in(portal, OUTSIDE, file_name=f"{SCRIPT}.plan", name=f"{SCRIPT}<b>")
    assert answer.status_code == 303
    slot_place = (await ask(portal, callsign=f"{SCRIPT}", contact='"><img src=x onerror=alert(1)>')).headers["location"]
    slot = await client.slot(SlotId(slot_place.rpartition("/")[2]))
    await decided(client, slot, SlotEvent.REFUSE, reason=f"because {SCRIPT}")
    for path in (
        "/company",
        "/company/plans",
        place,
        f"{place}/changes",
        "/company/slots",
        slot_place,
        "/company/plans/new",
    ):
        page = await portal.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "<b>" not in page.text.replace("<b data-silent>", ""), path
    layer = await portal.get(f"{place}/map.json")
    assert layer.headers["content-type"] == "application/geo+json"


async def test_an_offer_is_told_and_taken_or_declined(portal, client):
    starts = soon(180)
    first = await client.slot(SlotId((await ask(portal, starts=starts)).headers["location"].rpartition("/")[2]))
    second = await client.slot(
        SlotId((await ask(portal, starts=starts, sysid="8", pilots="")).headers["location"].rpartition("/")[2])
    )
    first = await decided(client, first, SlotEvent.APPROVE)
    second = await decided(client, second, SlotEvent.WAITLIST)
    await decided(client, first, SlotEvent.CANCEL, reason="rain")
    page = await portal.get("/company")
    assert "A time is offered to you" in words_of(page)
    slot = await client.slot(second.id)
    place = f"/company/slots/{slot.id}"
    assert "The range keeps it for you until" in words_of(await portal.get(place))
    assert (await portal.post(f"{place}/change", {"version": slot.version, "event": "take"})).status_code == 303
    assert (await client.slot(slot.id)).state.value == "approved"
    again = await portal.post(f"{place}/change", {"version": slot.version, "event": "decline"})
    assert again.status_code == 409


async def test_without_a_watch_what_would_be_written_is_said_to_be_unknown(portal):
    place = (await ask(portal)).headers["location"]
    page = await portal.get(f"{place}/writes")
    assert page.status_code == 503
    assert "No watch is running" in words_of(page)
    agreed = await portal.post(f"{place}/writes", {"who": "J. Jansen", "sha256": "ab"})
    assert agreed.status_code == 409
    assert "No diff was shown for it" in words_of(agreed)


async def test_a_companys_own_name_is_never_markup(client):
    await enter_as(client, "eve", f"{SCRIPT} & Co")
    async with Portal(client.address().url) as portal:
        await portal.get("/sign-in")
        await portal.sign_in("eve", SECRET)
        for path in ("/company", "/company/plans", "/company/slots", "/company/flights", "/company/documents"):
            page = await portal.get(path)
            assert page.status_code == 200
            assert "<script>alert" not in page.text
            assert "&lt;script&gt;alert" in page.text


async def enter_as(client, name, company):
    await client.add_user(name, full_name=name, roles=["company-member"], company=company, confirm=SECRET)
    await client.set_password(name, SECRET, confirm=SECRET)


@asynccontextmanager
async def a_watch_that_answers(settings, client, slot):
    """It says of every question what loading the fence would change: the same each time."""
    before, after = OnBoard((), (("FENCE_ENABLE", 0.0),)), OnBoard((), (("FENCE_ENABLE", 1.0),))
    diff = WriteDiff(Sysid(7), slot, "ab", before, after)
    watch = FakeWatch(settings)

    async def answer():
        told = 0
        while True:
            for question in watch.of(Question)[told:]:
                watch.wire.send(Answer(question.id, question.sysid, diff=diff))
                told += 1
            await asyncio.sleep(0.02)

    async with watch.at_work():
        answering = asyncio.create_task(answer())
        await until(lambda: client.operations.live.enforcing(client.operations.clock()))
        yield diff
        answering.cancel()


async def test_a_company_agrees_to_the_very_changes_that_it_saw(portal, client, settings):
    place = (await ask(portal)).headers["location"]
    slot = place.rpartition("/")[2]
    async with a_watch_that_answers(settings, client, slot) as diff:
        page = await portal.get(f"{place}/writes")
        assert "FENCE_ENABLE 0 1" in words_of(page)
        assert f'value="{diff.sha256}"' in page.text
        other = await portal.post(f"{place}/writes", {"who": "J. Jansen", "sha256": "ab" * 32})
        assert other.status_code == 409
        assert "Another diff was shown since" in words_of(other)
        nobody = await portal.post(f"{place}/writes", {"who": " ", "sha256": diff.sha256})
        assert nobody.status_code == 400
        agreed = await portal.post(f"{place}/writes", {"who": "J. Jansen", "sha256": diff.sha256})
        assert agreed.status_code == 303
        assert "J. Jansen, by word" in words_of(await portal.get(f"{place}/writes"))
    assert any("J. Jansen agrees to what is written to D07" in line.text for line in await client.log())


@pytest.mark.parametrize("typed", ["2027-10-31T02:30", "2027-03-28T02:30"])
async def test_a_time_that_the_clocks_repeat_or_skip_is_not_guessed(portal, typed):
    answered = await ask(portal, starts=typed)
    assert answered.status_code == 400
    assert "skips or repeats" in words_of(answered)


async def test_such_a_time_is_taken_with_its_offset(portal):
    assert "skips or repeats" not in words_of(await ask(portal, starts="2027-10-31T02:30+01:00"))
