"""What other systems subscribe to: zones in the published form, kept by whoever has them; and where everybody is."""

import inspect
import json
from dataclasses import replace
from email.utils import parsedate_to_datetime

import httpx
import pytest
from desk import TWENTE, vehicle
from ed318_rules import require_collection
from serving import until

from rangeops.adapters import check
from rangeops.adapters.formats.zone_files import read_zones


@pytest.fixture
async def public(client):
    """Somebody without a token."""
    async with httpx.AsyncClient(base_url=f"{client.address().url}/api/v1", trust_env=False) as http:
        yield http


async def test_zones_are_public_valid_and_the_very_ones_in_force(public):
    answer = await public.get("/zones/ed318")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    require_collection(answer.json())
    read = read_zones("range.json", answer.content, frame=TWENTE.frame, as_format="ed318")
    assert not read.broken
    assert [(zone.id, zone.restriction, zone.areas) for zone in read.zones] == [
        (zone.id, zone.restriction, zone.areas) for zone in TWENTE.zones
    ]


async def test_they_carry_their_version(client, public):
    document = (await public.get("/zones/ed318")).json()
    version = client.operations.services.zones.version.name
    assert version in document["name"]
    assert version in document["metadata"]["description"][0]["text"]
    assert document["metadata"]["issued"].endswith("Z")


async def test_who_has_them_is_not_sent_them_again(public):
    first = await public.get("/zones/ed318")
    assert first.headers["cache-control"] == "public, max-age=60"
    for headers in (
        {"If-None-Match": first.headers["etag"]},
        {"If-None-Match": f'"other", W/{first.headers["etag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = await public.get("/zones/ed318", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == first.headers["cache-control"]
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": first.headers["last-modified"]},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert (await public.get("/zones/ed318", headers=headers)).status_code == 200
    assert parsedate_to_datetime(first.headers["last-modified"]).tzinfo is not None
    head = await public.head("/zones/ed318")
    assert (head.status_code, head.headers["etag"], head.content) == (200, first.headers["etag"], b"")


async def test_another_form_is_another_thing_with_a_tag_of_its_own(public):
    one, other = await public.get("/zones/ed318"), await public.get("/zones/ed269")
    assert other.headers["content-type"] == "application/json"
    assert one.headers["etag"] != other.headers["etag"]
    assert len(other.json()["features"]) == len(TWENTE.zones)


async def test_positions_say_what_is_known_and_what_is_not(client, watch, public):
    known, lost = vehicle(7), replace(vehicle(8), callsign="D08", latitude_deg=None, longitude_deg=None)
    watch.vehicles = (known, lost)
    live, clock = client.operations.live, client.operations.clock
    await until(lambda: len(live.picture(clock()).vehicles) == 2 and live.enforcing(clock()))
    headers = {"Authorization": f"Bearer {client.address().token}"}
    answer = await public.get("/positions.geojson", headers=headers)
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["cache-control"] == "no-store"
    collection = answer.json()
    assert (collection["type"], collection["enforcement"]) == ("FeatureCollection", True)
    seen, unseen = collection["features"]
    assert seen["geometry"] == {
        "type": "Point",
        "coordinates": [round(known.longitude_deg, 7), round(known.latitude_deg, 7)],
    }
    assert seen["properties"]["altitude_datum"] == "AMSL, EGM96"
    assert seen["properties"]["position_age_s"] >= 0
    assert unseen["geometry"] is None
    assert unseen["properties"]["position"] == "unknown"
    assert (await public.get("/positions.geojson")).status_code == 401


async def test_nothing_freezes_when_the_watch_falls_silent(client, watch, public):
    watch.silent = True
    await until(lambda: not client.operations.live.enforcing(client.operations.clock()))
    headers = {"Authorization": f"Bearer {client.address().token}"}
    collection = json.loads((await public.get("/positions.geojson", headers=headers)).content)
    assert not collection["enforcement"]
    assert [each["geometry"] for each in collection["features"]] == [None]


async def test_the_script_that_verifies_evidence_is_public_and_as_it_is_shipped(client):
    """A person who was given a bundle has no account here; docs/verify-by-hand.md has the script's SHA-256."""
    async with httpx.AsyncClient(base_url=client.address().url, trust_env=False) as http:
        answer = await http.get("/check.py")
    assert (answer.status_code, answer.text) == (200, inspect.getsource(check))
    assert answer.headers["content-type"].startswith("text/x-python")
