"""A range for the examples: `rangeops serve` and a simulator in a folder of their own, and what its feed shows."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

from rangeops.background import Background
from rangeops.client.api import Client
from rangeops.client.feed import feed
from rangeops.settings import Settings
from rangeops.wire.picture import RangePicture

SHOWN_WITHIN_S = 60.0


@contextmanager
def range_at_work(folder: Path, scenario: Path, udp_port: int) -> Iterator[Settings]:
    """Both end with the block. The simulator sends to that UDP port."""
    settings = Settings(data=folder, port=0)
    environment = {**os.environ, "RANGEOPS_DATA": str(folder), "RANGEOPS_PORT": "0"}
    with Background(settings, environment) as processes:
        processes.start("range", ["serve"])
        processes.wait_for(settings.server_file.exists, "the server")
        processes.start("simulator", ["sim", "run", str(scenario), "--udp-port", str(udp_port)])
        yield settings


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def wait_for(client: Client, what: Callable[[RangePicture], bool]) -> RangePicture:
    """The first picture that shows it. Raises TimeoutError."""
    async with asyncio.timeout(SHOWN_WITHIN_S), aclosing(feed(client)) as items:
        async for item in items:
            if isinstance(item, RangePicture) and what(item):
                return item
    raise TimeoutError
