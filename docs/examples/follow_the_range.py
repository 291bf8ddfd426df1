"""Somebody of the range follows it: where every vehicle is, what the log says, and that the server was away.

    python follow_the_range.py https://range.example token.txt --pictures 10

The token is one for "read" of somebody of the range's people. A company reads `/events` or `/positions.geojson` (docs/api.md), which
show it its own vehicles.
"""

import argparse
import asyncio
from contextlib import aclosing
from pathlib import Path

from rangeops.client.api import Client
from rangeops.client.feed import Connected, Disconnected, feed
from rangeops.wire.picture import LogLine, RangePicture


def line_of(picture: RangePicture) -> str:
    """One line. What isn't known is None, and never a last value."""
    vehicles = [
        f"{each.callsign} {each.standing.value} {'--' if each.margin_m is None else f'{each.margin_m:.0f} m'}"
        for each in picture.vehicles
    ]
    watched = "" if picture.enforcement else "NOT ENFORCED "
    return f"{picture.utc:%H:%M:%S} {watched}{', '.join(vehicles) or 'nobody flies'}"


async def follow(client: Client, pictures: int) -> None:
    """It reconnects by itself, and says so: between Disconnected and Connected nothing is known."""
    async with aclosing(feed(client)) as items:
        async for item in items:
            match item:
                case Connected(url):
                    print(f"connected to {url}")
                case Disconnected(reason):
                    print(f"AWAY: {reason}")
                case LogLine():
                    print(f"  {item.utc:%H:%M:%S} {item.source}: {item.text}")
                case RangePicture():
                    print(line_of(item))
                    pictures -= 1
                    if pictures == 0:
                        return


def words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("token", type=Path)
    parser.add_argument("--pictures", type=int, default=10)
    return parser.parse_args()


async def main(given: argparse.Namespace, token: str) -> None:
    async with Client.at(given.url, token) as client:
        await follow(client, given.pictures)


if __name__ == "__main__":
    given = words()
    try:
        token = given.token.read_text().strip()
    except OSError as error:
        raise SystemExit(f"{error.filename}: {error.strerror}") from error
    asyncio.run(main(given, token))
