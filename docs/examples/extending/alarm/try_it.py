"""A vehicle in the air whose receiver loses satellites: `python try_it.py FOLDER`."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from a_range import free_udp_port, range_at_work, wait_for

from rangeops.client.api import Client
from rangeops.settings import Settings

FEW = "gps-weak"


async def raised(settings: Settings, udp_port: int) -> None:
    async with Client.from_settings(settings) as client:
        await client.add_link(f"udpin:127.0.0.1:{udp_port}")
        await wait_for(client, lambda now: any(alarm.condition.value == FEW for alarm in now.alarms))
        (alarm,) = [each for each in await client.alarms() if each.condition.value == FEW]
    print(f"P{alarm.priority} {alarm.source}: {alarm.title}, {alarm.value} of {alarm.limit}. {alarm.action}")


if __name__ == "__main__":
    port = free_udp_port()
    with range_at_work(Path(sys.argv[1]), Path(__file__).with_name("few-satellites.toml"), port) as settings:
        asyncio.run(raised(settings, port))
