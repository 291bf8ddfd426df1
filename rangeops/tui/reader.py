"""Reads by GET what the feed only says has changed."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rangeops.client.actions import ACTION
from rangeops.client.api import Client
from rangeops.client.permits import refusal
from rangeops.domain.errors import Forbidden, Invalid
from rangeops.domain.incident_search import IncidentQuery
from rangeops.domain.now import Now
from rangeops.tui.outside import cleaned
from rangeops.tui.shared import Shared
from rangeops.wire.incident_review import ReviewedView

NOUNS: Final = ("me", "duty", "range", "slots", "plans", "alarms", "incidents", "log", "registers")
CHOSEN: Final = "chosen"
DAY: Final = "day"
FOUND: Final = "found"


class Reader:
    """Fills the records. Every method raises RangeopsError."""

    def __init__(self, client: Client, shared: Shared, clock: Callable[[], Now]) -> None:
        self._client, self._shared, self._now = client, shared, clock
        self._read: Mapping[str, Callable[[], Awaitable[None]]] = {
            "range": self._range,
            "slots": self._slots,
            "plans": self._plans,
            "alarms": self._alarms,
            "incidents": self._incidents,
            FOUND: self._found,
            "log": self._log,
            "closures": self._day,
            "registers": self._expiries,
            "preflight": self._preflight,
            "handover": self._handover,
            "me": self._me,
            "duty": self._duty,
            CHOSEN: self._chosen,
            DAY: self._day,
        }

    async def read(self, noun: str) -> None:
        """A noun of `Changed`; one that no screen shows (links are in every picture) is nothing to do."""
        if (read := self._read.get(noun)) is not None:
            await read()

    async def _me(self) -> None:
        self._shared.records.me = cleaned(await self._client.me())

    async def _duty(self) -> None:
        self._shared.records.duty = cleaned(await self._client.duty())

    async def _range(self) -> None:
        site = cleaned(await self._client.range_view())
        self._shared.records.range_view = site
        self.keep_time()

    def keep_time(self) -> None:
        """On the range's clock, or in UTC where this person has chosen so. Raises Invalid."""
        site, board = self._shared.records.range_view, self._shared.board
        if site is None:
            return
        try:
            board.local = ZoneInfo(site.timezone)
            board.zone = UTC if self._shared.desktop.preferences.times == "utc" else board.local
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise Invalid(
                f"the time zone {site.timezone!r} is unknown on this machine",
                where=f"range {site.id}",
                do="Local times are shown as UTC until tzdata is installed.",
            ) from error

    async def _slots(self) -> None:
        self._shared.records.slots = cleaned(await self._client.slots())
        await self._clearance()
        await self._day()

    async def _day(self) -> None:
        """Of the day that is shown; another may be by the time it comes."""
        records = self._shared.records
        day = records.day or self._today()
        view = cleaned(await self._client.day(day))
        if view.day == (records.day or self._today()):
            records.day_view = view

    def _today(self) -> date:
        return self._now().utc.astimezone(self._shared.board.local).date()

    async def _expiries(self) -> None:
        """Whoever may not read the registers is warned of nothing."""
        try:
            self._shared.records.expiries = cleaned(await self._client.expiries())
        except Forbidden:
            self._shared.records.expiries = ()

    async def _preflight(self) -> None:
        self._shared.records.preflight = cleaned(await self._client.clearances(self._today()))

    async def _handover(self) -> None:
        self._shared.records.handover = cleaned(await self._client.handover())

    async def _alarms(self) -> None:
        """The last day's; those of the last hour are the load."""
        history = cleaned(await self._client.alarm_history())
        self._shared.records.alarm_history = history
        self._shared.board.take_history(history, self._now())

    async def _plans(self) -> None:
        self._shared.records.plans = cleaned(await self._client.plans())

    async def _incidents(self) -> None:
        self._shared.records.incidents = cleaned(await self._client.incidents())
        await self._found()
        await self._incident()

    async def _found(self) -> None:
        """Those that fit what is looked for now; another may be by the time they come."""
        query = self._shared.records.query
        found = () if query == IncidentQuery() else cleaned(await self._client.incidents(query))
        if query == self._shared.records.query:
            self._shared.records.found = found

    async def _log(self) -> None:
        self._shared.board.take_log(cleaned(await self._client.log()))

    async def _chosen(self) -> None:
        await self._clearance()
        await self._incident()

    async def _clearance(self) -> None:
        if (slot := self._shared.records.chosen_slot) is not None:
            self._shared.records.clearance = cleaned(await self._client.clearance(slot))

    async def _incident(self) -> None:
        records = self._shared.records
        if (incident := records.chosen_incident) is not None:
            records.incident = cleaned(await self._client.incident(incident))
            records.review = await self._reviewed(incident)

    async def _reviewed(self, incident: str) -> ReviewedView | None:
        """None for whoever may not review: the review has persons in it."""
        if refusal(ACTION["incident.take-up"], self._shared.records.me):
            return None
        try:
            return cleaned(await self._client.incident_review(incident))
        except Forbidden:
            return None
