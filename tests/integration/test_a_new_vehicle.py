"""A person who owns a drone: serve, link add, and there it is."""

import asyncio

import pytest

from rangeops.background import Background
from rangeops.bootstrap.parts import clock, process_environment
from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.rehearsal.processes import free_udp_port
from rangeops.settings import Settings
from rangeops.wire.picture import RangePicture

pytestmark = [pytest.mark.processes, pytest.mark.timeout(60)]

SHOWN_WITHIN_S = 3.0


async def pictures(client: Client, until) -> RangePicture:
    async for item in feed(client):
        if isinstance(item, RangePicture) and until(item):
            return item
    raise AssertionError("the feed ended")


async def test_a_vehicle_is_shown_within_three_seconds_of_its_link_being_added(tmp_path):
    settings = Settings(data=tmp_path, port=0)
    port = free_udp_port()
    with Background(settings, process_environment(settings)) as processes:
        processes.start("range", ["serve"])
        processes.start("simulator", ["sim", "run", "one-copter", "--udp-port", str(port)])
        processes.wait_for(settings.server_file.exists, "the server")
        async with Client.from_settings(settings) as client, asyncio.timeout(40):
            await pictures(client, lambda picture: picture.enforcement)
            started = clock().monotonic_s
            await client.add_link(f"udpin:127.0.0.1:{port}")  # the simulator has been sending for a while
            picture = await pictures(client, lambda picture: picture.vehicles)
            took = clock().monotonic_s - started
            assert took <= SHOWN_WITHIN_S
            assert picture.vehicles[0].vehicle_class == "copter"
            assert not picture.simulation, "what is said of a simulation is said only where it is true"
            await client.remove_link(f"udpin:127.0.0.1:{port}")
            await pictures(client, lambda picture: not picture.links)


async def test_two_control_rooms_see_the_same_and_one_that_leaves_stops_nothing(tmp_path):
    settings = Settings(data=tmp_path, port=0)
    with Background(settings, process_environment(settings)) as processes:
        processes.start("range", ["serve"])
        processes.wait_for(settings.server_file.exists, "the server")
        async with asyncio.timeout(40):
            first, second = Client.from_settings(settings), Client.from_settings(settings)
            await asyncio.gather(*(pictures(client, lambda picture: picture.enforcement) for client in (first, second)))
            await first.close()
            assert (await pictures(second, lambda picture: picture.enforcement)).enforcement
            await second.close()
