"""A simulated vehicle, heard through a Unix socket: `python try_it.py FOLDER`."""

import asyncio
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from a_range import free_udp_port, range_at_work, wait_for

from rangeops.client.api import Client
from rangeops.settings import Settings


def modem(udp_port: int, own: Path, to: Path) -> None:
    """What a modem's daemon does: vehicle packets to the socket, and the range's answers back. Ends with the program."""
    air = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    air.bind(("127.0.0.1", udp_port))
    ground = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ground.bind(str(own))
    while not to.exists():
        time.sleep(0.05)
    data, vehicle = air.recvfrom(65536)
    ground.sendto(data, str(to))

    def up() -> None:
        while True:
            air.sendto(ground.recv(65536), vehicle)

    threading.Thread(target=up, daemon=True).start()
    while True:
        ground.sendto(air.recv(65536), str(to))


async def heard(settings: Settings, udp_port: int) -> None:
    range_end, own = settings.data / "range.sock", settings.data / "modem.sock"
    async with Client.from_settings(settings) as client:
        await client.add_link(f"unixgram:{range_end}")
        threading.Thread(target=modem, args=(udp_port, own, range_end), daemon=True).start()
        picture = await wait_for(client, lambda now: any(each.sysid == 1 and each.uplink_ok for each in now.vehicles))
    (vehicle,) = picture.vehicles
    print(
        f"vehicle {vehicle.sysid} is heard on {vehicle.link.partition(':')[0]}, and answers the range: {vehicle.mode}"
    )


if __name__ == "__main__":
    port = free_udp_port()
    with range_at_work(Path(sys.argv[1]), Path("one-copter"), port) as settings:
        asyncio.run(heard(settings, port))
