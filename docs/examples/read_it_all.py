"""Lists of any length, page by page: a table of every slot, and how often each company's plans passed.

python read_it_all.py https://range.example token.txt > slots.csv
"""

import argparse
import asyncio
import csv
import sys
from collections import Counter
from pathlib import Path

from rangeops.client.api import Client
from rangeops.domain.errors import RangeopsError


async def read(client: Client) -> None:
    """The slots to stdout as CSV, the counts to stderr. The next page is asked for when this one has been read."""
    table = csv.writer(sys.stdout)
    table.writerow(["slot", "company", "volume", "starts", "ends", "state"])
    async for slot in client.each_slot():
        times = (slot.starts.isoformat(), slot.ends.isoformat())
        table.writerow([slot.id, slot.company, slot.volume, *times, slot.state.value])
    verdicts = Counter([(plan.company, plan.verdict) async for plan in client.each_plan()])
    for (company, verdict), count in sorted(verdicts.items()):
        print(f"{company}: {count} {verdict}", file=sys.stderr)


def words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("token", type=Path)
    return parser.parse_args()


async def main(given: argparse.Namespace, token: str) -> None:
    async with Client.at(given.url, token) as client:
        try:
            await read(client)
        except RangeopsError as error:
            raise SystemExit(f"{error.kind.value}: {error}") from error


if __name__ == "__main__":
    given = words()
    try:
        token = given.token.read_text().strip()
    except OSError as error:
        raise SystemExit(f"{error.filename}: {error.strerror}") from error
    asyncio.run(main(given, token))
