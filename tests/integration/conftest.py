"""A server of a test's own, a client of it, and a watch that flies nothing: for the tests that need no more than that."""

import pytest
from desk import vehicle
from serving import FakeWatch, running, settings_in, until

from rangeops.domain.orders import Orders


@pytest.fixture
def settings(tmp_path):
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
        await until(lambda: watch.of(Orders) and client.operations.live.enforcing(client.operations.clock()))
        yield watch
