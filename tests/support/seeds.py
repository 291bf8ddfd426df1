"""Registers as a morning finds them: companies, and for each whatever a slot of any aircraft asks for."""

from datetime import date

from rangeops.client.api import Client
from rangeops.domain.letters import Letter
from rangeops.domain.register_texts import texts_of
from rangeops.domain.registers import Aircraft, Body, Company, Document, DocumentKind, Entry, Pilot
from rangeops.paths import shipped
from rangeops.services.ports.store import Store

COMPANIES = ("ACME", "ACME ✈", "SAXN", "FIRE", "OTHER", "BETA")
LAST_DAY = date(2036, 12, 31)  # long after whatever a test's clock says
AIRFRAMES = sorted(path.stem for path in (shipped("hardware") / "airframes").glob("*.toml"))


def bodies_of(company: str) -> list[Body]:
    papers = (DocumentKind.INSURANCE, DocumentKind.AUTHORISATION)
    return [
        Company(company, f"{company} B.V."),
        Pilot(f"{company}-P1", company, "J. Jansen", "A2", LAST_DAY),
        *(Document(f"{company}-{kind.value}", company, kind, LAST_DAY) for kind in papers),
        *(Aircraft(f"{company}-{airframe}", company, airframe, f"SN {airframe}", 3.5) for airframe in AIRFRAMES),
    ]


def register(store: Store, *companies: str) -> None:
    """Into the tables alone: no test's record is about it. What is there already stays."""
    with store.write() as work:
        known = {entry.id for entry in work.registers.all()}
        for body in (body for company in companies or COMPANIES for body in bodies_of(company)):
            if body.id not in known:
                work.registers.add(Entry(body))


async def hand_in(client: Client, *companies: str) -> None:
    """The same over the API, for a range of other processes."""
    known = {entry.id for entry in await client.registers()}
    for body in (body for company in companies for body in bodies_of(company)):
        if body.id not in known:
            await client.register(Entry(body).kind.value, texts_of(body))


class PlainPasswords:
    """Fast, and no secret."""

    def hashed(self, password: str) -> str:
        return f"plain:{password}"

    def fits(self, password: str, password_hash: str) -> bool:
        return password_hash == f"plain:{password}"


class LettersKept:
    """Where letters are posted, to be read by a test."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)


def no_certificate(_content, _now):
    raise AssertionError("this test imports none")
