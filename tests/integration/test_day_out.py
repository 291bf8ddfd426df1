"""What leaves the range: a day's board, feeds and drafts over the real API and from a shell; who may have them."""

from datetime import UTC, datetime, timedelta

import pytest
from desk import D07
from icalendar import Calendar
from shell import rangeops

from rangeops.domain.errors import NotFound, RangeopsError
from rangeops.domain.slots import SlotEvent, SlotId
from rangeops.wire.api import SlotRequest

NOON = (datetime.now(UTC) + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)


def request(minutes=0, **changed):
    starts = NOON + timedelta(minutes=minutes)
    values = {
        "company": "ACME", "volume": "NORTH", "starts": starts, "ends": starts + timedelta(minutes=30), "sysid": D07,
        "callsign": "D07", "airframe": "survey-quad", "contact": "ch 2",
    }  # fmt: skip
    return SlotRequest(**(values | changed))


async def test_a_day_tells_who_is_in_whose_way(client):
    first = await client.book(request())
    await client.change_slot(first.id, SlotEvent.APPROVE, version=first.version)
    second = await client.book(request(10, sysid=8, callsign="D08"))
    view = await client.day(NOON.date())
    assert view.day == NOON.date()
    assert [(each.slot, each.other) for each in view.conflicts] == [(second.id, first.id)]
    assert (await client.day(NOON.date() + timedelta(days=1))).conflicts == ()


async def test_a_day_that_is_none_is_refused_in_a_sentence(client):
    with pytest.raises(RangeopsError):
        await client._get("/days/2026-02-30", object)


async def test_a_moved_and_cancelled_slot_is_the_same_entry(client):
    slot = await client.book(request())
    (before,) = Calendar.from_ical(await client.calendar("company", "ACME")).walk("VEVENT")
    slot = await client.change_slot(slot.id, SlotEvent.CANCEL, version=slot.version, reason="rain")
    (after,) = Calendar.from_ical(await client.calendar("volume", "NORTH")).walk("VEVENT")
    assert before["uid"] == after["uid"]
    assert after["sequence"] == slot.version > before["sequence"]
    assert (before["status"], after["status"]) == ("TENTATIVE", "CANCELLED")
    assert "rain" in after["description"]


async def test_a_feed_is_text_calendar_and_wants_the_token(client):
    await client.book(request())
    answer = await client._send("GET", "/calendars/volume/NORTH.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    bare = await client._http.get(f"{client.address().url}/api/v1/calendars/volume/NORTH.ics")
    assert bare.status_code == 401


async def test_drafts_are_given_and_an_unknown_slot_has_none(client):
    slot = await client.book(request())
    assert (await client.notam(slot.id)).text.startswith("Q) EHAA/QWULW/")
    assert "duty@airport.example" in (await client.mail(slot.id)).to[0]
    with pytest.raises(NotFound):
        await client.notam(SlotId("S99"))


@pytest.mark.processes
async def test_from_a_shell(settings, client, tmp_path):
    slot = await client.book(request())
    file = tmp_path / "north.ics"
    assert await rangeops(settings, "slot", "ics", "--volume", "NORTH", "-o", str(file)) == (
        0, "", f"{file}: 1 slots of NORTH\n"
    )  # fmt: skip
    assert len(Calendar.from_ical(file.read_bytes()).walk("VEVENT")) == 1
    code, out, said = await rangeops(settings, "slot", "notam", slot.id)
    assert (code, out.splitlines()[0][:8]) == (0, "Q) EHAA/")
    assert "DRAFT of a NOTAM" in said
    assert "NOT TO BE FILED" in said
    code, out, said = await rangeops(settings, "slot", "mail", slot.id)
    assert (code, out.splitlines()[1].startswith("Subject: Unmanned flight S1")) == (0, True)
    assert "nothing was sent" in said
    code, _, said = await rangeops(settings, "slot", "ics")
    assert (code, "one of --company and --volume is needed" in said) == (2, True)
