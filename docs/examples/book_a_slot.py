"""A company hands in a plan, looks when its volume is free, and asks for a slot there.

    python book_a_slot.py https://range.example token.txt survey.plan --company ACME --volume NORTH --airframe survey-quad

token.txt holds an API token for "read", "plans" and "slots" (docs/users.md). What is repeated after a broken connection is made
once: the client gives each request that creates something a key.
"""

import argparse
import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rangeops.client.api import Client
from rangeops.domain.errors import RangeopsError
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import SlotRequest
from rangeops.wire.free_busy import BusyView

FLIGHT = timedelta(minutes=30)
BESIDE = timedelta(minutes=10)  # the range keeps some time between two slots


def first_free(busy: Iterable[BusyView], volume: str, earliest: datetime) -> datetime:
    """The first time from `earliest` on at which nothing holds the volume for as long as the flight and what is kept beside."""
    starts = earliest
    for each in sorted(busy, key=lambda each: each.starts):
        if volume in each.volumes and each.starts < starts + FLIGHT + BESIDE and each.ends + BESIDE > starts:
            starts = each.ends + BESIDE
    return starts


async def book(client: Client, plan: bytes, name: str, *, company: str, volume: str, airframe: str) -> str:
    """The slot's id. Raises RangeopsError: what is wrong, with what, and what to do about it."""
    checked = await client.submit_plan(
        plan, file_name=f"{name}.plan", name=name, company=company, volume=volume, airframe=airframe
    )
    print(f"plan {checked.id} revision {checked.revision}: {checked.verdict}")
    for check in checked.checks:
        if not check.passed:
            print(f"  {check.code} {check.title}: {check.what} {check.fix}".rstrip())

    earliest = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=1)
    busy = await client.free_busy(earliest, earliest + timedelta(days=7))
    starts = first_free(busy, volume, earliest)
    slot = await client.book(
        SlotRequest(company, volume, starts, starts + FLIGHT, Sysid(7), "D07", airframe, "channel 2", checked.id)
    )
    print(f"slot {slot.id}: {slot.volume} {slot.starts:%d %b %H:%M} UTC, {slot.state.value} {slot.reason}".rstrip())
    for due in await client.permissions_due(slot.id):
        print(f"  needs {due}")
    return slot.id


def words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("token", type=Path)
    parser.add_argument("plan", type=Path)
    for name in ("company", "volume", "airframe"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


async def main(given: argparse.Namespace, token: str, content: bytes) -> None:
    async with Client.at(given.url, token) as client:
        try:
            await book(
                client, content, given.plan.stem, company=given.company, volume=given.volume, airframe=given.airframe
            )
        except RangeopsError as error:
            raise SystemExit(f"{error.kind.value}: {error}") from error


if __name__ == "__main__":
    given = words()
    try:
        token, content = given.token.read_text().strip(), given.plan.read_bytes()
    except OSError as error:
        raise SystemExit(f"{error.filename}: {error.strerror}") from error
    asyncio.run(main(given, token, content))
