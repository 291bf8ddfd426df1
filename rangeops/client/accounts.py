"""The client's part for what is about one's own account."""

from collections.abc import Sequence

from rangeops.client.calls import Calls, part
from rangeops.wire.duty import Enrolled, OwnSession
from rangeops.wire.people import (
    ApiTokenRequest,
    ApiTokenView,
    CodeRequest,
    Confirmation,
    Enrolment,
    EnrolRequest,
    MadeToken,
    RecoveryCodes,
    SecondFactorView,
)


class AccountCalls(Calls):
    async def sessions(self) -> tuple[OwnSession, ...]:
        """Where the caller has signed in, the newest first."""
        return await self._get("/sessions", tuple[OwnSession, ...])

    async def end_session(self, session: str) -> None:
        await self._send("DELETE", f"/sessions/{part(session)}")

    async def end_other_sessions(self) -> None:
        await self._send("DELETE", "/sessions")

    async def api_tokens(self, *, everybodys: bool = False) -> tuple[ApiTokenView, ...]:
        """One's own that are in force; everybody's for an admin."""
        params = {"everybodys": "true"} if everybodys else None
        return await self._call("GET", "/tokens", tuple[ApiTokenView, ...], params=params)

    async def make_api_token(
        self, name: str, *, scopes: Sequence[str], days: int, user: str = "", confirm: str = ""
    ) -> MadeToken:
        """confirm: the caller's own password. The token is told this once."""
        return await self._post("/tokens", MadeToken, ApiTokenRequest(name, tuple(scopes), days, user, confirm))

    async def revoke_api_token(self, token: str) -> None:
        """By its id."""
        await self._send("DELETE", f"/tokens/{part(token)}")

    async def second_factor(self) -> SecondFactorView:
        """The caller's own."""
        return await self._get("/second-factor", SecondFactorView)

    async def begin_second_factor(self, *, confirm: str = "", code: str = "") -> Enrolment:
        """confirm: the caller's own password, here and below. code: of the one in force, or a recovery code, where there is one."""
        return await self._post("/second-factor", Enrolment, EnrolRequest(confirm, code))

    async def confirm_second_factor(self, code: str) -> Enrolled:
        """By a first code of what `begin_second_factor` gave. A session that could do nothing else gives way to a whole one."""
        enrolled = await self._post("/second-factor/confirm", Enrolled, CodeRequest(code))
        if enrolled.session is not None and self._session:
            self._session = enrolled.session.token
        return enrolled

    async def renew_recovery_codes(self, *, confirm: str, code: str) -> RecoveryCodes:
        return await self._post("/second-factor/recovery-codes", RecoveryCodes, EnrolRequest(confirm, code))

    async def remove_second_factor(self, *, confirm: str, code: str) -> None:
        await self._with_body("POST", "/second-factor/remove", type(None), EnrolRequest(confirm, code))

    async def remove_second_factor_of(self, user: str, *, confirm: str) -> None:
        """As an admin."""
        await self._with_body("POST", f"/users/{part(user)}/second-factor/remove", type(None), Confirmation(confirm))
