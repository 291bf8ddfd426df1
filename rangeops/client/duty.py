"""The client's part for sessions and for who is on duty."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final, Self

from rangeops.client.calls import Calls, part
from rangeops.domain.duty import Position
from rangeops.domain.errors import RangeopsError
from rangeops.wire.duty import DutyRequest, DutyView, MeView, OpenRequest, SessionView, SignIn
from rangeops.wire.screens import ScreenReport, ScreensView

REPORT_TIMEOUT_S: Final = 5.0  # what a screen showed can wait: it is told again


class DutyCalls(Calls):
    async def me(self) -> MeView:
        """Who these calls act as, and what he may do."""
        return await self._get("/me", MeView)

    async def sign_in(
        self,
        name: str,
        password: str,
        *,
        room: str = "",
        read_only: bool = False,
        code: str = "",
        word: bool = False,
    ) -> SessionView:
        """Act as this person from now on, until `sign_out`. The token is kept in memory alone.

        Raises CodeWanted where `code` of a second factor must be given too. word: for one deed, which asks for none.
        """
        session = await self._post("/sessions", SessionView, SignIn(name, password, room, read_only, code, word))
        before, self._session = self._session, session.token
        await self._end(before)
        return session

    async def look_only(self, *, room: str = "") -> SessionView:
        """Give up every right but to look: these calls go through a read-only session from now on."""
        session = await self._post("/sessions/mine", SessionView, OpenRequest(room))
        before, self._session = self._session, session.token
        await self._end(before)
        return session

    async def sign_out(self) -> None:
        """Act by the token of the file again. The session ends even where the server can't be told: nobody has it."""
        before, self._session = self._session, ""
        await self._end(before)

    @property
    def in_session(self) -> bool:
        return bool(self._session)

    @asynccontextmanager
    async def acting_as(
        self, name: str, password: str, *, room: str = "", code: str = "", word: bool = True
    ) -> AsyncIterator[Self]:
        """Another person at this very screen, for one deed: signed in, and out at its end.

        word: for a stop alone, which asks for no code. Raises CodeWanted where one must be given.
        """
        other = type(self)(self._locate, transport=self._transport)
        async with other:
            await other.sign_in(name, password, room=room, code=code, word=word)
            try:
                yield other
            finally:
                await other.sign_out()

    async def duty(self) -> tuple[DutyView, ...]:
        """Every position, held or not."""
        return await self._get("/duty", tuple[DutyView, ...])

    async def take_duty(self, position: Position, *, version: int, handover: str = "", note: str = "") -> DutyView:
        """Go on duty. version: of the position as it was seen; Conflict where it has changed hands since.

        handover: hash of the hand-over page that was read, without which nothing is taken over from another.
        """
        body = DutyRequest(version, handover, note)
        return await self._post(f"/duty/{part(position.value)}", DutyView, body)

    async def leave_duty(self, position: Position, *, version: int, note: str = "") -> DutyView:
        return await self._post(f"/duty/{part(position.value)}/leave", DutyView, DutyRequest(version, note=note))

    async def report_screen(self, report: ScreenReport) -> None:
        """What this room shows, for the record. Refused where it comes too soon after the last."""
        await self._with_body("POST", "/screens", type(None), report, within_s=REPORT_TIMEOUT_S)

    async def screens(self, starts: datetime, ends: datetime) -> ScreensView:
        """What all rooms showed in that time, and when each alarm stood on them."""
        params = {"from": starts.isoformat(), "to": ends.isoformat()}
        return await self._call("GET", "/screens/views", ScreensView, params=params)

    async def _end(self, session: str) -> None:
        """As far as the server can be told; else it ends by itself when nothing is heard of it."""
        if session:
            with suppress(RangeopsError):
                await self._send("DELETE", "/sessions/mine", token=session)
