"""A server of a test's own, with a company's member on it, and Debian's browser at its door."""

import pytest
from browser import CHROMIUM, opened
from company import enter
from serving import REAL_PLANS, FakeWatch, running, settings_in, until
from web import sign_in


def pytest_collection_modifyitems(items):
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.processes)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"))


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path / "data")


@pytest.fixture
async def client(settings):
    async with running(settings, plans=REAL_PLANS) as client:
        await enter(client)
        yield client


@pytest.fixture
async def watch(settings, client):
    watch = FakeWatch(settings)
    async with watch.at_work():
        await until(lambda: client.operations.live.enforcing(client.operations.clock()))
        yield watch


@pytest.fixture
def url(client):
    return client.address().url


@pytest.fixture
async def page(tmp_path, url):
    """Whatever it does: nothing of another host's, and nothing that its console calls an error."""
    async with opened(tmp_path, (1400, 900)) as page:
        yield page
        assert {each.startswith((url, "data:", "about:", "blob:")) for each in page.requested} <= {True}, page.requested
        assert page.said == []


@pytest.fixture
async def member(page, url):
    """The page, with the company's member signed in by typing."""
    await sign_in(page, url)
    return page
