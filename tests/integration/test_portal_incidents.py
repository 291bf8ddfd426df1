"""Incidents in the portal over a real server: found, read with their evidence, reviewed, signed, released; nobody else's."""

import io
import json
import zipfile
from functools import partial

import pytest
from portal import Portal, words_of
from portal_story import HOSTILE, INCIDENT, SYSID, tell, told_range
from seeds import hand_in
from serving import InThisThread, running, settings_in, until

from rangeops.incident_replay import incident_film
from rangeops.server.bundles import Bundling
from rangeops.server.films import Filming
from rangeops.server.workers import ProcessWorkers
from rangeops.wire.bundles import BundleMade, BundleView

SECRET = "correct horse battery"
BASE = f"/incidents/{INCIDENT}"
REVIEW = {
    "occurrence_class": "incident",
    "category": "airspace",
    "mandatory": "no",
    "headline": "D07 was held before NORTH's edge",
    "narrative": "It turned late.\nThe range held it.",
    "cause": "wind",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Told once; each test has a copy."""
    folder = tmp_path_factory.mktemp("told") / "data"
    tell(settings_in(folder))
    return folder


@pytest.fixture
async def client(tmp_path, told):
    async with told_range(told, settings_in(tmp_path / "data"), SECRET) as client:
        yield client


@pytest.fixture
async def portal(client):
    async with Portal(client.address().url) as portal:
        await portal.sign_in("op1", SECRET)
        yield portal


@pytest.fixture
async def member(client, portal):  # op1 has his password by then
    """Somebody of ACME, whose vehicle it was."""
    await hand_in(client, "ACME")
    await client.add_user("anna", full_name="Anna", roles=["company-member"], company="ACME", confirm=SECRET)
    await client.set_password("anna", SECRET, confirm=SECRET)
    async with Portal(client.address().url) as theirs:
        await theirs.sign_in("anna", SECRET)
        yield theirs


async def shown(portal, field="sha256"):
    """What the review's page carries: what a signature is over, and what of the review it was made of."""
    page = await portal.get(f"{BASE}/review")
    return page.text.partition(f'name="{field}" value="')[2].partition('"')[0]


async def reviewed(portal, **changed):
    await portal.post(f"{BASE}/review/take-up")
    answer = await portal.post(f"{BASE}/review/text", {**REVIEW, "seen": await shown(portal, "seen"), **changed})
    assert answer.status_code == 303, words_of(answer)


async def test_incidents_are_found_by_what_is_asked_and_the_address_keeps_it(portal):
    found = await portal.get("/incidents", params={"text": "north edge", "state": "open", "vehicle": "D07"})
    assert INCIDENT in words_of(found)
    assert "stopped before the edge" in words_of(found)
    assert 'value="north edge"' in found.text
    assert INCIDENT not in words_of(await portal.get("/incidents", params={"state": "signed"}))
    wrong = await portal.get("/incidents", params={"since": "2026-11-25", "until": "2026-11-24"})
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (400, True)


async def test_a_timeline_names_the_entry_of_each_line_and_the_entry_is_shown(portal):
    page = await portal.get(BASE)
    assert "alarm P1 Leaves NORTH" in words_of(page)
    number = page.text.partition(f"{BASE}/entries/")[2].partition('"')[0]
    entry = words_of(await portal.get(f"{BASE}/entries/{number}"))
    assert "Hash of this entry" in entry
    assert (await portal.get(f"{BASE}/entries/999999")).status_code == 404
    assert (await portal.get("/incidents/INC-2026-0099")).status_code == 404


async def test_its_map_has_volumes_track_and_marks(portal):
    collection = json.loads((await portal.get(f"{BASE}/map.json")).content)
    kinds = [each["properties"]["kind"] for each in collection["features"]]
    assert {"geography", "contingency", "buffer", "track", "untrusted", "alarm", "command"} == set(kinds)
    for each in collection["features"]:
        if each["geometry"]["type"] == "LineString":
            assert len(each["geometry"]["coordinates"]) > 1


async def test_one_is_opened_by_hand_and_what_was_typed_comes_back(portal):
    blank = await portal.post("/incidents/new", {"title": "", "happened": "2026-11-24T13:05:00"})
    assert blank.status_code == 400
    typed = {"title": "a drone over the hangar", "happened": "2026-11-24T13:05:00", "sysid": "x"}
    wrong = await portal.post("/incidents/new", typed)
    assert (wrong.status_code, 'value="a drone over the hangar"' in wrong.text) == (400, True)
    made = await portal.post("/incidents/new", typed | {"sysid": ""})
    assert made.status_code == 303
    place = made.headers["location"]
    page = words_of(await portal.get(place))
    assert "a drone over the hangar" in page
    for part in ("map.json", "replay", "replay/film.json", "replay/figures.json", "review", "papers", "papers/preview"):
        assert (await portal.get(f"{place}/{part}")).status_code == 200, part
    assert "12:05:00 UTC" in page  # the range's clock was an hour ahead


async def test_a_review_is_taken_up_written_and_signed_and_a_signed_one_is_read(portal):
    await reviewed(portal)
    page = words_of(await portal.get(f"{BASE}/review"))
    assert "It turned late." in page
    refused = await portal.post(f"{BASE}/review/sign", {"password": "wrong", "sha256": await shown(portal)})
    assert (refused.status_code, 'role="alert"' in refused.text) == (403, True)
    signed = await portal.post(f"{BASE}/review/sign", {"password": SECRET, "sha256": await shown(portal)})
    assert signed.status_code == 303, words_of(signed)
    done = await portal.get(f"{BASE}/review")
    assert "Sign it" not in words_of(done)
    assert "Keep it" not in words_of(done)
    again = await portal.post(f"{BASE}/review/reopen", {"why": ""})
    assert again.status_code == 400
    assert (await portal.post(f"{BASE}/review/reopen", {"why": "a witness came forward"})).status_code == 303
    assert "Signed revisions before this one" in words_of(await portal.get(f"{BASE}/review"))


async def test_what_is_grave_is_signed_by_two_persons_and_by_nobody_twice(client, portal):
    await client.add_user("rita", full_name="Rita", roles=["range-safety-officer"], confirm=SECRET)
    await client.set_password("rita", SECRET, confirm=SECRET)
    await reviewed(portal, occurrence_class="serious incident", mandatory="yes")
    told = client.operations.clock().utc.isoformat()
    lacking = words_of(await portal.get(f"{BASE}/review"))
    assert "when the safety board was told" in lacking
    assert "Sign it" not in lacking
    times = {"notified_utc": told, "board_utc": told, "seen": await shown(portal, "seen")}
    assert (await portal.post(f"{BASE}/review/clocks", times)).status_code == 303
    assert "needs 2 persons" in words_of(await portal.get(f"{BASE}/review"))
    sha256 = await shown(portal)
    await portal.post(f"{BASE}/review/sign", {"password": SECRET, "sha256": sha256})
    assert "it waits for a second person" in words_of(await portal.get(f"{BASE}/review"))
    twice = await portal.post(f"{BASE}/review/sign", {"password": SECRET, "sha256": sha256})
    assert twice.status_code == 409
    async with Portal(portal.url) as second:
        await second.sign_in("rita", SECRET)
        assert await shown(second) == sha256
        assert (await second.post(f"{BASE}/review/sign", {"password": SECRET, "sha256": sha256})).status_code == 303
    assert (await client.incident(INCIDENT)).state == "signed"


async def test_who_writes_over_anothers_change_is_told_and_keeps_what_he_typed(portal):
    await portal.post(f"{BASE}/review/take-up")
    before = await shown(portal, "seen")
    await portal.post(f"{BASE}/review/text", {**REVIEW, "seen": before})
    other = await portal.post(f"{BASE}/review/text", {**REVIEW, "narrative": "my own words", "seen": before})
    assert other.status_code == 409
    assert "my own words" in other.text
    assert "It turned late." in other.text
    stale = await portal.post(f"{BASE}/review/sign", {"password": SECRET, "sha256": "ab" * 32})
    assert stale.status_code == 409


async def test_actions_clocks_and_persons_of_a_review(portal):
    await reviewed(portal)
    lacking = await portal.post(f"{BASE}/review/actions", {"what": "move the fence in", "owner": "", "due": ""})
    assert (lacking.status_code, 'value="move the fence in"' in lacking.text) == (400, True)
    await portal.post(f"{BASE}/review/actions", {"what": "move the fence in", "owner": "op1", "due": "2036-12-01"})
    await portal.post(f"{BASE}/review/actions", {"id": "F1"})
    await portal.post(f"{BASE}/review/persons", {"role": "witness", "name": "W. Vogel", "statement": "I saw it."})
    page = words_of(await portal.get(f"{BASE}/review"))
    assert "move the fence in" in page
    assert "W. Vogel" in page
    times = {"notified_utc": "2026-11-24T18:00:00", "seen": await shown(portal, "seen")}
    assert (await portal.post(f"{BASE}/review/clocks", times)).status_code in (
        303,
        400,
    )  # as the machine's clock stands
    await portal.post(f"{BASE}/review/persons/erase", {"id": "W1", "why": "asked for it"})
    assert "W. Vogel" not in words_of(await portal.get(f"{BASE}/review"))


async def test_its_report_is_written_verified_and_released_to_its_company(portal, member):
    early = await portal.post(f"{BASE}/papers/release")
    assert early.status_code == 400
    assert (await member.get("/incidents")).status_code == 403
    await reviewed(portal)
    await portal.post(f"{BASE}/review/sign", {"password": SECRET, "sha256": await shown(portal)})
    assert (await portal.post(f"{BASE}/papers", {"form": "html"})).status_code == 303
    assert (await portal.post(f"{BASE}/papers", {"form": "pdf"})).status_code == 303
    preview = await portal.get(f"{BASE}/papers/preview")
    assert "sandbox" in preview.headers["content-security-policy"]
    assert (await portal.post(f"{BASE}/papers/release")).status_code == 303
    page = await portal.get(f"{BASE}/papers")
    assert f"{INCIDENT}-rev1-company.html" in words_of(page)
    file = await portal.get(f"{BASE}/papers/files/{INCIDENT}-rev1.html")
    assert (file.status_code, "sandbox" in file.headers["content-security-policy"]) == (200, True)
    assert (await portal.get(f"{BASE}/papers/files/..%2F..%2Frangeops.db")).status_code == 404
    code = (await portal.get(f"{BASE}/review")).text.partition('class="seal">')[2].partition("<")[0]
    assert INCIDENT in words_of(await portal.get("/incidents/verify", params={"code": code}))
    assert (await portal.get("/incidents/verify", params={"code": "AAAA-AAAA-AAAA"})).status_code == 404
    released = await member.http.get(f"/api/v1/incidents/{INCIDENT}/report")
    assert released.status_code == 200
    draft = await portal.get(f"{BASE}/papers/eccairs.json")
    assert draft.headers["content-disposition"].startswith("attachment")


async def test_evidence_is_refused_where_nobody_writes_it_and_leaves_as_a_file(client, portal, tmp_path):
    def write(order):
        file = tmp_path / "bundle.zip"
        with zipfile.ZipFile(file, "w") as made:
            made.writestr("README", order.incident)
        return BundleMade(str(file), BundleView(order.incident, "ab" * 32, file.stat().st_size, 1, 0, 0, ()))

    refused = await portal.post(f"{BASE}/papers/evidence.zip")
    assert (refused.status_code, 'role="alert"' in refused.text) == (503, True)
    client.operations.bundling = Bundling(InThisThread(), write)
    made = await portal.post(f"{BASE}/papers/evidence.zip", {"whole": "yes"})
    assert zipfile.ZipFile(io.BytesIO(made.content)).namelist() == ["README"]
    assert f'filename="{INCIDENT}-evidence.zip"' in made.headers["content-disposition"]
    await until(lambda: not (tmp_path / "bundle.zip").exists())


async def test_its_film_comes_from_the_record_and_the_recordings(portal):
    film = json.loads((await portal.get(f"{BASE}/replay/film.json")).content)
    (vehicle,) = film["vehicles"]
    assert (vehicle["sysid"], vehicle["callsign"], vehicle["company"]) == (SYSID, "D07", "ACME")
    assert film["moments"] == len(vehicle["latitude_deg"]) == 551
    assert any("Leaves NORTH" in alarm for scene in film["scenes"] for alarm in scene["alarms"])
    assert any("op1 saw watch" in seen for scene in film["scenes"] for seen in scene["seen"])
    assert {"alarm", "command", "shown"} <= {mark["kind"] for mark in film["marks"]}
    figures = json.loads((await portal.get(f"{BASE}/replay/figures.json")).content)
    assert {plot["name"] for plot in figures["plots"]} == {"altitude", "distance", "speed"}
    assert len(figures["utc_s"]) == len(figures["plots"][0]["values"]) == 200
    assert None in figures["plots"][1]["values"]  # where its position wasn't trusted
    page = words_of(await portal.get(f"{BASE}/replay"))
    assert page.count("REPLAY") >= 1
    assert "not live" in page


@pytest.mark.processes
async def test_a_film_is_made_in_a_process_of_its_own(client, portal, tmp_path):
    with ProcessWorkers() as workers:
        client.operations.filming = Filming(workers, partial(incident_film, settings_in(tmp_path / "data")))
        answer = await portal.get(f"{BASE}/replay/film.json")
        assert (answer.status_code, json.loads(answer.content)["moments"]) == (200, 551)
        assert (await portal.get("/incidents/INC-2026-0099/replay/film.json")).status_code == 404


async def test_without_somebody_who_makes_films_the_page_says_where_to_replay(client, portal):
    client.operations.filming = None
    answer = await portal.get(f"{BASE}/replay/film.json")
    assert (answer.status_code, "rangeops replay" in words_of(answer)) == (503, True)


async def test_what_others_wrote_is_text_and_nothing_else(tmp_path):
    settings = settings_in(tmp_path / "data")
    tell(settings, text=HOSTILE)
    async with running(settings) as client:
        await client.set_password("op1", SECRET)
        async with Portal(client.address().url) as portal:
            await portal.sign_in("op1", SECRET)
            await reviewed(portal, narrative=HOSTILE, headline=HOSTILE, cause=HOSTILE, category=HOSTILE[:90])
            await portal.post(f"{BASE}/review/persons", {"role": HOSTILE, "name": HOSTILE, "statement": HOSTILE})
            await portal.post(f"{BASE}/review/actions", {"what": HOSTILE, "owner": HOSTILE, "due": "2036-12-01"})
            for path in (
                "/incidents",
                "/incidents?text=%3Cscript%3E",
                BASE,
                f"{BASE}/review",
                f"{BASE}/papers",
                f"{BASE}/replay",
            ):
                page = (await portal.get(path)).text
                assert "<script>alert" not in page
                assert "<img src=x" not in page
                assert "\u202e" not in page
