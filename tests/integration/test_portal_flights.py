"""What a company finds afterwards: its flights with their minutes, and the incident reports that were released to it."""

import pytest
from company import MEMBER, SECRET, enter
from portal import Portal, words_of
from portal_story import HOSTILE, INCIDENT, tell
from serving import running, settings_in

from rangeops.wire.incident_review import ReviewChange
from rangeops.wire.reports import Audience, ReportForm


@pytest.fixture
async def client(tmp_path):
    settings = settings_in(tmp_path / "data")
    tell(settings, text=HOSTILE)
    async with running(settings) as client:
        await enter(client)
        yield client


@pytest.fixture
async def portal(client):
    async with Portal(client.address().url) as portal:
        await portal.get("/sign-in")
        await portal.sign_in(MEMBER, SECRET)
        yield portal


async def signed(client):
    change = ReviewChange(
        occurrence_class="incident", category="airspace", mandatory=False, headline="held before the edge",
        narrative="It turned late.", cause="wind",
    )  # fmt: skip
    await client.take_up_incident(INCIDENT)
    view = await client.change_incident_review(INCIDENT, change)
    await client.sign_incident(INCIDENT, password=SECRET, sha256=view.sha256)


async def test_flights_have_their_minutes(portal):
    page = words_of(await portal.get("/company/flights"))
    assert "S1 D07 NORTH Tue 24 Nov 2026 13:00 1.3" in page  # armed at 15 s, disarmed at 91 s


async def test_a_report_is_there_once_it_was_released_and_runs_nothing(portal, client):
    path = f"/company/incidents/{INCIDENT}/report.html"
    nowhere = await portal.get("/company/incidents/INC-2026-9999/report.html")
    assert INCIDENT not in words_of(await portal.get("/company/flights"))
    early = await portal.get(path)
    assert (early.status_code, nowhere.status_code) == (404, 404)
    await signed(client)
    await client.write_report(INCIDENT, form=ReportForm.HTML, audience=Audience.RANGE)
    assert (await portal.get(path)).status_code == 404  # the range's own isn't his
    await client.write_report(INCIDENT, form=ReportForm.HTML, audience=Audience.COMPANY)
    listed = await portal.get("/company/flights")
    assert INCIDENT in words_of(listed)
    assert "<script>alert" not in listed.text
    assert "<img src=x" not in listed.text
    assert f"/company/incidents/{INCIDENT}/report.pdf" not in listed.text  # that form wasn't released
    report = await portal.get(path)
    assert report.status_code == 200
    assert "sandbox" in report.headers["content-security-policy"]
    assert report.headers["cache-control"] == "no-store"
    assert (await portal.get(f"/company/incidents/{INCIDENT}/report.exe")).status_code == 400


async def test_another_company_has_none_of_it(portal, client):
    await signed(client)
    await client.write_report(INCIDENT, form=ReportForm.HTML, audience=Audience.COMPANY)
    await client.add_user("otto", full_name="Otto", roles=["company-member"], company="SAXN", confirm=SECRET)
    await client.set_password("otto", SECRET, confirm=SECRET)
    async with Portal(client.address().url) as another:
        await another.get("/sign-in")
        await another.sign_in("otto", SECRET)
        page = words_of(await another.get("/company/flights"))
        assert "Nothing was flown yet." in page
        assert INCIDENT not in page
        assert (await another.get(f"/company/incidents/{INCIDENT}/report.html")).status_code == 404
