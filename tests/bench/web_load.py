"""People at the portal, from a process of their own: they read pages and hand in plans, and think in between."""

import asyncio
import multiprocessing
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import httpx

from rangeops.client.api import Client
from rangeops.paths import shipped
from rangeops.settings import Settings

PASSWORD = "correct horse battery"
COMPANIES = ("ACME", "SAXION", "FIRE", "UTWENTE")
SESSIONS = 15  # of each account: fewer than the server lets one have
COMPANY_PAGES = (
    "/company", "/company/plans", "/company/slots", "/company/documents", "/company/flights", "/company/slots/find",
    "/map/range.json",
)  # fmt: skip
RANGE_PAGES = ("/range", "/incidents", "/board", "/board/part", "/live", "/registers", "/reports", "/map/range.json")
CUT = 599
"""Counted as a server's failure: no answer at all."""

THINKS_S = (2.0, 6.0)
"""Between two pages, evenly: nobody reads one in less."""

PLAN = shipped("scenarios") / "plans" / "acme-0042-rev2.plan"
_CSRF = re.compile(r'<meta name="csrf" content="([0-9a-f]+)">')
_STARTS_S = 120.0
_OVER_S = 60.0


@dataclass
class Visits:
    """took_ms: of each page. verdicts: plans that were handed in. statuses: how many answers of each."""

    took_ms: list[float] = field(default_factory=list)
    verdicts: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def failures(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)


async def make_accounts(settings: Settings, sessions: int) -> list[tuple[str, str]]:
    """(name, company) of as many accounts as so many sessions need: half of them companies' members, half observers."""
    accounts: list[tuple[str, str]] = []
    async with Client.from_settings(settings) as client:
        await client.set_password(settings.operator, PASSWORD)
        for number in range(-(-sessions // SESSIONS)):
            company = COMPANIES[number // 2 % len(COMPANIES)] if number % 2 == 0 else ""
            name, role = f"visitor{number}", "company-member" if company else "observer"
            await client.add_user(name, full_name=name, roles=[role], company=company, confirm=PASSWORD)
            await client.set_password(name, PASSWORD, confirm=PASSWORD)
            accounts.append((name, company))
    return accounts


class _Visitor:
    def __init__(self, url: str, name: str, company: str, seed: int) -> None:
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30, headers={"Origin": url})
        self.name, self.company = name, company
        self.random = random.Random(seed)
        self.csrf = ""

    async def sign_in(self) -> None:
        answer = await self.http.post("/sign-in", data={"name": self.name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        page = await self.http.get("/company" if self.company else "/range")
        found = _CSRF.search(page.text)
        assert found is not None, page.text
        self.csrf = found[1]

    async def browse(self, visits: Visits, until_s: float) -> None:
        pages = COMPANY_PAGES if self.company else RANGE_PAGES
        await asyncio.sleep(self.random.uniform(0, THINKS_S[1]))
        while time.monotonic() < until_s:
            began_s = time.monotonic()
            await self._count(visits, self.http.get(self.random.choice(pages)))
            visits.took_ms.append((time.monotonic() - began_s) * 1e3)
            await asyncio.sleep(self.random.uniform(*THINKS_S))

    async def hand_in(self, visits: Visits, until_s: float) -> None:
        """A plan through the page's own form, again and again."""
        content = PLAN.read_bytes()
        while time.monotonic() < until_s:
            await asyncio.sleep(self.random.uniform(*THINKS_S))
            form = {
                "csrf": self.csrf,
                "name": f"N{self.random.randrange(1000)}",
                "volume": "EAST",
                "airframe": "survey-quad",
            }
            sent = self.http.post("/company/plans/new", data=form, files={"file": ("a.plan", content)})
            visits.verdicts += await self._count(visits, sent) == 303

    async def _count(self, visits: Visits, asked: Awaitable[httpx.Response]) -> int:
        try:
            status = (await asked).status_code
        except httpx.TransportError:
            status = CUT
        visits.statuses[status] += 1
        return status


@dataclass(frozen=True)
class _Crowd:
    url: str
    accounts: Sequence[tuple[str, str]]
    browsing: int
    handing_in: int
    seed: int

    def readers(self) -> list[_Visitor]:
        return [
            _Visitor(self.url, *self.accounts[number // SESSIONS], self.seed + number)
            for number in range(self.browsing)
        ]

    def writers(self) -> list[_Visitor]:
        members = [account for account in self.accounts if account[1]]
        return [
            _Visitor(self.url, *members[number % len(members)], self.seed - 1 - number)
            for number in range(self.handing_in)
        ]


async def _visit(connection: Connection, crowd: _Crowd) -> None:
    visitors, writers = crowd.readers(), crowd.writers()
    for visitor in (*visitors, *writers):  # one after the other: what is measured isn't argon2
        await visitor.sign_in()
    connection.send("in")
    while True:
        seconds = await asyncio.to_thread(connection.recv)
        if seconds is None:
            return
        visits, until_s = Visits(), time.monotonic() + seconds
        await asyncio.gather(
            *(visitor.browse(visits, until_s) for visitor in visitors),
            *(writer.hand_in(visits, until_s) for writer in writers),
        )
        connection.send(visits)


def _run(connection: Connection, crowd: _Crowd) -> None:
    asyncio.run(_visit(connection, crowd))


class Load:
    """begin, then what they saw: in between they are at it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seconds = 0.0

    def begin(self, seconds: float) -> None:
        self._seconds = seconds
        self._connection.send(seconds)

    def visits(self) -> Visits:
        assert self._connection.poll(self._seconds + _OVER_S), "the visitors don't come to an end"
        return self._connection.recv()


@contextmanager
def visitors(
    url: str, accounts: Sequence[tuple[str, str]], *, browsing: int, handing_in: int = 0, seed: int = 20261130
) -> Iterator[Load]:
    """All of them signed in."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    crowd = _Crowd(url, accounts, browsing, handing_in, seed)
    process = context.Process(target=_run, args=(theirs, crowd), daemon=True)
    process.start()
    try:
        assert ours.poll(_STARTS_S), "the visitors don't get in"
        assert ours.recv() == "in"
        yield Load(ours)
        ours.send(None)
        process.join(_OVER_S)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
