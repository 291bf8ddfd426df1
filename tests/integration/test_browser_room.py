"""The control room in a real browser, on a range of its own: seen, typed into, and nothing fetched from elsewhere."""

import asyncio
import os
import re
import subprocess
import sys

import pytest
from browser import CHROMIUM, opened

from rangeops.client.api import Client
from rangeops.settings import Settings

pytest.importorskip("textual_serve", reason="the extra `web` isn't installed")
pytestmark = [pytest.mark.processes, pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")]
ENDS_S = 30


@pytest.fixture
def served(tmp_path):
    """`rangeops control --web`, and the address that it printed."""
    settings = Settings(data=tmp_path / "data", port=0, config=str(tmp_path / "config"))
    process = subprocess.Popen(
        [sys.executable, "-m", "rangeops", "control", "--web"],
        env={**os.environ, **settings.environment()},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "one is started" in process.stderr.readline()
        said = process.stderr.readline()
        yield settings, re.search(r"http://\S+", said).group(0)
    finally:
        process.terminate()
        process.wait(ENDS_S)
        process.stderr.close()


async def test_keys_typed_in_a_browser_reach_the_range(served, tmp_path):
    settings, address = served
    async with opened(tmp_path) as page, Client.from_settings(settings) as client:
        await page.goes_to(address)
        await page.until("document.activeElement?.tagName === 'TEXTAREA'")
        await page.types("7nseen in a browser\r")
        async with asyncio.timeout(60):
            while not (notes := (await client.handover()).notes):  # noqa: ASYNC110  # the range tells nobody here
                await asyncio.sleep(0.2)
        assert notes[0].text == "seen in a browser"
        own = address.split("/enter/")[0]
        assert {url.startswith((own, "data:")) for url in page.requested} == {True}, page.requested
        assert page.said == []
