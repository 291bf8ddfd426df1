"""A server whose zones are others now ends itself, so that the supervisor builds it anew; a broken file ends nothing."""

import asyncio
from datetime import timedelta

from serving import InThisThread, build, until

from rangeops.bootstrap.parts import clock
from rangeops.bootstrap.ranges import load_range, temporary_zones, zones_moved
from rangeops.domain.schedules import Applicability
from rangeops.domain.zones import Circle, Restriction, Zone, ZoneArea
from rangeops.lifeline import Lifeline
from rangeops.server import process


def notam(identifier="NOTAM"):
    now = clock().utc.replace(microsecond=0)
    return Zone(
        identifier,
        "Airshow",
        Restriction.PROHIBITED,
        (ZoneArea(Circle(52.2755, 6.8975, 40), None, None),),
        applicability=(Applicability(now, now + timedelta(hours=1)),),
    )


def test_zones_move_when_one_comes_or_goes_and_not_otherwise(settings):
    site = load_range(settings)
    store = temporary_zones(settings, site)
    moved = zones_moved(settings, site)
    assert not moved()
    store.add([notam()], clock().utc)
    assert moved()
    assert [zone.id for zone in load_range(settings).zones][-1] == "NOTAM"
    started_anew = zones_moved(settings, load_range(settings))
    assert not started_anew()
    store.remove("NOTAM", clock().utc)
    assert started_anew()


def test_a_change_while_the_server_was_being_built_is_seen(settings):
    site = load_range(settings)
    temporary_zones(settings, site).add([notam()], clock().utc)
    assert zones_moved(settings, site)()


def test_a_file_that_is_no_zone_file_moves_nothing(settings):
    site = load_range(settings)
    moved = zones_moved(settings, site)
    settings.temporary_zones_folder.mkdir(parents=True)
    (settings.temporary_zones_folder / "twente.json").write_text('{"type": "FeatureCollection"')
    assert not moved()
    assert not moved()


async def test_a_stale_server_ends_by_itself_and_in_order(settings):
    stale = []
    app, operations = build(settings, InThisThread())
    listening = process.take_port(settings.host, settings.port)
    server = process.make_server(app)
    serving = asyncio.create_task(
        process.serve(server, listening, settings, Lifeline(None), is_stale=lambda: bool(stale))
    )
    await until(lambda: settings.server_file.exists() or serving.done())
    assert not serving.done()
    stale.append(True)
    await asyncio.wait_for(serving, 10)
    assert not settings.server_file.exists()
    listening.close()
    operations.services.store.close()
