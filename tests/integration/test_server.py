"""The server over its real sockets: HTTP and feed on one side, a watch's wire on the other."""

import pytest
from desk import D07, vehicle
from serving import FakeWatch, running, settings_in, until

from rangeops.domain.errors import Unavailable
from rangeops.wire.messages import JournalTaken
from rangeops.domain.orders import Orders


@pytest.fixture
async def settings(tmp_path):
    return settings_in(tmp_path)


@pytest.fixture
async def client(settings):
    async with running(settings) as client:
        yield client


@pytest.fixture
async def watch(settings, client):
    watch = FakeWatch(settings)
    watch.vehicles = (vehicle(7),)
    async with watch.at_work():
        await until(lambda: client.operations.live.enforcing(client.operations.clock()))
        yield watch


async def test_a_watch_that_connects_gets_the_orders(client, watch):
    assert (await until(lambda: watch.of(Orders)))[0].version == 1
    assert (await client.status()).enforcement
